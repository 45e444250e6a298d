"""From credit proposals to their list. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from urllib.parse import quote
from zoneinfo import ZoneInfo

from notify.wording import write_money
from plans.approvals import OpenProposal
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
from web.pages.view import Tone
from web.wording import clean, hide_ids, write_moment, write_number_of, write_short_day


class CreditState(StrEnum):
    """Whether somebody has ticked a proposal off."""

    OPEN = "open"
    SETTLED = "settled"


WORDS = {CreditState.OPEN: ("Open", Tone.LOOK), CreditState.SETTLED: ("Ticked off", Tone.GOOD)}
HEADS = (
    Head("Customer", "customer"),
    Head("Days"),
    Head("Seats", "seats"),
    Head("Amount", "amount"),
    Head("Why"),
    Head("Invoice"),
)
SORTERS: tuple[Sorter[OpenProposal], ...] = (
    Sorter("customer", lambda each: clean(each.customer_name).casefold()),
    Sorter("seats", lambda each: each.line.proposal.seats, is_number=True),
    Sorter("amount", lambda each: each.line.proposal.amount or Decimal(0), is_number=True),
)
CSV_HEADER = (
    "Customer", "Licence", "From", "Through", "Seats", "Amount", "Why",
    "Ticked off by", "Ticked off ({zone})", "Invoice",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CreditRow:
    """One proposal. `settled` is empty while nobody has ticked it off."""

    key: str
    customer: str
    customer_address: str
    licence: str
    days: str
    seats: int
    amount: str
    why: str
    settled: str
    invoice: str


@dataclass(frozen=True, slots=True)
class CreditsView:
    """The page."""

    headline: str
    when: str
    listing: Listing[CreditRow]
    proposal_count: int


def find_state(proposal: OpenProposal) -> CreditState:
    """Whether it waits."""
    return CreditState.OPEN if proposal.settled_by is None else CreditState.SETTLED


def select(proposals: Sequence[OpenProposal], ask: Ask) -> list[OpenProposal]:
    """What the address asks for; what is ticked off stands below what waits."""
    chosen = [each for each in proposals if not ask.state or ask.state == find_state(each)]
    found = order(find(chosen, ask.search, find_by), ask.sort, SORTERS)
    return sorted(found, key=lambda each: each.settled_by is not None)


def find_by(proposal: OpenProposal) -> str:
    """What a search looks at."""
    return f"{proposal.customer_name} {proposal.line.licence_name} {proposal.invoice_number}".casefold()


def make_list(proposals: Sequence[OpenProposal], ask: Ask, zone: ZoneInfo, currency: str) -> CreditsView:
    """The page as the address asks for it."""
    chosen = select(proposals, ask)
    counts = Counter(find_state(each).value for each in proposals)
    kinds = [(state.value, *WORDS[state]) for state in CreditState]
    listing = cut_listing(
        ask,
        chosen,
        make_chips(ask, len(proposals), kinds, counts),
        make_columns(ask, HEADS, SORTERS),
        write_how_many(len(chosen), len(proposals), "credit proposal"),
    )
    return CreditsView(
        headline=write_headline(proposals, currency),
        when=f"Times are those of {zone.key}; amounts are reckoned by actual days",
        listing=listing.show(lambda each: make_row(each, zone, currency)),
        proposal_count=len(proposals),
    )


def write_headline(proposals: Sequence[OpenProposal], currency: str) -> str:
    """2 credit proposals wait: 74.66 EUR."""
    waiting = [each for each in proposals if each.settled_by is None]
    if not waiting:
        return "No credit proposal waits."
    amounts = [each.line.proposal.amount for each in waiting]
    known = [amount for amount in amounts if amount is not None]
    verb = "waits" if len(waiting) == 1 else "wait"
    money = f": {write_money(sum(known, Decimal(0)), currency)}" if known else ""
    rest = f", and {len(amounts) - len(known)} without a known price" if known and len(known) < len(amounts) else ""
    return f"{write_number_of(len(waiting), 'credit proposal')} {verb}{money}{rest}."


def make_row(proposal: OpenProposal, zone: ZoneInfo, currency: str) -> CreditRow:
    """The words for one proposal."""
    line = proposal.line
    return CreditRow(
        key=proposal.id,
        customer=clean(proposal.customer_name),
        customer_address=f"/customers/{quote(proposal.customer_id, safe='')}",
        licence=clean(line.licence_name),
        days=write_days(line.proposal.start, line.proposal.last),
        seats=line.proposal.seats,
        amount="not known" if line.proposal.amount is None else write_money(line.proposal.amount, currency),
        why=hide_ids(line.proposal.sentence, ""),
        settled=write_settled(proposal, zone),
        invoice=clean(proposal.invoice_number),
    )


def write_days(start: date, last: date) -> str:
    """3 Nov 2026 – 30 Nov 2026."""
    return write_short_day(start) if start == last else f"{write_short_day(start)} – {write_short_day(last)}"


def write_settled(proposal: OpenProposal, zone: ZoneInfo) -> str:
    """Ticked off by Ada on 22 Nov 2026, 08:30."""
    if proposal.settled_by is None:
        return ""
    when = "" if proposal.settled_at is None else f" on {write_moment(proposal.settled_at, zone)}"
    return f"Ticked off by {clean(proposal.settled_by)}{when}"


def make_csv_rows(proposals: Sequence[OpenProposal], zone: ZoneInfo) -> Iterator[tuple[Cell, ...]]:
    """The columns of the page."""
    for each in proposals:
        days = each.line.proposal
        amount = "" if days.amount is None else f"{days.amount:f}"
        at = None if each.settled_at is None else each.settled_at.astimezone(zone).replace(tzinfo=None)
        yield (
            each.customer_name, each.line.licence_name, days.start, days.last, days.seats, amount, days.sentence,
            each.settled_by, at, each.invoice_number,
        )  # fmt: skip
