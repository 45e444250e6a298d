"""Every threshold at its limit - 1, 0 and + 1: line, customer and night, small customers included (R5, rules 9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from plans.brakes import Movement, Thresholds, brake_line
from plans.changes import HoldRule
from plans.controls import Controls, Pause
from plans.judgement import Brakes, Census, PlannedAgreement, PlannedLine, judge, judge_following, judge_night
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import april, held_by, in_advance, in_arrears, make_world, may, tell

LIMITS = Thresholds()
NONE = ""


def brake(before: int, after: int, price: str | None = None) -> str:
    found = brake_line((Movement(before, after),), None if price is None else Decimal(price), LIMITS)
    return NONE if found is None else found.rule.value


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        pytest.param(1, 0, HoldRule.TO_ZERO, id="the only seat"),
        pytest.param(2, 0, HoldRule.TO_ZERO, id="both seats"),
        pytest.param(1000, 0, HoldRule.TO_ZERO, id="all seats"),
        pytest.param(1000, 1, HoldRule.LARGE_DROP, id="all seats but one"),
        pytest.param(2, 1, NONE, id="one seat of two is half, and one seat"),
        pytest.param(3, 2, NONE, id="one seat of three"),
        pytest.param(3, 1, HoldRule.LARGE_DROP, id="two seats of three"),
        pytest.param(6, 4, HoldRule.LARGE_DROP, id="two seats of six are 33 %"),
        pytest.param(7, 5, NONE, id="two seats of seven are 28 %"),
        pytest.param(10, 8, NONE, id="20 %"),
        pytest.param(10, 7, NONE, id="30 %, the limit"),
        pytest.param(10, 6, HoldRule.LARGE_DROP, id="40 %"),
        pytest.param(100, 71, NONE, id="29 %"),
        pytest.param(100, 70, NONE, id="30 % of a hundred, the limit"),
        pytest.param(100, 69, HoldRule.LARGE_DROP, id="31 %"),
    ],
)
def test_a_drop_is_held_to_zero_or_from_two_seats_above_30_percent(before: int, after: int, rule: str) -> None:
    assert brake(before, after) == rule


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        pytest.param(0, 10, NONE, id="ten seats from nothing, the limit"),
        pytest.param(0, 11, HoldRule.LARGE_RISE, id="eleven seats from nothing"),
        pytest.param(1, 10, NONE, id="nine seats from one"),
        pytest.param(1, 11, NONE, id="ten seats from one, the limit"),
        pytest.param(1, 12, HoldRule.LARGE_RISE, id="eleven seats from one"),
        pytest.param(20, 30, NONE, id="50 % and ten seats"),
        pytest.param(20, 31, HoldRule.LARGE_RISE, id="55 % and eleven seats"),
        pytest.param(21, 32, HoldRule.LARGE_RISE, id="52 % and eleven seats"),
        pytest.param(22, 33, NONE, id="50 % and eleven seats, the limit"),
        pytest.param(100, 149, NONE, id="49 %"),
        pytest.param(100, 150, NONE, id="50 % of a hundred, the limit"),
        pytest.param(100, 151, HoldRule.LARGE_RISE, id="51 %"),
        pytest.param(5, 5, NONE, id="no movement"),
        pytest.param(0, 0, NONE, id="nothing, and still nothing"),
    ],
)
def test_a_rise_is_held_above_the_larger_of_ten_seats_and_50_percent(before: int, after: int, rule: str) -> None:
    assert brake(before, after) == rule


@pytest.mark.parametrize(
    ("price", "rule"), [("24.99", NONE), ("25.00", NONE), ("25.01", HoldRule.LARGE_DROP)], ids=["-1", "0", "+1"]
)
def test_a_drop_is_held_above_250_a_month(price: str, rule: str) -> None:
    """10 of 100 seats: 249.90, 250.00 and 250.10 a month."""
    assert brake(100, 90, price) == rule


@pytest.mark.parametrize(
    ("price", "rule"), [("49.99", NONE), ("50.00", NONE), ("50.01", HoldRule.LARGE_RISE)], ids=["-1", "0", "+1"]
)
def test_a_rise_is_held_above_500_a_month(price: str, rule: str) -> None:
    """10 seats on top of 100: 499.90, 500.00 and 500.10 a month."""
    assert brake(100, 110, price) == rule


def test_one_dear_seat_is_held_though_it_is_only_one() -> None:
    assert brake(100, 99, "250.01") == HoldRule.LARGE_DROP
    assert brake(100, 101, "500.01") == HoldRule.LARGE_RISE


def test_the_raw_count_is_held_as_well_and_has_no_price() -> None:
    movements = (Movement(5, 5), Movement(100, 60))
    assert brake_line(movements, Decimal(1000), LIMITS) is not None
    assert brake_line((Movement(5, 5), Movement(100, 90)), Decimal(1000), LIMITS) is None


def test_thresholds_are_settings() -> None:
    limits = replace(LIMITS, drop_seats=5, drop_percent=10, rise_seats=1, rise_percent=1)
    assert brake_line((Movement(10, 6),), None, limits) is None
    assert brake_line((Movement(10, 5),), None, limits) is not None
    assert brake_line((Movement(10, 12),), None, limits) is not None


# What a line is compared with


def test_a_first_addition_is_no_rise() -> None:
    world = make_world()
    assert tell(world.night(april(1), 500)) == ["500 from 2026-04-01"]


def test_small_steps_before_an_invoice_add_up_in_arrears() -> None:
    """20 seats invoiced for March; +6, +5 are 11 together, more than 10 and than half."""
    world = in_arrears(20)
    world.psas[HOME].invoice()
    assert tell(world.night(may(2), 26)) == ["6 from 2026-05-02"]
    assert held_by(world.night(may(3), 31)) == HoldRule.LARGE_RISE


def test_small_steps_after_an_invoice_add_up_in_advance() -> None:
    """The same in advance: 20 were invoiced for April, and what is caught up by the next invoice was not among them."""
    world = in_advance(20)
    assert tell(world.night(april(2), 26)) == ["6 from 2026-04-02"]
    assert held_by(world.night(april(3), 31)) == HoldRule.LARGE_RISE


def test_small_steps_down_add_up_on_the_raw_count() -> None:
    """100 seats of which at most 30 are billed in advance: steps leave 31 and 29 of the 100 at the invoice."""
    world = make_world(in_arrears=False)
    world.change(maximum=30)
    world.night(april(1), 100)
    world.psas[HOME].invoice()
    world.night(april(2), 31)
    world.night(april(3), 29)
    assert held_by(world.night(april(4), 29)) == HoldRule.LARGE_DROP


def test_the_raw_count_is_compared_with_the_one_at_the_last_invoice() -> None:
    """100 seats grow to 180 over months under a maximum of 30. Raising the maximum by 1 is no rise of the count."""
    world = make_world()
    world.change(maximum=30)
    world.night(april(1), 100)
    world.night(april(10), 140)
    world.night(april(20), 180)
    world.psas[HOME].invoice()
    world.change(maximum=31)
    assert tell(world.night(may(2), 180)) == ["1 from 2026-05-02"]


def test_after_the_invoice_the_next_steps_count_anew() -> None:
    world = in_arrears(20)
    world.psas[HOME].invoice()
    world.night(may(2), 26)
    world.psas[HOME].invoice()
    assert tell(world.night(date(2026, 6, 2), 31))[-1] == "5 from 2026-06-02"


def test_a_doubtful_reading_holds_every_line_that_would_change() -> None:
    world = in_arrears()
    world.map("other")
    world.doubt = "the count of other is in doubt. Microsoft counts 14"
    world.night(april(2), spb=11, other=3)
    lines = world.plan(april(2))
    assert [held_by(line) for line in lines.values()] == [HoldRule.COUNT_MISMATCH] * 2


def test_a_hold_stops_only_its_mapping() -> None:
    world = in_arrears()
    world.map("other")
    world.night(april(2), spb=40, other=3)
    lines = world.plan(april(2))
    assert held_by(lines["spb"]) == HoldRule.LARGE_RISE
    assert world.writes == 2


# The night


def line_of(seats: int, mapping_id: str = "m", *, is_first: bool = False, is_approved: bool = False) -> PlannedLine:
    return PlannedLine(mapping_id, seats, is_approved=is_approved, is_first=is_first)


def plan_of(number: int, *lines: PlannedLine) -> PlannedAgreement:
    return PlannedAgreement(f"c{number:03d}", "connectwise", f"a{number:03d}", f"h{number:03d}", lines)


def judge_customers(
    seats: list[int], customers: int, newly_unknown: int = 0, *, is_first: bool = False
) -> tuple[int, set[HoldRule]]:
    """How many plans of a night are allowed, and the rules of the others: one line of so many seats a customer."""
    planned = [plan_of(number, line_of(each, is_first=is_first)) for number, each in enumerate(seats)]
    verdict = judge_night("2026-11-22", planned, Census(customers, newly_unknown), Controls())
    assert len(verdict.allowed) + len(verdict.held) == len(planned)
    return len(verdict.allowed), {hold.rule for hold in verdict.held}


@pytest.mark.parametrize(
    ("moving", "customers", "is_held"),
    [
        pytest.param(4, 5, False, id="small: 4 of 5"),
        pytest.param(5, 5, False, id="small: 5 of 5, the limit"),
        pytest.param(6, 6, True, id="small: 6 of 6"),
        pytest.param(6, 50, True, id="6 of 50 are 12 %"),
        pytest.param(6, 60, False, id="6 of 60 are 10 %, the limit"),
        pytest.param(6, 59, True, id="6 of 59"),
        pytest.param(19, 200, False, id="19 of 200"),
        pytest.param(20, 200, False, id="20 of 200, the limit"),
        pytest.param(21, 200, True, id="21 of 200"),
    ],
)
@pytest.mark.parametrize(("seats", "rule"), [(-1, HoldRule.NIGHT_DECREASES), (1, HoldRule.NIGHT_INCREASES)])
def test_a_night_holds_a_direction_above_the_larger_of_five_customers_and_10_percent(
    moving: int, customers: int, is_held: bool, seats: int, rule: HoldRule
) -> None:
    allowed, rules = judge_customers([seats] * moving, customers)
    assert (allowed, rules) == ((0, {rule}) if is_held else (moving, set()))


@pytest.mark.parametrize(
    ("unknown", "customers", "is_held"),
    [
        pytest.param(2, 4, False, id="small: 2 of 4"),
        pytest.param(3, 4, False, id="small: 3 of 4, the limit"),
        pytest.param(4, 5, True, id="small: 4 of 5"),
        pytest.param(4, 79, True, id="4 of 79"),
        pytest.param(4, 80, False, id="4 of 80 are 5 %, the limit"),
        pytest.param(9, 200, False, id="9 of 200"),
        pytest.param(10, 200, False, id="10 of 200, the limit"),
        pytest.param(11, 200, True, id="11 of 200"),
    ],
)
def test_a_night_that_lost_many_customers_holds_decreases_only(unknown: int, customers: int, is_held: bool) -> None:
    allowed, rules = judge_customers([-1, 1], customers, unknown)
    assert (allowed, rules) == ((1, {HoldRule.NIGHT_DECREASES}) if is_held else (2, set()))


def test_a_night_holds_one_direction_and_lets_the_other_go() -> None:
    allowed, rules = judge_customers([-1] * 6 + [1] * 5, 20)
    assert (allowed, rules) == (5, {HoldRule.NIGHT_DECREASES})


def test_a_customer_counts_once_however_many_lines_it_has() -> None:
    planned = [plan_of(0, *(line_of(-1, f"m{each}") for each in range(9)))]
    planned += [replace(plan_of(number, line_of(-1)), customer_id="c000") for number in range(1, 9)]
    verdict = judge_night("2026-11-22", planned, Census(9, 0), Controls())
    assert (len(verdict.allowed), verdict.held) == (9, ())


def test_first_additions_are_no_rise_of_a_night() -> None:
    assert judge_customers([10] * 50, 50, is_first=True) == (50, set())


def test_first_additions_are_written_on_a_night_that_holds_rises() -> None:
    planned = [plan_of(number, line_of(1), line_of(9, "first", is_first=True)) for number in range(6)]
    verdict = judge_night("2026-11-22", planned, Census(6, 0), Controls())
    assert {line.mapping_id for plan in verdict.allowed for line in plan.lines} == {"first"}
    assert len(verdict.held) == 6


def test_what_moves_no_seats_is_written_on_every_night() -> None:
    planned = [plan_of(number, line_of(1), line_of(-1, "down"), line_of(0, "promise")) for number in range(6)]
    verdict = judge_night("2026-11-22", planned, Census(6, 0), Controls())
    assert {line.mapping_id for plan in verdict.allowed for line in plan.lines} == {"promise"}


@pytest.mark.parametrize("seats", [-1, 1])
def test_what_moves_no_seats_is_no_customer_that_moves(seats: int) -> None:
    planned = [plan_of(number, line_of(0)) for number in range(6)] + [plan_of(6, line_of(seats))]
    verdict = judge_night("2026-11-22", planned, Census(7, 0), Controls())
    assert (len(verdict.allowed), verdict.held, verdict.brakes) == (7, (), Brakes())


def test_an_approval_lifts_the_brakes_of_a_night() -> None:
    planned = [plan_of(number, line_of(-1, is_approved=number == 3)) for number in range(6)]
    verdict = judge_night("2026-11-22", planned, Census(6, 0), Controls())
    assert [plan.customer_id for plan in verdict.allowed] == ["c003"]


def test_a_pause_lets_nothing_through_not_even_what_was_approved() -> None:
    pause = Pause("Ada", datetime(2026, 11, 22, tzinfo=UTC), "migration")
    planned = [plan_of(0, line_of(1, is_approved=True)), plan_of(1, line_of(0, is_first=True))]
    verdict = judge_night("2026-11-22", planned, Census(2, 0), Controls(pause=pause))
    assert verdict.allowed == ()
    assert {hold.rule for hold in verdict.held} == {HoldRule.PAUSED}
    assert verdict.held[0].sentence == "All writing is paused by Ada: migration"


def test_an_extra_run_stands_under_the_brakes_of_its_night() -> None:
    planned = [plan_of(0, line_of(-1)), plan_of(1, line_of(1)), plan_of(2, line_of(-1, is_approved=True))]
    brakes = Brakes(decreases="too many customers went down")
    verdict = judge("2026-11-22-001", planned, brakes, Controls())
    assert (verdict.run_id, verdict.brakes) == ("2026-11-22-001", brakes)
    assert [plan.customer_id for plan in verdict.allowed] == ["c001", "c002"]
    assert verdict.held[0].sentence == "too many customers went down"
    assert len(judge("2026-11-22-001", planned, Brakes(), Controls()).allowed) == 3


def test_two_plans_for_one_agreement_are_both_refused() -> None:
    planned = [plan_of(0, line_of(1)), replace(plan_of(0, line_of(2)), plan_hash="other"), plan_of(1, line_of(1))]
    verdict = judge_night("2026-11-22", planned, Census(2, 0), Controls())
    assert [plan.customer_id for plan in verdict.allowed] == ["c001"]


def test_a_plan_without_lines_is_no_plan() -> None:
    assert judge_night("2026-11-22", [plan_of(0)], Census(1, 0), Controls()).allowed == ()


def test_a_verdict_names_the_lines_of_a_plan() -> None:
    verdict = judge_night("2026-11-22", [plan_of(0, line_of(1), line_of(2, "n"))], Census(1, 0), Controls())
    assert verdict.allowed_lines("h000") == {"m", "n"}
    assert verdict.allowed_lines("other") == frozenset()


def test_the_halves_of_a_transfer_are_held_together() -> None:
    """The old half goes down with the night, and the new one must not begin without it."""
    new = replace(line_of(6, "new", is_first=True), transfer=("old",))
    planned = [plan_of(number, line_of(-1, "old"), *([new] if number == 0 else [])) for number in range(6)]
    verdict = judge_night("2026-11-22", planned, Census(6, 0), Controls())
    assert verdict.allowed == ()
    assert {hold.rule for hold in verdict.held if hold.mapping_id == "new"} == {HoldRule.NIGHT_DECREASES}


def test_a_run_that_follows_a_night_is_braked_by_both_together() -> None:
    """6 of 30 customers of a night go down with the 4 of the run that follows it, and 5 alone would not."""
    night, following = ([plan_of(number, line_of(-1)) for number in numbers] for numbers in (range(2), range(2, 6)))
    controls, census = Controls(), Census(30, 0)
    verdict = judge_following("2026-11-22-001", following, (Brakes(), night), census, controls)
    assert (verdict.brakes.decreases, verdict.allowed) == ("6 of 30 customers would go down in one night", ())
    verdict = judge_following("2026-11-22-001", following, (Brakes(), night[:1]), census, controls)
    assert (verdict.brakes, len(verdict.allowed)) == (Brakes(), 4)
    standing = Brakes("down", "up")
    assert judge_following("2026-11-22-001", following, (standing, night), census, controls).brakes == standing
