"""What Microsoft says of one licence: its purchases and seats, in words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from profiles.billing import Basis
from profiles.holdings import Holding, make_holding
from profiles.licences import (
    Licence,
    PartnerStatus,
    PartnerSubscription,
    Snapshot,
    Subscription,
    SubscriptionStatus,
    Term,
)
from profiles.parts import OneSubscription, Part, takes_listed, takes_purchase
from profiles.quantity import is_same_id
from profiles.unmapped import find_unmapped, list_held, list_mapped
from web.pages.customer_view import CustomerRecords
from web.wording import TERM_WORDS, write_count, write_number_of, write_short_day

NO_BREAK = "\u00a0"
STATUS_WORDS = {
    SubscriptionStatus.ENABLED: "active",
    SubscriptionStatus.WARNING: "in grace",
    SubscriptionStatus.SUSPENDED: "suspended",
    SubscriptionStatus.DELETED: "deleted",
    SubscriptionStatus.LOCKED_OUT: "locked out",
}
PARTNER_STATUS_WORDS = {
    PartnerStatus.NONE: "without a status",
    PartnerStatus.ACTIVE: "active",
    PartnerStatus.PENDING: "pending",
    PartnerStatus.SUSPENDED: "suspended",
    PartnerStatus.EXPIRED: "expired",
    PartnerStatus.DISABLED: "disabled",
    PartnerStatus.DELETED: "deleted",
}


def list_partner(records: CustomerRecords, sku_id: str, part: Part = None) -> list[PartnerSubscription]:
    """What Partner Center shows of a licence, of one part where the mapping is split."""
    found = () if records.snapshot is None else records.snapshot.partner_subscriptions or ()
    return [each for each in found if is_same_id(each.sku_id, sku_id) and takes_purchase(part, each)]


def list_later_parts(records: CustomerRecords, sku_id: str) -> list[tuple[Term | OneSubscription, Holding]]:
    """Parts of a licence that is mapped in parts which none of its mappings bills, with what holds their seats."""
    own = find_holding(records.snapshot, sku_id)
    if own is None:
        return []
    unmapped = find_unmapped(list_held((), (own,)), list_mapped(records.overview.mappings))
    return sorted(((part, own) for _, part in unmapped if part is not None), key=repr)


def find_holding(snapshot: Snapshot | None, sku_id: str) -> Holding | None:
    """The counts of one licence; None where the tenant was never read, or does not have it."""
    licences = () if snapshot is None else snapshot.licences
    own = next((each for each in licences if is_same_id(each.sku_id, sku_id)), None)
    return None if snapshot is None or own is None else make_holding(snapshot, own)


def list_directory(records: CustomerRecords, sku_id: str, part: Part = None) -> list[Subscription]:
    """What the customer's directory shows of it, of one subscription where the mapping is of one: it tells no terms."""
    found = () if records.snapshot is None else records.snapshot.subscriptions
    own = [each for each in found if is_same_id(each.sku_id, sku_id)]
    return [each for each in own if takes_listed(part, each)] if isinstance(part, OneSubscription) else own


def count_purchased(records: CustomerRecords, licence: Licence) -> int:
    """Seats that can be assigned: active, or in grace."""
    return licence.enabled_seats + licence.warning_seats


def count_bought(records: CustomerRecords, licence: Licence, part: Part) -> int | None:
    """The same of one part, or of all (None). None where the reading does not tell terms."""
    own = None if part is None else find_holding(records.snapshot, licence.sku_id)
    if own is None:
        return count_purchased(records, licence)
    return None if own.terms is None and isinstance(part, Term) else own.count(part, Basis.PURCHASED)


def write_subscriptions(records: CustomerRecords, sku_id: str, part: Part = None) -> str:
    """10 annual · 2 monthly; 12 active where only the directory is known. Each stays on one line. One subscription
    alone is told with its day, where the line may break: 10 annual, to 30 Apr 2027.
    """
    seats: Counter[tuple[str, str]] = Counter()
    partner = list_partner(records, sku_id, part)
    for each in partner:
        what = "trial" if each.is_trial else TERM_WORDS[each.term] if each.term else "without a term"
        status = "" if each.status is PartnerStatus.ACTIVE else f", {PARTNER_STATUS_WORDS[each.status]}"
        seats[f"{what}{status}", write_day(part, each.renews_on)] += each.seats
    for own in [] if partner else list_directory(records, sku_id, part):
        until = None if own.next_lifecycle_at is None else own.next_lifecycle_at.date()
        seats["trial" if own.is_trial else STATUS_WORDS[own.status], write_day(part, until)] += own.seats
    return " · ".join(
        f"{write_count(count)} {what}".replace(" ", NO_BREAK) + day for (what, day), count in seats.items()
    )


def write_day(part: Part, day: date | None) -> str:
    """The day in UTC on which the term of one subscription is over; nothing where a row is of several."""
    if day is None or not isinstance(part, OneSubscription):
        return ""
    return ", " + f"to {write_short_day(day)}".replace(" ", NO_BREAK)


def explain_seats(records: CustomerRecords, licence: Licence) -> Iterator[str]:
    """What was bought, when it renews, and who has it. Where only the directory is read, its subscriptions."""
    partner = list_partner(records, licence.sku_id)
    for own in [] if partner else list_directory(records, licence.sku_id):
        yield write_directory(own)
    for each in partner:
        term = "Trial" if each.is_trial else f"{TERM_WORDS[each.term].capitalize()} term" if each.term else "No term"
        renewal = "" if each.renews_on is None else f", {write_renewal(each)} {write_short_day(each.renews_on)}"
        seats = write_number_of(each.seats, "seat")
        yield f"{term}: {seats}, {PARTNER_STATUS_WORDS[each.status]} in Partner Center{renewal}."
    purchased = count_purchased(records, licence)
    used = f"{write_number_of(licence.assigned_seats, 'seat')} assigned of {write_count(purchased)} that can be."
    blocked = licence.suspended_seats + licence.locked_out_seats
    yield used if not blocked else f"{used} {write_number_of(blocked, 'seat')} suspended."
    if licence.assigned_seats > purchased:
        yield "More seats are assigned than were bought: somebody is about to lose the licence."


def write_directory(subscription: Subscription) -> str:
    """One purchase as the directory shows it: it tells a day, and neither the term nor whether it renews itself."""
    what, status = "Trial" if subscription.is_trial else "Subscription", STATUS_WORDS[subscription.status]
    seats = f"{what}: {write_number_of(subscription.seats, 'seat')}, {status} in the directory"
    if subscription.next_lifecycle_at is None:
        return f"{seats}, without an end."
    day = write_short_day(subscription.next_lifecycle_at.date())
    ends = "ends" if subscription.status is SubscriptionStatus.ENABLED else "goes on to its next state"
    return f"{seats}; it {ends} on {day} unless it is renewed."


def write_renewal(subscription: PartnerSubscription) -> str:
    """What happens at the end of the term."""
    return "ends on" if subscription.auto_renews is False else "renews on"
