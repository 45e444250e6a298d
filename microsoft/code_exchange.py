"""Exchanging a consent's code for tokens: MSAL speaks the protocol, and has no other way out than ours (S7).

MSAL is synchronous and runs in a thread; every request of it goes through the allow-listed client of the sign-in
origin. The endpoints are those that Microsoft documents (microsoft.md 1.2), not what a discovery answer says: so no
answer can send the code and the client secret elsewhere.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import msal

from net.client import LONGEST_REQUEST_SECONDS, WebClient
from plans.errors import Retry

SIGN_IN_SCOPES = ("offline_access", "openid", "profile")
DISCOVERY = "/v2.0/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class CodeGrant:
    """What is exchanged, in which tenant. `nonce` is the one that MSAL hashes before it is compared."""

    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    code: str = field(repr=False)
    verifier: str = field(repr=False)
    nonce: str
    redirect_uri: str
    scope: str


@dataclass(frozen=True, slots=True)
class BridgedResponse:
    """What MSAL wants to see of an answer."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        """Raises Retry where the sign-in could not answer."""
        if self.status_code >= 400:
            raise Retry(f"Microsoft's sign-in answered {self.status_code}")


class BridgedHttp:
    """MSAL's http client. MSAL insists on https; where the deployment says otherwise, our own client knows."""

    def __init__(self, login: WebClient, loop: asyncio.AbstractEventLoop) -> None:
        self._login = login
        self._loop = loop

    @property
    def https_origin(self) -> str:
        """The sign-in's origin as MSAL takes it."""
        return f"https://{urlsplit(self._login.origin).netloc}"

    def get(self, url: str, **_: Any) -> BridgedResponse:
        """The discovery document, from what is known. Raises Retry for every other address."""
        path = self._find_path(url)
        if not path.endswith(DISCOVERY):
            raise Retry("The sign-in library asked for something that consent does not need")
        tenant = f"{self.https_origin}{path.removesuffix(DISCOVERY)}"
        known = {
            "issuer": f"{tenant}/v2.0",
            "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
            "token_endpoint": f"{tenant}/oauth2/v2.0/token",
        }
        return BridgedResponse(200, json.dumps(known), {})

    def post(
        self, url: str, *, headers: Mapping[str, str] | None = None, data: Mapping[str, str] | None = None, **_: Any
    ) -> BridgedResponse:
        """Sent once: a code is good once. Raises Retry where no answer comes."""
        sent = self._login.send("POST", self._find_path(url), headers=headers, form=data)
        pending = asyncio.run_coroutine_threadsafe(sent, self._loop)
        try:
            answer = pending.result(timeout=LONGEST_REQUEST_SECONDS + 5)
        except (httpx.TransportError, TimeoutError) as error:
            pending.cancel()
            raise Retry("Microsoft's sign-in did not answer") from error
        return BridgedResponse(answer.status, answer.text, dict(answer.headers))

    def close(self) -> None:
        """The connection is the app's."""

    def _find_path(self, url: str) -> str:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self.https_origin:
            raise Retry("The sign-in library asked for another host than the sign-in")
        return parts.path


async def exchange_code(login: WebClient, grant: CodeGrant) -> dict[str, Any]:
    """The token endpoint's answer: tokens, or `error` and `error_codes`.

    Raises Retry where sign-in does not answer, ValueError where the ID token in it cannot be read or answers another
    question.
    """
    return await asyncio.to_thread(exchange_in_thread, BridgedHttp(login, asyncio.get_running_loop()), grant)


def exchange_in_thread(http: BridgedHttp, grant: CodeGrant) -> dict[str, Any]:
    """One application object for one exchange: its cache dies with it. Raises like `exchange_code`."""
    application = msal.ConfidentialClientApplication(
        grant.client_id,
        client_credential=grant.client_secret,
        authority=f"{http.https_origin}/{grant.tenant_id}",
        http_client=http,
        instance_discovery=False,
    )
    flow = {
        "state": "checked before",
        "redirect_uri": grant.redirect_uri,
        "scope": [grant.scope, *SIGN_IN_SCOPES],
        "nonce": grant.nonce,
        "code_verifier": grant.verifier,
    }
    try:
        found: dict[str, Any] = application.acquire_token_by_auth_code_flow(
            flow, {"state": flow["state"], "code": grant.code}
        )
    except msal.exceptions.MsalServiceError as error:
        raise Retry("Microsoft's sign-in could not answer") from error
    except (AttributeError, IndexError, KeyError, RuntimeError, TypeError) as error:
        raise ValueError("The ID token that came with the tokens cannot be read") from error
    return found
