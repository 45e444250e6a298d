"""What a person reads where nobody can tell how an agreement is invoiced: whole sentences, with what to do next."""

from __future__ import annotations

from typing import Any

import pytest

from plans.agreements import UnreadableAgreement
from psa.connectwise.invoicing import derive_invoicing, read_billing, read_billings
from psa.connectwise.settings import InvoicingSettings
from tests.unit.psa.connectwise.site import make_agreement_row

UMBRELLA = {"id": 1100, "name": "Umbrella"}


def doubt(*parents: dict[str, Any], **changes: Any) -> str:
    row = make_agreement_row(**changes)
    settings = InvoicingSettings(confirmed_cycles=frozenset({"Monthly", "Weekly"}))
    return derive_invoicing(read_billing(row), read_billings([row, *parents]), {}, settings).doubt


@pytest.mark.parametrize(
    ("parents", "sentence"),
    [
        (
            [],
            "Agreement 1201 is invoiced with its parent 1100, which ConnectWise does not show. Give the API member's "
            "role access to the parent, or make the agreement a parent of its own.",
        ),
        (
            [make_agreement_row(1100, parentAgreement={"id": 1000})],
            "Parent agreement 1100 of agreement 1201 is a child of 1000 itself; nobody described how ConnectWise "
            "invoices that. Make it a child of the agreement that is invoiced.",
        ),
        (
            [make_agreement_row(1100, agreementStatus="Cancelled")],
            "Parent agreement 1100 of agreement 1201 is not active, so nobody can tell who invoices the child. Give it "
            "an active parent, or none.",
        ),
    ],
)
def test_a_child_whose_parent_tells_nothing(parents: list[dict[str, Any]], sentence: str) -> None:
    assert doubt(*parents, parentAgreement=UMBRELLA) == sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"nextInvoiceDate": None},
            "Agreement 1201 has no next invoice date, so nobody can tell what is already invoiced. Give it a billing "
            "start date and a billing cycle in ConnectWise.",
        ),
        (
            {"billingCycle": None},
            "Agreement 1201 has no billing cycle. Choose one in ConnectWise.",
        ),
        (
            {"billingCycle": {"id": 9, "name": "Weekly"}},
            "Agreement 1201 has the billing cycle 'Weekly', which is not known to be a number of whole months. Choose "
            "a monthly, quarterly, semi-annual or yearly cycle in ConnectWise.",
        ),
        (
            {"billingCycle": {"id": 4, "name": "Quarterly"}},
            "Agreement 1201 has the billing cycle 'Quarterly'. An administrator must confirm how their ConnectWise "
            "prorates it before anything is written.",
        ),
    ],
)
def test_an_agreement_of_its_own(changes: dict[str, Any], sentence: str) -> None:
    assert doubt(**changes) == sentence


def test_an_agreement_that_cannot_be_read_is_known_by_its_id() -> None:
    [reading] = read_billings([make_agreement_row(1207, billStartDate="soon")]).values()
    assert reading == UnreadableAgreement("1207", "ConnectWise sent the date 'soon', which is no date.")
