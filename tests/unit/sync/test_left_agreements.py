"""How long an agreement is read that a line has left: late news of its last days is billed there, within 150 days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from plans.journal import LineJournal
from plans.ports import Desk
from profiles.billing import Customer
from sync.planning import is_counted, name_agreements
from tests.unit.plans.makers import AGREEMENT, journal_of, make_change, make_mapping

LAST_DAY = date(2026, 4, 30)


@pytest.mark.parametrize(("days", "is_read"), [(0, True), (1, True), (149, True), (150, True), (151, False)])
def test_an_agreement_is_read_until_150_days_after_the_last_day_there(days: int, is_read: bool) -> None:
    """The addition on 1201 ended on 30 April and the line is on 13 now. 27 September is the 150th day after that."""
    change = replace(make_change(effective_on=date(2026, 4, 1)), ends_on=LAST_DAY)
    mapping = make_mapping(agreement_id="13")
    names = name_agreements(mapping, journal_of(change), LAST_DAY + timedelta(days=days))
    assert names == ({AGREEMENT, "13"} if is_read else {"13"})


def test_without_a_day_every_agreement_is_named_that_the_line_was_ever_on() -> None:
    change = replace(make_change(effective_on=date(2026, 4, 1)), ends_on=LAST_DAY)
    assert name_agreements(make_mapping(agreement_id="13"), journal_of(change)) == {AGREEMENT, "13"}


@pytest.mark.parametrize(
    ("day", "counts"),
    [(date(2026, 4, 18), True), (date(2026, 5, 14), True), (date(2026, 5, 15), False)],
    ids=["before it begins", "its last day", "over"],
)
def test_an_ended_line_that_only_bills_later_days_is_counted_until_they_are_over(day: date, counts: bool) -> None:
    """It took over from 1 May on, and another one takes over from it on the 15th: what comes and goes in April moves
    its fortnight too, although it bills nothing on any day of April, and nothing in the end."""
    change = replace(make_change(effective_on=date(2026, 5, 1)), ends_on=date(2026, 5, 14))
    between = replace(make_mapping(), is_ended=True)
    heir = replace(make_mapping("heir"), follows=(between.id,))
    customer = Customer("contoso", "Contoso", "tenant-1", "connectwise", "42")
    desk = Desk(customer, (between, heir), {between.id: journal_of(change), heir.id: LineJournal(heir.id)})
    assert is_counted(between, desk, day) is counts
