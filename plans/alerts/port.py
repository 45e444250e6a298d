"""Where alerts, mutes and notifications are kept: promises of `plans.ports`, by themselves for their length."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from plans.alerts.alert import KeptAlert
from plans.alerts.expiries import Expiry
from plans.alerts.folding import Folded
from plans.alerts.notifications import Claim, Mute, Notifications, Told


class AlertBook(Protocol):
    """Alerts across all customers (table `open`, partition `alert`), and what is known of expiries."""

    async def list_standing(self) -> tuple[KeptAlert, ...]:
        """Every alert that stands, the oldest first."""
        ...

    async def read(self, alert_id: str) -> KeptAlert | None:
        """One that stands; None where there is none of this id."""
        ...

    async def list_cleared(self, since: datetime) -> tuple[KeptAlert, ...]:
        """Those that were solved at that moment (aware) or later, the newest first."""
        ...

    async def save(self, folded: Folded) -> None:
        """Keep what changes. One that is solved leaves the list and enters the history in one commit."""
        ...

    async def list_expiries(self) -> tuple[Expiry, ...]:
        """When the secrets of partner accounts and direct tenants end, as far as anybody said."""
        ...

    async def list_mutes(self) -> tuple[Mute, ...]:
        """Every mute, those that are over among them, the newest first."""
        ...

    async def save_mute(self, mute: Mute) -> None:
        """Keep a mute; one of the same scope takes the place of the one before."""
        ...

    async def remove_mute(self, mute: Mute) -> None:
        """End it; nothing happens where it is gone already."""
        ...

    async def read_notifications(self) -> Notifications:
        """What is told, to whom and how often; nobody is told anything until somebody is named."""
        ...

    async def save_notifications(self, notifications: Notifications) -> None:
        """Put them in place of those that are set."""
        ...

    async def claim_digest(self, recipient: str, day: str, claim: Claim) -> Claim:
        """The claim of this recipient's digest of this day: the given one, or the one of whoever was first.

        Made again after a death, a digest is about the same moment, so that it is the same mail; and nothing that its
        first maker kept back passes for told.
        """
        ...

    async def read_told(self, recipient: str) -> Told:
        """What the recipient was told, and when last."""
        ...

    async def save_told(self, recipient: str, told: Told) -> None:
        """Keep it beside what others kept meanwhile (`merge_told`)."""
        ...
