"""The token endpoint: trades a refresh token, a code or the application's own secret for a token to one tenant."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qs

from local.clock import LocalClock
from local.simulators.answers import Answer
from local.simulators.faults import Fault, FaultBoard
from local.simulators.microsoft.accounts import ACCOUNTS, SERVICE, Account, find_account
from local.simulators.microsoft.codes import AuthorizationCodes
from local.simulators.microsoft.consents import DELEGATED, NOT_CONSENTED, Consents
from local.simulators.microsoft.id_tokens import IdTokens, SignedIn
from local.simulators.microsoft.resources import PARTNER_CENTER, find_resource
from local.simulators.microsoft.signin_errors import SignInError
from local.simulators.microsoft.tenants import Row, Tenants
from local.simulators.microsoft.tokens import ACCESS_SECONDS, Access, RefreshState, Tokens
from local.simulators.secret_files import MICROSOFT_CLIENT_SECRET, SecretFiles

TOKEN_OPERATION = "POST /{tenant}/oauth2/v2.0/token"  # noqa: S105 - the name of an operation


@dataclass(frozen=True)
class TokenRequest:
    """`base_url` is our own address, which counts as Graph's and as Partner Center's."""

    tenant: str
    body: bytes
    headers: Mapping[str, str]
    base_url: str


@dataclass(frozen=True)
class Delegation:
    """An account that lets the application act for it; `scope` is what was asked for, in words."""

    account: Account
    has_mfa: bool
    scope: str
    nonce: str | None = None

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.scope.split())


@dataclass(frozen=True)
class SignIn:
    tenants: Tenants
    tokens: Tokens
    secrets: SecretFiles
    clock: LocalClock
    faults: FaultBoard
    consents: Consents
    codes: AuthorizationCodes
    id_tokens: IdTokens

    def answer(self, request: TokenRequest, forced_code: int | None = None) -> Answer:
        try:
            if forced_code is not None:
                raise SignInError(forced_code)
            body = self._granted(request)
        except SignInError as refused:
            return refused.as_answer(self.clock.utc_now(), request.headers.get("client-request-id"))
        headers = {"cache-control": "no-store, no-cache", "x-ms-request-id": str(uuid.uuid4())}
        return Answer(200, body, headers, media_type="application/json; charset=utf-8")

    def _granted(self, request: TokenRequest) -> Row:
        form = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
        tenant = self._tenant(request.tenant)
        self._check_client(form)
        match form.get("grant_type"):
            case None:
                raise SignInError(900144, "'grant_type'")
            case "refresh_token":
                return self._delegated(tenant, form, self._refreshed(form), request.base_url)
            case "authorization_code":
                return self._delegated(tenant, form, self._redeemed(tenant, form), request.base_url)
            case "client_credentials":
                return self._app_only(tenant, form, request.base_url)
            case _:
                raise SignInError(70003)

    def _tenant(self, name: str) -> Row:
        tenant = self.tenants.find(name)
        if tenant is None:
            raise SignInError(90002, f"(tenant '{name}')")
        return tenant

    def _check_client(self, form: Mapping[str, str]) -> None:
        if form.get("client_id", "").lower() != self.tenants.client_id:
            raise SignInError(700016, f"(application '{form.get('client_id', '')}')")
        if "client_secret" not in form:
            raise SignInError(7000218)
        if not self.secrets.matches(MICROSOFT_CLIENT_SECRET, form["client_secret"]):
            raise SignInError(7000215)

    def _refreshed(self, form: Mapping[str, str]) -> Delegation:
        if "refresh_token" not in form:
            raise SignInError(900144, "'refresh_token'")
        if self.faults.take("refresh_tokens_revoked", TOKEN_OPERATION, fits=lambda fault: self._revokes(fault, form)):
            raise SignInError(50173)
        state = self.tokens.refresh_state(form["refresh_token"])
        if state is not RefreshState.GOOD:
            raise SignInError(700082 if state is RefreshState.IDLE_TOO_LONG else 70008)
        held = self.tokens.read_refresh(form["refresh_token"])
        return Delegation(find_account(held.account) or SERVICE, held.has_mfa, form.get("scope", ""))

    def _revokes(self, fault: Fault, form: Mapping[str, str]) -> bool:
        """All of them; or, where `detail` is a moment, those that were given before it."""
        if fault.detail is None:
            return True
        issued_at = self.tokens.read_refresh(form["refresh_token"]).issued_at
        return issued_at < datetime.fromisoformat(fault.detail).timestamp()

    def _redeemed(self, tenant: Row, form: Mapping[str, str]) -> Delegation:
        """The scopes of the sign-in stay; what is named now decides the resource."""
        binding = self.codes.redeem(tenant["id"], form)
        account = next(account for account in ACCOUNTS if account.key == binding.account)
        has_mfa = account.has_mfa and not self.faults.take("no_mfa_claim", TOKEN_OPERATION, tenant["id"])
        return Delegation(account, has_mfa, binding.scope, binding.nonce)

    def _delegated(self, tenant: Row, form: Mapping[str, str], given: Delegation, base_url: str) -> Row:
        resource = find_resource(form.get("scope", given.scope).split(), base_url)
        scopes = self._enter(tenant, resource, given.account)
        access = Access(tenant["id"], resource, given.account.key, given.has_mfa, scopes)
        body = _token_body(resource, _shown(resource, scopes), self.tokens.new_access_token(access))
        asked = given.scopes | set(form.get("scope", "").split())
        if "offline_access" in asked and not self.faults.take("no_refresh_token", TOKEN_OPERATION, tenant["id"]):
            body["refresh_token"] = self.tokens.new_refresh_token(given.account.key, has_mfa=given.has_mfa)
        if "openid" in asked:
            body |= self._id_token(tenant, replace(given, scope=" ".join(asked)), base_url)
        if form.get("client_info") == "1":
            body["client_info"] = _client_info(given.account, tenant["id"])
        return body

    def _enter(self, tenant: Row, resource: str, account: Account) -> tuple[str, ...] | None:
        """Into the partner's own tenant always; elsewhere with consent and GDAP that works, never for Partner Center.

        What the account may do there; None where nothing limits it.
        """
        if tenant["id"] == self.tenants.partner_tenant_id:
            return None
        if resource == PARTNER_CENTER:
            raise SignInError(500011, f"(resource '{PARTNER_CENTER}', tenant '{tenant['id']}')")
        code = tenant.get("signInError")
        if code is not None and code not in NOT_CONSENTED:
            raise SignInError(int(code))
        relationships = self.tenants.relationships_of(tenant["id"])
        if tenant.get("isDirect") or not any(row["status"] == "active" for row in relationships):
            raise SignInError(50020)
        if (missing := self.consents.missing_code(tenant)) is not None:
            raise SignInError(missing)
        if not account.is_agent:
            raise SignInError(50020)
        return self.consents.delegated_scopes(tenant)

    def _id_token(self, tenant: Row, given: Delegation, base_url: str) -> Row:
        signed_in = SignedIn(
            issuer_base=base_url,
            tenant_id=tenant["id"],
            domain=tenant["domain"],
            client_id=self.tenants.client_id,
            account=given.account,
            has_mfa=given.has_mfa,
            nonce=given.nonce,
            scopes=given.scopes,
        )
        token = self.id_tokens.make(signed_in, TOKEN_OPERATION)
        return {} if token is None else {"id_token": token}

    def _app_only(self, tenant: Row, form: Mapping[str, str], base_url: str) -> Row:
        """The application on its own, in a tenant where it has a service principal."""
        scopes = form.get("scope", "").split()
        if len(scopes) != 1 or not scopes[0].endswith("/.default"):
            raise SignInError(1002012, f"(scope '{form.get('scope', '')}')")
        resource = find_resource(scopes, base_url)
        permissions = self.consents.application_permissions(tenant)
        if permissions is None:
            raise SignInError(7000229, f"(application '{self.tenants.client_id}', tenant '{tenant['id']}')")
        access = Access(tenant["id"], resource, account="", has_mfa=False, scopes=permissions)
        body = _token_body(resource, (), self.tokens.new_access_token(access))
        del body["scope"]
        return body


def _token_body(resource: str, scopes: tuple[str, ...], access_token: str) -> Row:
    return {
        "token_type": "Bearer",
        "scope": " ".join(f"{resource}/{name}" for name in scopes),
        "expires_in": ACCESS_SECONDS,
        "ext_expires_in": ACCESS_SECONDS,
        "access_token": access_token,
    }


def _shown(resource: str, scopes: tuple[str, ...] | None) -> tuple[str, ...]:
    if resource == PARTNER_CENTER:
        return ("user_impersonation", ".default")
    return (*(DELEGATED if scopes is None else scopes), ".default")


def _client_info(account: Account, tenant_id: str) -> str:
    """What MSAL asks for, to tell accounts apart."""
    told = {"uid": account.object_id, "utid": account.home or tenant_id}
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
