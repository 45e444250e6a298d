"""The PSA's own prices in a night: asked once, only where a line needs them, and they never stop it (P1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from plans.catalogue import PriceList
from plans.errors import Misconfigured, Park, Retry, SeatledgerError, Throttled
from plans.ports import Outside
from sync.pricing import LONGEST_KEPT, read_prices

TODAY = date(2026, 11, 23)
TWENTY = {"501": Decimal("20.00")}


@dataclass
class Kept:
    """The archive, and a PSA with a catalog."""

    kept: PriceList | None = None
    prices: dict[str, Decimal] = field(default_factory=lambda: dict(TWENTY))
    error: SeatledgerError | None = None
    asked: int = 0

    async def read_prices(self, connection_id: str | None = None) -> Any:
        if connection_id is not None:
            return self.kept
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.prices

    async def save_prices(self, _: str, prices: PriceList) -> None:
        self.kept = prices

    async def ask(self, day: date = TODAY, *wanted: str) -> dict[str, Decimal]:
        outside = cast(Outside, SimpleNamespace(archive=self, connections={"cw": self}))
        return dict(await read_prices(outside, day, "cw", frozenset(wanted or ("501",))))


async def test_a_day_asks_once_and_the_next_ones_not_at_all() -> None:
    psa = Kept()
    for offset in range(LONGEST_KEPT.days):
        assert await psa.ask(TODAY + timedelta(days=offset)) == TWENTY
    assert psa.asked == 1
    psa.prices = {"501": Decimal("22.00")}
    assert await psa.ask(TODAY + LONGEST_KEPT) == psa.prices and psa.asked == 2


async def test_a_product_that_is_not_known_is_asked_for_once_a_day() -> None:
    psa = Kept()
    await psa.ask()
    for _ in range(3):
        assert await psa.ask(TODAY, "501", "777") == TWENTY
    assert psa.asked == 1
    await psa.ask(TODAY + timedelta(days=1), "777")
    await psa.ask(TODAY + timedelta(days=1), "777")
    assert psa.asked == 2


async def test_a_list_of_a_later_day_is_not_taken() -> None:
    psa = Kept(PriceList(TODAY + timedelta(days=1), {"501": Decimal(1)}))
    assert await psa.ask() == TWENTY


@pytest.mark.parametrize("error", [Retry("x"), Throttled("x"), Park("x")], ids=["retry", "throttled", "park"])
async def test_whoever_does_not_answer_is_asked_again_and_stops_nothing(error: SeatledgerError) -> None:
    psa = Kept(error=error)
    assert await psa.ask() == {} and await psa.ask() == {}
    assert psa.asked == 2 and psa.kept is None
    psa.kept = PriceList(TODAY - LONGEST_KEPT, TWENTY)
    assert await psa.ask() == TWENTY, "an old price is better than none"


async def test_whoever_refuses_us_is_asked_once_a_day() -> None:
    psa = Kept(error=Misconfigured("x"))
    assert await psa.ask() == {} and await psa.ask() == {}
    assert psa.asked == 1


async def test_a_connection_that_was_removed_has_no_prices() -> None:
    psa = Kept()
    outside = cast(Outside, SimpleNamespace(archive=psa, connections={}))
    assert await read_prices(outside, TODAY, "cw", frozenset({"501"})) == {}
