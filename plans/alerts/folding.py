"""Yesterday's alerts and what is seen now, as one list: what is new, what still stands, what is solved. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from plans.alerts.alert import Alert, AlertKind, KeptAlert
from plans.alerts.notifications import NOTHING_SET, Notifications

# An alert that goes on standing is written again only this often: its row says no more than the day it was seen.
SEEN_AGAIN = timedelta(hours=20)


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody has looked for, and at whom: everything of these kinds about these subjects.

    `subjects` None is everybody. What was not looked at stays as it is: nobody knows whether it still stands (R4).
    `is_forgotten`: they were removed here, so that nothing of theirs can stand, and nothing of it is solved.
    """

    kinds: frozenset[AlertKind]
    subjects: frozenset[str] | None = None
    is_forgotten: bool = False

    def covers(self, alert: Alert) -> bool:
        """Whether the alert would have been found if it still stood."""
        return alert.kind in self.kinds and (self.subjects is None or alert.subject in self.subjects)


@dataclass(frozen=True, slots=True)
class Folded:
    """What changes: alerts to be kept as they are here, and those that are solved, with when."""

    kept: tuple[KeptAlert, ...] = ()
    cleared: tuple[KeptAlert, ...] = ()


def fold(
    standing: Mapping[str, KeptAlert],
    found: Iterable[Alert],
    looks: Sequence[Look],
    now: datetime,
    night: date | None = None,
    notifications: Notifications = NOTHING_SET,
) -> Folded:
    """What becomes of the alerts that stand (by id) and those that are found now.

    `night` is the day of the night that looked, None where it was no night; `notifications` say how many nights it
    takes until somebody hears of one. To fold the same again changes nothing.
    """
    wanted: dict[str, Alert] = {}
    for alert in found:
        wanted.setdefault(alert.id, alert)
    kept = [
        continued
        for alert_id, alert in wanted.items()
        if (continued := carry_on(standing.get(alert_id), alert, now, night, notifications)) is not None
    ]
    cleared = [
        replace(each, cleared_at=now, is_forgotten=any(look.is_forgotten for look in own))
        for alert_id, each in standing.items()
        if alert_id not in wanted and (own := [look for look in looks if look.covers(each.alert)])
    ]
    return Folded(tuple(kept), tuple(cleared))


def carry_on(
    before: KeptAlert | None, alert: Alert, now: datetime, night: date | None, notifications: Notifications
) -> KeptAlert | None:
    """The alert as it is to be kept; None where the row that is there says it already."""
    least = notifications.count_least_nights(alert.kind)
    if before is None:
        nights = 0 if night is None else 1
        return KeptAlert(alert, now, now, now, nights, night, is_heard=nights >= least, raised_as=alert.weight)
    is_next = night is not None and (before.last_night is None or night > before.last_night)
    nights = before.nights + is_next
    is_heard = before.is_heard or (is_next and nights >= least)
    raised_as = before.raised_as or before.alert.weight
    # It is news where it has come closer or become much larger, little by little as well, and where the last night that
    # it needs to be heard of has seen it.
    has_grown = alert.stage > before.alert.stage or alert.weight.outgrows(raised_as)
    is_news = has_grown or (is_heard and not before.is_heard)
    if alert == before.alert and not is_next and now - before.last_seen < SEEN_AGAIN:
        return None
    return KeptAlert(
        alert,
        before.first_seen,
        now,
        now if is_news else before.raised_at,
        nights,
        night if is_next else before.last_night,
        is_heard=is_heard,
        raised_as=alert.weight if is_news else raised_as,
    )
