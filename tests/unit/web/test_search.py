"""One search over customers, licences and additions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from plans.agreements import Addition, Agreement
from plans.keys import make_key
from profiles.billing import BillableOption
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World, sign_in_headers
from tests.unit.web.many_fakes import make_many
from tests.unit.web.mapping_fakes import CONNECTION, make_agreement

READER = sign_in_headers(roles=("Reader",))


def make_read(count: int = 30) -> World:
    """Many customers, of whom the first one's agreement was read with an addition of ours and a stranger's."""
    world = make_many(count)
    night = world.runs.runs[0]
    world.runs.runs = (replace(night, shard_counts=((CONNECTION, 1),)),)
    typed = Addition("9001", "501", Decimal(3), date(2026, 1, 1), None, BillableOption.BILLABLE, "CloudConsole 7")
    ours = replace(typed, id="9002", key=make_key("m-0", 0))
    world.archive.agreements = {nights.NIGHT: (make_agreement("400", "Managed Services", typed, ours),)}
    return world


async def test_customers_licences_and_additions_are_found_by_any_words(browse: Open) -> None:
    async with browse(make_read()) as client:

        async def find(asked: str) -> str:
            return (await client.get("/search", params={"q": asked}, headers=READER)).text

        empty, customer, licence = await find(""), await find("0007 customer"), await find("business premium")
        typed, ours, nothing = await find("cloudconsole"), await find("9002"), await find("nothing like it")
    assert "found." not in empty and "Names, domains" in empty
    assert "1 found." in customer and "/customers/customer-7" in customer
    assert "/tools/map?sku=" in licence and "30 tenants" in licence
    assert "Addition 9001" in typed and 'href="/customers/customer-0"' in typed
    assert f"/customers/customer-0/additions/{CONNECTION}/9002" in ours
    assert "Nothing is called “<bdi>nothing like it</bdi>”." in nothing


async def test_an_addition_of_ours_is_found_by_its_licence_also_where_the_parent_pays(browse: Open) -> None:
    """The agreement is that of a company that is no customer itself."""
    world = make_read()
    agreement = world.archive.agreements[nights.NIGHT][0]
    assert isinstance(agreement, Agreement)
    (mapping,) = world.books.mappings["customer-2"]
    ours = replace(agreement.additions[1], key=make_key(mapping.id, 0))
    world.archive.agreements = {nights.NIGHT: (replace(agreement, company_id="9999", additions=(ours,)),)}
    async with browse(world) as client:
        page = (await client.get("/search", params={"q": f"{mapping.licence_name} 9002"}, headers=READER)).text
    assert f"{mapping.licence_name} (addition 9002)" in page and "Customer 0002" in page
    assert f"/customers/customer-2/additions/{CONNECTION}/9002" in page


async def test_what_is_not_shown_is_counted(browse: Open) -> None:
    async with browse(make_read(2000)) as client:
        page = (await client.get("/search?q=customer", headers=READER)).text
    assert "1,980 more. Search for more words." in page and page.count("row-link") < 50


async def test_additions_are_read_once_for_each_run(browse: Open) -> None:
    world = make_read()
    async with browse(world) as client:
        for _ in range(3):
            await client.get("/search?q=9001", headers=READER)
    assert [call for call in world.archive.calls if call.startswith("read_agreements")] == [
        f"read_agreements {nights.NIGHT}"
    ]


async def test_hostile_words_and_no_runs(browse: Open) -> None:
    async with browse(World()) as client:
        page = await client.get("/search", params={"q": "<script>alert(1)</script>\x00"}, headers=READER)
    assert page.status_code == 200 and "<script>alert" not in page.text
