"""Who may write to an agreement: table `config`, partition `turn`, one row an agreement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from store.codec import decode, encode
from store.tables import Row, insert, make_row, read

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
        return await self._replace_turn(wanted, entity.metadata["etag"])

    async def _replace_turn(self, wanted: Row, etag: str | None) -> bool:
        try:
            await self._config.update_entity(
                wanted, mode=UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
            )
        except HttpResponseError as error:
            if is_taken_over(error):
                return False
            raise
        return True

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
            if not is_taken_over(error):
                raise


def is_taken_over(error: HttpResponseError) -> bool:
    """Whether a turn was not as it had been read: gone, or somebody else's by now."""
    return error.status_code in (404, 412)
