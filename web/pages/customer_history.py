"""A customer's history. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from plans.journal import HistoryEntry, LineJournal
from web.csv_files import Cell
from web.pages.customer_view import CustomerRecords
from web.pages.listing import Ask, Head, Listing, cut_listing, find, make_columns, write_how_many
from web.pages.names import StoryLink, is_run_id, name_run
from web.pages.story import target_of, tells_of
from web.wording import clean, hide_ids, open_sentence, write_moment

HEADS = (Head("When"), Head("Licence"), Head("What happened"), Head("Run"))
CSV_HEADER = ("When ({zone})", "Licence", "What happened", "Run")


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One thing that happened. `run_address` is empty where the run is none that has a page.

    `story` is the life of the addition that was written; None where it tells of no write.
    """

    at: datetime
    when: str
    licence: str
    sentence: str
    run: str
    run_address: str
    story: StoryLink | None = None

    @property
    def found_by(self) -> str:
        """What a search looks at."""
        return f"{self.licence} {self.sentence} {self.run}".casefold()


def make_rows(entries: Sequence[HistoryEntry], records: CustomerRecords, zone: ZoneInfo) -> list[HistoryRow]:
    """As they come: the newest first."""
    licences = {mapping.id: clean(mapping.licence_name) for mapping in records.overview.mappings}
    return [
        HistoryRow(
            at=entry.at.astimezone(zone),
            when=write_moment(entry.at, zone),
            licence=licences.get(entry.mapping_id, "A mapping that was removed") if entry.mapping_id else "",
            sentence=drop_name(hide_ids(entry.sentence, records.tenant_id), licences.get(entry.mapping_id, "")),
            run=name_run(entry.run_id) if is_run_id(entry.run_id) else "",
            run_address=find_address(entry, records),
            story=find_story(entry, records),
        )
        for entry in entries
    ]


def find_story(entry: HistoryEntry, records: CustomerRecords) -> StoryLink | None:
    """The addition that an entry tells of: that of the write which ended when and as it says."""
    journal = records.journals.get(entry.mapping_id, LineJournal(entry.mapping_id))
    written = next((each for each in journal.evidence if tells_of(entry, each)), None)
    addition_id = "" if written is None else written.after.id if written.after else target_of(written.change)
    return records.link_story(addition_id) if addition_id else None


def drop_name(sentence: str, licence: str) -> str:
    """The sentence without the licence's name where that begins it: it stands beside it already."""
    rest = sentence.removeprefix(f"{licence} ") if licence else sentence
    return open_sentence(rest) or sentence


def find_address(entry: HistoryEntry, records: CustomerRecords) -> str:
    """What the run did for this customer."""
    customer = records.path.removeprefix("/customers/")
    return f"/runs/{entry.run_id}/changes?customer={customer}" if is_run_id(entry.run_id) else ""


def select(rows: Sequence[HistoryRow], ask: Ask) -> list[HistoryRow]:
    """What the search leaves."""
    return find(rows, ask.search, lambda row: row.found_by)


def make_list(rows: Sequence[HistoryRow], ask: Ask) -> Listing[HistoryRow]:
    """The tab as the address asks for it."""
    chosen = select(rows, ask)
    how_many = write_how_many(len(chosen), len(rows), "entry", "entries")
    return cut_listing(ask, chosen, (), make_columns(ask, HEADS, ()), how_many)


def make_csv_row(row: HistoryRow) -> tuple[Cell, ...]:
    """The columns of the page."""
    return row.at.replace(tzinfo=None), row.licence, row.sentence, row.run
