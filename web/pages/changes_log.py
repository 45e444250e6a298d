"""The change log: who changed what Seatledger is told, with before and after (promise S12)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from plans.audit import AuditEntry
from web.context import WebContext
from web.csv_files import make_csv
from web.pages.listing import Ask, Head, Listing, cut_listing, find, make_chips, make_columns, read_ask, write_how_many
from web.pages.settings_tabs import make_tabs
from web.pages.site import Site, open_administration
from web.pages.view import Tone
from web.wording import clean, write_moment, write_short_day

PATH = "/settings/changes"
ENTRIES_READ = 5000
HEADS = (Head("When"), Head("Who"), Head("What"), Head("Before and after"))
KIND_WORDS = {
    "connection": "Connections",
    "microsoft": "Microsoft accounts",
    "customer": "Customers",
    "mapping": "Mappings",
    "profile": "Billing profiles",
    "exclusion": "Exclusions",
    "settings": "Settings",
    "token": "API tokens",
    "webhook": "Webhooks",
}
LONGEST_VALUE = 120
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change; `fields` are those that differ: name, before, after."""

    when: str
    who: str
    came_from: str
    sentence: str
    fields: tuple[tuple[str, str, str], ...]


class ChangesLogPage:
    """GET /settings/changes and its CSV."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def show(self, request: Request) -> Response:
        """One screen of changes, the newest first."""
        ask = read_ask(request, PATH)
        entries = await self.read()
        return self._site.page(
            request,
            "settings/changes.html",
            setting_tabs=make_tabs(request, PATH),
            listing=make_listing(ask, entries).show(self._make_row),
            entry_count=len(entries),
        )

    async def download(self, request: Request) -> Response:
        """The same rows, all of them, with the whole JSON."""
        chosen = select(read_ask(request, PATH), await self.read())
        header = (f"When ({self._site.zone.key})", "Who", "From", "What", "Sentence", "Before", "After")
        rows = [
            (e.at.astimezone(self._site.zone).replace(tzinfo=None), e.changed_by, e.came_from, e.subject, e.sentence,
             e.before, e.after)
            for e in chosen
        ]  # fmt: skip
        return make_csv("changes.csv", header, rows)

    async def read(self) -> tuple[AuditEntry, ...]:
        """Every entry that is looked at, the newest first."""
        administration = await open_administration(self._context)
        return (await self._site.load(lambda _: administration.audit.list_entries(ENTRIES_READ, self._site.now())))[1]

    def _make_row(self, entry: AuditEntry) -> ChangeRow:
        when = write_moment(entry.at, self._site.zone)
        return ChangeRow(when, clean(entry.changed_by), entry.came_from, clean(entry.sentence), compare(entry))


def kind_of(entry: AuditEntry) -> str:
    """What sort of thing was changed."""
    return entry.subject.partition("/")[0]


def select(ask: Ask, entries: tuple[AuditEntry, ...]) -> list[AuditEntry]:
    """The changes that the address asks for."""
    of_kind = [entry for entry in entries if not ask.state or kind_of(entry) == ask.state]
    return find(of_kind, ask.search, lambda entry: f"{entry.changed_by} {entry.sentence}".casefold())


def make_listing(ask: Ask, entries: tuple[AuditEntry, ...]) -> Listing[AuditEntry]:
    """One screen."""
    counts: dict[str, int] = {}
    for entry in entries:
        counts[kind_of(entry)] = counts.get(kind_of(entry), 0) + 1
    kinds = [(kind, KIND_WORDS.get(kind, kind.capitalize()), Tone.PLAIN) for kind in sorted(counts)]
    chosen = select(ask, entries)
    chips = make_chips(ask, len(entries), kinds, counts)
    how_many = write_how_many(len(chosen), len(entries), "change")
    return cut_listing(ask, chosen, chips, make_columns(ask, HEADS, ()), how_many)


def compare(entry: AuditEntry) -> tuple[tuple[str, str, str], ...]:
    """The fields that differ, in words; nothing where a thing is new or gone, for the sentence says so."""
    if not entry.before or not entry.after:
        return ()
    before, after = flatten(json.loads(entry.before)), flatten(json.loads(entry.after))
    names = [name for name in (before | after) if before.get(name, "") != after.get(name, "")]
    return tuple((name.replace("_", " "), before.get(name, "nothing"), after.get(name, "nothing")) for name in names)


def flatten(value: Any, name: str = "") -> dict[str, str]:
    """The leaves of JSON by their path."""
    match value:
        case dict():
            found: dict[str, str] = {}
            for key, inner in value.items():
                found |= flatten(inner, f"{name}, {key}" if name else str(key))
            return found
        case list():
            return {name: clean(json.dumps(value, ensure_ascii=False)[:LONGEST_VALUE])}
        case None:
            return {name: "nothing"}
        case bool():
            return {name: "yes" if value else "no"}
        case str():
            return {name: write_text(value)}
        case _:
            return {name: clean(str(value)[:LONGEST_VALUE])}


def write_text(value: str) -> str:
    """A text as it stands; a day as people read it."""
    try:
        return write_short_day(date.fromisoformat(value)) if DAY.fullmatch(value) else clean(value[:LONGEST_VALUE])
    except ValueError:
        return clean(value)
