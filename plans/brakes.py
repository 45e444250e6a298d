"""The brakes of one line: what is too unusual to be written without a person (billing rules, 9; R5)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from plans.changes import HoldRule


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the brakes bite. Percentages are of what was last invoiced; money is for a whole month.

    A rise or a night is held above the larger of its two limits.
    """

    drop_seats: int = 2
    drop_percent: int = 30
    drop_money: Decimal = Decimal(250)
    rise_seats: int = 10
    rise_percent: int = 50
    rise_money: Decimal = Decimal(500)
    night_unknown_customers: int = 3
    night_unknown_percent: int = 5
    night_decrease_customers: int = 5
    night_decrease_percent: int = 10
    night_increase_customers: int = 5
    night_increase_percent: int = 10


@dataclass(frozen=True, slots=True)
class Movement:
    """From what was last invoiced to what is wanted: the quantity billed, or the raw count behind it.

    `measured` says what `before` is, as it stands in a sentence: 25 last invoiced.
    """

    before: int
    after: int
    measured: str = "last invoiced"


@dataclass(frozen=True, slots=True)
class Brake:
    """A rule that bites, and why, as the end of a sentence."""

    rule: HoldRule
    reason: str


def brake_line(movements: tuple[Movement, ...], monthly: Decimal | Fraction | None, limits: Thresholds) -> Brake | None:
    """The first rule that bites on any of the movements; None where all of them are usual.

    The first movement is the quantity, which alone has a price: `monthly`, what a seat costs a month.
    """
    for place, movement in enumerate(movements):
        brake = brake_movement(movement, monthly if place == 0 else None, limits)
        if brake is not None:
            return brake
    return None


def brake_movement(movement: Movement, monthly: Decimal | Fraction | None, limits: Thresholds) -> Brake | None:
    """The first rule that bites on one movement."""
    if movement.after < movement.before:
        return brake_drop(movement, monthly, limits)
    return brake_rise(movement, monthly, limits) if movement.after > movement.before else None


def brake_drop(movement: Movement, monthly: Decimal | Fraction | None, limits: Thresholds) -> Brake | None:
    """Falling to nothing, by too large a share, or by too much money."""
    drop = movement.before - movement.after
    if movement.after == 0:
        return Brake(HoldRule.TO_ZERO, "nothing would be billed any more")
    if drop >= limits.drop_seats and drop * 100 > movement.before * limits.drop_percent:
        reason = f"that is more than {limits.drop_percent} % less than the {movement.before} {movement.measured}"
        return Brake(HoldRule.LARGE_DROP, reason)
    if monthly is not None and drop * Fraction(monthly) > Fraction(limits.drop_money):
        return Brake(
            HoldRule.LARGE_DROP,
            f"that is more than {limits.drop_money:.2f} a month less than the {movement.before} {movement.measured}",
        )
    return None


def brake_rise(movement: Movement, monthly: Decimal | Fraction | None, limits: Thresholds) -> Brake | None:
    """Rising by too many seats, or by too much money."""
    rise = movement.after - movement.before
    if rise > limits.rise_seats and rise * 100 > movement.before * limits.rise_percent:
        reason = (
            f"that is more than {limits.rise_seats} seats and {limits.rise_percent} % above the {movement.before} "
            f"{movement.measured}"
        )
        return Brake(HoldRule.LARGE_RISE, reason)
    if monthly is not None and rise * Fraction(monthly) > Fraction(limits.rise_money):
        return Brake(
            HoldRule.LARGE_RISE,
            f"that is more than {limits.rise_money:.2f} a month more than the {movement.before} {movement.measured}",
        )
    return None


def brake_lost_floor(seats: int) -> Brake:
    """A fall below what was committed when terms were last read."""
    were = "1 seat of it was" if seats == 1 else f"{seats} seats of it were"
    reason = f"{were} committed to the end of a term by the last reading of Partner Center, and it is read here no more"
    return Brake(HoldRule.FLOOR_UNREAD, reason)


def brake_first(seats: int, monthly: Decimal | Fraction | None, limits: Thresholds) -> Brake | None:
    """A first addition of a line that a rule mapped: it is compared with nothing, by the limits of a rise."""
    rise = brake_rise(Movement(0, seats), monthly, limits)
    if rise is None:
        return None
    much = f"{limits.rise_seats} seats" if seats > limits.rise_seats else f"{limits.rise_money:.2f} a month"
    reason = f"a mapping rule mapped it and nobody has looked at it yet, and its first addition is of more than {much}"
    return Brake(HoldRule.FIRST_BY_RULE, reason)
