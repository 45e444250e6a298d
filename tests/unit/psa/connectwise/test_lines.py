"""The rules of a ConnectWise translation one by one (billing rules, 3, 5 and 6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.changes import CreateAddition, HoldRule, SetAddition
from plans.keys import make_key
from plans.translation import OwnAddition, Translation
from profiles.billing import BillableOption
from psa.connectwise.lines import translate_line
from psa.connectwise.rollup import ROLL_UP_QUIET_DAYS
from tests.unit.psa.connectwise.nights import MAPPING, MONTHLY, april, make_facts, make_own, make_task, may, tell

MARCH_1, APRIL_END, MAY_5 = date(2026, 3, 1), april(30), may(5)
APRIL_INVOICED = make_facts(april(30), next_invoice_on=date(2026, 6, 1))
BLIND = make_facts(None, doubt="Two invoices say different things.")


def invoiced(own: OwnAddition, through: date = APRIL_END) -> OwnAddition:
    """The same, billed on the invoice of that day."""
    return replace(own, uninvoiced_from=date.fromordinal(through.toordinal() + 1))


def test_nothing_to_do() -> None:
    assert translate_line(make_task([], today=april(10))) == Translation()
    own = make_own(0, 10, april(1))
    assert translate_line(make_task([(april(1), 10)], [own], today=april(10))) == Translation()


def test_the_first_addition_carries_all_that_the_line_says() -> None:
    task = make_task([(april(10), 10)], today=april(10), price=Decimal("21.50"), description="Ten people")
    task = replace(task, sequence=7)
    (change,) = translate_line(task).changes
    assert change == CreateAddition(
        agreement_id="12",
        sequence=7,
        key=make_key(MAPPING, 7),
        product_id="product-1",
        quantity=10,
        effective_on=april(10),
        billable_option=BillableOption.BILLABLE,
        ends_on=None,
        unit_price=Decimal("21.50"),
        description="Ten people",
    )


def test_what_rises_last_falls_first() -> None:
    """0 → 3 on the 1st → 5 on the 10th → 1 on the 20th, all of it unbilled: endless ones first, then by their end."""
    task = make_task([(april(1), 3), (april(10), 5), (april(20), 1)], today=april(25))
    assert tell(translate_line(task)) == [
        "1 from 2026-04-01",
        "2 from 2026-04-01 through 2026-04-19",
        "2 from 2026-04-10 through 2026-04-19",
    ]


def test_days_already_invoiced_are_caught_up() -> None:
    """P is 30 April; 2 seats of 10 to 20 April were never billed."""
    own = invoiced(make_own(0, 10, april(1)))
    owed = [(april(1), 10), (april(10), 12), (april(21), 10)]
    task = make_task(owed, [own], today=may(5), facts=APRIL_INVOICED)
    assert tell(translate_line(task)) == ["2 from 2026-04-10 through 2026-04-20"]


def test_an_adopted_base_of_25_against_21() -> None:
    """25 stand, 21 are owed from 1 May on. April invoiced: 25 → 21; not invoiced: it waits."""
    owed = [(MARCH_1, 25), (may(1), 21)]
    base = make_own(0, 25, None, is_adopted=True, price=Decimal("18.00"))
    now = translate_line(make_task(owed, [invoiced(base)], today=april(20), facts=make_facts(april(30), may(1))))
    assert tell(now) == ["addition-0: 25→21"]
    (change,) = now.changes
    assert isinstance(change, SetAddition)
    assert (change.describes_from, change.is_dated) == (may(1), False)
    later = translate_line(make_task(owed, [invoiced(base, date(2026, 3, 31))], today=april(20)))
    assert (later.changes, [entry.quantity for entry in later.scheduled]) == ((), [21])


def test_an_adopted_bases_price_is_copied_where_none_is_ours() -> None:
    base = invoiced(make_own(0, 25, None, is_adopted=True, price=Decimal("18.00")), date(2026, 3, 31))
    task = make_task([(date.min, 25), (april(10), 27)], [base], today=april(10))
    assert tell(translate_line(task)) == ["2 from 2026-04-10 at 18.00"]
    assert tell(translate_line(replace(task, unit_price=Decimal("21.00")))) == ["2 from 2026-04-10 at 21.00"]
    ours = replace(base, is_adopted=False)
    assert tell(translate_line(replace(task, own=(ours,)))) == ["2 from 2026-04-10"]


def test_what_the_psa_leaves_out_stays_in_the_quantity() -> None:
    """15 with 5 included bill 10; 8 are owed: 13 gross."""
    base = invoiced(make_own(0, 15, april(1), included=5))
    task = make_task([(april(1), 10), (may(1), 8)], [base], today=may(5), facts=APRIL_INVOICED)
    assert tell(translate_line(task)) == ["addition-0: 15→13"]


@pytest.mark.parametrize(
    "own",
    [
        make_own(1, 2, april(10), product_id="another"),
        make_own(1, 2, april(10), is_adopted=True),
        make_own(1, 2, april(9)),
        make_own(1, 2, april(10), cancelled_on=april(20)),
        replace(make_own(1, 2, april(10)), uninvoiced_from=april(11)),
    ],
)
def test_only_a_delta_of_the_same_days_that_no_invoice_saw_is_raised(own: OwnAddition) -> None:
    days = [(april(1), 10), (own.addition.effective_on or april(1), 12)]
    if own.addition.cancelled_on is not None:
        days.append((april(21), 10))
    billed = make_task(days, today=april(10)).owed
    more = [(day, seats + 3 if day >= april(10) else seats) for day, seats in days] + [(april(10), 15)]
    if own.addition.cancelled_on is not None:
        more.append((april(21), 13))
    task = replace(make_task(more, [make_own(0, 10, april(1)), own], today=april(10)), billed=billed)
    assert tell(translate_line(task)) == ["3 from 2026-04-10"]


@pytest.mark.parametrize(
    ("own", "today", "told"),
    [
        (make_own(0, 10, april(1), cancelled_on=april(30)), april(30), ["addition-0: no end"]),
        (make_own(0, 10, april(1), cancelled_on=april(30)), may(1), ["10 from 2026-05-01"]),
        (make_own(0, 11, april(1), cancelled_on=april(30)), april(20), ["10 from 2026-05-01"]),
        (make_own(0, 10, april(1), cancelled_on=april(30), product_id="another"), april(20), ["10 from 2026-05-01"]),
        (
            make_own(0, 10, april(1), cancelled_on=april(30), is_adopted=True),
            april(20),
            ["10 from 2026-05-01 at 20.00"],
        ),
    ],
)
def test_an_end_is_taken_back_only_if_it_is_ours_and_to_come(own: OwnAddition, today: date, told: list[str]) -> None:
    task = make_task([(april(1), own.units), (may(1), 10)], [own], today=today)
    assert tell(translate_line(task)) == told


def test_the_oldest_end_is_taken_back_first() -> None:
    own = [make_own(0, 10, april(1), cancelled_on=april(30)), make_own(1, 2, april(5), cancelled_on=april(30))]
    task = make_task([(april(1), 10), (april(5), 12), (may(1), 10)], own, today=april(20))
    assert tell(translate_line(task)) == ["addition-0: no end"]


def test_an_end_before_p_is_not_taken_back() -> None:
    """The invoice of May is made: an addition that ended in April would have to be caught up, so a new one is."""
    own = invoiced(make_own(0, 10, april(1), cancelled_on=april(30)), may(31))
    task = make_task([(april(1), 10)], [own], today=april(25), facts=make_facts(may(31)))
    assert tell(translate_line(task)) == ["10 from 2026-05-01"]


def test_an_end_is_not_taken_back_for_some_days_only() -> None:
    own = make_own(0, 10, april(1), cancelled_on=april(30))
    task = make_task([(april(1), 10), (may(11), 0)], [own], today=april(20))
    assert tell(translate_line(task)) == ["10 from 2026-05-01 through 2026-05-10"]


def test_newest_deltas_first_and_each_by_its_end() -> None:
    """10 + 2 + 3 + 4, 11 owed from 1 May: the 4 and the 3 end, of the 2 one seat is left over and waits."""
    own = [make_own(0, 10, april(1)), make_own(1, 2, april(5)), make_own(2, 3, april(6)), make_own(3, 4, april(6))]
    billed = [(april(1), 10), (april(5), 12), (april(6), 19)]
    translation = translate_line(make_task([*billed, (may(1), 11)], own, today=april(20)))
    assert tell(translation) == ["addition-3: through 2026-04-30", "addition-2: through 2026-04-30"]
    assert [(entry.quantity, entry.takes_effect_on) for entry in translation.scheduled] == [(11, may(1))]
    assert "12 → 11 Business Premium" in translation.scheduled[0].sentence


def test_an_addition_that_follows_another_is_lowered_from_its_own_day() -> None:
    """10 + 2 through 31 May + 2 from 1 June, 10 owed from 1 May: the first 2 end with April, the others never begin."""
    early = invoiced(make_own(1, 2, april(5), cancelled_on=may(31)))
    own = [invoiced(make_own(0, 10, april(1))), early, make_own(2, 2, date(2026, 6, 1))]
    owed = [(april(1), 10), (april(5), 12), (may(1), 10)]
    task = make_task(owed, own, today=MAY_5, facts=make_facts(april(30)))
    assert tell(translate_line(task)) == ["addition-2: 2→0", "addition-1: through 2026-04-30"]


def test_everything_to_zero_ends_every_addition() -> None:
    own = [make_own(0, 10, april(1)), make_own(1, 2, april(5))]
    task = make_task([(april(1), 10), (april(5), 12), (may(1), 0)], own, today=april(20))
    assert tell(translate_line(task)) == ["addition-1: through 2026-04-30", "addition-0: through 2026-04-30"]


def test_a_base_of_few_seats_is_not_ended_while_anything_is_owed() -> None:
    """3 + 10, 8 owed from 1 May: the 10 are more than the 5 that go, and the base stays: all of it waits."""
    own = [make_own(0, 3, april(1)), make_own(1, 10, april(5))]
    translation = translate_line(make_task([(april(1), 3), (april(5), 13), (may(1), 8)], own, today=april(20)))
    assert translation.changes == ()
    assert [entry.quantity for entry in translation.scheduled] == [8]


def test_a_quantity_and_an_end_of_one_addition_are_two_writes_the_end_first() -> None:
    """8 from May, none from June, April invoiced: the end is right at any time, the quantity is not."""
    own = invoiced(make_own(0, 10, april(1)))
    owed = [(april(1), 10), (may(1), 8), (date(2026, 6, 1), 0)]
    translation = translate_line(make_task(owed, [own], today=may(5), facts=APRIL_INVOICED))
    assert tell(translation) == ["addition-0: through 2026-05-31", "addition-0: 10→8"]
    first, second = translation.changes
    assert isinstance(first, SetAddition)
    assert isinstance(second, SetAddition)
    assert (first.is_dated, second.is_dated) == (True, False)
    assert second.before == first.after
    assert [change.sequence for change in translation.changes] == [1, 2]
    assert [change.key for change in translation.changes] == [make_key(MAPPING, 1), make_key(MAPPING, 2)]


def test_a_quantity_that_is_right_now_and_wrong_later_is_made_up_for() -> None:
    """8 from May and 10 again from 11 May, April invoiced: the base says 8, and 2 begin on the 11th."""
    own = invoiced(make_own(0, 10, april(1)))
    owed = [(april(1), 10), (may(1), 8), (may(11), 10)]
    task = make_task(owed, [own], today=may(12), facts=APRIL_INVOICED)
    assert tell(translate_line(task)) == ["addition-0: 10→8", "2 from 2026-05-11"]


def test_a_dip_to_come_waits_alone() -> None:
    """8 from June, 10 again from 11 June, P is 30 April: the return needs nothing while the fall is not written."""
    own = invoiced(make_own(0, 10, april(1)))
    owed = [(april(1), 10), (date(2026, 6, 1), 8), (date(2026, 6, 11), 10)]
    translation = translate_line(make_task(owed, [own], today=MAY_5, facts=APRIL_INVOICED))
    assert translation.changes == ()
    assert [(entry.quantity, entry.takes_effect_on) for entry in translation.scheduled] == [(8, date(2026, 6, 1))]


def test_lowerings_come_before_additions_and_end_before_words() -> None:
    own = [invoiced(make_own(0, 10, april(1))), invoiced(make_own(1, 2, april(5)))]
    owed = [(april(1), 10), (april(5), 12), (may(1), 10), (may(11), 13)]
    facts = make_facts(april(30), next_invoice_on=None)
    task = make_task(owed, own, today=may(12), facts=replace(facts, next_invoice_on=None), description="New")
    assert tell(translate_line(task)) == [
        "addition-0: “New”",
        "addition-1: through 2026-04-30",
        "3 from 2026-05-11",
    ]


# Without P


def test_without_p_an_increase_is_written() -> None:
    own = make_own(0, 10, april(1))
    task = make_task([(april(1), 10), (april(10), 12)], [own], today=april(10), facts=BLIND)
    assert tell(translate_line(task)) == ["2 from 2026-04-10"]
    quarterly = replace(task, facts=make_facts(grid=None))
    assert tell(translate_line(quarterly)) == ["2 from 2026-04-10"]


def test_without_p_nothing_is_netted_or_reopened() -> None:
    ended = make_own(0, 10, april(1), cancelled_on=april(30))
    task = make_task([(april(1), 10)], [ended], today=april(10), facts=BLIND)
    assert tell(translate_line(task)) == ["10 from 2026-05-01"]
    fresh = make_own(0, 10, april(1))
    task = make_task([(april(1), 12)], [fresh], today=april(1), facts=BLIND)
    assert tell(translate_line(task)) == ["2 from 2026-04-01"]


@pytest.mark.parametrize(
    "owed",
    [[(april(1), 10), (may(1), 8)], [(april(1), 10), (april(10), 12), (may(1), 8)]],
)
def test_without_p_a_decrease_holds_the_whole_line(owed: list[tuple[date, int]]) -> None:
    translation = translate_line(make_task(owed, [make_own(0, 10, april(1))], today=april(10), facts=BLIND))
    assert (translation.changes, translation.hold) == ((), HoldRule.INVOICING_UNKNOWN)
    assert translation.hold_sentence == (
        "10 → 8 Business Premium on agreement 12 waits: what is already invoiced is not known. "
        "Two invoices say different things."
    )


def test_without_p_words_hold_the_whole_line() -> None:
    own = make_own(0, 10, april(1), description="Old")
    owed = [(april(1), 10), (april(10), 12)]
    translation = translate_line(make_task(owed, [own], today=april(10), facts=BLIND, description="New"))
    assert (translation.changes, translation.hold) == ((), HoldRule.INVOICING_UNKNOWN)


def test_without_periods_what_was_invoiced_is_no_decrease() -> None:
    """April was billed 10 and owes 8, 8 since: that is a person's credit, and no reason to hold the increase."""
    own = invoiced(make_own(0, 8, april(1)))
    task = make_task(
        [(april(1), 8), (may(5), 9)],
        [own],
        billed=[(april(1), 10), (may(1), 8)],
        today=may(5),
        facts=make_facts(april(30), grid=None),
    )
    assert tell(translate_line(task)) == ["1 from 2026-05-05"]
    lower = replace(task, owed=make_task([(april(1), 8), (may(1), 7)], today=may(5)).owed)
    assert translate_line(lower).hold_sentence == (
        "8 → 7 Business Premium on agreement 12 waits: what is already invoiced is not known. "
        "Nobody has confirmed how agreement 12 is billed."
    )


