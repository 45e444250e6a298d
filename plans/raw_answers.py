"""What Microsoft answered, word for word, for whoever has to prove or explain a reading later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What Microsoft answered to one read, as it came; never a sign-in's answer, which would hold tokens."""

    request: str
    status: int
    text: str


type KeepRaw = Callable[[RawAnswer], None]


def forget_raw(_: RawAnswer) -> None:
    """For those who do not keep what Microsoft answered."""
