"""What an administrator connects: PSA connections and Microsoft accounts, and what each offers to choose from.

Credentials are never part of these values: they name the secrets that hold them (promise S5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, Protocol

from plans.catalogue import AgreementSummary, AgreementType, BillingCycle, Company, Payer, Product
from plans.errors import Misconfigured
from plans.limits import ABSENT, Rhythm
from plans.permissions import PermissionReport
from plans.ports import Outside, Psa
from profiles.billing import BillableOption
from profiles.partners import PartnerModel


@dataclass(frozen=True, slots=True)
class ConnectWiseConnection:
    """One ConnectWise instance. The two keys are secrets, by name.

    How its agreements are invoiced cannot be read from it: `invoices_in_arrears` holds for all agreements but those
    whose ids are `arrears_exceptions`; `confirmed_cycles` are names of billing cycles whose proration an administrator
    has confirmed (billing rules 6), `cycle_months` how many months each of them lasts, as ConnectWise said then.
    """

    id: str
    name: str
    site_url: str
    company: str
    client_id: str
    public_key_secret: str
    private_key_secret: str
    invoices_in_arrears: bool = False
    arrears_exceptions: tuple[str, ...] = ()
    confirmed_cycles: tuple[str, ...] = ("Monthly",)
    cycle_months: tuple[tuple[str, int], ...] = ()
    kind: Literal["connectwise"] = "connectwise"


@dataclass(frozen=True, slots=True)
class ConnectWiseKeys:
    """The API member's keys, on their way from the form to the secrets. Never kept, never printed."""

    public_key: str = field(repr=False)
    private_key: str = field(repr=False)


class AutotaskMode(StrEnum):
    """On which day a change of units takes effect: on its own, or where a billing period begins (billing rules, 7)."""

    PRORATED = "prorated"
    PERIOD_START = "period_start"


@dataclass(frozen=True, slots=True)
class AutotaskConnection:
    """One Autotask database, and the API user that we are there. The two keys are secrets, by name.

    `zone_url` is the origin of the API and `database` the number of the customer's database, both as zone discovery
    said; `web_url` is where people open it, empty where it is not Autotask's. What takes effect later is collected and
    written `posting_lead_nights` nights before the period is posted.
    """

    id: str
    name: str
    user_name: str
    zone_url: str
    web_url: str
    database: str
    secret_secret: str
    integration_code_secret: str
    mode: AutotaskMode = AutotaskMode.PRORATED
    posting_lead_nights: int = 3
    kind: Literal["autotask"] = "autotask"


@dataclass(frozen=True, slots=True)
class AutotaskKeys:
    """The API user's password and the tracking identifier, on their way from the form to the secrets."""

    secret: str = field(repr=False)
    integration_code: str = field(repr=False)


type PsaConnection = ConnectWiseConnection | AutotaskConnection
type PsaKeys = ConnectWiseKeys | AutotaskKeys
type PsaKind = Literal["connectwise", "autotask"]


def name_psa_secrets(connection: PsaConnection) -> tuple[str, str]:
    """What the secrets of a connection's keys are called, as Key Vault takes names: letters, digits, dashes."""
    match connection:
        case ConnectWiseConnection(id=name):
            return f"psa-{name}-public-key", f"psa-{name}-private-key"
        case AutotaskConnection(id=name):  # pragma: no branch - there is no other kind
            return f"psa-{name}-secret", f"psa-{name}-integration-code"


def list_psa_secrets(connection: PsaConnection) -> tuple[str, str]:
    """The secrets that hold a connection's keys now, in the order of `spell_keys`."""
    match connection:
        case ConnectWiseConnection():
            return connection.public_key_secret, connection.private_key_secret
        case AutotaskConnection():  # pragma: no branch - there is no other kind
            return connection.secret_secret, connection.integration_code_secret