def test_without_p_and_proration_additions_begin_with_a_period_that_is_known() -> None:
    task = make_task([(may(1), 2)], today=april(10), facts=make_facts(None, prorates=False))
    assert tell(translate_line(task)) == ["2 from 2026-05-01"]
    midway = replace(task, owed=make_task([(april(10), 2)], today=april(10)).owed)
    assert translate_line(midway).hold is HoldRule.NOT_EXPRESSIBLE
    nowhere = replace(task, facts=make_facts(None, prorates=False, grid=None))
    assert translate_line(nowhere).hold is HoldRule.INVOICING_UNKNOWN


# Proration


def test_proration_switched_off_while_a_delta_is_not_invoiced() -> None:
    """2 from the 16th would cost 40.00 instead of 20.00 on April's invoice."""
    own = [make_own(0, 10, april(1)), make_own(1, 2, april(16))]
    task = make_task([(april(1), 10), (april(16), 12)], own, today=april(20), facts=make_facts(prorates=False))
    translation = translate_line(task)
    assert (translation.changes, translation.hold) == ((), HoldRule.PRORATION_SWITCHED)
    assert translation.hold_sentence == (
        "Agreement 12 no longer prorates, and addition addition-1 of 2 Business Premium from 16 Apr 2026 is not "
        "invoiced yet: it would be billed for the whole period. Switch proration on again until that invoice is made."
    )
    assert translate_line(replace(task, facts=make_facts())).hold is None


