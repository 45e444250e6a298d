"""The rules of the house, as lints over the source. Each one is shown a bad example, so that it is known to bite."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from pathlib import Path

import pytest

from app.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("profiles", "plans", "net", "microsoft", "psa", "store", "sync", "notify", "web", "app")
ENVIRONMENT_READERS = frozenset({"app/settings.py", "app/environment.py"})
FILTER_FILES = frozenset({"store/filters.py", "store/tables.py"})
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
FORBIDDEN_IN_THE_CORE = frozenset({"random", "uuid", "secrets"})
CLOCKS = frozenset({"now", "utcnow", "today", "time", "monotonic", "perf_counter", "time_ns"})
CLOCK_OWNERS = frozenset({"datetime", "date", "time"})
NAME_OF_A_SETTING = re.compile(r"SEATLEDGER_[A-Z][A-Z_]*[A-Z]")
SAFE = re.compile(r"\|\s*safe\b|autoescape\s+false|\bMarkup\(")


def find_sources(*packages: str) -> dict[str, str]:
    """Product source by its path in the repository."""
    files = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    if packages == PACKAGES:
        files.append(ROOT / "function_app.py")
    return {path.relative_to(ROOT).as_posix(): path.read_text() for path in files if "vendor" not in path.parts}


PRODUCT = find_sources(*PACKAGES)
TEMPLATES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted((ROOT / "web").rglob("*.html"))}


@cache
def walk(source: str) -> tuple[ast.AST, ...]:
    """All of a source's syntax, read once for all rules."""
    return tuple(ast.walk(ast.parse(source)))


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    """Nobody else needs the syntax of the whole house in memory."""
    yield
    walk.cache_clear()


def look_through(paths: Iterable[str], find: Callable[[str, str], list[str]]) -> list[str]:
    """What a rule finds in all of these files, each finding with its file."""
    files = PRODUCT | TEMPLATES
    return [found for path in paths for found in find(path, files[path])]


def find_foreign_filters(path: str, source: str) -> list[str]:
    """Queries of tables outside the two files that may make one."""
    if path in FILTER_FILES:
        return []
    found = []
    for node in walk(source):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            is_query = name in ("query_entities", "list_entities")
            if is_query or any(word.arg == "query_filter" for word in node.keywords) or name == "Filter":
                found.append(f"{path}:{node.lineno} {name}")
    return found


def find_built_filters(path: str, source: str) -> list[str]:
    """Filter texts put together outside store/filters.py: f-strings, concatenations, % and format."""
    if path == "store/filters.py":
        return []
    found = []
    for node in walk(source):
        if isinstance(node, ast.JoinedStr | ast.BinOp) or (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        ):
            text = ast.unparse(node)
            if re.search(r"(PartitionKey|RowKey)\s+(eq|ne|gt|ge|lt|le)\b", text):
                found.append(f"{path}:{node.lineno}")
    return found


def find_floats(path: str, source: str) -> list[str]:
    """Floating point: the name, or a literal."""
    return [
        f"{path}:{node.lineno}"
        for node in walk(source)
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
    ]


def find_chance_and_clocks(path: str, source: str) -> list[str]:
    """What differs from one replay to the next: clocks, randomness, fresh ids."""
    found = []
    for node in walk(source):
        match node:
            case ast.Import(names=names):
                bad = [name.name for name in names if name.name.split(".")[0] in FORBIDDEN_IN_THE_CORE | {"time"}]
            case ast.ImportFrom(module=str(module)):
                bad = [module] if module.split(".")[0] in FORBIDDEN_IN_THE_CORE | {"time"} else []
            case ast.Attribute(attr=attr, value=ast.Name(id=owner) | ast.Attribute(attr=owner)):
                bad = [f"{owner}.{attr}"] if attr in CLOCKS and owner in CLOCK_OWNERS else []
            case _:
                bad = []
        found += [f"{path}:{getattr(node, 'lineno', 0)} {name}" for name in bad]
    return found


