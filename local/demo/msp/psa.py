"""What ConnectWise knows of the demo MSP: companies, agreements, additions, a catalog, the newest invoices.

Rows have the members of the small demo's; only what differs is said here.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from local.demo.msp.customers import BY_TENANT_KEY, IN_CONNECTWISE, TENANTS, Tenant
from local.demo.msp.people import name_of
from local.demo.msp.periods import first_of_next_month, months_before, next_on
from local.demo.msp.skus import BY_KEY, SOLD, Sku

_SMALL = json.loads((Path(__file__).parents[1] / "connectwise.json").read_text(encoding="utf-8"))
_FIRST_ADDITION = 9101
_CYCLES = {"Monthly": {"id": 2, "name": "Monthly"}, "Yearly": {"id": 5, "name": "Yearly"}}
_OTHER_PRODUCTS = (
    (651, "BACKUP-SRV", "Server backup", 65.0, 31.5),
    (652, "RMM-WS", "Workstation monitoring", 6.5, 2.1),
    (653, "FIREWALL-MGMT", "Managed firewall", 45.0, 12.0),
)

type Row = dict[str, Any]


def make_connectwise(day: date) -> Row:
    """The state that the ConnectWise simulator starts with on that day."""
    numbered = number_additions()
    agreements = [
        row for tenant in IN_CONNECTWISE if tenant.added or tenant.direct for row in make_agreements(tenant, day)
    ]
    invoiced_through = {row["id"]: find_invoiced_through(row, day) for row in agreements}
    return {
        **{name: _SMALL[name] for name in ("companyId", "codebase", "apiMember", "info", "agreementTypes")},
        "contacts": [make_contact(TENANTS[0])],
        "billingCycles": _SMALL["billingCycles"],
        "nextAdditionId": _FIRST_ADDITION + len(numbered),
        "companies": [make_company(tenant) for tenant in IN_CONNECTWISE],
        "agreements": agreements,
        "additions": numbered,
        "catalog": make_catalog(),
        "invoices": [make_invoice(row, place, day) for place, row in enumerate(agreements) if "nextInvoiceDate" in row],
        "auditTrail": [make_note(row) for row in numbered],
        "billedInArrears": [microsoft_agreement(tenant) for tenant in IN_CONNECTWISE if tenant.in_arrears],
        "billedThrough": {str(row["id"]): invoiced_through[row["agreementId"]].isoformat() for row in numbered},
        "invoiceLines": {},
    }


def make_contact(tenant: Tenant) -> Row:
    """The one contact that ConnectWise knows, of a customer."""
    company = make_company(tenant)
    return {**_SMALL["contacts"][0], "company": {name: company[name] for name in ("id", "identifier", "name")}}


def number_additions() -> list[Row]:
    """Every addition that was there before the demo begins, with its id."""
    additions = [row for tenant in IN_CONNECTWISE if tenant.added for row in make_additions(tenant)]
    return [{**row, "id": _FIRST_ADDITION + place} for place, row in enumerate(additions)]


def company_id(tenant: Tenant) -> int:
    return 300 + tenant.number


def services_agreement(tenant: Tenant) -> int:
    """The agreement that has been there for ever, with everything but licences on it."""
    return 1300 + 10 * tenant.number


def microsoft_agreement(tenant: Tenant) -> int:
    """The agreement that licences are billed on."""
    return services_agreement(tenant) + 1


def company_reference(tenant: Tenant) -> Row:
    return {"id": company_id(tenant), "identifier": tenant.key.replace("-", "")[:25], "name": tenant.name[:50]}


def make_company(tenant: Tenant) -> Row:
    reference = company_reference(tenant)
    contact = {"id": 400 + tenant.number, "name": " ".join(name_of(tenant, 0))}
    return {
        **_SMALL["companies"][0],
        **reference,
        "website": f"https://{tenant.domain}",
        "defaultContact": contact,
        "billToCompany": reference,
        "numberOfEmployees": sum(holding.seats for holding in tenant.holdings if holding.seats < 1000),
    }


def make_agreements(tenant: Tenant, day: date) -> list[Row]:
    """Services and licences; every third customer's licences are a child of the services, and one is another's child.

    A child has no invoice date of its own: it is billed with its parent. Some customers also have one that ended.
    """
    services = make_agreement(tenant, services_agreement(tenant), "Managed Services", day)
    microsoft = make_agreement(tenant, microsoft_agreement(tenant), "Microsoft 365", day)
    microsoft |= {"prorateFlag": tenant.prorates, "billingCycle": _CYCLES[tenant.cycle], "billZeroAmountFlag": True}
    if tenant.cycle == "Yearly":
        microsoft["nextInvoiceDate"] = "2027-03-01T00:00:00Z"
    if tenant.parent is not None:
        parent = BY_TENANT_KEY[tenant.parent]
        microsoft = as_child(microsoft, services_agreement(parent), "Managed Services")
    elif tenant.number % 6 == 0:
        microsoft = as_child(microsoft, services["id"], services["name"])
    ended = {"agreementStatus": "Cancelled", "cancelledFlag": True, "dateCancelled": "2023-12-31T00:00:00Z"}
    old = make_agreement(tenant, services["id"] + 2, "Microsoft 365 (legacy)", day) | ended
    old.pop("nextInvoiceDate")
    return [services, microsoft, *([old] if tenant.number % 7 == 0 else [])]


def as_child(agreement: Row, parent_id: int, parent_name: str) -> Row:
    kept = {name: value for name, value in agreement.items() if name != "nextInvoiceDate"}
    return {**kept, "parentAgreement": {"id": parent_id, "name": parent_name, "type": "Managed Services"}}


def make_agreement(tenant: Tenant, agreement_id: int, name: str, day: date) -> Row:
    company = company_reference(tenant)
    contact = {"id": 400 + tenant.number, "name": " ".join(name_of(tenant, 0))}
    is_for_licences = agreement_id == microsoft_agreement(tenant)
    invoice_day = tenant.invoice_day if is_for_licences else 1
    is_due = tenant.in_arrears and is_for_licences and day.day == invoice_day
    due = day if is_due else next_on(day, invoice_day)
    parties = dict.fromkeys(("company", "billToCompany", "shipToCompany"), company)
    contacts = dict.fromkeys(("contact", "billToContact", "shipToContact"), contact)
    return {
        **_SMALL["agreements"][0],
        **parties,
        **contacts,
        "id": agreement_id,
        "name": name,
        "startDate": "2023-01-01T00:00:00Z",
        "billStartDate": f"2023-01-{invoice_day:02d}T00:00:00Z",
        "nextInvoiceDate": f"{due.isoformat()}T00:00:00Z",
    }


def make_additions(tenant: Tenant) -> list[Row]:
    """Unrelated ones on the services, and the licences that somebody has typed in years ago."""
    place = services_agreement(tenant)
    rows = []
    for offset, (product, identifier, text, price, cost) in enumerate(_OTHER_PRODUCTS):
        if (tenant.number + offset) % 3:
            quantity = float(1 + (tenant.number * (offset + 2)) % 9)
            rows.append(make_addition(place, (product, identifier, text), quantity, price, cost))
    for key, quantity in tenant.billed_by_hand:
        sku = BY_KEY[key]
        words = (sku.product_id, sku.identifier, sku.name)
        rows.append(make_addition(microsoft_agreement(tenant), words, quantity, sku.price, sku.cost))
    return rows


def make_addition(agreement_id: int, product: tuple[int, str, str], quantity: float, price: float, cost: float) -> Row:
    number, identifier, text = product
    return {
        **_SMALL["additions"][0],
        "agreementId": agreement_id,
        "product": {"id": number, "identifier": identifier, "serializedFlag": False},
        "quantity": quantity,
        "unitPrice": price,
        "unitCost": cost,
        "effectiveDate": "2023-04-01T00:00:00Z",
        "description": text,
    }


def make_catalog() -> list[Row]:
    sold = [make_item(sku.product_id, sku.identifier, sku.name, sku.price, sku.cost, sku) for sku in SOLD]
    return [*sold, *(make_item(*product) for product in _OTHER_PRODUCTS)]


def make_item(number: int, identifier: str, text: str, price: float, cost: float, sku: Sku | None = None) -> Row:
    names = {"identifier": identifier, "description": text, "customerDescription": text}
    money = {"price": price, "cost": cost, "recurringRevenue": price, "recurringCost": cost}
    part = "" if sku is None else sku.id
    return {**_SMALL["catalog"][0], **names, **money, "id": number, "manufacturerPartNumber": part}


def find_invoiced_through(agreement: Row, day: date) -> date:
    """The last day that the newest invoice of an agreement covers; a child's is its parent's."""
    if (agreement.get("billingCycle") or {}).get("name") == "Yearly":
        return date(2027, 2, 28)
    due = date.fromisoformat(agreement.get("nextInvoiceDate", first_of_next_month(day).isoformat())[:10])
    tenant = TENANTS[(agreement["id"] - 1300) // 10 - 1]
    is_in_arrears = tenant.in_arrears and agreement["id"] == microsoft_agreement(tenant)
    first_open = months_before(due, 1) if is_in_arrears else due
    return date.fromordinal(first_open.toordinal() - 1)


def make_invoice(agreement: Row, place: int, day: date) -> Row:
    """The newest invoice of an agreement, which came before the demo begins."""
    due = date.fromisoformat(agreement["nextInvoiceDate"][:10])
    made = date(2026, 3, 1) if agreement["billingCycle"]["name"] == "Yearly" else months_before(due, 1)
    number = 7801 + place
    reference = {"id": agreement["id"], "name": agreement["name"], "type": "Managed Services", "chargeFirmFlag": False}
    return {
        **_SMALL["invoices"][0],
        "id": number,
        "invoiceNumber": str(number),
        "company": agreement["company"],
        "billToCompany": agreement["company"],
        "applyToId": agreement["id"],
        "agreement": reference,
        "date": f"{made.isoformat()}T00:00:00Z",
        "dueDate": f"{(made + timedelta(days=15)).isoformat()}T00:00:00Z",
    }


def make_note(addition: Row) -> Row:
    """What the audit trail says about an addition that was there before."""
    text = f'Addition "{addition["product"]["identifier"]}" was added with quantity {addition["quantity"]}.'
    return {**_SMALL["auditTrail"][0], "text": text, "recordId": addition["id"]}
