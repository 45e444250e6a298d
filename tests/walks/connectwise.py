"""Walks over two agreements in ConnectWise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import override

from plans.brakes import Thresholds
from profiles.periods import ONE_DAY, Grid
from tests.unit.plans.agreements import HOME, Psa
from tests.unit.plans.nights import World, april
from tests.walks.bounds import Beat
from tests.walks.grounds import NO_BRAKES, OTHER, Ground
from tests.walks.people import Manners


class ConnectWise(Ground):
    """Two agreements, in advance or in arrears, which never end."""

    waits = ("cannot begin on", "which waits")
    """Two agreements that do not prorate and begin on other days: nothing helps but a person (docs/billing.md)."""

    def __init__(self, dice: Random, manners: Manners) -> None:
        self.beats = {name: draw_beat(dice) for name in (HOME, OTHER)}
        is_calm = dice.random() >= manners.brakes
        self.world = World(
            {name: draw_agreement(dice, name, beat, manners) for name, beat in self.beats.items()},
            thresholds=NO_BRAKES if is_calm else Thresholds(),
        )

    @override
    def list_agreements(self, today: date) -> Sequence[str]:
        return [HOME, OTHER]

    @override
    def list_beats(self) -> Sequence[Beat]:
        return list(self.beats.values())

    @override
    def switch_flag(self, dice: Random) -> str:
        psa = self.world.psas[dice.choice([HOME, OTHER])]
        psa.prorates = not psa.prorates
        return f"agreement {psa.id} {'prorates' if psa.prorates else 'does not prorate'}"

    @override
    def list_due(self) -> Mapping[str, date]:
        return {name: find_due(psa) for name, psa in self.world.psas.items()}

    @override
    def invoice(self, agreement_id: str, today: date) -> date:
        psa = self.world.psas[agreement_id]
        psa.invoice()
        return psa.invoiced_through or date.min

    @override
    def hide_invoices(self) -> None:
        for psa in self.world.psas.values():
            psa.doubt = "Nobody could read the invoices."

    @override
    def end_night(self) -> None:
        for psa in self.world.psas.values():
            psa.doubt = ""

    @override
    def count_billed(self) -> Counter[date]:
        billed: Counter[date] = Counter()
        for psa in self.world.psas.values():
            billed.update(psa.asked)
        return billed

    @override
    def find_through(self) -> date:
        return min(psa.invoiced_through or date.min for psa in self.world.psas.values())


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
