"""A made-up MSP of any size, every licence of which was written by earlier nights and is as it should be.

What the product knows of it (customers, mappings, journals) and what the stand-ins know (tenants, agreements,
additions) are made from the same numbers, so that a night finds nothing to do until somebody buys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import local.demo
from local.demo.msp.ids import PARTNER_TENANT
from plans.agreements import Addition, Agreement
from plans.changes import CreateAddition
from plans.counts import Count
from plans.journal import Ending, Evidence, HistoryEntry, Intent, LineJournal, Settlement
from plans.keys import make_key
from plans.ledger import Proof, make_entry
from plans.ports import Desk
from plans.standing import Standing
from plans.terms import make_terms
from plans.timeline import Timeline
from profiles.billing import Basis, BillableOption, BillingProfile, Customer, Mapping
from psa.connectwise.invoicing import Billing, derive_invoicing, read_billings
from psa.connectwise.rows import read_agreement
from psa.connectwise.settings import InvoicingSettings

SPACE = UUID("6b0d8b2e-1a0c-4f0e-9d53-0f4f6f1f7c11")
CONNECTION = "connectwise"
WRITTEN_ON = date(2026, 6, 1)
WRITTEN_AT = datetime(2026, 6, 1, 6, 5, tzinfo=UTC)
INVOICED_WHEN_WRITTEN = date(2026, 5, 31)
READ_LAST_ON = date(2026, 11, 15)
NIGHT = date(2026, 11, 16)
PLAN_HASH = "0" * 64
FIRST_COMPANY, FIRST_AGREEMENT, FIRST_ADDITION, FIRST_PRODUCT = 10_000, 100_000, 1_000_000, 500

type Row = dict[str, Any]


def read_demo(simulator: str) -> Row:
    """What the small demo's stand-in begins with: rows of this MSP have their members."""
    folder = Path(local.demo.__file__).parent
    rows: Row = json.loads((folder / f"{simulator}.json").read_text(encoding="utf-8"))
    return rows


SMALL = read_demo("connectwise")


@dataclass(frozen=True, slots=True)
class Line:
    """One licence of one customer, by their numbers from 0. `licences` is how many each customer has."""

    customer: int
    licence: int
    licences: int

    @property
    def mapping_id(self) -> str:
        """The id of its mapping."""
        return f"customer-{self.customer:05d}-licence-{self.licence:02d}"

    @property
    def seats(self) -> int:
        """How many were bought: never fewer than the users who hold it."""
        return 5 + (7 * self.customer + 3 * self.licence) % 50

    @property
    def addition_id(self) -> int:
        """The id of its one addition."""
        return FIRST_ADDITION + self.customer * self.licences + self.licence

    @property
    def key(self) -> str:
        """What its addition is marked with."""
        return make_key(self.mapping_id, 0)


