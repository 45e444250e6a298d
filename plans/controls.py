"""What an administrator set for every night: the brakes' thresholds, what is never billed, and the pause switch."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from plans.brakes import Thresholds
from plans.mapping_rules import MappingRule
from profiles.exclusions import Exclusion


@dataclass(frozen=True, slots=True)
class Pause:
    """All writing is stopped: by whom, since when (aware, UTC), and why."""

    paused_by: str
    paused_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Controls:
    """The settings of a night. Without a `pause` it writes what is allowed. `rules` map what nobody decided about."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    exclusions: tuple[Exclusion, ...] = ()
    pause: Pause | None = None
    rules: tuple[MappingRule, ...] = ()
