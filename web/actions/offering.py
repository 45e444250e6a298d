"""What can be added: tenants that accounts reach, companies of the PSA, and which of them belong together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from plans.administration import Administration
from plans.connecting import Connections, PsaConnection
from plans.errors import Misconfigured, Retry
from plans.matching import CompanyKey, CompanyToMatch, Suggestion, TenantToMatch, match_tenants
from plans.ports import Outside
from profiles.billing import Customer
from profiles.exclusions import Exclusion, TenantExclusion
from profiles.partners import ActiveGdap, LapsedGdap, NoGdap, PartnerTenant
from web.actions.company_lists import CompanyLists
from web.wording import clean, end_sentence, write_short_day

# So long a page waits for all lists of companies together.
PATIENCE_SECONDS = 6.0
SEARCH_SECONDS = 5.0
NAMELESS_TENANT = "A tenant without a name"


@dataclass(frozen=True, slots=True)
class OfferedTenant:
    """A tenant that an account reaches. `why_unread` says why no run could read it; empty where one could.

    `added_as` is the customer that it is already, `excluded` why it is not offered; both are empty where it is free.
    """

    tenant_id: str
    name: str
    domain: str
    account_id: str
    account_name: str
    why_unread: str = ""
    added_as: str = ""
    excluded: str = ""

    @property
    def is_free(self) -> bool:
        """Whether it can be added."""
        return not self.added_as and not self.excluded

    @property
    def found_by(self) -> str:
        """What a search looks at."""
        return f"{self.name} {self.domain}".casefold()


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything there is to add, by name. `troubles` say what could not be asked, so that something may be missing;
    `slow` are the connections that are still listing their companies.
    """

    tenants: tuple[OfferedTenant, ...]
    companies: Mapping[CompanyKey, CompanyToMatch]
    connections: tuple[PsaConnection, ...]
    customers: tuple[Customer, ...]
    suggestions: Mapping[str, tuple[Suggestion, ...]]
    troubles: tuple[str, ...] = ()
    account_count: int = 0
    by_id: Mapping[str, OfferedTenant] = field(default_factory=dict)
    knows_companies: bool = True
    slow: tuple[str, ...] = ()

    def find_tenant(self, tenant_id: str) -> OfferedTenant | None:
        """The tenant with this id, in either case."""
        return self.by_id.get(tenant_id.lower())

    def suggest(self, tenant: OfferedTenant) -> tuple[Suggestion, ...]:
        """Companies for a tenant, the best first."""
        return self.suggestions.get(tenant.tenant_id, ())

    def find_safe(self, tenant: OfferedTenant) -> Suggestion | None:
        """The company that may be accepted without a look; never one of a tenant that cannot be read."""
        best = next(iter(self.suggest(tenant)), None)
        return best if best is not None and best.is_safe and tenant.is_free and not tenant.why_unread else None

    def list_safe(self) -> list[tuple[OfferedTenant, Suggestion]]:
        """Every safe match."""
        return [(each, safe) for each in self.tenants if (safe := self.find_safe(each)) is not None]

    def name_connection(self, connection_id: str) -> str:
        """What the connection is called, where there are several."""
        named = next((clean(each.name) for each in self.connections if each.id == connection_id), "")
        return named if len(self.connections) > 1 else ""

    @property
    def taken_companies(self) -> dict[CompanyKey, str]:
        """The customer that each linked company is."""
        return {(each.connection_id, each.company_id): each.name for each in self.customers}


