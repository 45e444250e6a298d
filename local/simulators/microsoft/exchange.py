"""One request to Graph, whether it came alone or inside a batch."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Exchange:
    """`path` starts behind v1.0; header names are in lower case; `base_url` is our own address.

    `scopes` are what its token allows, None where nothing limits it.
    """

    method: str
    path: str
    parameters: Mapping[str, str]
    given_headers: Mapping[str, str]
    tenant_id: str
    base_url: str
    now: datetime
    scopes: tuple[str, ...] | None = None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def operation(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def client_request_id(self) -> str:
        return self.given_headers.get("client-request-id", self.request_id)

    @property
    def eventual(self) -> bool:
        return self.given_headers.get("consistencylevel", "").lower() == "eventual"

    def headers(self) -> dict[str, str]:
        return {
            "Cache-Control": "no-cache",
            "OData-Version": "4.0",
            "request-id": self.request_id,
            "client-request-id": self.client_request_id,
        }
