"""Billing rules 3 and 6 from reading to invoice: 20.00 a seat, April has 30 days, all through `plan_agreement`.

April's invoice is made in May (arrears) or on 1 April (advance). Every night is planned twice, and the second plan
writes nothing (tests.unit.plans.nights).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from plans.changes import Held, HoldRule, Parked
from profiles.billing import CustomPrice, DatedPrice
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import (
    SPB,
    april,
    held_by,
    in_advance,
    in_arrears,
    is_still,
    june,
    make_world,
    may,
    tell,
)


def test_an_increase_before_the_invoice() -> None:
    """10 → 12 on the 16th, in arrears: 10 x 20.00 + 2 x 20.00 x 15/30 = 220.00 for April, 240.00 for May."""
    world = in_arrears()
    assert tell(world.night(april(16), 12)) == ["2 from 2026-04-16"]
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("220.00"), Decimal("240.00"))


def test_an_increase_after_the_invoice() -> None:
    """10 → 12 on the 16th, April's 200.00 are invoiced: the next invoice asks 240.00 + 2 x 20.00 x 15/30 = 260.00."""
    world = in_advance()
    assert tell(world.night(april(16), 12)) == ["2 from 2026-04-16"]
    assert world.psas[HOME].invoice() == Decimal("260.00")


def test_a_dip_and_return_in_one_period_writes_nothing() -> None:
    """10 → 8 on the 10th, 10 again on the 20th: free up to the high-water mark, 200.00 for May."""
    world = in_arrears()
    world.night(april(10), 8)
    waiting = world.night(april(11), 8)
    assert [each.quantity for each in waiting.scheduled] == [8]
    assert is_still(world.night(april(20), 10))
    assert world.writes == 1
    assert world.psas[HOME].invoice() == Decimal("200.00")


def test_a_dip_and_return_in_advance_gives_the_seats_back() -> None:
    """10 → 8 on the 10th is lowered at once for 1 May. 10 again on the 20th: May costs 200.00 after all."""
    world = in_advance()
    world.night(april(10), 8)
    assert tell(world.night(april(11), 8)) == ["1201: 10→8"]
    world.night(april(20), 10)
    assert world.psas[HOME].invoice() == Decimal("200.00")


def test_a_decrease_in_arrears_lands_once_the_period_is_invoiced() -> None:
    """10 → 8 on the 10th: April stays 200.00. It is scheduled until April is invoiced, and May costs 160.00."""
    world = in_arrears()
    assert is_still(world.night(april(10), 8))
    for day in (april(11), april(29), may(1)):
        line = world.night(day, 8)
        assert tell(line) == []
        assert [(each.quantity, each.takes_effect_on) for each in line.scheduled] == [(8, may(1))]
    psa = world.psas[HOME]
    assert psa.invoice() == Decimal("200.00")
    assert tell(world.night(may(3), 8)) == ["1201: 10→8"]
    assert psa.invoice() == Decimal("160.00")


def test_a_decrease_in_advance_lands_on_the_second_night() -> None:
    """10 → 8 on the 10th, April's 200.00 are invoiced and owed: May costs 160.00, and there is nothing to give back."""
    world = in_advance()
    assert is_still(world.night(april(10), 8))
    line = world.night(april(11), 8)
    assert tell(line) == ["1201: 10→8"]
    assert line.proposals == ()
    assert world.psas[HOME].invoice() == Decimal("160.00")


def test_a_decrease_to_zero_waits_for_a_person_and_a_return_before_the_end_takes_it_back() -> None:
    """10 → 0 on the 10th ends the base on 30 April once a person agreed; 10 again on the 20th reopens it: 200.00."""
    world = in_arrears()
    world.night(april(10), 0)
    assert held_by(world.night(april(11), 0)) == HoldRule.TO_ZERO
    world.approve()
    assert tell(world.night(april(12), 0)) == ["1201: through 2026-04-30"]
    assert tell(world.night(april(20), 10)) == ["1201: no end"]
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal("200.00"))


