"""What is posted on Autotask, when, and what may still be billed then: amounts at 20.00 a seat (billing rules, 3, 7).

April is posted on 1 April and May on 1 May, in advance, unless a test says otherwise.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from local.simulators.autotask.units import PostedRows
from net.client import Answer
from plans.agreements import Agreement
from plans.changes import HoldRule
from plans.due_invoices import make_due
from plans.journal import Ending
from tests.oracle.facts import Price
from tests.timelines.autotask import BACKUP_SERVICE, Habits
from tests.timelines.autotask_nights import Nights, through
from tests.timelines.world import AGREEMENT, CONNECTION, CUSTOMER

MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))
TWENTY = (Price(date(2020, 1, 1), Decimal(20)),)
DEARER = (*TWENTY, Price(MAY, Decimal(25)))


def test_a_service_that_is_posted_early_takes_nothing_from_another_one() -> None:
    """The backup's May is posted on 20 April, and 2 of 10 seats go on the 22nd: May is 160.00, and was 200.00."""
    nights = Nights("advance", MARCH)
    nights.live_on(date(2026, 4, 20), 10)
    nights.post(MAY, [BACKUP_SERVICE])
    nights.live_on(date(2026, 4, 21), 10)
    nights.live_on(date(2026, 4, 25), 8)
    assert nights.world.proposals == (), "nothing of the licence's May is posted"
    nights.live_on(JUNE, 8)
    assert nights.posted[1:] == [("2026-04-01", 10, 200.0), ("2026-05-01", 8, 160.0), ("2026-06-01", 8, 160.0)]
    assert nights.world.troubles == []


def test_a_service_that_is_posted_early_keeps_no_price_from_another_one() -> None:
    """20.00 and 25.00 from 1 May: May is 250.00, and was 200.00."""
    nights = Nights("advance", MARCH, DEARER)
    nights.live_on(date(2026, 4, 20), 10)
    nights.post(MAY, [BACKUP_SERVICE])
    nights.live_on(JUNE, 10)
    assert nights.posted[1:] == [("2026-04-01", 10, 200.0), ("2026-05-01", 10, 250.0), ("2026-06-01", 10, 250.0)]
    assert nights.world.troubles == []


def test_a_forecast_and_its_reminders_are_about_what_is_posted_first() -> None:
    """The backup's May, 65.00, is posted on 20 April. What is posted on 1 May are the licence's 200.00 of May, and not
    265.00 of June on 1 June; what was invoiced is as it was forecast."""
    nights = Nights("advance", MARCH)
    nights.live_on(date(2026, 4, 20), 10)
    nights.post(MAY, [BACKUP_SERVICE])
    nights.live_on(date(2026, 4, 30), 10)
    (kept,) = nights.world.disk.forecasts.values()
    forecast = kept.forecast
    assert (forecast.next_invoice_on, forecast.period.start, str(forecast.amount)) == (MAY, MAY, "200.00")
    (agreement,) = asyncio.run(nights.world.outside.connections[CONNECTION].read_agreements([str(AGREEMENT)]))
    assert isinstance(agreement, Agreement)
    due = make_due(agreement)
    assert due is not None
    assert (due.next_invoice_on, due.bills_until) == (MAY, JUNE)
    nights.live_on(date(2026, 5, 2), 10)
    (kept,) = nights.world.disk.forecasts.values()
    assert (kept.forecast.next_invoice_on, str(kept.forecast.amount)) == (JUNE, "265.00")
    assert kept.last is not None
    assert (str(kept.last.invoiced), kept.last.is_incident) == ("200.00", False)


def test_a_service_that_nobody_ever_posts_keeps_no_forecast_back() -> None:
    """A third service of the contract, since January: the licence's and the backup's May are forecast all the same."""
    nights = Nights("advance", MARCH)
    unposted = nights.add_service(date(2026, 1, 1))
    nights.live_on(MARCH, 10)
    nights.unpost(unposted)
    for day in through(date(2026, 3, 2), date(2026, 4, 20)):
        nights.live([day], 10)
        nights.unpost(unposted)
    (kept,) = nights.world.disk.forecasts.values()
    assert (kept.forecast.next_invoice_on, kept.forecast.period.start) == (MAY, MAY)


