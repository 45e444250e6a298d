"""What the next run would do with many new mappings: what is written, what waits, and the money of each."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plans.catalogue import AgreementSummary
from plans.changes import Apply, Change, Decision, FinishIntent, Held, HoldRule, Parked, Scheduled, Unchanged
from plans.controls import Controls, Pause
from plans.ports import Outside
from plans.preferences import Preferences
from profiles.billing import CustomPrice, DatedPrice
from profiles.holdings import Holding
from sync.preview_money import MoneyMoved
from sync.previewing import Preview, PreviewedLine
from tests.unit.microsoft.graph import SPB
from tests.unit.net.answers import run_timed
from tests.unit.psa.connectwise.site import make_addition_row
from tests.unit.sync.preview_world import CONNECTION, NOW, TODAY, OnlyReads, PreviewWorld, make_mapping
from web.pages.tools import foresight
from web.pages.tools.candidates import Candidate, Market
from web.pages.tools.foresight import (
    NOT_TOLD,
    TOO_LONG,
    Fate,
    FateRow,
    Foresight,
    PlannedLine,
    foresee,
    read_line,
    sum_fate,
    tell_fate,
)


def preview(world: PreviewWorld | None = None) -> Preview:
    return (world or PreviewWorld()).preview((None, make_mapping()))


def offer(world: PreviewWorld, count: int = 1) -> tuple[Outside, Market, list[Candidate]]:
    """So many times the customer's only licence, as a tool for many offers it; stores that only read."""
    outside = replace(world.outside(), books=OnlyReads(read_desk=world.desk))
    market = Market({}, {CONNECTION: {"501": Decimal("20.00")}}, Preferences("Europe/Dublin", 2, "EUR"), TODAY)
    agreement = AgreementSummary("1201", "Managed Services", "42", "7", "Managed Services", "Active", is_active=True)
    made = Candidate(
        world.desk.customer, Holding(SPB, "SPB", 12, 2), None, world.profiles["premium"], agreement, "", "", 12, None
    )
    return outside, market, [made] * count


def test_what_is_chosen_is_planned_like_a_preview_and_writes_nothing() -> None:
    outside, market, chosen = offer(PreviewWorld())
    seen = run_timed(foresee(outside, market, chosen, "EUR"))[0]
    assert [(each.fate, each.sentence) for each in seen.sums] == [
        (Fate.WRITTEN, "1 licence, about +240.00 EUR a month")
    ]
    assert (seen.rows, seen.note, seen.doubts) == ((), "", ())


def test_what_is_not_written_stands_by_itself_and_a_slipped_price_is_named() -> None:
    world = PreviewWorld()
    row = make_addition_row(9001, product={"id": 501}, serialNumber="", unitPrice=20.0)
    world.psa.additions[1201].append(row)
    outside, market, chosen = offer(world)
    custom = replace(world.profiles["premium"], price=CustomPrice((DatedPrice(TODAY, Decimal("200.00")),)))
    world.profiles["premium"] = custom
    seen = run_timed(foresee(world_with(outside, world), market, [replace(chosen[0], profile=custom)], "EUR"))[0]
    (waits,) = seen.rows
    assert waits.fate is Fate.WAITS and "addition 9001" in waits.why and waits.money == "+2,400.00 EUR"
    assert seen.doubts == (
        "Premium: 200.00 EUR a seat is about 10 times the PSA's price, 20.00 EUR. Look whether the price is right.",
    )


def world_with(outside: Outside, world: PreviewWorld) -> Outside:
    """The same with the world's profiles as they are now."""
    return replace(outside, profiles=world.outside().profiles)


def test_of_very_many_the_first_are_planned_and_the_others_counted() -> None:
    outside, market, chosen = offer(PreviewWorld(), count=53)
    seen = run_timed(foresee(outside, market, chosen, "EUR"))[0]
    assert seen.note == "These are the first 50; the other 3 are not planned here."


def test_planning_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(foresight, "plan_all", sleep)
    outside, market, chosen = offer(PreviewWorld())
    seen, seconds = run_timed(foresee(outside, market, chosen, "EUR"))
    assert (seen, seconds) == (Foresight(note=TOO_LONG), foresight.LONGEST_SECONDS)


def test_a_customer_that_cannot_be_previewed_keeps_no_other_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(foresight, "preview_mappings", fail)
    outside, market, chosen = offer(PreviewWorld())
    seen = run_timed(foresee(outside, market, chosen, "EUR"))[0]
    assert [(each.fate, each.why) for each in seen.rows] == [(Fate.UNTOLD, NOT_TOLD)]


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
