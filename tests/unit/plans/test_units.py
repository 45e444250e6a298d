"""Units that a PSA keeps by day: what they bill, what of them counts as edited, and what a journal remembers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest

from plans.agreements import Addition
from plans.changes import AdjustUnits, CreateAddition, Held, HoldRule, Parked, Scheduled
from plans.connecting import find_rhythm
from plans.edits import bills_alike, find_edit, is_edited, still_bills
from plans.forecast import spread
from plans.journal import Ending, LineJournal
from plans.ledger import cover_addition, effect_of
from plans.limits import ABSENT, Rhythm
from plans.lines import open_line, says_ending
from plans.places import Place, find_place
from plans.plan import LinePlan
from plans.planning import plan_line, waits_for_its_night
from plans.ports import Outside
from plans.timeline import Timeline
from plans.transfers import translate_line
from plans.translation import LineTask, Translation
from plans.undo import TooLate, undo
from tests.unit.plans.makers import (
    ACTIVE,
    AGREEMENT,
    MAPPING,
    PRODUCT,
    TODAY,
    make_addition,
    make_agreement,
    make_change,
    make_evidence,
    make_line,
    make_mapping,
    make_surroundings,
)

OCTOBER, NOVEMBER, DECEMBER, JANUARY = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)
TEN = Timeline(((OCTOBER, 10),))
MADE = make_change(0, 0)


def keep(days: Timeline, **changes: Any) -> Addition:
    """A service of ours whose units the PSA keeps by day."""
    made = make_addition(quantity=days.final, key=MADE.key, effective_on=None)
    return replace(made, days=days, **changes)


def adjust(before: int, after: int, day: date = NOVEMBER, sequence: int = 1, **changes: Any) -> AdjustUnits:
    made = AdjustUnits(AGREEMENT, sequence, f"{MADE.key}-{sequence}", "9001", day, before, after, product_id=PRODUCT)
    return replace(made, **changes)


def journal_of(*endings: tuple[AdjustUnits, Addition | None, Ending]) -> LineJournal:
    """The service was made, and its units were adjusted so."""
    journal = LineJournal(MAPPING, evidence=(make_evidence(MADE, keep(Timeline())),))
    for change, after, ending in endings:
        entry = make_evidence(change, after, ending, journal=journal)
        journal = replace(journal, evidence=(*journal.evidence, entry))
    return journal


FIRST = adjust(0, 10, OCTOBER, addition_id="", made_by=MADE.key)
PROVED = (FIRST, keep(TEN), Ending.VERIFIED)


def test_it_bills_what_the_psa_says_until_it_has_ended() -> None:
    days = Timeline(((OCTOBER, 10), (NOVEMBER, 12)))
    assert cover_addition(keep(days)) == days
    ended = replace(keep(days), cancelled_on=date(2026, 11, 30))
    assert cover_addition(ended) == Timeline(((OCTOBER, 10), (NOVEMBER, 12), (DECEMBER, 0)))


def test_a_service_without_units_bills_nothing() -> None:
    assert MADE.is_empty
    assert not make_change(0, 1).is_empty
    assert effect_of(MADE)[1] == Timeline()


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        (None, None, True),
        (TEN, None, False),
        (Timeline(), Timeline(), True),
        (TEN, Timeline(), False),
        (Timeline(((OCTOBER, 10), (NOVEMBER, 0))), Timeline(), True),
        (TEN, Timeline(((NOVEMBER, 10),)), True),
        (TEN, Timeline(((NOVEMBER, 11),)), False),
        (Timeline(((OCTOBER, 10), (DECEMBER, 8))), Timeline(((NOVEMBER, 10), (DECEMBER, 8))), True),
        (Timeline(((OCTOBER, 10), (DECEMBER, 8))), Timeline(((NOVEMBER, 10),)), False),
    ],
)
def test_two_readings_are_compared_on_the_days_that_both_speak_of(
    one: Timeline | None, other: Timeline | None, is_alike: bool
) -> None:
    first, second = (replace(keep(TEN), days=each) for each in (one, other))
    assert bills_alike(first, second) is is_alike
    assert bills_alike(second, first) is is_alike


def test_other_units_than_were_read_back_are_a_persons() -> None:
    written = journal_of(PROVED).written
    assert find_edit((keep(TEN),), written, AGREEMENT) is None
    assert find_edit((keep(Timeline(((NOVEMBER, 10),))),), written, AGREEMENT) is None
    edit = find_edit((keep(Timeline(((OCTOBER, 10), (DECEMBER, 13)))),), written, AGREEMENT)
    assert edit is not None
    assert "was changed in the PSA" in edit


SEPTEMBER = date(2026, 9, 1)


@pytest.mark.parametrize("found", [Timeline(((NOVEMBER, 10),)), Timeline(((date(2026, 10, 2), 10),)), Timeline()])
def test_units_that_were_taken_from_their_first_days_are_a_persons_edit(found: Timeline) -> None:
    """10 from 1 October. Rows from September on are read: 10 from 1 November is "the first month free", 200.00."""
    written = journal_of((FIRST, keep(TEN, days_read_from=SEPTEMBER), Ending.VERIFIED)).written["9001"]
    assert is_edited(keep(found, days_read_from=SEPTEMBER), written)
    assert not is_edited(keep(TEN, days_read_from=SEPTEMBER), written)
    # Rows from November on are read later, and what was written before anybody kept from when has its first step.
    assert not is_edited(keep(Timeline(((NOVEMBER, 10),)), days_read_from=NOVEMBER), written)
    assert is_edited(keep(found, days_read_from=SEPTEMBER), journal_of(PROVED).written["9001"])


def test_rows_of_an_agreement_that_is_over_are_nobodys_edit_once_they_are_read_no_more() -> None:
    """10 from 1 October, the agreement ended on 30 November; from January's rows on there is nothing."""
    written = journal_of((FIRST, keep(TEN, days_read_from=OCTOBER), Ending.VERIFIED)).written
    unread = keep(Timeline(), days_read_from=JANUARY)
    assert find_edit((unread,), written, AGREEMENT) is not None
    assert find_edit((unread,), written, AGREEMENT, date(2026, 11, 30)) is None
    eight = keep(Timeline(((NOVEMBER, 8),)), days_read_from=NOVEMBER)
    assert find_edit((eight,), written, AGREEMENT, date(2026, 11, 30)) is not None
    assert find_edit((replace(unread, cancelled_on=NOVEMBER),), written, AGREEMENT, date(2026, 11, 30)) is not None


