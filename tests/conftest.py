"""What every test may be asked, and in which order files are played."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="photograph every page that a browser test looks at")
