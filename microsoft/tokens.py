"""Tokens: one POST with what opens the tenant, and the authority of whoever is to be read.

The partner account's refresh token is bound to user and client, not to a tenant (microsoft.md 1.2, 1.4), so the same
one opens every tenant that the partner reaches through GDAP. Microsoft answers every use with a fresh refresh token;
only the partner reading stores it (architecture, "Tokens"). A direct tenant is opened by the application itself, with
client credentials: no user, no refresh token (microsoft.md 1.7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from microsoft.sign_in_errors import explain_sign_in_error
from net.client import WebClient
from profiles.readings import Known, Reading, Unknown, UnknownReason

RENEWED_BEFORE_EXPIRY = timedelta(minutes=5)
LONG_AGO = datetime.min.replace(tzinfo=UTC)

type Remember = Callable[[str], None]
"""Told every credential, so that no log tells it: here what passes by itself, at each use."""


def remember_nothing(_: str) -> None:
    """For those who print nothing."""


@dataclass(frozen=True, slots=True)
class PartnerCredentials:
    """What opens tenants for one partner account. Never printed.

    `stamp` says which stored refresh token this is, so that an older one is never put over a newer one (S6).
    """

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    stamp: str | None = None


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """What opens one direct tenant. Never printed."""

    client_id: str
    client_secret: str = field(repr=False)


type Credentials = PartnerCredentials | AppCredentials


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token for one resource in one tenant."""

    tenant_id: str
    value: str = field(repr=False)
    expires_at: datetime = LONG_AGO

    def is_fresh(self, now: datetime) -> bool:
        """Whether it may still be used: it lives on for more than five minutes."""
        return now < self.expires_at - RENEWED_BEFORE_EXPIRY


@dataclass(frozen=True, slots=True)
class Grant:
    """What the token endpoint gave: the token, and the refresh token that replaces the one that was used."""

    token: AccessToken
    refresh_token: str | None = field(repr=False)


async def acquire_token(
    login: WebClient, credentials: Credentials, tenant_id: str, resource: str, now: datetime
) -> Reading[Grant]:
    """A token for a resource (an origin) in a tenant, or why Microsoft gives none.

    Raises Retry where sign-in does not answer.
    """
    answer = await login.read("POST", f"/{tenant_id}/oauth2/v2.0/token", form=fill_form(credentials, resource))
    body = answer.body if isinstance(answer.body, dict) else {}
    token, refresh_token = body.get("access_token"), body.get("refresh_token")
    if answer.is_success and isinstance(token, str) and token:
        expires_at = now + timedelta(seconds=read_seconds(body.get("expires_in")))
        renewed = refresh_token if isinstance(refresh_token, str) and refresh_token else None
        return Known(Grant(AccessToken(tenant_id, token, expires_at), renewed))
    if answer.is_success:
        return Unknown(UnknownReason.INCOMPLETE, "Sign-in answered without an access token.")
    return explain_sign_in_error(body)


def fill_form(credentials: Credentials, resource: str) -> dict[str, str]:
    """The fields of the token request; only who signs in as a user may ask for offline access."""
    client = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    match credentials:
        case PartnerCredentials():
            asked = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token}
            return {**asked, **client, "scope": f"{resource}/.default offline_access"}
        case AppCredentials():
            return {"grant_type": "client_credentials", **client, "scope": f"{resource}/.default"}


def read_seconds(value: object) -> int:
    """How long a token lives; one whose life is not told is used once."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**6 else 0
