"""Tokens of scripts: issued and revoked by administrators, shown once, and what a request must carry (S3, S12)."""

from __future__ import annotations

import html
import logging
import re
from datetime import timedelta

import httpx
import pytest

from plans.errors import Bug
from plans.tokens import TokenRole, digest_token
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import NOW, World, sign_in_headers
from tests.unit.web.pages import read_source, read_words, to_words
from tests.unit.web.token_fakes import GOOD, OPERATOR, READER, make_text, make_token, token_headers
from web.actions.asking import Actor
from web.actions.issuing import issue_token
from web.application import create_application

OURS = {"Sec-Fetch-Site": "same-origin"}
WISH = {"name": " Stock\x00 check ", "role": "operator", "days": "90"}


async def post(browse: Open, world: World, path: str, form: dict[str, str]) -> httpx.Response:
    async with browse(world) as client:
        return await client.post(path, data=form, headers=sign_in_headers() | OURS)


def find_text(answer: httpx.Response) -> str:
    found = re.search(r'id="token-text"[^>]* value="([^"]+)"', answer.text)
    assert found is not None
    return html.unescape(found[1])


async def test_a_new_token_is_shown_once_and_opens_the_api(browse: Open, caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    with caplog.at_level(logging.INFO):
        answer = await post(browse, world, "/settings/tokens", WISH)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    text = find_text(answer)
    kept = next(each for each in world.tokens.tokens.values() if each.name == "Stock check")
    assert (kept.role, kept.created_by, kept.created_at) == (TokenRole.OPERATOR, "Ada Administrator", NOW)
    assert kept.expires_at == NOW + timedelta(days=90)
    assert kept.digest == digest_token(text) and kept.ending == text[-4:]
    assert text not in caplog.text and "Issued token 'Stock check'" in caplog.text
    assert "Copy the token “ Stock check ” now" in to_words(answer.text)
    later = await read_source(browse, world, "/settings/tokens")
    assert text not in later and f"…{text[-4:]}" in later
    async with browse(world) as client:
        holds = await client.get("/api/v1/holds", headers={"X-Seatledger-Token": text})
    assert holds.status_code == 200


async def test_two_tokens_are_never_alike(browse: Open) -> None:
    first, second = [
        find_text(await post(browse, World(), "/settings/tokens", WISH | {"name": name})) for name in ("a", "b")
    ]
    assert first != second and len(first.rpartition("_")[0]) and len(first) == len(second) == 64


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"name": " "}, 422, "Name the token after the script"),
        ({"name": "\x00"}, 422, "Name the token after the script"),
        ({"role": "owner"}, 422, "Choose what the token may do."),
        ({"role": ""}, 422, "Choose what the token may do."),
        ({"name": "nightly REPORT"}, 409, "There is a token “nightly REPORT” already."),
    ],
)
async def test_what_was_typed_survives_a_form_that_cannot_be_taken(
    changes: dict[str, str], status: int, sentence: str, browse: Open
) -> None:
    world = World()
    answer = await post(browse, world, "/settings/tokens", WISH | changes)
    assert answer.status_code == status and sentence in to_words(answer.text)
    assert 'value="90" selected' in answer.text and "token-text" not in answer.text
    assert set(world.tokens.tokens) == {each.id for each in GOOD}


async def test_a_token_that_administers_is_good_for_90_days_at_most(browse: Open) -> None:
    world = World()
    refused = await post(browse, world, "/settings/tokens", WISH | {"role": "administrator", "days": "365"})
    assert refused.status_code == 422 and "90 days at most" in to_words(refused.text)
    assert set(world.tokens.tokens) == {each.id for each in GOOD}
    issued = await post(browse, world, "/settings/tokens", WISH | {"role": "administrator"})
    assert issued.status_code == 200 and len(world.tokens.tokens) == len(GOOD) + 1


async def test_a_life_that_the_form_does_not_offer_is_ninety_days(browse: Open) -> None:
    world = World()
    await post(browse, world, "/settings/tokens", WISH | {"days": "100000"})
    kept = next(each for each in world.tokens.tokens.values() if each.name == "Stock check")
    assert kept.expires_at == NOW + timedelta(days=90)


async def test_the_name_of_a_token_that_ended_is_free_again_and_many_are_too_many(browse: Open) -> None:
    world = World()
    world.tokens.tokens[READER.id] = READER.revoke("Ada", NOW)
    assert (await post(browse, world, "/settings/tokens", WISH | {"name": READER.name})).status_code == 200
    world.tokens.tokens |= {each.id: each for each in (make_token(number, f"n{number}") for number in range(10, 107))}
    answer = await post(browse, world, "/settings/tokens", WISH)
    assert answer.status_code == 409 and "There are 100 tokens already." in to_words(answer.text)


async def test_an_id_that_is_taken_is_drawn_again(browse: Open) -> None:
    world = World()
    world.tokens.refuses = 2
    assert (await post(browse, world, "/settings/tokens", WISH)).status_code == 200
    world.tokens.refuses = 3
    with pytest.raises(Bug, match="taken"):
        await issue_directly(world)


async def issue_directly(world: World) -> None:
    await issue_token(world.tokens, "x", TokenRole.READER, timedelta(days=1), Actor("Ada", "t/o", NOW, ""))


