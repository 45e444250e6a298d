"""Old additions of many customers: found, ticked, asked to end, and taken back; what moved meanwhile is left out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import pytest

from plans.agreements import Addition, Agreement, AgreementReading, UnreadableAgreement
from plans.approvals import HeldLine, OpenHold
from plans.changes import HoldRule
from plans.errors import Retry
from plans.old_additions import is_old_line
from profiles.billing import BillableOption, Mapping
from profiles.periods import Grid
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import NOW, sign_in_headers
from tests.unit.web.many_fakes import make_many
from tests.unit.web.mapping_fakes import (
    CONNECTION,
    MappingCatalogue,
    MappingWorld,
    make_agreement,
    make_mapping,
    make_world,
)
from tests.unit.web.test_map_many import OURS, find_ticks, find_whole
from web.actions import agreements_now, long_lists
from web.pages.tools import ending
from web.pages.tools.ending import Stretch, cut_stretch

ADDRESS = "/tools/end?q=&marker=any&scope=all&product="


def put_old(world: MappingWorld, *keys: str) -> None:
    """Additions that somebody else made, on the first agreement: 9100 and on."""
    world.catalogue.put(
        *(
            Addition(
                str(9100 + number), "501", Decimal(5), date(2026, 3, 1), None, BillableOption.BILLABLE, key, Decimal(10)
            )
            for number, key in enumerate(keys)
        )
    )


def old_lines(world: MappingWorld) -> list[Mapping]:
    return [each for each in world.mapped if is_old_line(each)]


async def ask(browse: Open, world: MappingWorld, **form: object) -> str:
    """Everything that can be ended is asked to; the address that answers."""
    async with browse(world) as client:
        whole = find_whole((await client.get(ADDRESS, headers=OURS)).text)
        data = {"whole": whole, "do": "end", "reason": "Billed twice", "end": "period"} | form
        done = await client.post(ADDRESS, data=data, headers=OURS)
    assert done.status_code == 303, done.text
    return done.headers["location"]


async def test_what_somebody_else_made_is_listed_and_ours_is_not(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(), 12)
    put_old(world, "", "CloudConsole-7", "SL-7F3A9C2B41-0000")
    async with browse(world) as client:
        before = (await client.get("/tools/end", headers=OURS)).text
        page = (await client.get(ADDRESS, headers=OURS)).text
        marked = (await client.get(ADDRESS.replace("any", "cloudconsole"), headers=OURS)).text
        blank = (await client.get(f"{ADDRESS.replace('any', 'blank')}&state=ready", headers=OURS)).text
        file = (await client.get(ADDRESS.replace("/tools/end", "/tools/end.csv"), headers=OURS)).text
    assert "Look in the PSA" in before and "addition 91" not in before
    assert "addition 9100" in page and "addition 9101" in page and "addition 9102" not in page
    assert "addition 9101" in marked and "addition 9100" not in marked
    assert len(find_ticks(blank)) == 2 and "typed by hand" in blank
    assert "CloudConsole-7" in file


async def test_what_was_adopted_for_a_licence_meanwhile_is_left_out(browse: Open) -> None:
    """The newest run did not know of it, so it is listed; whoever ticks it is told that it was left out."""
    world = make_world()
    world.bill(make_mapping(), 12)
    location = await ask(browse, world)
    assert old_lines(world) == [] and "count=0&leftout=1" in location


async def test_mapped_agreements_alone_are_the_usual_scope(browse: Open) -> None:
    world = make_world()
    put_old(world, "")
    async with browse(world) as client:
        nothing = (await client.get(ADDRESS.replace("scope=all", "scope=mapped"), headers=OURS)).text
    assert "No addition on these agreements was made by anybody but Seatledger." in nothing


async def test_what_it_comes_to_is_shown_before_anything_is_kept(browse: Open) -> None:
    world = make_world()
    put_old(world, "", "")
    async with browse(world) as client:
        ticks = find_ticks((await client.get(ADDRESS, headers=OURS)).text)
        sent = await client.post(ADDRESS, data={"tick": ticks}, headers=OURS)
        assert sent.status_code == 303, "a page that was drawn by POST cannot be gone back to"
        review = (await client.get(sent.headers["location"], headers=OURS)).text
        no_reason = await client.post(ADDRESS, data={"tick": ticks, "do": "end", "end": "period"}, headers=OURS)
        no_day = await client.post(
            ADDRESS,
            data={"tick": ticks, "do": "end", "end": "day", "ends_on": "2020-01-01", "reason": "x"},
            headers=OURS,
        )
    assert "End 2 additions of 1 customer?" in review and "about 100.00 EUR a month less" in review
    assert no_reason.status_code == 422 and "Say why" in no_reason.text
    assert no_day.status_code == 422 and "Choose a day from 22 Nov 2026" in no_day.text
    assert old_lines(world) == [] and world.audit.entries == []


async def test_each_becomes_a_line_that_a_run_plans(browse: Open) -> None:
    world = make_world()
    put_old(world, "", "Unite 5")
    location = await ask(browse, world, end="day", ends_on="2026-12-14")
    one, other = old_lines(world)
    assert one.is_ended and one.ends_on == date(2026, 12, 14) and (one.profile_id, one.agreement_id) == ("", "400")
    assert {one.licence_name, other.licence_name} == {"Seats (addition 9100)", "Seats (addition 9101)"}
    assert world.books.journals[one.id].adoptions[0].reason == "Billed twice"
    assert [entry.subject for entry in world.audit.entries] == [
        f"mapping/customer-0/{each.id}" for each in (one, other)
    ]
    (asked,) = world.requests.reserved
    assert asked.customer_ids == ("customer-0",) and f"run={asked.run_id}" in location
    async with browse(world) as client:
        page = (await client.get(location, headers=OURS)).text
        again = (await client.get(ADDRESS, headers=OURS)).text
    assert "2 additions asked to end." in page and page.count("Not written yet") >= 2
    assert "on 14 Dec 2026" in page and "addition 9100" not in again


async def test_what_changed_meanwhile_is_left_out_and_named(browse: Open) -> None:
    world = make_world()
    put_old(world, "", "")
    async with browse(world) as client:
        ticks = find_ticks((await client.get(ADDRESS, headers=OURS)).text)
        changed, *others = world.catalogue.readings
        assert isinstance(changed, Agreement)
        first, second = changed.additions
        additions = (first, replace(second, quantity=Decimal(6)))
        world.catalogue.readings = (replace(changed, additions=additions), *others)
        form = {"tick": ticks, "do": "end", "reason": "Old", "end": "period"}
        done = await client.post(ADDRESS, data=form, headers=OURS)
        page = (await client.get(done.headers["location"], headers=OURS)).text
        again = await client.post(ADDRESS, data=form, headers=OURS)
    assert "1 addition asked to end." in page and "1 addition left out" in page
    assert len(old_lines(world)) == 1
    assert again.status_code == 409 and "This list has changed" in again.text


async def test_two_people_ask_at_once_and_it_is_asked_once(browse: Open) -> None:
    world = make_world()
    put_old(world, "")
    async with browse(world) as client:
        whole = find_whole((await client.get(ADDRESS, headers=OURS)).text)
        form = {"whole": whole, "do": "end", "reason": "Old", "end": "period"}
        first = await client.post(ADDRESS, data=form, headers=OURS)
        second = await client.post(ADDRESS, data=form, headers=OURS)
    assert first.status_code == 303 and second.status_code == 409 and len(old_lines(world)) == 1


async def test_an_end_is_taken_back_and_can_be_asked_for_again(browse: Open) -> None:
    world = make_world()
    put_old(world, "")
    await ask(browse, world)
    async with browse(world) as client:
        page = (await client.get("/tools/ended", headers=OURS)).text
        ticks = find_ticks(page)
        no_reason = await client.post("/tools/ended", data={"tick": ticks}, headers=OURS)
        done = await client.post("/tools/ended", data={"tick": ticks, "reason": "Wrong"}, headers=OURS)
        after = (await client.get(done.headers["location"], headers=OURS)).text
    assert no_reason.status_code == 422 and "Say why" in no_reason.text
    assert "1 addition is not to end any more" in after and "Taken back" in after and find_ticks(after) == []
    assert [each.is_ended for each in old_lines(world)] == [False]
    await ask(browse, world)
    (line,) = old_lines(world)
    assert line.is_ended and line.ends_on is None


async def test_all_of_a_filtered_list_are_those_that_it_shows(browse: Open) -> None:
    world = make_world()
    put_old(world, "", "Unite 5")
    await ask(browse, world)
    only = "/tools/ended?q=9101"
    async with browse(world) as client:
        page = (await client.get(only, headers=OURS)).text
        whole = find_whole(page)
        assert f'action="{only}"' in page and "All 1 of this list that can be taken back, on every page" in page
        elsewhere = await client.post("/tools/ended", data={"whole": whole, "reason": "Wrong"}, headers=OURS)
        no_reason = await client.post(only, data={"whole": whole}, headers=OURS)
        done = await client.post(only, data={"whole": whole, "reason": "Wrong"}, headers=OURS)
        late = await client.post(only, data={"whole": whole, "reason": "Wrong"}, headers=OURS)
    assert elsewhere.status_code == 409 and "This list has changed since it was shown" in elsewhere.text
    assert no_reason.status_code == 422 and done.status_code == 303 and late.status_code == 409
    standing = {each.licence_name: each.is_ended for each in old_lines(world)}
    assert standing == {"Seats (addition 9100)": True, "Seats (addition 9101)": False}


async def test_what_waits_for_a_person_is_told_apart_from_what_waits_for_its_night(browse: Open) -> None:
    world = make_world()
    put_old(world, "", "")
    await ask(browse, world)
    first = next(each for each in old_lines(world) if each.licence_name.endswith("9100)"))
    rule = HoldRule.FIRST_AFTER_ADOPTION
    line = HeldLine(first.id, first.licence_name, "line", "plan", rule, "Approve it, or refuse it.", 5, 0)
    world.open_items.holds = (OpenHold("customer-0", "Harbour", CONNECTION, "400", NOW, "2026-11-22", line),)
    world.books.billed = {each.id: 5 for each in old_lines(world)}
    async with browse(world) as client:
        page = (await client.get("/tools/ended", headers=OURS)).text
        waiting = (await client.get("/tools/ended?state=Waits+for+approval", headers=OURS)).text
    assert page.count("Waits for approval") == 2 and page.count("Not written yet") == 2, "a chip and a row of each"
    assert "addition 9100" in waiting and "addition 9101" not in waiting


async def test_what_was_ticked_stays_ticked_where_the_reason_is_missing(browse: Open) -> None:
    world = make_world()
    put_old(world, "", "")
    await ask(browse, world)
    async with browse(world) as client:
        first, _ = find_ticks((await client.get("/tools/ended", headers=OURS)).text)
        refused = await client.post("/tools/ended", data={"tick": first}, headers=OURS)
    assert refused.status_code == 422
    assert re.findall(r'name="tick" value="([^"]+)" checked', refused.text) == [first]


async def test_what_costs_nothing_is_no_money_less_and_a_quarter_is_three_months(browse: Open) -> None:
    world = make_world()
    put_old(world, "", "", "")
    (agreement,) = (each for each in world.catalogue.readings if isinstance(each, Agreement) and each.id == "400")
    billed, kept, free = agreement.additions[-3:]
    kept = replace(kept, billable_option=BillableOption.DO_NOT_BILL)
    free = replace(free, billable_option=BillableOption.NO_CHARGE)
    quarters = replace(agreement.facts, grid=Grid(2026, 1, 1, 3))
    world.catalogue.readings = (replace(agreement, facts=quarters, additions=(billed, kept, free)),)
    async with browse(world) as client:
        page = (await client.get(ADDRESS, headers=OURS)).text
    assert "3 can be ended: about 16.67 EUR a month less" in page


def test_many_customers_are_looked_at_in_stretches_that_miss_nobody() -> None:
    """Whatever start is asked for, there is one that fits; and from one to the next nobody is left out."""
    assert (cut_stretch(0, 1), cut_stretch(200, 7).words) == (Stretch(1, 0, 0), "")
    assert cut_stretch(2000, 201).words == "201 to 400 of 2,000 customers, by name, are looked at."
    assert cut_stretch(450, 9999) == Stretch(401, 450, 450) and cut_stretch(3, 201) == Stretch(1, 3, 3)
    start, seen = 1, list[int]()
    while start <= 450:
        stretch = cut_stretch(450, start)
        seen += range(stretch.start, stretch.end + 1)
        start = stretch.end + 1
    assert seen == list(range(1, 451))


def make_more(count: int) -> MappingWorld:
    """So many customers, each but one with an agreement on which another tool has an addition."""
    many, world = make_many(count), make_world()
    world.books, world.runs, world.profiles = many.books, many.runs, many.profiles
    world.catalogue.agreements = many.connections.catalogue.agreements
    old = Addition("1", "501", Decimal(5), date(2026, 3, 1), None, BillableOption.BILLABLE, "Unite 5", Decimal(10))
    world.catalogue.readings = tuple(
        replace(make_agreement(each.id, each.name, replace(old, id=f"91{each.id}")), company_id=each.company_id)
        for each in world.catalogue.agreements
    )
    return world


async def test_an_agreement_that_cannot_be_read_is_told_and_not_left_out_unseen(browse: Open) -> None:
    world = make_more(3)
    unread = tuple(UnreadableAgreement(each, "The PSA answered half of it.") for each in ("402", "901"))
    world.catalogue.readings = (*unread, *(each for each in world.catalogue.readings if each.id not in ("402", "901")))
    async with browse(world) as client:
        page = (await client.get("/tools/end?scope=all&q=0002", headers=OURS)).text
        both = (await client.get("/tools/end?scope=all", headers=OURS)).text
    assert "2 agreements cannot be read now, so their additions are not listed here." in page
    assert "nobody knows whether there is one" in page and "was made by anybody but" not in page
    assert "2 agreements cannot be read now" in both and "Customer 0000" in both


async def test_the_next_customers_are_a_link_and_a_wish_is_about_those_that_were_shown(
    browse: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "MOST_COMPANIES", 2)
    world = make_more(5)
    address = "/tools/end?marker=unite&scope=all"
    async with browse(world) as client:
        first = (await client.get(address, headers=OURS)).text
        assert "1 to 2 of 5 customers, by name, are looked at." in first and "those before" not in first
        after = re.findall(r'href="([^"]+)">Look at those after', first)[0].replace("&amp;", "&")
        assert after == f"{address}&start=3"
        second = (await client.get(after, headers=OURS)).text
        assert "3 to 4 of 5 customers" in second and "start=1" in second and "start=5" in second
        assert "Customer 0002" in second and "Customer 0000" not in second
        elsewhere = await client.post(address, data={"whole": find_whole(second), "do": "end"}, headers=OURS)
        assert elsewhere.status_code == 409
        done = await client.post(
            after, data={"whole": find_whole(second), "do": "end", "reason": "Old", "end": "period"}, headers=OURS
        )
    assert done.status_code == 303
    ended = {name for name, own in world.books.mappings.items() if any(is_old_line(each) for each in own)}
    assert ended == {"customer-2", "customer-3"}


async def test_what_could_not_be_looked_at_is_never_said_to_be_none(browse: Open) -> None:
    world = make_world()
    async with browse(world) as client:
        none = (await client.get(ADDRESS, headers=OURS)).text
        filtered = (await client.get(ADDRESS.replace("marker=any", "marker=unite"), headers=OURS)).text
    assert "was made by anybody but Seatledger" in none
    assert "was made by anybody but Seatledger" not in filtered and "fits what is looked for" in filtered
    world.catalogue.error = TimeoutError()
    async with browse(world) as client:
        silent = (await client.get(ADDRESS, headers=OURS)).text
    assert "nobody knows whether there is one" in silent and "was made by anybody but" not in silent


async def test_nothing_ticked_a_silent_psa_and_readers(browse: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world()
    put_old(world, "")
    reader = sign_in_headers(roles=("Reader",))
    async with browse(world) as client:
        nothing = await client.post(ADDRESS, data={"x": "y"}, headers=OURS)
        nobody = await client.post("/tools/ended", data={"tick": "m-1:customer-0", "reason": "x"}, headers=OURS)
        looked = await client.get(ADDRESS, headers=reader)
        refused = await client.post(ADDRESS, data={"x": "y"}, headers=reader | {"Sec-Fetch-Site": "same-origin"})
        monkeypatch.setattr(agreements_now, "SECONDS_REMEMBERED", -1.0)
        monkeypatch.setattr(long_lists, "TIMES_REMEMBERED", -1)
        world.catalogue.error = TimeoutError()
        silent = await client.get(ADDRESS, headers=OURS)
    assert nothing.status_code == 422 and "Tick the additions that should end first." in nothing.text
    assert nobody.status_code == 422
    assert looked.status_code == 200 and find_ticks(looked.text) == [] and refused.status_code == 403
    assert silent.status_code == 200 and "The PSA takes too long." in silent.text
    assert not re.search(r"Traceback", silent.text)


async def test_on_the_customers_page_it_leads_to_where_it_is_taken_back(browse: Open) -> None:
    world = make_world()
    put_old(world, "")
    await ask(browse, world)
    (line,) = old_lines(world)
    path = f"/customers/customer-0/licences/{line.sku_id}"
    async with browse(world) as client:
        page = (await client.get("/customers/customer-0", headers=OURS)).text
        form = await client.get(f"{path}/map", headers=OURS)
        reopened = await client.post(f"{path}/reopen", data={"x": "y"}, headers=OURS)
    assert "Seats (addition 9100)" in page and "/tools/ended" in page and "Go on billing it" not in page
    assert form.status_code == reopened.status_code == 404 and old_lines(world) == [line]


@dataclass
class CountingCatalogue(MappingCatalogue):
    """A PSA that takes a moment, and notes which agreements it was asked for."""

    asked: list[str] = field(default_factory=list)

    async def read_agreements(self, agreement_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
        self.asked += agreement_ids
        await asyncio.sleep(0.01)
        return await super().read_agreements(agreement_ids)


async def test_readers_who_look_without_end_cost_the_psa_one_reading(
    browse: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world()
    put_old(world, "")
    before = world.catalogue
    counting = CountingCatalogue(agreements=before.agreements, readings=before.readings, products=before.products)
    world.catalogue = world.connections.catalogue = counting
    reader = sign_in_headers(roles=("Reader",))
    paths = [ADDRESS, ADDRESS.replace("/end?", "/end.csv?"), ADDRESS.replace("q=", "q=customer")] * 4
    async with browse(world) as client:
        looked = await asyncio.gather(*(client.get(path, headers=reader) for path in paths))
        assert {each.status_code for each in looked} == {200} and "addition 9100" in looked[0].text
        assert sorted(counting.asked) == ["400", "401"]
        put_old(world, "", "")
        counting.asked.clear()
        whole = find_whole((await client.get(ADDRESS, headers=OURS)).text)
        data = {"whole": whole, "do": "end", "reason": "Billed twice", "end": "period"}
        stale = await client.post(ADDRESS, data=data, headers=OURS)
        assert sorted(counting.asked) == ["400", "401"] and stale.status_code in (303, 409), "who ends sees it as it is"
        monkeypatch.setattr(agreements_now, "SECONDS_REMEMBERED", -1.0)
        monkeypatch.setattr(long_lists, "TIMES_REMEMBERED", -1)
        counting.asked.clear()
        counting.error = Retry("ConnectWise answered 503.")
        for _ in range(3):
            assert "The PSA does not answer now" in (await client.get(ADDRESS, headers=reader)).text
        assert sorted(counting.asked) == ["400", "401"], "a failure is remembered"
