"""ConnectWise's accounting over the rows of the simulated PSA: one invoice a period, by its documented proration.

It knows the agreement's rows and what it billed before, never the scenario.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from local.simulators.connectwise.charges import Charge, charge_addition
from local.simulators.periods import Period, move_months, period_due
from tests.simulation.psa import PsaState


@dataclass(frozen=True)
class BilledLine:
    """One addition on an invoice, as it was when the invoice was made."""

    addition: dict[str, Any]
    charge: Charge

    def __str__(self) -> str:
        row, covers = self.addition, self.charge.covers
        end = f" to {row['cancelledDate'][:10]}" if row["cancelledDate"] else ""
        return (
            f"addition {row['id']}, from {row['effectiveDate'][:10]}{end}: {row['quantity']} x {row['unitPrice']}, "
            f"{covers.first} to {covers.last} = {self.charge.amount}"
        )


@dataclass(frozen=True)
class SimulatedInvoice:
    """What ConnectWise billed for one period."""

    period: Period
    lines: tuple[BilledLine, ...]

    @property
    def amount(self) -> Decimal:
        """The sum of its lines, each of which was rounded once."""
        return sum((line.charge.amount for line in self.lines), Decimal("0.00"))


@dataclass
class Accountant:
    """Invoices one agreement with its `children`. `anchor` is the day of its billing start, by which periods begin."""

    state: PsaState
    agreement_id: int
    is_in_arrears: bool
    anchor: int
    children: tuple[int, ...] = ()
    billed_through: dict[int, date] = field(default_factory=dict)
    invoices: list[SimulatedInvoice] = field(default_factory=list)

    def invoice(self) -> SimulatedInvoice:
        """Make the next invoice, and move the day of the one after it."""
        agreement = self.state.agreements[self.agreement_id]
        due = date.fromisoformat(agreement["nextInvoiceDate"][:10])
        period = period_due(due, 1, in_arrears=self.is_in_arrears, anchor=self.anchor)
        lines = []
        rows = [row for number in (self.agreement_id, *self.children) for row in self.state.additions[number]]
        for row in rows:
            billed = self.billed_through.get(row["id"])
            charge = charge_addition(row, period, billed, prorates=agreement["prorateFlag"], anchor=self.anchor)
            if charge is not None:
                self.billed_through[row["id"]] = charge.covers.last
                lines.append(BilledLine(dict(row), charge))
        following = move_months(due, 1, self.anchor)
        agreement["nextInvoiceDate"] = f"{following.isoformat()}T00:00:00Z"
        self.invoices.append(SimulatedInvoice(period, tuple(lines)))
        return self.invoices[-1]
