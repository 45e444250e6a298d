"""Where what waits for people is kept: one of the promises of `plans.ports`, by itself for its length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from plans.approvals import OpenHold, OpenProposal


class OpenItems(Protocol):
    """What waits for people, across all customers (table `open`)."""

    async def list_holds(self) -> tuple[OpenHold, ...]:
        """Every held line, the oldest first."""
        ...

    async def replace_holds(self, customer_ids: frozenset[str], holds: Sequence[OpenHold]) -> None:
        """Make these all the holds that these customers have; one that waits already keeps its `since`."""
        ...

    async def list_proposals(self) -> tuple[OpenProposal, ...]:
        """Every credit proposal, the oldest first, those that were ticked off among them."""
        ...

    async def list_settled(self, customer_id: str) -> tuple[OpenProposal, ...]:
        """The credit proposals of a customer that were ticked off, the oldest first."""
        ...

    async def add_proposals(self, proposals: Sequence[OpenProposal]) -> None:
        """Keep the proposals that are new; one that is there stays as it is."""
        ...

    async def withdraw_proposals(self, proposal_ids: Sequence[str]) -> None:
        """Forget proposals that no run finds any more; one that was ticked off stays."""
        ...

    async def settle_proposal(self, proposal: OpenProposal) -> bool:
        """Keep who ticked a proposal off, when, and on which invoice; False where somebody did before, or it is gone.

        What was ticked off first stands: it names the invoice on which the money was given back (R16).
        """
        ...
