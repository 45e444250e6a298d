"""The price that goes with an adjustment: the one in force on the first day of its period. Pure.

A price of ours holds for whole periods (billing rules, 3), and Autotask takes it with an adjustment, from its day on. A
day is adjusted once, so that units which are written ahead of their period bring its price along.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plans.changes import Scheduled
from plans.translation import LineTask, OwnAddition
from profiles.periods import write_short_day
from psa.autotask.site import Site


def find_due(task: LineTask, site: Site, service: OwnAddition | None, day: date) -> Decimal | None:
    """The price of ours for units of that day; None where it is not ours to set.

    What is posted keeps its price, and what is caught up takes that of the first period not posted.
    """
    due = task.unit_price if service is None else service.price_due
    start = max(site.grid.period_of(day).start, site.price_day)
    return next((price for first, price in reversed(task.later_prices) if first <= start), due)


@dataclass(frozen=True, slots=True)
class Move:
    """So many units more or fewer from a day on, on which there are `before` so many."""

    day: date
    before: int
    units: int


def choose_price(
    task: LineTask, site: Site, service: OwnAddition, move: Move, standing: Decimal | None
) -> Decimal | None:
    """The price to send with an adjustment, where it is another than the `standing` one.

    It is sent on the first day not yet posted, the line's or the contract's, if anything is billed then and in the end,
    with units that move ahead of their period, and with units that begin after none, whose price nothing has proved.
    What is dated before the last price that was sent keeps the price that it has.
    """
    day = move.day
    if task.owed.on(day) <= 0 or task.owed.final <= 0 or is_priced(task, day):
        return None
    is_ahead = move.units != 0 and day > site.price_day and site.starts_period(day)
    if not (day == site.price_day or day in site.posted_next or is_ahead or move.before == 0):
        return None
    due = find_due(task, site, service, day)
    return due if due != standing else None


def is_priced(task: LineTask, day: date) -> bool:
    """Whether a later day has had its price already, which an earlier one must not undo."""
    return task.priced_from is not None and day < task.priced_from


def find_standing(service: OwnAddition) -> Decimal | None:
    """What a unit costs now: as Autotask's rows tell it, else as we sent it last. None where there are no units, whose
    price nothing has proved."""
    addition = service.addition
    return service.sent_price if addition.unit_price is None and addition.quantity else addition.unit_price


def differs(service: OwnAddition) -> bool:
    """Whether the price is ours to set and is another one."""
    return service.price_due is not None and service.price_due != find_standing(service)


def put_off_price(task: LineTask, site: Site, service: OwnAddition | None) -> Iterator[Scheduled]:
    """A price whose day has had its adjustment: it waits until a later period is the first one not invoiced."""
    day = site.price_day
    if service is None or not differs(service) or day not in site.taken or is_priced(task, day):
        return
    start = site.next_start(day)
    if site.holds(start) and task.owed.on(day) > 0:
        yield Scheduled(
            quantity=task.owed.on(start),
            takes_effect_on=start,
            writable_on=None,
            sentence=f"The price of {task.licence_name} becomes {service.price_due} from {write_short_day(start)}: the "
            f"units of {write_short_day(day)} were adjusted already, which goes once. Until then the old price is "
            "billed: bill the difference by hand.",
        )
