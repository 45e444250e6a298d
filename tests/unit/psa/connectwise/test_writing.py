"""ConnectWise: what an answer to a write means."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import httpx
import pytest

from net.client import Answer
from plans.changes import CreateAddition
from plans.ports import Accepted, InDoubt, Refused
from profiles.billing import BillableOption
from psa.connectwise.adapter import DEFINITE_REFUSALS, judge_answer
from psa.connectwise.translate import make_addition_body
from tests.unit.net.answers import damaged_gzip
from tests.unit.psa.connectwise.site import (
    ADDITIONS,
    ConnectWise,
    move_codebase,
)

CHANGE = CreateAddition(0, "SL-0123456789-0000", "501", 12, date(2026, 11, 22), BillableOption.BILLABLE)
POSTED = "/v2026_4/apis/3.0" + ADDITIONS


def create(psa: ConnectWise, change: CreateAddition = CHANGE) -> Any:
    return psa.run(lambda port: port.create_addition("1201", change))


def test_a_write_is_never_sent_to_a_second_codebase() -> None:
    """A 404 may come after the effect, and looking the codebase up takes time that the promise does not have."""
    psa = ConnectWise()

    async def work(port: Any) -> Any:
        return await (await move_codebase(psa)(port)).create_addition("1201", CHANGE)

    assert isinstance(psa.run(work), InDoubt)
    assert psa.paths("POST") == [POSTED]


def test_after_a_404_the_next_write_goes_where_the_api_is_now() -> None:
    psa = ConnectWise()

    async def work(port: Any) -> Any:
        moved = await move_codebase(psa)(port)
        await moved.create_addition("1201", CHANGE)
        return await moved.create_addition("1201", CHANGE)

    assert psa.run(work) == Accepted("9100")
    assert psa.paths("POST") == [POSTED, POSTED.replace("v2026_4", "v2027_1")]


def test_a_write_to_an_agreement_that_is_gone_is_sent_once_and_in_doubt() -> None:
    psa = ConnectWise()
    psa.intercept = lambda request: httpx.Response(404) if request.method == "POST" else None
    assert isinstance(create(psa), InDoubt)
    assert psa.paths("POST") == [POSTED]


def test_a_write_never_raises_even_if_the_company_is_suddenly_unknown() -> None:
    psa = ConnectWise()
    infos = [httpx.Response(200, json={"Codebase": "v2026_4/"}), httpx.Response(200, content=b"null")]
    psa.company_info = lambda: infos.pop(0)
    psa.intercept = lambda request: httpx.Response(404) if request.method == "POST" else None
    assert isinstance(create(psa), Refused | InDoubt)


def test_a_write_is_one_post() -> None:
    psa = ConnectWise()
    assert create(psa) == Accepted("9100")
    assert psa.paths("POST") == [POSTED]
    assert json.loads(psa.site.requests[-1].content) == make_addition_body(CHANGE)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 302, 200, 204, 418])
def test_an_answer_that_is_neither_yes_nor_no_is_in_doubt_and_not_repeated(status: int) -> None:
    psa = ConnectWise()
    html = httpx.Response(status, html="<html>later</html>", headers={"retry-after": "1"})
    psa.intercept = lambda request: html if request.method == "POST" else None
    assert isinstance(create(psa), InDoubt)
    assert psa.paths("POST") == [POSTED]


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout("x"), httpx.ConnectTimeout("x"), httpx.ReadError("x"), httpx.RemoteProtocolError("x")]
)
def test_no_answer_to_a_write_is_in_doubt_and_not_repeated(error: Exception) -> None:
    psa = ConnectWise()

    def fail(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            raise error
        return None

    psa.intercept = fail
    assert create(psa) == InDoubt(f"ConnectWise did not answer the write: {type(error).__name__}.")
    assert psa.paths("POST") == [POSTED]


def test_an_answer_to_a_write_that_cannot_be_unpacked_is_in_doubt() -> None:
    psa = ConnectWise()
    psa.intercept = lambda request: damaged_gzip() if request.method == "POST" else None
    assert isinstance(create(psa), InDoubt)


def test_a_site_that_cannot_be_asked_for_its_codebase_gets_no_write() -> None:
    psa = ConnectWise(company_info=lambda: httpx.Response(503))
    assert isinstance(create(psa), InDoubt)
    assert psa.paths("POST") == []


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (201, {"id": 9100}, Accepted),
        (200, {"id": 9100}, Accepted),
        (201, {"id": 0}, Accepted),
        (201, {"id": None}, InDoubt),
        (201, {}, InDoubt),
        (201, [], InDoubt),
        (201, None, InDoubt),
        *((status, None, Refused) for status in sorted(DEFINITE_REFUSALS)),
        *((status, {"id": 9100}, Refused) for status in sorted(DEFINITE_REFUSALS)),
        *((status, {"id": 9100}, InDoubt) for status in (100, 301, 302, 307, 408, 410, 425, 429, 500, 502, 503, 504)),
    ],
)
def test_an_answer_is_yes_no_or_in_doubt(status: int, body: Any, expected: type) -> None:
    assert type(judge_answer(Answer(status, {}, body, ""))) is expected


def test_a_throttled_write_and_a_server_error_are_never_called_refused() -> None:
    assert DEFINITE_REFUSALS.isdisjoint({408, 425, 429, *range(500, 600)})
