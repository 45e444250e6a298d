"""What many timelines came to: how much was compared, and that every policy and every event was among them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from tests.oracle.counting import count_steps, find_stays, is_taken_back, list_bands
from tests.oracle.facts import Scenario, find_period
from tests.oracle.journeys import draw_journey
from tests.oracle.telling import describe
from tests.oracle.timelines import draw_scenario
from tests.oracle.transfers import Journey
from tests.timelines.comparing import Comparison, Match, compare, compare_journey, tell_difference
from tests.timelines.journeys import play_journey
from tests.timelines.playing import play


@dataclass
class Figures:
    """Sums over seeds. `journeys` are the stories of mappings that move, by kind; every second seed plays one of them
    beside its own. `failures` are the stories of those that differ, by seed; `lost` those of journeys, by theirs."""

    seeds: int = 0
    runs: int = 0
    writes: int = 0
    credits: int = 0
    doubtful: int = 0
    matches: Counter[str] = field(default_factory=Counter)
    policies: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    failures: dict[int, str] = field(default_factory=dict)
    journeys: Counter[str] = field(default_factory=Counter)
    moved: Counter[str] = field(default_factory=Counter)
    lost: dict[int, str] = field(default_factory=dict)

    def add(self, seed: int, comparison: Comparison) -> None:
        """Count one timeline."""
        story = comparison.story
        self.seeds += 1
        self.runs += story.runs
        self.writes += story.writes
        self.credits += comparison.credits
        self.doubtful += comparison.doubtful
        self.matches.update(match.name for match in comparison.matches)
        self.policies[name_policy(story.scenario)] += 1
        self.events.update(set(list_events(story.scenario)))
        if comparison.differences:
            self.failures[seed] = tell_difference(comparison)

    def add_journey(self, seed: int, journey: Journey, comparison: Comparison) -> None:
        """Count one journey."""
        self.runs += comparison.story.runs
        self.writes += comparison.story.writes
        self.credits += comparison.credits
        self.moved.update(match.name for match in comparison.matches)
        self.journeys[journey.kind] += 1
        if comparison.differences:
            told = [describe(journey.frame), repr(journey.accounts), repr([each.moves for each in journey.strands])]
            self.lost[seed] = "\n".join([*told, "", *comparison.differences])

    def join(self, other: Figures) -> None:
        """Count another's timelines as well."""
        self.seeds += other.seeds
        self.runs += other.runs
        self.writes += other.writes
        self.credits += other.credits
        self.doubtful += other.doubtful
        self.matches += other.matches
        self.policies += other.policies
        self.events += other.events
        self.failures |= other.failures
        self.journeys += other.journeys
        self.moved += other.moved
        self.lost |= other.lost

    def __str__(self) -> str:
        counted = sum(self.matches.values())
        lines = [
            f"{self.seeds} timelines, {self.runs} runs, {self.writes} writes, {counted} invoices",
            f"  {self.matches[Match.SAME_LINES.name]:7} with the same lines and amount",
            f"  {self.matches[Match.SAME_AMOUNT.name]:7} with the same amount, lines cut otherwise",
            f"  {self.matches[Match.OTHER_CUT.name]:7} with the same days and prices, rounded on lines cut otherwise",
            f"  {self.matches[Match.DIFFERENT.name]:7} that differ",
            f"  {self.credits:7} credit proposals of what was known late, all the same",
            f"  {self.doubtful:7} seat-days beside them that were unknown across an invoice (not compared)",
        ]
        lines += [f"  {count:7} timelines with {name}" for name, count in sorted((self.policies + self.events).items())]
        lines.append(f"{sum(self.journeys.values())} journeys, {sum(self.moved.values())} invoices of their places")
        lines += [f"  {count:7} {name}" for name, count in sorted(self.moved.items())]
        lines += [f"  {count:7} journeys with {name}" for name, count in sorted(self.journeys.items())]
        return "\n".join(lines)

    def dump(self) -> str:
        """As one line of JSON."""
        return json.dumps(vars(self))


def load_figures(text: str) -> Figures:
    """From a line that `dump` wrote."""
    raw = json.loads(text)
    raw |= {name: Counter(raw[name]) for name in ("matches", "policies", "events", "journeys", "moved")}
    raw |= {name: {int(seed): story for seed, story in raw[name].items()} for name in ("failures", "lost")}
    return Figures(**raw)


def play_seeds(first: int, count: int) -> Figures:
    """Play and compare the seeds from `first` on, and the journeys of half their number beside them."""
    figures = Figures()
    for seed in range(first, first + count):
        figures.add(seed, compare(play(draw_scenario(seed))))
        if seed % 2 == 0:
            journey = draw_journey(seed // 2)
            figures.add_journey(seed // 2, journey, compare_journey(play_journey(journey)))
    return figures


def name_policy(scenario: Scenario) -> str:
    """Proration, credits and when it is invoiced."""
    proration = "proration on" if scenario.prorates else "proration off"
    return f"{proration}, credits {'on' if scenario.credits_on else 'off'}, in {scenario.mode}"


def list_events(scenario: Scenario) -> Iterator[str]:
    """What happens in a story, each by a name."""
    if any(reading.quantity is None for reading in scenario.readings):
        yield "an unknown night"
    if len(scenario.prices) > 1:
        yield "a new price"
    if any(earlier.day == later.day for earlier, later in pairwise(scenario.readings)):
        yield "two readings on a day"
    steps = count_steps(scenario.readings)
    levels = [(date.min, 0), *((step.day, step.level) for step in steps)]
    for (_, before), (day, level) in pairwise(levels):
        yield "an increase" if level > before else "a decrease to zero" if level == 0 else "a decrease"
        lower = [other for other, quantity in levels if other < day and quantity < level]
        start = find_period(day, scenario.anchor).start
        highest = max((quantity for other, quantity in levels if start <= other < day), default=0)
        if level > before and lower and highest > before:
            yield "a return inside a period"
    for _, upto in list_bands(scenario):
        if any(is_taken_back(scenario, stay) for stay in find_stays(steps, upto, scenario.start)):
            yield "an increase taken back"
