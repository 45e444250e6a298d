"""Microsoft's client over HTTPS against two vaults: one that the app only reads, one that it stores in (S5, S6)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from azure.data.tables.aio import TableClient
from azure.keyvault.secrets.aio import SecretClient

from plans.errors import Misconfigured
from store.secrets import RenewedSecrets, TwoVaults, VaultSecrets
from tests.unit.store.conftest import Clock
from tests.unit.store.vault import AnyToken, FakeVault, serve_vault

NAME = "microsoft-refresh-token"


@pytest.fixture(scope="module")
def vaults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeVault, FakeVault]]:
    """With the rights that infra/bicep/access.bicep gives."""
    own_folder, stored_folder = tmp_path_factory.mktemp("own"), tmp_path_factory.mktemp("stored")
    with (
        serve_vault(own_folder, frozenset({"get"})) as own,
        serve_vault(stored_folder, frozenset({"get", "set", "update"})) as stored,
    ):
        yield own, stored


@pytest.fixture
async def secrets(
    vaults: tuple[FakeVault, FakeVault], config_table: TableClient, clock: Clock
) -> AsyncIterator[RenewedSecrets]:
    for each in vaults:
        each.secrets.clear()
        each.asked.clear()
    own, stored = [open_client(each) for each in vaults]
    yield RenewedSecrets(TwoVaults(VaultSecrets(own), VaultSecrets(stored)), config_table, clock.now)
    await own.close()
    await stored.close()


def open_client(vault: FakeVault) -> SecretClient:
    """The client as the wiring opens it, but that it believes this machine's certificate and name."""
    return SecretClient(
        vault.url, AnyToken(), verify_challenge_resource=False, connection_verify=str(vault.certificate)
    )


async def test_what_a_person_put_into_the_own_vault_is_read_from_there(
    secrets: RenewedSecrets, vaults: tuple[FakeVault, FakeVault]
) -> None:
    own, stored = vaults
    own.put(NAME, "by-hand")
    assert (await secrets.read(NAME)).value == "by-hand"
    assert stored.asked == []


async def test_what_the_app_stores_goes_to_the_other_one_by_version(
    secrets: RenewedSecrets, vaults: tuple[FakeVault, FakeVault]
) -> None:
    own, stored = vaults
    own.put(NAME, "by-hand")
    held = await secrets.read(NAME)
    assert await secrets.renew(NAME, "first", held.stamp)
    assert await secrets.renew(NAME, "second", (await secrets.read(NAME)).stamp)
    assert await secrets.renew(NAME, "third", (await secrets.read(NAME)).stamp)
    assert (await secrets.read(NAME)).value == "third"
    assert [(each.value, each.is_enabled) for each in stored.secrets[NAME]] == [
        ("first", False),
        ("second", True),
        ("third", True),
    ]
    assert [each.value for each in own.secrets[NAME]] == ["by-hand"]
    assert {method for method, _ in own.asked} == {"GET"}


async def test_who_loses_the_race_puts_its_version_out_of_use(
    secrets: RenewedSecrets, vaults: tuple[FakeVault, FakeVault]
) -> None:
    _, stored = vaults
    await secrets.put({NAME: "typed"})
    stamp = (await secrets.read(NAME)).stamp
    assert await secrets.renew(NAME, "quick", stamp)
    assert not await secrets.renew(NAME, "late", stamp)
    assert (await secrets.read(NAME)).value == "quick"
    assert {each.value: each.is_enabled for each in stored.secrets[NAME]}["late"] is False


async def test_what_is_forgotten_is_given_out_no_more(
    secrets: RenewedSecrets, vaults: tuple[FakeVault, FakeVault]
) -> None:
    _, stored = vaults
    await secrets.put({NAME: "typed"})
    await secrets.forget({NAME})
    assert [each.is_enabled for each in stored.secrets[NAME]] == [False]
    with pytest.raises(Misconfigured, match="has no secret"):
        await secrets.read(NAME)


async def test_the_own_vault_refuses_to_store(vaults: tuple[FakeVault, FakeVault]) -> None:
    client = open_client(vaults[0])
    with pytest.raises(Misconfigured, match="Seatledger Connection Secrets"):
        await VaultSecrets(client).write_secret(NAME, "value")
    await client.close()


async def test_a_vault_that_answers_is_well_and_one_that_refuses_is_told(vaults: tuple[FakeVault, FakeVault]) -> None:
    clients = [open_client(each) for each in vaults]
    both = TwoVaults(*(VaultSecrets(each) for each in clients))
    await both.check()
    rights, vaults[1].rights = vaults[1].rights, frozenset()
    try:
        with pytest.raises(Misconfigured, match="does not let the app read secrets"):
            await both.check()
    finally:
        vaults[1].rights = rights
        for each in clients:
            await each.close()
