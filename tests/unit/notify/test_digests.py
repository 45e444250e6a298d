"""The timer: one mail a recipient and day whatever fires how often or dies where; each in its own zone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from notify.digests import MailRoom, send_digests
from notify.links import read_link
from notify.names import name_mail
from plans.alerts.alert import Alert, AlertKind, KeptAlert
from plans.alerts.folding import Folded
from plans.alerts.notifications import Claim, Mute, MuteScope, Notifications, Recipient, Told
from plans.mail import Delivery, DeliveryState, Mail
from plans.ports import Outside
from tests.alert_memory import MemoryAlerts
from tests.unit.plans.alerts.values import keep, make_alert

KEY = bytes(range(32))
AT_SEVEN = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
ANNA = Recipient("anna@msp.example", "UTC", 7)
TOKYO = Recipient("toshi@msp.example", "Asia/Tokyo", 7)
HOSTILE = '<img src=x onerror=alert(1)> "Quick" =cmd|calc\u202e\r\nBcc: x@evil.example'


class Died(BaseException):
    """The process is gone."""


@dataclass
class Post:
    """An outbox that may die before or after it has kept a mail; what it queues leaves at once, unless `ends` says how
    the mails of a day end."""

    mails: dict[str, Mail] = field(default_factory=dict)
    ends: dict[str, DeliveryState] = field(default_factory=dict)
    asked: int = 0
    dies: str = ""

    async def queue(self, mail: Mail) -> bool:
        self.asked += 1
        if self.dies == "before":
            raise Died
        is_first = mail.id not in self.mails
        self.mails.setdefault(mail.id, mail)
        if self.dies == "after":
            raise Died
        return is_first

    async def list_deliveries(self, limit: int) -> list[Delivery]:
        newest = sorted(self.mails.values(), key=lambda mail: mail.made_at, reverse=True)[:limit]
        states = [self.ends.get(mail.id[-10:], DeliveryState.SENT) for mail in newest]
        return [
            Delivery(mail.id, mail.recipient, mail.subject, state, 1, mail.made_at)
            for mail, state in zip(newest, states, strict=True)
        ]


class World:
    """What the timer touches, and the clock."""

    def __init__(self, *recipients: Recipient, alerts: tuple[KeptAlert, ...] = ()) -> None:
        self.time, self.steps = AT_SEVEN, 0
        self.alerts = MemoryAlerts(notifications=Notifications(recipients or (ANNA,)))
        self.alerts.standing = {kept.id: kept for kept in alerts}
        self.post = Post()
        touched: dict[str, Any] = {
            "now": lambda: self.time, "zone": ZoneInfo("UTC"), "alerts": self.alerts, "currency": "USD"
        }  # fmt: skip
        self.outside = Outside(**{each.name: None for each in fields(Outside)} | touched)

    async def fire(self, public_url: str | None = "https://seatledger.msp.example") -> int:
        return await send_digests(self.outside, MailRoom(self.post, public_url, self.read_key, self.post))

    async def read_key(self) -> bytes:
        return KEY

    @property
    def only(self) -> Mail:
        (mail,) = self.post.mails.values()
        return mail


def hour_ago(alert: Alert | None = None) -> KeptAlert:
    return keep(alert or make_alert(), AT_SEVEN - timedelta(hours=1))


async def test_fired_again_and_again_it_sends_one_mail_a_day() -> None:
    world = World(alerts=(hour_ago(),))
    assert [await world.fire() for _ in range(3)] == [1, 0, 0]
    assert world.post.asked == 1
    assert world.only.id == name_mail(ANNA, AT_SEVEN.date()) and world.only.recipient == ANNA.address


async def test_two_at_once_send_one_mail() -> None:
    world = World(alerts=(hour_ago(),))
    first, second = World(), World()
    for each in (first, second):
        each.alerts.standing, each.post = world.alerts.standing, world.post
        each.alerts.claims = world.alerts.claims
    await first.fire()
    second.time += timedelta(seconds=30)
    await second.fire()
    assert len(world.post.mails) == 1 and world.post.asked == 2


class Interrupted:
    """The alerts, or the outbox, of a sender that is overtaken at one of its steps: right before it, all of this
    happens."""

    def __init__(self, within: Any, world: World, happens: Callable[[], Awaitable[None]], at: int) -> None:
        self._within, self._world, self._happens, self._at = within, world, happens, at

    def __getattr__(self, name: str) -> Any:
        step = getattr(self._within, name)
        if not callable(step):
            return step

        async def run(*given: Any) -> Any:
            self._world.steps += 1
            if self._world.steps == self._at:
                await self._happens()
            return await step(*given)

        return run


@pytest.mark.parametrize("at", range(1, 10))
@pytest.mark.parametrize("dies", [False, True])
@pytest.mark.parametrize("change", ["nothing", "muted", "unmuted"])
@pytest.mark.parametrize("names", [("one", "other"), ("other",)])
async def test_of_two_senders_wherever_one_overtakes_the_other_nothing_is_lost_or_told_twice(
    names: tuple[str, ...], change: str, dies: bool, at: int
) -> None:
    """And where somebody mutes something just then, or unmutes it, it is rather told twice than never."""
    world = World(alerts=tuple(hour_ago(make_alert(name)) for name in names))
    alerts, post, outside = world.alerts, world.post, world.outside
    mute = Mute(MuteScope.ALERT, "", "", "Ada", AT_SEVEN, None, alert_id=make_alert("other").id)
    alerts.mutes = {mute.id: mute} if change == "unmuted" else {}

    async def overtake() -> None:
        alerts.mutes = {mute.id: mute} if change == "muted" else {}
        await send_digests(outside, MailRoom(post, None, world.read_key, post))
        if dies:
            raise Died

    slow: Any = replace(outside, alerts=Interrupted(alerts, world, overtake, at))
    room: Any = MailRoom(Interrupted(post, world, overtake, at), None, world.read_key, post)
    with suppress(Died):
        await send_digests(slow, room)
    assert len(post.mails) <= 1 and world.steps < 10, "every step is overtaken"
    alerts.mutes = {}
    world.time += timedelta(days=1)
    later = keep(make_alert("later"), world.time - timedelta(hours=1))
    alerts.standing[later.id] = later
    await world.fire()
    news = [mail.text.split("STILL OPEN")[0] for mail in post.mails.values()]
    for name in names:
        told = sum(f"{name} waits." in each for each in news)
        assert told == 1 or (told == 2 and change != "nothing" and name == "other"), (name, told)


async def morning(world: World, days: int, *found: Alert, solved: tuple[Alert, ...] = ()) -> str:
    """The mail of the morning so many days later, before which these were found and those solved; empty where there is
    none."""
    world.time = AT_SEVEN + timedelta(days=days)
    night = world.time - timedelta(hours=5)
    world.alerts.standing |= {alert.id: keep(alert, night) for alert in found}
    for alert in solved:
        kept = world.alerts.standing.pop(alert.id)
        world.alerts.cleared.append(replace(kept, cleared_at=night))
    await world.fire(None)
    mail = world.post.mails.get(name_mail(ANNA, world.time.date()))
    return "" if mail is None else mail.text


def list_told(text: str, title: str) -> list[str]:
    """What a list of a mail names, in its order."""
    _, _, after = text.partition(f"\n{title}\n")
    lines = takewhile(lambda line: not (line.isupper() and " · " not in line) and line != "-- ", after.splitlines())
    return [line.split(" · ")[0] for line in lines if " · " in line and not line.startswith(" ")]


def named(name: str, kind: AlertKind = AlertKind.HELD) -> Alert:
    return replace(make_alert(name, kind), customer_name=name)


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.IN_DOUBT])
async def test_what_stood_in_a_digest_that_did_not_leave_is_told_again(state: DeliveryState) -> None:
    """Tuesday's left, Wednesday's and Thursday's did not; on Friday nothing happens, and nothing is lost."""
    world = World()
    world.post.ends = {"2026-11-25": state, "2026-11-26": state}
    a, b, c, d = (named(name) for name in "abcd")
    assert list_told(await morning(world, 0, a, b), "NEW") == ["a", "b"]
    assert list_told(await morning(world, 1, c, solved=(a,)), "NEW") == ["c"]
    assert list_told(await morning(world, 2, d), "NEW") == ["c", "d"]
    friday = await morning(world, 3)
    assert (list_told(friday, "NEW"), list_told(friday, "SOLVED SINCE THE LAST MAIL")) == (["c", "d"], ["a"])
    words = "did not leave" if state is DeliveryState.FAILED else "may not have left"
    assert f"The mail of Thursday 26 November 2026 {words}: what it told is told again. 1 solved since" in friday
    assert "since the mail of 24 Nov 2026" in friday
    assert await morning(world, 4) == "", "and once it has left there is nothing more to say"


