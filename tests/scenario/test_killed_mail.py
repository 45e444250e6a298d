"""Mail through the whole local world: refused and tried again, throttled by Graph, and a worker that is killed after
the server took the mail and before that is written down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from local.demo.demos import EMPTY
from local.demo.newcomer import read_newcomer
from local.demo.seed import mail_of_demo
from local.simulators.microsoft.send_mail import SEND_MAIL
from local.simulators.secret_files import MAIL_PASSWORD, MICROSOFT_CLIENT_SECRET
from local.stack import Stack, start_stack
from plans.mail import Delivery, DeliveryState, Mail
from plans.mail_channels import GraphSettings, MailSettings
from plans.posting import DIED, LONGEST_ATTEMPT, PAUSES
from store.mail_settings import TableMailSettings
from store.outbox import TableOutbox
from store.storage import Storage

pytestmark = pytest.mark.stack
SLACK = timedelta(seconds=20)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A world whose clock can be moved, with the keys that its stand-ins accept."""
    running = asyncio.run(start_stack(tmp_path_factory.mktemp("mail"), demo=EMPTY))
    for name in (MAIL_PASSWORD, MICROSOFT_CLIENT_SECRET):
        path = running.product_secrets / name
        path.touch(mode=0o600)
        path.write_text((running.stand_in_secrets / name).read_text())
    yield running
    running.stop()


class Office:
    """Queues mails and follows them, beside the product."""

    def __init__(self, world: Stack, storage: Storage, outbox: TableOutbox) -> None:
        self.world = world
        self._storage = storage
        self._outbox = outbox

    async def leave_by(self, settings: MailSettings) -> None:
        await TableMailSettings(self._storage.table("config")).save_settings(settings)

    async def queue(self, name: str) -> Mail:
        now = self.world.clock.utc_now()
        mail = Mail(f"digest:{name}", f"{name}@msp.example", f"For {name}", "text", "<p>html</p>", now)
        assert await self._outbox.queue(mail) and not await self._outbox.queue(mail)
        return mail

    async def find(self, mail: Mail) -> Delivery:
        return next(each for each in await self._outbox.list_deliveries(50) if each.mail_id == mail.id)

    async def wait_for(self, mail: Mail, state: DeliveryState, attempts: int) -> Delivery:
        deadline = time.monotonic() + 30
        while True:
            delivery = await self.find(mail)
            if (delivery.state, delivery.attempts) == (state, attempts) and self.has_settled(delivery):
                return delivery
            assert time.monotonic() < deadline, delivery
            await asyncio.sleep(0.1)

    def has_settled(self, delivery: Delivery) -> bool:
        """Whether no attempt is under way: a waiting one says when it is tried next."""
        return delivery.state is not DeliveryState.QUEUED or delivery.retry_at is not None

    def taken(self, mail: Mail) -> list[dict[str, Any]]:
        """What arrived of it, by whichever way."""
        found = httpx.get(f"{self.world.mail.base_url}/__simulator/mails", timeout=10).json()
        return [each for each in found if each["recipients"] == [mail.recipient]]

    def pass_time(self, length: timedelta) -> None:
        """Later, when the timer looks after the mails."""
        self.world.clock.move_to(self.world.clock.utc_now() + length)
        self.world.fire("look_after_mails")


@pytest.fixture
async def office(world: Stack) -> AsyncIterator[Office]:
    connection = world.azurite.connection_string
    async with Storage.from_connection_string(connection) as storage:
        outbox = TableOutbox.from_connection_string(connection, storage.table("outbox"), world.clock.utc_now)
        made = Office(world, storage, outbox)
        await made.leave_by(mail_of_demo(world.smtp_port))
        yield made
        await outbox.close()


def switch_on(base_url: str, **fault: object) -> None:
    httpx.post(f"{base_url}/__simulator/faults", json={"times": 1, **fault}, timeout=10).raise_for_status()


