"""Faults: how long they last, whom they strike, and that a misspelt one is refused."""

from __future__ import annotations

import pytest

from local.simulators.faults import FaultBoard, UnknownFaultError

READ, WRITE = "GET /things", "POST /things"


@pytest.fixture
def board() -> FaultBoard:
    return FaultBoard(("reset", "hang"), (READ, WRITE))


def test_a_fault_wears_out(board: FaultBoard) -> None:
    board.add({"name": "reset", "times": 2})
    assert [board.take("reset", READ) is not None for _ in range(3)] == [True, True, False]
    assert board.listing()[0]["used"] == 2


def test_a_fault_without_a_number_stays(board: FaultBoard) -> None:
    board.add({"name": "reset", "times": None})
    assert all(board.take("reset", READ) for _ in range(5))
    board.clear("reset")
    assert board.take("reset", READ) is None


def test_a_fault_strikes_only_what_it_names(board: FaultBoard) -> None:
    board.add({"name": "reset", "operation": WRITE, "tenant": "a"})
    assert board.take("reset", READ, "a") is None
    assert board.take("reset", WRITE, "b") is None
    assert board.take("hang", WRITE, "a") is None
    assert board.take("reset", WRITE, "a") is not None


@pytest.mark.parametrize("wrong", [{"name": "rest"}, {"name": "reset", "operation": "GET /thing"}, {"nam": "x"}])
def test_a_misspelt_fault_is_refused(board: FaultBoard, wrong: dict[str, str]) -> None:
    with pytest.raises(UnknownFaultError):
        board.add(wrong)