async def test_the_first_digest_that_was_lost_on_a_monday_tells_its_weekly_kinds_on_tuesday() -> None:
    world = World()
    world.post.ends = {"2026-11-30": DeliveryState.FAILED}
    unused = named("unused", AlertKind.UNUSED_SEATS)
    assert list_told(await morning(world, 6, unused), "NEW") == ["unused"]
    assert list_told(await morning(world, 7), "NEW") == ["unused"]
    assert await morning(world, 8) == ""


async def test_a_weekly_kind_whose_monday_was_lost_is_told_with_all_that_came_since_its_last_monday() -> None:
    world = World()
    world.post.ends = {"2026-11-30": DeliveryState.FAILED}
    weekly, daily, fresh = named("weekly", AlertKind.UNUSED_SEATS), named("daily"), named("fresh")
    await morning(world, -1, named("old", AlertKind.UNUSED_SEATS))
    await morning(world, 1, weekly)
    assert list_told(await morning(world, 3, daily), "NEW") == ["daily"]
    assert list_told(await morning(world, 6), "NEW") == ["weekly"]
    assert list_told(await morning(world, 7, fresh), "NEW") == ["fresh", "weekly"]
    assert list_told(await morning(world, 13, named("later")), "NEW") == ["later"]


async def test_a_digest_that_waits_or_that_a_person_sent_again_is_not_told_twice() -> None:
    world = World()
    for state in (DeliveryState.QUEUED, DeliveryState.SENT):
        world.post.ends = {"2026-11-24": state}
        await morning(world, 0, named("a"))
        assert await morning(world, 1) == ""