def test_a_decrease_to_zero_and_a_return_after_the_end_is_a_new_addition() -> None:
    """10 → 0 in April, 10 again on 11 May: an end that has passed stays. 10 x 20.00 x 21/31 = 135.48 for May."""
    world = in_arrears()
    world.night(april(10), 0)
    world.night(april(11), 0)
    world.approve()
    world.night(april(12), 0)
    assert tell(world.night(may(11), 10)) == ["10 from 2026-05-11"]
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal("135.48"))


def test_two_increases_in_one_day_are_one_addition() -> None:
    """10 → 12 → 15 on the 16th: one delta of 5, 200.00 + 5 x 20.00 x 15/30 = 250.00."""
    world = in_arrears()
    assert tell(world.night(april(16), 12)) == ["2 from 2026-04-16"]
    assert tell(world.night(april(16), 15)) == ["1202: 2→5"]
    assert len(world.psas[HOME].kept) == 2
    assert world.psas[HOME].invoice() == Decimal("250.00")


def test_a_refund_within_seven_days_bills_the_days_of_use() -> None:
    """10 → 12 on the 5th, taken back on the 9th: 200.00 + 2 x 20.00 x 4/30 = 205.33 (205.333…), May 200.00."""
    world = in_arrears()
    world.night(april(5), 12)
    world.night(april(9), 10)
    assert tell(world.night(april(10), 10)) == ["1202: through 2026-04-08"]
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("205.33"), Decimal("200.00"))


def test_a_refund_after_eight_days_ends_with_the_period() -> None:
    """10 → 12 on the 5th, taken back on the 13th: 200.00 + 2 x 20.00 x 26/30 = 234.67, May 200.00."""
    world = in_arrears()
    world.night(april(5), 12)
    world.night(april(13), 10)
    assert tell(world.night(april(14), 10)) == ["1202: through 2026-04-30"]
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("234.67"), Decimal("200.00"))


def test_an_agreement_that_ends_with_the_running_period_is_parked_and_its_line_follows_the_renewal() -> None:
    """The agreement ends on 30 April: an increase of 20 April is parked. Mapped to the renewal, it is 12 from 1 May,
    and the old one asks for 12 from the 20th: 200.00 + 2 x 20.00 x 11/30 = 214.67."""
    world = in_arrears()
    world.psas[HOME].ends_on = april(30)
    line = world.night(april(20), 12)
    assert isinstance(line.decision, Parked)
    assert "ends on 30 Apr 2026" in line.decision.sentence
    renewal = world.psas["13"] = replace(world.psas[HOME], id="13", ends_on=None, kept=[])
    world.change(agreement_id="13")
    assert sorted(tell(world.night(april(21), 12))) == [
        "12 from 2026-05-01",
        "1201: through 2026-04-30",
        "2 from 2026-04-20 through 2026-04-30",
    ]
    assert world.psas[HOME].invoice() == Decimal("214.67")
    assert (renewal.invoice(), renewal.invoice()) == (Decimal("0.00"), Decimal("240.00"))


def test_an_agreement_that_ends_later_is_written_to() -> None:
    world = in_arrears()
    world.psas[HOME].ends_on = may(1)
    assert tell(world.night(april(20), 12)) == ["2 from 2026-04-20"]


def test_proration_that_is_switched_off_under_a_delta_holds_the_line() -> None:
    """10 → 12 on the 16th, then `prorateFlag` goes: the delta would be billed for all of April, 40.00 instead of
    20.00. It is held until the flag is back, and then April is 220.00."""
    world = in_arrears()
    world.night(april(16), 12)
    psa = world.psas[HOME]
    psa.prorates = False
    line = world.night(april(17), 12)
    assert held_by(line) == HoldRule.PRORATION_SWITCHED
    assert isinstance(line.decision, Held)
    assert line.decision.changes == ()
    psa.prorates = True
    assert is_still(world.night(april(18), 12))
    assert psa.invoice() == Decimal("220.00")


