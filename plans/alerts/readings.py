"""Alerts that a tenant's own reading shows, one function a kind. Pure.

Nothing is said of what is free: a licence counts as paid where a subscription of it is in force, is no trial, and was
sold by somebody or has a day on which it ends (microsoft.md 2.2: free ones have neither).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from plans.agreements import Agreement
from plans.alerts.alert import Alert, AlertKind, LookAtCustomer, LookAtUsers, MapLicence, Severity, Target
from plans.edits import is_open
from plans.keys import is_ours
from profiles.billing import Customer
from profiles.billing import Mapping as LicenceMapping
from profiles.exclusions import Exclusion, find_exclusion
from profiles.licences import (
    Licence,
    PartnerStatus,
    PartnerSubscription,
    Snapshot,
    Subscription,
    Term,
)
from profiles.periods import write_short_day
from profiles.quantity import COUNTED_STATUSES, doubt_count, is_same_id

RENEWAL_NOTICE = timedelta(days=30)
RENEWAL_SOON = timedelta(days=7)
AGREEMENT_NOTICE = timedelta(days=30)
AGREEMENT_SOON = timedelta(days=7)
MOST_NAMES = 3
# Texts that other tools leave in the serial number of what they write (connectwise.md 3; billing rules, 5).
FOREIGN_MARKERS = ("cloudconsole", "unite", "sync365", "sync 365", "pax8")


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """One customer of the tenant: what is mapped for it, its agreements, and what a seat of a mapping costs a month."""

    customer: Customer
    mappings: Sequence[LicenceMapping]
    agreements: Sequence[Agreement]
    seat_prices: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """A tenant that was read tonight, and every customer that it serves; there is at least one."""

    today: date
    snapshot: Snapshot
    customers: Sequence[CustomerFacts]
    exclusions: Sequence[Exclusion]

    def find_mapping(self, sku_id: str) -> tuple[CustomerFacts, LicenceMapping] | None:
        """Who bills a licence, or said not to; None where nobody does."""
        for each in self.customers:
            for mapping in each.mappings:
                if is_same_id(mapping.sku_id, sku_id) and not mapping.is_ended:
                    return each, mapping
        return None

    def is_excluded(self, sku_id: str) -> bool:
        """Whether a person said that a licence is not billed here: then nothing more is said of it."""
        tenant_id = self.snapshot.tenant_id
        found = self.find_mapping(sku_id)
        return find_exclusion(self.exclusions, tenant_id, sku_id) is not None or (
            found is not None and found[1].is_excluded
        )

    def count_paid(self, licence: Licence) -> int:
        """How many seats of a licence somebody pays for."""
        own = (each for each in self.snapshot.subscriptions if is_same_id(each.sku_id, licence.sku_id))
        return sum(each.seats for each in own if is_paid(each))

    def list_paid(self) -> Iterator[tuple[Licence, int]]:
        """The licences that somebody pays for and nobody excluded, with their seats."""
        for licence in self.snapshot.licences:
            paid = self.count_paid(licence)
            if paid and not self.is_excluded(licence.sku_id):
                yield licence, paid


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


def find_no_profile(facts: TenantFacts) -> Iterator[Alert]:
    """A licence that nobody mapped or excluded, a new one among them."""
    for licence, seats in facts.list_paid():
        if facts.find_mapping(licence.sku_id) is None:
            said = f"{count(seats, 'seat')} of it {'is' if seats == 1 else 'are'} paid for, and no profile bills them."
            yield make_licence_alert(
                AlertKind.NO_PROFILE,
                facts,
                licence,
                (said, "Map it, or say that it is not billed"),
                lambda customer, sku_id=licence.sku_id: MapLicence(customer.id, sku_id),  # type: ignore[misc]
                seats,
                Severity.NOW,
            )


def find_unused(facts: TenantFacts) -> Iterator[Alert]:
    """Seats that are paid for and assigned to nobody, with when they can be given back."""
    for licence, seats in facts.list_paid():
        unused = seats - licence.assigned_seats
        if licence.is_for_users and unused > 0:
            said = f"{unused} of {count(seats, 'seat')} {'is' if unused == 1 else 'are'} assigned to nobody."
            yield make_licence_alert(
                AlertKind.UNUSED_SEATS,
                facts,
                licence,
                (f"{said} {say_when_reducible(facts, licence)}", "Give seats back, or assign them"),
                lambda customer: LookAtCustomer(customer.id),
                unused,
            )


def say_when_reducible(facts: TenantFacts, licence: Licence) -> str:
    """The day from which seats can be given back, as far as anybody tells it (microsoft.md 2.3)."""
    if facts.snapshot.partner_subscriptions is None:
        ends = [
            each.next_lifecycle_at.date()
            for each in facts.snapshot.subscriptions
            if is_same_id(each.sku_id, licence.sku_id) and is_paid(each) and each.next_lifecycle_at is not None
        ]
        return f"They can be given back when the term ends on {write_short_day(min(ends))}." if ends else ""
    own = list_partner(facts.snapshot, licence)
    if any(is_cancellable(each, facts.today) for each in own):
        last = max(each.cancellable_until for each in own if each.cancellable_until is not None)
        return f"They can be given back until {write_short_day(last)}."
    renewals = [each.renews_on for each in own if each.renews_on is not None and each.renews_on > facts.today]
    return f"They can be given back at the renewal on {write_short_day(min(renewals))}." if renewals else ""


def list_partner(snapshot: Snapshot, licence: Licence) -> list[PartnerSubscription]:
    """What Partner Center shows of a licence, in force and paid for."""
    return [
        each
        for each in snapshot.partner_subscriptions or ()
        if is_same_id(each.sku_id, licence.sku_id) and each.status is PartnerStatus.ACTIVE and not each.is_trial
    ]


def is_cancellable(subscription: PartnerSubscription, today: date) -> bool:
    """Whether seats of it can be given back today."""
    return subscription.cancellable_until is not None and today <= subscription.cancellable_until


def find_renewals(facts: TenantFacts) -> Iterator[Alert]:
    """A subscription of a year or more that can be changed now, and soon not any more; and only then.

    Monthly ones are left out: they can be changed every month, and would be told every month (rivals, d8).
    """
    for licence, seats in facts.list_paid():
        unused = max(0, seats - licence.assigned_seats) if licence.is_for_users else 0
        found = [find_chance(each, facts.today, unused) for each in list_partner(facts.snapshot, licence)]
        chances = [chance for chance in found if chance is not None]
        if chances:
            stage, said = max(chances)
            idle = f"{unused} of {count(seats, 'seat')} {'is' if unused == 1 else 'are'} assigned to nobody."
            severity = Severity.SOON if stage > 1 else Severity.KNOW
            words = (f"{said} {idle if unused else 'All are assigned.'}", "Decide how many seats stay")
            yield make_licence_alert(
                AlertKind.RENEWAL_WINDOW,
                facts,
                licence,
                words,
                lambda customer: LookAtCustomer(customer.id),
                unused,
                severity,
                stage,
            )


def find_chance(subscription: PartnerSubscription, today: date, unused: int) -> tuple[int, str] | None:
    """How near the end of the chance is, and what can be done; None where nothing can be, or nothing needs to be."""
    if subscription.term in (None, Term.MONTHLY):
        return None
    until = subscription.cancellable_until
    if unused and until is not None and today <= until:
        return 3, f"Seats of a term that has just begun can be given back until {write_short_day(until)}."
    renews_on = subscription.renews_on
    if renews_on is None or subscription.auto_renews is False or not today < renews_on <= today + RENEWAL_NOTICE:
        return None
    stage = 2 if renews_on <= today + RENEWAL_SOON else 1
    return stage, f"{count(subscription.seats, 'seat')} renew by themselves on {write_short_day(renews_on)}."


def find_disabled(facts: TenantFacts) -> Iterator[Alert]:
    """Users who cannot sign in and hold a licence that somebody pays for."""
    for licence, _ in facts.list_paid():
        holders = [
            user
            for user in facts.snapshot.users
            if not user.account_enabled and any(is_same_id(each, licence.sku_id) for each in user.sku_ids)
        ]
        if holders:
            names = sorted((user.display_name or user.principal_name for user in holders), key=str.casefold)
            shown, more = names[:MOST_NAMES], len(names) - MOST_NAMES
            listed = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
            verb = "user who cannot sign in holds" if len(holders) == 1 else "users who cannot sign in hold"
            yield make_licence_alert(
                AlertKind.DISABLED_USER,
                facts,
                licence,
                (f"{len(holders)} {verb} it: {listed}.", "Take the licence away"),
                lambda customer: LookAtUsers(customer.id),
                len(holders),
            )


def find_count_mismatch(facts: TenantFacts) -> Iterator[Alert]:
    """A licence of which Microsoft gives two counts (billing rules, 1)."""
    for licence in facts.snapshot.licences:
        found = facts.find_mapping(licence.sku_id)
        doubt = None if found is None else doubt_count(facts.snapshot, found[1])
        if doubt is not None:
            yield make_licence_alert(
                AlertKind.COUNT_MISMATCH,
                facts,
                licence,
                (f"{doubt} Nothing is written for this customer until they agree.", "Look at both in the admin centre"),
                lambda customer: LookAtCustomer(customer.id),
                0,
                Severity.NOW,
            )


def find_agreement_endings(facts: TenantFacts) -> Iterator[Alert]:
    """An agreement that ends within a month while licences are billed on it (billing rules, 3)."""
    for each in facts.customers:
        for agreement in each.agreements:
            ends_on = agreement.facts.ends_on
            lines = [mapping for mapping in each.mappings if is_billed_on(mapping, agreement.id)]
            if ends_on is None or not lines or ends_on > facts.today + AGREEMENT_NOTICE:
                continue
            is_soon = ends_on <= facts.today + AGREEMENT_SOON
            has_ended = ends_on < facts.today
            renewed_by = agreement.facts.renewed_by
            step = "Renew it in the PSA, or map them to its successor"
            if renewed_by is not None:
                step = f"Map them to agreement {renewed_by}, which renews it"
            billed = f"{count(len(lines), 'licence')} {'is' if len(lines) == 1 else 'are'} billed on it"
            yield make_customer_alert(
                AlertKind.AGREEMENT_ENDING,
                facts,
                each,
                (agreement.id,),
                (
                    f"{agreement.name} {'ended' if has_ended else 'ends'} on {write_short_day(ends_on)}, and {billed}.",
                    step,
                ),
                Severity.NOW if is_soon else Severity.SOON,
                stage=is_soon + has_ended,
            )


def is_billed_on(mapping: LicenceMapping, agreement_id: str) -> bool:
    """Whether a mapping asks for money on an agreement."""
    return mapping.agreement_id == agreement_id and not mapping.is_ended and not mapping.is_excluded


def find_second_writers(facts: TenantFacts) -> Iterator[Alert]:
    """Another tool's open addition of a product that we bill on the same agreement (billing rules, 5)."""
    for each in facts.customers:
        for agreement in each.agreements:
            ours = {addition.product_id for addition in agreement.additions if is_ours(addition)}
            foreign = [
                addition
                for addition in agreement.additions
                if addition.product_id in ours
                and is_open(addition, facts.today)
                and any(marker in addition.key.lower() for marker in FOREIGN_MARKERS)
            ]
            if foreign:
                named = ", ".join(f"{addition.id} ({addition.key})" for addition in foreign[:MOST_NAMES])
                yield make_customer_alert(
                    AlertKind.SECOND_WRITER,
                    facts,
                    each,
                    (agreement.id,),
                    (
                        f"On {agreement.name} another tool bills what Seatledger bills: addition {named}.",
                        "End theirs in the PSA, and switch the other tool off",
                    ),
                    Severity.NOW,
                )


