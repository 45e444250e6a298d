"""Makes agreement invoices, as the MSP's accounting does once a month; nothing of the API does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from local.simulators.connectwise.additions import changes_between
from local.simulators.connectwise.charges import Charge, charge_addition
from local.simulators.connectwise.records import Record, Records
from local.simulators.periods import Period, cycle_months, days_in_month, move_months, period_due

ACCOUNTANT = "accounting"
_NET_DAYS = 15


@dataclass(frozen=True)
class Line:
    """An addition, or an agreement's own amount, on an invoice."""

    agreement: Record
    addition: Record | None
    charge: Charge

    def as_record(self) -> Record:
        addition = self.addition or {}
        return {
            "agreementId": self.agreement["id"],
            "additionId": addition.get("id"),
            "product": addition.get("product", {}).get("identifier"),
            "description": addition.get("invoiceDescription") or addition.get("description") or "Agreement amount",
            "quantity": addition.get("quantity"),
            "unitPrice": addition.get("unitPrice"),
            "from": self.charge.covers.first.isoformat(),
            "through": self.charge.covers.last.isoformat(),
            "amount": float(self.charge.amount),
            "note": self.charge.note,
        }


class InvoiceEngine:
    """Invoices what is due: one invoice an agreement and period, its children's lines on it."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def run(self, through: date, agreement_ids: Iterable[int] | None = None) -> list[Record]:
        """Every period whose invoice date is not after `through`, of all agreements or of those that are named."""
        wanted = None if agreement_ids is None else frozenset(agreement_ids)
        made: list[Record] = []
        for agreement in self._records.all("agreements"):
            if wanted is None or agreement["id"] in wanted:
                made += self._invoice_due(agreement, through)
        return made

    def preview(self, agreement: Record) -> Decimal:
        """What the agreement's next invoice would come to."""
        period = self._period_of(agreement)
        if period is None:
            return Decimal(0)
        return sum((line.charge.amount for line in self._lines(agreement, period)), Decimal(0))

    def _invoice_due(self, agreement: Record, through: date) -> list[Record]:
        made = []
        while (due := next_invoice_on(agreement)) is not None and due <= through:
            period = self._period_of(agreement)
            months = months_of(agreement)
            if period is None or months is None or not _is_billable(agreement, period):
                break
            invoice = self._make(agreement, due, self._lines(agreement, period))
            made += [] if invoice is None else [invoice]
            agreement = self._move_on(agreement, move_months(due, months, anchor_of(agreement)))
        return made

    def _move_on(self, agreement: Record, following: date) -> Record:
        """The agreement with its next invoice date."""
        after = {**agreement, "nextInvoiceDate": f"{following.isoformat()}T00:00:00Z"}
        return self._records.put("agreements", after, ACCOUNTANT, "Agreement", changes_between(agreement, after))

    def _period_of(self, agreement: Record) -> Period | None:
        due, months = next_invoice_on(agreement), months_of(agreement)
        if due is None or months is None:
            return None
        in_arrears = self._records.is_billed_in_arrears(agreement["id"])
        return period_due(due, months, in_arrears=in_arrears, anchor=anchor_of(agreement))

    def _lines(self, agreement: Record, period: Period) -> list[Line]:
        children = [row for row in self._records.all("agreements") if parent_id(row) == agreement["id"]]
        months, anchor = months_of(agreement) or 1, anchor_of(agreement)
        return [line for each in (agreement, *children) for line in self._lines_of(each, period, months, anchor)]

    def _lines_of(self, agreement: Record, period: Period, months: int, anchor: int | None) -> list[Line]:
        if not _is_billable(agreement, period):
            return []
        lines = []
        if amount := agreement.get("billAmount"):
            lines.append(Line(agreement, None, Charge(period, Decimal(str(amount)), "")))
        prorates = bool(agreement.get("prorateFlag"))
        for addition in self._records.all("additions"):
            if addition["agreementId"] == agreement["id"]:
                billed = self._records.billed_through(addition["id"])
                charge = charge_addition(addition, period, billed, prorates=prorates, months=months, anchor=anchor)
                lines += [] if charge is None else [Line(agreement, addition, charge)]
        return lines

    def _make(self, agreement: Record, due: date, lines: list[Line]) -> Record | None:
        """The invoice; an empty one only where the agreement wants those too."""
        for line in lines:
            if line.addition is not None:
                self._records.set_billed_through(line.addition["id"], line.charge.covers.last)
        total = sum((line.charge.amount for line in lines), Decimal(0))
        if total == 0 and not agreement.get("billZeroAmountFlag"):
            return None
        number = 1 + max((int(row["id"]) for row in self._records.all("invoices")), default=7700)
        invoice = _invoice(agreement, number, due, total)
        self._records.keep_lines(number, [line.as_record() for line in lines])
        text = f"Invoice {number} was created for agreement {agreement['name']}."
        return self._records.put("invoices", invoice, ACCOUNTANT, "Invoice", [text])


def next_invoice_on(agreement: Record) -> date | None:
    """None for an agreement that is not invoiced by itself: a child, or one that ended."""
    text = agreement.get("nextInvoiceDate")
    return None if not text or parent_id(agreement) is not None else date.fromisoformat(text[:10])


def months_of(agreement: Record) -> int | None:
    """How long its periods are; None for a cycle that is not played."""
    return cycle_months((agreement.get("billingCycle") or {}).get("name", ""))


def anchor_of(agreement: Record) -> int | None:
    """The day of the month on which its periods begin, as its billing start says: a start on the 31st stays one.

    None where the billing start does not fit the next invoice date.
    """
    due, text = next_invoice_on(agreement), agreement.get("billStartDate")
    if due is None or not text:
        return None
    day = date.fromisoformat(text[:10]).day
    return day if min(day, days_in_month(due)) == due.day else None


def parent_id(agreement: Record) -> int | None:
    parent = agreement.get("parentAgreement")
    return None if not parent else int(parent["id"])


def _is_billable(agreement: Record, period: Period) -> bool:
    ends = None if agreement.get("noEndingDateFlag") else agreement.get("endDate")
    is_over = ends is not None and date.fromisoformat(ends[:10]) < period.first
    return agreement["agreementStatus"] == "Active" and not agreement.get("cancelledFlag") and not is_over


def _invoice(agreement: Record, number: int, due: date, total: Decimal) -> Record:
    """An open invoice with the published members."""
    amounts = dict.fromkeys(("agreementAmount", "subtotal", "total", "balance"), float(total))
    names = {"id": agreement["id"], "name": agreement["name"], "type": agreement["type"]["name"]}
    return {
        "id": number,
        "invoiceNumber": str(number),
        "type": "Agreement",
        "status": {"id": 1, "name": "New", "isClosed": False},
        "company": agreement["company"],
        "billToCompany": agreement.get("billToCompany", agreement["company"]),
        "applyToType": "Agreement",
        "applyToId": agreement["id"],
        "date": f"{due.isoformat()}T00:00:00Z",
        "dueDate": f"{(due + timedelta(days=_NET_DAYS)).isoformat()}T00:00:00Z",
        "currency": agreement["currency"],
        **amounts,
        **dict.fromkeys(("salesTax", "payments", "credits"), 0.0),
        "specialInvoiceFlag": False,
        "agreement": {**names, "chargeFirmFlag": False},
        "customFields": [],
    }
