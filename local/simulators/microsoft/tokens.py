"""Opaque tokens that the simulator can read again after a restart: signed, bound and dated."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any

from local.clock import LocalClock
from local.simulators.microsoft.accounts import SERVICE
from local.simulators.secret_files import MICROSOFT_REFRESH_TOKEN, SecretFiles

ACCESS_SECONDS = 3599
REFRESH_LIFE = timedelta(days=90)

type Claims = dict[str, Any]


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
class Access:
    """What an access token lets its bearer do. `account` is empty where the application came alone; `scopes` are what
    it was granted at Graph, None where nobody limits it."""

    tenant_id: str
    resource: str = ""
    account: str = SERVICE.key
    has_mfa: bool = True
    scopes: tuple[str, ...] | None = None

    @property
    def is_app_only(self) -> bool:
        return not self.account


@dataclass(frozen=True)
class Refresh:
    """What a refresh token remembers: who signed in, and whether with MFA; `issued_at` in Unix seconds."""

    account: str = SERVICE.key
    has_mfa: bool = True
    issued_at: float = 0.0


@dataclass(frozen=True)
class Tokens:
    key: bytes
    clock: LocalClock
    secrets: SecretFiles

    def new_access_token(self, access: Access) -> str:
        return self.seal("access", timedelta(seconds=ACCESS_SECONDS), {"access": asdict(access)})

    def new_refresh_token(self, account: str = SERVICE.key, *, has_mfa: bool = True) -> str:
        """The older ones stay good: Microsoft does not revoke them."""
        held = asdict(Refresh(account, has_mfa, self._now()))
        return self.seal("refresh", REFRESH_LIFE, {"refresh": held, "nonce": secrets.token_hex(8)})

    def read_refresh(self, refresh_token: str) -> Refresh:
        """The token that the secrets began with came before all others."""
        claims = self.unseal("refresh", refresh_token)
        return Refresh() if claims is None else Refresh(**claims.get("refresh", {}))

    def read_access(self, access_token: str) -> Access:
        """Raises BadAccessTokenError for what is no access token, or is one no more."""
        claims = self.unseal("access", access_token)
        if claims is None:
            raise BadAccessTokenError("IDX14100: JWT is not well formed, there are no dots (.).")
        if self.is_over(claims):
            raise BadAccessTokenError("Lifetime validation failed, the token is expired.")
        access = Access(**claims["access"])
        return access if access.scopes is None else replace(access, scopes=tuple(access.scopes))

    def refresh_state(self, refresh_token: str) -> RefreshState:
        if self.secrets.matches(MICROSOFT_REFRESH_TOKEN, refresh_token):
            return RefreshState.GOOD
        claims = self.unseal("refresh", refresh_token)
        if claims is None:
            return RefreshState.UNKNOWN
        return RefreshState.IDLE_TOO_LONG if self.is_over(claims) else RefreshState.GOOD

    def is_over(self, claims: Claims) -> bool:
        return bool(claims["expires"] <= self._now())

    def seal(self, kind: str, life: timedelta, claims: Claims) -> str:
        """Claims as one opaque word that only this simulator can have written."""
        payload = json.dumps({"kind": kind, "expires": self._now() + life.total_seconds(), **claims}).encode()
        return base64.urlsafe_b64encode(self._signature(payload) + payload).decode().rstrip("=")

    def unseal(self, kind: str, token: str) -> Claims | None:
        """The claims, expired or not; None where it is something else."""
        try:
            content = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        signature, payload = content[:32], content[32:]
        if not hmac.compare_digest(signature, self._signature(payload)):
            return None
        claims: Claims = json.loads(payload)
        return claims if claims["kind"] == kind else None

    def _now(self) -> float:
        return self.clock.utc_now().timestamp()

    def _signature(self, payload: bytes) -> bytes:
        return hmac.new(self.key, payload, hashlib.sha256).digest()
