"""How much a run asks of Microsoft and the PSA, why it waits for a PSA and until when, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from plans.runs import Run, RunPhase, Waiting
from plans.traffic import Traffic
from web.pages.night_view import Moment
from web.wording import clean, write_clock, write_duration, write_number_of

# How long after it was to be asked again a piece may still be on its way.
SLACK = timedelta(minutes=1)


def write_traffic(traffic: Traffic) -> str:
    """1,204 requests to Microsoft and the PSA, 3 of them repeated after waiting 41 s in all."""
    if not traffic.calls:
        return ""
    said = f"{write_number_of(traffic.calls, 'request')} to Microsoft and the PSA"
    if traffic.retries:
        waited = write_duration(timedelta(milliseconds=traffic.waited_ms))
        said += f", {traffic.retries:,} of them repeated after waiting {waited} in all"
    if traffic.throttled:
        said += f"; {write_number_of(traffic.throttled, 'answer')} said that we ask too much"
    return said


def write_waiting(run: Run, waiting: Sequence[Waiting], moment: Moment) -> Iterator[str]:
    """One sentence or two for each PSA that has no room for the run's requests, or had none."""
    for each in waiting:
        asks, until = (write_clock(at.astimezone(moment.zone)) for at in (each.asks_at, each.until))
        if each.is_given_up:
            follows = f" Run {each.follow_up} reads them once there is room." if each.follow_up else ""
            yield (
                f"Not read by {until} ({moment.zone.key}). {clean(each.sentence)} Nothing was planned for its "
                f"customers.{follows}"
            )
        elif run.phase is RunPhase.READING and moment.now <= each.asks_at + SLACK:
            yield (
                f"This run waits. {clean(each.sentence)} It is asked again at {asks}, until {until} "
                f"({moment.zone.key}) at the latest; then it plans nothing for the customers that are billed there, "
                "and goes on with all others."
            )
