"""Why a line's writes wait for a person, and what they are compared with (billing rules, 5 and 9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.agreements import Addition, AgreementFacts
from plans.brakes import Movement, Thresholds, brake_line
from plans.changes import AdjustUnits, Apply, Change, Held, HoldRule, Unchanged
from plans.counts import Count
from plans.edits import say_bundled
from plans.inputs import LineInput, Surroundings
from plans.journal import Ending, LineJournal, Refusal
from plans.lines import Line, open_line
from plans.proposals import find_proposals
from plans.review import (
    Wish,
    explain_refused_end,
    find_movements,
    find_refused_end,
    introduce,
    review,
)
from plans.standing import Standing
from plans.strangers import describe_strangers
from plans.translation import Translation
from tests.unit.plans.agreements import HOME
from tests.unit.plans.makers import (
    ACTIVE,
    AGREEMENT,
    INVOICED_THROUGH,
    TODAY,
    UNKNOWN_INVOICES,
    count_anew,
    count_of,
    journal_of,
    make_addition,
    make_agreement,
    make_change,
    make_evidence,
    make_line,
    make_mapping,
    make_surroundings,
    write,
)
from tests.unit.plans.nights import april, make_world

STARTED = date(2026, 11, 2)
TEN = make_change(quantity=10, effective_on=STARTED)
TWO_MORE = make_change(1, 2)
STRANGER = make_addition("9100", key="Cloudconsole")
NO_PERIODS = replace(ACTIVE, grid=None)


def open_with(
    line: LineInput, *strangers: Addition, facts: AgreementFacts = ACTIVE, limits: Thresholds | None = None
) -> tuple[Line, Surroundings]:
    agreement = make_agreement((write(TEN), *strangers), facts)
    around = make_surroundings((line,), agreements=(agreement,))
    around = around if limits is None else replace(around, thresholds=limits)
    return open_line(line, around), around


def test_what_the_translation_holds_is_held_with_what_would_be_written() -> None:
    line, around = open_with(make_line(12, journal_of(TEN)))
    held = Translation((TWO_MORE,), hold=HoldRule.INVOICING_UNKNOWN, hold_sentence="It waits.")
    assert review(line, held, around) == Held(HoldRule.INVOICING_UNKNOWN, "It waits.", (TWO_MORE,))


@pytest.mark.parametrize(
    ("facts", "seats", "waits"),
    [
        (ACTIVE, 12, False),
        (UNKNOWN_INVOICES, 12, True),
        (UNKNOWN_INVOICES, 10, False),
        (NO_PERIODS, 12, True),
        (NO_PERIODS, 10, False),
    ],
)
def test_a_line_waits_where_other_seats_are_read_and_nobody_knows_the_periods(
    facts: AgreementFacts, seats: int, waits: bool
) -> None:
    line, around = open_with(make_line(seats, journal_of(TEN)), facts=facts)
    decision = review(line, Translation(), around)
    assert isinstance(decision, Held) if waits else decision == Unchanged()


def test_a_refused_quantity_stays_refused_and_shows_what_would_be_written() -> None:
    refusal = Refusal("m", 12, 10, date(2026, 11, 20), "Ada", "they are leaving")
    journal = replace(count_anew(journal_of(TEN), 12), refusal=refusal)
    line, around = open_with(make_line(12, journal))
    sentence = "10 → 12 Business Premium: Ada refused this on 20 Nov 2026: they are leaving"
    assert review(line, Translation((TWO_MORE,)), around) == Held(HoldRule.REFUSED, sentence, (TWO_MORE,))
    line, around = open_with(replace(line.input, quantity=13))
    assert review(line, Translation((TWO_MORE,)), around) == Apply((TWO_MORE,))


@pytest.mark.parametrize(("limit", "is_held"), [(39, True), (40, False)], ids=["+1", "0"])
def test_the_money_of_a_rise_is_reckoned_by_the_additions_price(limit: int, is_held: bool) -> None:
    """2 seats at 20.00."""
    limits = Thresholds(rise_money=Decimal(limit))
    line, around = open_with(make_line(12, journal_of(TEN)), limits=limits)
    sentence = (
        "10 → 12 Business Premium: that is more than 39.00 a month more than the 10 first billed. "
        "Approve it, or refuse it."
    )
    expected = Held(HoldRule.LARGE_RISE, sentence, (TWO_MORE,)) if is_held else Apply((TWO_MORE,))
    assert review(line, Translation((TWO_MORE,)), around) == expected


def test_a_stranger_holds_until_a_proved_write_rested_on_it() -> None:
    line, around = open_with(make_line(12, journal_of(TEN)), STRANGER)
    assert review(line, Translation((TWO_MORE,)), around) == Held(
        HoldRule.UNADOPTED_ADDITION,
        "10 → 12 Business Premium: addition 9100 bills 10 of the same product since 22 Nov 2026 and is no line of "
        "Seatledger's. Adopt it, or end it in the PSA, so that nothing is billed twice. Approving it bills both.",
        (TWO_MORE,),
    )
    beside = make_evidence(TEN, write(TEN), before=(Standing(AGREEMENT, (STRANGER,)),))
    line, around = open_with(make_line(12, LineJournal(line.input.mapping.id, evidence=(beside,))), STRANGER)
    assert review(line, Translation((TWO_MORE,)), around) == Apply((TWO_MORE,))


def test_the_first_change_after_adoption_says_so() -> None:
    world = make_world()
    psa = world.psas[HOME]
    world.adopt([psa.put(10, april(1))], april(16))
    decision = world.night(april(16), 12).decision
    assert isinstance(decision, Held)
    assert decision.sentence.endswith(
        ": it is the first change since the addition was adopted. Approve it, or refuse it."
    )


def test_a_sentence_begins_with_what_is_written_else_with_what_is_wanted() -> None:
    line, _ = open_with(make_line(13, journal_of(TEN)))
    assert introduce(line, (TWO_MORE,)) == "10 → 12 Business Premium"
    assert introduce(line, ()) == "10 → 13 Business Premium"


# What is compared


def movements(journal: LineJournal, seats: int = 20, *, is_excluded: bool = False) -> tuple[Movement, ...]:
    mapping = replace(make_mapping(), is_excluded=is_excluded)
    line, _ = open_with(LineInput(mapping, make_line(seats).profile, seats, seats, journal))
    return find_movements(line, Wish(10, seats, changes_seats=True))


def test_what_no_invoice_has_seen_is_compared_with_the_first_write() -> None:
    """10 and then 5 more, both after the last invoice: a small step on top of a small step is one of both."""
    journal = count_anew(journal_of(TEN, make_change(1, 5, effective_on=STARTED)), 15)
    assert movements(journal)[0] == Movement(10, 20, "first billed")


def test_a_service_that_was_made_without_units_is_no_first_quantity() -> None:
    """Autotask takes a service first, without units, and then 22 of them: 23 are one more than 22, and none after an
    exclusion is a fall to nothing."""
    journal = journal_of(make_change(quantity=0, effective_on=STARTED), make_change(1, 22, effective_on=STARTED))
    assert movements(count_anew(journal, 22), 23)[0] == Movement(22, 23, "first billed")
    (excluded,) = movements(journal, 0, is_excluded=True)
    assert excluded == Movement(22, 0, "first billed")
    brake = brake_line((excluded,), None, Thresholds())
    assert brake is not None
    assert brake.rule is HoldRule.TO_ZERO


def test_a_count_of_the_day_through_which_is_invoiced_was_invoiced() -> None:
    started = make_change(quantity=10, effective_on=date(2026, 10, 2))
    journal = LineJournal("m", evidence=(make_evidence(started, write(started), invoiced_through=None),))
    read = [Count(day, seats, day, None, seats) for day, seats in [(date(2026, 10, 2), 10), (INVOICED_THROUGH, 14)]]
    later = [*read, count_of(18, TODAY)]
    billed, read_then = Movement(10, 20), Movement(14, 20, "seats read by then")
    assert movements(replace(journal, counts=tuple(later))) == (billed, read_then)


def test_a_raw_count_is_compared_only_where_one_is_known_and_the_licence_is_billed() -> None:
    billed, read = Movement(10, 20, "first billed"), Movement(10, 20, "seats read by then")
    assert movements(journal_of(TEN)) == (billed,)
    assert movements(count_anew(journal_of(TEN), 10)) == (billed, read)
    assert movements(count_anew(journal_of(TEN), 10), is_excluded=True) == (billed,)


# Credit proposals


def test_every_seat_that_was_invoiced_and_not_owed_is_proposed_and_no_day_without_one() -> None:
    """11 of 10 seats from the 2nd, none too many from the 9th, 12 from the 16th of October."""
    changes = [
        replace(make_change(0, 11, effective_on=date(2026, 10, 2)), ends_on=date(2026, 10, 8)),
        replace(make_change(1, 10, effective_on=date(2026, 10, 9)), ends_on=date(2026, 10, 15)),
        make_change(2, 12, effective_on=date(2026, 10, 16)),
    ]
    journal = replace(journal_of(*changes), counts=(count_of(10, date(2026, 10, 2), TODAY),))
    line, around = open_with(make_line(10, journal))
    found = [(each.start, each.last, each.seats) for each in find_proposals(line, (), None, around)]
    assert found == [
        (date(2026, 10, 2), date(2026, 10, 8), 1),
        (date(2026, 10, 16), INVOICED_THROUGH, 2),
    ]


def test_what_a_bundle_bills_is_told_before_other_strangers() -> None:
    other, bundle = make_addition("9100", 4), make_addition("service bundle 7", 10)
    assert describe_strangers([other, bundle], [bundle]) == (
        "service bundle 7 of the agreement bills 10 of the same product, and no bundle is changed or adopted by "
        "Seatledger, for its units bill its other products too. Take the product out of it, or exclude the licence "
        "here, so that nothing is billed twice"
    )
    assert "bundle 7 of the agreement bills the same product" in say_bundled(replace(bundle, quantity=None))
    assert describe_strangers([other], [bundle]).startswith("addition 9100 bills 4 of the same product")


def refuse(ending: Ending, change: Change, run_id: str = "2026-11-20") -> LineJournal:
    """The newest write of a line ended so."""
    refused = replace(make_evidence(TEN, None), ending=ending, change=change, run_id=run_id, sentence="It said no.")
    return LineJournal("m", evidence=(refused,))


NONE_LEFT = AdjustUnits(AGREEMENT, 1, "key", "9001", date(2026, 12, 1), 10, 0)


@pytest.mark.parametrize(
    ("journal", "changes", "is_refused"),
    [
        (refuse(Ending.REFUSED, NONE_LEFT), (TEN, replace(NONE_LEFT, effective_on=date(2027, 1, 1))), True),
        (refuse(Ending.REFUSED, NONE_LEFT), (replace(NONE_LEFT, units_after=1),), False),
        (refuse(Ending.REFUSED, NONE_LEFT), (replace(NONE_LEFT, addition_id="9002"),), False),
        (refuse(Ending.REFUSED, replace(NONE_LEFT, units_after=1)), (NONE_LEFT,), False),
        (refuse(Ending.REFUSED, TEN), (NONE_LEFT,), False),
        (refuse(Ending.OVERTAKEN, NONE_LEFT), (NONE_LEFT,), False),
        (LineJournal("m"), (NONE_LEFT,), False),
    ],
)
def test_units_that_the_psa_would_not_take_away_are_asked_once(
    journal: LineJournal, changes: tuple[Change, ...], is_refused: bool
) -> None:
    assert (find_refused_end(journal, changes) is not None) == is_refused


def test_a_refused_end_says_what_was_said_and_when() -> None:
    (night,), (other,) = refuse(Ending.REFUSED, NONE_LEFT).evidence, refuse(Ending.REFUSED, NONE_LEFT, "x").evidence
    assert explain_refused_end(night) == (
        "the PSA refused to leave addition 9001 without units on 20 Nov 2026. It said no. Until it ends it is billed "
        "on: end it in the PSA by hand."
    )
    assert "without units. It said no." in explain_refused_end(other)


def test_a_refused_end_is_held_until_a_person_has_it_tried_again() -> None:
    line, around = open_with(make_line(0, refuse(Ending.REFUSED, NONE_LEFT)))
    decision = review(line, Translation((NONE_LEFT,)), around)
    assert isinstance(decision, Held)
    assert (decision.rule, decision.changes) == (HoldRule.TO_ZERO, (NONE_LEFT,))
    assert decision.sentence.endswith("end it in the PSA by hand. Approving it has it tried once more.")
