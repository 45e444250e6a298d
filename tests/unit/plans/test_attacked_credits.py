"""Credit proposals: money is proposed once, and only where money was asked for and nobody wants it billed.

In advance, a seat costs 20.00, April has 30 days. Credits on: a seat is owed while it is there.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from plans.approvals import OpenProposal, ProposedLine, sum_credited
from plans.changes import CreditProposal
from plans.journal import Refusal
from plans.ledger import cover
from plans.timeline import Timeline, combine
from profiles.billing import BillableOption, CustomPrice, DatedPrice
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import SPB, World, april, held_by, in_advance, is_still, june, make_world, may

type Found = list[tuple[date, date, int, str]]


def find(world: World, today: date, seats: int) -> Found:
    """What is proposed on that night."""
    proposals = world.night(today, seats).proposals
    return [(each.start, each.last, each.seats, f"{each.amount:.2f}") for each in proposals]


def tick_off(world: World) -> None:
    """A person gives back all that is proposed tonight."""
    (line,) = world.plans[HOME].lines
    for each in line.proposals:
        before = world.credited.get(SPB, Timeline())
        world.credited[SPB] = combine(before, cover(each.start, each.last, each.seats), operator.add)


def with_credits() -> World:
    world = in_advance()
    world.change(gives_credits=True)
    return world


def test_what_was_given_back_is_not_proposed_again_when_more_seats_leave() -> None:
    """10 → 9 on 10 April: 14.00 for 21 days, ticked off. 9 → 8 on the 20th: one seat for 11 days, 7.33, and not again
    the days of the first one (6.67 and 14.67 were proposed)."""
    world = with_credits()
    world.night(april(10), 9)
    assert find(world, april(11), 9) == [(april(10), april(30), 1, "14.00")]
    tick_off(world)
    assert find(world, april(12), 9) == []
    world.night(april(20), 8)
    assert find(world, april(21), 8) == [(april(20), april(30), 1, "7.33")]


def test_what_was_given_back_is_not_proposed_again_when_its_days_grow() -> None:
    """10 → 5 on 10 April waits for a person; April's 70.00 are ticked off. May is invoiced as it was: 100.00 for May,
    and not 170.00 for both."""
    world = with_credits()
    world.night(april(10), 5)
    assert find(world, april(11), 5) == [(april(10), april(30), 5, "70.00")]
    tick_off(world)
    world.psas[HOME].invoice()
    assert find(world, may(2), 5) == [(may(1), may(31), 5, "100.00")]


def test_seats_that_are_back_leave_nothing_of_it_open() -> None:
    """2 seats gone on 10 April, 28.00 ticked off, back on the 20th: nothing is proposed for 10 to 19 April. That 14.67
    were given back for days on which the seats are there again is a person's to ask for."""
    world = with_credits()
    world.night(april(10), 8)
    assert find(world, april(11), 8) == [(april(10), april(30), 2, "28.00")]
    tick_off(world)
    assert find(world, april(20), 10) == []


def test_days_are_given_back_seat_by_seat() -> None:
    """3 seats were given back from 15 to 20 April, 5 are not owed from 10 to 30 April: 5, then 2, then 5."""
    world = with_credits()
    world.credited[SPB] = cover(april(15), april(20), 3)
    world.night(april(10), 5)
    found = find(world, april(11), 5)
    assert [(start.day, last.day, seats) for start, last, seats, _ in found] == [(10, 14, 5), (15, 20, 2), (21, 30, 5)]


def test_only_what_was_ticked_off_was_given_back() -> None:
    """Of two proposals of one line, on different days, one is ticked off; another line's is its own."""
    at = datetime(2026, 4, 12, tzinfo=UTC)

    def propose(mapping_id: str, first: int, settled_by: str | None) -> OpenProposal:
        days = CreditProposal(april(first), april(30), 2, None, "")
        return OpenProposal("c", "Contoso", HOME, at, ProposedLine(mapping_id, "SPB", days), settled_by, at, "C-1")

    proposals = [propose("m", 10, "Ada"), propose("m", 20, "Bo"), propose("m", 1, None), propose("n", 25, "Ada")]
    assert sum_credited(proposals) == {
        "m": Timeline(((april(10), 2), (april(20), 4), (may(1), 0))),
        "n": Timeline(((april(25), 2), (may(1), 0))),
    }


