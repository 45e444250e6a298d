"""Before each invoice: what would be missing from it (billing rules, 9, "Before each invoice"). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from plans.approvals import OpenHold, ScheduledLine
from plans.due_invoices import BilledCustomer, DueAgreement, is_due
from plans.results import AgreementResult, TenantResult
from plans.runs import CustomerState, TenantState
from profiles.exclusions import Exclusion, find_exclusion
from profiles.unmapped import find_unmapped, list_held


class Gap(StrEnum):
    """Why something would be missing."""

    UNKNOWN = "unknown"
    HELD = "held"
    PARKED = "parked"
    SCHEDULED = "scheduled"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that an agreement's next invoice would lack. `licence_name` is empty where it is no single licence,
    `mapping_id` where it is no line that is held or parked."""

    customer_id: str
    agreement: DueAgreement
    gap: Gap
    licence_name: str
    sentence: str
    mapping_id: str = ""


@dataclass(frozen=True, slots=True)
class NightFacts:
    """What the newest night and the lists of what waits say: results by tenant id, and every open hold."""

    tenants: Mapping[str, TenantResult]
    holds: Sequence[OpenHold]
    exclusions: Sequence[Exclusion] = ()


def find_missing(
    today: date, agreements: Sequence[DueAgreement], customers: Sequence[BilledCustomer], facts: NightFacts
) -> tuple[Missing, ...]:
    """Everything that the invoices of the next days would lack, the soonest first.

    What is scheduled is missing where the invoice bills its days and it cannot be written before it. A licence that is
    mapped nowhere is missing from each invoice of its customer.
    """
    due = {(each.connection_id, each.agreement_id): each for each in agreements if is_due(each, today)}
    missing: list[Missing] = []
    for customer in customers:
        own = [due[place] for place in place_all(customer) if place in due]
        tenant = facts.tenants.get(customer.tenant_id)
        for agreement in own:
            missing += find_gaps(customer, agreement, tenant, facts)
    return tuple(sorted(missing, key=lambda each: (each.agreement.next_invoice_on, each.customer_id, each.gap)))


def place_all(customer: BilledCustomer) -> list[tuple[str, str]]:
    """Where the customer is billed."""
    return [(customer.connection_id, agreement_id) for agreement_id in sorted(customer.agreement_ids)]


def find_gaps(
    customer: BilledCustomer, agreement: DueAgreement, tenant: TenantResult | None, facts: NightFacts
) -> Iterator[Missing]:
    """What one agreement's invoice would lack of one customer."""

    def miss(gap: Gap, sentence: str, licence_name: str = "", mapping_id: str = "") -> Missing:
        return Missing(customer.customer_id, agreement, gap, licence_name, sentence, mapping_id)

    if tenant is None or tenant.state is not TenantState.PLANNED:
        sentence = tenant.sentence if tenant is not None else ""
        yield miss(Gap.UNKNOWN, sentence or "The last night has not read this customer.")
        return
    place = (customer.customer_id, customer.connection_id, agreement.agreement_id)
    for hold in facts.holds:
        if (hold.customer_id, hold.connection_id, hold.agreement_id) == place:
            yield miss(Gap.HELD, hold.line.sentence, hold.line.licence_name, hold.line.mapping_id)
    for result in tenant.agreements:
        if (result.customer_id, result.connection_id, result.agreement_id) == place:
            for gap, *said in find_unfinished(result, agreement):
                yield miss(gap, *said)
    unmapped = count_unmapped(customer, tenant, facts.exclusions)
    if unmapped:
        licences = "1 licence of its tenant is" if unmapped == 1 else f"{unmapped} licences of its tenant are"
        yield miss(Gap.UNMAPPED, f"{licences} mapped nowhere, and so on no invoice.")


def find_unfinished(result: AgreementResult, agreement: DueAgreement) -> Iterator[tuple[Gap, str, str, str]]:
    """What the night's plan of the agreement leaves for later, with the licence where it is one, and the mapping where
    it is parked."""
    if not result.plan_hash or result.state is CustomerState.FAILED:
        yield Gap.UNKNOWN, " ".join(result.sentences) or "The last night could not plan this agreement.", "", ""
        return
    for line in result.scheduled:
        if comes_too_late(line, agreement):
            yield Gap.SCHEDULED, line.sentence, line.licence_name, ""
    for parked in result.parked:
        yield Gap.PARKED, parked.sentence, parked.licence_name, parked.mapping_id


def comes_too_late(line: ScheduledLine, agreement: DueAgreement) -> bool:
    """Whether the invoice bills days of it, and no night before the invoice can write it."""
    if agreement.bills_until is not None and line.takes_effect_on >= agreement.bills_until:
        return False
    return line.writable_on is None or line.writable_on >= agreement.next_invoice_on


def count_unmapped(customer: BilledCustomer, tenant: TenantResult, exclusions: Sequence[Exclusion]) -> int:
    """How many licences of the tenant, or terms of them, no mapping of the customer names, and nobody excluded."""
    unmapped = find_unmapped(list_held(tenant.sku_ids, tenant.holdings), customer.mapped)
    return sum(find_exclusion(exclusions, customer.tenant_id, sku_id) is None for sku_id, _ in unmapped)
