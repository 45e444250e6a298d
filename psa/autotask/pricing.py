"""The price that goes with an adjustment: the one in force on the first day of its period. Pure.

A price of ours holds for whole periods (billing rules, 3), and Autotask takes it with an adjustment, from its day on. A
day is adjusted once, so that units which are written ahead of their period bring its price along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from plans.agreements import InvoicedPart
from plans.changes import Scheduled
from plans.translation import LineTask, OwnAddition
from profiles.money import CENT
from profiles.periods import Period, write_short_day
from psa.autotask.site import Correction, Site
from psa.autotask.units import UnitRow


def find_due(task: LineTask, site: Site, service: OwnAddition | None, day: date) -> Decimal | None:
    """The price of ours for units of that day; None where it is not ours to set.

    What is posted keeps its price, and what is caught up takes that of the first period not posted.
    """
    due = task.unit_price if service is None else service.price_due
    return find_in_force(task, max(site.grid.period_of(day).start, site.price_day), due)


def find_in_force(task: LineTask, day: date, due: Decimal | None) -> Decimal | None:
    """The price of ours that is in force on a day; the one that is due where none of them is dated before it."""
    return next((price for first, price in reversed(task.dated_prices) if first <= day), due)


def find_posted_price(task: LineTask, site: Site, service: OwnAddition, day: date) -> Decimal | None:
    """The price of ours for units that return on a posted day, on which there are none: the one at which its period was
    posted, as its rows tell, or that of the period's first day where none of it was. None where the rows tell one that
    is none of ours.
    """
    period = site.grid.period_of(day)
    parts = [each for each in service.addition.invoiced_parts if site.grid.period_of(each.start) == period]
    in_force = find_in_force(task, period.start, service.price_due)
    known = (in_force, service.sent_price, *(price for _, price in task.dated_prices))
    fitting = (price for price in known if price is not None and all(fits(each, price, period) for each in parts))
    return next(fitting, None)


def fits(row: UnitRow | InvoicedPart, price: Decimal, period: Period) -> bool:
    """Whether the units of a part of a period cost what they do at a price: by their days, or as for all of it."""
    days = (row.last - row.start).days + 1
    whole, amount = Fraction(price) * row.units, Fraction(row.price or 0)
    return any(abs(each - amount) <= CENT for each in (whole * days / period.days, whole))


@dataclass(frozen=True, slots=True)
class Move:
    """So many units more or fewer from a day on, on which there are `before` so many."""

    day: date
    before: int
    units: int

    def returns_to(self, site: Site) -> bool:
        """Whether its units come where there are none, on a day that is posted."""
        return self.before == 0 and self.units > 0 and self.day <= site.through


def choose_price(
    task: LineTask, site: Site, service: OwnAddition, move: Move, standing: Decimal | None
) -> Decimal | None:
    """The price to send with an adjustment, where it is another than the `standing` one.

    It is sent on the first day not yet posted, the line's or the contract's, if anything is billed then, with units
    that move ahead of their period, and with units that begin after none, whose price nothing has proved. What is dated
    before the last price that was sent keeps the price that it has. Without units it is not sent where no row would
    show it.
    """
    day = move.day
    if task.owed.on(day) <= 0 or is_priced(task, day) or (move.units == 0 and is_hidden(task, standing)):
        return None
    is_ahead = move.units != 0 and day > site.price_day and site.starts_period(day)
    if not (day == site.price_day or day in site.posted_next or is_ahead or move.before == 0):
        return None
    if move.returns_to(site):
        due = None if service.price_due is None else find_posted_price(task, site, service, day)
    else:
        due = find_due(task, site, service, day)
    known = standing if move.before == 0 else find_known(task, site, service, standing)
    return due if due != known else None


def find_untold(
    task: LineTask, site: Site, service: OwnAddition | None, corrections: Sequence[Correction]
) -> date | None:
    """The first day on which units return at a price of ours that nobody can tell."""
    planned = 0
    for each in corrections:
        move, planned = Move(each.day, task.billed.on(each.day) + planned, each.units), planned + each.units
        if service is None or service.price_due is None or not move.returns_to(site) or is_priced(task, each.day):
            continue
        if find_posted_price(task, site, service, each.day) is None:
            return each.day
    return None


def is_priced(task: LineTask, day: date) -> bool:
    """Whether a later day has had its price already, which an earlier one must not undo."""
    return task.priced_from is not None and day < task.priced_from


def find_standing(service: OwnAddition) -> Decimal | None:
    """What a unit costs now: as Autotask's rows tell it, else as we sent it last. None where there are no units, whose
    price nothing has proved."""
    addition = service.addition
    return service.sent_price if addition.unit_price is None and addition.quantity else addition.unit_price


def is_hidden(task: LineTask, standing: Decimal | None) -> bool:
    """Whether the rows of units that come to nothing tell no price in the end: one that is sent alone would move
    nothing that can be read back, and nobody could prove it."""
    return standing is None and task.billed.final <= 0 and task.owed.final <= 0


def find_known(task: LineTask, site: Site, service: OwnAddition, standing: Decimal | None) -> Decimal | None:
    """What a unit costs that is there now. Where no row tells it, that is the price that was sent last, or where none
    ever was the one that is due, if the newest posted part was posted at it."""
    if not is_hidden(task, standing):
        return standing
    if service.sent_price is not None:
        return service.sent_price
    newest, due = service.addition.invoiced_parts[-1:], service.price_due
    is_posted = due is not None and any(fits(each, due, site.grid.period_of(each.start)) for each in newest)
    return due if is_posted else None


def differs(service: OwnAddition) -> bool:
    """Whether the price is ours to set and is another one."""
    return service.price_due is not None and service.price_due != find_standing(service)


def put_off_price(task: LineTask, site: Site, service: OwnAddition | None) -> Iterator[Scheduled]:
    """A price that is not written: because its day has had its adjustment, until a later period is the first one not
    invoiced, and for good where nothing is billed in the next one; or because no row would show it."""
    day = site.price_day
    if service is None or not differs(service) or is_priced(task, day) or task.owed.on(day) <= 0:
        return
    standing = find_standing(service)
    is_taken = day in site.taken
    if find_known(task, site, service, standing) == service.price_due or not (is_taken or is_hidden(task, standing)):
        return
    start, name, price = site.next_start(day), task.licence_name, service.price_due
    comes = is_taken and site.holds(start) and task.owed.on(start) > 0
    taken = f"the units of {write_short_day(day)} were adjusted already, which goes once."
    why = taken if is_taken else "its units end, and once that is written Autotask does not show what they cost."
    yield Scheduled(
        quantity=task.owed.on(start if comes else day),
        takes_effect_on=start if comes else day,
        writable_on=None,
        sentence=f"The price of {name} becomes {price} from {write_short_day(start)}: {taken} Until then the old price "
        "is billed: bill the difference by hand."
        if comes
        else f"The price of {name} should be {price} from {write_short_day(day)}: {why} The price stays as it is: if "
        "it is another one, bill the difference by hand.",
    )
