"""What one recipient is told on one day: what is new, what still stands, what is solved since the last time. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from notify.entries import make_entries, order
from notify.licence_names import name_licence
from notify.quiet import Quiet
from notify.unsent import Lost
from plans.alerts.alert import Alert, AlertKind, KeptAlert, Severity
from plans.alerts.notifications import Notifications, Recipient, Told, is_due

SIGN_OF_LIFE_WEEKDAY = 0
QUIET_DAYS = 6
# What is younger may not be in the list yet although it was seen already: it is told the next time.
SETTLING = timedelta(minutes=2)
# A row takes some four thousand ids; what is beyond is listed as still open once it is unmuted, and not as new.
MOST_KEPT_BACK = 2_000


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """What a digest is made from. `day` is the recipient's, `today` the MSP's; `moment` (aware, UTC) is what it is
    about: what was first seen later is left to the next one. `cleared` reaches back as far as `told` does. `lost` is
    the last digest where it did not arrive: `told` is then what was told before it."""

    recipient: Recipient
    day: date
    today: date
    zone: ZoneInfo
    moment: datetime
    standing: Sequence[KeptAlert]
    cleared: Sequence[KeptAlert]
    mutes: Quiet
    notifications: Notifications
    told: Told
    lost: Lost | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """One mail. Its lists are ordered (`order`); a sign of life has nothing new, nothing solved. `over` is
    what was told and passed with its day: nobody solved it, and it is no reason for a mail.

    `elsewhere` counts the things (`notify.entries`) that stand and of which nothing is in the lists, because they are
    told on other days, to others or to nobody. `is_due` is False where a preview shows what would not be sent. `since`
    is the day of the last mail that left, None where none did; `lost` the one after it that did not.
    """

    recipient: Recipient
    day: date
    zone: ZoneInfo
    new: tuple[KeptAlert, ...] = ()
    still: tuple[KeptAlert, ...] = ()
    solved: tuple[KeptAlert, ...] = ()
    over: tuple[KeptAlert, ...] = ()
    elsewhere: int = 0
    is_due: bool = True
    since: date | None = None
    lost: Lost | None = None

    @property
    def open_count(self) -> int:
        """How many things stand and are not muted: what the inbox counts."""
        return len(make_entries(self.new)) + len(make_entries(self.still)) + self.elsewhere

    @property
    def is_sign_of_life(self) -> bool:
        """Whether it only says that Seatledger is well."""
        return not self.new and not self.solved


def select_due_kinds(facts: DigestFacts) -> frozenset[AlertKind]:
    """The kinds that this recipient is told on this day: those of its rhythm, and those whose day went by while nobody
    looked, because the application stood still for the whole morning."""
    notifications = facts.notifications
    return frozenset(
        kind
        for kind in notifications.kinds_of(facts.recipient.address)
        if is_due(notifications.choice(kind).rhythm, facts.day, facts.told.looked_on)
    )


def gather(facts: DigestFacts) -> Digest:
    """Everything that could be told, whether there is anything to say or not: what a preview shows."""
    due = select_due_kinds(facts)
    loud = [kept for kept in facts.standing if kept.is_heard and facts.mutes.find(kept, facts.today) is None]
    heard = [kept for kept in loud if kept.alert.kind in due and kept.raised_at <= facts.moment]
    told = {kept.id for kept in heard}
    news = [kept for kept in heard if is_news(kept, facts)]
    known = {kept.id for kept in news}
    # What is told as one thing is new where anything of it is.
    new = [
        kept for entry in make_entries(heard) if any(each.id in known for each in entry.alerts) for kept in entry.alerts
    ]
    known = {kept.id for kept in new}
    standing = {kept.id for kept in facts.standing}
    gone = [
        kept
        for kept in facts.cleared
        if kept.alert.kind in due and kept.id not in standing and not kept.is_forgotten and was_told(kept, facts)
    ]
    return Digest(
        recipient=facts.recipient,
        day=facts.day,
        zone=facts.zone,
        new=order(new),
        still=order(kept for kept in heard if kept.id not in known),
        solved=order(kept for kept in gone if not is_over(kept, facts.zone)),
        over=order(kept for kept in gone if is_over(kept, facts.zone)),
        elsewhere=sum(told.isdisjoint(each.id for each in entry.alerts) for entry in make_entries(loud)),
        since=facts.told.last_mail_on,
        lost=facts.lost,
    )


def make_digest(facts: DigestFacts) -> Digest | None:
    """The mail of the day; None where there is nothing to say. After seven days without a mail there is, on a Monday
    after six: that Seatledger is at work.
    """
    digest = gather(facts)
    if not digest.is_sign_of_life:
        return digest
    last = facts.told.last_mail_on
    quiet_days = QUIET_DAYS if last is None else (facts.day - last).days
    is_monday = facts.day.weekday() == SIGN_OF_LIFE_WEEKDAY
    return digest if quiet_days > QUIET_DAYS or (quiet_days == QUIET_DAYS and is_monday) else None


def is_news(kept: KeptAlert, facts: DigestFacts) -> bool:
    """Whether the recipient has not heard of it: raised since the last time, or muted then or until after it."""
    through = facts.told.told_through(kept.alert.kind)
    if through is None or kept.raised_at > through or kept.id in facts.told.kept_back:
        return True
    last_day = through.astimezone(facts.zone).date()
    ended = [each.until for each in facts.mutes.list_about(kept.alert) if each.until is not None]
    return any(last_day <= until < facts.today for until in ended)


def was_told(kept: KeptAlert, facts: DigestFacts) -> bool:
    """Whether it is solved since the last time, and the recipient knew of it."""
    through = facts.told.told_through(kept.alert.kind)
    if kept.cleared_at is None or through is None or not kept.is_heard:
        return False
    is_quiet = kept.id in facts.told.kept_back or facts.mutes.find(kept, facts.today) is not None
    return kept.raised_at <= through < kept.cleared_at <= facts.moment and not is_quiet


def is_over(kept: KeptAlert, zone: ZoneInfo) -> bool:
    """Whether it went because its day was over: an invoice was made, a term renewed, an access ended."""
    last = kept.alert.last_day
    return last is not None and kept.cleared_at is not None and kept.cleared_at.astimezone(zone).date() > last


# Seats that nobody has, and seats of people who need none: of each licence two lots that share no seat.
IDLE = (AlertKind.UNUSED_SEATS, AlertKind.RENEWAL_WINDOW)
NEEDLESS = (AlertKind.DISABLED_USER, AlertKind.SHARED_MAILBOX)


@dataclass(frozen=True, slots=True)
class Stake:
    """The money of a month that alerts come to: what held changes would bill more (`rises`) and less (`falls`, below
    zero), and what is lost or left lying in everything else. Nothing where no price is known."""

    rises: Decimal = Decimal(0)
    falls: Decimal = Decimal(0)
    rest: Decimal = Decimal(0)

    def __add__(self, other: Stake) -> Stake:
        return Stake(self.rises + other.rises, self.falls + other.falls, self.rest + other.rest)


def add_stake(alerts: Iterable[KeptAlert]) -> Stake:
    """The money of a month that all of it comes to, each way by itself: what rises makes good for nothing that falls.

    The same seats count once: those of one licence of one customer that are unused and renew as well, and a held change
    of it, which is likely about the same ones. What a person refused is at stake no more.
    """
    lots: dict[tuple[str, str], list[Alert]] = defaultdict(list)
    for kept in alerts:
        alert = kept.alert
        is_refused = alert.kind is AlertKind.HELD and alert.severity is Severity.KNOW
        if alert.monthly is not None and not is_refused:
            licence = name_licence(alert.licence_name).casefold() if alert.licence_name else kept.id
            lots[alert.customer_id, licence].append(alert)
    return sum(map(add_lot, lots.values()), Stake())


def add_lot(alerts: Sequence[Alert]) -> Stake:
    """The same of one licence of one customer."""
    monthly: dict[AlertKind, Decimal] = defaultdict(Decimal)
    held = Stake()
    for alert in alerts:
        amount = alert.monthly or Decimal(0)
        if alert.kind is AlertKind.HELD:
            held += Stake(rises=amount) if amount > 0 else Stake(falls=amount)
        else:
            monthly[alert.kind] += abs(amount)
    idle = max(monthly[kind] for kind in IDLE) + sum((monthly[kind] for kind in NEEDLESS), Decimal(0))
    apart = sum((monthly[kind] for kind in monthly.keys() - {*IDLE, *NEEDLESS}), Decimal(0))
    if held.rises - held.falls > idle:
        return held + Stake(rest=apart)
    return Stake(rest=idle + apart)


def tell(facts: DigestFacts) -> Told:
    """What the recipient knows once the mail of these facts is on its way."""
    due = select_due_kinds(facts)
    told = dict(facts.told.through) | dict.fromkeys(due, facts.moment)
    kept_back = order(
        kept
        for kept in facts.standing
        if (facts.mutes.find(kept, facts.today) is not None and kept.alert.kind in due)
        or (kept.alert.kind not in due and kept.id in facts.told.kept_back)
    )
    return replace(
        facts.told,
        through=tuple(sorted(told.items())),
        last_mail_on=facts.day,
        settled_on=facts.day,
        looked_on=facts.day,
        looked_before=facts.told.looked_on,
        kept_back=frozenset(kept.id for kept in kept_back[:MOST_KEPT_BACK]),
    )
