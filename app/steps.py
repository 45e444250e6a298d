"""Carrying out one step of a run: with what it may touch, its ids in every line of the log, and its calls counted.

The wiring, and with it every client library, is loaded at the first step: the worker starts without it, and an
instance that only orchestrates never needs it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Concatenate
from uuid import uuid4

from net.traffic import counting
from notify.sending import PostRoom, look_after_mails
from plans.ports import Outside
from plans.traffic import Traffic
from plans.webhooks import is_event_message
from sync.about import about
from sync.accounts import AccountRoom

LOGGER = logging.getLogger(__name__)

SECONDS_UNTIL_KEPT = 5.0
LAST_STEPS = frozenset({"judge_run", "close_night"})
IDS = {"run_id": "run", "tenant_id": "tenant", "connection_id": "connection", "plan_hash": "plan"}


async def carry_out[**Asked, Result](
    step: Callable[Concatenate[Outside, Asked], Awaitable[Result]], *asked: Asked.args, **named: Asked.kwargs
) -> Result:
    """The step's result. Logs how it went in one line, whatever it raises; keeps what the run asked of the outside."""
    from app.wiring import WIRINGS

    ids = read_ids(*asked)
    started_at, has_failed = monotonic(), True
    with about(**ids), counting() as counter:
        outside = await WIRINGS.outside()
        try:
            result = await step(outside, *asked, **named)
            has_failed = False
            return result
        finally:
            name = step.__name__
            log_step(name, monotonic() - started_at, counter.traffic, has_failed=has_failed)
            if "run" in ids and not has_failed:
                await keep_count(outside, ids["run"], counter.traffic, is_last=name in LAST_STEPS)


async def carry_mail[**Asked, Result](
    step: Callable[Concatenate[PostRoom, Asked], Awaitable[Result]], *asked: Asked.args, **named: Asked.kwargs
) -> Result:
    """A step of sending mails, or the events of webhooks, with what those may touch."""
    from app.wiring import WIRINGS

    if any(isinstance(each, Mapping) and is_event_message(str(each.get("mail_id", ""))) for each in asked):
        return await step((await WIRINGS.wiring()).open_webhooks().open_post_room(), *asked, **named)
    return await step(await WIRINGS.post_room(), *asked, **named)


async def carry_errand[**Asked, Result](
    step: Callable[Concatenate[AccountRoom, Asked], Awaitable[Result]], *asked: Asked.args, **named: Asked.kwargs
) -> Result:
    """A step of what people ask for about Microsoft accounts, with what those may touch."""
    from app.wiring import WIRINGS

    return await step(await WIRINGS.account_room(), *asked, **named)


async def carry_digests() -> int:
    """Make and queue the digests whose time has come; how many. What mails are made with is loaded only then."""
    from app.wiring import WIRINGS
    from notify.digests import send_digests

    return await send_digests(await WIRINGS.outside(), await WIRINGS.mail_room())


async def carry_events() -> int:
    """Queue what webhooks have not been told, and look after what was queued; how many are new."""
    from app.wiring import WIRINGS
    from notify.events import tell_events

    webhooks = (await WIRINGS.wiring()).open_webhooks()
    await look_after_mails(webhooks.open_post_room())
    return await tell_events(await WIRINGS.outside(), webhooks.open_event_room())


def read_ids(*asked: object) -> dict[str, str]:
    """The ids in what a step was asked: a run's id alone, or a request that names more."""
    found: dict[str, str] = {}
    for each in asked:
        if isinstance(each, str):
            found["run"] = each
        elif isinstance(each, Mapping):
            found |= {word: str(each[name]) for name, word in IDS.items() if name in each}
    return found


def log_step(name: str, seconds: float, traffic: Traffic, *, has_failed: bool) -> None:
    """One line: how long it took, and what it asked of the outside."""
    facts = {
        "event": "step",
        "step": name,
        "seconds": round(seconds, 3),
        "calls": traffic.calls,
        "retries": traffic.retries,
        "throttled": traffic.throttled,
        "waited_ms": traffic.waited_ms,
        "failed": has_failed,
    }
    LOGGER.info("Step %s %s", name, "failed" if has_failed else "done", extra={"facts": facts})


class Tally:
    """What this process asked of the outside for each run, kept as one row a process and run.

    A row is written every few seconds and at the steps that end a phase, so that it costs next to nothing. A process
    that ends in between loses a few seconds' count: the log has every one of them.
    """

    def __init__(self) -> None:
        self._process_id = uuid4().hex
        self._of_run: dict[str, Traffic] = {}
        self._kept_at: dict[str, float] = {}

    async def add(self, outside: Outside, run_id: str, traffic: Traffic, *, is_last: bool) -> None:
        """Count it, and keep the sum if it is time to. Runs of other days are forgotten here."""
        if traffic != Traffic():
            self._of_run[run_id] = self._of_run.get(run_id, Traffic()).plus(traffic)
        if run_id not in self._of_run:
            return
        now = monotonic()
        if is_last or now - self._kept_at.get(run_id, float("-inf")) >= SECONDS_UNTIL_KEPT:
            self._kept_at[run_id] = now
            await outside.runs.save_traffic(run_id, self._process_id, self._of_run[run_id])
        for other in [each for each in self._of_run if each[:10] != run_id[:10]]:
            del self._of_run[other]
            self._kept_at.pop(other, None)


TALLY = Tally()


async def keep_count(outside: Outside, run_id: str, traffic: Traffic, *, is_last: bool) -> None:
    """Count it. A count that cannot be kept is a line of the log, and no reason to do a step again."""
    try:
        await TALLY.add(outside, run_id, traffic, is_last=is_last)
    except Exception:
        LOGGER.exception("What run %s asked of the outside could not be kept; the log has each step's", run_id)
