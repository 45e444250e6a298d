"""Days between the halves of a transfer that nobody would bill: a person is asked about them (billing rules, 3 and 9).

Pure.
"""

from __future__ import annotations

from plans.brakes import Brake
from plans.changes import Change, HoldRule
from plans.inputs import Surroundings
from plans.ledger import add_effects
from plans.lines import Line
from plans.places import add_up, keep_followed, list_handing_over
from plans.swings import list_changed_spans
from plans.timeline import Timeline, subtract
from profiles.periods import ONE_DAY, Period, write_short_day


def bill_beside(line: Line, around: Surroundings) -> Timeline:
    """What those that the line follows still bill, each through its end: their seats are no gap of this line."""
    total = Timeline()
    for mapping_id in list_handing_over(line.input.mapping.follows, around):
        total = add_up(total, keep_followed(mapping_id, around) or Timeline())
    return total


def brake_left_behind(line: Line) -> Brake | None:
    """The brake where a line would bill days that were read, and never written, before others took over from it. None
    where it was ever billed, or goes on."""
    if not line.input.mapping.is_ended or any(entry.levels.steps for entry in line.input.journal.ledger):
        return None
    return Brake(
        HoldRule.LEFT_BEHIND,
        "they were read on these days and never written, and those that take over bill from the day after. Refuse it "
        "where something else has billed them",
    )


def find_gap(line: Line, changes: tuple[Change, ...], around: Surroundings) -> Brake | None:
    """The brake where a line that takes over from others begins later than they end: the days between are invoiced
    where it is, and an agreement that does not prorate never catches them up. None where no day is lost.
    """
    if line.facts.prorates or line.ledger.steps or not bill_beside(line, around).steps:
        return None
    missing = subtract(line.owed, add_effects(line.ledger, changes))
    spans = zip(missing.steps, missing.days[1:], strict=False)
    lost = next(((seats, start, end - ONE_DAY) for (start, seats), end in spans if seats > 0), None)
    if lost is None:
        return None
    seats, first, last = lost
    return Brake(
        HoldRule.TO_ZERO,
        f"{seats} of them would be billed nowhere from {write_short_day(first)} through {write_short_day(last)}: "
        f"agreement {line.agreement.id} is invoiced that far already and does not prorate, and what they come from "
        "ends before",
    )


def find_late_start(line: Line, around: Surroundings) -> Brake | None:
    """The brake where a line that takes over from others is on an agreement that begins later than they end: it bills
    no day before its own first one. None where it is billed by now, or they end no sooner."""
    start, beside = line.facts.starts_on, bill_beside(line, around)
    if start is None or line.ledger.steps or not beside.steps or beside.days[-1] >= start:
        return None
    first, last = write_short_day(beside.days[-1]), write_short_day(start - ONE_DAY)
    return Brake(
        HoldRule.TO_ZERO,
        f"nothing would be billed from {first} through {last}: agreement {line.agreement.id} begins on "
        f"{write_short_day(start)}, and what they come from ends before",
    )


def find_lost_days(line: Line, changes: tuple[Change, ...], around: Surroundings) -> Brake | None:
    """The brake where a line that takes over from others is first read after the agreement of one of them was over,
    which still had seats then: it bills no day before its own first one. None where it is billed by now, or they end no
    sooner."""
    beside, first = bill_beside(line, around), add_effects(Timeline(), changes).days[:1]
    if line.ledger.steps or not beside.steps or not first or beside.days[-1] >= first[0]:
        return None
    lost, olds = Period(beside.days[-1], first[0]), list_handing_over(line.input.mapping.follows, around)
    over = [around.mappings[each].agreement_id for each in olds if was_cut_off(each, lost, around)]
    if not over:
        return None
    return Brake(
        HoldRule.TO_ZERO,
        f"nothing would be billed from {write_short_day(lost.start)} through {write_short_day(lost.last)}: agreement "
        f"{over[0]}, which they come from, ended the day before. Bill these days by hand",
    )


def was_cut_off(mapping_id: str, lost: Period, around: Surroundings) -> bool:
    """Whether a mapping's agreement was over when days began on which nothing is billed, and it had seats on them."""
    agreement = around.agreements.get(around.mappings[mapping_id].agreement_id)
    if agreement is None or agreement.facts.ends_on != lost.start - ONE_DAY:
        return False
    counts = around.journals[mapping_id].counts
    return any(each.quantity and each.day < lost.end and each.known_through >= lost.start for each in counts)


def find_early_end(line: Line, changes: tuple[Change, ...]) -> Brake | None:
    """The brake where an ended line that has its end would bill nothing on days before it: in the end it bills nothing
    either way, so that no other rule sees it. None where it goes on to its end.
    """
    if not line.input.mapping.is_ended or line.ledger.final:
        return None
    spans = list_changed_spans(line.ledger, add_effects(line.ledger, changes))
    gap = next((swing for swing, is_up in spans if swing.level == 0 and not is_up), None)
    if gap is None:
        return None
    days = f"from {write_short_day(gap.start)} through {write_short_day(gap.last)}"
    return Brake(HoldRule.TO_ZERO, f"nothing would be billed {days}, which it still bills until its end")
