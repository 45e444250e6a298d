"""ConnectWise's companies and what their agreements are, in our words. Facts: reference connectwise.md 3."""

from __future__ import annotations

from collections.abc import Sequence

from plans.catalogue import AgreementSummary, AgreementType, BillingCycle, Company, Payer
from psa.connectwise.client import ConnectWiseClient
from psa.connectwise.lists import list_values
from psa.connectwise.rows import Row, parse_activity, parse_day, parse_parent, require
from psa.connectwise.settings import count_months
from psa.values import find_tenant_ids, parse_domain

COMPANIES = "/company/companies"
COMPANY_FIELDS = "id,identifier,name,website,deletedFlag,customFields"
PAYER_FIELDS = "id,parentCompany/id,parentCompany/name,billToCompany/id"
AGREEMENTS = "/finance/agreements"
SUMMARY_FIELDS = (
    "id,name,company/id,type/id,type/name,agreementStatus,cancelledFlag,parentAgreement/id,"
    "startDate,endDate,noEndingDateFlag"
)
AGREEMENT_TYPES = "/finance/agreements/types"
TYPE_FIELDS = "id,name,inactiveFlag"
BILLING_CYCLES = "/finance/billingCycles"
CYCLE_FIELDS = "id,name,billingOptions"


async def list_companies(client: ConnectWiseClient) -> tuple[Company, ...]:
    """Every company that is not deleted, whatever its status. Raises like `list_values`.

    Statuses are the MSP's own words, which it edits; and a flag may be null, which a condition would have to know.
    """
    found = await list_values(client, COMPANIES, read_company, COMPANY_FIELDS)
    return tuple(company for company in found if company is not None)


async def find_companies(client: ConnectWiseClient, words: Sequence[str]) -> tuple[Company, ...]:
    """The same where the name holds every word (`contains`: connectwise.md 2). None where a word is none, so that no
    quotation mark gets into the condition. Raises like `list_values`.
    """
    if not words or not all(word.isalnum() for word in words):
        return ()
    conditions = " and ".join(f'name contains "{word}"' for word in words)
    found = await list_values(client, COMPANIES, read_company, COMPANY_FIELDS, conditions)
    return tuple(company for company in found if company is not None)


async def read_payer(client: ConnectWiseClient, company_id: str) -> Payer | None:
    """The company's parent, where its *Bill to* is that parent: being a child alone makes nobody pay. None where the id
    is no number. Raises like `list_values`.
    """
    if not (company_id.isascii() and company_id.isdigit()):
        return None
    found = await list_values(client, COMPANIES, find_payer, PAYER_FIELDS, f"id={company_id}")
    return next((each for each in found if each is not None and each.company_id != company_id), None)


async def list_agreements_of(client: ConnectWiseClient, company_id: str) -> tuple[AgreementSummary, ...]:
    """Every agreement of a company, ended ones included; none where the id is no number. Raises like `list_values`."""
    if not (company_id.isascii() and company_id.isdigit()):
        return ()
    return await list_values(client, AGREEMENTS, read_summary, SUMMARY_FIELDS, f"company/id={company_id}")


async def list_agreements(client: ConnectWiseClient) -> tuple[AgreementSummary, ...]:
    """Every agreement of every company, ended ones included. Raises like `list_values`."""
    return await list_values(client, AGREEMENTS, read_summary, SUMMARY_FIELDS)


async def list_agreement_types(client: ConnectWiseClient) -> tuple[AgreementType, ...]:
    """Every agreement type, inactive ones included. Raises like `list_values`."""
    return await list_values(client, AGREEMENT_TYPES, read_agreement_type, TYPE_FIELDS)


async def list_billing_cycles(client: ConnectWiseClient) -> tuple[BillingCycle, ...]:
    """Every billing cycle. Raises like `list_values`."""
    return await list_values(client, BILLING_CYCLES, read_billing_cycle, CYCLE_FIELDS)


def read_company(row: Row) -> Company | None:
    """One company; None for a deleted one. Raises Park where it has no id."""
    if row.get("deletedFlag"):
        return None
    website = str(row.get("website") or "").strip()
    return Company(
        id=str(require(row, "id")),
        identifier=str(row.get("identifier") or ""),
        name=str(row.get("name") or ""),
        website=website,
        domain=parse_domain(website),
        tenant_ids=find_tenant_ids(row.get("customFields")),
    )


def find_payer(row: Row) -> Payer | None:
    """Who is invoiced for a company, where that is its parent. Raises Park where one of the two has no id."""
    parent, payer = row.get("parentCompany"), row.get("billToCompany")
    if parent is None or payer is None or require(parent, "id") != require(payer, "id"):
        return None
    return Payer(str(parent["id"]), str(parent.get("name") or ""))


def read_summary(row: Row) -> AgreementSummary:
    """One agreement of a list. Raises Park where it lacks its id, company or type."""
    kind = require(row, "type")
    return AgreementSummary(
        id=str(require(row, "id")),
        name=str(row.get("name") or ""),
        company_id=str(require(require(row, "company"), "id")),
        type_id=str(require(kind, "id")),
        type_name=str(kind.get("name") or ""),
        status=str(row.get("agreementStatus") or ""),
        is_active=parse_activity(row),
        parent_id=parse_parent(row),
        starts_on=parse_day(row.get("startDate")),
        ends_on=None if row.get("noEndingDateFlag") else parse_day(row.get("endDate")),
    )


def read_agreement_type(row: Row) -> AgreementType:
    """One agreement type. Raises Park where it has no id."""
    return AgreementType(str(require(row, "id")), str(row.get("name") or ""), bool(row.get("inactiveFlag")))


def read_billing_cycle(row: Row) -> BillingCycle:
    """One billing cycle; how long it lasts is its option's to say, not its name's. Raises Park where it has no id."""
    months = count_months(str(row.get("billingOptions") or ""))
    return BillingCycle(str(require(row, "id")), str(row.get("name") or ""), months)
