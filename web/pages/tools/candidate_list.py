"""Lines that could be mapped in one go, as a list with boxes and as the sum of what is ticked. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from notify.wording import write_money
from plans.plan import hash_value
from web.actions.mapping_many import LineToMap
from web.csv_files import Cell
from web.pages.listing import (
    Ask,
    Head,
    Listing,
    Sorter,
    cut_listing,
    find,
    make_chips,
    make_columns,
    order,
    write_how_many,
)
from web.pages.tools.at_once import MOST_AT_ONCE, AtOnce
from web.pages.tools.candidates import Candidate, sum_monthly
from web.pages.view import Tone
from web.wording import clean, write_number_of

READY, BY_HAND = "ready", "hand"
SORTERS: tuple[Sorter[Candidate], ...] = (
    Sorter("customer", lambda each: each.customer_name.casefold()),
    Sorter("seats", lambda each: each.seats, is_number=True),
    Sorter("monthly", lambda each: -1 if each.monthly is None else each.monthly, is_number=True),
)
HEADS = (
    Head("Customer", "customer"),
    Head("Licence"),
    Head("Seats", "seats"),
    Head("Would be billed on"),
    Head("A month (about)", "monthly"),
)
CSV_HEADER = (
    "Customer",
    "Licence",
    "Part number",
    "Seats",
    "Billing profile",
    "Agreement",
    "A month (about)",
    "Why not",
)


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One line. `tick` is empty where it cannot be mapped from here; `sentence` says why, and `by_hand` is where."""

    tick: str
    customer: str
    customer_id: str
    licence: str
    seats: int
    agreement: str
    monthly: str
    sentence: str
    by_hand: str


@dataclass(frozen=True, slots=True)
class CandidatesView:
    """The list. `at_once` is what of it can be mapped, and how much of that with one decision."""

    listing: Listing[CandidateRow]
    at_once: AtOnce


def select(candidates: Sequence[Candidate], ask: Ask) -> list[Candidate]:
    """What the address asks for, in its order."""
    found = [
        each
        for each in find(candidates, ask.search, lambda each: each.found_by)
        if not ask.state or (ask.state == READY) == (each.agreement is not None)
    ]
    return order(found, ask.sort, SORTERS)


def make_view(candidates: Sequence[Candidate], ask: Ask, currency: str) -> CandidatesView:
    """The list as the address asks for it."""
    found = find(candidates, ask.search, lambda each: each.found_by)
    ready = sum(each.agreement is not None for each in found)
    counts = {READY: ready, BY_HAND: len(found) - ready}
    kinds = [(READY, "Can be mapped", Tone.GOOD), (BY_HAND, "Left to you", Tone.LOOK)]
    chosen = select(candidates, ask)
    listing = cut_listing(
        ask,
        chosen,
        make_chips(ask, len(found), kinds, counts),
        make_columns(ask, HEADS, SORTERS),
        write_how_many(len(chosen), len(candidates), "licence"),
    )
    can = list_ready(chosen)
    first = can[:MOST_AT_ONCE]
    return CandidatesView(
        listing.show(lambda each: make_row(each, currency)),
        AtOnce(len(can), write_total(can, currency), name_whole(first), len(first), write_total(first, currency)),
    )


def list_ready(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that can be mapped."""
    return [each for each in candidates if each.agreement is not None]


def name_whole(candidates: Sequence[Candidate]) -> str:
    """What a box says that stands for all of them: another list has another name."""
    return hash_value([each.key for each in candidates]) if candidates else ""


def choose(candidates: Sequence[Candidate], ticks: Collection[str], whole: str) -> tuple[list[Candidate], list[str]]:
    """What is ticked and still so, and the customers of what is not.

    Where everything was ticked and the list is another one by now, nothing is chosen: nobody has seen this one.
    """
    ready = list_ready(candidates)
    if whole:
        listed = ready[:MOST_AT_ONCE]
        return (listed, []) if whole == name_whole(listed) else ([], [])
    by_tick = {each.tick: each for each in ready}
    return (
        [by_tick[tick] for tick in dict.fromkeys(ticks) if tick in by_tick],
        [tick.partition(":")[2] for tick in dict.fromkeys(ticks) if tick not in by_tick],
    )


def make_row(each: Candidate, currency: str) -> CandidateRow:
    """One line in words."""
    agreement = each.agreement
    return CandidateRow(
        tick="" if agreement is None else each.tick,
        customer=each.customer_name,
        customer_id=each.customer.id,
        licence=each.licence,
        seats=each.seats,
        agreement="" if agreement is None else f"{clean(agreement.name)} (agreement {clean(agreement.id)})",
        monthly="not known" if each.monthly is None else write_money(each.monthly, currency),
        sentence=clean(each.sentence),
        by_hand=each.address,
    )


def make_csv_row(each: Candidate) -> tuple[Cell, ...]:
    """The columns of the page."""
    agreement = each.agreement
    return (
        each.customer_name, each.licence, each.holding.part_number, each.seats, each.profile.name,
        "" if agreement is None else f"{agreement.name} (agreement {agreement.id})", each.monthly, each.sentence,
    )  # fmt: skip


def write_total(candidates: Sequence[Candidate], currency: str) -> str:
    """Seats and money of all of them: 412 seats, about 3,296.00 a month; 2 licences have no known price."""
    if not candidates:
        return ""
    amount, unpriced = sum_monthly(candidates)
    seats = write_number_of(sum(each.seats for each in candidates), "seat")
    said = f"{seats}, about {write_money(amount, currency)} a month"
    return said + (f"; {write_number_of(unpriced, 'licence')} without a known price" if unpriced else "")


def make_line(each: Candidate) -> LineToMap:
    """The line as it is mapped. It must have an agreement."""
    agreement = each.agreement
    return LineToMap(
        customer_id=each.customer.id,
        sku_id=each.holding.sku_id,
        licence=each.name,
        part=each.part,
        profile=each.profile,
        agreement_id="" if agreement is None else agreement.id,
        agreement_name="" if agreement is None else agreement.name,
        why=each.why,
    )
