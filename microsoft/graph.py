"""One `$batch` a tenant: licences, subscriptions and licensed users, complete or not at all (microsoft.md 3, 4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from microsoft.signed import SignedClient
from net.client import LONGEST_RETRY_AFTER_SECONDS, PASSING_STATUSES, Answer
from plans.errors import Retry, Throttled
from profiles.readings import Known, Reading, Unknown, UnknownReason

USER_PAGE_SIZE = 999
PAGE_LIMIT = 200
BATCH_ATTEMPTS = 3
USUAL_PAUSE_SECONDS = 1.0
CONSISTENCY = {"ConsistencyLevel": "eventual"}
LICENCES = "licences"
SUBSCRIPTIONS = "subscriptions"
USERS = "users"
USER_FIELDS = (
    "id,userPrincipalName,displayName,accountEnabled,userType,assignedLicenses,licenseAssignmentStates,"
    "department,officeLocation,companyName"
)
REQUESTS: tuple[Mapping[str, Any], ...] = (
    {
        "id": LICENCES,
        "method": "GET",
        "url": "/subscribedSkus?$select=id,accountId,skuId,skuPartNumber,appliesTo,capabilityStatus,"
        "consumedUnits,prepaidUnits,subscriptionIds",
    },
    {"id": SUBSCRIPTIONS, "method": "GET", "url": "/directory/subscriptions"},
    {
        "id": USERS,
        "method": "GET",
        "url": f"/users?$select={USER_FIELDS}&$filter=assignedLicenses/$count%20ne%200&$count=true"
        f"&$top={USER_PAGE_SIZE}",
        "headers": CONSISTENCY,
    },
)

type Rows = list[Mapping[str, Any]]
type TellCount = Callable[[int], Awaitable[None]]


async def count_for_nobody(_: int) -> None:
    """For lists whose growing nobody watches."""


async def read_parts(graph: SignedClient) -> Reading[dict[str, Rows]]:
    """The rows of every part, with all their pages. Raises Retry where Graph does not answer."""
    responses = await read_responses(graph)
    if isinstance(responses, Unknown):
        return responses
    bodies = unpack_responses(responses.value)
    if isinstance(bodies, Unknown):
        return bodies
    parts: dict[str, Rows] = {}
    for name, body in bodies.value.items():
        rows = await follow_pages(graph, name, body, CONSISTENCY)
        if isinstance(rows, Unknown):
            return rows
        parts[name] = rows.value
    return Known(parts)


async def read_responses(graph: SignedClient) -> Reading[list[Any]]:
    """What the batch answers to every part; parts that Graph was too busy for are asked again, they alone.

    Each part of a batch is throttled by itself (Graph docs, `json-batching`; reference microsoft.md 4).
    """
    settled: list[Any] = []
    wanted = list(REQUESTS)
    for attempts_left in reversed(range(BATCH_ATTEMPTS)):
        answer = await graph.read("POST", "/v1.0/$batch", json_body={"requests": wanted})
        responses = answer if isinstance(answer, Unknown) else list_responses(answer.value)
        if isinstance(responses, Unknown):
            return responses
        busy = [each for each in responses.value if is_busy(each)]
        again = [request for request in wanted if request["id"] in {each.get("id") for each in busy}]
        if not again or not attempts_left:
            return Known([*settled, *responses.value])
        settled += [each for each in responses.value if not is_busy(each)]
        wanted = again
        await asyncio.sleep(max(read_pause(each) for each in busy))
    return incomplete("The batch was not sent.")


def list_responses(answer: Answer) -> Reading[list[Any]]:
    """The answers to the parts of a batch, whatever they are."""
    if not answer.is_success:
        return explain_status("The batch", answer.status, answer.body)
    responses = answer.body.get("responses") if isinstance(answer.body, dict) else None
    return Known(responses) if isinstance(responses, list) else incomplete("The batch answered without its parts.")


def is_busy(response: Any) -> bool:
    """Whether a part may be answered when it is asked again."""
    return isinstance(response, dict) and response.get("status") in PASSING_STATUSES


def read_pause(response: Mapping[str, Any]) -> float:
    """How many seconds Graph wants to be left alone with a part."""
    headers = response.get("headers")
    texts = {str(name).lower(): text for name, text in headers.items()} if isinstance(headers, dict) else {}
    try:
        return min(max(float(str(texts.get("retry-after"))), 0.0), LONGEST_RETRY_AFTER_SECONDS)
    except ValueError:
        return USUAL_PAUSE_SECONDS


def unpack_responses(responses: list[Any]) -> Reading[dict[str, Mapping[str, Any]]]:
    """The body of every part. A batch answers 200 even if all of it failed: each part's own status counts."""
    bodies: dict[str, Mapping[str, Any]] = {}
    for response in responses:
        if not isinstance(response, dict):
            return incomplete("The batch holds a part that is none.")
        name, status, body = response.get("id"), response.get("status"), response.get("body")
        if not isinstance(status, int) or not 200 <= status < 300:
            return explain_status(f"The part {name}", status if isinstance(status, int) else 0, body)
        if not isinstance(body, dict):
            return incomplete(f"The part {name} is empty.")
        bodies[str(name)] = body
    missing = {LICENCES, SUBSCRIPTIONS, USERS} - bodies.keys()
    if missing:
        return incomplete(f"The batch left out {', '.join(sorted(missing))}.")
    return Known(bodies)


