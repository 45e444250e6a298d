"""Tokens with which scripts come to `/api/v1` (promises S3): what is kept of one, and when it is good.

Only the SHA-256 of a token is kept. It is made of 256 random bits, so nobody finds one that fits a hash, and a slow
hash with a salt would protect nothing more.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

DEFAULT_LIFE = timedelta(days=90)
# A token that can change brakes and settings is not left lying about for a year.
LONGEST_ADMINISTRATOR_LIFE = timedelta(days=90)
TOKEN_TEXT = re.compile(r"slt_([0-9a-f]{16})_[A-Za-z0-9_-]{43}")


class TokenRole(StrEnum):
    """What a token may do: look, or also decide, or also administer. No token makes a token or sees a secret."""

    READER = "reader"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """One token as it is kept. `digest` is the SHA-256 of its text as hex; `ending` are the last four characters.

    Times are aware, in UTC. It is good until `expires_at`, and no longer than `revoked_at` where somebody ended it.
    """

    id: str
    name: str
    role: TokenRole
    digest: str
    ending: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_by: str | None = None
    revoked_at: datetime | None = None

    def is_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return now >= self.expires_at

    @property
    def is_revoked(self) -> bool:
        """Whether somebody ended it."""
        return self.revoked_at is not None

    def is_good(self, now: datetime) -> bool:
        """Whether whoever has it is let in."""
        return not self.is_revoked and not self.is_expired(now)

    def is_genuine(self, text: str) -> bool:
        """Whether this is its text; it takes as long for a wrong one as for the right one."""
        return hmac.compare_digest(self.digest, digest_token(text))

    def revoke(self, revoked_by: str, at: datetime) -> ApiToken:
        """The same, ended; who ended it first stays."""
        return self if self.is_revoked else replace(self, revoked_by=revoked_by, revoked_at=at)


class ApiTokens(Protocol):
    """Where tokens are kept."""

    async def list_tokens(self) -> tuple[ApiToken, ...]:
        """Every token that was ever issued, the newest first."""
        ...

    async def read_token(self, token_id: str) -> ApiToken | None:
        """The token with this id; None where there is none."""
        ...

    async def add_token(self, token: ApiToken) -> bool:
        """Keep a new one; False where its id is taken."""
        ...

    async def revoke_token(self, token_id: str, revoked_by: str, at: datetime) -> ApiToken | None:
        """End one, and answer it as it is then; None where there is none. Whoever ended it first stays."""
        ...


def write_token(token_id: str, secret: str) -> str:
    """The text that a script sends: the id, by which it is found, and the secret, by which it is proved."""
    return f"slt_{token_id}_{secret}"


def read_token_id(text: str) -> str | None:
    """The id within a token's text; None where the text is no token."""
    found = TOKEN_TEXT.fullmatch(text)
    return None if found is None else found[1]


def digest_token(text: str) -> str:
    """What is kept of a token's text."""
    return hashlib.sha256(text.encode()).hexdigest()
