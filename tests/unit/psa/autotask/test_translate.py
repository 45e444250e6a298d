"""Autotask: owed as dated adjustments. Contract 7 runs from 1 January 2026 by months; 20.00 a unit; April has 30 days.

A night is one call of `translate_line`; `apply` makes the unit rows what Autotask would make of the answer.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.agreements import Addition, AgreementFacts, InvoicedPart
from plans.changes import AdjustUnits, Change, CreateAddition, HoldRule, SetAddition
from plans.counts import Count
from plans.keys import make_key
from plans.ledger import effect_of
from plans.owed import OwedPolicy, owe
from plans.timeline import Step, Timeline, combine, make_timeline
from plans.translation import LineTask, OwnAddition, Translation
from profiles.billing import BillableOption
from profiles.periods import ONE_DAY, Grid
from psa.autotask.pricing import find_standing
from psa.autotask.translate import translate_line

GRID = Grid(2026, 1, 1, 1)
JANUARY = date(2026, 1, 1)
FACTS = AgreementFacts(
    is_active=True,
    prorates=True,
    next_invoice_on=date(2026, 5, 1),
    ends_on=date(2026, 12, 31),
    grid=GRID,
    invoiced_through=date(2026, 4, 30),
    starts_on=JANUARY,
)
ARREARS = replace(FACTS, invoiced_through=date(2026, 3, 31))
SERVICE = Addition("901", "55", Decimal(10), JANUARY, None, BillableOption.BILLABLE, "SL-1", Decimal(20), "Seats")
OWN = OwnAddition(SERVICE, is_adopted=False, uninvoiced_from=date(2026, 5, 1), price_due=None)
TEN: tuple[Step, ...] = ((JANUARY, 10),)


def april(day: int) -> date:
    return date(2026, 4, day)


def march(day: int) -> date:
    return date(2026, 3, day)


def may(day: int) -> date:
    return date(2026, 5, day)


def june(day: int) -> date:
    return date(2026, 6, day)


def count(*steps: Step, policy: OwedPolicy | None = None) -> Timeline:
    """What is owed for counts that were read so on these days."""
    counts = [Count(day, quantity, day, None, quantity) for day, quantity in steps]
    return owe(counts, policy or OwedPolicy(GRID))


def make_task(
    today: date,
    owed: Timeline,
    billed: Sequence[Step] = TEN,
    facts: AgreementFacts = FACTS,
    own: tuple[OwnAddition, ...] = (OWN,),
) -> LineTask:
    return LineTask(
        mapping_id="m1",
        licence_name="Business Premium",
        agreement_id="7",
        product_id="55",
        billable_option=BillableOption.BILLABLE,
        unit_price=Decimal(20),
        description="Seats",
        sequence=4,
        today=today,
        facts=facts,
        owed=owed,
        billed=make_timeline(billed),
        own=own,
    )


def apply(billed: Timeline, changes: Sequence[Change]) -> Timeline:
    for change in changes:
        billed = combine(billed, effect_of(change)[1], operator.add)
    return billed


def find_adjustments(answer: Translation) -> list[tuple[date, int, int]]:
    """The adjustments as (effective date, units before, units after)."""
    assert answer.hold is None, answer.hold_sentence
    found = [change for change in answer.changes if isinstance(change, AdjustUnits)]
    assert len(found) == len(answer.changes)
    return [(each.effective_on, each.units_before, each.units_after) for each in found]


def make_adjustment(day: date, before: int, after: int, price: Decimal | None = None) -> AdjustUnits:
    """An adjustment of service 901, which costs 20.00."""
    price_before = None if price is None else Decimal(20)
    key = make_key("m1", 4)
    return AdjustUnits("7", 4, key, "901", day, before, after, price, price_before, product_id="55")


def find_scheduled(answer: Translation) -> list[tuple[int, date, date | None]]:
    return [(each.quantity, each.takes_effect_on, each.writable_on) for each in answer.scheduled]


def test_nothing_is_written_where_the_units_are_what_is_owed() -> None:
    assert translate_line(make_task(april(20), count(*TEN))) == Translation()


# Increases


def test_an_increase_counts_from_its_day_when_the_period_is_not_posted() -> None:
    """10 → 12 on 10 April: 21 of 30 days, 2 x 20.00 x 21/30 = 28.00 more in April."""
    answer = translate_line(make_task(april(10), count(*TEN, (april(10), 12)), facts=ARREARS))
    assert answer.changes == (make_adjustment(april(10), 10, 12),)
    assert answer.scheduled == ()


def test_an_increase_into_a_posted_period_is_dated_on_its_day() -> None:
    """April is posted in advance; 28.00 comes as a further billing item of April."""
    answer = translate_line(make_task(april(10), count(*TEN, (april(10), 12))))
    assert find_adjustments(answer) == [(april(10), 10, 12)]


@pytest.mark.parametrize("facts", [FACTS, ARREARS])
def test_an_approval_five_days_later_changes_no_date(facts: AgreementFacts) -> None:
    """Read on the 10th, approved on the 15th: still 21 days, 28.00."""
    answer = translate_line(make_task(april(15), count(*TEN, (april(10), 12)), facts=facts))
    assert find_adjustments(answer) == [(april(10), 10, 12)]


def test_a_second_increase_on_one_day_waits_a_day() -> None:
    """10 → 12 was written on the 10th; 13 is dated on the 11th: 1 x 20.00 x 20/30 = 13.33 instead of 14.00."""
    owed, billed = count(*TEN, (april(10), 13)), [*TEN, (april(10), 12)]
    today = translate_line(make_task(april(10), owed, billed))
    assert (today.changes, find_scheduled(today)) == ((), [(13, april(11), april(11))])
    tomorrow = translate_line(make_task(april(11), owed, billed))
    assert find_adjustments(tomorrow) == [(april(11), 12, 13)]
    after = apply(make_timeline(billed), tomorrow.changes)
    assert translate_line(make_task(april(11), owed, after.steps)) == Translation()


def test_increases_of_two_days_are_two_adjustments() -> None:
    """Both approved on the 15th: +2 from the 10th, +1 from the 12th, each on top of the one before."""
    answer = translate_line(make_task(april(15), count(*TEN, (april(10), 12), (april(12), 13))))
    assert find_adjustments(answer) == [(april(10), 10, 12), (april(12), 12, 13)]
    assert [(change.sequence, change.key) for change in answer.changes] == [
        (4, make_key("m1", 4)),
        (5, make_key("m1", 5)),
    ]


def test_an_increase_of_long_ago_that_is_over_ends_again() -> None:
    """12 from 10 April to the 20th, so owed through 30 April; approved on 5 June, May posted: April's 28.00 only."""
    facts = replace(FACTS, invoiced_through=date(2026, 5, 31), next_invoice_on=june(1))
    answer = translate_line(make_task(june(5), count(*TEN, (april(10), 12), (april(20), 10)), facts=facts))
    assert find_adjustments(answer) == [(may(1), 10, 8), (april(10), 10, 12)]


