"""In which zone of Autotask's cloud a database is, as Autotask's zone discovery says (autotask-halo.md 1; S7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from net.client import WebClient
from net.hosts import AllowedHosts, parse_origin
from plans.errors import Misconfigured, Retry
from psa.autotask.errors import Meaning, is_definite, judge

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
    params = {"user": user_name}
    answer = await web.read("GET", ZONE_INFORMATION, params=params, is_definite=is_definite)
    verdict = judge(answer)
    match verdict.meaning:
        case Meaning.FINE:
            return parse_zone(answer.body, allowed, web.origin)
        case Meaning.THROTTLED | Meaning.PASSING:
            raise Retry(f"Autotask's zone discovery did not answer ({verdict.text}).")
        case _:
            raise Misconfigured(
                f"Autotask knows no zone for this user name ({verdict.text}). Type the user name of the API user as "
                "Autotask shows it."
            )


def parse_zone(body: Any, allowed: AllowedHosts, told_by: str) -> Zone:
    """The zone of an answer. Raises Misconfigured where its host may not be called, Retry where it is not whole."""
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
