"""Two hundred timelines in every test run (R15); `python -m tests.timelines --count n` plays more."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from tests.oracle.journeys import draw_journey
from tests.oracle.telling import judge_scope
from tests.oracle.timelines import draw_scenario
from tests.timelines.comparing import Match, compare, compare_journey
from tests.timelines.figures import Figures, load_figures
from tests.timelines.invoicing import SimulatedInvoice
from tests.timelines.journeys import play_journey
from tests.timelines.many import play_many, tell_shortest
from tests.timelines.playing import Story, play

COUNT = 200
EVENTS = (
    "an increase",
    "a decrease",
    "a decrease to zero",
    "a return inside a period",
    "an increase taken back",
    "an unknown night",
    "a new price",
    "two readings on a day",
)
KINDS = {
    "another agreement",
    "another product",
    "another agreement or product",
    "a split",
    "a merge",
    "E3 to E5",
    "a child agreement",
    "an adoption",
    "an agreement that ends",
}


@pytest.fixture(scope="module")
def figures() -> Figures:
    total, _ = play_many(COUNT, first_seed=0, jobs=2)
    return total


@pytest.fixture(scope="module")
def story() -> Story:
    return play(draw_scenario(0))


def test_every_invoice_is_right_to_the_cent(figures: Figures) -> None:
    """And every proposal of what was known late, and no run that was made again writes (R3)."""
    if figures.failures:
        pytest.fail(f"seeds {sorted(figures.failures)}; the shortest story:\n{tell_shortest(min(figures.failures))}")
    assert figures.seeds == COUNT
    assert figures.matches[Match.DIFFERENT.name] == 0


def test_every_kind_of_journey_is_among_them_and_every_invoice_of_every_place_is_right(figures: Figures) -> None:
    if figures.lost:
        pytest.fail(f"journeys {sorted(figures.lost)}; the first one:\n{figures.lost[min(figures.lost)]}")
    assert set(figures.journeys) == KINDS
    assert sum(figures.journeys.values()) == COUNT // 2
    assert figures.moved[Match.DIFFERENT.name] == 0
    assert figures.moved[Match.OTHER_CUT.name] * 50 <= sum(figures.moved.values())


def test_an_invoice_of_a_place_without_its_last_line_is_a_difference() -> None:
    played = play_journey(draw_journey(0))
    assert compare_journey(played).differences == ()
    for invoices in played.invoices.values():
        number = next((each for each, invoice in enumerate(invoices) if invoice.lines), None)
        if number is not None:
            invoices[number] = replace(invoices[number], lines=invoices[number].lines[:-1])
    assert compare_journey(played).differences


def test_every_policy_and_every_event_is_among_them(figures: Figures) -> None:
    policies = {
        f"proration {proration}, credits {credits_}, in {mode}"
        for proration, credits_, mode in product(("on", "off"), ("on", "off"), ("advance", "arrears"))
    }
    assert set(figures.policies) == policies
    assert [event for event in EVENTS if not figures.events[event]] == []
    assert sum(figures.matches.values()) >= 2 * COUNT
    assert figures.credits >= COUNT // 10


def test_most_invoices_have_the_very_lines_that_the_oracle_expects(figures: Figures) -> None:
    """So that the comparison with other cuts is an exception: at most one invoice in fifty comes to another cent."""
    assert figures.matches[Match.OTHER_CUT.name] * 50 <= sum(figures.matches.values())
    assert figures.matches[Match.SAME_LINES.name] * 10 >= sum(figures.matches.values()) * 8


def test_a_cent_is_a_difference(story: Story) -> None:
    number = next(number for number, invoice in enumerate(story.invoices) if invoice.lines)
    spoilt = spoil_amount(story.invoices[number])
    invoices = (*story.invoices[:number], spoilt, *story.invoices[number + 1 :])
    assert compare(story).differences == ()
    assert compare(replace(story, invoices=invoices)).matches[number] is Match.DIFFERENT


def test_a_day_is_a_difference(story: Story) -> None:
    number = next(number for number, invoice in enumerate(story.invoices) if invoice.lines)
    invoices = list(story.invoices)
    invoices[number] = replace(invoices[number], lines=invoices[number].lines[:-1])
    assert compare(replace(story, invoices=tuple(invoices))).matches[number] is Match.DIFFERENT


def test_a_trouble_and_a_rewrite_are_differences(story: Story) -> None:
    assert compare(replace(story, troubles=("held",))).differences == ("held",)
    assert len(compare(replace(story, rewrites=1)).differences) == 1
    assert len(compare(replace(story, proposals=())).differences) == (1 if compare(story).credits else 0)


def test_figures_can_be_kept(figures: Figures) -> None:
    assert load_figures(figures.dump()) == figures


def test_every_scenario_is_one_that_the_rules_decide() -> None:
    assert [seed for seed in range(COUNT) if judge_scope(draw_scenario(seed))] == []


def spoil_amount(invoice: SimulatedInvoice) -> SimulatedInvoice:
    """The invoice with one cent more on its last line."""
    *others, last = invoice.lines
    charge = replace(last.charge, amount=last.charge.amount + Decimal("0.01"))
    return replace(invoice, lines=(*others, replace(last, charge=charge)))
