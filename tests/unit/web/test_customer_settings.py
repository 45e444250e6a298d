"""A customer's settings: live and observe, its name, ending and removing it; and sync now."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from plans.alerts.notifications import Mute, MuteScope
from plans.approvals import HeldLine, OpenHold
from plans.asking import AskedRun
from plans.changes import Apply, HoldRule
from plans.runs import Run, RunPhase
from tests.browser.customers import asked_world, billed_world, connect, lacking_world, observed_world
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import NOW, World, sign_in_headers
from tests.unit.web.nights import CONNECTION, NIGHT
from tests.unit.web.pages import read_source, read_words, to_words
from tests.unit.web.request_fakes import FakeRequests
from tests.unit.web.tenants import PREMIUM, VISIO, create, make_line, make_mapping, make_plan
from web.actions.asking import Actor
from web.actions.syncing import Going, sync_customers

OURS = {"Sec-Fetch-Site": "same-origin"}
OBSERVED, LIVE = "/customers/customer-2", "/customers/customer-0"


async def post(
    browse: Open, world: World, path: str, form: dict[str, Any] | None = None, roles: tuple[str, ...] = ("Operator",)
) -> httpx.Response:
    async with browse(world) as client:
        return await client.post(path, data=form or {}, headers=sign_in_headers(roles) | OURS)


async def find_shown(browse: Open, world: World, path: str) -> str:
    return (await read_source(browse, world, path)).split('name="shown" value="')[1].split('"')[0]


def find(world: World, customer_id: str = "customer-2") -> Any:
    return next((each for each in world.books.customers if each.id == customer_id), None)


def writing_world() -> World:
    """Customer 2 is observed, and its last plan would write a rise of two seats at 22.00."""
    world = observed_world()
    mapping = make_mapping(2, PREMIUM, "premium")
    line = replace(make_line(mapping, 10, 12, Apply((create(2, "501"),))), unit_price=Decimal("22.00"))
    world.archive.plans["hash-2"] = replace(make_plan(2, line), is_observed=True)
    world.books.billed[mapping.id] = 10
    return world


async def test_the_tab_says_first_what_going_live_would_write(browse: Open) -> None:
    words = await read_words(browse, writing_world(), f"{OBSERVED}/settings")
    assert "The next run would write 1 line, about +44.00 EUR a month (forecast)." in words
    assert "10 → 12 (+2)" in words and "As planned by Night of 22 Nov 2026." in words
    assert "Switch Northwind Legal to live: 1 line written by the next run" in words


@pytest.mark.parametrize(
    ("prices", "told"),
    [
        (
            ["22.00", None],
            "2 lines, about +44.00 EUR a month (forecast), and 1 of them at a price that is not known yet.",
        ),
        ([None], "1 line; what they move is not known, because the PSA names the price when it makes them."),
    ],
)
async def test_a_sum_never_hides_a_line_without_a_price(browse: Open, prices: list[str | None], told: str) -> None:
    world = observed_world()
    world.books.billed = {}
    lines = [
        replace(
            make_line(make_mapping(2, sku, profile), 10, 12, Apply((create(2, "501"),))),
            unit_price=None if price is None else Decimal(price),
        )
        for (sku, profile), price in zip(((PREMIUM, "premium"), (VISIO, "visio")), prices, strict=False)
    ]
    world.archive.plans["hash-2"] = replace(make_plan(2, *lines), is_observed=True)
    assert f"The next run would write {told}" in await read_words(browse, world, f"{OBSERVED}/settings")


async def test_what_was_written_since_the_last_plan_is_not_announced_again(browse: Open) -> None:
    world = writing_world()
    world.books.billed[make_mapping(2, PREMIUM, "premium").id] = 12
    words = await read_words(browse, world, f"{OBSERVED}/settings")
    assert "By the last plan the next run would write nothing." in words


async def test_what_would_wait_for_approval_is_told_apart(browse: Open) -> None:
    words = await read_words(browse, observed_world(), f"{OBSERVED}/settings")
    assert "By the last plan the next run would write nothing. 1 line would wait for your approval." in words
    assert "Waits for approval: Large drop" in words


async def test_a_customer_that_no_run_has_planned_says_so(browse: Open) -> None:
    world = observed_world()
    world.runs.runs, world.runs.tenants = (), {}
    words = await read_words(browse, world, f"{OBSERVED}/settings")
    assert "No run has planned it yet, so what the next run would write is not worked out here" in words
    world.books.mappings = {}
    assert "None of its licences is mapped yet" in await read_words(browse, world, f"{OBSERVED}/settings")


async def test_going_live_is_kept_told_and_noted(browse: Open) -> None:
    world = writing_world()
    shown = await find_shown(browse, world, f"{OBSERVED}/settings")
    answer = await post(browse, world, f"{OBSERVED}/settings/live", {"shown": shown})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{OBSERVED}/settings?told=live")
    assert not find(world).is_observed
    assert world.books.history["customer-2"][0].sentence.startswith("Ada Administrator switched it to live")
    (entry,) = world.audit.entries
    assert entry.subject == "customer/customer-2"
    assert (json.loads(entry.before)["is_observed"], json.loads(entry.after)["is_observed"]) == (True, False)
    assert "switched it to live" in await read_words(browse, world, f"{OBSERVED}/history")


async def test_of_many_clicks_at_once_one_goes_live_and_all_are_told_so(browse: Open) -> None:
    world = writing_world()
    shown = await find_shown(browse, world, f"{OBSERVED}/settings")
    clicks = [post(browse, world, f"{OBSERVED}/settings/live", {"shown": shown}) for _ in range(4)]
    answers = await asyncio.gather(*clicks)
    assert {each.headers["location"] for each in answers} == {f"{OBSERVED}/settings?told=live"}
    told = [each.sentence for each in world.books.history["customer-2"] if "to live" in each.sentence]
    assert len(told) == len(world.audit.entries) == 1


async def test_it_does_not_go_live_on_a_plan_that_was_not_shown(browse: Open) -> None:
    world = writing_world()
    answer = await post(browse, world, f"{OBSERVED}/settings/live", {"shown": "another"})
    assert answer.status_code == 409 and "Another run has planned it meanwhile" in to_words(answer.text)
    assert find(world).is_observed and world.audit.entries == []


async def test_back_to_observe_ends_what_waits(browse: Open) -> None:
    world = observed_world()
    held = HeldLine("m", "Licence", "line", "hash", HoldRule.LARGE_DROP, "It waits.", 5, 1, None)
    since = datetime(2026, 11, 20, tzinfo=UTC)
    holds = [OpenHold(f"customer-{n}", "X", CONNECTION, "400", since, NIGHT, held) for n in (0, 1)]
    world.open_items.holds = tuple(holds)
    answer = await post(browse, world, f"{LIVE}/settings/observe")
    assert answer.headers["location"] == f"{LIVE}/settings?told=observed"
    assert find(world, "customer-0").is_observed
    assert world.open_items.holds == (holds[1],)


async def test_a_name_is_changed_here_alone(browse: Open) -> None:
    world = observed_world()
    refused = await post(browse, world, f"{LIVE}/settings", {"name": " \x00 "})
    assert refused.status_code == 422 and "Type the name" in refused.text
    long = await post(browse, world, f"{LIVE}/settings", {"name": "x" * 201})
    assert long.status_code == 422 and "x" * 201 in long.text
    answer = await post(browse, world, f"{LIVE}/settings", {"name": "Harbour <b>"})
    assert answer.status_code == 303
    assert find(world, "customer-0").name == "Harbour <b>"
    assert "Harbour &lt;b&gt;" in await read_source(browse, world, f"{LIVE}/settings")


async def test_removing_says_first_what_stays(browse: Open) -> None:
    words = await read_words(browse, billed_world(), f"{LIVE}/remove")
    assert "What bills it now 264.00 EUR a month" in words
    assert "264.00 EUR 30 Nov 2026" in words, "the day to which ending it with the period bills"
    assert "9002 Microsoft 365 Business Premium" in words
    assert "Remove it, leave 1 addition as it is" in words and "End 1 licence with the period first" in words


async def test_a_removed_customer_is_gone_with_its_holds_and_mutes_and_noted(browse: Open) -> None:
    world = billed_world()
    removed, *_, other = world.books.customers
    about = Mute(MuteScope.TENANT, "Everything", "Friends", "Ada", NOW, None, tenant_id=removed.tenant_id)
    elsewhere = replace(about, tenant_id=other.tenant_id)
    world.alerts.mutes = {each.id: each for each in (about, elsewhere)}
    shown = await find_shown(browse, world, f"{LIVE}/remove")
    nameless = await post(browse, world, f"{LIVE}/remove", {"shown": shown, "reason": ""})
    assert nameless.status_code == 422 and "Say why" in nameless.text
    answer = await post(browse, world, f"{LIVE}/remove", {"shown": shown, "reason": "they left"})
    assert answer.headers["location"] == "/customers?told=removed"
    assert find(world, "customer-0") is None
    assert world.books.history["customer-0"][0].sentence == "Ada Administrator removed this customer: they left"
    assert list(world.alerts.mutes) == [elsewhere.id]
    unmuted, told = world.audit.entries
    assert "removed the customer, so “Everything” is told again." in unmuted.sentence
    assert (told.after, "they left" in told.sentence) == ("", True)
    assert "Harbour Dental" not in await read_words(browse, world, "/customers?told=removed")
    async with browse(world) as client:
        assert (await client.get(LIVE, headers=sign_in_headers())).status_code == 404


async def test_what_was_not_shown_is_not_left_behind(browse: Open) -> None:
    world = billed_world()
    answer = await post(browse, world, f"{LIVE}/remove", {"shown": "other", "reason": "they left"})
    assert answer.status_code == 409 and 'value="they left"' in answer.text
    assert find(world, "customer-0") is not None


async def test_its_lines_are_ended_and_a_run_asked_for(browse: Open) -> None:
    world = billed_world()
    shown = await find_shown(browse, world, f"{LIVE}/remove")
    answer = await post(browse, world, f"{LIVE}/end", {"shown": shown, "reason": "they left"})
    assert answer.headers["location"] == "/runs/2026-11-22-001/asked"
    ended = [each.is_ended for each in world.books.mappings["customer-0"]]
    assert ended == [True, False, False], "only what bills is ended"
    assert world.requests.asked[0].customer_ids == ("customer-0",)
    assert world.books.history["customer-0"][0].sentence == "Ada Administrator ended it: they left"


async def test_a_customer_of_very_many_lines_is_ended_wholly(browse: Open) -> None:
    world = billed_world()
    first, *others = world.books.mappings["customer-0"]
    many = [replace(first, id=f"m-{number}") for number in range(90)]
    world.books.mappings["customer-0"] = (*many, *others)
    adopted = world.books.journals[first.id]
    world.books.journals |= {each.id: replace(adopted, mapping_id=each.id) for each in many}
    shown = await find_shown(browse, world, f"{LIVE}/remove")
    await post(browse, world, f"{LIVE}/end", {"shown": shown, "reason": "they left"})
    assert sum(each.is_ended for each in world.books.mappings["customer-0"]) == 90
    sentences = [each.sentence for each in world.audit.entries]
    assert ["ended 40 licences" in each for each in sentences] == [True, True, False]
    assert "ended 10 licences" in sentences[2]


async def test_an_observed_customer_ends_nothing(browse: Open) -> None:
    world = billed_world("customer-2")
    words = await read_words(browse, world, f"{OBSERVED}/remove")
    assert "It is only observed: nothing is written for it." in words and "with the period first" not in words
    shown = await find_shown(browse, world, f"{OBSERVED}/remove")
    answer = await post(browse, world, f"{OBSERVED}/end", {"shown": shown, "reason": "they left"})
    assert answer.status_code == 409 and world.requests.asked == []


async def test_sync_now_asks_for_a_run_and_waits_for_it(browse: Open) -> None:
    world = nights.typical_world()
    answer = await post(browse, world, f"{LIVE}/sync")
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/2026-11-22-001/asked")
    assert world.requests.asked[0].customer_ids == ("customer-0",)
    assert world.archive.scopes == {"2026-11-22-001": frozenset({"customer-0"})}
    words = await read_words(browse, world, "/runs/2026-11-22-001/asked")
    assert "Sync of 22 Nov 2026, no. 1 is about to start" in words


async def test_a_second_click_joins_what_is_asked_for_and_asks_again(browse: Open) -> None:
    world = asked_world()
    answer = await post(browse, world, f"{LIVE}/sync")
    assert answer.headers["location"] == "/runs/2026-11-22-001/asked?joined=yes"
    assert [each.run_id for each in world.requests.asked] == ["2026-11-22-001"], "to ask twice is one run"
    words = await read_words(browse, world, "/runs/2026-11-22-001/asked?joined=yes")
    assert "Ada Administrator asked for it a moment ago, and you see the same run." in words
    other = await post(browse, world, "/customers/customer-1/sync")
    assert other.headers["location"] == "/runs/2026-11-22-002/asked", "it is not about this customer"


async def test_of_several_who_sync_at_once_one_asks_and_the_others_are_led_to_it(browse: Open) -> None:
    world = nights.typical_world()

    class SlowRequests(FakeRequests):
        """Everybody lists before anybody reserves."""

        async def list_asked(self, day: date) -> tuple[AskedRun, ...]:
            listed = await super().list_asked(day)
            for _ in range(20):
                await asyncio.sleep(0)
            return listed

    world.requests = SlowRequests()
    outside, wanted = await world.outside(), ["customer-0"]
    actor = Actor("Ada", "ada", world.now, "")
    done = await asyncio.gather(*(sync_customers(outside, world.requests, wanted, actor) for _ in range(4)))
    other = await sync_customers(outside, world.requests, ["customer-1"], actor)
    assert sorted((each.run_id, each.is_joined) for each in done if each is not None) == [
        ("2026-11-22-001", False), ("2026-11-22-001", True), ("2026-11-22-001", True), ("2026-11-22-001", True),
    ]  # fmt: skip
    assert other == Going("2026-11-22-002", is_joined=False)
    assert {each.run_id for each in world.requests.asked} == {"2026-11-22-001", "2026-11-22-002"}


async def test_what_was_asked_for_long_ago_is_not_waited_for(browse: Open) -> None:
    world = asked_world()
    world.now += timedelta(minutes=6)
    assert "has not started yet" in await read_words(browse, world, "/runs/2026-11-22-001/asked")
    answer = await post(browse, world, f"{LIVE}/sync")
    assert answer.headers["location"] == "/runs/2026-11-22-002/asked"


@pytest.mark.parametrize("scoped", [True, False])
async def test_a_run_that_is_at_work_is_joined(browse: Open, scoped: bool) -> None:
    world = nights.running_world()
    if scoped:
        run = Run("2026-11-22-001", RunPhase.PUSHING, world.now)
        world.runs.runs = (run, *nights.typical_world().runs.runs)
        world.archive.scopes[run.id] = frozenset({"customer-0"})
    going = world.runs.runs[0].id
    answer = await post(browse, world, f"{LIVE}/sync")
    assert answer.headers["location"] == f"/runs/{going}/asked?joined=yes"
    async with browse(world) as client:
        page = await client.get(f"/runs/{going}/asked", headers=sign_in_headers())
        piece = await client.get(f"/runs/{going}/asked", headers=sign_in_headers() | {"HX-Request": "true"})
    assert (page.status_code, page.headers["location"]) == (303, f"/runs/{going}")
    assert piece.headers["HX-Redirect"] == f"/runs/{going}"
    assert world.requests.asked == []


async def test_an_installation_without_a_night_syncs_too(browse: Open) -> None:
    world = nights.quiet_world()
    world.runs.runs, world.runs.tenants, world.runs.pushes = (), {}, {}
    answer = await post(browse, world, f"{LIVE}/sync")
    assert answer.headers["location"] == "/runs/2026-11-22-001/asked"


async def test_where_no_run_can_be_asked_for_it_says_so(browse: Open) -> None:
    world = nights.typical_world()
    world.requests.error = ConnectionError("no queue")
    answer = await post(browse, world, f"{LIVE}/sync")
    assert answer.headers["location"] == f"{LIVE}?told=notstarted"
    assert "The run could not be started." in await read_words(browse, world, f"{LIVE}?told=notstarted")


async def test_several_are_synced_from_the_list(browse: Open) -> None:
    world = nights.typical_world()
    form = {"customer": ["customer-3", "customer-1", "customer-3", "nobody"]}
    answer = await post(browse, world, "/customers/sync", form)
    assert answer.headers["location"] == "/runs/2026-11-22-001/asked"
    assert world.requests.asked[0].customer_ids == ("customer-1", "customer-3")
    nothing = await post(browse, world, "/customers/sync", {"customer": "nobody"})
    assert nothing.headers["location"] == "/customers?told=nothing"


async def test_those_that_no_run_could_read_are_synced_together(browse: Open) -> None:
    """One that is new, and one that let nobody in last night."""
    world = nights.typical_world()
    world.books.customers += (replace(world.books.customers[0], id="new", tenant_id="t-new", name="New"),)
    await post(browse, world, "/customers/sync", {"which": "unread"})
    assert world.requests.asked[0].customer_ids == ("customer-4", "new")


async def test_a_removed_customer_is_not_synced(browse: Open) -> None:
    world = nights.typical_world()
    assert (await post(browse, world, "/customers/nobody/sync")).status_code == 404
    assert (await post(browse, world, "/runs/never/asked")).status_code == 405
    await read_source(browse, world, "/runs/2026-11-22-009/asked", 404)
    await read_source(browse, world, "/runs/never/asked", 404)


async def test_a_reader_sees_the_settings_and_changes_nothing(browse: Open) -> None:
    world = billed_world()
    async with browse(world) as client:
        page = await client.get(f"{LIVE}/settings", headers=sign_in_headers(("Reader",)))
        assert page.status_code == 200
        assert "<form" not in page.text[page.text.index("<main") : page.text.index("<dialog")]
    paths = ("settings", "settings/live", "settings/observe", "remove", "end", "sync")
    for path in paths:
        answer = await post(browse, world, f"{LIVE}/{path}", {"name": "X", "reason": "x"}, ("Reader",))
        assert answer.status_code == 403, path
    assert world.audit.entries == [] and world.requests.asked == []
    assert AskedRun not in {type(each) for each in world.requests.reserved}


async def test_live_says_first_what_is_missing_and_leads_to_each(browse: Open) -> None:
    world = lacking_world()
    source = await read_source(browse, world, f"{OBSERVED}/settings")
    words = to_words(source)
    assert "Before it can go live, these are missing:" in words and "Its PSA is not connected." in words
    assert 'href="/settings/connections">Connect the PSA<' in source
    assert f'href="{OBSERVED}/account">Choose the account that reads it<' in source
    assert f'href="{OBSERVED}">Map them<' in source
    assert "to live all the same" in words and "Switch to live and sync now" not in words
    connect(world)
    words = await read_words(browse, world, f"{OBSERVED}/settings")
    assert "The last run could not read its licences. See what to do" in words and "not connected" not in words
    world = observed_world()
    words = await read_words(browse, world, f"{OBSERVED}/settings")
    assert "missing" not in words and "Switch to live and sync now" in words
    world.books.mappings = {}
    assert "this is missing: None of its licences is mapped" in await read_words(browse, world, f"{OBSERVED}/settings")
