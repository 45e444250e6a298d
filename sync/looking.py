"""Looking at the PSA before a write: is the world the one planned on, and what became of a promise (R6, R13)."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from plans.agreements import Addition, Agreement, AgreementFacts, UnreadableAgreement
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.connecting import find_psa
from plans.edits import bills_alike, find_first_told, select_basis
from plans.errors import Bug, Retry
from plans.journal import Evidence, Intent, LineJournal
from plans.keys import find_by_key
from plans.ledger import cover_addition, effect_of
from plans.plan import AgreementPlan, LinePlan
from plans.ports import Outside, Psa
from plans.standing import Standing
from plans.timeline import Timeline, combine
from profiles.billing import BillableOption
from profiles.periods import write_short_day
from sync.wording import spell

FIELDS = {
    "product_id": "product",
    "quantity": "quantity",
    "effective_on": "effective date",
    "cancelled_on": "cancelled date",
    "billable_option": "billable option",
    "included": "included",
    "days": "units by day",
    "key": "key",
    "unit_price": "price",
    "description": "description",
    "unit_cost": "cost",
    "is_taxed": "taxed",
    "group_id": "invoice group",
}
BOOKED = frozenset({"unit_cost", "is_taxed", "group_id"})
# What decides how many seats are billed and when; a new price or text is no edit of that (billing rules, 5).
DECIDING = frozenset(FIELDS) - {"unit_price", "description"} - BOOKED


@dataclass(frozen=True, slots=True)
class Task:
    """One change on its way: everything that the steps of the protocol share.

    `earlier` is the evidence of the line's changes that this plan wrote before it. `promised` is the promise that is
    being found out about. `facts` are those of its agreement in the plan that made, or makes, the promise.
    """

    outside: Outside
    run_id: str
    plan: AgreementPlan
    plan_hash: str
    line: LinePlan
    change: Change
    journal: LineJournal
    earlier: tuple[Evidence, ...]
    facts: AgreementFacts | None
    promised: Intent | None = None

    @property
    def psa(self) -> Psa:
        """The connection that the plan is for. Raises Misconfigured where somebody removed it."""
        return find_psa(self.outside, self.plan.connection_id)

    @property
    def invoiced_through(self) -> date | None:
        """P, by the plan, of what the change is made to."""
        return None if self.facts is None else self.facts.find_invoiced(find_target_id(self.change))

    @property
    def before(self) -> tuple[Standing, ...]:
        """What the change was planned on."""
        return self.line.before if self.promised is None else self.promised.before


@dataclass(frozen=True, slots=True)
class Look:
    """The change's agreement at one moment, None where the PSA has it no more; and the additions the change is about:
    those with its key where it makes one, else the one that it sets."""

    agreement: Agreement | None
    found: tuple[Addition, ...]


@dataclass(frozen=True, slots=True)
class Landed:
    """What was promised is in the PSA."""

    addition_id: str


@dataclass(frozen=True, slots=True)
class Untouched:
    """The PSA shows nothing of what was promised."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """The PSA shows neither what was nor what was promised. `may_pass` where a late effect could still change that."""

    sentence: str
    addition: Addition | None
    may_pass: bool


type Effect = Landed | Untouched | Conflict


async def take_look(task: Task) -> Look:
    """The re-read before a write: everything as it is this moment.

    Raises Retry where the agreement cannot be read whole, or the list of its additions is not as long as the PSA itself
    counts: what was not seen is not what is not there. So it is where nobody can tell what one of them bills.
    """
    agreement = await read_agreement(task)
    if agreement is None:
        return Look(None, ())
    if await task.psa.count_additions(agreement.id) != len(agreement.additions):
        raise Retry(f"the PSA did not list every addition of agreement {agreement.id}")
    found = await find_additions(task, agreement)
    doubt = next((each.doubt for each in found if each.doubt), None)
    if doubt is not None:
        raise Retry(doubt)
    return Look(agreement, found)


async def read_agreement(task: Task) -> Agreement | None:
    """The change's agreement as it is now; None where the PSA does not list it. Raises Retry where it is unreadable."""
    agreement_id = task.change.agreement_id
    found = next((each for each in await task.psa.read_agreements([agreement_id]) if each.id == agreement_id), None)
    if isinstance(found, UnreadableAgreement):
        raise Retry(found.sentence)
    return found


async def find_additions(task: Task, agreement: Agreement) -> tuple[Addition, ...]:
    """The additions that the change is about. One that is not listed is asked for by its id: a PSA may leave what has
    an end out of its lists (connectwise.md 3, "After invoicing")."""
    if isinstance(task.change, CreateAddition):
        return find_by_key(agreement.additions, task.change.key)
    target_id = find_target(task, task.change)
    listed = tuple(addition for addition in agreement.additions if addition.id == target_id)
    if listed:
        return listed
    hidden = await task.psa.read_addition(agreement.id, target_id) if target_id else None
    return () if hidden is None else (hidden,)


def find_target_id(change: Change) -> str:
    """The addition that a change is made to; empty where it is not there yet."""
    match change:
        case CreateAddition():
            return ""
        case SetAddition(before=before):
            return before.id
        case AdjustUnits(addition_id=addition_id):
            return addition_id


