"""From a hold and from what waits to the page where additions are made a line's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from plans.approvals import ParkedLine
from plans.changes import HoldRule
from plans.judgement import PlannedAgreement, Verdict
from plans.results import PushResult
from plans.runs import CustomerState
from tests.unit.web import nights, tenants
from tests.unit.web.adoption_fakes import TYPED, make_world
from tests.unit.web.approval_fakes import CONNECTION, PREMIUM
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World
from tests.unit.web.pages import read_source
from tests.unit.web.test_approvals import get
from tests.unit.web.waiting import waiting_world

WAITING = "/customers/customer-0/waiting"
TO_PREMIUM = 'href="/customers/customer-0/licences/m-0-premium/adopt"'


async def test_a_hold_beside_a_stranger_leads_here(browse: Open) -> None:
    world = make_world(TYPED)
    hold = world.add_hold(0, rule=HoldRule.UNADOPTED_ADDITION)
    for path in (f"/approvals/{hold.id}", "/approvals"):
        assert 'href="/customers/customer-0/licences/m-0/adopt"' in await get(browse, world, path)
    other = world.add_hold(1)
    assert (await get(browse, world, "/approvals")).count("Adopt what is there instead") == 1
    assert "/adopt" not in await get(browse, world, f"/approvals/{other.id}")


def plan_anew(**changes: Any) -> World:
    """The customer that the night holds, with another plan and no verdict about it."""
    world = waiting_world()
    first, *others = world.runs.tenants[nights.NIGHT]
    result = replace(first.agreements[0], **changes)
    world.runs.tenants[nights.NIGHT] = [replace(first, agreements=(result,)), *others]
    return world


async def test_what_the_plan_parks_leads_here_from_what_waits(browse: Open) -> None:
    parked = ParkedLine("m-0-premium", PREMIUM, "Addition 9001 was changed in the PSA.")
    world = plan_anew(state=CustomerState.PARKED, parked=(parked,), writing=(), change_count=0)
    source = await read_source(browse, world, WAITING)
    assert TO_PREMIUM in source and "Look at its additions, and accept them" in source


async def test_what_a_push_parked_leads_here_where_it_is_known_whose_it_is(browse: Open) -> None:
    mapping = tenants.make_mapping(0, tenants.PREMIUM, "premium")
    twice = (nights.weigh(mapping, 10, 12, 40), nights.weigh(replace(mapping, id="m-0-other"), 1, 2, 4))
    for writing, is_known in ((twice[:1], True), (twice, False)):
        world = plan_anew(writing=writing)
        allowed = PlannedAgreement("customer-0", CONNECTION, "400", "hash-0", writing)
        world.archive.verdicts[nights.NIGHT] = Verdict(nights.NIGHT, (allowed,), ())
        push = PushResult("hash-0", "customer-0", "400", CustomerState.PARKED, 1, 0, sentences=("Found 13.",))
        world.runs.pushes = {nights.NIGHT: [push]}
        source = await read_source(browse, world, WAITING)
        assert "Found 13." in source and (TO_PREMIUM in source) is is_known


async def test_a_held_first_write_beside_a_stranger_leads_here_from_what_waits(browse: Open) -> None:
    mapping = tenants.make_mapping(0, tenants.PREMIUM, "premium")
    held = nights.plan_held(0, mapping, 0, 21, "There is addition 9001 already.").held
    held = tuple(replace(each, rule=HoldRule.UNADOPTED_ADDITION) for each in held)
    world = plan_anew(state=CustomerState.HELD, held=held, writing=(), change_count=0)
    source = await read_source(browse, world, WAITING)
    assert TO_PREMIUM in source and "Adopt what is there" in source
