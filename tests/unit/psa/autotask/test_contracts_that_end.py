"""Lines whose contract ends: what is over with it counts no more, and what carries it on is nobody's stranger.

Contract 12 is billed in advance, by calendar months; contract 13 goes on to the end of the year. A seat costs 20.00.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from plans.changes import Apply, Decision, Held, HoldRule, Parked, Unchanged
from plans.ledger import derive_billed
from tests.unit.plans.nights import SPB, april, held_by, june, may, tell, tell_change
from tests.unit.psa.autotask.contracts import Contract
from tests.unit.psa.autotask.world import AutotaskWorld

YEAR_END = date(2026, 12, 31)


def make_world(ends_on: date, seats: int) -> AutotaskWorld:
    """So many seats from 1 April on contract 12, which ends on that day."""
    contracts = {
        number: Contract(number, date(2026, 1, 1), last, 1, in_arrears=False, through=date(2025, 12, 31))
        for number, last in (("12", ends_on), ("13", YEAR_END))
    }
    for each in contracts.values():
        for month in (1, 2, 3):
            each.post(date(2026, month, 1))
    world = AutotaskWorld(psas={}, contracts=contracts)
    world.map()
    live(world, april(1), april(20), spb=seats)
    return world


def live(world: AutotaskWorld, first: date, last: date, **readings: int) -> None:
    """A night each day, and each period posted on its first day."""
    for offset in range((last - first).days + 1):
        today = first + timedelta(days=offset)
        for each in world.contracts.values():
            if each.find_due() is not None and each.find_due() == today:
                each.post(today)
        world.night(today, **readings)


def test_units_of_a_contract_that_ends_are_no_seats_beside_those_that_go_on_elsewhere() -> None:
    """20 seats, moved on 20 May to contract 13 because 12 ends on the 31st: 400.00 a month before and after. They were
    held as a large rise, 20 → 40, because nothing ends the units of a contract but its end."""
    world = make_world(may(31), 20)
    live(world, april(21), may(20), spb=20)
    world.change(agreement_id="13")
    live(world, may(21), june(2), spb=20)
    assert world.contracts["13"].count_units()[june(1)] == 20
    assert world.plan(june(2))[SPB].billed == derive_billed(world.journals[SPB].ledger), "writes rest on it"


def test_nothing_at_all_is_down_to_nothing_though_a_contract_that_is_over_had_units() -> None:
    """20 seats moved as above, of which 5 are left in July: 20 → 5, and then 5 → 0, 100.00 a month. The 20 of contract
    12 were counted for good: once that rise was approved, the line was shown as 40, then 25, and "25 → 20"."""
    world = make_world(may(31), 20)
    live(world, april(21), may(20), spb=20)
    world.change(agreement_id="13")
    live(world, may(21), june(5), spb=20)
    live(world, june(6), june(7), spb=5)
    world.approve()
    live(world, june(8), date(2026, 7, 5), spb=5)
    assert world.contracts["13"].count_units()[date(2026, 7, 5)] == 5
    world.read(date(2026, 7, 6), {SPB: 0})
    world.read(date(2026, 7, 7), {SPB: 0})
    line = world.plan(date(2026, 7, 7))[SPB]
    assert held_by(line) == "to_zero"
    assert isinstance(line.decision, Held)
    assert line.decision.sentence.startswith("5 → 0 spb: nothing would be billed any more.")


def renew(world: AutotaskWorld) -> Contract:
    """Contract 12 is renewed as 112, and Autotask copies the services' internal descriptions."""
    made = world.contracts["12"].renew(YEAR_END, keeps_text=True)
    world.contracts[made.id] = made
    return made