@dataclass(frozen=True, slots=True)
class Msp:
    """An MSP of so many customers, each with one tenant, one agreement and so many licences and users."""

    customers: int
    licences: int
    users: int

    def lines_of(self, number: int) -> list[Line]:
        """The lines of a customer."""
        return [Line(number, licence, self.licences) for licence in range(self.licences)]

    def make_profiles(self) -> list[BillingProfile]:
        """One for each licence."""
        return [
            BillingProfile(
                f"licence-{each:02d}", name_licence(each), CONNECTION, str(product_id(each)), BillableOption.BILLABLE
            )
            for each in range(self.licences)
        ]

    def make_customer(self, number: int) -> Customer:
        """A customer."""
        return Customer(
            f"customer-{number:05d}", f"Customer {number}", tenant_id(number), CONNECTION, str(FIRST_COMPANY + number)
        )

    def make_mappings(self, number: int) -> tuple[Mapping, ...]:
        """What is mapped for a customer."""
        customer_id = self.make_customer(number).id
        return tuple(
            Mapping(
                line.mapping_id,
                customer_id,
                sku_id(line.licence),
                name_licence(line.licence),
                f"licence-{line.licence:02d}",
                str(FIRST_AGREEMENT + number),
                Basis.PURCHASED,
            )
            for line in self.lines_of(number)
        )

    def make_agreement(self, number: int) -> Agreement:
        """A customer's agreement as our adapter reads it."""
        row = make_agreement_row(number)
        agreement = read_agreement(CONNECTION, row, [make_addition_row(line) for line in self.lines_of(number)])
        billings = read_billings([row])
        own = billings[agreement.id]
        if not isinstance(own, Billing):
            raise ValueError(f"the made-up agreement {agreement.id} cannot be read: {own}")
        invoicing = derive_invoicing(own, billings, {}, InvoicingSettings())
        return Agreement(
            agreement.connection_id,
            agreement.id,
            agreement.name,
            agreement.company_id,
            invoicing.complete(agreement.facts),
            agreement.additions,
        )

    def make_desk(self, number: int) -> Desk:
        """A customer with its mappings and the journals that earlier nights left."""
        agreement, mappings = self.make_agreement(number), self.make_mappings(number)
        additions = {each.id: each for each in agreement.additions}
        journals = {
            mapping.id: make_journal(mapping, line, additions[str(line.addition_id)], agreement)
            for mapping, line in zip(mappings, self.lines_of(number), strict=True)
        }
        return Desk(self.make_customer(number), mappings, journals)


def make_journal(mapping: Mapping, line: Line, addition: Addition, agreement: Agreement) -> LineJournal:
    """What the nights left: one write that was proved, and one count that every night has read since."""
    evidence = make_settlement(mapping, line, addition).evidence
    count = Count(
        WRITTEN_ON,
        line.seats,
        READ_LAST_ON,
        INVOICED_WHEN_WRITTEN,
        line.seats,
        make_terms(mapping, agreement.facts),
        agreement.facts.invoiced_through,
    )
    return LineJournal(mapping.id, evidence=(evidence,), counts=(count,))


def make_change(mapping: Mapping, line: Line) -> CreateAddition:
    """The write that made its addition."""
    product = str(product_id(line.licence))
    return CreateAddition(mapping.agreement_id, 0, line.key, product, line.seats, WRITTEN_ON, BillableOption.BILLABLE)


def make_intent(mapping: Mapping, line: Line) -> Intent:
    """What was promised before that write."""
    before = (Standing(mapping.agreement_id, ()),)
    run_id = WRITTEN_ON.isoformat()
    return Intent(mapping.id, 0, 0, CONNECTION, run_id, PLAN_HASH, WRITTEN_AT, make_change(mapping, line), before)


def make_settlement(mapping: Mapping, line: Line, addition: Addition) -> Settlement:
    """How that write ended."""
    change, run_id = make_change(mapping, line), WRITTEN_ON.isoformat()
    entry = make_entry(mapping.id, change, Timeline(), Proof(addition.id, INVOICED_WHEN_WRITTEN))
    sentence = f"0 → {line.seats} {mapping.licence_name}"
    return Settlement(
        Evidence(
            mapping.id,
            0,
            run_id,
            PLAN_HASH,
            Ending.VERIFIED,
            WRITTEN_AT,
            change,
            (Standing(mapping.agreement_id, ()),),
            addition,
            entry,
            sentence,
        ),
        HistoryEntry(WRITTEN_AT + timedelta(microseconds=line.licence), mapping.id, 0, run_id, sentence),
        line.seats,
        None,
        (mapping.agreement_id,),
    )


def tenant_id(number: int) -> str:
    """The id of a customer's tenant."""
    return str(uuid5(SPACE, f"tenant/{number}"))


def sku_id(licence: int) -> str:
    """The id of a licence at Microsoft."""
    return str(uuid5(SPACE, f"sku/{licence}"))


def product_id(licence: int) -> int:
    """The id of a licence in the PSA."""
    return FIRST_PRODUCT + licence


def name_licence(licence: int) -> str:
    """What people call a licence."""
    return f"Licence {licence:02d}"


