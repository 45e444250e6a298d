"""The floor of committed seats in forms, previews, reasons, tools and the API (billing rules, 1 and 4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from profiles.billing import Basis, CountOptions, Mapping, MappingDefaults
from profiles.licences import PartnerSubscription, Snapshot, Term
from tests.unit.web import nights, tenants
from tests.unit.web.conftest import Open
from tests.unit.web.everything import make_everything
from tests.unit.web.many_fakes import hold, make_many, replace_row
from tests.unit.web.mapping_fakes import CUSTOMER, address, make_mapping, make_world
from tests.unit.web.pages import read_words
from tests.unit.web.tenants import PREMIUM, make_partner
from tests.unit.web.test_customer_account import OTHER, PAGE, reads
from tests.unit.web.test_customer_account import make_world as make_account_world
from tests.unit.web.test_forms_api import call
from tests.unit.web.test_map_many import ADDRESS, OURS, find_ticks
from tests.unit.web.test_mapping import Person
from tests.unit.web.test_mapping_csv import HEAD, preview, row
from web.pages.committed_seats import explain_floor

READ_ON = tenants.READ_AT.date()
FLOOR = CountOptions(committed_floor=True)
ASSIGNED = make_mapping(basis=Basis.ASSIGNED)
FLOORED = replace(ASSIGNED, count=FLOOR)
YEAR = make_partner(PREMIUM, 10, Term.ANNUAL, date(2027, 5, 1))
MONTH = make_partner(PREMIUM, 2, Term.MONTHLY, date(2026, 12, 3))


def read(assigned: int, *bought: PartnerSubscription) -> Snapshot:
    return replace(tenants.make_snapshot("tenant", assigned), partner_subscriptions=bought)


@pytest.mark.parametrize(
    ("assigned", "bought", "mapping", "said"),
    [
        (8, (YEAR,), FLOORED, "8 assigned, 10 committed until 30 Apr 2027: 10 count."),
        (12, (YEAR,), FLOORED, "12 assigned, 10 committed until 30 Apr 2027: 12 count."),
        (8, (YEAR, MONTH), FLOORED, "8 assigned, 2 committed until 2 Dec 2026 and 10 until 30 Apr 2027: 12 count."),
        (8, (YEAR, replace(YEAR, seats=1)), FLOORED, "8 assigned, 11 committed until 30 Apr 2027: 11 count."),
        (
            8,
            (replace(YEAR, renews_on=None),),
            FLOORED,
            "8 assigned, 10 committed for a term whose end is not told: 10 count.",
        ),
        (
            8,
            (replace(YEAR, renews_on=READ_ON),),
            FLOORED,
            "8 assigned, 10 committed in a term that Microsoft still bills after 21 Nov 2026: 10 count.",
        ),
        (8, (), FLOORED, "8 assigned, none committed: 8 count."),
        (
            8,
            (YEAR,),
            ASSIGNED,
            "8 assigned, 10 committed until 30 Apr 2027: 8 count. This mapping does not bill at least what is "
            "committed.",
        ),
        (10, (YEAR,), ASSIGNED, ""),
        (8, (YEAR,), make_mapping(count=FLOOR), ""),
        (8, (YEAR,), replace(FLOORED, part=Term.ANNUAL), ""),
    ],
)
def test_the_sentence_says_what_is_assigned_committed_and_counted(
    assigned: int, bought: tuple[PartnerSubscription, ...], mapping: Mapping, said: str
) -> None:
    assert explain_floor(read(assigned, *bought), mapping) == said


def test_where_only_the_directory_was_read_the_page_says_so() -> None:
    unread = replace(read(8), partner_subscriptions=None)
    assert explain_floor(unread, FLOORED) == (
        "Nobody can tell what is committed, so there is no floor: only Partner Center shows terms, and only the "
        "directory was read."
    )
    assert explain_floor(unread, ASSIGNED) == ""


# The form


async def test_a_new_mapping_that_counts_assigned_seats_has_the_floor(browse: Open) -> None:
    """11 users hold it, 12 are committed."""
    world = make_world(users=11)
    person = Person(browse, world)
    words = await person.preview(PREMIUM, profile="premium", agreement="400", basis="assigned")
    assert "Product Product 501 Seats now 0 Seats after 12 (+12)" in words
    assert "11 assigned, 2 committed until 2 Dec 2026 and 10 until 2 Mar 2027: 12 count." in words
    assert "Product Product 501 Seats now 0 Seats after 11 (+11)" in await person.preview(
        PREMIUM, profile="premium", agreement="400", basis="assigned", committed_floor=""
    )
    await person.save(PREMIUM, profile="premium", agreement="400", basis="assigned")
    assert [each.count for each in world.mapped] == [FLOOR]
    words = await person.words(f"{CUSTOMER}?why={world.mapped[0].id}")
    assert "10 until 2 Mar 2027: 12 count. Billed by seats committed: 12, so 12 to bill." in words
    await person.save(PREMIUM, committed_floor="")
    assert [each.count for each in world.mapped] == [CountOptions()]
    assert "committed seats billed at least→no floor" in world.books.history["customer-0"][0].sentence


async def test_a_mapping_of_before_stays_without_and_says_so(browse: Open) -> None:
    world = make_world(users=11)
    world.map(ASSIGNED)
    person = Person(browse, world)
    assert "committed_floor" not in await person.fill(PREMIUM)
    words = await person.words(f"{CUSTOMER}?why={ASSIGNED.id}")
    assert "11 count. This mapping does not bill at least what is committed. Billed by seats assigned: 11" in words
    await person.save(PREMIUM)
    assert world.mapped == (ASSIGNED,) and not world.audit.entries
    await person.save(PREMIUM, committed_floor="yes")
    assert world.mapped == (FLOORED,)
    assert "committed seats no floor→billed at least" in world.audit.entries[0].sentence


async def test_purchased_seats_have_none_until_they_are_counted_as_assigned(browse: Open) -> None:
    world = make_world(users=11)
    bought = make_mapping()
    world.map(bought)
    person = Person(browse, world)
    assert (await person.fill(PREMIUM))["committed_floor"] == "yes"
    await person.save(PREMIUM)
    assert world.mapped == (bought,) and not world.audit.entries, "a box that is not shown changes nothing"
    assert "count." not in await person.preview(PREMIUM)
    await person.save(PREMIUM, basis="assigned")
    assert world.mapped == (FLOORED,)
    assert "basis purchased→assigned and committed seats no floor→billed at least" in world.audit.entries[0].sentence


async def test_the_preview_says_that_the_directory_tells_no_floor(browse: Open) -> None:
    world = make_world(users=11)
    (key,) = world.archive.snapshots
    world.archive.snapshots[key] = replace(world.archive.snapshots[key], partner_subscriptions=None)
    words = await Person(browse, world).preview(PREMIUM, profile="premium", agreement="400", basis="assigned")
    assert (
        "Product Product 501 Seats now 0 Seats after 11 (+11)" in words
        and "Nobody can tell what is committed, so there is no floor" in words
    )


# What new mappings begin with


@pytest.mark.parametrize("has_floor", [True, False])
async def test_a_mapping_in_the_row_begins_as_its_profile_says(has_floor: bool, browse: Open) -> None:
    world = make_world()
    defaults = MappingDefaults(basis=Basis.ASSIGNED, committed_floor=has_floor)
    world.profiles.profiles["premium"] = replace(world.profiles.profiles["premium"], defaults=defaults)
    await Person(browse, world).post(address(PREMIUM, "quick"), profile="premium", agreement="400")
    assert [each.count.committed_floor for each in world.mapped] == [has_floor]


@pytest.mark.parametrize(("has_floor", "seats"), [(True, 10), (False, 8)])
async def test_many_at_once_and_a_file_count_the_floor_as_the_profile_says(
    has_floor: bool, seats: int, browse: Open
) -> None:
    """8 of 10 committed seats are assigned."""
    world = make_many(defaults=MappingDefaults(basis=Basis.ASSIGNED, committed_floor=has_floor))
    for each in world.runs.tenants[nights.NIGHT]:
        replace_row(world, replace(each, holdings=(replace(hold(PREMIUM, 10, 8), committed=10),)))
    assert f"{seats} seats" in await preview(browse, world, "\n".join([HEAD, row(5)]))
    async with browse(world) as client:
        page = (await client.get(ADDRESS, headers=OURS)).text
        assert f"{3 * seats} seats, about {3 * seats * 20}.00 EUR a month" in page
        await client.post(ADDRESS, data={"tick": find_ticks(page), "do": "map"}, headers=OURS)
    (made,) = world.books.mappings["customer-3"]
    assert (made.basis, made.count) == (Basis.ASSIGNED, CountOptions(committed_floor=has_floor))


# The API


async def test_a_script_that_does_not_name_the_floor_leaves_it_as_it_is(browse: Open) -> None:
    for mapping, expected in ((ASSIGNED, False), (FLOORED, True), (make_mapping(), True)):
        world = make_world(users=11)
        world.map(mapping)
        path = f"/customers/customer-0/licences/{PREMIUM}/map"
        seen = (await call(browse, world, path)).json()
        body: dict[str, Any] = {name: seen[name] for name in ("split", "lines", "prorates", "seen")}
        body |= {"basis": "assigned", "own_text": "Seats"}
        assert (await call(browse, world, path, body)).json()["done"] == "mapped"
        (made,) = world.mapped
        assert made.count.committed_floor is expected, mapping
        listed = (await call(browse, world, "/customers/customer-0")).json()["mappings"]
        assert [each["committed_floor"] for each in listed] == [expected]
        again = (await call(browse, world, path)).json()
        assert again["committed_floor"] is expected
        body |= {"seen": again["seen"], "committed_floor": not expected}
        assert (await call(browse, world, path, body)).json()["done"] == "mapped"
        assert [each.count.committed_floor for each in world.mapped] == [not expected]


async def test_a_script_maps_a_new_licence_with_the_floor(browse: Open) -> None:
    world = make_world(users=11)
    path = f"/customers/customer-0/licences/{PREMIUM}/map"
    seen = (await call(browse, world, path)).json()["seen"]
    lines = [{"profile_id": "premium", "agreement_id": "400"}]
    looked = await call(browse, world, f"{path}/preview", {"lines": lines, "basis": "assigned", "seen": seen})
    assert "12 count." in looked.json()["lines"][0]["why"]
    await call(browse, world, path, {"lines": lines, "basis": "assigned", "seen": seen})
    assert [each.count for each in world.mapped] == [FLOOR]


async def test_a_profile_says_whether_new_mappings_have_it(browse: Open) -> None:
    world = make_everything()
    read = (await call(browse, world, "/profiles/premium")).json()
    assert read["committed_floor"] is True
    body = {name: value for name, value in read.items() if name not in ("id", "connection_id", "uses")}
    saved = await call(browse, world, "/profiles/premium", body | {"committed_floor": False})
    assert saved.json()["done"] == "saved"
    assert not world.profiles.profiles["premium"].defaults.committed_floor


# Through another account


async def test_an_account_that_tells_no_terms_is_said_to_where_a_floor_rests_on_them(browse: Open) -> None:
    for mapping, is_said in ((FLOORED, True), (ASSIGNED, False), (replace(FLOORED, is_ended=True), False)):
        world = make_account_world()
        world.licences.readings[OTHER.id] = reads(world, 14)
        world.books.mappings = {"customer-0": (mapping,)}
        words = await read_words(browse, world, f"{PAGE}?account={OTHER.id}")
        assert ("the fall waits under Approvals" in words) is is_said