def at_secrets(connection: PsaConnection, names: tuple[str, str]) -> PsaConnection:
    """The connection with its keys in these secrets."""
    first, second = names
    match connection:
        case ConnectWiseConnection():
            return replace(connection, public_key_secret=first, private_key_secret=second)
        case AutotaskConnection():  # pragma: no branch - there is no other kind
            return replace(connection, secret_secret=first, integration_code_secret=second)


def spell_keys(keys: PsaKeys) -> tuple[str, str]:
    """The two keys as they are kept, in the order of `list_psa_secrets`."""
    match keys:
        case ConnectWiseKeys():
            return keys.public_key, keys.private_key
        case AutotaskKeys():  # pragma: no branch - there is no other kind
            return keys.secret, keys.integration_code


def is_same_database(one: PsaConnection, other: PsaConnection) -> bool:
    """Whether both are the same company of one ConnectWise, or the same Autotask database: two connections to it would
    each make their own additions."""
    return find_database(one) == find_database(other)


def find_database(connection: PsaConnection) -> tuple[str, str]:
    """Where a connection's agreements are: which site, and whose they are there, however their letters are spelt.

    A database of Autotask has a number of its own wherever it is, and may move to another zone.
    """
    match connection:
        case ConnectWiseConnection():
            return connection.site_url.casefold(), connection.company.casefold()
        case AutotaskConnection():  # pragma: no branch - there is no other kind
            return connection.kind, connection.database


def name_partner_secrets(account_id: str) -> tuple[str, str]:
    """The secrets of a partner account's client secret and refresh token."""
    return f"microsoft-{account_id}-client-secret", f"microsoft-{account_id}-refresh-token"


def name_direct_secret(tenant_id: str) -> str:
    """The secret of a direct tenant's client secret; `tenant_id` is the id of the value, not Microsoft's."""
    return f"direct-{tenant_id}-client-secret"


@dataclass(frozen=True, slots=True)
class PartnerAccount:
    """A consented Microsoft partner identity. The client secret and refresh token are secrets, by name.

    `model` decides whether Partner Center's API is read: it is closed to indirect resellers. `consented_at` is None
    until a person granted consent; `user_name` is the service account that did, and `has_mfa` what its sign-in claimed
    (None where it did not say). `secret_expires_on` is the last day of the app's client secret, where it is known.
    `reads_mailboxes`: the usage report of each tenant is read as well, to find shared mailboxes with a licence.
    """

    id: str
    tenant_id: str
    client_id: str
    client_secret_secret: str
    refresh_token_secret: str
    model: PartnerModel = PartnerModel.INDIRECT_RESELLER
    name: str = ""
    user_name: str = ""
    has_mfa: bool | None = None
    consented_by: str = ""
    consented_at: datetime | None = None
    secret_expires_on: date | None = None
    reads_mailboxes: bool = False


@dataclass(frozen=True, slots=True)
class DirectTenant:
    """A tenant without a partner relationship, whose administrator let our application read it (microsoft.md 1.7).

    Customers name it like a partner account, by its id. `consented_at` is None until the administrator consented.
    """

    id: str
    tenant_id: str
    name: str
    client_id: str
    client_secret_secret: str
    consented_by: str = ""
    consented_at: datetime | None = None
    secret_expires_on: date | None = None


class PsaCatalogue(Protocol):
    """What a PSA offers when profiles and mappings are made. It only reads.

    Every method but `report_permissions` raises Retry where the PSA does not answer, Misconfigured where it refuses us.
    """

    @property
    def billable_options(self) -> tuple[BillableOption, ...]:
        """What it can do with the amount of an addition; the first one is what it does where nobody says."""
        ...

    async def report_permissions(self) -> PermissionReport:
        """How the connection is, and what our identity may do. Never raises for what the PSA answers."""
        ...

    async def list_companies(self) -> tuple[Company, ...]: ...

    async def find_companies(self, words: Sequence[str]) -> tuple[Company, ...]:
        """Those whose name holds every one of these words, of letters and digits alone; none where there is no word."""
        ...

    async def list_products(self) -> tuple[Product, ...]: ...

    async def list_agreements_of(self, company_id: str) -> tuple[AgreementSummary, ...]: ...

    async def list_agreements(self) -> tuple[AgreementSummary, ...]:
        """Those of every company, ended ones included: for choosing for many customers at once."""
        ...

    async def read_payer(self, company_id: str) -> Payer | None:
        """The parent company that is invoiced for this one; None where the PSA does not say so of its parent."""
        ...

    async def list_agreement_types(self) -> tuple[AgreementType, ...]: ...

    async def list_billing_cycles(self) -> tuple[BillingCycle, ...]:
        """How often agreements are invoiced, where an administrator has to confirm it; none where that is plain."""
        ...

    async def find_agreements(self, agreement_ids: Sequence[str]) -> frozenset[str]:
        """Those of these agreements that the PSA has."""
        ...


