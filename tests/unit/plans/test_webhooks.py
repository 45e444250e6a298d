"""What webhooks are told: ids that stay, bodies that stay, and a signature that any library of such can check."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plans.mail import DeliveryState, Mail
from plans.posting import BROKEN_OFF, IDENTITY, KEPT_TRYING, begin_attempt, open_posting, repeat_attempt
from plans.webhooks import (
    Event,
    EventKind,
    Webhook,
    is_event_message,
    make_event_id,
    make_message_id,
    read_event_id,
    write_body,
    write_signature,
)

NOW = datetime(2026, 11, 22, 8, 30, 5, tzinfo=UTC)
HOOK = Webhook("8f1c2d3e4a5b", "hooks.example", (EventKind.HOLD_OPENED,), "Ada", NOW, "webhook-8f1c2d3e4a5b")


def check_as_a_receiver_would(secret: str, header: str, body: bytes) -> bool:
    """The lines of docs/webhooks.md, written by somebody who knows nothing else."""
    parts = dict(each.split("=", 1) for each in header.split(","))
    signed = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signed, parts["v1"])


def test_a_receiver_can_check_the_signature_and_its_moment() -> None:
    body = '{"at":"…"}'.encode()
    header = write_signature("whsec_x", body, NOW)
    assert re.fullmatch(r"t=\d{10},v1=[0-9a-f]{64}", header) and f"t={int(NOW.timestamp())}," in header
    assert check_as_a_receiver_would("whsec_x", header, body)
    assert not check_as_a_receiver_would("whsec_y", header, body)
    assert not check_as_a_receiver_would("whsec_x", header, body + b" ")
    assert not check_as_a_receiver_would("whsec_x", header.replace("t=1", "t=2"), body)
    assert write_signature("whsec_x", body, NOW + timedelta(seconds=1)) != header


def test_an_event_found_again_is_the_same_message() -> None:
    first = Event(
        make_event_id(EventKind.HOLD_OPENED, "c1:premium", "x"), EventKind.HOLD_OPENED, NOW, {"b": 1, "a": "é"}
    )
    again = replace(first, data={"a": "é", "b": 1})
    assert write_body(first) == write_body(again)
    assert json.loads(write_body(first)) == {
        "id": first.id, "event": "hold.opened", "at": "2026-11-22T08:30:05Z", "data": {"a": "é", "b": 1},
    }  # fmt: skip
    message = make_message_id(HOOK, first)
    assert IDENTITY.fullmatch(message) and is_event_message(message) and read_event_id(message) == first.id
    assert not is_event_message("digest:2026-11-22:jane")


@pytest.mark.parametrize("other", [("c1:premium", "y"), ("c1", "premium\nx"), ("c1:premium", "x", "")])
def test_other_things_are_other_events(other: tuple[str, ...]) -> None:
    assert make_event_id(EventKind.HOLD_OPENED, *other) != make_event_id(EventKind.HOLD_OPENED, "c1:premium", "x")
    assert make_event_id(EventKind.ALERT_OPENED, "x") != make_event_id(EventKind.HOLD_OPENED, "x")


def test_an_attempt_that_broke_off_is_made_again_until_a_day_is_over() -> None:
    begun = begin_attempt(open_posting(Mail("event:h:e", "h", "test", "{}", "", NOW), NOW), NOW)
    again = repeat_attempt(begun, NOW + timedelta(minutes=6))
    assert (again.state, again.begun_at, again.sentence) == (DeliveryState.QUEUED, None, BROKEN_OFF)
    assert again.due_at > NOW + timedelta(minutes=6)
    late = repeat_attempt(begun, NOW + KEPT_TRYING)
    assert late.state is DeliveryState.FAILED and late.sentence.startswith("Given up after one try")


def test_an_address_is_kept_beside_the_secret_that_signs() -> None:
    webhook = Webhook("1", "hooks.example", (EventKind.HOLD_OPENED,), "Ada", NOW, "webhook-1")
    assert webhook.address_name == "webhook-1-address"