async def test_a_sign_of_life_that_did_not_leave_is_no_sign() -> None:
    world = World()
    world.post.ends = {"2026-11-30": DeliveryState.FAILED}
    assert "A quiet week" in (await morning(world, 6)).replace("a quiet week", "A quiet week")
    assert await morning(world, 7) == "", "who has never been told anything waits for Monday"
    assert "a quiet week" in await morning(world, 13)


@pytest.mark.parametrize("dies", ["before", "after"])
async def test_dying_around_the_outbox_makes_the_same_mail_again(dies: str) -> None:
    world = World(alerts=(hour_ago(),))
    world.post.dies = dies
    with pytest.raises(Died):
        await world.fire()
    world.post.dies = ""
    later = keep(make_alert("later"), AT_SEVEN + timedelta(minutes=5))
    world.alerts.standing[later.id] = later
    world.time += timedelta(minutes=15)
    await world.fire()
    assert "one waits." in world.only.text and "later waits." not in world.only.text
    world.time += timedelta(days=1)
    await world.fire()
    tomorrow = world.post.mails[name_mail(ANNA, world.time.date())]
    assert "later waits." in tomorrow.text.split("STILL OPEN")[0], "what came meanwhile is not lost"


async def test_dying_before_what_was_told_is_kept_sends_nothing_twice() -> None:
    world = World(alerts=(hour_ago(),))
    save, world.alerts.save_told = world.alerts.save_told, fail  # type: ignore[method-assign]
    with pytest.raises(Died):
        await world.fire()
    world.alerts.save_told = save  # type: ignore[method-assign]
    await world.fire()
    assert len(world.post.mails) == 1


@pytest.mark.parametrize("sentence", ["12 → 2 seats.", "W" * 9_000, '<"&' * 3_000, "Ω" * 9_000])
async def test_five_hundred_alerts_are_a_mail_that_every_mailbox_shows_and_the_outbox_keeps(sentence: str) -> None:
    alerts = [
        replace(
            make_alert(str(number), monthly=str(number)), sentence=sentence, customer_name=f"{number} {HOSTILE * 9}"
        )
        for number in range(500)
    ]
    world = World(alerts=tuple(hour_ago(alert) for alert in alerts))
    assert await world.fire() == 1
    assert len(world.only.html.encode()) <= 90_000
    assert len(world.only.text) + len(world.only.html) < 150_000, "the outbox keeps 160,000 characters"
    shown = world.only.html.count("Mute it")
    more = f"and {500 - shown} more things"
    assert 1 <= shown <= 30 and 'href="https://seatledger.msp.example/alerts"' in world.only.html
    assert more in world.only.html and f"{more}: https://seatledger.msp.example/alerts" in world.only.text


