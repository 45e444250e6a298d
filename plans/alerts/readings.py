"""Alerts that a tenant's own reading shows, one function a kind. Pure.

Nothing is said of what is free: a licence counts as paid where a subscription of it is in force, is no trial, and was
sold by somebody or has a day on which it ends (microsoft.md 2.2: free ones have neither).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from plans.alerts.alert import Alert, AlertKind, LookAtCustomer, LookAtUsers, MapLicence, MoveLines, Severity
from plans.alerts.second_writers import find_second_writers
from plans.alerts.tenants import (
    MOST_NAMES,
    TenantFacts,
    count,
    has_in_it,
    is_paid,
    make_customer_alert,
    make_licence_alert,
)
from profiles.billing import Mapping as LicenceMapping
from profiles.description import TERM_WORDS, describe_purchase
from profiles.holdings import HeldSubscription
from profiles.licences import (
    Licence,
    LicensedUser,
    MailboxReport,
    PartnerStatus,
    PartnerSubscription,
    Term,
    UnreadMailboxes,
)
from profiles.parts import OneSubscription
from profiles.periods import ONE_DAY, write_short_day
from profiles.quantity import doubt_count, is_same_id

RENEWAL_NOTICE = timedelta(days=30)
RENEWAL_SOON = timedelta(days=7)
# The stage of a chance that has just begun and ends within days.
JUST_BEGUN = 3
AGREEMENT_NOTICE = timedelta(days=30)
AGREEMENT_SOON = timedelta(days=7)


def find_no_profile(facts: TenantFacts) -> Iterator[Alert]:
    """A licence that nobody mapped or excluded, a new one among them; and of one that is billed in parts, a term or a
    subscription that came later."""
    for licence, part, seats in facts.list_unmapped():
        said = f"{name_seats(part, seats)} {'is' if seats == 1 else 'are'} paid for, and no profile bills them."
        alert = make_licence_alert(
            AlertKind.NO_PROFILE,
            facts,
            licence,
            (said, "Map it, or say that it is not billed"),
            lambda customer, sku_id=licence.sku_id: MapLicence(customer.id, sku_id),  # type: ignore[misc]
            seats,
            Severity.NOW,
        )
        # What another part of it is billed for says nothing of this one.
        yield alert if part is None else replace(alert, thing=(*alert.thing, identify(part)), monthly=None)


def name_seats(part: Term | HeldSubscription | None, seats: int) -> str:
    """2 monthly seats of it; 5 seats of its subscription 1a2b3c4d (annual, renews 30 Apr 2027)."""
    match part:
        case None:
            return f"{count(seats, 'seat')} of it"
        case Term():
            return f"{count(seats, f'{TERM_WORDS[part]} seat')} of it"
        case HeldSubscription():  # pragma: no branch - there is no other part
            return f"{count(seats, 'seat')} of its {describe_purchase(part)}"


def identify(part: Term | HeldSubscription) -> str:
    """What tells an alert about one part of a licence from those about others."""
    return part.part.subscription_id if isinstance(part, HeldSubscription) else part.value


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
    own = list_partner(facts, licence)
    if any(is_cancellable(each, facts.today) for each in own):
        last = max(each.cancellable_until for each in own if each.cancellable_until is not None)
        return f"They can be given back until {write_short_day(last)}."
    renewals = [each.renews_on for each in own if each.renews_on is not None and each.renews_on > facts.today]
    return f"They can be given back at the renewal on {write_short_day(min(renewals))}." if renewals else ""


def list_partner(facts: TenantFacts, licence: Licence) -> list[PartnerSubscription]:
    """What Partner Center shows of a licence, in force, paid for, and in no part that is excluded."""
    return [
        each
        for each in facts.snapshot.partner_subscriptions or ()
        if is_same_id(each.sku_id, licence.sku_id)
        and each.status is PartnerStatus.ACTIVE
        and not each.is_trial
        and not facts.is_excluded(licence.sku_id, has_in_it(OneSubscription(each.id), each.term))
    ]


def is_cancellable(subscription: PartnerSubscription, today: date) -> bool:
    """Whether seats of it can be given back today."""
    return subscription.cancellable_until is not None and today <= subscription.cancellable_until


def find_renewals(facts: TenantFacts) -> Iterator[Alert]:
    """A subscription of a year or more that can be changed now, and soon not any more; and only then.

    Each is a thing of its own, for each has its own days. Seats that nobody has are told with the subscription that
    presses most, and counted once. Monthly ones are left out: they can be changed every month, and would be told every
    month (rivals, d8).
    """
    for licence, seats in facts.list_paid():
        idle = max(0, seats - licence.assigned_seats) if licence.is_for_users else 0
        said = f"{idle} of {count(seats, 'seat')} {'is' if idle == 1 else 'are'} assigned to nobody."
        found = [(find_chance(each, facts.today, idle), each) for each in list_partner(facts, licence)]
        chances = [(*chance, each) for chance, each in found if chance is not None]
        left = idle
        for stage, sentence, each in sorted(
            chances, key=lambda one: (-one[0], one[2].renews_on or facts.today, one[2].id)
        ):
            unused = min(left, each.seats)
            left -= unused
            alert = make_licence_alert(
                AlertKind.RENEWAL_WINDOW,
                facts,
                licence,
                (f"{sentence} {said if idle else 'All are assigned.'}", "Decide how many seats stay"),
                lambda customer: LookAtCustomer(customer.id),
                unused,
                Severity.SOON if stage > 1 else Severity.KNOW,
                stage,
            )
            yield replace(alert, thing=(*alert.thing, each.id), last_day=find_last_day(each, stage))


def find_last_day(subscription: PartnerSubscription, stage: int) -> date | None:
    """The last day of a chance: of the days after a term began, or the one before it renews."""
    if stage == JUST_BEGUN:
        return subscription.cancellable_until
    return None if subscription.renews_on is None else subscription.renews_on - ONE_DAY


def find_chance(subscription: PartnerSubscription, today: date, unused: int) -> tuple[int, str] | None:
    """How near the end of the chance is, and what can be done; None where nothing can be, or nothing needs to be."""
    if subscription.term in (None, Term.MONTHLY):
        return None
    until = subscription.cancellable_until
    if unused and until is not None and today <= until:
        return JUST_BEGUN, f"Seats of a term that has just begun can be given back until {write_short_day(until)}."
    renews_on = subscription.renews_on
    if renews_on is None or subscription.auto_renews is False or not today < renews_on <= today + RENEWAL_NOTICE:
        return None
    stage = 2 if renews_on <= today + RENEWAL_SOON else 1
    return stage, f"{count(subscription.seats, 'seat')} renew by themselves on {write_short_day(renews_on)}."


def find_disabled(facts: TenantFacts) -> Iterator[Alert]:
    """Users who cannot sign in and hold a licence that somebody pays for. A mailbox that is known to be shared is told
    as that, or needs its licence."""
    report = facts.snapshot.mailboxes
    for licence, _ in facts.list_paid():
        holders = [
            user
            for user in list_holders(facts, licence)
            if not user.account_enabled
            and (not isinstance(report, MailboxReport) or report.find(user.principal_name) is None)
        ]
        if holders:
            verb = "user who cannot sign in holds" if len(holders) == 1 else "users who cannot sign in hold"
            words = (f"{len(holders)} {verb} it: {name_some(holders)}.", "Take the licence away")
            yield make_users_alert(AlertKind.DISABLED_USER, facts, licence, words, len(holders))


def find_shared_mailboxes(facts: TenantFacts) -> Iterator[Alert]:
    """Shared mailboxes with a licence that somebody pays for, and that they do not need (microsoft.md 3.2)."""
    report = facts.snapshot.mailboxes
    if not isinstance(report, MailboxReport):
        return
    idle = {each.principal_name.lower() for each in report.shared if not each.needs_licence}
    for licence, _ in facts.list_paid():
        holders = [user for user in list_holders(facts, licence) if user.principal_name.lower() in idle]
        if holders:
            verb = "shared mailbox holds" if len(holders) == 1 else "shared mailboxes hold"
            said = (
                f"{len(holders)} {verb} it by the report of {write_short_day(report.refreshed_on)}: "
                f"{name_some(holders)}. Up to 50 GB, and without archive or litigation hold, none is needed."
            )
            words = (said, "Take the licence away")
            yield make_users_alert(AlertKind.SHARED_MAILBOX, facts, licence, words, len(holders))


def list_holders(facts: TenantFacts, licence: Licence) -> list[LicensedUser]:
    """The users who hold a licence."""
    return [user for user in facts.snapshot.users if any(is_same_id(each, licence.sku_id) for each in user.sku_ids)]


def name_some(users: Sequence[LicensedUser]) -> str:
    """The first few by name, and how many more there are."""
    names = sorted((user.display_name or user.principal_name for user in users), key=str.casefold)
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def make_users_alert(
    kind: AlertKind, facts: TenantFacts, licence: Licence, words: tuple[str, str], seats: int
) -> Alert:
    """An alert about users who hold a licence."""
    return make_licence_alert(kind, facts, licence, words, lambda customer: LookAtUsers(customer.id), seats)


def find_count_mismatch(facts: TenantFacts) -> Iterator[Alert]:
    """A licence of which Microsoft gives two counts (billing rules, 1)."""
    for licence in facts.snapshot.licences:
        doubts = (doubt_count(facts.snapshot, mapping) for _, mapping in facts.list_mappings(licence.sku_id))
        doubt = next((said for said in doubts if said is not None), None)
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
    """An agreement that ends within a month while licences are billed on it, and that nothing renews, so that they
    would be billed no more; one that is over, which they were not moved from (billing rules, 3).
    """
    for each in facts.customers:
        for agreement in each.agreements:
            ends_on = agreement.facts.ends_on
            lines = [mapping for mapping in each.mappings if is_billed_on(mapping, agreement.id)]
            if ends_on is None or not lines or ends_on > facts.today + AGREEMENT_NOTICE:
                continue
            is_soon = ends_on <= facts.today + AGREEMENT_SOON
            has_ended = ends_on < facts.today
            renewed_by = agreement.facts.renewed_by
            if renewed_by is not None and not has_ended:
                continue
            step = "Renew it in the PSA, or move them to its successor"
            if renewed_by is not None:
                step = f"Move them to agreement {renewed_by}, which renews it"
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
                target=MoveLines(each.customer.id, agreement.id),
            )


def is_billed_on(mapping: LicenceMapping, agreement_id: str) -> bool:
    """Whether a mapping asks for money on an agreement."""
    return mapping.agreement_id == agreement_id and not mapping.is_ended and not mapping.is_excluded


READING_KINDS: Mapping[AlertKind, Callable[[TenantFacts], Iterator[Alert]]] = {
    AlertKind.NO_PROFILE: find_no_profile,
    AlertKind.UNUSED_SEATS: find_unused,
    AlertKind.RENEWAL_WINDOW: find_renewals,
    AlertKind.SHARED_MAILBOX: find_shared_mailboxes,
    AlertKind.DISABLED_USER: find_disabled,
    AlertKind.COUNT_MISMATCH: find_count_mismatch,
    AlertKind.AGREEMENT_ENDING: find_agreement_endings,
    AlertKind.SECOND_WRITER: find_second_writers,
}


def find_in_reading(facts: TenantFacts) -> tuple[Alert, ...]:
    """Every alert of these kinds."""
    return tuple(alert for find in READING_KINDS.values() for alert in find(facts))


def find_unseen(facts: TenantFacts) -> frozenset[AlertKind]:
    """The kinds of which the reading says nothing tonight, although somebody asked: what stands of them stays."""
    is_unread = isinstance(facts.snapshot.mailboxes, UnreadMailboxes)
    return frozenset({AlertKind.SHARED_MAILBOX}) if is_unread else frozenset()
