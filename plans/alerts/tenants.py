"""A tenant as it was read tonight, what is billed for it, and how an alert about one of its things is made. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from plans.agreements import Agreement
from plans.alerts.alert import Alert, AlertKind, LookAtCustomer, Severity, Target
from plans.journal import LineJournal
from profiles.billing import Basis, Customer
from profiles.billing import Mapping as LicenceMapping
from profiles.exclusions import Exclusion, find_exclusion
from profiles.holdings import HeldSubscription, list_holdings
from profiles.licences import Licence, Snapshot, Subscription, Term
from profiles.parts import OneSubscription, Part, name_purchase
from profiles.quantity import COUNTED_STATUSES, is_same_id
from profiles.unmapped import find_unmapped, list_held, list_mapped, list_termless

MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """One customer of the tenant: what is mapped for it, and its agreements; by mapping what a seat costs a month, and
    what we wrote."""

    customer: Customer
    mappings: Sequence[LicenceMapping]
    agreements: Sequence[Agreement]
    seat_prices: Mapping[str, Decimal]
    journals: Mapping[str, LineJournal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """A tenant that was read tonight, and every customer that it serves; there is at least one."""

    today: date
    snapshot: Snapshot
    customers: Sequence[CustomerFacts]
    exclusions: Sequence[Exclusion]

    def list_mappings(
        self, sku_id: str, concerns: Callable[[Part], bool] = lambda _: True
    ) -> list[tuple[CustomerFacts, LicenceMapping]]:
        """Who bills a licence or said not to: any part, or one of which `concerns` holds. Who bills it comes first."""
        found = [
            (each, mapping)
            for each in self.customers
            for mapping in each.mappings
            if is_same_id(mapping.sku_id, sku_id) and not mapping.is_ended and concerns(mapping.part)
        ]
        return sorted(found, key=lambda one: one[1].is_excluded)

    def find_mapping(self, sku_id: str) -> tuple[CustomerFacts, LicenceMapping] | None:
        """The first of those; None where there is none."""
        return next(iter(self.list_mappings(sku_id)), None)

    def is_excluded(self, sku_id: str, concerns: Callable[[Part], bool] = lambda _: True) -> bool:
        """Whether a person said that a licence, or a part of it, is not billed here: then nothing more is said of it.
        What one customer of the tenant bills is not excluded, whatever another one said."""
        if find_exclusion(self.exclusions, self.snapshot.tenant_id, sku_id) is not None:
            return True
        decided = self.list_mappings(sku_id, concerns)
        return bool(decided) and all(mapping.is_excluded for _, mapping in decided)

    def list_unmapped(self) -> Iterator[tuple[Licence, Term | HeldSubscription | None, int]]:
        """What nobody mapped or excluded, with its seats: whole licences that are paid for (None), and of licences that
        are mapped in parts those that somebody bought later; by terms, also what was bought without one."""
        holdings = {each.sku_id.lower(): each for each in list_holdings(self.snapshot)}
        mapped = list_mapped(mapping for each in self.customers for mapping in each.mappings)
        unmapped = find_unmapped(list_held(holdings, holdings.values()), mapped)
        for licence in self.snapshot.licences:
            sku_id = licence.sku_id.lower()
            if find_exclusion(self.exclusions, self.snapshot.tenant_id, sku_id) is not None:
                continue
            seats = self.count_paid(licence)
            if (sku_id, None) in unmapped and seats:
                yield licence, None, seats
            for term in Term:
                if (sku_id, term) in unmapped:
                    yield licence, term, holdings[sku_id].count(term, Basis.PURCHASED)
            for each in holdings[sku_id].subscriptions or ():
                if (sku_id, each.part) in unmapped:
                    yield licence, each, each.seats
            for each in list_termless(holdings[sku_id], mapped):
                yield licence, each, each.seats

    def count_paid(self, licence: Licence) -> int:
        """How many seats of a licence somebody pays for and nobody excluded."""
        terms = {
            each.id.lower(): each.term
            for each in self.snapshot.partner_subscriptions or ()
            if is_same_id(each.sku_id, licence.sku_id)
        }
        own = (each for each in self.snapshot.subscriptions if is_same_id(each.sku_id, licence.sku_id))
        return sum(
            each.seats
            for each in own
            if is_paid(each)
            and not self.is_excluded(
                licence.sku_id, has_in_it(name_purchase(each), terms.get((each.commerce_id or "").lower()))
            )
        )

    def list_paid(self) -> Iterator[tuple[Licence, int]]:
        """The licences that somebody pays for and nobody excluded, with their seats."""
        for licence in self.snapshot.licences:
            paid = self.count_paid(licence)
            if paid:
                yield licence, paid


def has_in_it(purchase: OneSubscription, term: Term | None) -> Callable[[Part], bool]:
    """Whether a part has a purchase of this term in it; of one whose term nobody tells, any term may."""

    def concerns(part: Part) -> bool:
        match part:
            case None:
                return True
            case Term():
                return term in (None, part)
            case OneSubscription():  # pragma: no branch - there is no other part
                return part == purchase

    return concerns


def is_paid(subscription: Subscription) -> bool:
    """Whether somebody pays for it now."""
    is_sold = subscription.next_lifecycle_at is not None or subscription.owner_tenant_id is not None
    return is_sold and not subscription.is_trial and subscription.status in COUNTED_STATUSES


def make_licence_alert(
    kind: AlertKind,
    facts: TenantFacts,
    licence: Licence,
    words: tuple[str, str],
    target: Callable[[Customer], Target],
    seats: int,
    severity: Severity = Severity.KNOW,
    stage: int = 0,
) -> Alert:
    """An alert about a licence, told of the customer that bills it, else of the tenant's first one.

    `words` are the sentence and the next step.
    """
    found = facts.find_mapping(licence.sku_id)
    owner = facts.customers[0] if found is None else found[0]
    price = None if found is None else owner.seat_prices.get(found[1].id)
    return Alert(
        kind=kind,
        thing=(facts.snapshot.tenant_id, licence.sku_id),
        subject=owner.customer.id,
        sentence=words[0],
        step=words[1],
        target=target(owner.customer),
        severity=severity,
        customer_id=owner.customer.id,
        customer_name=owner.customer.name,
        tenant_id=facts.snapshot.tenant_id,
        sku_id=licence.sku_id,
        licence_name=licence.part_number if found is None else found[1].licence_name,
        monthly=None if price is None else price * seats,
        seats=seats,
        stage=stage,
    )


def make_customer_alert(
    kind: AlertKind,
    facts: TenantFacts,
    each: CustomerFacts,
    thing: tuple[str, ...],
    words: tuple[str, str],
    severity: Severity,
    stage: int = 0,
    target: Target | None = None,
) -> Alert:
    """An alert about something of a customer that is no single licence; `words` are the sentence and the step."""
    customer = each.customer
    return Alert(
        kind=kind,
        thing=(customer.id, *thing),
        subject=customer.id,
        sentence=words[0],
        step=words[1],
        target=target or LookAtCustomer(customer.id),
        severity=severity,
        customer_id=customer.id,
        customer_name=customer.name,
        tenant_id=facts.snapshot.tenant_id,
        stage=stage,
    )


def count(number: int, noun: str) -> str:
    """1 seat, 2 seats."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
