"""Pushing where the PSA invoices additions of one agreement apart, and where it says what nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from plans.timeline import Timeline
from tests.unit.sync.desk import HOME, THROUGH, Bench, make_addition, make_adjust, make_create

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
