"""`python -m tests.mutants [PATH]`: what `make mutants` found, a line for each file, and every mutant that survived.

The score of a file is the share of its mutants that the tests notice, of those that the type checker lets through.
Exits with 1 where one of the families that R17 names is below 90 %.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WORK = Path("mutants")
NEEDED_PERCENT = 90
NEEDED = frozenset(
    {
        "profiles/money.py",
        "profiles/periods.py",
        "profiles/quantity.py",
        "plans/brakes.py",
        "plans/counts.py",
        "plans/judgement.py",
        "plans/owed.py",
        "plans/plan.py",
    }
)
# What mutmut writes of a mutant: pytest's exit code, or its own.
SURVIVED, NOT_RUN, REFUSED_BY_TYPES = (0, 5, 33), (None, 2, 34), 37


@dataclass(frozen=True, slots=True)
class Score:
    """The mutants of one file: how many the type checker refused, tests noticed, and wait to be run; and the names of
    those that survived."""

    path: str
    refused: int
    noticed: int
    survivors: tuple[str, ...]
    waiting: int

    @property
    def percent(self) -> float | None:
        """Of the mutants that were run, how many the tests noticed; None where none was."""
        run = self.noticed + len(self.survivors)
        return 100 * self.noticed / run if run else None

    @property
    def is_enough(self) -> bool:
        """Whether R17 asks for no more of this file, as far as it was run."""
        return self.path not in NEEDED or self.percent is None or self.percent >= NEEDED_PERCENT


def read_scores(only: str | None) -> Iterator[Score]:
    """The score of every file, or of one."""
    for found in sorted(WORK.rglob("*.py.meta")):
        path = found.relative_to(WORK).as_posix().removesuffix(".meta")
        if only in (None, path):
            yield make_score(path, json.loads(found.read_text(encoding="utf-8"))["exit_code_by_key"])


def make_score(path: str, codes: dict[str, int | None]) -> Score:
    """The score of a file from the exit code of every mutant, by name."""
    survivors = tuple(name for name, code in codes.items() if code in SURVIVED)
    tally = Counter(codes.values())
    waiting = sum(tally[code] for code in NOT_RUN)
    refused = tally[REFUSED_BY_TYPES]
    return Score(path, refused, len(codes) - refused - waiting - len(survivors), survivors, waiting)


def main(only: str | None) -> int:
    """Print the table; 1 where a score is too low."""
    scores = list(read_scores(only))
    for score in scores:
        for name in score.survivors:
            print(f"survived: {name}")
    print(f"{'file':34}{'types':>7}{'noticed':>9}{'survived':>10}{'waiting':>9}{'score':>9}")
    for score in scores:
        numbers = f"{score.refused:7}{score.noticed:9}{len(score.survivors):10}{score.waiting:9}"
        percent = "-" if score.percent is None else f"{score.percent:.1f} %"
        print(f"{score.path:34}{numbers}{percent:>9}{'' if score.is_enough else f'  below {NEEDED_PERCENT} %'}")
    print("Look at one with: .venv/bin/mutmut show NAME")
    return 0 if all(score.is_enough for score in scores) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))
