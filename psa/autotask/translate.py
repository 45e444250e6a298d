"""What is owed in Autotask's words: dated deltas of the units of a contract service. Pure.

Facts: reference autotask-halo.md 2 and 3; rules: billing rules 3 and 7. Autotask keeps one row of units per period or
part of one, and takes changes only as create-only adjustments from a day on. A row per period says what is billed, so
there is nothing to roll up; Autotask prorates by the effective date alone, so there is no prorate switch either: what
must not be prorated is dated on the start of a period, where `owed` already has it. An addition is a contract service;
there is one per line, it never ends, and one that bills nothing stays with 0 units. Making one is a write of its own,
which bills nothing; its units follow by adjustments that name it by the key of that write.

Two things are put off. What takes effect on a later day is collected until shortly before its period is posted, so that
the net is written once. A second adjustment of the same day would make the same row twice ("duplicate data into
contract_service_period"): a rise moves to the next day, a fall to the next period.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from operator import add

from plans.changes import AdjustUnits, Change, CreateAddition, HoldRule, Scheduled, SetAddition
from plans.keys import make_key
from plans.ledger import cover
from plans.timeline import Timeline, combine, replace_from, subtract
from plans.translation import LineTask, OwnAddition, Translation
from profiles.billing import BillableOption
from profiles.periods import ONE_DAY, write_short_day
from psa.autotask.corrections import falls_below_zero, find_corrections, order_writes
from psa.autotask.pricing import differs, find_due, find_untold, put_off_price
from psa.autotask.site import Correction, Cut, Site, find_site

COLLECTING_NIGHTS = 3
"""How many nights before posting the net of a later day is written, where nobody said otherwise (billing rules, 7)."""


def translate_line(task: LineTask, lead_nights: int = COLLECTING_NIGHTS) -> Translation:
    """The adjustments that make the units of a line's contract service be what is owed.

    In: see LineTask; `billed` is summed from the unit rows, the last row continuing, and `own` has at most one
    contract service. Out: the service where it is missing, adjustments in the order of their days, a new text; what
    waits, or a hold. Raises nothing. Source: billing rules, 3 and 7.
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
    site = find_site(task, grid, lead_nights)
    corrections, cuts = find_corrections(task, site, service)
    now = order_writes(task.billed, [each for each in corrections if each.writable_on <= task.today])
    hold = find_hold(task, site, corrections, now)
    if hold is not None:
        return hold
    changes: list[Change] = [*make_service(task, site, now), *adjust(task, service, now)]
    changes += write_text(task, service, len(changes))
    scheduled = [put_off(task, each) for each in corrections if each not in now]
    scheduled += [say_unbilled(task, each) for each in cuts if task.today < site.next_start(each.day)]
    scheduled.extend(say_closed(task, site))
    scheduled.extend(say_last_day(task, site, plan_units(task, corrections)))
    scheduled.extend(put_off_price(task, site, service))
    return Translation(tuple(changes), tuple(scheduled))


