"""How the tests run under `make mutants`, where each mutant is another run of them.

A broken product is only noticed there, so Hypothesis shrinks, keeps and times nothing; and what is fast goes first.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, is_hypothesis_test, settings

settings.register_profile(
    "mutants", phases=(Phase.explicit, Phase.generate), derandomize=True, database=None, deadline=None
)
settings.load_profile("mutants")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that try many examples behind those that try one."""
    items.sort(key=lambda item: is_hypothesis_test(getattr(item, "obj", None)))
