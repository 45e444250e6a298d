"""More seats on ConnectWise (billing rules, 6): an addition from its day, which ConnectWise prorates. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from plans.agreements import Booking
from plans.changes import CreateAddition
from plans.timeline import Timeline, combine
from psa.connectwise.drafts import Calendar, Draft, Line, find_base, following, keep_from, preceding, sum_draft


@dataclass(frozen=True, slots=True)
class Rectangle:
    """So many seats from `start` through `last`; None for no end."""

    seats: int
    start: date
    last: date | None


def raise_seats(draft: Draft, calendar: Calendar | None) -> Draft:
    """The draft with every seat added that is owed and not billed, on whatever day.

    Days already invoiced are caught up on the next invoice, which an agreement that does not prorate never does
    (connectwise.md 4): there only days after P are added. Where nobody knows P nothing but new additions are right.
    """
    missing = combine(draft.task.owed, sum_draft(draft), lambda owed, billed: max(owed - billed, 0))
    if calendar is not None and not draft.task.facts.prorates:
        missing = keep_from(missing, calendar.first_open_day)
    for rectangle in cut_rectangles(missing):
        draft = add_rectangle(draft, rectangle, calendar)
    return draft


def cut_rectangles(missing: Timeline) -> list[Rectangle]:
    """Seats by day as pieces that begin and end together: what rises last falls first. By day, endless ones first."""
    standing: list[tuple[int, date]] = []
    pieces: list[Rectangle] = []
    level = 0
    for day, seats in missing.steps:
        if seats > level:
            standing.append((seats - level, day))
        while level > seats:
            height, start = standing.pop()
            fallen = min(height, level - seats)
            pieces.append(Rectangle(fallen, start, preceding(day)))
            if height > fallen:
                standing.append((height - fallen, start))
            level -= fallen
        level = seats
    pieces += [Rectangle(height, start, None) for height, start in standing]
    return sorted(pieces, key=lambda piece: (piece.start, piece.last is not None, piece.last or piece.start))


def add_rectangle(draft: Draft, rectangle: Rectangle, calendar: Calendar | None) -> Draft:
    """The draft with these seats: ends taken back, or a delta of the same day raised, else an addition made."""
    if calendar is None:
        return draft.with_new(make_addition(draft, rectangle))
    draft, seats = reopen_ends(draft, rectangle, calendar)
    if seats == 0:
        return draft
    rectangle = replace(rectangle, seats=seats)
    twin = next((line for line in draft.lines if is_twin(line, draft, rectangle)), None)
    if twin is not None:
        return draft.with_line(twin.with_units(twin.units + seats))
    return draft.with_new(make_addition(draft, rectangle))


def reopen_ends(draft: Draft, rectangle: Rectangle, calendar: Calendar) -> tuple[Draft, int]:
    """The draft with ends taken back where the seats begin, the oldest addition first, and the seats still missing."""
    seats = rectangle.seats
    for line in reversed(draft.lines):
        if line.units <= seats and is_reopenable(line, draft, rectangle, calendar):
            draft, seats = draft.with_line(line.with_end(None)), seats - line.units
    return draft, seats


def is_reopenable(line: Line, draft: Draft, rectangle: Rectangle, calendar: Calendar) -> bool:
    """Whether an end of ours is still to come, and the seats begin on the day after it and stay.

    An end that has passed is never reopened (billing rules, 6). Nobody knows who ended an adopted addition.
    """
    last = line.after.cancelled_on
    if last is None or line.own.is_adopted or line.units <= 0 or line.after.product_id != draft.task.product_id:
        return False
    is_to_come = last >= max(draft.task.today, calendar.invoiced_through)
    return is_to_come and rectangle.last is None and following(last) == rectangle.start


def is_twin(line: Line, draft: Draft, rectangle: Rectangle) -> bool:
    """Whether an addition of ours that no invoice has seen has these very days: several changes of one day are one."""
    days = (line.start, line.after.cancelled_on)
    is_same = days == (rectangle.start, rectangle.last) and line.after.product_id == draft.task.product_id
    return is_same and line.is_uninvoiced and not line.own.is_adopted


def make_addition(draft: Draft, rectangle: Rectangle) -> CreateAddition:
    """A new addition for these seats; where the base was adopted, or follows one that was, booked like it, and at its
    price where none is ours to send (billing rules, 5)."""
    task, base = draft.task, find_base(draft.lines)
    is_followed = base is not None and (base.own.is_adopted or base.own.is_copied)
    model = base.own.addition if base is not None and is_followed else None
    copied = None if model is None else model.unit_price
    return CreateAddition(
        agreement_id=task.agreement_id,
        sequence=task.sequence,
        key="",
        product_id=task.product_id,
        quantity=rectangle.seats,
        effective_on=rectangle.start,
        billable_option=task.billable_option,
        ends_on=rectangle.last,
        unit_price=copied if task.unit_price is None else task.unit_price,
        description=task.description,
        booking=None if model is None else model.booking or Booking(),
    )
