"""What pages say after many syncs in a day, and before the first night."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from plans.approvals import HeldLine, OpenHold
from plans.changes import HoldRule
from plans.runs import CustomerState, Run, RunPhase, Totals
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World
from tests.unit.web.pages import read_words

HELD = HeldLine("mapping", "Visio", "line", "plan", HoldRule.LARGE_DROP, "9 → 2 Visio waits.", 9, 2, None)


def sync(world: World, count: int, *customers: int) -> None:
    """So many syncs after whatever has been: each reads these customers and finds them right."""
    day = nights.NIGHT
    extras = [
        Run(
            f"{day}-{number:03d}",
            RunPhase.CLOSED,
            nights.STARTED + timedelta(hours=1, minutes=number),
            nights.STARTED + timedelta(hours=1, minutes=number, seconds=30),
            totals=Totals(len(customers), len(customers), unchanged=len(customers)),
        )
        for number in range(count, 0, -1)
    ]
    world.runs.runs = (*extras, *world.runs.runs)
    for each in extras:
        rows = [nights.planned(number, nights.plan(number, CustomerState.UNCHANGED)) for number in customers]
        world.runs.tenants[each.id] = rows


async def test_after_many_syncs_home_and_customers_still_speak_of_the_night(browse: Open) -> None:
    for count in (12, 60, 250):
        world = nights.typical_world()
        sync(world, count, 0)
        words = await read_words(browse, world, "/")
        assert "9 customers right; 3 need you; " in words
        assert "Not read yet" not in (await read_words(browse, world, "/customers")).partition("Customer Mapped")[2]
        words = await read_words(browse, world, "/customers/customer-2/waiting")
        assert "Nothing of this customer waits" not in words
        assert "a decrease waits for a person" in words


async def test_what_a_sync_found_stands_for_its_customers_only(browse: Open) -> None:
    world = nights.typical_world()
    sync(world, 1, 3, 4)
    words = await read_words(browse, world, "/")
    assert "11 customers right; 1 needs you; " in words
    assert "Northwind Legal" in words.partition("What needs you")[2].partition("What changed")[0]
    assert "Lumen Optics" not in words.partition("What needs you")[2].partition("What changed")[0]


async def test_a_hold_that_waits_anywhere_is_said(browse: Open) -> None:
    world = nights.quiet_world()
    hold = OpenHold(
        "customer-0", "Harbour Dental Group", nights.CONNECTION, "400", nights.STARTED - timedelta(days=2), "run", HELD
    )
    world.open_items.holds = (hold,)
    words = await read_words(browse, world, "/")
    assert "nothing needs you" not in words
    assert "9 → 2 Visio waits." in words
    assert "Since 20 Nov 2026" in words
    world.runs.runs = (Run("2026-11-22-001", RunPhase.READING, nights.STARTED + timedelta(hours=2)), *world.runs.runs)
    assert "A sync is running; 1 customer needs you so far." in await read_words(browse, world, "/")


@pytest.mark.parametrize("path", ["/", "/customers", "/customers/customer-2/waiting"])
async def test_a_need_is_as_old_as_its_oldest_hold_however_far_back(path: str, browse: Open) -> None:
    world = nights.typical_world()
    waiting = OpenHold(
        "customer-2", "Northwind Legal", nights.CONNECTION, "402", nights.STARTED - timedelta(days=30), "run", HELD
    )
    world.open_items.holds = (waiting, replace(waiting, agreement_id="403", since=nights.STARTED))
    words = await read_words(browse, world, path)
    assert "23 Oct 2026" in words.partition("Northwind Legal")[2] and "20 Nov 2026" not in words


async def test_before_the_first_night_home_says_what_syncs_have_read(browse: Open) -> None:
    world = nights.typical_world()
    world.runs.runs, world.runs.tenants, world.runs.pushes = (), {}, {}
    sync(world, 2, 0)
    world.runs.tenants[f"{nights.NIGHT}-001"] = [nights.planned(1), nights.unknown(4, "Microsoft refused.")]
    words = await read_words(browse, world, "/")
    assert "No night has run yet; syncs have read 2 of 12 customers; 1 needs you." in words
    assert "Lumen Optics" not in words.partition("What needs you")[0]
    assert "Microsoft refused." in words
    words = await read_words(browse, world, "/customers/customer-4")
    assert "The tenant could not be read" in words


async def test_a_tenant_that_could_not_be_read_is_not_said_to_have_no_licence(browse: Open) -> None:
    world = nights.typical_world()
    world.archive.snapshots = {}
    world.books.mappings = {}
    words = await read_words(browse, world, "/customers/customer-4")
    assert "The tenant has no licence" not in words
    assert "The tenant could not be read" in words
    assert "refused with 403. Check the GDAP roles" in words


async def test_licences_that_nobody_mapped_have_a_tile(browse: Open) -> None:
    assert "Unmapped 3" in await read_words(browse, nights.quiet_world(), "/")


async def test_the_next_step_of_the_set_up_stands_above_the_night(browse: Open) -> None:
    world = nights.typical_world()
    world.books.customers = tuple(replace(each, is_observed=True) for each in world.books.customers)
    world.books.mappings = {}
    words = await read_words(browse, world, "/")
    assert "Connect your PSA." in words
    assert "9 customers right" in words