def make_agreement_row(number: int) -> Row:
    """A customer's agreement as ConnectWise has it."""
    company = {"id": FIRST_COMPANY + number, "identifier": f"C{number:05d}", "name": f"Customer {number}"}
    return {
        **SMALL["agreements"][0],
        **dict.fromkeys(("company", "billToCompany", "shipToCompany"), company),
        "id": FIRST_AGREEMENT + number,
        "name": "Microsoft 365",
        "nextInvoiceDate": "2026-12-01T00:00:00Z",
    }


def make_addition_row(line: Line) -> Row:
    """A line's addition as ConnectWise has it."""
    return {
        **SMALL["additions"][0],
        "id": line.addition_id,
        "agreementId": FIRST_AGREEMENT + line.customer,
        "product": {"id": product_id(line.licence), "identifier": f"L{line.licence:02d}", "serializedFlag": False},
        "quantity": float(line.seats),
        "unitPrice": 20.0 + line.licence,
        "effectiveDate": f"{WRITTEN_ON.isoformat()}T00:00:00Z",
        "description": name_licence(line.licence),
        "serialNumber": line.key,
    }


def make_connectwise(msp: Msp) -> Row:
    """The state of the ConnectWise stand-in."""
    item = SMALL["catalog"][0]
    lines = [line for number in range(msp.customers) for line in msp.lines_of(number)]
    return {
        **SMALL,
        "nextAdditionId": FIRST_ADDITION + len(lines) + 1,
        "companies": [
            {**SMALL["companies"][0], **make_agreement_row(each)["company"]} for each in range(msp.customers)
        ],
        "agreements": [make_agreement_row(each) for each in range(msp.customers)],
        "additions": [make_addition_row(line) for line in lines],
        "catalog": [
            {**item, "id": product_id(each), "identifier": f"L{each:02d}", "description": name_licence(each)}
            for each in range(msp.licences)
        ],
        "invoices": [],
        "auditTrail": [],
        "billedThrough": {str(line.addition_id): "2026-11-30" for line in lines},
    }


def make_microsoft(msp: Msp) -> Row:
    """The state of the Microsoft stand-in: users hold one licence each, in turn."""
    small = read_demo("microsoft")
    partner, product = small["tenants"][0], small["products"][0]
    return {
        **{name: small[name] for name in ("clientId", "partnerTenantId")},
        "products": [
            {**product, "skuId": sku_id(each), "skuPartNumber": f"LICENCE_{each:02d}"} for each in range(msp.licences)
        ],
        "tenants": [partner, *(make_tenant(msp, number) for number in range(msp.customers))],
    }


def make_tenant(msp: Msp, number: int) -> Row:
    """A customer's tenant."""
    domain = f"customer{number:05d}.example"
    return {
        "id": tenant_id(number),
        "displayName": f"Customer {number}",
        "domain": domain,
        "country": "US",
        "subscriptions": [
            {
                "id": str(uuid5(SPACE, f"subscription/{line.mapping_id}")),
                "commerceSubscriptionId": str(uuid5(SPACE, f"commerce/{line.mapping_id}")),
                "skuId": sku_id(line.licence),
                "status": "Enabled",
                "totalLicenses": line.seats,
                "isTrial": False,
                "createdDateTime": "2026-05-31T09:14:22Z",
                "nextLifecycleDateTime": "2027-05-31T00:00:00Z",
                "ownerTenantId": PARTNER_TENANT,
                "termDuration": "P1Y",
                "billingCycle": "monthly",
                "partnerStatus": "active",
            }
            for line in msp.lines_of(number)
        ],
        "users": [
            {
                "id": str(uuid5(SPACE, f"user/{number}/{place}")),
                "displayName": f"User {place}",
                "givenName": "User",
                "surname": str(place),
                "userPrincipalName": f"user{place}@{domain}",
                "accountEnabled": True,
                "userType": "Member",
                "department": "Office",
                "officeLocation": "Portland",
                "companyName": f"Customer {number}",
                "licenses": [{"skuId": sku_id(place % msp.licences)}],
            }
            for place in range(msp.users)
        ],
    }