@pytest.mark.parametrize("fault", ["refuse_connect", "refuse_sign_in", "refuse_data", "drop_at_recipient"])
async def test_a_server_that_refuses_for_now_gets_the_mail_later_and_once(office: Office, fault: str) -> None:
    switch_on(office.world.mail.base_url, name=fault, times=2 if fault == "refuse_sign_in" else 1)
    mail = await office.queue(fault.replace("_", "-"))
    waiting = await office.wait_for(mail, DeliveryState.QUEUED, 1)
    assert waiting.retry_at is not None and waiting.retry_at - waiting.changed_at == PAUSES[0]
    assert office.taken(mail) == []
    office.pass_time(PAUSES[0] + SLACK)
    await office.wait_for(mail, DeliveryState.SENT, 2)
    assert len(office.taken(mail)) == 1


async def test_a_recipient_that_does_not_exist_is_reported(office: Office) -> None:
    switch_on(office.world.mail.base_url, name="refuse_recipient")
    mail = await office.queue("nobody")
    failed = await office.wait_for(mail, DeliveryState.FAILED, 1)
    assert "550 5.1.1 No such user here" in failed.sentence
    assert office.taken(mail) == []


async def test_graph_that_asks_for_patience_gets_it_and_the_mail_arrives_once(office: Office) -> None:
    newcomer = read_newcomer(office.world.stand_in_secrets, office.world.connectwise.base_url)
    sender = "seatledger@demomsp.example"
    await office.leave_by(
        GraphSettings(newcomer.directory_id, newcomer.application_id, sender, MICROSOFT_CLIENT_SECRET)
    )
    switch_on(office.world.microsoft.base_url, name="status", operation=SEND_MAIL, detail="429", seconds=600)
    mail = await office.queue("graph")
    waiting = await office.wait_for(mail, DeliveryState.QUEUED, 1)
    assert waiting.retry_at is not None and waiting.retry_at - waiting.changed_at == timedelta(seconds=600)
    office.pass_time(timedelta(seconds=600) + SLACK)
    await office.wait_for(mail, DeliveryState.SENT, 2)
    [arrived] = office.taken(mail)
    assert (arrived["via"], arrived["sender"]) == ("graph", sender)

    switch_on(office.world.microsoft.base_url, name="mail_error_after_effect", detail="503")
    other = await office.queue("graph-in-doubt")
    doubted = await office.wait_for(other, DeliveryState.IN_DOUBT, 1)
    assert "Look into Sent Items" in doubted.sentence
    office.pass_time(timedelta(hours=1))
    await asyncio.sleep(1)
    assert len(office.taken(other)) == 1


async def test_a_worker_killed_after_sending_leaves_a_doubt_that_a_person_ends(office: Office) -> None:
    """Runs last: it kills the host."""
    switch_on(office.world.mail.base_url, name="slow", seconds=60)
    mail = await office.queue("killed")
    deadline = time.monotonic() + 30
    while not office.taken(mail):
        assert time.monotonic() < deadline, "the mail was never sent"
        await asyncio.sleep(0.05)
    office.world.host.kill()
    office.world.restart_host()
    assert (await office.find(mail)).state is DeliveryState.QUEUED
    office.pass_time(LONGEST_ATTEMPT + SLACK)
    doubted = await office.wait_for(mail, DeliveryState.IN_DOUBT, 1)
    assert doubted.sentence == DIED
    office.pass_time(timedelta(hours=2))
    await asyncio.sleep(1)
    assert len(office.taken(mail)) == 1, "nobody sends it again by himself"

    ours = {"Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=office.world.pages_url, timeout=30, headers=ours) as browser:
        await browser.post("/.auth/login/aad", data={"person": "operator", "post_login_redirect_uri": "/"})
        page = await browser.get("/settings/mail")
        assert "1 mail needs you" in page.text or "mails need you" in page.text
        answer = await browser.post("/settings/mail/again", data={"mail": mail.id})
    assert answer.headers["location"] == "/settings/mail?told=again"
    await office.wait_for(mail, DeliveryState.SENT, 2)
    first, second = office.taken(mail)
    assert first["headers"]["Message-ID"] == second["headers"]["Message-ID"]
