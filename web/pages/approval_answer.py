"""What the page says after a decision: what happened, and what happens next. Pure.

A decision is answered by a redirect, so the next page is told in its address: numbers and ids only, never sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from plans.runs import Run, RunPhase, find_day, is_night
from web.actions.deciding import Decided, Word
from web.pages.listing import Ask
from web.pages.names import name_run
from web.wording import write_number_of

MOST_MOVED = 50
LARGEST_NUMBER = 100_000


@dataclass(frozen=True, slots=True)
class Told:
    """What an address says about the decision before it."""

    word: Word
    done: int
    moved: tuple[str, ...]
    moved_count: int
    gone: int
    run_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The sentence about it. `run_address` is empty until the run's page exists."""

    sentence: str
    next_step: str
    run_word: str
    run_address: str
    is_waiting: bool
    is_good: bool


def write_answer_address(decided: Decided, ask: Ask) -> str:
    """The list as it was, told what was decided."""
    moved = [hold.id for hold in decided.moved]
    fields = [
        ("done", decided.word.value),
        ("n", str(len(decided.done))),
        ("run", decided.run_id or ""),
        ("gone", str(decided.gone or "")),
        ("changed", str(len(moved) or "")),
        *(("moved", each) for each in moved[:MOST_MOVED]),
    ]
    query = urlencode([(name, value) for name, value in fields if value])
    return f"{ask.address}{'&' if ask.query else '?'}{query}"


def read_told(params: QueryParams) -> Told | None:
    """What the address tells; None where it tells nothing that can be."""
    word = next((each for each in Word if each == params.get("done")), None)
    if word is None:
        return None
    run_id = params.get("run", "")
    is_run = find_day(run_id) is not None and run_id.isascii() and not is_night(run_id)
    moved = tuple(params.getlist("moved")[:MOST_MOVED])
    return Told(
        word=word,
        done=read_small_number(params.get("n", "")),
        moved=moved,
        moved_count=max(len(moved), read_small_number(params.get("changed", ""))),
        gone=read_small_number(params.get("gone", "")),
        run_id=run_id if is_run else "",
    )


def read_small_number(text: str) -> int:
    """A count; 0 where it is none."""
    return min(int(text), LARGEST_NUMBER) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def make_answer(told: Told, run: Run | None) -> Answer:
    """The sentence, and where the run stands that carries it out."""
    parts: list[str] = []
    if told.done:
        verb = "approved" if told.word is Word.APPROVE else "refused"
        parts.append(f"{write_number_of(told.done, 'change')} {verb}.")
    if told.moved_count:
        it, them = ("it is", "its new plan") if told.moved_count == 1 else ("they are", "their new plans")
        parts.append(
            f"{write_number_of(told.moved_count, 'change')} could not be decided about, because the world has changed "
            f"since the page was shown: {it} at the top of the list with {them}."
        )
    if told.gone:
        waits = "waits" if told.gone == 1 else "wait"
        parts.append(f"{write_number_of(told.gone, 'change')} no longer {waits}: nothing was decided about that.")
    is_good = bool(told.done) and not told.moved_count and not told.gone
    if not told.done:
        return Answer(" ".join(parts) or "Nothing was decided.", "", "", "", is_waiting=False, is_good=False)
    next_step, is_waiting = write_next_step(told, run)
    name = name_run(told.run_id) if told.run_id else ""
    address = "" if run is None else f"/runs/{run.id}"
    return Answer(" ".join(parts), next_step, name, address, is_waiting, is_good)


def write_next_step(told: Told, run: Run | None) -> tuple[str, bool]:
    """What happens next, and whether it is worth asking again soon."""
    if not told.run_id:
        return "The run that carries it out could not be started; the next night does it.", False
    is_closed = run is not None and run.phase is RunPhase.CLOSED
    if is_closed:
        return "The run has ended; this list shows what still waits.", False
    if told.word is Word.REFUSE:
        what = "plans these customers anew and leaves what you refused as it is"
    else:
        what = "reads everything again and writes exactly what you approved, or says that the world has changed"
    when = "starts within a minute" if run is None else "is at work"
    return f"A run {when}: it {what}.", True


def find_moved(told: Told | None) -> Sequence[str]:
    """The holds to show first."""
    return () if told is None else told.moved
