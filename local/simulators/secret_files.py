"""The secrets that a simulator accepts: one file each, read anew so that they can be rotated."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path

MICROSOFT_CLIENT_SECRET = "microsoft-client-secret"  # noqa: S105 - the name of a file
MICROSOFT_REFRESH_TOKEN = "microsoft-refresh-token"  # noqa: S105 - the name of a file
CONNECTWISE_PUBLIC_KEY = "connectwise-public-key"
CONNECTWISE_PRIVATE_KEY = "connectwise-private-key"
MAIL_PASSWORD = "mail-password"  # noqa: S105 - the name of a file
AUTOTASK_SECRET = "autotask-secret"  # noqa: S105 - the name of a file
AUTOTASK_INTEGRATION_CODE = "autotask-integration-code"

ALL_NAMES = (
    MICROSOFT_CLIENT_SECRET,
    MICROSOFT_REFRESH_TOKEN,
    CONNECTWISE_PUBLIC_KEY,
    CONNECTWISE_PRIVATE_KEY,
    MAIL_PASSWORD,
    AUTOTASK_SECRET,
    AUTOTASK_INTEGRATION_CODE,
)


@dataclass(frozen=True)
class SecretFiles:
    directory: Path

    def read(self, name: str) -> str:
        return (self.directory / name).read_text(encoding="utf-8").strip()

    def matches(self, name: str, offered: str) -> bool:
        return hmac.compare_digest(self.read(name).encode(), offered.encode())
