"""The timer that sends digests: whoever's morning has come gets one mail, once. Harmless when it is done again.

A digest is about a moment that is kept before the mail is queued: who dies anywhere makes the same mail again, and the
outbox keeps one of an id.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from notify.addresses import MUTE_PATH
from notify.digest import SETTLING, Digest, DigestFacts, gather, make_digest, tell
from notify.digest_mail import MailLinks, make_mail
from notify.links import LIFETIME, MuteLink, sign_link
from notify.names import name_mail
from notify.quiet import sort_mutes
from notify.unsent import MOST_LOOKED_AT, Lost, read_known
from plans.alerts.alert import Alert
from plans.alerts.notifications import Claim, Recipient, Told
from plans.mail import Deliveries, Delivery, Mail, Outbox
from plans.ports import Outside
from plans.runs import find_day, night_due

LOG = logging.getLogger(__name__)
# What nobody was told for so long is history: a kind that is told monthly reaches back a month.
LONGEST_BACK = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class MailRoom:
    """What sending needs besides the records. `public_url` None: nobody said where the pages are, and mails have no
    links. `read_link_key` gives the key that mute links are signed with; `deliveries` say which mails left."""

    outbox: Outbox
    public_url: str | None
    read_link_key: Callable[[], Awaitable[bytes]]
    deliveries: Deliveries


@dataclass(frozen=True, slots=True)
class Morning:
    """A recipient whose morning it is: the day in the recipient's zone, what was told before, and the last digest where
    it was lost."""

    recipient: Recipient
    day: date
    told: Told
    lost: Lost | None = None


async def send_digests(outside: Outside, room: MailRoom) -> int:
    """Queue the digest of everybody whose morning it is and who has none yet; how many were queued by this call."""
    now = outside.now()
    notifications = await outside.alerts.read_notifications()
    mornings: list[Morning] = []
    for recipient in notifications.recipients:
        day = find_day(night_due(now, ZoneInfo(recipient.time_zone), recipient.hour) or "")
        if day is None:
            continue
        told = await outside.alerts.read_told(recipient.address)
        if told.settled_on is None or told.settled_on < day:
            mornings.append(Morning(recipient, day, told))
    if not mornings:
        return 0
    deliveries = await room.deliveries.list_deliveries(MOST_LOOKED_AT)
    known = [await look_back(outside, deliveries, each, now) for each in mornings]
    return sum([await try_send(outside, room, facts) for facts in await read_facts(outside, known, now)])


async def look_back(outside: Outside, deliveries: Sequence[Delivery], morning: Morning, now: datetime) -> Morning:
    """The same with what the recipient really knows."""
    told, lost = await read_known(outside.alerts, deliveries, morning.recipient, morning.told, now)
    return replace(morning, told=told, lost=lost)


async def try_send(outside: Outside, room: MailRoom, facts: DigestFacts) -> bool:
    """Queue one digest; what goes wrong with it must not keep the others from theirs. It is tried again a quarter of an
    hour later, for as long as the recipient's morning lasts."""
    try:
        return await send_digest(outside, room, facts)
    except Exception:
        LOG.exception("The digest of recipient %s could not be queued", name_mail(facts.recipient, facts.day))
        return False


async def read_preview(
    outside: Outside, deliveries: Deliveries, recipient: Recipient, now: datetime
) -> tuple[DigestFacts, datetime]:
    """What the recipient's next digest is made from as things stand, and when it is made, in its zone: now while its
    morning lasts and no mail of it was sent, else when the next one begins."""
    zone, told = ZoneInfo(recipient.time_zone), await outside.alerts.read_told(recipient.address)
    day, made_at = find_day(night_due(now, zone, recipient.hour) or ""), now.astimezone(zone)
    if day is None or (told.settled_on is not None and told.settled_on >= day):
        opens = made_at.replace(hour=recipient.hour, minute=0, second=0, microsecond=0)
        made_at = opens if opens > made_at else opens + timedelta(days=1)
        day = made_at.date()
    newest = await deliveries.list_deliveries(MOST_LOOKED_AT)
    morning = await look_back(outside, newest, Morning(recipient, day, told), now)
    (facts,) = await read_facts(outside, [morning], now + SETTLING)
    return replace(facts, today=made_at.astimezone(outside.zone).date()), made_at


async def read_facts(outside: Outside, mornings: Sequence[Morning], now: datetime) -> list[DigestFacts]:
    """Everything that the digests of these, of whom there is one at least, are made from; what they share is read
    once."""
    since = min((moment for each in mornings for _, moment in each.told.through), default=now)
    shared = DigestFacts(
        recipient=mornings[0].recipient,
        day=mornings[0].day,
        today=now.astimezone(outside.zone).date(),
        zone=outside.zone,
        moment=now - SETTLING,
        standing=await outside.alerts.list_standing(),
        cleared=await outside.alerts.list_cleared(max(since, now - LONGEST_BACK)),
        mutes=sort_mutes(await outside.alerts.list_mutes()),
        notifications=await outside.alerts.read_notifications(),
        told=mornings[0].told,
    )
    return [
        replace(shared, recipient=each.recipient, day=each.day, told=each.told, lost=each.lost) for each in mornings
    ]


async def send_digest(outside: Outside, room: MailRoom, facts: DigestFacts) -> bool:
    """Queue one digest; False where there is nothing to say, or it was queued before."""
    address = facts.recipient.address
    if make_digest(facts) is None:
        if facts.told.looked_on != facts.day:
            await outside.alerts.save_told(address, replace(facts.told, looked_on=facts.day))
        return False
    claim = await outside.alerts.claim_digest(address, facts.day.isoformat(), Claim(facts.moment, tell(facts)))
    facts = replace(facts, moment=claim.moment)
    is_first = await room.outbox.queue(await write_mail(outside, room, facts, gather(facts)))
    # Nobody knows whose mail is on its way: told is what the first one tells, and not what either kept back.
    told = tell(facts)
    if claim.told.settled_on == facts.day:
        told = replace(claim.told, kept_back=claim.told.kept_back | told.kept_back)
    await outside.alerts.save_told(address, told)
    LOG.info("The digest of %s for recipient %s is queued", facts.day, name_mail(facts.recipient, facts.day))
    return is_first


async def write_mail(outside: Outside, room: MailRoom, facts: DigestFacts, digest: Digest) -> Mail:
    """The mail of a digest, with links that are signed for its recipient."""
    key, address = await room.read_link_key(), facts.recipient.address

    def write(path: str) -> str:
        return f"{room.public_url.rstrip('/')}{path}" if room.public_url else ""

    def write_mute(alert: Alert) -> str:
        link = MuteLink(alert.id, address, facts.moment + LIFETIME)
        return write(f"{MUTE_PATH}?{urlencode({'link': sign_link(key, link)})}")

    mail_id = name_mail(facts.recipient, facts.day)
    return make_mail(mail_id, digest, MailLinks(write, write_mute), outside.currency, facts.moment)
