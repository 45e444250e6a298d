"""What every test may be asked, in which order files are played, and what is counted over all of them."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

import pytest
from hypothesis import settings

from tests.scheduling import FilesTogether, name_unit

# What contract tests checked, of all processes; the sum is told at the end of the run.
EXCHANGES = pytest.StashKey[Counter[str]]()
# Files that take long come first, so that no process is left alone with one when all else is done; those that wait for
# a stack and those that compute take turns.
LONGEST_FIRST = (
    "tests/simulation/",
    "tests/timelines/",
    "tests/unit/web/",
    "tests/browser/",
    "tests/scenario/",
    "tests/contract/",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="photograph every page that a browser test looks at")
    parser.addoption("--examples", type=int, default=3, help="how many requests to make up for each route of the API")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[EXCHANGES] = Counter()
    # How long one example takes says how busy the machine is, and nothing about us.
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    """Who plays what, where several processes share the tests."""
    return FilesTogether(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=rank)
    waiting = list_files(item for item in items if starts_stack(item))
    computing = list_files(item for item in items if not starts_stack(item))
    nothing: list[pytest.Item] = []
    turns = zip_longest(waiting, computing, fillvalue=nothing)
    items[:] = [item for turn in turns for file in turn for item in file]


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: nobody needs to look through it for garbage."""
    gc.collect()
    gc.freeze()


def list_files(items: Iterable[pytest.Item]) -> list[list[pytest.Item]]:
    """The tests of each file, or of a folder that stays together, in the order in which they came."""
    by_file: dict[str, list[pytest.Item]] = {}
    for item in items:
        by_file.setdefault(name_unit(item.nodeid), []).append(item)
    return list(by_file.values())


def starts_stack(item: pytest.Item) -> bool:
    """Whether a test waits for processes most of its time: while it does, another one may compute."""
    return item.get_closest_marker("stack") is not None


def rank(item: pytest.Item) -> int:
    """Where a test's folder comes in the order."""
    found = (number for number, folder in enumerate(LONGEST_FIRST) if item.nodeid.startswith(folder))
    return next(found, len(LONGEST_FIRST))


def pytest_sessionfinish(session: pytest.Session) -> None:
    counted = session.config.stash[EXCHANGES]
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["exchanges"] = dict(counted)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A process of pytest-xdist has ended: what it counted is added to what the others did."""
    counted: dict[str, int] = getattr(node, "workeroutput", {}).get("exchanges", {})
    node.config.stash[EXCHANGES].update(counted)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    counted = config.stash[EXCHANGES]
    if counted["checked"]:
        terminalreporter.write_line(f"contract: {counted['checked']} exchanges checked, {counted['failed']} failed")
