"""Mail as it is wired: which secret is shown to whom, what a test sends, and what is kept."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

import microsoft.mail
import net.smtp
from app.settings import Settings
from app.wiring import Wiring, wire
from local.simulators.faults import FaultBoard
from local.simulators.mail.folder import MailFolder
from local.simulators.mail.server import FAULT_NAMES, HOST, OPERATION, USER, MailHandler, listen
from plans.errors import Misconfigured
from plans.mail_channels import (
    Encryption,
    GraphSettings,
    MailDelayed,
    MailOffice,
    MailTaken,
    SmtpSettings,
)
from plans.posting import LONGEST_ATTEMPT

PASSWORD = "password-canary-1"
SENDER = "seatledger@msp.example"
GRAPH = GraphSettings("7d0c7a52-3f0e-4c57-9d6b-0a6f1f4f2b10", "1b0b6a3e-8c55-4a0f-bb5e-6f1f0d1d9a01", SENDER)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[MailFolder, FaultBoard, int, Path]]:
    authority = trustme.CA()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST).configure_cert(tls)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    folder, faults = MailFolder(tmp_path), FaultBoard(FAULT_NAMES, (OPERATION,))
    handler = MailHandler(folder, faults, lambda: PASSWORD, lambda: datetime(2026, 11, 2, tzinfo=UTC))
    listening = await listen(handler, tls, 0)
    yield folder, faults, listening.sockets[0].getsockname()[1], tmp_path / "authority.pem"
    listening.close()
    listening.abort_clients()
    await listening.wait_closed()


@pytest.fixture
async def wiring(settings: Settings, server: tuple[MailFolder, FaultBoard, int, Path]) -> AsyncIterator[Wiring]:
    chosen = settings.model_copy(update={"allowed_mail_servers": f"{HOST}:{server[2]}", "mail_ca_file": server[3]})
    opened = wire(chosen)
    yield opened
    await opened.close()


async def open_office(wiring: Wiring) -> MailOffice:
    return wiring.administer(await wiring.connect()).mail


def at_stand_in(port: int) -> SmtpSettings:
    return SmtpSettings(HOST, port, Encryption.STARTTLS, SENDER, USER)


def list_secrets(settings: Settings) -> dict[str, str]:
    folder = settings.secrets_folder or Path()
    return {path.name.partition(".")[0]: path.read_text() for path in sorted(folder.iterdir())}


async def test_a_test_mail_is_a_real_one_and_keeps_nothing(
    wiring: Wiring, settings: Settings, server: tuple[MailFolder, FaultBoard, int, Path]
) -> None:
    office = await open_office(wiring)
    answer = await office.try_settings(at_stand_in(server[2]), PASSWORD, "ada@msp.example")
    assert isinstance(answer, MailTaken)
    [mail] = server[0].read()
    assert (mail.recipients, mail.subject) == (("ada@msp.example",), "A test mail of Seatledger")
    assert (await office.read_settings(), list_secrets(settings)) == (None, {})


async def test_a_kept_password_is_used_and_shown_to_no_other_server_or_user(
    wiring: Wiring, settings: Settings, server: tuple[MailFolder, FaultBoard, int, Path]
) -> None:
    office, wanted = await open_office(wiring), at_stand_in(server[2])
    await office.save_settings(wanted, PASSWORD)
    assert list_secrets(settings) == {"mail-smtp-password": PASSWORD}
    assert isinstance(await office.try_settings(wanted, None, "ada@msp.example"), MailTaken)
    renamed = replace(wanted, sender="other@msp.example")
    await office.save_settings(renamed, None)
    assert await office.read_settings() == renamed
    for other in (replace(wanted, host="smtp.evil.example", port=587), replace(wanted, user="eve"), GRAPH):
        with pytest.raises(Misconfigured, match="the one that is kept, if any, is of another"):
            await office.try_settings(other, None, "ada@msp.example")
        with pytest.raises(Misconfigured):
            await office.save_settings(other, None)
    assert await office.read_settings() == renamed


async def test_what_is_kept_opens_the_way_for_every_mail_and_what_is_stopped_does_not(
    wiring: Wiring, settings: Settings, server: tuple[MailFolder, FaultBoard, int, Path]
) -> None:
    office, room = await open_office(wiring), wiring.open_post_room()
    with pytest.raises(Misconfigured, match="Nobody has said how mail leaves"):
        await room.open_channel()
    await office.save_settings(at_stand_in(server[2]), PASSWORD)
    assert (await room.open_channel()).sender == SENDER
    await office.save_settings(GRAPH, "client~secret-canary")
    assert (await room.open_channel()).sender == SENDER
    await office.remove_settings()
    with pytest.raises(Misconfigured):
        await room.open_channel()
    assert "client~secret-canary" not in list_secrets(settings).values()
    await office.remove_settings()


async def test_a_server_that_repeats_the_password_shows_it_to_nobody(
    wiring: Wiring, server: tuple[MailFolder, FaultBoard, int, Path]
) -> None:
    office = await open_office(wiring)
    server[1].add({"name": "refuse_recipient", "times": 1, "detail": f"450 {PASSWORD} is what you said"})
    answer = await office.try_settings(at_stand_in(server[2]), PASSWORD, "ada@msp.example")
    assert isinstance(answer, MailDelayed)
    assert PASSWORD not in answer.sentence and "is what you said" in answer.sentence


@pytest.mark.parametrize(
    ("host", "port", "words"),
    [
        ("localhost", 587, "no name of a mail server"),
        ("127.0.0.1", 587, "no name of a mail server"),
        ("0x7f.1", 587, "no name of a mail server"),
        ("169.254.169.254", 587, "no name of a mail server"),
        ("smtp.example.com", 22, "Port 22"),
        ("smtp.example.com", 6379, "Port 6379"),
        ("smtp.example.com\r\nQUIT", 587, "no name of a mail server"),
    ],
)
async def test_no_form_reaches_another_network(wiring: Wiring, host: str, port: int, words: str) -> None:
    office = await open_office(wiring)
    wanted = SmtpSettings(host, port, Encryption.STARTTLS, SENDER)
    for trial in (office.try_settings(wanted, None, "ada@msp.example"), office.save_settings(wanted, None)):
        with pytest.raises(Misconfigured, match=words):
            await trial
    with pytest.raises(Misconfigured, match=words):
        office.check_settings(wanted)


def test_no_attempt_outlasts_the_time_after_which_it_is_taken_for_dead() -> None:
    for longest in (net.smtp.LONGEST_SEND_SECONDS, microsoft.mail.LONGEST_SEND_SECONDS):
        assert longest < LONGEST_ATTEMPT.total_seconds()