async def follow_pages(
    graph: SignedClient,
    name: str,
    first: Mapping[str, Any],
    headers: Mapping[str, str],
    tell: TellCount = count_for_nobody,
) -> Reading[Rows]:
    """All rows of a list. The headers go with every page: Graph does not carry them over (microsoft.md 3.1).

    `tell` hears after every page how many rows have come. Raises Retry where Graph does not answer.
    """
    rows: Rows = []
    body = first
    for _ in range(PAGE_LIMIT):
        page = body.get("value")
        if not isinstance(page, list):
            return incomplete(f"A page of {name} came without rows.")
        rows += page
        await tell(len(rows))
        link = body.get("@odata.nextLink")
        if link is None:
            return check_count(name, rows, first.get("@odata.count"))
        path = find_path(graph.web.origin, link)
        if path is None:
            return incomplete(f"The next page of {name} is on another host.")
        page_answer = await read_body(graph, f"A page of {name}", path, headers)
        if isinstance(page_answer, Unknown):
            return page_answer
        body = page_answer.value
    return incomplete(f"{name} has more than {PAGE_LIMIT} pages.")


def find_path(origin: str, link: object) -> str | None:
    """The path and query of a next page; None where it is not on the origin, or no address at all."""
    try:
        parts = urlsplit(str(link))
    except ValueError:
        return None
    return f"{parts.path}?{parts.query}" if f"{parts.scheme}://{parts.netloc}" == origin else None


async def read_body(
    graph: SignedClient, what: str, path: str, headers: Mapping[str, str]
) -> Reading[Mapping[str, Any]]:
    """The JSON object of one GET. Raises Retry where Graph does not answer."""
    answer = await graph.read("GET", path, headers)
    if isinstance(answer, Unknown):
        return answer
    if not answer.value.is_success or not isinstance(answer.value.body, dict):
        return explain_status(what, answer.value.status, answer.value.body)
    return Known(answer.value.body)


def check_count(name: str, rows: Rows, expected: object) -> Reading[Rows]:
    """The rows, if they are as many as Graph said and no two are the same."""
    if name == USERS and not isinstance(expected, int):
        return incomplete(f"{name} came without a count.")
    if isinstance(expected, int) and len(rows) != expected:
        return incomplete(f"{name}: Graph counted {expected} and sent {len(rows)}.")
    return Known(rows)


def incomplete(sentence: str) -> Unknown:
    """An answer that is no answer."""
    return Unknown(UnknownReason.INCOMPLETE, sentence)


def explain_silence(error: Retry) -> Unknown:
    """Why a server that was asked several times gave no answer."""
    reason = UnknownReason.THROTTLED if isinstance(error, Throttled) else UnknownReason.UNREACHABLE
    return Unknown(reason, f"{error}. It is read again next night.")


def explain_status(what: str, status: int, body: object) -> Unknown:
    """Why a status is no answer, with Graph's own error code."""
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    sentence = f"{what} answered {status}" + (f" ({code})." if code else ".")
    match status:
        case 401 | 403:
            return Unknown(UnknownReason.ACCESS_DENIED, f"{sentence} Check the GDAP roles and the app's consent.")
        case 404:
            return Unknown(UnknownReason.TENANT_GONE, f"{sentence} Check that the tenant still exists.")
        case 429:
            return Unknown(UnknownReason.THROTTLED, f"{sentence} Microsoft was busy; it is read again next night.")
        case 200:
            return Unknown(UnknownReason.INCOMPLETE, f"{what} was cut off.")
        case _:
            return Unknown(UnknownReason.UNREACHABLE, f"{sentence} It is read again next night.")