def make_customer_alert(
    kind: AlertKind,
    facts: TenantFacts,
    each: CustomerFacts,
    thing: tuple[str, ...],
    words: tuple[str, str],
    severity: Severity,
    stage: int = 0,
) -> Alert:
    """An alert about something of a customer that is no single licence; `words` are the sentence and the step."""
    customer = each.customer
    return Alert(
        kind=kind,
        thing=(customer.id, *thing),
        subject=customer.id,
        sentence=words[0],
        step=words[1],
        target=LookAtCustomer(customer.id),
        severity=severity,
        customer_id=customer.id,
        customer_name=customer.name,
        tenant_id=facts.snapshot.tenant_id,
        stage=stage,
    )


def count(number: int, noun: str) -> str:
    """1 seat, 2 seats."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


READING_KINDS: Mapping[AlertKind, Callable[[TenantFacts], Iterator[Alert]]] = {
    AlertKind.NO_PROFILE: find_no_profile,
    AlertKind.UNUSED_SEATS: find_unused,
    AlertKind.RENEWAL_WINDOW: find_renewals,
    AlertKind.DISABLED_USER: find_disabled,
    AlertKind.COUNT_MISMATCH: find_count_mismatch,
    AlertKind.AGREEMENT_ENDING: find_agreement_endings,
    AlertKind.SECOND_WRITER: find_second_writers,
}


def find_in_reading(facts: TenantFacts) -> tuple[Alert, ...]:
    """Every alert of these kinds."""
    return tuple(alert for find in READING_KINDS.values() for alert in find(facts))
