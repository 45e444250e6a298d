"""Microsoft as the night sees it: `plans.ports.LicenceReader`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from microsoft.graph import read_parts
from microsoft.tokens import PartnerCredentials, acquire_token
from microsoft.translate import make_snapshot
from net.client import WebClient
from plans.errors import Retry
from profiles.licences import Snapshot
from profiles.readings import Reading, Unknown, UnknownReason


class GraphLicenceReader:
    """Reads tenants through one partner account: one token and one batch for up to 999 licensed users (P1)."""

    def __init__(
        self,
        login: WebClient,
        graph: WebClient,
        read_credentials: Callable[[], Awaitable[PartnerCredentials]],
        now: Callable[[], datetime],
    ) -> None:
        self._login = login
        self._graph = graph
        self._read_credentials = read_credentials
        self._now = now

    async def read_tenant(self, tenant_id: str) -> Reading[Snapshot]:
        """The tenant's snapshot, read now; Unknown with the next step for everything else."""
        try:
            return await self._read(tenant_id)
        except Retry as error:
            return Unknown(UnknownReason.UNREACHABLE, f"{error}. It is read again tomorrow.")

    async def _read(self, tenant_id: str) -> Reading[Snapshot]:
        credentials = await self._read_credentials()
        token = await acquire_token(self._login, credentials, tenant_id, self._graph.origin)
        if isinstance(token, Unknown):
            return token
        parts = await read_parts(self._graph, token.value)
        if isinstance(parts, Unknown):
            return parts
        return make_snapshot(tenant_id, self._now(), parts.value)
