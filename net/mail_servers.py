"""Which SMTP servers may be called (S7), and at which addresses: public ones, or those that the deployment names."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from net.hosts import HOST_NAME
from plans.errors import Misconfigured, Retry

# Submission (RFC 6409), submission over TLS (RFC 8314), and what providers offer where these are blocked. Azure blocks
# port 25 of most subscriptions, and it is for servers among themselves.
PORTS = frozenset({465, 587, 2525})
# Azure's own platform answers every machine there; only the number is public (Microsoft, "What is 168.63.129.16?").
AZURE_PLATFORM = IPv4Address("168.63.129.16")
# Where the last 32 bits are an IPv4 address to which a translator of the network leads (RFC 6052, RFC 2765, RFC 4291).
TRANSLATED = tuple(ip_network(each) for each in ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96"))

type SocketAddress = tuple[socket.AddressFamily, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class AllowedMailServers:
    """`extra` are `host:port` of the deployment's settings only, never of a form: a relay of the MSP's own network."""

    extra: frozenset[str] = frozenset()

    def check(self, host: str, port: int) -> None:
        """Raises Misconfigured, with a sentence, where this server may not be called."""
        if f"{host}:{port}" in self.extra:
            return
        if HOST_NAME.fullmatch(host) is None or "." not in host or is_address(host):
            raise Misconfigured(f"{host!r} is no name of a mail server; one looks like smtp.example.com.")
        if port not in PORTS:
            allowed = ", ".join(str(each) for each in sorted(PORTS))
            raise Misconfigured(
                f"Port {port} is none at which mail servers take mail: use one of {allowed}. Another one, or a server "
                "of your own network, must be named in the setting SEATLEDGER_ALLOWED_MAIL_SERVERS of the app."
            )

    async def find(self, host: str, port: int) -> tuple[SocketAddress, ...]:
        """Where the server is, in the order to try. The addresses that are checked are those that are called.

        Raises Misconfigured where it may not be called, Retry where its name is not found now.
        """
        self.check(host, port)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Retry(f"The mail server {host} is not found. Check its name.") from error
        addresses = tuple((family, (str(where[0]), port)) for family, _, _, _, where in found)
        if f"{host}:{port}" not in self.extra and not all(is_public(address[0]) for _, address in addresses):
            raise Misconfigured(
                f"{host} is a server of a private network. Name it with its port in the setting "
                "SEATLEDGER_ALLOWED_MAIL_SERVERS of the app, so that nobody reaches such a network by a form."
            )
        return addresses


def is_address(host: str) -> bool:
    """Whether the host is written as an address, in any of the ways that a resolver takes."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an address is one of the internet's: not private, of this machine, link-local, reserved or multicast, and
    none that leads to such a one or to the platform.
    """
    found = find_target(ip_address(address))
    return found.is_global and not found.is_multicast and found != AZURE_PLATFORM


def find_target(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Where an address leads in the end: of one that carries an IPv4 address, to that one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if any(address in network for network in TRANSLATED):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
