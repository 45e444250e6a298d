"""How one seed ended, and what stands between a process and its stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.store import Store

type SpoilStore = Callable[[Store], Store]


@dataclass(frozen=True)
class Ending:
    """How one seed ended. `compared` counts how its mappings ended (`tests.simulation.oracle`)."""

    seed: int
    violations: tuple[str, ...]
    fired: Counter[str]
    points: tuple[str, ...]
    writes: int
    compared: Counter[str]


def leave_store(store: Store) -> Store:
    """The store as it is."""
    return store
