"""The partner accounts in a night: read once, kept, never in its way, and named where a tenant is closed (R11)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from microsoft.adapter import LicencesByAccount
from plans.account_records import TellProgress, tell_nobody
from plans.limits import Limits
from plans.ports import Outside
from plans.raw_answers import KeepRaw, RawAnswer, forget_raw
from plans.results import TenantResult
from plans.runs import TenantState
from profiles.billing import Customer
from profiles.licences import Snapshot
from profiles.partners import (
    ActiveGdap,
    GdapRelationship,
    PartnerCustomer,
    PartnerReading,
    UnreadPartner,
    explain_refusal,
    make_reading,
)
from profiles.readings import Known, Reading, Unknown, UnknownReason
from sync import partners, tenants
from tests.simulation.faults import Faults, Process
from tests.simulation.store import Disk, Store
from tests.unit.microsoft.graph import TENANT
from tests.unit.microsoft.msp import OTHER_ROLE, READER_ROLE, START
from tests.unit.sync.desk import Bench

RUN = "2026-11-22"
DENIED = Unknown(UnknownReason.ACCESS_DENIED, "Microsoft refused.")
CONTOSO = PartnerCustomer(TENANT, "Contoso", None)


def relate(ends_at: datetime, role: str = READER_ROLE) -> GdapRelationship:
    return GdapRelationship("r", "MSP access", TENANT, "Contoso", ends_at, (role,), False)


@dataclass
class FakeMicrosoft:
    """Both ports, answering what a test put there."""

    partner: Reading[PartnerReading] = DENIED
    tenant: Reading[Snapshot] = DENIED
    accounts: list[str | None] = field(default_factory=list)
    partner_readings: int = 0
    seconds: float = 0.0

    async def read_partner(self, tell: TellProgress = tell_nobody) -> Reading[PartnerReading]:
        self.partner_readings += 1
        await asyncio.sleep(self.seconds)
        return self.partner

    async def read_tenant(
        self, tenant_id: str, account_id: str | None = None, keep: KeepRaw = forget_raw
    ) -> Reading[Snapshot]:
        self.accounts.append(account_id)
        keep(RawAnswer("POST /v1.0/$batch", 403, "raw"))
        await asyncio.sleep(self.seconds)
        return self.tenant


class Remembering(Store):
    """The simulation's store, with the newest partner reading."""

    async def read_newest_partner(self, account_id: str) -> PartnerReading | None:
        found = [value for name, value in self.disk.blobs.items() if name.startswith("partner/")]
        return next((value for value in reversed(found) if isinstance(value, PartnerReading)), None)


class Night:
    """One run with one customer."""

    def __init__(self, microsoft: FakeMicrosoft, account_id: str | None = None) -> None:
        self.microsoft = microsoft
        self.disk = Disk()
        self.disk.customers["contoso"] = Customer("contoso", "Contoso", TENANT, "connectwise", "1", account_id)
        store = Remembering(self.disk, Faults(random=Random(0)), Process("worker"), lambda: START)
        bench = Bench().outside
        self.outside: Outside = replace(
            bench, now=lambda: START, books=store, runs=store, archive=store,
            licences=microsoft, partners={"main": microsoft},
        )  # fmt: skip

    def play(self, run_id: str = RUN) -> TenantResult:
        async def steps_of_a_night() -> None:
            await partners.read_partners(self.outside, run_id)
            for request in await tenants.queue_tenants(self.outside, run_id):
                await tenants.fetch_licences(self.outside, request)

        asyncio.run(steps_of_a_night())
        return self.disk.tenants[run_id, TENANT]


def read(*relationships: GdapRelationship) -> Known[PartnerReading]:
    return Known(make_reading("main", START, relationships, (CONTOSO,)))


def test_what_is_not_read_in_time_is_unknown_and_never_empty() -> None:
    microsoft = FakeMicrosoft(read(), Known(Snapshot(TENANT, START, (), (), ())), seconds=3600)
    night = Night(microsoft)
    night.outside = replace(night.outside, limits=Limits(longest_reading=timedelta(milliseconds=60)))
    row = night.play()
    said = "Microsoft took longer than 0.001 minutes."
    assert (row.state, row.reason) == (TenantState.UNKNOWN, UnknownReason.NOT_READ_IN_TIME)
    assert row.sentence == f"{said} The next run reads the tenant again."
    kept = asyncio.run(night.outside.archive.read_partner(RUN, "main"))
    assert kept == UnreadPartner(
        "main", START, UnknownReason.NOT_READ_IN_TIME, f"{said} The next run reads the account again."
    )
    assert asyncio.run(night.outside.archive.read_snapshot(RUN, TENANT)) is None
    assert night.disk.blobs[f"raw/{RUN}/{TENANT}"], "what Microsoft said until then is kept"


