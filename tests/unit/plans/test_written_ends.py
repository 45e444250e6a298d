"""An end that was written stays the end, whatever a change of units that comes late carries on beyond it (rules, 3, 7).

Autotask carries every change of units on: one that is dated before the end of what a line left bills beyond that end as
well. That is put right; the end does not move for it, or what was left and what is new would both bill the days after.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from plans.agreements import Addition
from plans.changes import AdjustUnits
from plans.inputs import LineInput, Surroundings
from plans.journal import Ending, LineJournal
from plans.places import Stay, find_stays, keep_followed
from plans.timeline import Timeline
from tests.unit.plans.makers import (
    ACTIVE,
    AGREEMENT,
    PRODUCT,
    count_of,
    make_agreement,
    make_change,
    make_evidence,
    make_line,
    make_mapping,
    make_surroundings,
)

OTHER = "1202"
OCTOBER, LATE, END = date(2026, 10, 1), date(2026, 11, 20), date(2026, 12, 1)
TODAY = date(2026, 12, 2)
# What is left is posted through December by now.
POSTED = replace(ACTIVE, invoiced_through=date(2026, 12, 31))
COUNTS = (count_of(10, OCTOBER, LATE), count_of(12, LATE, TODAY))
TWELVE_TO_THE_END = Timeline(((OCTOBER, 10), (LATE, 12), (END, 0)))
CARRIED_ON = Timeline(((OCTOBER, 10), (LATE, 12), (END, 2)))

type Step = tuple[str, int, int, date]
"""A proved change of units: on which agreement, from how many to how many, and from which day."""

MADE: Step = (AGREEMENT, 0, 10, OCTOBER)
LEFT: Step = (AGREEMENT, 10, 0, END)
WENT_ON: Step = (OTHER, 0, 10, END)
CAME_LATE: Step = (AGREEMENT, 10, 12, LATE)


def write_steps(steps: tuple[Step, ...], mapping_id: str) -> LineJournal:
    """A line's journal in which each step was written and proved, after the service was made."""
    made = make_change(0, 0, mapping_id)
    journal = LineJournal(mapping_id, evidence=(make_evidence(made, _keep("9001"), mapping_id=mapping_id),))
    for sequence, (agreement_id, before, after, day) in enumerate(steps, 1):
        service = "9001" if agreement_id == AGREEMENT else "9002"
        change = AdjustUnits(agreement_id, sequence, made.key, service, day, before, after, product_id=PRODUCT)
        proof = make_evidence(change, _keep(service), mapping_id=mapping_id, journal=journal)
        journal = replace(journal, evidence=(*journal.evidence, proof))
    return replace(journal, counts=COUNTS)


def _keep(service: str) -> Addition:
    made = make_change(0, 0)
    return Addition(service, PRODUCT, None, None, None, made.billable_option, made.key, None)


def surround(*lines: LineInput) -> Surroundings:
    """Both agreements, what was left posted through December."""
    agreements = (make_agreement(facts=POSTED), make_agreement(agreement_id=OTHER, facts=POSTED))
    return make_surroundings(lines, TODAY, agreements=agreements)


def stay_of(line: LineInput, *others: LineInput) -> dict[str, Stay]:
    """Where the line is and was, by agreement."""
    stays = find_stays(line, COUNTS, surround(line, *others))
    assert stays is not None
    return {each.place.agreement_id: each for each in stays}


def move(*steps: Step) -> LineInput:
    """One mapping that was moved to the other agreement."""
    mapping = make_mapping(agreement_id=OTHER)
    return make_line(12, write_steps(steps, mapping.id), mapping)


def follow(olds: tuple[Step, ...], news: tuple[Step, ...]) -> tuple[LineInput, LineInput]:
    """One mapping that is ended, and one on the other agreement that follows it."""
    old = replace(make_mapping(), is_ended=True)
    new = replace(make_mapping("after", agreement_id=OTHER), follows=(old.id,))
    return make_line(12, write_steps(olds, old.id), old), make_line(12, write_steps(news, new.id), new)


