"""What Autotask offers to choose from, in our words: companies, services, recurring-service contracts and their
categories. Facts: reference autotask-halo.md 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from plans.catalogue import AgreementSummary, AgreementType, BillingCycle, Company, Payer, Product
from plans.errors import Retry
from plans.permissions import PermissionReport
from profiles.billing import BillableOption
from psa.autotask.client import EVERY, AutotaskClient, Filter, Row
from psa.autotask.rights import report_rights
from psa.autotask.rows import find_day
from psa.values import find_tenant_ids, parse_amount, parse_domain

COMPANIES, SERVICES, CONTRACTS = "Companies", "Services", "Contracts"
RECURRING_SERVICE = 7
ACTIVE = 1
SERVICE_FIELDS = (
    "name",
    "unitPrice",
    "unitCost",
    "isActive",
    "periodType",
    "sku",
    "catalogNumberPartNumber",
    "manufacturerServiceProviderProductNumber",
)
PRICE_FIELDS = ("unitPrice",)
CONTRACT_FIELDS = ("contractName", "companyID", "contractCategory", "status", "startDate", "endDate")
RECURRING: list[Filter] = [{"op": "eq", "field": "contractType", "value": RECURRING_SERVICE}]
PAYER_FIELDS = ("parentCompanyID", "invoiceNonContractItemsToParentCompany")
PARENT_FIELDS = ("companyName",)
WITH_PARENT: Filter = {"op": "exist", "field": "parentCompanyID"}
CURRENT: Filter = {"op": "eq", "field": "isActive", "value": True}


class AutotaskCatalogue:
    """`plans.connecting.PsaCatalogue` of one Autotask database. It only reads.

    Autotask bills every unit of a contract service, so there is one billable option.
    """

    billable_options = (BillableOption.BILLABLE,)

    def __init__(self, client: AutotaskClient, today: Callable[[], date]) -> None:
        """`today` is the day in the MSP's zone: a contract may be over whatever its status says."""
        self._client = client
        self._today = today

    async def report_permissions(self) -> PermissionReport:
        """How the connection is, and what the API user may do. Never raises for what Autotask answers."""
        return await report_rights(self._client)

    async def list_companies(self) -> tuple[Company, ...]:
        """Every active company. Raises Retry, Throttled or Misconfigured."""
        return await list_companies(self._client)

    async def find_companies(self, words: Sequence[str]) -> tuple[Company, ...]:
        """Active companies whose name holds every word. Raises like `list_companies`."""
        return await find_companies(self._client, words)

    async def list_products(self) -> tuple[Product, ...]:
        """Every service, inactive ones included. Raises like `list_companies`."""
        return await list_products(self._client)

    async def list_agreements_of(self, company_id: str) -> tuple[AgreementSummary, ...]:
        """Every recurring-service contract of a company, ended ones included. Raises like `list_companies`."""
        return await list_agreements_of(self._client, company_id, self._today())

    async def list_agreements(self) -> tuple[AgreementSummary, ...]:
        """Every recurring-service contract of every company, ended ones included. Raises like `list_companies`."""
        return await list_agreements(self._client, RECURRING, self._today())

    async def read_payer(self, company_id: str) -> Payer | None:
        """The parent that is invoiced for a company. Raises like `list_companies`."""
        return await read_payer(self._client, company_id)

    async def list_agreement_types(self) -> tuple[AgreementType, ...]:
        """Every category of contracts, inactive ones included. Raises like `list_companies`."""
        return await list_agreement_types(self._client)

    async def list_billing_cycles(self) -> tuple[BillingCycle, ...]:
        """None: the rows of units say which period each of them is for, so nobody has to confirm any."""
        return ()

    async def find_agreements(self, agreement_ids: Sequence[str]) -> frozenset[str]:
        """Those of these contracts that Autotask has. Raises like `list_companies`."""
        return await find_agreements(self._client, agreement_ids)


async def list_companies(client: AutotaskClient) -> tuple[Company, ...]:
    """Every active company, with its user-defined fields: one may hold the tenant's id. Raises like `client.query`."""
    return tuple(read_company(row) for row in await client.query(COMPANIES, [CURRENT]))


