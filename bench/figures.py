"""What a measurement answers with, and how large it is made."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. Goals are about `full`; `medium` says in a quarter of an hour how it stands, and `small`,
    which `make test` plays, that every measurement works. `turn_customers` are played one call after another.
    """

    name: str
    customers: int
    few_customers: int
    host_customers: int
    licences: int
    users: int
    additions_agreements: int
    additions_each: int
    unit_rows: int
    planned_mappings: int
    page_requests: int
    turn_customers: int

    @property
    def is_full(self) -> bool:
        """Whether its figures are those that the goals are about."""
        return self.name == "full"


SIZES = {
    "full": Size("full", 2000, 200, 200, 12, 60, 2000, 10, 50_000, 50_000, 200, 20),
    "medium": Size("medium", 200, 50, 30, 12, 60, 200, 10, 50_000, 50_000, 60, 10),
    "small": Size("small", 6, 6, 2, 3, 5, 12, 2, 480, 240, 20, 2),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `is_met` None where a size says nothing about the goal; `limit` is what bounds it."""

    number: str
    what: str
    measured: str
    goal: str
    is_met: bool | None
    limit: str = ""

    @property
    def verdict(self) -> str:
        """`ok`, `short`, or a dash where too little was measured to tell."""
        return "–" if self.is_met is None else "ok" if self.is_met else "short"


HEADINGS = ("P", "what", "measured", "goal", "", "beside it")


def judge(size: Size, is_met: bool) -> bool | None:
    """Whether a goal about times is met; None at a size that it is not about."""
    return is_met if size.is_full else None


def make_table(figures: Sequence[Figure]) -> str:
    """The figures as one Markdown table."""
    rows = [(each.number, each.what, each.measured, each.goal, each.verdict, each.limit) for each in figures]
    widths = [max(3, *(len(row[place]) for row in (HEADINGS, *rows))) for place in range(len(HEADINGS))]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (HEADINGS, *rows)
    ]
    rule = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in (lines[0], rule, *lines[1:]))


def find_middle(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def find_p95(values: Sequence[float]) -> float:
    """The smallest value that at least 95 % of the values do not exceed."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]
