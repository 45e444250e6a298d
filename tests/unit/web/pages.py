"""Reading pages and files as a person would."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Sequence

from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World, sign_in_headers


def to_words(source: str) -> str:
    """What stands on the page, without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", source)).replace("\u00a0", " ").split())


async def read_source(
    browse: Open, world: World, path: str, status: int = 200, roles: Sequence[str] = ("Administrator",)
) -> str:
    async with browse(world) as client:
        answer = await client.get(path, headers=sign_in_headers(roles))
    assert answer.status_code == status, answer.text
    return answer.text


async def read_words(browse: Open, world: World, path: str, status: int = 200) -> str:
    source = await read_source(browse, world, path, status)
    return to_words(source[source.index("<main") : source.index("<dialog")])


async def read_csv(browse: Open, world: World, path: str) -> list[list[str]]:
    """The rows of a file, its head first."""
    async with browse(world) as client:
        answer = await client.get(path, headers=sign_in_headers())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
