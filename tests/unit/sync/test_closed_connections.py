"""A PSA connection that refuses us or was removed: the night goes on, and says plainly for whom it is wrong and why."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from app.closed import ClosedPsa
from plans.agreements import AgreementReading, UnreadableAgreement
from plans.basis import Night
from plans.connecting import find_psa
from plans.controls import Controls
from plans.errors import Misconfigured, Retry
from plans.limits import Limits
from plans.ports import Desk, Outside, Psa
from plans.runs import CustomerState, Run, RunPhase
from profiles.billing import Customer
from profiles.licences import Snapshot
from profiles.readings import Known, Unknown, UnknownReason
from sync import steps
from sync.planning import plan_customer
from sync.readings import judge_reading, read_agreements_of
from tests.unit.plans.makers import AGREEMENT, CONNECTION, journal_of, make_mapping

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
KNOWN = Snapshot("5c2f6c0e-9a41-4c8e-8f57-2f1d6a7b3c11", NOW, (), (), ())
SENTENCE = "The PSA connection ConnectWise cannot be used. There is no secret psa-cw-private-key."


@dataclass
class Shelf:
    """The archive, as far as reading agreements needs it."""

    kept: dict[int, tuple[AgreementReading, ...]] = field(default_factory=dict)
    asked: dict[int, frozenset[str]] = field(default_factory=dict)

    async def read_agreements(
        self, _: str, __: str, shard: int, wanted: object = None
    ) -> tuple[AgreementReading, ...] | None:
        return self.kept.get(shard)

    async def list_asked(self, _: str, __: str, shard: int) -> frozenset[str] | None:
        return self.asked.get(shard)

    async def save_agreements(
        self, _: str, __: str, shard: int, found: Sequence[AgreementReading], asked: Sequence[str]
    ) -> None:
        self.kept[shard], self.asked[shard] = tuple(found), frozenset(asked)


class EmptyPsa(ClosedPsa):
    """A PSA that has none of what it is asked for."""

    async def read_agreements(self, agreement_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
        return ()


class SlowPsa(ClosedPsa):
    """A PSA that answers when nobody waits any more."""

    async def read_agreements(self, agreement_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
        await asyncio.sleep(3600)
        return ()


class SilentPsa(ClosedPsa):
    """A PSA that does not answer."""

    async def read_agreements(self, agreement_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
        raise Retry("no answer")


def make_outside(shelf: Shelf, **connections: Psa) -> Outside:
    nothing = cast(Any, None)
    return Outside(
        now=lambda: NOW,
        zone=ZoneInfo("UTC"),
        night_start_hour=2,
        limits=Limits(),
        licences=nothing,
        connections=connections,
        books=nothing,
        profiles=nothing,
        runs=nothing,
        archive=cast(Any, shelf),
        open_items=nothing,
        forecasts=nothing,
        alerts=nothing,
    )


async def read(outside: Outside) -> int:
    ended = await steps.read_agreements(
        outside, {"run_id": "2026-11-22", "connection_id": "cw", "shard": 0, "agreement_ids": ["71", "72"]}
    )
    assert ended["again_seconds"] is None
    return ended["found"]


async def test_the_run_keeps_why_a_connection_cannot_be_used() -> None:
    shelf = Shelf()
    assert await read(make_outside(shelf, cw=ClosedPsa(SENTENCE, "connectwise"))) == 2
    assert shelf.kept[0] == (UnreadableAgreement("71", SENTENCE), UnreadableAgreement("72", SENTENCE))
    found = judge_reading({each.id: each for each in shelf.kept[0]}, "71", "cw")
    assert isinstance(found, Unknown)
    assert found.detail == SENTENCE


async def test_a_connection_that_was_removed_is_named() -> None:
    shelf = Shelf()
    await read(make_outside(shelf))
    (first, _) = shelf.kept[0]
    assert isinstance(first, UnreadableAgreement)
    assert "There is no PSA connection cw any more. Connect it again" in first.sentence


async def test_one_that_does_not_answer_is_asked_again() -> None:
    shelf = Shelf()
    with pytest.raises(Retry):
        await read(make_outside(shelf, cw=SilentPsa("", "connectwise")))
    assert shelf.kept == {}


async def test_one_that_is_too_slow_is_asked_again_and_is_never_empty() -> None:
    shelf = Shelf()
    outside = make_outside(shelf, cw=SlowPsa("", "connectwise"))
    with pytest.raises(Retry, match=r"Reading 2 agreements of PSA connection cw took longer than 0\.0001 minutes"):
        await read(replace(outside, limits=replace(outside.limits, longest_reading=timedelta(milliseconds=6))))
    assert shelf.kept == {}


async def test_only_what_was_asked_for_can_be_missing() -> None:
    shelf = Shelf()
    outside = make_outside(shelf, cw=EmptyPsa("", "connectwise"))
    await read(outside)
    run = Run("2026-11-22", RunPhase.READING, NOW)
    found = await read_agreements_of(outside, run, "cw", ["71", "73"])
    assert found["71"] == Known(None)
    assert found["73"] == Unknown(
        UnknownReason.NOT_READ_IN_TIME,
        "Agreement 73 was mapped after this run had read the PSA. The next run reads it.",
    )
    shelf.asked.clear()
    assert (await read_agreements_of(outside, run, "cw", ["73"]))["73"] == Known(None)


async def test_a_customer_of_a_connection_that_was_removed_fails_alone_with_the_reason() -> None:
    mapping = make_mapping()
    customer = Customer(
        "contoso", "Contoso", "5c2f6c0e-9a41-4c8e-8f57-2f1d6a7b3c11", CONNECTION, "42", is_observed=True
    )
    desk = Desk(customer, (mapping,), {mapping.id: journal_of()})
    run = Run("2026-11-22", RunPhase.READING, NOW)
    night = Night(run.day, Controls(), {}, frozenset())
    (result,), _ = await plan_customer(make_outside(Shelf()), run, night, desk, KNOWN)
    assert (result.agreement_id, result.state, result.plan_hash) == (AGREEMENT, CustomerState.FAILED, "")
    assert f"There is no PSA connection {CONNECTION} any more" in result.sentences[0]


async def test_a_push_on_a_connection_that_was_removed_is_refused_with_a_sentence() -> None:
    with pytest.raises(Misconfigured, match="any more"):
        find_psa(make_outside(Shelf()), "cw")
