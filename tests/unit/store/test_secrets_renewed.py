"""A renewed refresh token never goes back: a version, then the row that points at it, on the real emulator (S6)."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables.aio import TableClient
from azure.keyvault.secrets.aio import SecretClient

from plans.errors import Misconfigured
from store.secrets import FileSecrets, RenewedSecrets, VaultSecrets
from tests.unit.store.conftest import Clock

NAME = "microsoft-refresh-token"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plain = tmp_path / NAME
    plain.touch(mode=0o600)
    plain.write_text("by-hand\n")
    return tmp_path


@pytest.fixture
def secrets(folder: Path, config_table: TableClient, clock: Clock) -> RenewedSecrets:
    return RenewedSecrets(FileSecrets(folder), config_table, clock.now)


def list_files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_without_a_pointer_the_one_that_was_put_there_by_hand_is_read(secrets: RenewedSecrets) -> None:
    held = await secrets.read(NAME)
    assert (held.value, held.stamp) == ("by-hand", None)
    assert "by-hand" not in repr(held)


async def test_a_renewed_secret_is_in_force(secrets: RenewedSecrets) -> None:
    assert await secrets.renew(NAME, "first", None)
    held = await secrets.read(NAME)
    assert held.value == "first"
    assert await secrets.renew(NAME, "second", held.stamp)
    assert (await secrets.read(NAME)).value == "second"


async def test_of_two_writers_with_the_same_stamp_one_wins_and_the_other_leaves_nothing(
    secrets: RenewedSecrets, folder: Path
) -> None:
    await secrets.renew(NAME, "zero", None)
    stamp = (await secrets.read(NAME)).stamp
    won = await asyncio.gather(*(secrets.renew(NAME, f"writer-{number}", stamp) for number in range(4)))
    assert sorted(won) == [False, False, False, True]
    assert (await secrets.read(NAME)).value == f"writer-{won.index(True)}"
    assert len(list_files(folder)) == 3, "by hand, the one before, the one in force"


async def test_two_first_writers_meet_in_the_same_way(secrets: RenewedSecrets) -> None:
    won = await asyncio.gather(secrets.renew(NAME, "one", None), secrets.renew(NAME, "two", None))
    assert sorted(won) == [False, True]
    assert (await secrets.read(NAME)).value == ("one" if won[0] else "two")


async def test_an_older_token_never_replaces_a_newer_one(secrets: RenewedSecrets) -> None:
    slow = await secrets.read(NAME)
    await secrets.renew(NAME, "newer", slow.stamp)
    assert not await secrets.renew(NAME, "older", slow.stamp)
    assert (await secrets.read(NAME)).value == "newer"


async def test_only_the_last_two_versions_stay(secrets: RenewedSecrets, folder: Path) -> None:
    for number in range(5):
        assert await secrets.renew(NAME, f"token-{number}", (await secrets.read(NAME)).stamp)
    versions = [path for path in list_files(folder) if path.name != NAME]
    assert sorted(path.read_text() for path in versions) == ["token-3", "token-4"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in versions)


async def test_the_table_holds_no_secret(secrets: RenewedSecrets, config_table: TableClient) -> None:
    await secrets.renew(NAME, "canary", None)
    rows = [str(dict(row)) async for row in config_table.list_entities()]
    assert len(rows) == 1
    assert "canary" not in rows[0]


async def test_dying_between_version_and_pointer_leaves_the_old_one_in_force(
    folder: Path, secrets: RenewedSecrets
) -> None:
    await FileSecrets(folder).write_secret(NAME, "nobody points at me")
    assert (await secrets.read(NAME)).value == "by-hand"


class Vault:
    """Key Vault in memory, as its client behaves."""

    def __init__(self) -> None:
        self.versions: list[str] = []
        self.disabled: list[str] = []
        self.refusal: int | None = None

    async def set_secret(self, _: str, value: str) -> Any:
        if self.refusal is not None:
            error = HttpResponseError("refused")
            error.status_code = self.refusal
            raise error
        self.versions.append(value)
        return SimpleNamespace(value=value, properties=SimpleNamespace(version=str(len(self.versions))))

    async def get_secret(self, name: str, version: str | None = None) -> Any:
        if not self.versions:
            raise ResourceNotFoundError(name)
        return SimpleNamespace(value=self.versions[-1 if version is None else int(version) - 1])

    async def update_secret_properties(self, _: str, version: str, *, enabled: bool) -> None:
        assert not enabled
        self.disabled.append(version)


async def test_key_vault_keeps_versions_and_the_row_says_which_counts(config_table: TableClient, clock: Clock) -> None:
    vault = Vault()
    secrets = RenewedSecrets(VaultSecrets(cast(SecretClient, vault)), config_table, clock.now)
    vault.versions.append("by-hand")
    assert (await secrets.read(NAME)).value == "by-hand"
    for number in range(3):
        assert await secrets.renew(NAME, f"token-{number}", (await secrets.read(NAME)).stamp)
    assert not await secrets.renew(NAME, "late", "W/\"datetime'2026-11-22T00%3A00%3A00.0000000Z'\"")
    assert (await secrets.read(NAME)).value == "token-2"
    assert vault.disabled == ["2", "5"], "the one before the last two, and the loser's"


async def test_a_vault_that_lets_nobody_write_says_which_role_is_missing() -> None:
    vault = Vault()
    vault.refusal = 403
    with pytest.raises(Misconfigured, match="Seatledger Connection Secrets"):
        await VaultSecrets(cast(SecretClient, vault)).write_secret(NAME, "value")
    vault.refusal = 500
    with pytest.raises(HttpResponseError):
        await VaultSecrets(cast(SecretClient, vault)).write_secret(NAME, "value")


async def test_a_secret_that_was_put_out_of_use_is_told_from_one_that_is_not_there() -> None:
    class Disabled:
        async def get_secret(self, name: str, version: str | None = None) -> Any:
            error = HttpResponseError("SecretDisabled")
            error.status_code = 403
            raise error

    with pytest.raises(Misconfigured, match=f"does not give out the secret {NAME}: it is out of use"):
        await VaultSecrets(cast(SecretClient, Disabled())).read_secret(NAME)


async def test_what_a_person_types_is_in_force_together_or_not_at_all(secrets: RenewedSecrets, folder: Path) -> None:
    await secrets.put({NAME: "typed", "other": "too"})
    assert [(await secrets.read(name)).value for name in (NAME, "other")] == ["typed", "too"]
    await asyncio.gather(*(secrets.put({NAME: f"n{number}", "other": f"o{number}"}) for number in range(3)))
    one, other = [(await secrets.read(name)).value for name in (NAME, "other")]
    assert one[1:] == other[1:]
    assert len(list_files(folder)) == 5, "by hand, and of each the one before and the one in force"


async def test_forgetting_puts_what_we_stored_out_of_use_and_leaves_what_a_person_put_there(
    secrets: RenewedSecrets, folder: Path
) -> None:
    await secrets.put({NAME: "typed"})
    await secrets.put({NAME: "typed again"})
    await secrets.forget([NAME, "never-there"])
    assert [path.name for path in list_files(folder)] == [NAME]
    assert (await secrets.read(NAME)).value == "by-hand"
