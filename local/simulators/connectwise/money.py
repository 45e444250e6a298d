"""What ConnectWise computes on an addition: extended amounts and the prorated first price."""

from __future__ import annotations

import calendar
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any


def computed_members(addition: dict[str, Any], agreement: dict[str, Any]) -> dict[str, Any]:
    """The members that nobody can write. None stands for an amount that does not apply."""
    billed = _decimal(addition.get("quantity")) - _decimal(addition.get("lessIncluded"))
    ext_price = _cents(billed * _decimal(addition.get("unitPrice")))
    ext_cost = _cents(billed * _decimal(addition.get("unitCost")))
    share = _first_period_share(addition) if agreement.get("prorateFlag") else None
    price = None if share is None else _cents(_decimal(addition.get("unitPrice")) * share)
    cost = None if share is None else _cents(_decimal(addition.get("unitCost")) * share)
    return {
        "billedQuantity": float(billed),
        "extPrice": float(ext_price),
        "extCost": float(ext_cost),
        "margin": float(ext_price - ext_cost),
        "prorateCost": _number(cost),
        "proratePrice": _number(price),
        "extendedProrateCost": _number(None if cost is None else _cents(cost * billed)),
        "extendedProratePrice": _number(None if price is None else _cents(price * billed)),
        "agreementId": agreement["id"],
        "agreementStatus": agreement["agreementStatus"],
    }


def _first_period_share(addition: dict[str, Any]) -> Decimal | None:
    """Days from the effective day to the month's end, both counted; None from the first of a month."""
    if "effectiveDate" not in addition:
        return None
    effective = datetime.fromisoformat(addition["effectiveDate"])
    days_in_month = calendar.monthrange(effective.year, effective.month)[1]
    last_day = days_in_month
    if (text := addition.get("cancelledDate")) is not None:
        cancelled = datetime.fromisoformat(text)
        if (cancelled.year, cancelled.month) == (effective.year, effective.month):
            last_day = cancelled.day
    if effective.day == 1 and last_day == days_in_month:
        return None
    return Decimal(max(last_day - effective.day + 1, 0)) / Decimal(days_in_month)


def _decimal(value: float | None) -> Decimal:
    return Decimal(str(value)) if value is not None else Decimal(0)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