def find_hold(
    task: LineTask, site: Site, corrections: Sequence[Correction], now: Sequence[Correction]
) -> Translation | None:
    """What stops the whole line; None where nothing does."""
    facts, name, contract = task.facts, task.licence_name, f"contract {task.agreement_id}"
    planned = plan_units(task, corrections)
    rise = find_rise(task, site, planned)
    untold = find_untold(task, site, task.own[0] if task.own else None, corrections)
    if facts.invoiced_through is None and any(rests_on_posting(site, each) for each in corrections):
        return stop(HoldRule.INVOICING_UNKNOWN, explain_doubt(task))
    if untold is not None:
        return stop(
            HoldRule.NOT_EXPRESSIBLE,
            f"{name} comes back from none on {write_short_day(untold)}, on days of {contract} that are posted at a "
            "price which is none of its billing profile's, so that nobody can tell what they cost. Enter the units in "
            "Autotask by hand, at the price of those days, and accept them.",
        )
    if rise is not None:
        return stop(
            HoldRule.NOT_EXPRESSIBLE,
            f"{name} on {contract} bills {planned.on(rise)} from {write_short_day(rise)} and should bill "
            f"{task.owed.on(rise)}. Fewer units inside a period are a credit, and this mapping gives none: give it in "
            "Autotask by hand, or switch credits on.",
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


def plan_units(task: LineTask, corrections: Sequence[Correction]) -> Timeline:
    """The units of every day once all corrections are written."""
    planned = task.billed
    for each in corrections:
        planned = combine(planned, cover(each.day, None, each.units), add)
    return planned


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


def make_service(task: LineTask, site: Site, corrections: Sequence[Correction]) -> Iterator[CreateAddition]:
    """The contract service that is not there yet, once its first units are due. It has none of its own."""
    if not task.own and corrections:
        first = min(each.day for each in corrections)
        yield CreateAddition(
            agreement_id=task.agreement_id,
            sequence=task.sequence,
            key=make_key(task.mapping_id, task.sequence),
            product_id=task.product_id,
            quantity=0,
            effective_on=first,
            billable_option=task.billable_option,
            unit_price=find_due(task, site, None, first),
            description=task.description,
        )


def adjust(task: LineTask, service: OwnAddition | None, corrections: Sequence[Correction]) -> Iterator[AdjustUnits]:
    """One adjustment for each correction. Each one says what the service has after those before it."""
    billed, first = task.billed, task.sequence + (service is None)
    for sequence, each in enumerate(corrections, start=first):
        before = billed.on(each.day)
        billed = combine(billed, cover(each.day, None, each.units), add)
        yield AdjustUnits(
            agreement_id=task.agreement_id,
            sequence=sequence,
            key=make_key(task.mapping_id, sequence),
            addition_id="" if service is None else service.addition.id,
            effective_on=each.day,
            units_before=before,
            units_after=before + each.units,
            unit_price=each.unit_price,
            price_before=None if service is None or each.unit_price is None else service.addition.unit_price,
            made_by=make_key(task.mapping_id, task.sequence) if service is None else "",
            product_id=task.product_id,
        )


def write_text(task: LineTask, service: OwnAddition | None, written: int) -> Iterator[SetAddition]:
    """The text on the invoice, where it is ours and another one; it has no day, and is right for the next posting.

    A plan that moves units writes it the night after, when what it left is read.
    """
    if service is None or service.is_adopted or task.description is None or written:
        return
    addition, sequence = service.addition, task.sequence
    if addition.description.split() != task.description.split():
        yield SetAddition(
            agreement_id=task.agreement_id,
            sequence=sequence,
            key=make_key(task.mapping_id, sequence),
            before=addition,
            after=replace(addition, description=task.description),
            describes_from=find_first_open(task),
        )


def find_first_open(task: LineTask) -> date:
    """The first day that is not posted; today where nobody knows."""
    through = task.facts.invoiced_through
    return task.today if through is None else through + ONE_DAY


def put_off(task: LineTask, correction: Correction) -> Scheduled:
    """A correction that is not written tonight, with its date."""
    quantity, day = task.owed.on(correction.day), correction.day
    return Scheduled(
        quantity=quantity,
        takes_effect_on=day,
        writable_on=correction.writable_on,
        sentence=f"{task.licence_name} becomes {quantity} from {write_short_day(day)}; this is written on "
        f"{write_short_day(correction.writable_on)}, with whatever else changes until then.",
    )


def say_unbilled(task: LineTask, cut: Cut) -> Scheduled:
    """Seats that are owed for some days and never written, said as long as the period of those days runs."""
    first, last, end = (write_short_day(day) for day in (cut.day, cut.last, cut.ends_on))
    days = first if first == last else f"{first} through {last}"
    return Scheduled(
        quantity=task.owed.on(cut.day),
        takes_effect_on=cut.day,
        writable_on=None,
        sentence=f"{cut.units} more {task.licence_name} for {days} are not billed: they would have to end on {end}, "
        "and the units of that day were adjusted already, which goes once. Bill them by hand.",
    )


def say_closed(task: LineTask, site: Site) -> Iterator[Scheduled]:
    """Seats that are owed and never written, because their days are posted and Autotask refused to change what is
    posted: each stretch of days that reaches into the running period."""
    if task.today > site.closed_through:
        return
    missing = replace_from(subtract(task.owed, task.billed), site.closed_through + ONE_DAY, Timeline())
    running = site.grid.period_of(task.today).start
    for (first, units), end in zip(missing.steps, missing.days[1:], strict=False):
        if units > 0 and end > running:
            yield Scheduled(
                quantity=task.owed.on(first),
                takes_effect_on=first,
                writable_on=None,
                sentence=f"{units} more {task.licence_name} from {write_short_day(first)} through "
                f"{write_short_day(end - ONE_DAY)} are not billed: these days are posted, and Autotask refused to "
                "change what is posted. Bill them by hand.",
            )


def say_last_day(task: LineTask, site: Site, planned: Timeline) -> Iterator[Scheduled]:
    """Seats that are owed on the contract's last day and never written, because that day had its adjustment and no day
    comes after it: said until it is over."""
    last = site.last
    if last is None or not max(site.closed_through, task.today - ONE_DAY) < last:
        return
    missing = task.owed.on(last) - planned.on(last)
    if missing > 0:
        yield Scheduled(
            quantity=task.owed.on(last),
            takes_effect_on=last,
            writable_on=None,
            sentence=f"{missing} more {task.licence_name} for {write_short_day(last)} are not billed: it is the last "
            f"day of contract {task.agreement_id}, and its units were adjusted already, which goes once. Bill them by "
            "hand.",
        )


def hold_unless_right(task: LineTask, rule: HoldRule, sentence: str) -> Translation:
    """The hold, unless today and every later day already are as they should be."""
    owed, billed = (replace_from(Timeline(), task.today, each) for each in (task.owed, task.billed))
    is_right = owed == billed and not any(differs(each) for each in task.own)
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
