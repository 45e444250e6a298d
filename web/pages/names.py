"""What customers are called on a page. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from profiles.billing import Customer
from web.wording import clean

FORGOTTEN_CUSTOMER = "A customer that was removed"
NAMELESS_CUSTOMER = "A customer without a name"


def name_customer(customers: Mapping[str, Customer], customer_id: str) -> str:
    """The customer's name on one line, or a word for one that has none or is gone."""
    customer = customers.get(customer_id)
    return FORGOTTEN_CUSTOMER if customer is None else clean(customer.name) or NAMELESS_CUSTOMER
