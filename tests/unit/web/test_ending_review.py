"""What ending old additions comes to, customer by customer, before anybody asks for it; and on which day it ended."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import httpx

from plans.agreements import Addition
from plans.journal import Adoption, LineJournal
from plans.ledger import LedgerEntry, sum_additions
from plans.timeline import make_timeline
from profiles.billing import BillableOption
from tests.unit.web.approval_fakes import FACTS, make_addition, make_agreement
from tests.unit.web.conftest import Open
from tests.unit.web.mapping_fakes import make_world
from tests.unit.web.test_ending import ADDRESS, ask, old_lines, put_old
from tests.unit.web.test_map_many import OURS, find_ticks
from web.pages.tools.ending_sum import write_last_day


async def test_the_review_sums_up_each_customer_and_says_who_bills_it_afterwards(browse: Open) -> None:
    world = make_world()
    put_old(world, "", "")
    async with browse(world) as client:
        empty = (await client.get("/tools/ended", headers=OURS)).text
        alone = await look_through(client)
    billed = make_world()
    put_old(billed, "", "", "SL-7F3A9C2B41-0000")
    async with browse(billed) as client:
        beside = await look_through(client)
    assert "No old addition is ending" in empty
    assert "Harbour Dental Group about 100.00 EUR a month less" in alone
    assert "2 additions 10 30 Nov 2026 No: nobody bills it there afterwards" in alone
    assert "1 line below is not billed by Seatledger" in alone
    assert "2 additions 10 30 Nov 2026 Yes: 5 as addition 9102" in beside
    assert "not billed by Seatledger" not in beside


def test_a_day_that_had_its_change_takes_no_other_and_the_end_is_a_period_later() -> None:
    """Autotask: the units change on 1 December already, so that they end with December."""
    late = make_agreement(0, facts=replace(FACTS, bills_late=True))
    free = make_addition(days=make_timeline([(date(2026, 11, 1), 5)]))
    changed = make_addition(days=make_timeline([(date(2026, 11, 1), 5), (date(2026, 12, 1), 7)]))
    today = date(2026, 11, 22)
    assert write_last_day(late, [free], today) == "30 Nov 2026"
    assert write_last_day(late, [changed], today) == "31 Dec 2026"
    assert write_last_day(late, [free, changed], today) == "30 Nov 2026 or 31 Dec 2026"
    assert write_last_day(make_agreement(0), [changed], today) == "30 Nov 2026", "only where the PSA bills late"
    unknown = make_agreement(0, facts=replace(FACTS, bills_late=True, invoiced_through=None))
    assert write_last_day(unknown, [free], today).startswith("not known")


async def look_through(client: httpx.AsyncClient) -> str:
    """The words of the review of everything that can be ended and was typed by hand on the page."""
    ticks = find_ticks((await client.get(f"{ADDRESS}&product=typed", headers=OURS)).text)
    sent = await client.post(ADDRESS, data={"tick": ticks}, headers=OURS)
    review = (await client.get(sent.headers["location"], headers=OURS)).text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", review))


async def test_what_ended_with_its_period_says_on_which_day(browse: Open) -> None:
    world = make_world()
    put_old(world, "", "")
    await ask(browse, world)
    first, second = old_lines(world)
    ended = Addition(
        "9100", "501", Decimal(5), date(2026, 3, 1), date(2026, 11, 30), BillableOption.BILLABLE, "", Decimal(10)
    )
    entry = LedgerEntry(first.id, date(2026, 3, 1), 0, sum_additions([ended]), "9100", None)
    adoption = Adoption(first.id, 0, first.agreement_id, (ended,), entry, date(2026, 11, 22), "Ada")
    world.books.journals[first.id] = LineJournal(first.id, adoptions=(adoption,))
    world.books.journals[second.id] = LineJournal(second.id)
    world.books.billed = {first.id: 0, second.id: 0}
    async with browse(world) as client:
        page = (await client.get("/tools/ended", headers=OURS)).text
    assert page.count("with its period, on 30 Nov 2026") == 1
    assert page.count(">with its period<") == 1, "nothing of it was written yet"
