"""Seats that leave or come for a while only: the brakes and the words see every day, not just the last level.

In advance, a seat costs 20.00; April is invoiced. A gap is made as the tester made it: the mapping's start is moved
forward. Dips and rises are made of writes by hand, for ConnectWise's translation seldom makes one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.brakes import Brake, Thresholds
from plans.changes import Held, HoldRule
from plans.ledger import cover
from plans.review import brake_swings
from plans.swings import Swing, Swings, describe_seats, find_swings
from plans.timeline import Timeline, make_timeline
from sync.summaries import hold_line, show_after
from tests.unit.plans.agreements import HOME, Psa
from tests.unit.plans.makers import make_change
from tests.unit.plans.nights import april, held_by, in_advance, june, may, tell
from web.pages.diff_view import read_decision

JULY = date(2026, 7, 1)
LEDGER = make_timeline([(april(1), 10)])


def test_a_start_that_is_moved_forward_waits_for_a_person() -> None:
    """12 seats since 1 April, to start on 1 July: nothing for May and June, 480.00 in all, and 12 again."""
    world = in_advance(12)
    world.change(starts_on=JULY)
    line = world.night(april(10), 12)
    assert held_by(line) == HoldRule.TO_ZERO
    assert isinstance(line.decision, Held)
    assert line.decision.sentence == (
        "12 → 0 from 1 May 2026 through 30 Jun 2026, then 12 spb: nothing would be billed on those days. "
        "Approve it, or refuse it."
    )


def test_a_gap_is_shown_as_nothing_and_not_as_the_same() -> None:
    world = in_advance(12)
    world.change(starts_on=JULY)
    line = world.night(april(10), 12)
    assert isinstance(line.decision, Held)
    shown = hold_line(world.plans[HOME], line, "hash", line.decision)
    assert (shown.quantity_before, shown.quantity_after, shown.monthly) == (12, 0, Decimal("-240.00"))
    assert read_decision(line).after == 0


def test_a_gap_that_a_person_approved_is_written() -> None:
    world = in_advance(12)
    world.change(starts_on=JULY)
    world.night(april(10), 12)
    world.approve()
    line = world.night(april(11), 12)
    assert tell(line) != []
    assert "12 → 0 from 1 May 2026 through 30 Jun 2026, then 12" in read_decision(line).why
    assert world.night(april(12), 12).changes == ()


def test_a_gap_of_seats_that_rise_afterwards_waits_as_well() -> None:
    """12 until 30 April, nothing until July, then 13."""
    world = in_advance(12)
    world.change(starts_on=JULY)
    assert held_by(world.night(april(10), 13)) == HoldRule.TO_ZERO


def test_a_move_to_another_agreement_makes_no_gap() -> None:
    """12 here through 30 April, 12 there from 1 May: the line's total is 12 on every day."""
    world = in_advance(12)
    world.psas["13"] = Psa("13", in_arrears=False)
    world.psas["13"].invoice()
    world.change(agreement_id="13")
    line = world.night(april(16), 12)
    assert held_by(line) == ""
    assert show_after(line, line.wanted) == 12
    assert find_swings(line.billed, line.wanted).told is None
    assert len(tell(line)) == 2


def test_a_roll_up_makes_no_gap() -> None:
    """10, and 2 more from 16 April: the delta ends on 31 May, the base has 12 from 1 June."""
    world = in_advance(10)
    world.night(april(16), 12)
    world.psas[HOME].invoice()
    line = world.night(may(2), 12)
    assert held_by(line) == ""
    assert len(tell(line)) == 2
    assert find_swings(line.billed, line.wanted).told is None


def dip(seats: int) -> Swings:
    """10 seats, so many fewer for May and June."""
    change = replace(make_change(1, -seats, effective_on=may(1)), ends_on=june(30))
    return find_swings(LEDGER, (change,))


def brake(swings: Swings, monthly: Decimal | None = None, invoiced: int = 10) -> HoldRule | None:
    found = brake_swings(swings, invoiced, monthly, Thresholds())
    return None if found is None else found.rule


@pytest.mark.parametrize(
    ("seats", "rule"),
    [(1, None), (2, None), (3, None), (4, HoldRule.LARGE_DROP), (9, HoldRule.LARGE_DROP), (10, HoldRule.TO_ZERO)],
)
def test_a_dip_is_braked_as_a_drop_that_stays(seats: int, rule: HoldRule | None) -> None:
    """30 % of 10 is 3: one of 4 for two months is held."""
    swings = dip(seats)
    assert swings.lowest == Swing(10 - seats, may(1), june(30), 10)
    assert brake(swings) is rule


@pytest.mark.parametrize(
    ("price", "rule"),
    [("249.99", None), ("250.00", None), ("250.01", HoldRule.LARGE_DROP)],
    ids=["limit - 1", "limit", "limit + 1"],
)
def test_a_dip_of_one_seat_is_weighed_by_its_money(price: str, rule: HoldRule | None) -> None:
    assert brake(dip(1), Decimal(price)) is rule


@pytest.mark.parametrize(
    ("seats", "rule"), [(9, None), (10, None), (11, HoldRule.LARGE_RISE)], ids=["limit - 1", "limit", "limit + 1"]
)
def test_a_rise_for_a_while_is_braked_as_one_that_stays(seats: int, rule: HoldRule | None) -> None:
    swings = dip(-seats)
    assert (swings.lowest, swings.shown) == (None, 10 + seats)
    assert brake(swings) is rule


def test_dips_add_up_against_what_was_last_invoiced() -> None:
    """10 were invoiced; 2 fewer in May stand already, 2 more leave: 6 is 40 % less."""
    ledger = make_timeline([(april(1), 10), (may(1), 8), (june(1), 10)])
    change = replace(make_change(1, -2, effective_on=may(1)), ends_on=may(31))
    swings = find_swings(ledger, (change,))
    assert swings.lowest == Swing(6, may(1), may(31), 10)
    assert brake(swings) is HoldRule.LARGE_DROP
    assert brake(swings, invoiced=8) is None


def test_a_gap_that_stands_already_is_not_asked_about_again() -> None:
    """Nothing in May was approved; one seat more from June says nothing about May."""
    ledger = make_timeline([(april(1), 10), (may(1), 0), (june(1), 10)])
    assert find_swings(ledger, (make_change(1, 1, effective_on=june(1)),)).told is None
    filled = replace(make_change(1, 4, effective_on=may(1)), ends_on=may(31))
    assert find_swings(ledger, (filled,)).told is None


def test_the_words_say_what_comes_in_the_end() -> None:
    none = Swing(0, may(1), may(31), 6)
    assert (
        describe_seats(Swings(10, 12, none)) == "10 → 0 from 1 May 2026 through 31 May 2026, then 6, and 12 in the end"
    )
    assert describe_seats(Swings(10, 12)) == "10 → 12"
    assert find_swings(Timeline(), (make_change(0, 3, effective_on=may(1)),)) == Swings(0, 3)
    assert find_swings(cover(may(1), None, 3), ()) == Swings(3, 3)


def test_a_rise_beside_a_usual_dip_names_its_own_days() -> None:
    swings = Swings(10, 10, Swing(9, may(1), may(31), 10), Swing(30, june(1), june(30), 10))
    found = brake_swings(swings, 10, None, Thresholds())
    assert found == Brake(
        HoldRule.LARGE_RISE,
        "that is more than 10 seats and 50 % above the 10 last invoiced from 1 Jun 2026 through 30 Jun 2026",
    )
