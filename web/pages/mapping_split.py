"""Into which lines a licence can be cut, as the form of a mapping offers it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.licences import Term
from profiles.parts import OneSubscription, Part, Split, find_split, takes_purchase
from web.pages.mapping_records import LicenceRecords
from web.part_words import name_part
from web.wording import TERM_WORDS, clean, write_count, write_number_of

ASSIGNED_SPLIT = {
    Split.TERM: "An assigned seat belongs to no term. Bill the seats purchased, or all terms in one line.",
    Split.SUBSCRIPTION: "An assigned seat belongs to no subscription. Bill the seats purchased, or all in one line.",
}
NO_TERMS = "Nobody can tell the terms of this licence apart: only Partner Center shows them. Bill them in one line."
ONE_TERM = "It was not bought with more than one term. Bill it in one line, or by subscription."
ONE_SUBSCRIPTION = "It is not bought in more than one subscription. Bill it in one line."
# One commit takes a hundred rows, and a mapping with its history takes two: so many lines, and as many that end.
MOST_SUBSCRIPTIONS = 24
TOO_MANY = f"It is bought in more than {MOST_SUBSCRIPTIONS} subscriptions. Those are too many lines: bill it in one."
# What the choice of lines is called in the form.
SPLITS = {"merged": Split.WHOLE, "split": Split.TERM, "subscription": Split.SUBSCRIPTION}
SPLIT_VALUES = {split: value for value, split in SPLITS.items()}


@dataclass(frozen=True, slots=True)
class Block:
    """The fields of one line: of the whole licence, or of a part."""

    part: Part

    @property
    def suffix(self) -> str:
        """What ends the names of its fields."""
        match self.part:
            case None:
                return ""
            case Term():
                return f"-{self.part.value}"
            case OneSubscription():
                return f"-{self.part.subscription_id}"

    @property
    def split(self) -> Split:
        """By what the licence is cut where this is one of its lines."""
        return find_split(self.part)

    @property
    def value(self) -> str:
        """The choice of lines that this is one of, as the form has it."""
        return SPLIT_VALUES[self.split]

    def name(self, field: str) -> str:
        """The name of one of its fields."""
        return field + self.suffix


def list_blocks(records: LicenceRecords) -> tuple[Block, ...]:
    """All in one line first; then one for each term, and one for each subscription, that it could be split by."""
    return (Block(None), *map(Block, records.terms), *map(Block, records.subscriptions))


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to cut a licence into lines. `reason` is why it cannot be cut like this; empty where it can."""

    value: str
    word: str
    what: str
    reason: str = ""


def list_choices(records: LicenceRecords) -> tuple[Choice, ...]:
    """Every way, with why it is not possible; none where the licence was never more than one purchase."""
    if len(list_blocks(records)) == 1:
        return ()
    words = (
        (Split.WHOLE, "All in one line", "Whatever is bought of it is added up."),
        (Split.TERM, "One line for each term", "Each has a profile and an agreement of its own."),
        (
            Split.SUBSCRIPTION,
            "One line for each subscription",
            "So has each purchase. One that Microsoft replaces by another needs a new line.",
        ),
    )
    return tuple(
        Choice(SPLIT_VALUES[split], word, what, find_split_trouble(records, split)) for split, word, what in words
    )


def find_split_trouble(records: LicenceRecords, split: Split) -> str:
    """Why the licence cannot be cut like this; empty where it can."""
    match split:
        case Split.TERM if not records.terms:
            return explain_no_terms(records)
        case Split.SUBSCRIPTION if not records.subscriptions:
            return ONE_SUBSCRIPTION
        case Split.SUBSCRIPTION if len(records.subscriptions) > MOST_SUBSCRIPTIONS and records.split is not split:
            return TOO_MANY
        case _:
            return ""


def explain_no_terms(records: LicenceRecords) -> str:
    """Why a licence that is not cut by its terms cannot be."""
    held = records.holding
    if held is None or held.terms is None:
        return NO_TERMS
    without = records.seats_without_term
    if without:
        were = "seat of it was" if without == 1 else "seats of it were"
        return f"{write_count(without)} {were} bought without a term, and would be in no line. Cut it by subscription."
    return ONE_TERM


def warn_termless(records: LicenceRecords) -> str:
    """What is in no line of a licence that is cut by its terms; empty where nothing is."""
    without = records.seats_without_term if records.split is Split.TERM else 0
    if not without:
        return ""
    were, are = ("seat of it was", "is") if without == 1 else ("seats of it were", "are")
    said = f"{write_count(without)} {were} bought without a term and {are} in no line."
    return f"{said} Cut it by subscription, or bill it in one line."


def name_block(records: LicenceRecords, part: Part) -> str:
    """What a line is of: Annual term; Subscription 1a2b3c4d (annual, renews 30 Apr 2027): 10 seats of an offer."""
    match part:
        case None:
            return "All in one line"
        case Term():
            return f"{TERM_WORDS[part].capitalize()} term"
        case OneSubscription():
            named = name_part(part, records.holding)
            return f"{named[:1].upper()}{named[1:]}: {write_seats(records, part)}"


def write_seats(records: LicenceRecords, part: OneSubscription) -> str:
    """10 seats of Microsoft 365 Business Premium, by the name of the offer where Partner Center tells it."""
    held = None if records.holding is None else records.holding.find_subscription(part)
    if held is None:
        return "without a seat now"
    bought = () if records.snapshot is None else records.snapshot.partner_subscriptions or ()
    offer = next((clean(each.offer_name) for each in bought if takes_purchase(part, each)), "")
    return write_number_of(held.seats, "seat") + (f" of {offer}" if offer else "")
