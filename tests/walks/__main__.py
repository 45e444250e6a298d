"""`python -m tests.walks --count N --first-seed M`: walk so many times in each manner, and tell what is wrong."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.walks.people import ORDERLY, UNRULY
from tests.walks.walking import walk

MANNERS = {"orderly": ORDERLY, "unruly": UNRULY}


def main(count: int, first_seed: int, jobs: int) -> int:
    """Walk; 1 where anything is wrong, with the story of the first."""
    seeds = range(first_seed, first_seed + count)
    wrong = 0
    with ProcessPoolExecutor(jobs) as pool:
        for name, manners in MANNERS.items():
            walked = pool.map(partial(walk, manners=manners), seeds, chunksize=10)
            bad = [(seed, each) for seed, each in zip(seeds, walked, strict=True) if each.problems]
            wrong += len(bad)
            sys.stdout.write(f"{name}: {count} walks from seed {first_seed}, {len(bad)} wrong\n")
            for seed, each in bad:
                sys.stdout.write(f"  seed {seed}: {'; '.join(each.problems[:3])}\n")
            if bad:
                sys.stdout.write("\n".join(bad[0][1].told) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    sys.exit(main(arguments.count, arguments.first_seed, arguments.jobs))
