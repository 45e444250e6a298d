"""ConnectWise connected, tried, changed and removed through the pages, over the real wiring and the simulator."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest

from app import clock
from app.settings import Settings
from app.wiring import Wirings
from net.hosts import AllowedHosts
from plans.audit import AuditEntry
from plans.connecting import ConnectWiseConnection
from profiles.billing import Basis, BillableOption, BillingProfile, Customer, Mapping
from psa.connectwise.adapter import ConnectWisePsa
from store.books import TableBooks
from tests.contract.running import RunningSimulator
from tests.unit.app.conftest import open_pages
from tests.unit.web.fakes import sign_in_headers
from tests.unit.web.pages import to_words

LIST = "/settings/connections"
NEW = f"{LIST}/connectwise/new"
OURS = {"Sec-Fetch-Site": "same-origin"}
HTMX = {"HX-Request": "true"}
CLIENT_ID = "9e3f2d6c-6d0f-4d0e-9a55-2c1f6b7a8d90"
TENANT = "5c2f6c0e-9a41-4c8e-8f57-2f1d6a7b3c11"


class Person:
    """A browser of somebody with a role."""

    def __init__(self, client: httpx.AsyncClient, role: str = "Administrator") -> None:
        self.client = client
        self.headers = sign_in_headers((role,))

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=self.headers | headers)

    async def post(self, path: str, fields: dict[str, str | Sequence[str]], **headers: str) -> httpx.Response:
        return await self.client.post(path, data=fields, headers=self.headers | OURS | headers)


@pytest.fixture
async def wirings(
    settings: Settings, connectwise: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Wirings]:
    monkeypatch.setenv("SEATLEDGER_ALLOWED_ORIGINS", connectwise.base_url)
    wirings = Wirings()
    yield wirings
    await (await wirings.wiring()).close()


@pytest.fixture
async def client(wirings: Wirings) -> AsyncIterator[httpx.AsyncClient]:
    async with open_pages(wirings) as opened:
        yield opened


@pytest.fixture
def admin(client: httpx.AsyncClient) -> Person:
    return Person(client)


def fill(simulator: RunningSimulator, **changes: str | Sequence[str]) -> dict[str, str | Sequence[str]]:
    """The form as somebody fills it in for the simulator."""
    fields: dict[str, str | Sequence[str]] = {
        "name": "Our ConnectWise",
        "site": simulator.base_url,
        "company": "demo",
        "client": CLIENT_ID,
        "public_key": simulator.secret("connectwise-public-key"),
        "private_key": simulator.secret("connectwise-private-key"),
        "billing": "advance",
        "exceptions": "",
        "cycles": ["Monthly"],
    }
    return fields | changes


async def connect(admin: Person, simulator: RunningSimulator) -> str:
    """The address of the page of a fresh connection."""
    answer = await admin.post(NEW, fill(simulator))
    assert answer.status_code == 303, to_words(answer.text)
    return answer.headers["location"].partition("?")[0]


async def list_kept(wirings: Wirings) -> tuple[ConnectWiseConnection, ...]:
    kept = await (await wirings.administration()).connections.list_psa()
    return tuple(each for each in kept if isinstance(each, ConnectWiseConnection))


async def read_audit(wirings: Wirings) -> list[AuditEntry]:
    return list(await (await wirings.administration()).audit.list_entries(10, clock.utc_now()))


async def use(wirings: Wirings, connection_id: str, *, agreement_id: str = "1201") -> None:
    """A customer of the connection with one mapping, and a billing profile."""
    storage = (await wirings.wiring()).storage
    books = TableBooks(storage.table("books"), storage.table("config"), storage.container(), clock.utc_now)
    mapping = Mapping("harbour-spb", "harbour", "sku", "Business Premium", "spb", agreement_id, Basis.PURCHASED)
    await books.save_customer(Customer("harbour", "Harbour Dental", TENANT, connection_id, "250"), [mapping])
    profile = BillingProfile("spb", "Business Premium", connection_id, "501", BillableOption.BILLABLE)
    await (await wirings.administration()).configuration.save_profile(profile, None)


async def test_an_empty_installation_says_what_to_do(admin: Person) -> None:
    words = to_words((await admin.get(LIST)).text)
    assert "No PSA is connected yet" in words
    assert "Connect ConnectWise" in words


async def test_a_test_shows_facts_and_rights_and_saves_nothing(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings, settings: Settings
) -> None:
    answer = await admin.post(f"{NEW}/test", fill(connectwise))
    words = to_words(answer.text)
    assert answer.status_code == 200
    for expected in (
        "What ConnectWise says Good",
        "Version v",
        "Runs on ConnectWise's cloud",
        "Seatledger counts days in Europe/Dublin",
        "Codebase v2026_4",
        "Finance > Invoicing Inquire learning which period is already invoiced Granted",
        "Finance > Agreements Add, Edit making and changing additions Shown by the first write",
        "Monthly 1 month",
        "Yearly 12 months",
        "Keys never come back from the server",
    ):
        assert expected in words
    assert await list_kept(wirings) == ()
    assert list((settings.secrets_folder or Path()).iterdir()) == []


async def test_a_missing_right_is_named_with_what_to_do_and_what_will_not_work(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings
) -> None:
    connectwise.switch_on("missing_right", detail="Finance > Invoicing", times=None)
    words = to_words((await admin.post(f"{NEW}/test", fill(connectwise))).text)
    assert "Rights missing 1 right missing: Finance > Invoicing (Inquire) for learning which period" in words
    assert "Set it to All in the security role of the API member" in words
    assert "Without it, increases are written, and whatever needs the invoiced period is held" in words
    saved = await admin.post(NEW, fill(connectwise))
    assert saved.status_code == 303, "it may be given later"
    told = to_words((await admin.get(saved.headers["location"])).text)
    assert "Saved, but not all of it works yet. Rights missing: see below" in told and "Connected." not in told
    (kept,) = await list_kept(wirings)
    page = to_words((await admin.get(f"{LIST}/{kept.id}?look=now")).text)
    assert "Finance > Invoicing (Inquire) is missing" in page


async def test_a_member_that_may_not_read_cycles_can_be_saved_with_monthly(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings
) -> None:
    connectwise.switch_on("missing_right", detail="System > Table Setup", times=None)
    answer = await admin.post(NEW, fill(connectwise, cycles=["Monthly", "Yearly"]))
    assert answer.status_code == 303
    (kept,) = await list_kept(wirings)
    assert kept.confirmed_cycles == ("Monthly",), "a cycle that nobody could read cannot be confirmed"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"private_key": "not-the-key-at-all"}, "Keys refused ConnectWise refuses the keys"),
        ({"company": "elsewhere"}, "Company not known ConnectWise does not know the company 'elsewhere'"),
    ],
)
async def test_what_connectwise_refuses_is_not_saved(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings, changes: dict[str, str], word: str
) -> None:
    for path in (NEW, f"{NEW}/test"):
        answer = await admin.post(path, fill(connectwise, **changes))
        assert word in to_words(answer.text)
    assert "Nothing was saved" in to_words((await admin.post(NEW, fill(connectwise, **changes))).text)
    assert await list_kept(wirings) == ()


async def test_saving_keeps_the_keys_as_secrets_and_the_night_uses_them_at_once(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings
) -> None:
    address = await connect(admin, connectwise)
    (kept,) = await list_kept(wirings)
    assert address == f"{LIST}/{kept.id}"
    assert re.fullmatch(r"our-connectwise-[0-9a-f]{6}", kept.id)
    assert kept.cycle_months == (("Monthly", 1),)
    outside = await wirings.outside()
    assert isinstance(outside.connections[kept.id], ConnectWisePsa)
    (read,) = await outside.connections[kept.id].read_agreements(["1201"])
    assert read.id == "1201"
    (entry,) = await read_audit(wirings)
    assert entry.subject == f"connection/{kept.id}"
    assert entry.sentence == f"Ada Administrator connected the PSA Our ConnectWise (demo at {connectwise.base_url})."
    assert (entry.before, '"company": "demo"' in entry.after) == ("", True)
    assert connectwise.secret("connectwise-private-key") not in entry.after


async def test_no_answer_ever_holds_a_key(admin: Person, connectwise: RunningSimulator) -> None:
    keys = [connectwise.secret(f"connectwise-{each}-key") for each in ("public", "private")]
    answers = [
        await admin.post(f"{NEW}/test", fill(connectwise)),
        await admin.post(f"{NEW}/test", fill(connectwise, site="https://evil.example")),
        await admin.post(f"{NEW}/test", fill(connectwise), **HTMX),
        await admin.post(NEW, fill(connectwise, name="")),
        await admin.post(NEW, fill(connectwise, company="elsewhere")),
        await admin.post(NEW, fill(connectwise, public_key=f"{keys[0]}:")),
    ]
    address = await connect(admin, connectwise)
    answers += [await admin.get(address), await admin.get(f"{address}?look=now"), await admin.get(LIST)]
    answers.append(await admin.post(address, fill(connectwise, seal="stale")))
    for answer in answers:
        text = answer.text + str(answer.headers)
        assert not [key for key in keys if key in text]


async def test_with_htmx_the_answer_leaves_the_form_where_it_is(admin: Person, connectwise: RunningSimulator) -> None:
    answer = await admin.post(f"{NEW}/test", fill(connectwise), **HTMX)
    assert answer.status_code == 200
    assert "<form" not in answer.text and "<html" not in answer.text
    assert 'id="cycles" hx-swap-oob="true"' in answer.text
    troubled = await admin.post(NEW, fill(connectwise, company=""), **HTMX)
    assert (troubled.status_code, "<form" in troubled.text) == (200, False)
    assert "Type the company id" in troubled.text
    saved = await admin.post(NEW, fill(connectwise), **HTMX)
    assert saved.headers["hx-redirect"].startswith(f"{LIST}/our-connectwise-")


@pytest.mark.parametrize(
    ("site", "sentence"),
    [
        ("https://myconnectwise.net.evil.example", "is not a host of ConnectWise's cloud"),
        ("https://na.myconnectwise.net.evil.example/v4_6_release", "is not a host of ConnectWise's cloud"),
        ("http://na.myconnectwise.net", "must begin with https://"),
        ("https://na.myconnectwise.net:8443", "leave :8443 out"),
        ("https://169.254.169.254/metadata/identity", "an address of the platform itself"),
        ("https://2852039166", "an address of the platform itself"),
        ("https://10.1.2.3", "10.1.2.3 is not a host of ConnectWise's cloud"),
        ("https://192.168.0.10", "is not a host of ConnectWise's cloud"),
        ("http://127.0.0.1:1", "is not a host of ConnectWise's cloud"),
        ("http://localhost", "is not a host of ConnectWise's cloud"),
        ("https://[::1]", "is no host name"),
        ("https://[fe80::1%25eth0]", "is no host name"),
        ("https://[::ffff:169.254.169.254]", "is no host name"),
        ("https://user:hunter22@na.myconnectwise.net", "must not carry a user name"),
        ("https://na.myconnectwise.net@evil.example", "must not carry a user name"),
        ("https://graph.microsoft.com", "graph.microsoft.com is not a host of ConnectWise's cloud"),
        ("ftp://na.myconnectwise.net", "begins with https://"),
        ("javascript:alert(1)", "is no"),
        ("https://self-hosted.msp.example", "SEATLEDGER_ALLOWED_ORIGINS"),
        ("<script>alert(1)</script>", "is no"),
    ],
)
async def test_an_address_that_may_not_be_called_is_refused_beside_its_field(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings, site: str, sentence: str
) -> None:
    for path in (NEW, f"{NEW}/test"):
        answer = await admin.post(path, fill(connectwise, site=site))
        assert answer.status_code == 422
        found = re.search(r'<p class="trouble" id="site-trouble"[^>]*>(.*?)</p>', answer.text)
        assert found is not None and sentence in to_words(found[1])
        assert "<script>alert" not in answer.text
        assert 'value="demo"' in answer.text, "what was typed survives"
    assert await list_kept(wirings) == ()


async def test_a_site_that_redirects_is_not_followed(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings
) -> None:
    for name in ("GET /system/info", "GET /login/companyinfo/{companyId}"):
        connectwise.switch_on("status", detail="302", operation=name, times=None)
    answer = await admin.post(NEW, fill(connectwise))
    assert "sends Seatledger on to another address, and that is never followed" in to_words(answer.text)
    assert await list_kept(wirings) == ()


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": ""}, "name", "Give the connection a name"),
        ({"site": ""}, "site", "Type the address at which you open ConnectWise"),
        ({"company": ""}, "company", "Type the company id"),
        ({"company": "../../x"}, "company", "letters, digits, dots"),
        ({"company": ".."}, "company", "letters, digits, dots"),
        ({"client": "no guid"}, "client", "32 hexadecimal digits"),
        ({"public_key": ""}, "public_key", "Type both keys"),
        ({"private_key": ""}, "private_key", "Type both keys"),
        ({"public_key": "with space in it"}, "public_key", "This is no key"),
        ({"public_key": "a:b:c:d:e"}, "public_key", "This is no key"),
        ({"private_key": "naïve-key"}, "private_key", "This is no key"),
        ({"exceptions": "1201, abc"}, "exceptions", "“abc” is no number of an agreement"),
        ({"exceptions": "1201, 999999"}, "exceptions", "ConnectWise has no agreement 999999"),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field(
    admin: Person,
    connectwise: RunningSimulator,
    wirings: Wirings,
    changes: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    answer = await admin.post(NEW, fill(connectwise, **changes))
    assert answer.status_code == 422
    found = re.search(rf'<p class="trouble" id="{field}-trouble"[^>]*>(.*?)</p>', answer.text)
    assert found is not None and sentence in to_words(found[1])
    assert await list_kept(wirings) == ()


async def test_a_change_without_keys_keeps_them_and_is_noted(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings
) -> None:
    address = await connect(admin, connectwise)
    page = (await admin.get(address)).text
    fields = fill(
        connectwise,
        public_key="",
        private_key="",
        name="Main PSA",
        billing="arrears",
        exceptions="1201",
        cycles=["Monthly", "Yearly"],
        seal=read_seal(page),
    )
    answer = await admin.post(address, fields)
    assert answer.status_code == 303, to_words(answer.text)
    (kept,) = await list_kept(wirings)
    assert (kept.name, kept.invoices_in_arrears, kept.arrears_exceptions) == ("Main PSA", True, ("1201",))
    assert dict(kept.cycle_months) == {"Monthly": 1, "Yearly": 12}
    newest = (await read_audit(wirings))[0]
    assert newest.sentence == "Ada Administrator changed the PSA connection Main PSA."
    assert '"name": "Our ConnectWise"' in newest.before and '"name": "Main PSA"' in newest.after
    (read,) = await (await wirings.outside()).connections[kept.id].read_agreements(["1201"])
    assert read.id == "1201", "the keys are still good"


def read_seal(page: str) -> str:
    found = re.search(r'name="seal" id="seal" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


async def test_a_setting_can_be_changed_while_connectwise_is_down(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings
) -> None:
    address = await connect(admin, connectwise)
    seal = read_seal((await admin.get(address)).text)
    connectwise.switch_on("unauthorized", times=None)
    fields = fill(connectwise, public_key="", private_key="", name="Renamed", seal=seal, cycles=["Monthly", "Yearly"])
    assert (await admin.post(address, fields)).status_code == 303
    (kept,) = await list_kept(wirings)
    assert (kept.name, kept.confirmed_cycles) == ("Renamed", ("Monthly",))


async def test_two_people_do_not_overwrite_each_other_unseen(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings
) -> None:
    address = await connect(admin, connectwise)
    seal = read_seal((await admin.get(address)).text)
    kept_keys = {"public_key": "", "private_key": ""}
    first = await admin.post(address, fill(connectwise, name="First", seal=seal, **kept_keys))
    second = await admin.post(address, fill(connectwise, name="Second", seal=seal, **kept_keys))
    assert (first.status_code, second.status_code) == (303, 409)
    assert "Somebody else changed this connection" in to_words(second.text)
    assert 'value="Second"' in second.text
    again = await admin.post(address, fill(connectwise, name="Second", seal=read_seal(second.text), **kept_keys))
    assert again.status_code == 303
    assert [each.name for each in await list_kept(wirings)] == ["Second"]


async def test_the_same_company_is_not_connected_twice(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings
) -> None:
    await connect(admin, connectwise)
    answer = await admin.post(NEW, fill(connectwise, name="Once more", company="DEMO"))
    assert answer.status_code == 422
    assert "This company is connected already, as “Our ConnectWise”" in to_words(answer.text)
    assert len(await list_kept(wirings)) == 1


async def test_of_several_who_connect_a_company_at_once_one_does(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings
) -> None:
    assert await list_kept(wirings) == ()
    await admin.get(LIST)
    answers = await asyncio.gather(
        *(admin.post(NEW, fill(connectwise, company=spelt)) for spelt in ("demo", "DEMO", "Demo"))
    )
    assert sorted(answer.status_code for answer in answers) == [303, 422, 422]
    assert all("connect" in to_words(answer.text) for answer in answers if answer.status_code == 422)
    assert len(await list_kept(wirings)) == 1


async def test_another_company_is_refused_while_customers_use_the_connection(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings
) -> None:
    address = await connect(admin, connectwise)
    (kept,) = await list_kept(wirings)
    await use(wirings, kept.id)
    seal = read_seal((await admin.get(address)).text)
    answer = await admin.post(address, fill(connectwise, company="other", seal=seal))
    assert answer.status_code == 422
    assert "1 customer of this connection belong to company demo" in to_words(answer.text)
    assert (await list_kept(wirings))[0].company == "demo"


async def test_another_address_must_be_called_the_same_connectwise_and_be_it(
    admin: Person,
    connectwise: RunningSimulator,
    wirings: Wirings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = connectwise.base_url.replace("127.0.0.1", "localhost")
    address = await connect(admin, connectwise)
    (kept,) = await list_kept(wirings)
    await use(wirings, kept.id)
    monkeypatch.setattr(AllowedHosts, "check_connectwise", lambda _, url: url)
    monkeypatch.setattr(AllowedHosts, "check", lambda _, url: url)
    seal = read_seal((await admin.get(address)).text)
    refused = await admin.post(address, fill(connectwise, site=other, seal=seal))
    assert "tick the box below" in to_words(refused.text)
    no_keys = await admin.post(
        address, fill(connectwise, site=other, seal=seal, same="yes", public_key="", private_key="")
    )
    assert "The keys that are kept were given for company demo" in to_words(no_keys.text)
    moved = await admin.post(address, fill(connectwise, site=other, seal=seal, same="yes"))
    assert moved.status_code == 303, to_words(moved.text)

    await use(wirings, kept.id, agreement_id="777777")
    seal = read_seal((await admin.get(address)).text)
    stranger = await admin.post(address, fill(connectwise, seal=seal, same="yes"))
    assert "This is another ConnectWise: it has no agreement 777777" in to_words(stranger.text)
    assert (await list_kept(wirings))[0].site_url == other


async def test_removal_says_what_hangs_on_it_and_is_refused_while_customers_use_it(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings
) -> None:
    address = await connect(admin, connectwise)
    (kept,) = await list_kept(wirings)
    await use(wirings, kept.id)
    words = to_words((await admin.get(f"{address}/remove")).text)
    assert "1 customer with 1 mapped licence and 1 billing profile" in words
    assert "Harbour Dental" in words
    assert (await admin.post(f"{address}/remove", {"sure": "yes"})).status_code == 409
    assert len(await list_kept(wirings)) == 1


async def test_a_removed_connection_is_gone_with_its_keys(
    admin: Person, connectwise: RunningSimulator, wirings: Wirings, settings: Settings
) -> None:
    address = await connect(admin, connectwise)
    assert "Nothing hangs on it" in to_words((await admin.get(f"{address}/remove")).text)
    answer = await admin.post(f"{address}/remove", {"sure": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}?told=removed")
    assert await list_kept(wirings) == ()
    assert list((settings.secrets_folder or Path()).iterdir()) == []
    assert (await wirings.outside()).connections == {}
    assert (await admin.get(address)).status_code == 404
    assert (await read_audit(wirings))[0].sentence == "Ada Administrator removed the PSA connection Our ConnectWise."


async def test_readers_and_operators_look_and_change_nothing(
    admin: Person, client: httpx.AsyncClient, connectwise: RunningSimulator, wirings: Wirings
) -> None:
    address = await connect(admin, connectwise)
    for role in ("Reader", "Operator"):
        person = Person(client, role)
        page = await person.get(f"{address}?look=now")
        assert page.status_code == 200
        assert "connection-form" not in page.text and CLIENT_ID not in page.text
        assert "Finance > Invoicing" in to_words(page.text)
        assert "Good" in to_words((await person.get(f"{address}/health", **HTMX)).text)
        for path in (NEW, f"{address}/remove"):
            assert (await person.get(path)).status_code == 403
        for path in (NEW, f"{NEW}/test", address, f"{address}/test", f"{address}/remove"):
            assert (await person.post(path, fill(connectwise))).status_code == 403
    assert len(await list_kept(wirings)) == 1


async def test_the_list_says_how_each_connection_is(admin: Person, connectwise: RunningSimulator) -> None:
    address = await connect(admin, connectwise)
    words = to_words((await admin.get(LIST)).text)
    assert "1 PSA connected" in words
    assert "Our ConnectWise ConnectWise, company demo at 127.0.0.1" in words
    assert "no customer yet" in words
    assert (await admin.get(f"{address}/health")).headers["location"] == f"{address}?look=now"


async def test_health_is_asked_once_a_minute(admin: Person, connectwise: RunningSimulator) -> None:
    address = await connect(admin, connectwise)
    connectwise.switch_on("unauthorized", times=None)
    assert "Good" in to_words((await admin.get(f"{address}/health", **HTMX)).text), "as it answered when it was saved"


async def test_a_connection_without_its_keys_is_shown_with_the_reason(
    admin: Person, connectwise: RunningSimulator, settings: Settings, wirings: Wirings
) -> None:
    address = await connect(admin, connectwise)
    for path in (settings.secrets_folder or Path()).iterdir():
        path.unlink()
    wirings.forget()
    (kept,) = await list_kept(wirings)
    storage = (await wirings.wiring()).storage
    await storage.table("config").delete_entity("secret", kept.private_key_secret)
    await (await wirings.wiring()).open_configuration().save_connection(kept)
    seal = read_seal((await admin.get(address)).text)
    renamed = fill(connectwise, name="Again", seal=seal)
    assert (await admin.post(address, renamed)).status_code == 303, "typing the keys again mends it"
    assert isinstance((await wirings.outside()).connections[kept.id], ConnectWisePsa)
