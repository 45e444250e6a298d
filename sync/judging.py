"""The activity that judges a run as a whole, before anything is written (billing rules, 9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from plans.connecting import find_rhythm
from plans.judgement import Brakes, Census, PlannedAgreement, Verdict, judge, judge_following, judge_night
from plans.ports import Outside
from plans.results import TenantResult
from plans.runs import NEWEST_NIGHTS, Run, RunPhase, TenantState, is_night
from sync.messages import PushRequest
from sync.tenants import LATE_SENTENCE, give_up_tenant


async def judge_run(outside: Outside, run_id: str) -> list[PushRequest]:
    """Judge the run, once: what is judged stays judged. One request per PSA connection; none where it is closed."""
    verdict = await outside.archive.read_verdict(run_id)
    if verdict is None:
        await give_up_late_tenants(outside, run_id)
        verdict = await outside.archive.save_verdict(await find_verdict(outside, run_id))
    run = await outside.runs.read_run(run_id)
    if run is not None and run.phase is RunPhase.CLOSED:
        return []
    if run is not None and run.phase is RunPhase.READING:
        await outside.runs.save_run(replace(run, phase=RunPhase.PUSHING, judged_at=outside.now()))
    hashes: dict[str, list[str]] = defaultdict(list)
    for allowed in verdict.allowed:
        hashes[allowed.connection_id].append(allowed.plan_hash)
    return [
        {
            "run_id": run_id,
            "connection_id": connection_id,
            "plan_hashes": plan_hashes,
            "window": min(outside.limits.psa_window, find_rhythm(outside, connection_id).pushes_at_once),
            "rounds": outside.limits.push_rounds,
        }
        for connection_id, plan_hashes in sorted(hashes.items())
    ]


async def find_verdict(outside: Outside, run_id: str) -> Verdict:
    """A night is judged by what all its customers do; an extra run stands under the brakes of the last one, and one
    that follows a night by itself is judged together with it."""
    tenants = await outside.runs.list_tenants(run_id)
    planned = collect_planned(tenants)
    controls = await outside.profiles.read_controls()
    if is_night(run_id):
        nights = await list_nights(outside, run_id)
        known = await list_known(outside, nights[0].id) if nights else frozenset()
        return judge_night(run_id, planned, take_census(tenants, known), controls)
    standing = await find_standing_brakes(outside, run_id)
    night = await find_followed(outside, run_id)
    if night is None:
        return judge(run_id, planned, standing, controls)
    of_night = await outside.runs.list_tenants(night.id)
    lost = take_census(tenants, list_planned(of_night)).newly_unknown
    census = replace(take_census(of_night, frozenset()), newly_unknown=lost)
    return judge_following(run_id, planned, (standing, collect_planned(of_night)), census, controls)


async def find_followed(outside: Outside, run_id: str) -> Run | None:
    """The night that a run follows by itself (`sync.following_up`); None where a person asked for it."""
    for night in (await list_nights(outside, run_id))[:1]:
        if any(each.follow_up == run_id for each in await outside.runs.list_waiting(night.id)):
            return night
    return None


async def list_nights(outside: Outside, run_id: str) -> list[Run]:
    """The nights before a run, the newest first; an extra run's may be of the same day."""
    return [run for run in await outside.runs.list_nights(NEWEST_NIGHTS) if run.id < run_id]


async def find_standing_brakes(outside: Outside, run_id: str) -> Brakes:
    """The brakes of the newest night that was judged: one that is still reading has none yet."""
    for night in await list_nights(outside, run_id):
        verdict = await outside.archive.read_verdict(night.id)
        if verdict is not None:
            return verdict.brakes
    return Brakes()


async def list_known(outside: Outside, run_id: str) -> frozenset[str]:
    """The customers that a run could read."""
    return list_planned(await outside.runs.list_tenants(run_id))


def list_planned(tenants: Sequence[TenantResult]) -> frozenset[str]:
    """The customers of tenants that were read."""
    return frozenset(
        customer_id for tenant in tenants if tenant.state is TenantState.PLANNED for customer_id in tenant.customer_ids
    )


def take_census(tenants: Sequence[TenantResult], known_before: frozenset[str]) -> Census:
    """How many customers a night is about, and how many of them it lost since the night before."""
    customers = [customer_id for tenant in tenants for customer_id in tenant.customer_ids]
    unknown = {
        customer_id
        for tenant in tenants
        if tenant.state is not TenantState.PLANNED
        for customer_id in tenant.customer_ids
    }
    return Census(len(customers), len(unknown & known_before))


async def give_up_late_tenants(outside: Outside, run_id: str) -> None:
    """Whoever is not planned when the run is judged is unknown."""
    late = [each for each in await outside.runs.list_tenants(run_id) if each.state is TenantState.QUEUED]
    for tenant in late:
        await give_up_tenant(outside, {"run_id": run_id, "tenant_id": tenant.tenant_id}, LATE_SENTENCE)


def collect_planned(tenants: Sequence[TenantResult]) -> list[PlannedAgreement]:
    """Every plan of the run, as the judge sees it."""
    return [
        PlannedAgreement(
            agreement.customer_id,
            agreement.connection_id,
            agreement.agreement_id,
            agreement.plan_hash,
            agreement.writing,
        )
        for tenant in tenants
        if tenant.state is TenantState.PLANNED
        for agreement in tenant.agreements
    ]