def test_proration_switched_off_while_a_base_from_inside_a_period_is_not_invoiced() -> None:
    """10 from the 16th would cost 200.00 instead of 100.00 on April's invoice."""
    task = make_task([], [make_own(0, 10, april(16))], today=april(20), facts=make_facts(prorates=False))
    assert translate_line(replace(task, owed=task.billed)).hold is HoldRule.PRORATION_SWITCHED


@pytest.mark.parametrize(
    "own",
    [
        [replace(make_own(0, 10, april(16)), is_adopted=True)],
        [make_own(0, 10, april(1)), make_own(1, 0, april(16))],
        [make_own(0, 10, april(1)), make_own(1, 2, may(1))],
        [make_own(0, 10, april(1)), replace(make_own(1, 2, date(2026, 3, 16)), uninvoiced_from=april(1))],
    ],
)
def test_without_proration_what_would_not_be_billed_wrongly_is_no_hold(own: list[OwnAddition]) -> None:
    task = make_task([], own, today=april(20), facts=make_facts(prorates=False, next_invoice_on=april(21)))
    assert translate_line(replace(task, owed=task.billed)) == Translation()


def test_without_proration_no_addition_begins_inside_a_period() -> None:
    task = make_task([(april(10), 10)], today=april(10), facts=make_facts(prorates=False))
    translation = translate_line(task)
    assert (translation.changes, translation.hold) == ((), HoldRule.NOT_EXPRESSIBLE)


