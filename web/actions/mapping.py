"""Keeping changed mappings of one customer as one commit, with history and the change log (billing rules, 4)."""

from __future__ import annotations

from starlette.requests import Request

from plans.administration import Administration
from plans.editing import MappingChange
from plans.journal import HistoryEntry
from plans.ports import Desk
from web.actions.asking import Actor
from web.actions.mapping_words import MappingNames, describe_change
from web.actions.noting import note_change


async def save_changes(
    administration: Administration,
    request: Request,
    actor: Actor,
    desk: Desk,
    changes: tuple[MappingChange, ...],
    names: MappingNames,
) -> bool:
    """Keep all of them with their history, and note them; False where something of it is not as it was seen."""
    told = [(wanted, describe_change(actor.name, before, wanted, names)) for before, wanted in changes]
    because = f" {actor.reason}" if actor.reason else ""
    history = tuple(
        HistoryEntry(actor.at, wanted.id, count_intents(desk, wanted.id), "", f"{sentence}{because}")
        for wanted, sentence in told
    )
    if not await administration.customers.save_mappings(desk.customer.id, changes, history):
        return False
    for (before, wanted), (_, sentence) in zip(changes, told, strict=True):
        subject = f"mapping/{desk.customer.id}/{wanted.id}"
        said = f"{desk.customer.name}: {sentence}{because}"
        await note_change(administration.audit, request, actor, subject, said, before=before, after=wanted)
    return True


def count_intents(desk: Desk, mapping_id: str) -> int:
    """The number of the line's intent that history tells of, or would."""
    journal = desk.journals.get(mapping_id)
    return 0 if journal is None else journal.next_sequence
