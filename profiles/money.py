"""Money: one rounding, and shares of a period by actual days (billing rules, 10)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

CENT = Decimal("0.01")


def round_money(amount: Fraction | Decimal) -> Decimal:
    """An amount in whole cents, half up, once: the only place that rounds."""
    if isinstance(amount, Fraction):
        # Cents are counted in whole numbers, so that no decimal context cuts anything off first.
        doubled = amount * 200
        cents = (abs(doubled.numerator) // doubled.denominator + 1) // 2
        return Decimal(cents if amount >= 0 else -cents) / 100
    return amount.quantize(CENT, ROUND_HALF_UP)
