"""Invoices and their forecasts in a real browser: every state, both themes, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.vendor import copy_vendor_files
from tests.browser.looking import CROSS, LOOKS, Look, Watched, look_at
from tests.browser.serving import SignedIn, serve
from tests.unit.web.fakes import World
from tests.unit.web.forecast_fakes import CONNECTION, FakeForecasts, make_kept
from tests.unit.web.test_forecasts import make_world

pytestmark = pytest.mark.browser

PAGES = (
    ("invoices", "/invoices", "typical", LOOKS),
    ("invoices", "/invoices", "empty", CROSS),
    ("invoices", "/invoices", "large", CROSS),
    ("invoices-agreement", f"/invoices/{CONNECTION}/401", "typical", LOOKS),
    ("invoices-agreement", f"/invoices/{CONNECTION}/402", "typical", CROSS),
)


@pytest.fixture(scope="module")
def money() -> SignedIn:
    copy_vendor_files()
    many = tuple(make_kept(number, "1234567.89", name="Aldershot & Finchley " * 4) for number in range(120))
    return SignedIn(
        {"typical": make_world(), "empty": World(), "large": World(forecasts=FakeForecasts(many))}, "typical"
    )


@pytest.fixture(scope="module")
def money_address(money: SignedIn) -> Iterator[str]:
    with serve(money) as address:
        yield address


@pytest.mark.parametrize(("name", "path", "state", "looks"), PAGES)
def test_page_is_accessible_and_quiet(
    name: str,
    path: str,
    state: str,
    looks: tuple[Look, ...],
    watched: Watched,
    money: SignedIn,
    money_address: str,
) -> None:
    money.chosen = state
    watched.complaints.clear()
    watched.page.goto(f"{money_address}{path}")
    look_at(watched.page, f"{name}-{path[-3:]}-{state}", looks)
    assert watched.complaints == []
