"""Where a customer is billed: links that lead nowhere else, and from which day its increases count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plans.connecting import AutotaskMode, PsaConnection
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.connection_fakes import AUTOTASK, CONNECTWISE
from tests.unit.web.fakes import World
from tests.unit.web.pages import read_words, to_words
from tests.unit.web.test_customer_settings import find, post
from web.pages.customer_psa import find_company_page

SETTINGS = "/customers/customer-0/settings"


def billed_at(connection: PsaConnection | None) -> World:
    """The usual night, whose customers this connection bills; None where somebody removed it."""
    world = nights.typical_world()
    if connection is not None:
        world.connections.psa[nights.CONNECTION] = replace(connection, id=nights.CONNECTION)
    return world


def test_a_company_of_autotask_is_opened_by_its_number() -> None:
    assert find_company_page(AUTOTASK, "178") == (
        "https://ww5.autotask.net/Autotask/AutotaskExtend/ExecuteCommand.aspx?Code=OpenAccount&AccountID=178"
    )
    assert find_company_page(AUTOTASK, "1&Code=x").endswith("AccountID=1%26Code%3Dx")


def test_without_an_address_for_people_there_is_no_link() -> None:
    assert find_company_page(replace(AUTOTASK, web_url=""), "178") == ""
    assert find_company_page(CONNECTWISE, "250") == ""


async def test_the_settings_say_where_the_customer_is_billed(browse: Open) -> None:
    words = await read_words(browse, billed_at(AUTOTASK), SETTINGS)
    assert "Autotask, Autotask : company number" in words
    assert "Open the company in Autotask" in words
    words = await read_words(browse, billed_at(CONNECTWISE), SETTINGS)
    assert "ConnectWise, ConnectWise : company number" in words
    assert "Open the company" not in words
    words = await read_words(browse, billed_at(None), SETTINGS)
    assert "Its PSA connection was removed, so no run can read or write for it." in words


@pytest.mark.parametrize(
    ("connection", "default", "can_choose_days"),
    [
        (AUTOTASK, "from their own day, as the connection is set", True),
        (replace(AUTOTASK, mode=AutotaskMode.PERIOD_START), "by whole periods, as the connection is set", True),
        (CONNECTWISE, "as each agreement's own proration says", False),
        (None, "as its connection says", False),
    ],
)
async def test_what_can_be_chosen_is_what_the_psa_can_do(
    browse: Open, connection: PsaConnection | None, default: str, can_choose_days: bool
) -> None:
    words = await read_words(browse, billed_at(connection), SETTINGS)
    assert f"As its PSA says {default}" in words
    assert ("the rest of the period is billed by days" in words) is can_choose_days
    assert ("do it just after a period has begun" in words) is can_choose_days


@pytest.mark.parametrize(("typed", "kept"), [("periods", False), ("days", True), ("psa", None)])
async def test_from_which_day_increases_count_is_kept_told_and_noted(
    browse: Open, typed: str, kept: bool | None
) -> None:
    world = billed_at(AUTOTASK)
    world.books.customers = tuple(replace(each, prorates=not kept) for each in world.books.customers)
    for _ in range(2):
        answer = await post(browse, world, f"{SETTINGS}/proration", {"prorates": typed})
        assert answer.headers["location"] == f"{SETTINGS}?told=prorated"
    assert find(world, "customer-0").prorates is kept
    (entry,) = world.audit.entries
    assert "decided that its increases count" in entry.sentence, "what is so already is noted once"


async def test_what_nobody_can_choose_is_said_beside_the_field(browse: Open) -> None:
    answer = await post(browse, billed_at(AUTOTASK), f"{SETTINGS}/proration", {"prorates": "sometimes"})
    assert answer.status_code == 422
    assert "Choose from which day more seats count." in to_words(answer.text)
