"""One walk: ten weeks of nights, acts and invoices over two agreements in memory, then a calm until all is invoiced."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from plans.brakes import Thresholds
from plans.changes import Apply, Held, HoldRule, Parked
from plans.plan import LinePlan
from profiles.periods import ONE_DAY, Grid
from tests.unit.plans.agreements import HOME, PRICE, Psa
from tests.unit.plans.nights import World, april, tell
from tests.walks.bounds import Beat, Read, find_breaches
from tests.walks.people import OTHER, Manners, Town, draw_delay, draw_level

MOST = 10**6
NO_BRAKES = Thresholds(
    drop_seats=MOST, drop_percent=100, drop_money=PRICE * MOST, rise_seats=MOST, rise_money=PRICE * MOST
)
WEEKS = timedelta(weeks=10)
CALM = timedelta(days=110)
SETTLED = timedelta(days=40)
"""Days that are still open at the end, or whose catch-up is to come, are not judged."""
PLANS_A_NIGHT = 3
"""A transfer over two agreements needs two plans, and what was approved one more."""
WAITS_FOR_AN_AGREEMENT = ("cannot begin on", "which waits")
"""Two agreements that do not prorate and begin on other days: nothing helps but a person (docs/billing.md)."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk came to: what is wrong, and what happened."""

    problems: tuple[str, ...]
    told: tuple[str, ...]


class Walk:
    """The nights of one seed. `problems` are filled on the way and at the end."""

    def __init__(self, seed: int, manners: Manners) -> None:
        self.dice = Random(f"walk {seed}")
        self.beats = {name: draw_beat(self.dice) for name in (HOME, OTHER)}
        is_calm = self.dice.random() >= manners.brakes
        world = World(
            {name: draw_agreement(self.dice, name, beat, manners) for name, beat in self.beats.items()},
            thresholds=NO_BRAKES if is_calm else Thresholds(),
        )
        world.map()
        world.change(gives_credits=self.dice.random() < manners.credits)
        self.town = Town(self.dice, manners, world)
        self.delays = {name: draw_delay(self.dice) for name in world.psas}
        self.level = self.dice.randint(1, 12)
        self.first = april(self.dice.randint(1, 20))
        self.is_invoiced_first = self.dice.random() < 0.5
        self.levels: dict[date, int] = {}
        self.kept: dict[date, int] = {}
        self.problems: list[str] = []

    @property
    def world(self) -> World:
        """The customer."""
        return self.town.world

    def play(self) -> Walked:
        """All of it."""
        today = self.first
        while today <= self.first + WEEKS:
            if self.is_invoiced_first:
                self.make_invoices(today)
            self.town.live_through(today)
            self.level = draw_level(self.dice, self.level)
            if self.dice.random() < 0.9:
                self.play_night(today)
            if not self.is_invoiced_first:
                self.make_invoices(today)
            today += ONE_DAY
        last = self.calm_down(today)
        self.judge(last)
        return Walked(tuple(self.problems), tuple(self.town.told))

    def make_invoices(self, today: date) -> bool:
        """Those whose day has come; whether there was one."""
        made = False
        for name, psa in self.world.psas.items():
            while find_due(psa) + self.delays[name] <= today:
                psa.invoice()
                self.town.tell(today, "agreement", name, "is invoiced through", psa.invoiced_through)
                self.delays[name] = draw_delay(self.dice)
                made = True
        return made

    def play_night(self, today: date) -> None:
        """One night that could read, with people at the approvals; on some nobody knows what is invoiced, and on some
        the worker dies before it writes."""
        manners = self.town.manners
        is_known = self.dice.random() >= manners.unknown_invoices
        for psa in self.world.psas.values():
            psa.doubt = "" if is_known else "Nobody could read the invoices."
        lives = self.dice.random() >= manners.late_worker
        self.read(today)
        lines = self.world.plan(today)
        self.decide(today, lines)
        for _ in range(PLANS_A_NIGHT if lives else 0):
            self.write(today, lines)
            lines = self.world.plan(today)
        self.keep_refused(today, lines)
        for line in lines.values():
            if lives and isinstance(line.decision, Apply):
                self.problems.append(f"{today}: {line.mapping_id} is not at rest: {tell(line)}")
        for psa in self.world.psas.values():
            psa.doubt = ""

    def read(self, today: date) -> None:
        """The level, by every mapping that counts."""
        self.world.read(today, dict.fromkeys([self.town.live, *self.town.ended], self.level))
        self.levels[today] = self.world.journals[self.town.live].counts[-1].quantity
        self.town.tell(today, "read", self.level)

    def keep_refused(self, today: date, lines: dict[str, LinePlan]) -> None:
        """What somebody refused to have lowered may be billed on."""
        for line in lines.values():
            if isinstance(line.decision, Held) and line.decision.rule is HoldRule.REFUSED:
                self.kept[today] = max(self.kept.get(today, 0), line.quantity_billed)

    def decide(self, today: date, lines: dict[str, LinePlan]) -> None:
        """What people say to what is held: most is approved, some refused, the rest waits."""
        for mapping_id, line in lines.items():
            if not isinstance(line.decision, Held) or not can_be_decided(line.decision):
                continue
            drawn = self.dice.random()
            if drawn < 0.6:
                self.world.approve(mapping_id)
                self.town.tell(today, mapping_id, "is approved:", line.decision.sentence)
            elif drawn < 0.6 + self.town.manners.refuse:
                self.world.refuse(today, mapping_id)
                self.town.tell(today, mapping_id, "is refused:", line.decision.sentence)

    def write(self, today: date, lines: dict[str, LinePlan]) -> None:
        """What may be written."""
        for mapping_id, line in lines.items():
            if isinstance(line.decision, Apply):
                self.town.tell(today, mapping_id, "is written:", *tell(line))
                self.world.apply(line, today)

    def calm_down(self, today: date) -> date:
        """Nothing moves any more, everything that helps is approved, and invoices go on; the last day."""
        nights = 2
        for _ in range(CALM.days):
            nights = 2 if self.make_invoices(today) else nights
            if nights > 0:
                self.play_calm_night(today)
                nights -= 1
            today += ONE_DAY
        for _ in range(2):
            self.play_calm_night(today)
            today += ONE_DAY
        return today

    def play_calm_night(self, today: date) -> None:
        """A night on which all that waits is approved, but for what somebody refused."""
        self.read(today)
        for _ in range(PLANS_A_NIGHT):
            for mapping_id, line in self.world.plan(today).items():
                decision = line.decision
                if isinstance(decision, Held) and can_be_decided(decision) and decision.rule is not HoldRule.REFUSED:
                    self.world.approve(mapping_id)
            self.write(today, self.world.plan(today))
        self.keep_refused(today, self.world.plan(today))

    def judge(self, today: date) -> None:
        """What is wrong in the end: what nobody can settle, and days that were billed otherwise than they may."""
        lines = self.world.plan(today)
        self.problems += [f"in the end {line.mapping_id} waits: {reason}" for line, reason in list_stuck(lines)]
        billed: Counter[date] = Counter()
        for psa in self.world.psas.values():
            billed.update(psa.asked)
        for line in lines.values():
            for proposal in line.proposals:
                days = (proposal.last - proposal.start).days + 1
                billed.subtract({proposal.start + timedelta(days=each): proposal.seats for each in range(days)})
        through = min(psa.invoiced_through or date.min for psa in self.world.psas.values())
        breaches = find_breaches(
            billed,
            Read(self.levels, kept=self.kept),
            list(self.beats.values()),
            (self.first, min(through, today - SETTLED)),
            is_lower_bound=self.town.manners.is_lower_bound,
        )
        self.problems += [str(each) for each in breaches]


