"""One allowed plan, a store in memory, and a PSA whose every answer a test decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, override
from zoneinfo import ZoneInfo

from plans.agreements import Addition, Agreement, AgreementReading
from plans.changes import CreateAddition
from plans.errors import Bug
from plans.judgement import PlannedAgreement, Verdict
from plans.plan import AgreementPlan
from plans.planning import LineInput
from plans.ports import Accepted, Limits, Outside, Psa, WriteAnswer
from profiles.licences import Snapshot
from profiles.readings import Reading
from sync.outcomes import Again
from sync.push import push_agreement as push
from tests.simulation.faults import Faults, Process
from tests.simulation.store import Disk, Store
from tests.unit.plans.makers import CONNECTION, MAPPING, NOW, make_agreement, make_line, plan, write

RUN = "2026-11-22"
LIMITS = Limits()


class Hurried(Random):
    """The store waits as short as it can."""

    @override
    def uniform(self, a: float, b: float) -> float:
        return 0.0


@dataclass
class FakePsa:
    """The port, with one agreement. `on_create` replaces what happens to a write."""

    agreement: AgreementReading | None = field(default_factory=make_agreement)
    on_create: Callable[[CreateAddition], Awaitable[WriteAnswer]] | None = None
    on_read: Callable[[], None] = lambda: None
    read_back: Callable[[Addition | None], Addition | None] = lambda addition: addition
    count: int | None = None
    created: list[CreateAddition] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    async def read_agreements(self, agreement_ids: Sequence[str]) -> tuple[AgreementReading, ...]:
        self.calls.append("read agreements")
        self.on_read()
        return () if self.agreement is None else (self.agreement,)

    async def create_addition(self, agreement_id: str, change: CreateAddition) -> WriteAnswer:
        self.calls.append("create")
        return await self.on_create(change) if self.on_create else Accepted(self.act(change))

    def act(self, change: CreateAddition) -> str:
        """Do what was asked; the id of the new addition."""
        self.created.append(change)
        addition_id = str(9000 + len(self.created))
        self.put(write(change, addition_id))
        return addition_id

    def put(self, *additions: Addition) -> None:
        assert isinstance(self.agreement, Agreement)
        self.agreement = replace(self.agreement, additions=self.agreement.additions + additions)

    async def count_additions(self, agreement_id: str) -> int:
        self.calls.append("count additions")
        counted = len(self.agreement.additions) if isinstance(self.agreement, Agreement) else 0
        return counted if self.count is None else self.count

    async def read_addition(self, agreement_id: str, addition_id: str) -> Addition | None:
        self.calls.append("read back")
        assert isinstance(self.agreement, Agreement)
        found = [addition for addition in self.agreement.additions if addition.id == addition_id]
        return self.read_back(found[0] if found else None)


class NoLicences:
    """Pushing reads no tenants."""

    async def read_tenant(self, tenant_id: str, *_: Any, **__: Any) -> Reading[Snapshot]:
        raise AssertionError("pushing reads no tenants")


@dataclass
class Bench:
    """Everything around one push."""

    psa: FakePsa = field(default_factory=FakePsa)
    disk: Disk = field(default_factory=Disk)
    time: datetime = NOW
    plan_hash: str = ""

    def __post_init__(self) -> None:
        faults = Faults(random=Hurried(0))
        self.store = Store(self.disk, faults, Process("worker"), lambda: self.time)
        connections: dict[str, Psa] = {CONNECTION: self.psa}
        self.outside = Outside(
            now=lambda: self.time,
            zone=ZoneInfo("UTC"),
            night_start_hour=2,
            limits=LIMITS,
            licences=NoLicences(),
            connections=connections,
            books=self.store,
            profiles=self.store,
            runs=self.store,
            archive=self.store,
        )

    async def plan(self, *lines: LineInput) -> AgreementPlan:
        """Plan the lines on the agreement as it is, and allow the plan."""
        agreement = self.psa.agreement
        assert agreement is None or isinstance(agreement, Agreement)
        made = plan(agreement, *(lines or (make_line(10),)))
        self.plan_hash = await self.store.save_plan(made)
        allowed = PlannedAgreement("contoso", CONNECTION, "1201", self.plan_hash, len(made.changes))
        await self.store.save_verdict(Verdict(RUN, (allowed,)))
        return made

    async def push(self, run_id: str = RUN) -> Any:
        return await push(self.outside, run_id, self.plan_hash)

    async def push_again(self, run_id: str = RUN) -> Again:
        result = await self.push(run_id)
        assert isinstance(result, Again), result
        return result

    def wait(self, **duration: float) -> None:
        self.time += timedelta(**duration)

    def outwait(self) -> None:
        """Until what was sent can have no effect any more."""
        self.time += LIMITS.send_window + LIMITS.late_effect_limit

    @property
    def endings(self) -> list[str]:
        return [evidence.ending.value for evidence in self.disk.evidence.values()]

    @property
    def parked(self) -> str | None:
        return self.disk.parked.get(MAPPING)


class Broken(Store):
    """A store that takes nothing and has nothing."""

    @override
    async def read_plan(self, plan_hash: str) -> AgreementPlan:
        raise Bug("tampered with")
