"""The product's guards taken away from outside, one at a time: each a function that breaks it through a `Breaker`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, override

from plans.agreements import Agreement
from plans.counts import Count
from plans.journal import Intent
from plans.judgement import Verdict
from plans.ports import Outside
from plans.runs import TenantState
from profiles.licences import Snapshot
from profiles.readings import Known, Reading
from psa.autotask import site
from psa.connectwise import raising
from sync import looking, planning, proving, tenants, writing
from sync.looking import Effect, Look, Task, Untouched
from tests.simulation import world
from tests.simulation.store import Store
from tests.simulation.world import STEPS

type Spoil = Callable[[Store], Store]
type SetAttribute = Callable[[object, str, object], None]


@dataclass
class ForgetfulStore(Store):
    """Books that say yes to every intent and keep none."""

    @override
    async def insert_intent(self, customer_id: str, intent: Intent) -> bool:
        await self._before("insert_intent")
        return True


@dataclass
class CarelessStore(Store):
    """Books that keep an intent and say that it is new, whoever had it."""

    @override
    async def insert_intent(self, customer_id: str, intent: Intent) -> bool:
        await super().insert_intent(customer_id, intent)
        return True


@dataclass
class FreeStore(Store):
    """Books that give everybody every agreement's turn."""

    @override
    async def take_turn(self, connection_id: str, agreement_id: str, holder: str, until: datetime) -> bool:
        await super().take_turn(connection_id, agreement_id, holder, until)
        return True


@dataclass
class StubbornStore(Store):
    """Books in which a day's first reading stands, whatever is read after it."""

    @override
    async def save_counts(self, customer_id: str, counts: Mapping[str, Sequence[Count]]) -> None:
        before = dict(self.disk.counts)
        await super().save_counts(customer_id, counts)
        for place, count in before.items():
            if self.disk.counts[place].quantity != count.quantity:
                self.disk.counts[place] = count


@dataclass
class FickleStore(Store):
    """An archive in which the newest verdict stands, and none is found by who is about to judge."""

    @override
    async def save_verdict(self, verdict: Verdict) -> Verdict:
        self.disk.blobs.pop(f"verdict/{verdict.run_id}", None)
        return await super().save_verdict(verdict)


def spoil_with(kind: type[Store]) -> Spoil:
    """Put a spoiled store in the place of each."""
    return lambda store: kind(store.disk, store.faults, store.process, store.now)


async def look_at_plan(task: Task) -> Look:
    """No look at the PSA: the agreement as the plan remembers it."""
    agreement_id = task.change.agreement_id
    facts = task.plan.facts_of(agreement_id)
    assert facts is not None
    planned = [each for standing in task.before if standing.agreement_id == agreement_id for each in standing.additions]
    planned += [entry.after for entry in task.earlier if entry.after is not None]
    agreement = Agreement(task.plan.connection_id, agreement_id, "", facts.company_id, facts, tuple(planned))
    if task.change.kind == "create_addition":
        return Look(agreement, ())
    return Look(agreement, (looking.expect_before(task, task.change),))


def find_no_match(task: Task, look: Look) -> Effect:
    """No key ever matches, and no change is ever seen."""
    return Untouched()


def find_no_difference(task: Task, look: Look) -> str | None:
    """The world is always as it was planned on."""
    return None


class Credulous:
    """A reader of licences that takes no answer for nothing."""

    def __init__(self, reader: Any, now: Callable[[], datetime]) -> None:
        self.reader = reader
        self.now = now

    async def read_tenant(self, tenant_id: str, account_id: str | None = None, keep: Any = None) -> Reading[Snapshot]:
        found: Reading[Snapshot] = await self.reader.read_tenant(tenant_id, account_id, keep)
        return found if isinstance(found, Known) else Known(Snapshot(tenant_id, self.now(), (), (), ()))


async def fetch_credulously(outside: Outside, request: Any) -> Any:
    """Unknown is zero."""
    reader: Any = Credulous(outside.licences, outside.now)
    return await tenants.fetch_licences(replace(outside, licences=reader), request)


class Requeued:
    """Runs in which every tenant is still to be planned."""

    def __init__(self, runs: Any) -> None:
        self.runs = runs

    def __getattr__(self, name: str) -> Any:
        return getattr(self.runs, name)

    async def read_stamped(self, run_id: str, tenant_id: str) -> Any:
        found = await self.runs.read_stamped(run_id, tenant_id)
        return None if found is None else replace(found, row=replace(found.row, state=TenantState.QUEUED))


async def fetch_again(outside: Outside, request: Any) -> Any:
    """A message that comes again is taken for the first one."""
    runs: Any = Requeued(outside.runs)
    return await tenants.fetch_licences(replace(outside, runs=runs), request)


async def plan_again(outside: Outside, request: Any) -> None:
    """A message that comes again is taken for the first one."""
    runs: Any = Requeued(outside.runs)
    await planning.plan_tenant(replace(outside, runs=runs), request)


async def send_whenever(task: Task, intent: Intent, look: Look) -> Any:
    """However old the promise is."""
    patient = replace(task.outside.limits, send_window=timedelta(days=1))
    return await SEND(replace(task, outside=replace(task.outside, limits=patient)), intent, look)


SEND = writing.send


def take_away_reread(set_attribute: SetAttribute) -> None:
    """Nobody looks before a write."""
    set_attribute(writing, "take_look", look_at_plan)


def take_away_key_match(set_attribute: SetAttribute) -> None:
    """Nobody finds what was promised."""
    set_attribute(writing, "find_effect", find_no_match)


def take_away_patience(set_attribute: SetAttribute) -> None:
    """What the PSA took and does not show at once is taken for wrong."""
    set_attribute(proving, "expect_before", looking.expect_after)


def take_away_adjusted_days(set_attribute: SetAttribute) -> None:
    """Nobody remembers which days had their adjustment."""
    set_attribute(site, "list_taken", lambda task: frozenset())


def take_away_comparison(set_attribute: SetAttribute) -> None:
    """Nobody compares what is looked at with what was planned on."""
    set_attribute(writing, "find_difference", find_no_difference)


def take_away_late_posting(set_attribute: SetAttribute) -> None:
    """Nobody asks whether the days of a fall were posted while it was written."""
    set_attribute(proving, "is_posted", lambda *_: False)


def take_away_unknown(set_attribute: SetAttribute) -> None:
    """Unknown is zero."""
    set_attribute(world, "STEPS", {**world.STEPS, "fetch_licences": fetch_credulously})


def take_away_message_guard(set_attribute: SetAttribute) -> None:
    """What is planned is planned again."""
    set_attribute(world, "STEPS", {**STEPS, "fetch_licences": fetch_again, "plan_tenant": plan_again})


def take_away_twins(set_attribute: SetAttribute) -> None:
    """A second rise of one day becomes an addition of its own."""
    set_attribute(raising, "is_twin", lambda line, draft, rectangle: False)


def take_away_send_window(set_attribute: SetAttribute) -> None:
    """However late, it is sent."""
    set_attribute(writing, "send", send_whenever)


def keep_all(set_attribute: SetAttribute) -> None:
    """Nothing is taken away."""
