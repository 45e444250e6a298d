"""Which receivers may be called, and how: only public addresses over https, at the address that was looked at."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from net.webhooks import Receivers
from plans.errors import Misconfigured, Retry
from plans.mail_channels import MailAnswer, MailDelayed, MailRefused, MailTaken

URL = "https://hooks.example.com/seatledger?key=canary"
PUBLIC = "93.184.216.34"
DATE = "Wed, 11 Nov 2026 12:02:00 GMT"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """What names resolve to, look by look; the last answer stays."""
    known: dict[str, list[list[str]]] = {"hooks.example.com": [[PUBLIC]]}

    async def getaddrinfo(self: Any, host: str, port: int, **_: Any) -> list[Any]:
        if host not in known:
            raise socket.gaierror("unknown")
        answers = known[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    return known


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/x",
        "ftp://hooks.example.com/x",
        "hooks.example.com",
        "https://",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://169.254.169.254/metadata",
        "https://[::1]/x",
        "https://user:canary@hooks.example.com/x",
        "https://hooks.example.com/x#part",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nHost: evil",
        "https://hooks.example.com/ü",
        "https://hooks.example.com:99999/",
        f"https://hooks.example.com/{'x' * 500}",
        "javascript:alert(1)",
    ],
)
async def test_what_is_no_public_https_address_is_refused_before_anybody_looks_it_up(url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        Receivers().check(url)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.4"], ["127.0.0.1"], ["169.254.169.254"], [PUBLIC, "192.168.1.1"], ["fd00::1"], ["::ffff:10.0.0.1"],
     ["100.64.0.1"], ["0.0.0.1"], ["224.0.0.1"], ["64:ff9b::a00:4"], ["168.63.129.16"], []],
)  # fmt: skip
async def test_a_name_of_a_private_network_is_refused(addresses: list[str], names: dict[str, list[list[str]]]) -> None:
    names["hooks.example.com"] = [addresses]
    with pytest.raises(Misconfigured, match="private network"):
        await Receivers().find(URL)
    called: list[httpx.Request] = []
    answer = await post(take_into(called))
    assert isinstance(answer, MailRefused) and not called


async def test_a_name_that_nobody_knows_is_told_at_once_and_tried_again_later(names: dict[str, Any]) -> None:
    del names["hooks.example.com"]
    with pytest.raises(Retry, match=r"hooks\.example\.com is not found"):
        await Receivers().find(URL)
    assert isinstance(await post(lambda _: httpx.Response(200)), MailDelayed)


def take_into(called: list[httpx.Request]) -> Callable[[httpx.Request], httpx.Response]:
    """A receiver that takes everything."""

    def take(request: httpx.Request) -> httpx.Response:
        called.append(request)
        return httpx.Response(204)

    return take


async def post(answer: Any, receivers: Receivers | None = None, url: str = URL) -> MailAnswer:
    chosen = receivers or Receivers(transport=httpx.MockTransport(answer))
    return await chosen.post(url, b'{"a":1}', {"Seatledger-Event-Id": "e"})


async def test_the_address_that_was_looked_at_is_the_one_that_is_called(names: dict[str, list[list[str]]]) -> None:
    """A name that leads elsewhere the next moment leads nowhere: it is looked up once an attempt."""
    names["hooks.example.com"] = [[PUBLIC], ["10.0.0.4"]]
    called: list[httpx.Request] = []
    take = take_into(called)
    assert isinstance(await post(take), MailTaken)
    (request,) = called
    assert (request.url.host, request.url.port, request.url.raw_path) == (PUBLIC, None, b"/seatledger?key=canary")
    assert request.headers["host"] == "hooks.example.com"
    assert request.extensions["sni_hostname"] == "hooks.example.com"
    assert request.content == b'{"a":1}' and request.headers["seatledger-event-id"] == "e"
    assert isinstance(await post(take), MailRefused) and len(called) == 1


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (200, {}, MailTaken),
        (204, {}, MailTaken),
        (301, {"Location": "http://169.254.169.254/"}, MailDelayed),
        (307, {"Location": "https://elsewhere.example/"}, MailDelayed),
        (400, {}, MailDelayed),
        (410, {}, MailRefused),
        (429, {"Retry-After": "120"}, MailDelayed),
        (500, {}, MailDelayed),
        (503, {"Retry-After": "999999"}, MailDelayed),
        (503, {"Retry-After": DATE, "Date": "Wed, 11 Nov 2026 12:00:00 GMT"}, MailDelayed),
    ],
)
async def test_what_an_answer_means(
    status: int, headers: dict[str, str], expected: type[MailAnswer], names: dict[str, Any]
) -> None:
    called: list[httpx.Request] = []

    def say(request: httpx.Request) -> httpx.Response:
        called.append(request)
        return httpx.Response(status, headers=headers)

    answer = await post(say)
    assert isinstance(answer, expected) and len(called) == 1, "nothing is followed"
    assert "canary" not in answer.sentence and "hooks.example.com" in answer.sentence
    if isinstance(answer, MailDelayed):
        waits = {"120": timedelta(minutes=2), DATE: timedelta(minutes=2), "999999": timedelta(hours=1)}
        assert answer.wait == waits.get(headers.get("Retry-After", ""))


async def test_no_answer_is_tried_again(names: dict[str, Any]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("canary")

    answer = await post(fail)
    assert isinstance(answer, MailDelayed) and answer.sentence == "hooks.example.com did not answer: ReadTimeout."


async def test_a_receiver_of_the_msps_own_network_is_named_by_the_deployment(names: dict[str, Any]) -> None:
    called: list[httpx.Request] = []
    transport = httpx.MockTransport(take_into(called))
    receivers = Receivers(frozenset({"http://127.0.0.1:8099"}), transport)
    assert await receivers.find("http://127.0.0.1:8099/x") is None
    assert isinstance(await post(None, receivers, "http://127.0.0.1:8099/x"), MailTaken)
    assert str(called[0].url) == "http://127.0.0.1:8099/x"
    with pytest.raises(Misconfigured):
        receivers.check("http://127.0.0.1:8098/x")
