"""Billing profiles, controls, PSA connections and partner accounts: table `config`, one partition a kind.

Credentials are never here: a row names the secret that holds them (S5).
"""

from __future__ import annotations

from dataclasses import dataclass

from azure.data.tables.aio import TableClient

from plans.brakes import Thresholds
from plans.controls import Controls, Pause
from profiles.billing import BillingProfile
from profiles.exclusions import Exclusion, LicenceExclusion, TenantExclusion
from profiles.partners import PartnerModel
from store import filters
from store.codec import decode, encode
from store.tables import make_row, put, query

PROFILE_PARTITION = "profile"
CONNECTION_PARTITION = "connection"
PARTNER_PARTITION = "partner"
CONTROL_PARTITION = "control"
EXCLUSION_PARTITION = "exclusion"
THRESHOLDS_KEY = "thresholds"
PAUSE_KEY = "pause"


@dataclass(frozen=True, slots=True)
class ConnectWiseConnection:
    """One ConnectWise instance. The two keys are secrets, by name.

    How its agreements are invoiced cannot be read from it: `invoices_in_arrears` holds for all agreements but those
    whose ids are `arrears_exceptions`; `confirmed_cycles` are names of billing cycles whose proration an administrator
    has confirmed (billing rules 6).
    """

    id: str
    name: str
    site_url: str
    company: str
    client_id: str
    public_key_secret: str
    private_key_secret: str
    invoices_in_arrears: bool = False
    arrears_exceptions: tuple[str, ...] = ()
    confirmed_cycles: tuple[str, ...] = ("Monthly",)


@dataclass(frozen=True, slots=True)
class PartnerAccount:
    """A consented Microsoft partner identity. The client secret and refresh token are secrets, by name.

    `model` decides whether Partner Center's API is read: it is closed to indirect resellers.
    """

    id: str
    tenant_id: str
    client_id: str
    client_secret_secret: str
    refresh_token_secret: str
    model: PartnerModel = PartnerModel.INDIRECT_RESELLER


@dataclass(frozen=True, slots=True)
class KeptExclusion:
    """What one row of the partition `exclusion` holds."""

    exclusion: Exclusion


class TableConfiguration:
    """`plans.ports.Profiles`, and what `app.wiring` builds adapters from."""

    def __init__(self, config: TableClient) -> None:
        self._config = config

    async def list_profiles(self) -> dict[str, BillingProfile]:
        return {profile.id: profile for profile in await self._list(PROFILE_PARTITION, BillingProfile)}

    async def list_connections(self) -> tuple[ConnectWiseConnection, ...]:
        """Every PSA connection."""
        return tuple(await self._list(CONNECTION_PARTITION, ConnectWiseConnection))

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
        )

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

    async def save_profile(self, profile: BillingProfile) -> None:
        await put(self._config, make_row(PROFILE_PARTITION, profile.id, encode(BillingProfile, profile)))

    async def save_connection(self, connection: ConnectWiseConnection) -> None:
        row = make_row(CONNECTION_PARTITION, connection.id, encode(ConnectWiseConnection, connection))
        await put(self._config, row)

    async def save_partner_account(self, account: PartnerAccount) -> None:
        row = make_row(PARTNER_PARTITION, account.id, encode(PartnerAccount, account))
        await put(self._config, row)

    async def _list[T](self, partition: str, kind: type[T]) -> list[T]:
        return [decode(kind, row["value"]) async for row in query(self._config, filters.in_partition(partition))]


def key_of(exclusion: Exclusion) -> str:
    """The row key of an exclusion; Microsoft spells ids in both cases (microsoft.md 2.2)."""
    match exclusion:
        case LicenceExclusion(sku_id=excluded):
            return f"licence:{excluded.lower()}"
        case TenantExclusion(tenant_id=excluded):
            return f"tenant:{excluded.lower()}"
