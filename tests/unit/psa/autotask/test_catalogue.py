"""What Autotask offers to choose from, in our words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plans.catalogue import AgreementSummary, AgreementType, Company, Payer, Product
from plans.errors import Retry
from psa.autotask import catalogue
from psa.autotask.catalogue import AutotaskCatalogue
from psa.autotask.client import AutotaskClient
from tests.unit.psa.autotask.offers import Autotask, ask

TODAY = date(2026, 11, 22)
TENANT = "5C2F6C0E-9A41-4C8E-8F57-2F1D6A7B3C11"
CATEGORIES: list[dict[str, Any]] = [
    {"value": "16", "label": "Managed services", "isActive": True},
    {"value": "17", "label": "Old"},
]
CONTRACT: dict[str, Any] = {
    "id": 29683356,
    "contractName": "Microsoft 365",
    "companyID": 178,
    "contractType": 7,
    "contractCategory": 16,
    "status": 1,
    "endDate": "2026-11-22T00:00:00Z",
}
PICKLISTS: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("Contracts", "contractCategory"): CATEGORIES,
    ("Contracts", "status"): [{"value": "1", "label": "In Effect"}, {"value": "0", "label": "Inactive"}],
    ("Services", "periodType"): [{"value": "2", "label": "Monthly"}],
}


def list_contracts(company_id: str, *rows: dict[str, Any]) -> tuple[AgreementSummary, ...]:
    autotask = Autotask(rows={"Contracts": list(rows)}, picklists=PICKLISTS)
    return ask(autotask, lambda client: AutotaskCatalogue(client, lambda: TODAY).list_agreements_of(company_id))


def test_active_companies_are_listed_with_the_tenant_ids_that_their_fields_hold() -> None:
    rows = [
        {
            "id": 178,
            "companyName": "Harbour Dental",
            "companyNumber": "HD-1",
            "webAddress": "https://www.harbour.example/about",
            "isActive": True,
            "userDefinedFields": [{"name": "Tenant", "value": TENANT}, {"name": "Note", "value": None}],
        },
        {"id": 179, "companyName": "Gone", "isActive": False},
        {"id": 0, "companyName": "Ourselves", "isActive": True},
    ]
    found = ask(Autotask(rows={"Companies": rows}), catalogue.list_companies)
    assert found == (
        Company(
            "178", "HD-1", "Harbour Dental", "https://www.harbour.example/about", "harbour.example", (TENANT.lower(),)
        ),
        Company("0", "", "Ourselves"),
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [(["Harbour"], ["Harbour Dental", "Dental Harbour"]), (["Dental", "Boats"], []), (["Gone"], []), ([], [])],
)
def test_active_companies_are_found_by_every_word_of_their_name(words: list[str], found: list[str]) -> None:
    names = ("Harbour Dental", "Harbour Gone", "Dental Harbour", "Boats")
    rows = [{"id": number, "companyName": name, "isActive": "Gone" not in name} for number, name in enumerate(names)]
    asked = ask(Autotask(rows={"Companies": rows}), lambda client: catalogue.find_companies(client, words))
    assert [each.name for each in asked] == found


def test_the_contracts_of_all_companies_are_listed_at_once() -> None:
    rows = [CONTRACT | {"id": 1, "companyID": 5}, CONTRACT | {"id": 2, "companyID": 6}]
    autotask = Autotask(rows={"Contracts": rows}, picklists=PICKLISTS)
    found = ask(autotask, lambda client: AutotaskCatalogue(client, lambda: TODAY).list_agreements())
    assert [(each.id, each.company_id) for each in found] == [("1", "5"), ("2", "6")]


def test_services_are_products_with_their_period_and_whatever_names_microsofts_licence() -> None:
    rows = [
        {
            "id": 7,
            "name": "Microsoft 365 Business Standard",
            "unitPrice": 12.5,
            "unitCost": 10,
            "isActive": True,
            "periodType": 2,
            "sku": "CFQ7TTC0LDPB:0001",
            "catalogNumberPartNumber": "C-1",
            "manufacturerServiceProviderProductNumber": "M-1",
        },
        {"id": 8, "name": "Bare", "unitPrice": None, "isActive": False},
        {"id": 9, "name": "Catalogued", "catalogNumberPartNumber": "C-9"},
    ]
    first, bare, catalogued = ask(Autotask(rows={"Services": rows}, picklists=PICKLISTS), catalogue.list_products)
    assert first == Product(
        id="7",
        identifier="CFQ7TTC0LDPB:0001",
        description="Microsoft 365 Business Standard",
        product_class="Monthly",
        price=Decimal("12.5"),
        cost=Decimal(10),
        is_recurring=True,
        is_inactive=False,
        vendor_sku="CFQ7TTC0LDPB:0001",
        part_number="M-1",
    )
    assert (bare.identifier, bare.price, bare.is_inactive) == ("service 8", None, True)
    assert (catalogued.identifier, catalogued.part_number, catalogued.is_inactive) == ("C-9", "C-9", False)


def test_recurring_service_contracts_of_the_company_are_agreements_by_their_category() -> None:
    (found,) = list_contracts(
        "178",
        CONTRACT,
        CONTRACT | {"id": 2, "contractType": 1},
        CONTRACT | {"id": 3, "companyID": 179},
    )
    assert found == AgreementSummary(
        id="29683356",
        name="Microsoft 365",
        company_id="178",
        type_id="16",
        type_name="Managed services",
        status="In Effect",
        is_active=True,
        ends_on=date(2026, 11, 22),
    )


@pytest.mark.parametrize(
    ("changes", "is_active"),
    [
        ({}, True),
        ({"endDate": "2026-11-21T00:00:00Z"}, False),
        ({"endDate": None}, True),
        ({"status": 0}, False),
        ({"status": None}, False),
    ],
)
def test_a_contract_is_active_by_its_status_and_until_its_last_day(changes: dict[str, Any], is_active: bool) -> None:
    (found,) = list_contracts("178", CONTRACT | changes)
    assert found.is_active is is_active


def test_a_contract_without_a_category_has_no_type() -> None:
    (found,) = list_contracts("178", CONTRACT | {"contractCategory": None})
    assert (found.type_id, found.type_name) == ("", "")


@pytest.mark.parametrize("company_id", ["", "x", "1 or 1=1", "-1", "١"])
def test_a_company_that_is_no_number_has_no_contracts(company_id: str) -> None:
    assert list_contracts(company_id, CONTRACT) == ()


def test_half_a_contract_is_read_again_later() -> None:
    with pytest.raises(Retry, match="without its company"):
        catalogue.read_contract({"id": 1}, {}, {}, TODAY)


def test_categories_are_the_types_and_old_ones_are_marked() -> None:
    rows: list[Any] = [CATEGORIES[0], CATEGORIES[1] | {"isActive": False}, "nonsense"]
    autotask = Autotask(picklists={("Contracts", "contractCategory"): rows})
    assert ask(autotask, catalogue.list_agreement_types) == (
        AgreementType("16", "Managed services", False),
        AgreementType("17", "Old", True),
    )
    assert ask(Autotask(), catalogue.list_agreement_types) == ()


def test_contracts_that_autotask_has_are_told_from_those_it_has_not() -> None:
    def work(client: AutotaskClient) -> Any:
        return AutotaskCatalogue(client, lambda: TODAY).find_agreements(("29683356", "5", "x"))

    assert ask(Autotask(rows={"Contracts": [CONTRACT]}), work) == {"29683356"}


def test_the_catalogue_offers_everything_and_asks_for_no_billing_cycle() -> None:
    async def work(client: AutotaskClient) -> list[int]:
        offered = AutotaskCatalogue(client, lambda: TODAY)
        lists = (
            await offered.list_companies(),
            await offered.list_products(),
            await offered.list_agreement_types(),
            await offered.list_billing_cycles(),
            (await offered.report_permissions()).rights,
        )
        return [len(each) for each in lists]

    autotask = Autotask({"Companies": [{"id": 1, "isActive": True}], "Services": [{"id": 2}]}, PICKLISTS)
    assert ask(autotask, work) == [1, 1, 2, 0, 6]


def find_payer(company_id: str, *rows: dict[str, Any]) -> Payer | None:
    autotask = Autotask(rows={"Companies": list(rows)})
    return ask(autotask, lambda client: AutotaskCatalogue(client, lambda: TODAY).read_payer(company_id))


@pytest.mark.parametrize(
    ("row", "payer"),
    [
        ({"parentCompanyID": 7, "invoiceNonContractItemsToParentCompany": True}, Payer("7", "Harbour Group")),
        ({"parentCompanyID": 8, "invoiceNonContractItemsToParentCompany": True}, Payer("8", "")),
        ({"parentCompanyID": 7, "invoiceNonContractItemsToParentCompany": False}, None),
        ({"parentCompanyID": 7}, None),
        ({"parentCompanyID": None, "invoiceNonContractItemsToParentCompany": True}, None),
        ({"parentCompanyID": 178, "invoiceNonContractItemsToParentCompany": True}, None),
    ],
)
def test_a_parent_pays_where_autotask_invoices_it_for_the_child(row: dict[str, Any], payer: Payer | None) -> None:
    assert find_payer("178", {"id": 178} | row, {"id": 7, "companyName": "Harbour Group"}) == payer


def test_who_pays_for_every_company_is_one_list_and_the_names_of_those_who_pay() -> None:
    paid = {"parentCompanyID": 7, "invoiceNonContractItemsToParentCompany": True}
    rows: list[dict[str, Any]] = [
        {"id": 178, **paid},
        {"id": 179, **paid},
        {"id": 180, **paid, "parentCompanyID": 8},
        {"id": 181, **paid, "invoiceNonContractItemsToParentCompany": False},
        {"id": 182, "parentCompanyID": 182, "invoiceNonContractItemsToParentCompany": True},
        {"id": 183, "parentCompanyID": None, "invoiceNonContractItemsToParentCompany": True},
        {"id": 7, "companyName": "Harbour Group"},
    ]
    autotask = Autotask(rows={"Companies": rows})
    group = Payer("7", "Harbour Group")
    assert ask(autotask, catalogue.read_payers) == {"178": group, "179": group, "180": Payer("8", "")}
    assert ask(Autotask(), catalogue.read_payers) == {}


@pytest.mark.parametrize("company_id", ["", "x", "1 or 1=1", "-1", "5"])
def test_a_company_that_is_not_there_has_no_payer(company_id: str) -> None:
    assert find_payer(company_id, {"id": 178, "parentCompanyID": 7}) is None
