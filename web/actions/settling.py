"""Ticking credit proposals off: the money was given back by hand, or not at all (billing rules, 3)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from plans.approvals import OpenProposal
from plans.ports import Outside
from web.actions.asking import Actor

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TickedOff:
    """The proposal as it is kept now; `is_new` is False where somebody had ticked it off before."""

    proposal: OpenProposal
    is_new: bool


async def tick_off(outside: Outside, proposal_id: str, invoice_number: str, actor: Actor) -> TickedOff | None:
    """Keep who gave the money back, when, and on which invoice; None where there is no such proposal.

    What was ticked off before stays as it was.
    """
    found = await find_proposal(outside, proposal_id)
    if found is None or found.settled_by is not None:
        return None if found is None else TickedOff(found, is_new=False)
    settled = replace(found, settled_by=actor.name, settled_at=actor.at, invoice_number=invoice_number)
    if not await outside.open_items.settle_proposal(settled):
        standing = await find_proposal(outside, proposal_id)
        return None if standing is None else TickedOff(standing, is_new=False)
    LOGGER.info("Allowed ticking off credit proposal %s, invoice %r, by %s", found.id, invoice_number, actor.identity)
    return TickedOff(settled, is_new=True)


async def find_proposal(outside: Outside, proposal_id: str) -> OpenProposal | None:
    """The proposal as it is kept now; None where there is none."""
    return next((each for each in await outside.open_items.list_proposals() if each.id == proposal_id), None)
