"""What is owed in Autotask's words: dated deltas of the units of a contract service. Pure.

Facts: reference autotask-halo.md 2 and 3; rules: billing rules 3 and 7. Autotask keeps one row of units per period or
part of one, and takes changes only as create-only adjustments from a day on. A row per period says what is billed, so
there is nothing to roll up; Autotask prorates by the effective date alone, so there is no prorate switch either: what
must not be prorated is dated on the start of a period, where `owed` already has it. An addition is a contract service;
there is one per line, it never ends, and one that bills nothing stays with 0 units.

Three things are put off. What takes effect on a later day is collected until shortly before its period is posted, so
that the net is written once. A second adjustment of the same day would make the same row twice ("duplicate data into
contract_service_period"): a rise moves to the next day, a fall to the next period. And what was just created can be
adjusted only once its number is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import add

from plans.changes import AdjustUnits, Change, CreateAddition, HoldRule, Scheduled
from plans.keys import make_key
from plans.ledger import cover
from plans.owed import find_boundary
from plans.timeline import Timeline, combine, replace_from
from plans.translation import LineTask, OwnAddition, Translation
from profiles.billing import BillableOption
from profiles.periods import ONE_DAY, Grid

COLLECTING_NIGHTS = 3
"""How many nights before posting the net of a later day is written (billing rules, 7)."""


@dataclass(frozen=True, slots=True)
class Site:
    """The calendar that a contract's changes must keep to.

    `first` and `last` bound the effective dates: the contract's own days, `last` None for an open end. `through` is
    the last day posted; where nobody knows it, the running period counts as posted, and what rests on that is held.
    """

    grid: Grid
    first: date
    last: date | None
    through: date

    def starts_period(self, day: date) -> bool:
        """Whether a period begins on that day."""
        return find_boundary(day, self.grid) == day

    def next_start(self, day: date) -> date:
        """The first start of a period after that day."""
        return find_boundary(day + ONE_DAY, self.grid)

    def holds(self, day: date) -> bool:
        """Whether a change may be dated on that day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Correction:
    """So many units more or fewer from a day on, and a price where it is to change; written from `writable_on`."""

    day: date
    units: int
    unit_price: Decimal | None
    writable_on: date


def translate_line(task: LineTask) -> Translation:
    """The adjustments that make the units of a line's contract service be what is owed.

    In: see LineTask; `billed` is summed from the unit rows, the last row continuing, and `own` has at most one
    contract service. Out: creations and adjustments in the order of their days, what waits, or a hold. Raises nothing.
    Source: billing rules, 3 and 7.
    """
    grid, service = task.facts.grid, task.own[0] if task.own else None
    if grid is None:
        return hold_unless_right(task, HoldRule.INVOICING_UNKNOWN, explain_doubt(task))
    if len(task.own) > 1 or (service is None and task.billed.steps):
        return hold_unless_right(
            task,
            HoldRule.NOT_EXPRESSIBLE,
            f"{task.licence_name} is billed by {len(task.own)} contract services of contract {task.agreement_id}, and "
            "units are told apart by day only where there is one. Leave one of them mapped, end the others by hand.",
        )
    site = find_site(task, grid)
    corrections = tuple(find_corrections(task, site, service))
    now = [each for each in corrections if each.writable_on <= task.today]
    hold = find_hold(task, site, corrections, now)
    if hold is not None:
        return hold
    changes: list[Change] = [create(task, each) for each in now] if service is None else [*adjust(task, service, now)]
    scheduled = [put_off(task, each) for each in corrections if each not in now]
    scheduled.extend(put_off_price(task, site, service))
    return Translation(tuple(changes), tuple(scheduled))


def find_site(task: LineTask, grid: Grid) -> Site:
    """The contract's calendar. Its periods step from its first day, which is the grid's anchor (autotask-halo.md 2)."""
    through = task.facts.invoiced_through
    return Site(
        grid=grid,
        first=grid.boundary(0),
        last=task.facts.ends_on,
        through=grid.period_of(task.today).last if through is None else through,
    )


