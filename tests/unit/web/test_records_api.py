"""Customers and runs as JSON: what the pages show, said to scripts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from plans.tokens import TokenRole
from tests.unit.plans.alerts.values import keep
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.everything import make_everything
from tests.unit.web.fakes import World
from tests.unit.web.pages import read_csv
from tests.unit.web.test_alerts import HELD, UNUSED, alert_world
from tests.unit.web.test_description import check
from tests.unit.web.token_fakes import token_headers
from web.api.alert_shapes import AlertPage
from web.api.customer_shapes import CustomerPage, CustomerRecord, HistoryPage, LicencePage, SyncAsked, UserPage
from web.api.description import OPERATIONS
from web.api.operations import Operation
from web.api.run_shapes import AgreementPage, LogPage, ResultPage, RunItem, RunPage
from web.api.shapes import Shape

CUSTOMER = "/customers/customer-0"
RUN = f"/runs/{nights.NIGHT}"


async def ask(browse: Open, world: World, path: str, role: TokenRole = TokenRole.READER) -> Any:
    async with browse(world) as client:
        answer = await client.get(f"/api/v1{path}", headers=token_headers(role))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/customers", CustomerPage),
        (CUSTOMER, CustomerRecord),
        (f"{CUSTOMER}/licences", LicencePage),
        (f"{CUSTOMER}/users", UserPage),
        (f"{CUSTOMER}/history", HistoryPage),
        ("/runs", RunPage),
        (RUN, RunItem),
        (f"{RUN}/customers", ResultPage),
        (f"{RUN}/changes", AgreementPage),
        (f"{RUN}/log", LogPage),
    ],
)
async def test_every_answer_has_the_shape_that_is_described(path: str, shape: type[Shape], browse: Open) -> None:
    for world in (nights.typical_world(), make_everything()):
        body = await ask(browse, world, path)
        check(shape, body)
        rows = next((value for value in body.values() if isinstance(value, list)), [body])
        assert rows


async def test_an_alert_says_its_money_of_a_month_or_once_and_what_it_is_ordered_by(browse: Open) -> None:
    credit = replace(UNUSED, monthly=None, once=Decimal("46.60"))
    drop = replace(HELD, monthly=Decimal("-88.00"))
    world = alert_world(*(keep(each) for each in (credit, drop, replace(drop, thing=("c1", "2"), monthly=None))))
    body = await ask(browse, world, "/alerts")
    check(AlertPage, body)
    told = [(each["monthly"], each["once"], each["stake"]) for each in body["alerts"]]
    assert told == [(None, None, "0"), ("-88.00", None, "88.00"), (None, "46.60", "46.60")]


async def test_customers_are_those_of_the_page_in_its_order(browse: Open) -> None:
    world = nights.typical_world()
    for query in ("?sort=seats", "?state=needed", "?q=dental"):
        rows = await read_csv(browse, world, f"/customers.csv{query}")
        answer = await ask(browse, world, f"/customers{query}")
        assert [each["name"] for each in answer["customers"]] == [row[0] for row in rows[1:]]
        assert answer["total"] == len(rows) - 1
    everyone = (await ask(browse, world, "/customers"))["customers"]
    assert {"parked", "held", "unknown", "changed"} <= {each["state"] for each in everyone}


async def test_five_thousand_come_in_pages(browse: Open) -> None:
    answer = await ask(browse, nights.large_world(), "/customers?page=100")
    assert (answer["page"], answer["total"], len(answer["customers"])) == (100, 5000, 50)


async def test_a_customers_mappings_say_what_was_proved(browse: Open) -> None:
    answer = await ask(browse, make_everything(), CUSTOMER)
    (mapping,) = [each for each in answer["mappings"] if each["id"] == "m-0-premium"]
    assert (mapping["seats_billed"], mapping["basis"], mapping["is_ended"]) == (12, "purchased", False)


async def test_words_for_scripts_have_plain_blanks(browse: Open) -> None:
    """A blank that a line does not break at is for pages: whoever compares words would not find these."""
    answer = await ask(browse, nights.typical_world(), f"{CUSTOMER}/licences")
    assert "10 annual · 2 monthly" in [each["subscriptions"] for each in answer["licences"]]


async def test_a_run_says_its_totals_and_its_diff(browse: Open) -> None:
    world = nights.typical_world()
    run = await ask(browse, world, RUN)
    totals = world.runs.runs[0].totals
    assert (run["phase"], run["customers"], run["held"], run["writes"]) == (
        "closed",
        totals.customers,
        totals.held,
        totals.writes,
    )
    changes = await ask(browse, world, f"{RUN}/changes")
    rows = await read_csv(browse, world, f"{RUN}/changes.csv")
    lines = [line for agreement in changes["agreements"] for line in agreement["lines"]]
    without = [agreement for agreement in changes["agreements"] if agreement["sentence"]]
    assert len(lines) + len(without) == len(rows) - 1
    results = await ask(browse, world, f"{RUN}/customers?state=held")
    assert {each["state"] for each in results["results"]} == {"held"}


async def sync(browse: Open, world: World, ids: list[str], role: TokenRole = TokenRole.OPERATOR) -> tuple[int, Any]:
    async with browse(world) as client:
        body = {"customer_ids": ids}
        answer = await client.post("/api/v1/customers/sync", json=body, headers=token_headers(role))
    return answer.status_code, answer.json()


async def test_a_sync_is_asked_for_once_and_joined_after_that(browse: Open) -> None:
    world = nights.typical_world()
    status, first = await sync(browse, world, ["customer-0", "customer-1"])
    assert status == 200 and first["is_joined"] is False
    check(SyncAsked, first)
    assert await sync(browse, world, ["customer-1"]) == (200, first | {"is_joined": True})
    (asked,) = world.requests.reserved
    assert (asked.customer_ids, asked.asked_by) == (("customer-0", "customer-1"), "Script “Approval bot”")


async def test_a_sync_of_strangers_or_by_readers_is_refused(browse: Open) -> None:
    world = nights.typical_world()
    status, told = await sync(browse, world, ["customer-0", "nobody"])
    assert (status, told["detail"]) == (404, "There is no customer with the id nobody.")
    assert (await sync(browse, world, ["customer-0"], TokenRole.READER))[0] == 403
    assert (await sync(browse, world, []))[0] == 422
    assert not world.requests.reserved


def reads_one(operation: Operation) -> bool:
    return operation.method == "GET" and "{" in operation.path and 404 in operation.answers


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if reads_one(each)], ids=lambda each: each.name)
@pytest.mark.parametrize("name", ["nobody", "a" * 300, "%00", "%E2%80%AE", "2026-13-45"])
async def test_what_is_not_there_is_said_so(operation: Operation, name: str, browse: Open) -> None:
    path = operation.path
    for each in operation.path_names:
        path = path.replace(f"{{{each}}}", name)
    async with browse(nights.typical_world()) as client:
        answer = await client.get(path, headers=token_headers())
    assert answer.status_code == 404 and set(answer.json()) <= {"title", "status", "detail", "correlation_id"}
