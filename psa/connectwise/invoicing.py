"""For which periods an agreement is invoiced, and through which day it already was. Pure.

Rules: billing rules 3 (P, grid, children) and 6 (cycles). Facts: reference connectwise.md 3 and 4.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from plans.agreements import AgreementFacts, UnreadableAgreement
from plans.errors import Park
from profiles.periods import ONE_DAY, Grid, write_short_day
from psa.connectwise.rows import Row, parse_activity, parse_day, parse_parent, require, require_day
from psa.connectwise.settings import InvoicingSettings

AGREEMENT_INVOICE = "Agreement"


@dataclass(frozen=True, slots=True)
class Billing:
    """What an agreement's own row says about its invoices. `cycle` is the billing cycle's name, empty for none."""

    agreement_id: str
    is_active: bool
    parent_id: str | None
    next_invoice_on: date | None
    starts_on: date | None
    cycle: str


type BillingReading = Billing | UnreadableAgreement


@dataclass(frozen=True, slots=True)
class InvoicesUnread:
    """The invoices cannot be listed, with a sentence that says why and what to do."""

    sentence: str


# The day of the newest Agreement invoice by agreement; one that is not in it has none since its next invoice date.
type NewestInvoices = Mapping[str, date] | InvoicesUnread


@dataclass(frozen=True, slots=True)
class Invoicing:
    """How an agreement is invoiced: the members of `AgreementFacts` of the same names."""

    grid: Grid | None = None
    invoiced_through: date | None = None
    next_invoice_on: date | None = None
    doubt: str = ""

    def complete(self, facts: AgreementFacts) -> AgreementFacts:
        """The facts of an agreement with how it is invoiced."""
        return replace(
            facts,
            grid=self.grid,
            invoiced_through=self.invoiced_through,
            next_invoice_on=self.next_invoice_on,
            invoicing_doubt=self.doubt,
        )


def read_billing(row: Row) -> Billing:
    """An agreement's billing fields. Raises Park where one of them is there and cannot be read."""
    cycle = row.get("billingCycle")
    return Billing(
        agreement_id=str(require(row, "id")),
        is_active=parse_activity(row),
        parent_id=parse_parent(row),
        next_invoice_on=parse_day(row.get("nextInvoiceDate")),
        starts_on=parse_day(row.get("billStartDate")),
        cycle="" if cycle is None else str(require(cycle, "name")),
    )


def find_newest_invoices(rows: Iterable[Row]) -> dict[str, date]:
    """The day of the newest Agreement invoice of each agreement. Raises Park where a row lacks what that takes."""
    newest: dict[str, date] = {}
    for row in rows:
        if require(row, "type") == AGREEMENT_INVOICE:
            agreement_id = str(require(require(row, "agreement"), "id"))
            day = require_day(row, "date")
            newest[agreement_id] = max(day, newest.get(agreement_id, day))
    return newest


def find_payers(billings: Iterable[BillingReading]) -> list[Billing]:
    """Those that are invoiced themselves and say when next, by id: their newest invoices may contradict them."""
    readable = [each for each in billings if isinstance(each, Billing)]
    payers = [each for each in readable if each.parent_id is None and each.next_invoice_on is not None]
    return sorted(payers, key=lambda payer: payer.agreement_id)


def derive_invoicing(
    own: Billing, parents: Mapping[str, BillingReading], newest: NewestInvoices, settings: InvoicingSettings
) -> Invoicing:
    """How an agreement is invoiced. A child is invoiced with its parent, and its own dates do not count.

    `parents` holds at least the agreement's parent, by id, where ConnectWise has it.
    """
    if own.parent_id is None:
        return derive_of_payer(own, newest, settings)
    match parents.get(own.parent_id):
        case None:
            doubt = (
                f"Agreement {own.agreement_id} is invoiced with its parent {own.parent_id}, which ConnectWise does not "
                "show. Give the API member's role access to the parent, or make the agreement a parent of its own."
            )
        case UnreadableAgreement(sentence=sentence):
            doubt = f"Parent agreement {own.parent_id} of agreement {own.agreement_id} cannot be read: {sentence}"
        case Billing(parent_id=str(grandparent)):
            doubt = (
                f"Parent agreement {own.parent_id} of agreement {own.agreement_id} is a child of {grandparent} itself; "
                "nobody described how ConnectWise invoices that. Make it a child of the agreement that is invoiced."
            )
        case Billing(is_active=False):
            doubt = (
                f"Parent agreement {own.parent_id} of agreement {own.agreement_id} is not active, so nobody can tell "
                "who invoices the child. Give it an active parent, or none."
            )
        case Billing() as parent:  # pragma: no branch - there is no other reading
            return derive_of_payer(parent, newest, settings)
    return Invoicing(doubt=doubt)


