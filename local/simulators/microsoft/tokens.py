"""Opaque tokens that the simulator can read again after a restart: signed, bound and dated."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any

from local.clock import LocalClock
from local.simulators.secret_files import MICROSOFT_REFRESH_TOKEN, SecretFiles

ACCESS_SECONDS = 3599
REFRESH_LIFE = timedelta(days=90)


class RefreshState(Enum):
    GOOD = auto()
    UNKNOWN = auto()
    IDLE_TOO_LONG = auto()


class BadAccessTokenError(ValueError):
    """The message is what Graph says about it."""


def signing_key(directory: Path) -> bytes:
    """Made once and kept beside the state."""
    path = directory / "microsoft-signing-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


@dataclass(frozen=True)
class Tokens:
    key: bytes
    clock: LocalClock
    secrets: SecretFiles

    def new_access_token(self, tenant_id: str, resource: str = "") -> str:
        expires = self._now() + ACCESS_SECONDS
        return self._signed({"kind": "access", "tenant": tenant_id, "resource": resource, "expires": expires})

    def new_refresh_token(self) -> str:
        """The older ones stay good: Microsoft does not revoke them."""
        expires = self._now() + REFRESH_LIFE.total_seconds()
        issued = {"issued": self._now(), "expires": expires}
        return self._signed({"kind": "refresh", **issued, "nonce": secrets.token_hex(8)})

    def refresh_issued_at(self, refresh_token: str) -> float:
        """In Unix seconds; the token that the secrets began with came before all others."""
        claims = self._claims(refresh_token)
        return 0.0 if claims is None else float(claims.get("issued", 0.0))

    def resource_of(self, access_token: str) -> str:
        """The audience of a token that `tenant_of` accepts; empty where none was named."""
        claims = self._claims(access_token)
        return "" if claims is None else str(claims.get("resource", ""))

    def tenant_of(self, access_token: str) -> str:
        claims = self._claims(access_token)
        if claims is None or claims["kind"] != "access":
            raise BadAccessTokenError("IDX14100: JWT is not well formed, there are no dots (.).")
        if claims["expires"] <= self._now():
            raise BadAccessTokenError("Lifetime validation failed, the token is expired.")
        return str(claims["tenant"])

    def refresh_state(self, refresh_token: str) -> RefreshState:
        if self.secrets.matches(MICROSOFT_REFRESH_TOKEN, refresh_token):
            return RefreshState.GOOD
        claims = self._claims(refresh_token)
        if claims is None or claims["kind"] != "refresh":
            return RefreshState.UNKNOWN
        return RefreshState.GOOD if claims["expires"] > self._now() else RefreshState.IDLE_TOO_LONG

    def _now(self) -> float:
        return self.clock.utc_now().timestamp()

    def _signature(self, payload: bytes) -> bytes:
        return hmac.new(self.key, payload, hashlib.sha256).digest()

    def _signed(self, claims: dict[str, Any]) -> str:
        payload = json.dumps(claims).encode()
        return base64.urlsafe_b64encode(self._signature(payload) + payload).decode().rstrip("=")

    def _claims(self, token: str) -> dict[str, Any] | None:
        try:
            content = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        signature, payload = content[:32], content[32:]
        if not hmac.compare_digest(signature, self._signature(payload)):
            return None
        claims: dict[str, Any] = json.loads(payload)
        return claims
