"""Of which lines the company's other agreements are looked through, in a night."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from plans.beside import OtherAgreement
from plans.plan import AgreementPlan
from plans.planning import plan_agreement
from profiles.readings import Known, Reading
from sync.searching import look_beside
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import SPB, World, april
from tests.unit.plans.test_beside import refused_first_addition


async def is_searched(world: World, day: date) -> bool:
    """Whether somebody asks for other agreements in the night of that day, which reads 30 seats."""
    asked: list[frozenset[str]] = []

    async def ask(product_ids: frozenset[str]) -> Reading[tuple[OtherAgreement, ...]]:
        asked.append(product_ids)
        return Known(())

    def draft(name: str, lines: object, around: object) -> AgreementPlan:
        return plan_agreement("contoso", name, lines, around)  # type: ignore[arg-type]

    world.read(day, {SPB: 30})
    around = replace(world.surround(day), others=None)
    found = await look_beside(draft, {SPB}, {HOME: [world.make_input(SPB)]}, around, ask)
    assert (found.others == Known(())) is bool(asked)
    return bool(asked)


async def test_what_a_person_refused_is_looked_for_once_somebody_approves_it_all_the_same() -> None:
    world = refused_first_addition()
    assert not await is_searched(world, april(3))
    world.approve()
    assert await is_searched(world, april(3))


async def test_an_approval_of_what_was_found_then_is_looked_for_as_well() -> None:
    """The hash of that approval is not the one of a night that looked for nothing."""
    world = refused_first_addition()
    world.approved.add("the hash of 30 seats beside 8 others")
    assert await is_searched(world, april(3))
