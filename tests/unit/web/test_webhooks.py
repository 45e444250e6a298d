"""Webhooks on their page and by the API: a secret that is shown once, and an address of which only the host is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from plans.mail import Delivery, DeliveryState
from plans.webhooks import EventKind
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import NOW, World, sign_in_headers
from tests.unit.web.pages import read_source, read_words, to_words
from tests.unit.web.test_forms_api import call
from tests.unit.web.webhook_fakes import SECRET

PATH = "/settings/webhooks"
OURS = {"Sec-Fetch-Site": "same-origin"}
URL = "https://hooks.example.com/seatledger?key=path-canary"
WISH = {"url": URL, "events": ["run.finished", "hold.opened"]}


async def post(browse: Open, world: World, path: str, data: dict[str, Any]) -> httpx.Response:
    async with browse(world) as client:
        return await client.post(path, data=data, headers=sign_in_headers() | OURS)


async def test_the_secret_is_shown_once_and_the_change_is_noted_without_what_opens_the_receiver(browse: Open) -> None:
    world = World()
    assert "Nobody is told by webhook." in await read_words(browse, world, PATH)
    made = await post(browse, world, PATH, WISH)
    assert made.status_code == 200 and SECRET in made.text and made.headers["cache-control"] == "no-store"
    (webhook,) = world.webhooks.webhooks.values()
    assert webhook.kinds == (EventKind.RUN_FINISHED, EventKind.HOLD_OPENED) and world.webhooks.addresses == [URL]
    later = await read_source(browse, world, PATH)
    assert SECRET not in later and "path-canary" not in later
    assert "hooks.example.com" in later and "1 receiver is told." in to_words(later)
    (entry,) = world.audit.entries
    assert "hooks.example.com" in entry.sentence and "canary" not in entry.sentence + entry.before + entry.after


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": " "}, "Type the address that is to be told"),
        ({"url": "https://inside.example/x"}, "inside.example is a host of a private network."),
        ({"events": []}, "Tick at least one thing"),
        ({"events": ["test"]}, "Tick at least one thing"),
    ],
)
async def test_what_cannot_be_told_is_said_beside_its_field(changes: dict[str, Any], words: str, browse: Open) -> None:
    world = World()
    answer = await post(browse, world, PATH, WISH | changes)
    assert answer.status_code == 422 and words in to_words(answer.text)
    assert not world.webhooks.webhooks and not world.audit.entries and "secret-text" not in answer.text


async def test_the_same_address_is_not_told_twice_and_there_is_an_end(browse: Open) -> None:
    world = World()
    await post(browse, world, PATH, WISH)
    assert "told already" in (await post(browse, world, PATH, WISH)).text
    for number in range(9):
        await post(browse, world, PATH, WISH | {"url": f"https://hooks.example.com/{number}"})
    answer = await post(browse, world, PATH, WISH | {"url": "https://hooks.example.com/more"})
    assert answer.status_code == 422 and "There are 10 webhooks already." in answer.text


async def test_one_is_tried_and_removed_and_one_that_is_gone_is_not_there(browse: Open) -> None:
    world = World()
    await post(browse, world, PATH, WISH)
    tried = await post(browse, world, f"{PATH}/test", {"webhook": "hook1"})
    assert tried.headers["location"] == f"{PATH}?told=test" and world.webhooks.tested == ["hook1"]
    removed = await post(browse, world, f"{PATH}/remove", {"webhook": "hook1"})
    assert removed.headers["location"] == f"{PATH}?told=removed" and not world.webhooks.webhooks
    assert "ended the webhook to hooks.example.com" in world.audit.entries[-1].sentence
    for action in ("test", "remove"):
        assert (await post(browse, world, f"{PATH}/{action}", {"webhook": "hook1"})).status_code == 404


async def test_what_became_of_events_stands_below(browse: Open) -> None:
    world = World()
    await post(browse, world, PATH, WISH)
    failed = Delivery(
        "event:hook1:hold-opened-1", "hook1", "hold.opened", DeliveryState.FAILED, 7, NOW, "It answered <500>."
    )
    waits = Delivery("event:gone:test-1", "gone", "test", DeliveryState.QUEUED, 1, NOW, "It answered 500.", NOW)
    world.webhooks.sent = (failed, waits)
    words = await read_words(browse, world, PATH)
    assert "A change waits for approval hooks.example.com Not told" in words and "It answered <500>." in words
    assert "a webhook that was removed" in words and "Next try on 22 Nov 2026" in words


async def test_what_could_not_be_told_is_sent_again_by_hand(browse: Open) -> None:
    world = World()
    await post(browse, world, PATH, WISH)
    failed = Delivery("event:hook1:hold-opened-1", "hook1", "hold.opened", DeliveryState.FAILED, 7, NOW, "No answer.")
    world.webhooks.sent = (
        failed,
        replace(failed, mail_id="event:hook1:test-2", state=DeliveryState.SENT),
        replace(failed, mail_id="event:gone:test-3", recipient="gone"),
    )
    words = await read_words(browse, world, PATH)
    assert words.count("Send it again") == 1, "what was told is not, and a receiver that is gone cannot be told"
    again = await post(browse, world, f"{PATH}/again", {"webhook": "hook1", "event": "hold-opened-1"})
    assert again.headers["location"] == f"{PATH}?told=again"
    assert world.webhooks.repeated == [("hold-opened-1", "Ada Administrator")]
    assert "It is sent again, with the same id." in await read_words(browse, world, f"{PATH}?told=again")
    for event in ("test-2", "never", "../mail"):
        answer = await post(browse, world, f"{PATH}/again", {"webhook": "hook1", "event": event})
        assert answer.headers["location"] == f"{PATH}?told=settled"
    gone = await post(browse, world, f"{PATH}/again", {"webhook": "gone", "event": "test-3"})
    assert gone.status_code == 404 and len(world.webhooks.repeated) == 1
    by_api = await call(browse, world, "/webhooks/again", {"webhook_id": "hook1", "event_id": "test-2"})
    assert by_api.status_code == 409 and "It was not sent again" in by_api.json()["detail"]


@pytest.mark.parametrize("event", ["a/b", "a#b", "a\\b?", "x" * 2000, "", "\u2028"])
async def test_what_is_no_events_id_is_never_looked_up(
    browse: Open, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    """Such a key storage refuses, and that would be an error of ours."""
    world, asked = World(), list[str]()
    await post(browse, world, PATH, WISH)

    async def send_again(webhook: object, event_id: str, who: str) -> bool:
        asked.append(event_id)
        return False

    monkeypatch.setattr(world.webhooks, "send_again", send_again)
    answer = await post(browse, world, f"{PATH}/again", {"webhook": "hook1", "event": event})
    assert answer.headers["location"] == f"{PATH}?told=settled" and asked == []


async def test_by_the_api_it_is_the_same(browse: Open) -> None:
    world = World()
    made = await call(browse, world, "/webhooks", WISH)
    assert made.json() == {"id": "hook1", "host": "hooks.example.com", "secret": SECRET}
    listed = await call(browse, world, "/webhooks")
    assert SECRET not in listed.text and "canary" not in listed.text
    assert listed.json()["webhooks"][0]["events"] == ["run.finished", "hold.opened"]
    refused = await call(browse, world, "/webhooks", WISH | {"url": "https://inside.example/"})
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "url"
    assert (await call(browse, world, "/webhooks/test", {"webhook_id": "hook1"})).json()["done"] == "test"
    assert (await call(browse, world, "/webhooks/remove", {"webhook_id": "hook1"})).json()["done"] == "removed"
    assert (await call(browse, world, "/webhooks/remove", {"webhook_id": "hook1"})).status_code == 404