@dataclass(slots=True)
class OfferReader:
    """What belongs together is remembered for as long as nothing of it changes."""

    _lists: CompanyLists = field(default_factory=CompanyLists)
    _matched_of: object = None
    _matched: dict[str, tuple[Suggestion, ...]] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def forget(self) -> None:
        """Ask the PSA again next time."""
        self._lists.forget()

    async def read(self, outside: Outside, administration: Administration, search: str = "") -> Offers:
        """What can be added now. A connection whose list takes too long is asked for what the search names alone."""
        connections = await administration.connections.list_psa()
        customers = await outside.books.list_customers()
        controls = await outside.profiles.read_controls()
        accounts = await administration.connections.list_partner_accounts()
        tenants, troubles = await read_tenants(outside, administration.connections)
        marked = mark(tenants, customers, controls.exclusions)
        companies: dict[CompanyKey, CompanyToMatch] = {}
        named: dict[CompanyKey, CompanyToMatch] = {}
        slow: list[str] = []
        unread = False
        until = time.monotonic() + PATIENCE_SECONDS
        for connection in connections:
            name = clean(connection.name)
            try:
                # Whoever searches was told that the list takes long, and need not wait for it again.
                waits = 0.0 if search and self._lists.is_reading(connection.id) else until - time.monotonic()
                read = await self._lists.read(administration.connections, connection.id, waits)
                if read is None:
                    slow.append(name)
                    rest = until + SEARCH_SECONDS - time.monotonic()
                    found = await self._lists.find(administration.connections, connection.id, search, rest)
                    named |= {each.key: each for each in found}
                else:
                    companies |= {each.key: each for each in read}
            except (Retry, Misconfigured) as error:
                said = end_sentence(clean(str(error)))
                troubles.append(f"{name} does not list its companies now. {said}")
                unread = True
        async with self._lock:
            # What a search found is a part only, of which nobody can say that a match is the only one.
            suggestions = await self._match(marked, companies, customers)
        direct = await administration.connections.list_direct_tenants()
        return Offers(
            tenants=marked,
            companies=companies | named,
            connections=connections,
            customers=customers,
            suggestions=suggestions,
            troubles=tuple(troubles),
            account_count=len(accounts) + len(direct),
            by_id={each.tenant_id: each for each in marked},
            knows_companies=not unread and not slow,
            slow=tuple(slow),
        )

    async def _match(
        self,
        tenants: Sequence[OfferedTenant],
        companies: Mapping[CompanyKey, CompanyToMatch],
        customers: Sequence[Customer],
    ) -> dict[str, tuple[Suggestion, ...]]:
        """In a thread of its own: with thousands of both it takes seconds, once."""
        asked = tuple(TenantToMatch(each.tenant_id, each.name, each.domain) for each in tenants)
        offered = tuple(companies.values())
        taken = frozenset(each.tenant_id for each in tenants if not each.is_free)
        linked = frozenset((each.connection_id, each.company_id) for each in customers)
        made_of = (asked, offered, taken, linked)
        if made_of != self._matched_of:
            self._matched = await asyncio.to_thread(match_tenants, *made_of)
            self._matched_of = made_of
        return self._matched


async def read_tenants(outside: Outside, connections: Connections) -> tuple[list[OfferedTenant], list[str]]:
    """Every tenant that an account reaches, each once, by the newest reading; and which accounts have none."""
    found: dict[str, OfferedTenant] = {}
    troubles: list[str] = []
    for account in await connections.list_partner_accounts():
        name = clean(account.name) or "The partner account"
        reading = await outside.archive.read_newest_partner(account.id)
        if reading is None:
            troubles.append(f"{name} has not listed its tenants yet.")
            continue
        for tenant in reading.tenants:
            offered = offer(tenant, account.id, name)
            before = found.get(offered.tenant_id)
            if before is None or (before.why_unread and not offered.why_unread):
                found[offered.tenant_id] = offered
    for direct in await connections.list_direct_tenants():
        if direct.consented_at is not None:
            tenant_id = direct.tenant_id.lower()
            found[tenant_id] = OfferedTenant(tenant_id, clean(direct.name), "", direct.id, "direct consent")
    return sorted(found.values(), key=lambda each: (each.name.casefold(), each.tenant_id)), troubles


def offer(tenant: PartnerTenant, account_id: str, account_name: str) -> OfferedTenant:
    """One tenant of a partner reading."""
    return OfferedTenant(
        tenant_id=tenant.tenant_id.lower(),
        name=clean(tenant.name) or NAMELESS_TENANT,
        domain=clean(tenant.default_domain or ""),
        account_id=account_id,
        account_name=account_name,
        why_unread=explain_access(tenant),
    )


def explain_access(tenant: PartnerTenant) -> str:
    """Why no run could read the tenant; empty where one could, or nobody can tell."""
    match tenant.gdap:
        case LapsedGdap(ended_at):
            return f"delegated access ended on {write_short_day(ended_at.date())}"
        case NoGdap():
            return "no delegated access"
        case ActiveGdap() as gdap if not gdap.may_read_licences:
            return "delegated access without Global Reader"
        case _:
            return ""


def mark(
    tenants: Sequence[OfferedTenant], customers: Sequence[Customer], exclusions: Sequence[Exclusion]
) -> tuple[OfferedTenant, ...]:
    """The tenants, each with the customer that it is and why it is excluded."""
    added = {each.tenant_id.lower(): clean(each.name) for each in customers}
    excluded = {
        each.tenant_id.lower(): clean(each.reason) or "no reason was given"
        for each in exclusions
        if isinstance(each, TenantExclusion)
    }
    return tuple(
        OfferedTenant(
            each.tenant_id, each.name, each.domain, each.account_id, each.account_name, each.why_unread,
            added.get(each.tenant_id, ""), excluded.get(each.tenant_id, ""),
        )
        for each in tenants
    )  # fmt: skip
