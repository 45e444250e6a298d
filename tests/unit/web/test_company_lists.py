"""Long lists of companies: no page waits for them, nobody reads them twice, and a search finds one by its name."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from plans.catalogue import Company
from plans.errors import Retry
from tests.browser.customers import adding_world
from tests.unit.web.conftest import Open
from tests.unit.web.connection_fakes import FakeCatalogue
from tests.unit.web.fakes import World, sign_in_headers
from tests.unit.web.pages import read_words, to_words
from tests.unit.web.test_adding import BULK, OURS, find_shown
from web.actions import long_lists, offering
from web.actions.company_lists import CompanyLists, list_words

ADD = "/customers/add"


@dataclass
class SlowCatalogue(FakeCatalogue):
    """A PSA whose list of companies does not come before it is let go."""

    is_let_go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    async def list_companies(self) -> tuple[Company, ...]:
        self.asked += 1
        await self.is_let_go.wait()
        return await super().list_companies()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offering, "PATIENCE_SECONDS", 0.05)


def slow_world() -> tuple[World, SlowCatalogue]:
    world = adding_world()
    catalogue = SlowCatalogue(companies=world.connections.catalogue.companies)
    world.connections.catalogue = catalogue
    return world, catalogue


async def test_a_page_says_that_the_list_is_being_read_on_and_the_next_look_has_it(browse: Open) -> None:
    world, catalogue = slow_world()
    async with browse(world) as client:
        first = to_words((await client.get(BULK, headers=OURS | sign_in_headers())).text)
        again = to_words((await client.get(BULK, headers=OURS | sign_in_headers())).text)
        assert "has more companies than could be read while this page waited" in first and "look again" in again
        assert "None has a safe match." in first and "The PSA has not listed its companies yet." in first
        assert catalogue.asked == 1, "the second look waits for the reading of the first"
        catalogue.is_let_go.set()
        await asyncio.sleep(0)
        read = to_words((await client.get(BULK, headers=OURS | sign_in_headers())).text)
    assert "3 have a safe match." in read and "while this page waited" not in read and catalogue.asked == 1


async def test_meanwhile_a_company_is_found_by_its_name_and_added(browse: Open) -> None:
    world, _ = slow_world()
    async with browse(world) as client:
        begun = to_words((await client.get(ADD, headers=OURS | sign_in_headers())).text)
        found = (await client.get(f"{ADD}?cq=dunmore", headers=OURS | sign_in_headers())).text
        assert "Type a part of the company's name, and the PSA is asked for it." in begun
        assert "Dunmore" in to_words(found) and "Aldgate Surveyors Ltd" not in to_words(found)
        company = found.split('name="company" value="')[1].split('"')[0]
        tenant = found.split('name="tenant" value="')[1].split('"')[0]
        form = {"tenant": tenant, "company": company}
        headers = OURS | sign_in_headers(("Operator",))
        unknown = await client.post(ADD, data=form, headers=headers)
        assert unknown.status_code == 409 and "has not listed its companies now" in to_words(unknown.text)
        added = await client.post(ADD, data=form | {"cq": "dunmore"}, headers=headers)
    assert added.status_code == 303 and len(world.books.customers) == 13


async def test_who_searches_does_not_wait_for_the_list_again(browse: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = slow_world()
    async with browse(world) as client:
        await client.get(ADD, headers=OURS | sign_in_headers())
        monkeypatch.setattr(offering, "PATIENCE_SECONDS", 30.0)
        async with asyncio.timeout(5):
            found = await client.get(f"{ADD}?cq=dunmore", headers=OURS | sign_in_headers())
    assert "Dunmore" in to_words(found.text)


async def test_what_a_search_found_is_never_a_safe_match(browse: Open) -> None:
    world, _ = slow_world()
    async with browse(world) as client:
        page = to_words((await client.get(f"{ADD}?cq=aldgate", headers=OURS | sign_in_headers())).text)
        assert "Aldgate Surveyors Ltd" in page and "of 100" not in page
    assert 'name="shown" value=""' in f'name="shown" value="{await find_shown(browse, world)}"'


async def test_a_list_that_fails_after_a_while_is_told_to_who_waits_and_asked_for_anew(browse: Open) -> None:
    world, catalogue = slow_world()
    catalogue.error = Retry("ConnectWise is busy.")
    catalogue.is_let_go.set()
    words = await read_words(browse, world, BULK)
    assert "does not list its companies now. ConnectWise is busy." in words
    catalogue.error = None
    assert "3 have a safe match." in await read_words(browse, world, BULK) and catalogue.asked == 2


async def test_a_list_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = slow_world()
    monkeypatch.setattr(long_lists, "LONGEST_LIST_SECONDS", 0.01)
    (connection,) = world.connections.psa.values()
    with pytest.raises(Retry, match="minutes"):
        await CompanyLists().read(world.connections, connection.id, 5.0)


def test_a_search_is_words_of_letters_and_digits() -> None:
    assert list_words(" O'Neil & Sons\" or 1=1 ") == ["O", "Neil", "Sons", "or", "1"]
    assert list_words("Ångström-Müller 7") == ["Ångström", "Müller", "7"]
    assert list_words("…") == []
