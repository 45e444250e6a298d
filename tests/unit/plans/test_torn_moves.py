"""Both halves of a move are written on one night: one alone would bill twice, or nothing (billing rules, 3 and 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from plans.changes import AdjustUnits, Scheduled
from plans.inputs import Surroundings
from plans.lines import Line, open_line
from plans.places import Place, Stay
from plans.timeline import Timeline
from plans.transfers import translate_line
from plans.translation import LineTask, Translate, Translation
from tests.unit.plans.makers import ACTIVE, AGREEMENT, TODAY, make_agreement, make_line, make_surroundings

OTHER = "1202"
SOON = TODAY + timedelta(days=10)


def adjust(agreement_id: str, before: int, after: int, ahead: timedelta) -> AdjustUnits:
    return AdjustUnits(agreement_id, 0, "SL-1", "9001", TODAY + ahead, before, after)


def wait(night: timedelta | None) -> Scheduled:
    return Scheduled(0, SOON, None if night is None else TODAY + night, "It waits for its night.")


@pytest.mark.parametrize(
    ("ahead", "night", "is_torn"),
    [
        pytest.param(timedelta(1), timedelta(8), True, id="one half ahead of its day, the other waits for its night"),
        pytest.param(timedelta(0), timedelta(8), False, id="what counts from today says nothing of later days"),
        pytest.param(timedelta(1), None, False, id="the other half waits for something else than a night"),
    ],
)
def test_a_half_that_waits_for_its_night_is_written_with_the_other(
    ahead: timedelta, night: timedelta | None, is_torn: bool
) -> None:
    """10 seats move from one agreement to another: the rise is written tonight, and the fall would wait."""
    asked: list[tuple[str, bool]] = []
    rise, fall = adjust(AGREEMENT, 0, 10, ahead), adjust(OTHER, 10, 0, ahead)

    def translate(task: LineTask) -> Translation:
        asked.append((task.agreement_id, task.is_due))
        if task.agreement_id == AGREEMENT:
            return Translation((rise,))
        return Translation((fall,)) if task.is_due else Translation(scheduled=(wait(night),))

    line, around = open_moved(translate)
    expected = Translation((fall, rise)) if is_torn else Translation((rise,), (wait(night),))
    assert translate_line(line, around) == expected
    once = [(OTHER, False), (AGREEMENT, False)]
    assert asked == ([*once, (OTHER, True), (AGREEMENT, True)] if is_torn else once)


def test_one_place_is_never_torn() -> None:
    both = Translation((adjust(AGREEMENT, 0, 10, timedelta(1)),), (wait(timedelta(8)),))
    line, around = open_moved(lambda task: both if task.agreement_id == AGREEMENT else Translation())
    assert translate_line(line, around) == both


def open_moved(translate: Translate) -> tuple[Line, Surroundings]:
    """A line that left the other agreement for this one."""
    made = make_line(10)
    agreements = (make_agreement(), make_agreement(agreement_id=OTHER))
    around = make_surroundings((made,), agreements=agreements, translate=translate)
    line = open_line(made, around)
    places = (Place(OTHER, made.profile.product_id), Place(AGREEMENT, made.profile.product_id))
    return replace(line, stays=tuple(Stay(each, ACTIVE, Timeline(), Timeline()) for each in places)), around
