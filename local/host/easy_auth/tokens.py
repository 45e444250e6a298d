"""ID tokens as Microsoft Entra signs them, and the session cookie, both signed with the local key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from local.host.easy_auth.people import CLIENT_ID, TENANT_ID, Person, find_person
from local.host.easy_auth.signing_key import SigningKey

ID_TOKEN_LIFETIME = timedelta(hours=1)
RENEW_BEFORE_EXPIRY = timedelta(minutes=5)
SESSION_LIFETIME = timedelta(hours=8)
SESSION_AUDIENCE = "AppServiceAuthSession"


@dataclass(frozen=True)
class IdToken:
    text: str
    claims: dict[str, Any]
    expires_at: datetime


class Tokens:
    """Issues and reads tokens by the local clock."""

    def __init__(self, key: SigningKey, issuer: str, utc_now: Callable[[], datetime]) -> None:
        self.issuer = issuer
        self._key = key
        self._utc_now = utc_now
        self._issued: dict[str, IdToken] = {}

    def get_id_token(self, person: Person) -> IdToken:
        """The person's ID token; a new one when the last is about to expire."""
        token = self._issued.get(person.key)
        if token is None or token.expires_at - self._utc_now() < RENEW_BEFORE_EXPIRY:
            token = self._issued[person.key] = self._issue(person)
        return token

    def write_session(self, person: Person) -> str:
        """The session cookie's value. It needs no memory, so it survives a restart of the host."""
        expires = self._utc_now() + SESSION_LIFETIME
        return self._sign({"sub": person.key, "aud": SESSION_AUDIENCE, "exp": int(expires.timestamp())})

    def read_session(self, cookie: str) -> Person | None:
        """Who the cookie belongs to; nobody where it is forged, foreign or expired."""
        try:
            claims = jwt.decode(
                cookie,
                self._key.private_key.public_key(),
                algorithms=["RS256"],
                audience=SESSION_AUDIENCE,
                options={"require": ["exp", "sub"], "verify_exp": False},  # the local clock is asked below
            )
        except jwt.InvalidTokenError:
            return None
        is_over = claims["exp"] <= self._utc_now().timestamp()
        return None if is_over else find_person(claims["sub"])

    def _issue(self, person: Person) -> IdToken:
        now = self._utc_now()
        expires_at = now + ID_TOKEN_LIFETIME
        claims = {
            "aud": CLIENT_ID,
            "iss": self.issuer,
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "name": person.name,
            "oid": person.object_id,
            "preferred_username": person.user_name,
            "roles": list(person.roles),
            "sub": person.object_id,
            "tid": TENANT_ID,
            "ver": "2.0",
        }
        return IdToken(self._sign(claims), claims, expires_at)

    def _sign(self, claims: dict[str, Any]) -> str:
        headers = {"kid": self._key.key_id}
        return jwt.encode(claims, self._key.private_key, algorithm="RS256", headers=headers)