def test_what_a_line_adopted_is_not_beside_it_whatever_its_key_says() -> None:
    """10 seats of `spb`, which `m1` follows on 20 April; contract 12 ends on the 30th and is renewed. Whoever is told
    to map the licence to 112 and to adopt what bills it there does so: that has the key of `spb`. 12 seats from 3 May
    were held as Billed twice? beside it, "end it in the PSA", and whoever did that stopped 200.00 a month."""
    world = make_world(april(30), 10)
    world.map("m1", agreement_id="12")
    world.change("m1", follows=(SPB,))
    world.change(is_ended=True)
    live(world, april(21), april(29), spb=10, m1=10)
    renew(world)
    live(world, april(30), may(1), spb=10, m1=10)
    assert isinstance(parked := world.plan(may(1))["m1"].decision, Parked)
    assert parked.sentence.endswith("Map the licence to agreement 112, and adopt what bills it there.")
    assert world.map_to_renewal("m1", may(1)) == "is mapped to 112, adopting ['112002']"
    world.read(may(3), {"m1": 12})
    assert held_by(world.plan(may(3))["m1"]) == "first_after_adoption"
    world.approve("m1")
    assert tell(world.plan(may(3))["m1"]) == ["10→12 from 2026-05-03"]


def test_a_service_that_came_to_nothing_is_beside_no_line() -> None:
    """Somebody's service of the product on contract 13 had 4 units in March and has none since April: 10 seats, 200.00
    a month, were held as Billed twice? beside "addition 13002 bills 0", and a service in Autotask has no other end.
    Once it has 4 again, it is one."""
    world = make_world(YEAR_END, 10)
    strange = world.contracts["13"].add_service("501", "").id
    world.contracts["13"].adjust(strange, date(2026, 3, 1), 4, date(2026, 3, 1))
    world.contracts["13"].adjust(strange, april(1), -4, april(1))
    world.map("m1", agreement_id="13")
    world.read(april(21), {"m1": 10})
    assert tell(world.plan(april(21))["m1"]) == ["0 from 2026-04-21", "0→10 from 2026-04-21"]
    live(world, april(21), april(21), m1=10)
    world.contracts["13"].adjust(strange, april(22), 4, april(22))
    world.read(april(23), {"m1": 12})
    assert held_by(world.plan(april(23))["m1"]) == "unadopted_addition"


def take_over_late(seats: int) -> Decision:
    """Contract 12 ends on 30 April with 10 seats. `m1` takes over from `spb` on contract 13, on 4 May, when it is read
    first; so many seats were there meanwhile."""
    world = make_world(april(30), 10)
    live(world, april(21), april(30), spb=10)
    for day in (1, 2, 3):
        world.read(may(day), {SPB: seats})
        assert isinstance(world.plan(may(day))[SPB].decision, Parked)
    world.map("m1", agreement_id="13")
    world.change("m1", follows=(SPB,))
    world.change(is_ended=True)
    world.read(may(4), {SPB: 10, "m1": 10})
    return world.plan(may(4))["m1"].decision


def test_days_between_a_contract_that_is_over_and_what_takes_over_are_not_lost_unseen() -> None:
    """10 seats from 1 through 3 May, 10 x 20.00 x 3/31 = 19.35, were billed nowhere and nobody was told."""
    held = take_over_late(seats=10)
    assert isinstance(held, Held)
    assert held.rule is HoldRule.TO_ZERO
    assert held.sentence == (
        "0 → 10 m1: nothing would be billed from 1 May 2026 through 3 May 2026: agreement 12, which they come from, "
        "ended the day before. Bill these days by hand. Approve it, or refuse it."
    )
    assert [tell_change(each) for each in held.changes] == ["0 from 2026-05-04", "0→10 from 2026-05-04"]


def test_days_on_which_nobody_was_there_are_not_lost() -> None:
    assert isinstance(take_over_late(seats=0), Apply)