def test_the_price_of_rows_that_are_read_no_more_is_nobodys_edit() -> None:
    """25.00 was sent with the units; of a contract that is over only the service's own 20.00 is left to be read."""
    sent = replace(FIRST, unit_price=Decimal(25))
    priced = keep(TEN, days_read_from=OCTOBER, unit_price=Decimal(25))
    written = journal_of((sent, priced, Ending.VERIFIED)).written["9001"]
    unread = keep(Timeline(), days_read_from=JANUARY, unit_price=Decimal(20))
    assert not is_edited(unread, written, date(2026, 11, 30))
    assert is_edited(replace(priced, unit_price=Decimal(20)), written, date(2026, 11, 30))


def test_units_that_came_to_nothing_bill_no_more() -> None:
    left = keep(Timeline(((OCTOBER, 10), (DECEMBER, 0))))
    assert still_bills(left, NOVEMBER)
    assert not still_bills(left, DECEMBER)
    assert still_bills(keep(TEN), JANUARY)
    assert not still_bills(keep(TEN, cancelled_on=date(2026, 11, 30)), DECEMBER)


def test_from_when_units_were_read_is_no_difference_of_them() -> None:
    assert keep(TEN, days_read_from=OCTOBER) == keep(TEN, days_read_from=NOVEMBER)
    assert keep(TEN, days_read_from=OCTOBER).without_words_and_price().days_read_from is None


def test_the_journal_knows_which_days_had_their_adjustment() -> None:
    more = keep(Timeline(((OCTOBER, 10), (NOVEMBER, 12))))
    journal = journal_of(
        PROVED,
        (adjust(10, 12, NOVEMBER, 2), more, Ending.VERIFIED),
        (adjust(12, 13, DECEMBER, 3), None, Ending.DAY_TAKEN),
        (adjust(12, 13, JANUARY, 4), None, Ending.REFUSED),
    )
    assert journal.list_adjusted("9001") == {OCTOBER, NOVEMBER, DECEMBER}
    assert journal.list_adjusted("9002") == frozenset()


def test_a_price_that_was_sent_with_units_is_ours_and_stays_so() -> None:
    dearer = replace(keep(TEN), unit_price=Decimal(22))
    more = replace(keep(Timeline(((OCTOBER, 10), (NOVEMBER, 12)))), unit_price=Decimal(22))
    journal = journal_of(
        PROVED,
        (adjust(10, 10, sequence=2, unit_price=Decimal(22)), dearer, Ending.VERIFIED),
        (adjust(10, 12, sequence=3), more, Ending.VERIFIED),
    )
    assert journal.written["9001"].sent_price == Decimal(22)
    assert find_edit((replace(more, unit_price=Decimal(21)),), journal.written, AGREEMENT) is not None
    alone = LineJournal(MAPPING, evidence=(make_evidence(adjust(0, 10), keep(TEN)),))
    assert alone.written["9001"].sent_price is None


def test_units_are_of_the_product_that_they_were_adjusted_for() -> None:
    assert find_place(adjust(10, 12), "other") == Place(AGREEMENT, PRODUCT)
    assert find_place(adjust(10, 12, product_id=""), "other") == Place(AGREEMENT, "other")


