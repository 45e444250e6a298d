"""Before the next invoice: the page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from plans.before_invoice import NightFacts, find_missing
from plans.due_invoices import BilledCustomer, DueAgreement
from plans.results import AgreementResult, TenantResult
from plans.runs import CustomerState, Run, RunPhase, TenantState
from profiles.holdings import Holding
from tests.unit.web.approval_fakes import (
    CONNECTION,
    FACTS,
    DecisionWorld,
    make_agreement,
    make_customer,
    make_mapping,
)
from tests.unit.web.conftest import Open
from tests.unit.web.test_approvals import get, words_of
from web.pages.invoice_gaps import Known, add_up, name_gaps

NIGHT = "2026-11-29"
STARTED = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)


def make_world(count: int = 3, invoice_on: date = date(2026, 12, 1)) -> DecisionWorld:
    """Customers on an agreement each, invoiced on 1 December, seen on 29 November."""
    world = DecisionWorld(now=STARTED + timedelta(hours=7))
    world.books.customers = tuple(make_customer(number) for number in range(count))
    world.books.mappings = {f"customer-{number}": (make_mapping(number),) for number in range(count)}
    facts = replace(FACTS, next_invoice_on=invoice_on)
    world.runs.runs = (Run(NIGHT, RunPhase.CLOSED, STARTED, STARTED, shard_counts=((CONNECTION, 1),)),)
    world.archive.agreements = {NIGHT: tuple(make_agreement(number, facts=facts) for number in range(count))}
    world.runs.tenants = {NIGHT: [planned(number) for number in range(count)]}
    return world


def planned(number: int) -> TenantResult:
    customer = make_customer(number)
    result = AgreementResult(customer.id, CONNECTION, str(400 + number), "hash", CustomerState.UNCHANGED, 0)
    return TenantResult(customer.tenant_id, (customer.id,), TenantState.PLANNED, agreements=(result,), sku_ids=("sku",))


async def test_it_names_what_is_missing_from_which_invoice(browse: Open) -> None:
    world = make_world()
    tenants = [planned(number) for number in range(3)]
    tenants[1] = replace(tenants[1], state=TenantState.UNKNOWN, sentence="Reading was refused.")
    tenants[2] = replace(tenants[2], sku_ids=("sku", "another"))
    world.runs.tenants = {NIGHT: tenants}
    world.add_hold(0)
    source = await get(browse, world, "/approvals/invoices")
    words = words_of(source)
    assert "3 of the next 3 invoices would not be right: 3 things are open." in words
    assert "Invoices of the next 3 days" in words
    assert "Held" in words and "Not read" in words and "1 licence of its tenant is mapped nowhere" in words
    assert "Managed Services (agreement 400)" in words and "1 Dec 2026" in words
    assert 'href="/approvals?customer=customer-0"' in source
    assert "3 things · −80.00 EUR a month; 2 have no known price" in words
    assert "1 of 3 things" in words_of(await get(browse, world, "/approvals/invoices?state=unknown"))
    assert "1 of 3 things" in words_of(await get(browse, world, "/approvals/invoices?q=0002"))
    assert len((await get(browse, world, "/approvals/invoices.csv?state=held")).strip().splitlines()) == 2


async def test_nothing_missing_nothing_due_and_no_run_say_so(browse: Open) -> None:
    assert "Nothing is open before the next 3 invoices." in await get(browse, make_world(), "/approvals/invoices")
    later = make_world(invoice_on=date(2026, 12, 3))
    assert "No agreement is invoiced in the next 3 days, and none is overdue." in await get(
        browse, later, "/approvals/invoices"
    )
    assert "No agreement is invoiced" in await get(browse, DecisionWorld(), "/approvals/invoices")


async def test_a_licence_that_nobody_mapped_is_named_with_its_seats_and_what_others_pay(browse: Open) -> None:
    world = make_world(2)
    visio = Holding("visio", "VISIOCLIENT", 12, 9)
    shared = replace(planned(0), sku_ids=("sku", "visio", "unnamed"), holdings=(visio,))
    world.runs.tenants = {NIGHT: [shared, replace(planned(1), seat_prices=(("VISIO", Decimal("15.50")),))]}
    source = await get(browse, world, "/approvals/invoices")
    words = words_of(source)
    assert "Visio Plan 2 12 seats of it are mapped nowhere, and so on no invoice." in words
    assert "The money is what other customers pay for as many." in words and "+186.00 EUR" in words
    assert 'href="/customers/customer-0/licences/visio/map"' in source
    assert "1 licence of its tenant is mapped nowhere" in words and "not known" in words
    assert "2 things · +186.00 EUR a month; 1 has no known price" in words
    rows = (await get(browse, world, "/approvals/invoices.csv")).splitlines()
    assert rows[0].endswith("Forecast a month") and rows[1].endswith("186.00")


def test_a_licence_that_is_missing_from_two_invoices_is_added_up_once() -> None:
    visio = Holding("visio", "VISIOCLIENT", 2, 2)
    tenant = replace(planned(0), sku_ids=("visio",), holdings=(visio,), seat_prices=(("visio", Decimal(10)),))
    due = [DueAgreement(CONNECTION, each, "", date(2026, 12, 1)) for each in ("400", "401")]
    customer = BilledCustomer("customer-0", CONNECTION, tenant.tenant_id, frozenset({"400", "401"}), frozenset())
    missing = find_missing(date(2026, 11, 29), due, [customer], NightFacts({tenant.tenant_id: tenant}, ()))
    things = name_gaps(missing, Known((), {tenant.tenant_id: tenant}, {"customer-0": customer}, ()))
    assert [each.monthly for each in things] == [Decimal(20), Decimal(20)]
    assert add_up(things).rises == Decimal(20)
