"""Approvals: what waits, who may decide, and what a decision does."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from plans.changes import HoldRule
from plans.counts import Count
from plans.journal import LineJournal
from plans.results import TenantResult
from plans.runs import Run, RunPhase, TenantState
from profiles.billing import Basis
from profiles.holdings import Holding
from profiles.licences import Term
from tests.unit.web.approval_fakes import NIGHT, STARTED, DecisionWorld, make_customer, make_mapping
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import NOW, sign_in_headers
from tests.unit.web.pages import to_words
from web.application import create_application

OURS = {"Sec-Fetch-Site": "same-origin"}
type Fields = dict[str, str | list[str]]


async def get(browse: Open, world: DecisionWorld, path: str, role: str = "Operator", status: int = 200) -> str:
    async with browse(create_application(world.context())) as client:
        answer = await client.get(path, headers=sign_in_headers([role]))
    assert answer.status_code == status, answer.text
    return answer.text


async def post(browse: Open, world: DecisionWorld, path: str, fields: Fields, role: str = "Operator") -> httpx.Response:
    async with browse(create_application(world.context())) as client:
        return await client.post(path, data=fields, headers=sign_in_headers([role]) | OURS)


def tick(hold_line: str, hold_id: str) -> str:
    return f"{hold_line}:{hold_id}"


def words_of(source: str) -> str:
    return to_words(source[source.index("<main") : source.index("<dialog")])


async def test_the_list_says_who_what_why_how_much_and_since_when(browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1)
    source = await get(browse, world, "/approvals")
    words = words_of(source)
    assert "1 change to decide." in words
    assert "Customer 0001" in words and "12 → 8 (−4)" in words and "Large drop" in words
    assert "A month (forecast)" in words and "−80.00 EUR" in words
    assert "22 Nov 2026, 02:00" in words and "Times are those of Europe/Dublin" in words
    assert f'value="{hold.line.line_hash}:{hold.id}"' in source
    assert f'title="Plan {hold.line.plan_hash}"' in source


async def test_a_reader_sees_the_list_and_no_buttons(browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1)
    source = await get(browse, world, "/approvals", "Reader")
    assert "Customer 0001" in source
    assert "formaction" not in source and 'type="checkbox" name="hold"' not in source
    fields: Fields = {"hold": tick(hold.line.line_hash, hold.id), "reason": "because"}
    answer = await post(browse, world, "/approvals/approve", fields, "Reader")
    assert answer.status_code == 403
    assert world.books.approvals == []


async def test_nothing_waits(browse: Open) -> None:
    assert "Nothing is held." in await get(browse, DecisionWorld(), "/approvals")


async def test_approving_keeps_exactly_that_hash_and_asks_for_one_run(
    browse: Open, caplog: pytest.LogCaptureFixture
) -> None:
    world = DecisionWorld()
    first, second, third = (world.add_hold(number) for number in (1, 2, 3))
    fields: Fields = {"hold": [tick(each.line.line_hash, each.id) for each in (first, second)], "reason": "Seen"}
    with caplog.at_level(logging.INFO):
        answer = await post(browse, world, "/approvals/approve", fields)
    assert answer.status_code == 303
    assert {(name, each.line_hash, each.approved_by, each.reason) for name, each in world.books.approvals} == {
        ("customer-1", first.line.line_hash, "Ada Administrator", "Seen"),
        ("customer-2", second.line.line_hash, "Ada Administrator", "Seen"),
    }
    assert world.books.approvals[0][1].approved_at == NOW
    assert [(each.run_id, each.customer_ids) for each in world.requests.asked] == [
        (f"{NIGHT}-001", ("customer-1", "customer-2"))
    ]
    assert world.books.order == ["approve customer-1", "approve customer-2", f"ask {NIGHT}-001"]
    told = world.books.history["customer-1"][0]
    assert told.run_id == f"{NIGHT}-001"
    assert told.sentence.startswith("Ada Administrator approved 12 → 8") and told.sentence.endswith(": Seen")
    allowed = [each.getMessage() for each in caplog.records if each.getMessage().startswith("Allowed approve")]
    assert (
        len(allowed) == 2
        and first.line.line_hash in allowed[0]
        and "5ea71ed9-0000-4000-8000-0000000000a1" in allowed[0]
    )
    words = words_of(await get(browse, world, answer.headers["location"]))
    assert "2 changes approved. A run starts within a minute: it reads everything again" in words
    assert "A run is at work for this customer." in words
    assert third.line.line_hash not in answer.headers["location"]


async def test_a_plan_that_moved_is_not_approved_and_stands_first(browse: Open) -> None:
    world = DecisionWorld()
    world.add_hold(1)
    old = world.add_hold(2)
    new = world.add_hold(2, 12, 6)
    fields: Fields = {"hold": tick(old.line.line_hash, old.id), "reason": "Seen"}
    answer = await post(browse, world, "/approvals/approve", fields)
    assert answer.status_code == 303
    assert world.books.approvals == [] and world.requests.asked == []
    source = await get(browse, world, answer.headers["location"])
    words = words_of(source)
    assert "1 change could not be decided about, because the world has changed" in words
    assert "The world has changed. This is the new plan." in words
    assert source.index("Customer 0002") < source.index("Customer 0001")
    assert f"{new.line.line_hash}:{new.id}" in source


async def test_what_waits_no_longer_is_said(browse: Open) -> None:
    world = DecisionWorld()
    gone = world.add_hold(1)
    world.open_items.holds = ()
    world.add_hold(2)
    fields: Fields = {"hold": tick(gone.line.line_hash, gone.id), "reason": "Seen"}
    answer = await post(browse, world, "/approvals/approve", fields)
    assert world.books.approvals == []
    assert "1 change no longer waits" in words_of(await get(browse, world, answer.headers["location"]))


async def test_refusing_remembers_the_quantity_that_was_owed(browse: Open) -> None:
    world = DecisionWorld()
    # The writes of a decrease may come to more than what is owed: what is refused is what is owed.
    hold = world.add_hold(1, 12, 8, quantity_after=9)
    fields: Fields = {"hold": tick(hold.line.line_hash, hold.id), "reason": "They are moving back"}
    answer = await post(browse, world, "/approvals/refuse", fields)
    assert answer.status_code == 303
    ((customer_id, refusal),) = world.books.refusals
    assert customer_id == "customer-1"
    assert (refusal.mapping_id, refusal.quantity, refusal.level) == ("m-1", 8, 12)
    assert (refusal.refused_on, refusal.refused_by) == (date(2026, 11, 22), "Ada Administrator")
    assert refusal.reason == "They are moving back"
    assert world.requests.asked[0].customer_ids == ("customer-1",)
    assert "1 change refused." in words_of(await get(browse, world, answer.headers["location"]))


async def test_refusing_in_the_first_night_of_a_fall_remembers_the_quantity_before_it(browse: Open) -> None:
    """25, and 24 tonight, which no second night has seen: the plan is 10 → 25, and that is what is refused."""
    world = DecisionWorld()
    hold = world.add_hold(1, 10, 24, quantity_after=25)
    tonight, eve = date(2026, 11, 22), date(2026, 11, 21)
    counts = (Count(eve, 25, eve, None, 25), Count(tonight, 24, tonight, None, 24))
    world.books.journals["m-1"] = LineJournal("m-1", counts=counts)
    fields: Fields = {"hold": tick(hold.line.line_hash, hold.id), "reason": "Not yet"}
    assert (await post(browse, world, "/approvals/refuse", fields)).status_code == 303
    ((_, refusal),) = world.books.refusals
    assert (refusal.quantity, refusal.level, refusal.refused_on) == (25, 10, tonight)


async def test_refused_on_is_the_day_in_the_msps_zone(browse: Open) -> None:
    world = DecisionWorld(now=NOW.replace(month=7, day=1, hour=23, minute=30))
    hold = world.add_hold(1)
    fields: Fields = {"hold": tick(hold.line.line_hash, hold.id), "reason": "No"}
    async with browse(create_application(world.context())) as client:
        headers = sign_in_headers(["Operator"], iat=1, nbf=1) | OURS
        answer = await client.post("/approvals/refuse", data=fields, headers=headers)
    assert answer.status_code == 303, answer.text
    assert world.books.refusals[0][1].refused_on == date(2026, 7, 2)
    assert world.requests.asked[0].run_id == "2026-07-02-001"


@pytest.mark.parametrize("word", ["approve", "refuse"])
async def test_without_a_reason_nothing_happens_and_the_ticks_survive(word: str, browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1)
    world.add_hold(2)
    fields: Fields = {"hold": tick(hold.line.line_hash, hold.id), "reason": "  "}
    answer = await post(browse, world, f"/approvals/{word}", fields)
    assert answer.status_code == 422
    assert "Say why: the reason stands in the history" in answer.text
    assert answer.text.split("<dialog")[0].count(" checked") == 1
    assert (world.books.approvals, world.books.refusals, world.requests.asked) == ([], [], [])


async def test_nothing_ticked_keeps_the_reason(browse: Open) -> None:
    world = DecisionWorld()
    world.add_hold(1)
    answer = await post(browse, world, "/approvals/approve", {"reason": 'the "why"'})
    assert answer.status_code == 422
    assert "Tick the changes that you mean first." in answer.text
    assert 'value="the &#34;why&#34;"' in answer.text


@pytest.mark.parametrize("rule", [HoldRule.PAUSED, HoldRule.TRANSFER])
async def test_what_an_approval_cannot_end_has_advice_and_no_box(rule: HoldRule, browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1, rule=rule)
    source = await get(browse, world, "/approvals")
    assert "No approval helps." in words_of(source)
    assert 'name="hold"' not in source
    fields: Fields = {"hold": tick(hold.line.line_hash, hold.id), "reason": "Seen"}
    await post(browse, world, "/approvals/approve", fields)
    assert world.books.approvals == []


async def test_a_hold_without_a_hash_cannot_be_ticked(browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1, line_hash="", rule=HoldRule.INVOICING_UNKNOWN)
    source = await get(browse, world, "/approvals")
    assert "Put the agreement's invoicing right in the PSA." in words_of(source)
    assert 'name="hold"' not in source
    await post(browse, world, "/approvals/approve", {"hold": tick("", hold.id), "reason": "Seen"})
    assert world.books.approvals == []


async def test_two_people_at_once_get_a_run_each(browse: Open) -> None:
    world = DecisionWorld()
    world.runs.runs = (Run(f"{NIGHT}-001", RunPhase.CLOSED, STARTED), Run(NIGHT, RunPhase.CLOSED, STARTED))
    world.requests.taken = {f"{NIGHT}-002"}
    hold = world.add_hold(1)
    fields: Fields = {"hold": tick(hold.line.line_hash, hold.id), "reason": "Seen"}
    await post(browse, world, "/approvals/approve", fields)
    assert world.requests.asked[0].run_id == f"{NIGHT}-003"
    assert world.archive.scopes == {f"{NIGHT}-003": frozenset({"customer-1"})}


async def test_a_queue_that_is_away_leaves_the_approval_for_the_night(browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1)
    world.requests.error = ConnectionError("no queue")
    fields: Fields = {"hold": tick(hold.line.line_hash, hold.id), "reason": "Seen"}
    answer = await post(browse, world, "/approvals/approve", fields)
    assert len(world.books.approvals) == 1
    words = words_of(await get(browse, world, answer.headers["location"]))
    assert "1 change approved. The run that carries it out could not be started; the next night does it." in words


async def test_the_answer_follows_its_run(browse: Open) -> None:
    world = DecisionWorld()
    world.add_hold(1)
    address = f"/approvals?done=approve&n=1&run={NIGHT}-001"
    world.runs.runs = (Run(f"{NIGHT}-001", RunPhase.PUSHING, STARTED),)
    source = await get(browse, world, address)
    assert "A run is at work" in source and 'hx-trigger="every 2s"' in source and f'href="/runs/{NIGHT}-001"' in source
    closed = STARTED + timedelta(minutes=1)
    world.runs.runs = (Run(f"{NIGHT}-001", RunPhase.CLOSED, STARTED, closed),)
    source = await get(browse, world, address)
    assert "The run has ended" in source and "every 2s" not in source


async def test_an_address_cannot_put_words_on_the_page(browse: Open) -> None:
    world = DecisionWorld()
    world.add_hold(1)
    source = await get(browse, world, "/approvals?done=approve&n=x&run=<b>evil</b>&moved=<i>evil</i>&changed=-1")
    assert "<b>" not in source and "<i>evil" not in source
    assert "approved" not in words_of(source)


async def test_filters_chips_pages_and_csv(browse: Open) -> None:
    world = DecisionWorld()
    for number in range(120):
        world.add_hold(number, rule=HoldRule.TO_ZERO if number % 4 == 0 else HoldRule.LARGE_DROP)
    source = await get(browse, world, "/approvals?state=to_zero")
    assert "30 of 120 changes" in words_of(source)
    assert source.count('name="hold"') == 30
    assert "1–50 of 120" in await get(browse, world, "/approvals")
    assert "Customer 0119" in await get(browse, world, "/approvals?page=3")
    only = words_of(await get(browse, world, "/approvals?customer=customer-7"))
    assert "1 of 120 changes" in only
    assert "1 of 120 changes" in words_of(await get(browse, world, "/approvals?q=0007"))
    csv = await get(browse, world, "/approvals.csv?state=to_zero")
    assert len(csv.strip().splitlines()) == 31


async def test_tick_all_without_javascript(browse: Open) -> None:
    world = DecisionWorld()
    for number in range(3):
        world.add_hold(number)
    source = await get(browse, world, "/approvals?tick=all")
    assert source.split("<dialog")[0].count(" checked") == 3
    assert "Approve 3 changes" in source and "Refuse 3 changes" in source


async def test_ticking_all_leaves_out_what_was_refused_unless_it_is_all(browse: Open) -> None:
    world = DecisionWorld()
    world.add_hold(1)
    world.add_hold(2, rule=HoldRule.REFUSED)
    source = await get(browse, world, "/approvals?tick=all")
    assert source.count(" checked") == 2 and "Tick all (1)" in words_of(source), "one box, and the switch of the help"
    assert "1 of 1 ticked" in words_of(source)
    source = await get(browse, world, "/approvals?state=refused&tick=all")
    assert source.count(" checked") == 2 and "1 of 1 ticked" in words_of(source)


async def test_a_whole_list_is_approved_only_as_it_was_shown(browse: Open) -> None:
    world = DecisionWorld()
    for number in range(60):
        world.add_hold(number)
    source = await get(browse, world, "/approvals?state=large_drop")
    start = source.index('name="whole" value="') + len('name="whole" value="')
    whole = source[start : start + 64]
    fields: Fields = {"whole": whole, "reason": "Seen"}
    answer = await post(browse, world, "/approvals/approve?state=large_drop", fields)
    assert answer.status_code == 303 and len(world.books.approvals) == 60
    assert len(world.requests.asked) == 1 and len(world.requests.asked[0].customer_ids) == 60
    world.add_hold(5, 12, 3)
    answer = await post(browse, world, "/approvals/approve?state=large_drop", fields)
    assert answer.status_code == 422 and "The list has changed" in answer.text
    assert len(world.books.approvals) == 60


async def test_the_filter_survives_the_answer(browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1)
    fields: Fields = {"hold": tick(hold.line.line_hash, hold.id), "reason": "Seen"}
    answer = await post(browse, world, "/approvals/approve?state=large_drop&q=cust", fields)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (query["state"], query["q"], query["n"]) == (["large_drop"], ["cust"], ["1"])


async def test_the_count_in_the_bar_leaves_out_what_was_refused(browse: Open) -> None:
    world = DecisionWorld()
    world.add_hold(1)
    world.add_hold(2, rule=HoldRule.REFUSED)
    assert to_words(await get(browse, world, "/approvals/count", "Reader")) == "1"
    words = words_of(await get(browse, world, "/approvals"))
    assert "1 change to decide, 1 refused." in words and "2 changes: 1 to decide, 1 refused" in words
    assert "All 2 To decide 1" in words
    world.add_hold(3, rule=HoldRule.INVOICING_UNKNOWN, line_hash="")
    world.add_hold(4, rule=HoldRule.TRANSFER)
    assert to_words(await get(browse, world, "/approvals/count", "Reader")) == "1"
    words = words_of(await get(browse, world, "/approvals"))
    assert "1 change to decide, 1 to mend in the PSA, 1 waiting for something else, 1 refused." in words
    assert "1 of 4 changes" in words_of(await get(browse, world, "/approvals?state=undecided"))
    assert 'hx-get="/approvals/count"' in await get(browse, world, "/approvals")
    world.open_items.holds = tuple(each for each in world.open_items.holds if each.id != "customer-1:m-1")
    words = words_of(await get(browse, world, "/approvals"))
    assert "Nothing to decide; 1 change to mend in the PSA, 1 waiting for something else, 1 refused." in words
    world.open_items.error = ConnectionError("no storage")
    assert await get(browse, world, "/approvals/count") == ""
    assert "cannot read its own records" in await get(browse, world, "/approvals", status=503)


async def test_the_list_is_remembered_for_seconds_and_read_anew_after_a_decision(browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1)
    async with browse(create_application(world.context())) as client:
        headers = sign_in_headers(["Operator"])
        await client.get("/approvals", headers=headers)
        world.add_hold(1, 12, 6)
        assert "12</span>→<strong>8" in (await client.get("/approvals", headers=headers)).text
        fields = {"hold": tick(hold.line.line_hash, hold.id), "reason": "Seen"}
        answer = await client.post("/approvals/approve", data=fields, headers=headers | OURS)
        assert "12</span>→<strong>6" in (await client.get(answer.headers["location"], headers=headers)).text
    assert world.books.approvals == []


async def test_one_hold_shows_what_an_approval_writes(browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1, 10, 12)
    source = await get(browse, world, f"/approvals/{hold.id}")
    words = words_of(source)
    assert "A new addition of 2 seats from 22 Nov 2026." in words
    assert "Invoiced through 31 Oct 2026" in words and "Proration on" in words
    assert "Seats billed 10 → 12 From 22 Nov 2026 First invoice it changes That of 1 Dec 2026" in words
    assert "A month (forecast) +40.00 EUR" in words and "No run has kept Microsoft's counts" in words
    assert f'title="{hold.line.plan_hash}"' in source
    assert "Approve 1 change" in source
    assert "formaction" not in await get(browse, world, f"/approvals/{hold.id}", "Reader")
    await get(browse, world, "/approvals/customer-9:m-9", status=404)
    world.archive.plans = {}
    assert "The plan is not kept any more" in await get(browse, world, f"/approvals/{hold.id}")


async def test_a_hold_shows_what_microsoft_said_before_and_now(browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1, 14, 9)
    world.books.customers, world.books.mappings = (make_customer(1),), {"customer-1": (make_mapping(1),)}
    days = (NIGHT, "2026-11-21", "2026-11-20")
    world.runs.runs = tuple(
        Run(day, RunPhase.CLOSED, STARTED - timedelta(days=ago), STARTED - timedelta(days=ago))
        for ago, day in enumerate(days)
    )
    tenant = TenantResult(make_customer(1).tenant_id, ("customer-1",), TenantState.PLANNED)
    counts = {days[0]: (9, 8), days[1]: None, days[2]: (14, 8)}
    world.runs.tenants = {
        day: [replace(tenant, holdings=() if held is None else (Holding("SKU", "SPB", *held),))]
        for day, held in counts.items()
    }
    words = words_of(await get(browse, world, f"/approvals/{hold.id}"))
    assert "At Microsoft Purchased 14 → 9 Assigned 8 Billed here: purchased seats." in words
    assert "read by the Night of 22 Nov 2026; before by the Night of 20 Nov 2026." in words
    assert "First invoice it changes The one after that of 1 Dec 2026" in words
    monthly = replace(make_mapping(1), part=Term.MONTHLY, basis=Basis.ASSIGNED)
    world.books.mappings = {"customer-1": (monthly,)}
    world.runs.tenants = {NIGHT: [replace(tenant, holdings=(Holding("sku", "SPB", 9, 8, ((Term.MONTHLY, 3),)),))]}
    words = words_of(await get(browse, world, f"/approvals/{hold.id}"))
    assert "Purchased, monthly 3 Assigned 8 Billed here: assigned seats." in words and "before by" not in words


async def test_hostile_names_stay_text(browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1, licence_name="<img src=x>", sentence="<script>alert(1)</script>")
    world.open_items.holds = (replace(hold, customer_name='"><script>'),)
    source = await get(browse, world, "/approvals")
    main = source[source.index("<main") : source.index("<dialog")]
    assert "<script>" not in main and "<img" not in main


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
async def test_another_site_cannot_approve(headers: dict[str, str], browse: Open) -> None:
    world = DecisionWorld()
    hold = world.add_hold(1)
    async with browse(create_application(world.context())) as client:
        fields = {"hold": tick(hold.line.line_hash, hold.id), "reason": "Seen"}
        answer = await client.post("/approvals/approve", data=fields, headers=sign_in_headers(["Operator"]) | headers)
    assert answer.status_code == 403
    assert world.books.approvals == []


async def test_a_body_that_is_no_form_is_refused(browse: Open) -> None:
    async with browse(create_application(DecisionWorld().context())) as client:
        headers = sign_in_headers(["Operator"]) | OURS
        for content, kind, status in (
            (b"{}", "application/json", 415),
            (b"a=" + b"x" * 300_000, "application/x-www-form-urlencoded", 413),
            (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
        ):
            answer = await client.post("/approvals/approve", content=content, headers=headers | {"Content-Type": kind})
            assert answer.status_code == status
