"""A profile that sells another product than the licence: said wherever a mapping is shown before it is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from profiles.billing import BillingProfile
from tests.unit.web import tenants
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World, sign_in_headers
from tests.unit.web.many_fakes import make_many
from tests.unit.web.mapping_fakes import address, make_product, make_world
from tests.unit.web.tenants import NAMES, PREMIUM, PROFILES, VISIO
from tests.unit.web.test_mapping import Person, words_of
from tests.unit.web.test_mapping_csv import HEAD, row, upload
from web.pages.mapping_doubts import doubt_profile, find_other

OURS = {"Sec-Fetch-Site": "same-origin"} | sign_in_headers()
NAMED = "is named after Microsoft 365 E3, and this licence is "


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Visio Plan 2", ""),
        ("VISIO (plan 2), annual", ""),
        ("Visio, annual", ""),
        ("Business Premium per seat", ""),
        ("", ""),
        ("Microsoft 365 E3", "Microsoft 365 E3"),
        ("Managed: microsoft 365-E3 monthly", "Microsoft 365 E3"),
        ("Visio Plan 2 for GCC", "Visio Plan 2 for GCC"),
    ],
)
def test_a_text_names_another_licence_by_its_whole_name(text: str, other: str) -> None:
    assert find_other(text, "Visio Plan 2") == other


def test_the_longest_name_counts() -> None:
    assert find_other("Visio Plan 2 for GCC", "Visio Plan 2 for GCC") == ""
    assert find_other("Visio Plan 2", "Visio Plan 2 for GCC") == "Visio Plan 2"


def test_the_product_of_a_profile_is_looked_at_as_well() -> None:
    profile = replace(PROFILES["visio"], product_name="Microsoft 365 E3")
    (said,) = doubt_profile(VISIO, NAMES[VISIO], profile, ())
    assert NAMED + "Visio Plan 2." in said


@pytest.mark.parametrize(("others", "own", "is_said"), [(1, 0, False), (2, 0, True), (2, 1, True), (2, 2, False)])
def test_a_profile_that_mostly_bills_another_licence_is_said(others: int, own: int, is_said: bool) -> None:
    mappings = [tenants.make_mapping(each, PREMIUM, "visio") for each in range(others)]
    mappings += [tenants.make_mapping(9 + each, VISIO, "visio") for each in range(own)]
    mappings += [tenants.make_mapping(20, PREMIUM, "visio", is_ended=True)]
    said = doubt_profile(VISIO, NAMES[VISIO], PROFILES["visio"], mappings)
    assert bool(said) == is_said
    if is_said:
        used = "for 1 mapping of this licence" if own else "for nobody with this licence"
        assert said == (f"Visio, annual is used {used}, and for 2 mappings of Microsoft 365 Business Premium.",)


def call_like_e3(world: World, profile_id: str = "premium") -> BillingProfile:
    renamed = replace(world.profiles.profiles[profile_id], name="Microsoft 365 E3")
    world.profiles.profiles[profile_id] = renamed
    return renamed


async def test_the_preview_and_the_row_say_it_and_keep_it_all_the_same(browse: Open) -> None:
    world = make_world()
    call_like_e3(world)
    person = Person(browse, world)
    words = await person.preview(PREMIUM, profile="premium", agreement="400")
    assert NAMED + "Microsoft 365 Business Premium." in words and "Would be written" in words
    answer = await person.post(address(PREMIUM, "quick"), profile="premium", agreement="400")
    assert NAMED in await person.words(answer.headers["location"]) and len(world.mapped) == 1


async def test_a_product_beside_it_that_is_called_like_the_licence_is_said(browse: Open) -> None:
    world = make_world()
    alike = replace(make_product("777", "18.00"), description="Microsoft 365 Business Premium (old)")
    numbered = replace(make_product("778", "18.00"), vendor_sku="SPB")
    world.catalogue.products = (*world.catalogue.products, alike, numbered)
    strange = [
        replace(tenants.make_addition(number, 5), key="", product_id=product)
        for number, product in (("7", "777"), ("8", "778"), ("9", "502"))
    ]
    world.catalogue.put(*strange)
    words = await Person(browse, world).preview(PREMIUM, profile="premium", agreement="400")
    assert "Additions 7, 8 on this agreement sell" in words and "which sounds like this licence" in words
    words = await Person(browse, world).preview(VISIO, profile="visio", agreement="400")
    assert "sounds like" not in words


async def test_many_say_it_before_and_after_the_sum(browse: Open) -> None:
    world = make_many()
    call_like_e3(world)
    path = f"/tools/map?sku={PREMIUM}&term=any&profile=premium"
    async with browse(world) as client:
        page = (await client.get(path, headers=OURS)).text
        assert NAMED in words_of(page)
        ticks = [each.split('"')[0] for each in page.split('name="tick" value="')[1:]]
        review = await client.post(path, data={"tick": ticks}, headers=OURS, follow_redirects=True)
    assert NAMED in words_of(review.text)


async def test_a_rule_says_it_before_it_is_kept_and_on_its_page(browse: Open) -> None:
    world = make_many()
    call_like_e3(world)
    wish = {"sku": PREMIUM, "term": "any", "profile": "premium", "mode": "observe"}
    async with browse(world) as client:
        shown = await client.get("/tools/rules/new", params=wish, headers=OURS)
        kept = await client.post("/tools/rules/new", data=wish, headers=OURS)
        page = await client.get(kept.headers["location"], headers=OURS)
    assert NAMED in words_of(shown.text) and NAMED in words_of(page.text)


async def test_a_file_says_it_once_for_all_its_rows(browse: Open) -> None:
    world = make_many()
    renamed = call_like_e3(world)
    text = "\n".join([HEAD, *(row(number, profile=renamed.name) for number in (3, 4))])
    async with browse(world) as client:
        sent = await client.post("/tools/import", headers=OURS, **upload(text))
        page = await client.get(sent.headers["location"], headers=OURS)
    assert words_of(page.text).count(NAMED) == 1
