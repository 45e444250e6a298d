"""Partner Center's API, for direct-bill partners and indirect providers only (reference microsoft.md 2.3, 4).

Answers may start with a byte order mark (net.client decodes it), keys differ in case from page to page, and error
codes are texts or numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from microsoft.graph import TellCount, count_for_nobody, incomplete
from microsoft.signed import SignedClient
from net.client import Answer
from profiles.readings import Known, Reading, Unknown, UnknownReason

CUSTOMERS = "/v1/customers?size=500"
NEXT_CUSTOMERS = f"{CUSTOMERS}&seekOperation=next"
CONTINUATION = "MS-ContinuationToken"
PAGE_LIMIT = 200
END_OF_LIST = "2000"
CHECK_ACCOUNT = "Check that the partner account has signed in with MFA and may read Partner Center."

MEANINGS: dict[str, tuple[UnknownReason, str]] = {
    **dict.fromkeys(
        ("20002", "60003"),
        (UnknownReason.TENANT_GONE, "This partner has no reseller relationship with the tenant any more."),
    ),
    **dict.fromkeys(("2032", "900308", "900329", "900420"), (UnknownReason.ACCESS_DENIED, CHECK_ACCOUNT)),
    "900309": (UnknownReason.ACCESS_DENIED, "Conditional Access blocks the partner account in Partner Center."),
    "90000": (UnknownReason.SIGN_IN_REFUSED, "Sign the partner account in again with MFA under Connections."),
    "429": (UnknownReason.THROTTLED, "Partner Center was asked too often. It passes by itself."),
}

type Folded = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PartnerCenter:
    """One partner's Partner Center. `make_id` makes the id by which Microsoft's support finds a call."""

    client: SignedClient
    make_id: Callable[[], str] = lambda: str(uuid4())

    async def list_customers(self, tell: TellCount = count_for_nobody) -> Reading[list[Folded]]:
        """Every customer; `tell` hears after every page how many. Raises Retry where Partner Center does not answer.

        The list ends with an empty continuation token, or with an error that means no more records (microsoft.md 2.3).
        """
        customers: list[Folded] = []
        path, token = CUSTOMERS, ""
        for _ in range(PAGE_LIMIT):
            answer = await self._get(path, {CONTINUATION: token} if token else {})
            if isinstance(answer, Unknown):
                return answer
            if is_end_of_list(answer.value):
                return Known(customers)
            page = read_items("The customer list", answer.value)
            if isinstance(page, Unknown):
                return page
            customers += page.value.items
            await tell(len(customers))
            if not page.value.continuation:
                return Known(customers)
            if page.value.continuation == token:
                return incomplete("Partner Center sent the same page of customers again.")
            path, token = NEXT_CUSTOMERS, page.value.continuation
        return incomplete(f"The customer list has more than {PAGE_LIMIT} pages.")

    async def list_subscriptions(self, tenant_id: str) -> Reading[list[Folded]]:
        """Every subscription of a customer, in one answer. Raises Retry where Partner Center does not answer."""
        answer = await self._get(f"/v1/customers/{tenant_id}/subscriptions", {})
        if isinstance(answer, Unknown):
            return answer
        page = read_items("The subscription list", answer.value)
        if isinstance(page, Unknown):
            return page
        if page.value.continuation:
            return incomplete("Partner Center sent a part of the subscriptions only.")
        if page.value.total is not None and page.value.total != len(page.value.items):
            return incomplete(
                f"Partner Center counted {page.value.total} subscriptions and sent {len(page.value.items)}."
            )
        return Known(page.value.items)

    async def _get(self, path: str, headers: Mapping[str, str]) -> Reading[Answer]:
        ids = {"MS-Contract-Version": "v1", "MS-CorrelationId": self.make_id(), "MS-RequestId": self.make_id()}
        return await self.client.read("GET", path, {**ids, **headers})


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a collection, its keys folded to lower case."""

    items: list[Folded]
    total: int | None
    continuation: str


def read_items(what: str, answer: Answer) -> Reading[Page]:
    """The rows of a collection, or why there are none."""
    body = fold(answer.body)
    if not answer.is_success:
        return explain_answer(what, answer.status, body)
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return incomplete(f"{what} came without rows.")
    total, continuation = body.get("totalcount"), body.get("continuationtoken")
    is_count = isinstance(total, int) and not isinstance(total, bool)
    return Known(Page(items, total if is_count else None, continuation if isinstance(continuation, str) else ""))


def fold(value: Any) -> Any:
    """The same JSON with its keys in lower case: Partner Center spells them as it likes (microsoft.md 4)."""
    match value:
        case dict():
            return {str(key).lower(): fold(each) for key, each in value.items()}
        case list():
            return [fold(each) for each in value]
        case _:
            return value


def is_end_of_list(answer: Answer) -> bool:
    """Whether an error only says that there are no more customers."""
    return answer.status == 400 and read_code(fold(answer.body)) == END_OF_LIST


def read_code(body: Any) -> str | None:
    """The error's code as a text, from either shape of error: `code`, or the throttle's `statusCode`."""
    if not isinstance(body, dict):
        return None
    code = body.get("code", body.get("statuscode"))
    return str(code) if isinstance(code, int | str) and not isinstance(code, bool) and code != "" else None


def explain_answer(what: str, status: int, body: Any) -> Unknown:
    """Why an answer is none, with Partner Center's own code; its text may hold names and is not repeated."""
    code = read_code(body)
    sentence = f"{what} of Partner Center answered {status}" + (f" (code {code})." if code else ".")
    if code in MEANINGS:
        reason, meaning = MEANINGS[code]
        return Unknown(reason, f"{meaning} {sentence}")
    match status:
        case 401 | 403:
            return Unknown(UnknownReason.ACCESS_DENIED, f"{sentence} {CHECK_ACCOUNT}")
        case 404:
            return Unknown(UnknownReason.TENANT_GONE, sentence)
        case 429:
            return Unknown(UnknownReason.THROTTLED, sentence)
        case _:
            return Unknown(UnknownReason.UNREACHABLE, sentence)
