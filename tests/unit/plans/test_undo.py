"""Taking a write back: the one change that undoes it, and the sentence where it is too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.changes import AdjustUnits, Change, CreateAddition, Decision, SetAddition
from plans.journal import Ending
from plans.lines import open_line
from plans.undo import TooLate, undo
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import SPB, World, april, in_advance, in_arrears, make_world, may, tell, tell_change


def ask(world: World, sequence: int, today: date) -> Change | TooLate:
    around = world.surround(today)
    return undo(open_line(world.make_input(SPB), around), sequence, around)


def why(answer: Change | TooLate) -> str:
    assert isinstance(answer, TooLate)
    return answer.sentence


def with_evidence(world: World, **fields: object) -> None:
    journal = world.journals[SPB]
    newest = replace(journal.evidence[-1], **fields)  # type: ignore[arg-type]
    world.journals[SPB] = replace(journal, evidence=(*journal.evidence[:-1], newest))


def test_an_increase_that_no_invoice_billed_is_taken_back_to_nothing() -> None:
    world = in_arrears()
    world.night(april(16), 12)
    answer = ask(world, 1, april(17))
    assert isinstance(answer, SetAddition)
    assert tell_change(answer) == "1202: 2→0"
    assert (answer.sequence, answer.key.rpartition("-")[2]) == (2, "0002")
    assert answer.describes_from == april(16)


def test_an_increase_that_an_invoice_billed_stays() -> None:
    world = in_arrears()
    world.night(april(16), 12)
    world.psas[HOME].invoice()
    sentence = why(ask(world, 1, may(2)))
    assert sentence == (
        "It was created before the last invoice: addition 1202 is invoiced through 30 Apr 2026. "
        "Correct that invoice in the PSA."
    )


def test_nothing_undated_is_taken_back_where_nobody_knows_what_is_invoiced() -> None:
    world = in_arrears()
    world.night(april(16), 12)
    world.psas[HOME].doubt = "The invoices are not read."
    assert "the PSA does not say what it has invoiced" in why(ask(world, 1, april(17)))


def test_a_lowered_quantity_is_taken_back_before_the_next_invoice_only() -> None:
    world = in_advance()
    world.night(april(10), 8)
    world.night(april(11), 8)
    answer = ask(world, 1, april(12))
    assert isinstance(answer, SetAddition)
    assert tell_change(answer) == "1201: 8→10"
    world.psas[HOME].invoice()
    assert "It was changed before the last invoice" in why(ask(world, 1, may(2)))


def test_an_end_is_taken_back_until_it_has_passed() -> None:
    world = in_arrears()
    world.night(april(5), 12)
    world.night(april(20), 10)
    assert tell(world.night(april(21), 10)) == ["1202: through 2026-04-30"]
    answer = ask(world, 2, april(30))
    assert isinstance(answer, SetAddition)
    assert tell_change(answer) == "1202: no end"
    assert "has ended on 30 Apr 2026. Map it anew" in why(ask(world, 2, may(1)))


def test_a_write_that_was_followed_by_another_of_its_addition_is_taken_back_after_that_one() -> None:
    world = in_arrears()
    world.night(april(5), 12)
    world.night(april(20), 10)
    world.night(april(21), 10)
    assert why(ask(world, 1, april(22))) == ("Addition 1202 was written again by run 2026-04-21. Take that back first.")


@pytest.mark.parametrize("sequence", [1, 9])
def test_what_was_never_proved_is_not_taken_back(sequence: int) -> None:
    world = in_arrears()
    world.night(april(16), 12)
    with_evidence(world, ending=Ending.REFUSED, after=None, ledger=None)
    assert why(ask(world, sequence, april(17))) == "That write was never proved, so there is nothing to take back."


def test_an_adjustment_is_never_taken_back() -> None:
    world = in_arrears()
    world.night(april(16), 12)
    with_evidence(world, change=AdjustUnits(HOME, 1, "", "1202", april(16), 10, 12))
    assert "An adjustment cannot be taken back" in why(ask(world, 1, april(17)))
    assert world.journals[SPB].written["1202"].adoption is None


def test_a_set_without_a_ledger_entry_is_taken_back_by_nobody() -> None:
    world = in_advance()
    world.night(april(10), 8)
    world.night(april(11), 8)
    with_evidence(world, ledger=None)
    assert "It was changed before the last invoice" in why(ask(world, 1, april(12)))


@pytest.mark.parametrize("asked", [0, 1])
def test_a_wish_that_is_too_late_or_answered_is_planned_around(asked: int) -> None:
    """An increase was written since, or an invoice made: the line is planned as if nobody had asked."""
    world = in_arrears()
    world.night(april(16), 12)
    world.psas[HOME].invoice()
    world.undos[SPB] = asked
    world.read(may(2), {SPB: 13})
    decision: Decision = world.plan(may(2))[SPB].decision
    assert any(isinstance(change, CreateAddition) for change in getattr(decision, "changes", ()))


def test_what_an_adopted_line_includes_stays_when_a_delta_is_taken_back() -> None:
    world = make_world()
    psa = world.psas[HOME]
    world.adopt([psa.put(12, date(2026, 3, 1), included=2)], april(2))
    world.night(april(2), 11)
    world.approve()
    assert tell(world.night(april(3), 11)) == ["1 from 2026-04-02 at 20.00"]
    answer = ask(world, 0, april(4))
    assert isinstance(answer, SetAddition)
    assert answer.after.quantity == Decimal(0)
    assert psa.kept[0].addition.quantity == Decimal(12)


def test_half_of_a_plan_is_not_taken_back() -> None:
    """A roll-up ends the delta and raises the base: neither goes back alone."""
    world = in_arrears()
    world.night(april(16), 12)
    world.psas[HOME].invoice()
    assert len(tell(world.night(may(2), 12))) == 2
    for sequence in (2, 3):
        assert why(ask(world, sequence, may(3))).startswith("Run 2026-05-02 made several writes that belong together")
