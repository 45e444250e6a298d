"""State-changing requests come from our own pages (S3)."""

from __future__ import annotations

import pytest
from starlette.responses import PlainTextResponse

from tests.unit.web.conftest import Open
from tests.unit.web.fakes import PUBLIC_URL
from web.application import find_origin
from web.errors import ErrorBarrier, ErrorPages
from web.rendering import Renderer
from web.security.same_origin import SameOriginGuard
from web.static_files import StaticFiles


def guarded(own_origin: str | None = PUBLIC_URL) -> ErrorBarrier:
    errors = ErrorPages(Renderer(StaticFiles()))
    return ErrorBarrier(SameOriginGuard(PlainTextResponse("changed"), own_origin, errors), errors)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("Sec-Fetch-Site", "same-origin")], 200),
        ([("Origin", PUBLIC_URL)], 200),
        ([("Sec-Fetch-Site", "same-origin"), ("Origin", PUBLIC_URL)], 200),
        ([], 403),
        ([("Sec-Fetch-Site", "cross-site")], 403),
        ([("Sec-Fetch-Site", "same-site")], 403),
        ([("Sec-Fetch-Site", "none")], 403),
        ([("Sec-Fetch-Site", "cross-site"), ("Origin", PUBLIC_URL)], 403),
        ([("Sec-Fetch-Site", "cross-site,same-origin")], 403),
        ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")], 403),
        ([("Origin", "https://evil.example")], 403),
        ([("Origin", f"{PUBLIC_URL}.evil.example")], 403),
        ([("Origin", "null")], 403),
        ([("Origin", PUBLIC_URL.replace("https", "http"))], 403),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_who_may_change_something(method: str, headers: list[tuple[str, str]], status: int, browse: Open) -> None:
    async with browse(guarded()) as client:
        answer = await client.request(method, "/", headers=headers)
    assert answer.status_code == status
    assert (answer.text == "changed") is (status == 200)


async def test_reading_needs_no_origin(browse: Open) -> None:
    async with browse(guarded()) as client:
        assert (await client.get("/", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 200


async def test_without_a_public_address_an_origin_proves_nothing(browse: Open) -> None:
    async with browse(guarded(None)) as client:
        assert (await client.post("/", headers={"Origin": PUBLIC_URL})).status_code == 403


def test_the_origin_comes_from_the_public_address() -> None:
    assert find_origin("https://Seatledger.example:8443/x") == "https://seatledger.example:8443"
    assert find_origin(None) is None
