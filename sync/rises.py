"""A licence that falls while another rises in the same tenant on the same nights is one move (billing rules, 3)."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from plans.controls import Controls
from plans.journal import LineJournal
from plans.ports import Desk, Outside
from profiles.exclusions import find_exclusion
from profiles.licences import Licence, Snapshot
from profiles.quantity import is_same_id


async def find_unmapped_rise(
    outside: Outside, controls: Controls, desk: Desk, journal: LineJournal, snapshot: Snapshot
) -> str | None:
    """The part number of a licence that rose since the line fell and that nobody has mapped or excluded, if any.

    Nothing is looked up for a line whose newest counts did not fall.
    """
    fell_on = find_fall(journal)
    if fell_on is None:
        return None
    before = await outside.archive.find_snapshot_before(desk.customer.tenant_id, fell_on)
    if before is None:
        return None
    old = {licence.sku_id.lower(): sum_seats(licence) for licence in before.licences}
    for licence in snapshot.licences:
        is_mapped = any(is_same_id(each.sku_id, licence.sku_id) and not each.is_ended for each in desk.mappings)
        exclusion = find_exclusion(controls.exclusions, desk.customer.tenant_id, licence.sku_id)
        if not is_mapped and exclusion is None and sum_seats(licence) > old.get(licence.sku_id.lower(), 0):
            return licence.part_number
    return None


def find_fall(journal: LineJournal) -> date | None:
    """The day on which the line began to fall, where nothing rose since; None where it did not fall.

    It may fall in several steps, of which only the first one came with the rise of another licence.
    """
    fell_on: date | None = None
    for before, after in reversed(list(pairwise(journal.counts))):
        if after.quantity > before.quantity:
            break
        if after.quantity < before.quantity:
            fell_on = after.day
    return fell_on


def sum_seats(licence: Licence) -> int:
    """The seats of a licence that are paid for or in grace."""
    return licence.enabled_seats + licence.warning_seats
