"""One redactor for everything that leaves in words: logs, errors, pages (S5).

It knows the shapes in which credentials travel (Authorization headers, token and key fields, JWTs) and every
secret that this process has read.
"""

from __future__ import annotations

import logging
import re
from typing import override

MASK = "[redacted]"
SHORTEST_SECRET = 6

NAMES = (
    r"(?:access|refresh|id)[_-]?token|client[_-]?(?:secret|assertion)|password|assertion|(?:private|account)[_-]?key|sig"
    r"|x-seatledger-token"
)
FIELD = rf"(?i)((?<![a-z0-9])(?:{NAMES})\\*[\"']?\s*[=:]\s*)"
QUOTED = r"(?P<quote>\\*[\"'])(?:(?!(?P=quote))(?:\\.|[^\\\n]))+(?P=quote)"
UNQUOTED = r"(\\*[\"']?)[^\s\"'&,;}\\]{6,}"
PLAIN_WORD = r"(?-i:[A-Z]?[a-z]+(?:-[a-z]+)*)(?!\.?[A-Za-z0-9+/=_~-])"

# Each shape and what is left of it. The value of a header and a quoted value go first, for they may hold spaces.
SHAPES = (
    (re.compile(r"(?i)(\bauthorization\\*[\"']?\s*[=:]\s*\\*[\"']?(?:bearer|basic)\s+)[^\s\"',;\\]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(bearer)\s+[a-z0-9+/=._~-]{6,}"), rf"\1 {MASK}"),
    # Business Basic is a product: a word that has letters only is no credential.
    (re.compile(rf"(?i)\b(basic)\s+(?!{PLAIN_WORD})[a-z0-9+/=._~-]{{6,}}"), rf"\1 {MASK}"),
    (re.compile(FIELD + QUOTED), rf"\1\g<quote>{MASK}\g<quote>"),
    (re.compile(FIELD + UNQUOTED), rf"\1\2{MASK}"),
    # A sign-in's code travels as code=…; what a service calls "code" is an error's name, unless it is very long.
    (re.compile(r"(?i)(?<![a-z0-9_])(code=[\"']?)[^\s\"'&,;}]{6,}"), rf"\1{MASK}"),
    (re.compile(r"(?i)(?<![a-z0-9_])(code[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;}]{64,}"), rf"\1{MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), MASK),
)


class Redactor:
    """Masks credentials in text. One for a process: `remember` is told every secret that is read."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def remember(self, secret: str) -> None:
        """Mask this text wherever it appears from now on."""
        if len(secret) >= SHORTEST_SECRET:
            self._secrets.add(secret)

    def redact(self, text: str) -> str:
        """The text without credentials."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        for shape, rest in SHAPES:
            text = shape.sub(rest, text)
        return text


class RedactingFilter(logging.Filter):
    """Puts the redactor in front of a log handler: message, arguments and trace alike."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = self._redactor.redact(read_message(record))
        record.args = None
        if record.exc_info:
            record.exc_text = self._redactor.redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


def read_message(record: logging.LogRecord) -> str:
    """The text of a record. A log call whose arguments do not fit is still worth a line, and never stops its caller."""
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - an argument's own __str__ may raise anything
        return f"{record.msg} (the arguments of this log call do not fit: {type(error).__name__})"