def test_without_proration_a_day_already_invoiced_is_not_caught_up() -> None:
    """April is invoiced without the 2; they begin with May, from which they are billed."""
    own = invoiced(make_own(0, 10, MARCH_1))
    facts = make_facts(april(30), may(1), prorates=False)
    task = make_task([(MARCH_1, 10), (april(1), 12)], [own], today=april(2), facts=facts)
    assert tell(translate_line(task)) == ["2 from 2026-05-01"]


# The law itself


def test_a_ledger_that_the_additions_contradict_is_not_written_on() -> None:
    """The ledger says 12, the additions say 10: no write of ours takes the 2 off."""
    own = invoiced(make_own(0, 10, april(1)))
    task = make_task([(april(1), 12), (may(1), 0)], [own], billed=[(april(1), 12)], today=may(5), facts=APRIL_INVOICED)
    translation = translate_line(task)
    assert (translation.changes, translation.scheduled) == ((), ())
    assert translation.hold is HoldRule.NOT_EXPRESSIBLE
    assert translation.hold_sentence == (
        "12 → 0 Business Premium cannot be written to agreement 12: its additions would not sum to what is owed on "
        "every day. Compare the additions with the history of this licence, and correct them in the PSA."
    )


# Words and price


def test_a_price_waits_for_the_day_after_p() -> None:
    """22.00 from 1 May: while April is not invoiced the price due is still 20.00, then it is 22.00."""
    own = make_own(0, 10, april(1), price_due=Decimal("20.00"))
    assert translate_line(make_task([(april(1), 10)], [own], today=april(20))) == Translation()
    due = invoiced(replace(own, price_due=Decimal("22.00")))
    task = make_task([(april(1), 10)], [due], today=may(2), facts=APRIL_INVOICED)
    assert tell(translate_line(task)) == ["addition-0: at 22.00"]


