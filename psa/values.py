"""What the rows of every PSA hold: amounts, websites, the tenant ids in custom fields. Pure."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

# What no price and no number of seats reaches, and finer than any float is: beyond them a few letters such as
# 1E+999999999 become gigabytes of digits once they are written out.
LARGEST_EXPONENT, FINEST_EXPONENT = 12, -400
GUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def parse_amount(value: object) -> Decimal | None:
    """A number as it was sent, below 10 to the 13th; None for nothing, and for what is no number that a bill could
    hold."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount.adjusted() > LARGEST_EXPONENT:
        return None
    exponent = amount.as_tuple().exponent
    return amount if isinstance(exponent, int) and exponent >= FINEST_EXPONENT else None


def find_tenant_ids(fields: Any) -> tuple[str, ...]:
    """The GUIDs among the values of custom fields, whatever they are called."""
    values = [str(each.get("value") or "").strip() for each in fields or () if isinstance(each, dict)]
    return tuple(sorted({value.lower() for value in values if GUID.fullmatch(value)}))


def parse_domain(website: str) -> str:
    """The domain of a website as people type it, in lower case and without `www.`; empty where it has none."""
    try:
        host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    except ValueError:
        return ""
    host = host.removeprefix("www.").rstrip(".")
    return host if "." in host and " " not in host else ""
