"""What changing a billing profile does to each addition that is billed by it, from its day on (billing rules, 3, 4, 9).

Prices and the billable option are not dated in the PSA: they count from P + 1, the first day not yet invoiced, and a
price from a later day counts from the first period that begins on it or after it. Another product takes over on E + 1.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from plans.agreements import Addition, Agreement
from plans.brakes import Thresholds
from plans.edits import is_countable, is_open
from plans.judgement import exceeds
from plans.ledger import count_seats
from plans.lines import choose_price
from profiles.billing import BillableOption, BillingProfile, CustomPrice
from profiles.money import round_money
from profiles.periods import ONE_DAY, Grid, share_month

NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a seat of an addition is billed. `price` is for a billing period; None where nobody here knows it."""

    product_id: str
    price: Decimal | None
    billable: BillableOption

    @property
    def amount(self) -> Decimal | None:
        """What a seat adds to an invoice."""
        return self.price if self.billable is BillableOption.BILLABLE else Decimal(0)


@dataclass(frozen=True, slots=True)
class Step:
    """From `day` on `after` holds, where `before` would. They are the same where a change is over again."""

    day: date
    before: Terms
    after: Terms


@dataclass(frozen=True, slots=True)
class BilledAddition:
    """An addition of a line that is billed by the profile, on its agreement as that was last read."""

    customer_id: str
    mapping_id: str
    agreement: Agreement
    addition: Addition


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of one addition. `steps` are in the order of their days, one at least."""

    billed: BilledAddition
    seats: int
    grid: Grid
    steps: tuple[Step, ...]

    @property
    def monthly(self) -> Fraction | None:
        """How much more is billed in a whole month, less where negative, at the step that moves most; None where a
        price is not known.
        """
        moved = [weigh_step(each, self.seats, self.grid) for each in self.steps]
        known = [each for each in moved if each is not None]
        return max(known, key=abs) if len(known) == len(moved) else None


@dataclass(frozen=True, slots=True)
class Effects:
    """What a change of a profile does. `unforeseen` are additions whose periods nobody knows: what has no day."""

    effects: tuple[Effect, ...]
    unforeseen: tuple[BilledAddition, ...] = ()

    @property
    def monthly(self) -> Decimal | None:
        """All of it together; None where the price of one is not known."""
        moved = [each.monthly for each in self.effects]
        known = [each for each in moved if each is not None]
        return round_money(sum(known, NOTHING)) if len(known) == len(moved) else None

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day on which an addition begins to be billed otherwise; None where none is."""
        starts = [each.steps[0].day for each in self.effects]
        return (min(starts), max(starts)) if starts else None


def find_effects(
    before: BillingProfile,
    after: BillingProfile,
    additions: Iterable[BilledAddition],
    catalogue: Mapping[str, Decimal],
    today: date,
) -> Effects:
    """What changing `before` into `after` does to the additions that are billed by it.

    `catalogue` are the PSA's own prices by product. Additions of another product keep their own terms, and those that
    bill no seat have nothing to move.
    """
    effects: list[Effect] = []
    unforeseen: list[BilledAddition] = []
    if is_billed_alike(before, after):
        return Effects(())
    for each in additions:
        addition, facts = each.addition, each.agreement.facts
        bills = is_countable(addition) and count_seats(addition) > 0
        if not bills or addition.product_id != before.product_id:
            continue
        if facts.grid is None or facts.invoiced_through is None:
            unforeseen.append(each)
            continue
        first_open = facts.invoiced_through + ONE_DAY
        if is_open(addition, first_open):
            steps = find_steps(before, after, addition, catalogue, (first_open, today), facts.grid)
            if steps:
                effects.append(Effect(each, count_seats(addition), facts.grid, steps))
    return Effects(tuple(effects), tuple(unforeseen))


def is_billed_alike(before: BillingProfile, after: BillingProfile) -> bool:
    """Whether the two differ in nothing that is sent to a PSA for what is mapped already."""
    return (before.product_id, before.price, before.billable_option) == (
        after.product_id,
        after.price,
        after.billable_option,
    )


