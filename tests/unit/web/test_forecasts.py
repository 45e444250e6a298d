"""Invoices: what the next ones are forecast to be, and what the last ones came to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World
from tests.unit.web.forecast_fakes import CONNECTION, FakeForecasts, make_kept, make_past
from tests.unit.web.pages import read_csv, read_source, read_words

INCIDENT = make_past(1, "35.06")
HOSTILE = "<script>alert(1)</script>=cmd"


def make_world() -> World:
    """As forecast, an incident, an incomplete one, and one that has no invoice yet."""
    incomplete = make_past(2, "99.00", missing=("Addition 9 has no price that can be read.",))
    newest = (
        make_kept(0, last=make_past()),
        make_kept(1, "100.00", last=INCIDENT),
        make_kept(2, missing=("Addition 9 has no price that can be read.",), last=incomplete),
        make_kept(3, next_invoice_on=None),
    )
    return World(forecasts=FakeForecasts(newest, (INCIDENT, replace(INCIDENT, due_on=date(2026, 10, 1)))))


async def test_each_agreement_has_its_forecast_and_its_last_invoice(browse: Open) -> None:
    words = await read_words(browse, make_world(), "/invoices")
    assert "The next invoices are forecast at 202.18 EUR on 4 agreements; 1 invoice not as forecast." in words
    assert "Customer 0000 Managed Services 1 Dec 2026 34.06 EUR 22.00 EUR As forecast 1 Nov 2026 34.06 EUR" in words
    assert "34.06 EUR 34.06 EUR 0.00 EUR" in words
    assert "Not as forecast 1 Nov 2026 34.06 EUR 35.06 EUR +1.00 EUR" in words
    assert "34.06 EUR incomplete 22.00 EUR Forecast incomplete 1 Nov 2026" in words
    assert "Customer 0003 Managed Services not known 34.06 EUR 22.00 EUR No invoice yet – – –" in words
    assert "A month (forecast)" in words


async def test_the_list_is_filtered_searched_and_ordered(browse: Open) -> None:
    world = make_world()
    assert "1 of 4 agreements" in await read_words(browse, world, "/invoices?state=incident")
    assert "1 of 4 agreements" in await read_words(browse, world, "/invoices?q=customer+0002")
    assert "Nothing here matches" in await read_words(browse, world, "/invoices?q=nobody")
    rows = await read_csv(browse, world, "/invoices.csv?sort=forecast")
    assert rows[1][0] == "Customer 0001"
    rows = await read_csv(browse, world, "/invoices.csv?sort=difference")
    assert [row[0] for row in rows[1:]][:2] == ["Customer 0002", "Customer 0001"]


async def test_before_the_first_forecast_the_page_says_when_there_is_one(browse: Open) -> None:
    words = await read_words(browse, World(), "/invoices")
    assert "Nothing is forecast yet." in words
    assert "Every night that reads an agreement forecasts its next invoice." in words


async def test_the_file_has_numbers_that_stay_numbers(browse: Open) -> None:
    less = make_kept(0, last=make_past(0, "33.06"))
    rows = await read_csv(browse, World(forecasts=FakeForecasts((less,))), "/invoices.csv")
    assert rows[0][0] == "Customer"
    assert rows[1] == [
        *("Customer 0000", "Managed Services", "400", "2026-12-01", "34.06", "22.00", ""),
        *("2026-11-01", "7701", "34.06", "33.06", "-1.00", "Not as forecast"),
    ]


async def test_one_agreement_shows_its_lines_and_all_its_invoices(browse: Open) -> None:
    world = make_world()
    words = await read_words(browse, world, f"/invoices/{CONNECTION}/401")
    assert "Customer 0001 : Managed Services" in words
    assert "for the period from 1 Dec 2026 through 31 Dec 2026: 100.00 EUR (forecast). 22.00 EUR a month" in words
    assert "9001 from 15 Nov 2026 through 31 Dec 2026 1 100.00 EUR 78.00 EUR of it for earlier days" in words
    assert "2 invoices" in words
    assert "1 Nov 2026 7701 Not as forecast The difference is more than a cent a seat; the forecast counted 1." in words
    assert "34.06 EUR 35.06 EUR +1.00 EUR" in words
    rows = await read_csv(browse, world, f"/invoices/{CONNECTION}/401/invoices.csv")
    assert rows[1] == ["2026-11-01", "7701", "34.06", "35.06", "0.00", "1.00", "1", "Not as forecast", ""]
    assert len(rows) == 3


async def test_an_agreement_without_invoices_and_with_an_incomplete_forecast_says_so(browse: Open) -> None:
    words = await read_words(browse, make_world(), f"/invoices/{CONNECTION}/402")
    assert "This forecast is incomplete. Addition 9 has no price that can be read." in words
    assert "No invoice was made since the first forecast." in words


async def test_where_there_are_too_many_lines_only_their_sum_is_shown(browse: Open) -> None:
    kept = make_kept()
    long = replace(kept, forecast=replace(kept.forecast, lines=()))
    words = await read_words(browse, World(forecasts=FakeForecasts((long,))), f"/invoices/{CONNECTION}/400")
    assert "Its forecast has more than 60 lines, of which only the sum is kept." in words
    assert "line by line" not in words


@pytest.mark.parametrize(
    ("past", "sentence"),
    [
        (make_past(invoiced=None), "no invoice of this one was found. Look for it there."),
        (make_past(flat_amount=Decimal("5.00")), "5.00 EUR of the invoice are the agreement's own amount"),
        (make_past(invoiced="33.00"), "34.06 EUR 33.00 EUR −1.06 EUR"),
    ],
)
async def test_what_a_person_should_know_of_an_invoice_stands_beside_it(
    past: object, sentence: str, browse: Open
) -> None:
    world = World(forecasts=FakeForecasts((make_kept(),), (past,)))  # type: ignore[arg-type]
    assert sentence in await read_words(browse, world, f"/invoices/{CONNECTION}/400")


@pytest.mark.parametrize("path", [f"/invoices/{CONNECTION}/999", "/invoices/other/400/invoices.csv"])
async def test_an_agreement_that_has_no_forecast_is_not_found(path: str, browse: Open) -> None:
    await read_source(browse, make_world(), path, 404)


async def test_names_and_numbers_of_others_do_no_harm(browse: Open) -> None:
    kept = make_kept(0, name=HOSTILE, last=make_past(numbers=("=1+1",)))
    world = World(forecasts=FakeForecasts((replace(kept, customer_names=(HOSTILE, "=2+2")),), (make_past(),)))
    for path in ("/invoices", f"/invoices/{CONNECTION}/400"):
        assert "<script>alert" not in await read_source(browse, world, path)
    rows = await read_csv(browse, world, "/invoices.csv")
    assert rows[1][8] == "'=1+1"


async def test_a_customer_or_agreement_without_a_name_has_a_word(browse: Open) -> None:
    kept = replace(make_kept(), customer_names=(), name="")
    words = await read_words(browse, World(forecasts=FakeForecasts((kept,))), "/invoices")
    assert "A customer that was removed An agreement without a name" in words


async def test_the_place_is_in_the_navigation(browse: Open) -> None:
    source = await read_source(browse, make_world(), "/invoices")
    assert '<a href="/invoices" aria-current="page">Invoices' in source
