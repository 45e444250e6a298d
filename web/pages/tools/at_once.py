"""How much of a long list one decision takes: values for its box and for its sum. Pure."""

from __future__ import annotations

from dataclasses import dataclass

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class AtOnce:
    """`ready` is how much of the list can be decided about, and `ready_total` what that comes to. `whole` names the
    first of it, which is decided about at once, `count` how much that is and `total` what it comes to.
    """

    ready: int
    ready_total: str
    whole: str
    count: int
    total: str

    @property
    def is_cut(self) -> bool:
        """Whether more can be decided about than at once."""
        return self.count < self.ready
