"""Nights in memory for translation tests: readings come in, writes are applied, invoices are made as ConnectWise does.

April has 30 days and a seat costs 20.00. The world keeps the ledger that `billed` is derived from, and beside it what
each invoice really asked for, day by day, worked out from the additions alone.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from plans.agreements import Addition, AgreementFacts
from plans.changes import AdjustUnits, CreateAddition, SetAddition
from plans.counts import Count, confirm_counts, record_count
from plans.keys import make_key
from plans.ledger import LedgerEntry, Proof, count_seats, cover, derive_billed, make_entry
from plans.owed import OwedPolicy, owe
from plans.timeline import Timeline, combine, make_timeline
from plans.translation import LineTask, OwnAddition, Translation
from profiles.billing import BillableOption
from profiles.periods import ONE_DAY, Grid
from psa.connectwise.lines import translate_line

MAPPING = "mapping-1"
PRODUCT = "product-1"
PRICE = Decimal("20.00")
MONTHLY = Grid(2026, 1, 1, 1)


def april(day: int) -> date:
    return date(2026, 4, day)


def may(day: int) -> date:
    return date(2026, 5, day)


def make_facts(
    invoiced_through: date | None = date(2026, 3, 31),
    next_invoice_on: date | None = None,
    *,
    prorates: bool = True,
    grid: Grid | None = MONTHLY,
    doubt: str = "",
    parent_id: str | None = None,
) -> AgreementFacts:
    """An agreement's facts; invoiced in arrears on the first day after its period where nothing else is said."""
    if next_invoice_on is None and invoiced_through is not None and grid is not None:
        next_invoice_on = grid.period_of(invoiced_through + ONE_DAY).end
    return AgreementFacts(
        is_active=True,
        prorates=prorates,
        next_invoice_on=next_invoice_on,
        ends_on=None,
        grid=grid,
        invoiced_through=invoiced_through,
        invoicing_doubt=doubt,
        parent_id=parent_id,
    )


def make_own(
    number: int,
    quantity: int,
    effective_on: date | None,
    *,
    cancelled_on: date | None = None,
    uninvoiced_from: date | None = None,
    is_adopted: bool = False,
    price: Decimal | None = PRICE,
    price_due: Decimal | None = None,
    product_id: str = PRODUCT,
    description: str = "",
    billable_option: BillableOption = BillableOption.BILLABLE,
    included: int = 0,
) -> OwnAddition:
    """An addition of ours, by the number of the write that made it; not invoiced where nothing else is said."""
    addition = Addition(
        id=f"addition-{number}",
        product_id=product_id,
        quantity=Decimal(quantity),
        effective_on=effective_on,
        cancelled_on=cancelled_on,
        billable_option=billable_option,
        key="" if is_adopted else make_key(MAPPING, number),
        unit_price=price,
        description=description,
        included=Decimal(included),
    )
    return OwnAddition(addition, is_adopted, uninvoiced_from or effective_on or date.min, price_due)


def make_task(
    owed: Iterable[tuple[date, int]],
    own: Iterable[OwnAddition] = (),
    *,
    today: date,
    facts: AgreementFacts | None = None,
    billed: Iterable[tuple[date, int]] | None = None,
    price: Decimal | None = None,
    description: str | None = None,
    billable_option: BillableOption = BillableOption.BILLABLE,
) -> LineTask:
    """A line's task; `billed` are the additions as they stand where nothing else is said."""
    additions = tuple(own)
    return LineTask(
        mapping_id=MAPPING,
        licence_name="Business Premium",
        agreement_id="12",
        product_id=PRODUCT,
        billable_option=billable_option,
        unit_price=price,
        description=description,
        sequence=len(additions),
        today=today,
        facts=make_facts() if facts is None else facts,
        owed=make_timeline(owed),
        billed=sum_own(additions) if billed is None else make_timeline(billed),
        own=additions,
    )


def sum_own(own: Iterable[OwnAddition]) -> Timeline:
    total = Timeline()
    for each in own:
        start, units = each.addition.effective_on or date.min, count_seats(each.addition)
        total = combine(total, cover(start, each.addition.cancelled_on, units), operator.add)
    return total


def tell(translation: Translation) -> list[str]:
    """The writes in few words, as `2 from 2026-04-10` and `addition-1: 10→8, through 2026-04-30`."""
    assert translation.hold is None, translation.hold_sentence
    return [tell_change(change) for change in translation.changes]


def tell_change(change: CreateAddition | SetAddition | AdjustUnits) -> str:
    assert not isinstance(change, AdjustUnits)
    if isinstance(change, CreateAddition):
        price = "" if change.unit_price is None else f" at {change.unit_price}"
        end = "" if change.ends_on is None else f" through {change.ends_on}"
        return f"{change.quantity} from {change.effective_on}{end}{price}"
    before, after, parts = change.before, change.after, []
    if before.quantity != after.quantity:
        parts.append(f"{before.quantity}→{after.quantity}")
    if before.cancelled_on != after.cancelled_on:
        parts.append("no end" if after.cancelled_on is None else f"through {after.cancelled_on}")
    if before.unit_price != after.unit_price:
        parts.append(f"at {after.unit_price}")
    if before.description != after.description:
        parts.append(f"“{after.description}”")
    if before.billable_option != after.billable_option:
        parts.append(after.billable_option)
    return f"{before.id}: {', '.join(parts)}"


