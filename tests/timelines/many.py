"""Many timelines on several processes; what is done can be kept, so that it is not done again."""

from __future__ import annotations

import hashlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.oracle.telling import judge_scope, shrink
from tests.oracle.timelines import draw_scenario
from tests.timelines.comparing import compare, tell_difference
from tests.timelines.figures import Figures, load_figures, play_seeds
from tests.timelines.playing import play

ROOT = Path(__file__).parents[2]
SOURCES = (
    "profiles",
    "plans",
    "net",
    "psa",
    "sync",
    "store",
    "local/simulators",
    "tests/oracle",
    "tests/simulation",
    "tests/timelines",
)
SEEDS_AT_A_TIME = 25


def play_many(count: int, first_seed: int, jobs: int, kept: Path | None = None) -> tuple[Figures, int]:
    """The figures of all those seeds, and how many of them were played now and not read from `kept`."""
    done = {} if kept is None or not kept.exists() else dict(read_line(line) for line in kept.read_text().splitlines())
    pieces = [
        (first, min(SEEDS_AT_A_TIME, first_seed + count - first))
        for first in range(first_seed, first_seed + count, SEEDS_AT_A_TIME)
    ]
    total, played = Figures(), 0
    for piece in pieces:
        if piece in done:
            total.join(done[piece])
    missing = [piece for piece in pieces if piece not in done]
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        futures = {pool.submit(play_seeds, *piece): piece for piece in missing}
        for future in as_completed(futures):
            figures, (first, size) = future.result(), futures[future]
            total.join(figures)
            played += size
            if kept is not None:
                kept.parent.mkdir(parents=True, exist_ok=True)
                with kept.open("a") as file:
                    file.write(f"{first} {size} {figures.dump()}\n")
    return total, played


def read_line(line: str) -> tuple[tuple[int, int], Figures]:
    """One piece that was played before, by its first seed and size."""
    first, size, figures = line.split(" ", 2)
    return (int(first), int(size)), load_figures(figures)


def tell_shortest(seed: int) -> str:
    """The smallest story that still differs, of those that the rules decide."""
    smallest = shrink(draw_scenario(seed), lambda each: not judge_scope(each) and bool(compare(play(each)).differences))
    return tell_difference(compare(play(smallest)))


def digest_sources() -> str:
    """What the figures rest on, in short."""
    digest = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]
