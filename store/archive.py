"""Snapshots and the answers behind them, partner and PSA readings, plans, verdicts, scopes: gzip JSON in `archive`."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal

from azure.storage.blob.aio import ContainerClient
from pydantic import ValidationError

from plans.agreements import AgreementReading
from plans.catalogue import PriceList
from plans.changes import CreditProposal, Scheduled
from plans.errors import Bug
from plans.judgement import Verdict
from plans.plan import AgreementPlan, hash_text, spell_plan
from plans.raw_answers import RawAnswer
from plans.results import RunResults
from plans.runs import find_day
from profiles.licences import Snapshot
from profiles.partners import PartnerOutcome, PartnerReading
from store.blobs import put_blob, read_packed, unpack
from store.codec import decode, decode_short, encode, encode_short

NEWEST = "newest"
SECONDS_REMEMBERED = 60.0
# Some 4 KB for each agreement of a shard.
MOST_REMEMBERED = 96


@dataclass(frozen=True, slots=True)
class KeptSnapshot(Snapshot):
    """What one blob of `snapshots/` holds: the snapshot, and beside its fields what Microsoft answered, word for word.
    Whoever asks for the snapshot reads past the answers; one of a version before has none (those are in `raw/`)."""

    answers: tuple[RawAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptPartner:
    """What one blob of `partners/` holds."""

    outcome: PartnerOutcome


@dataclass(frozen=True, slots=True)
class LineForecast:
    """What a plan says of one line that is no part of its hash."""

    scheduled: tuple[Scheduled, ...]
    proposals: tuple[CreditProposal, ...]
    unit_price: Decimal | None


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """What one blob of `plans/` holds: the very text that was hashed, so that a plan stays readable when a later
    version knows more of plans, and beside it what is no part of the hash."""

    canonical: str
    forecasts: tuple[LineForecast, ...]

    def complete(self, plan: AgreementPlan) -> AgreementPlan:
        """The plan with its forecasts."""
        lines = (
            replace(line, scheduled=each.scheduled, proposals=each.proposals, unit_price=each.unit_price)
            for line, each in zip(plan.lines, self.forecasts, strict=True)
        )
        return replace(plan, lines=tuple(lines))


@dataclass(frozen=True, slots=True)
class KeptShard:
    """What one blob of `psa/` holds: the ids that were asked for, and those of them that the PSA has. One of a version
    before is the bare list of the latter."""

    asked: tuple[str, ...]
    agreements: tuple[AgreementReading, ...]


@dataclass(frozen=True, slots=True)
class OpenShard:
    """A shard as a process remembers it: the ids that were asked for, None where a version before did not say, and the
    JSON of each agreement by its id, because a customer wants one of fifty."""

    asked: frozenset[str] | None
    rows: dict[str, str]

    @classmethod
    def from_text(cls, text: bytes) -> OpenShard:
        """What a blob of `psa/` holds."""
        kept = json.loads(text)
        asked, rows = (None, kept) if isinstance(kept, list) else (frozenset(kept["asked"]), kept["agreements"])
        return cls(asked, {row["id"]: json.dumps(row) for row in rows})

    def read(self, wanted: Collection[str] | None) -> tuple[AgreementReading, ...]:
        """The agreements that are wanted, all where nobody says."""
        chosen = (row for agreement_id, row in self.rows.items() if wanted is None or agreement_id in wanted)
        return decode(tuple[AgreementReading, ...], f"[{','.join(chosen)}]")


class Memory[T]:
    """Values that stay for a while, so many at most; the oldest go first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[str, tuple[float, T]] = {}

    def find(self, name: str) -> T | None:
        """The value of this name; None where none is remembered, or not any more."""
        until, value = self._kept.get(name, (-math.inf, None))
        return value if time.monotonic() < until else None

    def keep(self, name: str, value: T) -> T:
        """Remember it, and give it back."""
        self._kept.pop(name, None)
        while len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._kept[name] = (time.monotonic() + SECONDS_REMEMBERED, value)
        return value

    def forget(self, name: str) -> None:
        """Read it afresh next time."""
        self._kept.pop(name, None)


