"""What adding, keeping and removing customers takes and answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from web.api.forms import As, FormShape
from web.api.shapes import Id, Shape, Words


class CompanyMatch(Shape):
    """A company of the PSA that a tenant may be."""

    company: Annotated[str, Field(description="What adds it: the connection's id, a slash, the company's id")]
    name: str
    beside: str
    score: Annotated[int, Field(description="Of 100")]
    why: str


class TenantItem(Shape):
    """A tenant that an account reaches."""

    tenant_id: str
    name: str
    domain: str
    account: str
    state: Annotated[str, Field(description="safe, choose, none, added or excluded")]
    note: str
    matches: list[CompanyMatch]


class TenantPage(Shape):
    """One page of tenants, those with a safe match first."""

    tenants: list[TenantItem]
    page: int
    total: int
    headline: str
    safe_count: int
    shown: Annotated[str, Field(description="Names exactly these safe matches; send it back to add them all")]
    troubles: Annotated[list[str], Field(description="What could not be asked, so that something may be missing")]


class CustomerWish(FormShape):
    """One customer: the tenant, and the company of the PSA that it is."""

    tenant_id: Annotated[Id, As("tenant")]
    company: Annotated[Id, Field(description="The connection's id, a slash, the company's id")]


class TenantLink(Shape):
    """One of several customers."""

    tenant_id: Id
    company: Id


class ManyCustomers(FormShape):
    """Several customers: those that are named, or every safe match that was shown."""

    links: Annotated[list[TenantLink], Field(max_length=500)] = []
    shown: Annotated[str, Field(max_length=100, description="With it every safe match is added")] = ""


class TenantName(FormShape):
    """One tenant."""

    tenant_id: Annotated[Id, As("tenant")]


class TenantExclusionWish(TenantName):
    """A tenant that is no customer, and why."""

    reason: Words


class NewName(FormShape):
    """What a customer is to be called here."""

    name: Annotated[str, Field(min_length=1, max_length=200)]


class LiveWish(FormShape):
    """What was read of what the next run would write. `then` asks for that run at once."""

    shown: Id
    then: Literal["sync"] | None = None


class ProrationWish(FormShape):
    """From which day more seats count: as the PSA says, from their own day, or by whole periods."""

    prorates: Literal["psa", "days", "periods"]


class AccountItem(Shape):
    """One Microsoft account that may read the tenant, and what reading through it means."""

    account_id: str
    account: str
    what: str
    is_now: bool


class SeatItem(Shape):
    """Purchased seats of one licence, as they were read last and as the account that was asked for reads them."""

    licence: str
    part_number: str
    seats_before: int
    seats_after: int
    is_mapped: bool


class CustomerAccounts(Shape):
    """Through which account a customer may be read. With `account` in the address the tenant was read through it."""

    accounts: list[AccountItem]
    seen: Annotated[str, Field(description="Send it back to choose")]
    unread: Annotated[str, Field(description="Why the account that was asked for reads nothing now")]
    reads: list[SeatItem]


class AccountWish(FormShape):
    """Through which account the customer is read from now on."""

    account_id: Annotated[Id, As("account")]
    seen: Annotated[str, Field(max_length=500)] = ""


class RemovalWish(FormShape):
    """What was read of the open additions, and why."""

    shown: Annotated[str, Field(max_length=100)]
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class Because(FormShape):
    """Why."""

    reason: Annotated[str, Field(min_length=1, max_length=300)]


class PlannedItem(Shape):
    """One line that the next run would write, or would ask a person about."""

    licence: str
    agreement: str
    seats_before: int
    seats_after: int
    money: str
    note: str
    is_held: bool


class CustomerSettings(Shape):
    """How a customer is kept, and what going live would write."""

    name: str
    prorates: Literal["psa", "days", "periods"]
    is_observed: bool
    is_planned: Annotated[bool, Field(description="Whether a run has planned it at all")]
    would_write: list[PlannedItem]
    sentence: str
    shown: Annotated[str, Field(description="Names exactly these plans; send it back to go live")]


class OpenAddition(Shape):
    """One addition of ours that still bills."""

    addition_id: str
    licence: str
    agreement: str
    quantity: str
    money: str


class Removal(Shape):
    """What removing a customer leaves behind. Send `shown` back with what is decided."""

    additions: list[OpenAddition]
    total: str
    endable: Annotated[int, Field(description="How many licences could be ended first")]
    cannot_end: Annotated[str, Field(description="Why none can; empty where they can")]
    shown: str


class Gone(Removal):
    """A customer whose tenant Microsoft lists no more, where a person is asked about it."""

    is_asked: bool
    sentence: str
    since: str
