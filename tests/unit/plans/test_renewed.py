"""Adopting what renews a contract: the one before it is over, and its units, kept by day, have no end of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.adoption import Adopter, NotAdoptable, adopt
from plans.agreements import Addition, Agreement
from plans.journal import Adoption, Ending, LineJournal
from plans.ledger import derive_billed
from plans.places import Place, bill_places
from plans.timeline import Timeline
from tests.unit.plans.makers import AGREEMENT, MAPPING, PRODUCT, make_agreement
from tests.unit.plans.test_units import FIRST, OCTOBER, TEN, journal_of, keep

ENDED_ON, JANUARY, FEBRUARY = date(2026, 12, 31), date(2027, 1, 1), date(2027, 2, 1)
LAST_DAYS = {AGREEMENT: ENDED_ON}
RENEWAL = "1300"
BY = Adopter("Ada", date(2027, 1, 3), "the renewal bills it")


def make_journal() -> LineJournal:
    """10 units from 1 October on the contract that ends with the year."""
    return journal_of((FIRST, keep(TEN, days_read_from=date(2026, 8, 1)), Ending.VERIFIED))


def renew(read_from: date = JANUARY, through: date | None = date(2027, 1, 31)) -> tuple[Agreement, Addition]:
    """The renewal with the units carried over, read from a day on, and invoiced through another."""
    carried = keep(Timeline(((read_from, 10),)), id="9301", key="", days_read_from=read_from)
    agreement = make_agreement((carried,))
    return replace(agreement, id=RENEWAL, facts=replace(agreement.facts, invoiced_through=through)), carried


def take(journal: LineJournal, found: Agreement, *additions: Addition, by: Adopter = BY) -> Adoption:
    answer = adopt(journal, found, additions, by, LAST_DAYS)
    assert isinstance(answer, Adoption)
    return answer


def test_what_renews_it_can_be_adopted_once_it_is_over() -> None:
    """The only other way on was to approve "10 → 20", 200.00 a month twice."""
    renewal, carried = renew()
    adoption = take(make_journal(), renewal, carried)
    assert adoption.ledger.levels == Timeline(((JANUARY, 10),))
    journal = replace(make_journal(), adoptions=(adoption,))
    assert derive_billed(journal.ledger) == TEN
    assert journal.is_first_after_adoption
    assert bill_places(journal, Place(RENEWAL, PRODUCT))[Place(RENEWAL, PRODUCT)] == Timeline(((JANUARY, 10),))


@pytest.mark.parametrize(
    ("today", "through"),
    [(ENDED_ON, date(2027, 1, 31)), (BY.today, date(2026, 11, 30)), (BY.today, None)],
)
def test_it_waits_until_no_day_could_be_billed_twice(today: date, through: date | None) -> None:
    """On its last day it still bills; and while the other is not invoiced through that day, so might the other."""
    renewal, carried = renew(through=through)
    answer = adopt(make_journal(), renewal, (carried,), replace(BY, today=today), LAST_DAYS)
    assert isinstance(answer, NotAdoptable)
    assert f"billed on agreement {AGREEMENT} as well" in answer.sentence


def test_an_agreement_whose_end_nobody_knows_still_bills() -> None:
    renewal, carried = renew()
    assert isinstance(adopt(make_journal(), renewal, (carried,), BY), NotAdoptable)


def test_what_an_end_of_its_own_is_for_is_not_over_with_its_agreement() -> None:
    """ConnectWise: an addition without a cancelled day waits for one, as before."""
    renewal, carried = renew()
    undated = replace(
        make_journal(), evidence=journal_of((FIRST, replace(keep(TEN), days=None), Ending.VERIFIED)).evidence
    )
    assert isinstance(adopt(undated, renewal, (carried,), BY, LAST_DAYS), NotAdoptable)


def test_days_before_those_that_are_read_were_billed_as_the_first_one_that_is() -> None:
    """Adopted on 3 April, rows are read from February on: January, 200.00, is not billed once more."""
    renewal, carried = renew(read_from=FEBRUARY, through=date(2027, 4, 30))
    adoption = take(make_journal(), renewal, carried, by=replace(BY, today=date(2027, 4, 3)))
    assert adoption.ledger.levels == Timeline(((JANUARY, 10),))
    assert adoption.additions[0].days == Timeline(((JANUARY, 10),))


def test_a_later_look_at_it_leaves_what_is_invoiced() -> None:
    """A person makes 12 of the 10 from February on, invoiced through January: January stays, February is 12."""
    renewal, carried = renew()
    journal = replace(make_journal(), adoptions=(take(make_journal(), renewal, carried),))
    assert set(journal.written) == {"9001", "9301"}
    edited = replace(carried, quantity=Decimal(12), days=Timeline(((JANUARY, 10), (FEBRUARY, 12))))
    again = take(journal, replace(renewal, additions=(edited,)), edited)
    assert again.ledger.levels == Timeline(((FEBRUARY, 12),))


def test_units_that_a_person_changed_on_invoiced_days_are_billed_as_they_are_now() -> None:
    """12 of the 10 from 20 January on, invoiced through January: Autotask bills them from that day on."""
    renewal, carried = renew()
    journal = replace(make_journal(), adoptions=(take(make_journal(), renewal, carried),))
    edited = replace(carried, quantity=Decimal(12), days=Timeline(((JANUARY, 10), (date(2027, 1, 20), 12))))
    again = take(journal, replace(renewal, additions=(edited,)), edited)
    assert again.ledger.levels == Timeline(((date(2027, 1, 20), 12),))


def test_units_that_were_moved_away_do_not_stand_in_the_way() -> None:
    """10 from 1 October, none from 1 December on: what the line has elsewhere can be accepted as it is."""
    moved = keep(Timeline(((OCTOBER, 10), (date(2026, 12, 1), 0))))
    journal = journal_of((FIRST, moved, Ending.VERIFIED))
    renewal, carried = renew()
    assert isinstance(adopt(journal, renewal, (carried,), BY), Adoption)
    assert journal.mapping_id == MAPPING
