"""Asking for work at Microsoft that takes longer than a page may. The queue does it; pages show how far it is."""

from __future__ import annotations

import logging
import secrets
from dataclasses import replace

from plans.account_records import AccountRecords, Errand, ErrandKind
from web.actions.asking import Actor

LOGGER = logging.getLogger(__name__)

ID_BYTES = 12
NOT_ASKED = "It could not be asked for: the storage account did not take the message. Try it again."


async def ask_errand(
    records: AccountRecords, account_id: str, kind: ErrandKind, actor: Actor, tenant_ids: tuple[str, ...] = ()
) -> bool:
    """Ask for an errand; False where one of its kind goes on for this account already, and nothing more was asked.

    The errand is kept first, by the stamp of the one before: of two who click at once one asks. Where the message
    cannot be sent, that is how the errand ended.
    """
    standing = await records.read_errand(account_id, kind)
    if standing is not None and standing[0].is_running(actor.at):
        return False
    errand = Errand(
        account_id, actor.name, actor.at, actor.at, id=secrets.token_hex(ID_BYTES), kind=kind, tenant_ids=tenant_ids
    )
    stamp = await records.keep_errand(errand, None if standing is None else standing[1])
    if stamp is None:
        return False
    try:
        await records.send_errand(errand)
    except Exception:
        LOGGER.exception("Errand %s of account %s could not be asked for", kind, account_id)
        await records.keep_errand(replace(errand, ended_at=actor.at, sentence=NOT_ASKED), stamp)
    else:
        LOGGER.info("Allowed errand %s of account %s, by %s", kind, account_id, actor.identity)
    return True
