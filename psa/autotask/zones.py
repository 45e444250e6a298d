"""In which zone of Autotask's cloud a database is, as Autotask's zone discovery says (autotask-halo.md 1; S7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from net.client import Answer, WebClient
from net.hosts import AllowedHosts, parse_origin
from plans.errors import Misconfigured, Retry

ZONE_INFORMATION = "/atservicesrest/v1.0/zoneInformation"
API_PATH = "atservicesrest"
WEB_SUFFIX = ".autotask.net"
UNREADABLE = "Autotask's zone discovery answered, and nobody can read what. Try again later."


@dataclass(frozen=True, slots=True)
class Zone:
    """Where a database is: the origin of its API, where people open it (empty where that is no host of Autotask's), and
    the number of the database, which no other one has."""

    name: str
    api_url: str
    web_url: str
    database: str


async def find_zone(web: WebClient, user_name: str, allowed: AllowedHosts) -> Zone:
    """The zone of a user's database. `web` is bound to Autotask's zone discovery, which needs no key and gets none.

    Raises Misconfigured where Autotask does not know the user, or names a host that may not be called; Retry where it
    does not answer.
    """
    try:
        answer = await web.send("GET", ZONE_INFORMATION, params={"user": user_name})
    except httpx.TransportError as error:
        raise Retry(f"Autotask's zone discovery at {web.origin} did not answer: {type(error).__name__}.") from error
    errors = list_errors(answer)
    if errors:
        raise Misconfigured(
            f"Autotask knows no zone for this user name: {errors} Type the user name of the API user, as it stands in "
            "Autotask under Security."
        )
    if not answer.is_success:
        raise Retry(f"Autotask's zone discovery answered {answer.status}.")
    return parse_zone(answer.body, allowed, web.origin)


def list_errors(answer: Answer) -> str:
    """What Autotask says is wrong, in one line; empty where it says nothing. Its errors come as HTTP 500 as well."""
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    texts = [" ".join(str(each).split()) for each in errors] if isinstance(errors, list) else []
    return " ".join(text if text.endswith(".") else f"{text}." for text in texts if text)[:500]


def parse_zone(body: Any, allowed: AllowedHosts, told_by: str) -> Zone:
    """The zone of an answer. Raises Misconfigured where its host may not be called, Retry where half of it is missing."""
    if not isinstance(body, dict):
        raise Retry(UNREADABLE)
    url, database = str(body.get("url") or ""), body.get("ci")
    if not isinstance(database, int) or isinstance(database, bool):
        raise Retry(UNREADABLE)
    origin = allowed.check_autotask(url, told_by)
    if API_PATH not in urlsplit(url).path.casefold().split("/"):
        raise Misconfigured(f"Autotask's zone discovery names an address at {origin} that is not that of its REST API.")
    return Zone(str(body.get("zoneName") or ""), origin, parse_web_url(body.get("webUrl"), allowed), str(database))


def parse_web_url(url: Any, allowed: AllowedHosts) -> str:
    """The origin at which people open Autotask, or nothing: pages lead to no other host."""
    try:
        origin = parse_origin(str(url or "")).removesuffix(":443")
    except Misconfigured:
        return ""
    is_autotask = origin.startswith("https://") and origin.endswith(WEB_SUFFIX)
    return origin if is_autotask or origin in allowed.extra_origins else ""
