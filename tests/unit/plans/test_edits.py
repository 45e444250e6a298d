"""Whose addition is whose, and what somebody else did to ours (billing rules, 5; R13): one rule at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from plans.agreements import Addition
from plans.edits import (
    LATE_NEWS,
    complete_own,
    find_edit,
    find_strangers,
    is_countable,
    is_edited,
    is_heard,
    is_open,
    select_basis,
    select_own,
)
from plans.journal import Written
from plans.keys import make_key, name_addition, name_line
from plans.timeline import Timeline
from profiles.billing import BillableOption
from tests.unit.plans.makers import AGREEMENT, CONNECTION, MAPPING, TODAY, make_addition, make_agreement

KEY = make_key(MAPPING, 0)
FOREIGN_KEY = make_key("another", 0)
LINES = frozenset({name_line(MAPPING), name_line("another")})
GONE_KEY = make_key("a mapping that was deleted", 0)


def known(*additions: Addition, agreement_id: str = AGREEMENT, price: Decimal | None = None) -> dict[str, Written]:
    """What the line's journal knows of additions, as they were read back."""
    return {addition.id: Written(agreement_id, addition, None, price) for addition in additions}


def ids(additions: tuple[Addition, ...]) -> list[str]:
    return [addition.id for addition in additions]


# Whose is it


def test_a_line_owns_what_carries_its_key_and_what_it_adopted_here() -> None:
    """An id is only unique within its agreement: what was adopted on 1300 is not ours on 1201."""
    agreement = make_agreement(
        [
            make_addition("9001", key=KEY),
            make_addition("9002"),
            make_addition("9003", key=FOREIGN_KEY),
            make_addition("9004"),
        ]
    )
    written = known(make_addition("9002")) | known(make_addition("9004"), agreement_id="1300")
    assert ids(select_own(agreement, MAPPING, written)) == ["9001", "9002"]


def test_additions_are_in_the_order_in_which_they_were_made() -> None:
    """Ids are numbers: 999 came before 1000. One that is no number comes before all of them."""
    agreement = make_agreement([make_addition(each, key=KEY) for each in ("1000", "999", "0", "PAX-7")])
    own = select_own(agreement, MAPPING, {})
    assert ids(own) == ["0", "PAX-7", "999", "1000"]
    first = make_agreement([make_addition(each, key=KEY) for each in ("1", "PAX-7")])
    assert ids(select_own(first, MAPPING, {})) == ["PAX-7", "1"]


def test_a_write_rests_on_its_own_additions_and_on_those_of_its_product_that_nobody_of_ours_has() -> None:
    """Without their words and prices: a new text or catalog price in between does not void a plan."""
    typed = replace(make_addition("9002"), description="Seats", unit_price=Decimal("21.00"))
    agreement = make_agreement(
        [
            make_addition("9005", product_id="777", key=KEY),
            typed,
            make_addition("9003", key=FOREIGN_KEY),
            make_addition("9004", product_id="777"),
        ]
    )
    basis = select_basis(agreement, MAPPING, "501", {})
    assert ids(basis) == ["9002", "9005"]
    assert [(each.description, each.unit_price) for each in basis] == [("", None), ("", None)]


# What somebody did to it


def test_what_stands_as_it_was_read_back_is_no_edit() -> None:
    addition = make_addition("9001", key=KEY)
    assert find_edit([addition], known(addition), AGREEMENT) is None


@pytest.mark.parametrize(
    ("changes", "is_one"),
    [
        ({"quantity": Decimal(11)}, True),
        ({"quantity": None}, True),
        ({"effective_on": date(2026, 11, 21)}, True),
        ({"cancelled_on": date(2026, 11, 30)}, True),
        ({"billable_option": BillableOption.NO_CHARGE}, True),
        ({"product_id": "502"}, True),
        ({"included": Decimal(1)}, True),
        ({"key": ""}, True),
        ({"description": "For Anna"}, False),
        ({"unit_price": Decimal("19.99")}, False),
        ({"unit_price": None}, False),
    ],
)
def test_an_edit_is_whatever_changes_how_many_seats_are_billed_and_when(
    changes: dict[str, object], is_one: bool
) -> None:
    """A text or a price of the catalog is the PSA's own business, where we never sent one."""
    before = make_addition("9001", key=KEY)
    after = replace(before, **changes)  # type: ignore[arg-type]
    assert is_edited(after, known(before)["9001"]) is is_one


@pytest.mark.parametrize(("price", "is_one"), [("20.00", False), ("20", False), ("20.01", True), (None, True)])
def test_a_price_is_ours_where_we_sent_it(price: str | None, is_one: bool) -> None:
    sent = known(make_addition("9001", key=KEY), price=Decimal("20.00"))["9001"]
    found = replace(make_addition("9001", key=KEY), unit_price=None if price is None else Decimal(price))
    assert is_edited(found, sent) is is_one


def test_of_units_that_come_to_nothing_nobody_can_tell_a_price() -> None:
    """Autotask shows what all units of a row cost together."""
    before = replace(make_addition("9001", key=KEY), days=Timeline(((date(2026, 11, 1), 10), (date(2026, 11, 15), 0))))
    sent = known(before, price=Decimal("22.00"))["9001"]
    assert not is_edited(replace(before, unit_price=None), sent)
    assert is_edited(replace(before, unit_price=Decimal("20.00")), sent)


