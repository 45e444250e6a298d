"""What is told as one thing: an alert, and those that say a part of the same by themselves. Pure.

A held line is an alert; that the invoice of tomorrow will be without it is another. Told apart, they ask twice for one
decision and show its money once too often (issue 8). Access that is refused, and the relationship that ended, are one
thing as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plans.alerts.alert import Alert, AlertKind, KeptAlert, Severity, name_alert
from plans.alerts.standing import find_stage

GDAP_ENDED = find_stage(-1)
KIND_ORDER = {kind: place for place, kind in enumerate(AlertKind)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing: the alert that presses more, and what it names, the most money first."""

    kept: KeptAlert
    parts: tuple[KeptAlert, ...] = ()

    @property
    def alerts(self) -> tuple[KeptAlert, ...]:
        """All of it."""
        return (self.kept, *self.parts)

    @property
    def stake(self) -> Decimal:
        """The money that it is about, whichever way it flows."""
        return sum((each.alert.stake for each in self.alerts), Decimal(0))


def make_entries(alerts: Iterable[KeptAlert]) -> tuple[Entry, ...]:
    """The alerts as things, in their order. What two invoices lack stands with the sooner one."""
    by_id = {kept.id: kept for kept in alerts}
    wholes = sorted((kept for kept in by_id.values() if list_part_ids(kept.alert)), key=place_whole)
    parts: dict[str, list[KeptAlert]] = defaultdict(list)
    taken: set[str] = set()
    for whole in wholes:
        for part_id in list_part_ids(whole.alert):
            if part_id in by_id and part_id not in taken and is_part(by_id[part_id].alert):
                taken.add(part_id)
                parts[whole.id].append(by_id[part_id])
    found = (Entry(kept, order(parts[kept.id])) for kept in by_id.values() if kept.id not in taken)
    return tuple(sorted(found, key=lambda entry: place(entry.kept, entry.stake)))


def list_part_ids(alert: Alert) -> tuple[str, ...]:
    """The alerts, by id, that may say a part of the same."""
    if alert.kind is AlertKind.INVALID_AUTHORISATION and alert.customer_id:
        return (name_alert(AlertKind.GDAP_EXPIRING, (alert.customer_id,)),)
    return alert.lacks


def is_part(alert: Alert) -> bool:
    """Whether it does: access that is yet to end is not why it is refused."""
    return alert.kind is not AlertKind.GDAP_EXPIRING or alert.stage == GDAP_ENDED


def place_whole(kept: KeptAlert) -> tuple[date, str]:
    """The soonest first."""
    return kept.alert.last_day or date.max, kept.id


def order(alerts: Iterable[KeptAlert]) -> tuple[KeptAlert, ...]:
    """What presses now and has no price first, for no money tells how much hangs on it; then the most money, whichever
    way it flows; without a price by kind, then by customer.
    """
    return tuple(sorted(alerts, key=lambda kept: place(kept, kept.alert.stake)))


def place(kept: KeptAlert, stake: Decimal) -> tuple[bool, Decimal, int, str, str, str]:
    """Where an alert stands that is about so much money."""
    alert: Alert = kept.alert
    names = alert.customer_name.casefold(), alert.licence_name.casefold()
    can_wait = alert.severity is not Severity.NOW or bool(stake)
    return (can_wait, -stake, KIND_ORDER[alert.kind], *names, kept.id)
