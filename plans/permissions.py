"""What our identity in a PSA may do: the permission report of a connection (promise S11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from plans.budget import RequestBudget


@dataclass(frozen=True, slots=True)
class Connected:
    """The PSA answered us. `time_zone` is its server's, in its own words; texts are empty where it does not say.

    `codebase` is the path under which it answers, `budget` how many requests it has counted, where it counts them.
    `sentence` is empty unless the PSA would not describe itself.
    """

    version: str = ""
    is_cloud: bool | None = None
    time_zone: str = ""
    sentence: str = ""
    codebase: str = ""
    budget: RequestBudget | None = None


@dataclass(frozen=True, slots=True)
class CompanyUnknown:
    """The PSA answers at this address, and does not know the company that we say we are of."""

    sentence: str


@dataclass(frozen=True, slots=True)
class KeysRefused:
    """The PSA does not accept our keys, so nothing else can be told."""

    sentence: str


@dataclass(frozen=True, slots=True)
class NotReached:
    """The PSA did not answer, or not as one; nothing else can be told now."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Suspended:
    """The PSA answers nobody for now, for it was asked too much; nothing else can be told now. `sentence` is what it
    said, and when it goes on."""

    sentence: str


type Connection = Connected | CompanyUnknown | KeysRefused | NotReached | Suspended


class Standing(StrEnum):
    """What is known of a right. `UNTRIED` is one that only the first write will tell."""

    GRANTED = "granted"
    REFUSED = "refused"
    UNREAD = "unread"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class RightReport:
    """One right: `name` as `module > function`, the level it needs, what for, and whether we have it.

    `sentence` says what was found, and what to do where something is missing. `is_optional` marks a right that only
    some features need.
    """

    name: str
    level: str
    needed_for: str
    standing: Standing
    sentence: str
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class PermissionReport:
    """How a connection is, and what it may do."""

    connection: Connection
    rights: tuple[RightReport, ...]

    @property
    def missing(self) -> tuple[RightReport, ...]:
        """The rights that are refused and not optional."""
        return tuple(each for each in self.rights if each.standing is Standing.REFUSED and not each.is_optional)
