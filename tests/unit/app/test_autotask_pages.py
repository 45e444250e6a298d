"""Autotask connected, tried, changed and removed through the pages, over the real wiring; Autotask answers here."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import clock
from app import wiring as app_wiring
from app.closed import ClosedPsa
from app.settings import Settings
from app.wiring import Wirings, wire
from plans.connecting import AutotaskConnection, AutotaskMode
from plans.permissions import Connected
from profiles.billing import Basis, Customer, Mapping
from psa.autotask import client
from store.books import TableBooks
from tests.unit.app.conftest import open_pages
from tests.unit.app.test_connectwise_pages import HTMX, LIST, OURS, TENANT, Person, read_audit, read_seal
from tests.unit.psa.autotask.offers import Autotask
from tests.unit.web.pages import to_words

NEW = f"{LIST}/autotask/new"
USER, SECRET, CODE = "k7f3q@msp.example", "secret-canary 1", "CODECANARY1"
ZONES = {
    USER: {"url": "https://webservices5.autotask.net/atservicesrest/", "webUrl": "https://ww5.autotask.net/", "ci": 41},
    "other@msp.example": {"url": "https://webservices5.autotask.net/atservicesrest/", "webUrl": "", "ci": 41},
    "stranger@else.example": {"url": "https://webservices6.autotask.net/atservicesrest/", "webUrl": "", "ci": 42},
    "evil@msp.example": {"url": "https://webservices5.autotask.net.evil.example/atservicesrest/", "ci": 41},
    "inside@msp.example": {"url": "https://169.254.169.254/atservicesrest/", "ci": 41},
}


class Cloud:
    """Autotask's cloud: discovery, and one database behind every zone. `asked` is who came where with which keys."""

    def __init__(self) -> None:
        self.autotask = Autotask()
        self.zones: dict[str, dict[str, Any]] = dict(ZONES)
        self.asked: list[tuple[str, str, str, str]] = []
        self.gone: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        keys = [request.headers.get(name, "") for name in ("UserName", "Secret", "ApiIntegrationCode")]
        self.asked.append((request.url.host, keys[0], keys[1], keys[2]))
        if request.url.path.endswith("/zoneInformation"):
            found = self.zones.get(request.url.params["user"])
            errors = {"errors": ["Zone information could not be determined"]}
            return httpx.Response(500, json=errors) if found is None else httpx.Response(200, json=found)
        if keys[1:] != [SECRET, CODE] or request.url.host in self.gone:
            return httpx.Response(401)
        return self.autotask(request)


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
async def wirings(settings: Settings, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wirings]:
    monkeypatch.setattr(app_wiring, "wire", lambda settings: wire(settings, httpx.MockTransport(cloud)))
    wirings = Wirings()
    yield wirings
    await (await wirings.wiring()).close()


@pytest.fixture
async def admin(wirings: Wirings) -> AsyncIterator[Person]:
    async with open_pages(wirings) as opened:
        yield Person(opened)


def fill(**changes: str | Sequence[str]) -> dict[str, str | Sequence[str]]:
    """The form as somebody fills it in."""
    fields: dict[str, str | Sequence[str]] = {
        "name": "Our Autotask",
        "user": USER,
        "secret": SECRET,
        "integration_code": CODE,
        "mode": "prorated",
        "lead": "3",
    }
    return fields | changes


async def connect(admin: Person) -> str:
    answer = await admin.post(NEW, fill())
    assert answer.status_code == 303, to_words(answer.text)
    return answer.headers["location"].partition("?")[0]


async def list_kept(wirings: Wirings) -> tuple[AutotaskConnection, ...]:
    kept = await (await wirings.administration()).connections.list_psa()
    return tuple(each for each in kept if isinstance(each, AutotaskConnection))


async def use(wirings: Wirings, connection_id: str) -> None:
    """A customer of the connection with one mapping."""
    storage = (await wirings.wiring()).storage
    books = TableBooks(storage.table("books"), storage.table("config"), storage.container(), clock.utc_now)
    mapping = Mapping("harbour-spb", "harbour", "sku", "Business Premium", "spb", "700", Basis.PURCHASED)
    await books.save_customer(Customer("harbour", "Harbour Dental", TENANT, connection_id, "178"), [mapping])


