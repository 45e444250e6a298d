"""The billing bugs that others had (reference anchors.md 3.2), each by its name. A seat costs 20.00 or as it says.

Not here, because it cannot happen: a fixed discount applied to the delta (Seatledger sends no discounts).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from plans.counts import Count
from plans.owed import OwedPolicy, owe
from plans.plan import hash_plan
from plans.proposals import price_days
from plans.runs import day_of_run, night_due
from profiles.billing import Basis, CustomPrice, DatedPrice, Mapping
from profiles.licences import Licence, Snapshot, Subscription, SubscriptionStatus
from profiles.money import round_money
from profiles.periods import ONE_DAY, Grid
from profiles.quantity import bill_quantity
from profiles.readings import Known
from tests.unit.plans.agreements import HOME, MONTHLY, Psa
from tests.unit.plans.nights import SPB, World, april, in_advance, in_arrears, is_still, make_world, may, tell


def test_a_period_that_is_clipped_at_its_start_keeps_its_own_length() -> None:
    """Quarter of 91 days (April to June) at 60.00, one seat from 20 May: 42 of 91 days = 27.69, not 42 of 42."""
    quarterly = Grid(2026, 1, 1, 3)
    assert price_days(may(20), date(2026, 6, 30), 1, Decimal("60.00"), quarterly) == Decimal("27.69")


@pytest.mark.parametrize("anchor_day", [28, 29, 30, 31])
@pytest.mark.parametrize("months", [1, 3, 12])
def test_an_anchor_at_the_end_of_a_month_neither_overlaps_nor_leaves_gaps(anchor_day: int, months: int) -> None:
    """Nine years across two leap days: every day belongs to exactly one period, and the anchor comes back."""
    grid = Grid(2024, 1, anchor_day, months)
    day, seen = date(2024, 1, anchor_day), []
    while day < date(2033, 1, 1):
        period = grid.period_of(day)
        assert period.start <= day < period.end
        seen.append(period)
        day = period.end
    assert all(one.end == other.start for one, other in pairwise(seen))
    assert all(period.start.day == anchor_day for period in seen if period.start.month in (1, 7, 10))


def test_an_anchor_on_the_29th_of_february_drops_no_year() -> None:
    yearly = Grid(2024, 2, 29, 12)
    starts = [yearly.boundary(number) for number in range(5)]
    expected = [(2024, 29), (2025, 28), (2026, 28), (2027, 28), (2028, 29)]
    assert starts == [date(year, 2, day) for year, day in expected]


@pytest.mark.parametrize(("month", "day"), [(3, 29), (10, 25)], ids=["23 hours", "25 hours"])
def test_a_day_of_daylight_saving_is_a_day(month: int, day: int) -> None:
    """Europe/Berlin, 2026: one seat from that day on is billed by whole days, and a night on it has that day."""
    start = date(2026, month, day)
    period = MONTHLY.period_of(start)
    left = (period.end - start).days
    expected = round_money(Fraction(20) * left / period.days)
    assert price_days(start, period.last, 1, Decimal("20.00"), MONTHLY) == expected
    midnight = datetime(2026, month, day, tzinfo=ZoneInfo("Europe/Berlin"))
    for minutes in range(0, 26 * 60, 15):
        run_id = night_due(midnight.astimezone(UTC) + timedelta(minutes=minutes), ZoneInfo("Europe/Berlin"), 2)
        assert run_id is None or day_of_run(run_id) in (start, start + ONE_DAY)


def test_the_day_of_a_change_is_billed_once() -> None:
    """10 seats move to another agreement: the border is between two days, and each of 60 days is billed exactly once,
    by exactly one of both: 200.00 for April and 200.00 for May."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    world.night(april(16), 10)
    ended, begun = world.psas[HOME].kept[0].addition, new.kept[0].addition
    assert ended.cancelled_on is not None
    assert begun.effective_on == ended.cancelled_on + ONE_DAY
    bills = [(world.psas[HOME].invoice(), new.invoice()) for _ in range(2)]
    assert [sum(bill) for bill in bills] == [Decimal("200.00"), Decimal("200.00")]


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Pacific/Auckland", datetime(2026, 4, 15, 14, 30, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 4, 16, 9, 30, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 4, 15, 12, 30, tzinfo=UTC)),
        ("Etc/GMT+12", datetime(2026, 4, 16, 14, 30, tzinfo=UTC)),
    ],
)
def test_a_zone_other_than_utc_moves_no_start_by_a_day(zone: str, moment: datetime) -> None:
    """02:30 on 16 April where the MSP is: the seats begin on the 16th, whatever UTC says."""
    run_id = night_due(moment, ZoneInfo(zone), 2)
    assert run_id == "2026-04-16"
    world = in_arrears()
    assert tell(world.night(day_of_run(run_id), 12)) == ["2 from 2026-04-16"]


def test_money_is_rounded_once_and_not_seat_by_seat() -> None:
    """3 x 12.99 from the 17th of a month of 31 days: 18.86. By the seat it would be 18.87, by the day 18.90."""
    assert price_days(may(17), may(31), 3, Decimal("12.99"), MONTHLY) == Decimal("18.86")


def test_a_proposal_across_two_periods_is_rounded_once() -> None:
    """One seat at 0.10 from 30 April through 1 May: 0.10/30 + 0.10/31 = 0.0066; two roundings would say 0.00."""
    assert price_days(april(30), may(1), 1, Decimal("0.10"), MONTHLY) == Decimal("0.01")


