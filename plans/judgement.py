"""The night judged as a whole, before anything is written (architecture, "A night"; billing rules, 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from plans.brakes import Thresholds
from plans.changes import HoldRule
from plans.controls import Controls


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line that would be written: how many seats more or fewer it bills in the end.

    The first addition of a line `is_first`: a person has just mapped it, so it is no rise that a night should mind.
    `transfer` names the mappings that it takes over from: they are written together or not at all. `line_hash` is
    what an approval of it names; `monthly` is the forecast of what it moves in a whole month.
    """

    mapping_id: str
    seats: int
    is_approved: bool = False
    is_first: bool = False
    licence_name: str = ""
    line_hash: str = ""
    quantity_before: int = 0
    monthly: Decimal | None = None
    transfer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedAgreement:
    """One agreement's plan as the judge sees it: its lines that would write, or find out about a promise."""

    customer_id: str
    connection_id: str
    agreement_id: str
    plan_hash: str
    lines: tuple[PlannedLine, ...]


@dataclass(frozen=True, slots=True)
class NightHold:
    """A line that the night as a whole holds back."""

    plan_hash: str
    mapping_id: str
    rule: HoldRule
    sentence: str


@dataclass(frozen=True, slots=True)
class Brakes:
    """Which directions a whole night holds, each with the reason; empty where it is allowed."""

    decreases: str = ""
    increases: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be pushed: a plan whose hash is not among the allowed, or a line that is not in it, is never written."""

    run_id: str
    allowed: tuple[PlannedAgreement, ...]
    held: tuple[NightHold, ...] = ()
    brakes: Brakes = Brakes()

    def allowed_lines(self, plan_hash: str) -> frozenset[str]:
        """The mappings of a plan that may be written; none where the plan is not allowed."""
        return frozenset(line.mapping_id for plan in self.allowed if plan.plan_hash == plan_hash for line in plan.lines)


@dataclass(frozen=True, slots=True)
class Census:
    """How many customers the night is about, and how many of them are unknown that were known the night before."""

    customers: int
    newly_unknown: int


def judge_night(run_id: str, planned: Sequence[PlannedAgreement], census: Census, controls: Controls) -> Verdict:
    """The verdict over every plan of a night."""
    brakes = find_brakes(planned, census, controls.thresholds)
    return judge(run_id, planned, brakes, controls)


def judge(run_id: str, planned: Sequence[PlannedAgreement], brakes: Brakes, controls: Controls) -> Verdict:
    """The verdict under brakes that are known: a night's own, or, for an extra run, those of the last night.

    An agreement may be planned only once in a run: two plans for one agreement are a mistake of ours, and neither is
    allowed. What a person approved is allowed whatever the night holds; nothing is while writing is paused.
    """
    writing = [plan for plan in planned if plan.lines and count_same(plan, planned) == 1]
    allowed: list[PlannedAgreement] = []
    held: list[NightHold] = []
    for plan in sorted(writing, key=lambda each: (each.connection_id, each.agreement_id, each.customer_id)):
        stopped = bind_halves(plan, {line.mapping_id: hold_line(plan, line, brakes, controls) for line in plan.lines})
        held += [hold for hold in stopped.values() if hold is not None]
        free = tuple(line for line in plan.lines if stopped[line.mapping_id] is None)
        if free:
            allowed.append(replace(plan, lines=free))
    return Verdict(run_id, tuple(allowed), tuple(held), brakes)


def judge_following(
    run_id: str,
    planned: Sequence[PlannedAgreement],
    night: tuple[Brakes, Sequence[PlannedAgreement]],
    census: Census,
    controls: Controls,
) -> Verdict:
    """The verdict over a run that follows a night by itself, of customers that the night could not plan.

    It stands under the brakes of the night, the first of `night`, and under those that the night would have had with
    these customers beside what it planned, the second. `census` is of all customers of the night.
    """
    brakes, before = night
    whole = find_brakes((*before, *planned), census, controls.thresholds)
    brakes = Brakes(brakes.decreases or whole.decreases, brakes.increases or whole.increases)
    return judge(run_id, planned, brakes, controls)


def count_same(plan: PlannedAgreement, planned: Sequence[PlannedAgreement]) -> int:
    """How many plans there are for one customer's agreement."""
    place = (plan.connection_id, plan.agreement_id, plan.customer_id)
    return sum((each.connection_id, each.agreement_id, each.customer_id) == place for each in planned if each.lines)


def hold_line(plan: PlannedAgreement, line: PlannedLine, brakes: Brakes, controls: Controls) -> NightHold | None:
    """Why the night holds a line back; None where it does not."""
    pause = controls.pause
    if pause is not None:
        sentence = f"All writing is paused by {pause.paused_by}: {pause.reason}"
        return NightHold(plan.plan_hash, line.mapping_id, HoldRule.PAUSED, sentence)
    if line.is_approved:
        return None
    if line.seats < 0 and brakes.decreases:
        return NightHold(plan.plan_hash, line.mapping_id, HoldRule.NIGHT_DECREASES, brakes.decreases)
    if line.seats > 0 and not line.is_first and brakes.increases:
        return NightHold(plan.plan_hash, line.mapping_id, HoldRule.NIGHT_INCREASES, brakes.increases)
    return None


def bind_halves(plan: PlannedAgreement, stopped: dict[str, NightHold | None]) -> dict[str, NightHold | None]:
    """The holds of a plan's lines, where the new half of a transfer is held with the old one."""
    bound = dict(stopped)
    for line in plan.lines:
        old = next((hold for each in line.transfer if (hold := stopped.get(each)) is not None), None)
        if bound[line.mapping_id] is None and old is not None:
            bound[line.mapping_id] = replace(old, mapping_id=line.mapping_id)
    return bound


def find_brakes(planned: Sequence[PlannedAgreement], census: Census, limits: Thresholds) -> Brakes:
    """Which directions the night holds: too many customers moved the same way, or too many went unknown."""
    decreasing = {plan.customer_id for plan in planned if any(line.seats < 0 for line in plan.lines)}
    increasing = {
        plan.customer_id for plan in planned if any(line.seats > 0 and not line.is_first for line in plan.lines)
    }
    decreases = increases = ""
    if exceeds(census.newly_unknown, census.customers, limits.night_unknown_customers, limits.night_unknown_percent):
        decreases = f"{census.newly_unknown} customers could not be read that could the night before"
    elif exceeds(len(decreasing), census.customers, limits.night_decrease_customers, limits.night_decrease_percent):
        decreases = f"{len(decreasing)} of {census.customers} customers would go down in one night"
    if exceeds(len(increasing), census.customers, limits.night_increase_customers, limits.night_increase_percent):
        increases = f"{len(increasing)} of {census.customers} customers would go up in one night"
    return Brakes(decreases, increases)


def exceeds(count: int, customers: int, least: int, percent: int) -> bool:
    """Whether a count is above the larger of both limits."""
    return count > least and count * 100 > customers * percent
