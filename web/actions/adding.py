"""Adding customers, and saying of a tenant that it is none (design 05, "Customers"; billing rules, 4)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from starlette.requests import Request

from plans.administration import Administration
from plans.alerts.notifications import find_mutes_of
from plans.journal import HistoryEntry
from plans.matching import CompanyKey
from plans.ports import Outside
from profiles.billing import Customer
from profiles.exclusions import TenantExclusion
from web.actions.asking import Actor
from web.actions.noting import note_change
from web.actions.offering import OfferedTenant, Offers
from web.wording import clean

LOGGER = logging.getLogger(__name__)

# The turn that whoever adds customers takes, so that of two people who link the same tenant one is told.
LIST_TURN = ("customers", "list")
AT_ONCE = 8
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Link:
    """One tenant, and the company that it is to be."""

    tenant_id: str
    connection_id: str
    company_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A link that was not made, and why."""

    link: Link
    sentence: str


@dataclass(frozen=True, slots=True)
class Added:
    """What became of links: the customers that there are now, and those that were refused."""

    customers: tuple[Customer, ...]
    refused: tuple[Refused, ...] = ()
    is_busy: bool = False


def name_customer_id(link: Link) -> str:
    """The id of a customer: the same for the same link, so that it is made once, and comes back with its history."""
    text = json.dumps([link.connection_id, link.company_id, link.tenant_id.lower()])
    return f"c{hashlib.sha256(text.encode()).hexdigest()[:23]}"


@dataclass(frozen=True, slots=True)
class Hand:
    """Who changes something, by what, and the request that brought it."""

    outside: Outside
    administration: Administration
    request: Request
    actor: Actor

    async def note(self, subject: str, sentence: str, before: object = None, after: object = None) -> None:
        """Keep it in the change log."""
        audit = self.administration.audit
        await note_change(audit, self.request, self.actor, subject, sentence, before=before, after=after)


async def add_customers(hand: Hand, offers: Offers, links: Sequence[Link]) -> Added:
    """Make these links customers, each that can be; one person at a time, on the customers as they are then."""
    holder = f"adding/{uuid4()}"
    books = hand.outside.books
    if not await books.take_turn(*LIST_TURN, holder, hand.outside.now() + hand.outside.limits.turn_length):
        return Added((), is_busy=True)
    try:
        return await add_all(hand, offers, links)
    finally:
        await books.end_turn(*LIST_TURN, holder)


async def add_all(hand: Hand, offers: Offers, links: Sequence[Link]) -> Added:
    """The same with the turn taken."""
    standing = Standing()
    for customer in await hand.outside.books.list_customers():
        standing.take(customer)
    preferences = await hand.administration.configuration.read_preferences()
    chosen: list[tuple[Link, Customer]] = []
    refused: list[Refused] = []
    for link in links:
        trouble = find_trouble(link, offers, standing)
        if trouble:
            refused.append(Refused(link, trouble))
            continue
        customer = make_customer(link, offers, is_observed=preferences.new_customers_observe)
        standing.take(customer)
        chosen.append((link, customer))
    await end_mutes(hand, [customer for _, customer in chosen], "added")
    gate = asyncio.Semaphore(AT_ONCE)

    async def keep(link: Link, customer: Customer) -> Customer | Refused:
        async with gate:
            return await add_one(hand, link, customer)

    kept = await asyncio.gather(*(keep(link, customer) for link, customer in chosen))
    refused += [each for each in kept if isinstance(each, Refused)]
    return Added(tuple(each for each in kept if isinstance(each, Customer)), tuple(refused))


async def add_one(hand: Hand, link: Link, customer: Customer) -> Customer | Refused:
    """Keep one customer with its history, and note it."""
    mode = "observed: planned and shown, never written" if customer.is_observed else "live"
    told = HistoryEntry(hand.actor.at, "", 0, "", f"{hand.actor.name} added this customer, {mode}.")
    if not await hand.administration.customers.add_customer(customer, told):
        return Refused(link, "Somebody else added it a moment ago.")
    sentence = f"{hand.actor.name} added {clean(customer.name)}, {mode}."
    await hand.note(f"customer/{customer.id}", sentence, after=customer)
    return customer