async def test_what_all_digests_share_is_read_once() -> None:
    world = World(*(Recipient(f"{number}@msp.example", "UTC") for number in range(20)), alerts=(hour_ago(),))
    reads, read = [], world.alerts.list_standing

    async def count() -> tuple[KeptAlert, ...]:
        reads.append(1)
        return await read()

    world.alerts.list_standing = count  # type: ignore[method-assign]
    assert await world.fire() == 20 and len(reads) == 1
    assert await world.fire() == 0 and len(reads) == 1, "nothing is read for nobody"


async def test_a_digest_that_cannot_be_made_keeps_nobody_from_theirs(caplog: pytest.LogCaptureFixture) -> None:
    broken, world = Recipient("broken@msp.example", "UTC"), World(alerts=(hour_ago(),))
    world.alerts.notifications = Notifications((broken, ANNA))
    claim_digest = world.alerts.claim_digest

    async def refuse(recipient: str, day: str, claim: Claim) -> Claim:
        if recipient == broken.address:
            raise ValueError("our own mistake")
        return await claim_digest(recipient, day, claim)

    world.alerts.claim_digest = refuse  # type: ignore[method-assign]
    assert await world.fire() == 1 and world.only.recipient == ANNA.address
    assert "could not be queued" in caplog.text and broken.address not in caplog.text
    world.alerts.claim_digest = claim_digest  # type: ignore[method-assign]
    world.time += timedelta(minutes=15)
    assert await world.fire() == 1


async def fail(recipient: str, told: Told) -> None:
    raise Died


async def test_everybody_is_told_in_the_morning_of_his_own_zone() -> None:
    world = World(ANNA, TOKYO, alerts=(hour_ago(),))
    world.time = datetime(2026, 11, 23, 21, 59, tzinfo=UTC)
    seen = world.time - timedelta(hours=1)
    world.alerts.standing = {make_alert().id: keep(make_alert(), seen)}
    assert await world.fire() == 0
    world.time += timedelta(minutes=1)
    assert await world.fire() == 1
    assert world.only.recipient == TOKYO.address
    world.time = AT_SEVEN
    assert await world.fire() == 1


async def test_with_nothing_to_say_nothing_is_sent_and_what_comes_within_the_morning_is() -> None:
    world = World()
    assert await world.fire() == 0
    world.time += timedelta(hours=2)
    await world.alerts.save(Folded((keep(make_alert(), world.time - timedelta(minutes=5)),)))
    assert await world.fire() == 1


async def test_what_was_seen_a_moment_ago_waits_until_it_is_settled() -> None:
    world = World(alerts=(keep(make_alert(), AT_SEVEN - timedelta(minutes=1)),))
    assert await world.fire() == 0
    world.time += timedelta(minutes=15)
    assert await world.fire() == 1


async def test_every_line_opens_its_row_and_its_mute_link_is_ours() -> None:
    world = World(alerts=(hour_ago(),))
    await world.fire()
    assert "https://seatledger.msp.example/approvals/c1%3Aone" in world.only.html
    token = world.only.text.split("/alerts/mute?link=")[1].split()[0]
    link = read_link(KEY, token, world.time + timedelta(days=29))
    assert link is not None and (link.alert_id, link.recipient) == (make_alert().id, ANNA.address)
    assert read_link(KEY, token, world.time + timedelta(days=30)) is None


async def test_without_an_address_of_the_pages_a_mail_has_no_links() -> None:
    world = World(alerts=(hour_ago(),))
    await world.fire(public_url=None)
    assert "href" not in world.only.html and "Next: Look at it." in world.only.text


async def test_hostile_names_stay_words() -> None:
    alert = replace(
        make_alert(monthly="-5"), customer_name=HOSTILE, licence_name=HOSTILE, sentence=HOSTILE, step=HOSTILE
    )
    world = World(alerts=(hour_ago(alert),))
    await world.fire()
    assert "<img" not in world.only.html and "&lt;img src=x" in world.only.html
    assert "\r" not in world.only.text and "\nBcc:" not in world.only.text
    assert "Bcc" not in world.only.subject and "\n" not in world.only.subject


async def test_a_sign_of_life_says_that_all_is_well() -> None:
    world = World()
    world.time = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert await world.fire() == 1
    assert world.only.subject == "Seatledger: a quiet week, all well"
    assert "so that you know that Seatledger is at work" in world.only.text
