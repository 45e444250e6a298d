"""What a part of a licence is called: a term, or a subscription that a person must recognise. Pure."""

from __future__ import annotations

from profiles.description import describe_purchase
from profiles.holdings import Holding
from profiles.licences import Term
from profiles.parts import OneSubscription, Part
from web.wording import TERM_WORDS, clean


def name_part(part: Part, holding: Holding | None = None) -> str:
    """annual; subscription 1a2b3c4d (annual, renews 30 Apr 2027) where the holding has it; nothing for all of it."""
    match part:
        case None:
            return ""
        case Term():
            return TERM_WORDS[part]
        case OneSubscription():
            held = None if holding is None else holding.find_subscription(part)
            return clean(f"subscription {part.short_id}" if held is None else describe_purchase(held))


def name_line(licence: str, part: Part) -> str:
    """The licence, with its part where a mapping takes only that one: Visio Plan 2 (annual only)."""
    return clean(licence) if part is None else f"{clean(licence)} ({name_part(part)} only)"