def test_a_rise_ends_before_it_begins_where_the_units_allow_it() -> None:
    """0 before and 0 after: a fall could not come first."""
    facts = replace(FACTS, invoiced_through=date(2026, 5, 31), next_invoice_on=june(1))
    answer = translate_line(make_task(june(5), count((april(10), 2), (april(20), 0)), ((april(1), 0),), facts))
    assert find_adjustments(answer) == [(april(10), 0, 2), (may(1), 2, 0)]


def test_a_rise_of_days_that_cannot_end_again_is_not_written() -> None:
    """12 are owed on the 10th alone, and the 11th had its adjustment: they could end on the 12th at the earliest."""
    credits_on = OwedPolicy(GRID, gives_credits=True)
    owed = count(*TEN, (april(10), 12), (april(11), 11), policy=credits_on)
    answer = translate_line(make_task(april(12), owed, [*TEN, (april(11), 11)]))
    (said,) = answer.scheduled
    assert (answer.changes, said.quantity, said.takes_effect_on, said.writable_on) == ((), 12, april(10), None)
    assert said.sentence == (
        "2 more Business Premium for 10 Apr 2026 are not billed: they would have to end on 11 Apr 2026, and the units "
        "of that day were adjusted already, which goes once. Bill them by hand."
    )


def test_what_is_left_unbilled_is_said_as_long_as_its_period_runs() -> None:
    """15 from 10 through 12 April and 12 from the 13th, which was adjusted to 11: 1 of the 5 stays, 4 could not end."""
    owed = count(*TEN, (april(10), 15), (april(13), 12), policy=OwedPolicy(GRID, gives_credits=True))
    for day, is_said in ((april(14), True), (april(30), True), (may(1), False)):
        answer = translate_line(make_task(day, owed, [*TEN, (april(13), 11)]))
        assert find_adjustments(answer) == [(april(10), 10, 11)]
        told = [each.sentence for each in answer.scheduled]
        assert [each[:67] for each in told] == [
            "4 more Business Premium for 10 Apr 2026 through 12 Apr 2026 are not"
        ] * is_said


def test_a_rise_that_ends_before_a_day_that_had_its_adjustment_is_written_whole() -> None:
    """15 from the 10th and 10 from the 12th; the 20th was adjusted."""
    owed = count(*TEN, (april(10), 15), (april(12), 10), policy=OwedPolicy(GRID, gives_credits=True))
    task = replace(make_task(april(21), owed), adjusted_on=frozenset({april(20)}))
    assert find_adjustments(translate_line(task)) == [(april(12), 10, 5), (april(10), 10, 15)]


def test_where_posted_days_are_closed_an_increase_begins_after_them() -> None:
    """12 from 10 April, and April is posted: +2 from 1 May, and 2 for 10 to 30 April are left to a person."""
    task = replace(make_task(april(20), count((JANUARY, 10), (april(10), 12))), posted_is_closed=True)
    answer = translate_line(task)
    assert answer.changes == ()
    assert find_scheduled(answer) == [(12, may(1), april(28)), (12, april(10), None)]
    assert answer.scheduled[1].sentence == (
        "2 more Business Premium from 10 Apr 2026 through 30 Apr 2026 are not billed: these days are posted, and "
        "Autotask refused to change what is posted. Bill them by hand."
    )
    written = translate_line(replace(task, today=april(28)))
    assert find_adjustments(written) == [(may(1), 10, 12)]
    assert translate_line(replace(task, today=may(2), billed=make_timeline((*TEN, (may(1), 12))))) == Translation()


def test_where_posted_days_are_closed_nothing_of_them_is_given_back() -> None:
    """8 from 10 April with credits on: −2 from 1 May; what was posted is for a credit by hand."""
    owed = count((JANUARY, 10), (april(10), 8), policy=OwedPolicy(GRID, gives_credits=True))
    task = replace(make_task(april(28), owed), posted_is_closed=True, credits_from=JANUARY)
    assert find_adjustments(translate_line(task)) == [(may(1), 10, 8)]


def test_an_increase_on_a_later_day_waits_for_its_day() -> None:
    """A start that lies ahead: 12 from 20 April is written on 20 April."""
    answer = translate_line(make_task(april(10), count(*TEN, (april(20), 12))))
    assert (answer.changes, find_scheduled(answer)) == ((), [(12, april(20), april(20))])


