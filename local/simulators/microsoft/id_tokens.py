"""ID tokens as Microsoft Entra signs them, the keys that verify them, and the ways in which they can be wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from jwt.algorithms import RSAAlgorithm

from local.clock import LocalClock
from local.host.easy_auth.signing_key import SigningKey, load_or_create_signing_key
from local.simulators.faults import Fault, FaultBoard
from local.simulators.microsoft.accounts import Account

LIFE = timedelta(hours=1)
# Microsoft dates its tokens back, for clients whose clock is slow.
BACKDATED = timedelta(minutes=5)
FOREIGN_TENANT = "0b5a3c1e-7f42-4f6d-9d1b-2c6e8a904d77"
FOREIGN_AUDIENCE = "00000000-0000-4000-8000-00000000000c"

CLAIM_FAULTS = (
    "id_token_expired",
    "id_token_not_yet_valid",
    "id_token_wrong_nonce",
    "id_token_without_nonce",
    "id_token_wrong_audience",
    "id_token_wrong_issuer",
    "id_token_foreign_tenant",
    "id_token_without_amr",
)
SIGNATURE_FAULTS = (
    "id_token_tampered",
    "id_token_unsigned",
    "id_token_signed_with_public_key",
    "id_token_foreign_key",
    "id_token_unknown_kid",
)
ID_TOKEN_FAULTS = (*CLAIM_FAULTS, *SIGNATURE_FAULTS, "id_token_missing")

type Claims = dict[str, Any]


@dataclass(frozen=True)
class SignedIn:
    """Who signed in where, to which application. `issuer_base` is our own address; `domain` the tenant's."""

    issuer_base: str
    tenant_id: str
    domain: str
    client_id: str
    account: Account
    has_mfa: bool
    nonce: str | None
    scopes: frozenset[str]


class IdTokens:
    """The keys are made at the first use and kept beside the state: one that signs, one that is about to."""

    def __init__(self, directory: Path, clock: LocalClock, faults: FaultBoard) -> None:
        self._directory = directory
        self._clock = clock
        self._faults = faults

    @cached_property
    def _key(self) -> SigningKey:
        return load_or_create_signing_key(self._directory / "microsoft-id-token-key.pem")

    @cached_property
    def _next_key(self) -> SigningKey:
        return load_or_create_signing_key(self._directory / "microsoft-id-token-key-next.pem")

    def published_keys(self, issuer: str) -> Claims:
        """The key set; Microsoft's keys name no algorithm."""
        return {"keys": [_public(key, issuer) for key in (self._next_key, self._key)]}

    def make(self, signed_in: SignedIn, operation: str) -> str | None:
        """The token, or None where a fault withholds it."""
        if self._take("id_token_missing", operation, signed_in):
            return None
        claims = self._claims(signed_in)
        for name in CLAIM_FAULTS:
            if fault := self._take(name, operation, signed_in):
                _spoil_claims(claims, name, fault)
        for name in SIGNATURE_FAULTS:
            if self._take(name, operation, signed_in):
                return self._sign_wrongly(claims, name)
        return self._sign(claims)

    def _take(self, name: str, operation: str, signed_in: SignedIn) -> Fault | None:
        return self._faults.take(name, operation, signed_in.tenant_id)

    def _claims(self, signed_in: SignedIn) -> Claims:
        """`sub` is pairwise: another one than `oid`, and another one for each application."""
        now, account = self._clock.utc_now(), signed_in.account
        pair = hashlib.sha256(f"{signed_in.client_id}/{account.object_id}".encode()).digest()
        claims: Claims = {
            "aud": signed_in.client_id,
            "iss": issuer_of(signed_in.issuer_base, signed_in.tenant_id),
            "iat": int((now - BACKDATED).timestamp()),
            "nbf": int((now - BACKDATED).timestamp()),
            "exp": int((now + LIFE).timestamp()),
            "amr": ["pwd", "mfa"] if signed_in.has_mfa else ["pwd"],
            "sub": base64.urlsafe_b64encode(pair).decode().rstrip("="),
            "tid": signed_in.tenant_id,
            "ver": "2.0",
        }
        if "profile" in signed_in.scopes:
            names = {"name": account.name, "preferred_username": account.user_name(signed_in.domain)}
            claims |= {"oid": account.object_id, **names}
        if account.home is not None:
            claims["idp"] = f"https://sts.windows.net/{account.home}/"
        if signed_in.nonce is not None:
            claims["nonce"] = signed_in.nonce
        return claims

    def _sign(self, claims: Claims, key: SigningKey | None = None, key_id: str | None = None) -> str:
        headers = {"kid": key_id or self._key.key_id}
        return jwt.encode(claims, (key or self._key).private_key, algorithm="RS256", headers=headers)

    def _sign_wrongly(self, claims: Claims, name: str) -> str:
        match name:
            case "id_token_unsigned":
                return f"{_spell({'typ': 'JWT', 'alg': 'none'})}.{_spell(claims)}."
            case "id_token_signed_with_public_key":
                # The trick that confuses algorithms: HMAC, with what everybody may read as the secret.
                signed = f"{_spell({'typ': 'JWT', 'alg': 'HS256', 'kid': self._key.key_id})}.{_spell(claims)}"
                mac = hmac.digest(_public_pem(self._key), signed.encode(), "sha256")
                return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
            case "id_token_foreign_key":
                return self._sign(claims, SigningKey(generate_private_key(65537, 2048), self._key.key_id))
            case "id_token_unknown_kid":
                return self._sign(claims, key_id="c" * 32)
            case _:
                header, _, signature = self._sign(claims).split(".")
                return f"{header}.{_spell({**claims, 'preferred_username': 'somebody.else@evil.example'})}.{signature}"


def issuer_of(base_url: str, tenant_id: str) -> str:
    return f"{base_url}/{tenant_id}/v2.0"


def _public(key: SigningKey, issuer: str) -> Claims:
    numbers = json.loads(RSAAlgorithm.to_jwk(key.private_key.public_key()))
    return {"kty": "RSA", "use": "sig", "kid": key.key_id, "n": numbers["n"], "e": numbers["e"], "issuer": issuer}


def _public_pem(key: SigningKey) -> bytes:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.private_key.public_key().public_bytes(serialization.Encoding.PEM, kind)


def _spell(value: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _spoil_claims(claims: Claims, name: str, fault: Fault) -> None:
    """`detail` is the wrong value, where the fault has one."""
    match name:
        case "id_token_expired":
            claims |= {moment: claims[moment] - 7200 for moment in ("iat", "nbf", "exp")}
        case "id_token_not_yet_valid":
            claims |= {moment: claims[moment] + 7200 for moment in ("iat", "nbf", "exp")}
        case "id_token_wrong_nonce":
            claims["nonce"] = fault.detail or "another-nonce"
        case "id_token_without_nonce":
            claims.pop("nonce", None)
        case "id_token_wrong_audience":
            claims["aud"] = fault.detail or FOREIGN_AUDIENCE
        case "id_token_wrong_issuer":
            claims["iss"] = fault.detail or "https://login.evil.example/v2.0"
        case "id_token_foreign_tenant":
            # Well formed in itself: issuer and tenant belong together, but are not those that were asked.
            other = fault.detail or FOREIGN_TENANT
            claims |= {"tid": other, "iss": claims["iss"].replace(claims["tid"], other)}
        case _:
            claims.pop("amr", None)
