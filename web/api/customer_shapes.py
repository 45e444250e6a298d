"""What `/api/v1/customers` answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from profiles.billing import Basis
from web.api.shapes import Id, Shape
from web.pages.standing import Standing


class CustomerItem(Shape):
    """A customer as it stands in the last night."""

    id: str
    name: str
    domain: Annotated[str, Field(description="The tenant's default domain; empty where it is not known")]
    licences_mapped: int
    licences_unmapped: Annotated[int | None, Field(description="Null where nobody knows the tenant's licences")]
    seats_billed: int
    state: Standing
    sentence: Annotated[str, Field(description="Why it stands like this; empty where there is nothing to say")]
    needs_you_since: date | None
    is_observed: Annotated[bool, Field(description="Whether it is planned and shown, and never written")]


class CustomerPage(Shape):
    """One page of customers."""

    customers: list[CustomerItem]
    page: int
    total: int


class MappingItem(Shape):
    """How one licence of a customer is billed."""

    id: str
    sku_id: str
    licence: str
    profile_id: str
    agreement_id: str
    basis: Basis
    committed_floor: Annotated[
        bool, Field(description="Whether assigned seats count as at least those committed to the end of a term")
    ]
    included: int
    minimum: int
    maximum: int | None
    starts_on: date | None
    prorates: bool
    gives_credits: bool
    is_excluded: Annotated[bool, Field(description="Whether it is not billed, by decision")]
    is_ended: bool
    seats_billed: Annotated[int, Field(description="What was last written and proved")]


class CustomerRecord(Shape):
    """One customer and all its mappings."""

    id: str
    name: str
    tenant_id: str
    connection_id: str
    company_id: Annotated[str, Field(description="The company in the PSA")]
    is_observed: bool
    mappings: list[MappingItem]


class LicenceItem(Shape):
    """One licence of a customer, or one mapping of it. Seats are null where no reading is kept."""

    sku_id: str
    name: str
    part_number: str
    subscriptions: Annotated[str, Field(description="The subscriptions behind it and their terms, in words")]
    purchased: int | None
    assigned: int | None
    billing_profile: str
    agreement: str
    seats_before: Annotated[int | None, Field(description="What was billed before the last run")]
    seats_billed: int | None
    state: str
    state_words: str
    why: list[str]


class LicencePage(Shape):
    """One page of a customer's licences."""

    licences: list[LicenceItem]
    page: int
    total: int


class UserItem(Shape):
    """One user who holds a licence."""

    name: str
    user_name: str
    licences: list[str]
    account_enabled: bool
    is_guest: bool


class UserPage(Shape):
    """One page of a customer's licensed users."""

    users: list[UserItem]
    page: int
    total: int


class HistoryItem(Shape):
    """One thing that happened to a customer."""

    at: datetime
    licence: str
    sentence: str
    run: Annotated[str, Field(description="The run in words; empty where there was none")]


class HistoryPage(Shape):
    """One page of a customer's history, the newest first."""

    entries: list[HistoryItem]
    page: int
    total: int


class SyncWish(Shape):
    """The customers that are to be read, planned and written now."""

    customer_ids: Annotated[list[Id], Field(min_length=1, max_length=500)]


class SyncAsked(Shape):
    """The run that does it."""

    run_id: str
    is_joined: Annotated[bool, Field(description="Whether a run for them was asked for or going on already")]
