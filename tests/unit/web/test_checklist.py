"""From an empty installation to the first billed seat: what home says at each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from plans.account_records import PreConsentRecord
from plans.connecting import PartnerAccount
from plans.runs import Totals
from profiles.billing import Customer
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.connection_fakes import CONNECTWISE
from tests.unit.web.fakes import NOW, World
from tests.unit.web.pages import read_source, read_words, to_words
from tests.unit.web.tenants import PREMIUM, PROFILES, make_mapping, make_partner_reading

ACCOUNT = PartnerAccount("main", "partner", "client", "secret", "token", consented_at=NOW)
CUSTOMER = Customer("customer-1", "Alder", "tenant-1", "connectwise", "1", is_observed=True)


def list_done(source: str) -> list[bool]:
    """Which of the steps are ticked."""
    return ["is-done" in piece.partition(">")[0] for piece in source.split('<li class="checklist-step')[1:]]


def connect_psa(world: World) -> None:
    world.connections.psa[CONNECTWISE.id] = CONNECTWISE


def consent(world: World) -> None:
    world.connections.accounts["main"] = ACCOUNT


def read_account(world: World) -> None:
    world.archive.partner = make_partner_reading(["tenant-1"], "alder{}.example")
    let_in(world)


def let_in(world: World) -> None:
    granted = PreConsentRecord("tenant-1", is_granted=True, sentence="", asked_by="Ada", at=NOW)
    world.account_records.preconsents["main"] = {"tenant-1": granted}


def add_customer(world: World) -> None:
    world.books.customers = (CUSTOMER,)


def make_profile(world: World) -> None:
    world.profiles.profiles = {"premium": PROFILES["premium"]}


def map_licence(world: World) -> None:
    world.books.mappings = {"customer-1": (make_mapping(1, PREMIUM, "premium"),)}


def go_live(world: World) -> None:
    world.books.customers = (replace(CUSTOMER, is_observed=False),)


STEPS: tuple[tuple[Callable[[World], None], str], ...] = (
    (connect_psa, "Connect Microsoft"),
    (consent, "Read the account"),
    (read_account, "Add customers"),
    (add_customer, "Make a billing profile"),
    (make_profile, "Map licences"),
    (map_licence, "Switch a customer to live"),
    (go_live, ""),
)


async def test_each_step_is_ticked_when_it_is_done_and_the_next_one_has_the_only_button(browse: Open) -> None:
    for done in range(len(STEPS)):
        world = World()
        for step, _ in STEPS[:done]:
            step(world)
        source = await read_source(browse, world, "/")
        assert list_done(source) == [number < done for number in range(len(STEPS))], done
        button = STEPS[done - 1][1] if done else "Connect the PSA"
        assert source.count('class="main-button"') == bool(button)
        assert f">{button}</a>" in source
    go_live(world)
    assert "The first night starts at 02:00" in await read_words(browse, world, "/")


async def test_an_account_without_consent_is_no_account(browse: Open) -> None:
    world = World()
    connect_psa(world)
    world.connections.accounts["main"] = replace(ACCOUNT, consented_at=None)
    assert list_done(await read_source(browse, world, "/")) == [True] + [False] * 6


async def test_after_the_first_run_the_next_step_is_said_above_it(browse: Open) -> None:
    world = nights.typical_world()
    assert "Set-up, step" in await read_words(browse, world, "/"), "nothing is connected in this world"
    connect_psa(world)
    assert "Set-up, step" not in await read_words(browse, world, "/")
    world = nights.typical_world()
    world.books.customers = tuple(replace(each, is_observed=True) for each in world.books.customers)
    first = world.books.customers[0]
    world.books.mappings = {first.id: (make_mapping(1, PREMIUM, "premium"),)}
    for step in (connect_psa, consent, read_account):
        step(world)
    for path in ("/", f"/runs/{nights.NIGHT}", "/profiles", "/settings/connections/microsoft/main"):
        source = await read_source(browse, world, path)
        assert "Set-up, step 7 of 7: Switch to live." in to_words(source), path
        assert f'href="/customers/{first.id}/settings"' in source, path
        assert "Set-up, step" not in await read_source(browse, world, path, roles=("Reader",)), path


async def test_each_step_leads_to_its_form_and_only_who_may_do_it(browse: Open) -> None:
    world = World()
    assert 'href="/settings/connections/connectwise/new"' in await read_source(browse, world, "/")
    for roles in (("Reader",), ("Operator",)):
        assert "main-button" not in await read_source(browse, world, "/", roles=roles)
    connect_psa(world)
    assert 'href="/settings/connections/microsoft/new"' in await read_source(browse, world, "/")
    world.connections.accounts["main"] = replace(ACCOUNT, consented_at=None)
    assert 'href="/settings/connections/microsoft/main">Connect Microsoft' in await read_source(browse, world, "/")
    told = await read_source(browse, world, f"/settings/connections/{CONNECTWISE.id}?told=connected")
    assert "Set-up, step 2 of 7: Connect Microsoft." in to_words(told)
    consent(world)
    read_account(world)
    assert "Add customers" in await read_source(browse, world, "/", roles=("Operator",))
    assert "main-button" not in await read_source(browse, world, "/", roles=("Reader",))


async def test_a_new_app_registration_is_led_to_the_tenants_that_must_let_it_in(browse: Open) -> None:
    world = World()
    for step in (connect_psa, consent, read_account):
        step(world)
    world.account_records.preconsents.clear()
    source = await read_source(browse, world, "/")
    assert list_done(source) == [True, True] + [False] * 5
    assert ">Add customers</a>" in source, "one that its tenants know already is not stopped by it"
    address = '<a class="plain-button" href="/settings/connections/microsoft/main/tenants">Let the application in</a>'
    assert "1 tenant. None is known to let the application in" in to_words(source) and address in source
    assert address not in await read_source(browse, world, "/", roles=("Operator",))
    let_in(world)
    assert list_done(await read_source(browse, world, "/"))[2]
    assert "None is known" not in await read_words(browse, world, "/")


async def test_what_a_run_has_read_has_let_the_application_in(browse: Open) -> None:
    world = World()
    for step in (connect_psa, consent, read_account):
        step(world)
    world.account_records.preconsents.clear()
    world.runs.runs = (nights.closed_run(Totals(customers=1, read=1, unchanged=1)),)
    assert "Set-up, step 4 of 7: Add customers." in await read_words(browse, world, "/")
    page = await read_words(browse, world, "/settings/connections/microsoft/main")
    assert "None is known" not in page


async def test_a_psa_or_account_that_cannot_be_listed_is_said_plainly(browse: Open) -> None:
    world = World()

    async def refuse() -> None:
        raise ConnectionError("no storage")

    world.connections.list_psa = refuse  # type: ignore[method-assign,assignment]
    assert "Seatledger cannot read its own records" in await read_words(browse, world, "/", 503)
