"""Our ConnectWise reads over HTTP: invoicing, choices, and rights that come and go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import httpx
import pytest

from net.client import open_client
from net.hosts import AllowedHosts
from plans.agreements import Agreement
from plans.catalogue import AgreementType, BillingCycle
from plans.permissions import Connected, KeysRefused, Standing
from profiles.periods import Grid
from psa.connectwise.adapter import ConnectWisePsa
from psa.connectwise.client import ConnectWiseClient, Credentials
from psa.connectwise.rights import RIGHTS
from psa.connectwise.settings import InvoicingSettings
from tests.contract.checking import CheckingTransport, ContractCounter
from tests.contract.running import CLIENT_ID_HEADER, NO_TLS, RunningSimulator


@pytest.fixture
async def line(connectwise_simulator: RunningSimulator, contract: ContractCounter) -> AsyncIterator[ConnectWiseClient]:
    """Our client on a checked line to the simulator."""
    url = connectwise_simulator.base_url
    transport = CheckingTransport(httpx.AsyncHTTPTransport(verify=NO_TLS), contract)
    web = open_client(url, AllowedHosts(frozenset({url})), transport)
    public, private = (connectwise_simulator.secret(f"connectwise-{name}-key") for name in ("public", "private"))
    yield ConnectWiseClient(web, Credentials("demo", CLIENT_ID_HEADER, public, private))
    await web.close()


@pytest.fixture
def psa(line: ConnectWiseClient) -> ConnectWisePsa:
    return ConnectWisePsa("connectwise", line)


async def read_one(psa: ConnectWisePsa) -> Agreement:
    (agreement,) = await psa.read_agreements(("1201",))
    assert isinstance(agreement, Agreement)
    return agreement


def invoice(simulator: RunningSimulator, through: str) -> None:
    """Let the simulated accountant invoice what is due."""
    address = f"{simulator.base_url}/__simulator/invoice"
    httpx.post(address, json={"date": through}, verify=NO_TLS).raise_for_status()


async def test_what_is_invoiced_follows_the_accountant(
    psa: ConnectWisePsa, connectwise_simulator: RunningSimulator
) -> None:
    before = (await read_one(psa)).facts
    invoice(connectwise_simulator, "2026-12-01")
    after = (await read_one(psa)).facts

    assert (before.grid, before.invoiced_through) == (Grid(2026, 12, 1, 1), date(2026, 11, 30))
    assert (after.invoiced_through, after.next_invoice_on) == (date(2026, 12, 31), date(2027, 1, 1))
    assert before.invoicing_doubt == after.invoicing_doubt == ""


async def test_in_arrears_what_is_invoiced_is_a_period_behind(line: ConnectWiseClient) -> None:
    settings = InvoicingSettings(arrears_exceptions=frozenset({"1201"}))
    assert (await read_one(ConnectWisePsa("connectwise", line, settings))).facts.invoiced_through == date(2026, 10, 31)


async def test_without_the_right_to_see_invoices_the_agreement_is_read_with_a_doubt(
    psa: ConnectWisePsa, connectwise_simulator: RunningSimulator
) -> None:
    connectwise_simulator.switch_on("missing_right", detail="Finance > Invoicing")
    agreement = await read_one(psa)
    assert [addition.id for addition in agreement.additions] == ["9001"]
    assert agreement.facts.invoiced_through is None
    assert "lacks the right Finance > Invoicing (Inquire)" in agreement.facts.invoicing_doubt


async def test_what_profiles_and_mappings_choose_from(psa: ConnectWisePsa) -> None:
    (company,) = await psa.list_companies()
    assert (company.identifier, company.domain) == ("HarbourDental", "harbourdental.example")
    assert await psa.find_companies(["dental", "Harbour"]) == (company,)
    assert await psa.find_companies(["dental", "Nobody"]) == await psa.find_companies([]) == ()
    (agreement,) = await psa.list_agreements_of(company.id)
    assert (agreement.id, agreement.type_name, agreement.is_active) == ("1201", "Managed Services", True)
    products = {product.id: product for product in await psa.list_products()}
    assert (products["501"].price, products["501"].part_number) == (
        Decimal("24.0"),
        "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
    )
    assert [product.id for product in products.values() if not product.fits_additions] == ["503"]
    assert await psa.list_agreement_types() == (AgreementType("4", "Managed Services", False),)
    assert BillingCycle("2", "Monthly", 1) in await psa.list_billing_cycles()


@pytest.mark.parametrize("name", sorted({right.name for right in RIGHTS if right.lists and not right.is_optional}))
async def test_a_right_that_is_taken_away_is_missing_and_no_other(
    psa: ConnectWisePsa, connectwise_simulator: RunningSimulator, name: str
) -> None:
    assert (await psa.report_permissions()).missing == ()
    connectwise_simulator.switch_on("missing_right", detail=name)
    found = await psa.report_permissions()
    assert [right.name for right in found.missing] == [name]
    assert sum(right.standing is Standing.GRANTED for right in found.rights) == 5


async def test_the_right_that_only_contact_sync_needs_is_refused_and_not_missing(
    psa: ConnectWisePsa, connectwise_simulator: RunningSimulator
) -> None:
    connectwise_simulator.switch_on("missing_right", detail="Companies > Contacts")
    found = await psa.report_permissions()
    assert found.missing == ()
    assert [right.name for right in found.rights if right.standing is Standing.REFUSED] == ["Companies > Contacts"]


async def test_the_report_begins_with_what_the_site_is(psa: ConnectWisePsa) -> None:
    found = await psa.report_permissions()
    assert found.connection == Connected("v2026.4.112358", True, "Eastern Standard Time", codebase="v2026_4/")


async def test_refused_keys_speak_for_the_whole_report(
    psa: ConnectWisePsa, connectwise_simulator: RunningSimulator
) -> None:
    connectwise_simulator.switch_on("unauthorized", operation="GET /procurement/catalog")
    found = await psa.report_permissions()
    assert isinstance(found.connection, KeysRefused)
    assert {right.standing for right in found.rights} == {Standing.UNREAD}
