"""One thing that needs a person: what it is, where the next step is done, and since when it stands (issue 8)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal


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
    | DecideHold
    | SettleCredits
    | CompleteInvoice
    | AddCustomer
    | ConfirmRemoval
    | RenewAccount
    | RenewDirectTenant
    | LookAtRun
)
"""Where the next step of an alert is done; who writes addresses turns it into one."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that needs a person.

    `thing` tells it from all others of its kind, and stays the same from night to night. `subject` is whom one must
    look at to know whether it still stands: a customer or an account by id, empty for the installation. `monthly` is
    money a month that is at stake, None where no price is known; `seats` are those it is about. A higher `stage` is the
    same thing come closer: it is told again. `step` are the words of the next step, which is done at `target`.
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

    @property
    def id(self) -> str:
        """The same for the same thing; fit for a table key and an address."""
        named = "\n".join((self.kind.value, *(each.lower() for each in self.thing)))
        return f"{self.kind.value}-{hashlib.sha256(named.encode()).hexdigest()[:20]}"


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert with when it was seen; times are aware, in UTC.

    `raised_at` is when it was last news: first seen, or come to a higher stage. `nights` counts the nights that saw it
    without a night between them that did not, the last one `last_night`. `is_heard` from the night on that was one too
    many; until then nobody is told. `cleared_at` is None while it stands.
    """

    alert: Alert
    first_seen: datetime
    last_seen: datetime
    raised_at: datetime
    nights: int = 0
    last_night: date | None = None
    cleared_at: datetime | None = None
    is_heard: bool = True

    @property
    def id(self) -> str:
        """The alert's own."""
        return self.alert.id
