"""Forecasts and invoices: the newest of each agreement, and what invoices came to, kept for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.forecasting_port import Forecasts as ForecastsPort
from plans.invoices import MOST_KEPT_LINES, MOST_KEPT_STARTS, InvoiceDifference, KeptForecast
from store.codec import encode
from store.invoices import TableForecasts
from store.storage import TABLES, Storage
from store.tables import VALUE_LENGTH_LIMIT, make_row
from tests.simulation.forecasts import Forecasts
from tests.simulation.store import Store
from tests.unit.plans.test_forecast import add, forecast
from tests.unit.plans.test_invoices import make_kept

APRIL = date(2026, 4, 1)


@pytest.fixture(params=("table", "memory"))
async def forecasts(request: pytest.FixtureRequest, storage: Storage, memory: Store) -> ForecastsPort:
    if request.param == "memory":
        return Forecasts(memory.disk, memory.faults, memory.process)
    # A name of its own for every test: the emulator keeps what earlier tests wrote.
    table = await storage.tables.create_table(f"invoices{abs(hash(request.node.name)):x}")
    return TableForecasts(table)


def name(kept: KeptForecast, agreement_id: str) -> KeptForecast:
    return replace(kept, forecast=replace(kept.forecast, agreement_id=agreement_id))


def make_difference(due_on: date = APRIL, invoiced: str | None = "34.06") -> InvoiceDifference:
    amount = None if invoiced is None else Decimal(invoiced)
    return InvoiceDifference(
        "cw", "1201", due_on, ("7701",), Decimal("34.05"), amount, Decimal("5.00"), Decimal("1.5"), ("Addition 9.",)
    )


async def test_nothing_is_there_before_the_first_forecast(forecasts: ForecastsPort) -> None:
    assert await forecasts.list_newest() == ()
    assert await forecasts.read_newest("cw", "1201") is None
    assert await forecasts.list_differences("cw", "1201") == ()


async def test_the_newest_forecast_takes_the_place_of_the_one_before(forecasts: ForecastsPort) -> None:
    first = make_kept(starts={"9001": APRIL}, last=make_difference())
    newer = make_kept("11")
    await forecasts.save_newest([first, name(first, "1202")])
    await forecasts.save_newest([newer])
    await forecasts.save_newest([])
    assert await forecasts.read_newest("cw", "1201") == newer
    assert await forecasts.read_newest("cw", "1202") == name(first, "1202")
    assert await forecasts.read_newest("other", "1201") is None
    assert await forecasts.list_newest() == (newer, name(first, "1202"))


async def test_more_forecasts_than_fit_one_batch_are_kept(forecasts: ForecastsPort) -> None:
    kept = [name(make_kept(), str(number)) for number in range(1000, 1205)]
    await forecasts.save_newest(kept)
    assert await forecasts.list_newest() == tuple(kept)


async def test_differences_are_kept_newest_first_and_an_invoice_made_again_replaces_its_own(
    forecasts: ForecastsPort,
) -> None:
    may = make_difference(date(2026, 5, 1), None)
    await forecasts.save_differences([make_difference(invoiced="1.00"), may])
    await forecasts.save_differences([make_difference()])
    await forecasts.save_differences([replace(make_difference(), agreement_id="1202")])
    assert await forecasts.list_differences("cw", "1201") == (may, make_difference())
    assert await forecasts.list_newest() == ()


def test_the_longest_forecast_that_is_kept_fits_a_row() -> None:
    line = replace(forecast(add()).lines[0], addition_id="1234567890")
    longest = make_kept(
        starts={f"{number:010}": APRIL for number in range(MOST_KEPT_STARTS)},
        name="x" * 100,
    )
    longest = replace(longest, forecast=replace(longest.forecast, lines=(line,) * MOST_KEPT_LINES)).shorten()
    text = encode(KeptForecast, longest)
    assert make_row("newest", longest.id, text)["value"]
    assert len(text) + MOST_KEPT_LINES * 100 < VALUE_LENGTH_LIMIT


def test_the_table_is_one_of_those_that_are_prepared() -> None:
    assert "invoices" in TABLES
