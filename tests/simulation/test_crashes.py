"""Every crash point of one reference night (R1): a worker dies around each call of a store or of the outside."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from tests.simulation.many import PROCESSES
from tests.simulation.reference import Reference, play_reference


@pytest.fixture(scope="module")
def undisturbed() -> Reference:
    return play_reference()


def test_the_night_makes_sets_and_rolls_up(undisturbed: Reference) -> None:
    assert undisturbed.violations == ()
    assert undisturbed.changes == (
        "customer-1-o365 set_addition verified",
        "customer-1-spb set_addition verified",
        "customer-1-spb set_addition verified",
        "customer-2-spb create_addition verified",
        "customer-3-spb set_addition verified",
    )


def test_a_death_at_any_point_breaks_no_promise(undisturbed: Reference) -> None:
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        endings = list(pool.map(play_reference, range(len(undisturbed.points)), chunksize=10))
    broken = {
        f"{number} {undisturbed.points[number]}": ending.violations
        for number, ending in enumerate(endings)
        if ending.violations
    }
    assert broken == {}
    assert {ending.writes for ending in endings} == {undisturbed.writes}
    assert len(endings) >= 100
