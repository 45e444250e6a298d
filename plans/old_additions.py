"""Ending additions that Seatledger did not make: each becomes a line of its own, adopted as it is and ended. Pure.

So an end is a plan like any other: first shown and held (it is the first change after an adoption), then approved,
written, read back and told. Such a line has no licence at Microsoft and no billing profile: it bills what its addition
bills, until its last day, and for ever where a person takes the end back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as AbstractMapping
from datetime import date

from plans.agreements import Addition, Agreement
from plans.edits import is_countable
from plans.journal import LineJournal
from plans.keys import is_ours
from plans.ledger import derive_billed
from profiles.billing import Basis, BillingProfile, KeptPrice, Mapping

SKU_PREFIX = "old-addition:"
ID_LENGTH = 16
# Texts by which other tools mark what they write (connectwise.md 3; sync365-and-rivals.md A15), as they are found.
FOREIGN_MARKERS = ("cloudconsole", "unite", "sync365", "sync 365", "pax8")


def is_old_line(mapping: Mapping) -> bool:
    """Whether a mapping stands for an addition that Seatledger did not make, and no licence."""
    return mapping.sku_id.startswith(SKU_PREFIX)


def make_old_line(customer_id: str, agreement_id: str, addition: Addition, name: str, ends_on: date | None) -> Mapping:
    """The mapping that ends an addition on a day, or (None) with the running period; two people come to one id."""
    spelled = f"{customer_id}|{agreement_id}|{addition.id}"
    return Mapping(
        id=f"m-{hashlib.sha256(spelled.encode()).hexdigest()[:ID_LENGTH]}",
        customer_id=customer_id,
        sku_id=f"{SKU_PREFIX}{agreement_id}:{addition.id}",
        licence_name=name,
        profile_id="",
        agreement_id=agreement_id,
        basis=Basis.PURCHASED,
        is_ended=True,
        ends_on=ends_on,
    )


def find_line_profile(
    profiles: AbstractMapping[str, BillingProfile], mapping: Mapping, journal: LineJournal, connection_id: str
) -> BillingProfile | None:
    """The profile of a line; of an old addition's one that says what that addition says itself. None where the profile
    was removed, or an old addition was never adopted.
    """
    if not is_old_line(mapping) or not journal.adoptions:
        return profiles.get(mapping.profile_id)
    addition = journal.adoptions[-1].additions[0]
    return BillingProfile(
        "", mapping.licence_name, connection_id, addition.product_id, addition.billable_option, KeptPrice()
    )


def keep_quantity(mapping: Mapping, journal: LineJournal) -> int | None:
    """The seats of an old addition: what it bills, and none once it is to end; None for any other line."""
    if not is_old_line(mapping):
        return None
    return 0 if mapping.is_ended else derive_billed(journal.ledger).final


def explain_not_endable(addition: Addition, agreement: Agreement, is_taken: bool) -> str:
    """Why an addition cannot be ended from here; empty where it can."""
    if is_taken or is_ours(addition):
        return "Seatledger bills it. End its mapping instead."
    if addition.cancelled_on is not None:
        return "It has an end already."
    if not is_countable(addition) or addition.quantity is None or addition.quantity <= addition.included:
        return "Its quantity is no number of seats. End it in the PSA."
    if not agreement.facts.is_active:
        return "Its agreement is not active."
    if agreement.facts.grid is None or agreement.facts.invoiced_through is None:
        return agreement.facts.invoicing_doubt or "Nobody knows the billing periods of its agreement."
    return ""


def has_marker(addition: Addition, marker: str) -> bool:
    """Whether an addition's own key is of a kind: `any`, `blank` (somebody typed it), or holds this text."""
    key = addition.key.strip().casefold()
    match marker:
        case "any":
            return True
        case "blank":
            return not key
        case text:
            return text.casefold() in key
