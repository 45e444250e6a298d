"""ID tokens: what they say, what verifies them, and every way in which they can be wrong."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from tests.unit.local.simulators.conftest import Simulator
from tests.unit.local.simulators.consenting import CLIENT, PARTNER, granted, verify


def unverified(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def test_what_an_id_token_says(microsoft: Simulator) -> None:
    token = granted(microsoft)["id_token"]
    claims = verify(microsoft, token)
    assert jwt.get_unverified_header(token)["alg"] == "RS256"
    assert (claims["nonce"], claims["tid"], claims["ver"], claims["amr"]) == ("a-nonce", PARTNER, "2.0", ["pwd", "mfa"])
    assert (claims["preferred_username"], claims["name"]) == (
        "seatledger@demomsp.example",
        "Seatledger service account",
    )
    assert claims["sub"] != claims["oid"]
    assert claims["iat"] == claims["nbf"] == claims["exp"] - 3900
    assert claims["exp"] > time.time()
    assert "idp" not in claims


def test_names_need_the_profile_and_a_nonce_was_asked_for(microsoft: Simulator) -> None:
    claims = unverified(granted(microsoft, scope="https://graph.microsoft.com/.default openid", nonce=None)["id_token"])
    assert not {"name", "preferred_username", "oid", "nonce"} & claims.keys()


def test_a_sign_in_without_mfa_and_a_guest_show(microsoft: Simulator) -> None:
    assert unverified(granted(microsoft, "without-mfa")["id_token"])["amr"] == ["pwd"]
    guest = unverified(granted(microsoft, "guest")["id_token"])
    assert (guest["tid"], guest["preferred_username"]) == (PARTNER, "gwen@elsewhere.example")
    assert guest["idp"].startswith("https://sts.windows.net/")


def test_discovery_leads_to_everything(microsoft: Simulator) -> None:
    base_url = str(microsoft.client.base_url).rstrip("/")
    found = microsoft.client.get(f"/{PARTNER}/v2.0/.well-known/openid-configuration").json()
    assert found["issuer"] == f"{base_url}/{PARTNER}/v2.0"
    assert found["token_endpoint"] == f"{base_url}/{PARTNER}/oauth2/v2.0/token"
    assert found["authorization_endpoint"] == f"{base_url}/{PARTNER}/oauth2/v2.0/authorize"
    keys = microsoft.client.get(found["jwks_uri"]).json()["keys"]
    assert len({key["kid"] for key in keys}) == 2
    assert all("alg" not in key and key["issuer"] == found["issuer"] for key in keys)


def test_discovery_without_a_tenant_leaves_the_issuer_open(microsoft: Simulator) -> None:
    base_url = str(microsoft.client.base_url).rstrip("/")
    found = microsoft.client.get("/organizations/v2.0/.well-known/openid-configuration").json()
    assert found["issuer"] == f"{base_url}/{{tenantid}}/v2.0"


@pytest.mark.parametrize("path", ["v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"])
def test_discovery_of_an_unknown_tenant(microsoft: Simulator, path: str) -> None:
    answer = microsoft.client.get(f"/nobody.example/{path}")
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("id_token_expired", jwt.ExpiredSignatureError),
        ("id_token_not_yet_valid", jwt.ImmatureSignatureError),
        ("id_token_wrong_audience", jwt.InvalidAudienceError),
        ("id_token_wrong_issuer", jwt.InvalidIssuerError),
        ("id_token_foreign_tenant", jwt.InvalidIssuerError),
        ("id_token_tampered", jwt.InvalidSignatureError),
        ("id_token_foreign_key", jwt.InvalidSignatureError),
        ("id_token_signed_with_public_key", jwt.InvalidAlgorithmError),
        ("id_token_unknown_kid", KeyError),
        ("id_token_unsigned", KeyError),
    ],
)
def test_a_wrong_id_token_is_found_out(microsoft: Simulator, fault: str, error: type[Exception]) -> None:
    microsoft.switch_on(fault, times=1)
    token = granted(microsoft)["id_token"]
    with pytest.raises(error):
        verify(microsoft, token)
    assert verify(microsoft, granted(microsoft)["id_token"])["aud"] == CLIENT


def test_wrong_claims_behind_a_good_signature(microsoft: Simulator) -> None:
    microsoft.switch_on("id_token_wrong_nonce", times=1)
    assert verify(microsoft, granted(microsoft)["id_token"])["nonce"] == "another-nonce"
    microsoft.switch_on("id_token_without_nonce", times=1)
    assert "nonce" not in verify(microsoft, granted(microsoft)["id_token"])
    microsoft.switch_on("id_token_without_amr", times=1)
    assert "amr" not in verify(microsoft, granted(microsoft)["id_token"])
    microsoft.switch_on("no_mfa_claim", times=1)
    assert verify(microsoft, granted(microsoft)["id_token"])["amr"] == ["pwd"]
    microsoft.switch_on("id_token_missing", times=1)
    assert "id_token" not in granted(microsoft)


def test_a_foreign_tenant_is_right_in_itself(microsoft: Simulator) -> None:
    """Its signature and shape are good: only who compares the tenant with the expected one finds it out."""
    microsoft.switch_on("id_token_foreign_tenant", times=1)
    token = granted(microsoft)["id_token"]
    claims = unverified(token)
    assert claims["tid"] != PARTNER
    assert verify(microsoft, token, issuer=claims["iss"])["tid"] == claims["tid"]


def test_unsigned_and_confused_tokens_are_what_attackers_send(microsoft: Simulator) -> None:
    microsoft.switch_on("id_token_unsigned", times=1)
    token = granted(microsoft)["id_token"]
    assert jwt.get_unverified_header(token)["alg"] == "none"
    assert token.endswith(".")
    microsoft.switch_on("id_token_signed_with_public_key", times=1)
    signed, _, mac = granted(microsoft)["id_token"].rpartition(".")
    key_id = json.loads(base64.urlsafe_b64decode(signed.split(".")[0] + "=="))["kid"]
    keys = jwt.PyJWKSet.from_dict(microsoft.client.get(f"/{PARTNER}/discovery/v2.0/keys").json())
    pem = keys[key_id].key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    expected = hmac.digest(pem, signed.encode(), "sha256")
    assert base64.urlsafe_b64decode(mac + "=") == expected