async def test_a_test_shows_the_zone_the_hourly_counter_and_rights_and_saves_nothing(
    admin: Person, wirings: Wirings, settings: Settings, cloud: Cloud
) -> None:
    cloud.autotask.used = 1234
    words = to_words((await admin.post(f"{NEW}/test", fill())).text)
    for expected in (
        "What Autotask says Good",
        "Zone found webservices5.autotask.net",
        "Requests this hour 1,234 of 10,000 used, 12 %",
        "Right in the security level",
        "Contracts > Contracts View all reading contracts, their services and bundles, and the units of each period "
        "Granted",
        "Keys never come back from the server",
    ):
        assert expected in words
    assert await list_kept(wirings) == ()
    assert list((settings.secrets_folder or Path()).iterdir()) == []
    assert cloud.asked[0] == ("webservices.autotask.net", "", "", ""), "discovery is shown no key"
    assert {host for host, *_ in cloud.asked[1:]} == {"webservices5.autotask.net"}


async def test_saving_keeps_the_zone_that_was_found_and_the_keys_as_secrets(
    admin: Person, wirings: Wirings, settings: Settings
) -> None:
    address = await connect(admin)
    (kept,) = await list_kept(wirings)
    assert re.fullmatch(r"our-autotask-[0-9a-f]{6}", kept.id)
    assert (kept.zone_url, kept.web_url, kept.database) == (
        "https://webservices5.autotask.net",
        "https://ww5.autotask.net",
        "41",
    )
    assert (kept.mode, kept.posting_lead_nights) == (AutotaskMode.PRORATED, 3)
    secrets = {path.name.partition(".")[0]: path.read_text() for path in (settings.secrets_folder or Path()).iterdir()}
    assert secrets == {f"psa-{kept.id}-secret": SECRET, f"psa-{kept.id}-integration-code": CODE}
    (entry,) = await read_audit(wirings)
    assert (
        entry.sentence
        == f"Ada Administrator connected the PSA Our Autotask ({USER} at https://webservices5.autotask.net)."
    )
    page = await admin.get(f"{address}?look=now")
    assert "What Autotask says Good" in to_words(page.text)
    assert "canary" not in (page.text + entry.after).casefold()


@pytest.mark.parametrize(
    ("user", "sentence"),
    [
        ("evil@msp.example", "which is no zone of Autotask's cloud"),
        ("inside@msp.example", "169.254.169.254 is an address of the platform itself"),
        ("nobody@msp.example", "Autotask knows no zone for this user name"),
    ],
)
async def test_a_zone_that_may_not_be_called_is_refused_beside_the_user_and_is_shown_no_key(
    admin: Person, wirings: Wirings, cloud: Cloud, user: str, sentence: str
) -> None:
    for path in (NEW, f"{NEW}/test"):
        answer = await admin.post(path, fill(user=user))
        assert answer.status_code == 422
        found = re.search(r'<p class="trouble" id="user-trouble"[^>]*>(.*?)</p>', answer.text)
        assert found is not None and sentence in to_words(found[1])
        assert f'value="{user}"' in answer.text, "what was typed survives"
    assert await list_kept(wirings) == ()
    assert set(cloud.asked) == {("webservices.autotask.net", "", "", "")}


async def test_keys_that_autotask_refuses_are_not_saved(admin: Person, wirings: Wirings) -> None:
    answer = await admin.post(NEW, fill(secret="another-secret"))
    assert "Keys refused Autotask does not accept the API user" in to_words(answer.text)
    assert "another-secret" not in answer.text
    assert await list_kept(wirings) == ()


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": ""}, "name", "Give the connection a name"),
        ({"user": ""}, "user", "Type the user name of the API user"),
        ({"user": "two words"}, "user", "has no spaces"),
        ({"secret": ""}, "secret", "Type the secret and the tracking identifier"),
        ({"integration_code": ""}, "integration_code", "Type the secret and the tracking identifier"),
        ({"secret": "naïve-secret"}, "secret", "Autotask makes no such key"),
        ({"integration_code": "abc"}, "integration_code", "Autotask makes no such key"),
        ({"mode": "sometimes"}, "mode", "Choose from which day"),
        ({"lead": "15"}, "lead", "from 0 to 14"),
        ({"lead": "soon"}, "lead", "Type a number of nights from 0 to 14"),
        ({"lead": "-1"}, "lead", "Type a number of nights from 0 to 14"),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field(
    admin: Person, wirings: Wirings, changes: dict[str, str], field: str, sentence: str
) -> None:
    answer = await admin.post(NEW, fill(**changes))
    assert answer.status_code == 422
    found = re.search(rf'<p class="trouble" id="{field}-trouble"[^>]*>(.*?)</p>', answer.text)
    assert found is not None and sentence in to_words(found[1])
    assert await list_kept(wirings) == ()


