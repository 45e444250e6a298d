"""Verifying an ID token: RS256 only, key by id, audience, issuer, tenant, life span, object id (S1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import jwt

from web.security.keys import SignInKeys
from web.security.sign_in import Principal, Role, SignIn, SignInExpired, SignInRefused

ALGORITHM = "RS256"
CLOCK_SKEW_SECONDS = 60
REQUIRED_CLAIMS = ["aud", "exp", "iss", "nbf", "oid", "tid"]


async def verify_id_token(token: str, sign_in: SignIn, keys: SignInKeys) -> Principal:
    """Whose token this is. Raises SignInProblem where it proves nothing."""
    key = await keys.find(read_key_id(token))
    try:
        claims = jwt.decode(
            token,
            key.key,
            algorithms=[ALGORITHM],
            audience=sign_in.audience,
            issuer=sign_in.issuer,
            options={
                "require": REQUIRED_CLAIMS,
                "strict_aud": True,
                # The life span is checked below, by the app's own clock.
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.InvalidTokenError as error:
        raise SignInRefused("The sign-in could not be verified.") from error
    check_life_span(claims, keys.now())
    return read_principal(claims, sign_in)


def check_life_span(claims: dict[str, Any], now: datetime) -> None:
    """Refuse a token that is not valid yet or no more, by the app's own clock, which need not be the machine's."""
    begins, ends = claims["nbf"], claims["exp"]
    if not isinstance(begins, int | float) or not isinstance(ends, int | float):
        raise SignInRefused("The sign-in does not say how long it is valid.")
    if now.timestamp() >= ends + CLOCK_SKEW_SECONDS:
        raise SignInExpired("The sign-in has expired.")
    if now.timestamp() < begins - CLOCK_SKEW_SECONDS:
        raise SignInRefused("The sign-in is not valid yet.")


def read_key_id(token: str) -> str:
    """The id of the key that the token says it was signed with."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise SignInRefused("The sign-in is not an ID token.") from error
    key_id = header.get("kid")
    if header.get("alg") != ALGORITHM or not isinstance(key_id, str):
        raise SignInRefused("The sign-in is not signed the way this app accepts.")
    return key_id


def read_principal(claims: dict[str, Any], sign_in: SignIn) -> Principal:
    """The person that verified claims describe."""
    tenant_id, object_id = claims["tid"], claims["oid"]
    if tenant_id != sign_in.tenant_id:
        raise SignInRefused("The sign-in belongs to another organisation.")
    if not isinstance(object_id, str) or not object_id:
        raise SignInRefused("The sign-in does not say who it is for.")
    name = claims.get("name") or claims.get("preferred_username") or "Signed in"
    return Principal(tenant_id, object_id, str(name), read_roles(claims.get("roles")))


def read_roles(claim: object) -> frozenset[Role]:
    """The roles that this app knows; others give nothing."""
    known = {role.value: role for role in Role}
    names = claim if isinstance(claim, list) else []
    return frozenset(known[name] for name in names if isinstance(name, str) and name in known)
