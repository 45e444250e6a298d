"""The halves of a transfer wait for each other: nothing ends that nothing follows, nothing is billed twice (rules, 3).

Lines of another agreement have a plan of their own. What it decides about them tonight is asked for, so that both plans
come to the same answer; what begins there is written once the end of what it follows is proved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from plans.agreements import AgreementFacts
from plans.changes import Apply, Decision, FinishIntent, Held, HoldRule, Parked
from plans.ends import find_period_end
from plans.inputs import Surroundings
from plans.ledger import add_effects, derive_billed
from plans.places import Place, bill_places, find_facts, list_followed
from plans.plan import AgreementPlan, LinePlan
from plans.timeline import Timeline

WAITING = (Held, Parked, FinishIntent)

type Decide = Callable[[str], Decision | None]
"""What a line of another plan comes to tonight, by itself; None where it cannot be planned."""

type Halves = Mapping[str, tuple[str, ...]]
"""For each mapping that takes over the ones that it takes over from and that have not ended yet."""


def bind_transfers(plan: AgreementPlan, around: Surroundings, decide: Decide) -> AgreementPlan:
    """The plan where the halves of a transfer are written together or wait together.

    An old half waits for each new one that has not begun, a new half for every old one that has not ended.
    """
    halves = find_halves(around)
    if not halves:
        return plan
    decided = {line.mapping_id: line.decision for line in plan.lines}
    reasons = find_waiting(halves, gather(halves, decided), decided, around, decide)
    return replace(plan, lines=tuple(bind_line(line, halves, reasons, decided, around) for line in plan.lines))


def find_halves(around: Surroundings) -> Halves:
    """The transfers of a customer that are not through: somebody follows what has not ended."""
    following = {each.id: list_followed(each.follows, around) for each in around.mappings.values() if each.follows}
    still = {name: tuple(each for each in olds if must_end(each, around)) for name, olds in following.items()}
    return {name: olds for name, olds in still.items() if olds}


def bills_on(mapping_id: str, around: Surroundings) -> bool:
    """Whether a line bills without an end, by its ledger."""
    journal = around.journals.get(mapping_id)
    return journal is not None and derive_billed(journal.ledger).final > 0


def must_end(mapping_id: str, around: Surroundings) -> bool:
    """Whether a line bills on after E unless it is ended; on an agreement that is over by then nothing does."""
    places = bill_places(around.journals[mapping_id], Place("", "")) if mapping_id in around.journals else {}
    standing = [find_facts(place, around) for place, billed in places.items() if billed.final]
    return any(facts is None or not ends_with_period(facts, around.today) for facts in standing)


def ends_with_period(facts: AgreementFacts, today: date) -> bool:
    """Whether an agreement's last day is E, or before it."""
    end = find_period_end(facts, today)
    return end is not None and facts.ends_on is not None and facts.ends_on <= end


def gather(halves: Halves, decided: Mapping[str, Decision]) -> frozenset[str]:
    """Every mapping that a transfer binds to one of the plan's lines, itself included."""
    groups = [{new, *olds} for new, olds in halves.items()]
    found = {each for group in groups for each in group if each in decided}
    for _ in groups:
        found |= {each for group in groups if group & found for each in group}
    return frozenset(found)


def find_waiting(
    halves: Halves, whole: frozenset[str], decided: Mapping[str, Decision], around: Surroundings, decide: Decide
) -> dict[str, str]:
    """Every half that must wait, with the one at the bottom of it: itself, or another half."""
    reasons: dict[str, str] = {}
    for each in sorted(whole):
        decision = decided[each] if each in decided else decide(each)
        if decision is None or isinstance(decision, WAITING):
            reasons[each] = each
    for _ in whole:
        for new, olds in sorted(halves.items()):
            stopped = next((reasons[old] for old in olds if old in reasons), None)
            if stopped is not None:
                reasons.setdefault(new, stopped)
            if new in reasons and not bills_on(new, around):
                for old in olds:
                    reasons.setdefault(old, reasons[new])
    return reasons


def bind_line(
    line: LinePlan, halves: Halves, reasons: Mapping[str, str], decided: Mapping[str, Decision], around: Surroundings
) -> LinePlan:
    """One line, held where the other half of its transfer waits, or has still to end on another agreement."""
    if not isinstance(line.decision, Apply):
        return line
    reason = reasons.get(line.mapping_id)
    if reason is not None:
        return hold_half(line, f"{name_other(reason, around)}, which waits. Look at that one first.")
    ends_first = next((old for old in halves.get(line.mapping_id, ()) if old not in decided), None)
    if ends_first is None:
        return line
    other = f"{name_other(ends_first, around)} on another agreement"
    return hold_half(line, f"{other}, which ends first. Nothing to do: the run after that writes it.")


def name_other(mapping_id: str, around: Surroundings) -> str:
    """The other half for people."""
    mapping = around.mappings.get(mapping_id)
    return "a licence whose mapping is gone" if mapping is None else mapping.licence_name


def hold_half(line: LinePlan, why: str) -> LinePlan:
    """The line held with its writes, as half of a transfer."""
    before, after = line.quantity_billed, line.quantity_billed + add_effects(Timeline(), line.changes).final
    sentence = f"{before} → {after} {line.licence_name}: it is one transfer with {why}"
    return replace(line, decision=Held(HoldRule.TRANSFER, sentence, line.changes))
