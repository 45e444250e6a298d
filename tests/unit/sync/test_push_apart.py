"""Pushing where the PSA invoices additions of one agreement apart, and where it says what nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plans.changes import AdjustUnits, Change
from plans.ports import Accepted, WriteAnswer
from plans.timeline import Timeline
from tests.unit.sync.desk import HOME, NEXT, THROUGH, Bench, make_addition, make_adjust, make_create

UNITS = replace(make_addition("8001", 10), effective_on=None, days=Timeline(((date(2026, 11, 1), 10),)))
EARLIER, LATER = date(2026, 9, 30), date(2026, 12, 31)


def post(bench: Bench, **days: date) -> None:
    """Each addition is invoiced through its day; `new` is one that is not there yet."""
    apart = tuple(sorted(("" if name == "new" else name[1:], day) for name, day in days.items()))
    bench.psa.change(facts=replace(bench.psa.agreements[HOME].facts, posted_apart=apart))  # type: ignore[union-attr]


def make_bench(*changes: Any, **days: date) -> Bench:
    bench = Bench()
    bench.own(UNITS)
    post(bench, **days)
    bench.plan(*changes)
    return bench


@pytest.mark.parametrize(("days", "through"), [({}, THROUGH), ({"_8001": EARLIER, "_8002": LATER}, EARLIER)])
async def test_a_proof_says_what_was_invoiced_of_the_addition_itself(days: dict[str, date], through: date) -> None:
    bench = make_bench(make_adjust(10, 12), **days)
    await bench.push()
    assert [entry.invoiced_through for entry in bench.ledger] == [through]


async def test_what_is_made_now_is_invoiced_as_what_is_not_there_yet() -> None:
    bench = make_bench(make_create(0, 0), make_adjust(0, 5, 1, addition_id="", made_by=make_create(0, 0).key))
    post(bench, new=EARLIER, _8001=LATER)
    bench.plan(make_create(1, 0), make_adjust(0, 5, 2, addition_id="", made_by=make_create(1, 0).key))
    await bench.push()
    assert [entry.invoiced_through for entry in bench.ledger] == [EARLIER, EARLIER]


@pytest.mark.parametrize(
    ("days", "ending"),
    [({"_8001": EARLIER, "_8002": EARLIER}, "verified"), ({"_8001": LATER, "_8002": LATER}, "overtaken")],
)
async def test_an_addition_that_is_invoiced_meanwhile_voids_what_was_planned_for_it(
    days: dict[str, date], ending: str
) -> None:
    """What is invoiced of another one is no business of this line's."""
    bench = make_bench(make_adjust(10, 12), _8001=EARLIER, _8002=LATER)
    post(bench, **days)
    await bench.push()
    assert bench.endings == [ending]


@pytest.mark.parametrize(("days", "ending"), [({"_8001": THROUGH, "_8002": LATER}, "verified"), ({}, "overtaken")])
async def test_when_the_next_addition_is_invoiced_voids_nothing_where_each_has_its_day(
    days: dict[str, date], ending: str
) -> None:
    """It follows from the days, of which another one's moved; where all have one day, it is the agreement's."""
    bench = make_bench(make_adjust(10, 12), **days)
    facts = replace(bench.psa.agreements[HOME].facts, next_invoice_on=LATER)  # type: ignore[union-attr]
    bench.psa.change(facts=facts)
    await bench.push()
    assert bench.endings == [ending]


async def test_an_addition_of_which_nobody_can_tell_what_it_bills_is_not_written() -> None:
    """Neither before the write, nor to find out what became of one."""
    doubt = "Several rows of units begin on one day."
    bench = make_bench(make_adjust(10, 12))
    bench.psa.edit("8001", doubt=doubt)
    again = await bench.push_again()
    assert doubt in again.sentence
    assert (bench.psa.sent, bench.endings) == ([], [])
    bench.psa.edit("8001", doubt="")
    bench.outwait()
    await bench.push()
    assert bench.endings == ["verified"]


OTHER_PRICE: dict[str, Any] = {"unit_price": Decimal(22), "price_before": Decimal(20)}
SAID = (
    "Agreement 1201 was invoiced while Business Premium was changed from 1 Dec 2026 ({what}); it is "
    "invoiced {known} now. Either that invoice has the change already, or the PSA bills the difference from 1 Dec "
    "2026 on by an item of its own, though no credit was meant. Look at the billing items of addition 8001, and put "
    "right by hand what should not be."
)


