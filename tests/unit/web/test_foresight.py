"""What the next run would do with many new mappings: what is written, what waits, and the money of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plans.changes import Apply, Change, Decision, FinishIntent, Held, HoldRule, Parked, Scheduled, Unchanged
from plans.controls import Controls, Pause
from sync.preview_money import MoneyMoved
from sync.previewing import Preview, PreviewedLine
from tests.unit.sync.preview_world import NOW, PreviewWorld, make_mapping
from web.pages.tools.foresight import Fate, FateRow, PlannedLine, read_line, sum_fate, tell_fate


def preview(world: PreviewWorld | None = None) -> Preview:
    return (world or PreviewWorld()).preview((None, make_mapping()))


def decide(decision: Decision, **fields: Any) -> PreviewedLine:
    (line,) = preview().lines
    assert line.line is not None
    return replace(line, line=replace(line.line, decision=decision, **fields))


def written() -> tuple[Change, ...]:
    (line,) = preview().lines
    assert line.line is not None and isinstance(line.line.decision, Apply)
    return line.line.decision.changes


def test_a_first_addition_that_a_person_chose_is_written_and_costs_what_the_preview_says() -> None:
    world = PreviewWorld()
    line = read_line(world.desk, make_mapping(), preview(world), Controls(), "EUR")
    assert (line.row.fate, line.row.money, line.monthly) == (Fate.WRITTEN, "+240.00 EUR", Decimal("240.00"))


def test_nothing_is_written_while_writing_is_paused() -> None:
    world, controls = PreviewWorld(), Controls(pause=Pause("Ada", NOW, "Audit"))
    assert read_line(world.desk, make_mapping(), preview(world), controls, "EUR").row.fate is Fate.PAUSED


def test_an_observed_customer_is_only_shown_and_what_cannot_be_read_is_not_told() -> None:
    world = PreviewWorld(is_observed=True)
    assert read_line(world.desk, make_mapping(), preview(world), Controls(), "EUR").row.fate is Fate.OBSERVED
    assert read_line(world.desk, make_mapping(), "no answer", Controls(), "EUR").row.fate is Fate.OBSERVED
    untold = read_line(PreviewWorld().desk, make_mapping(), "no answer", Controls(), "EUR")
    assert (untold.row.fate, untold.row.why, untold.row.money) == (Fate.UNTOLD, "No answer.", "not known")


def test_an_agreement_that_cannot_be_planned_says_why() -> None:
    world = PreviewWorld()
    found = world.preview((None, make_mapping(agreement_id="9999")))
    row = read_line(world.desk, make_mapping(), found, Controls(), "EUR").row
    assert row.fate is Fate.STUCK and row.why and row.money == "not known"


@pytest.mark.parametrize(
    ("decision", "fate"),
    [
        (Held(HoldRule.UNADOPTED_ADDITION, "Waits.", written()), Fate.WAITS),
        (Held(HoldRule.TRANSFER, "Waits.", written()), Fate.STUCK),
        (Held(HoldRule.INVOICING_UNKNOWN, "Waits."), Fate.STUCK),
        (Parked("Somebody changed it."), Fate.STUCK),
        (FinishIntent(written()[0]), Fate.STUCK),
        (Unchanged(), Fate.NOTHING),
    ],
)
def test_what_is_not_written_has_its_reason(decision: Decision, fate: Fate) -> None:
    found, why = tell_fate(decide(decision), is_paused=False)
    assert found is fate and why


def test_what_is_written_later_says_when() -> None:
    scheduled = Scheduled(12, date(2026, 12, 1), None, "From 1 December.")
    assert tell_fate(decide(Unchanged(), scheduled=(scheduled,)), is_paused=False) == (Fate.LATER, "From 1 December.")


@pytest.mark.parametrize(
    ("amounts", "sentence"),
    [
        ((Decimal(240), Decimal(20)), "2 licences, about +260.00 EUR a month"),
        ((Decimal(240), None), "2 licences, about +240.00 EUR a month; the money of 1 of them is not known"),
        ((None,), "1 licence; the money of 1 of them is not known"),
        ((MoneyMoved(Decimal(0), Decimal(0)).per_month,), "1 licence"),
    ],
)
def test_the_money_of_a_fate_is_summed_and_never_made_up(amounts: tuple[Decimal | None, ...], sentence: str) -> None:
    row = FateRow("Contoso", "Premium", Fate.WAITS, "", "")
    assert sum_fate(Fate.WAITS, [PlannedLine(row, each) for each in amounts], "EUR").sentence == sentence
