"""P3: the app's own processor time for an unchanged customer; engine, stand-ins and storage are other processes."""

from __future__ import annotations

from bench.figures import Figure, Size, judge
from bench.nights import play_far, play_near

GOAL_MS = 15.0


def measure(size: Size) -> list[Figure]:
    """A night on which nothing changed, divided by its customers; without the storage SDK, and with it."""
    without = 1000 * play_far(size).unchanged.played.cpu_seconds / size.customers
    with_sdk = 1000 * play_near(size, size.few_customers).played.cpu_seconds / size.few_customers
    return [
        Figure(
            "P3",
            "own processor time for an unchanged customer",
            f"{without:.0f} ms",
            f"≤ {GOAL_MS:.0f} ms",
            judge(size, without <= GOAL_MS),
            f"{with_sdk:.0f} ms with the storage SDK",
        )
    ]
