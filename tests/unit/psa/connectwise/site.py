"""ConnectWise in memory: codebase, agreements, additions, and whatever goes wrong with the next call."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from local.simulators.connectwise.listing import matching
from local.simulators.connectwise.query import Query
from net.client import open_client
from net.hosts import AllowedHosts
from psa.connectwise.adapter import ConnectWisePsa
from psa.connectwise.client import ConnectWiseClient, Credentials
from psa.connectwise.settings import InvoicingSettings
from tests.unit.net.answers import ORIGIN, Site, run_timed

PUBLIC, PRIVATE = "public-key-canary", "private-key-canary"
ADDITIONS = "/finance/agreements/1201/additions"

type Json = dict[str, Any]
type Handler = Callable[[httpx.Request], httpx.Response | None]


def make_agreement_row(agreement_id: int = 1201, /, **changes: Any) -> Json:
    row = {
        "id": agreement_id,
        "name": "Managed Services",
        "company": {"id": 42},
        "type": {"id": 7, "name": "Managed"},
        "agreementStatus": "Active",
        "cancelledFlag": False,
        "prorateFlag": True,
        "noEndingDateFlag": True,
        "billingCycle": {"id": 2, "name": "Monthly"},
        "billStartDate": "2025-01-01T00:00:00Z",
        "nextInvoiceDate": "2026-12-01T00:00:00Z",
    }
    return row | changes


def make_addition_row(addition_id: int = 9001, /, **changes: Any) -> Json:
    row = {
        "id": addition_id,
        "product": {"id": 501, "identifier": "M365-SPB"},
        "quantity": 10.0,
        "billCustomer": "Billable",
        "effectiveDate": "2026-11-22T00:00:00Z",
        "cancelledDate": None,
        "serialNumber": "SL-0123456789-0000",
    }
    return row | changes


def make_invoice_row(invoice_id: int, agreement_id: int, day: str, /, **changes: Any) -> Json:
    row = {"id": invoice_id, "type": "Agreement", "agreement": {"id": agreement_id}, "date": f"{day}T00:00:00Z"}
    return row | changes


@dataclass
class ConnectWise:
    """The site. `intercept` may answer a request before it is looked at."""

    agreements: list[Json] = field(default_factory=lambda: [make_agreement_row()])
    additions: dict[int, list[Json]] = field(default_factory=lambda: {1201: [make_addition_row()]})
    invoices: list[Json] = field(default_factory=list)
    companies: list[Json] = field(default_factory=list)
    lists: dict[str, list[Json]] = field(default_factory=dict)
    settings: InvoicingSettings | None = None
    codebase: str = "v2026_4/"
    company_info: Callable[[], httpx.Response] | None = None
    intercept: Handler = lambda _: None
    created: list[Json] = field(default_factory=list)
    patched: list[list[Json]] = field(default_factory=list)
    site: Site = field(init=False)

    def __post_init__(self) -> None:
        self.site = Site(self._answer)

    def open(self) -> ConnectWisePsa:
        web = open_client(ORIGIN, AllowedHosts(), self.site)
        client = ConnectWiseClient(web, Credentials("demo", "client-guid", PUBLIC, PRIVATE))
        return ConnectWisePsa("cw", client, self.settings)

    def run(self, call: Callable[[ConnectWisePsa], Any]) -> Any:
        """One call of the port, on a clock that jumps."""
        return run_timed(call(self.open()))[0]

    def paths(self, method: str) -> list[str]:
        return [each.url.path for each in self.site.requests if each.method == method]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        intercepted = self.intercept(request)
        if intercepted is not None:
            return intercepted
        path = request.url.path
        if path.startswith("/login/companyinfo/"):
            return self.company_info() if self.company_info else httpx.Response(200, json={"Codebase": self.codebase})
        prefix = f"/{self.codebase}apis/3.0"
        if not path.startswith(prefix):
            return httpx.Response(404)
        if request.method == "POST":
            self.created.append(json.loads(request.content))
            return httpx.Response(201, json={"id": 9100} | self.created[-1])
        if request.method == "PATCH":
            self.patched.append(json.loads(request.content))
            return httpx.Response(200, json={"id": int(path.rpartition("/")[2])})
        return self._read(request, path.removeprefix(prefix).strip("/").split("/"))

    def _read(self, request: httpx.Request, parts: list[str]) -> httpx.Response:
        match parts:
            case ["finance", "invoices"]:
                query = Query(conditions=request.url.params.get("conditions", ""))
                return self._page(request, matching(self.invoices, "Invoice", query))
            case _ if "/".join(parts) in self.lists:
                return self._page(request, self.lists["/".join(parts)])
            case ["company", "companies"]:
                return self._page(request, [row for row in self.companies if is_named(row["id"], request)])
            case ["finance", "agreements"] if "company/id" in request.url.params["conditions"]:
                return self._page(request, [row for row in self.agreements if is_named(row["company"]["id"], request)])
            case ["finance", "agreements"]:
                ids = request.url.params["conditions"].partition("(")[2].rstrip(")").split(",")
                return self._page(request, [row for row in self.agreements if str(row.get("id")) in ids])
            case ["finance", "agreements", agreement_id, "additions"]:
                return self._page(request, self.additions.get(int(agreement_id), []))
            case ["finance", "agreements", agreement_id, "additions", "count"]:
                return httpx.Response(200, json={"count": len(self.additions.get(int(agreement_id), []))})
            case _:
                rows = [row for row in self.additions.get(int(parts[2]), []) if row["id"] == int(parts[4])]
                return httpx.Response(200, json=rows[0]) if rows else httpx.Response(404, json={"code": "NotFound"})

    def _page(self, request: httpx.Request, rows: list[Json]) -> httpx.Response:
        page, size = int(request.url.params["page"]), int(request.url.params["pageSize"])
        link = '<https://evil.example/v4_6_release/apis/3.0/finance/agreements?page=1>; rel="next"'
        return httpx.Response(200, json=rows[(page - 1) * size : page * size], headers={"Link": link})


def is_named(number: int, request: httpx.Request) -> bool:
    """Whether a condition asks for just this number."""
    return request.url.params["conditions"].endswith(f"id={number}")


def move_codebase(psa: ConnectWise) -> Any:
    """Use the client once, then upgrade the site under it."""

    async def work(port: Any) -> Any:
        await port.read_agreements(("1201",))
        psa.codebase = "v2027_1/"
        psa.site.requests.clear()
        return port

    return work
