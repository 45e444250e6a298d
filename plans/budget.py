"""How many requests a PSA allows in a while, and how many were counted: by the PSA itself, of all that ask it, or by
Seatledger, of its own alone, where the PSA does not show its counter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SLOW_PERCENT = 50
STOP_PERCENT = 75


class Pace(StrEnum):
    """How fast a PSA may be asked (billing rules, 7)."""

    FREE = "free"
    SLOW = "slow"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class RequestBudget:
    """Requests counted in the last `minutes` of the `limit` that the PSA allows in that time, everybody's together.

    `refusal` is what the PSA said where it does not show us its counter, without a full stop: then our own requests are
    counted alone, and `limit` is what Seatledger allows itself.
    """

    used: int
    limit: int
    minutes: int
    refusal: str = ""

    @property
    def is_own(self) -> bool:
        """Whether these are Seatledger's own requests alone, for the PSA does not show its counter."""
        return bool(self.refusal)

    @property
    def percent(self) -> int:
        """The part that is used, in whole percent, rounded down; 100 where nothing is allowed at all."""
        return self.used * 100 // self.limit if self.limit > 0 else 100

    @property
    def pace(self) -> Pace:
        """How fast Seatledger may ask now: slowly from one half on, not at all from three quarters on."""
        if self.percent >= STOP_PERCENT:
            return Pace.STOPPED
        return Pace.SLOW if self.percent >= SLOW_PERCENT else Pace.FREE

    def describe(self) -> str:
        """The state as sentences for a person."""
        counted = (
            f"{self.used} of the {self.limit} requests that Seatledger allows itself were made in the last "
            f"{self.minutes} minutes; how many others made it may not see."
            if self.is_own
            else f"{self.used} of {self.limit} requests were made in the last {self.minutes} minutes, by everything "
            "that uses this database."
        )
        match self.pace:
            case Pace.FREE:
                return counted
            case Pace.SLOW:
                return f"{counted} Seatledger asks slowly until it is less than {SLOW_PERCENT} %."
            case Pace.STOPPED:  # pragma: no branch - there is no other pace
                return (
                    f"{counted} Seatledger stops at {STOP_PERCENT} %, so that the others can go on, and goes on by "
                    "itself once it is less. Nothing to do."
                )
