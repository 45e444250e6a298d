"""Puts Easy Auth together: the gate before the app, and the app settings by which the app can check it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.types import ASGIApp

from local.host.easy_auth.gate import Gate
from local.host.easy_auth.pages import ISSUER_PATH, KEYS_PATH, Pages
from local.host.easy_auth.people import CLIENT_ID, TENANT_ID
from local.host.easy_auth.signing_key import load_or_create_signing_key
from local.host.easy_auth.tokens import Tokens


@dataclass(frozen=True)
class SignIn:
    """`base_url` is where people reach this host."""

    base_url: str
    key_file: Path
    utc_now: Callable[[], datetime]
    excluded_paths: tuple[str, ...]

    def describe_to_app(self) -> dict[str, str]:
        """The app settings that App Service, or whoever deploys the app, sets."""
        return {
            "WEBSITE_AUTH_ENABLED": "True",
            "SEATLEDGER_SIGN_IN_ISSUER": f"{self.base_url}{ISSUER_PATH}",
            "SEATLEDGER_SIGN_IN_AUDIENCE": CLIENT_ID,
            "SEATLEDGER_SIGN_IN_TENANT_ID": TENANT_ID,
            "SEATLEDGER_SIGN_IN_KEYS_URL": f"{self.base_url}{KEYS_PATH}",
        }

    def guard(self, app: ASGIApp) -> ASGIApp:
        """`app` behind the gate."""
        key = load_or_create_signing_key(self.key_file)
        tokens = Tokens(key, f"{self.base_url}{ISSUER_PATH}", self.utc_now)
        return Gate(app, Pages(tokens, key).create_app(), tokens, self.excluded_paths)
