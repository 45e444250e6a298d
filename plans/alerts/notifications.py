"""What is told, to whom and how often; what is muted, by whom, why and until when. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from plans.alerts.alert import Alert, AlertKind, KeptAlert, Weight
from plans.alerts.kinds import KINDS, Rhythm
from profiles.billing import Customer


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a digest, from `hour` o'clock on in a time zone by its IANA name."""

    address: str
    time_zone: str
    hour: int = 7


@dataclass(frozen=True, slots=True)
class KindChoice:
    """What somebody set for a kind. Without `recipients` everybody is told."""

    is_told: bool = True
    rhythm: Rhythm = Rhythm.DAILY
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notifications:
    """Everything that is set. A kind that nobody set is told as its table says, to everybody.

    `unread_nights` is how many nights in a row must have been unable to read a customer before anybody hears of it.
    """

    recipients: tuple[Recipient, ...] = ()
    choices: tuple[tuple[AlertKind, KindChoice], ...] = ()
    unread_nights: int = 2

    def count_least_nights(self, kind: AlertKind) -> int:
        """How many nights in a row must have seen an alert of that kind before anybody hears of it."""
        return self.unread_nights if kind is AlertKind.UNKNOWN_READING else 0

    def choice(self, kind: AlertKind) -> KindChoice:
        """How a kind is told."""
        return dict(self.choices).get(kind) or KindChoice(rhythm=KINDS[kind].rhythm)

    def kinds_of(self, address: str) -> frozenset[AlertKind]:
        """What one recipient is told at all."""
        chosen = {kind: self.choice(kind) for kind in AlertKind}
        return frozenset(
            kind
            for kind, choice in chosen.items()
            if choice.is_told and (not choice.recipients or address in choice.recipients)
        )


NOTHING_SET = Notifications()


def falls_on(rhythm: Rhythm, day: date) -> bool:
    """Whether a kind of that rhythm is told on that day."""
    match rhythm:
        case Rhythm.DAILY:
            return True
        case Rhythm.WEEKLY:
            return day.weekday() == 0
        case Rhythm.MONTHLY:  # pragma: no branch - there is nothing else
            return day.day == 1


def is_due(rhythm: Rhythm, day: date, looked_on: date | None) -> bool:
    """Whether a kind of that rhythm is told on that day, where somebody last looked on another, or on this one.

    A Monday or a first on which nobody looked is made good on the next day on which somebody does.
    """
    if falls_on(rhythm, day) or looked_on is None:
        return falls_on(rhythm, day)
    last = day - timedelta(days=day.weekday()) if rhythm is Rhythm.WEEKLY else day.replace(day=1)
    return looked_on < last


class MuteScope(StrEnum):
    """How much is muted: one alert; everything about one licence of a tenant; everything about a tenant."""

    ALERT = "alert"
    LICENCE = "licence"
    TENANT = "tenant"


# What is solved of these is done with. When it stands again it is another hold, another secret, the next renewal.
NEW_EACH_TIME = frozenset(
    {
        AlertKind.BEFORE_INVOICE,
        AlertKind.HELD,
        AlertKind.PARKED,
        AlertKind.TENANT_REMOVED,
        AlertKind.SECRET_EXPIRING,
        AlertKind.TOKEN_EXPIRING,
        AlertKind.GDAP_EXPIRING,
        AlertKind.AGREEMENT_ENDING,
        AlertKind.RENEWAL_WINDOW,
    }
)


@dataclass(frozen=True, slots=True)
class Mute:
    """A person wants to hear no more of something. `until` is the last day, in the MSP's zone; None is for good.

    `about` says in words what is muted, `customer_id` whose alert it was, empty for nobody's. `weight` is how much the
    alert was about that was muted: what outgrows it is told; None where a whole licence or tenant is muted. Mutes that
    are older than these two fields have neither.
    """

    scope: MuteScope
    about: str
    reason: str
    muted_by: str
    muted_at: datetime
    until: date | None
    alert_id: str = ""
    tenant_id: str = ""
    sku_id: str = ""
    weight: Weight | None = None
    customer_id: str = ""

    @property
    def id(self) -> str:
        """The same for the same scope; fit for a table key."""
        match self.scope:
            case MuteScope.ALERT:
                return self.alert_id
            case MuteScope.LICENCE:
                return f"licence:{self.tenant_id.lower()}:{self.sku_id.lower()}"
            case MuteScope.TENANT:  # pragma: no branch - there is nothing else
                return f"tenant:{self.tenant_id.lower()}"

    def covers(self, alert: Alert) -> bool:
        """Whether it is about this alert."""
        is_tenant = bool(self.tenant_id) and alert.tenant_id.lower() == self.tenant_id.lower()
        match self.scope:
            case MuteScope.ALERT:
                return alert.id == self.alert_id
            case MuteScope.LICENCE:
                return is_tenant and bool(self.sku_id) and alert.sku_id.lower() == self.sku_id.lower()
            case MuteScope.TENANT:  # pragma: no branch - there is nothing else
                return is_tenant

    def silences(self, kept: KeptAlert) -> bool:
        """Whether it is about this alert as it stands, and not only as it stood when somebody muted it."""
        if not self.covers(kept.alert):
            return False
        if self.scope is not MuteScope.ALERT:
            return True
        has_returned = kept.alert.kind in NEW_EACH_TIME and kept.first_seen > self.muted_at
        return not has_returned and (self.weight is None or not kept.alert.weight.outgrows(self.weight))

    def is_on(self, today: date) -> bool:
        """Whether it still holds."""
        return self.until is None or today <= self.until


