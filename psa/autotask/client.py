"""Autotask over HTTP: headers, queries page by page, single rows, writes. Facts: reference autotask-halo.md 1."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from net.client import Answer, WebClient
from plans.budget import RequestBudget
from plans.errors import Misconfigured, Retry, Spent, Throttled
from psa.autotask.errors import Meaning, explain, is_definite, judge
from psa.autotask.pacing import CounterRefused, Pacer

VERSION = "v1.0"
DEFAULT_PATH = "/atservicesrest"
PAGE_SIZE = 500
SECONDS_PER_ZONE = 60.0
"""How long what zone discovery said about a refusal stands."""
PAGE_LIMIT = 2000
SECONDS_PER_FIELDS = 3600.0
"""How long what Autotask says of an entity's fields stands, where only names are read from it."""
GOES_ON = (
    "It goes on by itself once fewer requests were made in the last hour by everything that uses this database, and "
    "Seatledger with it. Nothing to do."
)
VALUES_PER_QUERY = 499
"""Values of one `in` list: each counts as one of the 500 OR conditions that a query may have, and a date beside them is
no more than the one that is left. So many rows by their own ids are one page, and never a full one, which would have to
be counted."""

type Row = Mapping[str, Any]
type Rows = list[Row]
type Filter = Mapping[str, Any]
type FindAgain = Callable[[], Awaitable[WebClient | None]]

EVERY: Filter = {"op": "exist", "field": "id"}
"""What every row meets: a query needs a condition."""


class ReadRefused(Misconfigured):
    """Autotask refused a read: our credentials, a right of our security level, or what we asked.

    `meaning` is SIGN_IN where it refused to know us: another zone may be the right one by now. `said` is what it said,
    without a full stop and without our advice.
    """

    def __init__(self, sentence: str, meaning: Meaning, said: str) -> None:
        super().__init__(sentence)
        self.meaning = meaning
        self.said = said

    @property
    def is_sign_in(self) -> bool:
        """Whether Autotask does not accept who we say we are."""
        return self.meaning is Meaning.SIGN_IN


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API user's name and secret, and the tracking identifier of the integration. Never printed."""

    user: str
    secret: str = field(repr=False)
    integration_code: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        return {
            "UserName": self.user,
            "Secret": self.secret,
            "ApiIntegrationCode": self.integration_code,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }


