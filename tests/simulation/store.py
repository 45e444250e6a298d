"""The stores of a simulated night: dictionaries with a fault point before and after every single call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from plans.agreements import AgreementReading
from plans.journal import Acceptance, Evidence, HistoryEntry, Intent, LedgerEntry, LineJournal, Settlement
from plans.judgement import Verdict
from plans.keys import name_line
from plans.plan import AgreementPlan, hash_plan
from plans.ports import CustomerOverview, Desk, RawAnswer
from plans.results import PushResult, TenantResult
from plans.runs import Run
from profiles.billing import BillingProfile, Customer, Mapping
from profiles.licences import Snapshot
from profiles.partners import PartnerOutcome, PartnerReading
from tests.simulation.faults import Faults, Process


@dataclass
class Disk:
    """What survives every process."""

    customers: dict[str, Customer] = field(default_factory=dict)
    mappings: dict[str, tuple[Mapping, ...]] = field(default_factory=dict)
    profiles: dict[str, BillingProfile] = field(default_factory=dict)
    intents: dict[tuple[str, int, int], Intent] = field(default_factory=dict)
    evidence: dict[tuple[str, int], Evidence] = field(default_factory=dict)
    acceptances: dict[tuple[str, int], Acceptance] = field(default_factory=dict)
    ledger: list[LedgerEntry] = field(default_factory=list)
    history: list[HistoryEntry] = field(default_factory=list)
    parked: dict[str, str | None] = field(default_factory=dict)
    turns: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    tenants: dict[tuple[str, str], TenantResult] = field(default_factory=dict)
    pushes: dict[tuple[str, str], PushResult] = field(default_factory=dict)
    blobs: dict[str, Any] = field(default_factory=dict)


@dataclass
class Store:
    """One process's way to the disk: `plans.ports` Books, Profiles, Runs and Archive in one."""

    disk: Disk
    faults: Faults
    process: Process
    now: Any

    async def _before(self, name: str) -> None:
        await self.faults.pass_point(self.process, f"{name}:before")

    async def _after(self, name: str) -> None:
        await self.faults.pass_point(self.process, f"{name}:after")

    async def list_customers(self) -> tuple[Customer, ...]:
        await self._before("list_customers")
        return tuple(self.disk.customers.values())

    async def list_overviews(self) -> tuple[CustomerOverview, ...]:
        return tuple(self._overview(customer_id) for customer_id in self.disk.customers)

    async def read_overview(self, customer_id: str) -> CustomerOverview | None:
        return self._overview(customer_id) if customer_id in self.disk.customers else None

    def _overview(self, customer_id: str) -> CustomerOverview:
        return CustomerOverview(self.disk.customers[customer_id], self.disk.mappings[customer_id], {})

    async def list_history(self, customer_id: str) -> tuple[HistoryEntry, ...]:
        own = {mapping.id for mapping in self.disk.mappings[customer_id]}
        return tuple(entry for entry in reversed(self.disk.history) if entry.mapping_id in own)

    async def list_line_names(self) -> frozenset[str]:
        await self._before("list_line_names")
        return frozenset(name_line(each.id) for mappings in self.disk.mappings.values() for each in mappings)

    async def save_line_names(self, run_id: str, names: frozenset[str]) -> None:
        await self._put(f"lines/{run_id}", names)

    async def read_line_names(self, run_id: str) -> frozenset[str]:
        found: frozenset[str] | None = await self._get(f"lines/{run_id}")
        return found or frozenset()

    async def list_mapped_agreements(self) -> dict[str, tuple[str, ...]]:
        await self._before("list_mapped_agreements")
        mapped: dict[str, set[str]] = defaultdict(set)
        for customer_id, mappings in self.disk.mappings.items():
            for mapping in mappings:
                mapped[self.disk.customers[customer_id].connection_id].add(mapping.agreement_id)
        return {name: tuple(sorted(ids)) for name, ids in mapped.items()}

    async def read_desk(self, customer_id: str) -> Desk:
        await self._before("read_desk")
        mappings = self.disk.mappings[customer_id]
        journals = {mapping.id: self._journal(mapping.id) for mapping in mappings}
        return Desk(self.disk.customers[customer_id], mappings, journals)

    async def read_line(self, customer_id: str, mapping_id: str) -> LineJournal:
        await self._before("read_line")
        return self._journal(mapping_id)

    def _journal(self, mapping_id: str) -> LineJournal:
        evidence = [entry for key, entry in sorted(self.disk.evidence.items()) if key[0] == mapping_id]
        ended = {entry.sequence for entry in evidence}
        intents = [
            intent
            for key, intent in sorted(self.disk.intents.items())
            if key[0] == mapping_id and intent.sequence not in ended
        ]
        accepted = tuple(each for key, each in sorted(self.disk.acceptances.items()) if key[0] == mapping_id)
        return LineJournal(mapping_id, tuple(evidence), tuple(intents), self.disk.parked.get(mapping_id), accepted)

    async def insert_intent(self, customer_id: str, intent: Intent) -> bool:
        await self._before("insert_intent")
        key = (intent.mapping_id, intent.sequence, intent.attempt)
        is_new = self.disk.intents.setdefault(key, intent) is intent
        await self._after("insert_intent")
        return is_new

    async def note_acceptance(self, customer_id: str, acceptance: Acceptance) -> None:
        await self._before("note_acceptance")
        self.disk.acceptances.setdefault((acceptance.mapping_id, acceptance.sequence), acceptance)
        await self._after("note_acceptance")

    async def settle(self, customer_id: str, settlement: Settlement) -> bool:
        await self._before("settle")
        key = (settlement.evidence.mapping_id, settlement.evidence.sequence)
        is_new = key not in self.disk.evidence
        if is_new:
            self.disk.evidence[key] = settlement.evidence
            self.disk.history.append(settlement.history)
            self.disk.parked[key[0]] = settlement.parked_sentence
            if settlement.ledger is not None:
                self.disk.ledger.append(settlement.ledger)
        await self._after("settle")
        return is_new

    async def take_turn(self, connection_id: str, agreement_id: str, holder: str, until: datetime) -> bool:
        await self._before("take_turn")
        standing = self.disk.turns.get((connection_id, agreement_id))
        is_free = standing is None or standing[0] == holder or standing[1] <= self.now()
        if is_free:
            self.disk.turns[connection_id, agreement_id] = (holder, until)
        await self._after("take_turn")
        return is_free

    async def end_turn(self, connection_id: str, agreement_id: str, holder: str) -> None:
        await self._before("end_turn")
        standing = self.disk.turns.get((connection_id, agreement_id))
        if standing is not None and standing[0] == holder:
            del self.disk.turns[connection_id, agreement_id]

    async def list_profiles(self) -> dict[str, BillingProfile]:
        await self._before("list_profiles")
        return dict(self.disk.profiles)

    async def open_run(self, run: Run) -> Run:
        await self._before("open_run")
        standing = self.disk.runs.setdefault(run.id, run)
        await self._after("open_run")
        return standing

    async def read_run(self, run_id: str) -> Run | None:
        await self._before("read_run")
        return self.disk.runs.get(run_id)

    async def list_runs(self, limit: int) -> tuple[Run, ...]:
        await self._before("list_runs")
        return tuple(run for _, run in sorted(self.disk.runs.items(), reverse=True))[:limit]

    async def save_run(self, run: Run) -> None:
        await self._before("save_run")
        self.disk.runs[run.id] = run
        await self._after("save_run")

    async def queue_tenants(self, run_id: str, tenants: Sequence[TenantResult]) -> None:
        await self._before("queue_tenants")
        for tenant in tenants:
            self.disk.tenants.setdefault((run_id, tenant.tenant_id), tenant)
        await self._after("queue_tenants")

    async def read_tenant(self, run_id: str, tenant_id: str) -> TenantResult | None:
        await self._before("read_tenant")
        return self.disk.tenants.get((run_id, tenant_id))

    async def save_tenant(self, run_id: str, tenant: TenantResult) -> None:
        await self._before("save_tenant")
        self.disk.tenants[run_id, tenant.tenant_id] = tenant
        await self._after("save_tenant")

    async def list_tenants(self, run_id: str) -> tuple[TenantResult, ...]:
        await self._before("list_tenants")
        return tuple(row for key, row in sorted(self.disk.tenants.items()) if key[0] == run_id)

    async def save_push(self, run_id: str, result: PushResult) -> None:
        await self._before("save_push")
        self.disk.pushes[run_id, result.plan_hash] = result
        await self._after("save_push")

    async def list_pushes(self, run_id: str) -> tuple[PushResult, ...]:
        await self._before("list_pushes")
        return tuple(row for key, row in sorted(self.disk.pushes.items()) if key[0] == run_id)

    async def save_snapshot(self, run_id: str, snapshot: Snapshot) -> None:
        await self._put(f"snapshot/{run_id}/{snapshot.tenant_id}", snapshot)

    async def read_snapshot(self, run_id: str, tenant_id: str) -> Snapshot | None:
        found: Snapshot | None = await self._get(f"snapshot/{run_id}/{tenant_id}")
        return found

    async def save_raw(self, run_id: str, tenant_id: str, answers: Sequence[RawAnswer]) -> None:
        await self._put(f"raw/{run_id}/{tenant_id}", tuple(answers))

    async def save_partner(self, run_id: str, outcome: PartnerOutcome) -> None:
        await self._put(f"partner/{run_id}/{outcome.account_id}", outcome)

    async def read_partner(self, run_id: str, account_id: str) -> PartnerOutcome | None:
        found: PartnerOutcome | None = await self._get(f"partner/{run_id}/{account_id}")
        return found

    async def read_newest_partner(self, account_id: str) -> PartnerReading | None:
        await self._before("read_newest_partner")
        return None

    async def save_agreements(
        self, run_id: str, connection_id: str, shard: int, agreements: Sequence[AgreementReading]
    ) -> None:
        await self._put(f"psa/{run_id}/{connection_id}/{shard}", tuple(agreements))

    async def read_agreements(self, run_id: str, connection_id: str, shard: int) -> tuple[AgreementReading, ...] | None:
        found: tuple[AgreementReading, ...] | None = await self._get(f"psa/{run_id}/{connection_id}/{shard}")
        return found

    async def save_plan(self, plan: AgreementPlan) -> str:
        plan_hash = hash_plan(plan)
        await self._put(f"plan/{plan_hash}", plan)
        return plan_hash

    async def read_plan(self, plan_hash: str) -> AgreementPlan:
        found: AgreementPlan = await self._get(f"plan/{plan_hash}")
        return found

    async def save_verdict(self, verdict: Verdict) -> Verdict:
        await self._before("save_verdict")
        standing: Verdict = self.disk.blobs.setdefault(f"verdict/{verdict.run_id}", verdict)
        await self._after("save_verdict")
        return standing

    async def read_verdict(self, run_id: str) -> Verdict | None:
        found: Verdict | None = await self._get(f"verdict/{run_id}")
        return found

    async def _put(self, name: str, value: Any) -> None:
        kind = name.partition("/")[0]
        await self._before(f"save_{kind}")
        self.disk.blobs[name] = value
        await self._after(f"save_{kind}")

    async def _get(self, name: str) -> Any:
        await self._before(f"read_{name.partition('/')[0]}")
        return self.disk.blobs.get(name)
