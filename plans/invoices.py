"""What was forecast before an invoice against what was invoiced, and what a forecast rests on from night to night.

Source: anchors.md 3.3 rule 8 (the PSA's amount is authoritative; forecast and difference are kept; a difference of more
than 0.01 x quantity is an incident), billing rules 10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, tzinfo
from decimal import Decimal

from plans.agreements import Addition, Agreement
from plans.forecast import InvoiceForecast, InvoiceTotal
from plans.keys import is_ours
from profiles.money import CENT
from profiles.periods import ONE_DAY

MOST_KEPT_LINES = 60
MOST_KEPT_STARTS = 500


@dataclass(frozen=True, slots=True)
class InvoiceDifference:
    """One invoice that had been forecast. `due_on` is the next invoice date as it was before the invoice.

    `invoiced` is what the invoice asks for additions, without `flat_amount`, which the agreement costs by itself; None
    where the PSA moved on and no invoice was found. `missing` says what kept the forecast from being complete.
    """

    connection_id: str
    agreement_id: str
    due_on: date
    numbers: tuple[str, ...]
    forecast: Decimal
    invoiced: Decimal | None
    flat_amount: Decimal
    quantity: Decimal
    missing: tuple[str, ...] = ()

    @property
    def difference(self) -> Decimal | None:
        """How much more was invoiced than forecast; less is negative. None where no invoice was found."""
        return None if self.invoiced is None else self.invoiced - self.forecast

    @property
    def is_incident(self) -> bool:
        """Whether a complete forecast missed by more than a cent a seat, or its invoice was not found."""
        if self.missing:
            return False
        difference = self.difference
        return difference is None or abs(difference) > CENT * self.quantity


@dataclass(frozen=True, slots=True)
class KeptForecast:
    """The newest forecast of an agreement that is invoiced, and what it was made of.

    `starts` is the first day not yet invoiced, by id, of every addition of ours that is on it.
    `made_on` is the day of the run that found it so. `last` is the newest invoice that was compared with its forecast.
    """

    connection_id: str
    name: str
    customer_names: tuple[str, ...]
    forecast: InvoiceForecast
    made_on: date
    starts: dict[str, date] = field(default_factory=dict)
    last: InvoiceDifference | None = None

    @property
    def id(self) -> str:
        """The agreement, across all connections."""
        return f"{self.connection_id}:{self.forecast.agreement_id}"

    def is_same_as(self, other: KeptForecast | None) -> bool:
        """Whether nothing but the day on which it was made is another."""
        return other is not None and replace(other, made_on=self.made_on) == self

    def shorten(self) -> KeptForecast:
        """Without what an agreement of very many additions has too much of to be kept; it is found out again."""
        lines = self.forecast.lines if len(self.forecast.lines) <= MOST_KEPT_LINES else ()
        starts = self.starts if len(self.starts) <= MOST_KEPT_STARTS else {}
        forecast = replace(self.forecast, lines=lines, missing=self.forecast.missing[:MOST_KEPT_LINES])
        return replace(self, forecast=forecast, starts=starts)


def carry_starts(kept: KeptForecast | None, invoiced_through: date) -> dict[str, date]:
    """What is still known of the first uninvoiced days once P is `invoiced_through`.

    All that was there before an invoice is on it. Where an invoice was taken back, nothing is known any more.
    """
    if kept is None or invoiced_through < kept.forecast.invoiced_through:
        return {}
    if invoiced_through == kept.forecast.invoiced_through:
        return dict(kept.starts)
    return dict.fromkeys(kept.starts, invoiced_through + ONE_DAY)


def find_unplaced(agreement: Agreement, known: Mapping[str, date]) -> tuple[Addition, ...]:
    """The additions of ours that may wait for their catch-up, as far as nobody knows: the journal has to say."""
    through = agreement.facts.invoiced_through
    return tuple(
        addition
        for addition in agreement.additions
        if is_ours(addition)
        and addition.id not in known
        and through is not None
        and addition.effective_on is not None
        and addition.effective_on <= through
    )


def place_starts(
    agreement: Agreement, known: Mapping[str, date], created: Mapping[str, date | None]
) -> dict[str, date]:
    """The first uninvoiced day of every addition of ours that took effect by P, by its id.

    `created` is P as it was when an addition was made, by its id, None where the PSA did not say: one that was made
    after the last invoice is caught up from its effective day on, every other one is invoiced through P.
    """
    through = agreement.facts.invoiced_through
    if through is None:
        return {}
    found = {addition.id: known[addition.id] for addition in agreement.additions if addition.id in known}
    for addition in find_unplaced(agreement, known):
        is_new = created.get(addition.id) == through
        found[addition.id] = addition.effective_on if is_new and addition.effective_on else through + ONE_DAY
    return found


def find_made_day(invoice: InvoiceTotal, zone: tzinfo) -> date:
    """The day in a zone on which an invoice was made; the last there is where the PSA does not say."""
    moment = invoice.made_at
    if moment is None:
        return date.max
    return moment.date() if moment.tzinfo is None or moment.time() == time() else moment.astimezone(zone).date()


def compare(kept: KeptForecast, invoices: Sequence[InvoiceTotal], zone: tzinfo) -> InvoiceDifference | None:
    """The invoices of the forecast's own period against the forecast; None where nobody knew when it would be made.

    Those count that are dated from the next invoice date up to the one after it; there may be more of other periods.
    What was made before the forecast was not in it. `zone` is the MSP's.
    """
    forecast = kept.forecast
    due_on = forecast.next_invoice_on
    if due_on is None:
        return None
    after = forecast.grid.period_of(due_on).end
    own = (
        each
        for each in invoices
        if each.agreement_id == forecast.agreement_id and find_made_day(each, zone) >= kept.made_on
    )
    found = sorted((each for each in own if due_on <= each.invoiced_on < after), key=lambda each: each.number)
    flat_amount = found[0].flat_amount if found else Decimal("0.00")
    invoiced = sum((each.amount for each in found), Decimal("0.00")) - flat_amount
    strange = sorted({child for each in found for child in each.child_ids} - set(forecast.agreement_ids))
    unmapped = (f"Agreement {each} is on the invoice too, and nothing of it is mapped." for each in strange)
    return InvoiceDifference(
        connection_id=kept.connection_id,
        agreement_id=forecast.agreement_id,
        due_on=due_on,
        numbers=tuple(each.number for each in found),
        forecast=forecast.amount,
        invoiced=invoiced if found or not forecast.amount else None,
        flat_amount=flat_amount,
        quantity=forecast.quantity,
        missing=(*forecast.missing, *unmapped),
    )
