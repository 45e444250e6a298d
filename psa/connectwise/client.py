"""ConnectWise over HTTP: codebase, credentials, paging. Facts: reference connectwise.md 1 and 2."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from net.client import Answer, WebClient
from plans.errors import Misconfigured, Retry

API_VERSION = "2026.4"
FALLBACK_CODEBASE = "v4_6_release/"
PAGE_SIZE = 1000
PAGE_LIMIT = 100
ERROR_LENGTH_LIMIT = 500

type Rows = list[Mapping[str, Any]]


class ReadRefused(Misconfigured):
    """ConnectWise refused a read: our keys (401), a right of our role (403), or what we asked (400, 404, 405)."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class CompanyNotFound(Misconfigured):
    """The site answers, and knows no company of this id."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API member's keys. Never printed."""

    company: str
    client_id: str
    public_key: str = field(repr=False)
    private_key: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        text = f"{self.company}+{self.public_key}:{self.private_key}"
        return {
            "Authorization": f"Basic {base64.b64encode(text.encode()).decode()}",
            "clientId": self.client_id,
            "Accept": f"application/vnd.connectwise.com+json; version={API_VERSION}",
            "Content-Type": "application/json",
        }


class ConnectWiseClient:
    """One ConnectWise site. The codebase is looked up at first use and again when a path is suddenly gone."""

    def __init__(self, web: WebClient, credentials: Credentials) -> None:
        self._web = web
        self._credentials = credentials
        self._codebase: str | None = None

    async def list_rows(self, path: str, conditions: str | None = None, fields: str | None = None) -> Rows:
        """All rows of a list, page by page in the order of their ids; never by `Link`, which may lead astray.

        `fields` are the only members that the rows then have. Raises Retry where ConnectWise does not answer,
        ReadRefused where it refuses us, Misconfigured where there is no end of rows.
        """
        chosen = {name: text for name, text in (("conditions", conditions), ("fields", fields)) if text is not None}
        rows: Rows = []
        for page in range(1, PAGE_LIMIT + 1):
            body = await self._read_page(path, page, PAGE_SIZE, chosen)
            rows += body
            if len(body) < PAGE_SIZE:
                return rows
        raise Misconfigured(f"ConnectWise has more than {PAGE_LIMIT * PAGE_SIZE} rows under {path}.")

    async def read_first(self, path: str) -> Mapping[str, Any] | None:
        """The first row of a list, which is the cheapest way to try it; None where it is empty.

        Raises like `list_rows`.
        """
        rows = await self._read_page(path, 1, 1, {})
        return rows[0] if rows else None

    async def _read_page(self, path: str, page: int, size: int, chosen: Mapping[str, str]) -> Rows:
        params = {"page": str(page), "pageSize": str(size), "orderBy": "id asc", **chosen}
        body = check_answer(await self._read(path, params), path)
        if not isinstance(body, list):
            raise Retry(f"ConnectWise answered {path} without rows")
        return body

    async def count_rows(self, path: str) -> int:
        """How many rows a list has, by ConnectWise's own count. Raises like `list_rows`."""
        body = check_answer(await self._read(f"{path}/count", {}), path)
        count = body.get("count") if isinstance(body, dict) else None
        if not isinstance(count, int):
            raise Retry(f"ConnectWise answered {path}/count without a count")
        return count

    async def read_row(self, path: str) -> Mapping[str, Any] | None:
        """One record; None where ConnectWise has none. Raises like `list_rows`."""
        answer = await self._read(path, {})
        if answer.status == 404:
            return None
        body = check_answer(answer, path)
        if not isinstance(body, dict):
            raise Retry(f"ConnectWise answered {path} without a record")
        return body

    async def post_once(self, path: str, body: Mapping[str, object]) -> Answer:
        """Send a POST exactly once, whatever the answer. A 404 also forgets the codebase, which may have moved on.

        Raises httpx.TransportError where nobody knows whether it was received.
        """
        return await self._write_once("POST", path, body)

    async def patch_once(self, path: str, operations: Sequence[Mapping[str, object]]) -> Answer:
        """Send a PATCH, which is an array of operations, exactly once. Like `post_once`."""
        return await self._write_once("PATCH", path, operations)

    async def _write_once(self, method: str, path: str, body: object) -> Answer:
        url, headers = f"/{await self.find_codebase()}apis/3.0{path}", self._credentials.headers()
        answer = await self._web.send(method, url, headers=headers, json_body=body)
        if answer.status == 404:
            self._codebase = None
        return answer

    async def _read(self, path: str, params: Mapping[str, str]) -> Answer:
        codebase = await self.find_codebase()
        answer = await self._get(codebase, path, params)
        if answer.status == 404 and await self._codebase_moved(codebase):
            answer = await self._get(await self.find_codebase(), path, params)
        return answer

    async def _get(self, codebase: str, path: str, params: Mapping[str, str]) -> Answer:
        headers = self._credentials.headers()
        return await self._web.read("GET", f"/{codebase}apis/3.0{path}", headers=headers, params=params)

    async def _codebase_moved(self, codebase: str) -> bool:
        self._codebase = None
        return await self.find_codebase() != codebase

    async def find_codebase(self) -> str:
        """The path under which the site answers, as it says itself. Raises Retry, or CompanyNotFound."""
        if self._codebase is None:
            answer = await self._web.read("GET", f"/login/companyinfo/{quote(self._credentials.company, safe='')}")
            self._codebase = parse_codebase(answer, self._credentials.company)
        return self._codebase


def parse_codebase(answer: Answer, company: str) -> str:
    """The codebase with its trailing slash. Raises CompanyNotFound where the site does not know the company."""
    if answer.is_success and answer.body is None and answer.text.strip() == "null":
        raise CompanyNotFound(
            f"ConnectWise does not know the company {company!r}. Type the company id with which you sign in to it."
        )
    if not answer.is_success or not isinstance(answer.body, dict):
        return FALLBACK_CODEBASE
    return str(answer.body.get("Codebase") or FALLBACK_CODEBASE).strip("/") + "/"


def check_answer(answer: Answer, path: str) -> Any:
    """The body of a successful answer. Raises ReadRefused or Retry with ConnectWise's own words."""
    if answer.is_success:
        return answer.body
    if 300 <= answer.status < 400:
        raise Retry("the site sends Seatledger on to another address, and that is never followed. Check the address.")
    sentence = f"ConnectWise answered {answer.status} to {path}: {describe_error(answer)}"
    if answer.status in (400, 401, 403, 404, 405):
        raise ReadRefused(sentence, answer.status)
    raise Retry(sentence)


def describe_error(answer: Answer) -> str:
    """ConnectWise's error in one line: code, message and the fields it names (connectwise.md 1)."""
    body = answer.body
    if not isinstance(body, dict):
        return "no description"
    details = body.get("errors")
    details = details if isinstance(details, list) else []
    fields = [f"{each.get('field')}: {each.get('message')}" for each in details if isinstance(each, dict)]
    text = " ".join("; ".join([f"{body.get('code')}: {body.get('message')}", *fields]).split())
    return text if len(text) <= ERROR_LENGTH_LIMIT else text[:ERROR_LENGTH_LIMIT] + "…"