def test_a_proposal_on_top_of_one_of_the_same_days_has_a_name_of_its_own() -> None:
    days = CreditProposal(april(10), april(30), 2, None, "")
    first = OpenProposal("c", "Contoso", HOME, datetime(2026, 4, 12, tzinfo=UTC), ProposedLine("m", "SPB", days))
    assert first.id == "c:m:2026-04-10:2026-04-30:2"
    assert replace(first, number=1).id == "c:m:2026-04-10:2026-04-30:2:1"


def refuse_drop() -> World:
    """10 → 5 on 10 April, with credits off: refused on the 11th. The customer is committed to 10."""
    world = in_advance()
    world.night(april(10), 5)
    assert held_by(world.night(april(11), 5)) == "large_drop"
    world.refuse(april(11))
    return world


def test_what_a_person_wants_billed_is_no_money_to_give_back() -> None:
    """A refused drop: 10 are billed in May and June because a person said so. 100.00, then 200.00 were proposed."""
    world = refuse_drop()
    world.psas[HOME].invoice()
    assert find(world, may(2), 5) == []
    world.psas[HOME].invoice()
    assert find(world, june(2), 5) == []
    assert held_by(world.night(june(2), 5)) == "refused"


def test_the_refusal_covers_its_own_days_only() -> None:
    """Refused on 11 April; on 20 May the count is 7: the refusal ends. May, invoiced on the 1st, bills 10: 5 of its
    seats were refused through the 19th; from the 20th 3 x 20.00 x 12/31 = 23.23 are too many."""
    world = refuse_drop()
    world.psas[HOME].invoice()
    world.night(may(20), 7)
    assert find(world, may(21), 7) == [(may(20), may(31), 3, "23.23")]


def test_a_refused_rise_gives_nothing_back_either() -> None:
    """10 → 30 on 10 April, refused; 10 again on the 20th. 10 were billed all along."""
    world = in_advance()
    assert held_by(world.night(april(10), 30)) == "large_rise"
    world.refuse(april(10))
    world.night(april(20), 10)
    assert find(world, april(21), 10) == []


@pytest.mark.parametrize("option", [BillableOption.NO_CHARGE, BillableOption.DO_NOT_BILL])
def test_what_costs_nothing_is_not_given_back(option: BillableOption) -> None:
    """10 seats at no charge; 8 on 10 April with credits on: 2 x 20.00 x 21/30 = 28.00 were proposed, of 0.00."""
    world = make_world(in_arrears=False)
    world.sell(billable_option=option)
    world.change(gives_credits=True)
    world.night(april(1), 10)
    world.psas[HOME].invoice()
    world.night(april(10), 8)
    assert find(world, april(11), 8) == []


def test_days_that_were_charged_are_given_back_though_later_ones_cost_nothing() -> None:
    """April's 200.00 were asked; on 5 April the profile becomes "no charge", from May on. 10 → 8 on 10 April: April's
    28.00 are still proposed: that money was asked for."""
    world = with_credits()
    world.sell(billable_option=BillableOption.NO_CHARGE)
    world.night(april(5), 10)
    assert world.psas[HOME].kept[0].addition.billable_option is BillableOption.NO_CHARGE
    world.night(april(10), 8)
    assert find(world, april(11), 8) == [(april(10), april(30), 2, "28.00")]


def test_an_adopted_addition_says_itself_what_it_costs() -> None:
    """Adopted at no charge since March: nothing of it is money."""
    world = make_world(in_arrears=False)
    world.sell(billable_option=BillableOption.NO_CHARGE)
    world.change(gives_credits=True)
    psa = world.psas[HOME]
    free = replace(psa.put(10, date(2026, 3, 1)), billable_option=BillableOption.NO_CHARGE)
    psa.kept[0].addition = free
    psa.invoiced_through = april(30)
    world.adopt([free], april(2))
    world.night(april(2), 10)
    world.night(april(10), 8)
    held = world.night(april(11), 8)
    assert held_by(held) == "first_after_adoption"
    assert held.proposals == ()
    assert Decimal(10) == psa.kept[0].addition.quantity


