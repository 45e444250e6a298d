"""What Microsoft says of one licence: its purchases and seats, in words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from profiles.billing import Basis
from profiles.holdings import list_holdings
from profiles.licences import Licence, PartnerStatus, PartnerSubscription, Subscription, SubscriptionStatus, Term
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


def list_partner(records: CustomerRecords, sku_id: str, term: Term | None = None) -> list[PartnerSubscription]:
    """What Partner Center shows of a licence, of one term where the mapping is split."""
    found = () if records.snapshot is None else records.snapshot.partner_subscriptions or ()
    return [each for each in found if (each.sku_id or "").lower() == sku_id.lower() and term in (None, each.term)]


def list_later_terms(records: CustomerRecords, sku_id: str) -> list[tuple[Term, int]]:
    """Terms of a licence that is mapped by its terms which none of them bills, with their seats."""
    held = () if records.snapshot is None else list_holdings(records.snapshot)
    own = [each for each in held if each.sku_id.lower() == sku_id.lower()]
    unmapped = find_unmapped(list_held((), own), list_mapped(records.overview.mappings))
    return sorted((term, each.count(term, Basis.PURCHASED)) for each in own for _, term in unmapped if term is not None)


def list_directory(records: CustomerRecords, sku_id: str) -> list[Subscription]:
    """What the customer's directory shows of it."""
    found = () if records.snapshot is None else records.snapshot.subscriptions
    return [each for each in found if each.sku_id.lower() == sku_id.lower()]


def count_purchased(records: CustomerRecords, licence: Licence) -> int:
    """Seats that can be assigned: active, or in grace."""
    return licence.enabled_seats + licence.warning_seats


def count_bought(records: CustomerRecords, licence: Licence, term: Term | None) -> int | None:
    """The same of one term, or of all (None). None where the reading does not tell terms."""
    if term is None or records.snapshot is None:
        return count_purchased(records, licence)
    own = [each for each in list_holdings(records.snapshot) if each.sku_id.lower() == licence.sku_id.lower()]
    return None if any(each.terms is None for each in own) else sum(each.count(term, Basis.PURCHASED) for each in own)


def write_subscriptions(records: CustomerRecords, sku_id: str, term: Term | None = None) -> str:
    """10 annual · 2 monthly; 12 active where only the directory is known. Each part stays on one line."""
    seats: Counter[str] = Counter()
    partner = list_partner(records, sku_id, term)
    for each in partner:
        what = "trial" if each.is_trial else TERM_WORDS[each.term] if each.term else "without a term"
        status = "" if each.status is PartnerStatus.ACTIVE else f", {PARTNER_STATUS_WORDS[each.status]}"
        seats[f"{what}{status}"] += each.seats
    for own in [] if partner else list_directory(records, sku_id):
        seats["trial" if own.is_trial else STATUS_WORDS[own.status]] += own.seats
    return " · ".join(f"{write_count(count)} {what}".replace(" ", NO_BREAK) for what, count in seats.items())


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
