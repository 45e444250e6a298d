"""Tokens of scripts in the table: a hash and never the token; revoked once, whoever is quicker."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables.aio import TableClient

from plans.tokens import ApiToken, TokenRole, digest_token, write_token
from store.tokens import TableTokens
from tests.unit.store.values import NOW

SECRET = "s" * 43
TEXT = write_token("00000000000000aa", SECRET)
TOKEN = ApiToken(
    "00000000000000aa", "Nightly “report”", TokenRole.OPERATOR, digest_token(TEXT), SECRET[-4:], "Ada", NOW,
    NOW + timedelta(days=365),
)  # fmt: skip


@pytest.fixture
def tokens(config_table: TableClient) -> TableTokens:
    return TableTokens(config_table)


async def test_a_token_comes_back_and_the_row_does_not_hold_it(tokens: TableTokens, config_table: TableClient) -> None:
    assert await tokens.read_token(TOKEN.id) is None
    assert await tokens.add_token(TOKEN)
    assert not await tokens.add_token(replace(TOKEN, name="another")), "an id is taken once"
    assert await tokens.read_token(TOKEN.id) == TOKEN
    row = await config_table.get_entity("token", TOKEN.id)
    assert SECRET not in str(row) and TOKEN.digest in str(row)


async def test_tokens_are_listed_newest_first(tokens: TableTokens) -> None:
    newer = replace(TOKEN, id="00000000000000ab", created_at=NOW + timedelta(days=1))
    for each in (TOKEN, newer):
        await tokens.add_token(each)
    assert await tokens.list_tokens() == (newer, TOKEN)


async def test_who_revokes_first_stays(tokens: TableTokens) -> None:
    await tokens.add_token(TOKEN)
    revoked = await tokens.revoke_token(TOKEN.id, "Ada", NOW)
    assert revoked == replace(TOKEN, revoked_by="Ada", revoked_at=NOW)
    assert await tokens.revoke_token(TOKEN.id, "Ben", NOW + timedelta(hours=1)) == revoked
    assert await tokens.read_token(TOKEN.id) == revoked
    assert await tokens.revoke_token("00000000000000ff", "Ada", NOW) is None


async def test_a_revocation_that_was_overtaken_looks_again(
    tokens: TableTokens, monkeypatch: pytest.MonkeyPatch, config_table: TableClient
) -> None:
    await tokens.add_token(TOKEN)
    update, other = config_table.update_entity, TableTokens(config_table)
    calls: list[str] = []

    async def be_slower(*given: object, **more: object) -> object:
        calls.append("update")
        if len(calls) == 1:
            await other.revoke_token(TOKEN.id, "Ben", NOW)
        return await update(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(config_table, "update_entity", be_slower)
    revoked = await tokens.revoke_token(TOKEN.id, "Ada", NOW + timedelta(hours=1))
    assert revoked is not None and revoked.revoked_by == "Ben"
    assert len(calls) == 2
