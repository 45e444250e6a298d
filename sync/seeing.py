"""What planning a tenant shows besides its plan: what needs a person, what a seat costs, who is invoiced soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from plans.agreements import Agreement
from plans.alerts.readings import find_in_reading, find_unseen
from plans.alerts.tenants import CustomerFacts, TenantFacts
from plans.due_invoices import BilledCustomer, DueCustomer, is_due, make_due, name_mapped
from plans.plan import AgreementPlan
from plans.ports import Desk
from plans.results import TenantResult
from profiles.exclusions import Exclusion
from profiles.licences import Snapshot
from sync.summaries import price_month


@dataclass(frozen=True, slots=True)
class Sight:
    """One customer as it was planned: its desk, the agreements that were read, and the plans that came of them."""

    desk: Desk
    agreements: tuple[Agreement, ...]
    plans: tuple[AgreementPlan, ...]


def see_tenant(
    row: TenantResult, today: date, snapshot: Snapshot, sights: Sequence[Sight], exclusions: Sequence[Exclusion]
) -> TenantResult:
    """The row with what the tenant's reading shows; nothing where no customer is left."""
    if not sights:
        return row
    customers = [
        CustomerFacts(
            sight.desk.customer, sight.desk.mappings, sight.agreements, price_seats(sight), sight.desk.journals
        )
        for sight in sights
    ]
    prices = {
        mapping.sku_id.lower(): each.seat_prices[mapping.id]
        for each in customers
        for mapping in each.mappings
        if mapping.id in each.seat_prices
    }
    facts = TenantFacts(today, snapshot, customers, exclusions)
    due = [find_due(sight, today) for sight in sights]
    return replace(
        row,
        alerts=find_in_reading(facts),
        unseen=find_unseen(facts),
        seat_prices=tuple(sorted(prices.items())),
        due=tuple(each for each in due if each.agreements),
    )


def price_seats(sight: Sight) -> dict[str, Decimal]:
    """What one seat of each mapping is forecast to cost in a month, where a price is known."""
    priced = {line.mapping_id: price_month(plan, 1, line.unit_price) for plan in sight.plans for line in plan.lines}
    return {mapping_id: price for mapping_id, price in priced.items() if price is not None}


def find_due(sight: Sight, today: date) -> DueCustomer:
    """The customer's agreements that are invoiced soon, and what is mapped for it."""
    customer, billing = (
        sight.desk.customer,
        {each.agreement_id for each in sight.desk.mappings if each.agreement_id and not each.is_excluded},
    )
    due = [made for each in sight.agreements if each.id in billing and (made := make_due(each)) is not None]
    mapped = name_mapped(sight.desk.mappings)
    billed = BilledCustomer(customer.id, customer.connection_id, customer.tenant_id, frozenset(billing), *mapped)
    return DueCustomer(billed, tuple(each for each in due if is_due(each, today)))
