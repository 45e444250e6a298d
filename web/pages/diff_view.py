"""What a plan says about each line, in words: the one place where pages read decisions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import date

from notify.wording import write_money
from plans.approvals import HeldLine
from plans.changes import (
    AdjustUnits,
    Apply,
    Change,
    CreditProposal,
    FinishIntent,
    Held,
    Parked,
    Scheduled,
    SetAddition,
    Unchanged,
)
from plans.plan import AgreementPlan, LinePlan
from plans.results import AgreementResult, PushResult, SeatChange
from plans.runs import CustomerState
from plans.swings import find_swings
from profiles.billing import BillingProfile
from sync.summaries import describe_planned, show_after
from web.pages.aftermath import Aftermath
from web.pages.attention import NOT_WRITTEN
from web.pages.change_words import find_first_day, write_line
from web.pages.names import StoryLink, link_story
from web.pages.standing import ORDER, WORDS, Standing
from web.pages.view import Tone
from web.wording import (
    HOLD_WORDS,
    clean,
    end_sentence,
    hide_ids,
    join,
    write_count,
    write_difference,
    write_number_of,
    write_short_day,
    write_span,
)

STANDING_OF_STATE = {state: Standing(state.value) for state in CustomerState}
NO_PLAN = "There is no plan: the agreement could not be planned."
LOST_PLAN = "The plan of this agreement is not kept any more, so its lines cannot be shown."
OBSERVED_WORDS = "Observed: not written."


@dataclass(frozen=True, slots=True)
class About:
    """Whose agreement it is and what it is called. `licences` are the names of the customer's mappings, by id.

    `customer_id` is empty where the customer is gone. `products` are the names that profiles know, by connection and
    product.
    """

    customer_id: str
    customer_name: str
    tenant_id: str
    agreement_name: str
    licences: MappingOf[str, str]
    currency: str
    products: MappingOf[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of an agreement. `outcome` is what became of a change; `writes_word` says how its writes stand.

    `rule` is why a held line is held, in a few words; `transfer` names the other half of one. `stories` are the
    additions that its writes are about.
    """

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
    rule: str = ""
    writes_word: str = ""
    writes: tuple[str, ...] = ()
    scheduled: tuple[str, ...] = ()
    proposals: tuple[str, ...] = ()
    transfer: str = ""
    stories: tuple[StoryLink, ...] = ()

    @property
    def rule_sentence(self) -> str:
        """Large drop. The same, closed."""
        return end_sentence(self.rule)

    @property
    def waits_for_word(self) -> bool:
        """Whether a person's word is what it waits for."""
        return self.standing is Standing.HELD

    @property
    def is_parked(self) -> bool:
        """Whether a person must put it back or take it over."""
        return self.standing is Standing.PARKED

    @property
    def difference(self) -> str:
        """+2 or −2."""
        return write_difference(self.before, self.after)

    @property
    def is_unchanged(self) -> bool:
        """Whether the line stands in grey."""
        return self.standing is Standing.UNCHANGED and not self.proposals

    @property
    def effective(self) -> str:
        """From which day the change counts."""
        return "" if self.effective_on is None else write_short_day(self.effective_on)

    @property
    def note(self) -> str:
        """What must be read beside the word: why it is held, parked, scheduled or only observed."""
        if self.standing not in (Standing.HELD, Standing.PARKED, Standing.SCHEDULED, Standing.OBSERVED):
            return ""
        return " ".join(each for each in (self.why, self.outcome, *self.scheduled) if each)


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
    """What a decision comes to. `changes` are the writes it is about, which `writes_word` introduces."""

    standing: Standing
    why: str
    after: int
    changes: tuple[Change, ...] = ()
    writes_word: str = ""
    rule: str = ""


def read_decision(line: LinePlan) -> Meaning:
    """The decision of a line in words."""
    billed = line.quantity_billed
    match line.decision:
        case Unchanged():
            return read_unchanged(line)
        case Apply(changes=changes):
            after = show_after(line, changes)
            return Meaning(Standing.CHANGED, explain_writes(line, after), after, changes, "Writes")
        case FinishIntent(change=change):
            why = (
                "An earlier run promised a write, and it is not known what became of it: it is looked for, and not "
                "sent again."
            )
            return Meaning(Standing.CHANGED, why, show_after(line, (change,)), (change,), "Promised")
        case Held(rule=rule, sentence=sentence, changes=changes):
            after = show_after(line, changes) if changes else line.quantity_owed
            return Meaning(Standing.HELD, sentence, after, changes, "Would be written when approved", HOLD_WORDS[rule])
        case Parked(sentence=sentence):
            return Meaning(Standing.PARKED, sentence, billed)


