"""docs/switching.md: each option of the product that is replaced names a test, and the test is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TEXT = (REPOSITORY / "docs/switching.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", TEXT)))
# Heading, rule, and then a row for each option; the first table has no tests, for it tells what is not there.
TABLES = [re.findall(r"^\|.*\|$", part, re.MULTILINE) for part in TEXT.split("\n## ")[2:]]


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_what_shows_an_option_is_there(file: str, test: str) -> None:
    source = (REPOSITORY / "tests" / file).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {test}\(", source, re.MULTILINE)


@pytest.mark.parametrize("row", [row for rows in TABLES for row in rows[2:]])
def test_every_option_says_where_it_is_what_is_different_and_what_shows_it(row: str) -> None:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(cells) == 4 and all(cells)
    assert all(re.fullmatch(r"`[\w/]+\.py::\w+`", each) for each in cells[3].split(", "))
