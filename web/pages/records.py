"""Reading what "Last night" shows: the run, its rows, the customers' names, and how long each need has waited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from plans.judgement import Verdict
from plans.ports import Outside
from plans.results import PushResult, TenantResult
from plans.runs import Run, RunPhase, is_night
from profiles.billing import Customer
from web.pages.aftermath import Aftermath, make_aftermath
from web.pages.attention import find_customers_in_need
from web.pages.shelf import ShelfReader

RUNS_READ = 12
NIGHTS_LOOKED_BACK = 6
RUNS_REMEMBERED = 24
VERDICTS_REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class NightRecords:
    """One run with everything that belongs to it."""

    run: Run
    tenants: tuple[TenantResult, ...]
    pushes: tuple[PushResult, ...]
    aftermath: Aftermath
    customers: dict[str, Customer]
    needed_since: dict[str, date]
    last_night: Run | None


@dataclass(frozen=True, slots=True)
class NoRecords:
    """No run has been yet."""

    customer_count: int


class RecordReader:
    """Reads afresh each time; only what cannot change is remembered: who needed a person in a closed run, verdicts."""

    def __init__(self, shelf: ShelfReader) -> None:
        self._shelf = shelf
        self._in_need: dict[str, frozenset[str]] = {}
        self._verdicts: dict[str, Verdict] = {}

    async def read(self, outside: Outside) -> NightRecords | NoRecords:
        """The run to show and its rows."""
        runs = await outside.runs.list_runs(RUNS_READ)
        customers = (await self._shelf.read(outside)).customers
        if not runs:
            return NoRecords(len(customers))
        return await self.read_run(outside, choose_run(runs), runs, customers)

    async def read_run(
        self, outside: Outside, run: Run, runs: Sequence[Run], customers: dict[str, Customer]
    ) -> NightRecords:
        """One run and its rows; `runs` are those in which to look how long somebody has been needed."""
        tenants = await outside.runs.list_tenants(run.id)
        pushes = await outside.runs.list_pushes(run.id)
        aftermath = await self.read_aftermath(outside, run, pushes)
        in_need = find_customers_in_need(tenants, aftermath)
        return NightRecords(
            run=run,
            tenants=tenants,
            pushes=pushes,
            aftermath=aftermath,
            customers=customers,
            needed_since=await self.find_since(outside, run, runs, in_need),
            last_night=next((each for each in runs if is_night(each.id)), None),
        )

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
        waiting = in_need
        for earlier in select_earlier_nights(run, runs):
            waiting = waiting & await self._find_in_need(outside, earlier) if waiting else waiting
            since |= dict.fromkeys(waiting, earlier.day)
        return since

    async def _find_in_need(self, outside: Outside, run: Run) -> frozenset[str]:
        totals = run.totals
        if totals.unknown + totals.held + totals.parked + totals.failed == 0:
            return frozenset()
        if run.id not in self._in_need:
            tenants = await outside.runs.list_tenants(run.id)
            pushes = await outside.runs.list_pushes(run.id)
            while len(self._in_need) >= RUNS_REMEMBERED:
                del self._in_need[next(iter(self._in_need))]
            aftermath = await self.read_aftermath(outside, run, pushes)
            self._in_need[run.id] = find_customers_in_need(tenants, aftermath)
        return self._in_need[run.id]


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
