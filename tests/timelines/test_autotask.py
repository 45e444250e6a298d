"""Timelines on Autotask: every row of units is what is owed, to the day and to the cent (R15)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.oracle.autotask import Row
from tests.timelines.autotask import compare, draw_autotask

COUNT = 16


def test_every_row_is_what_is_owed_to_the_cent() -> None:
    billed_rows = 0
    for seed in range(COUNT):
        billed, expected, troubles = compare(draw_autotask(seed))
        assert (seed, troubles) == (seed, [])
        assert (seed, join(billed)) == (seed, join(expected))
        billed_rows += len(billed)
    assert billed_rows >= 3 * COUNT


def test_every_policy_is_among_them() -> None:
    drawn = [draw_autotask(seed) for seed in range(COUNT)]
    assert {each.mode for each in drawn} == {"advance", "arrears"}
    assert {(each.prorates, each.credits_on) for each in drawn} >= {(True, False), (True, True), (False, False)}
    assert any(len(each.prices) > 1 for each in drawn)
    assert len({each.anchor for each in drawn}) >= 3


def test_a_cent_is_a_difference() -> None:
    billed, expected, _ = compare(draw_autotask(0))
    assert join((replace(billed[0], amount=billed[0].amount + Decimal("0.01")), *billed[1:])) != join(expected)


def join(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows in the order of their days."""
    return tuple(sorted(rows, key=lambda row: row.start))
