"""What the PSA offers a mapping: active agreements of the customer's company and its paying parent, and prices.

Kept for a minute per process: the page of a customer asks with every load. What is not in it is asked for afresh.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from plans.administration import Administration
from plans.catalogue import AgreementSummary
from plans.errors import Retry, SeatledgerError
from profiles.billing import BillingProfile, Customer

LOGGER = logging.getLogger(__name__)

AGREEMENT_SECONDS = 60.0
PRICE_SECONDS = 600.0
LONGEST_ANSWER_SECONDS = 8.0


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
        return tuple(each for each in self.agreements if profile is None or fits(profile, each))

    def choose(self, profile: BillingProfile | None) -> str:
        """The only agreement of the company's own that fits; empty where a person chooses. Who lets a parent pay does
        that by hand.
        """
        own = [each for each in self.list_fitting(profile) if each.company_id != self.parent_id]
        return own[0].id if len(own) == 1 else ""


def fits(profile: BillingProfile, agreement: AgreementSummary) -> bool:
    """Whether the profile may bill on agreements of this type."""
    return not profile.agreement_type_ids or agreement.type_id in profile.agreement_type_ids


@dataclass(slots=True)
class ChoiceReader:
    """Asks the PSA through `administration`; what it answered is remembered with the time of the answer."""

    administration: Callable[[], Awaitable[Administration]]
    _offers: dict[tuple[str, str], tuple[float, Offer]] = field(default_factory=dict)
    _prices: dict[str, tuple[float, dict[str, Decimal]]] = field(default_factory=dict)

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
        try:
            async with asyncio.timeout(LONGEST_ANSWER_SECONDS):
                administration = await self.administration()
                psa = await administration.connections.open_psa(customer.connection_id)
                found = await psa.list_agreements_of(customer.company_id)
                payer = await psa.read_payer(customer.company_id)
                theirs = () if payer is None else await psa.list_agreements_of(payer.company_id)
        except TimeoutError:
            return Offer(sentence="The PSA does not answer now. Try again in a minute.")
        except Retry as error:
            LOGGER.warning("The agreements of company %s cannot be read now: %s", customer.company_id, error)
            return Offer(sentence=f"The PSA does not tell its agreements. {error} Try again in a minute.")
        except SeatledgerError as error:
            LOGGER.warning("The agreements of company %s cannot be read: %s", customer.company_id, error)
            return Offer(sentence=f"The PSA does not tell its agreements. {error}")
        if payer is None:
            return Offer(sort_active(found))
        named = [replace(each, name=f"{each.name} of the parent {payer.name}".rstrip()) for each in theirs]
        return Offer(sort_active(found) + sort_active(named), parent_id=payer.company_id)

    async def read_prices(self, connection_id: str) -> dict[str, Decimal]:
        """What products cost by the PSA's catalog; nothing where it does not answer: a forecast does without."""
        kept = self._prices.get(connection_id)
        if kept is not None and time.monotonic() - kept[0] < PRICE_SECONDS:
            return kept[1]
        try:
            async with asyncio.timeout(LONGEST_ANSWER_SECONDS):
                administration = await self.administration()
                products = await (await administration.connections.open_psa(connection_id)).list_products()
        except (TimeoutError, SeatledgerError) as error:
            LOGGER.warning("The products of PSA connection %s cannot be read: %s", connection_id, error)
            return {}
        prices = {product.id: product.price for product in products if product.price is not None}
        self._prices[connection_id] = (time.monotonic(), prices)
        return prices


def sort_active(agreements: Iterable[AgreementSummary]) -> tuple[AgreementSummary, ...]:
    """Those that are active, by name."""
    active = (each for each in agreements if each.is_active)
    return tuple(sorted(active, key=lambda each: (each.name.casefold(), each.id)))


def ids_of(offer: Offer) -> frozenset[str]:
    """The agreements of an offer."""
    return frozenset(each.id for each in offer.agreements)
