"""Connections as they are kept: keys as secrets, in one commit, for one site; and one that is broken stops nobody."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest

from app import wiring as app_wiring
from app.closed import ClosedAccount, ClosedPsa
from app.logs import REDACTOR
from app.settings import Settings
from app.wiring import Wiring, Wirings, wire
from plans.connecting import (
    Connections,
    ConnectWiseConnection,
    ConnectWiseKeys,
    DirectTenant,
    PartnerAccount,
    name_direct_secret,
    name_partner_secrets,
    name_psa_secrets,
)
from plans.errors import Bug, Misconfigured
from plans.permissions import Connected
from plans.ports import Refused
from profiles.partners import PartnerModel
from profiles.readings import Unknown
from psa.connectwise.adapter import ConnectWisePsa
from tests.unit.plans.makers import make_change

KEYS = ConnectWiseKeys("public-canary-1", "private-canary-1")
NEW_KEYS = ConnectWiseKeys("public-canary-2", "private-canary-2")
CONNECTION = ConnectWiseConnection(
    id="cw",
    name="ConnectWise",
    site_url="https://eu.myconnectwise.net/v4_6_release/services/system_io/",
    company="acme",
    client_id="9e3f2d6c-6d0f-4d0e-9a55-2c1f6b7a8d90",
    public_key_secret="",
    private_key_secret="",
)
ACCOUNT = PartnerAccount("main", "7d0c7a52-3f0e-4c57-9d6b-0a6f1f4f2b10", "1b0b6a3e", "", "")


class Wire:
    """A ConnectWise that answers everything, and who asked it with which keys."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/login/companyinfo/"):
            return httpx.Response(200, json={"Codebase": "v2026_4/"})
        _, _, encoded = request.headers["Authorization"].partition(" ")
        self.asked.append((request.url.host, base64.b64decode(encoded).decode()))
        if request.url.path.endswith("/system/info"):
            return httpx.Response(200, json={"version": "v2026.4", "isCloud": True, "serverTimeZone": "GMT"})
        return httpx.Response(200, json=[])


@pytest.fixture
def web() -> Wire:
    return Wire()


@pytest.fixture
async def wiring(settings: Settings, web: Wire) -> AsyncIterator[Wiring]:
    opened = wire(settings, httpx.MockTransport(web))
    yield opened
    await opened.close()


async def administer(wiring: Wiring) -> Connections:
    return wiring.administer(await wiring.connect()).connections


async def list_kept(connections: Connections) -> list[ConnectWiseConnection]:
    """Every ConnectWise that is connected."""
    return [each for each in await connections.list_psa() if isinstance(each, ConnectWiseConnection)]


def list_secrets(settings: Settings) -> dict[str, str]:
    """Every secret file by its name without the version."""
    folder = settings.secrets_folder or Path()
    return {path.name.partition(".")[0]: path.read_text() for path in sorted(folder.iterdir())}


async def test_a_saved_connection_is_opened_with_its_keys_at_the_site_of_its_api(
    wiring: Wiring, web: Wire, settings: Settings
) -> None:
    connections = await administer(wiring)
    await connections.save_psa(CONNECTION, KEYS)
    (kept,) = await list_kept(connections)
    assert kept.site_url == "https://api-eu.myconnectwise.net"
    assert (kept.public_key_secret, kept.private_key_secret) == name_psa_secrets(CONNECTION)
    assert list_secrets(settings) == {
        "psa-cw-private-key": KEYS.private_key,
        "psa-cw-public-key": KEYS.public_key,
    }
    report = await (await connections.open_psa("cw")).report_permissions()
    assert isinstance(report.connection, Connected)
    assert set(web.asked) == {("api-eu.myconnectwise.net", "acme+public-canary-1:private-canary-1")}


async def test_the_table_holds_no_key_and_no_key_is_printed(wiring: Wiring) -> None:
    connections = await administer(wiring)
    await connections.save_psa(CONNECTION, KEYS)
    rows = [str(dict(row)) async for row in wiring.storage.table("config").list_entities()]
    assert len(rows) == 5, "the connection, its company, two pointers, the stamp"
    assert "canary" not in " ".join(rows) + repr(KEYS)
    assert REDACTOR.redact("public-canary-1 private-canary-1") == "[redacted] [redacted]"


