"""Walks over two contracts in Autotask, some of which end and are renewed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import override

from plans.brakes import Thresholds
from plans.changes import Held, HoldRule, Parked
from plans.plan import LinePlan
from profiles.periods import ONE_DAY, Grid
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import april
from tests.unit.psa.autotask.contracts import Contract
from tests.unit.psa.autotask.world import AutotaskWorld
from tests.walks.bounds import Ahead, Beat
from tests.walks.grounds import NO_BRAKES, OTHER, Ground
from tests.walks.people import Manners

YEAR_END, RENEWED_THROUGH = date(2026, 12, 31), date(2027, 6, 30)
FIRST_END, LAST_END = date(2026, 4, 25), date(2026, 6, 20)
LEAD = timedelta(days=4)
BY_HAND = re.compile(r"(\d+) more .* (?:for|from) ([^.]*?)(?: through ([^.]*?))? are not billed: ")
COPIED = "carries our key"
LET_GO = re.compile(r"nothing would be billed from ([^.:]*?) through (\d+ \w+ \d+)")


class Autotask(Ground):
    """Two contracts, in advance or in arrears. `ends` are those that end and the day on which each is renewed."""

    waits = ("Give it in Autotask by hand", "Bill the difference by hand")
    plans_a_night = 4

    def __init__(self, dice: Random, manners: Manners) -> None:
        beats = {name: Beat(dice.choice([1, 1, 15, 31]), dice.choice([1, 1, 1, 3])) for name in (HOME, OTHER)}
        is_calm = dice.random() >= manners.brakes
        refuses_posted = dice.random() < manners.refuses_posted
        contracts = {name: draw_contract(dice, name, beat, manners) for name, beat in beats.items()}
        for each in contracts.values():
            each.refuses_posted = refuses_posted
        self.ends = {
            each.id: each.ends_on + timedelta(days=dice.choice([-20, -5, -1, 1, 4]))
            for each in contracts.values()
            if each.ends_on < YEAR_END
        }
        self.keeps_text = dice.random() < 0.5
        self.contracts = contracts
        self.world = self.town = AutotaskWorld(
            contracts=contracts,
            psas={},
            thresholds=NO_BRAKES if is_calm else Thresholds(),
            prorates=dice.random() < manners.prorates,
        )

    @override
    def begin(self, today: date) -> Iterator[str]:
        """Contracts are renewed."""
        for name, day in list(self.ends.items()):
            if day <= today:
                made = self.contracts[name].renew(RENEWED_THROUGH, keeps_text=self.keeps_text)
                self.contracts[made.id] = made
                del self.ends[name]
                yield f"contract {name} through {self.contracts[name].ends_on} is renewed as {made.id}"

    @override
    def list_agreements(self, today: date) -> Sequence[str]:
        """Those that run today."""
        return [each.id for each in self.contracts.values() if each.starts_on <= today <= each.ends_on] or [HOME]

    @override
    def list_beats(self) -> Sequence[Beat]:
        return [
            Beat(each.starts_on.day, each.months, each.starts_on.month, each.starts_on)
            for each in self.contracts.values()
        ]

    @override
    def switch_flag(self, dice: Random) -> str:
        self.town.prorates = not self.town.prorates
        return "increases count from their day" if self.town.prorates else "increases wait for the next period"

    @override
    def list_due(self) -> Mapping[str, date]:
        due = {each.id: each.find_due() for each in self.contracts.values()}
        return {name: day for name, day in due.items() if day is not None}

    @override
    def invoice(self, agreement_id: str, today: date) -> date:
        self.contracts[agreement_id].post(today)
        return self.contracts[agreement_id].through

    @override
    def hide_invoices(self) -> None:
        """No contract answers."""
        self.town.unread = True

    @override
    def die(self, dice: Random) -> bool:
        self.town.room = dice.choice([0, 1, 2])
        return True

    @override
    def end_night(self) -> None:
        self.town.unread, self.town.room = False, None

    @override
    def wakes(self, today: date) -> bool:
        """Some nights before each period, and before each posting."""
        starts = (period.first for each in self.contracts.values() for period in each.term.periods())
        return any(today <= day <= today + LEAD for day in (*starts, *self.list_due().values()))

    @override
    def help(self, today: date, lines: Mapping[str, LinePlan]) -> Iterator[str]:
        """Lines are mapped to renewals where they are told to be; what a renewal carried over for nobody is ended."""
        waiting = [
            line for line in lines.values() if isinstance(line.decision, Parked) and "Map " in line.decision.sentence
        ]
        if any(isinstance(line.decision, Parked) and COPIED in line.decision.sentence for line in lines.values()):
            yield from self.town.clear_copied(today)
        for line in waiting:
            yield f"{line.mapping_id} {self.town.map_to_renewal(line.mapping_id, today)}"
        if lines and not waiting:
            yield from self.town.end_carried(today)

    @override
    def is_approved(self, held: Held) -> bool:
        """Nobody wants anything billed twice."""
        return held.rule is not HoldRule.UNADOPTED_ADDITION

    @override
    def list_let_go(self, held: Held) -> Sequence[date]:
        found = LET_GO.search(held.sentence)
        return () if found is None else list_days(read_day(found[1]), read_day(found[2]))

    @override
    def list_told(self, lines: Mapping[str, LinePlan]) -> Mapping[date, int]:
        told: Counter[date] = Counter()
        for line in lines.values():
            for each in line.scheduled:
                told.update(read_by_hand(each.sentence))
        return told

    @override
    def list_ahead(self) -> Mapping[date, Ahead]:
        ahead: dict[date, Ahead] = {}
        for day, made_on, fallen in (found for each in self.contracts.values() for found in each.list_ahead()):
            before = ahead.get(day, Ahead(made_on))
            ahead[day] = Ahead(min(made_on, before.changed_on), fallen + before.fallen)
        return ahead

    @override
    def count_billed(self) -> Counter[date]:
        billed: Counter[date] = Counter()
        for each in self.contracts.values():
            billed.update(each.count_units())
        return billed

    @override
    def find_through(self) -> date:
        open_ones = [each.through for each in self.contracts.values() if each.find_due() is not None]
        return min(open_ones)

    @override
    def list_problems(self) -> Sequence[str]:
        return self.town.refused


def read_by_hand(sentence: str) -> Mapping[date, int]:
    """The seats of each day that a sentence tells a person to bill by hand; none where it tells of none."""
    found = BY_HAND.match(sentence)
    if found is None:
        return {}
    return dict.fromkeys(list_days(read_day(found[2]), read_day(found[3] or found[2])), int(found[1]))


def list_days(first: date, last: date) -> list[date]:
    """Every day from one through the other."""
    return [first + timedelta(days=each) for each in range((last - first).days + 1)]


def read_day(text: str) -> date:
    """A day as sentences write it."""
    return datetime.strptime(text, "%d %b %Y").date()  # noqa: DTZ007 - a day has no zone


def draw_contract(dice: Random, name: str, beat: Beat, manners: Manners) -> Contract:
    """In advance or in arrears, posted as it is in the middle of a month before the walk."""
    start = Grid(2026, 1, beat.anchor, beat.months).period_of(april(1)).start
    first = date(2026, 1, beat.anchor)
    in_arrears = dice.random() < 0.5
    ends_on = draw_end(dice, Grid(2026, 1, beat.anchor, beat.months)) if dice.random() < manners.ends else YEAR_END
    made = Contract(name, first, ends_on, beat.months, in_arrears, first - ONE_DAY)
    while (due := made.find_due()) is not None and due <= start:
        made.post(due)
    return made


def draw_end(dice: Random, grid: Grid) -> date:
    """With a period mostly, else inside one."""
    day = FIRST_END + timedelta(days=dice.randrange((LAST_END - FIRST_END).days))
    return grid.period_of(day).last if dice.random() < 0.6 else day
