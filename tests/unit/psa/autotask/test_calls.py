"""How many calls a night's reading takes: it grows with pages of 500 rows and with nothing else (promise P1)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import pytest

from plans.agreements import Agreement, AgreementReading
from plans.catalogue import Payer
from plans.errors import Misconfigured
from plans.runs import choose_shard
from psa.autotask.adapter import RHYTHM, AutotaskPsa
from psa.autotask.client import VALUES_PER_QUERY
from psa.autotask.pacing import REQUESTS_PER_LOOK
from psa.autotask.reading import halve
from tests.simulation import autotask as simulated
from tests.unit.psa.autotask.nights import CONTRACT, Autotask, make_contract

RUN, NEXT_RUN = "2026-04-20", "2026-04-20-001"
FIRST = 2000
PAGE = 500
ONCE = Counter({"Contracts/fields": 1, "ContractServices/fields": 1, "ContractServiceBundles/query": 1})


@pytest.fixture(autouse=True)
def real_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages as large as Autotask's."""
    monkeypatch.setattr(simulated, "PAGE", PAGE)


def make_autotask(contracts: int, services: int, rows: int = 0) -> Autotask:
    """So many contracts, each with so many services, each with so many rows of units, which are read on 20 April: one
    a month from January on."""
    psa = Autotask()
    psa.state.contracts.clear()
    made = []
    for number in range(FIRST, FIRST + contracts):
        psa.state.contracts[number] = make_contract(number)
        for _ in range(services):
            made.append(psa.state.add_service(number, {"serviceID": 55}))
    months = [f"2026-{month:02}" for month in range(4, 4 + rows)]
    units = [(service, month) for service in made for month in months]
    found = [
        {
            "id": place,
            "contractID": service["contractID"],
            "contractServiceID": service["id"],
            "startDate": f"{month}-01T00:00:00Z",
            "endDate": f"{month}-28T00:00:00Z",
            "units": 3,
            "price": 60.0,
            "approveAndPostDate": None,
        }
        for place, (service, month) in enumerate(units, start=1)
    ]
    entities: dict[str, list[dict[str, Any]]] = {"ContractServiceUnits": found}
    for entity in ("Contracts", "ContractServices", "ContractServiceBundles"):
        entities[entity] = psa.state.list_entity(entity)
    psa.state.list_entity = lambda entity: entities[entity]  # type: ignore[method-assign]
    return psa


