"""From what waits to the list of approvals. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from notify.wording import write_money
from plans.approvals import OpenHold
from plans.changes import HoldRule
from web.actions.deciding import Ticked, can_decide
from web.csv_files import Cell
from web.pages.approval_words import write_advice
from web.pages.listing import (
    Ask,
    Chip,
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
from web.pages.names import write_adoption_address
from web.pages.view import PAGE_SIZE, Tab, Tone
from web.wording import HOLD_WORDS, clean, hide_ids, write_count, write_difference, write_moment, write_number_of

CUSTOMER_CHIPS = 6
UNDECIDED = "undecided"
# What no approval ends before the agreement, or the addition, is put right in the PSA.
MENDED_IN_PSA = frozenset({HoldRule.INVOICING_UNKNOWN, HoldRule.PRORATION_SWITCHED, HoldRule.NOT_EXPRESSIBLE})
HEADS = (
    Head("Decide"),
    Head("Customer", "customer"),
    Head("Change", is_number=True),
    Head("Why it waits"),
    Head("A month (forecast)", "money"),
    Head("Since", "since"),
)
SORTERS: tuple[Sorter[OpenHold], ...] = (
    Sorter("customer", lambda hold: clean(hold.customer_name).casefold()),
    Sorter("money", lambda hold: abs(hold.line.monthly or Decimal(0)), is_number=True),
    Sorter("since", lambda hold: hold.since),
)
CSV_HEADER = (
    "Customer", "Licence", "Seats before", "Seats after", "Held by", "Why", "Forecast a month", "Since ({zone})",
    "Plan",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One change that waits. `tick` is what its box posts; it is empty where nobody can decide about it.
    `is_among_all`: ticking all ticks it.

    `adoption_address` is where the addition beside it can be made the licence's own; empty where there is none.
    """

    key: str
    tick: str
    is_ticked: bool
    is_among_all: bool
    customer: str
    customer_address: str
    licences_address: str
    licence: str
    agreement: str
    before: int
    after: int
    rule: str
    tone: Tone
    why: str
    advice: str
    monthly: str
    since: str
    plan: str
    plan_hash: str
    plan_address: str
    adoption_address: str
    has_moved: bool
    is_at_work: bool

    @property
    def difference(self) -> str:
        """+2 or −2."""
        return write_difference(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Around:
    """What the list shows besides the holds: who is being worked on, what was ticked, what moved meanwhile."""

    zone: ZoneInfo
    currency: str
    at_work: frozenset[str] = frozenset()
    ticked: frozenset[str] = frozenset()
    ticks_all: bool = False
    moved: Collection[str] = ()
    agreement_names: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApprovalsView:
    """The list. `whole` is the digest of all rows that the filter leaves and that can be decided about."""

    headline: str
    when: str
    listing: Listing[HoldRow]
    customer_chips: tuple[Chip, ...]
    hold_count: int
    ticked_count: int
    tick_all: str
    tick_none: str
    whole: str
    whole_count: int


def select(holds: Sequence[OpenHold], ask: Ask) -> list[OpenHold]:
    """What the address asks for, in its order."""
    customer_id = dict(ask.extra).get("customer", "")
    chosen = [hold for hold in holds if not customer_id or hold.customer_id == customer_id]
    chosen = [
        hold
        for hold in chosen
        if not ask.state or ask.state == hold.line.rule or (ask.state == UNDECIDED and asks_for_a_word(hold))
    ]
    return order(find(chosen, ask.search, find_by), ask.sort, SORTERS)


def find_by(hold: OpenHold) -> str:
    """What a search looks at."""
    return f"{hold.customer_name} {hold.line.licence_name} {hold.line.sentence}".casefold()


def list_ticks(holds: Sequence[OpenHold]) -> list[Ticked]:
    """What ticking all of them means: what a person refused is among them only where nothing else is."""
    open_ones = [hold for hold in holds if hold.line.rule is not HoldRule.REFUSED]
    return [Ticked(hold.id, hold.line.line_hash) for hold in open_ones or holds if can_decide(hold)]


def digest_ticks(ticks: Sequence[Ticked]) -> str:
    """One hash over all of them, so that a form can name a list without carrying it."""
    text = "\n".join(sorted(f"{each.line_hash}:{each.hold_id}" for each in ticks))
    return hashlib.sha256(text.encode()).hexdigest()


def make_list(holds: Sequence[OpenHold], ask: Ask, around: Around) -> ApprovalsView:
    """The page as the address asks for it; what moved meanwhile comes first."""
    chosen = sorted(select(holds, ask), key=lambda hold: hold.id not in around.moved)
    counts = Counter(hold.line.rule.value for hold in holds)
    kinds = [(rule.value, HOLD_WORDS[rule], tone_of(rule)) for rule in HoldRule]
    if count_undecided(holds) < len(holds) or ask.state == UNDECIDED:
        counts[UNDECIDED] = count_undecided(holds)
        kinds = [(UNDECIDED, "To decide", Tone.LOOK), *kinds]
    found = cut_listing(
        ask,
        chosen,
        make_chips(ask, len(holds), kinds, counts),
        make_columns(ask, HEADS, SORTERS),
        write_counted(chosen, holds),
    )
    ticks = list_ticks(chosen)
    together = frozenset(each.hold_id for each in ticks)
    listing = found.show(lambda hold: make_row(hold, around, is_among_all=hold.id in together))
    shown = replace(ask, page=listing.page.number)
    return ApprovalsView(
        headline=write_headline(holds),
        when=f"Times are those of {around.zone.key}; money is a forecast of a whole month",
        listing=listing,
        customer_chips=make_customer_chips(holds, ask),
        hold_count=len(holds),
        ticked_count=sum(row.is_ticked for row in listing.page.rows),
        tick_all=replace(shown, extra=(*shown.extra, ("tick", "all"))).address,
        tick_none=shown.address,
        whole=digest_ticks(ticks) if len(chosen) > PAGE_SIZE else "",
        whole_count=len(ticks),
    )


def tone_of(rule: HoldRule) -> Tone:
    """A refusal is decided; everything else wants a look."""
    return Tone.PLAIN if rule is HoldRule.REFUSED else Tone.LOOK


def count_undecided(holds: Sequence[OpenHold]) -> int:
    """How many wait for a first word: what was refused stays in the list, and asks for nothing."""
    return sum(map(asks_for_a_word, holds))


def asks_for_a_word(hold: OpenHold) -> bool:
    """Whether a person's word can end it, and nobody has spoken yet."""
    return hold.line.rule is not HoldRule.REFUSED and can_decide(hold)


def list_kinds(holds: Sequence[OpenHold]) -> Iterator[tuple[int, str]]:
    """How many of them want what, those alone that there are."""
    stuck = [hold for hold in holds if not can_decide(hold) and hold.line.rule is not HoldRule.REFUSED]
    mended = sum(hold.line.rule in MENDED_IN_PSA for hold in stuck)
    refused = len(holds) - len(stuck) - count_undecided(holds)
    kinds = (
        (count_undecided(holds), "to decide"),
        (mended, "to mend in the PSA"),
        (len(stuck) - mended, "waiting for something else"),
        (refused, "refused"),
    )
    return (kind for kind in kinds if kind[0])


def write_counted(chosen: Sequence[OpenHold], holds: Sequence[OpenHold]) -> str:
    """6 changes: 4 to decide, 1 to mend in the PSA, 1 refused."""
    said = write_how_many(len(chosen), len(holds), "change")
    kinds = [f"{write_count(count)} {what}" for count, what in list_kinds(chosen)]
    return f"{said}: {', '.join(kinds)}" if len(kinds) > 1 else said


def write_headline(holds: Sequence[OpenHold]) -> str:
    """4 changes to decide, 1 to mend in the PSA, 1 refused."""
    kinds = list(list_kinds(holds))
    if not kinds:
        return "Nothing to decide."
    (count, what), *others = kinds
    first = f"{write_number_of(count, 'change')} {what}"
    said = ", ".join((first, *(f"{write_count(each)} {words}" for each, words in others)))
    return f"{said}." if count_undecided(holds) else f"Nothing to decide; {said}."


def make_customer_chips(holds: Sequence[OpenHold], ask: Ask) -> tuple[Chip, ...]:
    """The customers with the most waiting changes, and the one that is chosen."""
    given = dict(ask.extra).get("customer", "")
    names = {hold.customer_id: clean(hold.customer_name) for hold in holds}
    counts = Counter(hold.customer_id for hold in holds)
    busiest = [customer_id for customer_id, count in counts.most_common(CUSTOMER_CHIPS) if count > 1]
    shown = busiest if given in busiest or given not in names else [given, *busiest]
    return tuple(
        Chip(
            names[customer_id],
            counts[customer_id],
            Tone.PLAIN,
            replace(ask, extra=() if customer_id == given else (("customer", customer_id),), page=1).address,
            customer_id == given,
        )
        for customer_id in shown
    )


def make_row(hold: OpenHold, around: Around, *, is_among_all: bool = True) -> HoldRow:
    """The words for one hold; `is_among_all` says whether ticking all ticks it."""
    line = hold.line
    customer = quote(hold.customer_id, safe="")
    is_at_work = hold.customer_id in around.at_work
    is_beside_another = line.rule is HoldRule.UNADOPTED_ADDITION
    tick = f"{line.line_hash}:{hold.id}" if can_decide(hold) and not is_at_work else ""
    return HoldRow(
        key=hold.id,
        tick=tick,
        is_ticked=bool(tick) and (tick in around.ticked or (around.ticks_all and is_among_all)),
        is_among_all=bool(tick) and is_among_all,
        customer=clean(hold.customer_name),
        customer_address=f"/customers/{customer}/waiting",
        licences_address=f"/customers/{customer}",
        licence=clean(line.licence_name),
        agreement=clean(around.agreement_names.get((hold.connection_id, hold.agreement_id), "")),
        before=line.quantity_before,
        after=line.quantity_after,
        rule=HOLD_WORDS[line.rule],
        tone=tone_of(line.rule),
        why=hide_ids(line.sentence, ""),
        advice=write_advice(hold),
        monthly="" if line.monthly is None else write_money(line.monthly, around.currency, is_difference=True),
        since=write_moment(hold.since, around.zone),
        plan=line.plan_hash[:8],
        plan_hash=line.plan_hash,
        plan_address=f"/approvals/{quote(hold.id, safe='')}",
        adoption_address=write_adoption_address(hold.customer_id, line.mapping_id, line.elsewhere)
        if is_beside_another
        else "",
        has_moved=hold.id in around.moved,
        is_at_work=is_at_work,
    )


def make_tabs(here: str) -> tuple[Tab, ...]:
    """The pages of what waits for people."""
    return tuple(
        Tab(word, address, address == here)
        for word, address in (
            ("Held changes", "/approvals"),
            ("Credit proposals", "/approvals/credits"),
            ("Before the next invoice", "/approvals/invoices"),
        )
    )


def make_csv_row(hold: OpenHold, zone: ZoneInfo) -> tuple[Cell, ...]:
    """The columns of the page."""
    line = hold.line
    since: datetime = hold.since.astimezone(zone).replace(tzinfo=None)
    money = "" if line.monthly is None else f"{line.monthly:f}"
    seats = (line.quantity_before, line.quantity_after)
    why = hide_ids(line.sentence, "")
    return (hold.customer_name, line.licence_name, *seats, HOLD_WORDS[line.rule], why, money, since, line.plan_hash)
