"""How mail leaves: one row of table `config`, partition `mail`. The row names the secret that opens it (S5)."""

from __future__ import annotations

from dataclasses import dataclass

from azure.data.tables.aio import TableClient

from plans.mail_channels import GraphSettings, SmtpSettings
from store.codec import decode, encode
from store.tables import make_row, put, read

MAIL_PARTITION = "mail"
SETTINGS_KEY = "settings"


@dataclass(frozen=True, slots=True)
class KeptMailSettings:
    """What the row holds."""

    channel: SmtpSettings | GraphSettings


class TableMailSettings:
    """Where the settings of mail are kept."""

    def __init__(self, config: TableClient) -> None:
        self._config = config

    async def read_settings(self) -> SmtpSettings | GraphSettings | None:
        """What is kept; None where nothing is."""
        row = await read(self._config, MAIL_PARTITION, SETTINGS_KEY)
        return None if row is None else decode(KeptMailSettings, row["value"]).channel

    async def save_settings(self, settings: SmtpSettings | GraphSettings) -> None:
        """Keep them in place of what was kept."""
        value = encode(KeptMailSettings, KeptMailSettings(settings))
        await put(self._config, make_row(MAIL_PARTITION, SETTINGS_KEY, value))

    async def remove_settings(self) -> None:
        """Keep none."""
        await self._config.delete_entity(MAIL_PARTITION, SETTINGS_KEY)
