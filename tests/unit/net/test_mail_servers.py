"""Which mail servers may be called (S7): public names at the ports of mail, and what the deployment names."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from net.mail_servers import AllowedMailServers, is_public
from plans.errors import Misconfigured, Retry


@pytest.mark.parametrize("port", [465, 587, 2525])
def test_a_public_name_at_a_port_of_mail_is_allowed(port: int) -> None:
    AllowedMailServers().check("smtp.provider.example", port)


@pytest.mark.parametrize(
    "host",
    ["", "localhost", "127.0.0.1", "10.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "::1",
     "smtp.example.com.", "smtp example.com", "smtp.example.com/x", "user@smtp.example.com", "smtp.example.com:25"],
)  # fmt: skip
def test_addresses_and_what_is_no_name_are_refused(host: str) -> None:
    with pytest.raises(Misconfigured, match="no name of a mail server"):
        AllowedMailServers().check(host, 587)


@pytest.mark.parametrize("port", [0, 22, 25, 80, 443, 6379, 10000])
def test_other_ports_are_refused(port: int) -> None:
    with pytest.raises(Misconfigured, match=f"Port {port} "):
        AllowedMailServers().check("smtp.provider.example", port)


def test_what_the_deployment_names_is_allowed_with_its_port_only() -> None:
    allowed = AllowedMailServers(frozenset({"10.0.0.4:25"}))
    allowed.check("10.0.0.4", 25)
    with pytest.raises(Misconfigured):
        allowed.check("10.0.0.4", 587)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        if not addresses:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


async def test_the_addresses_that_are_checked_are_those_that_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "93.184.215.14")
    found = await AllowedMailServers().find("smtp.provider.example", 587)
    assert found == ((socket.AF_INET, ("93.184.215.14", 587)),)


PRIVATE = (
    *("10.1.2.3", "192.168.0.9", "127.0.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1"),
    *("0.0.0.0", "::1", "fd00::1", "ff0e::1"),  # noqa: S104 - none of them may be called
    # Azure's platform; IPv6 addresses that a translator of the network turns into 10.0.0.1 and 169.254.169.254.
    *("168.63.129.16", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "::ffff:0:a00:1", "::a00:1", "::ffff:168.63.129.16"),
)


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_public_name_of_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    resolve_to(monkeypatch, "93.184.215.14", address)
    with pytest.raises(Misconfigured, match="private network"):
        await AllowedMailServers().find("smtp.provider.example", 587)


@pytest.mark.parametrize("address", ["2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_what_leads_to_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


async def test_a_private_address_that_the_deployment_names_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "10.1.2.3")
    allowed = AllowedMailServers(frozenset({"relay.msp.example:25"}))
    assert await allowed.find("relay.msp.example", 25) == ((socket.AF_INET, ("10.1.2.3", 25)),)


async def test_a_name_that_is_not_found_may_be_later(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch)
    with pytest.raises(Retry, match="is not found"):
        await AllowedMailServers().find("smtp.provider.example", 587)
