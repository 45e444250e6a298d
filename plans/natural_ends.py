"""Units of an agreement are over with it, though nothing ever ended them (billing rules, 3). Pure.

A PSA that keeps units by day (Autotask) takes no change after an agreement's last day: what a line leaves there has no
end in its ledger. Where the line bills elsewhere, such units are none of its seats any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import reduce

from plans.changes import AdjustUnits, Change
from plans.ledger import add_effects
from plans.places import Place, Stay, add_up, find_place
from plans.timeline import Timeline, replace_from, subtract
from profiles.periods import ONE_DAY


def end_naturally(ledger: Timeline, stays: Sequence[Stay]) -> Timeline:
    """What a line bills day by day, by its ledger, where what it left ends with its agreement. `stays` are its places,
    the last of which is its own."""
    over = find_over(stays)
    if not over:
        return ledger
    told = (
        replace_from(stay.billed, over[stay.place], Timeline()) if stay.place in over else stay.billed for stay in stays
    )
    return replace_from(ledger, min(over.values()), reduce(add_up, told))


def list_natural_ends(line_ledger: Timeline, stays: Sequence[Stay], changes: Sequence[Change]) -> tuple[Change, ...]:
    """What ends with the agreements that a line leaves by these changes, as changes that nobody writes; `line_ledger`
    is `end_naturally` already."""
    after = add_effects(line_ledger, changes)
    product_id = stays[-1].place.product_id if stays else ""
    then = [replace(stay, billed=add_up(stay.billed, sum_effects(stay.place, changes, product_id))) for stay in stays]
    ends, before = [], 0
    for day, units in subtract(end_naturally(after, then), after).steps:
        place = stays[0].place
        ends.append(AdjustUnits(place.agreement_id, 0, "", "", day, before, units, product_id=place.product_id))
        before = units
    return tuple(ends)


def sum_effects(place: Place, changes: Sequence[Change], product_id: str) -> Timeline:
    """How many seats more or fewer changes bill in a place; `product_id` is that of one which does not say it."""
    return add_effects(Timeline(), (each for each in changes if find_place(each, product_id) == place))


def find_over(stays: Sequence[Stay]) -> dict[Place, date]:
    """The places that a line left and whose agreements end, each with the day after: if it bills on after that, in one
    that goes on. Until that is written its ledger is all that it has."""
    ends = {stay.place: day for stay in stays[:-1] if (day := find_day_after(stay)) is not None}
    return {
        place: day
        for place, day in ends.items()
        if any(stay.billed.final for stay in stays if ends.get(stay.place, date.max) > day)
    }


def find_day_after(stay: Stay) -> date | None:
    """The day after a place's agreement, where that bills to its end; None where it goes on, or nobody says."""
    if stay.facts is None or stay.facts.ends_on is None or not stay.facts.bills_late:
        return None
    return stay.facts.ends_on + ONE_DAY