async def find_companies(client: AutotaskClient, words: Sequence[str]) -> tuple[Company, ...]:
    """Active companies whose name holds every word; none where there is no word. Raises like `client.query`."""
    if not words:
        return ()
    named: list[Filter] = [{"op": "contains", "field": "companyName", "value": word} for word in words]
    return tuple(read_company(row) for row in await client.query(COMPANIES, [CURRENT, *named]))


async def list_products(client: AutotaskClient) -> tuple[Product, ...]:
    """Every service, inactive ones included. Raises like `client.query`."""
    periods = await read_picklist(client, SERVICES, "periodType")
    return tuple(read_service(row, periods) for row in await client.query(SERVICES, [EVERY], SERVICE_FIELDS))


async def read_prices(client: AutotaskClient) -> dict[str, Decimal]:
    """What every service costs that has a price, by its id. Raises like `client.query`."""
    rows = await client.query(SERVICES, [EVERY], PRICE_FIELDS)
    prices = {str(row["id"]): parse_amount(row.get("unitPrice")) for row in rows}
    return {service_id: price for service_id, price in prices.items() if price is not None}


async def list_agreements_of(client: AutotaskClient, company_id: str, today: date) -> tuple[AgreementSummary, ...]:
    """Every recurring-service contract of a company, ended ones included; none where the id is no number.

    Raises like `client.query`.
    """
    if not (company_id.isascii() and company_id.isdigit()):
        return ()
    chosen: list[Filter] = [{"op": "eq", "field": "companyID", "value": int(company_id)}, *RECURRING]
    return await list_agreements(client, chosen, today)


async def list_agreements(client: AutotaskClient, chosen: list[Filter], today: date) -> tuple[AgreementSummary, ...]:
    """The contracts that the filters leave, in our words. Raises like `client.query`."""
    rows = await client.query(CONTRACTS, chosen, CONTRACT_FIELDS)
    if not rows:
        return ()
    fields = await client.recall_fields(CONTRACTS)
    categories, statuses = (name_values(fields, field) for field in ("contractCategory", "status"))
    return tuple(read_contract(row, categories, statuses, today) for row in rows)


async def read_payer(client: AutotaskClient, company_id: str) -> Payer | None:
    """The company's parent, where Autotask invoices the parent for what stands on no contract of the company: the only
    field that says who pays for whom (decision 18). None where the id is no number. Raises like `client.query`.
    """
    if not (company_id.isascii() and company_id.isdigit()):
        return None
    parent_id = find_paying_parent(await _read_company(client, int(company_id), PAYER_FIELDS))
    if parent_id is None:
        return None
    parent = await _read_company(client, parent_id, PARENT_FIELDS)
    return Payer(str(parent_id), str(parent.get("companyName") or ""))


async def read_payers(client: AutotaskClient) -> dict[str, Payer]:
    """Who pays for each company that somebody else pays for, like `read_payer`, by the company's id: the companies that
    have a parent, page by page, and the names of the parents that pay. Raises like `client.query`."""
    rows = await client.query(COMPANIES, [WITH_PARENT], PAYER_FIELDS)
    parent_ids = {row["id"]: parent_id for row in rows if (parent_id := find_paying_parent(row)) is not None}
    parents = await client.query_by(COMPANIES, "id", sorted(set(parent_ids.values())), fields=PARENT_FIELDS)
    names = {row["id"]: str(row.get("companyName") or "") for row in parents}
    return {str(child): Payer(str(parent), names.get(parent, "")) for child, parent in parent_ids.items()}


def find_paying_parent(child: Row) -> int | None:
    """The parent that is invoiced for a company, by the company's own row; None where none is."""
    parent_id = child.get("parentCompanyID")
    pays = child.get("invoiceNonContractItemsToParentCompany") is True
    return None if not pays or parent_id is None or parent_id == child.get("id") else int(parent_id)


