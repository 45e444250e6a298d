"""How many units of a contract service there are, part by part, made from its adjustments. Pure.

A period is one part, and is cut where an adjustment takes effect inside it; an adjustment changes its own day and every
later one. A service has parts from its first adjustment on (autotask-halo.md 2, ContractServiceUnits).

What a part costs: units x price x its days / the days of its whole period, rounded half up. That rows show the prorated
amount, and that days are counted so, is not verified anywhere (autotask-halo.md 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from local.simulators.autotask.contract_periods import Term
from local.simulators.periods import Period
from local.simulators.rounding import round_cents


class PostedRows(StrEnum):
    """What a posted row becomes when its period is adjusted: cut short, or left whole beside a further row that holds
    all units from its day on, or only those that came. Which it is, is not verified anywhere (autotask-halo.md 2)."""

    CUT = "cut"
    WHOLE_BESIDE_TOTALS = "whole_beside_totals"
    WHOLE_BESIDE_DELTAS = "whole_beside_deltas"


@dataclass(frozen=True)
class Adjustment:
    """So many units more or fewer from a day on; a price or a cost of None stays as it was."""

    number: int
    effective: date
    units: int
    price: Decimal | None = None
    cost: Decimal | None = None


@dataclass(frozen=True)
class Part:
    """A stretch of one period with one quantity at one price; `period` is the whole of it."""

    first: date
    last: date
    period: Period
    units: int
    unit_price: Decimal
    unit_cost: Decimal

    @property
    def price(self) -> Decimal:
        return round_cents(self._share() * Fraction(self.unit_price))

    @property
    def cost(self) -> Decimal:
        return round_cents(self._share() * Fraction(self.unit_cost))

    def _share(self) -> Fraction:
        return Fraction(self.units * ((self.last - self.first).days + 1), self.period.days)


def make_parts(term: Term, price: Decimal, cost: Decimal, adjustments: Iterable[Adjustment]) -> list[Part]:
    """Every part from the first adjustment to the end of the term. `price` and `cost` are those it begins with."""
    ordered = in_order(adjustments)
    return [part for period in term.periods() for part in cut_period(term, period, price, cost, ordered)]


def in_order(adjustments: Iterable[Adjustment]) -> list[Adjustment]:
    """By the day they take effect, and of one day the older first."""
    return sorted(adjustments, key=lambda each: (each.effective, each.number))


def cut_period(
    term: Term, period: Period, price: Decimal, cost: Decimal, ordered: Sequence[Adjustment]
) -> Iterator[Part]:
    """The parts of one period; none before the first adjustment."""
    end = min(period.last, term.last)
    known = [each for each in ordered if each.effective <= end]
    days = {max(each.effective, period.first) for each in known}
    starts = sorted(days)
    for place, first in enumerate(starts):
        last = starts[place + 1] - timedelta(days=1) if place + 1 < len(starts) else end
        units, unit_price, unit_cost = 0, price, cost
        for each in known:
            if each.effective <= first:
                units += each.units
                unit_price = unit_price if each.price is None else each.price
                unit_cost = unit_cost if each.cost is None else each.cost
        yield Part(first, last, period, units, unit_price, unit_cost)


def stand_beside(parts: Sequence[Part], standing: Set[date], kind: PostedRows) -> Iterator[Part]:
    """The parts that get a row where the rows that begin on the days of `standing` were posted and stay whole."""
    posted = {part.period for part in parts if part.first in standing}
    before: Part | None = None
    for part in parts:
        follows = before is not None and before.period == part.period
        if part.first not in standing:
            is_delta = kind is PostedRows.WHOLE_BESIDE_DELTAS and part.period in posted and follows
            last = max(each.last for each in parts if each.period == part.period) if is_delta else part.last
            came = part.units - before.units if is_delta and before is not None else part.units
            yield replace(part, units=came, last=last)
        before = part
