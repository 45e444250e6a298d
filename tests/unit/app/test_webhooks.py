"""Webhooks as they are wired: a real receiver is told over HTTP, and the secret stands where secrets are."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.settings import Settings
from app.wiring import Wiring, wire
from notify.events import tell_events
from notify.sending import send_mail
from plans.errors import Misconfigured
from plans.mail import DeliveryState
from plans.webhooks import EventKind, read_event_id
from tests.unit.plans.test_webhooks import check_as_a_receiver_would


class Receiver(ThreadingHTTPServer):
    """A program of the MSP's own, which answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *said: object) -> None:
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
async def wiring(settings: Settings, receiver: Receiver) -> AsyncIterator[Wiring]:
    origin = f"http://127.0.0.1:{receiver.server_port}"
    opened = wire(settings.model_copy(update={"allowed_origins": origin}))
    yield opened
    await opened.close()


async def test_a_receiver_is_told_and_can_check_who_told_it(wiring: Wiring, receiver: Receiver) -> None:
    office = wiring.open_webhooks()
    url = f"http://127.0.0.1:{receiver.server_port}/hook?key=1"
    webhook, secret = await office.make_webhook(url, (EventKind.RUN_FINISHED,), "Ada")
    assert await office.list_webhooks() == (webhook,)
    await office.send_test(webhook)
    (waiting,) = await office.list_sent(5)
    assert waiting.state is DeliveryState.QUEUED and waiting.recipient == webhook.id
    receiver.status = 503
    await send_mail(office.open_post_room(), {"mail_id": waiting.mail_id})
    (delayed,) = await office.list_sent(5)
    assert (delayed.state, delayed.sentence) == (DeliveryState.QUEUED, "127.0.0.1 answered 503.")
    ((headers, body),) = receiver.got
    assert json.loads(body)["event"] == "test" and headers["seatledger-event-id"] == json.loads(body)["id"]
    assert check_as_a_receiver_would(secret, headers["seatledger-signature"], body)
    await office.remove_webhook(webhook)
    assert await office.list_webhooks() == ()
    with pytest.raises(Misconfigured):
        await wiring.read_secret(webhook.secret_name)


async def test_what_was_given_up_is_sent_again_as_it_was_when_a_person_asks(wiring: Wiring, receiver: Receiver) -> None:
    office = wiring.open_webhooks()
    url = f"http://127.0.0.1:{receiver.server_port}/hook"
    webhook, _ = await office.make_webhook(url, (EventKind.RUN_FINISHED,), "Ada")
    await office.send_test(webhook)
    (waiting,) = await office.list_sent(5)
    event_id = read_event_id(waiting.mail_id)
    assert not await office.send_again(webhook, event_id, "Ada"), "it waits"
    receiver.status = 410
    await send_mail(office.open_post_room(), {"mail_id": waiting.mail_id})
    assert (await office.list_sent(5))[0].state is DeliveryState.FAILED
    receiver.status = 200
    assert await office.send_again(webhook, event_id, "Ada")
    await send_mail(office.open_post_room(), {"mail_id": waiting.mail_id})
    assert (await office.list_sent(5))[0].state is DeliveryState.SENT
    (_, refused), (headers, taken) = receiver.got
    assert taken == refused and headers["seatledger-event-id"] == event_id
    assert not await office.send_again(webhook, event_id, "Ada"), "it was told"
    assert not await office.send_again(webhook, "never", "Ada")


async def test_the_secret_stands_in_no_table(wiring: Wiring, receiver: Receiver, settings: Settings) -> None:
    office = wiring.open_webhooks()
    webhook, secret = await office.make_webhook(
        f"http://127.0.0.1:{receiver.server_port}/", (EventKind.ALERT_OPENED,), "Ada"
    )
    await office.send_test(webhook)
    for table in ("config", "outbox"):
        rows = [str(dict(row)) async for row in wiring.storage.table(table).list_entities()]
        assert rows and secret not in "".join(rows)
    assert settings.secrets_folder is not None
    assert any(secret in text for text in read_files(settings.secrets_folder))


def read_files(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.rglob("*") if path.is_file()]


async def test_an_address_inside_is_refused_and_leaves_nothing(wiring: Wiring) -> None:
    office = wiring.open_webhooks()
    for url in ("http://127.0.0.1:1/", "https://127.0.0.1/", "https://localhost/", "http://example.com/"):
        with pytest.raises(Misconfigured):
            await office.make_webhook(url, (EventKind.RUN_FINISHED,), "Ada")
    assert await office.list_webhooks() == ()


async def test_an_installation_without_runs_tells_nothing(wiring: Wiring, receiver: Receiver) -> None:
    office = wiring.open_webhooks()
    await office.make_webhook(f"http://127.0.0.1:{receiver.server_port}/", tuple(EventKind), "Ada")
    assert await tell_events(await wiring.connect(), office.open_event_room()) == 0
