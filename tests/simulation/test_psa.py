"""The simulated ConnectWise takes a PATCH, and everything that can go wrong with its answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random
from typing import Any

import httpx
import pytest

from tests.simulation.faults import Faults, Process
from tests.simulation.psa import API, ORIGIN, PsaState, PsaTransport
from tests.simulation.virtual_time import run_virtually

PATH = f"{ORIGIN}{API}/finance/agreements/1201/additions/9001"
QUANTITY = [{"op": "replace", "path": "quantity", "value": 12}]
LIMIT = timedelta(minutes=10)


def make_state() -> PsaState:
    state = PsaState(LIMIT)
    state.additions[1201] = [{"id": 9001, "quantity": 10, "cancelledDate": "2026-11-30T00:00:00Z"}]
    return state


def patch(state: PsaState, mishap: str | None = None, body: Any = QUANTITY, path: str = PATH) -> Any:
    """The answer, or the error, and the quantity at once and after the late effect limit."""
    chances = {} if mishap is None else {f"psa PATCH:{mishap}": 1.0}
    transport = PsaTransport(state, Faults(Random(1), answer_chances=chances), Process("worker"))

    async def work() -> Any:
        answer: Any
        try:
            answer = (await transport.handle_async_request(httpx.Request("PATCH", path, json=body))).status_code
        except httpx.TransportError as error:
            answer = type(error)
        at_once = state.additions[1201][0]["quantity"]
        await asyncio.sleep(LIMIT.total_seconds())
        return answer, at_once, state.additions[1201][0]["quantity"]

    return run_virtually(work())


@pytest.mark.parametrize(
    ("mishap", "seen"),
    [
        (None, (200, 12, 12)),
        ("slow", (200, 12, 12)),
        ("lost", (httpx.ReadError, 12, 12)),
        ("404-after", (404, 12, 12)),
        ("late", (httpx.ReadTimeout, 10, 12)),
        ("reset", (httpx.ConnectError, 10, 10)),
        ("429", (429, 10, 10)),
        ("500", (500, 10, 10)),
    ],
)
def test_a_patch_lands_or_does_not_whatever_is_answered(mishap: str | None, seen: tuple[Any, int, int]) -> None:
    assert patch(make_state(), mishap) == seen


def test_a_null_takes_a_day_away_and_a_leading_slash_is_the_same_path() -> None:
    state = make_state()
    assert patch(state, body=[{"op": "replace", "path": "/cancelledDate", "value": None}])[0] == 200
    assert state.additions[1201][0]["cancelledDate"] is None


@pytest.mark.parametrize("body", [{"quantity": 12}, [{"op": "remove", "path": "quantity"}], ["x"]])
def test_what_is_no_array_of_replacements_is_refused(body: Any) -> None:
    assert patch(make_state(), body=body) == (400, 10, 10)


def test_an_addition_that_is_not_there_is_not_found() -> None:
    assert patch(make_state(), path=PATH.replace("9001", "9002"))[0] == 404


def test_an_addition_that_goes_before_a_late_effect_stays_gone() -> None:
    state = make_state()
    assert state.change(1201, 9002, QUANTITY) is None


def test_whoever_watches_is_told_of_every_change() -> None:
    state = make_state()
    seen: list[tuple[int, int]] = []
    state.on_changed = lambda agreement_id, row: seen.append((agreement_id, row["id"]))
    patch(state)
    assert seen == [(1201, 9001)]
    assert state.writes == 1