async def test_a_missing_right_is_named_with_what_to_do(admin: Person, cloud: Cloud) -> None:
    cloud.autotask.access["ContractServiceAdjustments"] = {"userAccessForCreate": "None"}
    words = to_words((await admin.post(f"{NEW}/test", fill())).text)
    assert "Cannot write 1 right missing: Contracts > Contract visibility (Full) for adding services" in words
    assert "Give it to the security level of the API user" in words
    assert "Without it, plans and previews work, and every write is refused." in words


@pytest.mark.parametrize(
    ("used", "word"), [(4999, "Good"), (5000, "Slowed down"), (7499, "Slowed down"), (7500, "Stopped for now")]
)
async def test_the_hourly_budget_is_on_the_page(admin: Person, cloud: Cloud, used: int, word: str) -> None:
    cloud.autotask.used = used
    words = to_words((await admin.post(f"{NEW}/test", fill())).text)
    assert f"What Autotask says {word}" in words
    assert f"Requests this hour {used:,} of 10,000 used" in words


async def test_without_its_counter_the_page_says_what_that_means(admin: Person, cloud: Cloud) -> None:
    refused = httpx.Response(500, json={"errors": ["The logged in Resource does not have the adequate permissions"]})
    cloud.autotask.refusals["ThresholdInformation"] = refused
    words = to_words((await admin.post(f"{NEW}/test", fill())).text)
    assert "Rights missing 1 right missing: ThresholdInformation (Read) for seeing how many requests" in words
    assert "of 2,500 that Seatledger allows itself, 0 %. It may not see Autotask's own counter" in words
    assert "Seatledger works all the same: it counts its own requests" in words


async def test_where_nobody_is_answered_the_page_has_autotasks_words_and_when_it_goes_on(
    admin: Person, cloud: Cloud
) -> None:
    said = "The API request threshold of this database has been exceeded"
    cloud.autotask.refusals["ThresholdInformation"] = httpx.Response(
        429, json={"errors": [said]}, headers={"Retry-After": "600"}
    )
    words = to_words((await admin.post(f"{NEW}/test", fill())).text)
    assert "What Autotask says Stopped for now" in words
    assert f"429: {said}" in words and "It goes on by itself" in words


