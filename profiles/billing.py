"""How a kind of licence is billed, and where a customer's licence goes (billing rules, 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from profiles.parts import Part


class MappedBy(StrEnum):
    """Who said how a licence is billed: a person, for this customer or among others, or a rule while nobody looked."""

    PERSON = "person"
    RULE = "rule"


class Basis(StrEnum):
    """Which seats of a licence count. Never mixed within one mapping."""

    PURCHASED = "purchased"
    ASSIGNED = "assigned"


class BillableOption(StrEnum):
    """What the PSA does with the amount of an addition."""

    BILLABLE = "billable"
    DO_NOT_BILL = "do_not_bill"
    NO_CHARGE = "no_charge"


@dataclass(frozen=True, slots=True)
class PsaPrice:
    """We never send a price: the PSA's catalog decides."""

    kind: Literal["psa"] = "psa"


@dataclass(frozen=True, slots=True)
class KeptPrice:
    """We never send a price, and a person's price on an addition is theirs."""

    kind: Literal["keep"] = "keep"


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """What one seat costs for a whole period, from a day on."""

    valid_from: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class CustomPrice:
    """We send the amount that is in force on the first day not yet invoiced."""

    amounts: tuple[DatedPrice, ...]
    kind: Literal["custom"] = "custom"

    def amount_on(self, day: date) -> Decimal | None:
        """The amount in force on `day`; None before the first one."""
        in_force = [price for price in self.amounts if price.valid_from <= day]
        return max(in_force, key=lambda price: price.valid_from).amount if in_force else None


type Price = PsaPrice | CustomPrice | KeptPrice


@dataclass(frozen=True, slots=True)
class DescriptionOptions:
    """What the invoice line says below the product's name."""

    own_text: str = ""
    user_names: bool = False
    unassigned_count: bool = False
    renewal: bool = False


@dataclass(frozen=True, slots=True)
class MappingDefaults:
    """What the form of a new mapping is filled in with. `committed_floor` is about assigned seats only."""

    basis: Basis | None = None
    included: int = 0
    minimum: int = 0
    maximum: int | None = None
    prorates: bool = True
    gives_credits: bool = False
    description: DescriptionOptions = DescriptionOptions()
    committed_floor: bool = True


@dataclass(frozen=True, slots=True)
class BillingProfile:
    """How one kind of licence is billed through one PSA connection.

    `agreement_type_ids` are the types of agreement that mappings may choose from; empty means any.
    """

    id: str
    name: str
    connection_id: str
    product_id: str
    billable_option: BillableOption
    price: Price = PsaPrice()
    agreement_type_ids: tuple[str, ...] = ()
    product_name: str = ""
    defaults: MappingDefaults = MappingDefaults()


@dataclass(frozen=True, slots=True)
class CountOptions:
    """Which users count where seats are counted by assignment, and whose purchases count where they are bought.

    `committed_floor`: assigned seats count as at least those that are committed under a new commerce term (billing
    rules, 1). A new mapping has it; one that was kept before there was a floor goes on counting without.
    """

    disabled_users: bool = True
    guests: bool = True
    only_owned_by: tuple[str, ...] = ()
    committed_floor: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A customer's licence, the profile it is billed by, and the agreement it is billed on.

    `part` None merges all subscriptions of the licence; a term takes only those of that term, and a subscription itself
    alone (split). The quantity is the count less `included`, within `minimum` and `maximum`. `is_excluded` means do not
    bill, and `exclusion_reason` why; a licence that is excluded before it was ever mapped has a mapping without a
    profile and an agreement.

    `starts_on` is the start-date override: nothing takes effect before it. `ends_on` is the last day of what is ended;
    None for the end of its period. `prorates` False lets increases wait for the
    next period whatever the agreement does; `gives_credits` lets a decrease count from its day (billing rules, 3).
    `follows` names the mappings that this one takes over from (split, merge, another product): they are `is_ended`,
    end with the period, and this one starts when they end. `why` is the sentence of what mapped it, where no person
    chose it for this customer alone. `mapped_by` is who did: whatever a person maps anew is a person's from then on.
    """

    id: str
    customer_id: str
    sku_id: str
    licence_name: str
    profile_id: str
    agreement_id: str
    basis: Basis
    part: Part = None
    included: int = 0
    minimum: int = 0
    maximum: int | None = None
    is_excluded: bool = False
    count: CountOptions = CountOptions()
    description: DescriptionOptions = DescriptionOptions()
    starts_on: date | None = None
    prorates: bool = True
    gives_credits: bool = False
    follows: tuple[str, ...] = ()
    is_ended: bool = False
    exclusion_reason: str = ""
    why: str = ""
    ends_on: date | None = None
    mapped_by: MappedBy = MappedBy.PERSON


@dataclass(frozen=True, slots=True)
class Customer:
    """The link of one PSA company and one tenant, reached through a partner account: None is the first one.

    An observed customer is planned and shown, and never written. `is_gone`: Microsoft lists its tenant no more, and a
    person confirmed that it has left; as long as both are so it holds nothing (issue 8, tenant removed). `prorates`
    says whether its increases count from their day or from the next period on; None leaves that to the connection. A
    PSA's own flag cannot be overruled by it.
    """

    id: str
    name: str
    tenant_id: str
    connection_id: str
    company_id: str
    partner_account_id: str | None = None
    is_observed: bool = False
    is_gone: bool = False
    prorates: bool | None = None
