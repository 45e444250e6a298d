"""A licence whose product a bundle on the contract bills already: a person agrees before it is billed beside it."""

from __future__ import annotations

from datetime import date

from plans.changes import HoldRule
from tests.timelines.autotask_nights import Nights, through
from tests.timelines.world import AGREEMENT, PRODUCT

APRIL_1, APRIL_4, APRIL_8 = date(2026, 4, 1), date(2026, 4, 4), date(2026, 4, 8)


def test_nothing_is_billed_beside_a_bundle_unless_a_person_agrees() -> None:
    """10 seats at 20.00 that a bundle bills as well: they were billed on the first night, unasked. Who agrees is not
    asked again."""
    story = Nights("arrears", APRIL_1)
    story.records.add("ContractServiceBundles", {"contractID": AGREEMENT, "serviceBundleID": 3})
    story.records.add("ServiceBundleServices", {"serviceBundleID": 3, "serviceID": PRODUCT})
    month = {"startDate": "2026-04-01T00:00:00Z", "endDate": "2026-04-30T00:00:00Z"}
    link = {"contractID": AGREEMENT, "contractServiceBundleID": 1}
    story.records.add("ContractServiceBundleUnits", {**link, **month, "units": 7, "approveAndPostDate": None})
    story.live(through(APRIL_1, date(2026, 4, 3)), 10)
    assert story.adjusted == []
    (hold,) = story.world.disk.holds.values()
    assert hold.line.rule is HoldRule.UNADOPTED_ADDITION
    assert hold.line.sentence == (
        "0 → 10 Business Premium: service bundle 1 of the agreement bills 7 of the same product, and no bundle is "
        "changed or adopted by Seatledger, for its units bill its other products too. Take the product out of it, or "
        "exclude the licence here, so that nothing is billed twice. Approving it bills both."
    )
    (kept,) = story.world.disk.forecasts.values()
    assert kept.forecast.missing == ("What service bundle 1 costs is not in the forecast.",)
    story.world.troubles.clear()
    story.world.approved_rules |= {HoldRule.UNADOPTED_ADDITION}
    story.live(through(APRIL_4, date(2026, 4, 7)), 10)
    story.live(through(APRIL_8, date(2026, 4, 9)), 12)
    assert story.adjusted == [("2026-04-01", 10), ("2026-04-08", 2)]
    assert story.world.troubles == []


def test_a_bundle_of_other_products_is_no_matter() -> None:
    story = Nights("arrears", APRIL_1)
    story.records.add("ContractServiceBundles", {"contractID": AGREEMENT, "serviceBundleID": 3})
    story.records.add("ServiceBundleServices", {"serviceBundleID": 3, "serviceID": PRODUCT + 1})
    story.live([APRIL_1], 10)
    assert story.adjusted == [("2026-04-01", 10)]
    assert story.world.troubles == []