@pytest.mark.parametrize("change", [MADE, FIRST])
def test_neither_a_service_nor_its_units_are_taken_back(change: CreateAddition | AdjustUnits) -> None:
    journal = LineJournal(MAPPING, evidence=(replace(make_evidence(change, keep(TEN)), sequence=0),))
    line = make_line(10, journal)
    around = make_surroundings((line,), agreements=(make_agreement([keep(TEN)]),))
    answer = undo(open_line(line, around), 0, around)
    assert isinstance(answer, TooLate)
    assert "Make the opposite one in the PSA" in answer.sentence


def test_a_translation_is_told_what_was_adjusted_and_from_when_credits_are_given() -> None:
    asked: list[LineTask] = []

    def translate(task: LineTask) -> Translation:
        asked.append(task)
        return Translation()

    for gives_credits in (False, True):
        mapping = replace(make_mapping(), gives_credits=gives_credits)
        line = make_line(10, journal_of(PROVED), mapping)
        around = make_surroundings((line,), agreements=(make_agreement([keep(TEN)]),), translate=translate)
        translate_line(open_line(line, around), around)
    without, with_credits = asked
    assert without.adjusted_on == with_credits.adjusted_on == {OCTOBER}
    assert without.billed == TEN
    assert (without.credits_from, with_credits.credits_from) == (None, date.min)


@pytest.mark.parametrize(
    ("renewed_by", "words"),
    [(None, "Map the licence to the one after it"), ("1300", "renewed by agreement 1300, where the licence goes on")],
)
def test_an_agreement_that_ends_names_what_follows_it(renewed_by: str | None, words: str) -> None:
    facts = replace(ACTIVE, ends_on=date(2026, 11, 30), renewed_by=renewed_by)
    line = make_line(10)
    planned = plan_line(line, AGREEMENT, make_surroundings((line,), agreements=(make_agreement((), facts),)))
    assert isinstance(planned.decision, Parked)
    assert words in planned.decision.sentence


def test_a_forecast_takes_each_stretch_of_days_by_itself() -> None:
    days = Timeline(((OCTOBER, 10), (NOVEMBER, 0), (DECEMBER, 4)))
    plain = make_addition("7", 3)
    spans = spread([plain, keep(days)])
    assert [(each.quantity, each.effective_on, each.cancelled_on) for each in spans] == [
        (Decimal(3), TODAY, None),
        (Decimal(10), OCTOBER, date(2026, 10, 31)),
        (Decimal(4), DECEMBER, None),
    ]


def test_a_connection_that_was_removed_is_not_asked_at_all() -> None:
    rhythm = Rhythm(400, 1, 1)
    psa = cast(Any, type("Psa", (), {"rhythm": rhythm})())
    outside = cast(Outside, type("Outside", (), {"connections": {"at": psa}})())
    assert (find_rhythm(outside, "at"), find_rhythm(outside, "gone")) == (rhythm, ABSENT)


def test_an_approval_waits_for_units_that_are_scheduled_and_for_nothing_else() -> None:
    """-10 from November is approved: that is kept while the units wait, and written where only a price does."""
    line = LinePlan(
        mapping_id=MAPPING,
        licence_name="Premium",
        product_id=PRODUCT,
        quantity_billed=10,
        quantity_owed=0,
        seats=0,
        before=(),
        billed=TEN,
        owed=Timeline(),
        decision=Held(HoldRule.TO_ZERO, "10 → 0", (adjust(10, 0),)),
    )
    assert not waits_for_its_night(line)
    for writable_on, waits in ((OCTOBER, True), (None, False)):
        scheduled = Scheduled(0, NOVEMBER, writable_on, "It becomes 0.")
        assert waits_for_its_night(replace(line, scheduled=(scheduled,))) is waits
    other = Scheduled(0, DECEMBER, NOVEMBER, "It becomes 0.")
    assert not waits_for_its_night(replace(line, scheduled=(other,)))


def test_a_refusal_of_posted_days_is_remembered_of_the_addition_that_it_was_about() -> None:
    refused = adjust(10, 12)
    journal = journal_of(PROVED, (refused, None, Ending.POSTED))
    assert (journal.is_closed("9001"), journal.is_closed("9002")) == (True, False)
    assert journal.list_adjusted("9001") == {OCTOBER}
    assert not journal_of(PROVED, (refused, None, Ending.REFUSED)).is_closed("9001")
    first = replace(FIRST, sequence=2)
    assert journal_of((first, None, Ending.POSTED)).is_closed("9001"), "the units of what was made by then"


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("Agreement 1201 ended on 31 Dec 2026. Map the licence to the one after it.", True),
        ("Agreement 1201 ends on 31 Dec 2026. Map the licence to the one after it.", True),
        ("Agreement 1201 was not found in the PSA tonight, or is not active.", False),
        ("Agreement 12011 ended on 31 Dec 2026.", False),
    ],
)
def test_a_sentence_that_says_that_an_agreement_ends_is_known_again(sentence: str, says: bool) -> None:
    assert says_ending(sentence, AGREEMENT) is says