def find_target(task: Task, change: SetAddition | AdjustUnits) -> str:
    """The addition that a change is made to, by its number: of what an earlier write of the plan made, as it was
    proved; empty where that was not."""
    target_id = find_target_id(change)
    if target_id or isinstance(change, SetAddition):
        return target_id
    proved = (*task.earlier, *task.journal.evidence)
    made = (each.after.id for each in proved if each.change.key == change.made_by and each.after is not None)
    return next(made, "")


def name_target(task: Task) -> Change:
    """The change as it is sent: with the number of the addition that an earlier write of the plan made."""
    change = task.change
    return replace(change, addition_id=find_target(task, change)) if isinstance(change, AdjustUnits) else change


def find_effect(task: Task, look: Look) -> Effect:
    """What became of a promise, as far as one look can tell."""
    match task.change:
        case CreateAddition(key=key):
            return find_created(key, look.found)
        case SetAddition() | AdjustUnits() if look.agreement is None:
            return Untouched()
        case SetAddition() | AdjustUnits():
            return find_set(task, task.change, look.found)


def find_created(key: str, found: tuple[Addition, ...]) -> Effect:
    """The key is in the PSA: one is ours and done, two are one too many."""
    if not found:
        return Untouched()
    if len(found) == 1:
        return Landed(found[0].id)
    ids = ", ".join(addition.id for addition in found)
    sentence = f"Additions {ids} carry the same key {key}. End all but one in the PSA."
    return Conflict(sentence, found[0], may_pass=False)


def find_set(task: Task, change: SetAddition | AdjustUnits, found: tuple[Addition, ...]) -> Effect:
    """An addition that was to be changed: as it was sent, as it was before, or something else."""
    target_id = find_target(task, change)
    if not found:
        sentence = f"Addition {target_id} is gone. Somebody deleted it in the PSA."
        return Conflict(sentence, None, may_pass=True)
    differences = compare_sent(task, found[0])
    if not differences:
        return Landed(target_id)
    if not compare_fields(expect_before(task, change), found[0], list_sent(change), "was"):
        return Untouched()
    sentence = (
        f"Addition {target_id} is neither as it was nor as Seatledger sent it: {', '.join(differences)}. "
        "Put it right in the PSA, or accept it as it is."
    )
    return Conflict(sentence, found[0], may_pass=True)


def find_difference(task: Task, look: Look) -> str | None:
    """What moved between plan and push, in a sentence; None where the plan still rests on the truth.

    What this plan itself writes is no move: it is left out on both sides.
    """
    agreement, name = look.agreement, task.line.licence_name
    if agreement is None:
        return f"Agreement {task.change.agreement_id} is no longer in the PSA."
    if is_moved(task, agreement.facts, task.plan.facts_of(agreement.id)):
        return f"Agreement {agreement.id} was changed in the PSA after the night was planned."
    written = as_planned(task.journal, task.line).written
    planned = [each for standing in task.before if standing.agreement_id == agreement.id for each in standing.additions]
    seen = {each.id for each in planned}
    found = select_basis(agreement, task.line.mapping_id, task.line.product_id, written, seen)
    if leave_out_written(task, found) != leave_out_written(task, planned):
        return f"The additions of {name} were changed in the PSA after the night was planned."
    return None if isinstance(task.change, CreateAddition) else find_moved_target(task, task.change, look)


def is_moved(task: Task, found: AgreementFacts, planned: AgreementFacts | None) -> bool:
    """Whether an agreement is not as the plan takes it to be. Of additions that are invoiced apart only the one that is
    written counts, and only until the plan has written anything of its line: new units may be invoiced through another
    day."""
    if planned is None:
        return True
    if found.posted_apart or planned.posted_apart:
        # When the next of them is invoiced follows from what is invoiced of each.
        found_whole, planned_whole = (replace(each, posted_apart=(), next_invoice_on=None) for each in (found, planned))
    else:
        found_whole, planned_whole = found, planned
    if found_whole != planned_whole:
        return True
    target_id = find_target_id(task.change)
    return not task.earlier and found.find_invoiced(target_id) != planned.find_invoiced(target_id)


def find_moved_target(task: Task, change: SetAddition | AdjustUnits, look: Look) -> str | None:
    """Whether the addition that is to be changed is not as the plan takes it to be, in a sentence."""
    target_id = find_target(task, change)
    if not look.found:
        return f"Addition {target_id} of {task.line.licence_name} is no longer in the PSA."
    moved = compare_fields(expect_before(task, change), look.found[0], DECIDING | list_sent(change), "was")
    if not moved and isinstance(change, AdjustUnits):
        moved = compare_units(change, look.found[0])
    if not moved:
        return None
    return f"Addition {target_id} was changed in the PSA after the night was planned: {', '.join(moved)}."


def compare_units(change: AdjustUnits, found: Addition) -> tuple[str, ...]:
    """Whether an addition has other units on the day of an adjustment than the plan takes it to have, as far back as
    they were read."""
    first_told, units = find_first_told(found), cover_addition(found).on(change.effective_on)
    if first_told is None or change.effective_on < first_told or units == change.units_before:
        return ()
    return (f"units of {write_short_day(change.effective_on)} were {change.units_before}, found {units}",)


