"""Stories that long runs of seeds found, told without chance: what comes between a night's promise and its proof."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.simulation.accounts import Terms, add_customer, set_seats
from tests.simulation.faults import Faults, Process
from tests.simulation.oracle import Oracle
from tests.simulation.plot import find_next_invoice
from tests.simulation.story import invoice_now
from tests.simulation.virtual_time import run_virtually
from tests.simulation.world import World

FIRST_DAY = date(2027, 3, 9)
TERMS = Terms(1)
LINE = "customer-1-spb"

type Tell = Callable[[Oracle], Awaitable[None]]


def play_story(seats: int, tell: Tell) -> Oracle:
    """One customer in advance, invoiced through March, from its first night on, which is calm."""
    random = Random(0)
    world = World(random, Faults(random, yield_chance=0.0), FIRST_DAY)
    oracle = Oracle(world)

    async def story() -> None:
        world.workers = [Process("worker-0"), Process("worker-1")]
        add_customer(world, TERMS, find_next_invoice(FIRST_DAY), {"spb": seats})
        oracle.watch()
        await world.run_night(FIRST_DAY)
        await tell(oracle)

    run_virtually(story())
    return oracle


async def run_night(oracle: Oracle, number: int, seats: int) -> Any:
    """The night so many days after the first one, which reads these seats."""
    (account,) = oracle.world.accounts
    set_seats(oracle.world, account, seats)
    return await oracle.world.run_night(FIRST_DAY + timedelta(days=number))


def list_rows(oracle: Oracle) -> list[tuple[int, str, str | None]]:
    """The additions: seats, first day, last day."""
    rows = oracle.world.psa.additions[TERMS.agreement_id]
    return [(row["quantity"], row["effectiveDate"][:10], (row["cancelledDate"] or "")[:10] or None) for row in rows]


def invoice_before_an_end(oracle: Oracle) -> None:
    """From now on the next end that arrives finds its agreement invoiced since the worker looked."""
    psa, watch = oracle.world.psa, oracle.check_asked

    def hear(method: str, path: str, body: Any) -> None:
        watch(method, path, body)
        if method == "PATCH":
            psa.on_asked = watch
            invoice_now(oracle, TERMS.agreement_id)

    psa.on_asked = hear


async def end_late(oracle: Oracle) -> None:
    """Two seats come and go within the week; the end of their addition lands just after April's invoice, which billed
    them. They come back, and that is invoiced as well."""
    await run_night(oracle, 1, 12)
    await run_night(oracle, 2, 10)
    invoice_before_an_end(oracle)
    await run_night(oracle, 3, 10)
    assert list_rows(oracle) == [(10, "2027-03-09", None), (2, "2027-03-10", "2027-03-10")]
    await run_night(oracle, 4, 12)
    invoice_now(oracle, TERMS.agreement_id)


def test_seats_that_an_invoice_billed_before_their_end_landed_are_not_billed_again() -> None:
    oracle = play_story(10, end_late)
    assert oracle.violations == []
    assert oracle.world.disk.parked[LINE] == (
        "Agreement 1201 was invoiced while SPB was changed: 11 Mar 2027 through 30 Apr 2027 may have been billed with "
        "2 seats too many of addition 9002. Look at that invoice, and put the difference right by hand if it was."
    )


async def lose_the_answer_to_an_end(oracle: Oracle) -> None:
    """The same end lands at once, but its answer is lost and nobody can look before April's invoice is made at noon."""
    await run_night(oracle, 1, 12)
    await run_night(oracle, 2, 10)
    oracle.world.faults.answer_chances = {"psa PATCH:lost": 1.0}
    psa = oracle.world.psa

    def go_out(agreement_id: int, row: dict[str, Any]) -> None:
        oracle.check_changed(agreement_id, row)
        psa.is_out = True

    psa.on_changed = go_out
    bad = await run_night(oracle, 3, 10)
    assert (bad.closed_at is None, bad.totals.failed, oracle.has_promise(oracle.world.accounts[0])) == (False, 1, True)
    oracle.world.faults.quiet()
    psa.is_out, psa.on_changed = False, oracle.check_changed
    invoice_now(oracle, TERMS.agreement_id)
    for number in (4, 5):
        run = await run_night(oracle, number, 12)
        oracle.check_clean(run)
    oracle.check_settled(run)


def test_nobody_knows_whether_an_end_or_an_invoice_was_there_first() -> None:
    oracle = play_story(10, lose_the_answer_to_an_end)
    assert oracle.violations == []
    assert (oracle.compared, list_rows(oracle)[1]) == ({"parked": 1}, (2, "2027-03-10", "2027-03-10"))


async def refuse_all_night(oracle: Oracle) -> None:
    """ConnectWise answers 500 to every write of a night; the night ends, and what it promised stands open."""
    faults = oracle.world.faults
    faults.answer_chances = {"psa POST:500": 1.0}
    bad = await run_night(oracle, 1, 12)
    assert (bad.totals.failed, oracle.has_promise(oracle.world.accounts[0])) == (1, True)
    faults.quiet()
    first = await run_night(oracle, 2, 12)
    oracle.check_clean(first)
    assert (first.totals.parked, list_rows(oracle)) == (1, [(10, "2027-03-09", None)])
    second = await run_night(oracle, 3, 12)
    oracle.check_clean(second)
    oracle.check_settled(second)
    assert second.totals.changed == 1


def test_what_never_arrived_is_written_by_the_second_clean_night() -> None:
    oracle = play_story(10, refuse_all_night)
    assert oracle.violations == []
    assert list_rows(oracle) == [(10, "2027-03-09", None), (2, "2027-03-10", None)]
    assert oracle.compared == {"exact": 1}


async def promise_again_when_clean(oracle: Oracle) -> None:
    """A promise of a clean night ends without effect on the next one."""
    first = await run_night(oracle, 1, 10)
    oracle.check_clean(first)
    oracle.world.faults.answer_chances = {"psa POST:500": 1.0}
    await run_night(oracle, 2, 12)
    oracle.clean.append((FIRST_DAY + timedelta(days=2)).isoformat())
    oracle.world.faults.quiet()
    oracle.check_clean(await run_night(oracle, 3, 12))


def test_what_a_clean_night_promises_is_no_excuse() -> None:
    violations = play_story(10, promise_again_when_clean).violations
    assert [each.partition(",")[0] for each in violations] == ["R2: 2027-03-12 was clean"]
