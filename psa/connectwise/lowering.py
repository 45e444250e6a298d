"""Fewer seats on ConnectWise (billing rules, 6): newest additions first, each by an end or by its quantity. Pure."""

from __future__ import annotations

from datetime import date

from plans.timeline import subtract
from psa.connectwise.drafts import Calendar, Draft, Line, find_base, preceding, sum_draft


def lower_seats(draft: Draft, calendar: Calendar) -> Draft:
    """The draft with every seat taken off that is billed and not owed, as far as it can be written today.

    Days after P, and of earlier ones those that only additions bill which no invoice has seen. It may take off too much
    on other days, where an addition goes down as a whole: what is then missing is put back by `raising`.
    """
    owed = draft.task.owed
    if all(seats >= 0 for _, seats in subtract(owed, draft.task.billed).steps):
        return draft
    for day in list_days(draft, calendar):
        excess = sum_draft(draft).on(day) - owed.on(day)
        if excess > 0:
            draft = lower_on(draft, calendar, day, excess)
    return draft


def list_days(draft: Draft, calendar: Calendar) -> list[date]:
    """The days on which what is owed, what is billed, or who bills it may change."""
    days = {*draft.task.owed.days, *draft.task.billed.days, calendar.first_open_day}
    # Where one addition follows another without a gap, what is billed has no step.
    days |= {line.start for line in draft.lines}
    return sorted(days)


def lower_on(draft: Draft, calendar: Calendar, day: date, excess: int) -> Draft:
    """The draft with up to `excess` seats taken off from `day` on: newest additions first, the base last."""
    base = find_base(draft.lines)
    is_over = draft.task.owed.on(day) == 0
    for line in sorted(draft.lines, key=lambda each: each == base):
        lowered = lower_line(line, calendar, day, excess, may_end=is_over or line != base)
        excess -= line.units_on(day) - lowered.units_on(day)
        draft = draft.with_line(lowered)
    return draft


def lower_line(line: Line, calendar: Calendar, day: date, excess: int, *, may_end: bool) -> Line:
    """The line with up to `excess` seats taken off from `day` on, or as it was where that cannot be written yet.

    All of it: an end on the day before, dated and right at once. A part of it, or before its first day: its quantity,
    which is not dated. That is right where `day` is its first day on no invoice. It is right too where the next invoice
    covers `day`, because waiting for that invoice would bill the seats for good; the days from its first one to `day`
    then get an addition of their own. Else it waits for the invoice, after which `day` is its first one.
    """
    seats = min(excess, line.units_on(day))
    if seats <= 0 or (day <= calendar.invoiced_through and not line.is_uninvoiced):
        return line
    if seats == line.units and may_end and day > line.start:
        return line.with_end(preceding(day))
    if day <= line.first_open_day or day < calendar.next_open_day:
        return line.with_units(line.units - seats)
    return line
