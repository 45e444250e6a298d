"""Requests are counted for whoever began to count: calls, repetitions, waits, and answers that we ask too much."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from net import client as net_client
from net.client import WebClient
from net.traffic import counting, note
from plans.errors import Throttled
from plans.traffic import Traffic


def make_client(*statuses: int) -> WebClient:
    """A server that answers these, one after the other."""
    answers = iter(statuses)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(next(answers), headers={"Retry-After": "0"}, json={})

    http = httpx.AsyncClient(base_url="https://graph.example", transport=httpx.MockTransport(answer))
    return WebClient("https://graph.example", http)


async def test_a_read_that_is_repeated_counts_every_request_and_the_wait() -> None:
    with counting() as counter:
        await make_client(429, 503, 200).read("GET", "/x")
    assert (counter.traffic.calls, counter.traffic.retries, counter.traffic.throttled) == (3, 2, 1)
    assert 0 <= counter.traffic.waited_ms < 5000


async def test_a_read_that_is_given_up_is_counted_too() -> None:
    with counting() as counter, pytest.raises(Throttled):
        await make_client(*[429] * net_client.READ_ATTEMPTS).read("GET", "/x")
    assert counter.traffic.calls == counter.traffic.throttled == net_client.READ_ATTEMPTS
    assert counter.traffic.retries == net_client.READ_ATTEMPTS - 1


async def test_requests_side_by_side_are_counted_where_they_were_begun() -> None:
    async def count(number: int) -> Traffic:
        with counting() as counter:
            await asyncio.gather(*(make_client(200).send("GET", "/x") for _ in range(number)))
        return counter.traffic

    assert list(await asyncio.gather(count(2), count(3))) == [Traffic(calls=2), Traffic(calls=3)]


def test_nobody_has_to_count() -> None:
    note(Traffic(calls=1))
    with counting() as counter:
        pass
    assert counter.traffic == Traffic()
