"""Wishes to take a write back that no run can carry out any more are forgotten; one line's failure stops no other."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from plans.agreements import AgreementReading
from plans.basis import Night
from plans.beside import OtherAgreement
from plans.controls import Controls
from plans.journal import HistoryEntry
from plans.limits import Limits
from plans.plan import AgreementPlan, hash_plan
from plans.planning import plan_agreement
from plans.ports import Desk, Outside
from plans.results import AgreementResult
from plans.runs import CustomerState, Run, RunPhase
from profiles.billing import Customer
from profiles.licences import Licence, Snapshot, Subscription, SubscriptionStatus
from psa.connectwise.lines import translate_line
from sync import planning, wishes
from sync.planning import plan_customer
from tests.unit.plans.agreements import HOME, Psa
from tests.unit.plans.nights import SPB, World, april, in_arrears

NOW = datetime(2026, 4, 12, 2, 0, tzinfo=UTC)
CONTOSO = Customer("contoso", "Contoso", "tenant-1", "connectwise", "42")


@dataclass
class Shelf:
    """The archive: the agreements of the run and the plans that it keeps."""

    agreements: tuple[AgreementReading, ...]
    plans: list[AgreementPlan] = field(default_factory=list)

    async def read_agreements(self, *_: object) -> tuple[AgreementReading, ...]:
        return self.agreements

    async def find_snapshot_before(self, *_: object) -> None: ...

    async def read_prices(self, *_: object) -> None: ...

    async def save_prices(self, *_: object) -> None: ...

    async def save_plan(self, plan: AgreementPlan) -> str:
        self.plans.append(plan)
        return hash_plan(plan)


@dataclass
class WishBooks:
    """The wishes that ended, and what was told of them."""

    ended: list[tuple[str, int, str]] = field(default_factory=list)

    async def save_counts(self, *_: object) -> None: ...

    async def end_undo(self, _: str, mapping_id: str, sequence: int, history: HistoryEntry | None) -> None:
        self.ended.append((mapping_id, sequence, "" if history is None else history.sentence))


@dataclass
class ConnectWise:
    """Its translation."""

    async def read_prices(self) -> dict[str, Decimal]:
        return {}

    async def read_payer(self, *_: str) -> None: ...

    async def search_products(self, *_: object) -> tuple[OtherAgreement, ...]:
        return ()

    def __getattr__(self, name: str) -> Any:
        assert name == "translate"
        return translate_line


def make_snapshot(**seats: int) -> Snapshot:
    """So many seats of each licence."""
    licences = tuple(Licence(f"sku-{name}", name, 0, count, 0, 0, 0) for name, count in seats.items())
    bought = tuple(
        Subscription(f"sub-{name}", f"sku-{name}", name, SubscriptionStatus.ENABLED, count, False, None, None)
        for name, count in seats.items()
    )
    return Snapshot("tenant-1", NOW, licences, bought, ())


async def run_night(
    world: World, day: date, open_items: Any = None, snapshot: Snapshot | None = None, **seats: int
) -> tuple[list[AgreementResult], WishBooks]:
    """One customer planned as a run plans it, from a snapshot or from so many seats of each licence."""
    nothing, books = cast(Any, None), WishBooks()
    shelf = Shelf(tuple(psa.agreement for psa in world.psas.values()))
    outside = Outside(
        now=lambda: NOW,
        zone=ZoneInfo("UTC"),
        night_start_hour=2,
        limits=Limits(),
        licences=nothing,
        connections={"connectwise": cast(Any, ConnectWise())},
        books=cast(Any, books),
        profiles=nothing,
        runs=nothing,
        archive=cast(Any, shelf),
        open_items=open_items,
        forecasts=nothing,
        alerts=nothing,
    )
    desk = Desk(CONTOSO, tuple(world.mappings.values()), dict(world.journals), (), dict(world.undos))
    night = Night(day, Controls(), world.profiles, world.surround(day).line_names)
    run = Run(day.isoformat(), RunPhase.READING, NOW, shard_counts=(("connectwise", 1),))
    results, _ = await plan_customer(outside, run, night, desk, snapshot or make_snapshot(**seats))
    return results, books


def risen() -> World:
    """10 seats, 2 more from 10 April; a person wants the 2 back."""
    world = in_arrears()
    world.night(april(10), 12)
    world.undos[SPB] = 1
    return world


async def test_a_wish_that_is_carried_out_stays_until_it_is() -> None:
    """The run plans `1202: 2→0`; if it dies before the write, the next one does it."""
    (result,), books = await run_night(risen(), april(12), spb=12)
    assert [(line.seats, line.is_approved) for line in result.writing] == [(-2, True)]
    assert books.ended == []


async def test_a_wish_is_forgotten_when_somebody_edited_the_addition() -> None:
    """The delta is 3 by hand: the line is parked, and putting it back does not wake the wish up weeks later."""
    world = risen()
    world.psas[HOME].edit(1, quantity=Decimal(3))
    (result,), books = await run_night(world, april(12), spb=12)
    assert result.state is CustomerState.PARKED
    assert books.ended == [(SPB, 1, "Write 2 of spb stays: the line is not as that write left it any more")]


async def test_a_wish_that_came_too_late_is_forgotten() -> None:
    """April was invoiced with the 2 seats before the run came. Were that invoice deleted in June, nothing is undone."""
    world = risen()
    world.psas[HOME].invoice()
    _, books = await run_night(world, april(30), spb=12)
    assert [(mapping_id, sequence) for mapping_id, sequence, _ in books.ended] == [(SPB, 1)]


async def test_a_wish_that_another_write_answered_is_forgotten_without_a_word() -> None:
    """What was written since tells its own story."""
    world = risen()
    world.undos[SPB] = 0
    _, books = await run_night(world, april(12), spb=12)
    assert books.ended == [(SPB, 0, "")]


async def test_a_wish_waits_while_nobody_can_tell() -> None:
    """The agreement could not be read tonight: nothing is known of the line, and nothing is forgotten."""
    world = risen()
    del world.psas[HOME]
    world.psas["99"] = Psa(id="99")
    desk = Desk(CONTOSO, tuple(world.mappings.values()), dict(world.journals), (), dict(world.undos))
    books = WishBooks()
    unread = [wishes.NotPlanned(HOME, "not read")]
    outside = cast(Any, type("Outside", (), {"books": books}))
    await wishes.end_wishes(outside, Run("2026-04-12", RunPhase.READING, NOW), desk, unread)
    assert books.ended == []


async def test_an_agreement_whose_planning_fails_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Planning agreement 12 raises: it fails with a sentence, and agreement 13 is planned in the same run (R11)."""
    world = in_arrears()
    world.psas["13"] = Psa(id="13")
    world.map("other", "13", product_id="502")

    def fail(customer_id: str, agreement_id: str, *rest: Any, **options: Any) -> AgreementPlan:
        if agreement_id == HOME:
            raise KeyError("1201")
        return plan_agreement(customer_id, agreement_id, *rest, **options)

    monkeypatch.setattr(planning, "plan_agreement", fail)
    world.undos[SPB] = 0
    with caplog.at_level(logging.ERROR):
        results, books = await run_night(world, april(12), spb=10, other=4)
    assert [(each.agreement_id, each.state) for each in results] == [
        (HOME, CustomerState.FAILED),
        ("13", CustomerState.CHANGED),
    ]
    assert results[0].sentences[0].startswith("Agreement 12 could not be planned (KeyError): that is a mistake")
    assert books.ended == []
    assert "Planning agreement 12 of customer contoso failed" in caplog.text and "Traceback" in caplog.text
