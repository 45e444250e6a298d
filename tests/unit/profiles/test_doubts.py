"""A complete reading that contradicts itself: the directory's subscriptions against the licence's own units."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from profiles.billing import Basis, Mapping
from profiles.licences import Licence, Snapshot, Subscription, SubscriptionStatus
from profiles.quantity import doubt_count

MAPPING = Mapping("m", "c", "sku", "SPB", "p", "a", Basis.PURCHASED)
BOUGHT = Subscription("s", "SKU", "SPB", SubscriptionStatus.ENABLED, 10, False, None, None)


def read(enabled: int, warning: int, *subscriptions: Subscription, sku_id: str = "sku") -> Snapshot:
    licence = Licence(sku_id, "SPB", 0, enabled, warning, 0, 0)
    other = Licence("other", "E3", 0, 99, 0, 0, 0)
    return Snapshot("tenant", datetime(2026, 4, 1, tzinfo=UTC), (other, licence), subscriptions, ())


@pytest.mark.parametrize(("enabled", "is_doubted"), [(9, True), (10, False), (11, True)], ids=["-1", "0", "+1"])
def test_seats_that_do_not_sum_to_the_licences_own_are_doubted(enabled: int, is_doubted: bool) -> None:
    doubt = doubt_count(read(enabled, 0, BOUGHT), MAPPING)
    expected = f"Microsoft counts {enabled} seats of it, but lists subscriptions for 10. Look at both."
    assert doubt == (expected if is_doubted else None)


def test_seats_in_grace_are_compared_with_seats_in_grace() -> None:
    grace = replace(BOUGHT, status=SubscriptionStatus.WARNING, seats=3)
    assert doubt_count(read(10, 3, BOUGHT, grace), MAPPING) is None
    assert doubt_count(read(13, 0, BOUGHT, grace), MAPPING) is not None
    assert doubt_count(read(10, 4, BOUGHT, grace), MAPPING) is not None


@pytest.mark.parametrize("mapping", [replace(MAPPING, basis=Basis.ASSIGNED), replace(MAPPING, is_excluded=True)])
def test_what_is_not_billed_by_purchase_is_not_doubted(mapping: Mapping) -> None:
    assert doubt_count(read(99, 0, BOUGHT), mapping) is None


def test_a_licence_that_is_not_there_is_not_doubted() -> None:
    assert doubt_count(read(99, 0, sku_id="another"), MAPPING) is None