def test_a_price_that_is_not_ours_is_left_alone() -> None:
    own = make_own(0, 10, april(1), price=Decimal("99.00"))
    assert translate_line(make_task([(april(1), 10)], [own], today=april(2), price=Decimal("20.00"))).changes == ()


def test_words_are_set_only_where_they_speak_of_days_to_come() -> None:
    """Not on what has ended, not on what bills nothing, not where part of an addition's invoices is uncertain."""
    over = invoiced(make_own(0, 10, MARCH_1, cancelled_on=april(30), price_due=Decimal("22.00")))
    empty = make_own(1, 0, april(5), price_due=Decimal("22.00"))
    stale = replace(make_own(2, 10, april(1), price_due=Decimal("22.00")), uninvoiced_from=april(15))
    task = make_task([], [over, empty, stale], today=may(5), facts=APRIL_INVOICED)
    assert translate_line(replace(task, owed=task.billed)).changes == ()


def test_text_of_the_base_only_and_spaces_do_not_count() -> None:
    base, delta = make_own(0, 10, april(1), description="Anna,\r\n  Ben"), make_own(1, 2, april(5))
    owed = [(april(1), 10), (april(5), 12)]
    task = make_task(owed, [base, delta], today=april(20), description="Anna, Ben ")
    assert translate_line(task) == Translation()
    assert tell(translate_line(replace(task, description="Anna, Cleo"))) == ["addition-0: “Anna, Cleo”"]
    assert translate_line(replace(task, description=None)) == Translation()
    adopted = replace(task, own=(replace(base, is_adopted=True), delta), description="Anna, Cleo")
    assert translate_line(adopted) == Translation()


