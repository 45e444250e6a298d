"""The protocol of one write that changes an addition: absolute values, and still never sent blindly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plans.agreements import Addition
from plans.changes import Change, FinishIntent, SetAddition
from plans.ledger import LedgerEntry
from plans.ports import InDoubt, Refused, WriteAnswer
from plans.results import SeatChange
from plans.runs import CustomerState
from plans.timeline import Timeline
from profiles.billing import BillableOption
from tests.unit.sync.desk import (
    HOME,
    MAPPING,
    NEXT,
    THROUGH,
    TODAY,
    Bench,
    make_addition,
    make_set,
)

BEFORE = make_addition("8001", 10, unit_price=Decimal("20.00"), description="Seats")
RAISE = make_set(BEFORE, quantity=Decimal(12))
END = make_set(BEFORE, cancelled_on=THROUGH)
ENDED = replace(BEFORE, cancelled_on=THROUGH)
NEW_YEARS_EVE = date(2026, 12, 31)


def make_bench(*changes: Change, before: Any = BEFORE) -> Bench:
    bench = Bench()
    bench.own(before)
    bench.plan(*changes)
    return bench


def invoice_first(bench: Bench, through: date | None) -> Callable[[Addition | None], Addition | None]:
    """Somebody makes an invoice just before the read-back."""

    def read_back(addition: Addition | None) -> Addition | None:
        bench.psa.invoice(through)
        return addition

    return read_back


async def test_a_raise_is_sent_read_back_and_verified() -> None:
    bench = make_bench(RAISE)
    result = await bench.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.CHANGED, 1, 1)
    assert result.changes == (SeatChange("Business Premium", 10, 12, NEXT, "8001", MAPPING),)
    assert bench.psa.calls == [
        "read agreements",
        "count additions",
        "send",
        "read back",
        "read agreements",
    ]
    assert bench.told == ["Business Premium: 10 → 12 from 1 Dec 2026, addition 8001."]
    assert bench.ledger == [LedgerEntry(MAPPING, NEXT, 0, Timeline(((NEXT, 12),)), "8001", THROUGH)]
    (settlement,) = bench.books.settlements
    assert (settlement.last_quantity, settlement.agreement_ids) == (12, (HOME,))
    assert settlement.evidence.after == replace(BEFORE, quantity=Decimal(12))


async def test_an_end_is_sent_read_back_and_verified() -> None:
    bench = make_bench(END)
    assert (await bench.push()).state is CustomerState.CHANGED
    assert bench.psa.calls == ["read agreements", "count additions", "send", "read back", "read agreements"]
    assert bench.told == ["Business Premium: 10 → 0 from 1 Dec 2026, addition 8001 ends on 30 Nov 2026."]
    assert (bench.books.settlements[0].last_quantity, bench.books.settlements[0].agreement_ids) == (0, (HOME,))


@pytest.mark.parametrize(("last_day", "read"), [(25, ("1201",)), (24, ())])
async def test_what_ended_150_days_ago_is_read_no_more(last_day: int, read: tuple[str, ...]) -> None:
    """On 22 November 2026, 25 June is the 150th day before."""
    bench = make_bench(make_set(BEFORE, cancelled_on=date(2026, 6, last_day)))
    await bench.push()
    assert bench.books.settlements[0].agreement_ids == read


@pytest.mark.parametrize(
    ("before", "changes", "sentence"),
    [
        (
            ENDED,
            {"cancelled_on": None},
            "Business Premium: 0 → 10 from 1 Dec 2026, addition 8001 has no end any more.",
        ),
        (
            BEFORE,
            {"unit_price": Decimal(22)},
            "Business Premium: price 20.00 → 22.00 from 1 Dec 2026, addition 8001.",
        ),
        (
            replace(BEFORE, unit_price=None),
            {"unit_price": Decimal("2.125")},
            "Business Premium: price no price of ours → 2.125 from 1 Dec 2026, addition 8001.",
        ),
        (BEFORE, {"description": "For Ada"}, "Business Premium: text on the invoice, addition 8001."),
        (
            BEFORE,
            {"billable_option": BillableOption.NO_CHARGE},
            "Business Premium: billable → no charge, addition 8001.",
        ),
        (
            BEFORE,
            {"quantity": Decimal(8), "unit_price": Decimal("22.5"), "description": "x"},
            "Business Premium: 10 → 8 from 1 Dec 2026, price 20.00 → 22.50 from 1 Dec 2026, "
            "text on the invoice, addition 8001.",
        ),
    ],
)
async def test_every_change_is_told_in_a_sentence(before: Any, changes: dict[str, Any], sentence: str) -> None:
    bench = make_bench(make_set(before, **changes), before=before)
    assert (await bench.push()).verified == 1
    assert bench.told == [sentence]


async def test_a_line_that_moved_no_seats_is_shown_with_the_seats_it_has() -> None:
    bench = make_bench(make_set(BEFORE, description="For Ada"))
    assert (await bench.push()).changes == (SeatChange("Business Premium", 10, 10, NEXT, "8001", MAPPING),)


# Somebody else was there


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quantity": Decimal(11)}, "quantity was 10, found 11"),
        ({"effective_on": TODAY}, "effective date was 1 Nov 2026, found 22 Nov 2026"),
        ({"cancelled_on": NEW_YEARS_EVE}, "cancelled date was nothing, found 31 Dec 2026"),
        ({"included": Decimal(1)}, "included was 0, found 1"),
    ],
)
async def test_an_addition_that_moved_after_planning_is_not_written(changes: dict[str, Any], sentence: str) -> None:
    """It is found by the comparison of all additions, or, where a plan rests on it no more than that, by its own."""
    bench = make_bench(RAISE)
    bench.psa.edit("8001", **changes)
    result = await bench.push()
    assert (result.state, result.writes) == (CustomerState.PARKED, 0)
    assert bench.endings == ["overtaken"]
    assert bench.psa.sent == []
    edited = replace(BEFORE, **changes).without_words_and_price()
    bench.plan(make_set(BEFORE, 1, quantity=Decimal(12)))
    assert edited in bench.line(RAISE).before[0].additions
    assert sentence in (await bench.push()).sentences[0]


@pytest.mark.parametrize(
    ("sent", "edited", "verified"),
    [
        ({"quantity": Decimal(12)}, {"unit_price": Decimal(21), "description": "Theirs"}, 1),
        ({"unit_price": Decimal(22)}, {"unit_price": Decimal(21)}, 0),
        ({"description": "Ours"}, {"description": "Theirs"}, 0),
        ({"description": "Ours"}, {"description": "Seats  "}, 1),
    ],
)
async def test_a_price_or_a_text_counts_only_where_it_is_written(
    sent: dict[str, Any], edited: dict[str, Any], verified: int
) -> None:
    bench = make_bench(make_set(BEFORE, **sent))
    bench.psa.edit("8001", **edited)
    assert (await bench.push()).verified == verified
    assert bench.endings == (["verified"] if verified else ["overtaken"])


async def test_an_addition_that_is_gone_is_not_written() -> None:
    bench = make_bench(RAISE)
    bench.psa.drop("8001")
    await bench.push()
    assert bench.endings == ["overtaken"]
    bench.plan(make_set(BEFORE, 1, quantity=Decimal(12)))
    assert (await bench.push()).sentences == ("Addition 8001 of Business Premium is no longer in the PSA.",)


async def test_an_addition_with_an_end_that_no_list_shows_is_asked_for_by_its_id() -> None:
    ended = replace(BEFORE, cancelled_on=NEW_YEARS_EVE)
    bench = Bench()
    bench.own(ended)
    bench.psa.hidden.add("8001")
    bench.plan(bench.line(make_set(ended, cancelled_on=THROUGH)))
    bench.archive.plans[bench.plan_hash] = replace(
        bench.archive.plans[bench.plan_hash],
        lines=(replace(bench.line(make_set(ended, cancelled_on=THROUGH)), before=()),),
    )
    assert (await bench.push()).verified == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"quantity": Decimal(10)}, "quantity sent 12, found 10"),
        ({"quantity": Decimal(13)}, "quantity sent 12, found 13"),
        ({"cancelled_on": NEW_YEARS_EVE}, "cancelled date should be nothing, found 31 Dec 2026"),
        ({"product_id": "777"}, "product should be 501, found 777"),
        ({"key": "x"}, "key should be nothing, found x"),
        (
            {"quantity": Decimal(11), "effective_on": None},
            "quantity sent 12, found 11, effective date should be 1 Nov 2026, found nothing",
        ),
    ],
)
async def test_an_edit_between_the_look_and_the_write_is_found_by_the_read_back(
    changes: dict[str, Any], sentence: str
) -> None:
    bench = make_bench(RAISE)
    bench.psa.read_back = lambda addition: None if addition is None else replace(addition, **changes)
    result = await bench.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.PARKED, 1, 0)
    assert bench.parked == f"Addition 8001 is not what was sent: {sentence}."
    assert bench.ledger == []


async def test_a_text_that_somebody_writes_meanwhile_is_nobodys_business() -> None:
    bench = make_bench(RAISE)
    changes: dict[str, Any] = {"description": "x", "unit_price": None}
    bench.psa.read_back = lambda addition: None if addition is None else replace(addition, **changes)
    assert (await bench.push()).verified == 1


# Recovery


@pytest.mark.parametrize("change", [RAISE, END, make_set(BEFORE, description="For Ada")])
async def test_a_lost_answer_is_found_by_its_values_and_never_sent_again(change: SetAddition) -> None:
    bench = make_bench(change)
    bench.answer(InDoubt("lost"), acts=True)
    await bench.push_again()
    assert (await bench.push()).verified == 1
    assert len(bench.psa.sent) == 1


async def test_a_lost_end_whose_addition_no_list_shows_any_more_is_found_by_its_id() -> None:
    bench = make_bench(END)
    bench.answer(InDoubt("lost"), acts=True)
    await bench.push_again()
    bench.psa.hidden.add("8001")
    assert (await bench.push()).verified == 1


async def test_what_had_no_effect_is_outwaited_and_sent_again_by_the_same_plan() -> None:
    bench = make_bench(RAISE)
    bench.answer(InDoubt("lost"))
    await bench.push()
    assert "may still act" in (await bench.push_again()).sentence
    bench.outwait()
    bench.psa.on_send = None
    assert (await bench.push()).verified == 1
    assert sorted(bench.books.intents) == [(MAPPING, 0, 0), (MAPPING, 0, 1)]
    assert bench.psa.sent == [RAISE, RAISE]


async def test_what_had_no_effect_is_not_sent_again_once_the_world_moved() -> None:
    bench = make_bench(RAISE)
    bench.answer(InDoubt("lost"))
    await bench.push()
    bench.outwait()
    bench.psa.edit("8001", cancelled_on=NEW_YEARS_EVE)
    await bench.push()
    assert bench.endings == ["overtaken"]
    assert len(bench.psa.sent) == 1


async def test_what_another_plan_promised_and_had_no_effect_is_not_sent_again() -> None:
    bench = make_bench(RAISE)
    bench.promise(RAISE)
    bench.outwait()
    bench.plan(bench.line(decision=FinishIntent(RAISE)))
    result = await bench.push("2026-11-23")
    assert result.sentences == ("What was promised for Business Premium never arrived. The next run plans it afresh.",)
    assert bench.psa.sent == []


def set_eleven(bench: Bench) -> None:
    bench.psa.edit("8001", quantity=Decimal(11))


def drop(bench: Bench) -> None:
    bench.psa.drop("8001")


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (
            set_eleven,
            "Addition 8001 is neither as it was nor as Seatledger sent it: quantity sent 12, found 11. "
            "Put it right in the PSA, or accept it as it is.",
        ),
        (drop, "Addition 8001 is gone. Somebody deleted it in the PSA."),
    ],
)
async def test_what_is_neither_before_nor_after_is_parked_once_nothing_can_land_any_more(
    edit: Callable[[Bench], None], sentence: str
) -> None:
    bench = make_bench(RAISE)
    bench.answer(InDoubt("lost"))
    await bench.push()
    edit(bench)
    assert "may still act" in (await bench.push_again()).sentence
    bench.outwait()
    result = await bench.push()
    assert result.state is CustomerState.PARKED
    assert bench.parked == sentence
    assert bench.endings == ["mismatch"]
    assert len(bench.psa.sent) == 1


async def test_an_agreement_that_is_not_there_proves_nothing_about_a_promise() -> None:
    bench = make_bench(RAISE)
    bench.promise(RAISE)
    bench.outwait()
    del bench.psa.agreements[HOME]
    assert "does not read the same twice" in (await bench.push_again()).sentence


async def test_what_was_accepted_and_put_back_is_never_sent_again() -> None:
    bench = make_bench(RAISE)
    bench.psa.read_back = lambda _: None
    assert "accepted but cannot be read back" in (await bench.push_again()).sentence
    bench.psa.edit("8001", quantity=Decimal(10))
    bench.outwait()
    bench.psa.read_back = lambda addition: addition
    await bench.push()
    assert bench.endings == ["mismatch"]
    assert "took the change of addition 8001, and shows it as it was before" in (bench.parked or "")
    assert len(bench.psa.sent) == 1


async def test_a_refusal_writes_nothing() -> None:
    bench = make_bench(RAISE)
    bench.answer(Refused("No."))
    assert (await bench.push()).state is CustomerState.FAILED
    assert bench.books.settlements[0].last_quantity == 10


# Invoiced while it was written


async def push_invoiced(change: SetAddition, through: date | None, before: Any = BEFORE) -> Bench:
    """The agreement is invoiced in the moment of the write."""
    bench = make_bench(change, before=before)

    async def send(sent: Change) -> WriteAnswer:
        bench.psa.invoice(through)
        bench.psa.on_send = None
        return await bench.psa.send(sent)

    bench.psa.on_send = send
    result = await bench.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.PARKED, 1, 1)
    assert result.sentences == (bench.parked,)
    assert bench.endings == ["verified"]
    assert len(bench.ledger) == 1
    assert bench.told[0].endswith(bench.parked or "nothing")
    return bench


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quantity": Decimal(12)}, "10 seats instead of 12, 2 too few, of addition 8001"),
        ({"quantity": Decimal(7)}, "10 seats instead of 7, 3 too many, of addition 8001"),
        ({"unit_price": Decimal(22)}, "the price 20.00 instead of 22.00 of addition 8001"),
        ({"billable_option": BillableOption.NO_CHARGE}, "billable instead of no charge of addition 8001"),
        ({"description": "x"}, "the old text of addition 8001"),
    ],
)
async def test_an_invoice_during_the_write_is_a_persons_to_look_at(changes: dict[str, Any], said: str) -> None:
    bench = await push_invoiced(make_set(BEFORE, **changes), NEW_YEARS_EVE)
    assert bench.parked == (
        "Agreement 1201 was invoiced while Business Premium was changed: 1 Dec 2026 through 31 Dec 2026 may have been "
        f"billed with {said}. Look at that invoice, and put the difference right by hand if it was."
    )


@pytest.mark.parametrize(
    ("through", "said"),
    [
        (None, "it was through 30 Nov 2026, and is now nobody can tell through which day"),
        (date(2026, 10, 31), "it was through 30 Nov 2026, and is now through 31 Oct 2026"),
    ],
)
async def test_an_invoice_that_was_deleted_during_the_write_is_as_well(through: date | None, said: str) -> None:
    bench = await push_invoiced(RAISE, through)
    assert said in (bench.parked or "")


@pytest.mark.parametrize(
    ("before", "last", "said"),
    [
        (BEFORE, THROUGH, "1 Dec 2026 through 31 Dec 2026 may have been billed with 10 seats too many"),
        (BEFORE, date(2026, 11, 24), "25 Nov 2026 through 31 Dec 2026 may have been billed with 10 seats too many"),
        (BEFORE, date(2026, 12, 30), "31 Dec 2026 through 31 Dec 2026 may have been billed with 10 seats too many"),
        (ENDED, None, "1 Dec 2026 through 31 Dec 2026 may have been billed with 10 seats too few"),
    ],
)
async def test_an_invoice_of_days_that_an_end_moves_is_as_well(before: Addition, last: date | None, said: str) -> None:
    bench = await push_invoiced(make_set(before, cancelled_on=last), NEW_YEARS_EVE, before)
    assert bench.parked == (
        f"Agreement 1201 was invoiced while Business Premium was changed: {said} of addition 8001. Look at that "
        "invoice, and put the difference right by hand if it was."
    )


async def test_an_end_is_as_well_where_nobody_can_tell_what_is_invoiced_since() -> None:
    bench = await push_invoiced(END, None)
    assert "it was through 30 Nov 2026, and is now nobody can tell through which day" in (bench.parked or "")


@pytest.mark.parametrize(
    ("seats", "last", "through"),
    [
        (10, NEW_YEARS_EVE, NEW_YEARS_EVE),
        (10, THROUGH, date(2026, 10, 31)),
        (10, date(2026, 10, 20), date(2026, 10, 31)),
        (0, THROUGH, NEW_YEARS_EVE),
        (0, THROUGH, None),
    ],
)
async def test_an_end_that_no_invoice_bills_otherwise_is_right(seats: int, last: date, through: date | None) -> None:
    before = replace(BEFORE, quantity=Decimal(seats))
    bench = make_bench(make_set(before, cancelled_on=last), before=before)
    bench.psa.read_back = invoice_first(bench, through)
    result = await bench.push()
    assert (result.state, bench.parked) == (CustomerState.CHANGED, None)


async def test_an_end_that_was_planned_where_nobody_could_tell_is_as_well() -> None:
    bench = Bench()
    bench.psa.invoice(None)
    bench.own(BEFORE)
    bench.plan(END)
    bench.psa.read_back = invoice_first(bench, NEW_YEARS_EVE)
    await bench.push()
    assert "it was through an unknown day, and is now through 31 Dec 2026" in (bench.parked or "")


async def test_a_first_invoice_during_the_write_is_as_well() -> None:
    bench = Bench()
    bench.psa.invoice(None)
    bench.own(BEFORE)
    bench.plan(RAISE)
    bench.psa.read_back = invoice_first(bench, THROUGH)
    await bench.push()
    assert "it was through an unknown day, and is now through 30 Nov 2026" in (bench.parked or "")


async def test_a_crash_before_that_look_looks_again_and_still_knows_what_was_invoiced_then() -> None:
    bench = make_bench(RAISE)
    bench.promise(RAISE)
    bench.psa.act(RAISE)
    bench.psa.invoice(NEW_YEARS_EVE)
    bench.plan(bench.line(decision=FinishIntent(RAISE)))
    await bench.push("2026-12-01")
    assert bench.endings == ["verified"]
    assert "1 Dec 2026 through 31 Dec 2026 may have been billed with 10 seats" in (bench.parked or "")


async def test_an_agreement_that_cannot_be_read_after_the_write_is_read_again_later() -> None:
    bench = make_bench(RAISE)
    gone = bench.psa.agreements[HOME]

    def read_back(addition: Any) -> Any:
        del bench.psa.agreements[HOME]
        return addition

    bench.psa.read_back = read_back
    assert "cannot be read after it was written to" in (await bench.push_again()).sentence
    assert bench.endings == []
    bench.psa.read_back = lambda addition: addition
    bench.psa.agreements[HOME] = gone
    bench.psa.act(RAISE)
    assert (await bench.push()).verified == 1
    assert len(bench.psa.sent) == 1


async def test_who_finds_it_parked_so_says_so() -> None:
    bench = await push_invoiced(RAISE, NEW_YEARS_EVE)
    result = await bench.push()
    assert (result.state, result.sentences) == (CustomerState.PARKED, (bench.parked,))
