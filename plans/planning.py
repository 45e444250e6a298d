"""From what a customer has and what the agreements say to a plan. Pure; today comes in as a day.

The rules are billing rules 3, 5, 6 and 9: what is owed comes from `plans.owed`, what is written for it from the PSA's
own translation, and what a person must see first from the brakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from plans.apart import see_from
from plans.binding import bind_transfers
from plans.changes import (
    AdjustUnits,
    Apply,
    Change,
    Decision,
    FinishIntent,
    Held,
    HoldRule,
    Parked,
    SetAddition,
    Unchanged,
)
from plans.edits import select_basis
from plans.inputs import LineInput, Surroundings
from plans.ledger import derive_billed
from plans.lines import Line, find_trouble, list_places, open_line
from plans.places import Place
from plans.plan import AgreementPlan, LinePlan, hash_line
from plans.proposals import find_proposals
from plans.resting import Glance, glance_at, plan_at_rest
from plans.review import find_price, find_sent_price, list_sent, review, weigh
from plans.standing import Standing
from plans.strangers import find_elsewhere, list_copies
from plans.timeline import Timeline
from plans.transfers import translate_ahead, translate_line, translate_words
from plans.undo import TooLate, undo


def plan_agreement(
    customer_id: str, agreement_id: str, lines: Sequence[LineInput], around: Surroundings, *, is_observed: bool = False
) -> AgreementPlan:
    """The plan of one agreement with every line that is mapped to it, or that a promise was sent to it for."""

    def decide(mapping_id: str) -> Decision | None:
        other = around.lines.get(mapping_id)
        if other is None:
            return None
        return draft_agreement(customer_id, other.mapping.agreement_id, (other,), around).lines[0].decision

    draft = draft_agreement(customer_id, agreement_id, lines, around, is_observed=is_observed)
    return bind_transfers(draft, around, decide)


def draft_agreement(
    customer_id: str, agreement_id: str, lines: Sequence[LineInput], around: Surroundings, *, is_observed: bool = False
) -> AgreementPlan:
    """The plan of an agreement where each line is decided by itself, those included that a person approved."""
    ordered = sorted(lines, key=lambda line: line.mapping.id)
    moves = find_moves(ordered)
    glance = glance_at(agreement_id, around)
    planned = tuple(plan_quickly(line, agreement_id, glance, moves[line.mapping.id], around) for line in ordered)
    touched = {agreement_id, *(standing.agreement_id for line in planned for standing in line.before)}
    facts = [(each, around.agreements[each].facts) for each in sorted(touched) if each in around.agreements]
    plan = AgreementPlan(
        customer_id=customer_id,
        connection_id=around.connection_id,
        agreement_id=agreement_id,
        facts=tuple(sorted(facts, key=lambda each: (each[0] != agreement_id, each[0]))),
        lines=planned,
        is_observed=is_observed,
    )
    inputs = {line.mapping.id: line for line in ordered}
    approved = approve(plan, inputs)
    return replace(approved, lines=tuple(write_words(line, inputs[line.mapping_id], around) for line in approved.lines))


def plan_quickly(
    line: LineInput, agreement_id: str, glance: Glance | None, moves_with: tuple[str, ...], around: Surroundings
) -> LinePlan:
    """One line's plan, at a glance where the line is at rest."""
    at_rest = None if glance is None else plan_at_rest(line, glance, around)
    planned = plan_line(line, agreement_id, around) if at_rest is None else at_rest
    return replace(planned, moves_with=moves_with) if moves_with else planned


def plan_line(line: LineInput, agreement_id: str, around: Surroundings) -> LinePlan:
    """One line's plan, with the additions it rests on.

    What an open intent may already have put there is not counted as billed: it is the change itself.
    """
    journal, mapping = line.journal, line.mapping
    around = see_from(around, journal)
    if journal.open_intents:
        return lay_out(line, around, (agreement_id,), decide_open_intent(line, agreement_id))
    if journal.parked_sentence is not None:
        return lay_out(line, around, (agreement_id,), Parked(journal.parked_sentence))
    trouble = find_trouble(line, agreement_id, around)
    if trouble is not None:
        return lay_out(line, around, (agreement_id,), trouble)
    opened = open_line(line, around)
    taken_back = take_back(opened, around)
    if taken_back is not None:
        return lay_out(line, around, list_places(opened, around), taken_back, opened)
    translation = translate_line(opened, around)
    decision = review(opened, translation, around)
    if isinstance(decision, Unchanged) and translation.scheduled:
        decision = look_ahead(opened, around)
    laid_out = lay_out(line, around, list_places(opened, around), decision, opened)
    home = Place(opened.agreement.id, line.profile.product_id)
    price, sent = find_price(opened, around), find_sent_price(translation.changes, home)
    return replace(
        laid_out,
        scheduled=translation.scheduled,
        proposals=find_proposals(opened, translation.changes, price, around),
        unit_price=price if sent is None else sent,
        transfer=tuple(sorted(mapping.follows)),
        beside=find_elsewhere(opened, around),
    )


