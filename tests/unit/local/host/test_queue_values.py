"""Message bodies, in and out."""

from __future__ import annotations

import pytest

from local.host.messages import TypedData
from local.host.queue_outputs import read_outgoing_messages
from local.host.queue_text import UndecodableMessage, decode_message, encode_message


@pytest.mark.parametrize("body", ["plain", "ü & <b>", b"\xff\x00"])
def test_base64_returns_what_went_in(body: str | bytes) -> None:
    assert decode_message(encode_message(body, "base64"), "base64") == body


def test_without_encoding_text_stays_as_it_is() -> None:
    assert encode_message("ü", "none") == "ü"
    assert encode_message("ü".encode(), "none") == "ü"
    assert decode_message("%%%", "none") == "%%%"


def test_what_is_not_base64_is_refused_where_base64_is_wanted() -> None:
    with pytest.raises(UndecodableMessage):
        decode_message("not base64!", "base64")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, []),
        (TypedData(string="[1]"), ["[1]"]),
        (TypedData(bytes=b"x"), [b"x"]),
        (TypedData(json='["a", "b"]'), ["a", "b"]),
        (TypedData(json='[{"a": 1}]'), ['{"a": 1}']),
        (TypedData(json="[]"), []),
    ],
)
def test_outputs_become_messages(data: TypedData | None, expected: list[str | bytes]) -> None:
    assert read_outgoing_messages(data) == expected
