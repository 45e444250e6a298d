"""Looking for alerts: what a run and the clock see, what stays as it was, and that a mistake stops no night."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plans.alerts.alert import AlertKind
from plans.alerts.folding import Folded
from plans.approvals import HeldLine, OpenHold
from plans.basis import JustRead
from plans.changes import HoldRule
from plans.controls import Controls
from plans.limits import Limits
from plans.ports import CustomerOverview, Outside
from plans.results import StampedTenant, TenantResult
from plans.runs import Run, RunPhase, TenantState, is_night
from profiles.billing import Customer
from profiles.licences import Snapshot
from profiles.partners import ActiveGdap, PartnerOutcome, PartnerReading, PartnerTenant, TenantSource, UnreadPartner
from profiles.readings import Known, UnknownReason
from sync.noticing import notice_by_clock, notice_run
from sync.tenants import fetch_licences
from tests.alert_memory import MemoryAlerts
from tests.unit.plans.alerts.test_kinds import MAPPED, make_licence, make_subscription
from tests.unit.plans.alerts.test_kinds import reading as read_facts
from tests.unit.plans.alerts.values import NOW, TENANT

HARBOUR = Customer("harbour", "Harbour Dental", TENANT, "cw", "42", partner_account_id="main")
SHOWN = tuple(read_facts(MAPPED, licences=[make_licence(9)])())
PLANNED = TenantResult(TENANT, ("harbour",), TenantState.PLANNED, partner_account_id="main", alerts=SHOWN)
UNREAD = replace(PLANNED, state=TenantState.UNKNOWN, alerts=(), sentence="No.", reason=UnknownReason.ACCESS_DENIED)
LISTED = PartnerTenant(
    TENANT, "Harbour", None, ActiveGdap(NOW + timedelta(days=400), (), False), (TenantSource.PARTNER_CENTER,)
)
OTHER = replace(LISTED, tenant_id="another")
READ = PartnerReading("main", NOW, (LISTED, OTHER), ())
HOLD = OpenHold(
    "harbour", "Harbour Dental", "cw", "401", NOW, "2026-11-23",
    HeldLine("m-1", "Business Premium", "h", "p", HoldRule.LARGE_DROP, "12 → 2.", 12, 2),
)  # fmt: skip
NIGHT = Run("2026-11-23", RunPhase.PUSHING, NOW)
FULL = Snapshot(TENANT, NOW, (make_licence(),), (make_subscription(),), ())


@dataclass
class World:
    """Everything that a look asks, and the clock."""

    customers: tuple[Customer, ...] = (HARBOUR,)
    holds: tuple[OpenHold, ...] = ()
    runs: tuple[Run, ...] = ()
    partner: PartnerOutcome = READ
    row: TenantResult | None = None
    snapshots: list[Snapshot] = field(default_factory=list)
    alerts: MemoryAlerts = field(default_factory=MemoryAlerts)
    time: Any = NOW

    def outside(self) -> Outside:
        parts: dict[str, Any] = dict.fromkeys(("books", "open_items", "profiles", "runs", "archive", "licences"), self)
        touched = parts | {
            "alerts": self.alerts, "now": lambda: self.time, "zone": ZoneInfo("UTC"), "partners": {"main": None},
            "limits": Limits(),
        }  # fmt: skip
        return Outside(**{each.name: None for each in fields(Outside)} | touched | {"just_read": JustRead()})

    async def list_customers(self) -> tuple[Customer, ...]:
        return self.customers

    async def list_holds(self) -> tuple[OpenHold, ...]:
        return self.holds

    async def read_overview(self, customer_id: str) -> CustomerOverview | None:
        known = {each.id: CustomerOverview(each, (MAPPED,), {}) for each in self.customers}
        return known.get(customer_id)

    async def list_proposals(self) -> tuple[()]:
        return ()

    async def read_controls(self) -> Controls:
        return Controls()

    async def list_nights(self, limit: int) -> tuple[Run, ...]:
        return tuple(run for run in self.runs if is_night(run.id))[:limit]

    async def list_pushes(self, _: str) -> tuple[()]:
        return ()

    async def read_newest_partner(self, _: str) -> PartnerReading | None:
        return self.partner if isinstance(self.partner, PartnerReading) else None

    async def read_partner(self, *_: str) -> PartnerOutcome:
        return self.partner

    async def read_snapshot(self, *_: str) -> None:
        return None

    async def save_snapshot(self, _: str, snapshot: Snapshot, answers: object) -> bool:
        self.snapshots.append(snapshot)
        return True

    async def read_tenant(self, *_: Any) -> Any:
        return Known(FULL)

    async def read_stamped(self, *_: str) -> Any:
        return None if self.row is None else StampedTenant(self.row, "stamp")

    def kinds(self) -> set[AlertKind]:
        return {kept.alert.kind for kept in self.alerts.standing.values()}


@pytest.fixture
def world() -> World:
    return World()


async def test_a_night_finds_what_its_readings_and_the_lists_show(world: World) -> None:
    world.holds = (HOLD,)
    await notice_run(world.outside(), NIGHT, [PLANNED])
    assert world.kinds() == {AlertKind.HELD, AlertKind.UNUSED_SEATS, AlertKind.TENANT_NOT_ADDED}
    of_lines = [kept.alert for kept in world.alerts.standing.values() if kept.alert.kind is AlertKind.HELD]
    assert [alert.sku_id for alert in of_lines] == [MAPPED.sku_id], "a mute of the licence covers it"


async def test_a_customer_that_was_not_read_keeps_what_its_last_reading_showed(world: World) -> None:
    await notice_run(world.outside(), NIGHT, [PLANNED])
    world.time += timedelta(days=1)
    await notice_run(world.outside(), replace(NIGHT, id="2026-11-24"), [UNREAD])
    assert {AlertKind.UNUSED_SEATS, AlertKind.INVALID_AUTHORISATION} <= world.kinds()
    world.time += timedelta(days=1)
    await notice_run(
        world.outside(), replace(NIGHT, id="2026-11-25", started_at=world.time), [replace(PLANNED, alerts=())]
    )
    assert world.kinds() == {AlertKind.TENANT_NOT_ADDED}


@pytest.mark.parametrize("is_unread", [True, False])
async def test_what_a_reading_could_not_say_stays_as_it_is(world: World, is_unread: bool) -> None:
    """The mailbox report of a customer that was read otherwise is missing tonight, or says that all is well."""
    shared = replace(SHOWN[0], kind=AlertKind.SHARED_MAILBOX)
    await notice_run(world.outside(), NIGHT, [replace(PLANNED, alerts=(*SHOWN, shared))])
    world.time += timedelta(days=1)
    unseen = frozenset({AlertKind.SHARED_MAILBOX}) if is_unread else frozenset()
    again = replace(PLANNED, alerts=(), unseen=unseen)
    await notice_run(world.outside(), replace(NIGHT, id="2026-11-24", started_at=world.time), [again])
    assert world.kinds() - {AlertKind.TENANT_NOT_ADDED} == unseen


async def test_a_sync_of_others_leaves_a_customer_as_it_is(world: World) -> None:
    await notice_run(world.outside(), NIGHT, [PLANNED])
    await notice_run(world.outside(), replace(NIGHT, id="2026-11-23-001"), [])
    assert AlertKind.UNUSED_SEATS in world.kinds()


async def test_nothing_stands_of_a_customer_that_was_removed(world: World) -> None:
    await notice_run(world.outside(), NIGHT, [PLANNED])
    world.customers = (replace(HARBOUR, id="other"),)
    await notice_by_clock(world.outside())
    assert AlertKind.UNUSED_SEATS not in world.kinds()


async def test_nothing_stands_of_an_account_that_was_removed(world: World) -> None:
    world.partner = UnreadPartner("main", NOW, UnknownReason.SIGN_IN_REFUSED, "MFA.")
    await notice_run(world.outside(), NIGHT, [PLANNED])
    assert AlertKind.INVALID_AUTHORISATION in world.kinds()
    await notice_by_clock(replace(world.outside(), partners={}))
    assert world.kinds() == {AlertKind.UNUSED_SEATS}


async def test_a_sync_of_the_customer_keeps_the_money_of_what_nobody_bills(world: World) -> None:
    unbilled = replace(SHOWN[0], kind=AlertKind.NO_PROFILE, monthly=None, seats=3)
    row = replace(PLANNED, alerts=(unbilled,))
    other = replace(PLANNED, tenant_id="t2", customer_ids=(), alerts=(), seat_prices=((SHOWN[0].sku_id, Decimal(22)),))
    await notice_run(world.outside(), NIGHT, [row, other])
    await notice_run(world.outside(), replace(NIGHT, id="2026-11-23-001"), [row])
    assert {kept.alert.monthly for kept in world.alerts.standing.values() if kept.alert.sku_id} == {Decimal(66)}


async def test_an_account_that_cannot_be_read_says_nothing_of_its_tenants(world: World) -> None:
    await notice_run(world.outside(), NIGHT, [PLANNED])
    world.partner = UnreadPartner("main", NOW, UnknownReason.SIGN_IN_REFUSED, "MFA.")
    world.time += timedelta(days=1)
    await notice_run(world.outside(), replace(NIGHT, id="2026-11-24"), [PLANNED])
    assert {AlertKind.TENANT_NOT_ADDED, AlertKind.INVALID_AUTHORISATION} <= world.kinds()


async def test_the_clock_sees_a_night_that_did_not_come_and_the_next_night_clears_it(world: World) -> None:
    world.runs = (replace(NIGHT, phase=RunPhase.CLOSED),)
    world.time += timedelta(hours=26, seconds=1)
    await notice_by_clock(world.outside())
    assert AlertKind.NIGHT_MISSED in world.kinds()
    await notice_run(world.outside(), Run("2026-11-24", RunPhase.PUSHING, world.time), [PLANNED])
    assert AlertKind.NIGHT_MISSED not in world.kinds()


async def test_a_night_that_died_and_was_closed_as_it_is_is_no_night_that_ended(world: World) -> None:
    died = replace(NIGHT, id="2026-11-24", phase=RunPhase.CLOSED, started_at=NOW + timedelta(days=1), is_given_up=True)
    world.runs = (died, replace(NIGHT, phase=RunPhase.CLOSED))
    world.time += timedelta(hours=47)
    await notice_by_clock(world.outside())
    assert AlertKind.NIGHT_MISSED in world.kinds()


@pytest.mark.parametrize("began", [0, 31])
async def test_a_missed_night_stands_until_one_is_known_that_ended(world: World, began: int) -> None:
    """Fifty syncs, or nights that begin and never end, are no night that ended (R12)."""
    last = replace(NIGHT, phase=RunPhase.CLOSED)
    syncs = tuple(replace(NIGHT, id=f"2026-11-24-{number:03d}", phase=RunPhase.CLOSED) for number in range(60, 0, -1))
    nights = tuple(replace(NIGHT, id=f"2027-01-{number:02d}") for number in range(began, 0, -1))
    world.runs = (last,)
    world.time += timedelta(hours=27)
    await notice_by_clock(world.outside())
    first = set(world.alerts.standing)
    world.runs = (*nights, *syncs, last)
    await notice_by_clock(world.outside())
    await notice_run(world.outside(), syncs[0], [PLANNED])
    assert AlertKind.NIGHT_MISSED in world.kinds()
    assert first <= set(world.alerts.standing)
    assert world.alerts.cleared == []


async def test_access_that_was_refused_is_not_restored_by_a_night_that_could_not_even_ask(world: World) -> None:
    """Throttled tonight: the customer and the account stay as the night before found them (R4)."""
    world.partner = UnreadPartner("main", NOW, UnknownReason.SIGN_IN_REFUSED, "MFA.")
    await notice_run(world.outside(), NIGHT, [UNREAD])
    refused = {kept.id for kept in world.alerts.standing.values()}
    world.time += timedelta(days=1)
    world.partner = UnreadPartner("main", NOW, UnknownReason.THROTTLED, "Too many requests.")
    throttled = replace(UNREAD, reason=UnknownReason.THROTTLED)
    await notice_run(world.outside(), replace(NIGHT, id="2026-11-24", started_at=world.time), [throttled])
    assert refused <= set(world.alerts.standing)
    world.time += timedelta(days=1)
    world.partner = READ
    again = [replace(PLANNED, alerts=())]
    await notice_run(world.outside(), replace(NIGHT, id="2026-11-25", started_at=world.time), again)
    assert world.kinds() == {AlertKind.TENANT_NOT_ADDED}


async def test_an_account_that_is_only_throttled_is_not_refused_and_is_heard_of_on_the_second_night(
    world: World,
) -> None:
    world.partner = UnreadPartner("main", NOW, UnknownReason.THROTTLED, "Too many requests.")
    heard = []
    for day in (23, 24):
        await notice_run(
            world.outside(), replace(NIGHT, id=f"2026-11-{day}", started_at=world.time), [replace(PLANNED, alerts=())]
        )
        assert world.kinds() == {AlertKind.UNKNOWN_READING}
        heard += [kept.is_heard for kept in world.alerts.standing.values()]
        world.time += timedelta(days=1)
    assert heard == [False, True]
    world.partner = READ
    await notice_run(
        world.outside(), replace(NIGHT, id="2026-11-25", started_at=world.time), [replace(PLANNED, alerts=())]
    )
    assert AlertKind.UNKNOWN_READING not in world.kinds()


async def test_a_mistake_in_an_alert_stops_no_night(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.customers = (replace(HARBOUR, id="x" * 3),)
    world.alerts.save = break_down  # type: ignore[method-assign]
    await notice_run(world.outside(), NIGHT, [PLANNED])
    assert "The alerts of run 2026-11-23 could not be found" in caplog.text


async def break_down(folded: Folded) -> None:
    raise ValueError("our own mistake")


@pytest.mark.parametrize(
    ("is_gone", "partner", "holds_nothing"),
    [
        (True, PartnerReading("main", NOW, (OTHER,), ()), True),
        (False, PartnerReading("main", NOW, (OTHER,), ()), False),
        (True, PartnerReading("main", NOW, (LISTED, OTHER), ()), False),
        (True, PartnerReading("main", NOW, (), ()), False),
        (True, UnreadPartner("main", NOW, UnknownReason.UNREACHABLE, "No answer."), False),
    ],
)
async def test_a_tenant_holds_nothing_only_by_a_persons_word_and_this_runs_own_reading(
    world: World, is_gone: bool, partner: PartnerOutcome, holds_nothing: bool
) -> None:
    world.row = replace(PLANNED, state=TenantState.QUEUED, is_gone=is_gone)
    world.partner = partner
    assert await fetch_licences(world.outside(), {"run_id": "2026-11-23", "tenant_id": TENANT})
    (snapshot,) = world.snapshots
    assert (snapshot.licences == ()) is holds_nothing
