"""The demos there are, and where each takes its data from."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

DEMO_ZONE = "America/New_York"
FIRST = "first"
MSP = "msp"
# The world of the large demo, of which the product has been told nothing yet.
EMPTY = "empty"
DEMO_NAMES = (FIRST, MSP, EMPTY)

type Data = dict[str, Any]


def seed_maker(demo: str, simulator: str, utc_now: Callable[[], datetime]) -> Callable[[], Data]:
    """Makes the state that a simulator of that demo starts with."""
    return lambda: make_state(demo, simulator, utc_now())


def make_state(demo: str, simulator: str, now: datetime) -> Data:
    """The state of a simulator as it is on that day."""
    if demo == FIRST:
        return _read(f"{simulator}.json")
    # The small demo is what the tests start; it does without the large one's code.
    from local.demo.msp.autotask import make_autotask
    from local.demo.msp.directory import make_microsoft
    from local.demo.msp.psa import make_connectwise

    day = now.astimezone(ZoneInfo(DEMO_ZONE)).date()
    match simulator:
        case "microsoft":
            return make_microsoft()
        case "autotask":
            return make_autotask(now, day)
        case _:
            return make_connectwise(day)


def make_product_seed(demo: str) -> Data:
    """What the product is told of the demo: partner account, connection, profiles, customers, mappings."""
    if demo == FIRST:
        return _read("seed.json")
    from local.demo.msp.product import make_seed

    return make_seed()


def _read(name: str) -> Data:
    data: Data = json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return data
