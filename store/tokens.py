"""Tokens of scripts: table `config`, partition `token`, one row each. The row holds a hash, never the token (S5)."""

from __future__ import annotations

from datetime import datetime

from azure.data.tables.aio import TableClient

from plans.tokens import ApiToken
from store import filters
from store.codec import decode, encode
from store.tables import insert, make_row, query, read, replace_read

TOKEN_PARTITION = "token"  # noqa: S105 - a partition's name


class TableTokens:
    """`plans.tokens.ApiTokens` on Azure Table Storage."""

    def __init__(self, config: TableClient) -> None:
        self._config = config

    async def list_tokens(self) -> tuple[ApiToken, ...]:
        chosen = filters.in_partition(TOKEN_PARTITION)
        tokens = [decode(ApiToken, row["value"]) async for row in query(self._config, chosen)]
        return tuple(sorted(tokens, key=lambda token: (token.created_at, token.id), reverse=True))

    async def read_token(self, token_id: str) -> ApiToken | None:
        row = await read(self._config, TOKEN_PARTITION, token_id)
        return None if row is None else decode(ApiToken, row["value"])

    async def add_token(self, token: ApiToken) -> bool:
        return await insert(self._config, make_row(TOKEN_PARTITION, token.id, encode(ApiToken, token)))

    async def revoke_token(self, token_id: str, revoked_by: str, at: datetime) -> ApiToken | None:
        """Replaces the row as it was read, and looks again where somebody was quicker."""
        while True:
            row = await read(self._config, TOKEN_PARTITION, token_id)
            if row is None:
                return None
            standing = decode(ApiToken, row["value"])
            revoked = standing.revoke(revoked_by, at)
            if revoked is standing:
                return standing
            wanted = make_row(TOKEN_PARTITION, token_id, encode(ApiToken, revoked))
            if await replace_read(self._config, wanted, row.metadata["etag"]) is not None:
                return revoked
