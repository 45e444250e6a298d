"""One line on Autotask through many drawn nights.

Nights are left out or die between two writes, the contract is posted whenever its accountant likes, and counts of some
days come to light late, as those of a refusal do that a person approves after all.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

import pytest

from plans.changes import AdjustUnits
from plans.counts import Count
from plans.ledger import effect_of
from plans.owed import OwedPolicy, owe
from plans.timeline import Timeline, combine
from profiles.periods import ONE_DAY
from psa.autotask.translate import translate_line
from tests.unit.psa.autotask.tasks import GRID, make_line_task

POLICIES = [OwedPolicy(GRID), OwedPolicy(GRID, prorates=False), OwedPolicy(GRID, gives_credits=True)]
LAST_NIGHTS = 4


@dataclass
class Story:
    """What is drawn once, and what Autotask has by now. The counts of the `hidden` nights come to light on `told_on`;
    `posted_through` is P."""

    dice: Random
    start: date
    policy: OwedPolicy
    nights: int
    hidden: range
    told_on: int
    writing_chance: float
    posted_through: date
    counts: list[Count] = field(default_factory=list)
    billed: Timeline = field(default_factory=Timeline)
    adjusted: set[date] = field(default_factory=set)
    most: int = 0

    def read(self, night: int, seats: int) -> Timeline:
        """Count the seats of a night; what is owed by the counts that are known."""
        self.counts.append(Count(self.day_of(night), seats, self.day_of(night), None, seats))
        known = [each for number, each in enumerate(self.counts) if night >= self.told_on or number not in self.hidden]
        owed = owe(known, self.policy)
        self.most = max([self.most, *(units for _, units in owed.steps)])
        return owed

    def day_of(self, night: int) -> date:
        """The day of a night."""
        return self.start + timedelta(days=night)

    def post(self, today: date) -> None:
        """The accountant posts the next period, a month ahead at most."""
        period = GRID.period_of(self.posted_through + ONE_DAY)
        if period.last <= GRID.period_of(today).last + timedelta(days=31):
            self.posted_through = period.last

    def plan(self, today: date, owed: Timeline) -> list[AdjustUnits]:
        """Tonight's adjustments. No line is ever held."""
        credits_from = self.start if self.policy.gives_credits else None
        task = make_line_task(
            today, self.posted_through, owed, self.billed, frozenset(self.adjusted), credits_from=credits_from
        )
        answer = translate_line(task)
        assert answer.hold is None, answer.hold_sentence
        return [change for change in answer.changes if isinstance(change, AdjustUnits)]

    def write(self, change: AdjustUnits) -> None:
        """One adjustment lands."""
        assert change.effective_on not in self.adjusted, f"{change.effective_on} is adjusted twice"
        self.adjusted.add(change.effective_on)
        self.billed = combine(self.billed, effect_of(change)[1], operator.add)
        wrong = [(str(day), units) for day, units in self.billed.steps if not 0 <= units <= self.most]
        assert not wrong, f"{wrong}, and never were more than {self.most} owed"


def draw_story(dice: Random) -> Story:
    start = date(2026, 11, 1) - timedelta(days=dice.randint(0, 60))
    running = GRID.period_of(start)
    first = dice.randint(0, 30)
    last = first + dice.randint(0, 20)
    return Story(
        dice=dice,
        start=start,
        policy=dice.choice(POLICIES),
        nights=dice.randint(20, 90),
        hidden=range(first, last),
        told_on=last + dice.randint(0, 15),
        writing_chance=dice.choice([1.0, 0.8, 0.3]),
        posted_through=dice.choice([running.last, running.start - ONE_DAY]),
    )


@pytest.mark.parametrize("seed", range(150))
def test_no_day_bills_more_than_was_ever_owed_and_today_is_right_in_the_end(seed: int) -> None:
    """Whatever was cut short: after some whole nights today is billed as it is owed, or waits for its day."""
    story = draw_story(Random(seed))
    dice, seats, owed = story.dice, story.dice.randint(0, 12), Timeline()
    for night in range(story.nights + LAST_NIGHTS):
        today, is_last = story.day_of(night), night >= story.nights
        if not is_last and dice.random() < 0.15:
            seats = max(0, seats + dice.choice([-12, -3, -2, -1, 1, 2, 3, 12]))
        owed = story.read(night, seats)
        if dice.random() < 0.06:
            story.post(today)
        if is_last or dice.random() < story.writing_chance:
            planned = story.plan(today, owed)
            landing = len(planned) if is_last or dice.random() < 0.8 else dice.randint(0, len(planned))
            for change in planned[:landing]:
                story.write(change)
    today = story.day_of(story.nights + LAST_NIGHTS - 1)
    if today > story.posted_through and not story.adjusted.intersection({today, GRID.period_of(today).start}):
        assert story.billed.on(today) == owed.on(today)
