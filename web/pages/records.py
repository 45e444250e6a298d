"""Reading what "Last night" shows: the run, its rows, the customers' names, and how long each need has waited."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from plans.approvals import OpenHold
from plans.judgement import Verdict
from plans.ports import Outside
from plans.results import PushResult, RunResults, TenantResult, collect_results
from plans.runs import Run, RunPhase, is_night
from profiles.billing import Customer
from profiles.unmapped import Piece
from web.pages.aftermath import Aftermath, make_aftermath
from web.pages.attention import find_customers_in_need
from web.pages.recent_runs import add_holds, list_recent_runs, merge_standings, select_standing_runs
from web.pages.shelf import Shelf, ShelfReader
from web.pages.standing import CustomerInRun, find_customers
from web.pages.unmapped import count_all_unmapped

NIGHTS_LOOKED_BACK = 6
RUNS_REMEMBERED = 24
VERDICTS_REMEMBERED = 8
ENDED_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class RunRows:
    """One run with its rows, and what follows of them: how its customers stand, and what each tenant holds."""

    run: Run
    tenants: tuple[TenantResult, ...]
    pushes: tuple[PushResult, ...]
    aftermath: Aftermath
    standings: dict[str, CustomerInRun]
    licences: dict[str, frozenset[Piece]]


@dataclass(frozen=True, slots=True)
class NightRecords:
    """One run with everything that belongs to it.

    `own` is how customers ended this run, `standings` how they stand by the newest run that read each of them.
    `licences` are what there is to map, by tenant; `syncs` are the extra runs where no night has been.
    `accounts` are the ids of the partner accounts, the first one first.
    """

    run: Run
    tenants: tuple[TenantResult, ...]
    pushes: tuple[PushResult, ...]
    aftermath: Aftermath
    customers: dict[str, Customer]
    needed_since: dict[str, date]
    last_night: Run | None
    own: dict[str, CustomerInRun]
    standings: dict[str, CustomerInRun]
    licences: dict[str, frozenset[Piece]]
    unmapped: int
    syncs: tuple[RunRows, ...] = ()
    accounts: tuple[str, ...] = ()

    @property
    def in_need(self) -> frozenset[str]:
        """The customers that need a person now, by whichever run."""
        return frozenset(each.customer_id for each in self.standings.values() if each.needs_a_person)


@dataclass(frozen=True, slots=True)
class NoRecords:
    """No run has been yet."""

    customer_count: int


class RecordReader:
    """Reads afresh each time; only what cannot change is remembered: verdicts, the last closed night, syncs that ended,
    and who needed a person in earlier nights."""

    def __init__(self, shelf: ShelfReader) -> None:
        self._shelf = shelf
        self._in_need: dict[str, frozenset[str]] = {}
        self._verdicts: dict[str, Verdict] = {}
        self._ended: dict[str, RunRows] = {}

    async def read(self, outside: Outside) -> NightRecords | NoRecords:
        """The run to show and its rows."""
        runs = await list_recent_runs(outside)
        shelf = await self._shelf.read(outside)
        if not runs:
            return NoRecords(len(shelf.overviews))
        holds = await outside.open_items.list_holds()
        return await self.read_run(outside, choose_run(runs), runs, shelf, holds)

    async def read_run(
        self, outside: Outside, run: Run, runs: Sequence[Run], shelf: Shelf, holds: Sequence[OpenHold]
    ) -> NightRecords:
        """One run and its rows; `runs` are those in which to look for how customers stand, and since when, and `holds`
        what waits by whichever run."""
        read = [await self._read_rows(outside, each) for each in select_standing_runs(run, runs)]
        rows = next(each for each in read if each.run.id == run.id)
        standings = merge_standings([each.standings for each in read])
        in_need = frozenset(each.customer_id for each in standings.values() if each.needs_a_person)
        licences = {tenant_id: found for each in read for tenant_id, found in each.licences.items()}
        last_night = next((each for each in runs if is_night(each.id)), None)
        tenant_ids = {each.id: each.tenant_id for each in shelf.customers.values()}
        since = await self.find_since(outside, run, runs, in_need)
        return NightRecords(
            run=run,
            tenants=rows.tenants,
            pushes=rows.pushes,
            aftermath=rows.aftermath,
            customers=shelf.customers,
            needed_since=add_waiting_days(since, holds, outside.zone),
            last_night=last_night,
            own=rows.standings,
            standings=add_holds(standings, holds, tenant_ids),
            licences=licences,
            unmapped=count_all_unmapped(shelf, licences),
            syncs=() if last_night is not None else tuple(read),
            accounts=tuple(outside.partners),
        )

    async def _read_rows(self, outside: Outside, run: Run) -> RunRows:
        """The rows of one run; those of one that ended stay as they are."""
        if run.id in self._ended:
            return self._ended[run.id]
        pushes, results = await asyncio.gather(outside.runs.list_pushes(run.id), read_results(outside, run))
        aftermath = await self.read_aftermath(outside, run, pushes)
        standings = find_customers(results.tenants, aftermath)
        rows = RunRows(run, results.tenants, pushes, aftermath, standings, results.held)
        if run.phase is RunPhase.CLOSED:
            if is_night(run.id):
                for other in [each for each in self._ended if is_night(each)]:
                    del self._ended[other]
            while len(self._ended) >= ENDED_REMEMBERED:
                del self._ended[next(iter(self._ended))]
            self._ended[run.id] = rows
        return rows

    async def read_aftermath(self, outside: Outside, run: Run, pushes: Sequence[PushResult]) -> Aftermath:
        """What became of a run's plans: its verdict, once there is one, and its pushes."""
        verdict = self._verdicts.get(run.id)
        if verdict is None and run.phase is not RunPhase.READING:
            verdict = await outside.archive.read_verdict(run.id)
            if verdict is not None:
                while len(self._verdicts) >= VERDICTS_REMEMBERED:
                    del self._verdicts[next(iter(self._verdicts))]
                self._verdicts[run.id] = verdict
        return make_aftermath(pushes, verdict, is_closed=run.phase is RunPhase.CLOSED)

    async def find_since(
        self, outside: Outside, run: Run, runs: Sequence[Run], in_need: frozenset[str]
    ) -> dict[str, date]:
        """The first day of each customer's need, as far back as we look; a night without it ends the search."""
        since = dict.fromkeys(in_need, run.day)
        nights = select_earlier_nights(run, runs)
        found = await asyncio.gather(*(self._find_in_need(outside, each) for each in nights)) if in_need else []
        waiting = in_need
        for earlier, left in zip(nights, found, strict=False):
            waiting &= left
            since |= dict.fromkeys(waiting, earlier.day)
        return since

    async def _find_in_need(self, outside: Outside, run: Run) -> frozenset[str]:
        totals = run.totals
        if totals.unknown + totals.held + totals.parked + totals.failed == 0:
            return frozenset()
        if run.id not in self._in_need:
            kept = await outside.archive.read_needs(run.id)
            if kept is None:
                tenants, pushes = await outside.runs.list_tenants(run.id), await outside.runs.list_pushes(run.id)
                kept = find_customers_in_need(tenants, await self.read_aftermath(outside, run, pushes))
            while len(self._in_need) >= RUNS_REMEMBERED:
                del self._in_need[next(iter(self._in_need))]
            self._in_need[run.id] = kept
        return self._in_need[run.id]


