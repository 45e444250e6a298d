"""The numbers of home: the last night's, as syncs and open holds have moved them since. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from plans.runs import Totals
from web.pages.counting import Counts, make_tiles
from web.pages.records import NightRecords
from web.pages.standing import CustomerInRun, Standing
from web.pages.view import Tile


def count_home(records: NightRecords, counts: Counts) -> Counts:
    """The counts of the night with every customer that stands differently by now; of all syncs before a night."""
    if records.syncs:
        return count_syncs(records)
    need_then, right_then = split(records.own)
    need_now, right_now = split(records.standings)
    totals = counts.totals
    need, right = len(need_now) - len(need_then), len(right_now) - len(right_then)
    # The night counts what a person refused as held; on home it asks for nothing.
    decided = sum(each.is_decided for each in records.own.values())
    if not need and not right and not decided:
        return counts
    in_need, is_right = max(counts.in_need - decided + need, len(need_now)), max(counts.right + right, 0)
    moved = Totals(
        customers=totals.customers + need + right, read=is_right, unchanged=is_right, held=in_need,
        writes=totals.writes, verified=totals.verified,
    )  # fmt: skip
    return replace(counts, totals=moved)


def split(standings: Mapping[str, CustomerInRun]) -> tuple[frozenset[str], frozenset[str]]:
    """Who needs a person, and who is right."""
    need = frozenset(each.customer_id for each in standings.values() if each.needs_a_person)
    quiet = (Standing.WAITING, Standing.NEW)
    right = frozenset(
        each.customer_id for each in standings.values() if each.standing not in quiet and not each.is_decided
    )
    return need, right - need


def count_syncs(records: NightRecords) -> Counts:
    """Every customer that a sync has tried to read, by how it stands."""
    states = Counter(each.standing for each in records.standings.values())
    unknown = states[Standing.UNKNOWN]
    pushes = [push for each in records.syncs for push in each.pushes]
    return Counts(
        Totals(
            customers=len(records.standings),
            read=len(records.standings) - unknown,
            unknown=unknown,
            unchanged=states[Standing.UNCHANGED] + states[Standing.OBSERVED],
            changed=states[Standing.CHANGED],
            scheduled=states[Standing.SCHEDULED],
            held=states[Standing.HELD],
            parked=states[Standing.PARKED],
            failed=states[Standing.FAILED],
            writes=sum(push.writes for push in pushes),
            verified=sum(push.verified for push in pushes),
        )
    )


def make_home_tiles(records: NightRecords, counts: Counts, *, is_open: bool) -> tuple[Tile, ...]:
    """The tiles of the night. Before the first one they lead to the list of customers: no one run holds them all."""
    if is_open or not records.syncs:
        return make_tiles(counts, is_open=is_open, run_id=records.run.id)
    tiles = make_tiles(count_syncs(records), is_open=False, run_id=records.run.id)
    return tuple(
        replace(each, address="/customers" if each.word == "Read" else f"/customers?state={each.word.lower()}")
        for each in tiles
    )
