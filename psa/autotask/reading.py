"""Contracts in bulk: their rows, their services and the units of those, in pages of 500 whatever their number.

A page of contracts is read at once, and then the pages of what is on them: every call brings a page, so that a night's
calls grow with pages only (P1). Contracts are named by their ids: pages of the whole database would hold the rows of
contracts that nobody maps as well (docs/bench.md, "What Autotask is asked").
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain

from plans.agreements import Addition, AgreementReading, UnreadableAgreement
from plans.errors import Park, Retry
from psa.autotask.client import EVERY, PAGE_SIZE, AutotaskClient, Filter, Rows
from psa.autotask.rows import PERIODS_READ, Contract, Row, read_agreement, read_bundled, read_contract, require
from psa.sharing import ReadingOfARun

CONTRACT_FIELDS = (
    "contractName",
    "companyID",
    "contractType",
    "contractPeriodType",
    "status",
    "startDate",
    "endDate",
    "renewedContractID",
)
SERVICE_FIELDS = ("contractID", "serviceID", "unitPrice", "internalDescription", "invoiceDescription")
UNIT_FIELDS = ("contractServiceID", "startDate", "endDate", "units", "price", "approveAndPostDate")
BUNDLE_FIELDS = ("contractID", "serviceBundleID")
BUNDLE_UNIT_FIELDS = ("contractServiceBundleID", "startDate", "endDate", "units")
BUNDLED_FIELDS = ("serviceBundleID", "serviceID")
MONTHS_OF_WORDS = {
    "monthly": 1,
    "quarterly": 3,
    "semiannual": 6,
    "semiannually": 6,
    "yearly": 12,
    "annual": 12,
    "annually": 12,
}
MONTHS_OF_PERIOD_TYPES = {2: 1, 3: 3, 4: 6, 5: 12}
LONGEST_MONTH = timedelta(days=31)
HALVED_FROM_PAGES = 4
UNITS, BUNDLES, BUNDLE_UNITS = "ContractServiceUnits", "ContractServiceBundles", "ContractServiceBundleUnits"
TEXT_FIELD = "invoiceDescription"
PERIOD_FIELD = "contractPeriodType"


@dataclass(frozen=True, slots=True)
class Described:
    """What Autotask says of its own fields: how long a service's text may be, None where it does not say, and how many
    months each type of billing period lasts."""

    text_limit: int | None
    period_months: Mapping[int, int]


@dataclass(slots=True)
class ContractReader:
    """Reads the contracts of one connection. `today` is the day in the MSP's zone, by a clock that is given."""

    connection_id: str
    client: AutotaskClient
    today: Callable[[], date]
    _described: dict[str, Described] = field(default_factory=dict)
    _few_bundles: ReadingOfARun[Rows | None] = field(init=False)

    def __post_init__(self) -> None:
        self._few_bundles = ReadingOfARun(self._read_few_bundles)

    async def read(self, contract_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
        """The named contracts with their services; those that Autotask does not know are left out. `run_id` is the run
        that reads them in pieces, empty for none.

        Raises Retry where Autotask does not answer, Misconfigured where it refuses us.
        """
        ids = sorted({int(each) for each in contract_ids if each.isascii() and each.isdigit()})
        if not ids:
            return ()
        today = self.today()
        described = await self.describe()
        rows = await self.client.query_by("Contracts", "id", ids, (), CONTRACT_FIELDS)
        read = [read_safely(row, described) for row in rows]
        contracts = [each for each in read if isinstance(each, Contract)]
        found: list[AgreementReading] = [each for each in read if isinstance(each, UnreadableAgreement)]
        services = await self._list_services([int(each.id) for each in contracts])
        units = await self._list_units(contracts, services, today)
        try:
            bundled = await self._list_bundled(contracts, today, run_id)
        except Park as error:
            raise Retry(str(error)) from error
        for contract in contracts:
            own = services.get(int(contract.id), [])
            try:
                agreement = read_agreement(self.connection_id, contract, own, units, today, described.text_limit)
                found.append(replace(agreement, bundled=tuple(bundled.get(int(contract.id), ()))))
            except Park as error:
                found.append(UnreadableAgreement(contract.id, str(error)))
        return tuple(found)

    async def describe(self) -> Described:
        """What Autotask says of its own fields. Asked once."""
        if self.connection_id not in self._described:
            services = await self.client.read_fields("ContractServices")
            contracts = await self.client.recall_fields("Contracts")
            self._described[self.connection_id] = Described(
                find_text_limit(services.get(TEXT_FIELD, {})), find_period_months(contracts.get(PERIOD_FIELD, {}))
            )
        return self._described[self.connection_id]

    async def _list_services(self, contract_ids: Sequence[int]) -> Mapping[int, list[Row]]:
        services: defaultdict[int, list[Row]] = defaultdict(list)
        for row in await self.client.query_by("ContractServices", "contractID", contract_ids, (), SERVICE_FIELDS):
            services[row.get("contractID", 0)].append(row)
        return services

    async def _list_bundles(self, contract_ids: Sequence[int], run_id: str) -> Rows:
        """The bundles on these contracts: of a run that reads contracts in pieces, from one page for all pieces, where
        a page holds them all."""
        few = await self._few_bundles.read(run_id) if run_id else None
        if few is None:
            return await self.client.query_by(BUNDLES, "contractID", contract_ids, (), BUNDLE_FIELDS)
        wanted = frozenset(contract_ids)
        return [each for each in few if each["contractID"] in wanted]

    async def _read_few_bundles(self) -> Rows | None:
        """Every bundle on a contract of the database, where one page holds them; None where that is not sure, or one of
        them does not say on which."""
        found = await self.client.query_one_page(BUNDLES, [EVERY], BUNDLE_FIELDS)
        return None if found is None or any(each.get("contractID") is None for each in found) else found

    async def _list_bundled(
        self, contracts: Sequence[Contract], today: date, run_id: str
    ) -> Mapping[int, list[Addition]]:
        """The services inside the bundles of each contract, with the bundle's units. Most contracts have none."""
        by_number = {int(each.id): each for each in contracts}
        bundles = await self._list_bundles([*by_number], run_id)
        if not bundles:
            return {}
        bundling = sorted({int(require(each, "contractID")) for each in bundles})
        units: defaultdict[int, list[Row]] = defaultdict(list)
        recent = since(today, max(by_number[each].grid.months for each in bundling))
        for row in await self.client.query_by(BUNDLE_UNITS, "contractID", bundling, [recent], BUNDLE_UNIT_FIELDS):
            units[row.get("contractServiceBundleID", 0)].append(row)
        kinds = sorted({int(require(each, "serviceBundleID")) for each in bundles})
        products: defaultdict[int, list[str]] = defaultdict(list)
        for row in await self.client.query_by("ServiceBundleServices", "serviceBundleID", kinds, (), BUNDLED_FIELDS):
            products[require(row, "serviceBundleID")].append(str(require(row, "serviceID")))
        found: defaultdict[int, list[Addition]] = defaultdict(list)
        for bundle in bundles:
            contract = by_number[require(bundle, "contractID")]
            found[int(contract.id)] += [
                each
                for product_id in products[require(bundle, "serviceBundleID")]
                if (each := read_bundled(bundle, product_id, units[bundle["id"]], contract, today)) is not None
            ]
        return found

    async def _list_units(
        self, contracts: Sequence[Contract], services: Mapping[int, Sequence[Row]], today: date
    ) -> Mapping[int, list[Row]]:
        """The rows of units by contract service. Longer periods reach farther back."""
        units: defaultdict[int, list[Row]] = defaultdict(list)
        for months in sorted({each.grid.months for each in contracts}):
            ids = [int(each.id) for each in contracts if each.grid.months == months]
            sizes = {each: len(services.get(each, ())) for each in ids}
            for row in await self._query_units(halve(sizes), since(today, months)):
                units[row.get("contractServiceID", 0)].append(row)
        return units

    async def _query_units(self, halves: Sequence[Sequence[int]], recent: Filter) -> Sequence[Row]:
        """The rows of units of each half of the contracts, side by side where there are two."""
        asked = [self.client.query_by(UNITS, "contractID", half, [recent], UNIT_FIELDS) for half in halves]
        return await asked[0] if len(asked) == 1 else list(chain.from_iterable(await asyncio.gather(*asked)))


def since(today: date, months: int) -> Filter:
    """Rows of units that end in the periods which are read, of so many months each."""
    first = today - (PERIODS_READ + 1) * months * LONGEST_MONTH
    return {"op": "gte", "field": "endDate", "value": first.isoformat()}


def halve(sizes: Mapping[int, int]) -> list[Sequence[int]]:
    """Contracts, by how many services each has, as two halves, which are asked for side by side: the pages of a query
    come one after the other, and two requests at once is what we take (`psa.autotask.pacing`).

    Halves only of what has many pages, by one row for each service and each period that is read: two halves have two
    last pages that need not be full.
    """
    ids = list(sizes)
    middle = len(ids) // 2
    is_few = sum(sizes.values()) * (PERIODS_READ + 1) <= HALVED_FROM_PAGES * PAGE_SIZE
    return [ids] if is_few or not middle else [ids[:middle], ids[middle:]]


def find_text_limit(described: Row) -> int | None:
    """How many signs a text may have, as its field says; None where it does not."""
    length = described.get("length")
    return length if isinstance(length, int) and length > 0 else None


def find_period_months(described: Row) -> Mapping[int, int]:
    """How many months each type of billing period lasts, by the words of its picklist; as others found the numbers to
    be where there is no picklist (autotask-halo.md 2, Contracts)."""
    months: dict[int, int] = {}
    for each in described.get("picklistValues") or ():
        value, label = (str(each.get(name) or "") for name in ("value", "label"))
        word = "".join(sign for sign in label.casefold() if sign.isalpha())
        if value.isdigit() and word in MONTHS_OF_WORDS:
            months[int(value)] = MONTHS_OF_WORDS[word]
    return months or MONTHS_OF_PERIOD_TYPES


def read_safely(row: Row, described: Described) -> Contract | UnreadableAgreement:
    """A contract, or why it cannot be read."""
    try:
        return read_contract(row, described.period_months)
    except Park as error:
        return UnreadableAgreement(str(require(row, "id")), str(error))
