"""The API is described as it is: every route, every body, every answer."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from openapi_core import OpenAPI

from tests.unit.web.approval_fakes import DecisionWorld, make_proposal
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World
from tests.unit.web.test_additions import PATH, make_world
from tests.unit.web.test_decisions_api import call
from web.api.description import OPERATIONS, describe_api, describe_operation, make_schemas
from web.api.examples import AMOUNTS, EMPTY, TEXTS
from web.api.operations import Operation
from web.api.shapes import Hold, HoldPage, Outcome, Proposal, ProposalPage, Refused, Shape, Story, UndoMoved, UndoPlan
from web.security.permissions import PERMISSIONS, Permission


def test_every_route_of_the_api_is_described_with_its_role() -> None:
    described = {(each.method, each.path) for each in OPERATIONS}
    routes = {key for key, asks in PERMISSIONS.items() if key[1].startswith("/api/v1/") and asks != Permission.PUBLIC}
    assert described == routes
    assert {each.role for each in OPERATIONS if each.method == "POST"} == {"operator", "administrator"}
    assert len({each.name for each in OPERATIONS}) == len(OPERATIONS)


def test_the_description_is_valid_openapi() -> None:
    OpenAPI.from_dict(describe_api())
    text = str(describe_api())
    for name in make_schemas():
        assert f"#/components/schemas/{name}" in text


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_every_operation_has_an_example_that_fits(operation: Operation) -> None:
    described = describe_operation(operation)
    assert described["summary"] and described["description"]
    assert all(each["example"] for each in described["parameters"] if each["in"] == "path")
    if operation.body is not None:
        (carried,) = described["requestBody"]["content"].values()
        operation.body.model_validate_json(json.dumps(carried["example"]), strict=True)
    for status, (shape, _) in operation.answers.items():
        (carried,) = described["responses"][str(status)]["content"].values()
        shape.model_validate_json(json.dumps(carried["example"]))


def test_no_example_is_of_a_name_that_nothing_has() -> None:
    fields = {name for schema in make_schemas().values() for name in schema.get("properties", {})}
    paths = {name for each in OPERATIONS for name in each.path_names}
    assert (set(TEXTS) | EMPTY | AMOUNTS) - fields - paths == set()


async def test_strangers_may_read_the_description_and_it_names_nobody(browse: Open) -> None:
    async with browse(World()) as client:
        found = await client.get("/api/v1/openapi.json")
        page = await client.get("/api/v1/docs")
    assert found.json() == describe_api()
    assert page.status_code == 200 and "https://" not in page.text.replace("https://seatledger", "")
    for each in OPERATIONS:
        assert each.path in page.text and each.summary in html.unescape(page.text)
    assert "one of to_zero, large_drop" in page.text and "list of Hold" in page.text


def check(shape: type[Shape], body: Any) -> None:
    """The body has that shape; what may be missing is missing where there is nothing to say."""
    assert shape.model_validate(body, strict=False).model_dump(mode="json", exclude_unset=True) == body


async def test_answers_fit_their_description(browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1)
    world.add_hold(2, monthly=None)
    world.open_items.proposals = (make_proposal(1), make_proposal(2, settled_by="Ada", invoice_number="7"))
    check(HoldPage, (await call(browse, world, "GET", "/holds")).json())
    check(ProposalPage, (await call(browse, world, "GET", "/proposals")).json())
    body = {"holds": [{"id": hold.id, "line_hash": "old"}], "reason": "x"}
    outcome = (await call(browse, world, "POST", "/holds/refuse", body)).json()
    check(Outcome, outcome)
    check(Hold, outcome["changed"][0])
    tick = {"id": make_proposal(1).id, "invoice_number": "C-1"}
    check(Proposal, (await call(browse, world, "POST", "/proposals/settle", tick)).json())
    story = make_world()
    check(Story, (await call(browse, story, "GET", PATH)).json())
    check(UndoPlan, (await call(browse, story, "GET", f"{PATH}/undo")).json())
    moved = await call(browse, story, "POST", f"{PATH}/undo", {"shown": "other", "reason": "x"})
    check(UndoMoved, moved.json())


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/none", 404), ("POST", "/holds/approve", 415)])
async def test_refusals_fit_their_description(method: str, path: str, status: int, browse: Open) -> None:
    answer = await call(browse, DecisionWorld(), method, path)
    assert answer.status_code == status
    check(Refused, answer.json())