def test_without_proration_an_increase_starts_with_the_next_period() -> None:
    """10 → 12 on 10 April bills nothing in April and 40.00 more in May; posting of May is due on 1 May."""
    owed = count(*TEN, (april(10), 12), policy=OwedPolicy(GRID, prorates=False))
    early = translate_line(make_task(april(10), owed))
    assert (early.changes, find_scheduled(early)) == ((), [(12, may(1), april(28))])
    assert find_adjustments(translate_line(make_task(april(28), owed))) == [(may(1), 10, 12)]


# Decreases


def test_a_decrease_waits_and_lands_once() -> None:
    """10 → 8 on the 10th, → 7 on the 20th: one adjustment of -3 from 1 May, three nights before posting."""
    owed = count(*TEN, (april(10), 8), (april(20), 7))
    for day in (april(10), april(20), april(27)):
        early = translate_line(make_task(day, owed))
        assert (early.changes, find_scheduled(early)) == ((), [(7, may(1), april(28))])
    written = translate_line(make_task(april(28), owed))
    assert (find_adjustments(written), written.scheduled) == ([(may(1), 10, 7)], ())
    after = apply(make_timeline(TEN), written.changes)
    for day in (april(28), april(30), may(1)):
        assert translate_line(make_task(day, owed, after.steps)) == Translation()


def test_a_decrease_of_a_period_that_is_posted_afterwards_is_collected_until_the_period_begins() -> None:
    """Posting on 1 May is April's: seats that leave on the 30th are still in May's net."""
    owed = count(*TEN, (april(10), 8))
    early = translate_line(make_task(april(29), owed, facts=ARREARS))
    assert (early.changes, find_scheduled(early)) == ((), [(8, may(1), may(1))])
    assert find_adjustments(translate_line(make_task(may(1), owed, facts=ARREARS))) == [(may(1), 10, 8)]


def test_nobody_knows_when_posting_is_due() -> None:
    """Then it is taken for the period's first day."""
    answer = translate_line(
        make_task(april(27), count(*TEN, (april(10), 8)), facts=replace(FACTS, next_invoice_on=None))
    )
    assert find_scheduled(answer) == [(8, may(1), april(28))]


def test_a_decrease_approved_after_its_period_began() -> None:
    """May is not posted on 5 May: all of it bills 8. Were it posted, 8 would begin in June."""
    owed = count(*TEN, (april(10), 8))
    assert find_adjustments(translate_line(make_task(may(5), owed))) == [(may(1), 10, 8)]
    posted = replace(FACTS, invoiced_through=date(2026, 5, 31), next_invoice_on=june(1))
    late = translate_line(make_task(may(5), owed, facts=posted))
    assert (late.changes, find_scheduled(late)) == ((), [(8, june(1), date(2026, 5, 29))])


def test_a_second_decrease_of_one_period_waits_for_the_next() -> None:
    """-2 from 1 May is written; one more seat that left on the 29th is billed through May (20.00 too much)."""
    owed, billed = count(*TEN, (april(10), 8), (april(29), 7)), [*TEN, (may(1), 8)]
    answer = translate_line(make_task(april(30), owed, billed))
    assert (answer.changes, find_scheduled(answer)) == ((), [(7, june(1), june(1))])


def test_a_dip_that_returns_is_no_change() -> None:
    """10 → 8 on the 10th, 10 again on the 20th: 200.00 as ever."""
    assert translate_line(make_task(april(20), count(*TEN, (april(10), 8), (april(20), 10)))) == Translation()


def test_a_return_after_the_decrease_was_written() -> None:
    """-2 from 1 May was written on the 28th, 10 again on the 29th: 1 May has had its adjustment, so 10 from 2 May."""
    owed, billed = count(*TEN, (april(10), 8), (april(29), 10)), [*TEN, (may(1), 8)]
    early = translate_line(make_task(april(29), owed, billed))
    assert (early.changes, find_scheduled(early)) == ((), [(10, may(2), may(2))])
    assert find_adjustments(translate_line(make_task(may(2), owed, billed))) == [(may(2), 8, 10)]


def test_to_zero_and_back() -> None:
    """0 from 1 May with the service kept; 4 on 10 May: 4 x 20.00 x 22/31 = 56.77 in May, on the same service."""
    owed = count(*TEN, (april(10), 0), (may(10), 4))
    gone = translate_line(make_task(april(28), count(*TEN, (april(10), 0))))
    assert find_adjustments(gone) == [(may(1), 10, 0)]
    after = apply(make_timeline(TEN), gone.changes)
    answer = translate_line(make_task(may(10), owed, after.steps))
    assert answer.changes == (make_adjustment(may(10), 0, 4),)


# Credits


@pytest.mark.parametrize("facts", [FACTS, ARREARS])
def test_with_credits_a_decrease_counts_from_its_day(facts: AgreementFacts) -> None:
    """10 → 8 on 16 April: 15 of 30 days, 2 x 20.00 x 15/30 = 20.00 back, posted or not."""
    owed = count(*TEN, (april(16), 8), policy=OwedPolicy(GRID, gives_credits=True))
    assert find_adjustments(translate_line(make_task(april(16), owed, facts=facts))) == [(april(16), 10, 8)]


def test_with_credits_a_second_change_of_the_day_waits_a_day() -> None:
    """10 → 9 was written on the 16th, the day's last reading is 8: one more from the 17th."""
    owed = count(*TEN, (april(16), 8), policy=OwedPolicy(GRID, gives_credits=True))
    answer = translate_line(make_task(april(16), owed, [*TEN, (april(16), 9)]))
    assert (answer.changes, find_scheduled(answer)) == ((), [(8, april(17), april(17))])


