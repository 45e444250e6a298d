"""`python -m tests.walks --count N --first-seed M`: walk so many times over each PSA in each manner, and tell what is
wrong; `--psa` for one of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.walks.autotask import Autotask
from tests.walks.connectwise import ConnectWise
from tests.walks.people import ORDERLY, UNRULY
from tests.walks.walking import Begin, walk

MANNERS = {"orderly": ORDERLY, "unruly": UNRULY}
GROUNDS: dict[str, Begin] = {"connectwise": ConnectWise, "autotask": Autotask}


def main(count: int, first_seed: int, jobs: int, psas: Sequence[str]) -> int:
    """Walk; 1 where anything is wrong, with the story of the first."""
    seeds = range(first_seed, first_seed + count)
    wrong = 0
    with ProcessPoolExecutor(jobs) as pool:
        for psa, name in ((psa, name) for psa in psas for name in MANNERS):
            walked = pool.map(partial(walk, manners=MANNERS[name], begin=GROUNDS[psa]), seeds, chunksize=10)
            bad = [(seed, each) for seed, each in zip(seeds, walked, strict=True) if each.problems]
            wrong += len(bad)
            sys.stdout.write(f"{psa}, {name}: {count} walks from seed {first_seed}, {len(bad)} wrong\n")
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
    parser.add_argument("--psa", choices=sorted(GROUNDS), nargs="*", default=list(GROUNDS))
    arguments = parser.parse_args()
    sys.exit(main(arguments.count, arguments.first_seed, arguments.jobs, arguments.psa))
