"""Which hosts may be called (S7)."""

from __future__ import annotations

import pytest

from net.hosts import MICROSOFT_ORIGINS, AllowedHosts
from plans.errors import Misconfigured

HOSTS = AllowedHosts(frozenset({"http://127.0.0.1:8080", "https://psa.msp.example"}))


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        *((origin, origin) for origin in sorted(MICROSOFT_ORIGINS)),
        ("https://graph.microsoft.com/v1.0/$batch?x=1#y", "https://graph.microsoft.com"),
        ("https://api-na.myconnectwise.net", "https://api-na.myconnectwise.net"),
        ("https://api-eu.myconnectwise.net/v4_6_release/", "https://api-eu.myconnectwise.net"),
        ("HTTPS://API-NA.MyConnectWise.NET", "https://api-na.myconnectwise.net"),
        ("https://a.b.myconnectwise.net", "https://a.b.myconnectwise.net"),
        ("https://webservices.autotask.net/atservicesrest/", "https://webservices.autotask.net"),
        ("https://WebServices31.autotask.net", "https://webservices31.autotask.net"),
        ("https://reports.office.com/data/download/x", "https://reports.office.com"),
        ("https://reportsweu.office.com/data?x=1", "https://reportsweu.office.com"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
        ("https://PSA.msp.example/", "https://psa.msp.example"),
    ],
)
def test_a_known_host_may_be_called(url: str, origin: str) -> None:
    assert HOSTS.check(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "graph.microsoft.com",
        "//graph.microsoft.com",
        "http://graph.microsoft.com",
        "https://graph.microsoft.com:8443",
        "https://graph.microsoft.com.",
        "https://graph.microsoft.com.evil.example",
        "https://evil-graph.microsoft.com",
        "https://graph.microsoft.com@evil.example",
        "https://evil.example#@graph.microsoft.com",
        "https://evil.example/?https://graph.microsoft.com",
        "https://user@graph.microsoft.com",
        "https://user:password@api-na.myconnectwise.net",
        "https://:password@api-na.myconnectwise.net",
        "https://api-na.myconnectwise.net:8443",
        "http://api-na.myconnectwise.net",
        "ftp://api-na.myconnectwise.net",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://webservices5.autotask.net",
        "https://webservices5.autotask.net:8443",
        "https://webservices5.autotask.net.evil.example",
        "https://evil.webservices5.autotask.net",
        "https://webservices5x.autotask.net",
        "http://reports.office.com",
        "https://reports.office.com:8443",
        "https://reports.office.com.evil.example",
        "https://evil.reports.office.com",
        "https://evil-reports.office.com",
        "https://reports-x.office.com",
        "https://www.office.com",
        "https://autotask.net",
        "https://www.autotask.net",
        "https://myconnectwise.net",
        "https://evilmyconnectwise.net",
        "https://myconnectwise.net.evil.example",
        "https://api-na.myconnectwise.net.evil.example",
        "https://api-na.myconnectwise.net.",
        "https://api-na.myconnectwise。net",
        "https://api-na.myconnеctwise.net",
        "https://evil.example/.myconnectwise.net",
        "https://evil.example?.myconnectwise.net",
        "https://evil.example#.myconnectwise.net",
        "https://127.0.0.1",
        "http://127.0.0.1:8081",
        "https://127.0.0.1:8080",
        "http://localhost:8080",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "http://169.254.169.254/metadata/identity/oauth2/token",
        "https://[fe80::1]",
        "https://[::1]",
        "https://2852039166",
        "https://0xa9fea9fe",
        "http://psa.msp.example",
        "https://x.psa.msp.example",
    ],
)
def test_every_other_host_may_not(url: str) -> None:
    with pytest.raises(Misconfigured):
        HOSTS.check(url)


@pytest.mark.parametrize(
    "url", ["https://user:hunter22@graph.microsoft.com", "https://graph.microsoft.com@evil.example"]
)
def test_a_refusal_does_not_repeat_a_password(url: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        HOSTS.check(url)
    assert "hunter22" not in str(caught.value)
    assert "must not carry a user name" in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://[::1",
        "https://api-na.myconnectwise.net:99999",
        "https://api-na.myconnectwise.net:abc",
        "https://evil.example／.myconnectwise.net",
    ],
)
def test_an_address_that_is_none_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(Misconfigured):
        HOSTS.check(url)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example\\.myconnectwise.net",
        ".myconnectwise.net",
        "evil.example%2f.myconnectwise.net",
        "a b.myconnectwise.net",
    ],
)
def test_a_host_name_has_letters_digits_dots_and_dashes_only(host: str) -> None:
    with pytest.raises(Misconfigured):
        HOSTS.check(f"https://{host}")


