"""The token endpoint: trades a refresh token for an access token to one tenant."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs

from local.clock import LocalClock
from local.simulators.answers import Answer
from local.simulators.faults import Fault, FaultBoard
from local.simulators.microsoft.signin_errors import SignInError
from local.simulators.microsoft.tenants import Row, Tenants
from local.simulators.microsoft.tokens import ACCESS_SECONDS, RefreshState, Tokens
from local.simulators.secret_files import MICROSOFT_CLIENT_SECRET, SecretFiles

GRAPH = "https://graph.microsoft.com"
PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
_GRANTED = ("Directory.Read.All", "Organization.Read.All", "User.Read.All", ".default")
_GRANTED_BY_PARTNER_CENTER = ("user_impersonation", ".default")
TOKEN_OPERATION = "POST /{tenant}/oauth2/v2.0/token"  # noqa: S105 - the name of an operation
_SIGN_IN_SCOPES = ("offline_access", "openid", "profile")


@dataclass(frozen=True)
class TokenRequest:
    """`base_url` is our own address, which counts as Graph's and as Partner Center's."""

    tenant: str
    body: bytes
    headers: Mapping[str, str]
    base_url: str


class SignIn:
    def __init__(
        self, tenants: Tenants, tokens: Tokens, secrets: SecretFiles, clock: LocalClock, faults: FaultBoard
    ) -> None:
        self._tenants = tenants
        self._tokens = tokens
        self._secrets = secrets
        self._clock = clock
        self._faults = faults

    def answer(self, request: TokenRequest, forced_code: int | None = None) -> Answer:
        try:
            if forced_code is not None:
                raise SignInError(forced_code)
            return self._granted(request)
        except SignInError as refused:
            return refused.as_answer(self._clock.utc_now(), request.headers.get("client-request-id"))

    def _granted(self, request: TokenRequest) -> Answer:
        form = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
        tenant = self._tenant(request.tenant)
        self._check_client(form)
        self._check_grant(form)
        scopes = form.get("scope", "").split()
        resource = _resource(scopes, request.base_url)
        self._check_way_in(tenant, resource)
        body = {
            "token_type": "Bearer",
            "scope": " ".join(f"{resource}/{name}" for name in _granted(resource)),
            "expires_in": ACCESS_SECONDS,
            "ext_expires_in": ACCESS_SECONDS,
            "access_token": self._tokens.new_access_token(tenant["id"], resource),
        }
        if "offline_access" in scopes:
            body["refresh_token"] = self._tokens.new_refresh_token()
        headers = {"cache-control": "no-store, no-cache", "x-ms-request-id": str(uuid.uuid4())}
        return Answer(200, body, headers, media_type="application/json; charset=utf-8")

    def _tenant(self, name: str) -> Row:
        tenant = self._tenants.find(name)
        if tenant is None:
            raise SignInError(90002, f"(tenant '{name}')")
        return tenant

    def _check_way_in(self, tenant: Row, resource: str) -> None:
        """Into the partner's own tenant always; elsewhere through GDAP that works, and never for Partner Center."""
        if tenant["id"] == self._tenants.partner_tenant_id:
            return
        if resource == PARTNER_CENTER:
            raise SignInError(500011, f"(resource '{PARTNER_CENTER}', tenant '{tenant['id']}')")
        if (code := tenant.get("signInError")) is not None:
            raise SignInError(int(code))
        if not any(row["status"] == "active" for row in self._tenants.relationships_of(tenant["id"])):
            raise SignInError(50020)

    def _check_client(self, form: Mapping[str, str]) -> None:
        if form.get("client_id", "").lower() != self._tenants.client_id:
            raise SignInError(700016, f"(application '{form.get('client_id', '')}')")
        if "client_secret" not in form:
            raise SignInError(7000218)
        if not self._secrets.matches(MICROSOFT_CLIENT_SECRET, form["client_secret"]):
            raise SignInError(7000215)

    def _check_grant(self, form: Mapping[str, str]) -> None:
        if "grant_type" not in form:
            raise SignInError(900144, "'grant_type'")
        if form["grant_type"] != "refresh_token":
            raise SignInError(70003)
        if "refresh_token" not in form:
            raise SignInError(900144, "'refresh_token'")
        if self._faults.take("refresh_tokens_revoked", TOKEN_OPERATION, fits=lambda fault: self._revokes(fault, form)):
            raise SignInError(50173)
        state = self._tokens.refresh_state(form["refresh_token"])
        if state is not RefreshState.GOOD:
            raise SignInError(700082 if state is RefreshState.IDLE_TOO_LONG else 70008)

    def _revokes(self, fault: Fault, form: Mapping[str, str]) -> bool:
        """All of them; or, where `detail` is a moment, those that were given before it."""
        if fault.detail is None:
            return True
        issued_at = self._tokens.refresh_issued_at(form["refresh_token"])
        return issued_at < datetime.fromisoformat(fault.detail).timestamp()


def _granted(resource: str) -> tuple[str, ...]:
    return _GRANTED_BY_PARTNER_CENTER if resource == PARTNER_CENTER else _GRANTED


def _resource(scopes: list[str], base_url: str) -> str:
    """The one resource that the scopes name."""
    wanted = [scope for scope in scopes if scope not in _SIGN_IN_SCOPES]
    for resource in (GRAPH, PARTNER_CENTER, base_url):
        if wanted and all(scope.startswith(f"{resource}/") for scope in wanted):
            return resource
    raise SignInError(70011, f"(scope '{' '.join(scopes)}')")
