"""What every test may be asked, in which order files are played, and what is counted over all of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import settings

# What contract tests checked, of all processes; the sum is told at the end of the run.
EXCHANGES = pytest.StashKey[Counter[str]]()
# Files that take long come first, so that no process is left alone with one when all else is done.
LONGEST_FIRST = ("tests/simulation/", "tests/timelines/", "tests/scenario/", "tests/browser/", "tests/contract/")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="photograph every page that a browser test looks at")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[EXCHANGES] = Counter()
    # How long one example takes says how busy the machine is, and nothing about us.
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=rank)


def rank(item: pytest.Item) -> tuple[bool, int]:
    """Where a test comes in the order: those that start the whole stack first, then by folder."""
    found = (number for number, folder in enumerate(LONGEST_FIRST) if item.nodeid.startswith(folder))
    return item.get_closest_marker("stack") is None, next(found, len(LONGEST_FIRST))


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
