"""`/api/v1` against its own description, by a client that reads nothing else: schemathesis, on a served application.

It makes requests up that fit the description and requests that do not, and compares every answer with it: no error of
ours, no status and no body that is not described, no wrong body taken, no route open without a token. Left out is the
check that whatever fits the shape is taken: which profile and which agreement go together no schema can say.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from plans.tokens import TokenRole
from tests.browser.serving import serve
from tests.unit.web.everything import NAMED
from tests.unit.web.everything import make_everything as make_world
from tests.unit.web.mapping_fakes import CONNECTION
from tests.unit.web.token_fakes import token_headers
from tests.unit.web.watching import Watched
from web.api.description import OPERATIONS

REQUESTS_PER_WORLD = 60
LONGEST_SECONDS = 3000


class Worlds:
    """The application, every so often over a world in which nobody has changed anything yet."""

    def __init__(self) -> None:
        self._asked = 0
        self._app = Watched(make_world())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._asked % REQUESTS_PER_WORLD == 0:
            self._app = Watched(make_world())
        self._asked += 1
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with serve(Worlds()) as address:
        yield address


def write_settings(folder: Path) -> Path:
    """Names of things that are there: with made-up ones every answer would be that there is no such thing."""
    names = {name for each in OPERATIONS for name in each.path_names}
    known = {**NAMED, "connection_id": CONNECTION}
    lines = [f"{name} = {json.dumps(known[name])}" for name in sorted(names)]
    path = folder / "schemathesis.toml"
    # A body that is too large is refused before anybody looks at its shape.
    refusals = "[checks.negative_data_rejection]\nexpected-statuses = [401, 403, 404, 409, 413, 415, 422]"
    path.write_text("\n".join(("[parameters]", *lines, refusals, "")))
    return path


def test_every_answer_is_described_and_none_is_an_error_of_ours(
    served: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (name, token), *_ = token_headers(TokenRole.ADMINISTRATOR).items()
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(write_settings(tmp_path))),
        *("run", f"{served}/api/v1/openapi.json", "--header", f"{name}: {token}", "--no-color"),
        *("--checks", "all", "--exclude-checks", "positive_data_acceptance"),
        *("--max-examples", str(request.config.getoption("--examples")), "--seed", "20261122"),
        *("--warnings", "off", "--generation-database", "none"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=LONGEST_SECONDS)  # noqa: S603
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert f"Tested: {len(OPERATIONS)}" in done.stdout, done.stdout[-4000:]
