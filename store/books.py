"""Customers, mappings, intents, evidence, ledger and history: table `books`, one partition a customer.

Row keys: `a` the customer, `am:MAPPING` a mapping, `s:MAPPING` a line's state, `i:MAPPING:NUMBER:ATTEMPT` an intent,
`c:MAPPING:NUMBER` what the PSA accepted without showing it,
`e:MAPPING:NUMBER` its evidence, `l:MAPPING:DATE:NUMBER` the ledger, `h:INVERTED TIME:…` the history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from plans.errors import Bug
from plans.journal import Acceptance, Evidence, HistoryEntry, Intent, LedgerEntry, LineJournal, Settlement
from plans.keys import name_line
from plans.ports import CustomerOverview, Desk
from profiles.billing import Customer, Mapping
from store import filters
from store.codec import decode, encode
from store.tables import Row, insert, insert_batch, make_row, query, read

TURN_PARTITION = "turn"
LAST_MICROSECOND = 10**18
DESK_PREFIXES = ("a", "c:", "e:", "i:", "s:")
OVERVIEW_PREFIXES = ("a", "s:")


@dataclass(frozen=True, slots=True)
class LineState:
    """What the last settlement left: the quantity, and why the line is parked if it is."""

    last_quantity: int
    parked_sentence: str | None


@dataclass(frozen=True, slots=True)
class Turn:
    """Who may write to an agreement, and until when (aware, UTC)."""

    holder: str
    until: datetime


class TableBooks:
    """`plans.ports.Books` on Azure Table Storage."""

    def __init__(self, books: TableClient, config: TableClient, now: Callable[[], datetime]) -> None:
        self._books = books
        self._config = config
        self._now = now

    async def list_customers(self) -> tuple[Customer, ...]:
        rows = [row async for row in query(self._books, filters.anywhere_with_prefix("a"))]
        return tuple(decode(Customer, row["value"]) for row in rows if row["RowKey"] == "a")

    async def list_overviews(self) -> tuple[CustomerOverview, ...]:
        by_customer: dict[str, list[Row]] = defaultdict(list)
        async for row in query(self._books, filters.anywhere_with_prefixes(OVERVIEW_PREFIXES)):
            by_customer[row["PartitionKey"]].append(row)
        found = (make_overview(rows) for rows in by_customer.values())
        return tuple(overview for overview in found if overview is not None)

    async def read_overview(self, customer_id: str) -> CustomerOverview | None:
        chosen = filters.with_prefixes(customer_id, OVERVIEW_PREFIXES)
        return make_overview([row async for row in query(self._books, chosen)])

    async def list_line_names(self) -> frozenset[str]:
        rows = [row async for row in query(self._books, filters.anywhere_with_prefix("am:"))]
        return frozenset(name_line(decode(Mapping, row["value"]).id) for row in rows)

    async def list_mapped_agreements(self) -> dict[str, tuple[str, ...]]:
        rows = [row async for row in query(self._books, filters.anywhere_with_prefix("a"))]
        connection_of = {
            row["PartitionKey"]: decode(Customer, row["value"]).connection_id for row in rows if row["RowKey"] == "a"
        }
        mapped: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row["RowKey"].startswith("am:"):
                connection_id = connection_of.get(row["PartitionKey"])
                if connection_id is not None:
                    mapped[connection_id].add(decode(Mapping, row["value"]).agreement_id)
        return {connection_id: tuple(sorted(ids)) for connection_id, ids in mapped.items()}

    async def save_customer(self, customer: Customer, mappings: Iterable[Mapping]) -> None:
        """Put the customer and its mappings; the journal stays as it is."""
        await self._books.upsert_entity(make_row(customer.id, "a", encode(Customer, customer)))
        for mapping in mappings:
            await self._books.upsert_entity(make_row(customer.id, f"am:{mapping.id}", encode(Mapping, mapping)))

    async def read_desk(self, customer_id: str) -> Desk:
        chosen = filters.with_prefixes(customer_id, DESK_PREFIXES)
        rows = [row async for row in query(self._books, chosen)]
        customer = next((row for row in rows if row["RowKey"] == "a"), None)
        if customer is None:
            raise Bug(f"Customer {customer_id} is in a run but not in the books.")
        mappings = tuple(decode(Mapping, row["value"]) for row in rows if row["RowKey"].startswith("am:"))
        return Desk(
            decode(Customer, customer["value"]),
            mappings,
            {mapping.id: collect_journal(mapping.id, rows) for mapping in mappings},
        )

    async def read_line(self, customer_id: str, mapping_id: str) -> LineJournal:
        prefixes = (f"c:{mapping_id}:", f"e:{mapping_id}:", f"i:{mapping_id}:", f"s:{mapping_id}")
        chosen = filters.with_prefixes(customer_id, prefixes)
        return collect_journal(mapping_id, [row async for row in query(self._books, chosen)])

    async def insert_intent(self, customer_id: str, intent: Intent) -> bool:
        key = f"i:{intent.mapping_id}:{intent.sequence:06d}:{intent.attempt:03d}"
        return await insert(self._books, make_row(customer_id, key, encode(Intent, intent)))

    async def note_acceptance(self, customer_id: str, acceptance: Acceptance) -> None:
        key = f"c:{acceptance.mapping_id}:{acceptance.sequence:06d}"
        await insert(self._books, make_row(customer_id, key, encode(Acceptance, acceptance)))

    async def settle(self, customer_id: str, settlement: Settlement) -> bool:
        evidence, ledger = settlement.evidence, settlement.ledger
        key = f"{evidence.mapping_id}:{evidence.sequence:06d}"
        rows = [make_row(customer_id, f"e:{key}", encode(Evidence, evidence)), history_row(customer_id, settlement)]
        if ledger is not None:
            ledger_key = f"l:{ledger.mapping_id}:{ledger.effective_on.isoformat()}:{ledger.sequence:06d}"
            rows.append(make_row(customer_id, ledger_key, encode(LedgerEntry, ledger)))
        state = LineState(settlement.last_quantity, settlement.parked_sentence)
        state_row = make_row(customer_id, f"s:{evidence.mapping_id}", encode(LineState, state))
        operations = [("create", row) for row in rows] + [("upsert", state_row, {"mode": UpdateMode.REPLACE})]
        return await insert_batch(self._books, operations)

    async def list_history(self, customer_id: str) -> tuple[HistoryEntry, ...]:
        """The customer's history, the newest first."""
        rows = [row async for row in query(self._books, filters.with_prefix(customer_id, "h:"))]
        return tuple(decode(HistoryEntry, row["value"]) for row in rows)

    async def take_turn(self, connection_id: str, agreement_id: str, holder: str, until: datetime) -> bool:
        key = f"{connection_id}:{agreement_id}"
        wanted = make_row(TURN_PARTITION, key, encode(Turn, Turn(holder, until)))
        if await insert(self._config, wanted):
            return True
        try:
            entity = await self._config.get_entity(TURN_PARTITION, key)
        except ResourceNotFoundError:
            return await insert(self._config, wanted)
        turn = decode(Turn, entity["value"])
        if turn.holder != holder and turn.until > self._now():
            return False
        return await self._replace_turn(wanted, entity.metadata["etag"])

    async def _replace_turn(self, wanted: Row, etag: str | None) -> bool:
        try:
            await self._config.update_entity(
                wanted, mode=UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
            )
        except HttpResponseError as error:
            if is_taken_over(error):
                return False
            raise
        return True

    async def end_turn(self, connection_id: str, agreement_id: str, holder: str) -> None:
        key = f"{connection_id}:{agreement_id}"
        row = await read(self._config, TURN_PARTITION, key)
        if row is not None and decode(Turn, row["value"]).holder == holder:
            await self._delete_turn(key, row.metadata["etag"])

    async def _delete_turn(self, key: str, etag: str | None) -> None:
        try:
            await self._config.delete_entity(
                TURN_PARTITION, key, etag=etag, match_condition=MatchConditions.IfNotModified
            )
        except HttpResponseError as error:
            if not is_taken_over(error):
                raise


