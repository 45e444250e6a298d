"""What the PSA offers a mapping: active agreements of the customer's company and its paying parent, and prices.

Kept for a minute per process: the page of a customer asks with every load. What is not in it is asked for afresh.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from plans.administration import Administration
from plans.catalogue import AgreementSummary, Payer, Product, may_bill_on
from plans.connecting import PsaCatalogue
from plans.errors import Retry, SeatledgerError
from profiles.billing import BillingProfile, Customer
from web.actions.long_lists import LongLists
from web.wording import end_sentence

LOGGER = logging.getLogger(__name__)

AGREEMENT_SECONDS = 60.0
PRICE_SECONDS = 600.0
LONGEST_ANSWER_SECONDS = 8.0
STILL_LISTING = (
    "The PSA has more agreements than could be read while this page waited. They are read on: look again in a minute."
)


@dataclass(frozen=True, slots=True)
class Offer:
    """Active agreements that can be chosen, by name, those of the paying parent after the company's own and named so;
    `sentence` says why nobody can tell, where nobody can.
    """

    agreements: tuple[AgreementSummary, ...] = ()
    sentence: str = ""
    parent_id: str = ""

    def find(self, agreement_id: str) -> AgreementSummary | None:
        """One of them."""
        return next((each for each in self.agreements if each.id == agreement_id), None)

    def list_fitting(self, profile: BillingProfile | None) -> tuple[AgreementSummary, ...]:
        """Those of a type that the profile allows; all of them where there is none."""
        return tuple(each for each in self.agreements if profile is None or may_bill_on(profile, each))

    def choose(self, profile: BillingProfile | None) -> str:
        """The only agreement of the company's own that fits; empty where a person chooses. Who lets a parent pay does
        that by hand.
        """
        own = [each for each in self.list_fitting(profile) if each.company_id != self.parent_id]
        return own[0].id if len(own) == 1 else ""


@dataclass(frozen=True, slots=True)
class Offers:
    """Active agreements of every company, by its id; `sentence` says why nobody can tell, where nobody can."""

    agreements: Mapping[str, tuple[AgreementSummary, ...]] = field(default_factory=dict)
    sentence: str = ""


@dataclass(slots=True)
class ChoiceReader:
    """Asks the PSA through `administration`; what it answered is remembered with the time of the answer."""

    administration: Callable[[], Awaitable[Administration]]
    _offers: dict[tuple[str, str], tuple[float, Offer]] = field(default_factory=dict)
    _all: LongLists[Offers] = field(default_factory=LongLists)
    _products: dict[str, tuple[float, dict[str, Product]]] = field(default_factory=dict)

    async def read_offer(self, customer: Customer, *, wanted: frozenset[str] = frozenset()) -> Offer:
        """The agreements of the customer's company. Where one of those `wanted` is not among them, they are asked for
        again: somebody may just have made it.
        """
        key = (customer.connection_id, customer.company_id)
        kept = self._offers.get(key)
        if kept is not None and time.monotonic() - kept[0] < AGREEMENT_SECONDS and wanted <= ids_of(kept[1]):
            return kept[1]
        offer = await self._ask_offer(customer)
        if not offer.sentence:
            self._offers[key] = (time.monotonic(), offer)
        return offer

    async def _ask_offer(self, customer: Customer) -> Offer:
        asked = await self._ask(customer.connection_id, lambda psa: read_agreements_for(psa, customer.company_id))
        if isinstance(asked, str):
            return Offer(sentence=asked)
        found, payer, theirs = asked
        if payer is None:
            return Offer(sort_active(found))
        named = [replace(each, name=f"{each.name} of the parent {payer.name}".rstrip()) for each in theirs]
        return Offer(sort_active(found) + sort_active(named), parent_id=payer.company_id)

    async def _ask[T](self, connection_id: str, read: Callable[[PsaCatalogue], Awaitable[T]]) -> T | str:
        """What the PSA answers, or a sentence that says why it does not."""

        async def ask() -> T:
            async with asyncio.timeout(LONGEST_ANSWER_SECONDS):
                administration = await self.administration()
                return await read(await administration.connections.open_psa(connection_id))

        return await self._explain(connection_id, ask())

    async def _explain[T](self, connection_id: str, asked: Awaitable[T]) -> T | str:
        """What comes of it, or a sentence that says why nothing does."""
        try:
            return await asked
        except TimeoutError:
            return "The PSA does not answer now. Try again in a minute."
        except Retry as error:
            LOGGER.warning("The agreements of PSA connection %s cannot be read now: %s", connection_id, error)
            return f"The PSA does not tell its agreements. {end_sentence(str(error))} Try again in a minute."
        except SeatledgerError as error:
            LOGGER.warning("The agreements of PSA connection %s cannot be read: %s", connection_id, error)
            return f"The PSA does not tell its agreements. {end_sentence(str(error))}"

    async def read_offers(self, connection_id: str) -> Offers:
        """The agreements of all companies, for choosing for many customers at once; a long list is read on."""

        async def ask() -> Offers:
            psa = await (await self.administration()).connections.open_psa(connection_id)
            by_company: dict[str, list[AgreementSummary]] = {}
            for each in sort_active(await psa.list_agreements()):
                by_company.setdefault(each.company_id, []).append(each)
            return Offers({company_id: tuple(own) for company_id, own in by_company.items()})

        found = await self._explain(connection_id, self._all.read(connection_id, ask, LONGEST_ANSWER_SECONDS))
        if isinstance(found, str):
            return Offers(sentence=found)
        return Offers(sentence=STILL_LISTING) if found is None else found

    async def read_prices(self, connection_id: str) -> dict[str, Decimal]:
        """What products cost by the PSA's catalog; nothing where it does not answer: a forecast does without."""
        products = await self.read_products(connection_id)
        return {product.id: product.price for product in products.values() if product.price is not None}

    async def read_products(self, connection_id: str) -> dict[str, Product]:
        """The PSA's catalog by product; nothing where it does not answer."""
        kept = self._products.get(connection_id)
        if kept is not None and time.monotonic() - kept[0] < PRICE_SECONDS:
            return kept[1]
        try:
            async with asyncio.timeout(LONGEST_ANSWER_SECONDS):
                administration = await self.administration()
                found = await (await administration.connections.open_psa(connection_id)).list_products()
        except (TimeoutError, SeatledgerError) as error:
            LOGGER.warning("The products of PSA connection %s cannot be read: %s", connection_id, error)
            return {}
        products = {product.id: product for product in found}
        self._products[connection_id] = (time.monotonic(), products)
        return products


async def read_agreements_for(
    psa: PsaCatalogue, company_id: str
) -> tuple[tuple[AgreementSummary, ...], Payer | None, tuple[AgreementSummary, ...]]:
    """A company's own agreements, who pays for it, and the agreements of that one. Raises like the PSA."""
    found = await psa.list_agreements_of(company_id)
    payer = await psa.read_payer(company_id)
    return found, payer, () if payer is None else await psa.list_agreements_of(payer.company_id)


def sort_active(agreements: Iterable[AgreementSummary]) -> tuple[AgreementSummary, ...]:
    """Those that are active, by name."""
    active = (each for each in agreements if each.is_active)
    return tuple(sorted(active, key=lambda each: (each.name.casefold(), each.id)))


def ids_of(offer: Offer) -> frozenset[str]:
    """The agreements of an offer."""
    return frozenset(each.id for each in offer.agreements)
