"""What each kind of alert is called, and how often it is told where nobody set anything else: one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from plans.alerts.alert import AlertKind


class Rhythm(StrEnum):
    """How often a kind is told: every day; on Mondays; on the first day of a month."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class KindWords:
    """A kind in words: its heading, what it means in a sentence, how often it is told by itself."""

    word: str
    meaning: str
    rhythm: Rhythm = Rhythm.DAILY


KINDS: Mapping[AlertKind, KindWords] = {
    AlertKind.NIGHT_MISSED: KindWords("Night missed", "No night has ended for more than 26 hours."),
    AlertKind.INVALID_AUTHORISATION: KindWords(
        "Access refused", "Microsoft refuses us a tenant or an account; its quantities stay as they are meanwhile."
    ),
    AlertKind.UNKNOWN_READING: KindWords(
        "Not readable", "A customer or an account could not be read on several nights in a row, for another reason."
    ),
    AlertKind.PUSH_FAILED: KindWords("Not written", "A change was planned and allowed, and is not in the PSA."),
    AlertKind.BEFORE_INVOICE: KindWords(
        "Before the invoice", "An invoice is made within three days, and would lack something."
    ),
    AlertKind.NO_PROFILE: KindWords("No billing profile", "A customer has a licence that nobody bills or excludes."),
    AlertKind.HELD: KindWords("Held", "A brake stopped a change; a person approves or refuses it."),
    AlertKind.PARKED: KindWords("Parked", "The PSA is not as we left it; nothing is planned until a person looked."),
    AlertKind.COUNT_MISMATCH: KindWords(
        "Counts differ", "Microsoft's own two counts of a licence differ, so nothing rests on either."
    ),
    AlertKind.SECOND_WRITER: KindWords(
        "Second writer", "Another tool seems to write the same lines: both would bill them."
    ),
    AlertKind.CREDIT_PROPOSAL: KindWords("Credit proposal", "Money that only a person can give back."),
    AlertKind.TENANT_REMOVED: KindWords(
        "Tenant removed", "Microsoft lists a customer no more. Nothing is ended until a person confirms."
    ),
    AlertKind.TENANT_NOT_ADDED: KindWords("Tenant not added", "A tenant of ours that nobody bills or excludes."),
    AlertKind.SECRET_EXPIRING: KindWords("Client secret ends", "Without a new one nothing can be read any more."),
    AlertKind.TOKEN_EXPIRING: KindWords(
        "Sign-in ends", "A sign-in that is not used for 90 days ends, and with it every reading."
    ),
    AlertKind.GDAP_EXPIRING: KindWords("GDAP ends", "Our access to a tenant ends, and does not extend itself."),
    AlertKind.AGREEMENT_ENDING: KindWords("Agreement ends", "What is billed on it needs a successor."),
    AlertKind.RENEWAL_WINDOW: KindWords(
        "Seats can be given back", "A subscription can be reduced now, and soon not any more."
    ),
    AlertKind.UNUSED_SEATS: KindWords("Unused seats", "Seats that are paid for and assigned to nobody.", Rhythm.WEEKLY),
    AlertKind.SHARED_MAILBOX: KindWords(
        "Licensed shared mailboxes", "Mailboxes of several people that need no licence, and hold one.", Rhythm.WEEKLY
    ),
    AlertKind.DISABLED_USER: KindWords(
        "Disabled users with a licence", "Seats whose users cannot sign in any more.", Rhythm.WEEKLY
    ),
}