def derive_of_payer(payer: Billing, newest: NewestInvoices, settings: InvoicingSettings) -> Invoicing:
    """How an agreement is invoiced that has no parent."""
    next_on = payer.next_invoice_on
    if next_on is None:
        return Invoicing(
            doubt=f"Agreement {payer.agreement_id} has no next invoice date, so nobody can tell what is already "
            "invoiced. Give it a billing start date and a billing cycle in ConnectWise."
        )
    months = settings.count_months(payer.cycle)
    grid = None if months is None else make_grid(next_on, payer.starts_on, months)
    contradiction = find_contradiction(payer, next_on, newest)
    cycle_doubt = doubt_cycle(payer, settings)
    return Invoicing(
        grid=None if cycle_doubt else grid,
        invoiced_through=None if contradiction else find_invoiced_through(payer, next_on, grid, settings),
        next_invoice_on=next_on,
        doubt=" ".join(filter(None, (contradiction, cycle_doubt))),
    )


def make_grid(next_on: date, starts_on: date | None, months: int) -> Grid:
    """Periods of so many months, one of which starts on the next invoice date.

    Their day is that of the billing start where that fits, so that a start on the 31st is not forgotten in February.
    """
    last_day = calendar.monthrange(next_on.year, next_on.month)[1]
    is_start_kept = starts_on is not None and min(starts_on.day, last_day) == next_on.day
    day = starts_on.day if starts_on is not None and is_start_kept else next_on.day
    return Grid(next_on.year, next_on.month, day, months)


def find_invoiced_through(payer: Billing, next_on: date, grid: Grid | None, settings: InvoicingSettings) -> date | None:
    """P, the last day already invoiced; None where that takes the length of a cycle that nobody knows.

    In advance the next invoice covers the period that starts on its date; in arrears the period that ends the day
    before, so that P is the day before that period.
    """
    if not settings.is_in_arrears(payer.agreement_id):
        return next_on - ONE_DAY
    return None if grid is None else grid.period_of(next_on - ONE_DAY).start - ONE_DAY


def find_contradiction(payer: Billing, next_on: date, newest: NewestInvoices) -> str:
    """A sentence where the invoices contradict the next invoice date, or cannot be read; empty where they do not.

    The next invoice date moves only when the agreement is invoiced: it may lag, but no invoice is as new as it is.
    """
    if isinstance(newest, InvoicesUnread):
        return newest.sentence
    latest = newest.get(payer.agreement_id)
    if latest is None or latest < next_on:
        return ""
    return (
        f"Agreement {payer.agreement_id} has an invoice of {write_short_day(latest)}, though ConnectWise says that "
        f"its next one is due on {write_short_day(next_on)}. Look at the agreement's invoices in ConnectWise: which "
        "period is billed?"
    )


def doubt_cycle(payer: Billing, settings: InvoicingSettings) -> str:
    """A sentence where nobody knows the periods of the agreement's billing cycle; empty where somebody does."""
    if not payer.cycle:
        return f"Agreement {payer.agreement_id} has no billing cycle. Choose one in ConnectWise."
    if settings.count_months(payer.cycle) is None:
        return (
            f"Agreement {payer.agreement_id} has the billing cycle {payer.cycle!r}, which is not known to be a number "
            "of whole months. Choose a monthly, quarterly, semi-annual or yearly cycle in ConnectWise."
        )
    if not settings.is_confirmed(payer.cycle):
        return (
            f"Agreement {payer.agreement_id} has the billing cycle {payer.cycle!r}. An administrator must confirm how "
            "their ConnectWise prorates it before anything is written."
        )
    return ""


def read_billings(rows: Iterable[Row]) -> dict[str, BillingReading]:
    """The billing fields of each agreement by its id, or why they cannot be read."""
    return {str(row.get("id")): read_billing_safely(row) for row in rows}


def read_billing_safely(row: Row) -> BillingReading:
    """An agreement's billing fields, or why they cannot be read."""
    try:
        return read_billing(row)
    except Park as error:
        return UnreadableAgreement(str(row.get("id")), str(error))
