"""What is billed nowhere, where that bites, and what could be added. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from plans.ports import CustomerOverview
from plans.results import TenantResult
from profiles.billing import BillingProfile
from profiles.exclusions import Exclusion, LicenceExclusion, TenantExclusion
from web.wording import clean, join, write_number_of


@dataclass(frozen=True, slots=True)
class ExclusionRow:
    """One exclusion. `kind` and `id` are what its button posts; `billed` warns of additions that bill it. `ends` is
    where additions that somebody else made for it are ended; empty for a whole tenant that is no customer.
    """

    kind: str
    id: str
    name: str
    what: str
    bites: str
    billed: str
    reason: str
    ends: str = ""


@dataclass(frozen=True, slots=True)
class ExclusionsView:
    """The page. `choices` are the licences that customers have and that are not excluded: id, name, where. `free` are
    those of them that Microsoft gives away and nobody maps: id, name.
    """

    headline: str
    rows: tuple[ExclusionRow, ...]
    choices: tuple[tuple[str, str, str], ...]
    free: tuple[tuple[str, str], ...] = ()

    @property
    def free_names(self) -> str:
        """What they are called, as a list."""
        return join([name for _, name in self.free])


def make_view(
    exclusions: Sequence[Exclusion],
    overviews: Iterable[CustomerOverview],
    tenants: Sequence[TenantResult],
    names: Mapping[str, str],
    free: Collection[str] = (),
    profiles: Mapping[str, BillingProfile] | None = None,
) -> ExclusionsView:
    """`tenants` are those of the newest run, `names` the licences' names by their id in lower case. `free` are the ids
    of those that Microsoft gives away. `profiles` say what the PSA calls what a licence is billed by.
    """
    found = list(overviews)
    customers_with = count_customers(tenants)
    excluded = {each.sku_id.lower() for each in exclusions if isinstance(each, LicenceExclusion)}
    choices = [
        (sku_id, names.get(sku_id, ""), write_number_of(count, "customer"))
        for sku_id, count in customers_with.items()
        if sku_id not in excluded and names.get(sku_id)
    ]
    count = len(exclusions)
    mapped = {mapping.sku_id.lower() for each in found for mapping in each.mappings}
    in_order = sorted(choices, key=lambda choice: choice[1].casefold())
    return ExclusionsView(
        headline=f"{write_number_of(count, 'exclusion')} for everybody." if count else "Nothing is excluded.",
        rows=tuple(make_row(each, found, customers_with, names, profiles or {}) for each in exclusions),
        choices=tuple(in_order),
        free=tuple((sku_id, name) for sku_id, name, _ in in_order if sku_id in free and sku_id not in mapped),
    )


def make_row(
    exclusion: Exclusion,
    overviews: Sequence[CustomerOverview],
    customers_with: Mapping[str, int],
    names: Mapping[str, str],
    profiles: Mapping[str, BillingProfile],
) -> ExclusionRow:
    """The words for one."""
    match exclusion:
        case LicenceExclusion(sku_id=sku_id, reason=reason):
            key = sku_id.lower()
            billed = [
                overview.billed[mapping.id]
                for overview in overviews
                for mapping in overview.mappings
                if mapping.sku_id.lower() == key and overview.billed.get(mapping.id)
            ]
            bites = write_number_of(customers_with.get(key, 0), "customer") + " has it"
            if customers_with.get(key, 0) != 1:
                bites = f"{write_number_of(customers_with.get(key, 0), 'customer')} have it"
            name = names.get(key, "")
            ends = write_ends(product=find_product(key, overviews, profiles) or name) if name else ""
            return ExclusionRow(
                "licence", sku_id, name or "A licence that nobody has", "Licence", bites,
                write_billed(billed), clean(reason), ends,
            )  # fmt: skip
        case TenantExclusion(tenant_id=tenant_id, reason=reason):
            own = [each for each in overviews if each.customer.tenant_id.lower() == tenant_id.lower()]
            billed = [seats for each in own for seats in each.billed.values() if seats]
            name = ", ".join(clean(each.customer.name) for each in own) or names.get(tenant_id.lower(), "")
            bites = write_number_of(len(own), "customer") if own else "not added"
            return ExclusionRow(
                "tenant", tenant_id, name or "A tenant that no account lists", "Whole tenant", bites,
                write_billed(billed), clean(reason), write_ends(q=clean(own[0].customer.name)) if own else "",
            )  # fmt: skip


def find_product(sku_id: str, overviews: Sequence[CustomerOverview], profiles: Mapping[str, BillingProfile]) -> str:
    """What the PSA calls what the licence is billed by, which other tools use as well; empty where that is not one."""
    used = {each.profile_id for overview in overviews for each in overview.mappings if each.sku_id.lower() == sku_id}
    called = {clean(profiles[each].product_name) for each in used if each in profiles} - {""}
    return called.pop() if len(called) == 1 else ""


def write_ends(**search: str) -> str:
    """Where additions are ended that Seatledger did not make: looked for on every agreement."""
    return f"/tools/end?{urlencode({'q': '', 'marker': 'any', 'scope': 'all', 'product': ''} | search)}"


def count_customers(tenants: Sequence[TenantResult]) -> dict[str, int]:
    """How many customers have each licence, by its id in lower case."""
    counts: dict[str, int] = {}
    for tenant in tenants:
        for sku_id in {each.lower() for each in tenant.sku_ids}:
            counts[sku_id] = counts.get(sku_id, 0) + len(tenant.customer_ids)
    return counts


def write_billed(billed: Sequence[int]) -> str:
    """What is still billed of it: an exclusion ends nothing that was billed before without a person."""
    if not billed:
        return ""
    return f"{write_number_of(sum(billed), 'seat')} on {write_number_of(len(billed), 'mapping')} are still billed"
