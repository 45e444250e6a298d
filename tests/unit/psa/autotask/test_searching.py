"""What bills a service on a company's other contracts, inside bundles as well; and when nobody can tell."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from plans.beside import OtherAgreement
from plans.errors import Retry
from psa.autotask.adapter import AutotaskPsa
from psa.autotask.client import SECONDS_PER_FIELDS, Row
from tests.unit.psa.autotask.nights import Autotask, make_contract

JANUARY = date(2026, 1, 1)
SERVICE = frozenset({"55"})


def search(psa: Autotask, *known: str, company: str = "1") -> tuple[OtherAgreement, ...]:
    return psa.run(lambda port: port.search_products([company], SERVICE, known))


def put(psa: Autotask, contract: int, service: int, units: int) -> None:
    """A service with so many units since January on a contract."""
    row = psa.state.add_service(contract, {"serviceID": service})
    psa.state.adjust(row["id"], JANUARY, units, is_ours=False)


def test_the_contracts_of_the_company_are_read_but_those_that_are_known() -> None:
    """8 units of the service on 1202; 3 of another one, and a contract that is over, are not told."""
    psa = Autotask()
    psa.state.contracts[1202] = make_contract(1202)
    psa.state.contracts[1203] = make_contract(1203, companyID=2)
    psa.state.contracts[1204] = make_contract(1204, endDate="2026-03-31T00:00:00Z")
    put(psa, 1202, 55, 8)
    put(psa, 1202, 56, 3)
    put(psa, 1203, 55, 1)
    put(psa, 1204, 55, 1)
    (found,) = search(psa, "1201")
    assert found.id == "1202" and [each.quantity for each in found.additions] == [Decimal(8)]
    assert [each.id for each in search(psa, "1201", company="2")] == ["1203"]
    assert search(psa, "1201", "1202") == ()


def test_what_fields_are_called_is_asked_once_for_a_whole_night() -> None:
    """A first addition that is held is searched for every night, for every such customer."""
    psa = Autotask()
    psa.state.contracts[1202] = make_contract(1202, companyID=2)
    asked: list[str] = []

    async def work(port: AutotaskPsa) -> None:
        read = port._client.read_fields

        async def count(entity: str) -> dict[str, Row]:
            asked.append(entity)
            return await read(entity)

        port._client.read_fields = count  # type: ignore[method-assign]
        for company in ("1", "2", "1"):
            await port.read_payer(company)
            await port.search_products([company], SERVICE, ["1201", "1202"])
        await asyncio.sleep(SECONDS_PER_FIELDS)
        await port.search_products(["1"], SERVICE, ["1201"])

    psa.run(work)
    assert asked == ["Contracts", "Contracts"]


def test_a_service_inside_a_bundle_is_told() -> None:
    psa = Autotask()
    psa.state.contracts[1202] = make_contract(1202)
    psa.state.bundles[1] = {"id": 1, "contractID": 1202, "serviceBundleID": 5}
    psa.state.bundled[1] = {"id": 1, "serviceBundleID": 5, "serviceID": 55}
    (found,) = search(psa, "1201")
    assert ([each.id for each in found.bundled], found.additions) == (["service bundle 1"], ())


def test_a_contract_that_cannot_be_read_is_no_contract_without_it() -> None:
    """Its kind of period is one that nobody knows. It counts for nothing only where it has neither the service nor a
    bundle that might have it inside."""
    psa = Autotask()
    psa.state.contracts[1202] = make_contract(1202, contractPeriodType=99)
    assert search(psa, "1201") == ()
    psa.state.bundles[1] = {"id": 1, "contractID": 1202, "serviceBundleID": 5}
    with pytest.raises(Retry):
        search(psa, "1201")
    psa.state.bundles.clear()
    psa.state.add_service(1202, {"serviceID": 55})
    with pytest.raises(Retry):
        search(psa, "1201")
