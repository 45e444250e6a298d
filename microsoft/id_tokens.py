"""Verifying the ID token of a consent: RS256 alone, a key that the issuer publishes, and every claim as it was asked.

OpenID Connect Core 3.1.3.7; promise S4. An expired token gets no grace: it was made a second ago. A clock that runs
behind Microsoft's is forgiven a minute at the other end.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

ALGORITHM = "RS256"
EARLY_SECONDS = 60
REQUIRED_CLAIMS = ["aud", "exp", "iat", "iss", "nonce", "tid"]
MFA = "mfa"
AGAIN = "Begin the consent again."


class BadIdToken(Exception):
    """The sign-in proves nothing. Its text is a plain sentence without anything of the token."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token must say: who made it for whom, in which tenant, in answer to which question."""

    issuer: str
    audience: str
    tenant_id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class SignedInAs:
    """Who consented. `has_mfa` is None where the token does not say how the person signed in."""

    tenant_id: str
    user_name: str
    has_mfa: bool | None


def verify_id_token(token: str, key_set: object, expected: Expected, now: datetime) -> SignedInAs:
    """Who signed in. `key_set` is the issuer's JSON Web Key Set as it came. Raises BadIdToken."""
    key = find_key(key_set, read_key_id(token))
    options: Any = {
        "require": REQUIRED_CLAIMS,
        "strict_aud": True,
        # The life span is checked below, by the app's own clock, which need not be the machine's.
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
        "verify_iss": False,
    }
    try:
        claims = jwt.decode(token, key.key, algorithms=[ALGORITHM], audience=expected.audience, options=options)
    except jwt.InvalidAudienceError as error:
        raise BadIdToken(f"The sign-in was made for another application. {AGAIN}") from error
    except jwt.MissingRequiredClaimError as error:
        raise BadIdToken(f"The sign-in leaves out what proves it: {error.claim}. {AGAIN}") from error
    except jwt.InvalidTokenError as error:
        raise BadIdToken(f"The sign-in does not carry Microsoft's signature. {AGAIN}") from error
    check_claims(claims, expected)
    check_life_span(claims, now)
    return SignedInAs(str(claims["tid"]).lower(), read_user_name(claims), read_mfa(claims))


def read_key_id(token: str) -> str:
    """The id of the key that the token says it was signed with; no other algorithm is even looked at."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise BadIdToken(f"What Microsoft sent is no ID token. {AGAIN}") from error
    key_id = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(key_id, str) or not key_id:
        raise BadIdToken(f"The sign-in is not signed the way Microsoft signs. {AGAIN}")
    return key_id


def find_key(key_set: object, key_id: str) -> jwt.PyJWK:
    """The RSA signing key with this id."""
    keys = key_set.get("keys") if isinstance(key_set, dict) else None
    for entry in keys if isinstance(keys, list) else []:
        if not isinstance(entry, dict) or entry.get("kid") != key_id:
            continue
        if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
            continue
        try:
            return jwt.PyJWK(entry, algorithm=ALGORITHM)
        except jwt.PyJWTError:
            break
    raise BadIdToken(f"The sign-in is signed with a key that Microsoft does not publish. {AGAIN}")


def check_claims(claims: Mapping[str, Any], expected: Expected) -> None:
    """Issuer, tenant and nonce; ids are compared without regard to case."""
    if str(claims["tid"]).lower() != expected.tenant_id.lower():
        raise BadIdToken(
            "The account that signed in belongs to another directory than the one that is set here. Sign in with the "
            "service account of your own directory, or correct the directory id."
        )
    if claims["iss"] != expected.issuer:
        raise BadIdToken(f"The sign-in was made by somebody else than Microsoft for this directory. {AGAIN}")
    nonce = claims["nonce"]
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise BadIdToken(f"The sign-in answers another consent than the one that was begun here. {AGAIN}")


def check_life_span(claims: Mapping[str, Any], now: datetime) -> None:
    """Refuse a token that is not valid yet or no more."""
    ends, begins = claims["exp"], claims.get("nbf", claims["iat"])
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in (ends, begins)):
        raise BadIdToken(f"The sign-in does not say how long it is valid. {AGAIN}")
    if now.timestamp() >= ends:
        raise BadIdToken(f"The sign-in has expired. {AGAIN}")
    if now.timestamp() < begins - EARLY_SECONDS:
        raise BadIdToken("The sign-in is not valid yet. Check the clock of the machine that Seatledger runs on.")


def read_user_name(claims: Mapping[str, Any]) -> str:
    """How the account is called, for people."""
    name = claims.get("preferred_username") or claims.get("name") or ""
    return str(name)


def read_mfa(claims: Mapping[str, Any]) -> bool | None:
    """Whether the account signed in with MFA: `amr` lists the ways, and v2.0 tokens may leave it out."""
    ways = claims.get("amr")
    return MFA in ways if isinstance(ways, list) and ways else None
