"""From what a line owes to what is written to ConnectWise: quantities and dates only (billing rules, 3 and 6). Pure.

The law: for every day after P, the last invoiced one, the additions sum to what is owed. A dated write, an addition
from its day or the day one ends, is made as soon as it is known. What is not dated is right from an addition's first
day on no invoice, or it is scheduled.
"""

from __future__ import annotations

from dataclasses import replace

from plans.agreements import Addition, Booking
from plans.changes import Change, CreateAddition, HoldRule, Scheduled, SetAddition
from plans.ledger import add_effects
from plans.timeline import Timeline, subtract
from plans.translation import LineTask, Translation
from profiles.billing import BillableOption
from profiles.periods import Period, write_short_day
from psa.connectwise.drafts import (
    Calendar,
    Draft,
    Line,
    find_base,
    following,
    keep_from,
    list_changes,
    preceding,
    read_calendar,
    start_draft,
    sum_draft,
)
from psa.connectwise.lowering import lower_seats
from psa.connectwise.raising import Rectangle, make_addition, raise_seats
from psa.connectwise.rollup import roll_up


def translate_line(task: LineTask) -> Translation:
    """The writes of a line in their order, what must wait for an invoice, or the rule that stops them.

    A translation of what it leaves, on the same day, has nothing to write. Own additions have whole quantities that are
    not negative; a person's edit is planning's to find. A hold of a translation has no changes: approving cannot help.
    """
    is_resting = is_at_rest(task)
    if is_resting and task.facts.prorates:
        return Translation()
    calendar = read_calendar(task)
    switched = None if calendar is None else find_switched(task, calendar)
    if switched is not None:
        return hold_switched(task, switched)
    if is_resting:
        return Translation()
    if calendar is None:
        return translate_without_calendar(task)
    draft = raise_seats(lower_seats(start_draft(task), calendar), calendar)
    left = find_left(task, sum_draft(draft), calendar)
    draft = set_words(draft, calendar)
    draft = draft if left.steps else roll_up(draft, calendar)
    changes = list_changes(draft)
    left = find_left(task, add_effects(task.billed, changes), calendar)
    misdated = find_misdated(task, changes)
    if misdated is not None:
        return hold_inside_period(task, misdated)
    doubted = find_doubted(task, changes)
    if doubted is not None:
        return hold_doubted(task, doubted)
    if is_misfit(left, calendar):
        return hold_not_expressible(task)
    return Translation(changes, tuple(schedule(task, left, calendar)))


def is_at_rest(task: LineTask) -> bool:
    """Whether a single addition is all that is owed, seen at a glance: most lines on most nights (promise P7)."""
    if task.owed != task.billed or len(task.own) != 1:
        return False
    own = task.own[0]
    return (
        own.addition.billable_option is task.billable_option
        and own.price_due in (None, own.addition.unit_price)
        and (task.description is None or own.is_adopted or is_same_text(own.addition.description, task.description))
    )


def translate_without_calendar(task: LineTask) -> Translation:
    """Where P or the periods are unknown: seats that begin on a day are right all the same; anything else holds all."""
    draft = start_draft(task)
    invoiced_through = task.facts.invoiced_through
    surplus = subtract(task.billed, task.owed)
    if invoiced_through is not None:
        surplus = keep_from(surplus, following(invoiced_through))
    if any(seats > 0 for _, seats in surplus.steps) or set_words(draft, None) != draft:
        return hold_unknown(task)
    draft = raise_seats(draft, None)
    if draft.created and not task.facts.prorates and task.facts.grid is None:
        return hold_unknown(task)
    changes = list_changes(draft)
    misdated = find_misdated(task, changes)
    return Translation(changes) if misdated is None else hold_inside_period(task, misdated)


def find_left(task: LineTask, billed: Timeline, calendar: Calendar) -> Timeline:
    """Seats more than owed that are left on days after P; less than owed is negative."""
    return keep_from(subtract(billed, task.owed), calendar.first_open_day)


