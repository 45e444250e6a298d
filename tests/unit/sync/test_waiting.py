"""A PSA that has no room for a night's requests: what is kept of the wait, how long others wait, and who follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast, override
from zoneinfo import ZoneInfo

import pytest

from app.closed import ClosedPsa
from plans.agreements import AgreementReading, UnreadableAgreement
from plans.asking import AskedRun
from plans.errors import Spent
from plans.limits import Limits
from plans.ports import Outside
from plans.runs import Run, RunPhase, Waiting
from profiles.billing import Customer
from sync import steps
from sync.following_up import follow_up
from sync.messages import OpenedRun, ShardRequest
from sync.night import read_psa
from sync.waiting import count_rounds

NIGHT, NOW = "2026-11-24", datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
LIMITS = Limits()
SAID = "Autotask: 7600 of 10000 requests were made."
REQUEST: ShardRequest = {"run_id": NIGHT, "connection_id": "at", "shard": 0, "agreement_ids": ["7031"]}


class SpentPsa(ClosedPsa):
    """A PSA whose hour is used up."""

    @override
    async def read_agreements(self, agreement_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
        raise Spent(SAID)


@dataclass
class World:
    """Runs, archive and books, as far as waiting needs them."""

    runs: dict[str, Run] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    asked: dict[str, AskedRun] = field(default_factory=dict)
    scopes: dict[str, frozenset[str]] = field(default_factory=dict)
    kept: tuple[AgreementReading, ...] | None = None
    now: datetime = NOW

    async def read_run(self, run_id: str) -> Run | None:
        return self.runs.get(run_id)

    async def list_runs(self, limit: int) -> tuple[Run, ...]:
        return tuple(self.runs.values())

    async def open_run(self, run: Run) -> Run:
        return self.runs.setdefault(run.id, run)

    async def reserve(self, asked: AskedRun) -> bool:
        return self.asked.setdefault(asked.run_id, asked) == asked

    async def save_waiting(self, run_id: str, waiting: Waiting) -> None:
        self.waiting[waiting.connection_id] = waiting

    async def list_waiting(self, run_id: str) -> tuple[Waiting, ...]:
        return tuple(self.waiting.values()) if run_id == NIGHT else ()

    async def read_agreements(self, *_: object) -> tuple[AgreementReading, ...] | None:
        return self.kept

    async def save_agreements(self, _: str, __: str, ___: int, found: Any, ____: object) -> None:
        self.kept = found

    async def read_scope(self, run_id: str) -> frozenset[str] | None:
        return self.scopes.get(run_id)

    async def save_scope(self, run_id: str, customer_ids: frozenset[str]) -> None:
        self.scopes[run_id] = customer_ids

    async def save_line_names(self, *_: object) -> None: ...

    async def list_line_names(self) -> frozenset[str]:
        return frozenset()

    async def read_desk(self, customer_id: str) -> None: ...

    async def list_customers(self) -> tuple[Customer, ...]:
        return tuple(
            Customer(name, name, f"{name}-tenant", company_id="1", connection_id=connection_id)
            for name, connection_id in (("bakery", "at"), ("plumbing", "cw"), ("atelier", "at"))
        )

    @property
    def outside(self) -> Outside:
        parts: dict[str, Any] = {
            "now": lambda: self.now,
            "zone": ZoneInfo("UTC"),
            "limits": LIMITS,
            "connections": {"at": SpentPsa("x", "autotask")},
            "books": self,
            "runs": self,
            "archive": self,
        }
        return Outside(**cast(Any, {each.name: None for each in fields(Outside)} | parts))


def make_world(*counts: tuple[str, int]) -> World:
    shard_counts = counts or (("at", 1), ("cw", 2))
    return World({NIGHT: Run(NIGHT, RunPhase.READING, NOW, shard_counts=shard_counts)})


@pytest.mark.parametrize(
    ("run_id", "counts", "rounds"),
    [
        (NIGHT, (("at", 3),), LIMITS.budget_rounds),
        (NIGHT, (("at", 3), ("cw", 2)), LIMITS.shared_budget_rounds),
        (NIGHT, (("at", 3), ("cw", 0)), LIMITS.budget_rounds),
        (f"{NIGHT}-001", (("at", 3), ("cw", 2)), LIMITS.budget_rounds),
    ],
)
def test_others_wait_half_an_hour_for_a_psa_and_it_alone_two_hours(
    run_id: str, counts: tuple[tuple[str, int], ...], rounds: int
) -> None:
    assert count_rounds(LIMITS, Run(run_id, RunPhase.READING, NOW, shard_counts=counts)) == rounds
    assert (LIMITS.shared_budget_rounds - 1) * LIMITS.budget_pause == timedelta(minutes=30)


async def test_a_wait_is_kept_with_its_end_and_given_up_in_the_last_round() -> None:
    world = make_world()
    assert (await steps.read_agreements(world.outside, REQUEST))["again_seconds"] == 300
    first = Waiting("at", SAID, NOW + timedelta(minutes=5), NOW + timedelta(minutes=30))
    assert world.waiting == {"at": first}
    world.now += timedelta(minutes=5)
    await steps.read_agreements(world.outside, REQUEST)
    assert world.waiting == {"at": replace(first, asks_at=NOW + timedelta(minutes=10))}
    world.now = NOW + timedelta(minutes=30)
    await steps.read_agreements(world.outside, {**REQUEST, "is_last": True})
    assert world.kept == (UnreadableAgreement("7031", SAID),)
    assert (world.waiting["at"].is_given_up, world.waiting["at"].until) == (True, first.until)


async def test_all_pieces_of_a_run_are_read_under_its_name() -> None:
    """What is rare on agreements, a PSA reads once for all pieces of a run."""
    world, told = make_world(), []

    class NamedPsa(ClosedPsa):
        @override
        async def read_agreements(self, agreement_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
            told.append((tuple(agreement_ids), run_id))
            return ()

    outside = world.outside
    outside.connections["at"] = NamedPsa(SAID, "autotask")
    await steps.read_agreements(outside, REQUEST)
    assert told == [(("7031",), NIGHT)]


async def test_a_night_that_begins_anew_waits_anew() -> None:
    world = make_world()
    await steps.read_agreements(world.outside, REQUEST)
    world.now += timedelta(hours=2)
    await steps.read_agreements(world.outside, REQUEST)
    assert world.waiting["at"].until == world.now + timedelta(minutes=30)


async def give_up(world: World) -> None:
    await steps.read_agreements(world.outside, {**REQUEST, "is_last": True})


async def test_an_extra_run_of_the_unread_customers_follows_once() -> None:
    world = make_world()
    world.asked[f"{NIGHT}-001"] = AskedRun(f"{NIGHT}-001", ("plumbing",), "Ada", NOW)
    await give_up(world)
    for _ in range(2):
        await follow_up(world.outside, world.runs[NIGHT])
    assert world.waiting["at"].follow_up == f"{NIGHT}-002"
    assert world.scopes == {f"{NIGHT}-002": frozenset({"atelier", "bakery"})}
    assert sorted(world.runs) == [NIGHT, f"{NIGHT}-002"]
    assert world.runs[f"{NIGHT}-002"].phase is RunPhase.READING, "the next tick starts it"


async def test_nothing_follows_a_night_that_read_everything_or_an_extra_run() -> None:
    world = make_world()
    await steps.read_agreements(world.outside, REQUEST)
    await follow_up(world.outside, world.runs[NIGHT])
    await give_up(world)
    await follow_up(world.outside, Run(f"{NIGHT}-001", RunPhase.PUSHING, NOW))
    assert (world.scopes, sorted(world.runs)) == ({}, [NIGHT])


async def test_a_day_without_a_free_id_ends_its_night_all_the_same() -> None:
    world = make_world()
    await give_up(world)
    for number in range(1, 1000):
        run_id = f"{NIGHT}-{number:03d}"
        world.runs[run_id] = Run(run_id, RunPhase.CLOSED, NOW)
    await follow_up(world.outside, world.runs[NIGHT])
    assert world.waiting["at"].follow_up == ""


@dataclass
class Context:
    """An orchestration's context that keeps what is asked for in order."""

    asked: list[tuple[str, Any]] = field(default_factory=list)

    def call_activity(self, name: str, *, input: Any, retry_policy: object) -> tuple[str, Any]:  # noqa: A002
        return name, input

    def create_timer(self, length: timedelta) -> tuple[str, Any]:
        return "timer", length

    def play(self, program: Any, answer: Callable[[str, Any], Any]) -> None:
        """To its end, with these answers."""
        try:
            task = next(program)
            while True:
                self.asked.append(task)
                task = program.send(answer(*task))
        except StopIteration:
            return


def test_a_night_of_two_psas_goes_on_after_half_an_hour() -> None:
    """The other PSA is read in the first round, and its customers are planned once the wait has its end."""
    shards: list[ShardRequest] = [REQUEST, {**REQUEST, "connection_id": "cw"}]
    opened: OpenedRun = {
        "run_id": NIGHT,
        "is_closed": False,
        "shards": shards,
        "window": 4,
        "rounds": LIMITS.shared_budget_rounds,
        "tenant_deadline_seconds": 60,
        "longest_poll_pause_seconds": 60,
    }

    def answer(name: str, value: Any) -> Any:
        if name != "read_agreements":
            return None
        waits = value["connection_id"] == "at" and not value.get("is_last", False)
        return {"found": 0, "again_seconds": 300 if waits else None}

    context = Context()
    context.play(read_psa(cast(Any, context), opened), answer)
    read = [value["connection_id"] for name, value in context.asked if name == "read_agreements"]
    assert read == ["at", "cw", *["at"] * 6]
    waited = [value for name, value in context.asked if name == "timer"]
    assert sum(waited, timedelta()) == timedelta(minutes=30)
    assert context.asked[-1][1]["is_last"] is True
