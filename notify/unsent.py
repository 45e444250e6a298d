"""A digest that did not leave told nobody anything: what stood in it is told again (docs/alerts.md, "Once")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import takewhile

from notify.names import find_digest_day
from plans.alerts.notifications import Claim, Recipient, Told
from plans.alerts.port import AlertBook
from plans.mail import Delivery, DeliveryState
from profiles.periods import ONE_DAY

# Twenty recipients, each told every day for three weeks: what failed for longer is told as if nothing ever was.
MOST_LOOKED_AT = 400


@dataclass(frozen=True, slots=True)
class Lost:
    """The last digest of a recipient, of that day in its zone, that did not leave; or `is_in_doubt`: nobody knows."""

    day: date
    is_in_doubt: bool


async def read_known(
    alerts: AlertBook, deliveries: Sequence[Delivery], recipient: Recipient, told: Told, now: datetime
) -> tuple[Told, Lost | None]:
    """What the recipient knows, and the last digest where it was lost: then it is what the last one that left told, for
    its claim says so; whoever no mail ever reached knows nothing. `deliveries` are the newest mails, `now` is aware.

    One that waits may still leave, and is no reason. One in doubt is: rather twice than never.
    """
    states = {day: each.state for each in deliveries if (day := find_digest_day(each.mail_id, recipient)) is not None}
    last = told.last_mail_on
    if last is None or not is_lost(states.get(last)):
        return told, None
    days = sorted((day for day in states if day <= last), reverse=True)
    lost = list(takewhile(lambda day: is_lost(states[day]), days))
    left = next(iter(days[len(lost) :]), None)
    if left is None:
        first = await read_claimed(alerts, recipient, lost[-1], now)
        known = Told(looked_on=first.looked_before or lost[-1] - ONE_DAY)
    else:
        known = await read_claimed(alerts, recipient, left, now)
    return replace(known, settled_on=told.settled_on), Lost(last, states[last] is DeliveryState.IN_DOUBT)


async def read_claimed(alerts: AlertBook, recipient: Recipient, day: date, now: datetime) -> Told:
    """What the recipient was to know by the mail of a day; nothing where nobody kept that."""
    return (await alerts.claim_digest(recipient.address, day.isoformat(), Claim(now, Told()))).told


def is_lost(state: DeliveryState | None) -> bool:
    """Whether a mail in this state did not leave, as far as anybody knows."""
    return state in (DeliveryState.FAILED, DeliveryState.IN_DOUBT)
