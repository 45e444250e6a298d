"""Every kind of alert is raised by the real thing, and clears when the step that it names is done: the demo MSP on the
whole local stack, four nights around the end of a month, and two months later.

docs/alerts.md names a story of `alert_stories.py` for each kind; the last tests here compare both.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from local.demo.demos import MSP
from local.night import night_of
from local.stack import start_stack
from notify.addresses import write_target
from plans.alerts.alert import AlertKind, KeptAlert
from plans.alerts.kinds import KINDS
from tests.scenario.alert_stories import (
    FIRST_NIGHT,
    LAST_NIGHT,
    SECOND_NIGHT,
    STORIES,
    THIRD_NIGHT,
    Clears,
    Story,
)
from tests.scenario.alert_world import Office, open_browser

pytestmark = pytest.mark.stack

DOCS = Path(__file__).resolve().parents[2] / "docs/alerts.md"
A_LONG_PAUSE = timedelta(days=62)
# They come when nights do not.
WITHOUT_NIGHTS = {"night-missed": timedelta(hours=27), "sign-in-ends": A_LONG_PAUSE}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The world after every story was played to its end."""
    stack = asyncio.run(start_stack(tmp_path_factory.mktemp("alerts"), demo=MSP, begins_at=night_of(FIRST_NIGHT)))
    try:
        with open_browser(stack) as client:
            office = Office(stack, client)
            play(office)
            yield office
    finally:
        stack.stop()


def play(office: Office) -> None:
    """All stories beside each other; those that need a pause of the nights when the others are over."""
    office.night(FIRST_NIGHT)
    for story in STORIES.values():
        if story.starts is not None:
            story.starts(office)
    office.night(SECOND_NIGHT)
    for story in STORIES.values():
        if story.goes_on is not None:
            story.goes_on(office)
    office.night(THIRD_NIGHT)
    # What was begun last is ended first.
    for name, story in reversed(STORIES.items()):
        if name not in WITHOUT_NIGHTS:
            story.step(office)
            office.finish_runs()
    office.notice(lambda: all(is_over(office, story) for story in STORIES.values() if story.clears is Clears.HOUR))
    office.move_to(night_of(THIRD_NIGHT) + WITHOUT_NIGHTS["night-missed"])
    office.notice(lambda: office.stands(AlertKind.NIGHT_MISSED, ""))
    office.night(LAST_NIGHT)
    office.move_to(office.now() + WITHOUT_NIGHTS["sign-in-ends"])
    office.notice(lambda: office.stands(AlertKind.TOKEN_EXPIRING, ""))
    STORIES["sign-in-ends"].step(office)
    office.notice(lambda: is_over(office, STORIES["sign-in-ends"]))


def is_over(office: Office, story: Story) -> bool:
    """Whether nothing of it stands, or it never stood: the test of the story says which."""
    kept = office.seen.get((story.kind, story.name))
    return kept is None or kept.id in office.cleared


def find(office: Office, story: Story) -> KeptAlert:
    """The alert of a story, as it last stood."""
    kept = office.seen.get((story.kind, story.name))
    assert kept is not None, f"nothing of {story.kind.value} ever stood about {story.name or 'the installation'}"
    return kept


@pytest.mark.parametrize("name", STORIES)
def test_it_is_raised_by_the_real_thing(name: str, office: Office) -> None:
    story = STORIES[name]
    kept = find(office, story)
    assert story.words in kept.alert.sentence
    assert kept.alert.step and kept.is_heard


@pytest.mark.parametrize("name", STORIES)
def test_the_step_that_it_names_clears_it(name: str, office: Office) -> None:
    story = STORIES[name]
    kept = find(office, story)
    cleared = office.cleared.get(kept.id)
    assert cleared is not None and cleared.first_seen == kept.first_seen, kept.alert.sentence


@pytest.mark.parametrize("name", STORIES)
def test_its_next_step_has_a_page(name: str, office: Office) -> None:
    address = write_target(find(office, STORIES[name]).alert)
    shown = office.client.get(address, follow_redirects=True)
    # What was decided about waits no more, and its own page is gone with it.
    assert shown.status_code == (404 if STORIES[name].kind is AlertKind.HELD else 200), address


def read_table() -> dict[str, str]:
    """The rows of the table of kinds in docs/alerts.md: the story by the kind's word."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in DOCS.read_text().splitlines() if "|" in line
    ]
    return {row[0]: row[-1] for row in rows if row[0] in {words.word for words in KINDS.values()}}


def test_docs_name_for_each_kind_the_stories_that_are_played() -> None:
    told = {word: set(re.findall(r"`([a-z-]+)`", cell)) for word, cell in read_table().items()}
    played = {
        words.word: {name for name, story in STORIES.items() if story.kind is kind} for kind, words in KINDS.items()
    }
    assert told == played


def test_every_kind_is_played() -> None:
    assert {story.kind for story in STORIES.values()} == set(AlertKind)
