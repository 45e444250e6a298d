"""What happens to lines: intents, evidence, adoptions, counts, and what people decide (R8, R9, R16).

The rows are in table `books`; their keys are listed in `store.books`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from azure.data.tables.aio import TableClient

from plans.approvals import Approval, ends, outlives
from plans.counts import Count
from plans.journal import (
    Acceptance,
    Adoption,
    Evidence,
    HistoryEntry,
    Intent,
    LineJournal,
    Refusal,
    Settlement,
)
from plans.ledger import LedgerEntry
from store import filters
from store.codec import decode, encode
from store.lines import LineState, UndoRequest, collect_journals
from store.marks import Marks
from store.tables import (
    BATCH_LIMIT,
    Row,
    change_read,
    create,
    delete,
    insert,
    insert_batch,
    make_row,
    put_batches,
    query,
    read,
    replace,
    update,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MICROSECOND = 10**18


class TableJournal:
    """The journal of `plans.ports.Books` on Azure Table Storage."""

    def __init__(self, books: TableClient, marks: Marks) -> None:
        self._books = books
        self._marks = marks

    async def read_line(self, customer_id: str, mapping_id: str) -> LineJournal:
        """In two queries, because Azure takes no filter that could choose all of it: what happened is one moment's,
        what was counted and refused may be a moment younger."""
        happened = (f"b:{mapping_id}:", f"c:{mapping_id}:", f"e:{mapping_id}:", f"i:{mapping_id}:", f"s:{mapping_id}")
        rows = [row async for row in query(self._books, filters.with_prefixes(customer_id, happened))]
        judged = filters.with_prefixes(customer_id, (f"q:{mapping_id}:", f"r:{mapping_id}"))
        rows += [row async for row in query(self._books, judged)]
        return collect_journals((mapping_id,), rows)[mapping_id]

    async def insert_intent(self, customer_id: str, intent: Intent) -> bool:
        key = f"i:{intent.mapping_id}:{intent.sequence:06d}:{intent.attempt:03d}"
        return await insert(self._books, make_row(customer_id, key, encode(Intent, intent)))

    async def note_acceptance(self, customer_id: str, acceptance: Acceptance) -> None:
        key = f"c:{acceptance.mapping_id}:{acceptance.sequence:06d}"
        await insert(self._books, make_row(customer_id, key, encode(Acceptance, acceptance)))

    async def settle(self, customer_id: str, settlement: Settlement) -> bool:
        evidence, ledger = settlement.evidence, settlement.evidence.ledger
        key = evidence_key(evidence.mapping_id, evidence.sequence)
        rows = [make_row(customer_id, key, encode(Evidence, evidence)), history_row(customer_id, settlement.history)]
        if ledger is not None:
            ledger_key = f"l:{ledger.mapping_id}:{ledger.effective_on.isoformat()}:{ledger.sequence:06d}"
            rows.append(make_row(customer_id, ledger_key, encode(LedgerEntry, ledger)))
        state = LineState(settlement.last_quantity, settlement.parked_sentence, settlement.agreement_ids)
        operations = [*map(create, rows), replace(state_row(customer_id, evidence.mapping_id, state))]
        async with self._marks.changing(customer_id):
            return await insert_batch(self._books, operations)

    async def save_counts(self, customer_id: str, counts: Mapping[str, Sequence[Count]]) -> None:
        rows = [
            make_row(customer_id, f"q:{mapping_id}:{count.day.isoformat()}", encode(Count, count))
            for mapping_id, of_line in sorted(counts.items())
            for count in of_line
        ]
        await put_batches(self._books, list({row["RowKey"]: row for row in rows}.values()))

    async def adopt(self, customer_id: str, adoption: Adoption, history: HistoryEntry) -> bool:
        """The state row is the guard: every settlement writes it, so a line that moves on after its evidence was
        looked for makes the batch fail, and one that moved on before has the evidence."""
        mapping_id = adoption.mapping_id
        key = adoption_key(adoption)
        rows = [make_row(customer_id, key, encode(Adoption, adoption)), history_row(customer_id, history, "b")]
        standing = await read(self._books, customer_id, f"s:{mapping_id}")
        if await read(self._books, customer_id, evidence_key(mapping_id, adoption.sequence)) is not None:
            return False
        before = () if standing is None else decode(LineState, standing["value"]).agreement_ids
        state = state_row(customer_id, mapping_id, state_after(adoption, before))
        guarded = create(state) if standing is None else update(state, standing)
        async with self._marks.changing(customer_id):
            return await insert_batch(self._books, [*map(create, rows), guarded])

    async def approve(self, customer_id: str, approval: Approval, history: HistoryEntry) -> None:
        key = f"v:{approval.mapping_id}:{approval.line_hash}"
        row = make_row(customer_id, key, encode(Approval, approval))
        told = create(history_row(customer_id, history, f"v:{approval.line_hash}"))
        if await insert_batch(self._books, [create(row), told]):
            return
        standing = await read(self._books, customer_id, key)
        if standing is not None and not outlives(
            decode(Approval, standing["value"]), await self._read_refusal(customer_id, approval.mapping_id)
        ):
            await insert_batch(self._books, [update(row, standing), told])

    async def refuse(self, customer_id: str, refusal: Refusal, history: HistoryEntry) -> None:
        """The line's approvals end with it, in the same batch: what was refused last is not written. One that was
        asked for before, and is kept after they were looked for, is found to be refused whenever it is read."""
        chosen = filters.with_prefix(customer_id, f"v:{refusal.mapping_id}:")
        approvals = [row async for row in query(self._books, chosen)]
        found = [(row, decode(Approval, row["value"])) for row in approvals]
        own = [row for row, each in found if each.mapping_id == refusal.mapping_id and ends(refusal, each)]
        keys = [{"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"]} for row in own]
        row = make_row(customer_id, f"r:{refusal.mapping_id}", encode(Refusal, refusal))
        operations = [*(("delete", key) for key in keys), replace(row), replace(history_row(customer_id, history, "r"))]
        for start in range(0, len(operations), BATCH_LIMIT):
            await self._books.submit_transaction(operations[start : start + BATCH_LIMIT])

    async def _read_refusal(self, customer_id: str, mapping_id: str) -> Refusal | None:
        row = await read(self._books, customer_id, f"r:{mapping_id}")
        return None if row is None else decode(Refusal, row["value"])

    async def ask_undo(self, customer_id: str, mapping_id: str, sequence: int, history: HistoryEntry) -> None:
        row = make_row(customer_id, f"u:{mapping_id}", encode(UndoRequest, UndoRequest(sequence)))
        await put_batches(self._books, [row, history_row(customer_id, history, "u")])

    async def end_undo(self, customer_id: str, mapping_id: str, sequence: int, history: HistoryEntry | None) -> None:
        standing = await read(self._books, customer_id, f"u:{mapping_id}")
        if standing is not None and decode(UndoRequest, standing["value"]).sequence == sequence:
            told = [] if history is None else [replace(history_row(customer_id, history, "u"))]
            await change_read(self._books, [delete(standing), *told])

    async def list_history(self, customer_id: str) -> tuple[HistoryEntry, ...]:
        rows = [row async for row in query(self._books, filters.with_prefix(customer_id, "h:"))]
        return tuple(decode(HistoryEntry, row["value"]) for row in rows)


def evidence_key(mapping_id: str, sequence: int) -> str:
    """The row key of the evidence of a line's intent."""
    return f"e:{mapping_id}:{sequence:06d}"


