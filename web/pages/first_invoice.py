"""Which invoice a day is billed on first, in words. Pure."""

from __future__ import annotations

from datetime import date

from plans.agreements import Agreement
from plans.due_invoices import make_due
from web.wording import write_short_day


def name_first_invoice(agreement: Agreement | None, effective_on: date) -> str:
    """The invoice that bills the day first. `agreement` is None where the PSA does not list it."""
    due = None if agreement is None else make_due(agreement)
    if due is None:
        return "The PSA does not say its day"
    day = write_short_day(due.next_invoice_on)
    is_later = due.bills_until is not None and effective_on >= due.bills_until
    return f"The one after that of {day}" if is_later else f"That of {day}"