def find_corrections(task: LineTask, site: Site, service: OwnAddition | None) -> Iterator[Correction]:
    """What is to be corrected, day by day: each day takes what it may and leaves the rest to a later one."""
    planned, needs_number = 0, False
    for day in list_days(task, site, service):
        if day in task.billed.days:
            continue
        before = task.billed.on(day) + planned
        missing = task.owed.on(day) - before
        if missing < 0 and not may_lower(task, site, day):
            # Posted days are not lowered, but what this plan itself adds to them must end when it is owed no more.
            missing = max(missing, -max(planned, 0))
        price = None if service is None else choose_price(task, service, day, before)
        if missing or price is not None:
            yield Correction(day, missing, price, find_writable_day(task, site, day, needs_number))
            planned, needs_number = planned + missing, service is None


def list_days(task: LineTask, site: Site, service: OwnAddition | None) -> list[date]:
    """The days on which something may have to be corrected, ascending: where a quantity changes, where something that
    may not be dated there can be dated instead, and from where a price is due."""
    days = {site.first, site.next_start(site.through), *task.owed.days}
    for day in task.billed.days:
        days |= {day + ONE_DAY, site.next_start(day)}
    if service is not None:
        days.add(service.uninvoiced_from)
    return sorted(day for day in days if site.holds(day))


def may_lower(task: LineTask, site: Site, day: date) -> bool:
    """Whether units may fall on that day: where a period begins that is not posted, or where `owed` itself falls inside
    one (credits on, or an increase taken back), and a day later where that day has had its adjustment."""
    if site.starts_period(day):
        return day > site.through
    eve = day - ONE_DAY
    return is_credit(task, site, day) or (eve in task.billed.days and is_credit(task, site, eve))


def is_credit(task: LineTask, site: Site, day: date) -> bool:
    """Whether less is owed from a day inside a period."""
    return not site.starts_period(day) and task.owed.on(day) < task.owed.on(day - ONE_DAY)


def differs_in_price(service: OwnAddition) -> bool:
    """Whether the price is ours to set and is another one."""
    return service.price_due is not None and service.price_due != service.addition.unit_price


def choose_price(task: LineTask, service: OwnAddition, day: date, before: int) -> Decimal | None:
    """The price to send with an adjustment of that day: on the first day not yet invoiced if anything is billed then,
    and with the first units after none, whose price nothing has proved."""
    bills = task.owed.on(day) > 0
    is_due = day == service.uninvoiced_from or before == 0
    return service.price_due if bills and is_due and differs_in_price(service) else None


def find_writable_day(task: LineTask, site: Site, day: date, needs_number: bool) -> date:
    """From when a change dated on `day` is written: on its day, or some nights before the next posting if that is of
    the period which begins on it. What needs the number of a service that is not there yet waits a night."""
    writable = day
    if day == site.next_start(site.through):
        posting = task.facts.next_invoice_on or day
        writable = min(day, posting - timedelta(days=COLLECTING_NIGHTS))
    return max(writable, task.today + ONE_DAY) if needs_number else writable


def find_hold(
    task: LineTask, site: Site, corrections: Sequence[Correction], now: Sequence[Correction]
) -> Translation | None:
    """What stops the whole line; None where nothing does."""
    facts, name, contract = task.facts, task.licence_name, f"contract {task.agreement_id}"
    planned = Timeline()
    for each in corrections:
        planned = combine(planned, cover(each.day, None, each.units), add)
    planned = combine(task.billed, planned, add)
    rise = find_rise(task, site, planned)
    if facts.invoiced_through is None and any(rests_on_posting(site, each) for each in corrections):
        return stop(HoldRule.INVOICING_UNKNOWN, explain_doubt(task))
    if rise is not None:
        return stop(
            HoldRule.NOT_EXPRESSIBLE,
            f"{name} on {contract} bills {planned.on(rise)} from {rise.isoformat()} and should bill "
            f"{task.owed.on(rise)}. Fewer units inside a period are a credit, and this mapping gives none: give it in "
            "Autotask by hand, or switch credits on.",
        )
    if site.last is not None and task.owed.on(site.last) > planned.on(site.last):
        return stop(
            HoldRule.NOT_EXPRESSIBLE,
            f"{name} should bill {task.owed.on(site.last)} on {site.last.isoformat()}, the last day of {contract}, "
            "which has had its one adjustment. Bill the difference by hand.",
        )
    if falls_below_zero(task.billed, now):
        return stop(
            HoldRule.NOT_EXPRESSIBLE,
            f"The units of {name} on {contract} would fall below zero, because somebody dated a change on a later day. "
            "Undo that change in Autotask.",
        )
    if corrections and task.billable_option is not BillableOption.BILLABLE:
        return stop(
            HoldRule.NOT_EXPRESSIBLE,
            f"Autotask bills every unit of a contract service, and {name} is not to be billed. Change the billing "
            "profile, or exclude the licence.",
        )
    return None


