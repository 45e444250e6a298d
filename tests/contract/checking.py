"""A transport that checks all traffic against the descriptions of the services, and changes none of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from tests.contract import published
from tests.contract.describing import Description
from tests.contract.describing_autotask import as_published, autotask, is_autotask
from tests.contract.exchanges import Exchange

# A request that breaks the description on purpose says so; then only its answer is checked.
BAD_ON_PURPOSE = {"bad_on_purpose": True}

_CONNECTWISE = re.compile(r"/[^/]+/apis/3\.0(/.*)")
_SIGN_IN = re.compile(r"/[^/]+/(oauth2/v2\.0/token|discovery/v2\.0/keys|v2\.0/\.well-known/openid-configuration)")
_PARTNER_CENTER = re.compile(r"/v1/customers(/.*)?")
_SEND_MAIL = re.compile(r"/users/[^/]+/sendMail")
_BYTE_ORDER_MARK = "\ufeff".encode()
# Its published path ends with a slash, unlike all others.
_RECAPS = "/finance/agreementrecap"
_COMPANY_INFO = re.compile(r"/login/companyinfo/[^/]+")


@dataclass
class ContractCounter:
    checked: int = 0
    failed: int = 0
    failures: list[str] = field(default_factory=list)

    def note(self, exchange: Exchange, errors: list[str]) -> None:
        self.checked += 1
        if errors:
            self.failed += 1
            self.failures.append(f"{exchange}: " + " | ".join(errors))


class CheckingTransport(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport, counter: ContractCounter) -> None:
        self._inner = inner
        self._counter = counter

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = _sent(request, await request.aread())
        try:
            response = await self._inner.handle_async_request(request)
            raw = await _raw_content(response)
        except httpx.TransportError:
            check(sent, self._counter)
            raise
        whole = httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=httpx.ByteStream(raw),
            extensions=response.extensions,
        )
        plain = httpx.Response(response.status_code, headers=response.headers, content=raw).content
        check(
            replace(
                sent,
                status=response.status_code,
                answer_headers=dict(response.headers),
                answer_body=plain,
            ),
            self._counter,
        )
        return whole

    async def aclose(self) -> None:
        await self._inner.aclose()


def _sent(request: httpx.Request, body: bytes) -> Exchange:
    return Exchange(
        method=request.method,
        path=request.url.path,
        query=request.url.query.decode(),
        headers=dict(request.headers),
        body=body,
        bad_on_purpose=bool(request.extensions.get("bad_on_purpose")),
    )


async def _raw_content(response: httpx.Response) -> bytes:
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise TypeError("an asynchronous answer was expected")
    try:
        return b"".join([chunk async for chunk in response.stream])
    finally:
        await response.aclose()


def check(exchange: Exchange, counter: ContractCounter) -> None:
    """Counts one exchange, and for a batch each exchange inside it as well."""
    if exchange.path.startswith("/__simulator/"):
        return
    description, inside = _description_of(exchange)
    if description is None:
        counter.note(exchange, ["no description covers this address"])
        return
    counter.note(exchange, list(description.errors(inside)))
    if inside.path == "/$batch":
        for part, errors in _inner_exchanges(inside):
            counter.note(part, errors or list(published.graph().errors(part)))


def _description_of(exchange: Exchange) -> tuple[Description | None, Exchange]:
    path = exchange.path
    if is_autotask(path):
        return autotask(), as_published(exchange)
    if _SIGN_IN.fullmatch(path):
        return published.own("sign-in"), exchange
    if _COMPANY_INFO.fullmatch(path):
        return published.own("company-info"), exchange
    if found := _CONNECTWISE.fullmatch(path):
        # The published base has another codebase; a trailing slash makes no difference to the service.
        inner = found[1].rstrip("/")
        return published.connectwise(), replace(exchange, path=f"{inner}/" if inner == _RECAPS else inner)
    if _PARTNER_CENTER.fullmatch(path):
        body = exchange.answer_body.removeprefix(_BYTE_ORDER_MARK)
        return published.own("partner-center"), replace(exchange, answer_body=body)
    if path.startswith("/v1.0/"):
        inside = replace(exchange, path=path.removeprefix("/v1.0"))
        if _SEND_MAIL.fullmatch(inside.path):
            return published.own("graph-send-mail"), inside
        return published.own("graph-batch") if inside.path == "/$batch" else published.graph(), inside
    return None, exchange


def _inner_exchanges(batch: Exchange) -> Iterator[tuple[Exchange, list[str]]]:
    """Each request with its answer; errors of their own where the two do not pair."""
    if batch.status != 200:
        return
    requests = _parts(batch.body, "requests")
    answers = {str(part.get("id")): part for part in _parts(batch.answer_body, "responses")}
    for request in requests:
        exchange = _inner_request(request, batch)
        answer = answers.pop(str(request.get("id")), None)
        if answer is None:
            yield exchange, ["answer: the batch has no part for this request"]
        else:
            yield _with_inner_answer(exchange, answer), []
    for left_over in answers:
        yield batch, [f"answer: part {left_over} was never asked for"]


def _parts(body: bytes, name: str) -> list[dict[str, Any]]:
    try:
        parts: list[dict[str, Any]] = json.loads(body)[name]
    except (ValueError, KeyError, TypeError):
        # The envelope itself has been counted as failed.
        return []
    return parts


def _inner_request(part: dict[str, Any], batch: Exchange) -> Exchange:
    address = httpx.URL("http://contract.example/").join(str(part["url"]))
    return Exchange(
        method=part["method"],
        path=address.path,
        query=address.query.decode(),
        headers=part.get("headers") or {},
        body=b"",
        bad_on_purpose=batch.bad_on_purpose,
    )


def _with_inner_answer(exchange: Exchange, part: dict[str, Any]) -> Exchange:
    body = b"" if "body" not in part else json.dumps(part["body"]).encode()
    return replace(exchange, status=part["status"], answer_headers=part.get("headers") or {}, answer_body=body)
