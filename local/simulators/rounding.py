"""How the simulated PSAs round money."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def round_cents(amount: Fraction) -> Decimal:
    """Half up, away from zero; exact, so that half a cent of a thirtieth is half a cent."""
    cents = int(abs(amount) * 100 + Fraction(1, 2))
    return Decimal(cents if amount >= 0 else -cents).scaleb(-2)
