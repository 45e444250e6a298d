"""A floor of committed seats that nobody can read any more must not fall unseen (billing rules, 1)."""

from __future__ import annotations

from itertools import pairwise

from plans.journal import LineJournal
from plans.ledger import derive_billed
from plans.ports import Desk, Outside
from profiles.billing import Mapping
from profiles.licences import Snapshot
from profiles.quantity import count_committed, has_floor


async def find_lost_floor(
    outside: Outside, desk: Desk, mapping: Mapping, journal: LineJournal, snapshot: Snapshot
) -> int:
    """The most seats that were committed by a reading before the line fell below what it bills, where tonight's tells
    no terms; else 0.

    A reading that fails is no reading, and leaves yesterday's count. This is about a customer that is read through an
    account which does not see Partner Center, and was read through one that does. Nothing is looked up for a line that
    does not bill more than is counted now.
    """
    if not has_floor(mapping) or snapshot.partner_subscriptions is not None or not journal.counts:
        return 0
    billed = derive_billed(journal.ledger).final
    if billed <= journal.counts[-1].quantity:
        return 0
    committed = [0]
    for before, after in reversed(list(pairwise(journal.counts))):
        if after.quantity < before.quantity:
            read = await outside.archive.find_snapshot_before(desk.customer.tenant_id, after.day)
            committed.append(0 if read is None else count_committed(read, mapping) or 0)
        if before.quantity >= billed:
            break
    return max(committed)