async def read_results(outside: Outside, run: Run) -> RunResults:
    """How the tenants of a run ended: of a closed one in one piece, where a version kept it."""
    kept = await outside.archive.read_results(run.id) if run.phase is RunPhase.CLOSED else None
    return collect_results(await outside.runs.list_tenants(run.id)) if kept is None else kept


def add_waiting_days(needed_since: Mapping[str, date], holds: Sequence[OpenHold], zone: ZoneInfo) -> dict[str, date]:
    """Since when each customer needs a person, where its oldest hold may have waited longer than we looked back."""
    found = dict(needed_since)
    for hold in holds:
        day = hold.since.astimezone(zone).date()
        found[hold.customer_id] = min(day, found.get(hold.customer_id, day))
    return found


def choose_run(runs: Sequence[Run]) -> Run:
    """The newest run while it is open; else the newest night; else the newest run."""
    newest = runs[0]
    if newest.phase is not RunPhase.CLOSED:
        return newest
    return next((run for run in runs if is_night(run.id)), newest)


def choose_settled_run(runs: Sequence[Run]) -> Run:
    """The newest closed night; else the newest closed run; else the newest run."""
    closed = [run for run in runs if run.phase is RunPhase.CLOSED]
    return next((run for run in closed if is_night(run.id)), closed[0] if closed else runs[0])


def select_earlier_nights(run: Run, runs: Sequence[Run]) -> list[Run]:
    """The closed nights before this run, newest first, as far back as we look."""
    nights = [each for each in runs if is_night(each.id) and each.phase is RunPhase.CLOSED]
    return [each for each in nights if each.day < run.day][:NIGHTS_LOOKED_BACK]
