"""What one recipient is told on one day: what is new, what still stands, what is solved since the last time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from plans.alerts.alert import AlertKind, KeptAlert
from plans.alerts.notifications import Mute, Notifications, Recipient, Told, falls_on, find_mute

SIGN_OF_LIFE_WEEKDAY = 0
QUIET_DAYS = 6
KIND_ORDER = {kind: place for place, kind in enumerate(AlertKind)}
# What is younger may not be in the list yet although it was seen already: it is told the next time.
SETTLING = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """What a digest is made from. `day` is the recipient's, `today` the MSP's; `moment` (aware, UTC) is what it is
    about: what was first seen later is left to the next one. `cleared` reaches back as far as `told` does."""

    recipient: Recipient
    day: date
    today: date
    zone: ZoneInfo
    moment: datetime
    standing: Sequence[KeptAlert]
    cleared: Sequence[KeptAlert]
    mutes: Sequence[Mute]
    notifications: Notifications
    told: Told


@dataclass(frozen=True, slots=True)
class Digest:
    """One mail. All three lists are ordered, the most money first; a sign of life has nothing new, nothing solved."""

    recipient: Recipient
    day: date
    zone: ZoneInfo
    new: tuple[KeptAlert, ...] = ()
    still: tuple[KeptAlert, ...] = ()
    solved: tuple[KeptAlert, ...] = ()

    @property
    def is_sign_of_life(self) -> bool:
        """Whether it only says that Seatledger is well."""
        return not self.new and not self.solved


def select_due_kinds(facts: DigestFacts) -> frozenset[AlertKind]:
    """The kinds that this recipient is told on this day."""
    notifications = facts.notifications
    return frozenset(
        kind
        for kind in notifications.kinds_of(facts.recipient.address)
        if falls_on(notifications.choice(kind).rhythm, facts.day)
    )


def gather(facts: DigestFacts) -> Digest:
    """Everything that could be told, whether there is anything to say or not: what a preview shows."""
    due = select_due_kinds(facts)
    heard = [
        kept
        for kept in facts.standing
        if kept.alert.kind in due
        and kept.first_seen <= facts.moment
        and kept.is_heard
        and find_mute(kept.alert, facts.mutes, facts.today) is None
    ]
    news = [kept for kept in heard if is_news(kept, facts)]
    known = {kept.id for kept in news}
    return Digest(
        recipient=facts.recipient,
        day=facts.day,
        zone=facts.zone,
        new=order(news),
        still=order(kept for kept in heard if kept.id not in known),
        solved=order(kept for kept in facts.cleared if kept.alert.kind in due and was_told(kept, facts)),
    )


def make_digest(facts: DigestFacts) -> Digest | None:
    """The mail of the day; None where there is nothing to say. Once a week there is: that all is well."""
    digest = gather(facts)
    if not digest.is_sign_of_life:
        return digest
    last = facts.told.last_mail_on
    is_quiet_long = last is None or (facts.day - last).days >= QUIET_DAYS
    return digest if facts.day.weekday() == SIGN_OF_LIFE_WEEKDAY and is_quiet_long else None


def is_news(kept: KeptAlert, facts: DigestFacts) -> bool:
    """Whether the recipient has not heard of it: raised since the last time, or muted until after it."""
    through = facts.told.told_through(kept.alert.kind)
    if through is None or kept.raised_at > through:
        return True
    last_day = through.astimezone(facts.zone).date()
    ended = [each.until for each in facts.mutes if each.until is not None and each.covers(kept.alert)]
    return any(last_day <= until < facts.today for until in ended)


def was_told(kept: KeptAlert, facts: DigestFacts) -> bool:
    """Whether it is solved since the last time, and the recipient knew of it."""
    through = facts.told.told_through(kept.alert.kind)
    if kept.cleared_at is None or through is None or not kept.is_heard:
        return False
    is_muted = find_mute(kept.alert, facts.mutes, facts.today) is not None
    return kept.raised_at <= through < kept.cleared_at <= facts.moment and not is_muted


def order(alerts: Iterable[KeptAlert]) -> tuple[KeptAlert, ...]:
    """The most money first, whichever way it flows; without a price by kind, then by customer."""
    return tuple(
        sorted(
            alerts,
            key=lambda kept: (
                -abs(kept.alert.monthly or Decimal(0)),
                KIND_ORDER[kept.alert.kind],
                kept.alert.customer_name.casefold(),
                kept.alert.licence_name.casefold(),
                kept.id,
            ),
        )
    )


def tell(facts: DigestFacts) -> Told:
    """What the recipient knows once the mail of these facts is on its way."""
    told = dict(facts.told.through) | dict.fromkeys(select_due_kinds(facts), facts.moment)
    through = tuple(sorted(told.items()))
    return replace(facts.told, through=through, last_mail_on=facts.day, settled_on=facts.day)