class AutotaskClient:
    """One database of Autotask, in the zone where it is."""

    def __init__(
        self,
        web: WebClient,
        credentials: Credentials,
        base_url: str = DEFAULT_PATH,
        find_again: FindAgain | None = None,
    ) -> None:
        """`base_url` is the `url` that the zone information gives, or its path; `web` is bound to its origin.

        A database may move to another zone, and its old one then does not know us (autotask-halo.md 1): `find_again`
        asks zone discovery, and answers with a client of the zone that it names; None where that has not our database.
        """
        self._web = web
        self._find_again = find_again
        self._moving = asyncio.Lock()
        self._looked_at, self._has_moved = float("-inf"), False
        self._credentials = credentials
        self._base = f"{urlsplit(base_url).path.rstrip('/')}/{VERSION}"
        self._pacer = Pacer(self._read_threshold)
        self._fields: dict[str, tuple[float, dict[str, Row]]] = {}
        self._recalling = asyncio.Lock()

    async def query(self, entity: str, filters: Sequence[Filter], fields: Sequence[str] = ()) -> Rows:
        """All rows of an entity, page by page: the next page's address is POSTed with the same body.

        `filters` are conditions that all must hold, at least one; `fields` are the only members that the rows then
        have, and always hold `id`. Raises Retry where Autotask does not answer or a page is not whole, Spent where the
        budget says stop, ReadRefused where it refuses us, Misconfigured where there is no end of rows.
        """
        body = make_body(filters, fields)
        path, params = f"{self._base}/{entity}/query", dict[str, str]()
        found: dict[int, Row] = {}
        for _ in range(PAGE_LIMIT):
            answer = await self._read(entity, "POST", path, params=params, json_body=body)
            items, next_url = read_page(answer, entity)
            add_rows(found, items, entity)
            if next_url is None:
                if len(items) >= PAGE_SIZE:
                    await self._check_count(entity, filters, len(found))
                return list(found.values())
            if not items:
                raise Retry(f"Autotask sent an empty page of {entity} and promised more.")
            # Only what follows the question mark is taken over: where we ask is ours to say.
            path, params = f"{self._base}/{entity}/query/next", dict(parse_qsl(urlsplit(next_url).query))
        raise Misconfigured(f"Autotask has more than {PAGE_LIMIT * PAGE_SIZE} rows of {entity}.")

    async def query_one_page(self, entity: str, filters: Sequence[Filter], fields: Sequence[str]) -> Rows | None:
        """All rows of an entity, where one page holds them for certain; None where there are more, or may be: a full
        page that names no other may have lost it. Raises like `query`."""
        path = f"{self._base}/{entity}/query"
        answer = await self._read(entity, "POST", path, json_body=make_body(filters, fields))
        items, next_url = read_page(answer, entity)
        found: dict[int, Row] = {}
        add_rows(found, items, entity)
        return None if next_url is not None or len(items) >= PAGE_SIZE else list(found.values())

    async def _check_count(self, entity: str, filters: Sequence[Filter], read: int) -> None:
        """A full page that names no other may have lost it, and a service whose rows are missing looks unbilled: then
        Autotask's own count decides. Raises Retry where it is another one."""
        counted = await self.count(entity, filters)
        if counted != read:
            raise Retry(f"Autotask counts {counted} rows of {entity}, and {read} were read.")

    async def query_by(
        self,
        entity: str,
        member: str,
        values: Sequence[int],
        filters: Sequence[Filter] = (),
        fields: Sequence[str] = (),
    ) -> Rows:
        """The rows of an entity whose `member` is one of `values`, in as few queries as Autotask allows.

        Raises like `query`.
        """
        rows: Rows = []
        for start in range(0, len(values), VALUES_PER_QUERY):
            chosen = {"op": "in", "field": member, "value": list(values[start : start + VALUES_PER_QUERY])}
            rows += await self.query(entity, [chosen, *filters], fields)
        return rows

    async def count(self, entity: str, filters: Sequence[Filter]) -> int:
        """How many rows a query has, by Autotask's own count. Raises like `query`."""
        body = {"Filter": list(filters)}
        answer = await self._read(entity, "POST", f"{self._base}/{entity}/query/count", json_body=body)
        count = answer.get("queryCount") if isinstance(answer, dict) else None
        if not isinstance(count, int):
            raise Retry(f"Autotask did not say how many {entity} there are.")
        return count

    async def read_item(self, entity: str, path: str) -> Row | None:
        """One row, by its path below the version; None where Autotask has none. `entity` is whose turn it takes.

        Raises like `query`.
        """
        body = await self._read(entity, "GET", f"{self._base}/{path}")
        if not isinstance(body, dict) or "item" not in body:
            raise Retry(f"Autotask answered {path} without a row.")
        item = body["item"]
        return item if isinstance(item, dict) else None

    async def read_fields(self, entity: str) -> dict[str, Row]:
        """What Autotask says of each field of an entity (its length, its picklist), by name. Raises like `query`."""
        body = await self._read(entity, "GET", f"{self._base}/{entity}/entityInformation/fields")
        fields = body.get("fields") if isinstance(body, dict) else None
        if not isinstance(fields, list):
            raise Retry(f"Autotask did not describe the fields of {entity}.")
        found: dict[str, Row] = {
            str(each["name"]): each for each in fields if isinstance(each, dict) and "name" in each
        }
        self._fields[entity] = (asyncio.get_running_loop().time(), found)
        return found

    async def recall_fields(self, entity: str) -> dict[str, Row]:
        """The same as it was read in the last `SECONDS_PER_FIELDS`; read where it was not. Raises like `query`."""
        async with self._recalling:
            read_at, found = self._fields.get(entity, (float("-inf"), {}))
            is_fresh = asyncio.get_running_loop().time() - read_at < SECONDS_PER_FIELDS
            return found if is_fresh else await self.read_fields(entity)

    async def read_entity(self, entity: str) -> Row:
        """What we may do with an entity: `canCreate`, `canQuery` and their kind. Raises like `query`."""
        body = await self._read(entity, "GET", f"{self._base}/{entity}/entityInformation")
        info = body.get("info") if isinstance(body, dict) else None
        if not isinstance(info, dict):
            raise Retry(f"Autotask did not say what may be done with {entity}.")
        return info

    async def read_budget(self) -> RequestBudget:
        """The database's own counter of requests, or our own where the API user may not read it. Raises like `query`,
        but never for the budget itself."""
        return await self._pacer.look()

    async def write_once(self, method: str, entity: str, path: str, body: Mapping[str, object]) -> Answer:
        """Send a write exactly once, whatever the answer; `path` is below the version.

        Raises httpx.TransportError where nobody knows whether it was received, Retry or Spent where it was not sent.
        """
        async with self._pacer.writing(entity):
            headers = self._credentials.headers()
            return await self._web.send(method, f"{self._base}/{path}", headers=headers, json_body=body)

    async def _read(self, entity: str, method: str, path: str, **request: Any) -> Any:
        async with self._pacer.reading(entity):
            try:
                return await self._ask(method, path, **request)
            except Throttled:
                self._pacer.look_next_time()
                raise

    async def _ask(self, method: str, path: str, **request: Any) -> Any:
        try:
            return await self._ask_zone(method, path, **request)
        except ReadRefused as error:
            if not error.is_sign_in or not await self._move():
                raise
        return await self._ask_zone(method, path, **request)

    async def _ask_zone(self, method: str, path: str, **request: Any) -> Any:
        headers = self._credentials.headers()
        answer = await self._web.read(
            method, path, headers=headers, is_definite=is_definite, explain=explain, **request
        )
        return check_answer(answer, path.removeprefix(self._base))

    async def _move(self) -> bool:
        """Look for the database's zone, once a while for all requests that are refused; whether there is one to ask."""
        async with self._moving:
            now = asyncio.get_running_loop().time()
            if self._find_again is not None and now - self._looked_at >= SECONDS_PER_ZONE:
                found = await self._find_again()
                self._web, self._has_moved, self._looked_at = found or self._web, found is not None, now
            return self._has_moved

    async def _read_threshold(self) -> RequestBudget | CounterRefused:
        try:
            body = await self._ask("GET", f"{self._base}/ThresholdInformation")
        except ReadRefused as error:
            if error.meaning is not Meaning.RIGHTS:
                raise
            return CounterRefused(error.said)
        except Throttled as error:
            raise Spent(f"Autotask answers nobody for now ({str(error).rstrip('.')}). {GOES_ON}") from error
        names = ("currentTimeframeRequestCount", "externalRequestThreshold", "requestThresholdTimeframe")
        numbers = [body.get(name) if isinstance(body, dict) else None for name in names]
        used, limit, minutes = numbers
        if not isinstance(used, int) or not isinstance(limit, int) or not isinstance(minutes, int):
            raise Retry("Autotask did not say how many requests it has counted.")
        return RequestBudget(used, limit, minutes)