async def test_trying_keeps_nothing(wiring: Wiring, web: Wire, settings: Settings) -> None:
    connections = await administer(wiring)
    await (await connections.try_psa(CONNECTION, KEYS)).report_permissions()
    assert web.asked
    assert await connections.list_psa() == ()
    assert list_secrets(settings) == {}


async def test_without_new_keys_those_that_are_kept_stay(wiring: Wiring, settings: Settings) -> None:
    connections = await administer(wiring)
    await connections.save_psa(CONNECTION, KEYS)
    before = list_secrets(settings)
    renamed = replace(CONNECTION, name="Our PSA", invoices_in_arrears=True)
    await connections.try_psa(renamed, None)
    await connections.save_psa(renamed, None)
    (kept,) = await list_kept(connections)
    assert (kept.name, kept.invoices_in_arrears) == ("Our PSA", True)
    assert (kept.public_key_secret, kept.private_key_secret) == name_psa_secrets(CONNECTION)
    assert list_secrets(settings) == before


async def test_new_keys_take_the_place_of_those_a_person_put_there_by_hand(
    wiring: Wiring, web: Wire, settings: Settings
) -> None:
    folder = settings.secrets_folder
    assert folder is not None
    for name, key in (("by-hand-public", "hand-public"), ("by-hand-private", "hand-private")):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(key)
    by_hand = replace(CONNECTION, public_key_secret="by-hand-public", private_key_secret="by-hand-private")
    await wiring.open_configuration().save_connection(by_hand)
    await (await (await administer(wiring)).open_psa("cw")).list_products()
    assert web.asked[-1][1] == "acme+hand-public:hand-private"

    await (await administer(wiring)).save_psa(by_hand, KEYS)
    await (await (await administer(wiring)).open_psa("cw")).list_products()
    assert web.asked[-1][1] == "acme+public-canary-1:private-canary-1"
    assert (folder / "by-hand-public").read_text() == "hand-public", "it is that person's"


@pytest.mark.parametrize(
    "moved", [replace(CONNECTION, site_url="https://psa.msp.example"), replace(CONNECTION, company="other")]
)
async def test_kept_keys_are_never_shown_to_another_site_or_company(
    wiring: Wiring, web: Wire, moved: ConnectWiseConnection
) -> None:
    connections = await administer(wiring)
    await connections.save_psa(CONNECTION, KEYS)
    for act in (connections.try_psa, connections.save_psa):
        with pytest.raises(Misconfigured, match=r"were given for company acme at https://api-eu"):
            await act(moved, None)
    assert web.asked == []
    (kept,) = await list_kept(connections)
    assert (kept.site_url, kept.company) == ("https://api-eu.myconnectwise.net", "acme")
    await connections.save_psa(moved, NEW_KEYS)
    assert (await list_kept(connections))[0].company == moved.company


async def test_a_new_connection_needs_keys(wiring: Wiring) -> None:
    connections = await administer(wiring)
    with pytest.raises(Misconfigured, match="Type the public and the private key"):
        await connections.save_psa(CONNECTION, None)
    assert await connections.list_psa() == ()


@pytest.mark.parametrize("name", ["", "../x", "A", "a b", "-a", "a" * 61, "a.b"])
async def test_an_id_that_no_secret_can_be_named_after_is_refused(wiring: Wiring, name: str) -> None:
    connections = await administer(wiring)
    with pytest.raises(Bug):
        await connections.save_psa(replace(CONNECTION, id=name), KEYS)
    with pytest.raises(Bug):
        await connections.save_partner_account(replace(ACCOUNT, id=name), "secret-value")


async def test_a_site_that_may_not_be_called_stores_nothing(wiring: Wiring, settings: Settings) -> None:
    connections = await administer(wiring)
    for site in ("https://myconnectwise.net.evil.example", "https://graph.microsoft.com", "http://169.254.169.254"):
        with pytest.raises(Misconfigured):
            await connections.save_psa(replace(CONNECTION, site_url=site), KEYS)
        with pytest.raises(Misconfigured):
            await connections.try_psa(replace(CONNECTION, site_url=site), KEYS)
    assert list_secrets(settings) == {}


