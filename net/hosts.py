"""Which hosts may be called at all (S7): exact origins, and suffixes of parsed https host names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address
from socket import inet_aton
from urllib.parse import urlsplit

from plans.errors import Misconfigured

LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
HOST_NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")
CONNECTWISE_SUFFIXES = (".myconnectwise.net",)
# The API of one zone, and zone discovery itself (autotask-halo.md 1).
AUTOTASK_HOST = re.compile(r"webservices[0-9]{0,3}\.autotask\.net")
# Where Graph sends whoever reads a usage report; the region is part of the name (microsoft.md 3.2).
REPORTS_HOST = re.compile(r"reports[a-z0-9]{0,12}\.office\.com")
MICROSOFT_ORIGINS = frozenset(
    {
        "https://login.microsoftonline.com",
        "https://login.microsoftonline.us",
        "https://login.chinacloudapi.cn",
        "https://graph.microsoft.com",
        "https://graph.microsoft.us",
        "https://dod-graph.microsoft.us",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://api.partnercenter.microsoft.com",
        "https://partner.partnercenterapi.microsoftonline.cn",
    }
)


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """`extra_origins` come from the deployment's settings only, never from a form."""

    extra_origins: frozenset[str] = frozenset()

    def check(self, url: str) -> str:
        """The URL's origin, if it may be called. Raises Misconfigured with a sentence otherwise."""
        origin = parse_origin(url)
        if origin in self.extra_origins or origin in MICROSOFT_ORIGINS:
            return origin
        scheme, _, host = origin.partition("://")
        known = (AUTOTASK_HOST, REPORTS_HOST)
        if scheme == "https" and (host.endswith(CONNECTWISE_SUFFIXES) or any(each.fullmatch(host) for each in known)):
            return origin
        raise Misconfigured(
            f"{origin} is not a host that Seatledger may call. A PSA that you host yourself must be named in the "
            "setting SEATLEDGER_ALLOWED_ORIGINS."
        )

    def check_connectwise(self, url: str) -> str:
        """The origin of a ConnectWise, by its host or by the deployment's setting; Microsoft's hosts are none.

        A host without a scheme is one of https. Raises Misconfigured with a sentence otherwise.
        """
        origin = parse_origin(url if "://" in url else f"https://{url}").removesuffix(":443")
        if origin in self.extra_origins:
            return origin
        scheme, _, host = origin.partition("://")
        name, _, port = host.partition(":")
        if not name.endswith(CONNECTWISE_SUFFIXES):
            raise Misconfigured(
                f"{name} is not a host of ConnectWise's cloud, whose names end in {CONNECTWISE_SUFFIXES[0]}. A "
                "ConnectWise that you host yourself must be named in the setting SEATLEDGER_ALLOWED_ORIGINS of the app."
            )
        if scheme != "https":
            raise Misconfigured("The address must begin with https://, so that nobody on the way reads the keys.")
        if port:
            raise Misconfigured(f"ConnectWise's cloud is called at its usual port: leave :{port} out of the address.")
        return origin

    def check_autotask(self, url: str, told_by: str) -> str:
        """The origin of an Autotask zone's API, which the zone discovery at `told_by` answered; no person typed it.

        Hosts of the deployment's setting are zones only where the deployment also says that discovery is one of them.
        Raises Misconfigured with a sentence otherwise.
        """
        origin = parse_origin(url).removesuffix(":443")
        scheme, _, host = origin.partition("://")
        is_own = {origin, parse_origin(told_by)} <= self.extra_origins
        if is_own or (scheme == "https" and AUTOTASK_HOST.fullmatch(host)):
            return origin
        raise Misconfigured(
            f"Autotask's zone discovery names {origin}, which is no zone of Autotask's cloud: those are "
            "https://webservices1.autotask.net and so on. Seatledger shows the keys to no other host."
        )


def parse_origin(url: str) -> str:
    """Scheme, host and port of an address. Raises Misconfigured with a sentence where nobody may call it.

    The sentence repeats the host at most: the rest of an address may hold a password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Misconfigured("This is no address; one looks like https://psa.example.com.") from None
    if parts.username or parts.password:
        raise Misconfigured(f"The address of {host} must not carry a user name or password.")
    if parts.scheme not in ("http", "https"):
        raise Misconfigured("An address begins with https:// and the name of a host, such as https://psa.example.com.")
    if HOST_NAME.fullmatch(host) is None:
        raise Misconfigured(f"{host!r} is no host name: it has letters, digits, dots and dashes only.")
    if is_link_local(host):
        raise Misconfigured(f"{host} is an address of the platform itself, which nobody may call.")
    return f"{parts.scheme}://{host}" if port is None else f"{parts.scheme}://{host}:{port}"


def is_link_local(host: str) -> bool:
    """Whether the host is a link-local address, however it is written: dotted, as one number, hexadecimal, octal."""
    try:
        return IPv4Address(inet_aton(host)).is_link_local
    except OSError:
        return False
