"""Small values to plan with: one customer, one licence, one agreement, and whatever a test changes about them.

A seat costs 20.00 and agreements are invoiced monthly in arrears: on 22 November, October was invoiced last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from plans.agreements import Addition, Agreement, AgreementFacts
from plans.changes import Change, CreateAddition
from plans.counts import Count
from plans.inputs import LineInput, Surroundings
from plans.journal import Ending, Evidence, Intent, LineJournal
from plans.keys import make_key, name_line
from plans.ledger import Proof, derive_billed, make_entry
from plans.plan import AgreementPlan, LinePlan
from plans.planning import plan_agreement, plan_line
from plans.standing import Standing
from plans.translation import Translate
from profiles.billing import Basis, BillableOption, BillingProfile, Mapping
from profiles.periods import Grid
from psa.connectwise.lines import translate_line

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MAPPING = "contoso-spb"
OTHER_MAPPINGS = ("another", "another-mapping")
PRODUCT = "501"
CUSTOMER = "contoso"
CONNECTION = "connectwise"
AGREEMENT = "1201"
COMPANY = "42"
PRICE = Decimal("20.00")
MONTHLY = Grid(2026, 1, 1, 1)
INVOICED_THROUGH = date(2026, 10, 31)
ACTIVE = AgreementFacts(
    is_active=True,
    prorates=True,
    next_invoice_on=date(2026, 12, 1),
    ends_on=None,
    company_id=COMPANY,
    grid=MONTHLY,
    invoiced_through=INVOICED_THROUGH,
)
NOT_PRORATING = replace(ACTIVE, prorates=False)
INACTIVE = replace(ACTIVE, is_active=False)
UNKNOWN_INVOICES = replace(ACTIVE, invoiced_through=None, invoicing_doubt="The invoices are not read.")


def make_mapping(
    mapping_id: str = MAPPING, sku_id: str = "sku-spb", basis: Basis = Basis.PURCHASED, agreement_id: str = AGREEMENT
) -> Mapping:
    return Mapping(mapping_id, CUSTOMER, sku_id, "Business Premium", "spb", agreement_id, basis)


def make_profile(product_id: str = PRODUCT, option: BillableOption = BillableOption.BILLABLE) -> BillingProfile:
    return BillingProfile("spb", "Business Premium", CONNECTION, product_id, option)


def make_addition(
    addition_id: str = "9001",
    quantity: str | int | None = 10,
    key: str = "",
    product_id: str = PRODUCT,
    effective_on: date | None = TODAY,
    cancelled_on: date | None = None,
    option: BillableOption = BillableOption.BILLABLE,
) -> Addition:
    units = None if quantity is None else Decimal(quantity)
    return Addition(addition_id, product_id, units, effective_on, cancelled_on, option, key, PRICE)


def make_agreement(
    additions: Iterable[Addition] = (), facts: AgreementFacts = ACTIVE, agreement_id: str = AGREEMENT
) -> Agreement:
    return Agreement(CONNECTION, agreement_id, "Managed Services", COMPANY, facts, tuple(additions))


def make_surroundings(
    lines: Iterable[LineInput] = (),
    today: date = TODAY,
    company_id: str = COMPANY,
    agreements: Iterable[Agreement] = (),
    translate: Translate = translate_line,
) -> Surroundings:
    """What surrounds some lines: every mapping that these tests name, and the ConnectWise translation."""
    inputs = tuple(lines)
    mapped = {MAPPING, *OTHER_MAPPINGS, *(line.mapping.id for line in inputs)}
    return Surroundings(
        today=today,
        company_id=company_id,
        connection_id=CONNECTION,
        line_names=frozenset(name_line(mapping_id) for mapping_id in mapped),
        translate=translate,
        agreements={agreement.id: agreement for agreement in agreements},
        journals={line.mapping.id: line.journal for line in inputs},
        mappings={line.mapping.id: line.mapping for line in inputs},
        lines={line.mapping.id: line for line in inputs},
    )


def make_change(
    sequence: int = 0,
    quantity: int = 10,
    mapping_id: str = MAPPING,
    effective_on: date = TODAY,
    agreement_id: str = AGREEMENT,
) -> CreateAddition:
    return CreateAddition(
        agreement_id=agreement_id,
        sequence=sequence,
        key=make_key(mapping_id, sequence),
        product_id=PRODUCT,
        quantity=quantity,
        effective_on=effective_on,
        billable_option=BillableOption.BILLABLE,
    )


def make_intent(
    change: Change,
    attempt: int = 0,
    mapping_id: str = MAPPING,
    at: datetime = NOW,
    before: tuple[Standing, ...] = (),
) -> Intent:
    return Intent(mapping_id, change.sequence, attempt, CONNECTION, "2026-11-22", "hash", at, change, before)


def make_evidence(
    change: Change,
    after: Addition | None,
    ending: Ending = Ending.VERIFIED,
    mapping_id: str = MAPPING,
    run_id: str = "2026-11-22",
    journal: LineJournal | None = None,
    invoiced_through: date | None = INVOICED_THROUGH,
    before: tuple[Standing, ...] = (),
) -> Evidence:
    """How an intent ended. Where it was proved, its ledger entry stands on those of `journal`."""
    billed = derive_billed(() if journal is None else journal.ledger)
    proved = ending is Ending.VERIFIED and after is not None
    entry = make_entry(mapping_id, change, billed, Proof(after.id, invoiced_through)) if proved and after else None
    return Evidence(mapping_id, change.sequence, run_id, "hash", ending, NOW, change, before, after, entry, "Done.")


def write(change: CreateAddition, addition_id: str = "9001") -> Addition:
    """The addition that the PSA has once it took the change."""
    return Addition(
        id=addition_id,
        product_id=change.product_id,
        quantity=Decimal(change.quantity),
        effective_on=change.effective_on,
        cancelled_on=change.ends_on,
        billable_option=change.billable_option,
        key=change.key,
        unit_price=PRICE if change.unit_price is None else change.unit_price,
        description=change.description or "",
    )


def journal_of(*changes: CreateAddition, mapping_id: str = MAPPING) -> LineJournal:
    """A line for which every one of these changes was written and verified, as additions 9001, 9002, …"""
    journal = LineJournal(mapping_id)
    for number, change in enumerate(changes):
        entry = make_evidence(change, write(change, str(9001 + number)), mapping_id=mapping_id, journal=journal)
        journal = replace(journal, evidence=(*journal.evidence, entry))
    return journal


def count_of(quantity: int, day: date, known_through: date | None = None, seats: int | None = None) -> Count:
    raw = quantity if seats is None else seats
    return Count(day, quantity, known_through or day, INVOICED_THROUGH, raw)


def count_anew(journal: LineJournal, seats: int, today: date = TODAY) -> LineJournal:
    """The journal where the additions were right so far, and tonight's reading is confirmed where it is lower."""
    billed = derive_billed(journal.ledger)
    counts = [count_of(quantity, day, day) for day, quantity in billed.steps if day < today]
    if counts and counts[-1].quantity != seats:
        counts.append(count_of(seats, today, date.fromordinal(today.toordinal() + 1)))
    elif not counts:
        counts.append(count_of(seats, today))
    return replace(journal, counts=tuple(counts))


def make_line(
    seats: int,
    journal: LineJournal | None = None,
    mapping: Mapping | None = None,
    profile: BillingProfile | None = None,
) -> LineInput:
    """A line that was counted as it was billed until today, and has `seats` now."""
    mapping = mapping or make_mapping()
    journal = journal or LineJournal(mapping.id)
    journal = journal if journal.counts else count_anew(journal, seats)
    return LineInput(mapping, profile or make_profile(), seats, seats, journal)


def plan_one(line: LineInput, agreement: Agreement | None, today: date = TODAY, company_id: str = COMPANY) -> LinePlan:
    """One line's plan on the agreement that its mapping names."""
    around = make_surroundings((line,), today, company_id, () if agreement is None else (agreement,))
    return plan_line(line, line.mapping.agreement_id, around)


def plan(agreement: Agreement | None, *lines: LineInput, today: date = TODAY) -> AgreementPlan:
    around = make_surroundings(lines, today, agreements=() if agreement is None else (agreement,))
    return plan_agreement(CUSTOMER, AGREEMENT, lines, around)
