"""Many seeds, in two processes, and what they came to."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from tests.simulation.plot import ANSWERS
from tests.simulation.psa import HIDDEN
from tests.simulation.which import play_seed

PROCESSES = 2
SEEDS_A_PIECE = 50
# Faults that any few hundred seeds must meet; each kind of answer, and every point around a write, is added to them.
ALWAYS = (
    "delivered twice",
    "message twice",
    "engine lost",
    "a process stalls",
    "a run beside the night",
    "an invoice",
    "an invoice during a run",
    "psa out",
    "tenant out",
    HIDDEN,
    "a person approved",
    "a person refused",
    *(f"a person's edit: {kind}" for kind in ("quantity", "delete", "unmark", "beside", "dates", "option")),
    *(f"kill at {name}:{side}" for name in ("insert_intent", "settle", "take_turn") for side in ("before", "after")),
    *(f"kill at psa {method}:{side}" for method in ("POST", "PATCH") for side in ("before", "after")),
)
AUTOTASK = ("psa POST:lag", "the budget is spent", "a person's edit: units")
MUST_FIRE = (*ALWAYS, *ANSWERS, *AUTOTASK)


@dataclass
class Figures:
    """What seeds came to. `fewest_faults` is of the seed in which least broke; `cpu_seconds` are of all processes."""

    seeds: int = 0
    writes: int = 0
    points: int = 0
    cpu_seconds: float = 0.0
    fewest_faults: int = 1_000_000
    fired: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Take the figures of other seeds in."""
        self.seeds += other.seeds
        self.writes += other.writes
        self.points += other.points
        self.cpu_seconds += other.cpu_seconds
        self.fewest_faults = min(self.fewest_faults, other.fewest_faults)
        self.fired += other.fired
        self.compared += other.compared
        self.violations += other.violations

    def list_silent(self) -> list[str]:
        """The faults that never fired."""
        return [name for name in MUST_FIRE if not self.fired[name]]


def play_piece(seeds: Sequence[int]) -> Figures:
    """Play seeds one after another, in this process."""
    figures, started = Figures(), time.process_time()
    gc.disable()  # a world is small and wholly let go at its end
    try:
        for seed in seeds:
            ending = play_seed(seed)
            broken = sum(ending.fired.values())
            figures.add(
                Figures(
                    1,
                    ending.writes,
                    len(ending.points),
                    0.0,
                    broken,
                    ending.fired,
                    ending.compared,
                    [f"seed {seed}: {violation}" for violation in ending.violations],
                )
            )
            gc.collect(0)
    finally:
        gc.enable()
        gc.collect()
    figures.cpu_seconds = time.process_time() - started
    return figures


def play_pieces(first_seed: int, end_seed: int) -> Iterator[Figures]:
    """The figures of each piece of the seeds, in their order."""
    pieces = [
        range(start, min(start + SEEDS_A_PIECE, end_seed)) for start in range(first_seed, end_seed, SEEDS_A_PIECE)
    ]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        yield from pool.map(play_piece, pieces)


def play_many(first_seed: int, seeds: int) -> Figures:
    """The figures of so many seeds."""
    figures = Figures()
    for piece in play_pieces(first_seed, first_seed + seeds):
        figures.add(piece)
    return figures
