"""What the PSA offers mappings and billing profiles: active agreements of the customer's company and its paying parent,
products with their prices, and types of agreement.

Kept for a minute per process, and failures for some seconds: pages that anybody may open ask with every load, and what
they cost the PSA the nights lack. What is not in it is asked for afresh.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from plans.administration import Administration
from plans.catalogue import AgreementSummary, AgreementType, Payer, Product, may_bill_on
from plans.connecting import PsaCatalogue
from plans.errors import Retry, SeatledgerError
from profiles.billing import BillableOption, BillingProfile, Customer
from web.actions.long_lists import SECONDS_REMEMBERED, LongLists
from web.wording import end_sentence

PRICE_SECONDS = 600.0
LONGEST_ANSWER_SECONDS = 8.0
SILENT = "The PSA does not answer now. Try again in a minute."
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


@dataclass(frozen=True, slots=True)
class Goods:
    """What billing profiles are made of: products by id and types of agreement, all of them, inactive ones included."""

    products: Mapping[str, Product]
    types: tuple[AgreementType, ...]
    billable_options: tuple[BillableOption, ...]


@dataclass(slots=True)
class ChoiceReader:
    """Asks the PSA through `administration`; what it answered is remembered, and nobody asks while another one does."""

    administration: Callable[[], Awaitable[Administration]]
    _offers: LongLists[Offer] = field(default_factory=LongLists)
    _all: LongLists[Offers] = field(default_factory=LongLists)
    _products: LongLists[Mapping[str, Product]] = field(default_factory=LongLists)
    _kinds: LongLists[tuple[tuple[AgreementType, ...], tuple[BillableOption, ...]]] = field(default_factory=LongLists)

    async def _open(self, connection_id: str) -> PsaCatalogue:
        return await (await self.administration()).connections.open_psa(connection_id)

    async def read_offer(self, customer: Customer, *, wanted: frozenset[str] = frozenset()) -> Offer:
        """The agreements of the customer's company. Where one of those `wanted` is not among them, they are asked for
        again: somebody may just have made it.
        """

        async def ask() -> Offer:
            psa = await self._open(customer.connection_id)
            own, payer, theirs = await read_agreements_for(psa, customer.company_id)
            if payer is None:
                return Offer(sort_active(own))
            named = [replace(each, name=f"{each.name} of the parent {payer.name}".rstrip()) for each in theirs]
            return Offer(sort_active(own) + sort_active(named), parent_id=payer.company_id)

        def suits(offer: Offer) -> bool:
            return wanted <= ids_of(offer)

        key = f"{customer.connection_id}, company {customer.company_id}"
        found = await self._explain(self._offers.read(key, ask, LONGEST_ANSWER_SECONDS, suits=suits))
        if isinstance(found, str):
            return Offer(sentence=found)
        return Offer(sentence=SILENT) if found is None else found

    async def _explain[T](self, asked: Awaitable[T]) -> T | str:
        """What comes of it, or a sentence that says why nothing does."""
        try:
            return await asked
        except Retry as error:
            return f"The PSA does not tell its agreements. {end_sentence(str(error))} Try again in a minute."
        except SeatledgerError as error:
            return f"The PSA does not tell its agreements. {end_sentence(str(error))}"

    async def read_offers(self, connection_id: str) -> Offers:
        """The agreements of all companies, for choosing for many customers at once; a long list is read on."""

        async def ask() -> Offers:
            psa = await self._open(connection_id)
            by_company: dict[str, list[AgreementSummary]] = {}
            for each in sort_active(await psa.list_agreements()):
                by_company.setdefault(each.company_id, []).append(each)
            return Offers({company_id: tuple(own) for company_id, own in by_company.items()})

        found = await self._explain(self._all.read(connection_id, ask, LONGEST_ANSWER_SECONDS))
        if isinstance(found, str):
            return Offers(sentence=found)
        return Offers(sentence=STILL_LISTING) if found is None else found

    async def read_prices(self, connection_id: str) -> dict[str, Decimal]:
        """What products cost by the PSA's catalog; nothing where it does not answer: a forecast does without."""
        products = await self.read_products(connection_id)
        return {product.id: product.price for product in products.values() if product.price is not None}

    async def read_products(self, connection_id: str) -> Mapping[str, Product]:
        """The PSA's catalog by product; nothing where it does not answer."""
        try:
            return await self._read_products(connection_id, PRICE_SECONDS) or {}
        except SeatledgerError:
            return {}

    async def read_goods(self, connection_id: str) -> Goods | None:
        """What profiles are made of, a minute old at most where the PSA lists it in seconds; None where it is still
        being read. Raises like the PSA.
        """
        products = await self._read_products(connection_id, SECONDS_REMEMBERED)

        async def ask() -> tuple[tuple[AgreementType, ...], tuple[BillableOption, ...]]:
            psa = await self._open(connection_id)
            return await psa.list_agreement_types(), psa.billable_options

        kinds = None if products is None else await self._kinds.read(connection_id, ask, LONGEST_ANSWER_SECONDS)
        return None if products is None or kinds is None else Goods(products, *kinds)

    def forget(self) -> None:
        """Ask the PSA again next time: somebody has just made something there, or connects it differently."""
        for kept in (self._offers, self._all, self._products, self._kinds):
            kept.forget()

    async def _read_products(self, connection_id: str, seconds: float) -> Mapping[str, Product] | None:
        async def ask() -> Mapping[str, Product]:
            return {each.id: each for each in await (await self._open(connection_id)).list_products()}

        return await self._products.read(connection_id, ask, LONGEST_ANSWER_SECONDS, good_for_seconds=seconds)


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
