"""What a timer does about occurrences that passed while nothing ran."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from local.host.functions import Binding, IndexedFunction
from local.host.messages import TypedData
from local.host.timers import TimerListener, create_timer_listener

NOW = datetime(2026, 11, 22, 2, 5, tzinfo=UTC)
SCHEDULE: Mapping[str, object] = {"schedule": "0 */15 * * * *"}


class Recorder:
    """Stands where invocations are made and keeps what the function would have been told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    async def run(self, function: IndexedFunction, value: TypedData) -> None:
        self.told.append(json.loads(value.json))


def create_listener(recorder: Recorder, state: Path, settings: Mapping[str, object] = SCHEDULE) -> TimerListener:
    function = IndexedFunction("tick", "1", (Binding("timer", "timerTrigger", "in", settings),))
    return create_timer_listener(function, cast("Any", recorder), lambda: NOW, {}, state)


async def listen_briefly(listener: TimerListener) -> None:
    listening = asyncio.create_task(listener.listen())
    await asyncio.sleep(0.02)
    listening.cancel()
    await asyncio.wait([listening])


async def test_new_timer_waits_for_its_first_occurrence(tmp_path: Path) -> None:
    recorder = Recorder()
    await listen_briefly(create_listener(recorder, tmp_path))
    assert recorder.told == []


async def test_missed_occurrence_fires_at_the_start_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "timers").mkdir()
    last = NOW - timedelta(hours=3)
    (tmp_path / "timers/tick.txt").write_text(last.isoformat())
    recorder = Recorder()
    await listen_briefly(create_listener(recorder, tmp_path))
    assert recorder.told == [
        {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {
                "Last": last.isoformat(),
                "Next": "2026-11-22T02:15:00+00:00",
                "LastUpdated": last.isoformat(),
            },
            "IsPastDue": True,
        }
    ]
    assert (tmp_path / "timers/tick.txt").read_text() == NOW.isoformat()


async def test_last_run_later_than_now_is_of_another_demo(tmp_path: Path) -> None:
    (tmp_path / "timers").mkdir()
    (tmp_path / "timers/tick.txt").write_text((NOW + timedelta(days=1)).isoformat())
    recorder = Recorder()
    await listen_briefly(create_listener(recorder, tmp_path))
    assert recorder.told == []


async def test_timer_may_run_at_the_start(tmp_path: Path) -> None:
    recorder = Recorder()
    await listen_briefly(create_listener(recorder, tmp_path, {**SCHEDULE, "runOnStartup": True}))
    assert [told["IsPastDue"] for told in recorder.told] == [False]
