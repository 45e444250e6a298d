"""The same decisions as JSON."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from plans.tokens import TokenRole
from tests.unit.web.approval_fakes import NIGHT, DecisionWorld, make_proposal
from tests.unit.web.conftest import Open
from tests.unit.web.test_additions import PATH, make_world
from tests.unit.web.token_fakes import token_headers
from web.application import create_application


async def call(
    browse: Open,
    world: DecisionWorld,
    method: str,
    path: str,
    body: Any = None,
    role: TokenRole = TokenRole.OPERATOR,
) -> httpx.Response:
    async with browse(create_application(world.context())) as client:
        return await client.request(method, f"/api/v1{path}", json=body, headers=token_headers(role))


async def test_holds_are_listed_filtered_and_paged(browse: Open) -> None:
    world = DecisionWorld()
    holds = [world.add_hold(number) for number in range(60)]
    answer = (await call(browse, world, "GET", "/holds?page=2", role=TokenRole.READER)).json()
    assert (answer["page"], answer["total"], len(answer["holds"])) == (2, 60, 10)
    first = (await call(browse, world, "GET", "/holds?customer=customer-3")).json()["holds"]
    assert [each["id"] for each in first] == [holds[3].id]
    assert first[0]["line_hash"] == holds[3].line.line_hash and first[0]["can_decide"] is True
    assert (first[0]["rule"], first[0]["forecast_a_month"]) == ("large_drop", "-80")


@pytest.mark.parametrize("word", ["approve", "refuse"])
async def test_a_decision_says_what_it_did(word: str, browse: Open) -> None:
    world = DecisionWorld()
    hold, old = world.add_hold(1), world.add_hold(2)
    world.add_hold(2, 12, 5)
    shown = [{"id": each.id, "line_hash": each.line.line_hash} for each in (hold, old)]
    shown.append({"id": "customer-9:m-9", "line_hash": "x"})
    answer = await call(browse, world, "POST", f"/holds/{word}", {"holds": shown, "reason": "Seen"})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["done"], told["gone"], told["run_id"]) == ([hold.id], 1, f"{NIGHT}-001")
    assert [each["id"] for each in told["changed"]] == [old.id]
    assert len(world.books.approvals if word == "approve" else world.books.refusals) == 1


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"holds": []}, "reason: Field required."),
        ({"holds": [], "reason": "  "}, "reason: String should have at least 1 character."),
        ({"holds": [{"id": "a"}], "reason": "x"}, "holds.0.line_hash: Field required."),
        ({"holds": [], "reason": "x", "all": True}, "all: Extra inputs are not permitted."),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_in_words(body: Any, sentence: str, browse: Open) -> None:
    answer = await call(browse, DecisionWorld(), "POST", "/holds/approve", body)
    assert answer.status_code == 422 and answer.json()["detail"] == sentence
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_form_is_no_json_and_a_reader_may_not(browse: Open) -> None:
    async with browse(create_application(DecisionWorld().context())) as client:
        headers = token_headers()
        assert (await client.post("/api/v1/holds/approve", data={"a": "b"}, headers=headers)).status_code == 415
        stranger = await client.get("/api/v1/holds")
    assert stranger.status_code == 401
    body = {"holds": [], "reason": "x"}
    refused = await call(browse, DecisionWorld(), "POST", "/holds/approve", body, TokenRole.READER)
    assert refused.status_code == 403 and "a role that does" in refused.json()["detail"]


async def test_proposals_are_listed_and_ticked_off_once(browse: Open) -> None:
    world = DecisionWorld()
    world.open_items.proposals = (make_proposal(1),)
    (listed,) = (await call(browse, world, "GET", "/proposals")).json()["proposals"]
    assert (listed["start"], listed["seats"], listed["amount"]) == ("2026-11-03", 2, "37.33")
    body = {"id": listed["id"], "invoice_number": "C-17"}
    first = await call(browse, world, "POST", "/proposals/settle", body)
    again = await call(browse, world, "POST", "/proposals/settle", body)
    assert (first.status_code, again.status_code) == (200, 409)
    assert first.json()["settled_by"] == "Script “Approval bot”"
    gone = await call(browse, world, "POST", "/proposals/settle", body | {"id": "none"})
    assert gone.status_code == 404


async def test_story_and_undo(browse: Open) -> None:
    world = make_world()
    story = (await call(browse, world, "GET", PATH)).json()
    assert [each["word"] for each in story["events"]] == ["Written and proved", "Written and proved"]
    assert story["events"][0]["can_undo"] is True and story["events"][0]["at"].startswith("2026-11-21T02:06")
    shown = (await call(browse, world, "GET", f"{PATH}/undo")).json()
    assert (shown["quantity_refused"], shown["quantity_before"]) == (12, 10)
    moved = await call(browse, world, "POST", f"{PATH}/undo", {"shown": "other", "reason": "why"})
    assert moved.status_code == 409 and moved.json()["undo"] == shown
    asked = await call(browse, world, "POST", f"{PATH}/undo", {"shown": shown["digest"], "reason": "why"})
    assert asked.json() == {"run_id": f"{NIGHT}-001"}
    world.archive.agreements = {}
    assert (await call(browse, world, "GET", f"{PATH}/undo")).status_code == 409
