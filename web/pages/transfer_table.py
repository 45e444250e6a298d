"""A split, a merge or a move as one table: what each line bills from which day on, and all of them together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from notify.wording import write_money
from plans.changes import Decision, FinishIntent, Held, HoldRule, Parked
from plans.ledger import add_effects
from plans.timeline import Timeline, subtract
from sync.previewing import Preview, PreviewedLine
from web.actions.deciding import BEYOND_APPROVAL
from web.actions.mapping_words import name_line
from web.wording import write_count, write_short_day

# More days than these are no table that anybody reads.
MOST_DAYS = 4
TOGETHER = "While one line of it waits, none is written, and what is billed now goes on."
ENDS_FIRST = "What ends is written first; the run after that writes what takes over."


@dataclass(frozen=True, slots=True)
class TransferRow:
    """One line: its seats now, and from each of the days on. `half` says whether it ends or takes over, `monthly` what
    it moves in a month; empty where that is not known."""

    licence: str
    half: str
    seats: tuple[str, ...]
    monthly: str = ""


@dataclass(frozen=True, slots=True)
class TransferTable:
    """The move. `heads` stand over the seats, `total` is all lines together; `approved` says what waits with what."""

    heads: tuple[str, ...]
    rows: tuple[TransferRow, ...]
    total: tuple[str, ...]
    approved: str


def make_transfer_table(preview: Preview, currency: str) -> TransferTable | None:
    """The lines of the preview as one move; None where nothing takes over, or where only sentences can say it."""
    lines = preview.lines
    if not any(each.mapping.follows and not each.mapping.is_ended for each in lines):
        return None
    made = [make_days(each) for each in lines]
    days = list_days([each for each in made if each is not None])
    if any(each is None for each in made) or not days or len(days) > MOST_DAYS:
        return None
    levels = [(before.on(preview.today), *(after.on(day) for day in days)) for before, after in filter(None, made)]
    return TransferTable(
        heads=("Now", *(f"From {write_short_day(day)}" for day in days)),
        rows=tuple(
            TransferRow(
                name_line(each.mapping), name_half(each), tuple(map(write_count, level)), write_month(each, currency)
            )
            for each, level in zip(lines, levels, strict=True)
        ),
        total=tuple(write_count(sum(column)) for column in zip(*levels, strict=True)),
        approved=write_approved(lines),
    )


def write_month(each: PreviewedLine, currency: str) -> str:
    """What the line moves in a month; empty where nobody can tell."""
    moved = each.money.per_month
    return "" if moved is None else f"{write_money(moved, currency, is_difference=True)} a month"


def make_days(each: PreviewedLine) -> tuple[Timeline, Timeline] | None:
    """What the line bills by day, as it is and once its writes are made; None where it could not be planned."""
    return None if each.line is None else (each.line.billed, add_effects(each.line.billed, each.line.wanted))


def list_days(made: Sequence[tuple[Timeline, Timeline]]) -> list[date]:
    """The days from which some line bills another number, from the first one that the writes change."""
    changed = [day for before, after in made for day in subtract(after, before).days]
    return sorted({day for _, after in made for day in after.days if day >= min(changed)}) if changed else []


def name_half(each: PreviewedLine) -> str:
    """Which half of a transfer the line is."""
    if each.mapping.is_ended:
        return "Ends"
    return "Takes over" if each.mapping.follows else ""


def write_approved(lines: Sequence[PreviewedLine]) -> str:
    """What of it waits with what (plans.binding), and how many lines want a word; empty where nothing waits."""
    decisions = [each.line.decision for each in lines if each.line is not None]
    waits = [each for each in decisions if waits_by_itself(each)]
    if not waits:
        return ENDS_FIRST if any(isinstance(each, Held) for each in decisions) else ""
    asked = [each for each in waits if isinstance(each, Held) and each.changes and each.rule not in BEYOND_APPROVAL]
    if len(asked) < len(waits):
        return TOGETHER
    those = "its held line" if len(asked) == 1 else f"its {write_count(len(asked))} held lines together"
    return f"It is approved as one: approve {those} under Approvals. {TOGETHER}"


def waits_by_itself(decision: Decision) -> bool:
    """Whether a line waits, and not only for another half."""
    match decision:
        case Held(rule=rule):
            return rule is not HoldRule.TRANSFER
        case _:
            return isinstance(decision, Parked | FinishIntent)
