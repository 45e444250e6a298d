"""Message bodies as host.json's `messageEncoding` wants them in the queue: as they are, or as base64."""

from __future__ import annotations

import base64
import binascii


class UndecodableMessage(Exception):
    """The body is not base64 although host.json says that messages are."""


def encode_message(message: str | bytes, encoding: str) -> str:
    """What is put into the queue. Bytes without base64 must be text, because the queue holds XML."""
    if encoding == "base64":
        raw = message.encode() if isinstance(message, str) else message
        return base64.b64encode(raw).decode("ascii")
    return message if isinstance(message, str) else message.decode()


def decode_message(content: str, encoding: str) -> str | bytes:
    """What the function gets: text where it is text, else bytes; UndecodableMessage where it is not base64."""
    if encoding != "base64":
        return content
    try:
        raw = base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise UndecodableMessage("The message is not base64, which host.json asks for.") from error
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
