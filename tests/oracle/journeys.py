"""Random stories of mappings that move, from a seed: the nights and seats are those of `tests.oracle.timelines`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

from tests.oracle.facts import ONE_DAY, Reading, Scenario, find_period, place_invoices
from tests.oracle.telling import judge_scope
from tests.oracle.timelines import draw_scenario
from tests.oracle.transfers import Account, Journey, Strand, find_known_run

type Seats = tuple[int | None, ...]

OTHER_SEEDS = 10**6
FIRST, SECOND, THIRD = 1201, 1202, 1203
PRODUCTS = (501, 777)
ADOPTED_BEFORE = timedelta(days=5)


def draw_journey(seed: int) -> Journey:
    """The journey of a seed, of the kind that its number says; the same one every time.

    There is always a seat, so that every place that is left has a day on which it ends. What the rules leave open
    (`judge_scope`) is drawn anew.
    """
    draw = KINDS[seed % len(KINDS)]
    for attempt in range(1000):
        number = seed + OTHER_SEEDS * attempt
        frame = make_frame(draw_scenario(number))
        journey = None if judge_scope(frame) else draw(Random(number), frame)
        is_decided = journey is not None and all(not judge_scope(each) for each in list_views(journey))
        if journey is not None and is_decided:
            return journey
    raise AssertionError(f"No journey of {draw.__name__} for seed {seed}.")


def make_frame(scenario: Scenario) -> Scenario:
    """The scenario with one price, and one seat wherever it has none."""
    readings = tuple(
        replace(each, quantity=None if each.quantity is None else max(1, each.quantity)) for each in scenario.readings
    )
    return replace(scenario, readings=readings, prices=scenario.prices[:1], start=readings[0].day)


def list_views(journey: Journey) -> Iterator[Scenario]:
    """Every mapping as if it had been on each agreement from the first night to the last."""
    for strand in journey.strands:
        for account in journey.accounts:
            readings = tuple(
                Reading(each.day, seats) for each, seats in zip(journey.frame.readings, strand.seats, strict=True)
            )
            yield replace(journey.frame, readings=readings, invoices=account.invoices)


def read_seats(frame: Scenario) -> Seats:
    """The seats of each run."""
    return tuple(each.quantity for each in frame.readings)


def invoice_anew(dice: Random, frame: Scenario, number: int) -> Account:
    """Another agreement of the same periods, each invoiced some days before or after the first one's invoice."""
    made = [(each.period, each.made + dice.choice((0, 0, 1, 2, 3)) * ONE_DAY) for each in frame.invoices]
    return Account(number, place_invoices(frame.readings, made, dice.random() < 0.7))


def choose_runs(dice: Random, frame: Scenario, count: int) -> list[int] | None:
    """So many runs, in order, none of them before anything was billed, often within days of each other."""
    first = find_known_run(Strand("", read_seats(frame), ()), 0) + 1
    if len(frame.readings) - first < count + 1:
        return None
    if dice.random() < 0.5:
        start = dice.randrange(first, len(frame.readings) - count)
        near = range(start, min(start + 4 * count, len(frame.readings)))
        return sorted(dice.sample(near, min(count, len(near))))
    return sorted(dice.sample(range(first, len(frame.readings)), count))


def move_about(dice: Random, frame: Scenario, numbers: tuple[int, ...], products: tuple[int, ...]) -> Journey | None:
    """One mapping that goes to another place one to four times, and back."""
    runs = choose_runs(dice, frame, dice.choice((1, 1, 2, 3, 4)))
    if runs is None:
        return None
    spots = [(number, product) for number in numbers for product in products]
    moves = [(0, spots[0])]
    for run in runs:
        moves.append((run, dice.choice([spot for spot in spots if spot != moves[-1][1]])))
    accounts = [Account(FIRST, frame.invoices), *(invoice_anew(dice, frame, number) for number in numbers[1:])]
    return Journey("", frame, tuple(accounts), (Strand("spb", read_seats(frame), tuple(moves)),))


def another_agreement(dice: Random, frame: Scenario) -> Journey | None:
    journey = move_about(dice, frame, (FIRST, SECOND, THIRD), PRODUCTS[:1])
    return None if journey is None else replace(journey, kind="another agreement")


def another_product(dice: Random, frame: Scenario) -> Journey | None:
    journey = move_about(dice, frame, (FIRST,), PRODUCTS)
    return None if journey is None else replace(journey, kind="another product")


def both_at_once(dice: Random, frame: Scenario) -> Journey | None:
    journey = move_about(dice, frame, (FIRST, SECOND), PRODUCTS)
    return None if journey is None else replace(journey, kind="another agreement or product")