def test_the_same_job_done_twice_makes_one_addition() -> None:
    """Two workers plan the same night: the same change under the same key; what one wrote leaves nothing for two."""
    world = in_arrears()
    world.read(april(16), {SPB: 12})
    one, other = world.plan(april(16))[SPB], world.plan(april(16))[SPB]
    assert one.changes == other.changes
    assert len({change.key for change in one.changes + other.changes}) == 1
    world.apply(one, april(16))
    assert is_still(world.plan(april(16))[SPB])


def test_a_preview_equals_the_charge_whenever_it_is_made() -> None:
    """A plan rests on days that were counted, not on now: previewed on the 16th and written on the 21st it is the same,
    down to its hash."""
    world = in_arrears()
    world.read(april(16), {SPB: 12})
    preview = world.plan(april(16))[SPB]
    first = hash_plan(world.plans[HOME])
    later = world.plan(april(21))[SPB]
    assert (later.changes, hash_plan(world.plans[HOME])) == (preview.changes, first)


def test_a_scheduled_decrease_has_the_same_hash_when_its_invoice_is_late() -> None:
    world = in_arrears()
    world.night(april(10), 8)
    world.night(april(11), 8)
    world.plan(april(12))
    first = hash_plan(world.plans[HOME])
    line = world.plan(april(30))[SPB]
    assert line.scheduled[0].writable_on == may(1)
    assert hash_plan(world.plans[HOME]) == first


@pytest.mark.parametrize("begin", [in_arrears, in_advance])
def test_pausing_and_resuming_again_and_again_overlaps_nowhere(begin: object) -> None:
    """Do not bill, bill, do not bill, bill inside a period, each agreed to: no day is billed for more than 10."""
    world: World = in_arrears() if begin is in_arrears else in_advance()
    day = april(10)
    for is_excluded in (True, False, True, False, True, False):
        world.change(is_excluded=is_excluded)
        for _ in range(3):
            line = world.night(day, 10)
            if getattr(line.decision, "changes", ()) and line.decision.kind == "held":
                world.approve()
            day += ONE_DAY
    psa = world.psas[HOME]
    if begin is in_arrears:
        assert psa.invoice() == Decimal("200.00")
    assert psa.invoice() == Decimal("200.00")
    assert is_still(world.night(may(20), 10))


def test_a_price_of_zero_and_then_a_price_on_the_same_day_is_one_change() -> None:
    """Free for April, 22.00 from 1 May, set on the same day: April costs nothing, May 220.00, and nothing is parked."""
    free = CustomPrice((DatedPrice(date(2026, 1, 1), Decimal(0)),))
    world = make_world(price=free)
    assert tell(world.night(april(1), 10)) == ["10 from 2026-04-01 at 0"]
    world.sell(price=replace(free, amounts=(*free.amounts, DatedPrice(may(1), Decimal("22.00")))))
    assert is_still(world.night(april(1), 10))
    psa = world.psas[HOME]
    assert psa.invoice() == Decimal("0.00")
    assert tell(world.night(may(2), 10)) == ["1201: at 22.00"]
    assert psa.invoice() == Decimal("220.00")


@pytest.mark.parametrize(
    ("first", "last", "seats", "price", "amount"),
    [
        pytest.param(date(2026, 2, 27), date(2026, 2, 28), 3, "9.00", "1.93", id="27-28 February: 3 x 9 x 2/28"),
        pytest.param(date(2028, 2, 27), date(2028, 2, 29), 3, "9.00", "2.79", id="27-29 February: 3 x 9 x 3/29"),
        pytest.param(date(2028, 2, 29), date(2028, 2, 29), 29, "1.00", "1.00", id="29 February alone"),
    ],
)
def test_february_has_its_own_denominator(first: date, last: date, seats: int, price: str, amount: str) -> None:
    assert price_days(first, last, seats, Decimal(price), MONTHLY) == Decimal(amount)


def snapshot(*statuses: tuple[SubscriptionStatus, int]) -> Snapshot:
    rows = enumerate(statuses)
    subscriptions = tuple(
        Subscription(str(number), "sku", "SPB", status, seats, False, None, None) for number, (status, seats) in rows
    )
    licence = Licence("sku", "SPB", 0, 0, 0, 0, 0)
    return Snapshot("tenant", datetime(2026, 4, 16, tzinfo=UTC), (licence,), subscriptions, ())


@pytest.mark.parametrize(
    ("statuses", "seats"),
    [
        pytest.param([(SubscriptionStatus.WARNING, 10)], 10, id="in grace is not nothing"),
        pytest.param([(SubscriptionStatus.ENABLED, 7), (SubscriptionStatus.ENABLED, 5)], 12, id="two add up"),
        pytest.param([(SubscriptionStatus.ENABLED, 7), (SubscriptionStatus.WARNING, 5)], 12, id="half expired"),
        pytest.param([(SubscriptionStatus.SUSPENDED, 10)], 0, id="suspended: 0, which is held and never written"),
    ],
)
def test_units_in_grace_count_and_suspended_ones_are_held(
    statuses: list[tuple[SubscriptionStatus, int]], seats: int
) -> None:
    mapping = Mapping("m", "c", "sku", "SPB", "p", "a", Basis.PURCHASED)
    assert bill_quantity(snapshot(*statuses), mapping) == Known(seats)


def test_a_change_on_the_first_day_of_a_period_belongs_to_it_alone() -> None:
    """10 → 8 read on 1 May: April owes 10, May 8; 10 → 8 read on 30 April: so does it."""
    for day in (april(30), may(1)):
        counts = (Count(april(1), 10, day - ONE_DAY, None, 10), Count(day, 8, day + ONE_DAY, None, 8))
        owed = owe(counts, OwedPolicy(MONTHLY))
        assert (owed.on(april(30)), owed.on(may(1))) == (10, 8)
