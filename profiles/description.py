"""The text of an invoice line: what a customer reads to recognise their own users (billing rules, 4)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from profiles.billing import Basis, Mapping
from profiles.holdings import HeldSubscription
from profiles.licences import LicensedUser, PartnerSubscription, Snapshot
from profiles.periods import write_short_day
from profiles.quantity import count_seats, is_billed_by_partner, is_counted

PART_SEPARATOR = "\n"
NAME_SEPARATOR = ", "
KEPT_CONTROL_CHARACTERS = frozenset("\n\u200d")
DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
TERM_WORDS = {"P1M": "monthly", "P1Y": "annual", "P3Y": "three-year"}


def describe_line(snapshot: Snapshot, mapping: Mapping, length_limit: int) -> str | None:
    """The invoice text of a mapping, at most `length_limit` characters; None where the mapping asks for none.

    What is sent takes the place of the product's own text, so it begins with the licence's name, or with the mapping's
    own text where it has one. User names are cut with "+ n more"; the other parts are short and always whole.
    """
    options = mapping.description
    own_text = clean(options.own_text)
    head = own_text or clean(mapping.licence_name)
    facts = describe_renewals(snapshot, mapping) if options.renewal else []
    if options.unassigned_count:
        facts.append(describe_unassigned(snapshot, mapping))
    if options.user_names:
        room = length_limit - sum(len(part) + len(PART_SEPARATOR) for part in (head, *facts) if part)
        facts.append(describe_users([user for user in snapshot.users if is_counted(user, mapping)], room))
    known = [part for part in facts if part]
    if not own_text and not known:
        return None
    return PART_SEPARATOR.join(part for part in (head, *known) if part)[:length_limit]


def describe_users(users: Sequence[LicensedUser], room: int) -> str:
    """The users' names in the order of the alphabet, as many as fit, and how many more there are."""
    names = sorted((clean(user.display_name) or clean(user.principal_name) for user in users), key=str.casefold)
    for shown in range(len(names), -1, -1):
        left = len(names) - shown
        more = f"+ {left} more" if left else ""
        text = NAME_SEPARATOR.join([*names[:shown], more] if more else names[:shown])
        if len(text) <= room:
            return text
    return ""


def describe_unassigned(snapshot: Snapshot, mapping: Mapping) -> str:
    """How many bought seats nobody uses; nothing where seats are counted by assignment, nor of a part of a licence: an
    assigned seat belongs to none."""
    if mapping.basis is Basis.ASSIGNED or mapping.part is not None:
        return ""
    assigned = sum(is_counted(user, mapping) for user in snapshot.users)
    unassigned = max(0, count_seats(snapshot, mapping) - assigned)
    return f"{unassigned} not assigned" if unassigned else ""


def describe_renewals(snapshot: Snapshot, mapping: Mapping) -> list[str]:
    """One line per purchase: how many seats, which term, and when it renews."""
    bought = [each for each in snapshot.partner_subscriptions or () if is_billed_by_partner(each, mapping)]
    return [describe_renewal(each) for each in sorted(bought, key=lambda each: (str(each.renews_on), each.id))]


def describe_renewal(subscription: PartnerSubscription) -> str:
    """One purchase, as the customer knows it."""
    term = TERM_WORDS.get(subscription.term or "", "")
    when = f", renews {subscription.renews_on.isoformat()}" if subscription.renews_on else ""
    return f"{subscription.seats} × {term}{when}" if term else f"{subscription.seats} seats{when}"


def describe_purchase(held: HeldSubscription) -> str:
    """subscription 1a2b3c4d (annual, renews 30 Apr 2027): what a person recognises one purchase of a licence by. The
    directory tells no term, and of the day not whether it renews. Days are in UTC."""
    term = TERM_WORDS.get(held.term or "", "")
    day = "" if held.renews_on is None else f"{'renews' if term else 'until'} {write_short_day(held.renews_on)}"
    said = ", ".join(filter(None, (term, day)))
    return f"subscription {held.part.short_id} ({said})" if said else f"subscription {held.part.short_id}"


def clean(text: str) -> str:
    """A tenant's text without control characters and direction overrides; other scripts and emoji stay (S9)."""
    kept = (
        character
        for character in text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        if character in KEPT_CONTROL_CHARACTERS
        or (character not in DIRECTION_MARKS and unicodedata.category(character) not in ("Cc", "Cs"))
    )
    return "".join(kept).strip()
