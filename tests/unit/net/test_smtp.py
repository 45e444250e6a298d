"""SMTP against a real server with real TLS: everything that can go wrong, and what it means for the mail."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from local.simulators.faults import FaultBoard
from local.simulators.mail.folder import MailFolder
from local.simulators.mail.server import FAULT_NAMES, HOST, OPERATION, USER, MailHandler, listen
from net.mail_servers import AllowedMailServers
from net.smtp import SmtpChannel
from plans.mail_channels import (
    Encryption,
    Letter,
    MailAnswer,
    MailDelayed,
    MailInDoubt,
    MailRefused,
    MailTaken,
    SmtpSettings,
)

PASSWORD = "correct horse battery staple"
LETTER = Letter(
    "seatledger@msp.example",
    "jane@msp.example",
    b"From: seatledger@msp.example\r\nTo: jane@msp.example\r\nSubject: Hello\r\n\r\n.dots\r\n..stay\r\n",
)


@dataclass
class MailWorld:
    """A mail server and a way to it."""

    folder: MailFolder
    faults: FaultBoard
    channel: SmtpChannel

    def switch_on(self, name: str, **more: object) -> None:
        self.faults.add({"name": name, "times": 1, **more})


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def believe(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def show(authority: trustme.CA, name: str = HOST) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture(params=list(Encryption))
async def world(request: pytest.FixtureRequest, tmp_path: Path, authority: trustme.CA) -> AsyncIterator[MailWorld]:
    async with serving(tmp_path, authority, show(authority), request.param) as made:
        yield made


class serving:
    """A server with this certificate, encrypted this way."""

    def __init__(self, folder: Path, authority: trustme.CA, tls: ssl.SSLContext, encryption: Encryption) -> None:
        self._folder, self._authority, self._tls, self._encryption = folder, authority, tls, encryption

    async def __aenter__(self) -> MailWorld:
        folder, faults = MailFolder(self._folder), FaultBoard(FAULT_NAMES, (OPERATION,))
        handler = MailHandler(folder, faults, lambda: PASSWORD, lambda: datetime(2026, 11, 2, tzinfo=UTC))
        is_implicit = self._encryption is Encryption.TLS
        self._server = await listen(handler, self._tls, 0, is_implicit=is_implicit)
        port = self._server.sockets[0].getsockname()[1]
        settings = SmtpSettings(HOST, port, self._encryption, LETTER.sender, USER)
        allowed = AllowedMailServers(frozenset({f"{HOST}:{port}"}))
        channel = SmtpChannel(
            settings, allowed, believe(self._authority), PASSWORD, lambda text: text.replace(PASSWORD, "[redacted]")
        )
        return MailWorld(folder, faults, channel)

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._server.abort_clients()
        await self._server.wait_closed()
        await asyncio.sleep(0.05)


async def test_a_letter_arrives_as_it_is(world: MailWorld) -> None:
    answer = await world.channel.send(LETTER)
    assert answer == MailTaken("The mail server took it: 250 2.0.0 Queued.")
    [mail] = world.folder.read()
    assert (mail.sender, mail.recipients, mail.content) == (LETTER.sender, (LETTER.recipient,), LETTER.content)


@pytest.mark.parametrize(
    ("fault", "more", "kind", "arrives", "words"),
    [
        ("refuse_connect", {}, MailDelayed, 0, "421"),
        ("refuse_sign_in", {"times": 9}, MailDelayed, 0, "user name and the password"),
        ("refuse_sender", {}, MailRefused, 0, "550"),
        ("refuse_sender", {"detail": "451 4.7.1 Later"}, MailDelayed, 0, "451"),
        ("refuse_recipient", {}, MailRefused, 0, "550"),
        ("refuse_recipient", {"detail": "450 4.2.1 Greylisted"}, MailDelayed, 0, "450"),
        ("drop_at_recipient", {}, MailDelayed, 0, "broke off before"),
        ("refuse_data", {}, MailDelayed, 0, "451"),
        ("refuse_data", {"detail": "554 5.6.0 Looks like spam"}, MailRefused, 0, "554"),
        ("refuse_data", {"detail": "252 2.0.0 Cannot say, will try"}, MailInDoubt, 0, "252"),
        ("drop_at_data", {}, MailInDoubt, 0, "broke off before it said"),
        ("drop_after_data", {}, MailInDoubt, 1, "broke off before it said"),
        ("slow", {"seconds": 0.2}, MailTaken, 1, "took it"),
    ],
)
async def test_every_fault_has_its_meaning(
    world: MailWorld, fault: str, more: dict[str, object], kind: type[MailAnswer], arrives: int, words: str
) -> None:
    world.switch_on(fault, **more)
    answer = await world.channel.send(LETTER)
    assert isinstance(answer, kind), answer
    assert words in answer.sentence
    assert len(world.folder.read()) == arrives


@pytest.mark.parametrize("encryption", list(Encryption))
async def test_a_certificate_of_another_name_or_of_nobody_known_is_refused(
    tmp_path: Path, authority: trustme.CA, encryption: Encryption
) -> None:
    async with serving(tmp_path, authority, show(authority, "mail.other.example"), encryption) as world:
        answer = await world.channel.send(LETTER)
    assert isinstance(answer, MailDelayed) and "certificate" in answer.sentence
    async with serving(tmp_path, authority, show(trustme.CA()), encryption) as world:
        answer = await world.channel.send(LETTER)
    assert isinstance(answer, MailDelayed) and "certificate" in answer.sentence
    assert world.folder.read() == []


async def test_a_server_without_tls_gets_neither_password_nor_mail(tmp_path: Path, authority: trustme.CA) -> None:
    async with serving(tmp_path, authority, show(authority), Encryption.STARTTLS) as world:
        world.switch_on("no_starttls")
        answer = await world.channel.send(LETTER)
        assert isinstance(answer, MailDelayed) and world.folder.read() == []
        world.switch_on("no_starttls")
        wrong_way = replace(world.channel, settings=replace(world.channel.settings, encryption=Encryption.TLS))
        answer = await wrong_way.send(LETTER)
    assert isinstance(answer, MailDelayed) and "does not speak TLS this way" in answer.sentence


async def test_a_server_that_repeats_the_password_has_it_masked(world: MailWorld) -> None:
    world.switch_on("refuse_recipient", detail=f"550 you said {PASSWORD} and \x1b[31m{'x' * 500}")
    answer = await world.channel.send(LETTER)
    assert isinstance(answer, MailRefused)
    assert PASSWORD not in answer.sentence and "[redacted]" in answer.sentence
    assert answer.sentence.isprintable() and len(answer.sentence) < 300


async def test_nobody_listens(world: MailWorld) -> None:
    settings = replace(world.channel.settings, port=9)
    allowed = AllowedMailServers(frozenset({f"{HOST}:9"}))
    answer = await replace(world.channel, settings=settings, allowed=allowed).send(LETTER)
    assert answer == MailDelayed(f"The mail server {HOST}:9 does not answer. Check its name, port and firewall.")


async def test_a_server_that_never_says_a_word_is_left(world: MailWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.smtp.ANSWER_TIMEOUT_SECONDS", 0.2)
    silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, HOST, 0)
    port = silent.sockets[0].getsockname()[1]
    channel = replace(
        world.channel,
        settings=replace(world.channel.settings, port=port, encryption=Encryption.STARTTLS),
        allowed=AllowedMailServers(frozenset({f"{HOST}:{port}"})),
    )
    answer = await channel.send(LETTER)
    silent.close()
    silent.abort_clients()
    await asyncio.sleep(0.05)
    assert isinstance(answer, MailDelayed) and "in time" in answer.sentence


async def test_a_server_that_thinks_too_long_about_the_mail_leaves_a_doubt(
    world: MailWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("net.smtp.TEXT_TIMEOUT_SECONDS", 0.2)
    world.switch_on("slow", seconds=1.0)
    answer = await world.channel.send(LETTER)
    assert isinstance(answer, MailInDoubt)
    assert len(world.folder.read()) == 1


async def test_a_server_that_speaks_slowly_all_the_time_is_left_before_its_letter(
    world: MailWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("net.smtp.LONGEST_GREETING_SECONDS", 0.0)
    answer = await world.channel.send(LETTER)
    assert isinstance(answer, MailDelayed) and "too long to greet" in answer.sentence
    assert world.folder.read() == []
