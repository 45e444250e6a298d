"""From what a customer has and what the agreement says to a plan. Pure; today comes in as a day.

The rules are billing rules 3, 5 and 6, as far as this version writes: a first addition, and an increase on an
agreement that prorates. Everything else is held or parked with the sentence that a person needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plans.agreements import Addition, Agreement
from plans.changes import CreateAddition, Decision, FinishIntent, Held, HoldRule, Parked, Unchanged
from plans.journal import LineJournal
from plans.keys import belongs_to_line, is_ours, line_name_of, make_key
from plans.plan import AgreementPlan, LinePlan
from profiles.billing import BillingProfile, CustomPrice, KeptPrice, Mapping, Price, PsaPrice


@dataclass(frozen=True, slots=True)
class LineInput:
    """All that decides one line: the mapping, its profile, the seats it bills, what we wrote so far, and its text.

    `doubt` says why the count may be wrong although the reading is complete; nothing is written on it.
    """

    mapping: Mapping
    profile: BillingProfile
    seats: int
    journal: LineJournal
    description: str | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else decides: the day in the MSP's zone, the customer's PSA company, and which lines exist at all.

    `line_names` are the names of every mapping's line (`plans.keys.name_line`); an addition of ours that belongs to
    none of them was made for a mapping that is gone, and is as strange as somebody else's.
    """

    today: date
    company_id: str
    line_names: frozenset[str]


def plan_agreement(
    customer_id: str,
    connection_id: str,
    agreement_id: str,
    agreement: Agreement | None,
    lines: Sequence[LineInput],
    around: Surroundings,
) -> AgreementPlan:
    """The plan of one agreement; `agreement` is None where the PSA no longer lists it."""
    ordered = sorted(lines, key=lambda line: line.mapping.id)
    return AgreementPlan(
        customer_id=customer_id,
        connection_id=connection_id,
        agreement_id=agreement_id,
        planned_on=around.today,
        facts=None if agreement is None else agreement.facts,
        lines=tuple(plan_line(line, agreement_id, agreement, around) for line in ordered),
    )


def plan_line(line: LineInput, agreement_id: str, agreement: Agreement | None, around: Surroundings) -> LinePlan:
    """One line's plan, with the additions it rests on.

    What an open intent may already have put there is not counted as before: it is the change itself.
    """
    before = () if agreement is None else select_additions(agreement, line.mapping.id, line.profile.product_id)
    promised_keys = {intent.change.key for intent in line.journal.open_intents}
    own = [addition for addition in select_own(before, line.mapping.id) if addition.key not in promised_keys]
    return LinePlan(
        mapping_id=line.mapping.id,
        licence_name=line.mapping.licence_name,
        product_id=line.profile.product_id,
        quantity_before=sum_open_quantities(own, around.today),
        quantity_owed=line.seats,
        before=before,
        decision=decide(line, agreement_id, agreement, around),
    )


def select_additions(agreement: Agreement, mapping_id: str, product_id: str) -> tuple[Addition, ...]:
    """The additions that a write of this line rests on, in the order of their ids, without their words and prices.

    Additions that Seatledger made for another mapping are not among them: they are that line's business.
    """
    chosen = (
        addition.without_words_and_price()
        for addition in agreement.additions
        if belongs_to_line(addition, mapping_id) or (addition.product_id == product_id and not is_ours(addition))
    )
    return tuple(sorted(chosen, key=lambda addition: addition.id))


def select_own(additions: Sequence[Addition], mapping_id: str) -> tuple[Addition, ...]:
    """Those that Seatledger made for this mapping, in the order of their ids."""
    own = (addition for addition in additions if belongs_to_line(addition, mapping_id))
    return tuple(sorted(own, key=lambda addition: addition.id))


def sum_open_quantities(additions: Sequence[Addition], day: date) -> int:
    """Seats billed on `day` or promised for later: what a run must not bill a second time.

    A fraction or a missing quantity is a person's edit, which `find_edit` parks.
    """
    return int(sum((count_units(addition) for addition in additions if is_open(addition, day)), Decimal(0)))


def count_units(addition: Addition) -> Decimal:
    """The quantity, or 0 where it is none."""
    quantity = addition.quantity
    return quantity if quantity is not None and quantity.is_finite() else Decimal(0)


def is_open(addition: Addition, day: date) -> bool:
    """Whether the addition bills on `day` or later; its cancelled day is the last billed one (connectwise.md 4)."""
    return addition.cancelled_on is None or addition.cancelled_on >= day


def decide(line: LineInput, agreement_id: str, agreement: Agreement | None, around: Surroundings) -> Decision:
    """The one decision about a line on an agreement. Refusals come first, writing comes last."""
    journal = line.journal
    if journal.open_intents:
        return decide_open_intent(line, agreement_id)
    if journal.parked_sentence is not None:
        return Parked(journal.parked_sentence)
    if agreement is None or not agreement.facts.is_active:
        return Parked(
            f"Agreement {agreement_id} was not found in the PSA tonight, or is not active. "
            "Map the licence to an active agreement."
        )
    if agreement.company_id != around.company_id:
        return Parked(f"Agreement {agreement_id} belongs to another company in the PSA. Map the licence anew.")
    own = select_own(agreement.additions, line.mapping.id)
    edit = find_edit(own, journal) or find_other_product(own, line.profile.product_id, around.today)
    if edit is not None:
        return Parked(edit)
    return decide_quantity(line, agreement, own, around)


