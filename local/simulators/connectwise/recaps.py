"""GET /finance/agreementrecap: what an agreement was last invoiced, and what it will be next."""

from __future__ import annotations

from local.simulators.connectwise.invoicing import InvoiceEngine, next_invoice_on
from local.simulators.connectwise.records import Record, Records


def agreement_recaps(records: Records) -> list[Record]:
    """One row for each agreement. Dates and the last amount are plain strings, as published."""
    engine = InvoiceEngine(records)
    return [agreement_recap(records, engine, agreement) for agreement in records.all("agreements")]


def agreement_recap(records: Records, engine: InvoiceEngine, agreement: Record) -> Record:
    invoices = [row for row in records.all("invoices") if row.get("applyToId") == agreement["id"]]
    newest = max(invoices, key=lambda row: (row["date"], row["id"]), default=None)
    row = {
        "id": agreement["id"],
        "agreementStatus": agreement["agreementStatus"],
        "name": agreement["name"],
        "companyName": agreement["company"]["name"],
        "nextInvoiceAmount": float(engine.preview(agreement)),
        "unbilledPeriods": 0,
    }
    if (due := next_invoice_on(agreement)) is not None:
        row["nextInvoiceDate"] = f"{due.isoformat()}T00:00:00Z"
    if newest is not None:
        row["lastInvoiceDate"] = newest["date"]
        row["lastInvoiceNumber"] = newest["invoiceNumber"]
        row["lastInvoiceAmount"] = f"{newest['total']:.2f}"
    return row
