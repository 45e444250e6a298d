"""A plan in one row: what the run's pages, its judge and its list of what waits need of it."""

from __future__ import annotations

from decimal import Decimal

from plans.approvals import HeldLine, ParkedLine, ProposedLine, ScheduledLine
from plans.changes import Apply, Change, FinishIntent, Held, Parked, Unchanged
from plans.judgement import PlannedLine
from plans.plan import AgreementPlan, LinePlan, hash_line
from plans.results import AgreementResult
from plans.runs import CustomerState, worst_state
from plans.swings import describe_seats, find_swings
from profiles.money import round_money
from profiles.periods import share_month


def summarise_plan(plan: AgreementPlan, plan_hash: str, approved_hashes: frozenset[str]) -> AgreementResult:
    """The plan in one row: the worst of its lines, the sentences that a person must read, and what waits."""
    return AgreementResult(
        customer_id=plan.customer_id,
        connection_id=plan.connection_id,
        agreement_id=plan.agreement_id,
        plan_hash=plan_hash,
        state=worst_state([name_state(line, is_observed=plan.is_observed) for line in plan.lines]),
        change_count=len(plan.changes),
        sentences=tuple(sentence for line in plan.lines for sentence in describe(line, is_observed=plan.is_observed)),
        writing=tuple(weigh_line(plan, line, approved_hashes) for line in plan.changes),
        held=tuple(
            hold_line(plan, line, plan_hash, line.decision) for line in plan.lines if isinstance(line.decision, Held)
        ),
        parked=tuple(
            ParkedLine(line.mapping_id, line.licence_name, line.decision.sentence)
            for line in plan.lines
            if isinstance(line.decision, Parked)
        ),
        scheduled=tuple(schedule for line in plan.lines for schedule in list_scheduled(line)),
        proposals=tuple(
            ProposedLine(line.mapping_id, line.licence_name, proposal)
            for line in plan.lines
            for proposal in line.proposals
        ),
        is_observed=plan.is_observed,
    )


def name_state(line: LinePlan, *, is_observed: bool) -> CustomerState:
    """The state that a line puts its customer in; an observed one's writes are only shown."""
    match line.decision:
        case Unchanged():
            return CustomerState.SCHEDULED if line.scheduled else CustomerState.UNCHANGED
        case Apply():
            return CustomerState.UNCHANGED if is_observed else CustomerState.CHANGED
        case FinishIntent():
            return CustomerState.CHANGED
        case Held():
            return CustomerState.UNCHANGED if is_observed else CustomerState.HELD
        case Parked():
            return CustomerState.PARKED


def describe(line: LinePlan, *, is_observed: bool) -> list[str]:
    """What a person must read about a line."""
    match line.decision:
        case Held(_, sentence) | Parked(sentence):
            own = [sentence]
        case Apply() if is_observed:
            own = [f"Observed: {describe_planned(line)} {line.licence_name} would be written."]
        case _:
            own = []
    return [*own, *(each.sentence for each in line.scheduled), *(each.sentence for each in line.proposals)]


def hold_line(plan: AgreementPlan, line: LinePlan, plan_hash: str, held: Held) -> HeldLine:
    """A held line as it stands in lists."""
    after = show_after(line, held.changes) if held.changes else line.quantity_owed
    seats = after - line.quantity_billed if held.changes else 0
    return HeldLine(
        mapping_id=line.mapping_id,
        licence_name=line.licence_name,
        line_hash=hash_line(plan, line) if held.changes else "",
        plan_hash=plan_hash,
        rule=held.rule,
        sentence=held.sentence,
        quantity_before=line.quantity_billed,
        quantity_after=after,
        monthly=price_month(plan, seats, line.unit_price),
        elsewhere=line.beside[0].agreement_id if line.beside else "",
    )


def weigh_line(plan: AgreementPlan, line: LinePlan, approved_hashes: frozenset[str]) -> PlannedLine:
    """A line that would be written, as the judge sees it: seats that leave or come for a while only count as well.

    Finding out about a promise moves nothing.
    """
    changes = line.decision.changes if isinstance(line.decision, Apply) else ()
    is_asked = isinstance(line.decision, Apply) and line.decision.is_asked
    line_hash, seats = hash_line(plan, line), show_after(line, changes) - line.quantity_billed
    return PlannedLine(
        mapping_id=line.mapping_id,
        seats=seats,
        is_approved=line_hash in approved_hashes or is_asked,
        is_first=not line.billed.steps,
        licence_name=line.licence_name,
        line_hash=line_hash,
        quantity_before=line.quantity_billed,
        monthly=price_month(plan, seats, line.unit_price),
        transfer=line.transfer,
    )


def list_scheduled(line: LinePlan) -> list[ScheduledLine]:
    """What of a line is scheduled."""
    return [
        ScheduledLine(
            line.mapping_id, line.licence_name, each.quantity, each.takes_effect_on, each.writable_on, each.sentence
        )
        for each in line.scheduled
    ]


def show_after(line: LinePlan, changes: tuple[Change, ...]) -> int:
    """The quantity that stands for the writes of a line: the one in the end, or that of a gap before it."""
    return find_swings(line.billed, changes).shown


def describe_planned(line: LinePlan) -> str:
    """How many seats become how many by what is planned: `10 → 12`, and until when where it is for a while only."""
    swings = find_swings(line.billed, line.wanted)
    return f"{line.quantity_billed} → {line.quantity_owed}" if swings.told is None else describe_seats(swings)


def price_month(plan: AgreementPlan, seats: int, unit_price: Decimal | None) -> Decimal | None:
    """The forecast of what so many seats cost in a whole month: of a longer period, the month's share of it.

    None where no price is known, or nobody knows how long the periods are.
    """
    facts = plan.facts_of(plan.agreement_id)
    if unit_price is None or facts is None or facts.grid is None:
        return None
    return round_money(share_month(unit_price, facts.grid) * seats)
