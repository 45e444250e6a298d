"""What the rows of every PSA hold: amounts, websites, the tenant ids in custom fields. Pure."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

GUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def parse_amount(value: object) -> Decimal | None:
    """A number as it was sent; None for nothing, and for what is no number."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


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
