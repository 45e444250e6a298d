"""Pushing beside an addition with another line's key, which that line knows nothing of."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plans.keys import make_key
from plans.standing import Standing
from tests.unit.sync.desk import HOME, Bench, make_addition, make_create


@pytest.mark.parametrize(("quantity", "ending"), [(3, "verified"), (4, "overtaken")])
async def test_a_write_rests_on_a_copy_that_its_plan_has_seen(quantity: int, ending: str) -> None:
    """Somebody approved 10 seats beside 3, and not beside 4."""
    bench, copy = Bench(), make_addition("77", 3, key=make_key("another", 7))
    bench.psa.put(copy)
    bench.plan(bench.line(make_create(), before=(Standing(HOME, (copy.without_words_and_price(),)),)))
    bench.psa.edit("77", quantity=Decimal(quantity))
    await bench.push()
    assert bench.endings == [ending]