def cut(contracts: int) -> list[list[str]]:
    """The contracts in the pieces of a night."""
    count = -(-contracts // RHYTHM.agreements_at_once)
    pieces: defaultdict[int, list[str]] = defaultdict(list)
    for number in range(FIRST, FIRST + contracts):
        pieces[choose_shard(str(number), count)].append(str(number))
    return list(pieces.values())


async def read_pieces(port: AutotaskPsa, pieces: Sequence[Sequence[str]], run_id: str) -> list[AgreementReading]:
    return [each for piece in pieces for each in await port.read_agreements(piece, run_id)]


def count_calls(psa: Autotask, pieces: Sequence[Sequence[str]]) -> Counter[str]:
    """The calls of one night by entity and kind; further pages are queries. Every contract is read."""
    calls: Counter[str] = Counter()

    def note(path: str, _: Any) -> None:
        calls[re.sub("/entityInformation|/next", "", path)] += 1

    psa.state.on_asked = note
    found = psa.run(lambda port: read_pieces(port, pieces, RUN))
    assert len(found) == sum(len(piece) for piece in pieces)
    assert all(isinstance(each, Agreement) for each in found)
    return calls


def expect_calls(pieces: Sequence[Sequence[str]], services: int, rows: int) -> Counter[str]:
    """The law: a page of contracts for each piece, and the pages that are full of what is on them, and one more that
    is not; of many unit rows in two halves. A last page that is full is counted."""
    calls = Counter(ONCE)
    for piece in pieces:
        calls["Contracts/query"] += 1
        calls += expect_query("ContractServices", len(piece) * services)
        size = len(piece)
        # Three periods are read: the running one and two before it.
        is_one = size * services * 3 <= 4 * PAGE or size == 1
        for part in [size] if is_one else [size // 2, size - size // 2]:
            calls += expect_query("ContractServiceUnits", part * services * rows)
    looks = 0
    while looks <= (calls.total() - 1) // REQUESTS_PER_LOOK:
        looks += 1
    calls["ThresholdInformation"] = looks
    return calls


def expect_query(entity: str, rows: int) -> Counter[str]:
    """The pages of so many rows, and the count of a last one that is full."""
    is_full = bool(rows) and rows % PAGE == 0
    return Counter({f"{entity}/query": max(1, -(-rows // PAGE)), f"{entity}/query/count": int(is_full)})


@pytest.mark.parametrize(
    ("contracts", "services", "rows", "total"),
    [
        (1, 1, 1, 7),
        (40, 1, 1, 7),
        (200, 1, 3, 8),
        (200, 1, 9, 10),
        (2000, 1, 3, 29),
        (2000, 1, 9, 52),
        (200, 4, 3, 13),
        # At the borders of pages: 499, 500 and 501 services; 495, 500 and 505 rows of units; both halves full.
        (1, 499, 0, 7),
        (1, 500, 0, 8),
        (1, 501, 0, 8),
        (99, 1, 5, 7),
        (100, 1, 5, 8),
        (101, 1, 5, 8),
        (200, 1, 5, 9),
        (200, 4, 5, 17),
    ],
)
def test_calls_grow_with_pages_only(contracts: int, services: int, rows: int, total: int) -> None:
    pieces = cut(contracts)
    calls = count_calls(make_autotask(contracts, services, rows), pieces)
    assert +calls == +expect_calls(pieces, services, rows)
    assert calls.total() == total


@pytest.mark.parametrize("contracts", [200, 399, 400, 401, 800, 2000, 8000, 20000])
def test_a_piece_is_one_list_and_its_contracts_are_one_page(contracts: int) -> None:
    """Pieces are cut by ids, and none of them has so many more than the others that it would ask twice."""
    assert max(len(piece) for piece in cut(contracts)) <= VALUES_PER_QUERY < PAGE


def test_ten_times_the_customers_on_as_many_pages_are_no_more_calls_than_their_own_pages() -> None:
    """2,000 contracts of one service ask as much as 400 contracts of five, but for their pages of contracts."""
    many = count_calls(make_autotask(2000, 1, 5), cut(2000))
    few = count_calls(make_autotask(400, 5, 5), cut(400))
    assert many["Contracts/query"] - few["Contracts/query"] == 4
    assert many["ContractServiceBundles/query"] == few["ContractServiceBundles/query"] == 1
    assert many["ContractServiceUnits/query"] - few["ContractServiceUnits/query"] <= 2 * 4
    assert many["ContractServices/query"] - few["ContractServices/query"] <= 4


def test_only_many_pages_are_asked_for_in_halves() -> None:
    assert halve({1: 666, 2: 0}) == [[1, 2]]
    assert halve({1: 667, 2: 0}) == [[1], [2]]
    assert halve({1: 9000}) == [[1]]
    assert halve({}) == [[]]


def put_bundles(psa: Autotask, contracts: Sequence[int | None]) -> None:
    """A bundle on each of these contracts, which bills service 55 inside."""
    psa.state.bundles = {
        number: {"id": number, "contractID": contract, "serviceBundleID": 3}
        for number, contract in enumerate(contracts, start=1)
    }
    psa.state.bundled = {1: {"id": 1, "serviceBundleID": 3, "serviceID": 55}}


def list_bundled(found: Sequence[AgreementReading]) -> dict[str, list[str]]:
    agreements = [each for each in found if isinstance(each, Agreement)]
    return {each.id: [bundle.id for bundle in each.bundled] for each in agreements}


def ask_for_bundles(psa: Autotask) -> list[Any]:
    """What is asked of bundles on contracts, from now on."""
    asked: list[Any] = []

    def note(path: str, body: Any) -> None:
        if path.startswith("ContractServiceBundles/query"):
            asked.append(body["Filter"])

    psa.state.on_asked = note
    return asked


def test_bundles_are_one_page_for_all_pieces_of_a_run_and_read_anew_for_another() -> None:
    psa = Autotask()
    psa.state.contracts[1202] = make_contract(1202)
    put_bundles(psa, [1202, 99, CONTRACT])
    asked = ask_for_bundles(psa)

    async def work(port: AutotaskPsa) -> None:
        both = await read_pieces(port, [["1201"], ["1202"]], RUN)
        assert list_bundled(both) == {"1201": ["service bundle 3"], "1202": ["service bundle 1"]}
        del psa.state.bundles[1]
        assert list_bundled(await port.read_agreements(["1202"], NEXT_RUN)) == {"1202": []}
        assert list_bundled(await port.read_agreements(["1202"])) == {"1202": []}, "whoever names no run asks now"

    psa.run(work)
    every = [{"op": "exist", "field": "id"}]
    assert asked == [every, every, [{"op": "in", "field": "contractID", "value": [1202]}]]


@pytest.mark.parametrize("others", [[99] * PAGE, [99] * (PAGE + 1), [None]])
def test_bundles_that_one_page_does_not_surely_hold_are_asked_for_by_contract(others: list[int | None]) -> None:
    psa = Autotask()
    psa.state.contracts[1202] = make_contract(1202)
    put_bundles(psa, [*others, 1202])
    asked = ask_for_bundles(psa)
    found = psa.run(lambda port: read_pieces(port, [["1201"], ["1202"]], RUN))
    assert list_bundled(found) == {"1201": [], "1202": [f"service bundle {len(others) + 1}"]}
    assert len(asked) == 1 + 2


def test_bundles_that_cannot_be_read_leave_their_piece_unread_and_the_next_one_asks_again() -> None:
    psa = Autotask()
    put_bundles(psa, [CONTRACT])
    asked = ask_for_bundles(psa)
    page = psa.state.list_entity

    def refuse(entity: str) -> list[dict[str, Any]]:
        if "Bundles" in entity:
            raise simulated.Refused("The logged in Resource does not have the adequate permissions.")
        return page(entity)

    async def work(port: AutotaskPsa) -> None:
        psa.state.list_entity = refuse  # type: ignore[method-assign]
        with pytest.raises(Misconfigured, match="adequate permissions"):
            await port.read_agreements(["1201"], RUN)
        psa.state.list_entity = page  # type: ignore[method-assign]
        assert list_bundled(await port.read_agreements(["1201"], RUN)) == {"1201": ["service bundle 1"]}

    psa.run(work)
    assert len(asked) == 2


def test_who_pays_is_one_list_for_a_run_whatever_its_customers() -> None:
    psa = Autotask()
    paid = {"parentCompanyID": 7, "invoiceNonContractItemsToParentCompany": True}
    companies: list[dict[str, Any]] = [{"id": number, **paid} for number in range(100, 400)]
    companies.append({"id": 7, "companyName": "Harbour Group", "parentCompanyID": None})
    psa.state.list_entity = lambda entity: sorted(companies, key=lambda row: row["id"])  # type: ignore[method-assign]
    asked: list[str] = []
    psa.state.on_asked = lambda path, _: asked.append(path)
    group = Payer("7", "Harbour Group")

    async def work(port: AutotaskPsa) -> None:
        assert [await port.read_payer(str(number), RUN) for number in range(100, 400)] == [group] * 300
        assert [await port.read_payer(each, RUN) for each in ("7", "99", "x")] == [None] * 3
        companies[0]["invoiceNonContractItemsToParentCompany"] = False
        assert (await port.read_payer("100", RUN), await port.read_payer("100")) == (group, None)
        assert await port.read_payer("100", NEXT_RUN) is None

    psa.run(work)
    assert Counter(asked) == {"ThresholdInformation": 1, "Companies/query": 2 + 1 + 2}
