"""One thing that needs a person: what it is, where the next step is done, and since when it stands (issue 8)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

# One seat more than one is twice as much, and no news.
MANY_MORE_SEATS = 5


class AlertKind(StrEnum):
    """Every kind, in the order in which lists without money show them."""

    NIGHT_MISSED = "night_missed"
    INVALID_AUTHORISATION = "invalid_authorisation"
    UNKNOWN_READING = "unknown_reading"
    PUSH_FAILED = "push_failed"
    BEFORE_INVOICE = "before_invoice"
    NO_PROFILE = "no_profile"
    HELD = "held"
    PARKED = "parked"
    COUNT_MISMATCH = "count_mismatch"
    SECOND_WRITER = "second_writer"
    CREDIT_PROPOSAL = "credit_proposal"
    TENANT_REMOVED = "tenant_removed"
    TENANT_NOT_ADDED = "tenant_not_added"
    SECRET_EXPIRING = "secret_expiring"  # noqa: S105 - the name of a kind
    TOKEN_EXPIRING = "token_expiring"  # noqa: S105 - the name of a kind
    GDAP_EXPIRING = "gdap_expiring"
    AGREEMENT_ENDING = "agreement_ending"
    RENEWAL_WINDOW = "renewal_window"
    UNUSED_SEATS = "unused_seats"
    SHARED_MAILBOX = "shared_mailbox"
    DISABLED_USER = "disabled_user"


class Severity(StrEnum):
    """How much it presses: money or nights are lost now; will be soon; it is good to know."""

    NOW = "now"
    SOON = "soon"
    KNOW = "know"


@dataclass(frozen=True, slots=True)
class MapLicence:
    """Where a licence of a customer is mapped to a billing profile."""

    customer_id: str
    sku_id: str
    kind: Literal["map_licence"] = "map_licence"


@dataclass(frozen=True, slots=True)
class LookAtCustomer:
    """The licences of a customer."""

    customer_id: str
    kind: Literal["customer"] = "customer"


@dataclass(frozen=True, slots=True)
class MoveLines:
    """The licences of a customer that are billed on an agreement, to be billed on another one."""

    customer_id: str
    agreement_id: str
    kind: Literal["move"] = "move"


@dataclass(frozen=True, slots=True)
class LookAtUsers:
    """The licensed users of a customer."""

    customer_id: str
    kind: Literal["users"] = "users"


@dataclass(frozen=True, slots=True)
class DecideHold:
    """A held line, to be approved or refused."""

    hold_id: str
    kind: Literal["hold"] = "hold"


@dataclass(frozen=True, slots=True)
class SettleCredits:
    """The credit proposals of a customer."""

    customer_name: str
    kind: Literal["credits"] = "credits"


@dataclass(frozen=True, slots=True)
class CompleteInvoice:
    """What the next invoices would lack."""

    customer_name: str
    kind: Literal["before_invoice"] = "before_invoice"


@dataclass(frozen=True, slots=True)
class AddCustomer:
    """A tenant that nobody added yet."""

    tenant_name: str
    kind: Literal["add"] = "add"


@dataclass(frozen=True, slots=True)
class ConfirmRemoval:
    """Whether a customer that Microsoft does not list any more has gone; it is asked by the alert itself."""

    customer_id: str
    kind: Literal["removal"] = "removal"


@dataclass(frozen=True, slots=True)
class RenewAccount:
    """A partner account: sign in again, or a new client secret."""

    account_id: str
    kind: Literal["account"] = "account"


@dataclass(frozen=True, slots=True)
class LetIn:
    """The tenants of a partner account, into which the application is let."""

    account_id: str
    kind: Literal["tenants"] = "tenants"


@dataclass(frozen=True, slots=True)
class RenewDirectTenant:
    """A direct tenant, by the id of its value: consent again, or a new client secret."""

    direct_id: str
    kind: Literal["direct"] = "direct"


@dataclass(frozen=True, slots=True)
class LookAtRun:
    """One run; the list of runs where it is empty."""

    run_id: str = ""
    kind: Literal["run"] = "run"


type Target = (
    MapLicence
    | LookAtCustomer
    | LookAtUsers
    | MoveLines
    | DecideHold
    | SettleCredits
    | CompleteInvoice
    | AddCustomer
    | ConfirmRemoval
    | RenewAccount
    | LetIn
    | RenewDirectTenant
    | LookAtRun
)
"""Where the next step of an alert is done; who writes addresses turns it into one."""


@dataclass(frozen=True, slots=True)
class Weight:
    """How much an alert is about: its stage, its money a month or once (None where no price is known) and its seats."""

    stage: int = 0
    monthly: Decimal | None = None
    seats: int = 0

    def outgrows(self, other: Weight) -> bool:
        """Whether it is more than the other one said: come closer, the other way round, or much larger.

        Seats say it where both know them, else money. Who has heard of twelve seats has not heard of five hundred.
        """
        if self.stage > other.stage:
            return True
        if self.seats and other.seats:
            return is_much_more(Decimal(self.seats), Decimal(other.seats), MANY_MORE_SEATS)
        return bool(self.monthly and other.monthly and is_much_more(self.monthly, other.monthly))


def is_much_more(now: Decimal, before: Decimal, least: int = 0) -> bool:
    """Whether a number is twice as much as before and by `least` more, or has changed its sign."""
    return (now < 0) != (before < 0) or (abs(now) >= 2 * abs(before) and abs(now) - abs(before) >= least)


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that needs a person.

    `thing` tells it from all others of its kind, and stays the same from night to night. `subject` is whom one must
    look at to know whether it still stands: a customer or an account by id, empty for the installation. `monthly` is
    money a month that is at stake, None where no price is known; `seats` are those it is about, less than none where a
    held change takes seats away. A higher `stage` is the same thing come closer: it is told again. `step` are the words
    of the next step, which is done at `target`. `last_day`, in the MSP's zone, is the last one on which that helps;
    None where no day ends it. `once` is money that is at stake once and not month by month. `lacks` are the alerts, by
    id, that each tell a part of the same by themselves: the held lines and the licences without a profile that an
    invoice would be without.
    """

    kind: AlertKind
    thing: tuple[str, ...]
    subject: str
    sentence: str
    step: str
    target: Target
    severity: Severity
    customer_id: str = ""
    customer_name: str = ""
    tenant_id: str = ""
    sku_id: str = ""
    licence_name: str = ""
    monthly: Decimal | None = None
    seats: int = 0
    stage: int = 0
    once: Decimal | None = None
    last_day: date | None = None
    lacks: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The same for the same thing; fit for a table key and an address."""
        return name_alert(self.kind, self.thing)

    @property
    def weight(self) -> Weight:
        """How much it is about now."""
        return Weight(self.stage, self.monthly or self.once, self.seats)

    @property
    def stake(self) -> Decimal:
        """The money that it is about, a month's or once, whichever way it flows: what lists are ordered by."""
        return abs(self.monthly or self.once or Decimal(0))


def name_alert(kind: AlertKind, thing: tuple[str, ...]) -> str:
    """The id of the alert of that kind about that thing, whether it stands or not."""
    named = "\n".join((kind.value, *(each.lower() for each in thing)))
    return f"{kind.value}-{hashlib.sha256(named.encode()).hexdigest()[:20]}"


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert with when it was seen; times are aware, in UTC.

    `raised_at` is when it was last news: first seen, come to a higher stage, or become much larger. `raised_as` is how
    much it was about then; None in rows that are older than this field. `nights` counts the nights that saw it without
    a night between them that did not, the last one `last_night`. `is_heard` from the night on that was one too many;
    until then nobody is told. `cleared_at` is None while it stands. `is_forgotten` where it was cleared because its
    customer was removed.
    """

    alert: Alert
    first_seen: datetime
    last_seen: datetime
    raised_at: datetime
    nights: int = 0
    last_night: date | None = None
    cleared_at: datetime | None = None
    is_heard: bool = True
    raised_as: Weight | None = None
    is_forgotten: bool = False

    @property
    def id(self) -> str:
        """The alert's own."""
        return self.alert.id
