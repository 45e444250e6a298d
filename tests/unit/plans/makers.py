"""Small values to plan with: one customer, one licence, one agreement, and whatever a test changes about them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from plans.agreements import Addition, Agreement, AgreementFacts
from plans.changes import CreateAddition
from plans.journal import Ending, Evidence, Intent, LineJournal
from plans.keys import make_key, name_line
from plans.plan import AgreementPlan, LinePlan
from plans.planning import LineInput, Surroundings, plan_agreement, plan_line
from profiles.billing import Basis, BillableOption, BillingProfile, Mapping

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MAPPING = "contoso-spb"
OTHER_MAPPINGS = ("another", "another-mapping")
PRODUCT = "501"
CUSTOMER = "contoso"
CONNECTION = "connectwise"
AGREEMENT = "1201"
ACTIVE = AgreementFacts(is_active=True, prorates=True, next_invoice_on=date(2026, 12, 1), ends_on=None)
NOT_PRORATING = AgreementFacts(is_active=True, prorates=False, next_invoice_on=date(2026, 12, 1), ends_on=None)
INACTIVE = AgreementFacts(is_active=False, prorates=True, next_invoice_on=None, ends_on=None)


def make_mapping(mapping_id: str = MAPPING, sku_id: str = "sku-spb", basis: Basis = Basis.PURCHASED) -> Mapping:
    return Mapping(mapping_id, CUSTOMER, sku_id, "Business Premium", "spb", AGREEMENT, basis)


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
    return Addition(addition_id, product_id, units, effective_on, cancelled_on, option, key)


def make_agreement(additions: Iterable[Addition] = (), facts: AgreementFacts = ACTIVE) -> Agreement:
    return Agreement(CONNECTION, AGREEMENT, "Managed Services", "42", facts, tuple(additions))


def make_surroundings(lines: Iterable[LineInput] = (), today: date = TODAY, company_id: str = "42") -> Surroundings:
    mapped = {MAPPING, *OTHER_MAPPINGS, *(line.mapping.id for line in lines)}
    names = frozenset(name_line(mapping_id) for mapping_id in mapped)
    return Surroundings(today, company_id, names)


def plan_one(line: LineInput, agreement: Agreement | None, today: date = TODAY) -> LinePlan:
    """One line's plan on the agreement that its mapping names."""
    return plan_line(line, line.mapping.agreement_id, agreement, make_surroundings((line,), today))


def make_change(
    sequence: int = 0, quantity: int = 10, mapping_id: str = MAPPING, effective_on: date = TODAY
) -> CreateAddition:
    key = make_key(mapping_id, sequence)
    return CreateAddition(sequence, key, PRODUCT, quantity, effective_on, BillableOption.BILLABLE)


def make_intent(change: CreateAddition, attempt: int = 0, mapping_id: str = MAPPING, at: datetime = NOW) -> Intent:
    return Intent(mapping_id, change.sequence, attempt, CONNECTION, AGREEMENT, "2026-11-22", "hash", at, change, ())


def make_evidence(
    change: CreateAddition,
    after: Addition | None,
    ending: Ending = Ending.VERIFIED,
    mapping_id: str = MAPPING,
    run_id: str = "2026-11-22",
) -> Evidence:
    return Evidence(mapping_id, change.sequence, run_id, "hash", ending, NOW, change, (), after, "Done.")


def write(change: CreateAddition, addition_id: str = "9001") -> Addition:
    """The addition that the PSA has once it took the change."""
    return make_addition(
        addition_id, change.quantity, change.key, change.product_id, change.effective_on, None, change.billable_option
    )


def journal_of(*changes: CreateAddition, mapping_id: str = MAPPING) -> LineJournal:
    """A line for which every one of these changes was written and verified, as additions 9001, 9002, …"""
    evidence = (
        make_evidence(change, write(change, str(9001 + number)), mapping_id=mapping_id)
        for number, change in enumerate(changes)
    )
    return LineJournal(mapping_id, tuple(evidence))


def make_line(
    seats: int,
    journal: LineJournal | None = None,
    mapping: Mapping | None = None,
    profile: BillingProfile | None = None,
) -> LineInput:
    mapping = mapping or make_mapping()
    return LineInput(mapping, profile or make_profile(), seats, journal or LineJournal(mapping.id))


def plan(agreement: Agreement | None, *lines: LineInput, today: date = TODAY) -> AgreementPlan:
    return plan_agreement(CUSTOMER, CONNECTION, AGREEMENT, agreement, lines, make_surroundings(lines, today))
