"""Who gets into which tenant, whose tokens are revoked, and who is throttled by nature."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from local.simulators.microsoft.partner_rows import running_term, subscription_row
from tests.unit.local.simulators.conftest import Simulator

PARTNER = "7d0c7a52-3f0e-4c57-9d6b-0a6f1f4f2b10"
CUSTOMER = "5c2f6c0e-9a41-4c8e-8f57-2f1d6a7b3c11"
SUBSCRIPTIONS = "/v1.0/directory/subscriptions"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def sign_in(microsoft: Simulator, tenant: str, refresh_token: str | None = None) -> httpx.Response:
    form = dict(microsoft.form)
    if refresh_token is not None:
        form["refresh_token"] = refresh_token
    form["scope"] += " offline_access"
    return microsoft.client.post(f"/{tenant}/oauth2/v2.0/token", data=form)


def change(microsoft: Simulator, path: str, **members: Any) -> None:
    microsoft.client.patch(f"/__simulator/{path}", json=members).raise_for_status()


def codes(answer: httpx.Response) -> list[int]:
    found: list[int] = answer.json()["error_codes"]
    return found


def test_without_gdap_nobody_gets_in(microsoft: Simulator) -> None:
    change(microsoft, f"relationships/{CUSTOMER}-{CUSTOMER}", status="expired")
    assert codes(sign_in(microsoft, CUSTOMER)) == [50020]
    assert sign_in(microsoft, PARTNER).status_code == 200
    change(microsoft, f"relationships/{CUSTOMER}-{CUSTOMER}", status="active")
    assert sign_in(microsoft, CUSTOMER).status_code == 200


def test_a_tenant_can_have_a_refusal_of_its_own(microsoft: Simulator) -> None:
    change(microsoft, f"tenants/{CUSTOMER}", signInError=65001)
    assert codes(sign_in(microsoft, CUSTOMER)) == [65001]


def test_an_older_refresh_token_stays_good_until_it_is_revoked(microsoft: Simulator) -> None:
    first = sign_in(microsoft, PARTNER).json()["refresh_token"]
    second = sign_in(microsoft, PARTNER, first).json()["refresh_token"]
    assert first != second
    assert sign_in(microsoft, PARTNER, first).status_code == 200
    microsoft.switch_on("refresh_tokens_revoked")
    assert codes(sign_in(microsoft, PARTNER, second)) == [50173]


def test_only_what_was_given_before_a_moment_is_revoked(microsoft: Simulator) -> None:
    given_now = sign_in(microsoft, PARTNER).json()["refresh_token"]
    microsoft.switch_on("refresh_tokens_revoked", detail="2020-01-01T00:00:00+00:00")
    assert codes(sign_in(microsoft, PARTNER)) == [50173]
    assert sign_in(microsoft, PARTNER, given_now).status_code == 200


@pytest.mark.parametrize(("kind", "statuses"), [("nightly", [429, 200]), ("always", [429, 429])])
def test_a_tenant_that_is_throttled_by_nature(microsoft: Simulator, kind: str, statuses: list[int]) -> None:
    microsoft.client.delete("/__simulator/state").raise_for_status()
    change(microsoft, f"tenants/{CUSTOMER}", throttled=kind)
    answers = [microsoft.client.get(SUBSCRIPTIONS) for _ in statuses]
    assert [answer.status_code for answer in answers] == statuses
    assert answers[0].headers["retry-after"] == "1"
    assert answers[0].headers["x-ms-throttle-information"] == "ResourceUnitLimitExceeded"


def test_graph_says_how_near_its_limit_is(microsoft: Simulator) -> None:
    microsoft.switch_on("near_limit", times=1, detail="0.85")
    assert microsoft.client.get(SUBSCRIPTIONS).headers["x-ms-throttle-limit-percentage"] == "0.85"
    assert "x-ms-throttle-limit-percentage" not in microsoft.client.get(SUBSCRIPTIONS).headers


def purchase(**members: Any) -> dict[str, Any]:
    common = {"commerceSubscriptionId": CUSTOMER, "totalLicenses": 5, "isTrial": False, "status": "Enabled"}
    return {**common, "createdDateTime": "2026-11-18T09:00:00Z", "termDuration": "P1M", **members}


def shown(**members: Any) -> dict[str, Any]:
    product = {"skuId": CUSTOMER, "skuPartNumber": "SPB"}
    return subscription_row(product, {"id": CUSTOMER}, purchase(**members), NOW)


def test_terms_follow_on_each_other() -> None:
    """Bought on 1 September for 30 days: the third term runs from 31 October to 30 November."""
    begun, ends = running_term(purchase(createdDateTime="2026-09-01T00:00:00Z"), NOW)
    assert (begun.date().isoformat(), ends.date().isoformat()) == ("2026-10-31", "2026-11-30")


def test_the_last_day_of_new_commerce_is_inside_the_term() -> None:
    """Bought on 18 November for 30 days: the last day is 17 December, and 7 days lead to a refund."""
    row = shown()
    assert row["commitmentEndDate"] == "2026-12-17T00:00:00Z"
    assert row["refundOptions"] == [{"type": "Full", "expiresAt": "2026-11-25T09:00:00Z"}]


def test_a_legacy_purchase_has_a_plain_offer_and_no_term() -> None:
    row = shown(isLegacy=True)
    assert ":" not in row["offerId"]
    assert not {"termDuration", "productType", "refundOptions"} & row.keys()


@pytest.mark.parametrize(("directory", "partner"), [("Warning", "expired"), ("Suspended", "disabled")])
def test_statuses(directory: str, partner: str) -> None:
    assert shown(status=directory)["status"] == partner
    assert shown(status=directory, partnerStatus="suspended")["status"] == "suspended"