def test_an_account_is_read_once_a_run_and_added_up() -> None:
    microsoft = FakeMicrosoft(read(relate(datetime(2026, 12, 1, tzinfo=UTC))))
    night = Night(microsoft)
    for _ in range(2):
        counts = asyncio.run(partners.read_partners(night.outside, RUN))
        assert counts == {"accounts": 1, "unread": 0, "tenants": 1, "lapsed": 0, "expiring": 1}
    assert microsoft.partner_readings == 1


def test_an_account_that_cannot_be_read_is_kept_as_such_and_tried_again() -> None:
    microsoft = FakeMicrosoft()
    night = Night(microsoft)
    assert asyncio.run(partners.read_partners(night.outside, RUN))["unread"] == 1
    assert night.disk.blobs[f"partner/{RUN}/main"] == UnreadPartner("main", START, DENIED.reason, DENIED.detail)
    microsoft.partner = read()
    assert asyncio.run(partners.read_partners(night.outside, RUN))["accounts"] == 1


def test_the_night_goes_on_without_the_partner_reading() -> None:
    row = Night(FakeMicrosoft()).play()
    assert (row.state, row.sentence) == (TenantState.UNKNOWN, "Microsoft refused.")


def test_access_that_lapsed_since_last_night_is_named() -> None:
    microsoft = FakeMicrosoft(read(relate(datetime(2027, 12, 1, tzinfo=UTC))))
    night = Night(microsoft)
    night.play("2026-11-21")
    microsoft.partner = read()
    assert night.play().sentence == (
        "The GDAP relationship with Contoso ended on 22 Nov 2026. Ask for a new one. Microsoft refused."
    )


def test_what_microsoft_answered_is_kept_where_the_reading_failed() -> None:
    night = Night(FakeMicrosoft())
    night.play()
    assert night.disk.blobs[f"raw/{RUN}/{TENANT}"] == (RawAnswer("POST /v1.0/$batch", 403, "raw"),)


@pytest.mark.parametrize("account_id", [None, "second"])
def test_a_tenant_is_read_through_the_account_of_its_customer(account_id: str | None) -> None:
    microsoft = FakeMicrosoft()
    Night(microsoft, account_id).play()
    assert microsoft.accounts == [account_id]


@pytest.mark.parametrize(("wanted", "chosen"), [(None, "first"), ("first", "first"), ("second", "second")])
def test_the_named_account_reads_and_the_first_one_where_none_is_named(wanted: str | None, chosen: str) -> None:
    readers = {"first": FakeMicrosoft(), "second": FakeMicrosoft()}
    asyncio.run(LicencesByAccount(readers).read_tenant(TENANT, wanted))
    assert [name for name, reader in readers.items() if reader.accounts] == [chosen]


@pytest.mark.parametrize("readers", [{}, {"first": FakeMicrosoft()}])
def test_an_account_that_is_not_there_is_said(readers: dict[str, FakeMicrosoft]) -> None:
    reading = asyncio.run(LicencesByAccount(readers).read_tenant(TENANT, "gone"))
    assert isinstance(reading, Unknown)
    assert "Connect" in reading.detail


LATER = datetime(2027, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reading", "start"),
    [
        (read().value, "There is no GDAP relationship with Contoso."),
        (read(relate(LATER, OTHER_ROLE)).value, "The GDAP relationship with Contoso grants neither"),
        (read(relate(START)).value, "The GDAP relationship with Contoso ended on 22 Nov 2026."),
        (make_reading("main", START, (), ()), "The partner account lists no such tenant"),
        (read(relate(LATER)).value, "Microsoft refused."),
        (make_reading("main", START, None, ()), "Microsoft refused."),
        (UnreadPartner("main", START, DENIED.reason, "x"), "Microsoft refused."),
        (None, "Microsoft refused."),
    ],
)
def test_a_refusal_is_explained_by_what_is_known_of_our_access(
    reading: PartnerReading | UnreadPartner | None, start: str
) -> None:
    assert explain_refusal(DENIED, reading, TENANT.upper()).startswith(start)


def test_what_is_no_refusal_is_not_explained_by_it() -> None:
    unknown = Unknown(UnknownReason.THROTTLED, "Too often.")
    assert explain_refusal(unknown, read().value, TENANT) == "Too often."


def test_the_roles_that_may_read_are_known_by_their_templates() -> None:
    assert ActiveGdap(LATER, ("f2ef992c-3afb-46b9-b7cf-a126ee74c451",), False).may_read_licences
    assert not ActiveGdap(LATER, (OTHER_ROLE,), False).may_read_licences
