"""How long an agreement is read that a line has left: late news of its last days is billed there, within 150 days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sync.planning import name_agreements
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
