"""An Autotask that answers what a test gives it: rows, what may be done with each entity, the counter of requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx

from net.client import open_client
from net.hosts import AllowedHosts
from psa.autotask.client import AutotaskClient, Credentials
from tests.unit.net.answers import Site, run_timed

ZONE = "https://webservices5.autotask.net"
KEYS = Credentials("api@msp.example", "sesame-secret", "TRACKING-ID")
FULL = {
    f"{prefix}{act}": value
    for act in ("Create", "Query", "Update")
    for prefix, value in (("can", True), ("userAccessFor", "All"))
}


@dataclass
class Autotask:
    """`rows` and `picklists` by entity; `access` is what `entityInformation` says beside full access; `refusals` are
    errors by entity; `used` how many of 10,000 requests are counted."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    picklists: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    access: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: dict[str, httpx.Response] = field(default_factory=dict)
    used: int = 12

    def __call__(self, request: httpx.Request) -> httpx.Response:
        entity, _, rest = request.url.path.removeprefix("/atservicesrest/v1.0/").partition("/")
        if entity in self.refusals:
            return self.refusals[entity]
        if entity == "ThresholdInformation":
            names = ("externalRequestThreshold", "requestThresholdTimeframe", "currentTimeframeRequestCount")
            return httpx.Response(200, json=dict(zip(names, (10_000, 60, self.used), strict=True)))
        if rest == "entityInformation":
            return httpx.Response(200, json={"info": FULL | self.access.get(entity, {})})
        if rest == "entityInformation/fields":
            fields = [
                {"name": name, "picklistValues": values}
                for (owner, name), values in self.picklists.items()
                if owner == entity
            ]
            return httpx.Response(200, json={"fields": fields})
        assert request.method == "POST", "queries are POSTed"
        found = [row for row in self.rows.get(entity, []) if fits(row, json.loads(request.content)["Filter"])]
        return httpx.Response(200, json={"items": found, "pageDetails": {"count": len(found), "nextPageUrl": None}})


def fits(row: dict[str, Any], filters: list[dict[str, Any]]) -> bool:
    """Whether a row passes conditions of the kinds that our lists use."""
    for each in filters:
        match each["op"]:
            case "eq" if row.get(each["field"]) != each["value"]:
                return False
            case "in" if row.get(each["field"]) not in each["value"]:
                return False
            case "contains" if each["value"] not in row.get(each["field"], ""):
                return False
            case "exist" if row.get(each["field"]) is None:
                return False
    return True


def ask[T](autotask: Autotask, work: Callable[[AutotaskClient], Coroutine[Any, Any, T]]) -> T:
    """What the work comes to with a client of this Autotask."""
    site = Site(autotask)
    return run_timed(work(AutotaskClient(open_client(ZONE, AllowedHosts(), site), KEYS)))[0]
