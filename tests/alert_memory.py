"""`plans.alerts.port.AlertBook` in memory, for the tests that need no table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from plans.alerts.alert import KeptAlert
from plans.alerts.expiries import Expiry
from plans.alerts.folding import Folded
from plans.alerts.notifications import Claim, Mute, Notifications, Told, merge_told


@dataclass
class MemoryAlerts:
    """What a test puts in, and finds again."""

    standing: dict[str, KeptAlert] = field(default_factory=dict)
    cleared: list[KeptAlert] = field(default_factory=list)
    expiries: tuple[Expiry, ...] = ()
    mutes: dict[str, Mute] = field(default_factory=dict)
    notifications: Notifications = field(default_factory=Notifications)
    claims: dict[tuple[str, str], Claim] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)

    async def list_standing(self) -> tuple[KeptAlert, ...]:
        return tuple(sorted(self.standing.values(), key=lambda kept: (kept.first_seen, kept.id)))

    async def read(self, alert_id: str) -> KeptAlert | None:
        return self.standing.get(alert_id)

    async def list_cleared(self, since: datetime) -> tuple[KeptAlert, ...]:
        found = [kept for kept in self.cleared if kept.cleared_at is not None and kept.cleared_at >= since]
        return tuple(reversed(found))

    async def save(self, folded: Folded) -> None:
        self.standing |= {kept.id: kept for kept in folded.kept}
        for kept in folded.cleared:
            if self.standing.pop(kept.id, None) is not None:
                self.cleared.append(kept)

    async def list_expiries(self) -> tuple[Expiry, ...]:
        return self.expiries

    async def list_mutes(self) -> tuple[Mute, ...]:
        return tuple(sorted(self.mutes.values(), key=lambda mute: mute.muted_at, reverse=True))

    async def save_mute(self, mute: Mute) -> None:
        self.mutes[mute.id] = mute

    async def remove_mute(self, mute: Mute) -> None:
        self.mutes.pop(mute.id, None)

    async def read_notifications(self) -> Notifications:
        return self.notifications

    async def save_notifications(self, notifications: Notifications) -> None:
        self.notifications = notifications

    async def claim_digest(self, recipient: str, day: str, claim: Claim) -> Claim:
        return self.claims.setdefault((recipient, day), claim)

    async def read_told(self, recipient: str) -> Told:
        return self.told.get(recipient, Told())

    async def save_told(self, recipient: str, told: Told) -> None:
        self.told[recipient] = merge_told(self.told.get(recipient, Told()), told)
