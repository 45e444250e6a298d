"""Deltas that are invoiced become part of the base, so that an invoice has one line again (billing rules, 6). Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from psa.connectwise.drafts import Calendar, Draft, Line, find_base

ROLL_UP_QUIET_DAYS = timedelta(days=3)


def roll_up(draft: Draft, calendar: Calendar) -> Draft:
    """The draft with every delta that can be merged ended on P, and the base raised by their seats from P + 1.

    What else was drafted for such a delta from P + 1 on goes with its end. Call it on a draft that leaves nothing to
    wait for.
    """
    base = find_base(draft.lines)
    if base is None or not is_quiet(draft) or not is_settled(base, calendar):
        return draft
    merged = [line for line in draft.lines if line != base and can_merge(line, base, calendar)]
    for line in merged:
        draft = draft.with_line(replace(line, after=replace(line.own.addition, cancelled_on=calendar.invoiced_through)))
    return draft.with_line(base.with_units(base.units + sum(line.units for line in merged)))


def is_quiet(draft: Draft) -> bool:
    """Whether the next invoice is far enough that it cannot fall between the two halves."""
    next_invoice_on = draft.task.facts.next_invoice_on
    return next_invoice_on is not None and next_invoice_on - draft.task.today > ROLL_UP_QUIET_DAYS


def is_settled(line: Line, calendar: Calendar) -> bool:
    """Whether it has no end and is invoiced through P, its first period wholly."""
    is_known = not line.own.is_in_doubt and not line.is_uninvoiced
    is_invoiced = is_known and line.own.uninvoiced_from == calendar.first_open_day
    if line.after.cancelled_on is not None or not is_invoiced:
        return False
    first_day = line.after.effective_on
    return first_day is None or calendar.grid.period_of(first_day).last <= calendar.invoiced_through


def can_merge(line: Line, base: Line, calendar: Calendar) -> bool:
    """Whether the base can bill the delta's seats in its place, cent for cent. An adopted one stays a line."""
    is_alike = describe(line) == describe(base) and line.after.included == 0
    return is_alike and is_settled(line, calendar) and not line.own.is_adopted


def describe(line: Line) -> tuple[object, ...]:
    """What two additions must share to be billed as one."""
    after = line.after
    return after.product_id, after.billable_option, after.unit_price, after.unit_cost, after.is_taxed, after.group_id
