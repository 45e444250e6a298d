"""The oracle stands alone: it imports the standard library and itself, and that is read from its source."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = "tests.oracle"
SOURCES = {path.name: path.read_text() for path in sorted((ROOT / "tests/oracle").rglob("*.py"))}


def find_foreign_imports(source: str) -> list[str]:
    """Imports, however written, of anything but the standard library and the package, by their names."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                modules = [name.name for name in names]
            case ast.ImportFrom(module=str(module), level=0):
                modules = [module]
            case ast.ImportFrom():
                modules = ["a relative import"]
            case ast.Name(id="__import__" | "exec" | "eval" as name):
                modules = [name]
            case _:
                modules = []
        found += [module for module in modules if not _is_allowed(module)]
    return found


def _is_allowed(module: str) -> bool:
    if module == PACKAGE or module.startswith(f"{PACKAGE}."):
        return True
    root = module.split(".")[0]
    return root in sys.stdlib_module_names and root not in {"importlib", "runpy", "subprocess"}


def test_there_is_something_to_look_at() -> None:
    assert {"counting.py", "facts.py", "invoicing.py", "telling.py", "timelines.py"} <= set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_the_oracle_imports_the_standard_library_and_itself_only(name: str) -> None:
    assert find_foreign_imports(SOURCES[name]) == []


@pytest.mark.parametrize(
    "source",
    [
        "import plans",
        "import plans.owed as owed",
        "from profiles.periods import Period",
        "from local.simulators import connectwise",
        "from tests.simulation.psa import Psa",
        "from tests import simulation",
        "import tests.simulation",
        "from . import facts",
        "from ..simulation import oracle",
        "import hypothesis",
        "import importlib",
        "owed = __import__('plans.owed')",
        "def late():\n    from sync import push",
    ],
)
def test_a_foreign_import_is_found(source: str) -> None:
    assert find_foreign_imports(source) != []


@pytest.mark.parametrize(
    "source", ["import calendar", "from datetime import date", "from tests.oracle.facts import Price"]
)
def test_an_import_of_its_own_is_allowed(source: str) -> None:
    assert find_foreign_imports(source) == []