def test_a_refusal_from_before_the_seats_left_wants_none_of_their_days_billed() -> None:
    """Bo refused, on the 5th, a fall to 5 that the counts know nothing of any more. The seats leave on the 10th."""
    world = with_credits()
    refusal = Refusal(SPB, 5, 10, april(5), "Bo", "a mistake")
    world.journals[SPB] = replace(world.journals[SPB], refusal=refusal)
    world.night(april(10), 5)
    assert find(world, april(11), 5) == [(april(10), april(30), 5, "70.00")]


@pytest.mark.parametrize("does_the_agreement_prorate", [True, False])
def test_credits_that_are_switched_on_bill_no_increase_that_waits_for_its_period(
    does_the_agreement_prorate: bool,
) -> None:
    """Proration off, in arrears, 10 since 1 April; 12 on the 5th are written from 1 May. Credits switched on on the
    15th change nothing of that, by either flag: April 10 × 20.00 = 200.00 and not 221.33 (2 for 16 days), May 240.00.
    One seat less on the 20th counts from 1 May as well: 220.00."""
    for last, may_bill in ((12, "240.00"), (11, "220.00")):
        world = make_world(prorates=does_the_agreement_prorate)
        world.change(prorates=False)
        for day, seats in ((1, 10), (5, 12)):
            world.night(april(day), seats)
        world.change(gives_credits=True)
        assert is_still(world.night(april(15), 12))
        for day in (20, 21):
            world.night(april(day), last)
        psa = world.psas[HOME]
        assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal(may_bill))


def test_proration_and_credits_switched_at_once_keep_what_the_period_owes() -> None:
    """10 since 1 April, 12 from the 5th, prorated; on the 15th proration is switched off and credits on: the running
    period owes to its end what it did, 200.00 + 2 × 20.00 × 26/30 = 234.67, and May is 240.00."""
    world = make_world()
    for day, seats in ((1, 10), (5, 12)):
        world.night(april(day), seats)
    world.change(gives_credits=True, prorates=False)
    assert is_still(world.night(april(15), 12))
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("234.67"), Decimal("240.00"))


def test_a_credit_of_a_product_that_was_left_is_at_the_price_of_that_product() -> None:
    """In advance, credits on, 10 seats at 20.00. On 5 April the profile gets another product at 30.00, which begins on
    1 May; 10 → 8 on the 10th. What April's invoice asked for the 2 is 2 x 20.00 x 21/30 = 28.00, and not 42.00. Where
    the product had two prices while it was billed, 18.00 in March, no amount is named.
    """
    for first, amount in ((Decimal("20.00"), Decimal("28.00")), (Decimal("18.00"), None)):
        prices = (DatedPrice(date(2026, 1, 1), first), DatedPrice(april(1), Decimal("20.00")))
        world = make_world(in_arrears=False, price=CustomPrice(prices))
        world.psas[HOME].invoiced_through = date(2026, 2, 28)
        world.change(gives_credits=True)
        world.night(date(2026, 3, 1), 10)
        world.psas[HOME].invoice()
        world.night(date(2026, 3, 2), 10)
        assert world.psas[HOME].invoice() == Decimal("200.00")
        world.sell(product_id="502", price=CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("30.00")),)))
        world.night(april(5), 10)
        world.night(april(10), 8)
        line = world.night(april(11), 8)
        found = [(each.start, each.last, each.seats, each.amount) for each in line.proposals]
        assert found == [(april(10), april(30), 2, amount)]
        assert ("28.00" in line.proposals[0].sentence) is (amount is not None)


def test_a_credit_of_an_adopted_product_that_was_left_is_at_the_price_it_was_adopted_with() -> None:
    """In advance, credits on: 10 typed at 20.00, adopted on 2 April. On the 5th the profile gets another product at
    30.00, which begins on 1 May; 10 → 8 on the 10th: 2 x 20.00 x 21/30 = 28.00, and not 42.00."""
    world = make_world(in_arrears=False)
    world.change(gives_credits=True)
    typed = world.psas[HOME].put(10, date(2026, 1, 1), "20.00")
    world.psas[HOME].invoiced_through = april(30)
    world.adopt([typed], april(2))
    world.night(april(2), 10)
    world.sell(product_id="502", price=CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("30.00")),)))
    world.night(april(5), 10)
    world.night(april(10), 8)
    line = world.night(april(11), 8)
    assert [each.amount for each in line.proposals] == [Decimal("28.00")]
