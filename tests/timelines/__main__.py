"""`python -m tests.timelines --count N --first-seed M --jobs J`: play that many timelines and compare every invoice.

What is done is kept under .local/timelines, by the sources that it was done with: the same command goes on where it was
stopped, and any change of the product, the simulated PSA or the oracle begins anew.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.timelines.many import ROOT, digest_sources, play_many, tell_shortest

SHOWN_FAILURES = 5


def main(count: int, first_seed: int, jobs: int) -> int:
    """Play them; 1 if any invoice differs, or any run did not end as it must."""
    started = time.monotonic()
    kept = ROOT / ".local" / "timelines" / f"{digest_sources()}.jsonl"
    total, played = play_many(count, first_seed, jobs, kept)
    say(total)
    if played:
        say(f"{played} played now, {(time.monotonic() - started) / played * 1000:.0f} ms each with {jobs} jobs")
    for seed in sorted(total.failures)[:SHOWN_FAILURES]:
        say(f"\nseed {seed}:\n{total.failures[seed]}")
    if total.failures:
        say(f"\nThe shortest story of seed {min(total.failures)}:\n{tell_shortest(min(total.failures))}")
    say(f"timelines that differ: {len(total.failures)} {sorted(total.failures)[:50]}")
    for seed in sorted(total.lost)[:SHOWN_FAILURES]:
        say(f"\njourney {seed}:\n{total.lost[seed]}")
    say(f"journeys that differ: {len(total.lost)} {sorted(total.lost)[:50]}")
    return 1 if total.failures or total.lost else 0


def say(text: object) -> None:
    """A line for whoever waits."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    sys.exit(main(arguments.count, arguments.first_seed, arguments.jobs))