def test_without_proration_an_increase_waits_for_the_next_period() -> None:
    """10 from 1 April; 12 on the 16th owes 10 in April and 12 from 1 May: 200.00 and 240.00."""
    world = in_arrears(prorates=False)
    assert tell(world.night(april(16), 12)) == ["2 from 2026-05-01"]
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal("240.00"))


def test_a_start_date_override_in_the_future_bills_nothing_before_it() -> None:
    """10 seats are read on 1 April, the line is to start on the 16th: 10 x 20.00 x 15/30 = 100.00 for April."""
    world = make_world()
    world.change(starts_on=april(16))
    assert tell(world.night(april(1), 10)) == ["10 from 2026-04-16"]
    assert is_still(world.night(april(16), 10))
    assert world.psas[HOME].invoice() == Decimal("100.00")


def test_a_start_date_override_before_the_first_reading_is_caught_up() -> None:
    """Mapped on 16 April to start on the 1st, nothing invoiced yet: 200.00 for April."""
    world = make_world()
    world.change(starts_on=april(1))
    assert tell(world.night(april(16), 10)) == ["10 from 2026-04-01"]
    assert world.psas[HOME].invoice() == Decimal("200.00")
    assert is_still(world.night(may(5), 10))


def test_a_start_date_override_inside_an_invoiced_period_is_held() -> None:
    world = make_world()
    world.change(starts_on=date(2026, 3, 20))
    line = world.night(april(1), 10)
    assert held_by(line) == HoldRule.START_ALREADY_INVOICED
    assert isinstance(line.decision, Held)
    assert "31 Mar 2026" in line.decision.sentence
    assert world.psas[HOME].kept == []


def test_a_start_date_that_is_moved_back_into_an_invoiced_period_is_held() -> None:
    """10 seats since 1 April, April invoiced; the start is moved to 20 March: 12 days that no invoice may catch up."""
    world = in_arrears()
    world.psas[HOME].invoice()
    world.change(starts_on=date(2026, 3, 20))
    assert held_by(world.night(may(2), 10)) == HoldRule.START_ALREADY_INVOICED
    assert world.writes == 1


def test_unknown_for_five_nights_and_then_lower_counts_from_the_first_known_night() -> None:
    """10 seats, unknown from 28 April through 2 May, 8 on the 3rd and 4th. May's first days count what was known: the
    decrease counts from 3 May, so that May is 10 x 20.00 and June 8 x 20.00."""
    world = in_arrears()
    world.night(april(27), 10)
    assert is_still(world.night(may(3), 8))
    line = world.night(may(4), 8)
    assert [(each.quantity, each.takes_effect_on) for each in line.scheduled] == [(8, june(1))]
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal("200.00"))
    assert tell(world.night(june(2), 8)) == ["1201: 10→8"]
    assert psa.invoice() == Decimal("160.00")


def test_unknown_across_an_invoice_in_advance_proposes_nothing_that_is_owed() -> None:
    """In advance, unknown from 28 April through 2 May: May's 200.00 are invoiced on the 1st; 8 count from 3 May on,
    whose period began with 10. June is 160.00."""
    world = in_advance()
    world.night(april(27), 10)
    psa = world.psas[HOME]
    psa.invoice()
    world.night(may(3), 8)
    line = world.night(may(4), 8)
    assert (tell(line), line.proposals) == (["1201: 10→8"], ())
    assert psa.invoice() == Decimal("160.00")


def test_a_reduction_that_the_first_night_of_a_period_sees_after_the_invoice_is_proposed_as_a_credit() -> None:
    """In advance, May's 200.00 were invoiced on 30 April; 1 May reads 8, so May owes 8: 2 x 20.00 are proposed."""
    world = in_advance()
    psa = world.psas[HOME]
    psa.invoice()
    world.night(may(1), 8)
    line = world.night(may(2), 8)
    assert tell(line) == ["1201: 10→8"]
    (proposal,) = line.proposals
    assert (proposal.start, proposal.last, proposal.seats) == (may(1), may(31), 2)
    assert proposal.amount == Decimal("40.00")


