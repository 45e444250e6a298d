"""Runs: when a night is due, what runs are called, which state wins, and the verdict over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.controls import Controls
from plans.errors import Bug
from plans.judgement import Census, PlannedAgreement, PlannedLine, Verdict, judge_night
from plans.runs import (
    CustomerState,
    Run,
    RunPhase,
    choose_shard,
    day_of_run,
    is_night,
    next_extra_run_id,
    night_due,
    number_renewals,
    worst_state,
)

NEW_YORK = ZoneInfo("America/New_York")
DUBLIN = ZoneInfo("Europe/Dublin")
ZONES = sorted(available_timezones())
LINE = PlannedLine("m", 1)
PLANNED = PlannedAgreement("contoso", "connectwise", "1201", "hash", (LINE,))


def local(zone: ZoneInfo, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "start_hour", "night"),
    [
        ("2026-11-22T01:59:59", 2, None),
        ("2026-11-22T02:00:00", 2, "2026-11-22"),
        ("2026-11-22T07:59:59", 2, "2026-11-22"),
        ("2026-11-22T08:00:00", 2, None),
        ("2026-11-22T00:00:00", 0, "2026-11-22"),
        ("2026-11-22T05:59:59", 0, "2026-11-22"),
        ("2026-11-22T06:00:00", 0, None),
        ("2026-11-21T23:59:59", 0, None),
        ("2026-11-22T22:00:00", 22, "2026-11-22"),
        ("2026-11-22T23:59:59", 22, "2026-11-22"),
        ("2026-11-23T00:00:00", 22, "2026-11-22"),
        ("2026-11-23T03:59:59", 22, "2026-11-22"),
        ("2026-11-23T04:00:00", 22, None),
        ("2026-11-23T04:59:59", 23, "2026-11-22"),
        ("2027-01-01T01:00:00", 22, "2026-12-31"),
        ("2028-02-29T23:30:00", 23, "2028-02-29"),
        ("2028-03-01T01:00:00", 23, "2028-02-29"),
    ],
)
@pytest.mark.parametrize("zone", [NEW_YORK, DUBLIN, ZoneInfo("UTC")], ids=str)
def test_the_window_opens_at_the_start_hour_and_stays_open_for_six_hours(
    zone: ZoneInfo, now: str, start_hour: int, night: str | None
) -> None:
    assert night_due(local(zone, now), zone, start_hour) == night


@pytest.mark.parametrize(
    ("zone", "day"),
    [(NEW_YORK, "2026-03-08"), (NEW_YORK, "2026-11-01"), (DUBLIN, "2026-03-29"), (DUBLIN, "2026-10-25")],
    ids=["New York springs forward", "New York falls back", "Dublin springs forward", "Dublin falls back"],
)
@pytest.mark.parametrize("start_hour", [0, 1, 2, 3, 20, 23])
def test_a_clock_change_cannot_lose_a_night(zone: ZoneInfo, day: str, start_hour: int) -> None:
    noon = local(zone, f"{day}T12:00:00") - timedelta(hours=24)
    ticks = [noon + timedelta(minutes=15 * number) for number in range(4 * 60)]
    due = [night_due(tick, zone, start_hour) for tick in ticks]
    assert 4 * 4 <= due.count(day) <= 4 * 8


@pytest.mark.parametrize("fold", [0, 1])
def test_an_hour_that_comes_twice_belongs_to_the_same_night(fold: int) -> None:
    assert night_due(local(NEW_YORK, "2026-11-01T01:30:00", fold), NEW_YORK, 1) == "2026-11-01"


@pytest.mark.parametrize(
    ("zone", "night"),
    [("Etc/GMT+12", "2026-11-21"), ("Pacific/Kiritimati", "2026-11-22"), ("Asia/Kathmandu", "2026-11-22")],
)
def test_a_night_is_named_by_the_local_day(zone: str, night: str) -> None:
    opens = local(ZoneInfo(zone), f"{night}T03:00:00")
    assert night_due(opens, ZoneInfo(zone), 3) == night


@given(
    now=st.datetimes(datetime(2024, 1, 2), datetime(2034, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    start_hour=st.integers(0, 23),
)
def test_a_due_night_is_always_the_local_today_or_yesterday(now: datetime, zone: ZoneInfo, start_hour: int) -> None:
    night = night_due(now, zone, start_hour)
    today = now.astimezone(zone).date()
    assert night in (None, today.isoformat(), (today - timedelta(days=1)).isoformat())


@given(
    day=st.dates(date(2024, 1, 2), date(2034, 1, 1)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    start_hour=st.integers(0, 23),
)
def test_every_local_day_that_exists_has_its_night(day: date, zone: ZoneInfo, start_hour: int) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    due = {night_due(midnight + timedelta(minutes=15 * number), zone, start_hour) for number in range(4 * 60)}
    exists = any((midnight + timedelta(hours=number)).astimezone(zone).date() == day for number in range(60))
    assert (day.isoformat() in due) == exists


@given(
    day=st.dates(date(2024, 1, 2), date(2034, 1, 1)),
    offset=st.integers(-12, 14),
    start_hour=st.integers(0, 23),
)
def test_a_night_comes_back_at_no_other_time(day: date, offset: int, start_hour: int) -> None:
    zone = ZoneInfo(f"Etc/GMT{-offset:+d}") if offset else ZoneInfo("UTC")
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    hours = [night_due(start + timedelta(hours=number), zone, start_hour) for number in range(-24, 48)]
    assert hours.count(day.isoformat()) == 6


@pytest.mark.parametrize(
    ("run_id", "day", "night"),
    [("2026-11-22", date(2026, 11, 22), True), ("2026-11-22-001", date(2026, 11, 22), False)],
)
def test_a_run_id_names_its_day_and_its_kind(run_id: str, day: date, night: bool) -> None:
    assert day_of_run(run_id) == day
    assert Run(run_id, RunPhase.READING, datetime(2026, 11, 22, tzinfo=UTC)).day == day
    assert is_night(run_id) is night


@pytest.mark.parametrize(
    "run_id",
    ["", "tonight", "2026-11-22-1", "2026-11-22-1000", "2026-11-22-", "26-11-22", " 2026-11-22", "2026-11-22 "],
)
def test_what_is_no_run_id_is_our_mistake(run_id: str) -> None:
    with pytest.raises(Bug, match="not a run id"):
        day_of_run(run_id)
    assert not is_night(run_id)


@pytest.mark.parametrize("run_id", ["2026-11-22\n", "2026-02-30", "2026-13-01", "２０２６-11-22"])
def test_a_run_id_of_no_day_is_our_mistake(run_id: str) -> None:
    with pytest.raises(Bug):
        day_of_run(run_id)


def test_extra_runs_are_counted_from_one() -> None:
    with pytest.raises(Bug):
        day_of_run("2026-11-22-000")


@given(taken=st.sets(st.integers(1, 30)), day=st.dates(date(2024, 1, 1), date(2034, 1, 1)))
def test_an_extra_run_gets_the_first_free_number(taken: set[int], day: date) -> None:
    existing = frozenset(f"{day.isoformat()}-{number:03d}" for number in taken) | {day.isoformat()}
    run_id = next_extra_run_id(day, existing)
    assert run_id not in existing
    assert int(run_id[-3:]) == min(set(range(1, 32)) - taken)
    assert day_of_run(run_id) == day
    assert not is_night(run_id)


def test_a_day_has_room_for_999_extra_runs() -> None:
    day = date(2026, 11, 22)
    existing = frozenset(f"2026-11-22-{number:03d}" for number in range(1, 1000))
    with pytest.raises(Bug, match="999 extra runs"):
        next_extra_run_id(day, existing)


@given(states=st.lists(st.sampled_from(CustomerState), min_size=1))
def test_the_worst_state_wins_wherever_it_stands(states: list[CustomerState]) -> None:
    order = ["failed", "parked", "held", "changed", "scheduled", "unchanged"]
    assert worst_state(states) == min(states, key=lambda state: order.index(state.value))
    assert worst_state(reversed(states)) is worst_state(states)


def test_nothing_at_all_is_unchanged() -> None:
    assert worst_state([]) is CustomerState.UNCHANGED


@given(agreement_id=st.text(max_size=20), shard_count=st.integers(1, 60))
def test_an_agreement_is_always_read_in_the_same_piece(agreement_id: str, shard_count: int) -> None:
    shard = choose_shard(agreement_id, shard_count)
    assert 0 <= shard < shard_count
    assert choose_shard(agreement_id, shard_count) == shard


@pytest.mark.parametrize(("agreement_id", "shard"), [("1201", 0), ("1202", 6), ("1203", 5), ("9", 0)])
def test_the_piece_does_not_depend_on_the_process(agreement_id: str, shard: int) -> None:
    """A hash that is salted anew in every process would send a crashed run to the wrong piece."""
    assert choose_shard(agreement_id, 7) == shard


def planned(number: int, changes: int = 1, agreement: str | None = None) -> PlannedAgreement:
    lines = (LINE,) * changes
    return PlannedAgreement(f"customer-{number}", "connectwise", agreement or str(number), f"hash-{number}", lines)


def judge(run_id: str, plans: Sequence[PlannedAgreement]) -> Verdict:
    return judge_night(run_id, plans, Census(1000, 0), Controls())


@given(
    numbers=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=12),
    data=st.data(),
)
def test_the_verdict_does_not_depend_on_the_order_of_the_plans(
    numbers: list[tuple[int, int]], data: st.DataObject
) -> None:
    plans = [planned(*each) for each in numbers]
    shuffled = data.draw(st.permutations(plans))
    assert judge("2026-11-22", shuffled) == judge("2026-11-22", plans)


@given(numbers=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), max_size=12, unique_by=lambda each: each[0]))
def test_exactly_the_plans_that_write_are_allowed(numbers: list[tuple[int, int]]) -> None:
    plans = [planned(*each) for each in numbers]
    allowed = judge("2026-11-22", plans).allowed
    assert set(allowed) == {each for each in plans if each.lines}
    assert len(allowed) == len(set(allowed))


@pytest.mark.parametrize("second_hash", ["hash", "another"])
def test_an_agreement_that_was_planned_twice_is_not_written_at_all(second_hash: str) -> None:
    twice = [PLANNED, replace(PLANNED, plan_hash=second_hash), planned(1)]
    assert judge("2026-11-22", twice).allowed == (planned(1),)


def test_an_agreement_of_another_connection_or_customer_is_another_agreement() -> None:
    plans = [PLANNED, replace(PLANNED, connection_id="other"), replace(PLANNED, customer_id="fabrikam")]
    assert set(judge("2026-11-22", plans).allowed) == set(plans)


def test_the_verdict_names_its_run() -> None:
    assert judge("2026-11-22-001", []).run_id == "2026-11-22-001"


@pytest.mark.parametrize(("run_id", "hours"), [("2026-11-22", 23), ("2026-11-22-001", 41)])
def test_a_run_is_dead_once_nothing_of_it_can_be_under_way(run_id: str, hours: int) -> None:
    """A night may begin again for seven hours and an extra run for twenty-five; either works for sixteen at most."""
    started = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
    assert Run(run_id, RunPhase.READING, started).dead_from == started + timedelta(hours=hours)


def test_what_renews_a_piece_is_kept_under_a_number_that_no_piece_has() -> None:
    run = Run("2026-11-22", RunPhase.READING, datetime(2026, 11, 22, tzinfo=UTC), shard_counts=(("at", 3),))
    assert [number_renewals(run, "at", shard) for shard in range(3)] == [3, 4, 5]
    assert number_renewals(run, "unread", 0) == 1
