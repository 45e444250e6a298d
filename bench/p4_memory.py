"""P4: the most memory that the app's process ever took, for few customers and for many."""

from __future__ import annotations

from bench.figures import Figure, Size, judge
from bench.nights import play_near

GOAL_MB = 300.0
GOAL_GROWTH = 0.10
MEGABYTE = 1_000_000


def measure(size: Size) -> list[Figure]:
    """A night on which nothing changed, through the storage SDK, in a fresh process each."""
    few, many = (
        play_near(size, customers).played.peak_bytes / MEGABYTE for customers in (size.few_customers, size.customers)
    )
    growth = many / few - 1
    return [
        Figure(
            "P4",
            f"peak memory of the app's process, {size.customers:,} customers",
            f"{many:.0f} MB, {100 * growth:+.0f} % against {size.few_customers:,}",
            f"≤ {GOAL_MB:.0f} MB, ± {100 * GOAL_GROWTH:.0f} %",
            judge(size, many <= GOAL_MB and abs(growth) <= GOAL_GROWTH),
            f"{few:.0f} MB for {size.few_customers:,}; the steps alone, without Microsoft's worker library",
        )
    ]