def test_a_person_reads_which_addition_was_edited_and_what_to_do() -> None:
    before = make_addition("9001", key=KEY)
    sentence = find_edit([replace(before, quantity=Decimal(7))], known(before), AGREEMENT)
    assert sentence == (
        "Addition 9001 was changed in the PSA since Seatledger wrote it. Put it back, or accept it as it is."
    )


def test_our_key_on_an_addition_that_we_never_made_is_an_edit() -> None:
    """Somebody copied an addition of ours, key and all."""
    ours, copied = make_addition("9001", key=KEY), make_addition("9002", key=KEY)
    assert find_edit([ours, copied], known(ours), AGREEMENT) == (
        f"Addition 9002 carries our key {KEY}, but the ledger does not know it."
    )


def test_a_deleted_addition_is_an_edit_of_its_own_agreement() -> None:
    """The first by its id is named. One that has ended may be left out of lists, and is not missed."""
    first, second = make_addition("9001", key=KEY), make_addition("9002", key=KEY)
    over = make_addition("9000", key=KEY, cancelled_on=date(2026, 10, 31))
    written = known(second, first, over) | known(make_addition("8000"), agreement_id="1300")
    assert find_edit([], written, AGREEMENT) == (
        "Addition 9001 is gone from agreement 1201. Somebody deleted it in the PSA."
    )
    assert find_edit([first, second], written, AGREEMENT) is None
    assert find_edit([first], written, AGREEMENT) == (
        "Addition 9002 is gone from agreement 1201. Somebody deleted it in the PSA."
    )


def test_what_ended_and_is_not_listed_any_more_is_counted_as_it_was_last_read() -> None:
    """10 ended on 31 October and are hidden; what is listed, open or of another agreement is not added again."""
    listed = make_addition("9003", 4, key=KEY, cancelled_on=date(2026, 11, 30))
    hidden = make_addition("9002", 10, key=KEY, cancelled_on=date(2026, 10, 31))
    older = make_addition("9001", 3, key=KEY, cancelled_on=date(2026, 9, 30))
    written = known(hidden, listed, older, make_addition("9004", key=KEY))
    written |= known(make_addition("8000", cancelled_on=date(2026, 10, 31)), agreement_id="1300")
    assert complete_own([listed], written, AGREEMENT) == (listed, older, hidden)


# What it bills


@pytest.mark.parametrize(
    ("quantity", "included", "expected"),
    [
        ("10", "0", True),
        ("10.00", "2", True),
        ("0", "0", True),
        ("5", "5", True),
        ("3", "5", False),
        ("-1", "0", False),
        ("2.5", "0", False),
        ("10", "0.5", False),
        ("NaN", "0", False),
        ("Infinity", "0", False),
        ("10", "NaN", False),
        (None, "0", False),
    ],
)
def test_only_whole_seats_are_counted(quantity: str | None, included: str, expected: bool) -> None:
    addition = replace(make_addition(quantity=quantity), included=Decimal(included))
    assert is_countable(addition) is expected


@pytest.mark.parametrize(("days", "expected"), [(-1, False), (0, True), (1, True), (None, True)])
def test_the_cancelled_day_is_the_last_one_billed(days: int | None, expected: bool) -> None:
    last = None if days is None else date.fromordinal(TODAY.toordinal() + days)
    assert is_open(make_addition(cancelled_on=last), TODAY) is expected


@pytest.mark.parametrize(("days", "expected"), [(-1, False), (0, True), (1, True)])
def test_an_addition_is_heard_for_as_long_as_news_of_its_days_may_come(days: int, expected: bool) -> None:
    last = TODAY - LATE_NEWS + timedelta(days=days)
    assert is_heard(make_addition(cancelled_on=last), TODAY) is expected
    assert is_heard(make_addition(cancelled_on=None), TODAY)


def test_before_there_were_that_many_days_every_addition_is_heard() -> None:
    assert is_heard(make_addition(cancelled_on=date.min), date.min + LATE_NEWS)


# Beside whom


def strange(*additions: Addition, own: tuple[Addition, ...] = (), names: frozenset[str] = LINES) -> str | None:
    """The ids of the strangers; None where there are none."""
    found = find_strangers(make_agreement(additions), "501", own, names, TODAY)
    return ", ".join(each.id for each in found) or None


def test_an_open_addition_of_the_product_that_nobody_owns_is_a_stranger() -> None:
    assert strange(make_addition("9002"), make_addition("9001")) == "9001, 9002"
    assert strange(make_addition("9001", product_id="777")) is None
    assert strange(make_addition("9001", cancelled_on=date(2026, 11, 21))) is None
    assert strange(make_addition("9001", cancelled_on=TODAY)) == "9001"


def test_what_a_living_line_of_ours_owns_is_no_stranger() -> None:
    """Made or adopted, by this line or another; what a deleted mapping left behind is one."""
    assert strange(make_addition("9001"), own=(make_addition("9001"),)) is None
    assert strange(make_addition("9001", key=FOREIGN_KEY)) is None
    assert strange(make_addition("9001", key=GONE_KEY)) == "9001"
    adopted = name_addition(CONNECTION, AGREEMENT, "9001")
    assert strange(make_addition("9001"), names=LINES | {adopted}) is None
    assert strange(make_addition("9002"), names=LINES | {adopted}) == "9002"


def test_a_key_of_somebody_elses_tool_is_none_of_ours() -> None:
    """Even where it would name a line of ours but for the mark."""
    name = "PAX8-7"
    assert strange(make_addition("9001", key="PAX8-7-1"), names=LINES | {name}) == "9001"
