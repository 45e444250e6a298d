"""Each part of the app is used once, and what is wrong with it is a sentence with a next step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from azure.storage.queue.aio import QueueClient

from app import health, wiring
from app.settings import Settings
from app.wiring import Wirings
from plans.health import Check
from plans.mail import Mail
from plans.mail_channels import MailRefused
from plans.posting import begin_attempt, end_attempt
from store.poison import QUEUE
from store.storage import Storage


@pytest.fixture
async def wirings(settings: Settings, storage: Storage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wirings]:
    """A process of its own on the emulator."""
    made = Wirings()
    monkeypatch.setattr(health, "WIRINGS", made)
    yield made
    await (await made.wiring()).close()


async def read_checks() -> dict[str, Check]:
    return {check.name: check for check in await health.check_health()}


async def test_a_new_installation_is_well(wirings: Wirings) -> None:
    checks = await read_checks()
    assert list(checks) == ["Records", "Archive", "Secrets", "Messages", "PSA", "Nights", "Mail"]
    assert all(check.is_good for check in checks.values()), checks


async def test_a_message_that_nobody_can_handle_is_told(wirings: Wirings, azurite_connection: str) -> None:
    async with QueueClient.from_connection_string(azurite_connection, QUEUE) as queue:
        await queue.create_queue()
        await queue.send_message("{}")
        try:
            check = (await read_checks())["Messages"]
        finally:
            await queue.delete_queue()
    assert not check.is_good
    assert QUEUE in check.next_step


async def test_mails_that_do_not_leave_are_told(wirings: Wirings) -> None:
    outbox = (await wirings.wiring()).outbox
    mail = Mail("digest:ada:2026-11-22", "ada@msp.example", "3 need you", "text", "", datetime.now(UTC))
    await outbox.queue(mail)
    assert (await read_checks())["Mail"].is_good, "it waits"
    found = await outbox.read_posting(mail.id)
    assert found is not None
    posting, stamp = found
    now = datetime.now(UTC)
    await outbox.replace_posting(end_attempt(begin_attempt(posting, now), MailRefused("550 no such user"), now), stamp)
    check = (await read_checks())["Mail"]
    assert (check.is_good, check.sentence) == (False, "1 mail was not sent, and nobody else's left.")


async def test_a_folder_of_secrets_that_is_gone_is_told(wirings: Wirings, settings: Settings) -> None:
    assert settings.secrets_folder is not None
    await wirings.wiring()
    await asyncio.to_thread(settings.secrets_folder.rmdir)
    check = (await read_checks())["Secrets"]
    assert (check.is_good, check.next_step) == (False, health.VAULT_STEP)
    assert str(settings.secrets_folder) in check.sentence


async def test_an_archive_that_is_gone_is_told(wirings: Wirings, storage: Storage) -> None:
    await wirings.wiring()
    await storage.blobs.delete_container(storage.container().container_name)
    try:
        check = (await read_checks())["Archive"]
    finally:
        await storage.prepare()
    assert not check.is_good


async def test_without_an_account_the_records_are_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "WIRINGS", wiring.Wirings())
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    [check] = await health.check_health()
    assert (check.name, check.is_good) == ("Records", False)
    assert "AzureWebJobsStorage" in check.sentence


async def test_what_fails_otherwise_is_told_without_its_words() -> None:
    async def fail() -> Check:
        raise RuntimeError("Bearer canary")

    check = await health.attempt("Records", "Look.", fail)
    assert check == Check("Records", is_good=False, sentence="It failed: RuntimeError.", next_step="Look.")


async def test_what_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> Check:
        await asyncio.sleep(5)
        raise AssertionError

    monkeypatch.setattr(health, "LONGEST_CHECK_SECONDS", 0.01)
    check = await health.attempt("Records", "Look.", hang)
    assert isinstance(check, Check)
    assert "No answer" in check.sentence
