"""One line of contract 7 as its translation sees it: monthly, from 1 January 2026, one contract service."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from plans.agreements import Addition, AgreementFacts
from plans.timeline import Timeline
from plans.translation import LineTask, OwnAddition
from profiles.billing import BillableOption
from profiles.periods import ONE_DAY, Grid

GRID = Grid(2026, 1, 1, 1)


def make_line_task(
    today: date, posted_through: date, owed: Timeline, billed: Timeline, adjusted_on: frozenset[date], **members: Any
) -> LineTask:
    """The task of a night; the service is there once anything is billed."""
    facts = AgreementFacts(
        is_active=True,
        prorates=True,
        next_invoice_on=posted_through + ONE_DAY,
        ends_on=None,
        grid=GRID,
        invoiced_through=posted_through,
        starts_on=date(2026, 1, 1),
    )
    units = Decimal(billed.on(today))
    service = Addition("901", "55", units, None, None, BillableOption.BILLABLE, "SL-1", Decimal(20), "Seats")
    own = OwnAddition(service, is_adopted=False, uninvoiced_from=posted_through + ONE_DAY, price_due=None)
    return LineTask(
        mapping_id="m1",
        licence_name="Office 365 E3",
        agreement_id="7",
        product_id="55",
        billable_option=BillableOption.BILLABLE,
        unit_price=None,
        description=None,
        sequence=4,
        today=today,
        facts=facts,
        owed=owed,
        billed=billed,
        own=(own,) if billed.steps else (),
        adjusted_on=adjusted_on,
        **members,
    )
