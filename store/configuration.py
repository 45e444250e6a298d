"""Billing profiles, controls, PSA connections and partner accounts: table `config`, one partition a kind.

Credentials are never here: a row names the secret that holds them (S5).
"""

from __future__ import annotations

from dataclasses import dataclass

from azure.data.tables.aio import TableClient

from plans.brakes import Thresholds
from plans.connecting import DirectTenant, PartnerAccount, PsaConnection
from plans.controls import Controls, Pause
from plans.mapping_rules import MappingRule
from plans.preferences import Preferences
from profiles.billing import BillingProfile
from profiles.exclusions import Exclusion, LicenceExclusion, TenantExclusion
from store import filters, profile_rows
from store.codec import decode, encode
from store.connection_rows import list_rows, remove_row, save_row
from store.tables import change_read, insert, make_row, put, query, read, update

PARTNER_PARTITION = "partner"
CONTROL_PARTITION = "control"
EXCLUSION_PARTITION = "exclusion"
THRESHOLDS_KEY = "thresholds"
PAUSE_KEY = "pause"
PREFERENCES_KEY = "preferences"
RULES_KEY = "rules"
STAMP_KEY = "stamp"
DIRECT_PARTITION = "direct"
DEFAULTS = Preferences(time_zone="UTC", night_hour=2, currency="USD")


@dataclass(frozen=True, slots=True)
class KeptExclusion:
    """What one row of the partition `exclusion` holds."""

    exclusion: Exclusion


@dataclass(frozen=True, slots=True)
class KeptRules:
    """What the row of all mapping rules holds: they are read together, with every controls."""

    rules: tuple[MappingRule, ...] = ()


