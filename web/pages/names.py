"""What customers are called on a page. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from plans.errors import Bug
from plans.runs import day_of_run, is_night
from profiles.billing import Customer
from web.wording import clean, write_short_day

FORGOTTEN_CUSTOMER = "A customer that was removed"
NAMELESS_CUSTOMER = "A customer without a name"


def name_customer(customers: Mapping[str, Customer], customer_id: str) -> str:
    """The customer's name on one line, or a word for one that has none or is gone."""
    customer = customers.get(customer_id)
    return FORGOTTEN_CUSTOMER if customer is None else clean(customer.name) or NAMELESS_CUSTOMER


def name_run(run_id: str) -> str:
    """Night of 22 Nov 2026; Sync 1 of 22 Nov 2026."""
    day = write_short_day(day_of_run(run_id))
    return f"Night of {day}" if is_night(run_id) else f"Sync {int(run_id[-3:])} of {day}"


def is_run_id(text: str) -> bool:
    """Whether a text from an address can be a run's id."""
    try:
        day_of_run(text)
    except (Bug, ValueError):
        return False
    return text.isascii()