def test_the_billable_option_is_set_on_every_addition() -> None:
    own = [make_own(0, 10, april(1)), make_own(1, 2, april(5), is_adopted=True)]
    owed = [(april(1), 10), (april(5), 12)]
    task = make_task(owed, own, today=april(20), billable_option=BillableOption.NO_CHARGE)
    assert tell(translate_line(task)) == ["addition-1: no_charge", "addition-0: no_charge"]


def test_quantity_words_and_price_are_one_write() -> None:
    own = invoiced(make_own(0, 10, april(1), price_due=Decimal("22.00")))
    task = make_task([(april(1), 10), (may(1), 8)], [own], today=may(5), facts=APRIL_INVOICED, description="New")
    assert tell(translate_line(task)) == ["addition-0: 10→8, at 22.00, “New”"]


# Roll-up

BASE = invoiced(make_own(0, 10, april(1)))
DELTA = invoiced(make_own(1, 2, april(5)))


def roll_up(base: OwnAddition, *deltas: OwnAddition, **facts: object) -> list[str]:
    task = make_task([], [base, *deltas], today=MAY_5, facts=replace(APRIL_INVOICED, **facts))  # type: ignore[arg-type]
    return tell(translate_line(replace(task, owed=task.billed)))


def test_a_roll_up_ends_the_deltas_and_raises_the_base() -> None:
    assert roll_up(BASE, DELTA) == ["addition-1: through 2026-04-30", "addition-0: 10→12"]
    task = make_task([], [BASE, DELTA], today=may(5), facts=APRIL_INVOICED)
    end, rise = translate_line(replace(task, owed=task.billed)).changes
    assert isinstance(end, SetAddition)
    assert isinstance(rise, SetAddition)
    assert (end.is_dated, rise.is_dated, rise.describes_from) == (True, False, may(1))


def test_a_roll_up_of_a_child_agreement_goes_by_its_parents_invoices() -> None:
    """The facts of a child are its parent's: P and the next invoice date say all."""
    assert roll_up(BASE, DELTA, parent_id="11") == ["addition-1: through 2026-04-30", "addition-0: 10→12"]