def test_units_above_what_is_owed_inside_a_period_are_held() -> None:
    """Not posted, no credits: 12 from the 10th and 10 owed. Once April is posted, it ends with the period."""
    owed, billed = count(*TEN), [*TEN, (april(10), 12)]
    answer = translate_line(make_task(april(10), owed, billed, ARREARS))
    assert (answer.changes, answer.hold) == ((), HoldRule.NOT_EXPRESSIBLE)
    assert "bills 12 from 10 Apr 2026 and should bill 10" in answer.hold_sentence
    posted = translate_line(make_task(april(10), owed, billed))
    assert (posted.hold, find_scheduled(posted)) == (None, [(10, may(1), april(28))])


def test_units_above_what_is_owed_on_the_last_posted_day_end_with_it() -> None:
    answer = translate_line(make_task(april(30), count(*TEN), [*TEN, (april(30), 12)]))
    assert find_adjustments(answer) == [(may(1), 12, 10)]


def test_units_that_rise_inside_a_period_to_what_is_owed_are_right() -> None:
    assert translate_line(make_task(april(10), count(*TEN, (april(10), 12)), [*TEN, (april(10), 12)], ARREARS)) == (
        Translation()
    )


def test_units_never_fall_below_zero() -> None:
    """Somebody dated -8 on 1 May; with credits -3 from 16 April would leave -1 in May, which Autotask refuses."""
    owed = count(*TEN, (april(16), 7), policy=OwedPolicy(GRID, gives_credits=True))
    answer = translate_line(make_task(april(16), owed, [*TEN, (may(1), 2)]))
    assert (answer.changes, answer.hold) == ((), HoldRule.NOT_EXPRESSIBLE)
    assert "below zero" in answer.hold_sentence


# The contract's days


def test_nothing_is_dated_after_the_contract_ends() -> None:
    """It ends on 30 April: the decrease would begin on 1 May, when nothing is billed any more."""
    facts = replace(FACTS, ends_on=april(30))
    assert translate_line(make_task(april(28), count(*TEN, (april(10), 8)), facts=facts)) == Translation()
    last = translate_line(make_task(april(30), count(*TEN, (april(30), 11)), facts=facts))
    assert find_adjustments(last) == [(april(30), 10, 11)]


def test_a_second_change_on_the_contracts_last_day_is_told() -> None:
    """It ends on 30 April, which had its adjustment; 12 are read on that day. The line was held, and as nobody could
    say that they had billed the day by hand, nothing of it was written any more, on its renewal either."""
    facts = replace(FACTS, ends_on=april(30))
    answer = translate_line(make_task(april(30), count(*TEN, (april(30), 12)), [*TEN, (april(30), 11)], facts))
    assert (answer.changes, answer.hold) == ((), None)
    assert [(each.quantity, each.takes_effect_on, each.writable_on) for each in answer.scheduled] == [
        (12, april(30), None)
    ]
    assert [each.sentence for each in answer.scheduled] == [
        "1 more Business Premium for 30 Apr 2026 are not billed: it is the last day of contract 7, and its units were "
        "adjusted already, which goes once. Bill them by hand."
    ]
    over = translate_line(make_task(may(1), count(*TEN, (april(30), 12)), [*TEN, (april(30), 11)], facts))
    assert over == Translation()


def test_a_contract_without_an_end() -> None:
    facts = replace(FACTS, ends_on=None)
    answer = translate_line(make_task(april(28), count(*TEN, (april(10), 8)), facts=facts))
    assert find_adjustments(answer) == [(may(1), 10, 8)]


def test_nothing_is_dated_before_the_contract_begins() -> None:
    """The renewal begins on 15 April; what was owed before it is the old contract's."""
    begun = replace(FACTS, grid=Grid(2026, 4, 15, 1), starts_on=april(15))
    facts = replace(begun, invoiced_through=april(14), next_invoice_on=april(15))
    answer = translate_line(make_task(april(20), count(*TEN), (), facts, ()))
    assert [effect_of(change)[1].steps for change in answer.changes] == [(), ((april(15), 10),)]


# A contract service that is not there yet


def test_the_first_units_create_the_contract_service() -> None:
    answer = translate_line(make_task(april(10), count((april(10), 5)), (), own=()))
    assert answer.changes == (
        CreateAddition(
            agreement_id="7",
            sequence=4,
            key=make_key("m1", 4),
            product_id="55",
            quantity=0,
            effective_on=april(10),
            billable_option=BillableOption.BILLABLE,
            unit_price=Decimal(20),
            description="Seats",
        ),
        AdjustUnits(
            agreement_id="7",
            sequence=5,
            key=make_key("m1", 5),
            addition_id="",
            effective_on=april(10),
            units_before=0,
            units_after=5,
            made_by=make_key("m1", 4),
            product_id="55",
        ),
    )
    assert answer.scheduled == ()


def test_what_follows_the_first_units_is_adjusted_in_the_same_plan() -> None:
    """5 from the 10th, 6 from the 12th, approved on the 15th."""
    owed = count((april(10), 5), (april(12), 6), (april(13), 5))
    answer = translate_line(make_task(april(15), owed, (), own=()))
    assert [effect_of(change)[1].steps for change in answer.changes] == [(), ((april(10), 5),), ((april(12), 1),)]
    assert [change.sequence for change in answer.changes] == [4, 5, 6]
    assert find_scheduled(answer) == [(5, may(1), april(28))]
    after = apply(Timeline(), answer.changes)
    assert find_adjustments(translate_line(make_task(april(28), owed, after.steps))) == [(may(1), 6, 5)]


def test_a_service_is_made_when_its_first_units_are_due() -> None:
    """A start that lies ahead makes nothing yet."""
    answer = translate_line(make_task(april(10), count((april(20), 5)), (), own=()))
    assert (answer.changes, find_scheduled(answer)) == ((), [(5, april(20), april(20))])