def test_what_fell_on_the_last_day_of_a_contract_takes_nothing_from_its_renewal() -> None:
    """10 seats, credits on; 12 is renewed with 10, and 6 are read from 31 May on: 10 → 6 from 31 May in the old
    contract, and 10 → 6 from 1 July in the new one, which is posted through June; 80.00 are proposed for that. The
    ledger took the first fall for one of the renewal's units too, and "6 → 2" was asked about."""
    world = make_world(may(31), 10)
    world.change(gives_credits=True)
    live(world, april(21), may(30), spb=10)
    renew(world)
    world.read(may(31), {SPB: 6})
    live(world, june(1), june(1), spb=6)
    assert say(world, june(1)).startswith("10 → 6 from 31 May 2026 through 31 May 2026, then 10 spb: ")
    world.approve()
    live(world, june(2), june(2), spb=6)
    assert say(world, june(2)).startswith("10 → 6 spb: ")
    world.approve()
    live(world, june(3), june(30), spb=6)
    assert [each.amount for each in world.plan(june(30))[SPB].proposals] == [Decimal(80)]


def say(world: AutotaskWorld, today: date) -> str:
    """Why the line is held."""
    decision = world.plan(today)[SPB].decision
    assert isinstance(decision, Held)
    return decision.sentence


def test_posted_days_that_take_no_change_are_told_to_the_end_of_the_contract() -> None:
    """3 seats, 5 from 10 May: contract 12 ends on the 31st, is posted through it and refuses. The line was held, "which
    has had its one adjustment", and nothing of it was written any more, on no other contract either."""
    world = make_world(may(31), 3)
    world.contracts["12"].refuses_posted = True
    live(world, april(21), may(9), spb=3)
    line = world.night(may(10), 5)
    assert tell(line) == ["3→5 from 2026-05-10"]
    line = world.plan(may(10))[SPB]
    assert line.decision == Unchanged()
    assert [each.sentence for each in line.scheduled] == [
        "2 more spb from 10 May 2026 through 31 May 2026 are not billed: these days are posted, and Autotask refused "
        "to change what is posted. Bill them by hand."
    ]


def test_each_day_that_takes_no_change_is_told() -> None:
    """The same, and 6 from 20 May: 2 are missing from the 10th and 3 from the 20th. Only the 3 were told, and 2 x 20.00
    x 10/31 = 12.90 of the days before were forgotten."""
    world = make_world(may(31), 3)
    world.contracts["12"].refuses_posted = True
    live(world, april(21), may(9), spb=3)
    live(world, may(10), may(19), spb=5)
    line = world.night(may(20), 6)
    assert [each.sentence.split(" are not billed")[0] for each in line.scheduled] == [
        "2 more spb from 10 May 2026 through 19 May 2026",
        "3 more spb from 20 May 2026 through 31 May 2026",
    ]


def test_what_a_renewal_billed_before_it_was_followed_is_proposed_though_nothing_was_left_to_carry_over() -> None:
    """4 seats, credits on; 12 is renewed early, with 4, and none is read from 30 May on: 4 → 0 in the old contract.
    The renewal posts June with 4 on its first day, before the night that follows it: 80.00 were billed for nobody and
    neither given back nor proposed, for the line was thought to bill there from July on."""
    world = make_world(may(31), 4)
    world.change(gives_credits=True)
    live(world, april(21), may(19), spb=4)
    renew(world)
    live(world, may(20), may(29), spb=4)
    live(world, may(30), may(31), spb=0)
    world.approve()
    world.apply(world.plan(may(31))[SPB], may(31))
    live(world, june(1), june(1), spb=0)
    assert world.plan(june(1))[SPB].billed.on(june(1)) == 4
    assert say(world, june(1)).startswith("4 → 0 spb: it is the first change since the addition was adopted")
    world.approve()
    live(world, june(2), date(2026, 7, 3), spb=0)
    assert world.contracts["112"].count_units()[date(2026, 7, 1)] == 0
    assert [(each.start, each.last, each.seats) for each in world.plan(date(2026, 7, 3))[SPB].proposals] == [
        (june(1), june(30), 4)
    ]