def as_planned(journal: LineJournal, line: LinePlan) -> LineJournal:
    """The journal without what this plan itself has proved of the line."""
    first = min(change.sequence for change in line.changes)
    return replace(journal, evidence=tuple(entry for entry in journal.evidence if entry.sequence < first))


def leave_out_written(task: Task, additions: Iterable[Addition]) -> tuple[Addition, ...]:
    """The additions that the plan itself has not made or touched for the line, and does not touch for another line.

    What it touches for another line is that line's business, as what Seatledger made for another mapping is.
    """
    others = [line for line in task.plan.lines if line.mapping_id != task.line.mapping_id]
    changes = [*(entry.change for entry in task.earlier), *(change for line in others for change in line.changes)]
    made = {change.key for change in changes if isinstance(change, CreateAddition)}
    touched = {find_target_id(change) for change in changes if not isinstance(change, CreateAddition)}
    return tuple(each for each in additions if each.id not in touched and each.key not in made)


def list_sent(change: Change) -> frozenset[str]:
    """The fields of an addition that a write sends."""
    match change:
        case CreateAddition(unit_price=price, description=text, booking=booking):
            left_out = {"included"} | ({"unit_price"} if price is None else set())
            if change.is_empty:
                # It bills on no day, so that no day is sent with it.
                left_out |= {"effective_on"}
            left_out |= BOOKED if booking is None else {each for each in BOOKED if getattr(booking, each) in (None, "")}
            return frozenset(FIELDS) - left_out - ({"description"} if text is None else set())
        case SetAddition(before=before, after=after):
            return frozenset(each for each in FIELDS if getattr(before, each) != getattr(after, each))
        case AdjustUnits(unit_price=price):
            return frozenset({"quantity", "days"} | ({"unit_price"} if price is not None else set()))


def expect_before(task: Task, change: SetAddition | AdjustUnits) -> Addition:
    """How the addition must stand before the write: as an earlier change of the plan left it, else as it was planned,
    which for units that a PSA keeps by day is as it was read back or adopted last.

    Raises Bug where the plan adjusts an addition that is none of the line's.
    """
    target_id = find_target(task, change)
    left = [entry.after for entry in task.earlier if entry.after is not None and entry.after.id == target_id]
    if left:
        return left[-1]
    if isinstance(change, SetAddition):
        return change.before
    known = task.journal.written.get(target_id)
    if known is None:
        raise Bug(f"The plan of {task.line.licence_name} adjusts addition {target_id}, which is none of the line's.")
    addition = known.addition
    return addition if change.unit_price is None else replace(addition, unit_price=change.price_before)


def expect_after(task: Task) -> Addition:
    """How the addition must stand after the write; its id is not part of that where the write makes it."""
    match task.change:
        case CreateAddition() as made:
            return Addition(
                id="",
                product_id=made.product_id,
                quantity=Decimal(made.quantity),
                effective_on=None if made.is_empty else made.effective_on,
                cancelled_on=made.ends_on,
                billable_option=made.billable_option,
                key=made.key,
                unit_price=made.unit_price,
                description=made.description or "",
                days=Timeline() if made.is_empty else None,
                booking=made.booking,
            )
        case SetAddition() as change:
            sent = {each: getattr(change.after, each) for each in list_sent(change)}
            return replace(expect_before(task, change), **sent)
        case AdjustUnits() as change:
            before = expect_before(task, change)
            days = combine(cover_addition(before), effect_of(change)[1], operator.add)
            price = before.unit_price if change.unit_price is None else change.unit_price
            return replace(before, quantity=Decimal(days.final), days=days, unit_price=price)


def compare_sent(task: Task, found: Addition) -> tuple[str, ...]:
    """In what an addition is not as it was sent. Units by day do not always tell a price (`Addition.unit_price` None):
    where the units moved, or told one before, that is no other price.
    """
    change, sent = task.change, list_sent(task.change)
    if isinstance(change, AdjustUnits) and found.unit_price is None:
        is_shown = change.units_before != change.units_after or change.price_before is not None
        sent -= {"unit_price"} if is_shown else set()
    return compare_fields(expect_after(task), found, sent, "sent")


def compare_fields(wanted: Addition, found: Addition, fields: frozenset[str], verb: str) -> tuple[str, ...]:
    """Those of the fields in which an addition is not as it should be, each with both values, around `verb`."""
    differences = []
    for field, name in FIELDS.items():
        expected, actual = normalise(getattr(wanted, field)), normalise(getattr(found, field))
        is_same = bills_alike(wanted, found) if field == "days" else expected == actual
        if field in fields and not is_same:
            differences.append(f"{name} {verb} {spell(expected)}, found {spell(actual)}")
    return tuple(differences)


def normalise(value: object) -> object:
    """A value as it is compared: a text without the white space that a PSA may set otherwise."""
    return " ".join(value.split()) if isinstance(value, str) and not isinstance(value, BillableOption) else value