def test_days_that_the_journal_knows_had_their_adjustment() -> None:
    """+2 and -2 of the 10th left no step: a rise of that day is dated on the 11th."""
    task = replace(make_task(april(11), count(*TEN, (april(10), 12))), adjusted_on=frozenset({april(10)}))
    assert find_adjustments(translate_line(task)) == [(april(11), 10, 12)]


def test_on_a_posted_first_day_only_credits_lower() -> None:
    """May is posted, 8 from 1 May: with credits the 2 are given back from then on, without them from June."""
    posted = replace(FACTS, invoiced_through=date(2026, 5, 31), next_invoice_on=june(1))
    task = make_task(may(2), count(*TEN, (may(1), 8)), facts=posted)
    late = translate_line(task)
    assert (late.changes, find_scheduled(late)) == ((), [(8, june(1), date(2026, 5, 29))])
    assert find_adjustments(translate_line(replace(task, credits_from=april(1)))) == [(may(1), 10, 8)]
    assert translate_line(replace(task, credits_from=may(2))).changes == ()


def test_the_net_is_written_as_many_nights_before_posting_as_somebody_said() -> None:
    task = make_task(april(20), count(*TEN, (april(10), 8)))
    assert find_adjustments(translate_line(task, lead_nights=11)) == [(may(1), 10, 8)]
    assert find_scheduled(translate_line(task, lead_nights=10)) == [(8, may(1), april(21))]


@pytest.mark.parametrize("facts", [FACTS, ARREARS])
@pytest.mark.parametrize(("lead_nights", "written_on"), [(3, april(28)), (1, april(30)), (0, april(30))])
def test_the_end_of_a_place_that_is_left_is_written_before_its_day(
    facts: AgreementFacts, lead_nights: int, written_on: date
) -> None:
    """10 end on 30 April: in arrears, and without lead nights, it was tried on 1 May, when they end on 31 May."""
    owed = make_timeline((*TEN, (may(1), 0)))
    leaving = replace(make_task(april(16), owed, facts=facts), is_leaving=True)
    assert find_scheduled(translate_line(leaving, lead_nights)) == [(0, may(1), written_on)]
    assert find_adjustments(translate_line(replace(leaving, today=written_on), lead_nights)) == [(may(1), 10, 0)]


def test_the_other_half_of_a_move_is_written_ahead_of_its_day() -> None:
    task = make_task(april(28), make_timeline(((may(1), 5),)), (), ARREARS, own=())
    assert find_scheduled(translate_line(task)) == [(5, may(1), may(1))]
    created, adjusted = translate_line(replace(task, is_due=True)).changes
    assert (created.kind, adjusted.kind) == ("create_addition", "adjust_units")
    assert isinstance(adjusted, AdjustUnits)
    assert (adjusted.effective_on, adjusted.units_after) == (may(1), 5)


# The text


def test_a_text_is_set_where_it_is_ours_and_another_one() -> None:
    task = replace(make_task(april(20), count(*TEN)), description="Seats of Ada")
    after = replace(SERVICE, description="Seats of Ada")
    assert translate_line(task).changes == (
        SetAddition("7", 4, make_key("m1", 4), SERVICE, after, describes_from=may(1)),
    )
    unknown = replace(task, facts=replace(FACTS, invoiced_through=None))
    [change] = translate_line(unknown).changes
    assert isinstance(change, SetAddition)
    assert change.describes_from == april(20)
    assert translate_line(replace(task, description=None)) == Translation()
    assert translate_line(replace(task, description=" Seats\n")) == Translation()
    assert translate_line(replace(task, own=(replace(OWN, is_adopted=True),))) == Translation()


def test_a_text_waits_for_the_units_of_its_line() -> None:
    task = replace(make_task(april(10), count(*TEN, (april(10), 12))), description="Seats of Ada")
    assert find_adjustments(translate_line(task)) == [(april(10), 10, 12)]


def test_nothing_owed_and_no_service_is_nothing_to_do() -> None:
    assert translate_line(make_task(april(15), Timeline(), (), own=())) == Translation()


def test_units_without_a_service_or_of_two_services_are_held() -> None:
    for own in ((), (OWN, OWN)):
        answer = translate_line(make_task(april(15), count(*TEN, (april(10), 12)), own=own))
        assert (answer.changes, answer.hold) == ((), HoldRule.NOT_EXPRESSIBLE)
        assert f"billed by {len(own)} contract services" in answer.hold_sentence
        assert translate_line(make_task(april(15), count(*TEN), own=own)) == Translation()


@pytest.mark.parametrize("option", [BillableOption.DO_NOT_BILL, BillableOption.NO_CHARGE])
def test_a_billable_option_that_autotask_lacks_is_held(option: BillableOption) -> None:
    task = replace(make_task(april(10), count((april(10), 5)), (), own=()), billable_option=option)
    answer = translate_line(task)
    assert (answer.changes, answer.hold) == ((), HoldRule.NOT_EXPRESSIBLE)
    assert "is not to be billed" in answer.hold_sentence


# Posting that nobody knows


def test_an_increase_does_not_need_to_know_what_is_posted() -> None:
    unknown = replace(FACTS, invoiced_through=None)
    answer = translate_line(make_task(april(10), count(*TEN, (april(10), 12)), facts=unknown))
    assert find_adjustments(answer) == [(april(10), 10, 12)]


def test_nor_does_an_increase_on_the_first_day_of_a_period() -> None:
    unknown = replace(FACTS, invoiced_through=None)
    answer = translate_line(make_task(april(1), count(*TEN, (april(1), 12)), facts=unknown))
    assert find_adjustments(answer) == [(april(1), 10, 12)]


