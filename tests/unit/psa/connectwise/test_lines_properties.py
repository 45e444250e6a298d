"""Whatever happens night after night: the law of billing rules 3, and invoices that ask for what was owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from plans.changes import HoldRule
from plans.ledger import sum_additions
from plans.owed import OwedPolicy
from plans.timeline import Timeline, replace_from
from profiles.periods import ONE_DAY, Grid
from psa.connectwise.drafts import keep_from
from psa.connectwise.lines import translate_line
from tests.unit.psa.connectwise.nights import World

FIRST_DAY = date(2026, 4, 1)


@dataclass(frozen=True)
class Night:
    """So many days after the one before: the seats, and what else happens."""

    days_later: int
    seats: int
    is_read: bool = True
    is_written: bool = True
    is_invoiced: bool = False
    is_doubtful: bool = False
    price: int = 20
    text: str = "A"


NIGHTS = st.builds(
    Night,
    days_later=st.sampled_from([0, 1, 1, 1, 2, 3, 6, 11]),
    seats=st.integers(0, 9),
    is_read=st.sampled_from([True, True, True, False]),
    is_written=st.sampled_from([True, True, True, True, False]),
    is_invoiced=st.sampled_from([False, False, False, True]),
    is_doubtful=st.sampled_from([False] * 9 + [True]),
    price=st.sampled_from([20, 20, 20, 22]),
    text=st.sampled_from(["A", "A", "B"]),
)
POLICIES = st.builds(
    OwedPolicy,
    grid=st.builds(
        Grid,
        anchor_year=st.just(2026),
        anchor_month=st.just(1),
        anchor_day=st.sampled_from([1, 1, 15, 31]),
        months=st.sampled_from([1, 1, 1, 3]),
    ),
    prorates=st.sampled_from([True, True, True, False]),
    gives_credits=st.booleans(),
)


def make_world(policy: OwedPolicy, *, in_arrears: bool) -> World:
    """A line on an agreement that is invoiced up to the period of its first day, or with it."""
    grid = policy.grid
    assert grid is not None
    period = grid.period_of(FIRST_DAY)
    return World(policy, period.start - ONE_DAY if in_arrears else period.last, in_arrears)


def check_law(world: World, today: date) -> None:
    """After P the additions sum to what is owed, but for what waits, which the next invoice does not bill."""
    after_p = (world.invoiced_through or date.min) + ONE_DAY
    assert keep_from(world.billed, after_p) == keep_from(sum_additions(each.addition for each in world.kept), after_p)
    again = translate_line(world.ask(today))
    assert (again.changes, again.hold) == ((), None), again
    waiting = {entry.takes_effect_on: entry for entry in again.scheduled}
    next_open_day = world.grid.period_of(after_p).end
    days = sorted({after_p, *world.owed.days, *world.billed.days, *waiting})
    is_waiting = False
    for day in days:
        if day < after_p:
            continue
        if day in waiting:
            is_waiting = True
            assert day >= next_open_day
            assert waiting[day].quantity == world.owed.on(day)
        if world.billed.on(day) == world.owed.on(day):
            is_waiting = False
        assert is_waiting == (world.billed.on(day) > world.owed.on(day))
        assert world.billed.on(day) >= world.owed.on(day)


def check_invoice(world: World) -> None:
    """Make the next invoice: day by day it brings to what is owed what earlier ones had not asked for yet."""
    earlier, through = dict(world.invoiced), world.invoiced_through
    assert through is not None
    world.invoice()
    now = world.invoiced_through
    assert now is not None
    day = FIRST_DAY - timedelta(days=31)
    while day <= now:
        due = world.owed.on(day) if day > through or world.policy.prorates else 0
        assert world.invoiced.get(day, 0) == max(earlier.get(day, 0), due), day
        if world.policy.prorates:
            assert world.invoiced.get(day, 0) == world.billed.on(day), day
        day += ONE_DAY


def play(world: World, nights: list[Night]) -> None:
    """Night by night; an invoice only follows a night whose writes were made."""
    today = FIRST_DAY
    for night in nights:
        today += timedelta(days=night.days_later)
        if night.is_read:
            world.read(today, night.seats)
        if not night.is_written:
            continue
        world.price, world.description = Decimal(night.price), night.text
        if night.is_doubtful:
            write_in_doubt(world, today)
            continue
        translation = translate_line(world.ask(today))
        assert translation.hold is None, translation.hold_sentence
        world.apply(translation)
        check_law(world, today)
        if night.is_invoiced:
            check_invoice(world)


def write_in_doubt(world: World, today: date) -> None:
    """A night on which the PSA does not say what is invoiced: seats are added, or nothing is done."""
    world.is_doubtful = True
    translation = translate_line(world.ask(today))
    world.is_doubtful = False
    assert translation.hold in (None, HoldRule.INVOICING_UNKNOWN)
    assert all(change.kind == "create_addition" for change in translation.changes)
    world.apply(translation)


@settings(max_examples=150, deadline=None)
@given(POLICIES, st.booleans(), st.lists(NIGHTS, min_size=1, max_size=14))
@example(OwedPolicy(Grid(2026, 1, 1, 1)), True, [Night(0, 10), Night(9, 15), Night(3, 13), Night(1, 13)])
@example(
    OwedPolicy(Grid(2026, 1, 1, 1), prorates=False),
    False,
    [Night(0, 1), Night(1, 0, text="B"), Night(1, 0, is_invoiced=True), Night(0, 1, is_invoiced=True), Night(0, 1)],
)
def test_the_law_holds_after_every_night_and_every_invoice(
    policy: OwedPolicy, in_arrears: bool, nights: list[Night]
) -> None:
    play(make_world(policy, in_arrears=in_arrears), nights)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=12), st.booleans())
def test_any_number_of_changes_in_one_day_is_one_addition(readings: list[int], in_arrears: bool) -> None:
    world = make_world(OwedPolicy(Grid(2026, 1, 1, 1)), in_arrears=in_arrears)
    for seats in readings:
        world.night(FIRST_DAY, seats)
        check_law(world, FIRST_DAY)
    assert len(world.kept) <= 1
    assert world.billed.final == readings[-1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 6)), min_size=1, max_size=8))
def test_a_roll_up_moves_no_day(rises: list[tuple[int, int]]) -> None:
    """Seats that only rise in April, invoiced in May: one addition is left, and every day sums to the same."""
    world = make_world(OwedPolicy(Grid(2026, 1, 1, 1)), in_arrears=True)
    today, seats = FIRST_DAY, 1
    world.night(today, seats)
    for days, more in rises:
        today, seats = min(today + timedelta(days=days), date(2026, 4, 30)), seats + more
        world.night(today, seats)
    before: Timeline = world.billed
    check_invoice(world)
    world.night(date(2026, 5, 2), seats)
    assert world.billed == before
    assert replace_from(Timeline(), date(2026, 5, 1), before).final == seats
    assert [each.addition.cancelled_on for each in world.kept].count(None) == 1
    check_law(world, date(2026, 5, 2))
