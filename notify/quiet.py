"""Mutes sorted by what they are about, so that five thousand alerts and as many mutes are matched in one go. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from plans.alerts.alert import Alert, KeptAlert
from plans.alerts.notifications import Mute, MuteScope, find_mute

type Key = tuple[MuteScope, str, str]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Everything that is muted, those mutes that are over among it; each with its place in the list that it came in."""

    mutes: Mapping[Key, tuple[tuple[int, Mute], ...]]

    def list_about(self, alert: Alert) -> tuple[Mute, ...]:
        """The mutes that cover an alert, in the order in which they came."""
        tenant = alert.tenant_id.lower()
        keys = (
            (MuteScope.ALERT, alert.id, ""),
            (MuteScope.LICENCE, tenant, alert.sku_id.lower()),
            (MuteScope.TENANT, tenant, ""),
        )
        found = sorted((pair for key in keys for pair in self.mutes.get(key, ())), key=lambda pair: pair[0])
        return tuple(mute for _, mute in found if mute.covers(alert))

    def find(self, kept: KeptAlert, today: date) -> Mute | None:
        """The mute that keeps an alert out of mails on that day of the MSP; None where none does."""
        return find_mute(kept, self.list_about(kept.alert), today)


def sort_mutes(mutes: Iterable[Mute]) -> Quiet:
    """The same, sorted."""
    by_key: dict[Key, list[tuple[int, Mute]]] = defaultdict(list)
    for place, mute in enumerate(mutes):
        by_key[name_key(mute)].append((place, mute))
    return Quiet({key: tuple(found) for key, found in by_key.items()})


def name_key(mute: Mute) -> Key:
    """What a mute is about."""
    match mute.scope:
        case MuteScope.ALERT:
            return mute.scope, mute.alert_id, ""
        case MuteScope.LICENCE:
            return mute.scope, mute.tenant_id.lower(), mute.sku_id.lower()
        case MuteScope.TENANT:  # pragma: no branch - there is nothing else
            return mute.scope, mute.tenant_id.lower(), ""