def test_a_decrease_needs_to_know_what_is_posted() -> None:
    unknown = replace(FACTS, invoiced_through=None, invoicing_doubt="Two posted periods overlap.")
    answer = translate_line(make_task(april(10), count(*TEN, (april(10), 8)), facts=unknown))
    assert (answer.changes, answer.hold) == ((), HoldRule.INVOICING_UNKNOWN)
    assert answer.hold_sentence.startswith("Two posted periods overlap. ")


def test_without_periods_only_what_is_right_is_not_held() -> None:
    unknown = replace(FACTS, grid=None)
    answer = translate_line(make_task(april(10), count(*TEN, (april(10), 12)), facts=unknown))
    assert (answer.changes, answer.hold) == ((), HoldRule.INVOICING_UNKNOWN)
    assert answer.hold_sentence.startswith("Autotask does not say which periods")
    assert translate_line(make_task(april(10), count(*TEN), facts=unknown)) == Translation()
    dearer = replace(OWN, price_due=Decimal(22))
    held = translate_line(make_task(april(10), count(*TEN), facts=unknown, own=(dearer,)))
    assert held.hold is HoldRule.INVOICING_UNKNOWN


# Prices


def test_a_price_is_an_adjustment_without_units() -> None:
    """22.00 from 1 May: 20.00 more for 10. It is collected like any change of that day."""
    own = (replace(OWN, price_due=Decimal(22)),)
    early = translate_line(make_task(april(10), count(*TEN), own=own))
    assert (early.changes, find_scheduled(early)) == ((), [(10, may(1), april(28))])
    answer = translate_line(make_task(april(28), count(*TEN), own=own))
    assert answer.changes == (make_adjustment(may(1), 10, 10, Decimal(22)),)


def test_a_price_and_units_of_one_day_are_one_adjustment() -> None:
    own = (replace(OWN, price_due=Decimal(22)),)
    answer = translate_line(make_task(april(28), count(*TEN, (april(10), 8)), own=own))
    assert answer.changes == (make_adjustment(may(1), 10, 8, Decimal(22)),)


def test_a_price_that_is_right_or_not_ours_is_not_sent() -> None:
    for due in (None, Decimal("20.00")):
        own = (replace(OWN, price_due=due),)
        assert translate_line(make_task(april(28), count(*TEN), own=own)) == Translation()


def test_a_price_that_no_row_tells_is_the_one_that_was_sent() -> None:
    """Only parts of periods have it, so that the rows tell none: it is not sent again night after night. Of no units
    nobody knows it."""
    untold = replace(SERVICE, unit_price=None)
    for sent, is_sent_again in ((Decimal(22), False), (Decimal(20), True)):
        own = (OwnAddition(untold, is_adopted=False, uninvoiced_from=may(1), price_due=Decimal(22), sent_price=sent),)
        assert bool(translate_line(make_task(april(28), count(*TEN), own=own)).changes) is is_sent_again
    assert find_standing(OwnAddition(replace(untold, quantity=Decimal(0)), False, may(1), None, Decimal(22))) is None


def test_a_price_needs_to_know_what_is_posted() -> None:
    own = (replace(OWN, price_due=Decimal(22)),)
    answer = translate_line(make_task(april(28), count(*TEN), facts=replace(FACTS, invoiced_through=None), own=own))
    assert answer.hold is HoldRule.INVOICING_UNKNOWN


def test_a_price_waits_where_the_day_has_had_its_adjustment() -> None:
    """-2 from 1 May is written: the price of June on comes when May is posted."""
    own = (replace(OWN, price_due=Decimal(22)),)
    owed = count(*TEN, (april(10), 8))
    answer = translate_line(make_task(april(29), owed, [*TEN, (may(1), 8)], own=own))
    assert (answer.changes, find_scheduled(answer)) == ((), [(8, june(1), None)])
    ending = replace(FACTS, ends_on=date(2026, 5, 31))
    answer = translate_line(make_task(april(29), owed, [*TEN, (may(1), 8)], ending, own))
    assert (answer.changes, find_scheduled(answer)) == ((), [(8, may(1), None)])


def test_a_price_of_the_last_days_of_a_line_is_written() -> None:
    """10 units, 22.00 instead of 20.00 from 1 April, March is posted on the 3rd and nothing is owed from 1 May: April
    posts 220.00, and not 200.00. Once both are written no row tells the price in the end: what was sent last does.
    """
    dearer, owed = replace(OWN, price_due=Decimal(22)), count(*TEN, (april(2), 0))
    answer = translate_line(make_task(april(3), owed, facts=ARREARS, own=(dearer,)))
    assert answer.changes == (make_adjustment(april(1), 10, 10, Decimal(22)),)
    assert find_scheduled(answer) == [(0, may(1), may(1))]
    empty = replace(SERVICE, quantity=Decimal(0), unit_price=None)
    own = OwnAddition(empty, is_adopted=False, uninvoiced_from=april(1), price_due=Decimal(22), sent_price=Decimal(22))
    for adjusted in ((), (april(1),)):
        task = make_task(may(1), owed, [*TEN, (may(1), 0)], ARREARS, (own,))
        assert translate_line(replace(task, adjusted_on=frozenset(adjusted))) == Translation()


def test_a_price_and_the_fall_to_none_of_one_night_are_written_in_that_order() -> None:
    """March is posted at last on 1 May, when the 10 units end: after the fall nothing would show the 22.00 of April."""
    own = (replace(OWN, price_due=Decimal(22)),)
    changes = translate_line(make_task(may(1), count(*TEN, (april(2), 0)), facts=ARREARS, own=own)).changes
    adjusted = [each for each in changes if isinstance(each, AdjustUnits)]
    assert [(each.effective_on, each.units_after, each.unit_price) for each in adjusted] == [
        (april(1), 10, Decimal(22)),
        (may(1), 0, None),
    ]


