"""The HTTP half of the FunctionRpc messages: a request or response, its cookies, and values that may be absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


@dataclass(frozen=True)
class Timestamp:
    seconds: int


@dataclass(frozen=True)
class NullableString:
    value: str


@dataclass(frozen=True)
class NullableBool:
    value: bool


@dataclass(frozen=True)
class NullableDouble:
    value: float


@dataclass(frozen=True)
class NullableTimestamp:
    value: Timestamp


@dataclass(frozen=True)
class RpcHttpCookie:
    """A cookie that a function sets. `SameSite` has a member called "None", which means not stated."""

    name: str
    value: str
    domain: NullableString | None = None
    path: NullableString | None = None
    expires: NullableTimestamp | None = None
    secure: NullableBool | None = None
    http_only: NullableBool | None = None
    same_site: int = 0
    max_age: NullableDouble | None = None

    SameSite = IntEnum("SameSite", {"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3})


@dataclass(frozen=True)
class RpcHttp:
    """A request (`method`, `url`, `params`, `query`) or a response (`status_code`, `cookies`)."""

    body: Any
    headers: Mapping[str, str]
    method: str = ""
    url: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    status_code: str = ""
    cookies: list[RpcHttpCookie] | None = None
    enable_content_negotiation: bool = False
