"""Issuing and ending the tokens of scripts (S3). A token's text exists once: in the answer to whoever issued it."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from plans.errors import Bug
from plans.tokens import ApiToken, ApiTokens, TokenRole, digest_token, write_token
from web.actions.asking import Actor

LOGGER = logging.getLogger(__name__)

MOST_GOOD_TOKENS = 100
SECRET_BYTES = 32
ID_BYTES = 8
ENDING_LENGTH = 4
TRIES = 3


@dataclass(frozen=True, slots=True)
class Issued:
    """The token as it is kept, and its text, which is not kept."""

    token: ApiToken
    text: str


@dataclass(frozen=True, slots=True)
class NotIssued:
    """Why there is no new token, and what to do."""

    sentence: str


async def issue_token(
    tokens: ApiTokens, name: str, role: TokenRole, life: timedelta, actor: Actor
) -> Issued | NotIssued:
    """A new token, good from now on for `life`. Logs name it, so no two good ones have the same name."""
    good = [each for each in await tokens.list_tokens() if each.is_good(actor.at)]
    if any(each.name.casefold() == name.casefold() for each in good):
        return NotIssued(f"There is a token “{name}” already. Revoke it first, or choose another name.")
    if len(good) >= MOST_GOOD_TOKENS:
        return NotIssued(f"There are {len(good)} tokens already. Revoke those that nobody uses first.")
    for _ in range(TRIES):
        token_id = secrets.token_hex(ID_BYTES)
        text = write_token(token_id, secrets.token_urlsafe(SECRET_BYTES))
        token = ApiToken(
            id=token_id,
            name=name,
            role=role,
            digest=digest_token(text),
            ending=text[-ENDING_LENGTH:],
            created_by=actor.name,
            created_at=actor.at,
            expires_at=actor.at + life,
        )
        if await tokens.add_token(token):
            LOGGER.info("Issued token %r (%s) as %s by %s", name, token_id, role.value, actor.identity)
            return Issued(token, text)
    raise Bug(f"{TRIES} random ids of tokens were all taken.")


async def end_token(tokens: ApiTokens, token_id: str, actor: Actor) -> ApiToken | None:
    """Let the token open nothing from now on; None where there is none."""
    token = await tokens.revoke_token(token_id, actor.name, actor.at)
    if token is not None:
        LOGGER.info("Revoked token %r (%s) by %s", token.name, token.id, actor.identity)
    return token
