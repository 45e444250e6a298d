"""What pages that anybody may open cost the PSA: its lists are asked for once a minute, its failures not much more."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from plans.catalogue import AgreementSummary, AgreementType, Product
from plans.errors import Misconfigured, Retry
from tests.unit.web.conftest import Open
from tests.unit.web.connection_fakes import FakeCatalogue, FakeConnections
from tests.unit.web.fakes import World, sign_in_headers
from tests.unit.web.mapping_fakes import MappingCatalogue, address, make_world
from tests.unit.web.pages import to_words
from tests.unit.web.test_profiles import OFFERED, PREMIUM, connected_world, make_product
from web.actions import long_lists
from web.pages import psa_choices

OURS = {"Sec-Fetch-Site": "same-origin"}
READER = sign_in_headers(("Reader",))
OPERATOR = sign_in_headers(("Operator",)) | OURS
PROFILE = "/profiles/premium"


@dataclass
class CountingCatalogue(FakeCatalogue):
    """A PSA that takes a moment, and notes what it was asked for."""

    asked: Counter[str] = field(default_factory=Counter)

    async def list_products(self) -> tuple[Product, ...]:
        self.asked["products"] += 1
        await asyncio.sleep(0.01)
        return await super().list_products()

    async def list_agreement_types(self) -> tuple[AgreementType, ...]:
        self.asked["types"] += 1
        await asyncio.sleep(0.01)
        return await super().list_agreement_types()


@dataclass
class CountingAgreements(MappingCatalogue):
    """The same for the agreements of a company."""

    asked: list[str] = field(default_factory=list)

    async def list_agreements_of(self, company_id: str) -> tuple[AgreementSummary, ...]:
        self.asked.append(company_id)
        await asyncio.sleep(0.01)
        return await super().list_agreements_of(company_id)


def make_profiles() -> tuple[World, CountingCatalogue]:
    world = connected_world()
    world.profiles.profiles = {"premium": PREMIUM}
    catalogue = CountingCatalogue(products=OFFERED.products, types=OFFERED.types)
    world.connections.catalogue = catalogue
    return world, catalogue


async def test_readers_who_open_a_profile_without_end_cost_the_psa_one_reading(browse: Open) -> None:
    world, catalogue = make_profiles()
    async with browse(world) as client:
        pages = await asyncio.gather(*(client.get(PROFILE, headers=READER) for _ in range(20)))
        for path in (PROFILE, "/profiles/new", f"/tools/profiles?connection={PREMIUM.connection_id}") * 5:
            pages.append(await client.get(path, headers=sign_in_headers(("Operator",))))
    assert {page.status_code for page in pages} == {200}
    assert catalogue.asked == {"products": 1, "types": 1}


async def test_a_product_that_was_just_made_is_there_when_somebody_asks_for_it(browse: Open) -> None:
    world, catalogue = make_profiles()
    form = {"name": "Exchange, typed", "connection": "connectwise", "search": "freshly", "find": "yes"}
    async with browse(world) as client:
        page = to_words((await client.get(PROFILE, headers=OPERATOR)).text)
        assert "Is a product or type missing that is in the PSA? Ask the PSA again" in page
        catalogue.products += (make_product(77, "Freshly made"),)
        found = await client.post("/profiles/new", data=form, headers=OPERATOR)
        assert "No product holds these words." in to_words(found.text)
        asked = await client.post("/profiles/new", data=form | {"again": "yes"}, headers=OPERATOR)
        assert "Freshly made" in to_words(asked.text) and 'value="Exchange, typed"' in asked.text
        reader = to_words((await client.get(PROFILE, headers=READER)).text)
        refused = await client.post(PROFILE, data={"again": "yes"}, headers=READER | OURS)
    assert "Ask the PSA again" not in reader and refused.status_code == 403
    assert catalogue.asked == {"products": 2, "types": 2}


async def test_after_a_minute_the_psa_is_asked_anew(browse: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    world, catalogue = make_profiles()
    async with browse(world) as client:
        await client.get(PROFILE, headers=READER)
        monkeypatch.setattr(psa_choices, "SECONDS_REMEMBERED", -1.0)
        monkeypatch.setattr(long_lists, "TIMES_REMEMBERED", -1)
        await client.get(PROFILE, headers=READER)
    assert catalogue.asked["products"] == 2 and psa_choices.PRICE_SECONDS > long_lists.SECONDS_REMEMBERED == 60.0


@pytest.mark.parametrize("error", [Retry("ConnectWise answered 503."), Misconfigured("The keys are refused.")])
async def test_a_psa_that_fails_is_left_alone_for_a_while(
    error: Exception, browse: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, catalogue = make_profiles()
    catalogue.error = error
    async with browse(world) as client:
        for _ in range(5):
            page = to_words((await client.get(PROFILE, headers=READER)).text)
            assert f"The PSA's products cannot be read. {error}" in page
        assert catalogue.asked == {"products": 1}
        catalogue.error = None
        healed = await client.post(PROFILE, data={"again": "yes"}, headers=OPERATOR)
        assert "cannot be read" not in to_words(healed.text), "a person who has mended it need not wait"
        catalogue.error = error
        await client.post(PROFILE, data={"again": "yes"}, headers=OPERATOR)
        monkeypatch.setattr(long_lists, "FAILURE_SECONDS", -1.0)
        catalogue.error = None
        assert "cannot be read" not in to_words((await client.get(PROFILE, headers=READER)).text)


async def look(browse: Open, world: World, paths: Sequence[str]) -> list[str]:
    """The words of these pages, opened by a reader at once and then one after the other."""
    async with browse(world) as client:
        pages = await asyncio.gather(*(client.get(path, headers=READER) for path in paths))
        pages += [await client.get(path, headers=READER) for path in paths]
    assert {page.status_code for page in pages} == {200}
    return [to_words(page.text) for page in pages]


@pytest.mark.parametrize("error", [None, Retry("ConnectWise answered 503.")])
async def test_the_agreements_of_a_company_are_asked_for_once_whether_the_psa_answers_or_not(
    error: Exception | None, browse: Open
) -> None:
    world = make_world()
    catalogue = CountingAgreements(
        agreements=world.catalogue.agreements, readings=world.catalogue.readings, error=error
    )
    world.catalogue, world.connections = catalogue, FakeConnections(world.connections.psa, catalogue=catalogue)
    pages = await look(browse, world, [address()] * 5)
    said = "The PSA does not tell its agreements. ConnectWise answered 503." in pages[0]
    assert said == (error is not None) and set(pages) == {pages[0]} and len(catalogue.asked) == 1


async def test_products_without_types_still_have_prices() -> None:
    world, catalogue = make_profiles()
    choices = psa_choices.ChoiceReader(world.open_administration)

    async def refuse() -> tuple[AgreementType, ...]:
        raise Misconfigured("The API member may not read types of agreement.")

    catalogue.list_agreement_types = refuse  # type: ignore[method-assign]
    with pytest.raises(Misconfigured):
        await choices.read_goods("connectwise")
    assert set(await choices.read_prices("connectwise")) == {"41", "42", "43", "44"}
    assert await choices.read_products("gone") == {}


async def test_a_connection_that_was_changed_is_asked_anew(browse: Open) -> None:
    world, catalogue = make_profiles()
    world.connections.psa["spare"] = replace(world.connections.psa["connectwise"], id="spare", name="Spare")
    async with browse(world) as client:
        await client.get(PROFILE, headers=READER)
        removed = await client.post(
            "/settings/connections/spare/remove", headers=sign_in_headers(("Administrator",)) | OURS, data={"x": "y"}
        )
        await client.get(PROFILE, headers=READER)
    assert removed.status_code == 303 and catalogue.asked == {"products": 2, "types": 2}
