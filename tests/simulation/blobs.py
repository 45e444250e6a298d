"""What a simulated night keeps as blobs, and the fault points that every call to a store passes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from plans.agreements import AgreementReading
from plans.errors import Bug
from plans.judgement import Verdict
from plans.plan import AgreementPlan, hash_plan
from plans.raw_answers import RawAnswer
from plans.runs import find_day
from profiles.licences import Snapshot
from profiles.partners import PartnerOutcome, PartnerReading
from tests.simulation.disk import Disk
from tests.simulation.faults import Faults, Process


@dataclass
class Blobs:
    """One process's way to the blobs: `plans.ports.Archive`."""

    disk: Disk
    faults: Faults
    process: Process
    now: Any

    async def _before(self, name: str) -> None:
        await self.faults.pass_point(self.process, f"{name}:before")

    async def _reading(self, name: str) -> None:
        await self.faults.pass_point(self.process, f"{name}:before", is_read=True)

    async def _between(self, name: str) -> None:
        await self.faults.pass_point(self.process, f"{name}:between")

    async def _after(self, name: str) -> None:
        await self.faults.pass_point(self.process, f"{name}:after", is_read=True)

    async def save_scope(self, run_id: str, customer_ids: frozenset[str]) -> None:
        await self._put(f"scope/{run_id}", customer_ids)

    async def read_scope(self, run_id: str) -> frozenset[str] | None:
        found: frozenset[str] | None = await self._get(f"scope/{run_id}")
        return found

    async def find_snapshot_before(self, tenant_id: str, day: date) -> Snapshot | None:
        await self._reading("find_snapshot_before")
        kept: dict[str, Snapshot] = {}
        for name, blob in self.disk.blobs.items():
            kind, _, rest = name.partition("/")
            run_id, _, tenant = rest.partition("/")
            found = find_day(run_id) if (kind, tenant) == ("snapshot", tenant_id) else None
            if found is not None and found < day:
                kept[run_id] = blob
        return kept[max(kept)] if kept else None

    async def save_snapshot(self, run_id: str, snapshot: Snapshot, answers: Sequence[RawAnswer] = ()) -> bool:
        await self._before("save_snapshot")
        is_first = self.disk.blobs.setdefault(f"snapshot/{run_id}/{snapshot.tenant_id}", snapshot) is snapshot
        await self._after("save_snapshot")
        return is_first

    async def read_snapshot(self, run_id: str, tenant_id: str) -> Snapshot | None:
        found: Snapshot | None = await self._get(f"snapshot/{run_id}/{tenant_id}")
        return found

    async def save_raw(self, run_id: str, tenant_id: str, answers: Sequence[RawAnswer]) -> None:
        await self._put(f"raw/{run_id}/{tenant_id}", tuple(answers))

    async def save_partner(self, run_id: str, outcome: PartnerOutcome) -> None:
        if isinstance(outcome, PartnerReading):
            await self._put(f"newest_partner/{outcome.account_id}", outcome)
        await self._put(f"partner/{run_id}/{outcome.account_id}", outcome)

    async def read_partner(self, run_id: str, account_id: str) -> PartnerOutcome | None:
        found: PartnerOutcome | None = await self._get(f"partner/{run_id}/{account_id}")
        return found

    async def read_newest_partner(self, account_id: str) -> PartnerReading | None:
        found: PartnerReading | None = await self._get(f"newest_partner/{account_id}")
        return found

    async def save_agreements(
        self, run_id: str, connection_id: str, shard: int, found: Sequence[AgreementReading], asked: Collection[str]
    ) -> None:
        await self._before("save_psa")
        self.disk.blobs[f"psa/{run_id}/{connection_id}/{shard}"] = tuple(found)
        self.disk.blobs[f"asked/{run_id}/{connection_id}/{shard}"] = frozenset(asked)
        await self._after("save_psa")

    async def list_asked(self, run_id: str, connection_id: str, shard: int) -> frozenset[str] | None:
        asked: frozenset[str] | None = await self._get(f"asked/{run_id}/{connection_id}/{shard}")
        return asked

    async def read_agreements(
        self, run_id: str, connection_id: str, shard: int, wanted: Collection[str] | None = None
    ) -> tuple[AgreementReading, ...] | None:
        found: tuple[AgreementReading, ...] | None = await self._get(f"psa/{run_id}/{connection_id}/{shard}")
        if found is None or wanted is None:
            return found
        return tuple(each for each in found if each.id in wanted)

    async def save_plan(self, plan: AgreementPlan) -> str:
        plan_hash = hash_plan(plan)
        await self._put(f"plan/{plan_hash}", plan)
        return plan_hash

    async def read_plan(self, plan_hash: str) -> AgreementPlan:
        found: AgreementPlan | None = await self._get(f"plan/{plan_hash}")
        if found is None:
            raise Bug(f"Plan {plan_hash} is not in the archive.")
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
        await self._reading(f"read_{name.partition('/')[0]}")
        return self.disk.blobs.get(name)