def is_taken_over(error: HttpResponseError) -> bool:
    """Whether a turn was not as it had been read: gone, or somebody else's by now."""
    return error.status_code in (404, 412)


def collect_journal(mapping_id: str, rows: Iterable[Row]) -> LineJournal:
    """A line's journal from the rows of its customer, evidence and intents in the order of their numbers.

    The key only narrows the choice: a line `a:b` has keys that begin like those of line `a`.
    """
    evidence: list[Evidence] = []
    intents: list[Intent] = []
    acceptances: list[Acceptance] = []
    parked_sentence: str | None = None
    for row in rows:
        key: str = row["RowKey"]
        if key.startswith(f"e:{mapping_id}:"):
            evidence.append(decode(Evidence, row["value"]))
        elif key.startswith(f"i:{mapping_id}:"):
            intents.append(decode(Intent, row["value"]))
        elif key.startswith(f"c:{mapping_id}:"):
            acceptances.append(decode(Acceptance, row["value"]))
        elif key == f"s:{mapping_id}":
            parked_sentence = decode(LineState, row["value"]).parked_sentence
    evidence = [entry for entry in evidence if entry.mapping_id == mapping_id]
    intents = [intent for intent in intents if intent.mapping_id == mapping_id]
    ended = {entry.sequence for entry in evidence}
    return LineJournal(
        mapping_id=mapping_id,
        evidence=tuple(sorted(evidence, key=lambda entry: entry.sequence)),
        open_intents=tuple(
            sorted(
                (intent for intent in intents if intent.sequence not in ended),
                key=lambda intent: (intent.sequence, intent.attempt),
            )
        ),
        parked_sentence=parked_sentence,
        acceptances=tuple(each for each in acceptances if each.mapping_id == mapping_id),
    )


def make_overview(rows: Iterable[Row]) -> CustomerOverview | None:
    """A customer from the rows of its partition; None where it is not there itself."""
    customer: Customer | None = None
    mappings: list[Mapping] = []
    billed: dict[str, int] = {}
    for row in rows:
        kind, _, name = str(row["RowKey"]).partition(":")
        match kind:
            case "a":
                customer = decode(Customer, row["value"])
            case "am":
                mappings.append(decode(Mapping, row["value"]))
            case "s":
                billed[name] = decode(LineState, row["value"]).last_quantity
            case _:
                continue
    return None if customer is None else CustomerOverview(customer, tuple(mappings), billed)


def history_row(customer_id: str, settlement: Settlement) -> Row:
    """The history row, keyed so that the newest comes first."""
    entry = settlement.history
    key = f"h:{invert(entry.at)}:{entry.mapping_id}:{entry.sequence:06d}"
    return make_row(customer_id, key, encode(HistoryEntry, entry))


def invert(moment: datetime) -> str:
    """A text that sorts later moments first."""
    microseconds = int(moment.astimezone(UTC).timestamp() * 1_000_000)
    return f"{LAST_MICROSECOND - microseconds:018d}"
