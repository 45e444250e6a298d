"""One licence of many customers, mapped in one go: what is offered, what it comes to, and what is kept."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from plans.catalogue import AgreementSummary
from profiles.licences import Term
from tests.unit.web import tenants
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World, sign_in_headers
from tests.unit.web.many_fakes import MAPPED, NONE, OBSERVED, TWO, exclude, hold, make_many, replace_row
from tests.unit.web.pages import to_words
from tests.unit.web.tenants import FLOW, PREMIUM
from web.pages import psa_choices

OURS = {"Sec-Fetch-Site": "same-origin"} | sign_in_headers()
ADDRESS = f"/tools/map?sku={PREMIUM}&term=any&profile=premium"


def find_ticks(page: str) -> list[str]:
    return re.findall(r'name="tick" value="([^"]+)"', page)


def find_whole(page: str) -> str:
    found: list[str] = re.findall(r'name="whole" value="([^"]+)"', page)
    return found[0]


async def test_who_has_it_unmapped_is_listed_with_the_agreement_that_fits(browse: Open) -> None:
    async with browse(make_many()) as client:
        page = (await client.get(ADDRESS, headers=OURS)).text
    assert len(find_ticks(page)) == 3, "not who has two agreements, none, or a mapping"
    assert "2 agreements fit: Managed Services (agreement 400), Managed Services (agreement 900). Choose one." in page
    assert "No active agreement of its company is of a type that" in page
    assert f"Customer {MAPPED:04}" not in page
    assert "30 seats, about 600.00 EUR a month" in page


async def test_the_sum_is_shown_before_anything_is_kept(browse: Open) -> None:
    world = make_many()
    async with browse(world) as client:
        ticks = find_ticks((await client.get(ADDRESS, headers=OURS)).text)
        sent = await client.post(ADDRESS, data={"tick": ticks[:2]}, headers=OURS)
        assert sent.status_code == 303, "a page that was drawn by POST cannot be gone back to"
        page = (await client.get(sent.headers["location"], headers=OURS)).text
        assert (await client.get(sent.headers["location"], headers=OURS)).text == page
    assert "Map 2 licences by" in page and "20 seats, about 400.00 EUR a month" in page
    assert "Planned and shown only: the customer is observed</dt><dd>1 licence" in page
    assert "customer-3" not in world.books.mappings and world.audit.entries == []


async def test_each_becomes_a_mapping_like_any_other_in_history_and_change_log(browse: Open) -> None:
    world = make_many()
    async with browse(world) as client:
        ticks = find_ticks((await client.get(ADDRESS, headers=OURS)).text)
        done = await client.post(ADDRESS, data={"tick": ticks, "do": "map"}, headers=OURS)
        assert done.status_code == 303
        page = (await client.get(done.headers["location"], headers=OURS)).text
    assert "3 licences mapped." in page and "left out" not in page
    (made,) = world.books.mappings[f"customer-{OBSERVED}"]
    assert (made.sku_id, made.part, made.profile_id, made.agreement_id) == (PREMIUM, None, "premium", "403")
    assert made.licence_name == "Microsoft 365 Business Premium" and made.why == ""
    assert len(world.audit.entries) == 3
    assert "Ada Administrator mapped Microsoft 365 Business Premium" in world.books.history["customer-3"][0].sentence


async def test_what_changed_meanwhile_is_left_out_and_named(browse: Open) -> None:
    world = make_many()
    async with browse(world) as client:
        ticks = find_ticks((await client.get(ADDRESS, headers=OURS)).text)
        world.books.mappings["customer-4"] = (tenants.make_mapping(4, PREMIUM, "premium"),)
        row = world.runs.tenants["2026-11-22"][5]
        replace_row(world, replace(row, holdings=(hold(PREMIUM, 11, 8), *row.holdings[1:])))
        done = await client.post(ADDRESS, data={"tick": ticks, "do": "map"}, headers=OURS)
        page = (await client.get(done.headers["location"], headers=OURS)).text
    assert "1 licence mapped." in page and "2 licences were left out" in page
    assert "Customer 0004 and Customer 0005" in page
    assert len(world.books.mappings["customer-4"]) == 1 and "customer-5" not in world.books.mappings


async def test_everything_on_every_page_is_only_mapped_as_it_was_shown(browse: Open) -> None:
    world = make_many(60)
    async with browse(world) as client:
        whole = find_whole((await client.get(ADDRESS, headers=OURS)).text)
        review = (await client.post(ADDRESS, data={"whole": whole}, headers=OURS, follow_redirects=True)).text
        assert "Map 57 licences by" in review and find_whole(review) == whole
        done = await client.post(ADDRESS, data={"whole": whole, "do": "map"}, headers=OURS)
        assert done.headers["location"].partition("mapped=")[2].startswith("57&")
        again = await client.post(ADDRESS, data={"whole": whole, "do": "map"}, headers=OURS)
    assert again.status_code == 409 and "This list has changed" in again.text
    assert len(world.audit.entries) == 57


async def test_five_hundred_at_once_is_said_and_the_sums_tell_both(browse: Open) -> None:
    world = make_many(520)
    async with browse(world) as client:
        page = to_words((await client.get(ADDRESS, headers=OURS)).text)
    assert "517 can be mapped: 5,170 seats, about 103,400.00 EUR a month" in page
    at_once = (
        "The first 500, counted from page 1, of the 517 that can be mapped: 5,000 seats, about 100,000.00 EUR a month."
    )
    assert f"{at_once} 500 is the most at once; then the next ones." in page


async def test_a_term_maps_that_term_alone(browse: Open) -> None:
    world = make_many()
    address = ADDRESS.replace("any", Term.ANNUAL.value)
    async with browse(world) as client:
        page = (await client.get(address, headers=OURS)).text
        assert "Microsoft 365 Business Premium, annual" in page
        await client.post(address, data={"tick": find_ticks(page), "do": "map"}, headers=OURS)
        rest = (await client.get(ADDRESS, headers=OURS)).text
    (made,) = world.books.mappings["customer-4"]
    assert made.part is Term.ANNUAL
    assert "Microsoft 365 Business Premium, monthly" in rest, "the other term stays open"


async def test_what_is_excluded_everywhere_is_offered_to_nobody(browse: Open) -> None:
    world = make_many()
    exclude(world, PREMIUM)
    async with browse(world) as client:
        page = (await client.get(ADDRESS, headers=OURS)).text
    assert find_ticks(page) == [] and "has this licence unmapped" in page


async def test_what_microsoft_gives_away_is_offered_last_marked_and_missed_by_nobody(browse: Open) -> None:
    world = make_many()
    row = world.runs.tenants["2026-11-22"][0]
    replace_row(world, replace(row, holdings=(hold(FLOW, 10_000, 9), *row.holdings), sku_ids=(FLOW, *row.sku_ids)))
    async with browse(world) as client:
        page = (await client.get("/tools/map", headers=OURS)).text
        file = (await client.get("/tools/import.csv", headers=OURS)).text
        customers = (await client.get("/customers", headers=OURS)).text
    assert re.findall(r">([^<]+) \(([^()]+)\)</option>", page) == [
        ("Exchange Online (Plan 1)", "6 customers unmapped"),
        ("Microsoft 365 Business Premium", "5 customers unmapped"),
        ("Microsoft Power Automate Free", "free at Microsoft, 1 customer"),
    ]
    assert "EXCHANGESTANDARD" in file and "FLOW_FREE" not in file
    assert "11 licences unmapped" in customers


async def test_a_psa_that_does_not_answer_is_said_and_maps_nothing(browse: Open) -> None:
    world = make_many()
    world.connections.catalogue.error = TimeoutError()
    async with browse(world) as client:
        page = await client.get(ADDRESS, headers=OURS)
    assert (
        page.status_code == 200
        and "It does not answer, or takes longer than 5 minutes." in page.text
        and find_ticks(page.text) == []
    )


async def test_agreements_that_take_long_are_read_on_for_the_next_look(
    browse: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, let_go = make_many(), asyncio.Event()
    listed = world.connections.catalogue.list_agreements

    async def list_slowly() -> tuple[AgreementSummary, ...]:
        await let_go.wait()
        return await listed()

    monkeypatch.setattr(world.connections.catalogue, "list_agreements", list_slowly)
    monkeypatch.setattr(psa_choices, "LONGEST_ANSWER_SECONDS", 0.05)
    async with browse(world) as client:
        first = (await client.get(ADDRESS, headers=OURS)).text
        let_go.set()
        await asyncio.sleep(0)
        second = (await client.get(ADDRESS, headers=OURS)).text
    assert "They are read on: look again in a minute." in first and find_ticks(first) == []
    assert "They are read on" not in second and len(find_ticks(second)) == 3


async def test_nothing_ticked_and_nonsense_are_answered_in_words(browse: Open) -> None:
    world = make_many()
    async with browse(world) as client:
        nothing = await client.post(ADDRESS, data={"x": "y"}, headers=OURS)
        foreign = await client.post(ADDRESS, data={"tick": "0123:<script>", "do": "map"}, headers=OURS)
        unknown = await client.post("/tools/map?sku=none&profile=none", data={"x": "y"}, headers=OURS)
        odd = await client.get(f"{ADDRESS}&mapped=²&leftout=x", headers=OURS)
    assert nothing.status_code == 422 and "Tick what should be mapped first." in nothing.text
    assert foreign.status_code == 409 and "This list has changed" in foreign.text
    assert unknown.status_code == 422 and "Choose a licence." in unknown.text
    assert odd.status_code == 200
    assert world.audit.entries == []


async def test_a_review_whose_list_has_changed_shows_the_list_again(browse: Open) -> None:
    world = make_many()
    async with browse(world) as client:
        ticks = find_ticks((await client.get(ADDRESS, headers=OURS)).text)
        sent = await client.post(ADDRESS, data={"tick": ticks}, headers=OURS)
        exclude(world, PREMIUM)
        late = await client.get(sent.headers["location"], headers=OURS)
        empty = await client.get(ADDRESS.replace("/map?", "/map/review?"), headers=OURS)
        nonsense = await client.get("/tools/map/review?sku=x&tick=y", headers=OURS)
    assert late.status_code == 200 and "This list has changed" in late.text
    assert empty.status_code == 200 and "Tick what should be mapped first." in empty.text
    assert nonsense.status_code == 200 and "Choose a licence." in nonsense.text


async def test_fifty_ticks_of_a_page_fit_into_an_address(browse: Open) -> None:
    world = make_many(120)
    async with browse(world) as client:
        ticks = find_ticks((await client.get(f"{ADDRESS}&state=ready", headers=OURS)).text)
        sent = await client.post(f"{ADDRESS}&state=ready", data={"tick": ticks * 3}, headers=OURS)
        assert len(ticks) == 50 and len(sent.headers["location"]) < 4000
        assert "Map 50 licences by" in (await client.get(sent.headers["location"], headers=OURS)).text


async def test_the_list_is_a_file_as_well_and_readers_get_no_boxes(browse: Open) -> None:
    world = make_many()
    reader = sign_in_headers(roles=("Reader",))
    async with browse(world) as client:
        file = await client.get(ADDRESS.replace("/tools/map", "/tools/map.csv") + "&state=hand", headers=reader)
        page = await client.get(ADDRESS, headers=reader)
        refused = await client.post(ADDRESS, data={"x": "y"}, headers={"Sec-Fetch-Site": "same-origin"} | reader)
    assert file.text.count("\r\n") == 3 and f"Customer {TWO:04}" in file.text and f"Customer {NONE:04}" in file.text
    assert find_ticks(page.text) == [] and refused.status_code == 403


async def test_the_same_form_sent_twice_maps_once(browse: Open) -> None:
    world = make_many()
    async with browse(world) as client:
        ticks = find_ticks((await client.get(ADDRESS, headers=OURS)).text)
        await client.post(ADDRESS, data={"tick": ticks, "do": "map"}, headers=OURS)
        again = await client.post(ADDRESS, data={"tick": ticks, "do": "map"}, headers=OURS)
    assert again.status_code == 409 and len(world.audit.entries) == 3


async def test_hundreds_of_customers_are_read_with_a_handful_of_questions(browse: Open) -> None:
    world = make_many(2000)
    async with browse(world) as client:
        await client.get(ADDRESS, headers=OURS)
        world.runs.calls.clear()
        world.books.calls.clear()
        page = (await client.get(f"{ADDRESS}&page=7", headers=OURS)).text
    assert len(find_ticks(page)) == 50
    assert world.books.calls == ["list_overviews"] and world.runs.calls == ["list_runs"]


def make_unread() -> World:
    """A night of before holdings were kept."""
    world = make_many()
    rows = world.runs.tenants["2026-11-22"]
    world.runs.tenants["2026-11-22"] = tuple(replace(row, holdings=()) for row in rows)
    return world


async def test_before_a_run_has_counted_anything_the_page_says_what_to_do(browse: Open) -> None:
    async with browse(make_unread()) as client:
        page = await client.get("/tools/map", headers=OURS)
    assert page.status_code == 200 and "once a run has read" in page.text
