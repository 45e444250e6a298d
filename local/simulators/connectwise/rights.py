"""Which right of the security role an operation needs (connectwise.md 1)."""

from __future__ import annotations

FINANCE_AGREEMENTS = "Finance > Agreements"
# The first beginning that fits counts.
_RIGHTS = (
    ("/finance/invoices", "Finance > Invoicing"),
    ("/finance/billingCycles", "System > Table Setup"),
    ("/finance/agreements/types", "System > Table Setup"),
    ("/finance/", FINANCE_AGREEMENTS),
    ("/company/contacts", "Companies > Contacts"),
    ("/company/", "Companies > Company Maintenance"),
    ("/procurement/", "Procurement > Product Catalog"),
)


def right_of(operation: str) -> str | None:
    """None for what everybody may who is signed in."""
    path = operation.partition(" ")[2]
    return next((right for beginning, right in _RIGHTS if path.startswith(beginning)), None)
