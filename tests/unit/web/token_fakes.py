"""Tokens in memory; a good one of each role is there from the start."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from plans.tokens import ApiToken, ApiTokens, TokenRole, digest_token, write_token

ISSUED = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
A_YEAR = timedelta(days=365)


def make_text(number: int) -> str:
    """The text of a token."""
    return write_token(f"{number:016x}", f"{number:039d}-_Az")


def make_token(
    number: int, name: str, role: TokenRole = TokenRole.READER, life: timedelta = A_YEAR, at: datetime = ISSUED
) -> ApiToken:
    """What is kept of it."""
    text = make_text(number)
    return ApiToken(f"{number:016x}", name, role, digest_token(text), text[-4:], "Ada Administrator", at, at + life)


READER = make_token(1, "Nightly report")
OPERATOR = make_token(2, "Approval bot", TokenRole.OPERATOR)
ADMINISTRATOR = make_token(5, "Settings bot", TokenRole.ADMINISTRATOR)
GOOD = (READER, OPERATOR, ADMINISTRATOR)
OF_ROLE = {TokenRole.READER: 1, TokenRole.OPERATOR: 2, TokenRole.ADMINISTRATOR: 5}


@dataclass
class FakeTokens:
    """Tokens by id; `error` is raised by every read. The first `refuses` new ids are taken."""

    tokens: dict[str, ApiToken] = field(default_factory=lambda: {each.id: each for each in GOOD})
    error: Exception | None = None
    refuses: int = 0

    async def open(self) -> ApiTokens:
        return self

    async def list_tokens(self) -> tuple[ApiToken, ...]:
        if self.error is not None:
            raise self.error
        return tuple(sorted(self.tokens.values(), key=lambda each: (each.created_at, each.id), reverse=True))

    async def read_token(self, token_id: str) -> ApiToken | None:
        if self.error is not None:
            raise self.error
        return self.tokens.get(token_id)

    async def add_token(self, token: ApiToken) -> bool:
        if self.refuses:
            self.refuses -= 1
            return False
        self.tokens[token.id] = token
        return True

    async def revoke_token(self, token_id: str, revoked_by: str, at: datetime) -> ApiToken | None:
        if token_id not in self.tokens:
            return None
        self.tokens[token_id] = self.tokens[token_id].revoke(revoked_by, at)
        return self.tokens[token_id]


def token_headers(role: TokenRole = TokenRole.OPERATOR) -> dict[str, str]:
    """What a script sends."""
    return {"X-Seatledger-Token": make_text(OF_ROLE[role])}