def test_a_price_that_changes_inside_a_period_holds_from_the_next_one() -> None:
    """20.00, and 22.00 from 15 April: April is 200.00 whole; May, once April is invoiced, 220.00."""
    prices = CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("20.00")), DatedPrice(april(15), Decimal("22.00"))))
    world = make_world(price=prices)
    assert tell(world.night(april(1), 10)) == ["10 from 2026-04-01 at 20.00"]
    assert is_still(world.night(april(16), 10))
    psa = world.psas[HOME]
    assert psa.invoice() == Decimal("200.00")
    assert tell(world.night(may(2), 10)) == ["1201: at 22.00"]
    assert psa.invoice() == Decimal("220.00")


def test_a_minimum_does_not_keep_a_licence_that_vanished() -> None:
    """At least 5 are billed; the licence is gone from a known snapshot: 0, held for a person, then the base ends."""
    world = make_world()
    world.change(minimum=5)
    assert tell(world.night(april(1), 2)) == ["5 from 2026-04-01"]
    world.night(april(10), 0)
    assert held_by(world.night(april(11), 0)) == HoldRule.TO_ZERO
    world.approve()
    assert tell(world.night(april(12), 0)) == ["1201: through 2026-04-30"]


def test_a_roll_up_keeps_away_from_an_invoice_that_is_near() -> None:
    """2 seats of 16 April are a delta until April is invoiced. Three days before the next invoice, 1 June, nothing is
    merged; four days before it is: the delta ends on P, the base bills 12 from then on."""
    world = in_arrears()
    world.night(april(16), 12)
    psa = world.psas[HOME]
    assert psa.invoice() == Decimal("220.00")
    for days in (0, 1, 2, 3):
        assert is_still(world.night(june(1) - timedelta(days=days), 12))
    assert tell(world.night(may(28), 12)) == ["1202: through 2026-04-30", "1201: 10→12"]
    assert psa.invoice() == Decimal("240.00")


def test_a_roll_up_whose_second_half_the_invoice_overtook_asks_for_the_difference_only() -> None:
    """The delta ended on 30 April, then May was invoiced with 10 before the base was raised: 200.00. The 2 seats of May
    are owed, and the next invoice asks for them and for June: 40.00 + 240.00."""
    world = in_arrears()
    world.night(april(16), 12)
    psa = world.psas[HOME]
    psa.invoice()
    world.read(may(2), {SPB: 12})
    line = world.plan(may(2))[SPB]
    end, _ = line.decision.changes  # type: ignore[union-attr]
    world.write(line, end, may(2))
    assert psa.invoice() == Decimal("200.00")
    world.night(june(1), 12)
    assert psa.invoice() == Decimal("280.00")


def test_a_child_agreement_is_billed_by_its_parents_invoices() -> None:
    """The adapter gives the child its parent's P, and the child's seats wait for it: 10 → 8 lands after it moved."""
    world = in_arrears()
    psa = world.psas[HOME]
    psa.parent_id = "10"
    world.night(april(10), 8)
    assert world.night(april(11), 8).scheduled
    psa.invoice()
    assert tell(world.night(may(2), 8)) == ["1201: 10→8"]


@pytest.mark.parametrize("seats", [12, 8])
def test_where_nobody_knows_what_is_invoiced_only_seats_that_begin_on_a_day_are_written(seats: int) -> None:
    world = in_arrears()
    world.psas[HOME].doubt = "The invoices contradict the next invoice date."
    world.night(april(16), seats)
    line = world.night(april(17), seats)
    if seats == 12:
        assert world.writes == 2
        assert line.billed.on(april(16)) == 12
    else:
        assert held_by(line) == HoldRule.INVOICING_UNKNOWN
        assert isinstance(line.decision, Held)
        assert "contradict" in line.decision.sentence
