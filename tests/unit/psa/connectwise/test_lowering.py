"""Fewer seats on ConnectWise, where one addition's turn decides another's (billing rules, 6): worked by hand."""

from __future__ import annotations

from psa.connectwise.lines import translate_line
from tests.unit.psa.connectwise.nights import april, make_facts, make_own, make_task, may, tell

APRIL_INVOICED = make_facts(april(30))


def test_where_the_newest_must_wait_an_older_one_that_can_end_does() -> None:
    """10 + 2 + 5, 15 owed from May, April not invoiced: of the 5 only a part would go, which has no date; the 2 end."""
    own = [make_own(0, 10, april(1)), make_own(1, 2, april(5)), make_own(2, 5, april(6))]
    owed = [(april(1), 10), (april(5), 12), (april(6), 17), (may(1), 15)]
    translation = translate_line(make_task(owed, own, today=april(20)))
    assert tell(translation) == ["addition-1: through 2026-04-30"]
    assert translation.scheduled == ()


def test_once_enough_seats_are_gone_nothing_older_is_touched() -> None:
    """10 + 0 + 2, 10 owed from May: the 2 end, and the empty one, which bills nothing, is left as it is."""
    own = [make_own(0, 10, april(1)), make_own(1, 0, april(4)), make_own(2, 2, april(5))]
    task = make_task([(april(1), 10), (april(5), 12), (may(1), 10)], own, today=april(20))
    assert tell(translate_line(task)) == ["addition-2: through 2026-04-30"]


def test_the_last_day_invoiced_is_never_taken_off() -> None:
    """With credits on, 2 left on 30 April, which is invoiced: they end with that day, and not with the day before."""
    own = [
        make_own(0, 10, april(1), uninvoiced_from=may(1)),
        make_own(1, 2, april(5), uninvoiced_from=may(1)),
    ]
    owed = [(april(1), 10), (april(5), 12), (april(30), 10)]
    task = make_task(owed, own, today=may(5), facts=APRIL_INVOICED)
    assert tell(translate_line(task)) == ["addition-1: through 2026-04-30"]