class TableConfiguration:
    """`plans.ports.Profiles`, and what `app.wiring` builds adapters from."""

    def __init__(self, config: TableClient, preferences: Preferences = DEFAULTS) -> None:
        """`preferences` are what the deployment set; what a person sets takes their place."""
        self._config = config
        self._preferences = preferences

    async def list_profiles(self) -> dict[str, BillingProfile]:
        return await profile_rows.list_rows(self._config)

    async def read_stamp(self) -> str:
        """Changes whenever a connection, an account or a preference does; empty where none ever did."""
        row = await read(self._config, CONTROL_PARTITION, STAMP_KEY)
        return "" if row is None else str(row.metadata["etag"])

    async def _touch(self) -> None:
        await put(self._config, make_row(CONTROL_PARTITION, STAMP_KEY, b"{}"))

    async def list_connections(self) -> tuple[PsaConnection, ...]:
        """Every PSA connection."""
        return await list_rows(self._config)

    async def list_partner_accounts(self) -> tuple[PartnerAccount, ...]:
        """Every partner account."""
        return tuple(await self._list(PARTNER_PARTITION, PartnerAccount))

    async def read_controls(self) -> Controls:
        chosen = filters.in_partition(CONTROL_PARTITION)
        rows = {row["RowKey"]: row["value"] async for row in query(self._config, chosen)}
        return Controls(
            decode(Thresholds, rows[THRESHOLDS_KEY]) if THRESHOLDS_KEY in rows else Thresholds(),
            tuple(kept.exclusion for kept in await self._list(EXCLUSION_PARTITION, KeptExclusion)),
            decode(Pause, rows[PAUSE_KEY]) if PAUSE_KEY in rows else None,
            decode(KeptRules, rows[RULES_KEY]).rules if RULES_KEY in rows else (),
        )

    async def save_rules(self, rules: tuple[MappingRule, ...], expected: tuple[MappingRule, ...]) -> bool:
        """Put the rules in place of those that were expected; False where they are others by now."""
        row = make_row(CONTROL_PARTITION, RULES_KEY, encode(KeptRules, KeptRules(rules)))
        standing = await read(self._config, CONTROL_PARTITION, RULES_KEY)
        if standing is None:
            return not expected and await insert(self._config, row)
        if decode(KeptRules, standing["value"]).rules != expected:
            return False
        return await change_read(self._config, [update(row, standing)])

    async def save_thresholds(self, thresholds: Thresholds) -> None:
        """Put the brakes' thresholds in place of those that are set."""
        row = make_row(CONTROL_PARTITION, THRESHOLDS_KEY, encode(Thresholds, thresholds))
        await put(self._config, row)

    async def save_pause(self, pause: Pause | None) -> None:
        """Stop all writing, or let it go on where `pause` is None."""
        if pause is None:
            await self._config.delete_entity(CONTROL_PARTITION, PAUSE_KEY)
        else:
            await put(self._config, make_row(CONTROL_PARTITION, PAUSE_KEY, encode(Pause, pause)))

    async def save_exclusion(self, exclusion: Exclusion) -> None:
        """Bill this no more; a reason takes the place of the one that was given before."""
        row = make_row(EXCLUSION_PARTITION, key_of(exclusion), encode(KeptExclusion, KeptExclusion(exclusion)))
        await put(self._config, row)

    async def remove_exclusion(self, exclusion: Exclusion) -> None:
        """Bill this again; nothing happens where it is not excluded."""
        await self._config.delete_entity(EXCLUSION_PARTITION, key_of(exclusion))

    async def read_preferences(self) -> Preferences:
        """What is set for the whole installation."""
        row = await read(self._config, CONTROL_PARTITION, PREFERENCES_KEY)
        return self._preferences if row is None else decode(Preferences, row["value"])

    async def save_preferences(self, preferences: Preferences) -> None:
        """Put them in place of those that are set."""
        await put(self._config, make_row(CONTROL_PARTITION, PREFERENCES_KEY, encode(Preferences, preferences)))
        await self._touch()

    async def save_profile(self, profile: BillingProfile, expected: BillingProfile | None) -> bool:
        """Keep a profile; False where it is not as it was expected any more, or another one has its name."""
        return await profile_rows.save_row(self._config, profile, expected)

    async def remove_profile(self, expected: BillingProfile) -> bool:
        """Forget a profile; False where it is not as it was expected any more."""
        return await profile_rows.remove_row(self._config, expected)

    async def list_direct_tenants(self) -> tuple[DirectTenant, ...]:
        """Every tenant that is read without a partner relationship."""
        return tuple(await self._list(DIRECT_PARTITION, DirectTenant))

    async def save_direct_tenant(self, tenant: DirectTenant) -> None:
        await put(self._config, make_row(DIRECT_PARTITION, tenant.id, encode(DirectTenant, tenant)))
        await self._touch()

    async def remove_connection(self, connection_id: str) -> None:
        """Forget a PSA connection; nothing happens where there is none."""
        await remove_row(self._config, connection_id)
        await self._touch()

    async def remove_partner_account(self, account_id: str) -> None:
        """Forget a partner account; nothing happens where there is none."""
        await self._config.delete_entity(PARTNER_PARTITION, account_id)
        await self._touch()

    async def remove_direct_tenant(self, tenant_id: str) -> None:
        """Forget a direct tenant, by its id; nothing happens where there is none."""
        await self._config.delete_entity(DIRECT_PARTITION, tenant_id)
        await self._touch()

    async def save_connection(self, connection: PsaConnection) -> bool:
        """Keep a PSA connection; False where another one has the same database."""
        if not await save_row(self._config, connection):
            return False
        await self._touch()
        return True

    async def save_partner_account(self, account: PartnerAccount) -> None:
        row = make_row(PARTNER_PARTITION, account.id, encode(PartnerAccount, account))
        await put(self._config, row)
        await self._touch()

    async def _list[T](self, partition: str, kind: type[T]) -> list[T]:
        return [decode(kind, row["value"]) async for row in query(self._config, filters.in_partition(partition))]


def key_of(exclusion: Exclusion) -> str:
    """The row key of an exclusion; Microsoft spells ids in both cases (microsoft.md 2.2)."""
    match exclusion:
        case LicenceExclusion(sku_id=excluded):
            return f"licence:{excluded.lower()}"
        case TenantExclusion(tenant_id=excluded):
            return f"tenant:{excluded.lower()}"
