"""Reads that carry a token: kept as they come, and repeated once with a new token where the old one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from microsoft.tokens import AccessToken
from net.client import Answer, WebClient
from plans.raw_answers import KeepRaw, RawAnswer, forget_raw
from profiles.readings import Known, Reading, Unknown

REFUSED_TOKEN = 401


class TokenSource(Protocol):
    """Where tokens for one resource in one tenant come from."""

    async def __call__(self, refused: AccessToken | None = None) -> Reading[AccessToken]:
        """A token; a new one where `refused` was. Raises Retry where sign-in does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class SignedClient:
    """One server, read with one identity."""

    web: WebClient
    tokens: TokenSource
    keep: KeepRaw = forget_raw

    async def read(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, json_body: object = None
    ) -> Reading[Answer]:
        """The answer to a read, or why no token opens it. Raises Retry where the server does not answer.

        A token may be refused in the middle of a run, however long it should have lived (microsoft.md 4).
        """
        token = await self.tokens()
        if isinstance(token, Unknown):
            return token
        answer = await self._send(token.value, method, path, headers, json_body)
        if answer.status == REFUSED_TOKEN:
            token = await self.tokens(refused=token.value)
            if isinstance(token, Unknown):
                return token
            answer = await self._send(token.value, method, path, headers, json_body)
        return Known(answer)

    async def _send(
        self, token: AccessToken, method: str, path: str, headers: Mapping[str, str] | None, json_body: object
    ) -> Answer:
        signed = {"Authorization": f"Bearer {token.value}", "Accept": "application/json", **(headers or {})}
        if json_body is not None:
            signed["Content-Type"] = "application/json"
        answer = await self.web.read(method, path, headers=signed, json_body=json_body)
        self.keep(RawAnswer(f"{method} {path.partition('?')[0]}", answer.status, answer.text))
        return answer