async def end_mutes(hand: Hand, customers: Sequence[Customer], how: str) -> None:
    """Whoever is added or removed takes its mutes along: nothing that anybody muted before is kept quiet of it."""
    mutes = await hand.outside.alerts.list_mutes()
    if not mutes:
        return
    there = await hand.outside.books.list_customers()
    ended = {mute.id: mute for each in customers for mute in find_mutes_of(each, mutes, there)}
    for mute in ended.values():
        await hand.outside.alerts.remove_mute(mute)
        sentence = f"{hand.actor.name} {how} the customer, so “{clean(mute.about)}” is told again."
        await hand.note(f"mute/{mute.id}", sentence, before=mute)


@dataclass(slots=True)
class Standing:
    """The customers that there are, by what must not be linked twice."""

    by_tenant: dict[str, Customer] = field(default_factory=dict)
    by_company: dict[CompanyKey, Customer] = field(default_factory=dict)

    def take(self, customer: Customer) -> None:
        """One more."""
        self.by_tenant[customer.tenant_id.lower()] = customer
        self.by_company[customer.connection_id, customer.company_id] = customer


def find_trouble(link: Link, offers: Offers, standing: Standing) -> str:
    """Why a link cannot be made; empty where it can."""
    tenant = offers.find_tenant(link.tenant_id)
    company = offers.companies.get((link.connection_id, link.company_id))
    if tenant is None:
        return "No connected account reaches this tenant any more."
    if company is None:
        if not offers.knows_companies:
            return "The PSA has not listed its companies now, so nobody knows this one. Try again in a minute."
        return "The PSA does not list this company any more."
    if tenant.excluded:
        return f"{tenant.name} is excluded: {tenant.excluded}. Offer it again first."
    serving, linked = standing.by_tenant.get(tenant.tenant_id), standing.by_company.get(company.key)
    if serving is not None and serving == linked:
        return f"{clean(serving.name)} is this very company and tenant already."
    if serving is not None:
        return (
            f"{tenant.name} is {clean(serving.name)} already. One tenant for several customers needs a filter for "
            "each, and Seatledger has none yet."
        )
    if linked is not None:
        return f"{company.name} is linked already, as {clean(linked.name)}. A company is linked to one tenant."
    return ""


def make_customer(link: Link, offers: Offers, *, is_observed: bool) -> Customer:
    """The customer, under the PSA's name for it."""
    company = offers.companies[link.connection_id, link.company_id]
    tenant = offers.find_tenant(link.tenant_id)
    name, account_id = ("", None) if tenant is None else (tenant.name, tenant.account_id)
    return Customer(
        id=name_customer_id(link),
        name=(company.name or name)[:LONGEST_NAME],
        tenant_id=link.tenant_id.lower(),
        connection_id=link.connection_id,
        company_id=link.company_id,
        partner_account_id=account_id,
        is_observed=is_observed,
    )


async def exclude_tenant(hand: Hand, tenant: OfferedTenant) -> None:
    """Offer this tenant no more; nothing of it is billed. The actor brings the reason."""
    exclusion = TenantExclusion(tenant.tenant_id, hand.actor.reason)
    await hand.administration.configuration.save_exclusion(exclusion)
    sentence = f"{hand.actor.name} excluded the tenant {tenant.name}: {hand.actor.reason}"
    await hand.note(f"exclusion/{tenant.tenant_id}", sentence, after=exclusion)


async def offer_again(hand: Hand, tenant: OfferedTenant) -> None:
    """Take that back; nothing happens where it is not excluded."""
    exclusion = TenantExclusion(tenant.tenant_id, tenant.excluded)
    await hand.administration.configuration.remove_exclusion(exclusion)
    sentence = f"{hand.actor.name} offers the tenant {tenant.name} again."
    await hand.note(f"exclusion/{tenant.tenant_id}", sentence, before=exclusion)
