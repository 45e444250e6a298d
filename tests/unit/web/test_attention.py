"""Customers that cannot be read for one and the same reason are one thing to do, with one button."""

from __future__ import annotations

from dataclasses import replace

from plans.changes import HoldRule
from plans.results import TenantResult
from plans.runs import CustomerState
from profiles.microsoft_rights import PRECONSENT_ADVICE
from profiles.readings import UnknownReason
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


def take_tenants(world: World) -> list[TenantResult]:
    """The rows of the night, to be changed."""
    tenants = list(world.runs.tenants[nights.NIGHT])
    world.runs.tenants[nights.NIGHT] = tenants
    return tenants


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


async def test_what_refuses_access_leads_to_the_account_and_what_passes_to_the_customer(browse: Open) -> None:
    world = make_unread("Reading subscribed licences was refused with 403. Check the GDAP roles.", "Busy.")
    tenants = take_tenants(world)
    tenants[0] = replace(tenants[0], reason=UnknownReason.ACCESS_DENIED)
    source = await read_source(browse, world, "/")
    assert 'href="/settings/connections/microsoft/main">Check consent and GDAP roles<' in source
    customer_id = tenants[1].customer_ids[0]
    assert f'href="/customers/{customer_id}">Read it again with Sync now<' in source
    world.books.customers = tuple(replace(each, partner_account_id="direct-1") for each in world.books.customers)
    source = await read_source(browse, world, "/")
    assert 'href="/settings/connections/microsoft/direct/direct-1">Check consent and GDAP roles<' in source


async def test_two_causes_of_one_customer_are_two_rows_with_a_step_each(browse: Open) -> None:
    world = nights.typical_world()
    tenants = take_tenants(world)
    held = next(each for each in tenants if each.agreements and each.agreements[0].held)
    parked = nights.plan(2, CustomerState.PARKED, "Somebody edited addition 9001.")
    tenants[tenants.index(held)] = replace(held, agreements=(*held.agreements, parked))
    needs = (await read_source(browse, world, "/")).split("What changed")[0]
    (customer_id,) = held.customer_ids
    assert f'href="/approvals?customer={customer_id}">Decide about it<' in needs
    assert f'href="/customers/{customer_id}/waiting">See what to do<' in needs
    assert "3 customers in 4 rows" in to_words(needs)


async def test_what_somebody_refused_needs_nobody_on_any_page(browse: Open) -> None:
    """The menu, the mail and the list of approvals do not count it; neither do home, the run and the customers."""
    world = nights.typical_world()
    tenants = take_tenants(world)
    held = next(each for each in tenants if each.agreements and each.agreements[0].held)
    (agreement,) = held.agreements
    refused = replace(agreement.held[0], rule=HoldRule.REFUSED)
    tenants[tenants.index(held)] = replace(held, agreements=(replace(agreement, held=(refused,)),))
    home = to_words(await read_source(browse, world, "/"))
    assert "9 customers right; 2 need you" in home and "What needs you 2 customers" in home
    assert "1 customer has only changes that somebody refused, and is not counted here." in home
    run = to_words(await read_source(browse, world, f"/runs/{nights.NIGHT}"))
    assert "9 customers right; 2 need you; 1 is held because somebody refused." in run
    assert "Need you 2 Not right 3" in run
    assert "2 need you" in to_words(await read_source(browse, world, "/customers"))