@pytest.mark.parametrize(
    "origin",
    [
        "http://169.254.169.254",
        "https://169.254.169.254",
        "http://169.254.169.254:80",
        "http://2852039166",
        "http://0xa9fea9fe",
        "http://0251.0376.0251.0376",
        "http://169.16689662",
        "http://[fe80::1]",
        "http://[::ffff:169.254.169.254]",
    ],
)
def test_a_link_local_address_cannot_be_allowed_even_by_a_setting(origin: str) -> None:
    with pytest.raises(Misconfigured):
        AllowedHosts(frozenset({origin})).check(origin)


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://api-eu.myconnectwise.net", "https://api-eu.myconnectwise.net"),
        ("api-eu.myconnectwise.net", "https://api-eu.myconnectwise.net"),
        ("HTTPS://API-EU.myconnectwise.net:443/v4_6_release/", "https://api-eu.myconnectwise.net"),
        ("https://psa.msp.example/v4_6_release", "https://psa.msp.example"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
    ],
)
def test_a_connectwise_is_found_by_what_people_copy(typed: str, origin: str) -> None:
    assert HOSTS.check_connectwise(typed) == origin


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "'' is no host name"),
        ("https://graph.microsoft.com", "graph.microsoft.com is not a host of ConnectWise's cloud"),
        ("https://login.microsoftonline.com", "is not a host of ConnectWise's cloud"),
        ("https://myconnectwise.net.evil.example", "must be named in the setting SEATLEDGER_ALLOWED_ORIGINS"),
        ("https://api-eu.myconnectwise.net.evil.example", "is not a host of ConnectWise's cloud"),
        ("https://evilmyconnectwise.net", "is not a host of ConnectWise's cloud"),
        ("http://api-eu.myconnectwise.net", "must begin with https://"),
        ("https://api-eu.myconnectwise.net:8443", "leave :8443 out"),
        ("https://api-eu.myconnectwise.net:80", "leave :80 out"),
        ("https://user:hunter22@api-eu.myconnectwise.net", "must not carry a user name or password"),
        ("https://api-eu.myconnectwise.net@evil.example", "must not carry a user name or password"),
        ("https://169.254.169.254", "an address of the platform itself"),
        ("https://2852039166", "an address of the platform itself"),
        ("https://0xa9fea9fe", "an address of the platform itself"),
        ("https://10.0.0.1", "10.0.0.1 is not a host of ConnectWise's cloud"),
        ("https://192.168.1.5", "is not a host of ConnectWise's cloud"),
        ("https://127.0.0.1:8080", "is not a host of ConnectWise's cloud"),
        ("https://[::1]", "is no host name"),
        ("https://[fe80::1]", "is no host name"),
        ("https://[::ffff:169.254.169.254]", "is no host name"),
        ("https://[::ffff:a9fe:a9fe]/", "is no host name"),
        ("ftp://api-eu.myconnectwise.net", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("https://[::1", "This is no address"),
        ("https://api-eu.myconnectwise.net:99999", "This is no address"),
        ("https://psa.msp.example:8443", "is not a host of ConnectWise's cloud"),
        ("http://psa.msp.example", "is not a host of ConnectWise's cloud"),
    ],
)
def test_a_connectwise_is_nowhere_else(typed: str, sentence: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        HOSTS.check_connectwise(typed)
    assert sentence in str(caught.value)
    assert "hunter22" not in str(caught.value)


DISCOVERY = "https://webservices.autotask.net"


@pytest.mark.parametrize(
    "url", ["https://webservices5.autotask.net/atservicesrest/", "https://WebServices31.autotask.net:443"]
)
def test_a_zone_of_autotasks_cloud_is_given_its_keys(url: str) -> None:
    assert HOSTS.check_autotask(url, DISCOVERY).startswith("https://webservices")


def test_a_host_of_the_deployment_is_a_zone_only_where_its_discovery_says_so() -> None:
    assert HOSTS.check_autotask("http://127.0.0.1:8080/autotask", "http://127.0.0.1:8080") == "http://127.0.0.1:8080"
    with pytest.raises(Misconfigured, match="no zone of Autotask"):
        HOSTS.check_autotask("http://127.0.0.1:8080/autotask", DISCOVERY)


@pytest.mark.parametrize(
    "url",
    [
        "https://graph.microsoft.com",
        "https://api-na.myconnectwise.net",
        "http://webservices5.autotask.net",
        "https://webservices5.autotask.net.evil.example",
        "https://webservices5.autotask.net:8443",
        "https://evilwebservices5.autotask.net",
        "https://webservices5xautotask.net",
        "https://webservices1234.autotask.net",
        "https://ww5.autotask.net",
        "https://169.254.169.254/atservicesrest/",
        "https://2852039166/atservicesrest/",
        "https://user:hunter22@webservices5.autotask.net",
        "https://[::1]/atservicesrest/",
        "file:///etc/passwd",
        "",
    ],
)
def test_zone_discovery_that_names_another_host_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        HOSTS.check_autotask(url, DISCOVERY)
    assert "hunter22" not in str(caught.value)