async def test_what_autotask_said_a_while_ago_has_its_time(
    admin: Person, settings: Settings, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await connect(admin)
    shown = [to_words((await admin.get(f"{address}?look=now")).text) for _ in range(2)]
    times = [re.search(r"Asked at ([0-9:]{8}) \(", words) for words in shown]
    assert times[0] is not None and times[1] is not None and times[0][1] == times[1][1]


async def test_a_change_without_keys_keeps_them_and_a_stale_form_is_not_saved(admin: Person, wirings: Wirings) -> None:
    address = await connect(admin)
    page = (await admin.get(address)).text
    assert "do it just after a period has begun" in to_words(page)
    form = fill(secret="", integration_code="", mode="period_start", lead="5", seal=read_seal(page))
    assert (await admin.post(address, form)).status_code == 303
    (kept,) = await list_kept(wirings)
    assert (kept.mode, kept.posting_lead_nights) == (AutotaskMode.PERIOD_START, 5)
    stale = await admin.post(address, form | {"name": "Stale"})
    assert stale.status_code == 409
    assert "Somebody else changed this connection" in to_words(stale.text)


async def test_one_database_is_connected_once_whichever_user_signs_in(admin: Person, wirings: Wirings) -> None:
    await connect(admin)
    answer = await admin.post(NEW, fill(user="other@msp.example"))
    assert answer.status_code == 422
    assert "This Autotask is connected already, as “Our Autotask”." in to_words(answer.text)
    assert len(await list_kept(wirings)) == 1
    assert (await admin.post(NEW, fill(name="Second", user="stranger@else.example"))).status_code == 303
    assert len(await list_kept(wirings)) == 2


async def test_another_user_needs_its_own_keys_and_another_database_a_connection_of_its_own(
    admin: Person, wirings: Wirings, cloud: Cloud
) -> None:
    address = await connect(admin)
    (kept,) = await list_kept(wirings)
    await use(wirings, kept.id)
    seal = read_seal((await admin.get(address)).text)
    cloud.asked.clear()
    answer = await admin.post(address, fill(user="other@msp.example", secret="", integration_code="", seal=seal))
    assert f"The keys that are kept were given for {USER}" in to_words(answer.text)
    assert {secret for _, _, secret, _ in cloud.asked} == {""}, "the kept secret was shown to nobody"
    answer = await admin.post(address, fill(user="stranger@else.example", seal=seal))
    assert "1 customer of this connection are linked to the Autotask of k7f3q@msp.example" in to_words(answer.text)
    assert await list_kept(wirings) == (kept,)


async def test_a_database_that_moved_is_found_in_its_new_zone_with_the_kept_keys(
    admin: Person, wirings: Wirings, cloud: Cloud
) -> None:
    address = await connect(admin)
    (kept,) = await list_kept(wirings)
    await use(wirings, kept.id)
    cloud.zones[USER] = ZONES[USER] | {"url": "https://webservices24.autotask.net/atservicesrest/"}
    seal = read_seal((await admin.get(address)).text)
    answer = await admin.post(address, fill(secret="", integration_code="", seal=seal))
    assert answer.status_code == 303, to_words(answer.text)
    assert (await list_kept(wirings))[0].zone_url == "https://webservices24.autotask.net"


async def test_a_database_that_moves_while_it_is_in_use_is_followed_and_another_one_is_not(
    admin: Person, wirings: Wirings, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "SECONDS_PER_ZONE", 0.0)
    await connect(admin)
    (kept,) = await list_kept(wirings)
    moved = ZONES[USER] | {"url": "https://webservices24.autotask.net/atservicesrest/"}
    cloud.gone = {"webservices5.autotask.net"}
    for zone, is_followed in ((moved | {"ci": 77}, False), (moved, True)):
        cloud.zones[USER] = zone
        catalogue = await (await wirings.administration()).connections.open_psa(kept.id)
        cloud.asked.clear()
        report = await catalogue.report_permissions()
        assert isinstance(report.connection, Connected) is is_followed
        assert ("webservices24.autotask.net" in {host for host, *_ in cloud.asked}) is is_followed
        assert sum(host == "webservices.autotask.net" for host, *_ in cloud.asked) == 1


async def test_discovery_that_does_not_answer_keeps_nothing_and_says_so(
    admin: Person, wirings: Wirings, cloud: Cloud
) -> None:
    cloud.zones[USER] = {"url": ZONES[USER]["url"]}
    for path, status in ((f"{NEW}/test", 200), (NEW, 422)):
        answer = await admin.post(path, fill())
        assert answer.status_code == status
        assert "What Autotask says Not reached" in to_words(answer.text)
    assert await list_kept(wirings) == ()


async def test_discovery_that_does_not_answer_stops_nobody_from_changing_a_setting(
    admin: Person, wirings: Wirings, cloud: Cloud
) -> None:
    address = await connect(admin)
    cloud.zones[USER] = {"url": ZONES[USER]["url"]}
    seal = read_seal((await admin.get(address)).text)
    answer = await admin.post(address, fill(name="Renamed", secret="", integration_code="", seal=seal))
    assert answer.status_code == 303, to_words(answer.text)
    (kept,) = await list_kept(wirings)
    assert (kept.name, kept.zone_url) == ("Renamed", "https://webservices5.autotask.net")


async def test_a_removed_connection_is_gone_with_its_keys(admin: Person, wirings: Wirings, settings: Settings) -> None:
    address = await connect(admin)
    assert "Nothing changes in Autotask." in to_words((await admin.get(f"{address}/remove")).text)
    assert (await admin.post(f"{address}/remove", {"sure": "yes"})).status_code == 303
    assert await list_kept(wirings) == ()
    assert list((settings.secrets_folder or Path()).iterdir()) == []


async def test_readers_look_and_see_neither_keys_nor_form(admin: Person, wirings: Wirings) -> None:
    address = await connect(admin)
    reader = Person(admin.client, "Reader")
    page = await reader.get(f"{address}?look=now")
    assert page.status_code == 200
    assert "connection-form" not in page.text
    assert "Requests this hour" in to_words(page.text)
    assert "Good" in to_words((await reader.get(f"{address}/health", **HTMX)).text)
    for path in (NEW, f"{NEW}/test", address):
        assert (await reader.client.post(path, data=fill(), headers=reader.headers | OURS)).status_code == 403
    words = to_words((await admin.get(LIST)).text)
    assert f"Our Autotask Autotask, {USER} at webservices5.autotask.net" in words


async def test_a_night_that_finds_its_zone_moved_by_hand_calls_nobody(wirings: Wirings, admin: Person) -> None:
    """Whoever writes to the table leads the keys nowhere."""
    await connect(admin)
    (kept,) = await list_kept(wirings)
    configuration = (await wirings.wiring()).open_configuration()
    await configuration.save_connection(replace(kept, zone_url="https://evil.example"))
    wirings.forget()
    closed = (await wirings.outside()).connections[kept.id]
    assert isinstance(closed, ClosedPsa)
