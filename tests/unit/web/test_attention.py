"""Customers that cannot be read for one and the same reason are one thing to do, with one button."""

from __future__ import annotations

from dataclasses import replace

from profiles.microsoft_rights import PRECONSENT_ADVICE
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World
from tests.unit.web.pages import read_source, to_words
from tests.unit.web.test_checklist import ACCOUNT

CLOSED_DOOR = f"The app has no consent in this tenant. {PRECONSENT_ADVICE} (AADSTS65001)"
ADDRESS = "/settings/connections/microsoft/main/tenants"


def make_unread(*sentences: str) -> World:
    """The typical night, of whose customers the first so many could not be read."""
    world = nights.typical_world()
    world.connections.accounts["main"] = ACCOUNT
    tenants = list(world.runs.tenants[nights.NIGHT])
    for number, sentence in enumerate(sentences):
        tenants[number] = nights.unknown(number, sentence)
    world.runs.tenants[nights.NIGHT] = tenants
    world.runs.pushes = {}
    return world


async def test_a_new_app_registration_is_one_row_with_one_button(browse: Open) -> None:
    world = make_unread(*[CLOSED_DOOR] * 5, CLOSED_DOOR.replace("65001", "90099"))
    source = await read_source(browse, world, "/")
    words = to_words(source)
    assert source.count(f'href="{ADDRESS}"') == 1 and "Let the application into tenants" in words
    assert "6 customers" in words and 'href="/customers?state=unknown">6 customers<' in source
    assert "The application is not let into these tenants yet" in words and "AADSTS" not in words
    assert "Blackrock Joinery, Fjord Logistics, Harbour Dental Group, Kestrel Architects and 2 more." in words


async def test_the_same_trouble_of_many_is_told_once(browse: Open) -> None:
    busy = "Microsoft was busy: {}. It is read again tomorrow."
    world = make_unread(*(busy.format(nights.make_tenant_id(number)) for number in range(3)))
    words = to_words(await read_source(browse, world, "/"))
    assert words.count("Microsoft was busy: this tenant.") == 1 and "3 customers" in words
    assert "Let the application" not in words


async def test_two_are_two_rows_and_each_leads_to_what_puts_it_right(browse: Open) -> None:
    source = await read_source(browse, make_unread(CLOSED_DOOR, CLOSED_DOOR), "/")
    assert source.count(f'href="{ADDRESS}"') == 2 and "2 customers" not in to_words(source.split("What changed")[0])


async def test_a_direct_tenant_is_let_in_by_its_own_administrator(browse: Open) -> None:
    world = make_unread(CLOSED_DOOR)
    world.books.customers = tuple(replace(each, partner_account_id="direct-1") for each in world.books.customers)
    assert "Let the application into tenants" not in to_words(await read_source(browse, world, "/"))
