"""A browser without a browser: the real application, asked in the process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
from starlette.types import ASGIApp

from tests.unit.web.fakes import PUBLIC_URL, World
from tests.unit.web.watching import Watched

type Open = Callable[[ASGIApp | World], AbstractAsyncContextManager[httpx.AsyncClient]]


@asynccontextmanager
async def open_client(app: ASGIApp | World) -> AsyncIterator[httpx.AsyncClient]:
    chosen = Watched(app) if isinstance(app, World) else app
    async with httpx.AsyncClient(transport=httpx.ASGITransport(chosen), base_url=PUBLIC_URL) as client:
        yield client


@pytest.fixture
def browse() -> Open:
    return open_client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks back on all requests comes last."""
    items.sort(key=lambda item: item.name.startswith("test_last_of_all"))