def find_rise(task: LineTask, site: Site, planned: Timeline) -> date | None:
    """The first day, not yet posted and inside a period, on which the units rise above what is owed."""
    for day in task.billed.days:
        is_inside = day > site.through and site.holds(day) and not site.starts_period(day)
        rises = task.billed.on(day) > task.billed.on(day - ONE_DAY)
        if is_inside and rises and planned.on(day) > task.owed.on(day):
            return day
    return None


def rests_on_posting(site: Site, correction: Correction) -> bool:
    """Whether a correction is right only if it is known what is posted."""
    lowers = correction.units < 0 and site.starts_period(correction.day)
    return lowers or correction.unit_price is not None


def falls_below_zero(billed: Timeline, corrections: Sequence[Correction]) -> bool:
    """Whether any day has fewer than no units after any one of the writes; Autotask would refuse it."""
    for each in corrections:
        billed = combine(billed, cover(each.day, None, each.units), add)
        if any(units < 0 for _, units in billed.steps):
            return True
    return False


def create(task: LineTask, correction: Correction) -> CreateAddition:
    """The contract service that is not there yet, with its first units."""
    return CreateAddition(
        agreement_id=task.agreement_id,
        sequence=task.sequence,
        key=make_key(task.mapping_id, task.sequence),
        product_id=task.product_id,
        quantity=correction.units,
        effective_on=correction.day,
        billable_option=task.billable_option,
        unit_price=task.unit_price,
        description=task.description,
    )


def adjust(task: LineTask, service: OwnAddition, corrections: Sequence[Correction]) -> Iterator[AdjustUnits]:
    """One adjustment for each correction. Each one says what the service has after those before it."""
    written = 0
    for place, each in enumerate(corrections):
        before = task.billed.on(each.day) + written
        written += each.units
        yield AdjustUnits(
            agreement_id=task.agreement_id,
            sequence=task.sequence + place,
            key=make_key(task.mapping_id, task.sequence + place),
            addition_id=service.addition.id,
            effective_on=each.day,
            units_before=before,
            units_after=before + each.units,
            unit_price=each.unit_price,
        )


def put_off(task: LineTask, correction: Correction) -> Scheduled:
    """A correction that is not written tonight, with its date."""
    quantity, day = task.owed.on(correction.day), correction.day
    return Scheduled(
        quantity=quantity,
        takes_effect_on=day,
        writable_on=correction.writable_on,
        sentence=f"{task.licence_name} becomes {quantity} from {day.isoformat()}; this is written on "
        f"{correction.writable_on.isoformat()}, with whatever else changes until then. Nothing to do.",
    )


def put_off_price(task: LineTask, site: Site, service: OwnAddition | None) -> Iterator[Scheduled]:
    """A price whose day has had its adjustment: it waits until a later period is the first one not invoiced."""
    if service is None or not differs_in_price(service) or service.uninvoiced_from not in task.billed.days:
        return
    start = site.next_start(service.uninvoiced_from)
    if site.holds(start) and task.owed.on(service.uninvoiced_from) > 0:
        yield Scheduled(
            quantity=task.owed.on(start),
            takes_effect_on=start,
            writable_on=None,
            sentence=f"The price of {task.licence_name} becomes {service.price_due} from {start.isoformat()}: the "
            f"units of {service.uninvoiced_from.isoformat()} were adjusted already, which goes once. Nothing to do.",
        )


def hold_unless_right(task: LineTask, rule: HoldRule, sentence: str) -> Translation:
    """The hold, unless today and every later day already are as they should be."""
    owed, billed = (replace_from(Timeline(), task.today, each) for each in (task.owed, task.billed))
    is_right = owed == billed and not any(differs_in_price(each) for each in task.own)
    return Translation() if is_right else stop(rule, sentence)


def stop(rule: HoldRule, sentence: str) -> Translation:
    """A hold that no approval lifts: something else must be put right."""
    return Translation(hold=rule, hold_sentence=sentence)


def explain_doubt(task: LineTask) -> str:
    """Why a line waits whose posted periods are not known."""
    doubt = (
        task.facts.invoicing_doubt or f"Autotask does not say which periods of contract {task.agreement_id} are posted."
    )
    return f"{doubt} Nothing that depends on it is written for {task.licence_name}. Look at the contract in Autotask."
