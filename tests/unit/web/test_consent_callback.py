"""What Microsoft sends back with a browser, and every way in which it is no consent of ours (S3, S4)."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from plans.consent import NotGranted, derive_nonce, derive_verifier, digest
from tests.unit.web.accounts import BASE, DIRECT, NEW, find_cookie, find_state, make_world, post, work_through
from tests.unit.web.conftest import Open
from tests.unit.web.consent_fakes import LOGIN, PARTNER
from tests.unit.web.fakes import NOW, PUBLIC_URL, World, announce, make_claims, sign, sign_in_headers
from tests.unit.web.pages import to_words

CALLBACK = f"{BASE}/callback"
CODE = "0.code-canary"
OTHER_PERSON = "5ea71ed9-0000-4000-8000-0000000000b2"


async def begin(client: httpx.AsyncClient, path: str = f"{BASE}/ms-1/consent") -> tuple[str, str]:
    """The state and the cookie of a consent that is begun; the client itself keeps no cookies."""
    answer = await post(client, path)
    client.cookies.clear()
    assert answer.status_code == 303, answer.text
    return find_state(answer), find_cookie(answer)


async def come_back(
    client: httpx.AsyncClient, query: dict[str, str | list[str]], cookie: str = "", **headers: str
) -> httpx.Response:
    sent = sign_in_headers() | ({"Cookie": cookie} if cookie else {}) | {"Sec-Fetch-Site": "cross-site"} | headers
    answer = await client.get(CALLBACK, params=query, headers=sent)
    client.cookies.clear()
    return answer


def read_refusal(answer: httpx.Response, world: World) -> str:
    """The sentence on the page; nothing was exchanged or kept."""
    words = to_words(answer.text)
    assert answer.status_code == 400 and "There is no consent" in words
    assert CODE not in answer.text and world.connections.accounts["ms-1"].consented_at is None
    return words


async def test_a_consent_goes_out_with_a_state_and_a_cookie_and_comes_back_once(
    browse: Open, caplog: pytest.LogCaptureFixture
) -> None:
    world = make_world()
    with caplog.at_level(logging.DEBUG):
        async with browse(world) as client:
            out = await post(client, f"{BASE}/ms-1/consent")
            client.cookies.clear()
            state, cookie = find_state(out), find_cookie(out)
            back = await come_back(client, {"code": CODE, "state": state, "session_state": "x"}, cookie)
            again = await come_back(client, {"code": CODE, "state": state}, cookie)
            page = await client.get(f"{BASE}/ms-1?told=granted", headers=sign_in_headers())
    assert out.status_code == 303 and out.headers["location"].startswith(f"{LOGIN}/{PARTNER}/oauth2/v2.0/authorize?")
    assert out.headers["cache-control"] == "no-store"
    attributes = {part.strip().lower() for part in out.headers["set-cookie"].split(";")[1:]}
    assert attributes == {"httponly", f"path={CALLBACK}", "samesite=lax", "secure", "max-age=600"}
    name, _, browser = cookie.partition("=")
    assert name == f"seatledger-consent-{digest(state)[:16]}" and len(state) == len(browser) == 43
    assert back.status_code == 303 and back.headers["location"] == f"{BASE}/ms-1?told=granted"
    assert f"{name}=" in back.headers["set-cookie"] and "max-age=0" in back.headers["set-cookie"].lower()
    ((account_id, redemption),) = world.consent.redeemed
    assert (account_id, redemption.code, redemption.redirect_uri) == ("ms-1", CODE, f"{PUBLIC_URL}{CALLBACK}")
    assert redemption.verifier == derive_verifier(browser, state)
    assert redemption.nonce == derive_nonce(browser, state)
    kept = world.connections.accounts["ms-1"]
    assert (kept.consented_by, kept.consented_at) == ("Ada Administrator", NOW)
    assert (kept.user_name, kept.has_mfa) == ("svc@msp.example", True)
    assert "used already" in to_words(again.text) and again.status_code == 400
    entry = world.audit.entries[-1]
    assert entry.subject == "microsoft/ms-1" and "granted Microsoft's consent" in entry.sentence
    # The client of this test logs what it asks for; the app does not.
    logged = "".join(record.getMessage() for record in caplog.records if record.name.startswith("web."))
    for secret in (CODE, state, browser):
        assert secret not in page.text + back.text + logged + entry.before + entry.after


async def test_afterwards_the_account_is_read_by_the_queue_and_its_progress_told(browse: Open) -> None:
    world = make_world()
    async with browse(world) as client:
        state, cookie = await begin(client)
        await come_back(client, {"code": CODE, "state": state}, cookie)
        waiting = to_words((await client.get(f"{BASE}/ms-1", headers=sign_in_headers())).text)
        assert world.archive.partner is None, "the page itself reads nothing"
        await work_through(world)
        words = to_words((await client.get(f"{BASE}/ms-1", headers=sign_in_headers())).text)
    assert "Asked; it begins within seconds" in waiting and "This account is being read." in waiting
    assert "27 tenants found." in words and world.archive.partner is not None


async def test_a_forged_missing_or_doubled_state_is_refused(browse: Open) -> None:
    world = make_world()
    async with browse(world) as client:
        state, cookie = await begin(client)
        forged = await come_back(client, {"code": CODE, "state": "f" * 43}, cookie)
        missing = await come_back(client, {"code": CODE}, cookie)
        doubled = await come_back(client, {"code": CODE, "state": [state, state]}, cookie)
    assert "never begun here" in read_refusal(forged, world)
    assert "did not come with a consent" in read_refusal(missing, world)
    assert "did not come with a consent" in read_refusal(doubled, world)
    assert world.consent.redeemed == []


async def test_a_state_that_expired_is_refused(browse: Open) -> None:
    world = make_world()
    async with browse(world) as client:
        state, cookie = await begin(client)
        world.now = NOW + timedelta(minutes=10)
        answer = await come_back(client, {"code": CODE, "state": state}, cookie)
    assert "took longer than ten minutes" in read_refusal(answer, world)
    assert world.consent.redeemed == []


async def test_a_state_of_another_person_is_refused_and_used_up(browse: Open) -> None:
    world = make_world()
    other = {
        "X-MS-TOKEN-AAD-ID-TOKEN": sign(make_claims(oid=OTHER_PERSON, name="Mallory")),
        "X-MS-CLIENT-PRINCIPAL": announce(OTHER_PERSON),
        "X-MS-CLIENT-PRINCIPAL-ID": OTHER_PERSON,
    }
    async with browse(world) as client:
        state, cookie = await begin(client)
        foreign = await come_back(client, {"code": CODE, "state": state}, cookie, **other)
        own = await come_back(client, {"code": CODE, "state": state}, cookie)
    assert "begun by somebody else" in read_refusal(foreign, world)
    assert "used already" in read_refusal(own, world)
    assert world.consent.redeemed == []


@pytest.mark.parametrize("cookie", ["", "seatledger-consent-x=y", "{name}=", "{name}=" + "b" * 43])
async def test_a_state_in_another_browser_is_refused(cookie: str, browse: Open) -> None:
    world = make_world()
    async with browse(world) as client:
        state, own = await begin(client)
        named = cookie.replace("{name}", own.partition("=")[0])
        answer = await come_back(client, {"code": CODE, "state": state}, named)
    assert "begun in another browser" in read_refusal(answer, world)
    assert world.consent.redeemed == []


async def test_the_cookie_of_one_consent_opens_no_other_and_two_can_be_under_way(browse: Open) -> None:
    world = make_world()
    async with browse(world) as client:
        first, second = await begin(client), await begin(client)
        swapped = await come_back(client, {"code": CODE, "state": first[0]}, second[1])
        assert "begun in another browser" in read_refusal(swapped, world)
        third = await begin(client)
        cookies = f"{second[1]}; {third[1]}"
        for state in (second[0], third[0]):
            good = await come_back(client, {"code": CODE, "state": state}, cookies)
            assert good.status_code == 303


async def test_an_account_that_was_removed_or_changed_meanwhile_is_not_granted(browse: Open) -> None:
    world = make_world()
    async with browse(world) as client:
        state, cookie = await begin(client)
        world.connections.accounts["ms-1"] = replace(NEW, tenant_id=PARTNER.replace("7d", "8d"))
        answer = await come_back(client, {"code": CODE, "state": state}, cookie)
    assert "removed or changed meanwhile" in read_refusal(answer, world)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"error": "access_denied", "error_description": "AADSTS65004"}, "declined, or may not consent"),
        ({}, "neither a consent nor a reason"),
        ({"code": ""}, "neither a consent nor a reason"),
        ({"code": "x" * 8193}, "neither a consent nor a reason"),
        ({"code": [CODE, CODE]}, "neither a consent nor a reason"),
        ({"code": CODE, "tenant": "9d3b7c51-42aa-4f0e-8c66-1e5f0a7d2b93"}, "another directory"),
    ],
)
async def test_what_is_no_consent_is_told_in_a_sentence(
    query: dict[str, str | list[str]], sentence: str, browse: Open
) -> None:
    world = make_world()
    async with browse(world) as client:
        state, cookie = await begin(client)
        answer = await come_back(client, {"state": state, **query}, cookie)
    assert sentence in read_refusal(answer, world)
    assert world.consent.redeemed == []


async def test_a_code_that_microsoft_does_not_take_changes_nothing(browse: Open) -> None:
    world = make_world()
    world.consent.ending = NotGranted("The consent was redeemed before. Begin the consent again.")
    async with browse(world) as client:
        state, cookie = await begin(client)
        answer = await come_back(client, {"code": CODE, "state": state}, cookie)
    assert "redeemed before" in read_refusal(answer, world)
    assert world.account_records.told == [] and world.audit.entries == []


async def test_nobody_without_the_role_ends_a_consent(browse: Open) -> None:
    world = make_world()
    async with browse(world) as client:
        state, cookie = await begin(client)
        reader = await come_back(client, {"code": CODE, "state": state}, cookie, **sign_in_headers(["Reader"]))
        nobody = await client.get(CALLBACK, params={"code": CODE, "state": state}, headers={"Cookie": cookie})
    assert reader.status_code == 403 and nobody.status_code == 401
    assert CODE not in nobody.text and state not in nobody.text and "location" not in nobody.headers
    assert len(world.pending_consents.kept) == 1


async def test_asking_is_a_post_of_our_own_page_alone(browse: Open) -> None:
    world = make_world()
    async with browse(world) as client:
        foreign = await post(client, f"{BASE}/ms-1/consent", None, **{"Sec-Fetch-Site": "cross-site"})
        by_get = await client.get(f"{BASE}/ms-1/consent", headers=sign_in_headers())
    assert foreign.status_code == 403 and by_get.status_code == 405 and not world.pending_consents.kept


async def test_the_policy_lets_forms_lead_to_the_sign_in_on_these_pages_alone(browse: Open) -> None:
    world = make_world()
    async with browse(world) as client:
        pages = [await client.get(path, headers=sign_in_headers()) for path in (BASE, f"{BASE}/ms-1", "/customers")]
    policies = [page.headers["content-security-policy"] for page in pages]
    assert [f"form-action 'self' {LOGIN};" in policy for policy in policies] == [True, True, False]
    assert "form-action 'self';" in policies[2]


async def test_a_consent_of_a_direct_tenant_is_proven_by_reading_it(browse: Open) -> None:
    world = make_world()
    world.connections.tenants[DIRECT.id] = DIRECT
    path = f"{BASE}/direct/{DIRECT.id}/consent"
    async with browse(world) as client:
        state, cookie = await begin(client, path)
        query: dict[str, str | list[str]] = {"admin_consent": "True", "tenant": DIRECT.tenant_id, "state": state}
        good = await come_back(client, query, cookie)
        assert good.headers["location"] == f"{BASE}/direct/{DIRECT.id}?told=granted"
        assert world.connections.tenants[DIRECT.id].consented_at == NOW
        world.connections.tenants[DIRECT.id] = DIRECT
        for changes, sentence in (
            ({"tenant": PARTNER}, "another directory"),
            ({"admin_consent": "False"}, "neither a consent nor a reason"),
            ({"error": "access_denied"}, "declined"),
        ):
            state, cookie = await begin(client, path)
            refused = await come_back(client, {**query, "state": state, **changes}, cookie)
            assert sentence in to_words(refused.text)
        world.consent.tried = NotGranted("Microsoft does not know the app in this tenant.")
        state, cookie = await begin(client, path)
        unread = await come_back(client, query | {"state": state}, cookie)
    assert "does not know the app" in to_words(unread.text)
    assert world.connections.tenants[DIRECT.id].consented_at is None


async def test_a_consent_stands_though_its_reading_cannot_be_asked_for(browse: Open) -> None:
    world = make_world()
    world.account_records.error = ConnectionError("gone")
    async with browse(world) as client:
        state, cookie = await begin(client)
        await come_back(client, {"code": CODE, "state": state}, cookie)
        words = to_words((await client.get(f"{BASE}/ms-1", headers=sign_in_headers())).text)
    assert "It could not be asked for" in words and "Read this account now" in words
    assert world.connections.accounts["ms-1"].consented_at is not None
