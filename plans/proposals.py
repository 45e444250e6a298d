"""Credit proposals: seats that were invoiced and not owed, for which only a person can give money back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from plans.changes import Change, CreditProposal
from plans.ledger import add_effects
from plans.lines import Line, choose_price
from plans.places import Stay, find_place
from plans.timeline import Timeline, replace_from, subtract
from profiles.billing import Price
from profiles.money import round_money
from profiles.periods import ONE_DAY, Grid


def find_proposals(line: Line, changes: tuple[Change, ...], unit_price: Decimal | None) -> tuple[CreditProposal, ...]:
    """The stretches of days, already invoiced, on which the line bills more than it owes after `changes`.

    Each place is looked at by itself. Nothing is proposed for days before the line's first count, nor where nobody
    knows what is invoiced.
    """
    return tuple(each for stay in line.stays or () for each in find_proposals_on(stay, line, changes, unit_price))


def find_proposals_on(
    stay: Stay, line: Line, changes: tuple[Change, ...], unit_price: Decimal | None
) -> Iterator[CreditProposal]:
    """The proposals of one place, by what is invoiced there."""
    through = None if stay.facts is None else stay.facts.invoiced_through
    if stay.facts is None or through is None or not line.counts:
        return
    there = replace(line, agreement=replace(line.agreement, facts=stay.facts))
    own = [change for change in changes if find_place(change, line.input.profile.product_id) == stay.place]
    excess = subtract(add_effects(stay.billed, own), stay.owed)
    excess = replace_from(replace_from(Timeline(), line.counts[0].day, excess), through + ONE_DAY, Timeline())
    for (start, seats), (end, _) in zip(excess.steps, excess.steps[1:], strict=False):
        if seats > 0:
            yield propose(there, start, end - ONE_DAY, seats, unit_price)


def propose(line: Line, start: date, last: date, seats: int, unit_price: Decimal | None) -> CreditProposal:
    """One proposal with its days and, where a price is known, its amount."""
    grid, price = line.facts.grid, line.input.profile.price
    amount = None if unit_price is None or grid is None else price_days(start, last, seats, unit_price, grid, price)
    money = "" if amount is None else f", {amount:.2f}"
    sentence = (
        f"{seats} {line.input.mapping.licence_name} were invoiced from {start.isoformat()} through {last.isoformat()} "
        f"and not owed{money}. Give the money back in the PSA if you want to, and tick this off."
    )
    return CreditProposal(start, last, seats, amount, sentence)


def price_days(
    start: date, last: date, seats: int, unit_price: Decimal, grid: Grid, price: Price | None = None
) -> Decimal:
    """What so many seats cost from `start` through `last`, by actual days of each period, rounded once.

    A period costs what was in force on its first day where `price` says so (billing rules, 3), else `unit_price`.
    """
    total = Fraction(0)
    day = start
    while day <= last:
        period = grid.period_of(day)
        end = min(period.end, last + ONE_DAY)
        in_force = None if price is None else choose_price(price, period.start)
        total += Fraction(unit_price if in_force is None else in_force) * Fraction((end - day).days, period.days)
        day = end
    return round_money(total * seats)
