"""Who may write to an agreement: table `config`, partition `turn`, one row an agreement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables.aio import TableClient

from store.codec import decode, encode
from store.tables import insert, make_row, read, replace_read

TURN_PARTITION = "turn"


@dataclass(frozen=True, slots=True)
class Turn:
    """Who may write to an agreement, and until when (aware, UTC)."""

    holder: str
    until: datetime


class TableTurns:
    """The turns of `plans.ports.Books` on Azure Table Storage."""

    def __init__(self, config: TableClient, now: Callable[[], datetime]) -> None:
        self._config = config
        self._now = now

    async def take_turn(self, connection_id: str, agreement_id: str, holder: str, until: datetime) -> bool:
        key = f"{connection_id}:{agreement_id}"
        wanted = make_row(TURN_PARTITION, key, encode(Turn, Turn(holder, until)))
        if await insert(self._config, wanted):
            return True
        try:
            entity = await self._config.get_entity(TURN_PARTITION, key)
        except ResourceNotFoundError:
            return await insert(self._config, wanted)
        turn = decode(Turn, entity["value"])
        if turn.holder != holder and turn.until > self._now():
            return False
        return await replace_read(self._config, wanted, entity.metadata["etag"]) is not None

    async def end_turn(self, connection_id: str, agreement_id: str, holder: str) -> None:
        key = f"{connection_id}:{agreement_id}"
        row = await read(self._config, TURN_PARTITION, key)
        if row is not None and decode(Turn, row["value"]).holder == holder:
            await self._delete_turn(key, row.metadata["etag"])

    async def _delete_turn(self, key: str, etag: str | None) -> None:
        try:
            await self._config.delete_entity(
                TURN_PARTITION, key, etag=etag, match_condition=MatchConditions.IfNotModified
            )
        except HttpResponseError as error:
            # Gone, or somebody else's by now.
            if error.status_code not in (404, 412):
                raise