def set_words(draft: Draft, calendar: Calendar | None) -> Draft:
    """The draft with the price, the billable option and the base's text as they should be, where it still bills.

    None of them is dated: they are right on an addition that no invoice has seen, or that is invoiced just through P.
    Days through P that might be caught up with another billable option than they had get none: see `renew`.
    """
    base = find_base(draft.lines)
    for line in draft.lines:
        is_right = calendar is None or line.is_uninvoiced or line.own.uninvoiced_from == calendar.first_open_day
        if is_right and not line.own.is_in_doubt and line.bills_from_now_on():
            worded = set_words_of(line, draft.task, is_base=line == base)
            if calendar is not None and catches_up(line, worded, calendar):
                draft = renew(draft, line, worded, calendar)
            else:
                draft = draft.with_line(worded)
    return draft


def catches_up(line: Line, worded: Line, calendar: Calendar) -> bool:
    """Whether another billable option might hold for days through P on the next invoice.

    Whether ConnectWise catches up what was not to be billed is written nowhere. What waits for its catch-up is caught
    up, or not, as it stands on that invoice.
    """
    option, then = line.after.billable_option, worded.after.billable_option
    if option is then or line.start > calendar.invoiced_through:
        return False
    return then is BillableOption.BILLABLE or (option is BillableOption.BILLABLE and line.is_uninvoiced)


def renew(draft: Draft, line: Line, worded: Line, calendar: Calendar) -> Draft:
    """The draft where an addition is as it was through P, and its seats are another one's from P + 1: at the price that
    is due, else at its own, and booked like it (billing rules, 5). One that ends by P stays as it is."""
    last = line.after.cancelled_on
    if last is not None and last <= calendar.invoiced_through:
        return draft
    kept = line.after if line.is_uninvoiced else line.own.addition
    draft = draft.with_line(replace(line, after=replace(kept, cancelled_on=calendar.invoiced_through)))
    piece = Rectangle(line.units, calendar.first_open_day, last)
    made = make_addition(draft, piece)
    price, booking = worded.after.unit_price, line.own.addition.booking or Booking()
    return draft.with_new(replace(made, unit_price=price, booking=booking))


def set_words_of(line: Line, task: LineTask, *, is_base: bool) -> Line:
    """One line with its words and price as they should be.

    The price that is due already is the one in force on its first day on no invoice. The text of an adopted addition
    is its owner's, and of ours only the base says who uses the seats.
    """
    after = replace(line.after, billable_option=task.billable_option)
    if line.own.price_due is not None:
        after = replace(after, unit_price=line.own.price_due)
    if task.description is not None and is_base and not line.own.is_adopted:
        is_same = is_same_text(after.description, task.description)
        after = after if is_same else replace(after, description=task.description)
    return replace(line, after=after)


def is_same_text(one: str, other: str) -> bool:
    """Whether two texts say the same: how their words are spaced is the PSA's."""
    return one.split() == other.split()


def is_misfit(left: Timeline, calendar: Calendar) -> bool:
    """Whether the law would be broken: a day too low, or one too high that the very next invoice would bill."""
    return any(seats < 0 or day < calendar.next_open_day for day, seats in left.steps)


def find_misdated(task: LineTask, changes: tuple[Change, ...]) -> tuple[CreateAddition, Period] | None:
    """An addition that would begin inside a period, with that period, where the agreement does not prorate and would
    bill all of it; None where there is none."""
    grid = task.facts.grid
    if task.facts.prorates or grid is None:
        return None
    for change in changes:
        if isinstance(change, CreateAddition) and grid.period_of(change.effective_on).start != change.effective_on:
            return change, grid.period_of(change.effective_on)
    return None


def find_doubted(task: LineTask, changes: tuple[Change, ...]) -> Addition | None:
    """An addition whose seats would be set though nobody knows whether its first days are on an invoice: what is not
    dated would hold for them too; None where there is none."""
    doubted = {each.addition.id for each in task.own if each.is_in_doubt}
    settings = (each for each in changes if isinstance(each, SetAddition) and not each.is_dated)
    return next((each.before for each in settings if each.before.id in doubted), None)


def find_switched(task: LineTask, calendar: Calendar) -> Line | None:
    """An addition of ours that began inside a period, is on no invoice, and would now be billed for all of it."""
    if task.facts.prorates:
        return None
    for line in start_draft(task).lines:
        is_ours = line.is_uninvoiced and line.bills_from_now_on() and not line.own.is_adopted
        if is_ours and calendar.grid.period_of(line.start).start != line.start:
            return line
    return None


