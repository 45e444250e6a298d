"""What becomes of people's wishes to take a write back, once a run has planned their lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plans.changes import Apply
from plans.journal import HistoryEntry
from plans.plan import AgreementPlan
from plans.ports import Desk, Outside
from plans.runs import Run


@dataclass(frozen=True, slots=True)
class NotPlanned:
    """An agreement that could not be planned, and why."""

    agreement_id: str
    sentence: str


async def end_wishes(outside: Outside, run: Run, desk: Desk, plans: Sequence[AgreementPlan | NotPlanned]) -> None:
    """Forget every wish to take a write back that this run does not carry out, although it planned the line.

    A wish is about one proved write and the line as that write left it. What has moved on stays so: the wish must not
    wait for a day on which it looks right again.
    """
    unplanned = {planned.agreement_id for planned in plans if isinstance(planned, NotPlanned)}
    lines = [line for planned in plans if isinstance(planned, AgreementPlan) for line in planned.lines]
    carried_out = {each.mapping_id for each in lines if isinstance(each.decision, Apply) and each.decision.is_asked}
    planned_ids = {line.mapping_id for line in lines}
    for mapping in desk.mappings:
        sequence, journal = desk.undos.get(mapping.id), desk.journals[mapping.id]
        is_known = mapping.id in planned_ids - carried_out and mapping.agreement_id not in unplanned
        if sequence is None or not is_known:
            continue
        sentence = (
            f"Write {sequence + 1} of {mapping.licence_name} stays: the line is not as that write left it any more"
        )
        told = HistoryEntry(outside.now(), mapping.id, journal.next_sequence, run.id, sentence)
        was_answered = journal.next_sequence > sequence + 1
        await outside.books.end_undo(desk.customer.id, mapping.id, sequence, None if was_answered else told)
