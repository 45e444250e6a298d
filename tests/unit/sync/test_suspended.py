"""Suspended seats, from the night's reading to the line that waits (billing rules, 1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plans.changes import HoldRule
from profiles.licences import SubscriptionStatus
from tests.unit.plans.nights import april, in_advance
from tests.unit.sync.test_attacked_wishes import make_snapshot, run_night


@pytest.mark.parametrize(
    ("status", "rule"), [(SubscriptionStatus.SUSPENDED, HoldRule.SUSPENDED), (SubscriptionStatus.DELETED, None)]
)
async def test_a_subscription_that_turned_suspended_is_held_and_one_that_is_gone_falls(
    status: SubscriptionStatus, rule: HoldRule | None
) -> None:
    """10 Enabled and a subscription of 1, which turns: 11 → 10, read on the 11th and confirmed on the 12th."""
    world = in_advance(11)
    world.night(april(11), 10)
    read = make_snapshot(spb=10)
    turned = replace(read.subscriptions[0], id="sub-2", status=status, seats=1)
    whole = replace(read, subscriptions=(*read.subscriptions, turned))
    (result,), _ = await run_night(world, april(12), snapshot=whole)
    assert [(line.seats, line.is_approved) for line in result.writing] == ([] if rule else [(-1, False)])
    assert [each.rule for each in result.held] == ([rule] if rule else [])