def find_mute(kept: KeptAlert, mutes: Iterable[Mute], today: date) -> Mute | None:
    """The mute that keeps an alert out of mails; None where none does."""
    return next((each for each in mutes if each.is_on(today) and each.silences(kept)), None)


def find_mutes_of(customer: Customer, mutes: Iterable[Mute], customers: Iterable[Customer]) -> tuple[Mute, ...]:
    """The mutes that go with a customer: those of its own alerts, and of its tenant where no other customer has it.

    Whoever is added again begins unmuted, and so does a tenant that was muted before anybody added it.
    """
    tenant_id = customer.tenant_id.lower()
    is_shared = any(each.tenant_id.lower() == tenant_id and each.id != customer.id for each in customers)
    return tuple(
        mute
        for mute in mutes
        if (mute.scope is MuteScope.ALERT and mute.customer_id == customer.id)
        or (mute.tenant_id.lower() == tenant_id and not is_shared)
    )


def find_offered_scopes(alert: Alert) -> tuple[MuteScope, ...]:
    """What can be muted from an alert. Of a tenant that nobody added there is nothing but the one alert."""
    if alert.kind is AlertKind.TENANT_NOT_ADDED:
        return (MuteScope.ALERT,)
    licence = (MuteScope.LICENCE,) if alert.tenant_id and alert.sku_id else ()
    tenant = (MuteScope.TENANT,) if alert.tenant_id else ()
    return (MuteScope.ALERT, *licence, *tenant)


@dataclass(frozen=True, slots=True)
class Told:
    """What a recipient was told: through which moment, by kind (aware, UTC); the day of the last mail, and the last day
    that was settled, in the recipient's zone. `kept_back` are alerts by id that stood muted when the last mail of
    their kind was made. `looked_on` is the last day on which somebody looked whether there is anything to tell;
    `looked_before` what that was before the last mail was made, None where it was the first, or that was not kept."""

    through: tuple[tuple[AlertKind, datetime], ...] = ()
    last_mail_on: date | None = None
    settled_on: date | None = None
    kept_back: frozenset[str] = frozenset()
    looked_on: date | None = None
    looked_before: date | None = None

    def told_through(self, kind: AlertKind) -> datetime | None:
        """Up to which moment the recipient knows a kind; None where nothing of it was ever told."""
        return dict(self.through).get(kind)


@dataclass(frozen=True, slots=True)
class Claim:
    """The digest of a recipient's day as whoever was first began it: the moment that it is about (aware, UTC), and what
    the recipient knows once it is on its way."""

    moment: datetime
    told: Told


def merge_told(kept: Told, found: Told) -> Told:
    """What a recipient was told, where `found` is to be kept and `kept` was meanwhile: in whichever order the two come.

    Timers fire twice, and who is slow does not know what was told since. Nothing that is known is taken back, and of
    one day everything is kept back that either saw muted: it is told once more rather than never.
    """
    return Told(
        through=tuple(sorted(take_latest(kept.through, found.through).items())),
        last_mail_on=choose_later(kept.last_mail_on, found.last_mail_on),
        settled_on=choose_later(kept.settled_on, found.settled_on),
        kept_back=frozenset().union(*(each.kept_back for each in choose_newest(kept, found))),
        looked_on=choose_later(kept.looked_on, found.looked_on),
    )


def take_latest(*told: tuple[tuple[AlertKind, datetime], ...]) -> dict[AlertKind, datetime]:
    """Of each kind the latest moment."""
    found: dict[AlertKind, datetime] = {}
    for kind, moment in (pair for each in told for pair in each):
        found[kind] = max(moment, found.get(kind, moment))
    return found


def choose_later(day: date | None, other: date | None) -> date | None:
    """The later of two days; any day is later than none."""
    return max((each for each in (day, other) if each is not None), default=None)


def choose_newest(kept: Told, found: Told) -> tuple[Told, ...]:
    """Whichever was settled later; both where that was on the same day."""
    newest = choose_later(kept.settled_on, found.settled_on)
    return tuple(each for each in (kept, found) if each.settled_on == newest)
