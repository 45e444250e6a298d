"""What the ports work out themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from plans.ports import CustomerOverview, Outside
from profiles.billing import Basis, Customer, Mapping
from profiles.licences import Term

NOTHING = cast(Any, None)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        pytest.param("Etc/GMT+12", date(2026, 11, 21), id="UTC-12"),
        pytest.param("UTC", date(2026, 11, 22), id="UTC"),
        pytest.param("Europe/Zurich", date(2026, 11, 22), id="an hour before midnight"),
        pytest.param("Europe/Helsinki", date(2026, 11, 23), id="midnight"),
        pytest.param("Pacific/Kiritimati", date(2026, 11, 23), id="UTC+14"),
    ],
)
def test_today_is_the_day_in_the_zone_of_the_msp(zone: str, day: date) -> None:
    """At 22:00 UTC, and at 11:59 UTC for the zone that is furthest behind."""
    hour, minute = (11, 59) if zone == "Etc/GMT+12" else (22, 0)
    outside = Outside(
        now=lambda: datetime(2026, 11, 22, hour, minute, tzinfo=UTC),
        zone=ZoneInfo(zone),
        night_start_hour=2,
        limits=NOTHING,
        licences=NOTHING,
        connections={},
        books=NOTHING,
        profiles=NOTHING,
        runs=NOTHING,
        archive=NOTHING,
        open_items=NOTHING,
        forecasts=NOTHING,
        alerts=NOTHING,
    )
    assert outside.local_day() == day


def test_an_overview_says_what_is_mapped_and_billed() -> None:
    premium = Mapping("m-1", "contoso", "SKU-1", "Premium", "p", "400", Basis.PURCHASED, part=Term.ANNUAL)
    ended = replace(premium, id="m-2", sku_id="sku-2", is_ended=True)
    customer = Customer("contoso", "Contoso", "t-1", "connectwise", "250")
    overview = CustomerOverview(customer, (premium, ended), {"m-1": 12, "m-2": 3, "forgotten": 9})
    assert overview.mapped == frozenset({("sku-1", Term.ANNUAL)})
    assert overview.seats == 15
