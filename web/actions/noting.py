"""Noting who changed what Seatledger is told, with before and after (promise S12)."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Hashable
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter
from starlette.requests import Request

from plans.audit import Audit, AuditEntry
from web.actions.asking import Actor
from web.security.whence import find_address
from web.wording import clean

LOGGER = logging.getLogger(__name__)

SEEN_LENGTH = 32


async def note_change(
    audit: Audit, request: Request, actor: Actor, subject: str, sentence: str, *, before: Any = None, after: Any = None
) -> None:
    """Keep one entry. `before` and `after` are values of ours, None where there is none; none of ours holds a secret.

    The change itself stands already: an entry that cannot be kept is logged whole, so that it is not lost.
    """
    entry = AuditEntry(
        at=actor.at,
        changed_by=actor.name,
        identity=actor.identity,
        came_from=find_address(request.scope),
        subject=subject,
        sentence=clean(sentence),
        before=spell(before),
        after=spell(after),
    )
    LOGGER.info("%s changed %s from %s: %s", entry.identity, subject, entry.came_from or "nowhere", entry.sentence)
    try:
        await audit.note(entry)
    except Exception:
        LOGGER.exception("The change log could not keep %s: before %s after %s", subject, entry.before, entry.after)


def digest_seen(value: Any) -> str:
    """What a form carries of the value that it was made from, so that nobody writes over what he has not seen."""
    return hashlib.sha256(spell(value).encode()).hexdigest()[:SEEN_LENGTH]


def spell(value: Any) -> str:
    """Canonical JSON of a value; empty for None."""
    if value is None:
        return ""
    plain = make_adapter(cast(Hashable, type(value))).dump_python(value, mode="json")
    return json.dumps(plain, sort_keys=True, ensure_ascii=False)


@cache
def make_adapter(kind: Hashable) -> TypeAdapter[Any]:
    """What knows how a kind of value is spelled; made once a process, for that takes far longer than to ask it."""
    return TypeAdapter(cast(Any, kind))