def test_what_a_mapping_left_owes_to_its_written_end() -> None:
    """10 seats moved on 1 December, and 2 more of 20 November were written late: 12 to the end, 12 from then there."""
    stays = stay_of(move(MADE, LEFT, WENT_ON, CAME_LATE))
    assert stays[AGREEMENT].billed == CARRIED_ON
    assert stays[AGREEMENT].owed == TWELVE_TO_THE_END
    assert stays[OTHER].owed == Timeline(((END, 12),))


def test_what_another_mapping_follows_owes_to_its_written_end() -> None:
    """The same where the mapping was ended and another one follows it: both know the end, and the days between are
    billed once."""
    old, new = follow((MADE, LEFT, CAME_LATE), (WENT_ON,))
    assert stay_of(old, new)[AGREEMENT].owed == TWELVE_TO_THE_END
    assert stay_of(new, old)[OTHER].owed == Timeline(((END, 12),))
    assert keep_followed(old.mapping.id, surround(old, new)) == TWELVE_TO_THE_END


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param((MADE, LEFT, CAME_LATE), id="nothing went on elsewhere on that day"),
        pytest.param((MADE, LEFT, WENT_ON, (AGREEMENT, 0, 2, END)), id="it came back on that day"),
    ],
)
def test_an_end_that_is_none_moves_with_the_period(steps: tuple[Step, ...]) -> None:
    """What bills on without a written end is left on E, here the last day that was posted."""
    assert stay_of(move(*steps))[AGREEMENT].owed.on(date(2026, 12, 31)) == 12
    assert stay_of(move(*steps))[AGREEMENT].owed.final == 0


def test_a_follower_that_never_began_moves_the_end_with_the_period() -> None:
    """Nothing is lost: where the other half was never written, the old one bills on until it can be."""
    old, new = follow((MADE, LEFT, CAME_LATE), ())
    assert stay_of(old, new)[AGREEMENT].owed.on(date(2026, 12, 31)) == 12
    assert stay_of(new, old)[OTHER].owed.steps == ((date(2027, 1, 1), 12),)


def test_what_was_not_proved_ends_nothing() -> None:
    """A fall to nothing that was given up is no end."""
    line = move(MADE, LEFT, WENT_ON, CAME_LATE)
    proofs = [
        replace(each, ledger=None, after=None, ending=Ending.OVERTAKEN) if each.sequence == 2 else each
        for each in line.journal.evidence
    ]
    given_up = replace(line, journal=replace(line.journal, evidence=tuple(proofs)))
    assert stay_of(given_up)[AGREEMENT].owed.on(date(2026, 12, 31)) == 12


def test_nobody_knows_the_end_of_what_was_not_read() -> None:
    old, new = follow((MADE,), ())
    agreements = (make_agreement(agreement_id=OTHER, facts=POSTED),)
    around = make_surroundings((old, new), TODAY, agreements=agreements)
    assert keep_followed(old.mapping.id, around) is None
    assert find_stays(new, COUNTS, around) is None


def test_units_that_were_written_ahead_begin_before_another_line_takes_them_over() -> None:
    """10 were written from 1 December, and what follows them is asked about on 28 November: no change of units is taken
    back, so that it waits until they have begun, and takes over with the period after that, on 1 January."""
    old, new = follow(((AGREEMENT, 0, 10, END),), ())
    facts = replace(ACTIVE, invoiced_through=date(2026, 10, 31))
    agreements = (make_agreement(facts=facts), make_agreement(agreement_id=OTHER, facts=facts))
    before, after = (
        make_surroundings((old, new), day, agreements=agreements) for day in (date(2026, 11, 28), date(2026, 12, 1))
    )
    assert find_stays(new, COUNTS, before) is None
    stays = find_stays(new, COUNTS, after)
    assert stays is not None
    assert stays[-1].owed.steps == ((date(2027, 1, 1), 12),)
