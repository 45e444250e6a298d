"""One account's way into tenants: its credentials and access tokens, kept in the process and never stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from microsoft.tokens import AccessToken, Credentials, Remember, acquire_token, remember_nothing
from net.client import WebClient
from profiles.readings import Known, Reading, UnknownReason

CREDENTIALS_LIFE = timedelta(minutes=15)

type ReadCredentials = Callable[[], Awaitable[Credentials]]


@dataclass(frozen=True, slots=True)
class Door:
    """What a token opens: a resource (an origin) in a tenant."""

    tenant_id: str
    resource: str


@dataclass(frozen=True, slots=True)
class HeldCredentials:
    """Credentials, and when they are read again: somebody may have signed in anew."""

    credentials: Credentials
    until: datetime


class Session:
    """Tokens for tenants: each is asked for once, however many wait for it, and used until it is about to expire.

    What is kept grows with the tenants, and not with the nights.
    """

    def __init__(
        self,
        login: WebClient,
        read_credentials: ReadCredentials,
        now: Callable[[], datetime],
        remember: Remember = remember_nothing,
    ) -> None:
        self._login = login
        self._read_credentials = read_credentials
        self._now = now
        self._remember = remember
        self._held: HeldCredentials | None = None
        self._tokens: dict[Door, AccessToken] = {}
        self._turns: dict[Door, asyncio.Lock] = {}

    async def open(self, door: Door, refused: AccessToken | None = None) -> Reading[AccessToken]:
        """A token for the door, another one than the refused. Raises Retry where sign-in does not answer."""
        async with self._turns.setdefault(door, asyncio.Lock()):
            kept = self._tokens.get(door)
            if kept is not None and kept != refused and kept.is_fresh(self._now()):
                self._remember(kept.value)
                return Known(kept)
            return await self._acquire(door)

    async def _acquire(self, door: Door) -> Reading[AccessToken]:
        granted = await acquire_token(
            self._login, await self._credentials(), door.tenant_id, door.resource, self._now()
        )
        if not isinstance(granted, Known):
            if granted.reason is UnknownReason.SIGN_IN_REFUSED:
                self._held = None
            return granted
        grant = granted.value
        for secret in filter(None, (grant.token.value, grant.refresh_token)):
            self._remember(secret)
        self._tokens[door] = grant.token
        return Known(grant.token)

    async def _credentials(self) -> Credentials:
        if self._held is None or self._held.until <= self._now():
            self._held = HeldCredentials(await self._read_credentials(), self._now() + CREDENTIALS_LIFE)
        return self._held.credentials