def find_steps(
    before: BillingProfile,
    after: BillingProfile,
    addition: Addition,
    catalogue: Mapping[str, Decimal],
    days: tuple[date, date],
    grid: Grid,
) -> tuple[Step, ...]:
    """From which days on an addition is billed otherwise, as long as it bills. `days` are P + 1 and today."""
    first_open, today = days
    takes_over = max(first_open, grid.period_of(today).end)
    is_moved = before.product_id != after.product_id
    starts = {first_open, *list_price_days((before, after), first_open, grid)} | ({takes_over} if is_moved else set())
    steps: list[Step] = []
    last: tuple[Terms, Terms] | None = None
    for day in sorted(starts):
        if not is_open(addition, day):
            break
        old = stand(before, addition, day)
        new = old if is_moved and day < takes_over else stand(after, addition, day, catalogue)
        if (old, new) != last and (old != new or steps):
            steps.append(Step(day, old, new))
        last = (old, new)
    return tuple(steps)


def list_price_days(profiles: Sequence[BillingProfile], first_open: date, grid: Grid) -> set[date]:
    """The first days of the periods with which own prices begin to count, after `first_open`."""
    found: set[date] = set()
    for price in (each.price for each in profiles):
        for dated in price.amounts if isinstance(price, CustomPrice) else ():
            if dated.valid_from > first_open:
                period = grid.period_of(dated.valid_from)
                found.add(period.start if period.start == dated.valid_from else period.end)
    return found


def stand(
    profile: BillingProfile, addition: Addition, day: date, catalogue: Mapping[str, Decimal] | None = None
) -> Terms:
    """How an addition is billed by a profile from that day on: at its own price where the profile sends none."""
    own = choose_price(profile.price, day)
    kept = (
        addition.unit_price if profile.product_id == addition.product_id else (catalogue or {}).get(profile.product_id)
    )
    return Terms(profile.product_id, kept if own is None else own, profile.billable_option)


def weigh_step(step: Step, seats: int, grid: Grid) -> Fraction | None:
    """What a step moves in a whole month."""
    before, after = step.before.amount, step.after.amount
    return None if before is None or after is None else share_month(after - before, grid) * seats


def find_unusual(effects: Effects, customers: int, limits: Thresholds) -> tuple[str, ...]:
    """Why a change of a profile is more than the brakes let pass without a person (billing rules, 9): sentences.

    The limits are those of seats that move as much money in one night. `customers` are all that are written.
    """
    by_line: dict[str, Fraction] = {}
    by_customer: dict[str, Fraction] = {}
    for each in effects.effects:
        moved = each.monthly or NOTHING
        by_line[each.billed.mapping_id] = by_line.get(each.billed.mapping_id, NOTHING) + moved
        by_customer[each.billed.customer_id] = by_customer.get(each.billed.customer_id, NOTHING) + moved
    rises = sum(moved > limits.rise_money for moved in by_line.values())
    drops = sum(-moved > limits.drop_money for moved in by_line.values())
    up, down = (sum(moved > 0 for moved in by_customer.values()), sum(moved < 0 for moved in by_customer.values()))
    reasons = []
    if rises:
        reasons.append(f"{count_lines(rises)} by more than {limits.rise_money:.2f} a month.")
    if drops:
        reasons.append(f"{count_lines(drops, 'falls', 'fall')} by more than {limits.drop_money:.2f} a month.")
    if exceeds(up, customers, limits.night_increase_customers, limits.night_increase_percent):
        reasons.append(f"{up} of {customers} customers pay more.")
    if exceeds(down, customers, limits.night_decrease_customers, limits.night_decrease_percent):
        reasons.append(f"{down} of {customers} customers pay less.")
    if any(each.monthly is None for each in effects.effects):
        reasons.append("What some of it costs is not known.")
    return tuple(reasons)


def count_lines(count: int, one: str = "rises", many: str = "rise") -> str:
    """One mapped licence rises, 3 mapped licences rise."""
    return f"One mapped licence {one}" if count == 1 else f"{count} mapped licences {many}"
