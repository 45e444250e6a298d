"""One request and its answer, in the forms that openapi-core reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

HOST = "http://contract.example"


@dataclass(frozen=True)
class Exchange:
    """`path` starts behind the base of the description. `status` None: the answer never arrived."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    status: int | None = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer_body: bytes = b""
    bad_on_purpose: bool = False

    @property
    def query_items(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


class CheckableRequest:
    """What openapi-core calls a request."""

    def __init__(self, exchange: Exchange) -> None:
        headers = {name.lower(): value for name, value in exchange.headers.items()}
        self.host_url = HOST
        self.path = exchange.path
        self.method = exchange.method.lower()
        self.body: bytes | None = exchange.body or None
        self.content_type = headers.get("content-type", "").lower()
        self.parameters = RequestParameters(query=ImmutableMultiDict(exchange.query_items), header=Headers(headers))


class CheckableResponse:
    """What openapi-core calls a response."""

    def __init__(self, exchange: Exchange) -> None:
        headers = {name.lower(): value for name, value in exchange.answer_headers.items()}
        self.status_code = exchange.status or 0
        self.headers = Headers(headers)
        self.content_type = headers.get("content-type", "").lower()
        self.data: bytes | None = exchange.answer_body or None
