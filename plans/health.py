"""Whether everything works, check by check, each with what to do where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plans.mail import Delivery, DeliveryState, find_unsent
from plans.runs import Run, RunPhase, is_night
from profiles.periods import write_short_day

LONGEST_BETWEEN_NIGHTS = timedelta(hours=26)
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `next_step` is empty where nothing is to be done."""

    name: str
    is_good: bool
    sentence: str
    next_step: str = ""


def check_night(now: datetime, newest: Sequence[Run], *, is_set_up: bool) -> Check:
    """Whether a night was closed in the last 26 hours (R12). `now` is aware; `newest` are runs, the newest first.

    An installation that is not set up, or has never closed a night, has missed none.
    """
    name = "Nights"
    if not is_set_up:
        return Check(name, is_good=True, sentence="No night is due before a PSA and a customer are connected.")
    closed = [run for run in newest if is_night(run.id) and run.phase is RunPhase.CLOSED]
    if not closed:
        begun = [run for run in newest if is_night(run.id)]
        if not begun or now - begun[-1].started_at <= LONGEST_BETWEEN_NIGHTS:
            return Check(name, is_good=True, sentence="No night has ended yet.")
        return Check(name, is_good=False, sentence="No night has ever ended.", next_step=NIGHT_STEP)
    last = closed[0]
    if now - (last.closed_at or last.started_at) <= LONGEST_BETWEEN_NIGHTS:
        return Check(name, is_good=True, sentence=f"The night of {write_short_day(last.day)} ended as it should.")
    sentence = f"The last night that ended is that of {write_short_day(last.day)}, more than 26 hours ago."
    return Check(name, is_good=False, sentence=sentence, next_step=NIGHT_STEP)


def check_mail(now: datetime, deliveries: Sequence[Delivery]) -> Check:
    """Whether mails leave: nobody hears of anything else where they do not. `now` is aware; `deliveries` are the newest
    mails, the newest first.

    One recipient who cannot be reached while another one is, is no part that does not work: home says it.
    """
    name = "Mail"
    failed = [each for each in find_unsent(deliveries, now) if each.state is DeliveryState.FAILED]
    if not failed:
        return Check(name, is_good=True, sentence="No mail stays unsent.")
    counted = "1 mail was" if len(failed) == 1 else f"{len(failed)} mails were"
    newest: dict[str, Delivery] = {}
    for each in deliveries:
        if each.state is not DeliveryState.QUEUED:
            newest.setdefault(each.recipient.casefold(), each)
    since = max(each.changed_at for each in failed) - A_DAY
    if any(each.state is DeliveryState.SENT and each.changed_at > since for each in newest.values()):
        return Check(name, is_good=True, sentence=f"{counted} not sent; those of others left.")
    return Check(name, is_good=False, sentence=f"{counted} not sent, and nobody else's left.", next_step=MAIL_STEP)


MAIL_STEP = "Settings › Mail says why. Mend it, send a test mail, then send again what was not sent."
NIGHT_STEP = (
    "Look under Runs whether one is open, and whether the other checks are good. The next night makes good what this "
    "one missed; if none comes, restart the function app."
)
