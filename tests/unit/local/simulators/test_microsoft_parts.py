"""Parts of the Microsoft simulator: tokens that age, seats that add up, assignments that count once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.clock import LocalClock, clock_starting_at
from local.simulators.microsoft.licences import subscribed_skus
from local.simulators.microsoft.tenants import Tenants, assigned_sku_ids
from local.simulators.microsoft.tokens import Access, BadAccessTokenError, RefreshState, Tokens, signing_key
from local.simulators.secret_files import SecretFiles
from local.simulators.start import create_secrets
from local.simulators.state import StateFile

CUSTOMER = "5c2f6c0e-9a41-4c8e-8f57-2f1d6a7b3c11"
SPB = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"
START = datetime(2026, 11, 20, tzinfo=UTC)


def tokens_at(folder: Path, days: float) -> Tokens:
    create_secrets(folder)
    clock: LocalClock = clock_starting_at(START + timedelta(days=days))
    return Tokens(signing_key(folder), clock, SecretFiles(folder))


def test_an_access_token_names_its_tenant_and_expires(tmp_path: Path) -> None:
    token = tokens_at(tmp_path, 0).new_access_token(Access(CUSTOMER))
    assert tokens_at(tmp_path, 0.04).read_access(token).tenant_id == CUSTOMER
    with pytest.raises(BadAccessTokenError, match="expired"):
        tokens_at(tmp_path, 0.05).read_access(token)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ä", "A" * 200])
def test_other_tokens_are_refused(tmp_path: Path, token: str) -> None:
    tokens = tokens_at(tmp_path, 0)
    with pytest.raises(BadAccessTokenError):
        tokens.read_access(token)
    assert tokens.refresh_state(token) is RefreshState.UNKNOWN


def test_kinds_of_tokens_are_not_mixed_up(tmp_path: Path) -> None:
    tokens = tokens_at(tmp_path, 0)
    with pytest.raises(BadAccessTokenError):
        tokens.read_access(tokens.new_refresh_token())
    assert tokens.refresh_state(tokens.new_access_token(Access(CUSTOMER))) is RefreshState.UNKNOWN


def test_a_refresh_token_dies_of_idleness(tmp_path: Path) -> None:
    token = tokens_at(tmp_path, 0).new_refresh_token()
    assert tokens_at(tmp_path, 89).refresh_state(token) is RefreshState.GOOD
    assert tokens_at(tmp_path, 91).refresh_state(token) is RefreshState.IDLE_TOO_LONG


def test_secrets_are_private_and_kept(tmp_path: Path) -> None:
    create_secrets(tmp_path)
    before = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    create_secrets(tmp_path)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == before
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def sku(tmp_path: Path, subscriptions: list[dict[str, Any]]) -> dict[str, Any]:
    tenants = Tenants(StateFile("microsoft", tmp_path))
    tenant = tenants.find(CUSTOMER)
    assert tenant is not None
    base = next(row for row in tenant["subscriptions"] if row["skuId"] == SPB)
    tenant["subscriptions"] = [{**base, "id": str(n), **row} for n, row in enumerate(subscriptions)]
    return subscribed_skus(tenants, tenant)[0]


def test_seats_of_a_product_add_up_by_status(tmp_path: Path) -> None:
    row = sku(
        tmp_path,
        [
            {"totalLicenses": 3, "status": "Warning"},
            {"totalLicenses": 5, "status": "Enabled"},
            {"totalLicenses": 7, "status": "Enabled"},
            {"totalLicenses": 11, "status": "Suspended"},
            {"totalLicenses": 13, "status": "Deleted"},
        ],
    )
    assert row["prepaidUnits"] == {"enabled": 12, "warning": 3, "suspended": 11, "lockedOut": 0}
    assert (row["capabilityStatus"], row["consumedUnits"]) == ("Enabled", 11)
    assert row["subscriptionIds"] == ["0", "1", "2", "3", "4"]


def test_a_product_in_grace(tmp_path: Path) -> None:
    row = sku(tmp_path, [{"totalLicenses": 12, "status": "Warning"}])
    assert (row["prepaidUnits"]["enabled"], row["capabilityStatus"]) == (0, "Warning")


def test_assignments_count_once_and_failed_ones_not_at_all() -> None:
    licenses = [
        {"skuId": "a"},
        {"skuId": "a", "assignedByGroup": "g"},
        {"skuId": "b", "state": "Error", "error": "CountViolation"},
        {"skuId": "c", "state": "ActiveWithError"},
    ]
    assert assigned_sku_ids({"licenses": licenses}) == ["a", "c"]
