"""Invoices as ConnectWise made them: which, how much, what of it is no addition; and that forecasts foresee them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.simulators.connectwise.charges import charge_addition
from local.simulators.connectwise.listing import matching
from local.simulators.connectwise.query import Query
from local.simulators.periods import Period as SimulatedPeriod
from plans.agreements import Agreement
from plans.errors import Misconfigured, Retry
from plans.forecast import InvoiceForecast, InvoiceTotal, forecast_invoice
from profiles.periods import ONE_DAY
from psa.connectwise.adapter import ConnectWisePsa
from psa.connectwise.rows import read_addition
from tests.unit.plans.test_forecast import MARCH_INVOICED
from tests.unit.psa.connectwise.site import ConnectWise, make_agreement_row, make_invoice_row

DUE = date(2026, 12, 1)
NAMED = {"name": "Managed Services", "type": "Managed Services"}


def make_site(*invoices: dict[str, Any], agreements: tuple[dict[str, Any], ...] = ()) -> ConnectWise:
    """A site that understands any condition on agreements."""
    site = ConnectWise(invoices=list(invoices), agreements=list(agreements) or [make_agreement_row()])

    def answer(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/finance/agreements"):
            return None
        query = Query(conditions=request.url.params["conditions"])
        return httpx.Response(200, json=matching(site.agreements, "Agreement", query))

    site.intercept = answer
    return site


def read(site: ConnectWise, *agreement_ids: str, since: date = DUE) -> tuple[InvoiceTotal, ...]:
    async def call(psa: ConnectWisePsa) -> tuple[InvoiceTotal, ...]:
        return await psa.read_invoices(agreement_ids or ("1201",), since)

    found: tuple[InvoiceTotal, ...] = site.run(call)
    return found


def test_the_invoices_since_a_day_are_read_with_their_amounts() -> None:
    site = make_site(
        make_invoice_row(7701, 1201, "2026-11-30", agreementAmount=1.0),
        make_invoice_row(7702, 1201, "2026-12-01", agreementAmount=34.06, subtotal=99.0, invoiceNumber="INV-2"),
        make_invoice_row(7703, 1201, "2026-12-05", subtotal=20.0),
        make_invoice_row(7704, 1201, "2026-12-05", type="Standard", subtotal=5.0),
        make_invoice_row(7705, 1299, "2026-12-05", subtotal=5.0),
    )
    assert read(site) == (
        InvoiceTotal("1201", "INV-2", DUE, Decimal("34.06")),
        InvoiceTotal("1201", "7703", date(2026, 12, 5), Decimal("20.0")),
    )


def test_what_the_agreement_and_its_children_cost_by_themselves_comes_with_it() -> None:
    parent = {"id": 1201, **NAMED}
    agreements = (
        make_agreement_row(1201, billAmount=100.25),
        make_agreement_row(1202, billAmount=50, parentAgreement=parent),
        make_agreement_row(1203, parentAgreement=parent),
        make_agreement_row(1204, billAmount=7, parentAgreement=parent, agreementStatus="Cancelled"),
        make_agreement_row(1205, billAmount=9),
    )
    [found] = read(make_site(make_invoice_row(7701, 1201, "2026-12-01", agreementAmount=500), agreements=agreements))
    assert (found.flat_amount, found.child_ids) == (Decimal("150.25"), ("1202", "1203"))


def test_an_amount_of_its_own_that_is_no_amount_is_read_again_later() -> None:
    agreements = (make_agreement_row(1201, billAmount="much"),)
    with pytest.raises(Retry, match="Agreement 1201 has the amount 'much', which is none"):
        read(make_site(make_invoice_row(7701, 1201, "2026-12-01", agreementAmount=500), agreements=agreements))


def test_nothing_more_is_asked_where_there_is_no_invoice() -> None:
    site = make_site()
    assert read(site) == ()
    assert [path.rsplit("/", 1)[1] for path in site.paths("GET")[1:]] == ["invoices"]


def test_fifty_agreements_are_one_question() -> None:
    site = make_site(make_invoice_row(7701, 1201, "2026-12-01", agreementAmount=1))
    ids = [str(number) for number in range(1201, 1252)]
    assert len(read(site, *ids, "not-a-number")) == 1
    assert [path.rsplit("/", 1)[1] for path in site.paths("GET")[1:]] == ["invoices", "agreements", "invoices"]


@pytest.mark.parametrize(
    "changes", [{"agreementAmount": None}, {"subtotal": "much"}, {"date": None, "subtotal": 1}, {"agreement": None}]
)
def test_half_an_invoice_is_read_again_later(changes: dict[str, Any]) -> None:
    row = make_invoice_row(7701, 1201, "2026-12-01") | changes
    site = make_site()

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/finance/invoices"):
            return httpx.Response(200, json=[row])
        return httpx.Response(200, json=[]) if request.url.path.endswith("/finance/agreements") else None

    site.intercept = answer
    with pytest.raises(Retry):
        read(site)


def test_a_role_without_the_right_is_misconfigured() -> None:
    site = make_site()
    site.intercept = lambda request: (
        httpx.Response(403, json={"code": "Forbidden", "message": "no"})
        if request.url.path.endswith("/finance/invoices")
        else None
    )
    with pytest.raises(Misconfigured):
        read(site)


@given(
    quantity=st.integers(0, 40),
    included=st.integers(0, 3),
    cents=st.integers(0, 20_000),
    effective=st.none() | st.dates(date(2026, 2, 1), date(2026, 5, 5)),
    length=st.none() | st.integers(0, 80),
    is_new=st.booleans(),
    prorates=st.booleans(),
    option=st.sampled_from(["Billable", "DoNotBill", "NoCharge"]),
)
def test_the_simulated_connectwise_invoices_what_was_forecast(
    quantity: int,
    included: int,
    cents: int,
    effective: date | None,
    length: int | None,
    is_new: bool,
    prorates: bool,
    option: str,
) -> None:
    """Two calculations that share nothing: the invoice engine of the simulator, and the forecast."""
    through = date(2026, 3, 31)
    cancelled = None if length is None else (effective or date(2026, 2, 1)) + timedelta(days=length)
    row = {
        "id": 9001,
        "product": {"id": 501},
        "quantity": quantity + included,
        "lessIncluded": included,
        "unitPrice": cents / 100,
        "billCustomer": option,
        "effectiveDate": None if effective is None else f"{effective}T00:00:00Z",
        "cancelledDate": None if cancelled is None else f"{cancelled}T00:00:00Z",
    }
    is_caught_up = is_new and effective is not None and effective <= through
    billed_through = None if is_new else through
    charge = charge_addition(
        row, SimulatedPeriod(date(2026, 4, 1), date(2026, 4, 30)), billed_through, prorates=prorates
    )
    addition = read_addition(row)
    agreement = Agreement("cw", "1201", "", "42", replace(MARCH_INVOICED, prorates=prorates), (addition,))
    starts = {"9001": effective} if is_caught_up and effective is not None else {}
    made = forecast_invoice(agreement, starts)
    assert isinstance(made, InvoiceForecast)
    assert made.amount == (0 if charge is None else charge.amount)
    assert through + ONE_DAY == made.period.start
