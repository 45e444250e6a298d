"""Forecasts of invoices in memory, as far as pages read them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from plans.forecast import ForecastLine, InvoiceForecast
from plans.invoices import InvoiceDifference, KeptForecast
from profiles.periods import Grid, Period

CONNECTION = "connectwise"
DUE = date(2026, 12, 1)


@dataclass
class FakeForecasts:
    """The newest forecasts, and the invoices that were compared."""

    newest: tuple[KeptForecast, ...] = ()
    differences: tuple[InvoiceDifference, ...] = ()

    async def list_newest(self) -> tuple[KeptForecast, ...]:
        return self.newest

    async def read_newest(self, connection_id: str, agreement_id: str) -> KeptForecast | None:
        wanted = f"{connection_id}:{agreement_id}"
        return next((each for each in self.newest if each.id == wanted), None)

    async def list_differences(self, connection_id: str, agreement_id: str) -> tuple[InvoiceDifference, ...]:
        return tuple(
            each
            for each in self.differences
            if (each.connection_id, each.agreement_id) == (connection_id, agreement_id)
        )


def make_kept(number: int = 0, amount: str = "34.06", name: str = "", **changes: Any) -> KeptForecast:
    """One seat at 22.00 from 15 November, caught up in December."""
    line = ForecastLine(
        "9001", date(2026, 11, 15), date(2026, 12, 31), Decimal(1), Decimal(amount), Decimal(amount) - Decimal(22)
    )
    forecast = InvoiceForecast(
        agreement_id=str(400 + number),
        next_invoice_on=DUE,
        invoiced_through=date(2026, 11, 30),
        period=Period(DUE, date(2027, 1, 1)),
        grid=Grid(2026, 1, 1, 1),
        lines=(line,),
        amount=Decimal(amount),
        per_month=Decimal("22.00"),
        quantity=Decimal(1),
        agreement_ids=(str(400 + number),),
    )
    kept = KeptForecast(
        CONNECTION, "Managed Services", (name or f"Customer {number:04}",), forecast, date(2026, 11, 20)
    )
    facts = {each: changes.pop(each) for each in ("missing", "next_invoice_on") if each in changes}
    return replace(kept, forecast=replace(forecast, **facts), **changes)


def make_past(number: int = 0, invoiced: str | None = "34.06", **changes: Any) -> InvoiceDifference:
    """The invoice of November, forecast at 34.06."""
    past = InvoiceDifference(
        connection_id=CONNECTION,
        agreement_id=str(400 + number),
        due_on=date(2026, 11, 1),
        numbers=("7701",),
        forecast=Decimal("34.06"),
        invoiced=None if invoiced is None else Decimal(invoiced),
        flat_amount=Decimal("0.00"),
        quantity=Decimal(1),
    )
    return replace(past, **changes)