@pytest.mark.parametrize("posted", [{}, {date(2026, 4, 12): date(2026, 4, 9)}])
def test_a_rise_that_is_taken_back_before_it_is_posted_counts_its_days(posted: dict[date, date]) -> None:
    """5 from 10 through 12 April are 5 x 20.00 x 3/30 = 10.00; what was posted on the 12th ended with the 9th."""
    nights = Nights("advance", MARCH)
    nights.live_on(date(2026, 4, 9), 10)
    nights.live_on(date(2026, 4, 12), 15, posted)
    nights.live_on(JUNE, 10)
    assert nights.posted[1:] == [
        *(("2026-04-01", 10, 200.0), ("2026-04-10", 5, 70.0), ("2026-04-13", -5, -60.0)),
        *(("2026-05-01", 10, 200.0), ("2026-06-01", 10, 200.0)),
    ]
    assert nights.world.troubles == []


def test_a_rise_that_was_posted_is_not_given_back() -> None:
    """5 from 10 April, posted on the 12th: 70.00, which are owed to the end of April. 60.00 were given back."""
    nights = Nights("advance", MARCH)
    nights.live_on(date(2026, 4, 9), 10)
    nights.live_on(date(2026, 4, 12), 15, {date(2026, 4, 12): date(2026, 4, 12)})
    nights.live_on(JUNE, 10)
    assert nights.posted[1:] == [
        *(("2026-04-01", 10, 200.0), ("2026-04-10", 5, 70.0), ("2026-05-01", 10, 200.0), ("2026-06-01", 10, 200.0)),
    ]
    assert nights.world.troubles == []


@pytest.mark.parametrize("kind", [PostedRows.CUT, PostedRows.WHOLE_BESIDE_TOTALS])
def test_seats_that_return_in_a_posted_period_cost_what_it_was_posted_at(kind: PostedRows) -> None:
    """Credits on, 20.00 and 25.00 from May; none from 10 April, 5 from the 20th: 5 x 20.00 x 11/30 = 36.67 and from May
    on 125.00. They came at 25.00 from 20 April on, which is 45.83."""
    nights = Nights("advance", MARCH, DEARER, habits=Habits(posted_rows=kind), gives_credits=True)
    nights.live_on(date(2026, 4, 9), 10)
    nights.live_on(date(2026, 4, 19), 0)
    nights.live_on(JUNE, 5)
    assert nights.posted[1:] == [
        *(("2026-04-01", 10, 200.0), ("2026-04-10", -10, -140.0), ("2026-04-20", 5, 36.67)),
        *(("2026-05-01", 5, 125.0), ("2026-06-01", 5, 125.0)),
    ]
    assert nights.world.troubles == []


def test_seats_that_return_in_a_period_of_which_nothing_was_posted_cost_its_own_price() -> None:
    """20.00 and 22.00 from April, 25.00 from May; none from 1 April, 5 from 10 April: 5 x 22.00 x 21/30 = 77.00."""
    prices = (*TWENTY, Price(APRIL, Decimal(22)), Price(MAY, Decimal(25)))
    nights = Nights("advance", MARCH, prices)
    nights.live_on(date(2026, 3, 20), 10)
    nights.live_on(date(2026, 4, 9), 0)
    nights.live_on(JUNE, 5)
    assert nights.posted[1:] == [("2026-04-10", 5, 77.0), ("2026-05-01", 5, 125.0), ("2026-06-01", 5, 125.0)]
    assert nights.world.troubles == []


