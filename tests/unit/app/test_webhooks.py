"""Webhooks as they are wired: a real receiver is told over HTTP, and the secret stands where secrets are."""

from __future__ import annotations

import json
import secrets as dice
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.logs import REDACTOR
from app.settings import Settings
from app.wiring import Wiring, wire
from notify.events import tell_events
from notify.sending import send_mail
from plans.errors import Misconfigured
from plans.mail import DeliveryState
from plans.webhooks import EventKind, read_event_id
from store.secrets import RenewedSecrets
from store.tables import make_row, put
from tests.unit.plans.test_webhooks import check_as_a_receiver_would


class Receiver(ThreadingHTTPServer):
    """A program of the MSP's own, which answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []
        self.status = 200
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.paths.append(self.path)
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
    for name in (webhook.secret_name, webhook.address_name):
        with pytest.raises(Misconfigured):
            await wiring.read_secret(name)


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


async def test_neither_the_secret_nor_the_path_stands_in_a_table(
    wiring: Wiring, receiver: Receiver, settings: Settings
) -> None:
    office = wiring.open_webhooks()
    path = f"/services/{dice.token_hex(12)}?key={dice.token_hex(12)}"
    url = f"http://127.0.0.1:{receiver.server_port}{path}"
    webhook, secret = await office.make_webhook(url, (EventKind.ALERT_OPENED,), "Ada")
    await office.send_test(webhook)
    rows = await read_rows(wiring)
    assert f"127.0.0.1:{receiver.server_port}" in rows and secret not in rows and path not in rows
    assert settings.secrets_folder is not None
    assert read_files(settings.secrets_folder) >= {secret, url}
    assert path not in REDACTOR.redact(f"POST {url} failed")


async def read_rows(wiring: Wiring) -> str:
    """Every row that has to do with webhooks."""
    rows = [str(dict(row)) for name in ("config", "outbox") async for row in wiring.storage.table(name).list_entities()]
    return "".join(rows)


async def keep_as_before(wiring: Wiring, url: str) -> str:
    """A receiver whose row holds its address, as rows once did; its id."""
    office = wiring.open_webhooks()
    webhook, _ = await office.make_webhook(url, (EventKind.RUN_FINISHED,), "Ada")
    await office.secrets.forget([webhook.address_name])
    row = {
        "id": webhook.id,
        "url": url,
        "kinds": ["run.finished"],
        "made_by": "Ada",
        "made_at": webhook.made_at.isoformat(),
        "secret_name": webhook.secret_name,
    }
    await put(wiring.storage.table("config"), make_row("webhook", webhook.id, json.dumps(row).encode()))
    return webhook.id


async def test_an_address_that_stands_in_a_row_is_hidden_by_the_next_look_for_events(
    wiring: Wiring, receiver: Receiver
) -> None:
    path = f"/services/{dice.token_hex(12)}"
    webhook_id = await keep_as_before(wiring, f"http://127.0.0.1:{receiver.server_port}{path}")
    office = wiring.open_webhooks()
    (webhook,) = await office.list_webhooks()
    assert (webhook.id, webhook.host) == (webhook_id, f"127.0.0.1:{receiver.server_port}")
    assert path in await read_rows(wiring)
    await tell_events(await wiring.connect(), office.open_event_room())
    assert path not in await read_rows(wiring) and await office.list_webhooks() == (webhook,)
    await office.send_test(webhook)
    (waiting,) = await office.list_sent(1)
    await send_mail(office.open_post_room(), {"mail_id": waiting.mail_id})
    assert receiver.paths == [path]
    await office.remove_webhook(webhook)
    with pytest.raises(Misconfigured):
        await wiring.read_secret(webhook.address_name)


async def test_a_webhook_that_is_removed_while_its_address_is_hidden_stays_removed(
    wiring: Wiring, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep_as_before(wiring, f"http://127.0.0.1:{receiver.server_port}/services/of-before")
    office = wiring.open_webhooks()
    (webhook,) = await office.list_webhooks()
    put_secret = RenewedSecrets.put

    async def remove_and_put(secrets: RenewedSecrets, values: dict[str, str]) -> None:
        await office.remove_webhook(webhook)
        await put_secret(secrets, values)

    monkeypatch.setattr(RenewedSecrets, "put", remove_and_put)
    await tell_events(await wiring.connect(), office.open_event_room())
    assert await office.list_webhooks() == ()
    with pytest.raises(Misconfigured):
        await wiring.read_secret(webhook.address_name)


async def test_an_address_is_told_once_and_one_that_nobody_can_read_stops_no_other(
    wiring: Wiring, receiver: Receiver
) -> None:
    office, url = wiring.open_webhooks(), f"http://127.0.0.1:{receiver.server_port}/hook"
    webhook, _ = await office.make_webhook(url, (EventKind.RUN_FINISHED,), "Ada")
    with pytest.raises(Misconfigured, match="told already"):
        await office.make_webhook(url, (EventKind.ALERT_OPENED,), "Ada")
    await office.make_webhook(f"{url}/other", (EventKind.RUN_FINISHED,), "Ada")
    await office.secrets.forget([webhook.address_name])
    await office.make_webhook(f"{url}/third", (EventKind.RUN_FINISHED,), "Ada")


def read_files(folder: Path) -> set[str]:
    return {path.read_text() for path in folder.rglob("*") if path.is_file()}


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