@dataclass
class Kept:
    """An addition in the PSA, how it came there, and through which day an invoice has billed it."""

    addition: Addition
    is_adopted: bool = False
    was_invoiced: bool = False
    billed_through: date | None = None


@dataclass
class World:
    """One line on one agreement. `policy.grid` are its periods."""

    policy: OwedPolicy
    invoiced_through: date | None
    in_arrears: bool
    counts: tuple[Count, ...] = ()
    kept: list[Kept] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)
    invoiced: dict[date, int] = field(default_factory=dict)
    sequence: int = 0
    writes: int = 0
    price: Decimal | None = None
    description: str | None = None
    is_doubtful: bool = False

    @property
    def grid(self) -> Grid:
        assert self.policy.grid is not None
        return self.policy.grid

    @property
    def facts(self) -> AgreementFacts:
        if self.is_doubtful or self.invoiced_through is None:
            return make_facts(None, grid=self.grid, prorates=self.policy.prorates, doubt="The invoices are not read.")
        period = self.grid.period_of(self.invoiced_through + ONE_DAY)
        due = period.end if self.in_arrears else period.start
        return make_facts(self.invoiced_through, due, prorates=self.policy.prorates, grid=self.grid)

    @property
    def owed(self) -> Timeline:
        return owe(confirm_counts(self.counts), self.policy)

    @property
    def billed(self) -> Timeline:
        return derive_billed(self.entries)

    @property
    def own(self) -> tuple[OwnAddition, ...]:
        return tuple(self._own(kept) for kept in self.kept)

    def _own(self, kept: Kept) -> OwnAddition:
        start = kept.addition.effective_on or date.min
        uninvoiced_from = start
        if kept.was_invoiced:
            assert self.invoiced_through is not None
            uninvoiced_from = self.invoiced_through + ONE_DAY
        return OwnAddition(kept.addition, kept.is_adopted, uninvoiced_from, self.price)

    def read(self, day: date, seats: int) -> None:
        self.counts = record_count(self.counts, Count(day, seats, day, self.invoiced_through, seats))

    def ask(self, today: date) -> LineTask:
        return LineTask(
            mapping_id=MAPPING,
            licence_name="Business Premium",
            agreement_id="12",
            product_id=PRODUCT,
            billable_option=BillableOption.BILLABLE,
            unit_price=self.price,
            description=self.description,
            sequence=self.sequence,
            today=today,
            facts=self.facts,
            owed=self.owed,
            billed=self.billed,
            own=self.own,
        )

    def night(self, today: date, seats: int) -> Translation:
        """Read, translate, write."""
        self.read(today, seats)
        translation = translate_line(self.ask(today))
        self.apply(translation)
        return translation

    def apply(self, translation: Translation) -> None:
        for change in translation.changes:
            assert not isinstance(change, AdjustUnits)
            self.write(change)

    def write(self, change: CreateAddition | SetAddition) -> None:
        """What ConnectWise does with it, and the ledger's entry."""
        assert change.sequence == self.sequence
        assert change.key == make_key(MAPPING, self.sequence)
        if isinstance(change, CreateAddition):
            addition = make_own(change.sequence, change.quantity, change.effective_on).addition
            addition = replace(
                addition,
                cancelled_on=change.ends_on,
                unit_price=change.unit_price,
                description=change.description or "",
            )
            self.kept.append(Kept(addition))
        else:
            kept = next(each for each in self.kept if each.addition.id == change.before.id)
            assert kept.addition == change.before
            kept.addition = addition = change.after
        self.entries.append(make_entry(MAPPING, change, self.billed, Proof(addition.id, self.invoiced_through)))
        self.sequence += 1
        self.writes += 1

    def invoice(self) -> dict[date, int]:
        """Make the next invoice; what it asks for by day, catch-up included."""
        assert self.invoiced_through is not None
        period = self.grid.period_of(self.invoiced_through + ONE_DAY)
        lines: dict[date, int] = {}
        for kept in self.kept:
            day = kept.addition.effective_on or period.start
            if kept.billed_through is not None:
                day = max(day, kept.billed_through + ONE_DAY)
            if not self.policy.prorates:
                day = max(day, period.start)
            last = min(kept.addition.cancelled_on or period.last, period.last)
            while day <= last:
                lines[day] = lines.get(day, 0) + count_seats(kept.addition)
                kept.billed_through = day
                day += ONE_DAY
            kept.was_invoiced = True
        for day, seats in lines.items():
            self.invoiced[day] = self.invoiced.get(day, 0) + seats
        self.invoiced_through = period.last
        return lines


def price_lines(lines: dict[date, int], days_of_month: int) -> Decimal:
    """The money of an invoice within one month, at 20.00 a seat, to the cent."""
    return (PRICE * sum(lines.values()) / days_of_month).quantize(Decimal("0.01"))
