"""What pushing does with units that a PSA keeps by day: adjustments, once each, known again by the units."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plans.changes import AdjustUnits, Change, CreateAddition, FinishIntent
from plans.errors import Bug, Spent
from plans.ports import Accepted, InDoubt, Refused, WriteAnswer
from plans.results import SeatChange
from plans.runs import CustomerState
from plans.timeline import Timeline
from tests.unit.sync.desk import (
    LIMITS,
    MAPPING,
    NEXT,
    RUN,
    Bench,
    make_addition,
    make_adjust,
    make_create,
)

BEFORE = make_addition("8001", 10, unit_price=Decimal("20.00"), description="Seats")


def make_bench(*changes: Change, before: Any = BEFORE) -> Bench:
    bench = Bench()
    bench.own(before)
    bench.plan(*changes)
    return bench


UNITS = replace(BEFORE, effective_on=None, days=Timeline(((date(2026, 11, 1), 10),)))
SERVICE = make_create(0, 0)
FIRST_UNITS = make_adjust(0, 5, 1, addition_id="", made_by=SERVICE.key)


def raise_units(units: int) -> dict[str, Any]:
    """What a service has that has so many units from the next period on."""
    return {"quantity": Decimal(units), "days": Timeline(((date(2026, 11, 1), 10), (NEXT, units)))}


async def test_an_adjustment_is_sent_read_back_and_verified() -> None:
    bench = make_bench(make_adjust(10, 12), before=UNITS)
    result = await bench.push()
    assert result.changes == (SeatChange("Business Premium", 10, 12, NEXT, "8001", MAPPING),)
    assert bench.told == ["Business Premium: 10 → 12 from 1 Dec 2026, addition 8001."]
    (settlement,) = bench.books.settlements
    assert settlement.evidence.after == replace(UNITS, **raise_units(12))


@pytest.mark.parametrize(
    ("after", "price_before", "told", "ending"),
    [
        (12, "20.00", None, "verified"),
        (12, None, None, "verified"),
        (10, "20.00", None, "verified"),
        (12, "20.00", "22.00", "verified"),
        (12, "20.00", "20.00", "mismatch"),
        (10, None, None, None),
    ],
)
async def test_a_price_that_no_row_tells_is_no_other_price(
    after: int, price_before: str | None, told: str | None, ending: str | None
) -> None:
    """22.00 is sent from 1 December, of which the rows hold parts only. Where neither units nor price show anything of
    it, it is looked for."""
    known = None if price_before is None else Decimal(price_before)
    change = make_adjust(10, after, price_before=known, unit_price=Decimal(22))
    bench = make_bench(change, before=replace(UNITS, unit_price=known))

    def tell(addition: Any) -> Any:
        return replace(addition, unit_price=None if told is None else Decimal(told))

    bench.psa.read_back = tell
    await bench.push()
    assert bench.endings == ([] if ending is None else [ending])


@pytest.mark.parametrize(("units", "ending", "sent"), [(12, "verified", 0), (10, "verified", 1), (11, "mismatch", 0)])
async def test_an_adjustment_in_doubt_is_known_by_its_units(units: int, ending: str, sent: int) -> None:
    bench = make_bench(make_adjust(10, 12), before=UNITS)
    bench.promise(make_adjust(10, 12), before=bench.line().before)
    bench.psa.edit("8001", **(raise_units(units) if units != 10 else {}))
    bench.outwait()
    await bench.push()
    assert bench.endings == [ending]
    assert len(bench.psa.sent) == sent


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            raise_units(11),
            "quantity sent 12, found 11, units by day sent 10 from 1 Nov 2026, 12 from 1 Dec 2026, "
            "found 10 from 1 Nov 2026, 11 from 1 Dec 2026",
        ),
        ({"product_id": "777"}, "product should be 501, found 777"),
        ({"unit_price": Decimal(17)}, "price sent 18, found 17"),
    ],
)
async def test_an_adjustment_that_reads_back_differently_is_parked(changes: dict[str, Any], sentence: str) -> None:
    bench = make_bench(make_adjust(10, 12, unit_price=Decimal(18), price_before=Decimal(20)), before=UNITS)
    bench.psa.read_back = lambda addition: None if addition is None else replace(addition, **changes)
    await bench.push()
    assert bench.parked == f"Addition 8001 is not what was sent: {sentence}."


@pytest.mark.parametrize("landed", [date(2026, 11, 30), date(2026, 12, 2)])
async def test_first_units_that_land_on_another_day_are_parked(landed: date) -> None:
    """10 units from 1 December, and none since October before: a day late is 6.45 of 200.00 that nobody bills."""
    empty = replace(BEFORE, quantity=Decimal(0), effective_on=None, days=Timeline(), days_read_from=date(2026, 10, 1))
    bench = make_bench(make_adjust(0, 10), before=empty)

    def shift(addition: Any) -> Any:
        is_written = addition is not None and addition.quantity
        return replace(addition, days=Timeline(((landed, 10),))) if is_written else addition

    bench.psa.read_back = shift
    await bench.push()
    assert "units by day sent 10 from 1 Dec 2026, found 10 from" in (bench.parked or "")


async def test_units_that_a_person_took_from_the_first_days_are_seen_before_the_write() -> None:
    """The plan adds to 10; on the day of the adjustment there are none, which rows that are read do tell."""
    before = replace(UNITS, days_read_from=date(2026, 10, 1))
    bench = make_bench(make_adjust(10, 12), before=before)
    bench.psa.edit("8001", days=Timeline(((date(2027, 1, 1), 10),)))
    assert (await bench.push()).verified == 0
    assert bench.psa.sent == []


async def test_an_adjustment_that_is_not_shown_yet_is_waited_for_and_never_sent_again() -> None:
    bench = make_bench(make_adjust(10, 12), before=UNITS)
    bench.psa.on_send = accept_without_effect
    again = await bench.push_again()
    assert "was accepted but does not show it yet" in again.sentence
    assert bench.endings == []
    bench.psa.act(make_adjust(10, 12))
    assert (await bench.push()).verified == 1
    assert len(bench.psa.sent) == 1


async def test_an_adjustment_that_is_never_shown_is_parked() -> None:
    bench = make_bench(make_adjust(10, 12), before=UNITS)
    bench.psa.on_send = accept_without_effect
    await bench.push_again()
    bench.outwait()
    await bench.push()
    assert "took the change of addition 8001, and shows it as it was before" in (bench.parked or "")
    assert len(bench.psa.sent) == 1


async def accept_without_effect(change: Change) -> WriteAnswer:
    return Accepted("8001")


async def test_a_day_that_had_its_adjustment_is_scheduled_anew() -> None:
    async def refuse(change: Change) -> WriteAnswer:
        return Refused("Attempt to insert duplicate data.", is_day_taken=True)

    bench = make_bench(make_adjust(10, 12), before=UNITS)
    bench.psa.on_send = refuse
    result = await bench.push()
    assert (result.state, bench.endings) == (CustomerState.SCHEDULED, ["day_taken"])
    assert bench.parked is None
    assert bench.books.journal().list_adjusted("8001") == {NEXT}


async def test_an_adjustment_of_units_that_moved_is_not_made() -> None:
    bench = make_bench(make_adjust(9, 12), before=UNITS)
    assert "units of 1 Dec 2026 were 9, found 10" in (await bench.push()).sentences[0]
    assert bench.psa.sent == []


async def test_units_before_those_that_were_read_are_not_compared() -> None:
    bench = make_bench(make_adjust(0, 3, effective_on=date(2026, 10, 1)), before=UNITS)
    assert (await bench.push()).verified == 1


async def test_an_adjustment_of_what_the_plan_does_not_rest_on_is_our_mistake() -> None:
    bench = Bench()
    bench.psa.put(make_addition("8001", 10, product_id="777"), write_other())
    bench.plan(make_adjust(10, 12))
    with pytest.raises(Bug, match="adjusts addition 8001, which is none of the line's"):
        await bench.push(RUN)
    assert bench.psa.sent == []


async def test_a_service_is_made_and_its_units_are_adjusted_by_the_key_of_its_write() -> None:
    bench = Bench()
    bench.plan(SERVICE, FIRST_UNITS)
    assert (await bench.push()).verified == 2
    assert [each.kind for each in bench.psa.sent] == ["create_addition", "adjust_units"]
    adjusted = bench.psa.sent[1]
    assert isinstance(adjusted, AdjustUnits)
    assert adjusted.addition_id == "9001"
    assert bench.told == [
        "Business Premium: addition 9001.",
        "Business Premium: 0 → 5 from 1 Dec 2026, addition 9001.",
    ]
    assert bench.books.journal().list_adjusted("9001") == {NEXT}


@pytest.mark.parametrize("is_made", [True, False])
async def test_the_first_units_in_doubt_are_found_out_about_by_a_later_run(is_made: bool) -> None:
    """The service was proved, the answer to its units was lost, and another run looks after it."""
    bench = Bench()
    bench.plan(SERVICE, FIRST_UNITS)

    async def lose(change: Change) -> WriteAnswer:
        if is_made or isinstance(change, CreateAddition):
            bench.psa.act(change)
        return Accepted("9001") if isinstance(change, CreateAddition) else InDoubt("lost")

    bench.psa.on_send = lose
    await bench.push_again()
    bench.plan(bench.line(decision=FinishIntent(FIRST_UNITS)))
    bench.outwait()
    await bench.push("2026-11-23")
    assert bench.endings == ["verified", "verified" if is_made else "overtaken"]
    assert sum(isinstance(each, AdjustUnits) for each in bench.psa.sent) == 1


async def test_a_price_alone_is_known_by_the_price() -> None:
    bench = make_bench(
        make_adjust(10, 10, unit_price=Decimal(22), price_before=Decimal(20)),
        before=replace(UNITS, unit_price=Decimal(20)),
    )
    bench.psa.on_send = accept_without_effect
    assert "does not show it yet" in (await bench.push_again()).sentence
    bench.psa.edit("8001", unit_price=Decimal(22))
    assert (await bench.push()).verified == 1


def write_other() -> Any:
    return make_addition("8002", 3)


async def test_a_spent_budget_is_waited_for() -> None:
    bench = make_bench(make_adjust(10, 12), before=UNITS)

    def refuse() -> None:
        raise Spent("7600 of 10000 requests were made")

    bench.psa.on_read = refuse
    again = await bench.push_again()
    assert (again.seconds, again.sentence) == (LIMITS.budget_pause.total_seconds(), "7600 of 10000 requests were made")


async def test_units_that_are_not_read_twice_alike_are_read_again() -> None:
    """The adjustment lands between two pages of the first read-back: its last row alone is new."""
    bench = make_bench(make_adjust(10, 12), before=UNITS)
    torn = Timeline(((date(2026, 11, 1), 10), (date(2028, 10, 1), 12)))
    readings = iter((True,))

    def tear(addition: Any) -> Any:
        is_after = addition is not None and addition.quantity == 12
        return replace(addition, days=torn) if is_after and next(readings, False) else addition

    bench.psa.read_back = tear
    again = await bench.push_again()
    assert "was accepted but is not read twice alike yet" in again.sentence
    await bench.push()
    assert (bench.endings, bench.parked, len(bench.psa.sent)) == (["verified"], None, 1)