async def test_a_removed_connection_leaves_no_key(wiring: Wiring, settings: Settings) -> None:
    connections = await administer(wiring)
    await connections.save_psa(CONNECTION, KEYS)
    await connections.save_psa(CONNECTION, NEW_KEYS)
    await connections.remove_psa("cw")
    assert await connections.list_psa() == ()
    assert list_secrets(settings) == {}
    with pytest.raises(Misconfigured, match="does not exist any more"):
        await (await administer(wiring)).open_psa("cw")
    await connections.remove_psa("cw")


async def test_partner_accounts_and_direct_tenants_keep_their_secret_the_same_way(
    wiring: Wiring, settings: Settings
) -> None:
    connections = await administer(wiring)
    secret_name, token_name = name_partner_secrets("main")
    await connections.save_partner_account(replace(ACCOUNT, refresh_token_secret=token_name), "client-canary")
    await connections.save_partner_account(replace(ACCOUNT, name="Us", client_secret_secret=secret_name), None)
    (account,) = await connections.list_partner_accounts()
    assert (account.name, account.client_secret_secret) == ("Us", secret_name)
    assert await wiring.read_secret(secret_name) == "client-canary"

    tenant = DirectTenant("harbour", "5c2f6c0e-9a41-4c8e-8f57-2f1d6a7b3c11", "Harbour", "1b0b6a3e", "")
    await connections.save_direct_tenant(tenant, "direct-canary")
    (kept,) = await connections.list_direct_tenants()
    assert kept.client_secret_secret == name_direct_secret("harbour")
    assert await wiring.read_secret(kept.client_secret_secret) == "direct-canary"

    await connections.remove_partner_account("main")
    await connections.remove_direct_tenant("harbour")
    assert (await connections.list_partner_accounts(), await connections.list_direct_tenants()) == ((), ())
    assert list_secrets(settings) == {}


async def test_a_connection_without_its_keys_stops_neither_the_others_nor_the_night(
    wiring: Wiring, web: Wire, settings: Settings
) -> None:
    connections = await administer(wiring)
    await connections.save_psa(CONNECTION, KEYS)
    await connections.save_psa(replace(CONNECTION, id="other", name="Other", company="other"), NEW_KEYS)
    for path in (settings.secrets_folder or Path()).glob("psa-cw-private-key.*"):
        path.unlink()
    outside = await wiring.connect()
    assert isinstance(outside.connections["other"], ConnectWisePsa)
    closed = outside.connections["cw"]
    assert isinstance(closed, ClosedPsa)
    sentence = r"The PSA connection ConnectWise cannot be used\. There is no secret psa-cw-private-key\."
    for read in (
        closed.read_agreements(["1"]),
        closed.count_additions("1"),
        closed.read_addition("1", "2"),
        closed.read_invoices(["1"], date(2026, 11, 1)),
    ):
        with pytest.raises(Misconfigured, match=sentence):
            await read
    assert isinstance(await closed.send(make_change()), Refused)
    assert web.asked == []


async def test_a_connection_at_a_forbidden_host_is_closed_as_well(wiring: Wiring) -> None:
    await wiring.open_configuration().save_connection(replace(CONNECTION, site_url="https://10.0.0.1"))
    closed = (await wiring.connect()).connections["cw"]
    assert isinstance(closed, ClosedPsa)
    assert "10.0.0.1 is not a host of ConnectWise's cloud" in closed.sentence
    with pytest.raises(Misconfigured):
        await (await administer(wiring)).open_psa("cw")


async def test_an_account_that_cannot_be_wired_is_unknown_and_stops_nobody(settings: Settings, wiring: Wiring) -> None:
    elsewhere = wire(settings.model_copy(update={"cloud": "usgov-l5"}))
    await wiring.open_configuration().save_partner_account(replace(ACCOUNT, model=PartnerModel.DIRECT_BILL))
    outside = await elsewhere.connect()
    await elsewhere.close()
    reader = outside.partners["main"]
    assert isinstance(reader, ClosedAccount)
    reading = await reader.read_partner()
    assert isinstance(reading, Unknown)
    assert "has no Partner Center" in reading.detail
    assert isinstance(await outside.licences.read_tenant("5c2f6c0e", "main"), Unknown)