def schedule(task: LineTask, left: Timeline, calendar: Calendar) -> list[Scheduled]:
    """What waits: for each day on which more is left than owed, what the line's quantity is from then on.

    The next invoice makes it writable where it bills up to that day; a date that has passed says nothing.
    """
    due = task.facts.next_invoice_on
    scheduled = []
    for day, seats in left.steps:
        if seats > 0:
            is_told = due is not None and due >= task.today and day == calendar.next_open_day
            quantity = task.owed.on(day)
            sentence = (
                f"{quantity + seats} → {quantity} {task.licence_name} from {write_short_day(day)}: agreement "
                f"{task.agreement_id} must first be invoiced through {write_short_day(preceding(day))}, or the seats "
                "would be missing from that invoice. Nothing to do: it is tried again every night."
            )
            scheduled.append(Scheduled(quantity, day, due if is_told else None, sentence))
    return scheduled


def hold_unknown(task: LineTask) -> Translation:
    """Held, because what is invoiced is unknown."""
    doubt = task.facts.invoicing_doubt or f"Nobody has confirmed how agreement {task.agreement_id} is billed."
    sentence = (
        f"{name_step(task)} on agreement {task.agreement_id} waits: what is already invoiced is not known. {doubt}"
    )
    return Translation(hold=HoldRule.INVOICING_UNKNOWN, hold_sentence=sentence)


def hold_doubted(task: LineTask, addition: Addition) -> Translation:
    """Held until an invoice is made, because the seats that were there before might be missing from it."""
    through = "" if task.facts.invoiced_through is None else write_short_day(task.facts.invoiced_through)
    sentence = (
        f"{name_step(task)} on agreement {task.agreement_id} waits for the next invoice: addition {addition.id} was "
        f"made while ConnectWise did not tell what it had invoiced, so that nobody knows whether its days through "
        f"{through} are on an invoice. Nothing to do: it is tried again every night."
    )
    return Translation(hold=HoldRule.INVOICING_UNKNOWN, hold_sentence=sentence)


def hold_switched(task: LineTask, line: Line) -> Translation:
    """Held, because an increase would be billed for the whole period."""
    sentence = (
        f"Agreement {task.agreement_id} no longer prorates, and addition {line.own.addition.id} of {line.units} "
        f"{task.licence_name} from {write_short_day(line.start)} is not invoiced yet: it would be billed for the whole "
        "period. Switch proration on again until that invoice is made."
    )
    return Translation(hold=HoldRule.PRORATION_SWITCHED, hold_sentence=sentence)


def hold_inside_period(task: LineTask, misdated: tuple[CreateAddition, Period]) -> Translation:
    """Held, because seats that begin inside a period would be billed for all of it: most of all those that come from an
    agreement whose periods begin on other days."""
    change, period = misdated
    day, last = write_short_day(change.effective_on), write_short_day(period.last)
    sentence = (
        f"{change.quantity} {task.licence_name} cannot begin on {day} on agreement {task.agreement_id}: it does not "
        f"prorate, and would bill all of its period from {write_short_day(period.start)} through {last}. What bills "
        f"now goes on. Switch proration on there until {last} is invoiced, or map the licence to an agreement that "
        f"prorates or whose periods begin on {day}."
    )
    return Translation(hold=HoldRule.NOT_EXPRESSIBLE, hold_sentence=sentence)


def hold_not_expressible(task: LineTask) -> Translation:
    """Held, because no writes would make the additions sum to what is owed."""
    sentence = (
        f"{name_step(task)} cannot be written to agreement {task.agreement_id}: its additions would not sum to what is "
        "owed on every day. Compare the additions with the history of this licence, and correct them in the PSA."
    )
    return Translation(hold=HoldRule.NOT_EXPRESSIBLE, hold_sentence=sentence)


def name_step(task: LineTask) -> str:
    """The change in short, by where both end."""
    return f"{task.billed.final} → {task.owed.final} {task.licence_name}"
