"""Alerts: table `open`, partition `alert`. What people want to hear of them: table `config`.

`o:ID` is an alert that stands, `c:INVERTED TIME:ID` one that was solved: both in one partition, so that solving one is
one commit.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from azure.core.exceptions import HttpResponseError
from azure.data.tables.aio import TableClient

from plans.alerts.alert import KeptAlert, RenewAccount, RenewDirectTenant
from plans.alerts.expiries import Expiry
from plans.alerts.folding import Folded
from plans.alerts.notifications import Claim, Mute, Notifications, Told, merge_told
from plans.connecting import DirectTenant, PartnerAccount
from plans.errors import Bug, Retry
from store import filters
from store.codec import decode, encode
from store.configuration import DIRECT_PARTITION, PARTNER_PARTITION
from store.filters import Filter
from store.tables import create, insert_batch, make_row, put, put_batches, query, read, replace, update

ALERT_PARTITION = "alert"
STANDING_PREFIX = "o:"
CLEARED_PREFIX = "c:"
MUTE_PARTITION = "mute"
NOTIFICATIONS_PARTITION = "notifications"
NOTIFICATIONS_KEY = "all"
TOLD_PARTITION = "told"
CLAIM_PARTITION = "digest"
END_OF_TIME = 10**13
MOST_TRIES = 20


class TableAlerts:
    """`plans.alerts.port.AlertBook` on Azure Table Storage."""

    def __init__(self, opened: TableClient, config: TableClient) -> None:
        self._open = opened
        self._config = config

    async def list_standing(self) -> tuple[KeptAlert, ...]:
        found = await self._list(filters.with_prefix(ALERT_PARTITION, STANDING_PREFIX))
        return tuple(sorted(found, key=lambda kept: (kept.first_seen, kept.id)))

    async def read(self, alert_id: str) -> KeptAlert | None:
        row = await read(self._open, ALERT_PARTITION, f"{STANDING_PREFIX}{alert_id}")
        return None if row is None else decode(KeptAlert, row["value"])

    async def list_cleared(self, since: datetime) -> tuple[KeptAlert, ...]:
        """The keys turn time round, so that the newest come first; they end with the second of `since`."""
        last = f"{CLEARED_PREFIX}{END_OF_TIME - int(since.timestamp() * 1000) + 1:013d}"
        found = await self._list(filters.in_ranges(ALERT_PARTITION, ((CLEARED_PREFIX, last),)))
        return tuple(found)

    async def _list(self, chosen: Filter) -> list[KeptAlert]:
        return [decode(KeptAlert, row["value"]) async for row in query(self._open, chosen)]

    async def save(self, folded: Folded) -> None:
        rows = [
            make_row(ALERT_PARTITION, f"{STANDING_PREFIX}{kept.id}", encode(KeptAlert, kept)) for kept in folded.kept
        ]
        await put_batches(self._open, rows)
        for cleared in folded.cleared:
            await self._clear(cleared)

    async def _clear(self, cleared: KeptAlert) -> None:
        """From the list into the history. Where another process was quicker, its row stands."""
        row = make_row(ALERT_PARTITION, key_of_cleared(cleared), encode(KeptAlert, cleared))
        gone = {"PartitionKey": ALERT_PARTITION, "RowKey": f"{STANDING_PREFIX}{cleared.id}"}
        try:
            await self._open.submit_transaction([replace(row), ("delete", gone)])
        except HttpResponseError as error:
            if error.status_code != 404:
                raise

    async def list_expiries(self) -> tuple[Expiry, ...]:
        accounts = [
            decode(PartnerAccount, row["value"])
            async for row in query(self._config, filters.in_partition(PARTNER_PARTITION))
        ]
        direct = [
            decode(DirectTenant, row["value"])
            async for row in query(self._config, filters.in_partition(DIRECT_PARTITION))
        ]
        return (
            *(
                Expiry(RenewAccount(each.id), each.name or each.id, each.secret_expires_on, each.consented_at)
                for each in accounts
            ),
            *(
                Expiry(RenewDirectTenant(each.id), each.name, each.secret_expires_on, each.consented_at)
                for each in direct
            ),
        )

    async def list_mutes(self) -> tuple[Mute, ...]:
        chosen = filters.in_partition(MUTE_PARTITION)
        found = [decode(Mute, row["value"]) async for row in query(self._config, chosen)]
        return tuple(sorted(found, key=lambda mute: mute.muted_at, reverse=True))

    async def save_mute(self, mute: Mute) -> None:
        await put(self._config, make_row(MUTE_PARTITION, mute.id, encode(Mute, mute)))

    async def remove_mute(self, mute: Mute) -> None:
        await self._config.delete_entity(MUTE_PARTITION, mute.id)

    async def read_notifications(self) -> Notifications:
        row = await read(self._config, NOTIFICATIONS_PARTITION, NOTIFICATIONS_KEY)
        return Notifications() if row is None else decode(Notifications, row["value"])

    async def save_notifications(self, notifications: Notifications) -> None:
        value = encode(Notifications, notifications)
        await put(self._config, make_row(NOTIFICATIONS_PARTITION, NOTIFICATIONS_KEY, value))

    async def claim_digest(self, recipient: str, day: str, claim: Claim) -> Claim:
        """Two rows in one commit, for rows that are older than `Claim.told` hold the moment alone."""
        key = f"{name_recipient(recipient)}:{day}"
        moment = make_row(CLAIM_PARTITION, key, encode(datetime, claim.moment))
        told = make_row(CLAIM_PARTITION, f"{key}:told", encode(Told, claim.told))
        if await insert_batch(self._config, [create(moment), create(told)]):
            return claim
        first = await read(self._config, CLAIM_PARTITION, key)
        if first is None:
            raise Bug(f"The digest of {day} was refused as claimed and cannot be read.")
        beside = await read(self._config, CLAIM_PARTITION, f"{key}:told")
        known = Told() if beside is None else decode(Told, beside["value"])
        return Claim(decode(datetime, first["value"]), known)

    async def read_told(self, recipient: str) -> Told:
        row = await read(self._config, TOLD_PARTITION, name_recipient(recipient))
        return Told() if row is None else decode(Told, row["value"])

    async def save_told(self, recipient: str, told: Told) -> None:
        """By If-Match: who finds that it was changed meanwhile looks again."""
        key = name_recipient(recipient)
        for _ in range(MOST_TRIES):
            row = await read(self._config, TOLD_PARTITION, key)
            merged = told if row is None else merge_told(decode(Told, row["value"]), told)
            made = make_row(TOLD_PARTITION, key, encode(Told, merged))
            if await insert_batch(self._config, [create(made) if row is None else update(made, row)]):
                return
        raise Retry("What a recipient was told is changed again and again.")


def key_of_cleared(cleared: KeptAlert) -> str:
    """The newest first."""
    if cleared.cleared_at is None:
        raise Bug(f"Alert {cleared.id} is to enter the history, but it still stands.")
    return f"{CLEARED_PREFIX}{END_OF_TIME - int(cleared.cleared_at.timestamp() * 1000):013d}:{cleared.id}"


def name_recipient(address: str) -> str:
    """The key of a recipient: an address may hold what no key may."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()[:32]
