"""How Partner Center answers: a byte order mark before the body, ids in the headers, errors of its own shape."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from local.simulators.answers import Answer

BYTE_ORDER_MARK = "\ufeff"
MEDIA_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True)
class PartnerError(Exception):
    """A refusal. Partner Center's codes are numbers in some places and texts in others: both are sent as given."""

    status: int
    code: int | str
    description: str
    source: str = "PartnerFD"

    def body(self) -> dict[str, object]:
        return {"code": self.code, "description": self.description, "data": [], "source": self.source}


def partner_answer(status: int, body: object, given_headers: Mapping[str, str]) -> Answer:
    """The answer with the ids that the caller sent, or with new ones."""
    return Answer(status, body, partner_headers(given_headers), media_type=MEDIA_TYPE, prefix=BYTE_ORDER_MARK)


def partner_headers(given: Mapping[str, str]) -> dict[str, str]:
    vector = base64.b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return {
        "MS-CorrelationId": given.get("ms-correlationid") or str(uuid.uuid4()),
        "MS-RequestId": given.get("ms-requestid") or str(uuid.uuid4()),
        "MS-CV": f"{vector}.0",
        "MS-ServerId": "202010406",
    }


def rate_limited(seconds: int, given_headers: Mapping[str, str]) -> Answer:
    """The throttle in front of Partner Center has another shape, and neither ids nor a byte order mark."""
    message = f"Rate limit is exceeded. Try again in {seconds} seconds."
    return Answer(429, {"statusCode": 429, "message": message}, {"Retry-After": str(seconds)})
