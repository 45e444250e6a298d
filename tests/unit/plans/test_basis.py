"""What one process remembers of a night: for a moment, and for no other run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from plans.basis import (
    HANDED_ON_FOR,
    MOST_HANDED_ON,
    MOST_USERS_HANDED_ON,
    REMEMBERED_FOR,
    FetchedTenant,
    JustRead,
    Night,
    RecentNight,
)
from plans.controls import Controls
from plans.results import StampedTenant, TenantResult
from plans.runs import Run, RunPhase, TenantState
from profiles.licences import LicensedUser, Snapshot

NOW = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
RUN = Run("2026-11-22", RunPhase.READING, NOW)
NIGHT = Night(date(2026, 11, 22), Controls(), {}, frozenset({"SL-1"}))


def test_nothing_is_recalled_of_what_was_never_kept() -> None:
    assert RecentNight().recall(RUN.id, NOW) is None


def test_it_is_recalled_for_a_moment() -> None:
    recent = RecentNight()
    recent.keep(RUN, NIGHT, NOW)
    last = NOW + REMEMBERED_FOR - timedelta(microseconds=1)
    assert recent.recall(RUN.id, NOW) == recent.recall(RUN.id, last) == (RUN, NIGHT)
    assert recent.recall(RUN.id, NOW + REMEMBERED_FOR) is None


def test_a_clock_that_was_set_back_recalls_nothing() -> None:
    recent = RecentNight()
    recent.keep(RUN, NIGHT, NOW)
    assert recent.recall(RUN.id, NOW - timedelta(microseconds=1)) is None


def test_another_run_reads_anew() -> None:
    recent = RecentNight()
    recent.keep(RUN, NIGHT, NOW)
    assert recent.recall("2026-11-22-001", NOW) is None
    assert recent.recall("2026-11-23", NOW) is None


def fetch(tenant_id: str, users: int = 0) -> FetchedTenant:
    user = LicensedUser("u", "u@contoso.example", "U", True, ())
    row = TenantResult(tenant_id, ("contoso",), TenantState.QUEUED)
    return FetchedTenant(StampedTenant(row, "1"), Snapshot(tenant_id, NOW, (), (), (user,) * users))


def test_what_was_read_is_handed_on_once_and_to_its_own_run() -> None:
    read, fetched = JustRead(), fetch("t")
    read.keep(RUN.id, fetched, NOW)
    assert read.take("2026-11-22-001", "t", NOW) is None
    assert read.take(RUN.id, "other", NOW) is None
    assert read.take(RUN.id, "t", NOW) is fetched
    assert read.take(RUN.id, "t", NOW) is None


def test_what_was_read_is_handed_on_for_a_minute() -> None:
    last = NOW + HANDED_ON_FOR - timedelta(microseconds=1)
    for at, is_there in ((last, True), (NOW + HANDED_ON_FOR, False), (NOW - timedelta(microseconds=1), False)):
        read = JustRead()
        read.keep(RUN.id, fetch("t"), NOW)
        assert (read.take(RUN.id, "t", at) is not None) is is_there


def test_only_so_many_tenants_wait_to_be_handed_on() -> None:
    read = JustRead()
    for number in (*range(MOST_HANDED_ON), 0, MOST_HANDED_ON):
        read.keep(RUN.id, fetch(str(number)), NOW)
    assert read.take(RUN.id, "1", NOW) is None
    for kept in (0, 2, MOST_HANDED_ON):
        assert read.take(RUN.id, str(kept), NOW) is not None


def test_only_so_many_users_wait_to_be_handed_on() -> None:
    read = JustRead()
    for name, users in (("a", 10), ("b", MOST_USERS_HANDED_ON - 5), ("c", MOST_USERS_HANDED_ON + 1)):
        read.keep(RUN.id, fetch(name, users), NOW)
        assert (read.take(RUN.id, "a", NOW) is None) is (name != "a")
    assert read.take(RUN.id, "b", NOW) is read.take(RUN.id, "c", NOW) is None
