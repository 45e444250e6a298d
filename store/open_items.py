"""What waits for people: table `open`, partitions `hold` and `proposal`, one row an item.

The row key is the item's id. It is made of ids that are keys of other tables already, so a table takes it as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.data.tables.aio import TableClient

from plans.approvals import OpenHold, OpenProposal
from store import filters
from store.codec import decode, encode
from store.filters import Filter
from store.tables import (
    BATCH_LIMIT,
    change_read,
    create,
    insert,
    insert_batch,
    make_row,
    put_batches,
    query,
    read,
    update,
)

HOLD_PARTITION = "hold"
PROPOSAL_PARTITION = "proposal"


class TableOpenItems:
    """`plans.ports.OpenItems` on Azure Table Storage."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def list_holds(self) -> tuple[OpenHold, ...]:
        return tuple(sorted((await self._read_holds()).values(), key=lambda hold: (hold.since, hold.id)))

    async def replace_holds(self, customer_ids: frozenset[str], holds: Sequence[OpenHold]) -> None:
        """Puts what is new or changed first, then takes away what waits no longer: a process that dies between the two
        shows too much until it is done again, and never too little."""
        standing = await self._read_holds()
        wanted = {hold.id: continue_hold(hold, standing.get(hold.id)) for hold in holds}
        changed = [hold for hold_id, hold in wanted.items() if standing.get(hold_id) != hold]
        await put_batches(self._table, [make_row(HOLD_PARTITION, hold.id, encode(OpenHold, hold)) for hold in changed])
        gone = [
            hold_id for hold_id, hold in standing.items() if hold.customer_id in customer_ids and hold_id not in wanted
        ]
        await self._delete_holds(gone)

    async def list_proposals(self) -> tuple[OpenProposal, ...]:
        return await self._read_proposals(filters.in_partition(PROPOSAL_PARTITION))

    async def list_settled(self, customer_id: str) -> tuple[OpenProposal, ...]:
        found = await self._read_proposals(filters.with_prefix(PROPOSAL_PARTITION, f"{customer_id}:"))
        return tuple(each for each in found if each.customer_id == customer_id and each.settled_by is not None)

    async def _read_proposals(self, chosen: Filter) -> tuple[OpenProposal, ...]:
        found = [decode(OpenProposal, row["value"]) async for row in query(self._table, chosen)]
        return tuple(sorted(found, key=lambda proposal: (proposal.since, proposal.id)))

    async def add_proposals(self, proposals: Sequence[OpenProposal]) -> None:
        first_of_id = {proposal.id: proposal for proposal in reversed(proposals)}
        rows = [
            make_row(PROPOSAL_PARTITION, proposal_id, encode(OpenProposal, first_of_id[proposal_id]))
            for proposal_id in sorted(first_of_id)
        ]
        for start in range(0, len(rows), BATCH_LIMIT):
            batch = rows[start : start + BATCH_LIMIT]
            if not await insert_batch(self._table, [create(row) for row in batch]):
                for row in batch:
                    await insert(self._table, row)

    async def withdraw_proposals(self, proposal_ids: Sequence[str]) -> None:
        for proposal_id in proposal_ids:
            row = await read(self._table, PROPOSAL_PARTITION, proposal_id)
            if row is not None and decode(OpenProposal, row["value"]).settled_by is None:
                await self._withdraw(proposal_id, row.metadata["etag"])

    async def _withdraw(self, proposal_id: str, etag: str | None) -> None:
        try:
            await self._table.delete_entity(
                PROPOSAL_PARTITION, proposal_id, etag=etag, match_condition=MatchConditions.IfNotModified
            )
        except HttpResponseError as error:
            # Somebody ticked it off, or another run withdrew it: both may stand.
            if error.status_code not in (404, 412):
                raise

    async def settle_proposal(self, proposal: OpenProposal) -> bool:
        standing = await read(self._table, PROPOSAL_PARTITION, proposal.id)
        if standing is None or decode(OpenProposal, standing["value"]).settled_by is not None:
            return False
        row = make_row(PROPOSAL_PARTITION, proposal.id, encode(OpenProposal, proposal))
        return await change_read(self._table, [update(row, standing)])

    async def _read_holds(self) -> dict[str, OpenHold]:
        rows = [row async for row in query(self._table, filters.in_partition(HOLD_PARTITION))]
        return {row["RowKey"]: decode(OpenHold, row["value"]) for row in rows}

    async def _delete_holds(self, hold_ids: Sequence[str]) -> None:
        """Take rows away in batches; where another run took one of a batch away meanwhile, one by one."""
        for start in range(0, len(hold_ids), BATCH_LIMIT):
            keys = [{"PartitionKey": HOLD_PARTITION, "RowKey": hold_id} for hold_id in hold_ids[start:][:BATCH_LIMIT]]
            try:
                await self._table.submit_transaction([("delete", key) for key in keys])
            except HttpResponseError as error:
                if error.status_code != 404:
                    raise
                for key in keys:
                    await self._table.delete_entity(key["PartitionKey"], key["RowKey"])


def continue_hold(hold: OpenHold, standing: OpenHold | None) -> OpenHold:
    """The hold as it is kept: one that waits already waits since the run that it began to wait in."""
    return hold if standing is None else replace(hold, since=standing.since, run_id=standing.run_id)
