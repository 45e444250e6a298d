"""Telling a receiver of the MSP's own: which addresses may be called (S7), and one POST to one of them.

An address is typed by a person, so it is looked at when it is kept and again at every attempt: https, a name, and
public addresses only; the address that was looked at is the one that is called, so that a name that changes between
the two leads nowhere. A receiver in the MSP's own network is named by the deployment (SEATLEDGER_ALLOWED_ORIGINS).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

from net.client import read_retry_after, trusted_certificates
from net.hosts import parse_origin
from net.mail_servers import is_address, is_public
from plans.errors import Misconfigured, Retry
from plans.mail_channels import MailAnswer, MailDelayed, MailRefused, MailTaken

LONGEST_URL = 500
HTTPS_PORT = 443
ANSWER_TIMEOUT_SECONDS = 10.0
CONNECT_TIMEOUT_SECONDS = 5.0
GONE = 410
LONGEST_WAIT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Receivers:
    """Which receivers may be called, and calling one. `extra_origins` come from the deployment's settings only."""

    extra_origins: frozenset[str] = frozenset()
    transport: httpx.AsyncBaseTransport | None = field(default=None, repr=False)

    def check(self, url: str) -> str:
        """The origin. Raises Misconfigured, with a sentence, where nobody may call this address."""
        if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
            raise Misconfigured(f"An address is of plain letters, {LONGEST_URL} at most, without blanks.")
        origin = parse_origin(url)
        parts = urlsplit(url)
        if parts.fragment:
            raise Misconfigured("Leave what follows # out of the address: it is never sent.")
        if origin in self.extra_origins:
            return origin
        host = parts.hostname or ""
        if parts.scheme != "https":
            raise Misconfigured("The address must begin with https://, so that nobody on the way reads what is told.")
        if "." not in host or is_address(host):
            raise Misconfigured(f"{host} is no name of a host on the internet, such as hooks.example.com.")
        return origin

    async def find(self, url: str) -> str | None:
        """The address to call, which is public; None where the deployment names the host.

        Raises Misconfigured where the host is of a private network, Retry where nobody finds it now.
        """
        if self.check(url) in self.extra_origins:
            return None
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or HTTPS_PORT
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Retry(f"{host} is not found. Check the name.") from error
        addresses = [str(where[0]) for _, _, _, _, where in found]
        if not addresses or not all(is_public(each) for each in addresses):
            raise Misconfigured(
                f"{host} is a host of a private network. Name it in the setting SEATLEDGER_ALLOWED_ORIGINS of the app, "
                "so that nobody reaches such a network by a form."
            )
        return addresses[0]

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> MailAnswer:
        """POST once. Never raises for what the other side answers or fails to answer; its body is not read.

        Repeating is harmless: the event's id tells the receiver that it has seen it.
        """
        try:
            address = await self.find(url)
        except Misconfigured as error:
            return MailRefused(str(error))
        except Retry as error:
            return MailDelayed(str(error))
        host = urlsplit(url).netloc
        name = urlsplit(url).hostname or ""
        target, extensions = url, {}
        if address is not None:
            target = write_pinned(url, address)
            extensions = {"sni_hostname": name}
        timeout = httpx.Timeout(ANSWER_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS)
        try:
            async with (
                httpx.AsyncClient(
                    transport=self.transport,
                    verify=trusted_certificates(),
                    follow_redirects=False,
                    trust_env=False,
                    timeout=timeout,
                ) as client,
                client.stream(
                    "POST", target, content=body, headers={**headers, "Host": host}, extensions=extensions
                ) as answer,
            ):
                return judge(answer.status_code, name, read_retry_after(answer.headers))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return MailDelayed(f"{name} did not answer: {type(error).__name__}.")


def write_pinned(url: str, address: str) -> str:
    """The same URL at the address that was looked at; the name goes in the Host header and in TLS."""
    parts = urlsplit(url)
    place = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=f"{place}:{parts.port or HTTPS_PORT}").geturl()


def judge(status: int, name: str, wait_seconds: float | None) -> MailAnswer:
    """What an answer means: 2xx is taken, 410 wants no more, everything else is tried again for a day, and no sooner
    than it asks, up to an hour."""
    if 200 <= status < 300:
        return MailTaken(f"{name} took it: {status}.")
    if status == GONE:
        return MailRefused(f"{name} answered 410: it wants this no more.")
    if 300 <= status < 400:
        return MailDelayed(f"{name} answered {status}: it redirects, which is not followed. Type its real address.")
    wait = timedelta(seconds=min(wait_seconds or 0.0, LONGEST_WAIT_SECONDS))
    return MailDelayed(f"{name} answered {status}.", wait or None)