def make_body(filters: Sequence[Filter], fields: Sequence[str]) -> dict[str, object]:
    """The body of a query: `fields` are the only members that its rows have, besides `id`; none for all of them."""
    included = {"IncludeFields": list(dict.fromkeys(("id", *fields)))} if fields else {}
    return {"Filter": list(filters), **included}


def add_rows(found: dict[int, Row], items: Sequence[Row], entity: str) -> None:
    """Add a page's rows to those of the pages before. Raises Retry where one is there already, or has no id."""
    for item in items:
        row_id = item.get("id")
        if not isinstance(row_id, int) or row_id in found:
            raise Retry(f"Autotask sent a page of {entity} with a row twice, or one without an id.")
        found[row_id] = item


def read_page(body: Any, entity: str) -> tuple[list[Row], str | None]:
    """The rows of a page and the address of the next one. Raises Retry where the page is not whole."""
    items = body.get("items") if isinstance(body, dict) else None
    details = body.get("pageDetails") if isinstance(body, dict) else None
    if (
        not isinstance(items, list)
        or not isinstance(details, dict)
        or not all(isinstance(each, dict) for each in items)
    ):
        raise Retry(f"Autotask answered a query of {entity} without rows.")
    if "nextPageUrl" not in details or details.get("count", len(items)) != len(items):
        raise Retry(f"Autotask sent a part of a page of {entity}.")
    next_url = details["nextPageUrl"]
    return items, str(next_url) if next_url else None


def check_answer(answer: Answer, path: str) -> Any:
    """The body of a successful answer. Raises ReadRefused, Retry or Throttled with Autotask's own words."""
    if 300 <= answer.status < 400:
        raise Retry("the site sends Seatledger on to another address, and that is never followed. Check the zone.")
    verdict = judge(answer)
    match verdict.meaning:
        case Meaning.FINE:
            return answer.body
        case Meaning.THROTTLED:
            raise Throttled(f"Autotask wants fewer requests ({verdict.text}).")
        case Meaning.PASSING:
            raise Retry(f"Autotask did not answer {path} ({verdict.text}).")
        case Meaning.SIGN_IN:
            said = f"Autotask does not accept the API user ({verdict.text})"
            raise ReadRefused(
                f"{said}. Check the user name, the secret, the tracking identifier, and whether its password has "
                "expired.",
                verdict.meaning,
                said,
            )
        case Meaning.RIGHTS:
            said = f"Autotask does not let the API user read {path} ({verdict.text})"
            raise ReadRefused(f"{said}. Run the permission report of the connection.", verdict.meaning, said)
        case Meaning.REFUSED:  # pragma: no branch - there is no other meaning
            said = f"Autotask refused {path} ({verdict.text})"
            raise ReadRefused(f"{said}.", verdict.meaning, said)
