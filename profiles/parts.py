"""What part of a licence a mapping takes: all of it, one term, or one subscription (billing rules, 4). Pure.

A licence is billed whole, by its terms, or by its subscriptions, and never by two of these at once: a seat would count
twice, or not at all (`are_one_split`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from profiles.licences import PartnerSubscription, Subscription, Term

SHORT_ID = 8


@dataclass(frozen=True, slots=True)
class OneSubscription:
    """One purchase, by the id that both the directory and Partner Center know it by (`name_purchase`). Microsoft spells
    ids in both cases (microsoft.md 2.2), so this one is kept in lower case.
    """

    subscription_id: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "subscription_id", self.subscription_id.lower())

    @property
    def short_id(self) -> str:
        """As much of the id as tells it from others."""
        return self.subscription_id[:SHORT_ID]


type Part = Term | OneSubscription | None
"""All subscriptions of a licence together (None), those of one term, or one of them alone."""


class Split(StrEnum):
    """By what a licence is cut into lines."""

    WHOLE = "whole"
    TERM = "term"
    SUBSCRIPTION = "subscription"


def find_split(part: Part) -> Split:
    """The way of cutting that a part is of."""
    match part:
        case None:
            return Split.WHOLE
        case Term():
            return Split.TERM
        case OneSubscription():  # pragma: no branch - there is no other part
            return Split.SUBSCRIPTION


def find_common_split(parts: Iterable[Part]) -> Split:
    """By what a licence with lines of these parts is cut: whole where one of them is all of it, or there are
    none.

    Lines that are cut in two ways are kept nowhere (`are_one_split`).
    """
    ways = {find_split(part) for part in parts}
    return next((way for way in Split if way in ways), Split.WHOLE)


def are_one_split(parts: Iterable[Part]) -> bool:
    """Whether lines of these parts count no seat twice: all of them cut in one way, and no part twice."""
    found = list(parts)
    return len({find_split(part) for part in found}) <= 1 and len(set(found)) == len(found)


def name_purchase(subscription: Subscription) -> OneSubscription:
    """A purchase as the directory shows it: by the commerce id, which is the id in Partner Center (microsoft.md 2.2),
    else by the directory's own."""
    return OneSubscription(subscription.commerce_id or subscription.id)


def takes_purchase(part: Part, subscription: PartnerSubscription) -> bool:
    """Whether a part has a purchase in it, as Partner Center shows that."""
    match part:
        case None:
            return True
        case Term():
            return subscription.term is part
        case OneSubscription():  # pragma: no branch - there is no other part
            return OneSubscription(subscription.id) == part


def takes_listed(part: Part, subscription: Subscription) -> bool:
    """Whether a part has a purchase in it, as the directory shows that: it tells no terms."""
    match part:
        case None:
            return True
        case Term():
            return False
        case OneSubscription():  # pragma: no branch - there is no other part
            return name_purchase(subscription) == part
