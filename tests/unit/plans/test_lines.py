"""What a line is opened up to: counts before the first reading, where seats are, and the names of what waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from plans.agreements import Agreement
from plans.approvals import HeldLine, OpenHold, OpenProposal, ProposedLine
from plans.changes import AdjustUnits, CreditProposal, Held, HoldRule, Parked
from plans.collecting import seed_counts
from plans.counts import Count
from plans.journal import Adoption, LineJournal
from plans.ledger import LedgerEntry
from plans.lines import find_ending, find_trouble, open_line
from plans.review import review
from plans.timeline import Timeline, make_timeline
from plans.translation import Translation
from tests.unit.plans.agreements import HOME
from tests.unit.plans.makers import (
    ACTIVE,
    AGREEMENT,
    INVOICED_THROUGH,
    TODAY,
    count_of,
    journal_of,
    make_agreement,
    make_change,
    make_line,
    make_mapping,
    make_surroundings,
    plan,
    write,
)
from tests.unit.plans.nights import SPB, april, held_by, in_arrears, make_world, tell

YESTERDAY = TODAY - timedelta(days=1)
LAST_DAY = date(2026, 11, 30)


def adopt(levels: Timeline, counts: tuple[Count, ...] = (), *, is_billed: bool = False) -> LineJournal:
    written = journal_of(make_change(quantity=9)) if is_billed else LineJournal("m")
    number = written.next_sequence
    entry = LedgerEntry("m", TODAY, number, levels, "9001", None)
    adoption = Adoption("m", number, AGREEMENT, (), entry, TODAY, "Ada")
    return replace(written, adoptions=(adoption,), counts=counts)


@pytest.mark.parametrize(
    ("journal", "expected"),
    [
        pytest.param(LineJournal("m"), (), id="never adopted"),
        pytest.param(adopt(Timeline()), (), id="adopted nothing"),
        pytest.param(
            adopt(make_timeline([(TODAY, 5)]), (Count(YESTERDAY, 9, TODAY, None, 9),)), (), id="read before it began"
        ),
        pytest.param(
            adopt(make_timeline([(date(2026, 1, 1), 5)]), (Count(YESTERDAY, 9, TODAY, None, 9),)),
            (Count(date(2026, 1, 1), 5, YESTERDAY - timedelta(days=1), None, 5),),
            id="read before adoption",
        ),
        pytest.param(
            adopt(make_timeline([(date(2026, 1, 1), 5)]), (Count(YESTERDAY, 9, TODAY, None, 9),), is_billed=True),
            (),
            id="billed by us before adoption",
        ),
        pytest.param(
            adopt(make_timeline([(TODAY, 5)]), (Count(TODAY, 9, TODAY, None, 9),)),
            (Count(YESTERDAY, 5, YESTERDAY, None, 5),),
            id="adopted from today",
        ),
        pytest.param(
            adopt(make_timeline([(date(2026, 1, 1), 5)])),
            (Count(date(2026, 1, 1), 5, YESTERDAY, None, 5),),
            id="adopted since January",
        ),
    ],
)
def test_an_adopted_line_was_counted_as_it_was_billed(journal: LineJournal, expected: tuple[Count, ...]) -> None:
    assert seed_counts(journal) == expected


def test_a_single_adopted_seat_keeps_what_was_invoiced_when_it_was_adopted() -> None:
    entry = LedgerEntry("m", TODAY, 0, make_timeline([(TODAY, 1)]), "9001", INVOICED_THROUGH)
    journal = LineJournal("m", adoptions=(Adoption("m", 0, AGREEMENT, (), entry, TODAY, "Ada"),))
    assert seed_counts(journal) == (Count(YESTERDAY, 1, YESTERDAY, INVOICED_THROUGH, 1),)


@pytest.mark.parametrize(("gives_credits", "owed"), [(True, 10), (False, 12)])
def test_a_line_owes_by_the_credit_policy_of_its_mapping(gives_credits: bool, owed: int) -> None:
    """12 from 2 November, 10 from the 12th: seats that left inside their period."""
    first = count_of(12, date(2026, 11, 2), date(2026, 11, 11))
    counts = (first, count_of(10, date(2026, 11, 12), TODAY))
    mapping = replace(make_mapping(), gives_credits=gives_credits)
    line = make_line(10, LineJournal(mapping.id, counts=counts), mapping)
    around = make_surroundings((line,), agreements=(make_agreement(),))
    assert open_line(line, around).owed.on(TODAY) == owed


def test_an_adopted_addition_without_a_first_day_is_planned_where_nothing_prorates() -> None:
    """Its period is the first of all time: 10 of it become 12 from the next period on, once a person agreed."""
    world = make_world(prorates=False)
    psa = world.psas[HOME]
    psa.grid = replace(psa.grid, anchor_day=15) if psa.grid else None
    psa.invoiced_through = april(14)
    world.adopt([psa.put(10, None)], april(16))
    assert held_by(world.night(april(16), 12)) == HoldRule.FIRST_AFTER_ADOPTION
    world.approve()
    assert tell(world.night(april(17), 12)) == ["2 from 2026-05-15 at 20.00"]


def test_units_of_another_psa_are_reviewed_like_any_seats() -> None:
    """A translation that answers with dated adjustments: 10 → 40 is a rise that waits for a person."""
    change = make_change(quantity=10, effective_on=date(2026, 11, 2))
    line = make_line(40, journal_of(change))
    agreement: Agreement = make_agreement((write(change),))
    adjust = AdjustUnits(AGREEMENT, 1, "", "9001", TODAY, 10, 40)
    around = make_surroundings((line,), agreements=(agreement,))
    decision = review(open_line(line, around), Translation((adjust,)), around)
    assert isinstance(decision, Held)
    assert (decision.rule, decision.changes) == (HoldRule.LARGE_RISE, (adjust,))


@pytest.mark.parametrize(
    ("bills_late", "today", "invoiced_through", "is_over"),
    [
        (False, TODAY, LAST_DAY, True),
        (False, TODAY, None, False),
        (False, LAST_DAY, None, True),
        (True, TODAY, LAST_DAY, False),
        (True, LAST_DAY, LAST_DAY, False),
        (True, date(2026, 12, 1), LAST_DAY, True),
    ],
)
def test_a_line_is_planned_as_long_as_what_moves_can_still_be_billed(
    bills_late: bool, today: date, invoiced_through: date | None, is_over: bool
) -> None:
    """It ends on 30 November. Where what is invoiced can be added to, every day through that one is billed; elsewhere
    it is over once its last period runs. Where nobody knows that, its last day tells."""
    facts = replace(ACTIVE, ends_on=LAST_DAY, bills_late=bills_late, invoiced_through=invoiced_through)
    assert find_ending(facts, today) == (LAST_DAY if is_over else None)
    assert find_ending(replace(facts, ends_on=None), today) is None


def test_a_plan_names_the_agreements_that_it_touches() -> None:
    change = make_change(quantity=10, effective_on=date(2026, 11, 2))
    made = plan(make_agreement((write(change),)), make_line(11, journal_of(change)))
    assert made.touched_agreement_ids == (AGREEMENT,)
    assert made.facts_of(AGREEMENT) is not None
    assert made.facts_of("another") is None
    assert made.lines[0].wanted == made.lines[0].changes


def test_what_waits_has_the_same_name_night_after_night() -> None:
    held = HeldLine("m", "SPB", "hash", "plan", HoldRule.TO_ZERO, "10 → 0 SPB.", 10, 0)
    at = datetime(2026, 4, 1, tzinfo=UTC)
    hold = OpenHold("c", "Contoso", "cw", HOME, at, "2026-04-01", held)
    assert hold.id == replace(hold, run_id="2026-04-02", line=replace(held, line_hash="other")).id == "c:m"
    proposal = CreditProposal(april(1), april(30), 2, None, "Give it back.")
    opened = OpenProposal("c", "Contoso", HOME, at, ProposedLine("m", "SPB", proposal))
    assert opened.id == "c:m:2026-04-01:2026-04-30:2"


def test_an_observed_hold_is_only_shown() -> None:
    world = in_arrears()
    assert held_by(world.night(april(2), 40)) == HoldRule.LARGE_RISE
    observed = replace(world.plans[HOME], is_observed=True)
    assert observed.changes == ()
    assert observed.lines[0].mapping_id == SPB


def test_an_agreement_of_another_company_bills_only_where_that_one_is_the_paying_parent() -> None:
    """The same agreement, asked for by three customers: its own company's, a child that it pays for, a stranger."""
    line, agreement = make_line(10), make_agreement()
    around = make_surroundings((line,), agreements=(agreement,))
    foreign = replace(around, company_id="another")
    assert find_trouble(line, AGREEMENT, around) is None
    assert find_trouble(line, AGREEMENT, replace(foreign, payer_id=agreement.company_id)) is None
    for payer_id in ("", "a third"):
        trouble = find_trouble(line, AGREEMENT, replace(foreign, payer_id=payer_id))
        assert isinstance(trouble, Parked) and "is no parent that the PSA invoices" in trouble.sentence
