"""The forecast before the simulated accounting makes its invoice, and the difference after it, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date
from decimal import Decimal

import httpx
import pytest

from net.client import open_client
from net.hosts import AllowedHosts
from plans.agreements import Agreement
from plans.changes import CreateAddition
from plans.forecast import InvoiceForecast, forecast_invoice
from plans.invoices import KeptForecast, compare
from plans.keys import make_key
from plans.ports import Accepted
from profiles.billing import BillableOption
from psa.connectwise.adapter import ConnectWisePsa
from psa.connectwise.client import ConnectWiseClient, Credentials
from tests.contract.checking import CheckingTransport, ContractCounter
from tests.contract.running import CLIENT_ID_HEADER, NO_TLS, RunningSimulator

AGREEMENT = "1201"
SINCE = date(2026, 11, 15)
DUE = date(2026, 12, 1)


@pytest.fixture
async def psa(connectwise_simulator: RunningSimulator, contract: ContractCounter) -> AsyncIterator[ConnectWisePsa]:
    transport = CheckingTransport(httpx.AsyncHTTPTransport(verify=NO_TLS), contract)
    web = open_client(
        connectwise_simulator.base_url, AllowedHosts(frozenset({connectwise_simulator.base_url})), transport
    )
    keys = (connectwise_simulator.secret(f"connectwise-{kind}-key") for kind in ("public", "private"))
    yield ConnectWisePsa("connectwise", ConnectWiseClient(web, Credentials("demo", CLIENT_ID_HEADER, *keys)))
    await web.close()


async def read_one(psa: ConnectWisePsa) -> Agreement:
    [agreement] = await psa.read_agreements((AGREEMENT,))
    assert isinstance(agreement, Agreement)
    return agreement


async def test_the_simulated_invoice_is_the_forecast(
    psa: ConnectWisePsa, connectwise_simulator: RunningSimulator
) -> None:
    """2 x 65.00, and 3 x 22.00 from 15 November caught up: 130.00 + 66.00 + 66.00 x 16/30 = 231.20."""
    before = await read_one(psa)
    change = CreateAddition(
        AGREEMENT,
        0,
        make_key("mapping", 0),
        before.additions[0].product_id,
        3,
        SINCE,
        BillableOption.BILLABLE,
        unit_price=Decimal("22.00"),
    )
    accepted = await psa.send(change)
    assert isinstance(accepted, Accepted)
    agreement = await read_one(psa)
    forecast = forecast_invoice(agreement, {accepted.addition_id: SINCE})
    assert isinstance(forecast, InvoiceForecast)
    assert (forecast.amount, forecast.next_invoice_on, forecast.missing) == (Decimal("231.20"), DUE, ())

    async with httpx.AsyncClient(base_url=connectwise_simulator.base_url, verify=NO_TLS) as accountant:
        made = await accountant.post("/__simulator/invoice", json={"date": DUE.isoformat()})
    assert made.status_code == httpx.codes.CREATED
    after = await read_one(psa)
    assert after.facts.invoiced_through == date(2026, 12, 31)
    invoices = await psa.read_invoices((AGREEMENT,), DUE)
    kept = KeptForecast("connectwise", agreement.name, (), forecast, SINCE)
    found = compare(kept, invoices, UTC)
    assert found is not None
    assert (found.invoiced, found.difference, found.is_incident, found.missing) == (
        Decimal("231.20"),
        Decimal(0),
        False,
        (),
    )
    following = forecast_invoice(after, {})
    assert isinstance(following, InvoiceForecast)
    assert following.amount == following.per_month == Decimal("196.00")
