"""Microsoft as a port: licences with the seats of a scenario's reading, or no answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from plans.raw_answers import KeepRaw, forget_raw
from profiles.licences import Licence, Snapshot, Subscription, SubscriptionStatus
from profiles.readings import Known, Reading, Unknown, UnknownReason

SKU = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"
PART_NUMBER = "SPB"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class SeatReader:
    """`plans.ports.LicenceReader` for one tenant that bought `seats`, by licence, at `read_at`; None is unknown."""

    seats: dict[str, int] | None = None
    read_at: datetime = LONG_AGO
    reads: int = 0

    async def read_tenant(
        self, tenant_id: str, account_id: str | None = None, keep: KeepRaw = forget_raw
    ) -> Reading[Snapshot]:
        self.reads += 1
        if self.seats is None:
            return Unknown(UnknownReason.UNREACHABLE, "Microsoft did not answer.")
        bought = [(sku, count) for sku, count in self.seats.items() if count]
        licences = tuple(Licence(sku, PART_NUMBER, 0, count, 0, 0, 0) for sku, count in bought)
        subscriptions = tuple(
            Subscription(f"subscription {sku}", sku, PART_NUMBER, SubscriptionStatus.ENABLED, count, False, None, None)
            for sku, count in bought
        )
        return Known(Snapshot(tenant_id, self.read_at, licences, subscriptions, ()))
