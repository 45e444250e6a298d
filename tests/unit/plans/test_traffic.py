"""What a run asked of the outside is added up."""

from __future__ import annotations

from plans.traffic import Traffic


def test_everything_is_added_up() -> None:
    assert Traffic(3, 2, 1, 500).plus(Traffic(10, 20, 30, 40)) == Traffic(13, 22, 31, 540)
    assert Traffic().plus(Traffic(1, 2, 3, 4)) == Traffic(1, 2, 3, 4)
