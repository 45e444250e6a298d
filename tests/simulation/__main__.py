"""`make simulate SEEDS=n FIRST_SEED=m`: play that many seeds, name what fired, end with the number of violations."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.simulation.story import play

SEEDS_BETWEEN_SIGNS = 500


def main(first_seed: int, seeds: int) -> int:
    """Play the seeds; 1 if any promise was broken."""
    started, violations, writes = time.monotonic(), 0, 0
    fired: Counter[str] = Counter()
    for seed in range(first_seed, first_seed + seeds):
        ending = play(seed)
        fired += ending.fired
        writes += ending.writes
        violations += len(ending.violations)
        for violation in ending.violations:
            print(f"seed {seed}: {violation}", flush=True)
        if (seed - first_seed + 1) % SEEDS_BETWEEN_SIGNS == 0:
            print(f"{seed - first_seed + 1} seeds, {time.monotonic() - started:.0f} s", flush=True)
    for name, count in sorted(fired.items()):
        print(f"  {count:7} {name}")
    each_ms = (time.monotonic() - started) / max(seeds, 1) * 1000
    print(f"seeds: {seeds} (from {first_seed}), writes: {writes}, {each_ms:.0f} ms a seed")
    print(f"violations: {violations}")
    return 1 if violations else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first-seed", type=int, default=0)
    arguments = parser.parse_args()
    sys.exit(main(arguments.first_seed, arguments.seeds))