async def _read_company(client: AutotaskClient, company_id: int, fields: Sequence[str]) -> Row:
    """One company, empty where Autotask has none of this id."""
    rows = await client.query(COMPANIES, [{"op": "eq", "field": "id", "value": company_id}], fields)
    return rows[0] if rows else {}


async def list_agreement_types(client: AutotaskClient) -> tuple[AgreementType, ...]:
    """The categories of contracts, inactive ones included. Raises like `client.query`."""
    return tuple(await read_picklist_values(client, CONTRACTS, "contractCategory"))


async def find_agreements(client: AutotaskClient, agreement_ids: Sequence[str]) -> frozenset[str]:
    """Those of these contracts that Autotask has. Raises like `client.query`."""
    numbers = [int(each) for each in agreement_ids if each.isascii() and each.isdigit()]
    return frozenset(str(row["id"]) for row in await client.query_by(CONTRACTS, "id", numbers, fields=("id",)))


async def read_picklist(client: AutotaskClient, entity: str, field: str) -> Mapping[str, str]:
    """What the numbers of a field are called, by the number as text. Raises like `client.query`."""
    return name_values(await client.read_fields(entity), field)


async def read_picklist_values(client: AutotaskClient, entity: str, field: str) -> list[AgreementType]:
    """The values of a field. Autotask writes them as texts here, and as numbers in rows. Raises like `client.query`."""
    return list_values(await client.read_fields(entity), field)


def name_values(fields: Mapping[str, Row], field: str) -> dict[str, str]:
    """What the numbers of a field are called, by the number as text."""
    return {each.id: each.name for each in list_values(fields, field)}


def list_values(fields: Mapping[str, Row], field: str) -> list[AgreementType]:
    """The values of a field, by what Autotask says of the entity's fields."""
    values = fields.get(field, {}).get("picklistValues")
    return [
        AgreementType(str(each.get("value")), str(each.get("label") or ""), each.get("isActive") is False)
        for each in values or ()
        if isinstance(each, dict)
    ]


def read_company(row: Row) -> Company:
    """One company."""
    website = str(row.get("webAddress") or "").strip()
    return Company(
        id=str(row["id"]),
        identifier=str(row.get("companyNumber") or ""),
        name=str(row.get("companyName") or ""),
        website=website,
        domain=parse_domain(website),
        tenant_ids=find_tenant_ids(row.get("userDefinedFields")),
    )


def read_service(row: Row, periods: Mapping[str, str]) -> Product:
    """One service. Money comes as numbers with a point, or whole."""
    part_number = row.get("manufacturerServiceProviderProductNumber") or row.get("catalogNumberPartNumber") or ""
    sku = str(row.get("sku") or "")
    return Product(
        id=str(row["id"]),
        identifier=sku or str(part_number) or f"service {row['id']}",
        description=str(row.get("name") or ""),
        product_class=periods.get(str(row.get("periodType")), ""),
        price=parse_amount(row.get("unitPrice")),
        cost=parse_amount(row.get("unitCost")),
        is_recurring=True,
        is_inactive=row.get("isActive") is False,
        vendor_sku=sku,
        part_number=str(part_number),
    )


def read_contract(
    row: Row, categories: Mapping[str, str], statuses: Mapping[str, str], today: date
) -> AgreementSummary:
    """One contract. One that is over is not active, whatever its status says. Raises Retry where it has no company."""
    company_id, category, status = row.get("companyID"), row.get("contractCategory"), row.get("status")
    if company_id is None:
        raise Retry(f"Autotask sent contract {row['id']} without its company.")
    ends_on = str(row.get("endDate") or "")[:10]
    is_over = bool(ends_on) and ends_on < today.isoformat()
    return AgreementSummary(
        id=str(row["id"]),
        name=str(row.get("contractName") or ""),
        company_id=str(company_id),
        type_id="" if category is None else str(category),
        type_name="" if category is None else categories.get(str(category), ""),
        status=statuses.get(str(status), ""),
        is_active=status == ACTIVE and not is_over,
        starts_on=find_day(str(row.get("startDate"))),
        ends_on=find_day(str(row.get("endDate"))),
    )
