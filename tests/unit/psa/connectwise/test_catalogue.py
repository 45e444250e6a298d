"""ConnectWise: what profiles and mappings choose from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from plans.catalogue import AgreementSummary, AgreementType, BillingCycle, Company, Payer, Product
from plans.errors import Misconfigured, Retry
from psa.connectwise.catalogue import read_product
from psa.connectwise.client import PAGE_SIZE
from psa.connectwise.companies import read_billing_cycle
from psa.values import parse_domain
from tests.unit.psa.connectwise.site import ConnectWise, make_agreement_row

COMPANIES = "company/companies"
CATALOG = "procurement/catalog"
ITEM = {
    "id": 501,
    "identifier": "M365-BP",
    "description": "Microsoft 365 Business Premium",
    "productClass": "Agreement",
    "price": 24.0,
    "cost": 19,
    "recurringFlag": True,
    "inactiveFlag": False,
    "vendorSku": "CFQ7TTC0LCHC",
    "manufacturerPartNumber": "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
}


def make_company_row(company_id: int, /, **changes: Any) -> dict[str, Any]:
    return {"id": company_id, "identifier": f"C{company_id}", "name": f"Company {company_id}", **changes}


def list_rows(path: str, rows: list[Any], method: str, *arguments: str) -> Any:
    return ConnectWise(lists={path: rows}).run(lambda port: getattr(port, method)(*arguments))


def test_companies_are_listed_without_the_deleted_ones_and_whatever_their_status() -> None:
    rows = [
        make_company_row(250, website="https://www.harbourdental.example/about", deletedFlag=False),
        make_company_row(251, deletedFlag=True),
        make_company_row(252, deletedFlag=None, status={"id": 9, "name": "Not used"}),
    ]
    website = "https://www.harbourdental.example/about"
    assert list_rows(COMPANIES, rows, "list_companies") == (
        Company("250", "C250", "Company 250", website, "harbourdental.example"),
        Company("252", "C252", "Company 252"),
    )


@pytest.mark.parametrize("words", [(), ('x" or id>0 or name="',), ("a'b",), ("two words",), ("",)])
def test_a_company_is_looked_for_by_words_of_letters_alone(words: tuple[str, ...]) -> None:
    connectwise = ConnectWise(lists={COMPANIES: [make_company_row(250)]})
    assert connectwise.run(lambda port: port.find_companies(words)) == ()
    assert COMPANIES not in "".join(connectwise.paths("GET")), "nothing is asked"


def test_every_word_of_a_name_is_a_condition() -> None:
    connectwise = ConnectWise(lists={COMPANIES: [make_company_row(250), make_company_row(251, deletedFlag=True)]})
    (found,) = connectwise.run(lambda port: port.find_companies(["Ångström", "7"]))
    assert found.id == "250"
    asked = [each for each in connectwise.site.requests if each.url.path.endswith(COMPANIES)]
    assert {each.url.params["conditions"] for each in asked} == {'name contains "Ångström" and name contains "7"'}


def test_a_tenants_id_is_found_in_any_custom_field() -> None:
    tenant_id = "AD0B3000-0000-4000-8000-000000000001"
    fields = [{"id": 1, "value": f" {tenant_id} "}, {"id": 2, "value": None}, {"id": 3, "value": 7}, {"id": 4}]
    rows = [make_company_row(250, customFields=fields), make_company_row(251, customFields=None)]
    assert [each.tenant_ids for each in list_rows(COMPANIES, rows, "list_companies")] == [(tenant_id.lower(),), ()]


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://harbourdental.example", "harbourdental.example"),
        ("http://WWW.Harbour.Example:8080/x?y", "harbour.example"),
        ("www.harbour.example", "harbour.example"),
        ("harbour.example/about", "harbour.example"),
        ("harbour.example.", "harbour.example"),
        ("münchen.example", "münchen.example"),
        ("", ""),
        ("none", ""),
        ("ask Maria at harbour.example", ""),
        ("http://[bad", ""),
    ],
)
def test_a_domain_is_found_in_what_people_type(website: str, domain: str) -> None:
    assert parse_domain(website) == domain


def test_a_catalog_item_is_a_product() -> None:
    assert list_rows(CATALOG, [ITEM], "list_products") == (
        Product(
            id="501",
            identifier="M365-BP",
            description="Microsoft 365 Business Premium",
            product_class="Agreement",
            price=Decimal("24.0"),
            cost=Decimal(19),
            is_recurring=True,
            is_inactive=False,
            vendor_sku="CFQ7TTC0LCHC",
            part_number="cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
        ),
    )


@pytest.mark.parametrize(
    ("product_class", "fits"),
    [("Agreement", True), ("Service", True), ("NonInventory", True), ("Inventory", True), ("Bundle", False)],
)
def test_a_bundle_fits_no_addition(product_class: str, fits: bool) -> None:
    assert read_product({**ITEM, "productClass": product_class}).fits_additions is fits


@pytest.mark.parametrize("value", [None, "free", "NaN"])
def test_a_price_that_is_none_is_none(value: Any) -> None:
    product = read_product({**ITEM, "price": value, "cost": value})
    assert (product.price, product.cost) == (None, None)


def test_a_product_may_have_an_id_and_nothing_else() -> None:
    assert read_product({"id": 501}) == Product("501", "", "", "", None, None, False, False)


def test_products_are_read_page_by_page_and_pruned() -> None:
    psa = ConnectWise(lists={CATALOG: [{**ITEM, "id": number} for number in range(PAGE_SIZE + 1)]})
    assert len(psa.run(lambda port: port.list_products())) == PAGE_SIZE + 1
    asked = [request.url.params for request in psa.site.requests if request.url.path.endswith(CATALOG)]
    assert [each["page"] for each in asked] == ["1", "2"]
    assert all("manufacturerPartNumber" in each["fields"].split(",") for each in asked)


def test_the_agreements_of_a_company_are_listed_ended_ones_included() -> None:
    rows = [
        make_agreement_row(1201, type={"id": 4, "name": "Managed Services"}),
        make_agreement_row(
            1202,
            type={"id": 4, "name": "Managed Services"},
            parentAgreement={"id": 1201},
            agreementStatus="Expired",
        ),
    ]
    psa = ConnectWise(lists={"finance/agreements": rows})
    found = psa.run(lambda port: port.list_agreements_of("42"))
    assert found == (
        AgreementSummary("1201", "Managed Services", "42", "4", "Managed Services", "Active", True),
        AgreementSummary("1202", "Managed Services", "42", "4", "Managed Services", "Expired", False, "1201"),
    )
    assert psa.site.requests[-1].url.params["conditions"] == "company/id=42"


def test_the_first_and_last_day_of_an_agreement_are_told() -> None:
    """An agreement without an end may have a date in that field all the same."""
    days = {"startDate": "2026-01-01T00:00:00Z", "endDate": "2026-12-31T00:00:00Z"}
    kind = {"id": 4, "name": "Managed Services"}
    rows = [
        make_agreement_row(number, **days, type=kind, noEndingDateFlag=has_none)
        for number, has_none in ((1201, False), (1202, True))
    ]
    psa = ConnectWise(lists={"finance/agreements": rows})
    found = psa.run(lambda port: port.list_agreements_of("42"))
    assert [(each.starts_on, each.ends_on) for each in found] == [
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2026, 1, 1), None),
    ]


def test_the_agreements_of_all_companies_are_listed_with_one_question() -> None:
    managed = {"id": 4, "name": "Managed Services"}
    rows = [make_agreement_row(1201, type=managed), make_agreement_row(1202, type=managed, company={"id": 43})]
    psa = ConnectWise(lists={"finance/agreements": rows})
    found = psa.run(lambda port: port.list_agreements())
    assert [(each.id, each.company_id) for each in found] == [("1201", "42"), ("1202", "43")]
    (_, asked) = psa.site.requests
    assert asked.url.path.endswith("finance/agreements") and "conditions" not in asked.url.params


def test_a_company_id_that_is_no_number_has_no_agreements_and_asks_nothing() -> None:
    psa = ConnectWise()
    assert psa.run(lambda port: port.list_agreements_of("42 or id>0")) == ()
    assert psa.site.requests == []


def test_agreement_types_are_listed() -> None:
    rows = [
        {"id": 4, "name": "Managed Services", "inactiveFlag": False},
        {"id": 5, "name": "Old", "inactiveFlag": True},
    ]
    assert list_rows("finance/agreements/types", rows, "list_agreement_types") == (
        AgreementType("4", "Managed Services", False),
        AgreementType("5", "Old", True),
    )


@pytest.mark.parametrize(
    ("option", "months"),
    [
        ("Monthly", 1),
        ("BiMonthly", 2),
        ("Quarterly", 3),
        ("SemiAnnual", 6),
        ("Yearly", 12),
        ("Weekly", None),
        (None, None),
    ],
)
def test_a_billing_cycle_lasts_what_its_option_says_not_its_name(option: str | None, months: int | None) -> None:
    assert read_billing_cycle({"id": 2, "name": "Usual", "billingOptions": option}) == BillingCycle(
        "2", "Usual", months
    )


def test_billing_cycles_are_listed() -> None:
    rows = [{"id": 2, "name": "Monthly", "billingOptions": "Monthly"}]
    assert list_rows("finance/billingCycles", rows, "list_billing_cycles") == (BillingCycle("2", "Monthly", 1),)


@pytest.mark.parametrize(
    ("path", "method", "arguments"),
    [
        (COMPANIES, "list_companies", ()),
        (CATALOG, "list_products", ()),
        ("finance/agreements", "list_agreements_of", ("42",)),
        ("finance/agreements", "list_agreements", ()),
        ("finance/agreements/types", "list_agreement_types", ()),
        ("finance/billingCycles", "list_billing_cycles", ()),
    ],
)
def test_lists_raise_what_the_port_promises(path: str, method: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(Retry, match="without"):
        list_rows(path, [{"name": "half a row"}], method, *arguments)
    psa = ConnectWise()
    psa.intercept = lambda request: httpx.Response(403) if request.url.path.endswith(path) else None
    with pytest.raises(Misconfigured, match="answered 403"):
        psa.run(lambda port: getattr(port, method)(*arguments))


GROUP = {"id": 7, "name": "Harbour Group"}


@pytest.mark.parametrize(
    ("row", "payer"),
    [
        ({"parentCompany": GROUP, "billToCompany": {"id": 7}}, Payer("7", "Harbour Group")),
        ({"parentCompany": {"id": 7}, "billToCompany": {"id": 7}}, Payer("7", "")),
        ({"parentCompany": GROUP, "billToCompany": {"id": 42}}, None),
        ({"parentCompany": GROUP}, None),
        ({"billToCompany": GROUP}, None),
        ({"parentCompany": {"id": 42}, "billToCompany": {"id": 42}}, None),
        ({}, None),
    ],
)
def test_a_parent_pays_where_the_bill_goes_to_it(row: dict[str, Any], payer: Payer | None) -> None:
    psa = ConnectWise(lists={"company/companies": [make_company_row(42, **row)]})
    assert psa.run(lambda port: port.read_payer("42")) == payer
    assert psa.site.requests[-1].url.params["conditions"] == "id=42"


def test_a_company_that_is_not_there_has_no_payer() -> None:
    assert ConnectWise(lists={"company/companies": []}).run(lambda port: port.read_payer("42")) is None
    psa = ConnectWise()
    assert psa.run(lambda port: port.read_payer("42 or id>0")) is None and psa.site.requests == []
    half = ConnectWise(lists={"company/companies": [make_company_row(42, parentCompany={}, billToCompany=GROUP)]})
    with pytest.raises(Retry):
        half.run(lambda port: port.read_payer("42"))
