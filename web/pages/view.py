"""What the page "Last night" shows, ready to be written down: words and numbers, no ids, no rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from web.pages.names import StoryLink
from web.wording import write_difference

PAGE_SIZE = 50


class Tone(StrEnum):
    """What a colour means; it never stands without its word."""

    PLAIN = "plain"
    GOOD = "good"
    LOOK = "look"
    BAD = "bad"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the night."""

    word: str
    count: int
    tone: Tone
    address: str


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the pages that belong together. `count` is None where nothing is to be counted."""

    word: str
    address: str
    is_here: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """One cause for which a customer needs a person. `customer_id` is empty where the customer is gone.

    `click` are the words and the address of what puts it right; None where no single page does. `leads` is where the
    name leads instead of to the customer, where several are meant.
    """

    customer_id: str
    customer_name: str
    word: str
    tone: Tone
    sentences: tuple[str, ...]
    since: str
    click: tuple[str, str] | None = None
    leads: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a night that is running."""

    word: str
    is_done: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class ProgressView:
    """How far a running night is. `total` is 0 while nobody can know it yet."""

    sentence: str
    done: int
    total: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One line that changed: `detail` says from which `day` and as which addition. `sentence` says all where it is set.

    `story` is where the addition's life is told; None where its customer is gone.
    """

    customer_id: str
    customer_name: str
    licence_name: str = ""
    before: int = 0
    after: int = 0
    detail: str = ""
    sentence: str = ""
    day: str = ""
    story: StoryLink | None = None

    @property
    def difference(self) -> str:
        """+2 or −2."""
        return write_difference(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Page[T]:
    """The rows of one screen, and which they are of how many."""

    rows: tuple[T, ...]
    number: int
    total: int

    def show[U](self, make: Callable[[T], U]) -> Page[U]:
        """The same page with its rows put into words: only what is seen is worded."""
        return Page(tuple(make(row) for row in self.rows), self.number, self.total)

    @property
    def page_count(self) -> int:
        """At least one, even of nothing."""
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def span(self) -> str:
        """51–100 of 5,000."""
        first = (self.number - 1) * PAGE_SIZE + 1
        return f"{first:,}–{first + len(self.rows) - 1:,} of {self.total:,}"


@dataclass(frozen=True, slots=True)
class NightView:
    """One run, as the page shows it. `money` and `scheduled` are empty where there is nothing to say.

    `needing` counts the customers of `needs`; `refused` are those that are not in it, though something of them is held.
    """

    run_id: str
    headline: str
    tone: Tone
    when: str
    notices: tuple[str, ...]
    tiles: tuple[Tile, ...]
    counted: str
    proof: str
    proof_tone: Tone
    money: str
    scheduled: str
    progress: ProgressView | None
    needs: Page[Need]
    needing: str
    refused: str
    changes: Page[ChangeView]
    nothing_changed: str
    next_night: str


@dataclass(frozen=True, slots=True)
class FirstNightView:
    """What stands there before the first night."""

    headline: str
    advice: str
    next_night: str


def cut_page[T](rows: Sequence[T], number: int) -> Page[T]:
    """The page with this number, or the nearest one that exists."""
    last = max(1, -(-len(rows) // PAGE_SIZE))
    number = min(max(1, number), last)
    start = (number - 1) * PAGE_SIZE
    return Page(tuple(rows[start : start + PAGE_SIZE]), number, len(rows))
