"""Errands at Microsoft: delivered twice, by workers that die, overtaken, given up. Asked for once, done once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import cast

import pytest

from plans.account_records import Errand, ErrandKind, ReadingStep, TellProgress, tell_nobody
from plans.consent import PreConsent
from plans.ports import PartnerReader
from profiles.partners import PartnerReading, UnreadPartner
from profiles.readings import Known, Reading, Unknown, UnknownReason
from sync import accounts
from sync.accounts import ASKED_RUN, AccountRoom, ErrandMessage, give_up_errand, run_errand
from tests.unit.web.accounts import make_reading, make_tenant, tenant_id
from tests.unit.web.consent_fakes import FakePartner, make_partner
from tests.unit.web.fakes import NOW, World

READ = Errand("ms-1", "Ada", NOW, NOW, id="one")
TENANTS = tuple(tenant_id(number) for number in range(12))
LET_IN = replace(READ, kind=ErrandKind.LET_IN, tenant_ids=TENANTS)


class Died(Exception):
    """The process ends here."""


@dataclass
class Desk:
    """A world with one errand; `dies_at` counts the calls to the outside until the process dies, once."""

    world: World = field(default_factory=World)
    asked: list[str] = field(default_factory=list)
    refused: frozenset[str] = frozenset()
    dies_at: int | None = None
    calls: int = 0

    def touch(self) -> None:
        self.calls += 1
        if self.calls == self.dies_at:
            raise Died

    def ask_for(self, errand: Errand) -> ErrandMessage:
        self.world.account_records.put(errand)
        return {"account_id": errand.account_id, "kind": errand.kind.value, "errand_id": errand.id}

    async def open(self) -> AccountRoom:
        self.world.now += timedelta(seconds=1)
        return AccountRoom(await self.world.outside(), self.world.account_records, self.preconsent)

    async def preconsent(self, account_id: str, tenant: str) -> PreConsent:
        self.touch()
        self.asked.append(tenant)
        return PreConsent(tenant, tenant not in self.refused, "Ask for the role." if tenant in self.refused else "")

    def find(self, kind: ErrandKind = ErrandKind.READ) -> Errand:
        return self.world.account_records.errands["ms-1", kind]


def make_desk(reader: object | None = None) -> Desk:
    desk = Desk()
    found = make_reading(*(make_tenant(number) for number in range(27)))
    desk.world.partners = {"ms-1": cast(PartnerReader, reader or make_partner(found))}
    return desk


async def test_a_reading_is_kept_and_told_step_by_step() -> None:
    desk = make_desk()
    await run_errand(await desk.open(), desk.ask_for(READ))
    assert [each.step for each in desk.world.account_records.told] == [
        ReadingStep.SIGN_IN, ReadingStep.SIGN_IN, ReadingStep.RELATIONSHIPS, ReadingStep.RELATIONSHIPS,
    ]  # fmt: skip
    ended = desk.find()
    assert (ended.tenant_count, ended.sentence, ended.ended_at) == (27, "", desk.world.now)
    assert isinstance(desk.world.archive.outcomes[ASKED_RUN, "ms-1"], PartnerReading)


async def test_what_microsoft_refuses_is_the_end_with_its_sentence() -> None:
    desk = make_desk(FakePartner(Known(make_reading())))
    desk.world.partners = {"ms-1": cast(PartnerReader, RefusedPartner())}
    await run_errand(await desk.open(), desk.ask_for(READ))
    assert desk.find().sentence == "Grant consent again." and desk.find().ended_at is not None
    assert isinstance(desk.world.archive.outcomes[ASKED_RUN, "ms-1"], UnreadPartner)
    desk.world.partners = {}
    await run_errand(await desk.open(), desk.ask_for(READ))
    assert desk.find().sentence == accounts.NO_ACCOUNT


class RefusedPartner:
    """A partner account that Microsoft lets nobody sign in to."""

    async def read_partner(self, tell: TellProgress = tell_nobody) -> Reading[PartnerReading]:
        return Unknown(UnknownReason.SIGN_IN_REFUSED, "Grant consent again.")


@dataclass
class Slow:
    """A partner account whose reading waits for a test."""

    reading: PartnerReading
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def read_partner(self, tell: TellProgress = tell_nobody) -> Reading[PartnerReading]:
        await tell(ReadingStep.RELATIONSHIPS, 300)
        await self.go_on.wait()
        await tell(ReadingStep.CUSTOMERS, 1)
        return Known(self.reading)


async def test_whoever_has_the_message_later_goes_on_and_the_first_one_stops() -> None:
    """The lease of the message ended: its worker was thought dead, and is not."""
    slow = Slow(make_reading(make_tenant(1)))
    desk = make_desk(slow)
    message = desk.ask_for(READ)
    first = asyncio.create_task(run_errand(await desk.open(), message))
    for _ in range(5):
        await asyncio.sleep(0)
    second = asyncio.create_task(run_errand(await desk.open(), message))
    for _ in range(5):
        await asyncio.sleep(0)
    slow.go_on.set()
    await asyncio.gather(first, second)
    assert sum(each.ended_at is not None for each in desk.world.account_records.told) == 1
    assert desk.find().tenant_count == 1


async def test_a_message_that_comes_again_after_the_end_or_after_a_newer_asking_does_nothing() -> None:
    desk = make_desk()
    message = desk.ask_for(READ)
    await run_errand(await desk.open(), message)
    told = len(desk.world.account_records.told)
    await run_errand(await desk.open(), message)
    desk.ask_for(replace(READ, id="two"))
    await run_errand(await desk.open(), message)
    await give_up_errand(await desk.open(), message)
    await run_errand(await desk.open(), {**message, "account_id": "another"})
    assert len(desk.world.account_records.told) == told and desk.find().ended_at is None


async def test_an_account_that_is_removed_meanwhile_gets_no_row_back() -> None:
    slow = Slow(make_reading(make_tenant(1)))
    desk = make_desk(slow)
    working = asyncio.create_task(run_errand(await desk.open(), desk.ask_for(READ)))
    for _ in range(5):
        await asyncio.sleep(0)
    await desk.world.account_records.forget_account("ms-1")
    slow.go_on.set()
    await working
    assert desk.world.account_records.errands == {}


async def test_what_takes_too_long_ends_or_goes_on_with_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "LONGEST_ERRAND", timedelta(seconds=0.01))
    desk = make_desk(Slow(make_reading()))
    await run_errand(await desk.open(), desk.ask_for(READ))
    assert desk.find().sentence == accounts.SLOW and desk.find().ended_at is not None


async def test_a_message_that_failed_again_and_again_is_told() -> None:
    desk = make_desk(FakePartner(ConnectionError("gone")))
    message = desk.ask_for(READ)
    with pytest.raises(ConnectionError):
        await run_errand(await desk.open(), message)
    assert desk.find().ended_at is None, "the message comes again"
    await give_up_errand(await desk.open(), message)
    assert desk.find().sentence == accounts.FAILED and desk.find().ended_at is not None


async def deliver(desk: Desk, message: ErrandMessage, fail: Callable[[int], bool]) -> None:
    """Until it is done, as the host does: who dies gives the message back."""
    for attempt in range(100):
        try:
            await run_errand(await desk.open(), message)
        except Died:
            continue
        if not fail(attempt):
            return
    raise AssertionError("it never ended")


@pytest.mark.parametrize("dies_at", range(1, len(TENANTS) + 1))
async def test_letting_in_goes_on_where_its_worker_died(dies_at: int) -> None:
    """A result that was kept is not asked for again; at most the five that were under way are."""
    desk = make_desk()
    desk.refused, desk.dies_at = frozenset(TENANTS[3:5]), dies_at
    await deliver(desk, desk.ask_for(LET_IN), lambda _: False)
    ended, kept = desk.find(ErrandKind.LET_IN), desk.world.account_records.preconsents["ms-1"]
    assert (ended.tenant_count, ended.sentence) == (10, "") and ended.ended_at is not None
    assert set(kept) == set(TENANTS) and {each for each in kept if not kept[each].is_granted} == desk.refused
    assert len(desk.asked) <= len(TENANTS) + accounts.TENANTS_AT_A_TIME
    assert all(each.asked_by == "Ada" for each in kept.values())


@pytest.mark.parametrize("seed", range(20))
async def test_letting_in_twice_at_once_keeps_one_result_a_tenant(seed: int) -> None:
    desk, random = make_desk(), Random(seed)
    message = desk.ask_for(LET_IN)

    async def wander(account_id: str, tenant: str) -> PreConsent:
        for _ in range(random.randrange(4)):
            await asyncio.sleep(0)
        return await desk.preconsent(account_id, tenant)

    rooms = [replace(await desk.open(), preconsent=wander) for _ in range(3)]
    await asyncio.gather(*(run_errand(room, message) for room in rooms))
    ended = desk.find(ErrandKind.LET_IN)
    assert ended.ended_at is not None and ended.tenant_count == len(TENANTS)
    assert sum(each.ended_at is not None for each in desk.world.account_records.told) == 1
    assert set(desk.world.account_records.preconsents["ms-1"]) == set(TENANTS)
