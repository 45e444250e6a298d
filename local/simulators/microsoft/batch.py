"""POST /$batch: up to twenty requests in one, each with its own outcome, in no particular order."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from local.simulators.answers import Answer
from local.simulators.microsoft.exchange import Exchange
from local.simulators.microsoft.graph_errors import GraphError, bad_request

MAXIMUM_REQUESTS = 20

type Part = dict[str, Any]
type AnswerOne = Callable[[Exchange], Answer]


def read_parts(body: bytes) -> list[Part]:
    try:
        envelope = json.loads(body)
    except ValueError:
        raise bad_request("Invalid batch payload format.") from None
    parts = envelope.get("requests") if isinstance(envelope, dict) else None
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise bad_request("Invalid batch payload format.")
    if len(parts) > MAXIMUM_REQUESTS:
        message = f"Number of batch request steps exceeds the maximum value of {MAXIMUM_REQUESTS}."
        raise GraphError(400, "MaximumValueExceeded", message)
    _check_parts(parts)
    return parts


def _check_parts(parts: list[Part]) -> None:
    seen: set[str] = set()
    for part in parts:
        for name in ("id", "method", "url"):
            if not isinstance(part.get(name), str) or not part[name]:
                raise bad_request(f"Invalid batch payload format: every request needs {name}.")
        if part["id"] in seen:
            raise bad_request(f"Request Id {part['id']} has to be unique in a batch.")
        if "://" in part["url"].partition("?")[0]:
            raise bad_request("Invalid batch payload format: url has to be relative.")
        if not set(part.get("dependsOn") or ()) <= seen:
            raise bad_request(f"Request {part['id']} depends on a request that does not come before it.")
        seen.add(part["id"])


def answer_parts(parts: list[Part], outer: Exchange, answer_one: AnswerOne) -> list[Part]:
    statuses: dict[str, int] = {}
    answers = []
    for part in parts:
        exchange = _inner_exchange(part, outer)
        failed = any(statuses[other] >= 400 for other in part.get("dependsOn") or ())
        answer = GraphError(424).as_answer(exchange) if failed else answer_one(exchange)
        statuses[part["id"]] = answer.status
        answers.append(_as_part(part["id"], answer))
    random.shuffle(answers)
    return answers


def _inner_exchange(part: Part, outer: Exchange) -> Exchange:
    address = urlsplit(part["url"])
    headers = {name.lower(): str(value) for name, value in (part.get("headers") or {}).items()}
    headers.setdefault("client-request-id", outer.client_request_id)
    return replace(
        outer,
        method=part["method"].upper(),
        path="/" + address.path.strip("/"),
        parameters=dict(parse_qsl(address.query, keep_blank_values=True)),
        given_headers=headers,
    )


def _as_part(part_id: str, answer: Answer) -> Part:
    headers = dict(answer.headers)
    if answer.value is None:
        return {"id": part_id, "status": answer.status, "headers": headers}
    headers["Content-Type"] = answer.media_type
    return {"id": part_id, "status": answer.status, "headers": headers, "body": answer.value}
