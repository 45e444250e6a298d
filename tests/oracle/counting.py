"""From readings to owed seats (03 sections 1 and 3).

A band is seats that always move together: seat numbers `(below, upto]`, where no reading ever lies between the two.
A seat is there on a day when the counted quantity reaches its number: the last to come is the first to go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from tests.oracle.facts import ONE_DAY, Period, Reading, Scenario, find_period

DAYS_TO_TAKE_BACK = 7


@dataclass(frozen=True, slots=True)
class Step:
    """The counted quantity is `level` from `day` on.

    `read` is the number of the reading that showed it first, `known` of the one that made it count (the same for an
    increase, the next known night's for a decrease), `before` of the last known reading before it (-1: none).
    `earliest` is the first day on which the change can have happened.
    """

    day: date
    level: int
    read: int
    known: int
    before: int
    earliest: date


@dataclass(frozen=True, slots=True)
class Stay:
    """Seats were there on `[start, end)`; `end` None: they still are. `risen`, `fallen`: the readings that saw it.

    `came` is the day of the reading `risen`: before `start` where a start-date override cuts the stay.
    """

    start: date
    end: date | None
    risen: int
    fallen: int | None
    came: date


def net_days(readings: Sequence[Reading]) -> list[tuple[int, date, int]]:
    """Number, day and quantity of each day's last known reading (03 section 6: changes of one day are netted).

    Room in the text: an unknown reading after a known one on the same day changes nothing ("yesterday's quantities
    stay"), and the last reading of a day is the day's, both as a sight and as a confirmation of a decrease.
    """
    last: dict[date, tuple[int, date, int]] = {}
    for number, reading in enumerate(readings):
        if reading.quantity is not None:
            last[reading.day] = (number, reading.day, reading.quantity)
    return list(last.values())


def count_steps(readings: Sequence[Reading]) -> list[Step]:
    """The counted quantity, as its changes; 0 before the first.

    A change counts from the night that first read it. A decrease from L to q counts only when a second known night, on
    a later day, confirms it with c: then, from its first night, `max(q, min(c, L))`. Without that night it does not
    count (yet).
    """
    nights = net_days(readings)
    steps: list[Step] = []
    level = 0
    for place, (number, day, quantity) in enumerate(nights):
        counted, known = quantity, number
        if quantity < level:
            if place + 1 == len(nights):
                break
            known, _, confirming = nights[place + 1]
            counted = max(quantity, min(confirming, level))
        if counted != level:
            before, earliest = (nights[place - 1][0], nights[place - 1][1] + ONE_DAY) if place else (-1, day)
            steps.append(Step(day, counted, number, known, before, earliest))
            level = counted
    return steps


def list_bands(scenario: Scenario) -> list[tuple[int, int]]:
    """Bands `(below, upto]` from the bottom; every counted quantity is some reading's, so these are fine enough."""
    levels = sorted({0} | {reading.quantity for reading in scenario.readings if reading.quantity is not None})
    return list(pairwise(levels))


def find_stays(steps: Sequence[Step], upto: int, start: date) -> list[Stay]:
    """When the seats up to number `upto` were there; nothing is before `start` (03 section 3, start-date override)."""
    stays: list[Stay] = []
    for step in steps:
        is_there = bool(stays) and stays[-1].end is None
        if step.level >= upto and not is_there:
            stays.append(Stay(step.day, None, step.read, None, step.day))
        elif step.level < upto and is_there:
            stays[-1] = replace(stays[-1], end=step.day, fallen=step.read)
    return [replace(stay, start=max(stay.start, start)) for stay in stays if stay.end is None or stay.end > start]


def is_taken_back(scenario: Scenario, stay: Stay) -> bool:
    """True when an increase was taken back within 7 days and had not been invoiced in between.

    Room in the text: "invoiced in between" is an invoice made after the reading that saw the increase and before the
    reading that first saw the decrease (not the one that confirmed it), whose period reaches the increase's day. An
    invoice of an earlier period, made late, does not carry the increase and so does not count. The increase is the
    reading that saw the seats come, also where nothing of them is billed before a start date.
    """
    if stay.end is None or stay.fallen is None or (stay.end - stay.came).days > DAYS_TO_TAKE_BACK:
        return False
    return not any(
        stay.risen < invoice.seen <= stay.fallen and find_period(invoice.period, scenario.anchor).end > stay.start
        for invoice in scenario.invoices
    )


def find_owed(scenario: Scenario, steps: Sequence[Step], upto: int, horizon: date) -> list[Period]:
    """The days before `horizon` on which the seats up to number `upto` are owed, as runs `[start, end)` that touch not.

    Default: a stay is owed to the end of the period that holds its last day, so Owed(d) is the highest quantity from
    the start of d's period through d. Credits on, or taken back: its own days. Proration off: whole periods on whose
    first day the seats were there (a change read on that day counts); room in the text: this goes before credits on.
    Room in the text: days from the agreement's end on are not owed; with proration off its last period is, in full.
    """
    stays = find_stays(steps, upto, scenario.start)
    if scenario.days is None:
        return _join(_find_runs(scenario, stays, date.min, horizon))
    windows = _join([Period(window.start, window.end) for window in scenario.days])
    return [run for window in windows for run in _find_owed_in(scenario, stays, window, horizon)]


def _find_owed_in(scenario: Scenario, stays: Sequence[Stay], window: Period, horizon: date) -> list[Period]:
    """What is owed of a window: its first period begins with it, and seats that left before are not there.

    Room in the text: a place that a mapping comes to knows nothing of what left before, as with a start-date override;
    whether an increase was taken back is judged by the day on which it came.
    """
    there = [stay for stay in stays if stay.end is None or stay.end > window.start]
    runs = _join(_find_runs(scenario, there, window.start, min(horizon, window.end)))
    return [Period(max(run.start, window.start), min(run.end, window.end)) for run in runs if run.end > window.start]


def _find_runs(scenario: Scenario, stays: Sequence[Stay], begins: date, horizon: date) -> list[Period]:
    if not scenario.prorates:
        return _find_whole_periods(scenario, [replace(stay, start=max(stay.start, begins)) for stay in stays], horizon)
    last = min(horizon, scenario.ends or horizon)
    runs = []
    for stay in stays:
        if stay.end is None:
            end = last
        elif scenario.credits_on or is_taken_back(scenario, stay):
            end = min(last, stay.end)
        else:
            end = min(last, find_period(stay.end - ONE_DAY, scenario.anchor).end)
        if max(stay.start, begins) < end:
            runs.append(Period(max(stay.start, begins), end))
    return runs


def _find_whole_periods(scenario: Scenario, stays: Sequence[Stay], horizon: date) -> list[Period]:
    runs = []
    for stay in stays:
        period = find_period(stay.start, scenario.anchor)
        if period.start < stay.start:
            period = find_period(period.end, scenario.anchor)
        last = min(day for day in (stay.end, scenario.ends, horizon) if day is not None)
        while period.start < last:
            runs.append(period)
            period = find_period(period.end, scenario.anchor)
    return runs


def _join(runs: Sequence[Period]) -> list[Period]:
    joined: list[Period] = []
    for run in runs:
        if joined and run.start <= joined[-1].end:
            joined[-1] = Period(joined[-1].start, max(joined[-1].end, run.end))
        else:
            joined.append(run)
    return joined
