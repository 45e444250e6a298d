"""`make simulate SEEDS=n FIRST_SEED=m`: play that many seeds in two processes, and end with the number of violations.

With `--state FILE` it goes on where it was stopped: the file keeps the next seed and the figures so far. It ends with 1
where a promise was broken, or where a fault never fired although there were seeds enough.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.simulation.many import Figures, play_pieces

SECONDS_BETWEEN_SIGNS = 30.0
# Fewer seeds need not meet every fault.
SEEDS_FOR_EVERY_FAULT = 1000


def main(first_seed: int, seeds: int, state: Path | None) -> int:
    """Play the seeds; 1 if any promise was broken or a fault never fired."""
    figures, wall_seconds = read_state(state, first_seed)
    started = signed = time.monotonic()
    for piece in play_pieces(first_seed + figures.seeds, first_seed + seeds):
        figures.add(piece)
        for violation in piece.violations:
            print(violation, flush=True)
        now = time.monotonic()
        if state is not None:
            keep_state(state, first_seed, figures, wall_seconds + now - started)
        if now - signed >= SECONDS_BETWEEN_SIGNS:
            signed = now
            print(f"{figures.seeds} seeds, {wall_seconds + now - started:.0f} s", flush=True)
    return tell(figures, first_seed, wall_seconds + time.monotonic() - started)


def tell(figures: Figures, first_seed: int, wall_seconds: float) -> int:
    """Print the figures; how the command ends."""
    for name, count in sorted(figures.fired.items()):
        print(f"  {count:9} {name}")
    silent = figures.list_silent() if figures.seeds >= SEEDS_FOR_EVERY_FAULT else []
    for name in silent:
        print(f"never fired: {name}")
    seeds = max(figures.seeds, 1)
    print(f"lines at the end: {', '.join(f'{count} {name}' for name, count in figures.compared.most_common())}")
    print(
        f"seeds: {figures.seeds} (from {first_seed}), writes: {figures.writes}, fault points: {figures.points}, "
        f"fewest faults in a seed: {figures.fewest_faults if figures.seeds else 0}"
    )
    print(
        f"{wall_seconds:.0f} s, {figures.seeds / max(wall_seconds, 0.001):.1f} seeds a second, "
        f"{figures.cpu_seconds / seeds * 1000:.0f} ms of CPU a seed"
    )
    print(f"violations: {len(figures.violations)}")
    return 1 if figures.violations or silent else 0


def read_state(state: Path | None, first_seed: int) -> tuple[Figures, float]:
    """The figures so far, and the seconds they took; those of another first seed do not count."""
    if state is None or not state.exists():
        return Figures(), 0.0
    kept: dict[str, Any] = json.loads(state.read_text())
    if kept.pop("first_seed") != first_seed:
        return Figures(), 0.0
    wall_seconds = float(kept.pop("wall_seconds"))
    kept["fired"], kept["compared"] = Counter(kept["fired"]), Counter(kept["compared"])
    return Figures(**kept), wall_seconds


def keep_state(state: Path, first_seed: int, figures: Figures, wall_seconds: float) -> None:
    """Keep the figures: whole, or as they were."""
    fresh = state.with_suffix(".new")
    fresh.write_text(json.dumps({"first_seed": first_seed, "wall_seconds": wall_seconds, **vars(figures)}))
    fresh.replace(state)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--state", type=Path)
    arguments = parser.parse_args()
    sys.exit(main(arguments.first_seed, arguments.seeds, arguments.state))
