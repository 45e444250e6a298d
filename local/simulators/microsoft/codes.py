"""Authorization codes: good once, for ten minutes, and only for whom and what they were made."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta

from local.simulators.microsoft.application import Application
from local.simulators.microsoft.signin_errors import SignInError
from local.simulators.microsoft.tenants import Tenants
from local.simulators.microsoft.tokens import Tokens

CODE_LIFE = timedelta(minutes=10)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True)
class CodeBinding:
    """What a code is good for; `scope` is what was asked for, `challenge` None where PKCE was not used."""

    tenant_id: str
    account: str
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    challenge: str | None
    challenge_method: str | None


class AuthorizationCodes:
    """Which codes were redeemed is kept with the rest of the state."""

    def __init__(self, tenants: Tenants, tokens: Tokens, application: Application) -> None:
        self._tenants = tenants
        self._tokens = tokens
        self._application = application

    def issue(self, binding: CodeBinding) -> str:
        return self._tokens.seal("code", CODE_LIFE, {"id": secrets.token_hex(8), "binding": asdict(binding)})

    def redeem(self, tenant_id: str, form: Mapping[str, str]) -> CodeBinding:
        """Raises SignInError where the code is not good for this request; only success uses it up."""
        for name in ("code", "redirect_uri"):
            if not form.get(name):
                raise SignInError(900144, f"'{name}'")
        claims = self._tokens.unseal("code", form["code"])
        if claims is None:
            raise SignInError(9002313)
        binding = CodeBinding(**claims["binding"])
        if claims["id"] in self._redeemed():
            raise SignInError(54005)
        if self._tokens.is_over(claims):
            raise SignInError(70008)
        if binding.tenant_id != tenant_id:
            raise SignInError(700005)
        if form["client_id"].lower() != binding.client_id:
            raise SignInError(70000)
        self._check_redirect(form["redirect_uri"], binding)
        _check_verifier(form.get("code_verifier"), binding)
        self._redeemed().append(claims["id"])
        self._tenants.save()
        return binding

    def _redeemed(self) -> list[str]:
        ids: list[str] = self._tenants.application.setdefault("redeemedCodes", [])
        return ids

    def _check_redirect(self, redirect_uri: str, binding: CodeBinding) -> None:
        if redirect_uri not in self._application.redirect_uris:
            raise SignInError(50011, f"(reply address '{redirect_uri}')")
        if redirect_uri != binding.redirect_uri:
            raise SignInError(500112)


def _check_verifier(verifier: str | None, binding: CodeBinding) -> None:
    """PKCE (RFC 7636, 4.6)."""
    if binding.challenge is None:
        return
    if not verifier:
        raise SignInError(50148)
    if not _VERIFIER.fullmatch(verifier):
        raise SignInError(501481)
    digest = hashlib.sha256(verifier.encode()).digest()
    derived = base64.urlsafe_b64encode(digest).decode().rstrip("=") if binding.challenge_method == "S256" else verifier
    if not hmac.compare_digest(derived, binding.challenge):
        raise SignInError(501481)
