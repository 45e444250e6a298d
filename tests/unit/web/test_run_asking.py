"""Why a run waits, until when and who is read afterwards, as sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from plans.runs import Run, RunPhase, Waiting
from web.pages.night_view import Moment
from web.pages.run_asking import write_waiting

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
RUN = Run("2026-11-24", RunPhase.READING, NOW)
SAID = "Autotask: 7600 of 10000 requests were made."
WAITING = Waiting("at", SAID, NOW + timedelta(minutes=5), NOW + timedelta(minutes=30))


def write(run: Run, waiting: Waiting, now: datetime = NOW) -> list[str]:
    return list(write_waiting(run, (waiting,), Moment(now, ZoneInfo("Europe/Amsterdam"), 2, "EUR")))


def test_a_run_that_waits_says_why_and_until_when() -> None:
    (said,) = write(RUN, WAITING)
    assert said.startswith(f"This run waits. {SAID} It is asked again at 02:05, until 02:30 (Europe/Amsterdam)")


def test_a_wait_that_is_over_is_not_told() -> None:
    assert write(RUN, WAITING, NOW + timedelta(minutes=7)) == []
    assert write(replace(RUN, phase=RunPhase.PUSHING), WAITING) == []


def test_who_was_given_up_is_told_with_the_run_that_follows() -> None:
    given_up = replace(WAITING, is_given_up=True, follow_up="2026-11-24-002")
    (said,) = write(replace(RUN, phase=RunPhase.CLOSED), given_up)
    assert said == (
        f"Not read by 02:30 (Europe/Amsterdam). {SAID} Nothing was planned for its customers. Run "
        "2026-11-24-002 reads them once there is room."
    )
    assert write(RUN, replace(given_up, follow_up=""))[0].endswith("Nothing was planned for its customers.")