class BlobArchive:
    """`plans.ports.Archive` on Azure Blob Storage.

    What a night's steps ask for again and again is remembered for a minute: the shards of agreements, which never
    change, and the names of all lines, which a run that begins again may keep anew.
    """

    def __init__(self, container: ContainerClient) -> None:
        self._container = container
        self._shards = Memory[OpenShard](MOST_REMEMBERED)
        self._names = Memory[frozenset[str]](1)
        self._turn = asyncio.Lock()

    async def save_line_names(self, run_id: str, names: frozenset[str]) -> None:
        await self._put(f"lines/{run_id}.gz", encode(tuple[str, ...], tuple(sorted(names))))
        self._names.forget(run_id)

    async def read_line_names(self, run_id: str) -> frozenset[str]:
        known = self._names.find(run_id)
        if known is not None:
            return known
        text = await self._get(f"lines/{run_id}.gz")
        if text is None:
            return frozenset()
        return self._names.keep(run_id, frozenset(decode(tuple[str, ...], text)))

    async def save_scope(self, run_id: str, customer_ids: frozenset[str]) -> None:
        await self._put(f"scopes/{run_id}.gz", encode(tuple[str, ...], tuple(sorted(customer_ids))))

    async def read_scope(self, run_id: str) -> frozenset[str] | None:
        text = await self._get(f"scopes/{run_id}.gz")
        return None if text is None else frozenset(decode(tuple[str, ...], text))

    async def save_results(self, run_id: str, results: RunResults) -> None:
        await self._put(f"results/{run_id}.gz", encode_short(RunResults, results))

    async def read_results(self, run_id: str) -> RunResults | None:
        text = await self._get(f"results/{run_id}.gz")
        return None if text is None else decode_short(RunResults, text)

    async def save_needs(self, run_id: str, customer_ids: frozenset[str]) -> None:
        await self._put(f"needs/{run_id}.gz", encode(tuple[str, ...], tuple(sorted(customer_ids))))

    async def read_needs(self, run_id: str) -> frozenset[str] | None:
        text = await self._get(f"needs/{run_id}.gz")
        return None if text is None else frozenset(decode(tuple[str, ...], text))

    async def find_snapshot_before(self, tenant_id: str, day: date) -> Snapshot | None:
        prefix = f"snapshots/{tenant_id}/"
        names = [name async for name in self._container.list_blob_names(name_starts_with=prefix)]
        for run_id in choose_runs_before((name.removeprefix(prefix).removesuffix(".gz") for name in names), day):
            snapshot = await self.read_snapshot(run_id, tenant_id)
            if snapshot is not None:
                return snapshot
        return None

    async def save_snapshot(self, run_id: str, snapshot: Snapshot, answers: Sequence[RawAnswer] = ()) -> bool:
        named = {each.name: getattr(snapshot, each.name) for each in fields(snapshot)}
        kept = KeptSnapshot(**named, answers=tuple(answers))
        return await self._put(
            f"snapshots/{snapshot.tenant_id}/{run_id}.gz", encode(KeptSnapshot, kept), overwrite=False
        )

    async def read_snapshot(self, run_id: str, tenant_id: str) -> Snapshot | None:
        text = await self._get(f"snapshots/{tenant_id}/{run_id}.gz")
        return None if text is None else decode(Snapshot, text)

    async def save_raw(self, run_id: str, tenant_id: str, answers: Sequence[RawAnswer]) -> None:
        await self._put(f"raw/{tenant_id}/{run_id}.gz", encode(tuple[RawAnswer, ...], tuple(answers)))

    async def save_partner(self, run_id: str, outcome: PartnerOutcome) -> None:
        if isinstance(outcome, PartnerReading):
            await self._put(f"partners/{outcome.account_id}/{NEWEST}.gz", encode(PartnerReading, outcome))
        await self._put(f"partners/{outcome.account_id}/{run_id}.gz", encode(KeptPartner, KeptPartner(outcome)))

    async def read_partner(self, run_id: str, account_id: str) -> PartnerOutcome | None:
        text = await self._get(f"partners/{account_id}/{run_id}.gz")
        return None if text is None else decode(KeptPartner, text).outcome

    async def read_newest_partner(self, account_id: str) -> PartnerReading | None:
        text = await self._get(f"partners/{account_id}/{NEWEST}.gz")
        return None if text is None else decode(PartnerReading, text)

    async def save_agreements(
        self, run_id: str, connection_id: str, shard: int, found: Sequence[AgreementReading], asked: Collection[str]
    ) -> None:
        name = name_shard(run_id, connection_id, shard)
        await self._put(name, encode(KeptShard, KeptShard(tuple(sorted(asked)), tuple(found))))
        self._shards.forget(name)

    async def read_agreements(
        self, run_id: str, connection_id: str, shard: int, wanted: Collection[str] | None = None
    ) -> tuple[AgreementReading, ...] | None:
        kept = await self._open_shard(name_shard(run_id, connection_id, shard))
        return None if kept is None else kept.read(wanted)

    async def list_asked(self, run_id: str, connection_id: str, shard: int) -> frozenset[str] | None:
        kept = await self._open_shard(name_shard(run_id, connection_id, shard))
        return None if kept is None else kept.asked

    async def save_prices(self, connection_id: str, prices: PriceList) -> None:
        await self._put(f"prices/{connection_id}.gz", encode(PriceList, prices))

    async def read_prices(self, connection_id: str) -> PriceList | None:
        text = await self._get(f"prices/{connection_id}.gz")
        return None if text is None else decode(PriceList, text)

    async def save_plan(self, plan: AgreementPlan) -> str:
        canonical = spell_plan(plan)
        plan_hash = hash_text(canonical)
        forecasts = tuple(LineForecast(line.scheduled, line.proposals, line.unit_price) for line in plan.lines)
        await self._put(f"plans/{plan_hash}.gz", encode(KeptPlan, KeptPlan(canonical, forecasts)))
        return plan_hash

    async def read_plan(self, plan_hash: str) -> AgreementPlan:
        text = await self._get(f"plans/{plan_hash}.gz")
        if text is None:
            raise Bug(f"Plan {plan_hash} is not in the archive.")
        try:
            kept = decode(KeptPlan, text)
            plan = decode(AgreementPlan, kept.canonical)
        except ValidationError as error:
            raise Bug(f"The blob kept as plan {plan_hash} is no plan.") from error
        if hash_text(kept.canonical) != plan_hash:
            raise Bug(f"The plan kept under {plan_hash} has another hash: it was changed after it was judged.")
        return kept.complete(plan)

    async def save_verdict(self, verdict: Verdict) -> Verdict:
        name = f"verdicts/{verdict.run_id}.gz"
        if await self._put(name, encode(Verdict, verdict), overwrite=False):
            return verdict
        standing = await self.read_verdict(verdict.run_id)
        if standing is None:
            raise Bug(f"The verdict of run {verdict.run_id} was refused as existing and cannot be read.")
        return standing

    async def read_verdict(self, run_id: str) -> Verdict | None:
        text = await self._get(f"verdicts/{run_id}.gz")
        return None if text is None else decode(Verdict, text)

    async def _put(self, name: str, text: bytes, *, overwrite: bool = True) -> bool:
        return await put_blob(self._container, name, text, overwrite=overwrite)

    async def _get(self, name: str) -> bytes | None:
        packed = await read_packed(self._container, name)
        return None if packed is None else unpack(name, packed)

    async def _open_shard(self, name: str) -> OpenShard | None:
        """One asks at a time: the steps that run side by side want the same shards."""
        async with self._turn:
            known = self._shards.find(name)
            if known is not None:
                return known
            text = await self._get(name)
            return None if text is None else self._shards.keep(name, OpenShard.from_text(text))


def name_shard(run_id: str, connection_id: str, shard: int) -> str:
    """Where a shard of agreements is kept."""
    return f"psa/{connection_id}/{run_id}/{shard}.gz"


def choose_runs_before(run_ids: Iterable[str], day: date) -> list[str]:
    """The runs of days before `day`, the newest first; an extra run is newer than the night of its day."""
    days = ((run_id, find_day(run_id)) for run_id in run_ids)
    return sorted((run_id for run_id, its_day in days if its_day is not None and its_day < day), reverse=True)
