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
from plans.timeline import Timeline, replace_from
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


def list_natural_ends(stays: Sequence[Stay], changes: Sequence[Change], product_id: str) -> tuple[Change, ...]:
    """The ends of what bills on agreements that a line leaves, by these changes or before them, as changes that nobody
    writes. `product_id` is that of a change which does not say it."""
    added = {
        stay.place: add_effects(Timeline(), (each for each in changes if find_place(each, product_id) == stay.place))
        for stay in stays
    }
    over = find_over(stays)
    ends = []
    for place, day in find_over(
        [replace(stay, billed=add_up(stay.billed, added[stay.place])) for stay in stays]
    ).items():
        standing = next(stay.billed.final for stay in stays if stay.place == place)
        units = added[place].final + (0 if place in over else standing)
        ends.append(AdjustUnits(place.agreement_id, 0, "", "", day, units, 0, product_id=place.product_id))
    return tuple(ends)


def find_over(stays: Sequence[Stay]) -> dict[Place, date]:
    """The places that a line left and whose agreements end, each with the day after: as long as it bills elsewhere on
    after that, by what is written; until then its ledger is all that it has."""
    ends = {stay.place: day for stay in stays[:-1] if (day := find_day_after(stay)) is not None}
    over: dict[Place, date] = {}
    for place in sorted(ends, key=lambda each: (ends[each], each.agreement_id, each.product_id)):
        if any(stay.billed.final for stay in stays if stay.place != place and stay.place not in over):
            over[place] = ends[place]
    return over


def find_day_after(stay: Stay) -> date | None:
    """The day after a place's agreement, where that bills to its end; None where it goes on, or nobody says."""
    if stay.facts is None or stay.facts.ends_on is None or not stay.facts.bills_late:
        return None
    return stay.facts.ends_on + ONE_DAY
