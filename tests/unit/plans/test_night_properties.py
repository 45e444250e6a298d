"""Whatever nights bring: planning is repeatable, one pass is enough (R3), and money is asked for once (R2, R15).

`World.night` plans every night twice and proves that the second plan writes nothing and that the law holds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from plans.brakes import Thresholds
from plans.changes import Held, Parked
from plans.ledger import count_seats
from plans.plan import hash_plan
from profiles.periods import ONE_DAY, Grid
from tests.unit.plans.agreements import HOME, PRICE, Psa
from tests.unit.plans.nights import SPB, World, april

OPEN = Thresholds(
    drop_seats=10**6,
    drop_percent=100,
    drop_money=PRICE * 10**6,
    rise_seats=10**6,
    rise_money=PRICE * 10**6,
)


@dataclass(frozen=True)
class Night:
    """So many days later, so many seats; where the line is mapped, what is sold, and whether an invoice follows."""

    days: int
    seats: int
    agreement_id: str = HOME
    product_id: str = "501"
    is_invoiced: bool = False


def nights_of(agreements: st.SearchStrategy[str], products: st.SearchStrategy[str]) -> st.SearchStrategy[list[Night]]:
    night = st.builds(
        Night,
        st.sampled_from([0, 1, 1, 1, 2, 5, 9]),
        st.integers(0, 9),
        agreements,
        products,
        st.sampled_from([False, False, False, True]),
    )
    return st.lists(night, min_size=1, max_size=12)


STAYING = nights_of(st.just(HOME), st.just("501"))


def move_there_and_back(nights: list[Night], there: int, back: int) -> list[Night]:
    """The nights with seats that only rise, on another agreement and of another product from one night to another."""
    seats = sorted(night.seats for night in nights)
    return [
        replace(night, seats=each, agreement_id="13" if there <= place < back else HOME)
        for place, (night, each) in enumerate(zip(nights, seats, strict=True))
    ]


MOVING = st.builds(move_there_and_back, STAYING, st.integers(0, 12), st.integers(0, 12))
SELLING = MOVING.map(
    lambda nights: [
        replace(night, agreement_id=HOME, product_id="501" if night.agreement_id == HOME else "777") for night in nights
    ]
)
GRIDS = st.builds(Grid, st.just(2026), st.just(1), st.sampled_from([1, 15]), st.sampled_from([1, 1, 3]))


def make_customer(grid: Grid, *, in_arrears: bool) -> World:
    """One line, two agreements with the same periods, invoiced up to April's first day or through its period."""
    period = grid.period_of(april(1))
    through = period.start - ONE_DAY if in_arrears else period.last
    psas = {each: Psa(each, in_arrears, through, grid) for each in (HOME, "13")}
    world = World(psas, thresholds=OPEN)
    world.map()
    return world


def play(world: World, nights: list[Night]) -> date:
    """Night by night. Whoever is held for falling to nothing is approved. Both agreements are invoiced together."""
    today = april(1)
    for night in nights:
        today += timedelta(days=night.days)
        world.change(agreement_id=night.agreement_id)
        world.sell(product_id=night.product_id)
        line = world.night(today, night.seats)
        assert not isinstance(line.decision, Parked), line.decision
        if isinstance(line.decision, Held):
            assert line.decision.rule == "to_zero", line.decision
            world.approve()
            world.night(today, night.seats)
        if night.is_invoiced:
            check_invoices(world)
    return today


def check_invoices(world: World) -> None:
    """Invoice both, and see that every day so far was asked for exactly as often as it was owed, or more where an
    earlier invoice had asked already."""
    line = world.plan(april(1) + timedelta(days=400))[SPB]
    earlier = ask_by_day(world)
    for psa in world.psas.values():
        psa.invoice()
    asked = ask_by_day(world)
    through = min(psa.invoiced_through or date.min for psa in world.psas.values())
    day = april(1)
    while day <= through:
        assert asked.get(day, 0) >= line.owed.on(day), day
        assert asked.get(day, 0) <= max(earlier.get(day, 0), line.owed.on(day)), day
        day += ONE_DAY


def ask_by_day(world: World) -> dict[date, int]:
    asked: Counter[date] = Counter()
    for psa in world.psas.values():
        asked.update(psa.asked)
    return dict(asked)


@settings(max_examples=60, deadline=None)
@given(GRIDS, st.booleans(), STAYING)
def test_every_invoice_asks_for_what_was_owed(grid: Grid, in_arrears: bool, nights: list[Night]) -> None:
    play(make_customer(grid, in_arrears=in_arrears), nights)


@settings(max_examples=60, deadline=None)
@given(GRIDS, st.booleans(), MOVING)
@example(Grid(2026, 1, 1, 1), True, [Night(0, 9), Night(1, 9, "13"), Night(1, 9), Night(9, 9, is_invoiced=True)])
def test_a_line_that_moves_between_agreements_is_asked_for_once(
    grid: Grid, in_arrears: bool, nights: list[Night]
) -> None:
    play(make_customer(grid, in_arrears=in_arrears), nights)


@settings(max_examples=60, deadline=None)
@given(GRIDS, st.booleans(), SELLING)
def test_a_line_that_changes_its_product_is_asked_for_once(grid: Grid, in_arrears: bool, nights: list[Night]) -> None:
    play(make_customer(grid, in_arrears=in_arrears), nights)


@settings(max_examples=40, deadline=None)
@given(STAYING, st.data())
def test_planning_twice_gives_equal_plans_whatever_the_order(nights: list[Night], data: st.DataObject) -> None:
    """Two customers' worlds told in another order of mappings, agreements and additions: the same plan and hash."""
    world = make_customer(Grid(2026, 1, 1, 1), in_arrears=True)
    world.map("other")
    today = play(world, nights)
    world.read(today + ONE_DAY, {SPB: 7, "other": 3})
    first = world.plan(today + ONE_DAY)
    plans = dict(world.plans)
    assert world.plan(today + ONE_DAY) == first
    assert world.plans == plans
    shuffled = replace(
        world,
        psas={key: world.psas[key] for key in data.draw(st.permutations(list(world.psas)))},
        mappings={key: world.mappings[key] for key in data.draw(st.permutations(list(world.mappings)))},
        journals={key: world.journals[key] for key in data.draw(st.permutations(list(world.journals)))},
    )
    for psa in shuffled.psas.values():
        psa.kept = data.draw(st.permutations(psa.kept))
    assert shuffled.plan(today + ONE_DAY) == first
    assert {key: hash_plan(plan) for key, plan in shuffled.plans.items()} == {
        key: hash_plan(plan) for key, plan in plans.items()
    }


def test_the_parts_of_an_invoice_are_its_whole() -> None:
    """The simulated invoice asks for 10 seats in each of 30 days: 200.00."""
    world = make_customer(Grid(2026, 1, 1, 1), in_arrears=True)
    world.night(april(1), 10)
    psa = world.psas[HOME]
    assert psa.invoice() == Fraction(200)
    assert sum(psa.asked.values()) == 300
    assert count_seats(psa.kept[0].addition) == 10
