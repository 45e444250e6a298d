"""Approves and posts contract periods, and invoices what was posted, as the MSP's accounting does.

A period is posted whole, with the units of its first day; what changes inside it costs the difference from its day to
the end of the period, as an item of its own, whenever it is posted. So it adds up to the same whether an adjustment was
made before or after its period was posted, and a fall inside a period gives money back (autotask-halo.md 2, Proration
and posted periods). How the real service rounds is not verified; here each item is rounded by itself, half up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from local.simulators.autotask.contract_periods import Term, read_day, spell_day, term_of
from local.simulators.autotask.filtering import Record
from local.simulators.autotask.records import Records, money
from local.simulators.autotask.units import Adjustment, cut_period, in_order
from local.simulators.periods import Period
from local.simulators.rounding import round_cents

RECURRING_SERVICE_ITEM = 11
RECURRING_ADJUSTMENT_ITEM = 12


@dataclass(frozen=True)
class Charge:
    """What one item asks: for a whole period, or for an adjustment inside it."""

    day: date
    units: int
    amount: Decimal
    adjustment: Adjustment | None


class Accountant:
    """Which adjustments of a period were posted is remembered by period: `posted[service][first day]`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def post(
        self, through: date, contract_ids: Iterable[int] | None = None, service_ids: Iterable[int] | None = None
    ) -> list[Record]:
        """An item for everything that took effect by that day and was not posted yet, of those services where some are
        named: whoever approves and posts ticks rows one by one."""
        wanted = None if contract_ids is None else frozenset(contract_ids)
        ticked = None if service_ids is None else frozenset(service_ids)
        made: list[Record] = []
        for service in self._records.all("ContractServices"):
            contract = self._records.find("Contracts", service["contractID"])
            is_ticked = ticked is None or service["id"] in ticked
            if contract is not None and is_ticked and (wanted is None or contract["id"] in wanted):
                made += self._post_service(service, contract, through)
        self._records.save()
        return made

    def _post_service(self, service: Record, contract: Record, through: date) -> list[Record]:
        made, term = [], term_of(contract)
        adjustments = in_order(self._records.adjustments_of(service["id"]))
        known = self._records.data.setdefault("posted", {}).setdefault(str(service["id"]), {})
        for period in term.periods():
            due = [each for each in adjustments if each.effective <= min(through, period.last)]
            if period.first <= through and due:
                done = known.setdefault(period.first.isoformat(), [])
                charges = charge_period(term, period, service, due, frozenset(done))
                made += [self._add_item(service, contract, period, charge) for charge in charges if charge.amount]
                done[:] = [each.number for each in due]
                self._stamp(service, period, through)
        return made

    def _stamp(self, service: Record, period: Period, through: date) -> None:
        """Rows that were posted before keep their day."""
        for row in self._records.all("ContractServiceUnits"):
            first = read_day(row["startDate"])
            is_due = row["contractServiceID"] == service["id"] and period.first <= first <= min(through, period.last)
            if is_due and row["approveAndPostDate"] is None:
                row["approveAndPostDate"] = self._records.now()

    def _add_item(self, service: Record, contract: Record, period: Period, charge: Charge) -> Record:
        known = self._records.find("Services", service["serviceID"]) or {}
        rows = self._records.all("ContractServiceUnits")
        row = next((each for each in rows if _begins(each, service, period)), {"id": None})
        kind = RECURRING_SERVICE_ITEM if charge.adjustment is None else RECURRING_ADJUSTMENT_ITEM
        rate = charge.amount if charge.units == 0 else charge.amount / charge.units
        return self._records.add(
            "BillingItems",
            {
                "billingItemType": kind,
                "companyID": contract["companyID"],
                "contractID": contract["id"],
                "contractServiceID": service["id"],
                "contractServicePeriodID": row["id"],
                "contractServiceAdjustmentID": None if charge.adjustment is None else charge.adjustment.number,
                "serviceID": service["serviceID"],
                "billingCodeID": known.get("billingCodeID"),
                "itemName": known.get("name"),
                "description": service.get("invoiceDescription"),
                "itemDate": spell_day(charge.day),
                "postedDate": self._records.now(),
                "quantity": float(charge.units),
                "rate": round(float(rate), 4),
                **dict.fromkeys(
                    ("extendedPrice", "internalCurrencyExtendedPrice", "totalAmount", "internalCurrencyTotalAmount"),
                    float(charge.amount),
                ),
                "taxDollars": 0.0,
                "nonBillable": 0,
                "invoiceID": None,
            },
        )

    def invoice(self, day: date) -> list[Record]:
        """One invoice for each company that has items on none."""
        waiting: dict[int, list[Record]] = {}
        for item in self._records.all("BillingItems"):
            if item["invoiceID"] is None:
                waiting.setdefault(item["companyID"], []).append(item)
        made = []
        for company, items in waiting.items():
            total = sum((money(item["totalAmount"]) for item in items), Decimal(0))
            invoice = self._records.add("Invoices", _invoice(company, day, total, self._records.now()))
            invoice["invoiceNumber"] = str(20000 + invoice["id"])
            for item in items:
                item["invoiceID"] = invoice["id"]
            made.append(invoice)
        self._records.save()
        return made


def charge_period(
    term: Term, period: Period, service: Record, due: list[Adjustment], done: frozenset[int]
) -> Iterator[Charge]:
    """What is still to be posted of a period: itself if it never was, and each adjustment that was not."""
    counted = [each for each in due if each.number in done]
    if not done:
        counted = [each for each in due if each.effective <= period.first]
        if counted:
            units = sum(each.units for each in counted)
            yield Charge(period.first, units, round_cents(_value(term, period, service, counted)), None)
    for each in due:
        if each not in counted:
            before = _value(term, period, service, counted)
            counted = in_order([*counted, each])
            amount = round_cents(_value(term, period, service, counted) - before)
            yield Charge(max(each.effective, period.first), each.units, amount, each)


def _value(term: Term, period: Period, service: Record, adjustments: list[Adjustment]) -> Fraction:
    """What a period costs with these adjustments, not rounded."""
    price, cost = money(service["unitPrice"]), money(service["unitCost"])
    parts = cut_period(term, period, price, cost, adjustments)
    return sum(
        (Fraction(part.unit_price) * part.units * ((part.last - part.first).days + 1) / period.days for part in parts),
        Fraction(),
    )


def _begins(row: Record, service: Record, period: Period) -> bool:
    first = read_day(row["startDate"])
    return bool(row["contractServiceID"] == service["id"]) and period.first <= first <= period.last


def _invoice(company: int, day: date, total: Decimal, now: str) -> Record:
    return {
        "companyID": company,
        "createDateTime": now,
        "invoiceDateTime": spell_day(day),
        "invoiceStatus": 1,
        "invoiceTotal": float(total),
        "totalTaxValue": 0.0,
        "isVoided": False,
    }