def read_unchanged(line: LinePlan) -> Meaning:
    """Nothing to write today: because all is right, or because the rest waits for its day."""
    billed, counted = line.quantity_billed, line.quantity_owed
    if line.scheduled:
        last = max(line.scheduled, key=lambda each: each.takes_effect_on)
        return Meaning(Standing.SCHEDULED, "", last.quantity)
    if counted < billed:
        why = f"{write_count(counted)} were counted: a decrease waits until a second night has seen it."
    elif counted > billed:
        why = f"{write_count(counted)} were counted, and the agreement owes no more yet."
    else:
        why = "The agreement already says what is owed."
    return Meaning(Standing.UNCHANGED, why, billed)


def explain_writes(line: LinePlan, after: int) -> str:
    """Why a line is written. A quantity that holds for a while only is told with its days."""
    if find_swings(line.billed, line.wanted).told is not None:
        return f"{describe_planned(line)}."
    if after > line.quantity_billed:
        return "More seats are owed." if line.billed.steps else "The first addition of this licence."
    return "Fewer seats are owed." if after < line.quantity_billed else "The same seats are billed another way."


def make_line(
    plan: AgreementPlan, line: LinePlan, aftermath: Aftermath, night_hold: HeldLine | None, plan_hash: str, about: About
) -> LineView:
    """One line with what became of it."""
    meaning = read_decision(line)
    standing, why, outcome, rule = meaning.standing, meaning.why, "", meaning.rule
    writes_word = meaning.writes_word
    if plan.is_observed and isinstance(line.decision, Apply | Held):
        standing, outcome, writes_word = Standing.OBSERVED, OBSERVED_WORDS, "Would be written"
    elif night_hold is not None:
        standing, why, rule = Standing.HELD, night_hold.sentence, HOLD_WORDS[night_hold.rule]
        writes_word = "Would be written when approved"
    elif standing is Standing.CHANGED:
        standing, outcome = find_outcome(line, aftermath, plan_hash)
    word, tone = WORDS[standing]
    days = [day for day in map(find_first_day, meaning.changes) if day is not None]
    days += [each.takes_effect_on for each in line.scheduled] if standing is Standing.SCHEDULED else []
    return LineView(
        mapping_id=line.mapping_id,
        licence_name=clean(line.licence_name),
        product=about.products.get((plan.connection_id, line.product_id)) or f"product {clean(line.product_id)}",
        before=line.quantity_billed,
        after=meaning.after,
        effective_on=min(days, default=None),
        standing=standing,
        word="To be written" if standing is Standing.WAITING else word,
        tone=tone,
        why=hide_ids(why, about.tenant_id),
        outcome=hide_ids(outcome, about.tenant_id),
        rule=rule,
        writes_word=writes_word if meaning.changes else "",
        writes=tuple(write_line(each, plan.agreement_id, about.currency) for each in meaning.changes),
        scheduled=tuple(hide_ids(describe_scheduled(each), about.tenant_id) for each in line.scheduled),
        proposals=tuple(describe_proposal(each, about.currency) for each in line.proposals),
        transfer=describe_transfer(plan, line, about.licences),
        stories=tuple(list_stories(plan, line, meaning.changes, aftermath.push_of(plan_hash), about)),
    )


def name_products(profiles: Iterable[BillingProfile]) -> dict[tuple[str, str], str]:
    """What the products of these profiles are called, by connection and product, where that is known."""
    return {(each.connection_id, each.product_id): clean(each.product_name) for each in profiles}


def list_stories(
    plan: AgreementPlan, line: LinePlan, changes: Sequence[Change], push: PushResult | None, about: About
) -> Iterator[StoryLink]:
    """The additions that a line's writes change, or were written as; a new one has no story before it is written."""
    if not about.customer_id:
        return
    ids = [change.before.id for change in changes if isinstance(change, SetAddition)]
    ids += [change.addition_id for change in changes if isinstance(change, AdjustUnits)]
    ids += [change.addition_id for change in (() if push is None else push.changes) if is_of_line(change, line)]
    for addition_id in dict.fromkeys(each for each in ids if each):
        yield link_story(about.customer_id, plan.connection_id, addition_id)


def describe_scheduled(scheduled: Scheduled) -> str:
    """8 seats from 1 Dec 2026, writable on 2 Dec 2026; and why it waits."""
    seats = write_number_of(scheduled.quantity, "seat")
    day = "" if scheduled.writable_on is None else f", writable on {write_short_day(scheduled.writable_on)}"
    return f"{seats} from {write_short_day(scheduled.takes_effect_on)}{day}. {scheduled.sentence}".strip()


