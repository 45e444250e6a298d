"""What a PSA offers to choose from when profiles and mappings are made: companies, products, agreements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from profiles.billing import BillingProfile
from profiles.periods import ONE_DAY


@dataclass(frozen=True, slots=True)
class Company:
    """A customer as the PSA knows it. `identifier` is its short name; `domain` is its website's, without `www.`.

    Both are empty where the PSA has none. `tenant_ids` are the GUIDs that its custom fields hold, in lower case: an MSP
    may keep its customers' tenant ids there.
    """

    id: str
    identifier: str
    name: str
    website: str = ""
    domain: str = ""
    tenant_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Payer:
    """The parent company that is invoiced for another one, by the PSA; `name` is empty where the PSA has none."""

    company_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold on an agreement (ConnectWise: catalog item). Money is per unit; None where the PSA has none.

    `vendor_sku` and `part_number` may hold Microsoft's SKU id. `fits_additions` is False for a product that the PSA
    takes on no addition (ConnectWise: class Bundle).
    """

    id: str
    identifier: str
    description: str
    product_class: str
    price: Decimal | None
    cost: Decimal | None
    is_recurring: bool
    is_inactive: bool
    vendor_sku: str = ""
    part_number: str = ""
    fits_additions: bool = True


@dataclass(frozen=True, slots=True)
class PriceList:
    """What a unit of each product costs by the PSA's catalog, by product, as it was asked on a day."""

    read_on: date
    prices: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class AgreementSummary:
    """An agreement as a list shows it. `status` is the PSA's own word; `parent_id` is set for a child agreement.
    `starts_on` and `ends_on` are its first and last day; None where the PSA does not say, or it has no end.
    """

    id: str
    name: str
    company_id: str
    type_id: str
    type_name: str
    status: str
    is_active: bool
    parent_id: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None


def may_bill_on(profile: BillingProfile, agreement: AgreementSummary) -> bool:
    """Whether a profile may bill on agreements of this type."""
    return not profile.agreement_type_ids or agreement.type_id in profile.agreement_type_ids


def find_successor(old: AgreementSummary, offered: Sequence[AgreementSummary]) -> AgreementSummary | None:
    """The one agreement that may well take over where `old` ends: active, of the same company and type, there by the
    day after, and going on beyond it. Of several, the one that begins on that very day. None where none or several do,
    or nobody knows when the old one ends: no field of ConnectWise says it (connectwise.md 3), and a person confirms it.
    """
    if old.ends_on is None:
        return None
    day_after = old.ends_on + ONE_DAY
    found = [
        each
        for each in offered
        if each.is_active and each.id != old.id and (each.company_id, each.type_id) == (old.company_id, old.type_id)
        if each.starts_on is not None and each.starts_on <= day_after and (each.ends_on or date.max) > old.ends_on
    ]
    exact = [each for each in found if each.starts_on == day_after]
    chosen = exact or found
    return chosen[0] if len(chosen) == 1 else None


@dataclass(frozen=True, slots=True)
class AgreementType:
    """A kind of agreement, by which billing profiles say where they may bill."""

    id: str
    name: str
    is_inactive: bool


@dataclass(frozen=True, slots=True)
class BillingCycle:
    """How often agreements are invoiced. `months` is None where the cycle is no number of whole months."""

    id: str
    name: str
    months: int | None
