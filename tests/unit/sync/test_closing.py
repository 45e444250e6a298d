"""The end of a run is one line of the log, which the alert outside the app waits for."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from plans.runs import Run, RunPhase, Totals
from sync.closing import log_end
from tests.unit.infra.bicep import TEMPLATES

START = datetime(2026, 11, 22, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize(("run_id", "event"), [("2026-11-22", "night_closed"), ("2026-11-22-003", "run_closed")])
def test_the_end_of_a_run_is_told_with_its_totals(run_id: str, event: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    run = Run(
        run_id,
        RunPhase.CLOSED,
        START,
        closed_at=START + timedelta(seconds=90),
        judged_at=START + timedelta(seconds=60),
        totals=Totals(customers=3, read=2, unknown=1, changed=2, writes=4, verified=4),
    )
    log_end(run)
    [facts] = [record.__dict__["facts"] for record in caplog.records]
    assert facts["event"] == event
    assert (facts["reading_seconds"], facts["writing_seconds"]) == (60, 30)
    assert (facts["run"], facts["customers"], facts["writes"]) == (run_id, 3, 4)


def test_the_alert_for_a_missed_night_waits_for_that_event() -> None:
    assert "line.event == 'night_closed'" in TEMPLATES["alerts.bicep"].source
