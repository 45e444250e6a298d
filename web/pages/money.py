"""Amounts as people read them, with the MSP's currency. Pure."""

from __future__ import annotations

from decimal import Decimal


def write_money(amount: Decimal, currency: str, *, is_difference: bool = False) -> str:
    """24.00 USD or €24.00; as a difference +24.00 USD or −€24.00."""
    sign = "−" if amount < 0 else "+" if is_difference else ""
    digits = f"{abs(amount):,.2f}"
    return f"{sign}{digits} {currency}" if currency.isalpha() else f"{sign}{currency}{digits}"