@pytest.mark.parametrize(
    ("sent", "posted", "is_said"),
    [
        pytest.param(Decimal(20), None, True, id="another one was sent last"),
        pytest.param(None, Decimal(20), True, id="posted at another one"),
        pytest.param(None, None, True, id="nobody knows"),
        pytest.param(Decimal(22), None, False, id="sent"),
        pytest.param(None, Decimal(22), False, id="posted at it"),
    ],
)
def test_a_price_that_no_row_would_show_is_said(sent: Decimal | None, posted: Decimal | None, is_said: bool) -> None:
    """The fall to 0 of 1 May is written, and then the price of April becomes 22.00: no row tells a price of units that
    end, so that nobody could prove that it was written."""
    part = None if posted is None else InvoicedPart(march(1), march(31), 10, posted * 10)
    empty = replace(SERVICE, quantity=Decimal(0), unit_price=None, invoiced_parts=() if part is None else (part,))
    own = OwnAddition(empty, is_adopted=False, uninvoiced_from=april(1), price_due=Decimal(22), sent_price=sent)
    answer = translate_line(make_task(april(29), count(*TEN, (april(2), 0)), [*TEN, (may(1), 0)], ARREARS, (own,)))
    assert (answer.changes, find_scheduled(answer)) == ((), [(10, april(1), None)] if is_said else [])
    assert [each.sentence for each in answer.scheduled] == [
        "The price of Business Premium should be 22 from 1 Apr 2026: its units end, and once that is written Autotask "
        "does not show what they cost. The price stays as it is: if it is another one, bill the difference by hand."
    ] * is_said


def test_a_price_of_the_last_days_that_had_their_adjustment_is_said() -> None:
    """The 10 units of 1 April were adjusted on that day and end on 1 May: 22.00 instead of 20.00 can never be
    written, and 20.00 are lacking on April's posting: a person bills them."""
    task = make_task(april(3), count(*TEN, (april(2), 0)), facts=ARREARS, own=(replace(OWN, price_due=Decimal(22)),))
    answer = translate_line(replace(task, adjusted_on=frozenset({april(1)})))
    assert (answer.changes, find_scheduled(answer)) == ((), [(0, may(1), may(1)), (10, april(1), None)])
    assert answer.scheduled[1].sentence == (
        "The price of Business Premium should be 22 from 1 Apr 2026: the units of 1 Apr 2026 were adjusted already, "
        "which goes once. The price stays as it is: if it is another one, bill the difference by hand."
    )


def test_units_that_return_from_zero_bring_the_price() -> None:
    own = (replace(OWN, price_due=Decimal(22)),)
    owed = count(*TEN, (april(10), 0), (may(10), 4))
    answer = translate_line(make_task(may(10), owed, [*TEN, (may(1), 0)], own=own))
    assert answer.changes == (make_adjustment(may(10), 0, 4, Decimal(22)),)
    after = apply(make_timeline([*TEN, (may(1), 0)]), answer.changes)
    assert translate_line(make_task(may(10), owed, after.steps, own=own)) == Translation()


@pytest.mark.parametrize(
    ("price", "parts", "sent"),
    [
        (Decimal(22), [(april(1), april(30), "200.00")], Decimal(20)),
        (Decimal(22), [(april(1), april(9), "60.00")], Decimal(20)),
        (Decimal(22), [(april(1), april(9), "200.00")], Decimal(20)),
        (Decimal(22), [(april(1), april(9), "66.00")], Decimal(22)),
        (Decimal(22), [(april(1), april(9), "57.00")], None),
        (Decimal(22), [(april(1), april(9), "60.00"), (april(12), april(13), "14.67")], None),
        (Decimal(22), [], Decimal(18)),
        (Decimal(22), [(march(1), march(31), "200.00")], Decimal(18)),
        (None, [(april(1), april(9), "57.00")], None),
    ],
)
def test_units_that_return_on_posted_days_take_the_price_of_those(
    price: Decimal | None, parts: list[tuple[date, date, str]], sent: Decimal | None
) -> None:
    """10 at 20.00 were taken back on 10 April, 4 come on the 20th; April is posted. 18.00 is in force in it, 22.00 in
    May. A price that is none of ours is nobody's to send, and where a price is not ours, none is."""
    invoiced = tuple(InvoicedPart(first, last, 10, Decimal(amount)) for first, last, amount in parts)
    addition = replace(SERVICE, quantity=Decimal(0), unit_price=None, invoiced_parts=invoiced)
    own = (OwnAddition(addition, False, may(1), price, None if price is None else Decimal(20)),)
    owed = count(*TEN, (april(10), 0), (april(20), 4), policy=OwedPolicy(GRID, gives_credits=True))
    task = make_task(april(20), owed, [*TEN, (april(10), 0)], own=own)
    dated = () if price is None else ((march(1), Decimal(18)), (may(1), Decimal(22)))
    answer = translate_line(replace(task, dated_prices=dated, credits_from=april(1)))
    if sent is None and price is not None:
        assert answer.hold is HoldRule.NOT_EXPRESSIBLE
        assert answer.hold_sentence == (
            "Business Premium comes back from none on 20 Apr 2026, on days of contract 7 that are posted at a price "
            "which is none of its billing profile's, so that nobody can tell what they cost. Enter the units in "
            "Autotask by hand, at the price of those days, and accept them."
        )
        return
    assert answer.changes == (replace(make_adjustment(april(20), 0, 4, sent), price_before=None),)


DEARER_FROM_MAY = ((may(1), Decimal(25)),)
"""20.00 is in force on P + 1, and 25.00 from 1 May on."""