def adoption_key(adoption: Adoption) -> str:
    """The row key of an adoption: of several between the same two intents, each has its own."""
    turn = f"-{adoption.turn:02d}" if adoption.turn else ""
    return f"b:{adoption.mapping_id}:{adoption.sequence:06d}{turn}"


def state_after(adoption: Adoption, agreement_ids_before: Sequence[str]) -> LineState:
    """The line as an adoption leaves it: not parked, and billed on one agreement more, if on another than before."""
    agreement_ids = tuple(dict.fromkeys((*agreement_ids_before, adoption.agreement_id)))
    return LineState(adoption.ledger.quantity, None, agreement_ids)


def state_row(customer_id: str, mapping_id: str, state: LineState) -> Row:
    """The row of a line's state."""
    return make_row(customer_id, f"s:{mapping_id}", encode(LineState, state))


def history_row(customer_id: str, entry: HistoryEntry, cause: str = "") -> Row:
    """The row of a history entry."""
    return make_row(customer_id, history_key(entry, cause), encode(HistoryEntry, entry))


def history_key(entry: HistoryEntry, cause: str = "") -> str:
    """A row key that brings the newest first; `cause` is what a person did, and keeps what they did apart from what
    was settled in the same microsecond."""
    key = f"h:{invert(entry.at)}:{entry.mapping_id}:{entry.sequence:06d}"
    return f"{key}:{cause}" if cause else key


def invert(moment: datetime) -> str:
    """A text that sorts later moments (aware) first."""
    return f"{LAST_MICROSECOND - (moment - EPOCH) // timedelta(microseconds=1):018d}"
