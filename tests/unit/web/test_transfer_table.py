"""What a split, a merge or a move says about which of its lines wait for which."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from plans.changes import Apply, Decision, Held, HoldRule, Parked, Unchanged
from plans.timeline import Timeline
from sync.previewing import Preview, PreviewedLine
from tests.unit.web.approval_fakes import make_mapping, make_plan
from web.pages.transfer_table import ENDS_FIRST, TOGETHER, make_transfer_table, write_approved

WRITES = make_plan(0, 4, 5).lines[0].wanted
DROP, HALF = Held(HoldRule.LARGE_DROP, "", WRITES), Held(HoldRule.TRANSFER, "", WRITES)
STUCK, LOST = Held(HoldRule.NOT_EXPRESSIBLE, ""), Parked("")


def make_line(decision: Decision | None) -> PreviewedLine:
    mapping: Any = SimpleNamespace(is_ended=False, follows=("old",), licence_name="Visio", part=None)
    line: Any = None if decision is None else SimpleNamespace(decision=decision, billed=Timeline(), wanted=WRITES)
    return PreviewedLine(mapping, None, line, "", None)


@pytest.mark.parametrize(
    ("decisions", "said"),
    [
        ((Apply(WRITES), Unchanged()), ""),
        ((Apply(WRITES), HALF), ENDS_FIRST),
        ((DROP, HALF), f"It is approved as one: approve its held line under Approvals. {TOGETHER}"),
        ((DROP, DROP), f"It is approved as one: approve its 2 held lines together under Approvals. {TOGETHER}"),
        ((DROP, STUCK), TOGETHER),
        ((LOST, HALF), TOGETHER),
    ],
)
def test_it_says_what_one_word_of_a_person_does(decisions: tuple[Decision, ...], said: str) -> None:
    assert write_approved([make_line(each) for each in decisions]) == said


def test_no_table_where_a_line_cannot_be_planned_or_nothing_takes_over() -> None:
    lines = (make_line(Apply(WRITES)), make_line(None))
    preview = cast(Preview, SimpleNamespace(lines=lines, today=date(2026, 11, 22)))
    assert make_transfer_table(preview, "EUR") is None
    alone = PreviewedLine(make_mapping(0), None, lines[0].line, "", None)
    assert make_transfer_table(cast(Preview, SimpleNamespace(lines=(alone,), today=date(2026, 11, 22))), "EUR") is None
