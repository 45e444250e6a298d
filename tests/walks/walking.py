"""One walk: ten weeks of nights, acts and invoices over two agreements in memory, then a calm until all is invoiced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from plans.changes import Apply, Held, HoldRule, Parked
from plans.plan import LinePlan
from profiles.periods import ONE_DAY
from tests.unit.plans.nights import World, april, tell
from tests.walks.bounds import Read, find_breaches
from tests.walks.connectwise import ConnectWise
from tests.walks.grounds import MOST, Ground
from tests.walks.people import Manners, Town, draw_delay, draw_level

WEEKS = timedelta(weeks=10)
CALM = timedelta(days=110)
SETTLED = timedelta(days=40)
"""Days that are still open at the end, or whose catch-up is to come, are not judged."""

type Begin = Callable[[Random, Manners], Ground]


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk came to: what is wrong, and what happened."""

    problems: tuple[str, ...]
    told: tuple[str, ...]


class Walk:
    """The nights of one seed. `problems` are filled on the way and at the end."""

    def __init__(self, seed: int, manners: Manners, begin: Begin) -> None:
        self.dice = Random(f"walk {seed}")
        self.ground = begin(self.dice, manners)
        self.world.map()
        self.world.change(gives_credits=self.dice.random() < manners.credits)
        self.town = Town(self.dice, manners, self.ground)
        self.delays = {name: draw_delay(self.dice) for name in self.ground.list_due()}
        self.level = self.dice.randint(1, 12)
        self.first = april(self.dice.randint(1, 20))
        self.is_invoiced_first = self.dice.random() < 0.5
        self.levels: dict[date, int] = {}
        self.kept: dict[date, int] = {}
        self.told: dict[date, int] = {}
        self.problems: list[str] = []

    @property
    def world(self) -> World:
        """The customer."""
        return self.ground.world

    def play(self) -> Walked:
        """All of it."""
        today = self.first
        while today <= self.first + WEEKS:
            self.begin(today)
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

    def begin(self, today: date) -> None:
        """What happens by itself."""
        for words in self.ground.begin(today):
            self.town.tell(today, words)

    def make_invoices(self, today: date) -> bool:
        """Those whose day has come; whether there was one."""
        made = False
        for name in self.ground.list_due():
            self.delays.setdefault(name, timedelta())
            while (due := self.ground.list_due().get(name)) is not None and due + self.delays[name] <= today:
                through = self.ground.invoice(name, today)
                self.town.tell(today, "agreement", name, "is invoiced through", through)
                self.delays[name] = draw_delay(self.dice)
                made = True
        return made

    def play_night(self, today: date) -> None:
        """One night that could read, with people at the approvals; on some nobody knows what is invoiced, and on some
        the worker dies before it writes, or while it does."""
        manners = self.town.manners
        if self.dice.random() < manners.unknown_invoices:
            self.ground.hide_invoices()
        lives = self.dice.random() >= manners.late_worker
        self.read(today)
        lines = self.world.plan(today)
        is_decided = self.decide(today, lines)
        writes = self.ground.plans_a_night if lives else int(self.ground.die(self.dice))
        for _ in range(writes):
            if not is_decided and not writes_anything(lines):
                break
            self.write(today, lines)
            lines, is_decided = self.world.plan(today), False
        self.keep(today, lines)
        for line in lines.values():
            if lives and isinstance(line.decision, Apply):
                self.problems.append(f"{today}: {line.mapping_id} is not at rest: {tell(line)}")
        self.ground.end_night()

    def read(self, today: date) -> None:
        """The level, by every mapping that counts."""
        self.world.read(today, dict.fromkeys([self.town.live, *self.town.ended], self.level))
        self.levels[today] = self.world.journals[self.town.live].counts[-1].quantity
        self.town.tell(today, "read", self.level)

    def keep(self, today: date, lines: dict[str, LinePlan]) -> None:
        """What somebody refused to have lowered may be billed on; what people were told to bill by hand."""
        for line in lines.values():
            if isinstance(line.decision, Held) and line.decision.rule is HoldRule.REFUSED:
                self.kept[today] = max(self.kept.get(today, 0), line.quantity_billed)
        for day, seats in self.ground.list_told(lines).items():
            self.told[day] = max(self.told.get(day, 0), seats)

    def decide(self, today: date, lines: dict[str, LinePlan]) -> bool:
        """What people say to what is held: most is approved, some refused, the rest waits. What else they are told to
        do they do. Whether they did anything."""
        is_decided = self.help(today, lines)
        for mapping_id, line in lines.items():
            if not isinstance(line.decision, Held) or not self.can_be_decided(line.decision):
                continue
            drawn = self.dice.random()
            is_decided = is_decided or drawn < 0.6 + self.town.manners.refuse
            if drawn < 0.6:
                self.approve(today, mapping_id, line.decision)
            elif drawn < 0.6 + self.town.manners.refuse:
                self.world.refuse(today, mapping_id)
                self.town.tell(today, mapping_id, "is refused:", line.decision.sentence)
        return is_decided

    def help(self, today: date, lines: dict[str, LinePlan]) -> bool:
        """What people do who are told to; whether there was anything."""
        done = list(self.ground.help(today, lines))
        for words in done:
            self.town.tell(today, words)
        return bool(done)

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
            self.begin(today)
            nights = 2 if self.make_invoices(today) else nights
            if nights > 0 or self.ground.wakes(today):
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
        lines = self.world.plan(today)
        if self.help(today, lines):
            lines = self.world.plan(today)
        for _ in range(self.ground.plans_a_night):
            if self.approve_all(today, lines):
                lines = self.world.plan(today)
            if not writes_anything(lines):
                break
            self.write(today, lines)
            lines = self.world.plan(today)
        self.keep(today, lines)

    def approve_all(self, today: date, lines: dict[str, LinePlan]) -> bool:
        """Whatever helps, but for what somebody refused; whether there was anything."""
        approved = False
        for mapping_id, line in lines.items():
            held = line.decision
            if isinstance(held, Held) and held.rule is not HoldRule.REFUSED and self.can_be_decided(held):
                self.approve(today, mapping_id, held)
                approved = True
        return approved

    def approve(self, today: date, mapping_id: str, held: Held) -> None:
        """A person approves, and lets those days go of which they are told that nothing is billed on them."""
        self.town.tell(today, mapping_id, "is approved:", held.sentence)
        self.world.approve(mapping_id)
        self.told |= dict.fromkeys(self.ground.list_let_go(held), MOST)

    def can_be_decided(self, held: Held) -> bool:
        """Whether an approval writes something; the other half of a transfer is written with it."""
        return bool(held.changes) and held.rule is not HoldRule.TRANSFER and self.ground.is_approved(held)

    def judge(self, today: date) -> None:
        """What is wrong in the end: what nobody can settle, and days that were billed otherwise than they may."""
        lines, waits = self.world.plan(today), self.ground.waits
        self.problems += self.ground.list_problems()
        self.problems += [f"in the end {line.mapping_id} waits: {reason}" for line, reason in list_stuck(lines, waits)]
        billed = self.ground.count_billed()
        for line in lines.values():
            for proposal in line.proposals:
                days = (proposal.last - proposal.start).days + 1
                billed.subtract({proposal.start + timedelta(days=each): proposal.seats for each in range(days)})
        breaches = find_breaches(
            billed,
            Read(self.levels, kept=self.kept, told=self.told, ahead=self.ground.list_ahead()),
            self.ground.list_beats(),
            (self.first, min(self.ground.find_through(), today - SETTLED)),
            is_lower_bound=self.town.manners.is_lower_bound,
        )
        self.problems += [str(each) for each in breaches]


def walk(seed: int, manners: Manners, begin: Begin = ConnectWise) -> Walked:
    """The walk of a seed over a PSA's ground, the same each time."""
    return Walk(seed, manners, begin).play()


def writes_anything(lines: dict[str, LinePlan]) -> bool:
    """Whether there is anything to write."""
    return any(isinstance(line.decision, Apply) for line in lines.values())


def list_stuck(lines: dict[str, LinePlan], waits: Sequence[str]) -> list[tuple[LinePlan, str]]:
    """The lines that wait for good although everything was approved, but for what somebody refused."""
    found = []
    for line in lines.values():
        match line.decision:
            case Held(rule=HoldRule.REFUSED):
                continue
            case Held(sentence=sentence) | Parked(sentence=sentence):
                if not any(each in sentence for each in waits):
                    found.append((line, sentence))
            case _:
                continue
    return found