def decide_open_intent(line: LineInput, agreement_id: str) -> Decision:
    """A promise whose end nobody knows comes before everything else, on the agreement it was sent to."""
    promised = line.journal.open_intents[-1]
    if promised.agreement_id == agreement_id:
        return FinishIntent(promised.change)
    return Parked(
        f"Nobody knows yet what became of {promised.change.quantity} {line.mapping.licence_name} that were sent to "
        f"agreement {promised.agreement_id}. It is found out tonight."
    )


def find_other_product(own: Sequence[Addition], product_id: str, today: date) -> str | None:
    """Our additions of another product than the profile now sells: moving them is a transfer, not an increase."""
    for addition in own:
        if is_open(addition, today) and addition.product_id != product_id:
            return (
                f"Addition {addition.id} is of product {addition.product_id}, the billing profile now sells "
                f"{product_id}. End the old addition, or give the profile its product back."
            )
    return None


def find_edit(own: Sequence[Addition], journal: LineJournal) -> str | None:
    """What a person or another tool did to our additions since we read them back; None if nothing."""
    written = journal.written
    prices = {entry.change.key: entry.change.unit_price for entry in journal.evidence}
    for addition in own:
        expected = written.get(addition.key)
        if expected is None:
            return f"Addition {addition.id} carries our key {addition.key}, but the ledger does not know it."
        if is_edited(addition, expected, prices.get(addition.key)):
            return (
                f"Addition {addition.id} was changed in the PSA since Seatledger wrote it. "
                "Put it back, or take the line over by hand."
            )
    missing = sorted(key for key in written if key not in {addition.key for addition in own})
    if missing:
        return f"The addition with key {missing[0]} is gone from the agreement. Somebody deleted it in the PSA."
    return None


def is_edited(addition: Addition, expected: Addition, sent_price: Decimal | None) -> bool:
    """Whether somebody changed what we wrote. A price is ours only where we sent it (billing rules, 5)."""
    if sent_price is not None and addition.unit_price != sent_price:
        return True
    return addition.without_words_and_price() != expected.without_words_and_price()


def decide_quantity(line: LineInput, agreement: Agreement, own: Sequence[Addition], around: Surroundings) -> Decision:
    """Compare what is owed with what is billed, once nothing stands in the way."""
    billed = sum_open_quantities(own, around.today)
    missing = line.seats - billed
    if missing == 0:
        return Unchanged()
    if line.doubt is not None:
        return Held(HoldRule.COUNT_MISMATCH, f"{billed} → {line.seats} {line.mapping.licence_name}: {line.doubt}")
    if missing < 0:
        return Held(
            HoldRule.DECREASE,
            f"{billed} → {line.seats} {line.mapping.licence_name}: a decrease waits for a person.",
        )
    stranger = find_stranger(agreement, line, around)
    if stranger is not None:
        return Held(
            HoldRule.UNADOPTED_ADDITION,
            f"{billed} → {line.seats} {line.mapping.licence_name}: addition {stranger.id} bills the same product and "
            "is no line of Seatledger's. End it in the PSA, so that nothing is billed twice.",
        )
    if own and not agreement.facts.prorates:
        return Held(
            HoldRule.PRORATION_OFF,
            f"{billed} → {line.seats} {line.mapping.licence_name}: the agreement does not prorate, "
            "so the increase waits for a person.",
        )
    return create_addition(line, missing, around.today)


def find_stranger(agreement: Agreement, line: LineInput, around: Surroundings) -> Addition | None:
    """An open addition of this line's product that no living line of ours owns; the first by its id."""
    strangers = [
        addition
        for addition in agreement.additions
        if addition.product_id == line.profile.product_id
        and is_open(addition, around.today)
        and not (is_ours(addition) and line_name_of(addition) in around.line_names)
    ]
    return min(strangers, key=lambda addition: addition.id, default=None)


def create_addition(line: LineInput, quantity: int, today: date) -> CreateAddition:
    """The addition for the seats above what is billed: the first one, or one for the increase alone."""
    sequence = line.journal.next_sequence
    return CreateAddition(
        sequence=sequence,
        key=make_key(line.mapping.id, sequence),
        product_id=line.profile.product_id,
        quantity=quantity,
        effective_on=today,
        billable_option=line.profile.billable_option,
        unit_price=choose_price(line.profile.price, today),
        description=line.description,
    )


def choose_price(price: Price, day: date) -> Decimal | None:
    """The price to send with a new addition; None leaves it to the PSA."""
    match price:
        case PsaPrice() | KeptPrice():
            return None
        case CustomPrice():
            return price.amount_on(day)