async def test_running_wirings_pick_up_what_somebody_connects(settings: Settings, wiring: Wiring) -> None:
    running, elsewhere = Wirings(), Wirings()
    try:
        assert (await running.outside()).connections == {}
        assert (await elsewhere.outside()).connections == {}
        connections = (await running.administration()).connections
        await connections.save_psa(CONNECTION, KEYS)
        assert (await elsewhere.outside()).connections == {}, "another process has not looked again yet"
        running.forget()
        assert list((await running.outside()).connections) == ["cw"]
        elsewhere.forget()
        assert list((await elsewhere.outside()).connections) == ["cw"]
        before = (await running.outside()).connections["cw"]

        await (await running.administration()).connections.save_psa(CONNECTION, NEW_KEYS)
        running.forget()
        assert (await running.outside()).connections["cw"] is not before, "new keys are a new adapter"

        await (await running.administration()).connections.remove_psa("cw")
        running.forget()
        assert (await running.outside()).connections == {}
    finally:
        for each in (running, elsewhere):
            await (await each.wiring()).close()


async def test_a_connection_whose_secret_is_put_there_later_is_used_without_a_restart(
    settings: Settings, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand = replace(CONNECTION, public_key_secret="by-hand", private_key_secret="by-hand")
    await wiring.open_configuration().save_connection(by_hand)
    running = Wirings()
    try:
        assert isinstance((await running.outside()).connections["cw"], ClosedPsa)
        path = (settings.secrets_folder or Path()) / "by-hand"
        path.touch(mode=0o600)
        path.write_text("hand-key")
        running.forget()
        assert isinstance((await running.outside()).connections["cw"], ClosedPsa)
        monkeypatch.setattr(app_wiring, "LONGEST_CLOSED_SECONDS", 0.0)
        running.forget()
        assert isinstance((await running.outside()).connections["cw"], ConnectWisePsa)
    finally:
        await (await running.wiring()).close()


async def test_two_people_who_save_at_once_leave_one_whole_pair_of_keys(wiring: Wiring, settings: Settings) -> None:
    connections = await administer(wiring)
    await connections.save_psa(CONNECTION, KEYS)
    await asyncio.gather(*(connections.save_psa(CONNECTION, each) for each in (KEYS, NEW_KEYS)))
    public, private = [await wiring.read_secret(name) for name in name_psa_secrets(CONNECTION)]
    assert (public[-1], private[-1]) in (("1", "1"), ("2", "2"))


async def test_of_several_connections_of_a_company_one_is_kept_and_the_others_leave_no_key(
    wiring: Wiring, settings: Settings
) -> None:
    connections = await administer(wiring)
    wanted = [replace(CONNECTION, id=f"cw-{number}") for number in range(3)]
    done = await asyncio.gather(*(connections.save_psa(each, KEYS) for each in wanted))
    assert sorted(done) == [False, False, True]
    (kept,) = await list_kept(connections)
    assert set(list_secrets(settings)) == set(name_psa_secrets(kept))


async def test_a_company_is_free_again_once_its_connection_is_removed_or_has_another(wiring: Wiring) -> None:
    connections = await administer(wiring)
    other = replace(CONNECTION, id="other", company="ACME")
    assert await connections.save_psa(CONNECTION, KEYS)
    assert not await connections.save_psa(other, KEYS)
    assert await connections.save_psa(replace(CONNECTION, company="moved"), KEYS)
    assert await connections.save_psa(other, KEYS)
    assert not await connections.save_psa(CONNECTION, NEW_KEYS), "it went away, and somebody else has it now"
    (moved, taken) = sorted(await list_kept(connections), key=lambda each: each.id)
    assert (moved.company, taken.company) == ("moved", "ACME")
    assert [(await wiring.read_secret(name)) for name in name_psa_secrets(CONNECTION)] == [
        KEYS.public_key, KEYS.private_key,
    ]  # fmt: skip
    await connections.remove_psa("other")
    assert await connections.save_psa(CONNECTION, NEW_KEYS)
