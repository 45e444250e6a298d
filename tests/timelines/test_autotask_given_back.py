"""What a person gave back on Autotask is not given back once more: amounts at 20.00 a seat (billing rules, 3 and 7).

April is posted on 1 April and May on 1 May, in advance. 10 seats; 8 are read on 1 May, after May's 200.00 were posted.
"""

from __future__ import annotations

from datetime import date

from tests.timelines.autotask_nights import Nights

MARCH, MAY, JUNE = (date(2026, month, 1) for month in (3, 5, 6))


def fall_on_posted_days(*, gives_credits: bool = False) -> Nights:
    """10 through 30 April, 8 from 1 May: 2 x 20.00 = 40.00 of May are proposed, and a person gives them back."""
    nights = Nights("advance", MARCH, gives_credits=gives_credits)
    nights.live_on(date(2026, 4, 30), 10)
    nights.live_on(date(2026, 5, 9), 8)
    return nights


def test_a_rise_that_is_taken_back_gives_nothing_for_seats_that_were_billed_too_much_before_it() -> None:
    """9 from the 10th and 8 again from the 12th of a May that was posted with 10, of which 40.00 were proposed as a
    credit. The 9th seat was billed all along, and nothing is given back by Autotask: it was 2 x 20.00 x 20/31 = 25.81,
    so that a person who had given the 40.00 back had given 65.81 for 40.00."""
    nights = fall_on_posted_days()
    proposed = [(each.proposal.start, each.proposal.last, each.proposal.seats) for each in nights.world.proposals]
    assert proposed == [(MAY, date(2026, 5, 31), 2)]
    nights.live_on(date(2026, 5, 11), 9)
    nights.live_on(JUNE, 8)
    assert nights.posted[2:] == [("2026-05-01", 10, 200.0), ("2026-06-01", 8, 160.0)]
    assert nights.world.troubles == []
