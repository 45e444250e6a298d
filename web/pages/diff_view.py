"""What a plan says about each line, in words: the one place where pages read decisions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from plans.changes import CreateAddition, FinishIntent, Held, Parked, Unchanged
from plans.plan import AgreementPlan, LinePlan
from plans.results import AgreementResult, PushResult, SeatChange
from plans.runs import CustomerState
from web.pages.attention import NOT_WRITTEN
from web.pages.standing import ORDER, WORDS, Standing
from web.pages.view import Tone
from web.wording import clean, hide_ids, write_count, write_difference, write_number_of, write_short_day

STANDING_OF_STATE = {state: Standing(state.value) for state in CustomerState}
NO_PLAN = "There is no plan: the agreement could not be planned."
LOST_PLAN = "The plan of this agreement is not kept any more, so its lines cannot be shown."


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of an agreement. `outcome` is what became of a change."""

    mapping_id: str
    licence_name: str
    product: str
    before: int
    after: int
    effective_on: date | None
    standing: Standing
    word: str
    tone: Tone
    why: str
    outcome: str

    @property
    def difference(self) -> str:
        """+2 or −2."""
        return write_difference(self.before, self.after)

    @property
    def is_unchanged(self) -> bool:
        """Whether the line stands in grey."""
        return self.standing is Standing.UNCHANGED

    @property
    def effective(self) -> str:
        """From which day the change counts."""
        return "" if self.effective_on is None else write_short_day(self.effective_on)


@dataclass(frozen=True, slots=True)
class AgreementView:
    """One agreement of one customer within a run. `sentence` says why there are no lines, where there are none."""

    customer_id: str
    customer_name: str
    agreement: str
    word: str
    tone: Tone
    moving: tuple[LineView, ...]
    unchanged: tuple[LineView, ...]
    sentence: str

    @property
    def unchanged_words(self) -> str:
        """3 lines unchanged."""
        return f"{write_number_of(len(self.unchanged), 'line')} unchanged"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a decision comes to."""

    standing: Standing
    why: str
    effective_on: date | None = None


def read_decision(line: LinePlan) -> Meaning:
    """The decision of a line in words."""
    match line.decision:
        case Unchanged():
            return Meaning(Standing.UNCHANGED, "The agreement already says what is owed.")
        case CreateAddition(quantity=quantity, effective_on=day):
            more = f"one addition of {write_number_of(quantity, 'seat')} from {write_short_day(day)}"
            kind = "The first addition of this licence" if line.quantity_before == 0 else "More seats are owed"
            return Meaning(Standing.CHANGED, f"{kind}: {more}.", day)
        case FinishIntent(change=change):
            why = (
                f"An earlier run promised {write_number_of(change.quantity, 'seat')}, and it is not known what became "
            )
            return Meaning(Standing.CHANGED, f"{why}of it: it is looked for, and not sent again.", change.effective_on)
        case Held(sentence=sentence):
            return Meaning(Standing.HELD, sentence)
        case Parked(sentence=sentence):
            return Meaning(Standing.PARKED, sentence)


def make_line(line: LinePlan, push: PushResult | None, tenant_id: str, *, is_closed: bool) -> LineView:
    """One line with what became of it."""
    meaning = read_decision(line)
    standing, outcome = meaning.standing, ""
    if standing is Standing.CHANGED:
        standing, outcome = find_outcome(line, push, is_closed=is_closed)
    word, tone = WORDS[standing]
    return LineView(
        mapping_id=line.mapping_id,
        licence_name=clean(line.licence_name),
        product=f"product {clean(line.product_id)}",
        before=line.quantity_before,
        after=line.quantity_owed,
        effective_on=meaning.effective_on,
        standing=standing,
        word="To be written" if standing is Standing.WAITING else word,
        tone=tone,
        why=hide_ids(meaning.why, tenant_id),
        outcome=hide_ids(outcome, tenant_id),
    )


def find_outcome(line: LinePlan, push: PushResult | None, *, is_closed: bool) -> tuple[Standing, str]:
    """What became of a change: proven, not proven, or still to come."""
    if push is None:
        return (Standing.FAILED, NOT_WRITTEN) if is_closed else (Standing.WAITING, "")
    written = [change for change in push.changes if is_of_line(change, line)]
    if written:
        additions = " and ".join(dict.fromkeys(clean(change.addition_id) for change in written))
        return Standing.CHANGED, f"Written as addition {additions}, read back and verified."
    if push.state is CustomerState.CHANGED:
        return Standing.CHANGED, " ".join(push.sentences)
    return STANDING_OF_STATE[push.state], " ".join(push.sentences)


def is_of_line(change: SeatChange, line: LinePlan) -> bool:
    """Whether a verified change is this line's."""
    return change.licence_name == line.licence_name and change.quantity_after == line.quantity_owed


def make_agreement(
    result: AgreementResult,
    plan: AgreementPlan | None,
    push: PushResult | None,
    *,
    customer_id: str,
    customer_name: str,
    agreement_name: str,
    tenant_id: str,
    is_closed: bool,
) -> AgreementView:
    """One agreement: what moves first, what stays behind it."""
    lines = [] if plan is None else [make_line(line, push, tenant_id, is_closed=is_closed) for line in plan.lines]
    lines.sort(key=lambda line: line.licence_name.casefold())
    word, tone = WORDS[find_worst(result, lines)]
    sentences = " ".join(result.sentences) or (LOST_PLAN if result.plan_hash else NO_PLAN)
    return AgreementView(
        customer_id=customer_id,
        customer_name=customer_name,
        agreement=name_agreement(agreement_name, result.agreement_id),
        word=word,
        tone=tone,
        moving=tuple(line for line in lines if not line.is_unchanged),
        unchanged=tuple(line for line in lines if line.is_unchanged),
        sentence="" if plan is not None else hide_ids(sentences, tenant_id),
    )


def find_standing(result: AgreementResult, push: PushResult | None, *, is_closed: bool) -> Standing:
    """How an agreement stands by the rows of the run alone."""
    planned = STANDING_OF_STATE[result.state]
    if result.change_count == 0:
        return planned
    unpushed = Standing.FAILED if is_closed else Standing.WAITING
    pushed = unpushed if push is None else STANDING_OF_STATE[push.state]
    return min(planned, pushed, key=ORDER.__getitem__)


def find_worst(result: AgreementResult, lines: Sequence[LineView]) -> Standing:
    """What the agreement's badge says."""
    return min((line.standing for line in lines), key=ORDER.__getitem__, default=STANDING_OF_STATE[result.state])


def name_agreement(name: str, agreement_id: str) -> str:
    """Microsoft 365 (agreement 1201); agreement 1201 where its name is not known."""
    return f"{clean(name)} (agreement {clean(agreement_id)})" if clean(name) else f"Agreement {clean(agreement_id)}"


def write_seats(before: int, after: int) -> str:
    """10→12 (+2), or 12 where nothing moves."""
    if before == after:
        return write_count(after)
    return f"{write_count(before)}→{write_count(after)} ({write_difference(before, after)})"
