"""With which night a series goes on."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from local.night import find_next_night
from plans.runs import Run, RunPhase

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("phase", "expected"),
    [(None, DAY), (RunPhase.READING, DAY), (RunPhase.CLOSED, date(2026, 11, 23))],
)
async def test_a_night_that_did_not_end_is_run_again(phase: RunPhase | None, expected: date) -> None:
    async def read_run(run_id: str) -> Run | None:
        return None if phase is None else Run(run_id, phase, datetime(2026, 11, 22, 7, 5, tzinfo=UTC))

    assert await find_next_night(DAY, read_run) == expected
