"""The day to which an addition bills that ends with the period, as the night reckons it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import cast

import pytest

from plans.agreements import Addition
from plans.changes import AdjustUnits, Change
from plans.journal import Ending, LineJournal
from tests.unit.web.approval_fakes import FACTS, make_addition
from tests.unit.web.test_additions import create, prove
from web.pages.customer_keeping import write_last_day
from web.pages.customer_view import CustomerRecords

TODAY = date(2026, 11, 22)
ADDITION = make_addition(quantity=12)


def tell(*changes: Change, ending: Ending = Ending.VERIFIED, addition: Addition = ADDITION, bills_late: bool) -> str:
    facts = replace(FACTS, bills_late=bills_late)
    records = SimpleNamespace(plans={"hash": SimpleNamespace(facts_of=lambda _: facts)})
    evidence = (prove(create(), ADDITION, 10), *(prove(each, ADDITION, 12, ending) for each in changes))
    journal = LineJournal("m-0", evidence=evidence)
    return write_last_day(cast(CustomerRecords, records), journal, addition, "400", TODAY)


def adjust(day: date) -> Change:
    return AdjustUnits("400", 2, "key", "9001", day, 10, 12, product_id="501")


def test_what_ends_bills_to_the_end_of_its_period() -> None:
    assert tell(bills_late=True) == tell(bills_late=False) == "30 Nov 2026"


@pytest.mark.parametrize("ending", [Ending.VERIFIED, Ending.DAY_TAKEN])
def test_a_day_that_had_its_one_change_takes_no_end(ending: Ending) -> None:
    """Autotask: a change of units was made, or refused, on 1 December, so that the end is a period later."""
    taken = adjust(date(2026, 12, 1))
    assert tell(taken, ending=ending, bills_late=True) == "31 Dec 2026"
    assert tell(adjust(date(2026, 11, 10)), ending=ending, bills_late=True) == "30 Nov 2026"


def test_an_end_that_is_written_is_the_last_day() -> None:
    ended = replace(ADDITION, cancelled_on=date(2026, 12, 15))
    assert tell(addition=ended, bills_late=False) == "15 Dec 2026"