def share(dice: Random, seats: Seats, part: float) -> Seats:
    """A part of the seats, never none; now and then one more."""
    extra = 0
    shared: list[int | None] = []
    for each in seats:
        extra = dice.choice((0, 1, 2)) if dice.random() < 0.05 else extra
        shared.append(None if each is None else 1 + int(each * part) + extra)
    return tuple(shared)


def at(run: int = 0) -> tuple[tuple[int, tuple[int, int]], ...]:
    """A mapping that is on the first agreement from a run on."""
    return ((run, (FIRST, PRODUCTS[0])),)


def a_split(dice: Random, frame: Scenario) -> Journey | None:
    runs = choose_runs(dice, frame, 1)
    if runs is None:
        return None
    run, seats = find_known_run(Strand("", read_seats(frame), ()), runs[0]), read_seats(frame)
    if run == len(seats):
        return None
    strands = (
        Strand("spb", seats, at(), end=run),
        Strand("monthly", share(dice, seats, 0.6), at(run), first=run, follows=("spb",)),
        Strand("annual", share(dice, seats, 0.4), at(run), first=run, follows=("spb",)),
    )
    return Journey("a split", frame, (Account(FIRST, frame.invoices),), strands)


def a_merge(dice: Random, frame: Scenario) -> Journey | None:
    runs = choose_runs(dice, frame, 1)
    if runs is None:
        return None
    run, seats = find_known_run(Strand("", read_seats(frame), ()), runs[0]), read_seats(frame)
    if run == len(seats):
        return None
    strands = (
        Strand("monthly", share(dice, seats, 0.6), at(), end=run),
        Strand("annual", share(dice, seats, 0.4), at(), end=run),
        Strand("spb", seats, at(run), first=run, follows=("monthly", "annual")),
    )
    return Journey("a merge", frame, (Account(FIRST, frame.invoices),), strands)


def e3_to_e5(dice: Random, frame: Scenario) -> Journey | None:
    """What E3 loses E5 gets on the same night, but for a few seats that come or go."""
    seats = read_seats(frame)
    most = max(each for each in seats if each is not None) + 1
    other = tuple(None if each is None else most - each + dice.choice((0, 0, 0, 1)) for each in seats)
    strands = (Strand("e3", seats, at()), Strand("e5", other, ((0, (FIRST, PRODUCTS[1])),)))
    return Journey("E3 to E5", frame, (Account(FIRST, frame.invoices),), strands)


def a_child(dice: Random, frame: Scenario) -> Journey | None:
    """A mapping on a child, and half of the time another one on its parent."""
    seats = read_seats(frame)
    parent, child = Account(FIRST, frame.invoices), Account(SECOND, frame.invoices, parent=FIRST)
    strands = [Strand("spb", seats, ((0, (SECOND, PRODUCTS[0])),))]
    if dice.random() < 0.5:
        strands.append(Strand("other", share(dice, seats, 0.5), at()))
    return Journey("a child agreement", frame, (parent, child), tuple(strands))


def an_adoption(dice: Random, frame: Scenario) -> Journey | None:
    if frame.readings[0].quantity is None:
        return None
    start = find_period(frame.invoices[0].period, frame.anchor).start
    strand = Strand("spb", read_seats(frame), at(), adopted=start - dice.choice((1, 5)) * ADOPTED_BEFORE)
    return Journey("an adoption", frame, (Account(FIRST, frame.invoices),), (strand,))


def an_agreement_that_ends(dice: Random, frame: Scenario) -> Journey | None:
    """It ends with a period, in arrears inside one as well; on a night of that period its mapping goes to another."""
    runs = choose_runs(dice, frame, 1)
    if runs is None:
        return None
    run, seats = find_known_run(Strand("", read_seats(frame), ()), runs[0]), read_seats(frame)
    if run == len(seats):
        return None
    period = find_period(frame.readings[run].day, frame.anchor)
    if any(period.start <= each.day for each in frame.readings[:run] if each.quantity is not None):
        return None
    through = [find_period(each.period, frame.anchor).end for each in frame.invoices if each.seen <= run]
    if through and through[-1] > period.end:
        return None
    last_day = period.end - ONE_DAY
    if frame.mode == "arrears" and frame.prorates:
        left = (last_day - frame.readings[run].day).days
        last_day -= dice.choice((0, dice.randint(0, left))) * ONE_DAY
    accounts = (Account(FIRST, frame.invoices, last_day=last_day), invoice_anew(dice, frame, SECOND))
    strand = Strand("spb", seats, (*at(), (run, (SECOND, PRODUCTS[0]))))
    return Journey("an agreement that ends", frame, accounts, (strand,))


KINDS: tuple[Callable[[Random, Scenario], Journey | None], ...] = (
    another_agreement,
    another_product,
    both_at_once,
    a_split,
    a_merge,
    e3_to_e5,
    a_child,
    an_adoption,
    an_agreement_that_ends,
)
