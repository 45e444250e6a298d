"""From run rows to the list of runs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from plans.runs import Run, RunPhase, is_night
from web.csv_files import Cell
from web.pages.counting import Counts
from web.pages.listing import Ask, Head, Listing, Sorter, cut_listing, make_chips, make_columns, order, write_how_many
from web.pages.names import name_run
from web.pages.view import Tone
from web.wording import write_clock, write_day, write_duration, write_number_of


class RunKind(StrEnum):
    """What the chips of the list tell apart; a run may be several of them."""

    RUNNING = "running"
    NEEDED = "needed"
    CHANGED = "changed"
    NIGHT = "night"
    SYNC = "sync"


WORDS = {
    RunKind.RUNNING: ("Running", Tone.BUSY),
    RunKind.NEEDED: ("Not all right", Tone.LOOK),
    RunKind.CHANGED: ("Wrote something", Tone.GOOD),
    RunKind.NIGHT: ("Nights", Tone.PLAIN),
    RunKind.SYNC: ("Syncs", Tone.PLAIN),
}


@dataclass(frozen=True, slots=True)
class PhaseTimes:
    """How long each phase took, as far as it is known; of an open run so far."""

    reading: timedelta | None
    writing: timedelta | None
    whole: timedelta


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run."""

    run_id: str
    name: str
    word: str
    tone: Tone
    started: datetime
    clock: str
    times: PhaseTimes
    reading: str
    writing: str
    took: str
    counts: Counts
    is_open: bool


@dataclass(frozen=True, slots=True)
class RunsView:
    """The page."""

    headline: str
    when: str
    listing: Listing[RunRow]
    run_count: int


SORTERS: tuple[Sorter[Run], ...] = (
    Sorter("customers", lambda run: run.totals.customers, is_number=True),
    Sorter("changed", lambda run: run.totals.changed, is_number=True),
    Sorter("needed", lambda run: Counts(run.totals).in_need, is_number=True),
    Sorter("writes", lambda run: run.totals.writes, is_number=True),
)
HEADS = (
    Head("Run"),
    Head("State"),
    Head("Started", is_number=True),
    Head("Reading", is_number=True),
    Head("Writing", is_number=True),
    Head("Took", is_number=True),
    Head("Customers", "customers"),
    Head("Changed", "changed"),
    Head("Not right", "needed"),
    Head("Written", "writes"),
)
CSV_HEADER = (
    "Run",
    "State",
    "Started ({zone})",
    "Reading (seconds)",
    "Writing (seconds)",
    "Took (seconds)",
    "Customers",
    "Changed",
    "Not right",
    "Additions written",
    "Additions verified",
)


def find_kinds(run: Run) -> Iterator[RunKind]:
    """Every chip that lets the run through."""
    if run.phase is not RunPhase.CLOSED:
        yield RunKind.RUNNING
    if Counts(run.totals).in_need:
        yield RunKind.NEEDED
    if run.totals.writes:
        yield RunKind.CHANGED
    yield RunKind.NIGHT if is_night(run.id) else RunKind.SYNC


def find_times(run: Run, now: datetime) -> PhaseTimes:
    """The phases by the times that the run row has."""
    ended = run.closed_at or now
    whole = ended - run.started_at
    if run.judged_at is None:
        return PhaseTimes(whole if run.phase is RunPhase.READING else None, None, whole)
    return PhaseTimes(run.judged_at - run.started_at, ended - run.judged_at, whole)


def select(runs: Sequence[Run], ask: Ask) -> list[Run]:
    """What the address asks for, in its order."""
    chosen = [run for run in runs if not ask.state or any(ask.state == kind for kind in find_kinds(run))]
    return order(chosen, ask.sort, SORTERS)


def make_list(runs: Sequence[Run], ask: Ask, now: datetime, zone: ZoneInfo) -> RunsView:
    """The page as the address asks for it."""
    counts = Counter(kind.value for run in runs for kind in find_kinds(run))
    chosen = select(runs, ask)
    kinds = [(kind.value, *WORDS[kind]) for kind in RunKind]
    listing = cut_listing(
        ask,
        chosen,
        make_chips(ask, len(runs), kinds, counts),
        make_columns(ask, HEADS, SORTERS),
        write_how_many(len(chosen), len(runs), "run"),
    )
    return RunsView(
        headline=write_headline(runs),
        when=f"The newest first; times are those of {zone.key}",
        listing=listing.show(lambda run: make_row(run, now, zone)),
        run_count=len(runs),
    )


def write_headline(runs: Sequence[Run]) -> str:
    """30 nights and 2 syncs; one is running."""
    if not runs:
        return "No run has been yet."
    nights = sum(is_night(run.id) for run in runs)
    parts = [write_number_of(nights, "night")] if nights else []
    if nights < len(runs):
        parts.append(write_number_of(len(runs) - nights, "sync"))
    running = sum(run.phase is not RunPhase.CLOSED for run in runs)
    return f"{' and '.join(parts)}{f'; {running} running' if running else ''}."


def make_row(run: Run, now: datetime, zone: ZoneInfo) -> RunRow:
    """The words for one run."""
    times = find_times(run, now)
    word, tone = write_state(run)
    started = run.started_at.astimezone(zone)
    return RunRow(
        run_id=run.id,
        name=name_run(run.id),
        word=word,
        tone=tone,
        started=started,
        clock=write_clock(started),
        times=times,
        reading=write_length(times.reading),
        writing=write_length(times.writing),
        took=write_length(times.whole),
        counts=Counts(run.totals),
        is_open=run.phase is not RunPhase.CLOSED,
    )


def write_length(length: timedelta | None) -> str:
    """Nothing where nobody knows."""
    return "" if length is None else write_duration(length)


def write_state(run: Run) -> tuple[str, Tone]:
    """How the run stands, in a word or two."""
    counts = Counts(run.totals)
    if run.phase is not RunPhase.CLOSED:
        return ("Reading" if run.phase is RunPhase.READING else "Writing"), Tone.BUSY
    if run.is_given_up:
        return "Did not end", Tone.BAD
    if counts.totals.customers == 0:
        return "Empty", Tone.PLAIN
    if counts.totals.failed:
        return "Failures", Tone.BAD
    return ("Not all right", Tone.LOOK) if counts.in_need else ("Right", Tone.GOOD)


def write_title(run: Run) -> str:
    """What one run's page is called."""
    return f"Night of {write_day(run.day)}" if is_night(run.id) else name_run(run.id)


def make_csv_row(row: RunRow) -> tuple[Cell, ...]:
    """The columns of the page; durations in seconds, so that they can be added."""
    seconds = [
        None if length is None else int(length.total_seconds())
        for length in (row.times.reading, row.times.writing, row.times.whole)
    ]
    totals = row.counts.totals
    numbers = (totals.customers, totals.changed, row.counts.in_need, totals.writes, totals.verified)
    return (row.name, row.word, row.started.replace(tzinfo=None), *seconds, *numbers)
