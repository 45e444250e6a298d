"""Where secrets live: Key Vault in Azure, files under a private folder on a developer's machine (S5)."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Protocol

from azure.core.exceptions import ResourceNotFoundError
from azure.keyvault.secrets.aio import SecretClient

from plans.errors import Misconfigured

PRIVATE_FILE_MODE = 0o600


class Secrets(Protocol):
    """Secrets by name."""

    async def read_secret(self, name: str) -> str:
        """The secret's current version. Raises Misconfigured where there is none."""
        ...


class VaultSecrets:
    """Secrets in Azure Key Vault."""

    def __init__(self, client: SecretClient) -> None:
        self._client = client

    async def read_secret(self, name: str) -> str:
        try:
            secret = await self._client.get_secret(name)
        except ResourceNotFoundError as error:
            raise Misconfigured(f"Key Vault has no secret {name}. Connect again to store it.") from error
        if not secret.value:
            raise Misconfigured(f"The secret {name} in Key Vault is empty. Connect again to store it.")
        return secret.value


class FileSecrets:
    """Secrets in files that only their owner may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def read_secret(self, name: str) -> str:
        path = self._folder / name
        if not path.is_file():
            raise Misconfigured(f"There is no secret {name} in {self._folder}.")
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode != PRIVATE_FILE_MODE:
            raise Misconfigured(f"The secret file {name} has mode {mode:o}; it must be {PRIVATE_FILE_MODE:o}.")
        return path.read_text().strip()
