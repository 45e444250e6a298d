"""HTTP as we speak it: reads are repeated with patience, writes are sent once, redirects lead nowhere."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import override

import httpx
import pytest

from net.client import (
    ANSWER_LIMIT_BYTES,
    LONGEST_RETRY_AFTER_SECONDS,
    PASSING_STATUSES,
    READ_ATTEMPTS,
    Answer,
    Passing,
    UnreadableAnswer,
    choose_wait,
    open_client,
    parse_body,
    parse_retry_after,
)
from net.hosts import AllowedHosts
from plans.errors import Misconfigured, Retry, Throttled
from tests.unit.net.answers import ORIGIN, Reply, damaged_gzip, run_timed, serve

OK = httpx.Response(200, json={"fine": True})
BROKEN = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("cut off"),
    httpx.PoolTimeout("busy"),
]


@pytest.mark.parametrize("status", sorted(PASSING_STATUSES))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_read_is_repeated_after_a_status_that_may_pass(status: int, method: str) -> None:
    client, server = serve([httpx.Response(status), OK])
    answer, _ = run_timed(client.read(method, "/x"))
    assert answer.body == {"fine": True}
    assert len(server.requests) == 2


@pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
def test_a_read_is_repeated_when_there_is_no_answer(error: Exception) -> None:
    client, server = serve([error, OK])
    answer, _ = run_timed(client.read("GET", "/x"))
    assert answer.is_success
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [200, 201, 204, 301, 302, 307, 308, 400, 401, 403, 404, 409, 501])
def test_a_read_is_not_repeated_after_any_other_status(status: int) -> None:
    client, server = serve([httpx.Response(status), OK])
    answer, seconds = run_timed(client.read("GET", "/x"))
    assert (answer.status, len(server.requests), seconds) == (status, 1, 0)


@pytest.mark.parametrize("reply", [httpx.Response(503), httpx.ReadTimeout("slow")], ids=["503", "time-out"])
def test_a_read_that_keeps_failing_is_given_up_with_a_sentence(reply: Reply) -> None:
    client, server = serve([reply])
    with pytest.raises(Retry, match=r"^https://api-na\.myconnectwise\.net (answered 503|did not answer: ReadTimeout)$"):
        run_timed(client.read("GET", "/x"))
    assert len(server.requests) == READ_ATTEMPTS


@pytest.mark.parametrize("seconds", [1, 7, 59])
@pytest.mark.parametrize("status", [429, 503])
def test_a_read_waits_as_long_as_the_server_asks(seconds: int, status: int) -> None:
    client, _ = serve([httpx.Response(status, headers={"Retry-After": str(seconds)}), OK])
    _, waited = run_timed(client.read("GET", "/x"))
    assert seconds <= waited < seconds + 0.1


def test_a_read_waits_anew_for_every_answer() -> None:
    replies = [httpx.Response(429, headers={"retry-after": str(each)}) for each in (10, 20, 30)]
    client, server = serve([*replies, OK])
    _, waited = run_timed(client.read("GET", "/x"))
    assert 60 <= waited < 61
    assert len(server.requests) == 4


def test_a_read_waits_by_itself_where_the_server_does_not_say_how_long() -> None:
    client, _ = serve([httpx.Response(429), OK])
    _, waited = run_timed(client.read("GET", "/x"))
    assert 0 < waited < 60


def test_a_read_never_asks_again_before_the_server_wants_it() -> None:
    client, server = serve([httpx.Response(429, headers={"Retry-After": "300"}), OK])
    try:
        _, waited = run_timed(client.read("GET", "/x"))
    except Retry:
        waited = 300
    assert waited >= 300 or len(server.requests) == 1


@pytest.mark.parametrize(("retry_after", "asked"), [("0", READ_ATTEMPTS), ("3600", 1)])
def test_who_is_asked_too_much_is_told_apart(retry_after: str, asked: int) -> None:
    client, server = serve([httpx.Response(429, headers={"Retry-After": retry_after})])
    with pytest.raises(Throttled, match="answered 429"):
        run_timed(client.read("GET", "/x"))
    assert len(server.requests) == asked


@pytest.mark.parametrize("replies", [[429, 429, 429, 503], [503]])
def test_the_last_answer_says_whether_we_ask_too_much(replies: list[int]) -> None:
    client, _ = serve([httpx.Response(status) for status in replies])
    with pytest.raises(Retry) as caught:
        run_timed(client.read("GET", "/x"))
    assert type(caught.value) is Retry


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5.0), ("0", 0.0), ("2.5", 2.5), ("-1", 0.0), ("nan", 0.0), ("", None), ("soon", None),
        ("inf", 31_536_000.0), ("9" * 400, 31_536_000.0),
    ],
)  # fmt: skip
def test_a_retry_after_is_a_number_of_seconds_or_nothing(header: str, seconds: float | None) -> None:
    assert parse_retry_after(Answer(429, {"retry-after": header}, None, "")) == seconds


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (r'{"a": ["Caf\u00e9 \ud83d"], "\uDE00b": 1}', {"a": ["Caf\u00e9 \ufffd"], "\ufffdb": 1}),
        (r'["\ud83d\ude00", "\ud83d x \ude00", 1.5, null]', ["\U0001f600", "\ufffd x \ufffd", Decimal("1.5"), None]),
        (r'["\\ud83d"]', [r"\ud83d"]),
    ],
)
def test_a_name_that_was_cut_within_a_sign_can_be_kept(sent: str, found: object) -> None:
    body = parse_body(sent.encode())
    assert body == found
    json.dumps(body, ensure_ascii=False, default=str).encode()


@pytest.mark.parametrize(
    ("asked", "said", "seconds"),
    [
        ("Wed, 11 Nov 2026 12:10:00 GMT", "Wed, 11 Nov 2026 12:00:00 GMT", 600.0),
        ("Wed, 11 Nov 2026 11:00:00 GMT", "Wed, 11 Nov 2026 12:00:00 GMT", 0.0),
        ("Wed, 11 Nov 9998 12:10:00 GMT", "Wed, 11 Nov 2026 12:00:00 GMT", 31_536_000.0),
        ("Wed, 11 Nov 2026 12:10:00 -0000", "Wed, 11 Nov 2026 12:00:00 GMT", 600.0),
        ("Wed, 11 Nov 2026 12:10:00 GMT", "", None),
        ("Wed, 99 Nov 2026 12:10:00 GMT", "Wed, 11 Nov 2026 12:00:00 GMT", None),
        (f"Wed, 11 Nov {'9' * 40} 12:10:00 GMT", "Wed, 11 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_a_retry_after_that_is_a_date_is_compared_with_the_answers_own(
    asked: str, said: str, seconds: float | None
) -> None:
    assert parse_retry_after(Answer(429, {"retry-after": asked, "date": said}, None, "")) == seconds


def test_a_missing_retry_after_is_nothing() -> None:
    assert parse_retry_after(Answer(429, {}, None, "")) is None


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (Passing("x"), True),
        (Passing("x", 3.0), 3.0),
        (Passing("x", LONGEST_RETRY_AFTER_SECONDS), LONGEST_RETRY_AFTER_SECONDS),
        (Passing("x", LONGEST_RETRY_AFTER_SECONDS + 1), False),
        (Passing("x", float("inf")), False),
        (ValueError("x"), False),
        (Retry("x"), False),
    ],
)
def test_only_what_may_pass_is_repeated(error: Exception, wait: bool | float) -> None:
    assert choose_wait(error) == wait


@pytest.mark.parametrize("reply", [httpx.Response(status) for status in (200, 201, 400, 429, 500, 503)])
async def test_a_write_is_sent_exactly_once_whatever_is_answered(reply: httpx.Response) -> None:
    client, server = serve([reply, OK])
    answer = await client.send("POST", "/x", json_body={"quantity": 0})
    assert answer.status == reply.status_code
    assert [json.loads(request.content) for request in server.requests] == [{"quantity": 0}]


@pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
async def test_a_write_is_sent_exactly_once_when_there_is_no_answer(error: Exception) -> None:
    client, server = serve([error, OK])
    with pytest.raises(httpx.TransportError):
        await client.send("POST", "/x", json_body={})
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["https://evil.example/", "/elsewhere", "http://169.254.169.254/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_redirect_is_an_answer_and_not_followed(status: int, location: str, method: str) -> None:
    client, server = serve([httpx.Response(status, headers={"Location": location}), OK])
    answer = await client.send(method, "/x", headers={"Authorization": "Basic abc"})
    assert answer.status == status
    assert [request.url.path for request in server.requests] == ["/x"]


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b"null", None),
        (b"[]", []),
        (b"", None),
        (b"<html>Too many requests</html>", None),
        (b'{"a": 1', None),
        (b"\xff\xfe{\x00}\x00", None),
        (b"1" * 5000, None),
    ],
    ids=["JSON", "byte order mark", "null", "list", "empty", "HTML", "cut off", "another encoding", "endless number"],
)
async def test_a_body_is_json_or_nothing(content: bytes, body: object) -> None:
    client, _ = serve([httpx.Response(200, content=content)])
    assert (await client.send("GET", "/x")).body == body


async def test_a_number_with_a_point_is_exact() -> None:
    client, _ = serve([httpx.Response(200, content=b'{"quantity": 10.10, "many": 3}')])
    body = (await client.send("GET", "/x")).body
    assert (body["quantity"], type(body["quantity"])) == (Decimal("10.10"), Decimal)
    assert type(body["many"]) is int


@pytest.mark.parametrize(
    "reply", [damaged_gzip(), httpx.Response(200, content=b"[" * 200_000)], ids=["damaged gzip", "endless nesting"]
)
def test_a_body_that_cannot_be_read_is_no_surprise(reply: httpx.Response) -> None:
    client, _ = serve([reply])
    try:
        answer, _ = run_timed(client.read("GET", "/x"))
    except Retry:
        return
    assert answer.body is None


UNREADABLE = [
    damaged_gzip(),
    httpx.Response(201, content=b"[" * 200_000),
    httpx.Response(201, content=b'{"id": 1e99999999999999999999}'),
]


@pytest.mark.parametrize("reply", UNREADABLE, ids=["damaged gzip", "endless nesting", "boundless number"])
def test_an_answer_that_cannot_be_read_is_told_apart(reply: httpx.Response) -> None:
    """A write must see that nobody knows what it did; a read is repeated like one without answer."""
    client, server = serve([reply])
    with pytest.raises(UnreadableAnswer):
        run_timed(client.send("POST", "/x", json_body={}))
    assert len(server.requests) == 1
    with pytest.raises(Retry, match="cannot be"):
        run_timed(client.read("GET", "/x"))
    assert len(server.requests) == 1 + READ_ATTEMPTS


PIECE = b" " * 65_536


class Endless(httpx.AsyncByteStream):
    """A body that never ends, and how much of it anybody took."""

    def __init__(self, piece: bytes = PIECE) -> None:
        self.piece = piece
        self.taken = 0
        self.is_closed = False

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.taken += len(self.piece)
            yield self.piece

    @override
    async def aclose(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("status", [200, 500])
async def test_an_endless_answer_is_given_up_and_its_connection_closed(status: int) -> None:
    body = Endless()
    client, _ = serve([httpx.Response(status, stream=body)])
    with pytest.raises(UnreadableAnswer, match=r"net sent an answer that cannot be read: over 32 MiB$"):
        await client.send("GET", "/x")
    assert body.taken <= ANSWER_LIMIT_BYTES + len(PIECE)
    assert body.is_closed


@pytest.mark.parametrize("packing", ["gzip, gzip", "gzip,br", "br", "zstd"])
async def test_an_answer_that_is_packed_without_bounds_is_not_unpacked(packing: str) -> None:
    body = Endless(gzip.compress(gzip.compress(bytes(2**24))))
    client, _ = serve([httpx.Response(200, headers={"content-encoding": packing}, stream=body)])
    with pytest.raises(UnreadableAnswer, match="cannot be unpacked"):
        await client.send("GET", "/x")
    assert (body.taken, body.is_closed) == (0, True)


async def test_a_bomb_is_given_up_at_the_limit() -> None:
    """A GiB in a MiB: what is unpacked at a time is what came at a time, a thousand times as long at most."""
    packed = gzip.compress(bytes(2**30), compresslevel=1)

    class Bomb(Endless):
        @override
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for start in range(0, len(packed), 16_384):
                yield packed[start : start + 16_384]

    client, _ = serve([httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Bomb())])
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableAnswer, match="over 32 MiB"):
            await client.send("GET", "/x")
        assert tracemalloc.get_traced_memory()[1] < 4 * ANSWER_LIMIT_BYTES
    finally:
        tracemalloc.stop()


async def test_the_longest_answer_that_is_read_is_whole() -> None:
    text = b'["' + b"x" * (ANSWER_LIMIT_BYTES - 4) + b'"]'
    client, _ = serve([httpx.Response(200, headers={"content-encoding": "gzip"}, content=gzip.compress(text, 1))])
    assert len((await client.send("GET", "/x")).body[0]) == ANSWER_LIMIT_BYTES - 4


@pytest.mark.parametrize("charset", ["utf-16", "zlib", "base64", "rot13", "unheard-of"])
async def test_a_body_is_utf_8_whatever_it_says_it_is(charset: str) -> None:
    reply = httpx.Response(200, headers={"content-type": f"application/json; charset={charset}"}, content=b'{"a": 1}')
    client, _ = serve([reply])
    answer = await client.send("GET", "/x")
    assert (answer.body, answer.text) == ({"a": 1}, '{"a": 1}')


@pytest.mark.parametrize("status", range(100, 600, 50))
def test_success_is_2xx(status: int) -> None:
    assert Answer(status, {}, None, "").is_success == (status in (200, 250))


async def test_proxies_and_netrc_of_the_machine_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    client, server = serve([OK])
    assert (await client.send("GET", "/x")).is_success
    assert "authorization" not in server.requests[0].headers


async def test_a_path_stays_on_the_clients_own_host() -> None:
    client, server = serve([OK])
    await client.send("GET", "//evil.example/x")
    assert server.requests[0].url.host == "api-na.myconnectwise.net"


def test_a_client_is_never_opened_for_a_host_that_is_not_allowed() -> None:
    with pytest.raises(Misconfigured, match="not a host that Seatledger may call"):
        open_client("https://evil.example", AllowedHosts())


async def test_a_client_prints_its_origin_and_nothing_else() -> None:
    client, _ = serve([OK])
    assert repr(client) == f"WebClient(origin='{ORIGIN}')"
    await client.close()
