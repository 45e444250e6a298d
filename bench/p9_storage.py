"""P9: what an unchanged customer-night asks of the storage account, counted at the SDK's own requests."""

from __future__ import annotations

from bench.figures import Figure, Size
from bench.nights import play_far, play_near

GOAL = 8.0


def measure(size: Size) -> list[Figure]:
    """The requests of a night on which nothing changed, a customer, those that a night makes once included."""
    few, many = play_near(size, size.few_customers), play_far(size).unchanged
    counted = sum(few.played.operations.values()) / size.few_customers
    by_kind = ", ".join(
        f"{count / size.customers:.1f} {name}"
        for name, count in sorted(many.played.operations.items(), key=lambda each: -each[1])
        if count >= size.customers / 2
    )
    return [
        Figure(
            "P9",
            "requests to storage for an unchanged customer-night",
            f"{counted:.1f}",
            f"≤ {GOAL:.0f}",
            counted <= GOAL,
            f"{by_kind}; what Azure asks for it stands in docs/operations.md",
        )
    ]
