"""What a person reads about a write: plain sentences, with days in ISO form. Pure."""

from __future__ import annotations

import operator
from datetime import date
from decimal import Decimal

from plans.agreements import Addition, Agreement
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.ledger import LedgerEntry, count_seats, effect_of
from plans.plan import LinePlan
from plans.timeline import Timeline, combine
from profiles.billing import BillableOption
from profiles.periods import ONE_DAY, write_short_day

SMALLEST_PLACES = -2
LAST_STEPS = 3


def spell(value: object) -> str:
    """A value as a person reads it."""
    match value:
        case None | "":
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case BillableOption():
            return value.value.replace("_", " ")
        case date():
            return write_short_day(value)
        case Timeline():
            return (
                ", ".join(f"{seats} from {write_short_day(day)}" for day, seats in value.steps[-LAST_STEPS:]) or "none"
            )
        case Decimal() if value.is_finite():
            return format(value.normalize(), "f")
        case _:
            return str(value)


def spell_price(price: Decimal | None) -> str:
    """A price with at least two places."""
    if price is None:
        return "no price of ours"
    places = price.normalize().as_tuple().exponent
    return f"{price:.2f}" if isinstance(places, int) and places >= SMALLEST_PLACES else spell(price)


def describe_write(line: LinePlan, change: Change, billed: Timeline, entry: LedgerEntry) -> str:
    """A verified write in a sentence: what the line billed before it, and bills since."""
    day, difference = find_first_day(change)
    said = []
    if difference.steps:
        span = describe_span(change, day)
        said.append(f"{billed.on(day)} → {entry.levels.on(day)} {span}")
    if isinstance(change, SetAddition):
        said += describe_terms(change)
    said.append(f"addition {entry.addition_id}{describe_end(change)}")
    sentence = f"{line.licence_name}: {', '.join(said)}."
    is_half = change in line.changes and is_roll_up(line)
    return f"{sentence} It is a roll-up: the same seats, in fewer additions." if is_half else sentence


def find_first_day(change: Change) -> tuple[date, Timeline]:
    """The first day on which a change bills seats that were not billed, or fewer; and how many on every day."""
    start, difference = effect_of(change)
    return (difference.days[0] if difference.steps else start), difference


def describe_span(change: Change, day: date) -> str:
    """The days that a number of seats is about."""
    if isinstance(change, CreateAddition) and change.ends_on is not None:
        return f"from {write_short_day(day)} through {write_short_day(change.ends_on)}"
    return f"from {write_short_day(day)}"


def describe_terms(change: SetAddition) -> list[str]:
    """What changes of an addition beside its seats and days."""
    before, after, said = change.before, change.after, []
    if before.unit_price != after.unit_price:
        day = write_short_day(change.describes_from)
        said.append(f"price {spell_price(before.unit_price)} → {spell_price(after.unit_price)} from {day}")
    if before.billable_option != after.billable_option:
        said.append(f"{spell(before.billable_option)} → {spell(after.billable_option)}")
    if before.description != after.description:
        said.append("text on the invoice")
    return said


def describe_end(change: Change) -> str:
    """The day an addition ends, where a write says a new one."""
    if not isinstance(change, SetAddition) or change.before.cancelled_on == change.after.cancelled_on:
        return ""
    last = change.after.cancelled_on
    return " has no end any more" if last is None else f" ends on {write_short_day(last)}"


def is_roll_up(line: LinePlan) -> bool:
    """Whether the line's writes only move seats from one addition to another, on the same days."""
    total, moving = Timeline(), 0
    for change in line.changes:
        if isinstance(change, CreateAddition | AdjustUnits):
            return False
        _, difference = effect_of(change)
        total = combine(total, difference, operator.add)
        moving += bool(difference.steps)
    return moving > 1 and not total.steps


def describe_late_write(line: LinePlan, change: SetAddition, through: date | None, found: date | None) -> str:
    """Why a person must look: the agreement was invoiced while a field was written (billing rules, 6).

    `through` is P as it was planned on, `found` as it is after the write.
    """
    before, after, name = change.before, change.after, line.licence_name
    if through is None or found is None or found <= through:
        known = "nobody can tell through which day" if found is None else f"through {write_short_day(found)}"
        planned = "an unknown day" if through is None else write_short_day(through)
        return (
            f"What the agreement {change.agreement_id} has invoiced moved while {name} was changed: it was through "
            f"{planned}, and is now {known}. Check addition {after.id} on its last invoice."
        )
    first, terms = through + ONE_DAY, describe_old_terms(before, after)
    if change.is_dated:
        first, seats = effect_of(change)
        terms = f"{abs(seats.on(first))} seats too {'few' if seats.on(first) > 0 else 'many'}"
    return (
        f"Agreement {change.agreement_id} was invoiced while {name} was changed: {write_short_day(first)} through "
        f"{write_short_day(found)} may have been billed with {terms} of addition {after.id}. "
        "Look at that invoice, and put the difference right by hand if it was."
    )


def describe_late_adjustment(line: LinePlan, change: AdjustUnits, addition_id: str, agreement: Agreement) -> str:
    """Why a person must look: the days of an adjustment were invoiced while it was made, and the PSA gives back by
    itself what it takes away from them, whether the mapping gives credits or not (billing rules, 7)."""
    before, after, day = change.units_before, change.units_after, write_short_day(change.effective_on)
    through = agreement.facts.find_invoiced(addition_id)
    known = "nobody can tell through which day" if through is None else f"through {write_short_day(through)}"
    said = [f"{before} → {after}"] if before != after else []
    if change.unit_price is not None:
        said.append(f"the price {spell_price(change.price_before)} → {spell_price(change.unit_price)}")
    return (
        f"Agreement {change.agreement_id} was invoiced while {line.licence_name} was changed from "
        f"{day} ({', '.join(said)}); it is invoiced {known} now. Either that invoice has the change already, or the "
        f"PSA bills the difference from {day} on by an item of its own, though no credit was meant. Look at the "
        f"billing items of addition {addition_id}, and put right by hand what should not be."
    )


def describe_old_terms(before: Addition, after: Addition) -> str:
    """What an invoice that came too early bills, against what it should."""
    fewer = count_seats(after) - count_seats(before)
    said = []
    if fewer:
        direction = f"{abs(fewer)} too few" if fewer > 0 else f"{abs(fewer)} too many"
        said.append(f"{count_seats(before)} seats instead of {count_seats(after)}, {direction},")
    if before.unit_price != after.unit_price:
        said.append(f"the price {spell_price(before.unit_price)} instead of {spell_price(after.unit_price)}")
    if before.billable_option != after.billable_option:
        said.append(f"{spell(before.billable_option)} instead of {spell(after.billable_option)}")
    return " and ".join(said) or "the old text"
