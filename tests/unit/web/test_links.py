"""Every number opens its why: from sentences to the additions they are about, from what waits to its decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from plans.changes import AdjustUnits, CreateAddition, SetAddition
from plans.journal import Ending, HistoryEntry, LineJournal
from plans.mail import Delivery, DeliveryState
from profiles.billing import BillableOption
from tests.unit.web import nights
from tests.unit.web.approval_fakes import make_addition, make_proposal
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import NOW
from tests.unit.web.pages import read_source, to_words
from tests.unit.web.test_additions import create, prove, raise_to
from tests.unit.web.test_approvals import get
from tests.unit.web.test_invoices import make_world as make_short_world
from tests.unit.web.waiting import waiting_world
from web.pages.change_words import describe_change, find_first_day, write_line

RUN = f"/runs/{nights.NIGHT}"
STORY = "/customers/customer-{}/additions/connectwise-1/{}"


async def test_what_changed_leads_to_the_story_of_its_addition(browse: Open) -> None:
    world = nights.typical_world()
    for path in ("/", f"{RUN}?state=changed", f"{RUN}/changes"):
        assert f'href="{STORY.format(0, "9003")}"' in await read_source(browse, world, path), path
    world.books.customers = world.books.customers[1:]
    for path in ("/", f"{RUN}?state=changed", f"{RUN}/changes"):
        source = await read_source(browse, world, path)
        assert "customer-0/additions" not in source and "customers//" not in source, "nobody is left to ask"


async def test_what_is_held_leads_to_where_it_is_decided(browse: Open) -> None:
    world = nights.typical_world()
    for path in ("/", f"{RUN}/changes?state=held", "/customers/customer-2", "/customers/customer-2/waiting"):
        source = await read_source(browse, world, path)
        assert 'href="/approvals?customer=customer-2"' in source and "Decide about it" in source, path
        assert "/approvals?customer=customer-3" not in source, "what is parked waits for no approval"


async def test_the_why_of_a_licence_leads_to_its_additions(browse: Open) -> None:
    world = nights.typical_world()
    world.books.journals["m-0-premium"] = LineJournal("m-0-premium", (prove(create(), make_addition("9a/1"), 10),))
    assert "additions/" not in await read_source(browse, world, "/customers/customer-0")
    assert "read_desk customer-0" not in world.books.calls, "journals are read for the one that asks"
    source = await read_source(browse, world, "/customers/customer-0?why=m-0-premium")
    assert f'href="{STORY.format(0, "9a%2F1")}"' in source and f'href="{STORY.format(0, "9002")}"' in source
    assert "Story of addition 9a/1" in to_words(source)


async def test_history_leads_to_the_additions_that_were_written(browse: Open) -> None:
    world = nights.typical_world()
    written = replace(prove(create(), make_addition(), 10), mapping_id="m-0-premium")
    refused = replace(prove(raise_to(10, 12), None, 12, Ending.REFUSED), mapping_id="m-0-premium")
    world.books.journals["m-0-premium"] = LineJournal("m-0-premium", (written, refused))
    told = [
        HistoryEntry(each.ended_at, "m-0-premium", each.sequence, each.run_id, each.sentence)
        for each in (written, refused)
    ]
    said = HistoryEntry(refused.ended_at, "m-0-premium", 2, nights.NIGHT, "Refused by Ada: why?")
    world.books.history["customer-0"] = (said, *reversed(told))
    source = await read_source(browse, world, "/customers/customer-0/history")
    assert source.count(f'href="{STORY.format(0, "9001")}"') == 2
    assert to_words(source).count("Story of addition 9001") == 2


async def test_last_night_names_proposals_and_short_invoices(browse: Open) -> None:
    world = make_short_world()
    assert await get(browse, world, "/approvals/also") == ""
    world.add_hold(0)
    world.open_items.proposals = (make_proposal(1), make_proposal(2, settled_by="Ada"))
    source = await get(browse, world, "/approvals/also")
    assert "1 credit proposal waits, 37.33 EUR in all." in to_words(source)
    assert "1 of the next 3 invoices would not be right: 1 thing is open." in to_words(source)
    assert 'href="/approvals/credits"' in source and 'href="/approvals/invoices"' in source
    unpriced = make_proposal(3)
    days = replace(unpriced.line.proposal, amount=None)
    world.open_items.proposals = (make_proposal(1), replace(unpriced, line=replace(unpriced.line, proposal=days)))
    assert "2 credit proposals wait." in to_words(await get(browse, world, "/approvals/also"))
    world.open_items.error = ConnectionError("no storage")
    assert await get(browse, world, "/approvals/also") == ""


async def test_last_night_names_mails_that_did_not_leave_before_everything_else(browse: Open) -> None:
    world = nights.typical_world()
    failed = Delivery("digest:1", "ada@msp.example", "3 need you", DeliveryState.FAILED, 3, NOW - timedelta(days=2))
    world.deliveries.deliveries = [failed, replace(failed, mail_id="digest:0")]
    source = await read_source(browse, world, "/approvals/also")
    assert "not counted above: 2 mails need you: they did not leave." in to_words(source)
    assert 'href="/settings/mail"' in source
    sent = replace(failed, mail_id="digest:2", state=DeliveryState.SENT, changed_at=NOW)
    world.deliveries.deliveries = [sent, failed]
    assert await read_source(browse, world, "/approvals/also") == ""


async def test_last_night_asks_for_it_by_itself_once_the_night_is_over(browse: Open) -> None:
    assert 'hx-get="/approvals/also"' in await read_source(browse, nights.typical_world(), "/")
    assert "/approvals/also" not in await read_source(browse, nights.running_world(), "/")


async def test_a_credit_proposal_of_a_customer_leads_to_where_it_is_ticked_off(browse: Open) -> None:
    source = await read_source(browse, waiting_world(), "/customers/customer-1/waiting")
    assert 'href="/approvals/credits?q=Scheduled+Only"' in source


def test_one_write_reads_the_same_as_sentence_as_fields_and_on_one_line() -> None:
    made = CreateAddition(
        "400", 0, "SL-1-0000", "501", 2, date(2026, 11, 22), BillableOption.NO_CHARGE, description="Aoife\nBen"
    )
    words = describe_change(made, "EUR")
    assert words.sentence == "A new addition of 2 seats from 22 Nov 2026."
    assert write_line(made, "400", "EUR") == (
        "A new addition of 2 seats from 22 Nov 2026: price as in the PSA, billing no charge, text “Aoife Ben”."
    )
    ends = date(2026, 11, 30)
    before = make_addition(quantity=10, unit_price=Decimal("20.00"), description="Aoife", cancelled_on=ends)
    after = replace(before, quantity=Decimal("1.5"), unit_price=None, description="", cancelled_on=None)
    changed = SetAddition("400", 1, "SL-1-0001", before, after, date.min)
    assert write_line(changed, "499", "EUR") == (
        "On agreement 400, addition 9001 changes: seats 10→1.5, through 30 Nov 2026→open, "
        "price 20.00 EUR→as in the PSA, no text."
    )
    same = SetAddition("400", 1, "SL-1-0001", before, before, date.min)
    assert write_line(same, "400", "EUR") == "Addition 9001 changes."
    assert find_first_day(same) is None
    adjusted = AdjustUnits("400", 1, "SL-1-0001", "77", date(2026, 12, 1), 1200, 1100)
    assert write_line(adjusted, "400", "EUR") == "Service 77 is adjusted from 1 Dec 2026 on: seats 1,200→1,100."