def walk(seed: int, manners: Manners) -> Walked:
    """The walk of a seed, the same each time."""
    return Walk(seed, manners).play()


def draw_beat(dice: Random) -> Beat:
    """Mostly months from the first on; some from the 15th or the last day, some quarters."""
    return Beat(dice.choice([1, 1, 15, 31]), dice.choice([1, 1, 1, 3]))


def draw_agreement(dice: Random, name: str, beat: Beat, manners: Manners) -> Psa:
    """In advance or in arrears, invoiced as it is in the middle of a month before the walk."""
    grid = Grid(2026, 1, beat.anchor, beat.months)
    in_arrears = dice.random() < 0.5
    period = grid.period_of(april(1))
    through = period.start - ONE_DAY if in_arrears else period.last
    return Psa(name, in_arrears, through, grid, prorates=dice.random() < manners.prorates)


def find_due(psa: Psa) -> date:
    """The day on which its next invoice is usually made."""
    assert psa.grid is not None
    assert psa.invoiced_through is not None
    period = psa.grid.period_of(psa.invoiced_through + ONE_DAY)
    return period.end if psa.in_arrears else period.start


def can_be_decided(held: Held) -> bool:
    """Whether an approval writes something; the other half of a transfer is written with it."""
    return bool(held.changes) and held.rule is not HoldRule.TRANSFER


def list_stuck(lines: dict[str, LinePlan]) -> list[tuple[LinePlan, str]]:
    """The lines that wait for good although everything was approved, but for what somebody refused."""
    found = []
    for line in lines.values():
        match line.decision:
            case Held(rule=HoldRule.REFUSED):
                continue
            case Held(sentence=sentence) | Parked(sentence=sentence):
                if not any(each in sentence for each in WAITS_FOR_AN_AGREEMENT):
                    found.append((line, sentence))
            case _:
                continue
    return found
