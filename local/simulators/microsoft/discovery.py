"""GET …/v2.0/.well-known/openid-configuration and …/discovery/v2.0/keys: where what is, and what verifies it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from local.simulators.answers import Answer
from local.simulators.microsoft.id_tokens import IdTokens, issuer_of
from local.simulators.microsoft.signin_errors import SignInError
from local.simulators.microsoft.tenants import Tenants

CONFIGURATION = "GET /{tenant}/v2.0/.well-known/openid-configuration"
KEYS = "GET /{tenant}/discovery/v2.0/keys"
_CACHED = {"cache-control": "max-age=86400, private", "access-control-allow-origin": "*"}
_CLAIMS = ("sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver")
# For addresses that name no tenant, Microsoft leaves its place in the issuer open.
_OPEN_TENANT = "{tenantid}"


@dataclass(frozen=True)
class Discovery:
    tenants: Tenants
    id_tokens: IdTokens

    def configuration(self, tenant: str, base_url: str, now: datetime) -> Answer:
        issuing = self._issuing_tenant(tenant)
        if issuing is None:
            return SignInError(90002, f"(tenant '{tenant}')").as_answer(now, None)
        endpoints = f"{base_url}/{tenant}/oauth2/v2.0"
        body = {
            "token_endpoint": f"{endpoints}/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{base_url}/{tenant}/discovery/v2.0/keys",
            "response_modes_supported": ["query"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": issuer_of(base_url, issuing),
            "request_uri_parameter_supported": False,
            "authorization_endpoint": f"{endpoints}/authorize",
            "claims_supported": [
                "sub",
                "iss",
                "aud",
                "exp",
                "iat",
                "nonce",
                "preferred_username",
                "name",
                "tid",
                "ver",
            ],
            "tenant_region_scope": "NA",
        }
        return Answer(200, body, _CACHED, media_type="application/json; charset=utf-8")

    def keys(self, tenant: str, base_url: str, now: datetime) -> Answer:
        issuing = self._issuing_tenant(tenant)
        if issuing is None:
            return SignInError(90002, f"(tenant '{tenant}')").as_answer(now, None)
        body = self.id_tokens.published_keys(issuer_of(base_url, issuing))
        return Answer(200, body, _CACHED, media_type="application/json; charset=utf-8")

    def _issuing_tenant(self, name: str) -> str | None:
        if name in ("common", "organizations"):
            return _OPEN_TENANT
        found = self.tenants.find(name)
        return None if found is None else str(found["id"])
