"""A tenant's token: one POST with the partner's refresh token and the tenant's own authority.

The partner account's refresh token is bound to user and client, not to a tenant (microsoft.md 1.2, 1.4), so the same
one opens every tenant that the partner reaches through GDAP. The rotated token that comes back is not kept here:
only the partner reading stores one (architecture, "Tokens").
"""

from __future__ import annotations

from dataclasses import dataclass, field

from microsoft.sign_in_errors import explain_sign_in_error
from net.client import WebClient
from profiles.readings import Known, Reading, Unknown, UnknownReason


@dataclass(frozen=True, slots=True)
class PartnerCredentials:
    """What opens tenants for one partner account. Never printed."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token for one tenant's Graph."""

    tenant_id: str
    value: str = field(repr=False)


async def acquire_token(
    login: WebClient, credentials: PartnerCredentials, tenant_id: str, graph_url: str
) -> Reading[AccessToken]:
    """The tenant's Graph token, or why Microsoft gives none. Raises Retry where sign-in does not answer."""
    answer = await login.read(
        "POST",
        f"/{tenant_id}/oauth2/v2.0/token",
        form={
            "grant_type": "refresh_token",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "refresh_token": credentials.refresh_token,
            "scope": f"{graph_url}/.default offline_access",
        },
    )
    body = answer.body if isinstance(answer.body, dict) else {}
    token = body.get("access_token")
    if answer.is_success and isinstance(token, str) and token:
        return Known(AccessToken(tenant_id, token))
    if answer.is_success:
        return Unknown(UnknownReason.INCOMPLETE, "Sign-in answered without an access token.")
    return explain_sign_in_error(body)
