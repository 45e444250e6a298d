"""Where secrets live: Key Vault in Azure, files under a private folder on a developer's machine (S5).

A secret that is renewed by itself has versions, and a row that points at the one in force (S6): Key Vault has no
compare-and-set, the row has. Who loses the race for the row throws its version away.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables.aio import TableClient
from azure.keyvault.secrets.aio import SecretClient

from plans.errors import Misconfigured, Retry
from store.codec import decode, encode
from store.tables import create, insert, insert_batch, make_row, read, replace_read, update

PRIVATE_FILE_MODE = 0o600
SECRET_PARTITION = "secret"  # noqa: S105 - the name of a partition
FORBIDDEN_STATUS = 403
TRIES = 4
# A secret that nobody makes: a vault that says so has been read.
CHECK_NAME = "seatledger-health"
VAULT_ROLE = "Seatledger Connection Secrets"


class Secrets(Protocol):
    """Secrets by name, and by version where there are several."""

    async def read_secret(self, name: str, version: str | None = None) -> str:
        """That version, or the one that was put there last. Raises Misconfigured where there is none."""
        ...

    async def write_secret(self, name: str, value: str) -> str:
        """Store a new version and return its name. Raises Misconfigured where we may not."""
        ...

    async def retire_secret(self, name: str, version: str) -> None:
        """Put a version out of use; nothing happens where it is gone already."""
        ...

    async def check(self) -> None:
        """Raises Misconfigured where secrets cannot be read at all."""
        ...


class VaultSecrets:
    """Secrets in Azure Key Vault."""

    def __init__(self, client: SecretClient) -> None:
        self._client = client

    async def read_secret(self, name: str, version: str | None = None) -> str:
        try:
            secret = await self._client.get_secret(name, version)
        except ResourceNotFoundError as error:
            raise Misconfigured(f"Key Vault has no secret {name}. Connect again to store it.") from error
        except HttpResponseError as error:
            if error.status_code == FORBIDDEN_STATUS:
                sentence = f"Connect again to store it, or give the app's identity the role {VAULT_ROLE}."
                raise Misconfigured(
                    f"Key Vault does not give out the secret {name}: it is out of use, or the app may not read it. "
                    f"{sentence}"
                ) from error
            raise
        if not secret.value:
            raise Misconfigured(f"The secret {name} in Key Vault is empty. Connect again to store it.")
        return secret.value

    async def write_secret(self, name: str, value: str) -> str:
        try:
            secret = await self._client.set_secret(name, value)
        except HttpResponseError as error:
            if error.status_code == FORBIDDEN_STATUS:
                sentence = f"Give the app's identity the role {VAULT_ROLE}."
                raise Misconfigured(f"Key Vault does not let the app store the secret {name}. {sentence}") from error
            raise
        version = secret.properties.version
        if version is None:
            raise Misconfigured(f"Key Vault stored the secret {name} and did not say under which version.")
        return version

    async def retire_secret(self, name: str, version: str) -> None:
        try:
            await self._client.update_secret_properties(name, version, enabled=False)
        except ResourceNotFoundError:
            return

    async def check(self) -> None:
        try:
            await self._client.get_secret(CHECK_NAME)
        except ResourceNotFoundError:
            return
        except HttpResponseError as error:
            if error.status_code == FORBIDDEN_STATUS:
                raise Misconfigured(f"The vault {self._client.vault_url} does not let the app read secrets.") from error
            raise


@dataclass(frozen=True, slots=True)
class TwoVaults:
    """What a person put in place by hand and what the app stores, in a vault each (docs/security.md, S5).

    A secret with a version is one that we stored; one without is a person's, in the vault that the app can only read.
    """

    own: Secrets
    stored: Secrets

    async def read_secret(self, name: str, version: str | None = None) -> str:
        return await (self.own if version is None else self.stored).read_secret(name, version)

    async def write_secret(self, name: str, value: str) -> str:
        return await self.stored.write_secret(name, value)

    async def retire_secret(self, name: str, version: str) -> None:
        await self.stored.retire_secret(name, version)

    async def check(self) -> None:
        await self.own.check()
        await self.stored.check()


class FileSecrets:
    """Secrets in files that only their owner may read: `NAME` as a person put it there, `NAME.VERSION` as we did."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def read_secret(self, name: str, version: str | None = None) -> str:
        path = self._folder / (name if version is None else f"{name}.{version}")
        if not path.is_file():
            raise Misconfigured(f"There is no secret {path.name} in {self._folder}.")
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode != PRIVATE_FILE_MODE:
            raise Misconfigured(f"The secret file {path.name} has mode {mode:o}; it must be {PRIVATE_FILE_MODE:o}.")
        secret = path.read_text().strip()
        if not secret:
            raise Misconfigured(f"The secret file {path.name} is empty.")
        return secret

    async def write_secret(self, name: str, value: str) -> str:
        version = uuid4().hex
        unfinished = self._folder / f".{name}.{version}"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE)
        with os.fdopen(descriptor, "w") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._folder / f"{name}.{version}")
        return version

    async def retire_secret(self, name: str, version: str) -> None:
        (self._folder / f"{name}.{version}").unlink(missing_ok=True)

    async def check(self) -> None:
        if not self._folder.is_dir():
            raise Misconfigured(f"The folder of secrets {self._folder} is not there.")


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which version of a secret is in force, since when, and which one was before it."""

    version: str
    written_at: datetime
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class HeldSecret:
    """A secret as it was read. `stamp` is the row that pointed at it; None where no row did."""

    name: str
    value: str = field(repr=False)
    stamp: str | None


class RenewedSecrets:
    """Secrets that are renewed by themselves: a new version, then the row that points at it by If-Match."""

    def __init__(self, secrets: Secrets, config: TableClient, now: Callable[[], datetime]) -> None:
        self._secrets = secrets
        self._config = config
        self._now = now

    async def read(self, name: str) -> HeldSecret:
        """The version in force; without a pointer the one that a person put there.

        Raises Misconfigured where there is none.
        """
        found = await self._find(name)
        if found is None:
            return HeldSecret(name, await self._secrets.read_secret(name), None)
        pointer, stamp = found
        return HeldSecret(name, await self._secrets.read_secret(name, pointer.version), stamp)

    async def renew(self, name: str, value: str, stamp: str | None) -> bool:
        """Put the value in force, if the one with this stamp still is; False where another one took its place.

        Dying after the version and before the pointer leaves a version that nobody points at, and harms nothing. The
        version before stays for those who have just read the pointer; the one before that is retired.
        """
        found = await self._find(name)
        pointer = None if found is None else found[0]
        version = await self._secrets.write_secret(name, value)
        wanted = Pointer(version, self._now(), None if pointer is None else pointer.version)
        if not await self._point(name, wanted, stamp):
            await self._secrets.retire_secret(name, version)
            return False
        if pointer is not None and pointer.previous is not None:
            await self._secrets.retire_secret(name, pointer.previous)
        return True

    async def put(self, values: Mapping[str, str]) -> None:
        """Put what a person typed in force, by name: all of it or nothing, whatever is in force now.

        Raises Misconfigured where we may store nothing, Retry where others store the same all the time.
        """
        for _ in range(TRIES):
            written = {name: await self._secrets.write_secret(name, value) for name, value in values.items()}
            operations, outdated = [], []
            for name, version in written.items():
                standing = await read(self._config, SECRET_PARTITION, name)
                pointer = None if standing is None else decode(Pointer, standing["value"])
                wanted = Pointer(version, self._now(), None if pointer is None else pointer.version)
                row = make_row(SECRET_PARTITION, name, encode(Pointer, wanted))
                operations.append(create(row) if standing is None else update(row, standing))
                if pointer is not None and pointer.previous is not None:
                    outdated.append((name, pointer.previous))
            is_in_force = await insert_batch(self._config, operations)
            for name, version in outdated if is_in_force else written.items():
                await self._secrets.retire_secret(name, version)
            if is_in_force:
                return
        raise Retry(f"Somebody else stored {', '.join(values)} at the same time. Try again.")

    async def read_moment(self, name: str) -> datetime | None:
        """When the version in force was stored; None where a person put it there, or nobody did."""
        found = await self._find(name)
        return None if found is None else found[0].written_at

    async def forget(self, names: Collection[str]) -> None:
        """Put what we stored under these names out of use. What a person put there stays where that person put it."""
        for name in names:
            standing = await read(self._config, SECRET_PARTITION, name)
            if standing is None:
                continue
            pointer = decode(Pointer, standing["value"])
            for version in (pointer.version, pointer.previous):
                if version is not None:
                    await self._secrets.retire_secret(name, version)
            await self._config.delete_entity(SECRET_PARTITION, name)

    async def _find(self, name: str) -> tuple[Pointer, str] | None:
        try:
            entity = await self._config.get_entity(SECRET_PARTITION, name)
        except ResourceNotFoundError:
            return None
        return decode(Pointer, entity["value"]), str(entity.metadata["etag"])

    async def _point(self, name: str, wanted: Pointer, stamp: str | None) -> bool:
        row = make_row(SECRET_PARTITION, name, encode(Pointer, wanted))
        if stamp is None:
            return await insert(self._config, row)
        return await replace_read(self._config, row, stamp) is not None
