"""Lists: what an address asks of them, and the links that ask for something else. Pure.

The address holds everything: search, chip, order and page. So every state of a list can be kept and sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from starlette.requests import Request

from web.pages.view import Page, Tone, cut_page
from web.wording import clean, write_count, write_number_of

LONGEST_SEARCH = 100
type Order = Literal["ascending", "descending"]


@dataclass(frozen=True, slots=True)
class Ask:
    """What the address asks. `extra` is kept in every link of the list as it is; `csv_path` is where its file is."""

    path: str
    search: str = ""
    state: str = ""
    sort: str = ""
    page: int = 1
    extra: tuple[tuple[str, str], ...] = ()
    csv_path: str = ""

    @property
    def address(self) -> str:
        """The address that asks this; what goes without saying is left out."""
        return self.path + self.query

    @property
    def csv_address(self) -> str:
        """The same rows on all pages as a file."""
        return f"{self.csv_path}{replace(self, page=1).query}"

    @property
    def query(self) -> str:
        """The part from the question mark on."""
        fields = [*self.extra, ("q", self.search), ("state", self.state), ("sort", self.sort)]
        fields.append(("page", "" if self.page == 1 else str(self.page)))
        given = [(name, value) for name, value in fields if value]
        return f"?{urlencode(given)}" if given else ""

    @property
    def kept_fields(self) -> tuple[tuple[str, str], ...]:
        """What a search keeps besides the search."""
        return (*self.extra, *((name, each) for name, each in (("state", self.state), ("sort", self.sort)) if each))


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter: a word, how many rows it leaves, and where it leads."""

    word: str
    count: int
    tone: Tone
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One column's head. `address` orders by it; None where it cannot."""

    word: str
    is_number: bool = False
    address: str | None = None
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """A column before anything is asked: its word, and the name of the sorter behind it if there is one."""

    word: str
    sorter: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Sorter[T]:
    """How to order by one column. Numbers come largest first."""

    name: str
    key: Callable[[T], object]
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Listing[T]:
    """One screen of a list."""

    ask: Ask
    chips: tuple[Chip, ...]
    columns: tuple[Column, ...]
    page: Page[T]
    how_many: str

    @property
    def before(self) -> str | None:
        """The page before this one."""
        return replace(self.ask, page=self.page.number - 1).address if self.page.number > 1 else None

    @property
    def after(self) -> str | None:
        """The page after this one."""
        is_last = self.page.number >= self.page.page_count
        return None if is_last else replace(self.ask, page=self.page.number + 1).address

    @property
    def everything(self) -> str:
        """The same list without search and filter."""
        return replace(self.ask, search="", state="", page=1).address

    def why(self, key: str | None) -> str:
        """The same screen with the reasons of one row opened, or of none."""
        return replace(self.ask, extra=() if key is None else (("why", key),)).address

    def show[U](self, make: Callable[[T], U]) -> Listing[U]:
        """The same screen with its rows put into words."""
        return Listing(self.ask, self.chips, self.columns, self.page.show(make), self.how_many)


def read_ask(
    request: Request, path: str, sorts: Sequence[str] = (), extra: Sequence[str] = (), csv_path: str | None = None
) -> Ask:
    """What the request asks; what makes no sense is as if it were not there."""
    given = request.query_params
    sort = given.get("sort", "")
    kept = ((name, clean(given.get(name, "")[:LONGEST_SEARCH])) for name in extra)
    return Ask(
        path=path,
        search=clean(given.get("q", "")[:LONGEST_SEARCH]),
        state=clean(given.get("state", "")[:LONGEST_SEARCH]),
        sort=sort if sort.removeprefix("-") in sorts else "",
        page=read_number(given.get("page", "")),
        extra=tuple((name, value) for name, value in kept if value),
        csv_path=csv_path or f"{path}.csv",
    )


def read_number(text: str) -> int:
    """A page number; the first where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def find[T](rows: Sequence[T], search: str, text_of: Callable[[T], str]) -> list[T]:
    """The rows that hold every word of the search, in any order and case."""
    words = search.casefold().split()
    return [row for row in rows if all(word in text_of(row) for word in words)] if words else list(rows)


def order[T](rows: Sequence[T], sort: str, sorters: Sequence[Sorter[T]]) -> list[T]:
    """The rows by the asked column, or as they came. Equal rows stay as they came."""
    chosen = next((each for each in sorters if each.name == sort.removeprefix("-")), None)
    if chosen is None:
        return list(rows)
    key: Callable[[T], object] = chosen.key
    return sorted(rows, key=key, reverse=chosen.is_number != sort.startswith("-"))  # type: ignore[arg-type]


def make_columns[T](ask: Ask, heads: Sequence[Head], sorters: Sequence[Sorter[T]]) -> list[Column]:
    """The heads of a table. The one that is chosen turns the order round."""
    by_name = {each.name: each for each in sorters}
    columns = []
    for head in heads:
        sorter = by_name.get(head.sorter)
        if sorter is None:
            columns.append(Column(head.word, head.is_number))
            continue
        is_chosen = ask.sort.removeprefix("-") == sorter.name
        is_turned = ask.sort.startswith("-")
        target = f"-{sorter.name}" if is_chosen and not is_turned else sorter.name
        falling: Order = "descending" if sorter.is_number != is_turned else "ascending"
        address = replace(ask, sort=target, page=1).address
        columns.append(Column(head.word, sorter.is_number, address, falling if is_chosen else None))
    return columns


def make_chips(
    ask: Ask, total: int, kinds: Sequence[tuple[str, str, Tone]], counts: Mapping[str, int], first: str = "All"
) -> tuple[Chip, ...]:
    """All, and one chip for every kind (its name in the address, its word, its tone) that has rows or is chosen. A list
    that leaves a kind out until it is asked for calls its `first` chip otherwise."""
    everything = Chip(first, total, Tone.PLAIN, replace(ask, state="", page=1).address, not ask.state)
    chips = [
        Chip(word, counts.get(name, 0), tone, replace(ask, state=name, page=1).address, ask.state == name)
        for name, word, tone in kinds
        if counts.get(name, 0) or ask.state == name
    ]
    return (everything, *chips)


def write_how_many(shown: int, total: int, noun: str, plural: str | None = None) -> str:
    """3 of 25 customers; 25 customers where nothing is left out."""
    everything = write_number_of(total, noun, plural)
    return everything if shown == total else f"{write_count(shown)} of {everything}"


def cut_listing[T](
    ask: Ask, rows: Sequence[T], chips: Sequence[Chip], columns: Sequence[Column], how_many: str
) -> Listing[T]:
    """The asked page, or the nearest one that exists."""
    page = cut_page(rows, ask.page)
    return Listing(replace(ask, page=page.number), tuple(chips), tuple(columns), page, how_many)