@pytest.mark.parametrize(
    "delta",
    [
        invoiced(make_own(1, 2, april(5), price=Decimal("22.00"))),
        invoiced(make_own(1, 3, april(5), included=1)),
        invoiced(make_own(1, 2, april(5), product_id="another")),
        invoiced(make_own(1, 2, april(5), is_adopted=True)),
        invoiced(make_own(1, 2, april(5), cancelled_on=may(31))),
        make_own(1, 2, april(5)),
        make_own(1, 2, may(1)),
        make_own(1, 2, may(4)),
    ],
)
def test_only_what_the_base_can_bill_alike_is_rolled_up(delta: OwnAddition) -> None:
    assert roll_up(BASE, delta) == []


@pytest.mark.parametrize(
    "base",
    [
        make_own(0, 10, april(1)),
        make_own(0, 10, may(1)),
        invoiced(make_own(0, 10, april(1), cancelled_on=may(31))),
    ],
)
def test_no_roll_up_into_a_base_that_is_not_invoiced_or_ends(base: OwnAddition) -> None:
    late = make_own(1, 2, april(5))
    assert roll_up(base, late) == []


def test_a_roll_up_into_an_adopted_base_that_was_always_there() -> None:
    base = invoiced(make_own(0, 10, None, is_adopted=True))
    assert roll_up(base, DELTA) == ["addition-1: through 2026-04-30", "addition-0: 10→12"]


@pytest.mark.parametrize(
    ("next_invoice_on", "is_rolled_up"),
    [(None, False), (april(1), False), (may(5), False), (may(8), False), (may(9), True)],
)
def test_a_roll_up_keeps_away_from_the_next_invoice(next_invoice_on: date | None, is_rolled_up: bool) -> None:
    assert ROLL_UP_QUIET_DAYS.days == 3
    assert (roll_up(BASE, DELTA, next_invoice_on=next_invoice_on) != []) is is_rolled_up


def test_an_empty_delta_ends_and_the_base_stays() -> None:
    assert roll_up(BASE, invoiced(make_own(1, 0, april(5)))) == ["addition-1: through 2026-04-30"]


def test_an_empty_addition_is_no_base() -> None:
    """The first one was taken back on its own day; what bills since is the base, and gets the text."""
    empty, base = invoiced(make_own(0, 0, april(1))), invoiced(make_own(1, 2, april(5)))
    task = make_task([(april(5), 2)], [empty, base], today=MAY_5, facts=APRIL_INVOICED, description="New")
    assert tell(translate_line(task)) == ["addition-1: “New”", "addition-0: through 2026-04-30"]


def test_no_roll_up_while_anything_waits() -> None:
    """10 + 5, 13 owed from June: the 5 stay a line of their own while 2 of them wait for May's invoice."""
    five = invoiced(make_own(1, 5, april(5)))
    owed = [(april(1), 10), (april(5), 15), (date(2026, 6, 1), 13)]
    translation = translate_line(make_task(owed, [BASE, five], today=MAY_5, facts=APRIL_INVOICED))
    assert translation.changes == ()
    assert [entry.quantity for entry in translation.scheduled] == [13]


def test_a_roll_up_goes_with_the_nights_other_writes_so_that_a_second_look_has_none() -> None:
    """An increase on the night of the roll-up, a new text, and a new price that the delta need not get any more."""
    base, delta = (replace(own, price_due=Decimal("22.00")) for own in (BASE, DELTA))
    owed = [(april(1), 10), (april(5), 12), (may(5), 15)]
    task = make_task(owed, [base, delta], today=may(5), facts=APRIL_INVOICED, description="New")
    assert tell(translate_line(task)) == [
        "addition-1: through 2026-04-30",
        "addition-0: 10→12, at 22.00, “New”",
        "3 from 2026-05-05",
    ]


def test_periods_are_the_facts_own() -> None:
    assert make_facts().grid == MONTHLY
    assert make_facts().next_invoice_on == may(1)
