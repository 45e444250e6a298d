"""The public keys that verify ID tokens: fetched once an hour, and once more for a key id nobody has seen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from jwt import PyJWK, PyJWKError

from web.security.sign_in import SignInRefused, SignInUnavailable

LOGGER = logging.getLogger(__name__)

FRESH_FOR = timedelta(hours=1)
SHORTEST_PAUSE_BETWEEN_FETCHES = timedelta(minutes=1)

type KeySet = dict[str, Any]


class SignInKeys:
    """The keys of one issuer. One instance per event loop."""

    def __init__(self, fetch: Callable[[], Awaitable[KeySet]], now: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._now = now
        self._keys: dict[str, PyJWK] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def find(self, key_id: str) -> PyJWK:
        """The key with this id. Raises SignInRefused where there is none, SignInUnavailable while nobody can say."""
        if key_id not in self._keys or not self._is_fresh():
            async with self._turn:
                if (key_id not in self._keys or not self._is_fresh()) and self._may_fetch():
                    await self._refresh()
        if self._fetched_at is None:
            raise SignInUnavailable("The keys that prove a sign-in cannot be fetched at the moment.")
        if key_id not in self._keys:
            raise SignInRefused("The sign-in was signed with a key that its issuer does not publish.")
        return self._keys[key_id]

    def now(self) -> datetime:
        """The app's clock."""
        return self._now()

    def _is_fresh(self) -> bool:
        return self._fetched_at is not None and self._now() - self._fetched_at < FRESH_FOR

    def _may_fetch(self) -> bool:
        return self._tried_at is None or self._now() - self._tried_at >= SHORTEST_PAUSE_BETWEEN_FETCHES

    async def _refresh(self) -> None:
        """Fetch; keys that are known already stay in use while the issuer cannot be reached."""
        self._tried_at = self._now()
        try:
            keys = read_keys(await self._fetch())
        except Exception:
            LOGGER.exception("The sign-in keys could not be fetched")
            return
        self._keys = keys
        self._fetched_at = self._now()


def read_keys(key_set: KeySet) -> dict[str, PyJWK]:
    """The RSA signing keys of a JSON Web Key Set, by key id; keys of other kinds are not ours to use."""
    keys = {}
    for entry in key_set["keys"]:
        if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or "kid" not in entry:
            continue
        try:
            keys[entry["kid"]] = PyJWK(entry, algorithm="RS256")
        except PyJWKError:
            LOGGER.warning("A sign-in key could not be read and is left out")
    return keys
