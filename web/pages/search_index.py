"""One search over customers, licences and additions: what there is to be found, and what a search finds. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from notify.licence_names import name_licence
from plans.agreements import Agreement
from plans.keys import find_owner, is_ours, name_line
from plans.ports import CustomerOverview
from profiles.billing import Customer
from profiles.holdings import Holding
from web.pages.listing import find
from web.pages.names import NAMELESS_CUSTOMER, write_addition_address
from web.wording import clean, write_number_of, write_quantity

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that can be found: its words, what stands beside it, and where it is."""

    name: str
    beside: str
    address: str
    text: str


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found of one kind, the first few of so many."""

    kind: str
    rows: tuple[Hit, ...]
    total: int

    @property
    def rest(self) -> str:
        """How many are not shown; empty where all are."""
        left = self.total - len(self.rows)
        return f"{left:,} more. Search for more words." if left else ""


def list_customers(customers: Iterable[Customer], domains: Mapping[str, str]) -> list[Hit]:
    """Every customer, by name and domain."""
    hits = []
    for customer in customers:
        name, domain = clean(customer.name) or NAMELESS_CUSTOMER, clean(domains.get(customer.tenant_id, ""))
        text = f"{name} {domain} {customer.id} {customer.tenant_id} {customer.company_id}".casefold()
        hits.append(Hit(name, domain, f"/customers/{quote(customer.id, safe='')}", text))
    return sorted(hits, key=lambda hit: hit.name.casefold())


def list_licences(holdings: Mapping[str, Sequence[Holding]]) -> list[Hit]:
    """Every licence that somebody has, with how many have it; it leads to where it is not mapped yet."""
    parts = {each.sku_id.lower(): each.part_number for held in holdings.values() for each in held}
    counts = Counter(sku_id for held in holdings.values() for sku_id in {each.sku_id.lower() for each in held})
    hits = []
    for sku_id, part in parts.items():
        name = name_licence(part)
        beside = f"{clean(part)} · {write_number_of(counts[sku_id], 'tenant')}"
        text = f"{name} {part} {sku_id}".casefold()
        hits.append(Hit(name, beside, f"/tools/map?{urlencode({'sku': sku_id})}", text))
    return sorted(hits, key=lambda hit: hit.name.casefold())


def list_additions(agreements: Iterable[Agreement], overviews: Sequence[CustomerOverview]) -> list[Hit]:
    """Every addition of the customers' agreements by the newest reading: ours lead to their story, others to their
    customer. One of ours is its line's, called like its licence, also on the agreement of a parent that pays.
    """
    by_company = {(each.customer.connection_id, each.customer.company_id): each.customer for each in overviews}
    lines = {
        name_line(mapping.id): (each.customer, clean(mapping.licence_name))
        for each in overviews
        for mapping in each.mappings
    }
    hits = []
    for agreement in agreements:
        company = by_company.get((agreement.connection_id, agreement.company_id))
        for addition in agreement.additions:
            customer, licence = lines.get(find_owner(addition), (company, ""))
            if customer is None:
                continue
            owner, mark = clean(customer.name) or NAMELESS_CUSTOMER, clean(addition.key)
            name = f"{licence} (addition {clean(addition.id)})" if licence else f"Addition {clean(addition.id)}"
            beside = " · ".join(
                filter(None, (owner, clean(agreement.name), f"{write_quantity(addition.quantity)} units", mark))
            )
            address = f"/customers/{quote(customer.id, safe='')}"
            if is_ours(addition):
                address = write_addition_address(customer.id, agreement.connection_id, addition.id)
            said = f"{licence} {agreement.name} {agreement.id} {addition.description}"
            text = f"{addition.id} {mark} {owner} {said}".casefold()
            hits.append(Hit(name, beside, address, text))
    return hits


def search(kind: str, hits: Sequence[Hit], asked: str) -> Hits:
    """Those that hold every word; what begins with the search comes first."""
    found = find(hits, asked, lambda hit: hit.text) if asked.strip() else []
    found.sort(key=lambda hit: not hit.text.startswith(asked.casefold().strip()))
    return Hits(kind, tuple(found[:MOST_SHOWN]), len(found))
