"""A licence that falls while another rises in the same tenant on the same nights is one move (billing rules, 3)."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from plans.controls import Controls
from plans.journal import LineJournal
from plans.ports import Desk, Outside
from profiles.billing import Basis
from profiles.description import TERM_WORDS, describe_purchase
from profiles.exclusions import find_exclusion
from profiles.holdings import Holding, make_holding
from profiles.licences import Licence, Snapshot, Term
from profiles.parts import OneSubscription
from profiles.unmapped import Piece, find_unmapped, list_held, list_mapped


async def find_unmapped_rise(
    outside: Outside, controls: Controls, desk: Desk, journal: LineJournal, snapshot: Snapshot
) -> str | None:
    """What rose since the line fell and nobody has mapped or excluded, if anything: a licence by its part number, or a
    part of one that is billed in parts.

    Nothing is looked up for a line whose newest counts did not fall.
    """
    fell_on = find_fall(journal)
    if fell_on is None:
        return None
    before = await outside.archive.find_snapshot_before(desk.customer.tenant_id, fell_on)
    if before is None:
        return None
    old = {licence.sku_id.lower(): licence for licence in before.licences}
    mapped = list_mapped(desk.mappings)
    for licence in snapshot.licences:
        sku_id = licence.sku_id.lower()
        if find_exclusion(controls.exclusions, desk.customer.tenant_id, sku_id) is not None:
            continue
        was = old.get(sku_id)
        own = frozenset(piece for piece in mapped if piece[0] == sku_id)
        if not own and sum_seats(licence) > (0 if was is None else sum_seats(was)):
            return licence.part_number
        if own and (sku_id, None) not in own:
            held_before = None if was is None else make_holding(before, was)
            part = find_risen_part(make_holding(snapshot, licence), held_before, own)
            if part is not None:
                return f"{licence.part_number} {part}"
    return None


def find_risen_part(now: Holding, before: Holding | None, mapped: frozenset[Piece]) -> str | None:
    """A part of a licence that rose and that none of its mappings takes, in words; None where there is none."""
    for _, part in sorted(find_unmapped(list_held((), (now,)), mapped), key=repr):
        if now.count(part, Basis.PURCHASED) <= (0 if before is None else before.count(part, Basis.PURCHASED)):
            continue
        match part:
            case Term():
                return f"bought with a {TERM_WORDS[part]} term"
            case OneSubscription():
                held = now.find_subscription(part)
                return None if held is None else describe_purchase(held)
            case None:
                continue
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
