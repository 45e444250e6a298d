"""What Autotask knows of the demo MSP: a catalogue, and the customers that are billed there with their contracts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from local.demo.msp.customers import IN_AUTOTASK, Tenant
from local.demo.msp.periods import months_before
from local.demo.msp.psa import company_id
from local.demo.msp.skus import BY_KEY, SOLD, Sku
from local.simulators.autotask.posting import Accountant
from local.simulators.autotask.records import Records, complete

API_USER = "seatledger@demomsp.example"
DATABASE = 4711
BILLING_CODE = 71
SERVER_BACKUP = 651
FIRST_YEAR, LAST_YEAR = 2025, 2027
# Typed in by hand when the contracts were made.
SERVERS = 2

type Row = dict[str, Any]


def make_autotask(now: datetime, day: date) -> Row:
    """The state that the Autotask simulator starts with on that day: everything that began by then is posted.

    A customer that is billed in arrears has had its running period posted not yet.
    """
    services = [service for tenant in IN_AUTOTASK for service in make_services(tenant)]
    state: Row = {
        "apiUser": API_USER,
        "zoneName": "America East 2",
        "database": DATABASE,
        "companies": [make_company(tenant) for tenant in IN_AUTOTASK],
        "contracts": [make_contract(tenant) for tenant in IN_AUTOTASK],
        "services": make_catalogue(),
        "billingCodes": [{"id": BILLING_CODE, "name": "Recurring services", "isActive": True, "useType": 5}],
        "contractServices": [service for service, _ in services],
        "contractServiceAdjustments": [
            {**adjustment, "id": place} for place, (_, adjustment) in enumerate(services, 1)
        ],
    }
    accountant = Accountant(Records(complete(state, lambda: now), lambda: now))
    for tenant in IN_AUTOTASK:
        accountant.post(months_before(day, 1) if tenant.in_arrears else day, [contract_id(tenant)])
    accountant.invoice(day)
    return state


def contract_id(tenant: Tenant) -> int:
    """The recurring service contract that a customer's licences are billed on."""
    return 7000 + tenant.number


def make_company(tenant: Tenant) -> Row:
    return {
        "id": company_id(tenant),
        "companyName": tenant.name,
        "companyNumber": f"A-{tenant.number}",
        "companyType": 1,
        "isActive": True,
        "phone": "555-0100",
        "webAddress": f"https://{tenant.domain}",
        "currencyID": 1,
        "ownerResourceID": 4,
        "userDefinedFields": [{"name": "Microsoft tenant id", "value": tenant.id}],
    }


def make_contract(tenant: Tenant) -> Row:
    """A contract of monthly periods, which begin on the day of the month on which it began."""
    return {
        "id": contract_id(tenant),
        "companyID": company_id(tenant),
        "contractName": "Microsoft 365",
        "contractNumber": f"M365-{tenant.number}",
        "contractType": 7,
        "contractPeriodType": 2,
        "contractCategory": 1,
        "startDate": f"{FIRST_YEAR}-01-{tenant.invoice_day:02d}T00:00:00Z",
        "endDate": f"{LAST_YEAR}-12-31T00:00:00Z",
        "status": 1,
        "isDefaultContract": False,
        "timeReportingRequiresStartAndStopTimes": 0,
        "userDefinedFields": [],
        "lastModifiedDateTime": f"{FIRST_YEAR}-01-01T09:00:00Z",
    }


def make_catalogue() -> list[Row]:
    """What the MSP sells, under the numbers that its ConnectWise knows it by as well."""
    backup = make_service(SERVER_BACKUP, "Server backup", 65.0, 31.5)
    return [*(make_service(sku.product_id, sku.name, sku.price, sku.cost, sku) for sku in SOLD), backup]


def make_service(number: int, name: str, price: float, cost: float, sku: Sku | None = None) -> Row:
    return {
        "id": number,
        "name": name,
        "description": name,
        "invoiceDescription": name,
        "periodType": 2,
        "unitPrice": price,
        "unitCost": cost,
        "billingCodeID": BILLING_CODE,
        "isActive": True,
        "sku": None if sku is None else sku.part_number,
        "userDefinedFields": [],
    }


def make_services(tenant: Tenant) -> list[tuple[Row, Row]]:
    """The services of a customer's contract that were there before, each with the adjustment that began it."""
    typed = [(SERVER_BACKUP, "Server backup", 65.0, 31.5, SERVERS)]
    for key, seats in tenant.billed_by_hand:
        sku = BY_KEY[key]
        typed.append((sku.product_id, sku.name, sku.price, sku.cost, int(seats)))
    return [make_contract_service(tenant, 100 * tenant.number + place, *each) for place, each in enumerate(typed)]


def make_contract_service(
    tenant: Tenant, number: int, service: int, name: str, price: float, cost: float, units: int
) -> tuple[Row, Row]:
    contract = make_contract(tenant)
    link = {"contractID": contract["id"], "serviceID": service}
    prices = {"unitPrice": price, "unitCost": cost, "internalCurrencyUnitPrice": price}
    texts = {"internalDescription": None, "invoiceDescription": name, "quoteItemID": None}
    began = {"effectiveDate": contract["startDate"], "unitChange": units}
    made = {**link, **prices, **texts, "id": number, "internalCurrencyAdjustedPrice": price}
    return made, {**link, **began, "contractServiceID": number}