def look_ahead(line: Line, around: Surroundings) -> Decision:
    """What a person must see of the writes that wait for their night, as soon as they are known; nothing to do where
    nobody must. What is seen on that night only may be seen too late, and then it waits for the next period.
    """
    decision = review(line, translate_ahead(line, around), around)
    return decision if isinstance(decision, Held) and decision.changes else Unchanged()


def waits_for_its_night(line: LinePlan) -> bool:
    """Whether a held line is about units that are scheduled: an approval is kept until the night that writes them."""
    waiting = {each.takes_effect_on for each in line.scheduled if each.writable_on is not None}
    return any(isinstance(each, AdjustUnits) and each.effective_on in waiting for each in line.wanted)


def find_moves(lines: Sequence[LineInput]) -> dict[str, tuple[str, ...]]:
    """For each mapping those that moved the other way with their newest count, on the same night (billing rules, 3)."""
    steps = {line.mapping.id: find_step(line) for line in lines}
    return {
        one: tuple(other for other, (day, up) in steps.items() if up * steps[one][1] < 0 and day == steps[one][0])
        for one in steps
    }


def find_step(line: LineInput) -> tuple[date | None, int]:
    """On which day the newest count came, and whether it rose (1), fell (-1), or is the only one (0)."""
    counts = line.journal.counts
    if len(counts) < 2:
        return None, 0
    step = counts[-1].quantity - counts[-2].quantity
    return counts[-1].day, (step > 0) - (step < 0)


def lay_out(
    line: LineInput, around: Surroundings, touched: Sequence[str], decision: Decision, opened: Line | None = None
) -> LinePlan:
    """The line's plan around a decision."""
    mapping, product_id = line.mapping, line.profile.product_id
    written = line.journal.written
    copies = [] if opened is None or isinstance(decision, Unchanged) else list_copies(opened, around)
    seen = [each.id for each in copies]
    standings = tuple(
        Standing(each, select_basis(around.agreements[each], mapping.id, product_id, written, seen))
        for each in sorted(set(touched))
        if each in around.agreements
    )
    # The ledger as it is, and not as `open_line` understands it: what is written rests on it (R6).
    billed = derive_billed(line.journal.ledger)
    return LinePlan(
        mapping_id=mapping.id,
        licence_name=mapping.licence_name,
        product_id=product_id,
        quantity_billed=billed.final,
        quantity_owed=line.quantity,
        seats=line.seats,
        before=standings,
        billed=billed,
        owed=Timeline() if opened is None else opened.owed,
        decision=decision,
    )


def decide_open_intent(line: LineInput, agreement_id: str) -> FinishIntent | Parked:
    """A promise whose end nobody knows comes before everything else, on the agreement it was sent to."""
    promised = line.journal.open_intents[-1]
    if promised.agreement_id == agreement_id:
        return FinishIntent(promised.change)
    return Parked(
        f"Nobody knows yet what became of what was sent for {line.mapping.licence_name} to agreement "
        f"{promised.agreement_id}. It is found out tonight."
    )


def take_back(line: Line, around: Surroundings) -> Apply | None:
    """The write that undoes what a person wants taken back; None where nobody asked, or it is too late.

    Nobody asks for what is not the line's last proved write: whatever was proved since has answered the wish.
    """
    asked = line.input.undo_sequence
    if asked is None or asked != line.input.journal.next_sequence - 1:
        return None
    answer = undo(line, asked, around)
    return None if isinstance(answer, TooLate) else Apply((answer,), is_asked=True)


def approve(plan: AgreementPlan, inputs: dict[str, LineInput]) -> AgreementPlan:
    """The plan where each held line whose very hash a person approved is written, in the night that it is due."""
    lines = []
    for line in plan.lines:
        held = line.decision
        if isinstance(held, Held) and held.changes and hash_line(plan, line) in inputs[line.mapping_id].approved_hashes:
            asked = Apply(held.changes, is_asked=True)
            line = replace(line, decision=Unchanged() if waits_for_its_night(line) else asked)
        lines.append(line)
    return replace(plan, lines=tuple(lines))


def write_words(line: LinePlan, given: LineInput, around: Surroundings) -> LinePlan:
    """The line with its price, its billable option and its text written all the same where a person refused a change of
    its seats: a refusal stands for months, and those were not refused.
    """
    if not isinstance(line.decision, Held) or line.decision.rule is not HoldRule.REFUSED:
        return line
    around = see_from(around, given.journal)
    opened = open_line(given, around)
    changes = translate_words(opened, around).changes
    is_due = any(says_anew(each) for each in changes) and not weigh(opened, changes).changes_seats
    return replace(line, decision=Apply(changes)) if is_due else line


def says_anew(change: Change) -> bool:
    """Whether a write sends a price, another billable option or another text."""
    is_reworded = isinstance(change, SetAddition) and (
        change.before.billable_option is not change.after.billable_option
        or change.before.description != change.after.description
    )
    return is_reworded or bool(list_sent(change))
