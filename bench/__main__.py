"""`make bench`: the promises P1 to P9 in one table (docs/bench.md). `--only P5,P7` measures some of them."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import (
    p1_calls,
    p2_night,
    p3_cpu,
    p4_memory,
    p5_connectwise,
    p6_autotask,
    p7_planning,
    p8_pages,
    p9_storage,
)
from bench.figures import SIZES, Figure, Size, make_table

type Measure = Callable[[Size], Sequence[Figure]]

MEASURES: dict[str, Measure] = {
    "P1": p1_calls.measure,
    "P2": p2_night.measure,
    "P3": p3_cpu.measure,
    "P4": p4_memory.measure,
    "P5": p5_connectwise.measure,
    "P6": p6_autotask.measure,
    "P7": p7_planning.measure,
    "P8": p8_pages.measure,
    "P9": p9_storage.measure,
}
REPOSITORY = Path(__file__).parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0 even where a goal is not met, for a table is no test."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--only", default=",".join(MEASURES), help="which promises, such as P5,P7")
    parser.add_argument("--size", choices=SIZES, default="full", help="small shows in a minute that everything works")
    given = parser.parse_args(arguments)
    chosen = [name.strip().upper() for name in given.only.split(",")]
    unknown = [name for name in chosen if name not in MEASURES]
    if unknown:
        print(f"{unknown[0]} is no promise that is measured here; these are: {', '.join(MEASURES)}.", file=sys.stderr)
        return 2
    print(make_table(measure_all(chosen, SIZES[given.size])))
    print(f"\n{given.size}, commit {read_commit()}, Python {sys.version.split()[0]}")
    return 0


def measure_all(chosen: Sequence[str], size: Size) -> list[Figure]:
    """Each promise once, one after the other: nothing else may use the cores meanwhile."""
    figures: list[Figure] = []
    for name in chosen:
        print(f"{name} …", file=sys.stderr, flush=True)
        figures += MEASURES[name](size)
    return figures


def read_commit() -> str:
    """The commit that is measured, as git names it; `unknown` outside a repository."""
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
