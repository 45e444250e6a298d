"""Billing profiles from Microsoft's names: only where one product is meant, once, noted."""

from __future__ import annotations

from dataclasses import replace

from plans.catalogue import AgreementType
from profiles.billing import BillableOption, PsaPrice
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World, sign_in_headers
from tests.unit.web.many_fakes import make_many
from tests.unit.web.mapping_fakes import CONNECTION, make_product
from tests.unit.web.tenants import EXCHANGE, PART_NUMBERS, PREMIUM
from tests.unit.web.test_map_many import OURS


def make_world() -> World:
    world = make_many()
    shop = world.connections.catalogue
    shop.products = (
        replace(make_product("501", "20.00"), description="Microsoft 365 Business Premium"),
        replace(make_product("502", "4.00"), part_number=PART_NUMBERS[EXCHANGE]),
    )
    shop.types = (AgreementType("7", "Managed Services", is_inactive=False),)
    return world


async def test_each_that_is_ticked_becomes_a_profile_once(browse: Open) -> None:
    world = make_world()
    form = {"connection": CONNECTION, "sku": [PREMIUM, EXCHANGE], "types": ["7", "nonsense"]}
    async with browse(world) as client:
        page = (await client.get("/tools/profiles", headers=OURS)).text
        done = await client.post("/tools/profiles", data=form, headers=OURS)
        told = (await client.get(done.headers["location"], headers=OURS)).text
        again = await client.post("/tools/profiles", data=form, headers=OURS)
    assert "20.00 EUR" in page and "6 tenants" in page and page.count('name="sku"') == 2
    assert "2 billing profiles made." in told and "has a billing profile of its name" in told
    made = {each.name: each for each in world.profiles.profiles.values() if each.id != "premium"}
    premium = made["Microsoft 365 Business Premium"]
    assert (premium.product_id, premium.connection_id, premium.agreement_type_ids) == ("501", CONNECTION, ("7",))
    assert premium.billable_option is BillableOption.BILLABLE and isinstance(premium.price, PsaPrice)
    assert len(made) == 2 and len(world.audit.entries) == 2 and again.status_code == 422


async def test_a_second_psa_has_profiles_of_its_own_beside_those_of_the_first(browse: Open) -> None:
    """Names are unique, so the second PSA's stands behind."""
    world = make_world()
    premium = world.profiles.profiles["premium"]
    elsewhere = replace(premium, name="Microsoft 365 Business Premium", connection_id="another")
    world.profiles.profiles = {"premium": elsewhere}
    form = {"connection": CONNECTION, "sku": [PREMIUM]}
    async with browse(world) as client:
        page = (await client.get("/tools/profiles", headers=OURS)).text
        done = await client.post("/tools/profiles", data=form, headers=OURS)
        again = (await client.get(done.headers["location"], headers=OURS)).text
    called = f"Microsoft 365 Business Premium ({world.connections.psa[CONNECTION].name})"
    assert f"The profile: <bdi>{called}</bdi>" in page and "1 billing profile made." in again
    assert f'value="{PREMIUM}"' in page and f'value="{PREMIUM}"' not in again
    assert called in {each.name for each in world.profiles.profiles.values() if each.connection_id == CONNECTION}


async def test_no_product_or_several_are_left_to_a_person(browse: Open) -> None:
    world = make_world()
    first, second = world.connections.catalogue.products
    world.connections.catalogue.products = (first, replace(second, id="503"), second)
    async with browse(world) as client:
        page = (await client.get("/tools/profiles", headers=OURS)).text
        refused = await client.post("/tools/profiles", data={"connection": CONNECTION, "sku": EXCHANGE}, headers=OURS)
    assert page.count('name="sku"') == 1 and "The PSA has no single product of this name or number." in page
    assert refused.status_code == 422 and world.audit.entries == []


async def test_a_silent_psa_and_readers(browse: Open) -> None:
    world = make_world()
    reader = sign_in_headers(roles=("Reader",)) | {"Sec-Fetch-Site": "same-origin"}
    async with browse(world) as client:
        refused = await client.post("/tools/profiles", data={"sku": PREMIUM}, headers=reader)
        gone = await client.post("/tools/profiles", data={"sku": PREMIUM, "connection": "gone"}, headers=OURS)
    assert refused.status_code == 403
    assert gone.status_code == 422 and len(world.profiles.profiles) == 1
