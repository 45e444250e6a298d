"""A line of the log in Azure is an object that can be asked for by run, customer and correlation, without secrets."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from app.environment import INSIGHTS_SETTING
from app.logs import REDACTOR, JsonLines, set_up_logging
from net.redaction import MASK, RedactingFilter
from sync.about import about, read_about

SECRET = "canary-of-the-logs-1"


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What a handler of the root logger wrote, set up as the worker's is."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    REDACTOR.remember(SECRET)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    for each in root.handlers:
        each.filters = [one for one in each.filters if not isinstance(one, RedactingFilter)]


def read_lines(written: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
def in_azure(written: StringIO, monkeypatch: pytest.MonkeyPatch) -> StringIO:
    monkeypatch.setenv(INSIGHTS_SETTING, "InstrumentationKey=0")
    set_up_logging()
    return written


def test_a_line_says_what_it_is_about_and_carries_facts(in_azure: StringIO) -> None:
    with about(run="2026-11-22", tenant="t-1"), about(customer="contoso"):
        logging.getLogger("sync.x").info("Planned %d lines", 3, extra={"facts": {"event": "planned", "lines": 3}})
    logging.getLogger("sync.x").warning("Later")
    first, second = read_lines(in_azure)
    assert first == {
        "message": "Planned 3 lines",
        "level": "INFO",
        "logger": "sync.x",
        "run": "2026-11-22",
        "tenant": "t-1",
        "customer": "contoso",
        "event": "planned",
        "lines": 3,
    }
    assert second == {"message": "Later", "level": "WARNING", "logger": "sync.x"}


def test_no_secret_stands_in_a_line_wherever_it_comes_from(in_azure: StringIO) -> None:
    try:
        raise ValueError(f"refused {SECRET}")
    except ValueError:
        with about(customer=SECRET):
            logging.getLogger("x").exception("Sent %s", SECRET, extra={"facts": {"note": f"Bearer {SECRET}"}})
    [line] = read_lines(in_azure)
    assert SECRET not in in_azure.getvalue()
    assert line["message"] == f"Sent {MASK}"
    assert line["customer"] == MASK
    assert "ValueError" in line["trace"]


def test_a_line_of_tenants_names_stays_one_line(in_azure: StringIO) -> None:
    logging.getLogger("x").info("Tenant %s", 'a"b\n{"event": "night_closed"}\u2028')
    [line] = read_lines(in_azure)
    assert "event" not in line


def test_a_trace_is_kept_without_the_redactor_too() -> None:
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "no", None, None)
    try:
        raise KeyError("gone")
    except KeyError as error:
        record.exc_info = (KeyError, error, error.__traceback__)
    assert "KeyError" in json.loads(JsonLines(REDACTOR).format(record))["trace"]


def test_on_a_developers_machine_a_line_is_for_reading(written: StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(INSIGHTS_SETTING, raising=False)
    set_up_logging()
    set_up_logging()
    logging.getLogger("x").info("Sent %s", SECRET)
    assert written.getvalue() == f"Sent {MASK}\n"


async def test_what_work_is_about_is_its_own_and_its_tasks() -> None:
    async def tell() -> dict[str, str]:
        await asyncio.sleep(0)
        return dict(read_about())

    with about(run="1"):
        inner = asyncio.create_task(tell())
        with about(customer="a"):
            deeper = asyncio.create_task(tell())
    assert await inner == {"run": "1"}
    assert await deeper == {"run": "1", "customer": "a"}
    assert dict(read_about()) == {}
