"""Our Graph channel against the stand-in, each exchange checked against the description: what each answer means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from local.simulators.mail.folder import MailFolder
from local.simulators.secret_files import MICROSOFT_CLIENT_SECRET
from microsoft.mail import GraphMailChannel
from microsoft.session import Session
from microsoft.tokens import AppCredentials
from net.client import READ_ATTEMPTS, WebClient, open_client
from net.hosts import AllowedHosts
from notify.letters import write_letter
from plans.mail import Mail
from plans.mail_channels import (
    GraphSettings,
    Letter,
    MailAnswer,
    MailDelayed,
    MailInDoubt,
    MailRefused,
    MailTaken,
)
from tests.contract.checking import CheckingTransport, ContractCounter
from tests.contract.running import NO_TLS, PARTNER_CLIENT, RunningSimulator

PARTNER_TENANT = "7d0c7a52-3f0e-4c57-9d6b-0a6f1f4f2b10"
SENDER = "seatledger@demomsp.example"
NOW = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
MAIL = Mail("digest:2026-11-02:jane", "jane@msp.example", "Grüße – 3 need you", "Text ✓", "<p>Grüße</p>", NOW)
SEND_MAIL = "POST /v1.0/users/{mailbox}/sendMail"
SETTINGS = GraphSettings(PARTNER_TENANT, PARTNER_CLIENT, SENDER)


class Office:
    """A channel for any settings, and what the stand-in took."""

    def __init__(self, simulator: RunningSimulator, web: WebClient) -> None:
        self.simulator = simulator
        self._web = web

    def open(self, settings: GraphSettings = SETTINGS, secret: str | None = None) -> GraphMailChannel:
        async def read_credentials() -> AppCredentials:
            return AppCredentials(settings.client_id, secret or self.simulator.secret(MICROSOFT_CLIENT_SECRET))

        return GraphMailChannel(settings, Session(self._web, read_credentials, lambda: NOW), self._web)

    async def send(self, settings: GraphSettings = SETTINGS, secret: str | None = None) -> MailAnswer:
        letter = write_letter(MAIL, settings.sender)
        assert isinstance(letter, Letter)
        return await self.open(settings, secret).send(letter)

    def count_taken(self) -> int:
        return len(list((self.simulator.process.log_path.parent / "mails").glob("*.json")))


@pytest.fixture
async def office(microsoft_simulator: RunningSimulator, contract: ContractCounter) -> AsyncIterator[Office]:
    hosts = AllowedHosts(frozenset({microsoft_simulator.base_url}))
    transport = CheckingTransport(httpx.AsyncHTTPTransport(verify=NO_TLS), contract)
    web = open_client(microsoft_simulator.base_url, hosts, transport)
    for path in (microsoft_simulator.process.log_path.parent / "mails").glob("*.json"):
        path.unlink()
    yield Office(microsoft_simulator, web)
    await web.close()


async def test_a_mail_is_accepted_as_mime_and_its_copy_is_named(office: Office, contract: ContractCounter) -> None:
    answer = await office.send()
    assert answer == MailTaken(f"Microsoft took it; a copy lies in Sent Items of {SENDER}.")
    assert office.count_taken() == 1
    assert contract.checked == 2 and contract.failures == []


@pytest.mark.parametrize(
    ("fault", "kind", "wait", "taken", "words"),
    [
        ({"name": "status", "detail": "429", "seconds": 120}, MailDelayed, 120, 0, "asks to send less"),
        ({"name": "status", "detail": "429"}, MailDelayed, None, 0, "asks to send less"),
        ({"name": "html_429", "seconds": 30}, MailDelayed, 30, 0, "asks to send less"),
        ({"name": "status", "detail": "403:ErrorAccessDenied"}, MailDelayed, None, 0, "Mail.Send"),
        ({"name": "status", "detail": "404:ErrorInvalidUser"}, MailDelayed, None, 0, "finds no mailbox"),
        ({"name": "status", "detail": "400:ErrorInvalidRecipients"}, MailRefused, None, 0, "400"),
        ({"name": "status", "detail": "503"}, MailInDoubt, None, 0, "may have sent the mail"),
        ({"name": "mail_error_after_effect", "detail": "503"}, MailInDoubt, None, 1, "Look into Sent Items"),
        ({"name": "mail_error_after_effect", "detail": "500"}, MailInDoubt, None, 1, "Look into Sent Items"),
        ({"name": "reset"}, MailInDoubt, None, 0, "did not say whether it took it"),
        ({"name": "slow", "seconds": 0.1}, MailTaken, None, 1, "took it"),
    ],
)
async def test_every_nasty_answer_has_its_meaning(
    office: Office, fault: dict[str, Any], kind: type[MailAnswer], wait: int | None, taken: int, words: str
) -> None:
    office.simulator.switch_on(**{"times": 1, "operation": SEND_MAIL, **fault})
    answer = await office.send()
    assert isinstance(answer, kind), answer
    assert words in answer.sentence
    assert office.count_taken() == taken
    if isinstance(answer, MailDelayed):
        assert answer.wait == (None if wait is None else timedelta(seconds=wait))


async def test_a_refused_token_is_replaced_once_and_the_mail_is_sent_once(office: Office) -> None:
    office.simulator.switch_on("status", times=1, operation=SEND_MAIL, detail="401")
    assert isinstance(await office.send(), MailTaken)
    assert office.count_taken() == 1
    office.simulator.switch_on("status", times=2, operation=SEND_MAIL, detail="401")
    refused = await office.send()
    assert isinstance(refused, MailDelayed) and "refuses the application's token" in refused.sentence


@pytest.mark.parametrize(
    ("settings", "secret", "words"),
    [
        (SETTINGS, "wrong~secret", "The client secret is wrong"),
        (replace(SETTINGS, tenant_id="00000000-0000-4000-8000-000000000002"), None, "knows no such directory"),
        (replace(SETTINGS, client_id="00000000-0000-4000-8000-000000000003"), None, "does not know this application"),
        (replace(SETTINGS, sender="seatledger@elsewhere.example"), None, "finds no mailbox"),
    ],
)
async def test_wrong_settings_say_what_to_mend_and_nothing_leaves(
    office: Office, settings: GraphSettings, secret: str | None, words: str
) -> None:
    answer = await office.send(settings, secret)
    assert isinstance(answer, MailDelayed) and words in answer.sentence
    assert office.count_taken() == 0


async def test_a_sign_in_that_is_busy_is_tried_later(office: Office) -> None:
    office.simulator.switch_on("token_error", times=READ_ATTEMPTS, detail="90033")
    assert isinstance(await office.send(), MailDelayed)
    assert office.count_taken() == 0


async def test_nobody_listens(office: Office) -> None:
    hosts = AllowedHosts(frozenset({"http://127.0.0.1:9"}))
    nobody = open_client("http://127.0.0.1:9", hosts)
    channel = replace(office.open(), graph=nobody)
    letter = write_letter(MAIL, SENDER)
    assert isinstance(letter, Letter)
    answer = await channel.send(letter)
    await nobody.close()
    assert isinstance(answer, MailDelayed)


async def test_what_the_stand_in_got_is_what_was_sent(office: Office) -> None:
    await office.send()
    [mail] = MailFolder(office.simulator.process.log_path.parent).read()
    assert (mail.via, mail.sender, mail.recipients) == ("graph", SENDER, ("jane@msp.example",))
    assert mail.subject == MAIL.subject and "Grüße" in mail.body("html")
    letter = write_letter(MAIL, SENDER)
    assert isinstance(letter, Letter) and mail.content == letter.content
