"""Mutes are found as one by one, however many there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from notify.quiet import sort_mutes
from plans.alerts.notifications import Mute, MuteScope, find_mute
from tests.unit.plans.alerts.values import keep, make_alert

TODAY = date(2026, 11, 23)
AT = datetime(2026, 11, 30, tzinfo=UTC)
TENANTS, SKUS, THINGS = ("", "t1", "T1", "t2"), ("", "s1", "S1", "s2"), ("a", "b")
ALERTS = [
    keep(replace(make_alert(thing), tenant_id=tenant, sku_id=sku))
    for thing, tenant, sku in product(THINGS, TENANTS, SKUS)
]
MUTES = st.builds(
    Mute,
    scope=st.sampled_from(MuteScope),
    about=st.just(""),
    reason=st.just(""),
    muted_by=st.just("Ada"),
    muted_at=st.just(AT),
    until=st.sampled_from((None, TODAY, TODAY - timedelta(days=1))),
    alert_id=st.sampled_from([make_alert(thing).id for thing in THINGS]),
    tenant_id=st.sampled_from(TENANTS),
    sku_id=st.sampled_from(SKUS),
)


@given(st.lists(MUTES, max_size=8))
def test_the_mute_that_is_found_is_the_first_of_the_list(mutes: list[Mute]) -> None:
    quiet = sort_mutes(mutes)
    for kept in ALERTS:
        assert quiet.find(kept, TODAY) is find_mute(kept, mutes, TODAY)
        assert list(quiet.list_about(kept.alert)) == [mute for mute in mutes if mute.covers(kept.alert)]


def test_five_thousand_alerts_with_a_mute_each_take_no_time() -> None:
    """One by one, each with each, they took seconds."""
    alerts = [keep(make_alert(str(number))) for number in range(5_000)]
    began = process_time()
    quiet = sort_mutes(Mute(MuteScope.ALERT, "", "", "Ada", AT, None, alert_id=kept.id) for kept in alerts)
    assert all(quiet.find(kept, TODAY) for kept in alerts)
    assert process_time() - began < 2
