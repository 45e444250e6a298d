"""What is billed on an agreement that ends goes to another one: every line in one step, the successor chosen before."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from plans.errors import Retry
from profiles.billing import Mapping
from tests.unit.web.conftest import Open
from tests.unit.web.mapping_fakes import CUSTOMER, MappingWorld, make_mapping, make_summary, make_world
from tests.unit.web.pages import to_words
from tests.unit.web.tenants import EXCHANGE, PREMIUM, VISIO
from tests.unit.web.test_mapping import Person

PATH = f"{CUSTOMER}/agreements/400/move"
OLD = make_summary("400", "Managed 2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
NEW = make_summary("500", "Managed 2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
OTHER = make_summary("501", "Projects", "8")
LINES = (
    make_mapping(PREMIUM, id="m-1", agreement_id="400"),
    make_mapping(EXCHANGE, "exchange", id="m-2", agreement_id="400"),
    make_mapping(VISIO, "visio", id="m-3", agreement_id="400", is_ended=True),
)


def begin(*agreements: Any, lines: tuple[Mapping, ...] = LINES) -> MappingWorld:
    world = make_world()
    world.catalogue.agreements = agreements or (OLD, NEW, OTHER)
    world.map(*lines)
    return world


def seen_on(source: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', source)
    assert found is not None
    return found[1]


def on(world: MappingWorld, mapping_id: str) -> str:
    return next(each.agreement_id for each in world.mapped if each.id == mapping_id)


async def test_every_line_is_ticked_and_the_successor_is_chosen(browse: Open) -> None:
    """Of the same type and from the day after; what is ended already stays where it is."""
    person = Person(browse, begin())
    source = await person.get(PATH)
    assert sorted(re.findall(r'name="tick" value="([^"]*)" checked', source)) == ["m-1", "m-2"]
    assert re.findall(r'value="([^"]*)" selected', source) == ["500"]
    words = to_words(source)
    assert "Move what is billed on Managed 2026 It ends on 31 Dec 2026." in words
    assert "Managed 2027 (500), Type 7, from 1 Jan 2027 to 31 Dec 2027" in words
    assert "Look whether it is the right one." in words


async def test_what_is_ticked_moves_in_one_step_with_its_history(browse: Open) -> None:
    world = begin()
    person = Person(browse, world)
    seen = seen_on(await person.get(PATH))
    answer = await person.post(PATH, seen=seen, tick="m-1", agreement="500")
    assert answer.headers["location"] == f"{CUSTOMER}?told=moved"
    assert (on(world, "m-1"), on(world, "m-2")) == ("500", "400")
    assert "What was ticked is mapped to the other agreement." in await person.words(answer.headers["location"])
    (entry,) = [each for each in world.audit.entries if "m-1" in each.subject]
    assert "agreement Managed 2026 (agreement 400)" in entry.sentence and "Managed 2027" in entry.sentence


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({}, 422, "Tick what should move first."),
        ({"tick": "m-1"}, 422, "Choose the agreement that it should move to."),
        ({"tick": "m-1", "agreement": "400"}, 422, "Choose the agreement that it should move to."),
        ({"tick": "m-1", "agreement": "500", "seen": "old"}, 409, "nothing was moved"),
    ],
)
async def test_what_does_not_fit_moves_nothing(browse: Open, fields: dict[str, str], status: int, words: str) -> None:
    world = begin()
    person = Person(browse, world)
    seen = seen_on(await person.get(PATH))
    answer = await person.post(PATH, status, **{"seen": seen, **fields})
    assert words in to_words(answer.text)
    assert on(world, "m-1") == "400"


async def test_more_than_one_commit_takes_is_moved_in_several_steps(browse: Open) -> None:
    lines = tuple(replace(LINES[0], id=f"m-{number}") for number in range(41))
    world = begin(lines=lines)
    person = Person(browse, world)
    source = await person.get(PATH)
    many = [each.id for each in lines]
    answer = await person.post(PATH, 422, seen=seen_on(source), tick=many, agreement="500")  # type: ignore[arg-type]
    assert "Tick 40 at most, and move the rest after that." in to_words(answer.text)
    assert {each.agreement_id for each in world.mapped} == {"400"}


async def test_a_profile_that_is_not_for_that_type_moves_nothing(browse: Open) -> None:
    world = begin()
    world.profiles.profiles["premium"] = replace(world.profiles.profiles["premium"], agreement_type_ids=("7",))
    person = Person(browse, world)
    seen = seen_on(await person.get(PATH))
    answer = await person.post(PATH, 422, seen=seen, tick="m-1", agreement="501")
    assert "cannot be billed there: the billing profile is not for agreements of that type." in to_words(answer.text)
    assert on(world, "m-1") == "400"


async def test_somebody_who_was_quicker_moves_it_and_nobody_else(browse: Open) -> None:
    world = begin()

    class Busy:
        async def save_mappings(self, *_: object) -> bool:
            return False

    opened = world.open_administration

    async def open_busy() -> object:
        return replace(await opened(), customers=Busy())  # type: ignore[arg-type]

    world.open_administration = open_busy  # type: ignore[method-assign, assignment]
    person = Person(browse, world)
    seen = seen_on(await person.get(PATH))
    answer = await person.post(PATH, 409, seen=seen, tick="m-1", agreement="500")
    assert "nothing was moved" in to_words(answer.text)
    assert world.audit.entries == []


async def test_a_psa_that_is_silent_offers_nothing(browse: Open) -> None:
    world = begin()
    world.catalogue.error = Retry("It sleeps.")
    person = Person(browse, world)
    source = await person.get(PATH)
    assert "The PSA does not tell its agreements. It sleeps." in to_words(source)
    answer = await person.post(PATH, 422, seen=seen_on(source), tick="m-1", agreement="500")
    assert "It sleeps." in to_words(answer.text)


async def test_an_agreement_on_which_nothing_is_billed_says_so(browse: Open) -> None:
    person = Person(browse, begin(lines=()))
    assert "Nothing of this customer is billed on it." in await person.words(PATH)
    await person.get(f"{CUSTOMER}/agreements/{'4' * 101}/move", 404)


async def test_a_reader_moves_nothing(browse: Open) -> None:
    await Person(browse, begin(), "Reader").get(PATH, 403)
