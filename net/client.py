"""HTTP clients: one per origin, allow-listed, without redirects, with limits and time-outs; retries of reads only."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import cache
from time import monotonic
from typing import Any, Protocol

import httpx
import stamina

from net.hosts import AllowedHosts
from net.traffic import note
from plans.errors import Retry, Throttled
from plans.traffic import Traffic

CONNECT_TIMEOUT_SECONDS = 10.0
ANSWER_TIMEOUT_SECONDS = 30.0
LONGEST_REQUEST_SECONDS = CONNECT_TIMEOUT_SECONDS + ANSWER_TIMEOUT_SECONDS
CONNECTIONS_PER_HOST = 8
READ_ATTEMPTS = 4
LONGEST_RETRY_AFTER_SECONDS = 60.0
# A year: whoever asks for more, or for ever, is understood as well.
LONGEST_ASKED_SECONDS = 365 * 86_400.0
# Unpacked. A thousand rows of a PSA are a few MiB, a batch of Graph with 999 users in each of twenty parts is some ten.
ANSWER_LIMIT_BYTES = 32 * 1024 * 1024
# Either makes a thousand bytes of one at most; others, and one inside another, make millions.
PACKINGS = "gzip, deflate"
BOUNDLESS_PACKINGS = frozenset({"br", "zstd"})
# As JSON may write one of the two halves of a sign beyond the first 65,536 (RFC 8259, section 8.2).
HALF_OF_A_SIGN = re.compile(r"\\u[dD][89a-fA-F]")
THROTTLED_STATUS = 429
PASSING_STATUSES = frozenset({408, THROTTLED_STATUS, 500, 502, 503, 504})


class Passing(Exception):
    """A read that may succeed when it is repeated: no answer, or one that says later."""

    def __init__(self, sentence: str, retry_after_seconds: float | None = None, *, is_throttled: bool = False) -> None:
        super().__init__(sentence)
        self.retry_after_seconds = retry_after_seconds
        self.is_throttled = is_throttled


class UnreadableAnswer(httpx.TransportError):
    """A server answered, and nobody can read what: a write may have been acted on, as when no answer came at all."""


class MaskAnswer(Protocol):
    """What takes our own credentials out of an answer before anybody reads it (S5)."""

    def __call__(self, content: bytes, *, is_refusal: bool) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. `body` is None where it is not JSON; numbers with a point are Decimal."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


@dataclass(slots=True)
class WebClient:
    """A client bound to one origin."""

    origin: str
    _http: httpx.AsyncClient = field(repr=False)
    _mask: MaskAnswer | None = field(default=None, repr=False)

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json_body: object = None,
        form: Mapping[str, str] | None = None,
        text: str | None = None,
    ) -> Answer:
        """Send once. Raises httpx.TransportError where there is no whole answer, or none that can be read."""
        note(Traffic(calls=1))
        request = self._http.build_request(
            method,
            path,
            headers=headers,
            params=params,
            content=text if json_body is None else json.dumps(json_body),
            data=form,
        )
        response = await self._http.send(request, stream=True)
        try:
            content = await self._read_content(response)
        finally:
            await response.aclose()
        if response.status_code == THROTTLED_STATUS:
            note(Traffic(throttled=1))
        return make_answer(response, content, self._mask)

    async def _read_content(self, response: httpx.Response) -> bytes:
        """The unpacked body. Raises UnreadableAnswer where it is packed in a way that we did not ask for, cannot be
        unpacked, or goes on beyond what any server has to say."""
        packings = [each.strip().lower() for each in response.headers.get_list("content-encoding", split_commas=True)]
        if len(packings) > 1 or not BOUNDLESS_PACKINGS.isdisjoint(packings):
            raise UnreadableAnswer(f"{self.origin} sent a body that cannot be unpacked")
        chunks: list[bytes] = []
        left = ANSWER_LIMIT_BYTES
        try:
            async for chunk in response.aiter_bytes():
                chunks.append(chunk)
                left -= len(chunk)
                if left < 0:
                    mebibytes = ANSWER_LIMIT_BYTES // 2**20
                    raise UnreadableAnswer(f"{self.origin} sent an answer that cannot be read: over {mebibytes} MiB")
        except httpx.DecodingError as error:
            raise UnreadableAnswer(f"{self.origin} sent a body that cannot be unpacked") from error
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def read(
        self,
        method: str,
        path: str,
        *,
        is_definite: Callable[[Answer], bool] | None = None,
        explain: Callable[[Answer], str] | None = None,
        **request: Any,
    ) -> Answer:
        """Send a request that changes nothing, again if need be.

        `is_definite` says of an answer whose status may pass that it will not, `explain` gives its status with the
        server's own words. Raises Retry when it keeps failing, Throttled where the last answer was that we ask too
        much.
        """
        answered_at: float | None = None
        try:
            async for attempt in stamina.retry_context(on=choose_wait, attempts=READ_ATTEMPTS, timeout=None):
                if answered_at is not None:
                    note(Traffic(retries=1, waited_ms=round(1000 * (monotonic() - answered_at))))
                with attempt:
                    try:
                        return await self._read_once(method, path, is_definite, explain, **request)
                    finally:
                        answered_at = monotonic()
        except Passing as error:
            raise (Throttled if error.is_throttled else Retry)(str(error)) from error
        raise Retry(f"{self.origin} was not asked")

    async def _read_once(
        self,
        method: str,
        path: str,
        is_definite: Callable[[Answer], bool] | None,
        explain: Callable[[Answer], str] | None,
        **request: Any,
    ) -> Answer:
        try:
            answer = await self.send(method, path, **request)
        except UnreadableAnswer as error:
            raise Passing(str(error)) from error
        except httpx.TransportError as error:
            raise Passing(f"{self.origin} did not answer: {type(error).__name__}") from error
        if answer.status in PASSING_STATUSES and not (is_definite is not None and is_definite(answer)):
            sentence = f"{self.origin} answered {answer.status if explain is None else explain(answer)}"
            raise Passing(sentence, parse_retry_after(answer), is_throttled=answer.status == THROTTLED_STATUS)
        return answer

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()


def open_client(
    url: str,
    allowed: AllowedHosts,
    transport: httpx.AsyncBaseTransport | None = None,
    mask: MaskAnswer | None = None,
) -> WebClient:
    """A client for the URL's origin, whose answers pass `mask`. Raises Misconfigured where the host is not allowed."""
    origin = allowed.check(url)
    http = httpx.AsyncClient(
        base_url=origin,
        headers={"Accept-Encoding": PACKINGS},
        transport=transport,
        verify=trusted_certificates(),
        follow_redirects=False,
        trust_env=False,
        timeout=httpx.Timeout(ANSWER_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
        limits=httpx.Limits(max_connections=CONNECTIONS_PER_HOST, max_keepalive_connections=CONNECTIONS_PER_HOST),
    )
    return WebClient(origin, http, mask)


@cache
def trusted_certificates() -> ssl.SSLContext:
    """The certificates that every client trusts; loading them takes a tenth of a second, so once a process."""
    return httpx.create_ssl_context(trust_env=False)


def choose_wait(error: Exception) -> bool | float:
    """For stamina: whether to repeat after this error, or after how many seconds.

    Who asks for more patience than we have is not asked again: asking sooner would count against us.
    """
    if not isinstance(error, Passing):
        return False
    if error.retry_after_seconds is None:
        return True
    if error.retry_after_seconds > LONGEST_RETRY_AFTER_SECONDS:
        return False
    return error.retry_after_seconds


def make_answer(response: httpx.Response, content: bytes, mask: MaskAnswer | None = None) -> Answer:
    """The answer as UTF-8, whatever it says it is. Raises UnreadableAnswer where its JSON is beyond any reader."""
    if mask is not None:
        content = mask(content, is_refusal=not response.is_success)
    try:
        body = parse_body(content)
    except (RecursionError, ArithmeticError) as error:
        raise UnreadableAnswer(f"{response.url.host} sent JSON that cannot be read") from error
    return Answer(response.status_code, response.headers, body, content.decode("utf-8-sig", errors="replace"))


def parse_body(content: bytes) -> Any:
    """The JSON of an answer, with or without a byte order mark; None where it is no JSON (a 429 may be HTML).

    Raises RecursionError where it is nested without end, ArithmeticError where a number is without bounds.
    """
    try:
        text = content.decode("utf-8-sig")
        body = json.loads(text, parse_float=Decimal)
    except ValueError:
        return None
    return mend_halves(body) if HALF_OF_A_SIGN.search(text) else body


def mend_halves(body: Any) -> Any:
    """The same without halves of signs: a name that somebody cut within an emoji can be neither kept nor sent on."""
    match body:
        case str():
            return body.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [mend_halves(each) for each in body]
        case dict():
            return {mend_halves(name): mend_halves(value) for name, value in body.items()}
        case _:
            return body


def parse_retry_after(answer: Answer) -> float | None:
    """How many seconds an answer asks to wait; None where it says nothing that can be read (`read_retry_after`)."""
    return read_retry_after(answer.headers)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from the header Retry-After, a year at most (RFC 9110, section 10.2.3): a number of them, or a date that
    is compared with the answer's own Date, so that no clock but the server's is asked. None where there is neither."""
    text = headers.get("retry-after", "")
    try:
        return min(max(0.0, float(text)), LONGEST_ASKED_SECONDS)
    except ValueError:
        pass
    asked, said = read_http_date(text), read_http_date(headers.get("date", ""))
    if asked is None or said is None:
        return None
    return min(max(0.0, (asked - said).total_seconds()), LONGEST_ASKED_SECONDS)


def read_http_date(text: str) -> datetime | None:
    """The moment (aware) that a date of HTTP names; None where it is none."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
