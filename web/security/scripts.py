"""Scripts: whoever calls `/api/v1` shows a token and nothing else (S3).

The platform leaves that one path out of its sign-in, so whatever it announces elsewhere proves nothing here: headers
that begin with X-MS- and cookies are not looked at.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from starlette.datastructures import Headers
from starlette.types import Scope

from plans.tokens import ApiToken, ApiTokens, TokenRole, read_token_id
from web.security.sign_in import Role, Script, SignInExpired, SignInMissing, SignInRefused, SignInUnavailable

LOGGER = logging.getLogger(__name__)

API_PATH = "/api/v1"
HEADER = "x-seatledger-token"
LONGEST_READ_SECONDS = 10
ROLES = {
    TokenRole.READER: Role.READER,
    TokenRole.OPERATOR: Role.OPERATOR,
    TokenRole.ADMINISTRATOR: Role.ADMINISTRATOR,
}
HOW_TO_COME = (
    "Send a token in the header X-Seatledger-Token, once. An administrator issues one under Settings, API tokens."
)


def is_for_scripts(path: str) -> bool:
    """Whether only a token opens this address, however its letters are written."""
    lowered = path.lower()
    return lowered == API_PATH or lowered.startswith(f"{API_PATH}/")


class ScriptSignIn:
    """Finds whose token a request carries. Every request is looked up, so that an ended token opens nothing more."""

    def __init__(self, tokens: Callable[[], Awaitable[ApiTokens]], now: Callable[[], datetime]) -> None:
        self._tokens = tokens
        self._now = now

    async def find_script(self, scope: Scope) -> Script:
        """Who sends this request. Raises SignInProblem where no good token proves it."""
        sent = Headers(scope=scope).getlist(HEADER)
        if len(sent) != 1:
            raise SignInMissing(HOW_TO_COME)
        token_id = read_token_id(sent[0])
        token = None if token_id is None else await self._read(token_id)
        # Why a token is not good is told only to whoever has it.
        if token is None or not token.is_genuine(sent[0]):
            raise SignInRefused("This is no token of this Seatledger.")
        if token.is_revoked:
            raise SignInRefused(f"The token “{token.name}” was revoked. An administrator can issue a new one.")
        if token.is_expired(self._now()):
            raise SignInExpired(f"The token “{token.name}” has expired. An administrator can issue a new one.")
        return Script(token.id, token.name, frozenset({ROLES[token.role]}))

    async def _read(self, token_id: str) -> ApiToken | None:
        try:
            async with asyncio.timeout(LONGEST_READ_SECONDS):
                return await (await self._tokens()).read_token(token_id)
        except Exception as error:
            LOGGER.exception("A token could not be looked up")
            raise SignInUnavailable("Tokens cannot be checked at the moment.") from error