def make_dearer(task: LineTask) -> LineTask:
    return replace(task, own=(replace(OWN, price_due=Decimal(20)),), dated_prices=DEARER_FROM_MAY)


def test_units_that_fall_ahead_of_their_period_bring_its_price() -> None:
    """March is posted and -2 is written on 1 May: without the 25.00 of that day May is billed 8 at 20.00, 40.00 less,
    and so is every month that somebody leaves in.
    """
    task = make_dearer(make_task(may(1), count(*TEN, (april(20), 8)), facts=ARREARS))
    assert translate_line(task).changes == (make_adjustment(may(1), 10, 8, Decimal(25)),)
    inside = make_dearer(make_task(may(10), count(*TEN, (may(10), 12)), facts=ARREARS))
    assert translate_line(inside).changes == (make_adjustment(may(10), 10, 12),)


def test_a_price_that_was_sent_for_a_later_period_stays() -> None:
    """April is still at 20.00 and not posted: sending that again from 1 April would undo the 25.00 of 1 May."""
    own = replace(OWN, addition=replace(SERVICE, unit_price=Decimal(25)), price_due=Decimal(20))
    task = make_task(may(2), count(*TEN, (april(20), 8)), [*TEN, (may(1), 8)], ARREARS, (own,))
    sent = replace(task, dated_prices=DEARER_FROM_MAY, priced_from=may(1))
    assert translate_line(sent) == Translation()
    [undone] = translate_line(replace(sent, priced_from=None)).changes
    assert isinstance(undone, AdjustUnits)
    assert (undone.effective_on, undone.unit_price) == (date(2026, 4, 1), Decimal(20))


def test_a_service_is_made_at_the_price_of_its_first_day() -> None:
    """5 seats come on 10 May while March is posted: 20.00 was sent, which is April's."""
    for day, price in ((may(10), Decimal(25)), (april(10), Decimal(20))):
        task = replace(make_task(day, count((day, 5)), (), ARREARS, own=()), dated_prices=DEARER_FROM_MAY)
        created, adjusted = translate_line(task).changes
        assert isinstance(created, CreateAddition)
        assert isinstance(adjusted, AdjustUnits)
        assert (created.unit_price, adjusted.unit_price) == (price, None)


def test_several_prices_are_sent_in_the_order_of_their_days() -> None:
    """22.00 from April and 25.00 from May with -2: the fall first would leave 22.00 as the last price that was sent."""
    own = (replace(OWN, price_due=Decimal(22)),)
    task = replace(make_task(may(1), count(*TEN, (april(20), 8)), facts=ARREARS, own=own), dated_prices=DEARER_FROM_MAY)
    changes = [each for each in translate_line(task).changes if isinstance(each, AdjustUnits)]
    assert [(each.effective_on, each.units_after, each.unit_price) for each in changes] == [
        (april(1), 10, Decimal(22)),
        (may(1), 8, Decimal(25)),
    ]


# Many nights

NIGHTS = 125
READINGS = st.dictionaries(st.integers(0, 60), st.integers(0, 20), min_size=1, max_size=8)
POLICIES = [OwedPolicy(GRID), OwedPolicy(GRID, prorates=False), OwedPolicy(GRID, gives_credits=True)]


def run_nights(readings: dict[int, int], policy: OwedPolicy, in_advance: bool, every: int) -> tuple[Timeline, Timeline]:
    """What is billed and owed after 125 nights from 1 April, of which each `every`th one writes.

    On the way: one adjustment a day at most, never below zero, no hold, and nothing to write when asked again.
    """
    billed, owed, dated = Timeline(), Timeline(), set[date]()
    for night in range(0, NIGHTS, every):
        today = april(1) + timedelta(days=night)
        read = [(april(1) + timedelta(days=day), readings[day]) for day in sorted(readings) if day <= night]
        owed = count(*read, policy=policy)
        period = GRID.period_of(today)
        posted = period.last if in_advance else period.start - ONE_DAY
        facts = replace(FACTS, invoiced_through=posted, next_invoice_on=period.end)
        own = (OWN,)
        answer = translate_line(make_task(today, owed, billed.steps, facts, own if billed.steps else ()))
        days = [change.effective_on for change in answer.changes if isinstance(change, AdjustUnits)]
        assert answer.hold is None
        assert len(days) == len(set(days)) and not dated.intersection(days)
        dated.update(days)
        billed = apply(billed, answer.changes)
        assert all(units >= 0 for _, units in billed.steps)
        if answer.changes:
            assert translate_line(make_task(today, owed, billed.steps, facts, own)).changes == ()
    return billed, owed


@settings(deadline=None)
@given(readings=READINGS, policy=st.sampled_from(POLICIES), every=st.integers(1, 4))
def test_posted_afterwards_every_day_bills_what_it_owes(
    readings: dict[int, int], policy: OwedPolicy, every: int
) -> None:
    """The law, day by day, however late a night writes."""
    billed, owed = run_nights(readings, policy, in_advance=False, every=every)
    assert billed == owed


@settings(deadline=None)
@given(readings=READINGS, policy=st.sampled_from(POLICIES))
def test_posted_in_advance_it_ends_with_what_is_owed(readings: dict[int, int], policy: OwedPolicy) -> None:
    """What was posted or had its adjustment stays; less than owed is billed for one day at a time."""
    billed, owed = run_nights(readings, policy, in_advance=True, every=1)
    assert billed.final == owed.final
    days = [april(1) + timedelta(days=night) for night in range(NIGHTS)]
    short = [day for day in days if billed.on(day) < owed.on(day)]
    assert all(billed.on(day + ONE_DAY) >= owed.on(day + ONE_DAY) for day in short)