class Connections(Protocol):
    """Where connections and accounts are kept, and how a PSA is reached before it is kept.

    An id is made of small letters, digits and dashes, 60 at most, else Bug. A secret that is saved gets the name that
    is derived from the id (`name_…`), whatever the value calls it; one that a person put elsewhere is left there.
    """

    async def locate(self, connection: PsaConnection) -> PsaConnection:
        """The connection with the address that would be called: of ConnectWise from the site that a person typed, of
        Autotask as its zone discovery tells for the user name. No key is shown to anybody.

        Raises Misconfigured with a sentence for the field where it may not be called (S7) or is not known there, Retry
        where nobody answers who would know.
        """
        ...

    async def list_psa(self) -> tuple[PsaConnection, ...]: ...

    async def open_psa(self, connection_id: str) -> PsaCatalogue:
        """A connection that is kept. Raises Misconfigured where there is none, or its keys are missing."""
        ...

    async def try_psa(self, connection: PsaConnection, keys: PsaKeys | None) -> PsaCatalogue:
        """A connection as it would be; nothing is kept. Without `keys` those that are kept are used.

        Raises Misconfigured where its host may not be called (S7), no keys are kept, or those that are kept were given
        for another site, company or user: keys are only ever shown to whom they were typed for.
        """
        ...

    async def save_psa(self, connection: PsaConnection, keys: PsaKeys | None) -> bool:
        """Keep a connection, its keys first; without `keys` those that are kept stay. Raises like `try_psa`.

        `connection` is as `locate` made it. False where another connection has the same database: then nothing is kept,
        and the keys that were in force are again.
        """
        ...

    async def remove_psa(self, connection_id: str) -> None:
        """Forget a connection; nothing happens where there is none. Its secrets are put out of use."""
        ...

    async def list_partner_accounts(self) -> tuple[PartnerAccount, ...]: ...

    async def save_partner_account(self, account: PartnerAccount, client_secret: str | None) -> None:
        """Keep an account, its client secret first; without one the one that is kept stays."""
        ...

    async def remove_partner_account(self, account_id: str) -> None:
        """Forget an account; nothing happens where there is none. Its secrets are put out of use."""
        ...

    async def list_direct_tenants(self) -> tuple[DirectTenant, ...]: ...

    async def save_direct_tenant(self, tenant: DirectTenant, client_secret: str | None) -> None:
        """Keep a direct tenant, as `save_partner_account` does."""
        ...

    async def remove_direct_tenant(self, tenant_id: str) -> None:
        """Forget a direct tenant, by its id; nothing happens where there is none."""
        ...


def find_psa(outside: Outside, connection_id: str) -> Psa:
    """A connection as the running night uses it. Raises Misconfigured where somebody removed it."""
    psa = outside.connections.get(connection_id)
    if psa is None:
        raise Misconfigured(
            f"There is no PSA connection {connection_id} any more. Connect it again, or remove the customers that are "
            "billed through it."
        )
    return psa


def find_rhythm(outside: Outside, connection_id: str) -> Rhythm:
    """How a connection likes to be asked; one that was removed is not asked at all."""
    psa = outside.connections.get(connection_id)
    return ABSENT if psa is None else psa.rhythm
