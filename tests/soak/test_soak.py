"""A week of a small MSP in the soak, and that what watches it bites."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from bench.account import open_database
from bench.msp import FIRST_AGREEMENT, Msp
from tests.simulation.faults import Faults
from tests.soak.__main__ import FIRST_NIGHT, Week, play
from tests.soak.msp import LargeWorld
from tests.soak.watching import Watch


@pytest.fixture(scope="module")
def week() -> Week:
    return play(customers=8, licences=3, nights=7, seed=1)


def test_a_week_breaks_no_promise(week: Week) -> None:
    assert week.violations == []
    assert week.writes > 0
    assert week.ended["exact"] > 0
    assert len(week.bytes_after) == 7


def test_a_week_brought_what_it_must(week: Week) -> None:
    for name in ("psa out", "psa GET:429", "microsoft batch:part-429"):
        assert week.fired[name] > 0, name
    assert any(name.endswith(":reset") for name in week.fired)


async def watch_a_few(folder: Path) -> Watch:
    """Two customers as earlier nights left them, and somebody who watches."""
    dice = Random(0)
    world = LargeWorld(dice, Faults(dice), FIRST_NIGHT, database=open_database(folder / "account.sqlite"))
    await world.populate(Msp(2, 2, 0))
    watch = Watch(world)
    watch.begin()
    return watch


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return asyncio.run(watch_a_few(tmp_path))


def test_an_addition_twice_is_noticed(watch: Watch) -> None:
    (row, _) = watch.world.psa.additions[FIRST_AGREEMENT]
    watch.world.psa.create(FIRST_AGREEMENT, {**row, "quantity": 1})
    assert [each[:2] for each in watch.world.violations] == ["R1", "R1"]
    close(watch)


def test_a_write_that_nobody_promised_is_noticed(watch: Watch) -> None:
    database = watch.world.database
    assert database is not None
    database.connection.execute("delete from rows where key like 'i:%'")
    (row, _) = watch.world.psa.additions[FIRST_AGREEMENT]
    watch.world.psa.change(FIRST_AGREEMENT, row["id"], [{"path": "quantity", "value": 1}])
    assert [each[:2] for each in watch.world.violations] == ["R8"]
    close(watch)


def test_seats_that_nobody_bills_are_noticed(watch: Watch) -> None:
    account, other = list(watch.world.by_id.values())[:2]
    watch.check_sum(account, is_scheduled=False)
    assert watch.world.violations == []
    watch.rows_of(account)[0]["quantity"] -= 1
    watch.rows_of(other)[0]["quantity"] += 1
    watch.check_sum(account, is_scheduled=True)
    watch.check_sum(other, is_scheduled=False)
    watch.check_sum(other, is_scheduled=True)
    assert [each[:2] for each in watch.world.violations] == ["R2", "R2"]
    close(watch)


def close(watch: Watch) -> None:
    """Give the file back."""
    if watch.world.database is not None:
        watch.world.database.close()