def post_just_before_the_next_write(nights: Nights, through: date, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody approves and posts in the moment between the re-read and the write."""
    send = nights.world.line.send

    async def post_first(method: str, path: str, **request: Any) -> Answer:
        if path.endswith("ServiceAdjustments"):
            monkeypatch.undo()
            nights.post(through)
        return await send(method, path, **request)

    monkeypatch.setattr(nights.world.line, "send", post_first)


@pytest.mark.parametrize(
    ("seats", "prices", "said", "given_back"),
    [
        (8, (), "10 → 8", ("2026-05-01", -2, -40.0)),
        (10, DEARER, "the price 20.00 → 25.00", ("2026-05-01", 0, 50.0)),
    ],
)
def test_what_is_posted_in_the_minutes_of_its_write_is_told(
    seats: int,
    prices: tuple[Price, ...],
    said: str,
    given_back: tuple[str, int, float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """May's 200.00 are posted on 28 April, between the re-read and the write. Autotask gives back 40.00, or asks 50.00
    more, though no credits are on, and nobody was told."""
    nights = Nights("advance", MARCH, prices)
    nights.live_on(date(2026, 4, 20), 10)
    nights.live_on(date(2026, 4, 27), seats)
    nights.world.may_park = True
    post_just_before_the_next_write(nights, MAY, monkeypatch)
    nights.live_on(date(2026, 4, 28), seats)
    nights.post(MAY)
    assert nights.posted[2:] == [("2026-05-01", 10, 200.0), given_back]
    sentence = (
        f"Agreement 1201 was invoiced while Business Premium was changed from 1 May 2026 ({said}); it"
        " is invoiced through 31 May 2026 now. Either that invoice has the change already, or the PSA bills the "
        "difference from 1 May 2026 on by an item of its own, though no credit was meant. Look at the billing items of "
        "addition 9101, and put right by hand what should not be."
    )
    assert nights.world.disk.parked[f"{CUSTOMER}-spb"] == sentence
    nights.live_on(date(2026, 4, 30), seats)
    assert sentence in nights.told


def test_a_rise_that_is_posted_in_the_minutes_of_its_write_is_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """12 from 10 April in arrears, posted just before: 2 x 20.00 x 21/30 = 28.00 are an item of their own."""
    nights = Nights("arrears", MARCH)
    nights.live_on(date(2026, 4, 9), 10)
    post_just_before_the_next_write(nights, date(2026, 4, 30), monkeypatch)
    nights.live_on(MAY, 12)
    assert nights.posted[1:] == [("2026-04-01", 10, 200.0), ("2026-04-10", 2, 28.0)]
    assert nights.world.troubles == []


@pytest.mark.parametrize("kind", PostedRows)
def test_whatever_a_posted_row_becomes_when_its_period_is_adjusted(kind: PostedRows) -> None:
    """10, 12 from 10 April, 15 from the 20th and 16 from 21 May: 28.00, 3 x 20.00 x 11/30 = 22.00, 20.00 x 11/31.

    A row that stayed whole made the contract unreadable until July.
    """
    nights = Nights("advance", MARCH, habits=Habits(posted_rows=kind))
    nights.live_on(date(2026, 4, 9), 10)
    nights.live_on(date(2026, 4, 19), 12, {date(2026, 4, 15): date(2026, 4, 15)})
    nights.live_on(date(2026, 5, 20), 15)
    nights.live_on(JUNE, 16)
    assert nights.posted[1:] == [
        *(("2026-04-01", 10, 200.0), ("2026-04-10", 2, 28.0), ("2026-04-20", 3, 22.0)),
        *(("2026-05-01", 15, 300.0), ("2026-05-21", 1, 7.1), ("2026-06-01", 16, 320.0)),
    ]
    assert nights.world.troubles == []


def test_rows_that_nothing_tells_how_to_read_park_one_line() -> None:
    """12 from 10 April, 9 from May on: beside a row that stayed whole 2 may be all there are. It is never billed on."""
    nights = Nights("advance", MARCH, habits=Habits(posted_rows=PostedRows.WHOLE_BESIDE_DELTAS))
    nights.live_on(date(2026, 4, 9), 10)
    nights.live_on(date(2026, 4, 19), 12)
    nights.live_on(MAY, 9)
    assert nights.posted[1:] == [("2026-04-01", 10, 200.0), ("2026-04-10", 2, 28.0), ("2026-05-01", 9, 180.0)]
    (trouble, *_) = nights.world.troubles
    assert "12 from 10 Apr 2026, 9 from 1 May 2026, found 10 from 1 Mar 2026, 2 from 10 Apr 2026" in trouble


def test_where_autotask_refuses_to_change_what_is_posted_a_rise_begins_with_the_next_period() -> None:
    """12 from 10 April and 13 from 10 May: refused once, and then dated on the first day that is not posted. It was
    sent every night, and never billed where the next period was posted before it began."""
    nights = Nights("advance", MARCH, habits=Habits(refusals=("posted_period_refused",)))
    nights.live_on(date(2026, 4, 9), 10)
    nights.live_on(date(2026, 4, 27), 12, {date(2026, 4, 27): MAY})
    nights.live_on(date(2026, 5, 9), 12)
    writes = nights.world.count_writes()
    assert (
        "2 more Business Premium from 10 Apr 2026 through 31 May 2026 are not billed: these days are posted, and "
        "Autotask refused to change what is posted. Bill them by hand."
    ) in nights.told
    nights.live_on(date(2026, 5, 28), 13)
    assert nights.world.count_writes() == writes
    nights.live_on(JUNE, 13)
    assert nights.posted[1:] == [("2026-04-01", 10, 200.0), ("2026-05-01", 10, 200.0), ("2026-06-01", 13, 260.0)]
    (refusal,) = (each for each in nights.world.disk.evidence.values() if each.ending is Ending.POSTED)
    assert "already approved and posted contract period" in refusal.sentence
    assert refusal.sentence.endswith("It is written from the next period on: bill the days before by hand.")
    assert nights.world.troubles == []


def test_where_autotask_refuses_no_units_it_is_asked_once_and_then_a_person_is() -> None:
    """The mapping is ended on 16 April: no units from 1 May are refused on 28 April, and were on every night after it.
    May and June are posted."""
    nights = Nights("advance", MARCH, habits=Habits(refusals=("zero_refused",)))
    nights.live_on(date(2026, 4, 15), 10)
    (mapping,) = nights.world.disk.mappings[CUSTOMER]
    nights.world.disk.mappings[CUSTOMER] = (replace(mapping, is_ended=True),)
    nights.live_on(date(2026, 4, 28), 10)
    (refusal,) = nights.world.troubles
    assert "The number of units must be greater than zero" in refusal
    writes, nights.world.approved_rules = nights.world.count_writes(), frozenset()
    nights.live_on(JUNE, 10)
    assert nights.world.count_writes() == writes
    (hold,) = nights.world.disk.holds.values()
    assert hold.line.rule is HoldRule.TO_ZERO
    assert hold.line.sentence == (
        "10 → 0 Business Premium: the PSA refused to leave addition 9101 without units on 28 Apr 2026. Autotask "
        "refused the write with 500: The number of units must be greater than zero. Until it ends it is billed on: end "
        "it in the PSA by hand. Approving it has it tried once more."
    )
    assert nights.posted[2:] == [("2026-05-01", 10, 200.0), ("2026-06-01", 10, 200.0)]


def test_what_a_person_approves_again_is_asked_again() -> None:
    """Autotask takes no units after all."""
    nights = Nights("advance", MARCH, habits=Habits(refusals=("zero_refused",)))
    nights.live_on(date(2026, 4, 15), 10)
    (mapping,) = nights.world.disk.mappings[CUSTOMER]
    nights.world.disk.mappings[CUSTOMER] = (replace(mapping, is_ended=True),)
    nights.live_on(date(2026, 4, 28), 10)
    nights.world.troubles.clear()
    nights.world.board.clear()
    nights.live_on(MAY, 10)
    assert nights.posted[2:] == []
    assert nights.world.troubles == []
