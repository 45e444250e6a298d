"""What the night keeps as whole pieces, and finds again: a part of what it needs of the outside (`plans.ports`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

from plans.agreements import AgreementReading
from plans.judgement import Verdict
from plans.plan import AgreementPlan
from plans.raw_answers import RawAnswer
from plans.results import RunResults
from profiles.licences import Snapshot
from profiles.partners import PartnerOutcome, PartnerReading


class Archive(Protocol):
    """Snapshots, PSA readings, plans and verdicts (blobs)."""

    async def save_line_names(self, run_id: str, names: frozenset[str]) -> None: ...

    async def read_line_names(self, run_id: str) -> frozenset[str]:
        """The lines there were when the run was opened; none where it kept none."""
        ...

    async def save_scope(self, run_id: str, customer_ids: frozenset[str]) -> None:
        """Keep which customers an extra run is about."""
        ...

    async def read_scope(self, run_id: str) -> frozenset[str] | None:
        """The customers that a run is about; None for all of them."""
        ...

    async def save_results(self, run_id: str, results: RunResults) -> None:
        """Keep how the tenants of a run that is being closed ended: its rows in one piece."""
        ...

    async def read_results(self, run_id: str) -> RunResults | None:
        """How the tenants of a closed run ended; None where that is not kept, and its rows have to be read."""
        ...

    async def save_needs(self, run_id: str, customer_ids: frozenset[str]) -> None:
        """Keep which customers a run that is being closed left to people."""
        ...

    async def read_needs(self, run_id: str) -> frozenset[str] | None:
        """The customers that a closed run left to people; None where that is not kept."""
        ...

    async def find_snapshot_before(self, tenant_id: str, day: date) -> Snapshot | None:
        """The newest snapshot of the tenant from a run before that day; None where none is kept."""
        ...

    async def save_snapshot(self, run_id: str, snapshot: Snapshot) -> None: ...

    async def read_snapshot(self, run_id: str, tenant_id: str) -> Snapshot | None: ...

    async def save_raw(self, run_id: str, tenant_id: str, answers: Sequence[RawAnswer]) -> None:
        """Keep what Microsoft answered for a tenant, whether a snapshot came of it or not."""
        ...

    async def save_partner(self, run_id: str, outcome: PartnerOutcome) -> None:
        """Keep how reading a partner account ended; a reading is also the newest one from now on."""
        ...

    async def read_partner(self, run_id: str, account_id: str) -> PartnerOutcome | None: ...

    async def read_newest_partner(self, account_id: str) -> PartnerReading | None:
        """The newest reading of any run."""
        ...

    async def save_agreements(
        self, run_id: str, connection_id: str, shard: int, agreements: Sequence[AgreementReading]
    ) -> None: ...

    async def read_agreements(
        self, run_id: str, connection_id: str, shard: int, wanted: Collection[str] | None = None
    ) -> tuple[AgreementReading, ...] | None:
        """Those of a shard whose ids are wanted, all where nobody says; None where the shard was not read."""
        ...

    async def save_plan(self, plan: AgreementPlan) -> str:
        """Keep the plan under its hash, and return the hash."""
        ...

    async def read_plan(self, plan_hash: str) -> AgreementPlan:
        """The plan with exactly this hash. Raises Bug where it is missing or was tampered with."""
        ...

    async def save_verdict(self, verdict: Verdict) -> Verdict:
        """Keep the verdict; where the run already has one, that one is returned and stands."""
        ...

    async def read_verdict(self, run_id: str) -> Verdict | None: ...