def describe_proposal(proposal: CreditProposal, currency: str) -> str:
    """2 seats were invoiced from 1 Nov 2026 through 30 Nov 2026 and not owed: 40.00 EUR."""
    verb = "was" if proposal.seats == 1 else "were"
    money = "amount not known" if proposal.amount is None else write_money(proposal.amount, currency)
    days = write_span(proposal.start, proposal.last)
    return f"{write_number_of(proposal.seats, 'seat')} {verb} invoiced {days} and not owed: {money}."


def describe_transfer(plan: AgreementPlan, line: LinePlan, licences: MappingOf[str, str]) -> str:
    """The other half of a transfer, whichever half this one is."""
    names = {**licences, **{each.mapping_id: each.licence_name for each in plan.lines}}
    old = [clean(names.get(each, "a mapping that was removed")) for each in line.transfer]
    new = [clean(each.licence_name) for each in plan.lines if line.mapping_id in each.transfer]
    parts = [f"takes over from {join(old)}"] if old else []
    parts += [f"goes over to {join(new)}"] if new else []
    moved = [clean(names.get(each, "a mapping that was removed")) for each in line.moves_with]
    parts += [f"moved against {join(moved)} on the same night"] if moved else []
    return f"One transfer: {join(parts)}." if parts else ""


def find_outcome(line: LinePlan, aftermath: Aftermath, plan_hash: str) -> tuple[Standing, str]:
    """What became of a change: proven, not proven, or still to come."""
    push = aftermath.push_of(plan_hash)
    if push is None:
        return (Standing.FAILED, NOT_WRITTEN) if aftermath.is_closed else (Standing.WAITING, "")
    written = next((change for change in push.changes if is_of_line(change, line)), None)
    if written is None:
        return STANDING_OF_STATE[push.state], " ".join(push.sentences)
    proof = f"Written as addition {clean(written.addition_id)}, read back and verified."
    is_whole = written.quantity_after == show_after(line, line.changes)
    if push.state is CustomerState.CHANGED or is_whole:
        return Standing.CHANGED, proof
    return STANDING_OF_STATE[push.state], " ".join((proof, *push.sentences))


def is_of_line(change: SeatChange, line: LinePlan) -> bool:
    """Whether a verified change is this line's; a run of long ago did not keep the mapping."""
    return change.mapping_id == line.mapping_id if change.mapping_id else change.licence_name == line.licence_name


def make_lines(plan: AgreementPlan, result: AgreementResult, aftermath: Aftermath, about: About) -> list[LineView]:
    """Every line of a plan."""
    holds = {line.mapping_id: line for line in aftermath.held_lines(result)}
    return [
        make_line(plan, line, aftermath, holds.get(line.mapping_id), result.plan_hash, about) for line in plan.lines
    ]


def make_agreement(
    result: AgreementResult, plan: AgreementPlan | None, aftermath: Aftermath, about: About
) -> AgreementView:
    """One agreement: what moves first, what stays behind it."""
    lines = [] if plan is None else make_lines(plan, result, aftermath, about)
    lines.sort(key=lambda line: line.licence_name.casefold())
    word, tone = WORDS[find_worst(result, lines)]
    sentences = " ".join(result.sentences) or (LOST_PLAN if result.plan_hash else NO_PLAN)
    return AgreementView(
        customer_id=about.customer_id,
        customer_name=about.customer_name,
        agreement=name_agreement(about.agreement_name, result.agreement_id),
        word="Observed: not written" if result.is_observed and word == WORDS[Standing.OBSERVED][0] else word,
        tone=tone,
        moving=tuple(line for line in lines if not line.is_unchanged),
        unchanged=tuple(line for line in lines if line.is_unchanged),
        sentence="" if plan is not None else hide_ids(sentences, about.tenant_id),
    )


def find_standing(result: AgreementResult, aftermath: Aftermath) -> Standing:
    """How an agreement stands by the rows of the run alone."""
    standing = STANDING_OF_STATE[aftermath.state_of(result)]
    if aftermath.is_unwritten(result):
        return Standing.FAILED
    if result.is_observed and standing is Standing.UNCHANGED and (result.sentences or result.held):
        return Standing.OBSERVED
    waits = not aftermath.is_closed and aftermath.has_to_push(result) and aftermath.push_of(result.plan_hash) is None
    return min(standing, Standing.WAITING, key=ORDER.__getitem__) if waits else standing


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