async def push_while_invoiced(change: AdjustUnits, through: date | None, **members: Any) -> Bench:
    """The change is written, and the agreement is invoiced in the same moment."""
    bench = Bench()
    bench.own(replace(UNITS, unit_price=Decimal(20)))
    bench.plan(change)

    async def invoice_first(sent: Change) -> WriteAnswer:
        bench.psa.change(**members)
        bench.psa.invoice(through)
        return Accepted(bench.psa.act(sent))

    bench.psa.on_send = invoice_first
    await bench.push()
    assert bench.endings == ["verified"]
    return bench


@pytest.mark.parametrize(
    ("change", "through", "told"),
    [
        (make_adjust(10, 8), LATER, SAID.format(what="10 → 8", known="through 31 Dec 2026")),
        (make_adjust(10, 8), NEXT, SAID.format(what="10 → 8", known="through 1 Dec 2026")),
        (make_adjust(10, 8), None, SAID.format(what="10 → 8", known="nobody can tell through which day")),
        (
            make_adjust(10, 10, **OTHER_PRICE),
            LATER,
            SAID.format(what="the price 20.00 → 22.00", known="through 31 Dec 2026"),
        ),
        (
            make_adjust(10, 12, **OTHER_PRICE),
            LATER,
            SAID.format(what="10 → 12, the price 20.00 → 22.00", known="through 31 Dec 2026"),
        ),
        (make_adjust(10, 8), THROUGH, None),
        (make_adjust(10, 12), LATER, None),
        (make_adjust(10, 12, unit_price=Decimal(20), price_before=Decimal(20)), LATER, None),
        (make_adjust(10, 8, effective_on=date(2026, 11, 20)), LATER, None),
    ],
)
async def test_what_is_taken_away_while_its_days_are_invoiced_is_told(
    change: AdjustUnits, through: date | None, told: str | None
) -> None:
    """The PSA gives it back by itself. What was invoiced when it was planned was meant to be given back."""
    assert (await push_while_invoiced(change, through)).parked == told


@pytest.mark.parametrize(
    ("parts", "is_told"), [(None, True), ((), False), ((("8001", NEXT),), True), ((("8002", NEXT),), False)]
)
async def test_no_units_are_invoiced_where_their_part_is(
    parts: tuple[tuple[str, date], ...] | None, is_told: bool
) -> None:
    """P of no units goes along with the agreement's, whoever invoiced what of it."""
    bench = await push_while_invoiced(make_adjust(10, 0), LATER, posted_parts=parts)
    assert (bench.parked is not None) == is_told


NEW_SERVICE = make_create(0, 0)
FIRST_UNITS = make_adjust(0, 5, 1, effective_on=date(2026, 11, 20), addition_id="", made_by=NEW_SERVICE.key)
FEWER_UNITS = make_adjust(5, 4, 2, addition_id="", made_by=NEW_SERVICE.key)


@pytest.mark.parametrize(("planned", "is_told"), [(LATER, False), (THROUGH, True)])
async def test_units_of_a_new_addition_on_days_that_are_invoiced_are_no_new_invoice(
    planned: date, is_told: bool
) -> None:
    """5 from 20 November and 4 from 1 December, of an addition that is not there yet. Where the agreement was invoiced
    through December when that was planned, the 5 are as soon as they are put there; else an invoice came between."""
    bench = Bench()
    bench.psa.change(facts=replace(bench.psa.agreements[HOME].facts, invoiced_through=planned))  # type: ignore[union-attr]
    post(bench, new=THROUGH)
    bench.plan(NEW_SERVICE, FIRST_UNITS, FEWER_UNITS)

    async def invoice_units(sent: Change) -> WriteAnswer:
        made = bench.psa.act(sent)
        if sent == replace(FIRST_UNITS, addition_id="9001"):
            post(bench, new=THROUGH, _9001=LATER)
        return Accepted(made)

    bench.psa.on_send = invoice_units
    await bench.push()
    assert bench.endings == ["verified", "verified", "verified"]
    assert (bench.parked is not None) == is_told
