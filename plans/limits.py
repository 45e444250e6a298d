"""How much at once, how often and how long: the limits of a night, and the rhythm of one PSA."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of a night has a name. Times are durations, counts are whole numbers.

    `longest_reading` is when a step that reads Microsoft or a PSA stops itself (architecture, a night): long before the
    host would, which takes everything else at work in its process with it. `longest_search` is how long the other
    agreements of one customer's company are read for lines that are new. A run asks `budget_rounds` times for what a
    PSA has no room for; a night that others wait for asks `shared_budget_rounds` times.
    """

    tenant_deadline: timedelta = timedelta(hours=4)
    longest_poll_pause: timedelta = timedelta(seconds=60)
    longest_reading: timedelta = timedelta(minutes=4)
    longest_search: timedelta = timedelta(minutes=1)
    late_effect_limit: timedelta = timedelta(minutes=10)
    send_window: timedelta = timedelta(seconds=30)
    turn_length: timedelta = timedelta(minutes=5)
    push_rounds: int = 40
    psa_window: int = 4
    budget_pause: timedelta = timedelta(minutes=5)
    budget_rounds: int = 24
    shared_budget_rounds: int = 7
    description_length: int = 6000


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How one PSA likes to be asked.

    A night reads so many agreements with one question (`agreements_at_once`), puts so many such questions at once
    (`readings_at_once`), and pushes so many agreements at once (`pushes_at_once`).
    """

    agreements_at_once: int
    readings_at_once: int
    pushes_at_once: int


ABSENT = Rhythm(agreements_at_once=1000, readings_at_once=1, pushes_at_once=1)
