"""What `/health` says: each part of the app is used once, as the nights use it, and says what is wrong with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from app.closed import ClosedPsa
from app.opening import open_identity, open_queue
from app.settings import read_settings
from app.wiring import WIRINGS, Wiring
from plans.errors import Misconfigured
from plans.health import Check, check_mail, check_night
from plans.mail import NEWEST_MAILS
from plans.ports import Outside
from plans.runs import NEWEST_NIGHTS
from store import poison

LOGGER = logging.getLogger(__name__)

LONGEST_CHECK_SECONDS = 10
STORAGE_STEP = (
    "Look whether the storage account is there and lets the app through its firewall, and whether the app's identity "
    "has its roles on it (docs/permissions.md)."
)
VAULT_STEP = "Look whether the vaults are there, and whether the app's identity has its roles on them."


async def check_health() -> tuple[Check, ...]:
    """Every check, side by side. Never raises for what is wrong: that is its answer."""
    opened = await attempt("Records", STORAGE_STEP, open_wiring)
    if isinstance(opened, Check):
        return (opened,)
    wiring, outside = opened
    checks: tuple[tuple[str, str, Callable[[], Awaitable[Check]]], ...] = (
        ("Archive", STORAGE_STEP, lambda: check_archive(wiring)),
        ("Secrets", VAULT_STEP, lambda: check_secrets(wiring)),
        ("Messages", STORAGE_STEP, check_messages),
        ("PSA", "", lambda: check_connections(outside)),
        ("Nights", STORAGE_STEP, lambda: check_nights(outside)),
        ("Mail", STORAGE_STEP, lambda: check_mails(wiring, outside)),
    )
    found = await asyncio.gather(*(attempt(*each) for each in checks))
    return (Check("Records", is_good=True, sentence="Tables can be read."), *found)


async def attempt[T](name: str, step: str, look: Callable[[], Awaitable[T]]) -> T | Check:
    """What a check found; a bad check where it could not look, or it took too long."""
    try:
        async with asyncio.timeout(LONGEST_CHECK_SECONDS):
            return await look()
    except Misconfigured as error:
        return Check(name, is_good=False, sentence=str(error), next_step=step)
    except TimeoutError:
        sentence = f"No answer in {LONGEST_CHECK_SECONDS} seconds."
        return Check(name, is_good=False, sentence=sentence, next_step=step)
    except Exception as error:
        LOGGER.exception("The check %s failed", name)
        return Check(name, is_good=False, sentence=f"It failed: {type(error).__name__}.", next_step=step)


async def open_wiring() -> tuple[Wiring, Outside]:
    """What the app uses; the table of configuration is read for it, now."""
    wiring, outside = await WIRINGS.wiring(), await WIRINGS.outside()
    await wiring.open_configuration().read_stamp()
    return wiring, outside


async def check_archive(wiring: Wiring) -> Check:
    """Whether the one container answers."""
    if await wiring.storage.container().exists():
        return Check("Archive", is_good=True, sentence="Snapshots and plans can be read.")
    sentence = "The container of snapshots and plans is gone."
    return Check("Archive", is_good=False, sentence=sentence, next_step="Restore it, then restart the function app.")


async def check_secrets(wiring: Wiring) -> Check:
    """Whether the vaults answer and let us read."""
    await wiring.secrets.check()
    return Check("Secrets", is_good=True, sentence="Secrets can be read.")


async def check_messages() -> Check:
    """Whether a message waits that nobody can handle."""
    settings = read_settings()
    identity = open_identity(settings)
    try:
        async with open_queue(settings, identity, poison.QUEUE) as queue:
            count = await poison.count_messages(queue)
    finally:
        if identity is not None:
            await identity.close()
    if count == 0:
        return Check("Messages", is_good=True, sentence="No message waits that cannot be handled.")
    return Check(
        "Messages",
        is_good=False,
        sentence=f"{count} requests for a run could not be handled.",
        next_step=f"The log says why. Empty the queue {queue.queue_name} once you know; ask for the sync again.",
    )


async def check_connections(outside: Outside) -> Check:
    """Whether every PSA connection can be used, as far as that can be said without asking it."""
    closed = [each.sentence for each in outside.connections.values() if isinstance(each, ClosedPsa)]
    if not closed:
        return Check("PSA", is_good=True, sentence="Each has its keys and may be called.")
    step = "Correct it under Settings › Connections."
    return Check("PSA", is_good=False, sentence=" ".join(closed), next_step=step)


async def check_nights(outside: Outside) -> Check:
    """Whether the last night came."""
    is_set_up = bool(outside.connections) and bool(await outside.books.list_customers())
    return check_night(outside.now(), await outside.runs.list_nights(NEWEST_NIGHTS), is_set_up=is_set_up)


async def check_mails(wiring: Wiring, outside: Outside) -> Check:
    """Whether the newest mails left."""
    return check_mail(outside.now(), await wiring.outbox.list_deliveries(NEWEST_MAILS))
