"""Worlds with Microsoft accounts in every state, and how a person goes through a consent."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import cast
from urllib.parse import parse_qs, urlsplit

import httpx

from plans.connecting import DirectTenant, PartnerAccount
from plans.ports import PartnerReader
from profiles.partners import (
    DIRECTORY_READERS,
    ActiveGdap,
    LapsedGdap,
    NoGdap,
    PartnerModel,
    PartnerReading,
    PartnerTenant,
    TenantSource,
)
from sync.accounts import AccountRoom, run_errand
from tests.unit.web.consent_fakes import PARTNER, make_partner
from tests.unit.web.fakes import NOW, World, sign_in_headers

OURS = {"Sec-Fetch-Site": "same-origin"}
BASE = "/settings/connections/microsoft"
CLIENT = "5ea71ed9-0000-4000-8000-00000000c11e"
CONSENTING_ROLE = "158c047a-c907-4556-b7ef-446551a6b5f7"
NEW = PartnerAccount("ms-1", PARTNER, CLIENT, "s", "t", PartnerModel.DIRECT_BILL, "Our service account")
GRANTED = replace(
    NEW,
    user_name="svc@msp.example",
    has_mfa=True,
    consented_by="Ada Administrator",
    consented_at=NOW - timedelta(days=40),
    secret_expires_on=NOW.date() + timedelta(days=200),
)
DIRECT = DirectTenant("direct-1", "0f0e0d0c-0b0a-4909-8807-060504030201", "Contoso", CLIENT, "s")
FORM = {
    "name": "Our service account",
    "tenant_id": PARTNER.upper(),
    "client_id": CLIENT,
    "client_secret": "canary~secret.value",
    "secret_expires_on": "2027-05-01",
    "model": "direct_bill",
}


def tenant_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def make_tenant(number: int, name: str = "", **changes: object) -> PartnerTenant:
    gdap = ActiveGdap(NOW + timedelta(days=400), (DIRECTORY_READERS, CONSENTING_ROLE), extends_itself=False)
    tenant = PartnerTenant(tenant_id(number), name or f"Tenant {number}", "x.example", gdap, (TenantSource.GDAP,))
    return replace(tenant, **changes)  # type: ignore[arg-type]


def make_reading(*tenants: PartnerTenant, account_id: str = "ms-1") -> PartnerReading:
    return PartnerReading(account_id, NOW - timedelta(hours=6), tenants, ())


TROUBLED = make_reading(
    make_tenant(1, "Alder & Sons"),
    make_tenant(2, "Birch <b>Labs</b>", gdap=LapsedGdap(NOW - timedelta(days=3))),
    make_tenant(3, "Cedar", gdap=NoGdap()),
    make_tenant(4, "Dogwood", gdap=ActiveGdap(NOW + timedelta(days=400), (), extends_itself=False)),
    make_tenant(5, "Elm", gdap=ActiveGdap(NOW + timedelta(days=9), (DIRECTORY_READERS,), extends_itself=False)),
)


def make_world(account: PartnerAccount | None = NEW, reading: PartnerReading | None = None) -> World:
    world = World()
    if account is not None:
        world.connections.accounts[account.id] = account
    world.archive.partner = reading
    found = make_reading(*(make_tenant(number) for number in range(27)))
    world.partners = {"ms-1": cast(PartnerReader, make_partner(found))}
    return world


async def post(
    client: httpx.AsyncClient, path: str, form: dict[str, str] | None = None, **headers: str
) -> httpx.Response:
    """A form of a page of ours, sent by the administrator."""
    return await client.post(path, data=form or {"go": "on"}, headers=sign_in_headers() | OURS | headers)


async def work_through(world: World) -> None:
    """The queue does what was asked for."""
    room = AccountRoom(await world.outside(), world.account_records, world.consent.preconsent)
    while world.account_records.sent:
        await run_errand(room, world.account_records.sent.pop(0))


def find_state(answer: httpx.Response) -> str:
    return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]


def find_cookie(answer: httpx.Response) -> str:
    """The pair that a browser sends back."""
    found = re.match(r"[^;]+", answer.headers["set-cookie"])
    assert found is not None
    return found[0]
