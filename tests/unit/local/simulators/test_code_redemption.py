"""A code is good once, for ten minutes, and only for whom and what it was made; what it gives goes on working."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from local.clock import clock_from_environment, clock_kept_in
from local.simulators.start import create_secrets, start_simulator
from tests.unit.local.simulators.conftest import REDIRECT, Simulator
from tests.unit.local.simulators.consenting import (
    CUSTOMER,
    GRAPH,
    PARTNER,
    PARTNER_CENTER,
    VERIFIER,
    code_of,
    codes,
    granted,
    redeem,
    refresh,
)


def test_a_code_gives_all_three_tokens(microsoft: Simulator) -> None:
    body = redeem(microsoft, code_of(microsoft)).json()
    assert {"access_token", "refresh_token", "id_token"} <= body.keys()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3599)
    assert "https://graph.microsoft.com/Directory.Read.All" in body["scope"].split()
    answer = microsoft.client.get("/v1.0/organization", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert answer.json()["value"][0]["id"] == PARTNER


def test_what_was_not_asked_for_is_not_given(microsoft: Simulator) -> None:
    body = granted(microsoft, scope=GRAPH)
    assert not {"refresh_token", "id_token"} & body.keys()


def test_a_code_is_good_once(microsoft: Simulator) -> None:
    code = code_of(microsoft)
    assert redeem(microsoft, code).status_code == 200
    again = redeem(microsoft, code)
    assert (again.json()["error"], codes(again)) == ("invalid_grant", [54005])


@pytest.mark.parametrize(
    ("changed", "code", "status"),
    [
        ({"client_id": "00000000-0000-4000-8000-000000000001"}, 700016, 400),
        ({"client_secret": "wrong"}, 7000215, 401),
        ({"client_secret": None}, 7000218, 401),
        ({"code": None}, 900144, 400),
        ({"code": "forged"}, 9002313, 400),
        ({"redirect_uri": None}, 900144, 400),
        ({"redirect_uri": f"{REDIRECT}/"}, 50011, 400),
        ({"code_verifier": None}, 50148, 400),
        ({"code_verifier": "short"}, 501481, 400),
        ({"code_verifier": f"{VERIFIER}x"}, 501481, 400),
        ({"scope": f"{GRAPH} {PARTNER_CENTER}/.default"}, 700022, 400),
        ({"grant_type": "password"}, 70003, 400),
        ({"grant_type": None}, 900144, 400),
    ],
)
def test_a_code_is_good_for_what_it_was_made_only(
    microsoft: Simulator, changed: dict[str, str | None], code: int, status: int
) -> None:
    answer = redeem(microsoft, **{"code": code_of(microsoft), **changed})  # type: ignore[arg-type]
    assert (answer.status_code, codes(answer)) == (status, [code])


def test_a_refresh_token_is_no_code_and_a_code_no_refresh_token(microsoft: Simulator) -> None:
    assert codes(redeem(microsoft, granted(microsoft)["refresh_token"])) == [9002313]
    assert codes(refresh(microsoft, PARTNER, code_of(microsoft))) == [70008]


def test_a_code_of_another_tenant_is_refused(microsoft: Simulator) -> None:
    assert codes(redeem(microsoft, code_of(microsoft), CUSTOMER)) == [700005]


def test_another_registered_address_is_not_the_one_that_asked(microsoft: Simulator) -> None:
    code, other = code_of(microsoft), f"{REDIRECT}/other"
    microsoft.client.patch("/__simulator/application", json={"redirectUris": [REDIRECT, other]}).raise_for_status()
    assert codes(redeem(microsoft, code, redirect_uri=other)) == [500112]


def test_without_a_challenge_nobody_needs_a_verifier(microsoft: Simulator) -> None:
    code = code_of(microsoft, code_challenge=None, code_challenge_method=None)
    assert redeem(microsoft, code, code_verifier=None).status_code == 200


def test_a_plain_challenge_is_the_verifier_itself(microsoft: Simulator) -> None:
    code = code_of(microsoft, code_challenge=VERIFIER, code_challenge_method=None)
    assert redeem(microsoft, code).status_code == 200


def test_a_code_is_over_after_ten_minutes_and_redeemed_for_ever(tmp_path: Path) -> None:
    """Over a restart as well."""
    create_secrets(tmp_path / "secrets")
    clock = clock_kept_in(tmp_path / "clock.json", clock_from_environment().utc_now())
    environment = {**os.environ, **clock.as_environment()}

    def run(microsoft: Simulator, old: str | None, used: str | None) -> tuple[str, str]:
        if old is not None and used is not None:
            assert codes(redeem(microsoft, used)) == [54005]
            assert redeem(microsoft, code_of(microsoft)).status_code == 200
            clock.move_to(clock.utc_now() + timedelta(minutes=10))
            assert codes(redeem(microsoft, old)) == [70008]
        used = code_of(microsoft)
        assert redeem(microsoft, used).status_code == 200
        return code_of(microsoft), used

    old: str | None = None
    used: str | None = None
    for _ in range(2):
        process = start_simulator(
            "microsoft", 0, tmp_path / "state", tmp_path / "secrets", environment, redirect_uris=(REDIRECT,)
        )
        try:
            with Simulator.at(process.base_url, tmp_path / "secrets") as microsoft:
                old, used = run(microsoft, old, used)
        finally:
            process.stop()


def test_the_refresh_token_of_a_consent_opens_customers_and_renews_itself(microsoft: Simulator) -> None:
    first = granted(microsoft)["refresh_token"]
    second = refresh(microsoft, CUSTOMER, first).json()
    assert second["refresh_token"] != first
    answer = refresh(microsoft, PARTNER, second["refresh_token"], f"{PARTNER_CENTER}/.default")
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    customers = microsoft.client.get("/v1/customers", headers=headers)
    assert customers.status_code == 200


@pytest.mark.parametrize(
    ("account", "status", "code"),
    [("without-mfa", 401, "900421"), ("guest", 403, 900308), ("no-agent", 403, 900308)],
)
def test_partner_center_refuses_the_wrong_accounts(
    microsoft: Simulator, account: str, status: int, code: int | str
) -> None:
    given = granted(microsoft, account, scope=f"{PARTNER_CENTER}/user_impersonation offline_access openid")
    later = refresh(microsoft, PARTNER, given["refresh_token"], f"{PARTNER_CENTER}/.default").json()
    for token in (given["access_token"], later["access_token"]):
        answer = microsoft.client.get("/v1/customers", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("account", ["guest", "no-agent"])
def test_a_customers_tenant_refuses_those_who_are_in_no_gdap_group(microsoft: Simulator, account: str) -> None:
    token = granted(microsoft, account)["refresh_token"]
    assert codes(refresh(microsoft, CUSTOMER, token)) == [50020]
    assert refresh(microsoft, PARTNER, token).status_code == 200


def test_a_token_for_partner_center_opens_no_graph_and_the_other_way_round(microsoft: Simulator) -> None:
    partner = granted(microsoft, scope=f"{PARTNER_CENTER}/.default")["access_token"]
    graph = granted(microsoft)["access_token"]
    wrong = microsoft.client.get("/v1.0/organization", headers={"Authorization": f"Bearer {partner}"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    wrong = microsoft.client.get("/v1/customers", headers={"Authorization": f"Bearer {graph}"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, 900420)


def test_faults_of_the_grant(microsoft: Simulator) -> None:
    microsoft.switch_on("no_refresh_token", times=1)
    assert "refresh_token" not in granted(microsoft)
    assert "refresh_token" in granted(microsoft)
    code = code_of(microsoft)
    microsoft.switch_on("slow", times=1, seconds=0.3)
    assert redeem(microsoft, code).elapsed.total_seconds() >= 0.3
    assert codes(redeem(microsoft, code)) == [54005]
    microsoft.switch_on("status", times=1, detail="500", operation="POST /{tenant}/oauth2/v2.0/token")
    assert redeem(microsoft, code_of(microsoft)).status_code == 500


def test_a_grant_without_mfa_stays_without_it(microsoft: Simulator) -> None:
    microsoft.switch_on("no_mfa_claim", times=1)
    token = granted(microsoft)["refresh_token"]
    answer = refresh(microsoft, PARTNER, token, f"{PARTNER_CENTER}/.default").json()
    refused = microsoft.client.get("/v1/customers", headers={"Authorization": f"Bearer {answer['access_token']}"})
    assert (refused.status_code, refused.json()["code"]) == (401, "900421")