async def test_a_revoked_token_opens_nothing_from_then_on(browse: Open, caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    with caplog.at_level(logging.INFO):
        answer = await post(browse, world, "/settings/tokens/revoke", {"token": OPERATOR.id})
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/tokens?told=revoked")
    assert "Revoked token 'Approval bot'" in caplog.text
    async with browse(world) as client:
        refused = await client.get("/api/v1/holds", headers=token_headers())
    assert refused.status_code == 401 and "was revoked" in refused.json()["detail"]
    words = await read_words(browse, world, "/settings/tokens?told=revoked")
    assert "The token is revoked: it opens nothing any more." in words
    assert "2 tokens open the API." in words and "22 Nov 2026, 08:30 by Ada Administrator" in words
    gone = await post(browse, world, "/settings/tokens/revoke", {"token": "none"})
    assert gone.headers["location"] == "/settings/tokens?told=gone"


async def test_tokens_are_listed_those_that_open_something_first(browse: Open) -> None:
    world = World()
    old = [make_token(number, f"Old {number}", life=timedelta(days=1)) for number in range(100, 160)]
    world.tokens.tokens |= {each.id: each for each in old}
    world.tokens.tokens["s"] = make_token(200, "Soon over", life=timedelta(days=30))
    words = await read_words(browse, world, "/settings/tokens")
    assert words.index("Approval bot") < words.index("Old 159")
    assert "Expires soon" in words and "10 older tokens that ended before are not shown." in words
    assert "Old 100" not in words


async def test_without_tokens_the_page_says_what_they_are_for(browse: Open) -> None:
    world = World()
    world.tokens.tokens = {}
    words = await read_words(browse, world, "/settings/tokens")
    assert "No token opens the API." in words and "None was ever issued." in words
    world.tokens.error = ConnectionError("no storage")
    assert "cannot read its own records" in await read_words(browse, world, "/settings/tokens", 503)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("X-Seatledger-Token", "")],
        [("X-Seatledger-Token", "slt_none")],
        [("X-Seatledger-Token", make_text(9))],
        [("X-Seatledger-Token", make_text(2).replace("Az", "zA"))],
        [("X-Seatledger-Token", make_text(2)), ("X-Seatledger-Token", make_text(2))],
        [("X-Seatledger-Token", f"{make_text(2)},{make_text(2)}")],
        [("Authorization", f"Bearer {make_text(2)}")],
        [("Cookie", f"X-Seatledger-Token={make_text(2)}")],
        [*sign_in_headers(["Administrator"]).items()],
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/holds", "/api/v1/none", "/API/V1/holds", "/api/v1"])
async def test_nothing_but_one_good_token_opens_the_api(
    path: str, headers: list[tuple[str, str]], browse: Open
) -> None:
    async with browse(World()) as client:
        answer = await client.get(path, headers=headers)
    assert answer.status_code == 401 and "location" not in answer.headers
    assert answer.json()["detail"] if path.startswith("/api/") else answer.text
    assert "Nightly" not in answer.text and "Approval bot" not in answer.text


async def test_a_token_opens_no_page_and_is_not_looked_at_there(browse: Open) -> None:
    world = World()
    world.tokens.error = ConnectionError("must not be asked")
    async with browse(world) as client:
        page = await client.get("/approvals", headers=token_headers())
        settings = await client.post("/settings/tokens", data=WISH, headers=token_headers() | OURS)
        api = await client.get("/api/v1/holds", headers=token_headers())
    assert (page.status_code, settings.status_code) == (302, 401)
    assert api.status_code == 503 and api.json()["detail"].startswith("Tokens cannot be checked")


async def test_while_sign_in_is_off_no_token_opens_anything(browse: Open) -> None:
    async with browse(create_application(World().context(sign_in=None))) as client:
        assert (await client.get("/api/v1/holds", headers=token_headers())).status_code == 503


async def test_scripts_come_from_no_page_and_the_log_names_their_token(
    browse: Open, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"holds": [], "reason": "x"}
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    with caplog.at_level(logging.INFO):
        async with browse(World()) as client:
            bare = await client.post("/api/v1/holds/refuse", json=body, headers=foreign)
            weak = await client.post("/api/v1/holds/refuse", json=body, headers=token_headers(TokenRole.READER))
            own = await client.post("/api/v1/proposals/settle", json={}, headers=token_headers() | foreign)
    assert (bare.status_code, weak.status_code, own.status_code) == (401, 403, 422)
    told = [record.message for record in caplog.records if " by token " in record.message]
    assert re.match(r"Denied request \w+: POST '/api/v1/holds/refuse' by token 'Nightly report' \(0+1\)", told[0])
    assert re.match(r"Allowed request \w+: POST '/api/v1/proposals/settle' by token 'Approval bot' \(0+2\)", told[1])


async def test_the_tokens_have_a_tab_for_administrators_alone(browse: Open) -> None:
    async with browse(World()) as client:
        answers = [
            await client.get("/settings", headers=sign_in_headers([role])) for role in ("Administrator", "Operator")
        ]
    assert ["/settings/tokens" in answer.text for answer in answers] == [True, False]
