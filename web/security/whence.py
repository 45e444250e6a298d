"""Where a request came from and what it asked for, for the log and the change log (S12)."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import Scope

from web.wording import clean

FORWARDED = "x-forwarded-for"
LONGEST_ADDRESS = 64
LONGEST_PATH = 200


def find_address(scope: Scope) -> str:
    """The address that the platform saw itself: it appends it, so the last one is true; empty where nobody knows."""
    sent = ",".join(Headers(scope=scope).getlist(FORWARDED))
    forwarded = [each.strip() for each in sent.split(",") if each.strip()]
    client = scope.get("client")
    seen = forwarded[-1] if forwarded else client[0] if client else ""
    return clean(seen[:LONGEST_ADDRESS])


def shorten(text: str) -> str:
    """A path, or a header, for the log: on one line, and no longer than one: whoever is nobody can send it, too."""
    return clean(text[:LONGEST_PATH])
