"""Zone discovery: whose zone it is, and hosts that are shown no key whatever discovery says (promise S7)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from net.client import open_client
from net.hosts import AllowedHosts
from plans.errors import Misconfigured, Retry
from psa.autotask.zones import Zone, find_zone
from tests.unit.net.answers import Site, run_timed

DISCOVERY = "https://webservices.autotask.net"
USER = "k7f3q+api@msp.example"
ANSWER = {
    "zoneName": "EU1 (Europe)",
    "url": "https://webservices16.autotask.net/atservicesrest/",
    "webUrl": "https://ww16.autotask.net/",
    "ci": 41234,
}


def ask(answer: httpx.Response | Exception, allowed: AllowedHosts | None = None) -> tuple[Zone, Site]:
    def reply(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    site, hosts = Site(reply), allowed or AllowedHosts()
    found, _ = run_timed(find_zone(open_client(DISCOVERY, hosts, site), USER, hosts))
    return found, site


def tell(**changes: Any) -> httpx.Response:
    return httpx.Response(200, json=ANSWER | changes)


def test_the_zone_of_a_user_is_found_without_any_key() -> None:
    zone, site = ask(tell())
    assert zone == Zone("EU1 (Europe)", "https://webservices16.autotask.net", "https://ww16.autotask.net", "41234")
    (request,) = site.requests
    assert request.url.params["user"] == USER
    assert not {"secret", "apiintegrationcode", "username", "authorization"} & {
        name.lower() for name in request.headers
    }


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/atservicesrest/",
        "https://webservices16.autotask.net.evil.example/atservicesrest/",
        "https://webservices16.autotask.net@evil.example/atservicesrest/",
        "http://webservices16.autotask.net/atservicesrest/",
        "https://webservices16.autotask.net:8443/atservicesrest/",
        "https://169.254.169.254/atservicesrest/",
        "https://10.0.0.5/atservicesrest/",
        "https://localhost/atservicesrest/",
        "https://graph.microsoft.com/atservicesrest/",
        "https://psa.msp.example/atservicesrest/",
        "https://webservices16.autotask.net/somewhere/else",
        "//webservices16.autotask.net/atservicesrest/",
        "",
    ],
)
def test_an_answer_that_names_another_host_is_refused_with_a_sentence(url: str) -> None:
    """`psa.msp.example` is a ConnectWise that the deployment allows, and no Autotask."""
    with pytest.raises(Misconfigured) as caught:
        ask(tell(url=url), AllowedHosts(frozenset({"https://psa.msp.example"})))
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "web_url", ["https://evil.example/", "javascript:alert(1)", "http://ww5.autotask.net", None, 5]
)
def test_pages_lead_to_no_other_host(web_url: object) -> None:
    assert ask(tell(webUrl=web_url))[0].web_url == ""


def test_a_user_that_autotask_does_not_know_is_asked_once_and_told_so() -> None:
    refusal = {"errors": ["Zone information could not be determined"]}
    with pytest.raises(Misconfigured, match="knows no zone for this user name"):
        ask(httpx.Response(500, json=refusal))


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json=[]),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=ANSWER | {"ci": None}),
        httpx.Response(200, json=ANSWER | {"ci": True}),
        httpx.Response(200, json=ANSWER | {"ci": "41234"}),
        httpx.Response(503),
        httpx.ConnectError("no route"),
    ],
)
def test_half_an_answer_or_none_is_asked_for_again_later(answer: httpx.Response | Exception) -> None:
    with pytest.raises(Retry):
        ask(answer)


def test_a_redirect_is_not_followed() -> None:
    with pytest.raises((Misconfigured, Retry)):
        ask(httpx.Response(302, headers={"Location": "https://evil.example/"}))