def find_long_pieces(path: str, source: str) -> list[str]:
    """Files and functions that nobody reads in one go."""
    lines = source.count("\n")
    found = [f"{path} has {lines} lines"] if lines > MOST_LINES_OF_A_FILE else []
    for node in walk(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MOST_LINES_OF_A_FUNCTION:
                found.append(f"{path}:{node.lineno} {node.name} has {length} lines")
    return found


def find_unescaped(path: str, source: str) -> list[str]:
    """Places where a template or a page lets markup through."""
    return [f"{path}:{number}" for number, line in enumerate(source.splitlines(), 1) if SAFE.search(line)]


def find_unknown_settings(path: str, source: str, known: frozenset[str]) -> list[str]:
    """Names of settings that nobody defines."""
    return [f"{path}: {name}" for name in sorted(set(NAME_OF_A_SETTING.findall(source)) - known)]


def find_environment_readers(path: str, source: str) -> list[str]:
    """Places that read the environment themselves."""
    return [
        f"{path}:{node.lineno}"
        for node in walk(source)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    ]


def name_settings() -> Iterator[str]:
    """The environment variable of every setting."""
    for name, field in Settings.model_fields.items():
        yield str(field.validation_alias or f"SEATLEDGER_{name.upper()}")


def test_tables_are_queried_in_one_place() -> None:
    assert look_through(PRODUCT, find_foreign_filters) == []


@pytest.mark.parametrize(
    "source",
    [
        "table.query_entities('x')",
        "async for row in table.list_entities(): pass",
        "f(query_filter=text)",
        "from store.filters import Filter\nFilter('PartitionKey eq @x', {})",
    ],
)
def test_a_query_elsewhere_is_found(source: str) -> None:
    if source.startswith("async"):
        source = f"async def f():\n    {source}"
    assert find_foreign_filters("web/pages/x.py", source) != []
    assert find_foreign_filters("store/tables.py", source) == []


def test_filters_are_built_in_one_place() -> None:
    assert look_through(PRODUCT, find_built_filters) == []


@pytest.mark.parametrize(
    "source",
    [
        "f\"PartitionKey eq '{customer}'\"",
        '"PartitionKey eq \'" + customer + "\'"',
        "\"RowKey ge '%s'\" % key",
        "\"RowKey ge '{}'\".format(key)",
    ],
)
def test_a_filter_that_is_put_together_is_found(source: str) -> None:
    assert find_built_filters("store/books.py", source) != []


def test_money_and_seats_know_no_floating_point() -> None:
    assert look_through(find_sources("profiles", "plans"), find_floats) == []


@pytest.mark.parametrize("source", ["x = 0.5", "def f(x: float): ...", "float('1')", "y = 1e3"])
def test_floating_point_is_found(source: str) -> None:
    assert find_floats("plans/x.py", source) != []


def test_the_core_asks_no_clock_and_throws_no_dice() -> None:
    assert look_through(find_sources("profiles", "plans", "sync"), find_chance_and_clocks) == []


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "import time",
        "from time import time",
        "time.time()",
        "import random",
        "from random import choice",
        "import uuid",
        "from uuid import uuid4",
        "import secrets",
    ],
)
def test_a_clock_or_a_die_is_found(source: str) -> None:
    assert find_chance_and_clocks("sync/night.py", source) != []


@pytest.mark.parametrize("source", ["outside.now()", "context.current_utc_datetime", "run.started_at.date()"])
def test_the_time_that_is_handed_in_is_allowed(source: str) -> None:
    assert find_chance_and_clocks("sync/night.py", source) == []


def test_files_and_functions_are_short() -> None:
    assert look_through(PRODUCT, find_long_pieces) == []


def test_a_long_file_and_a_long_function_are_found() -> None:
    assert find_long_pieces("x.py", "\n" * (MOST_LINES_OF_A_FILE + 1)) != []
    function = "async def f():\n" + "    x = 1\n" * MOST_LINES_OF_A_FUNCTION
    assert find_long_pieces("x.py", function) != []
    assert find_long_pieces("x.py", function.removesuffix("    x = 1\n")) == []


def test_there_is_something_to_look_at() -> None:
    assert len(PRODUCT) > 400
    assert TEMPLATES
    for package in PACKAGES:
        assert find_sources(package), package


def test_nothing_leaves_a_template_unescaped() -> None:
    assert look_through([*TEMPLATES, *find_sources("web")], find_unescaped) == []


@pytest.mark.parametrize("source", ["{{ x|safe }}", "{{ x | safe }}", "{% autoescape false %}", "Markup(name)"])
def test_an_unescaped_value_is_found(source: str) -> None:
    assert find_unescaped("web/templates/x.html", source) != []


def test_every_setting_has_one_name_of_its_own() -> None:
    assert [name for name, times in Counter(name_settings()).items() if times > 1] == []


def test_every_setting_that_is_named_is_defined() -> None:
    assert look_through(PRODUCT, partial(find_unknown_settings, known=frozenset(name_settings()))) == []


def test_a_setting_that_nobody_defines_is_found() -> None:
    assert find_unknown_settings("x.py", '"Set SEATLEDGER_NIGHT_HOURS."', frozenset(name_settings())) != []


def test_the_environment_is_read_by_the_settings_only() -> None:
    assert look_through(PRODUCT.keys() - ENVIRONMENT_READERS, find_environment_readers) == []


@pytest.mark.parametrize("source", ["os.environ['X']", "os.getenv('X')"])
def test_a_reader_of_the_environment_is_found(source: str) -> None:
    assert find_environment_readers("web/x.py", source) != []


def find_uv() -> str | None:
    local = ROOT / ".local/tools/bin/uv"
    return str(local) if local.exists() else shutil.which("uv")


def export_requirements() -> list[str]:
    """What the lock file says is deployed."""
    uv = find_uv()
    if uv is None:
        pytest.skip("uv is neither under .local/tools/bin nor on PATH; `make setup` brings it")
    command = [uv, "export", "--locked", "--offline", "--no-default-groups", "--no-emit-project", "--no-header"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_is_deployed_is_what_is_locked() -> None:
    assert (ROOT / "requirements.txt").read_text().splitlines() == export_requirements()


def test_every_requirement_is_pinned_with_its_hash() -> None:
    text = (ROOT / "requirements.txt").read_text()
    pinned = re.findall(r"^[A-Za-z0-9_.\-\[\]]+==\S+", text, flags=re.MULTILINE)
    named = re.findall(r"^[A-Za-z0-9]\S*", text, flags=re.MULTILINE)
    assert len(pinned) == len(named)
    assert text.count("--hash=sha256:") >= len(pinned)
