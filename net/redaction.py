"""One redactor for everything that leaves in words: logs, errors, pages (S5).

It knows the shapes in which credentials travel (Authorization headers, token and key fields, JWTs) and every
secret that this process has read.
"""

from __future__ import annotations

import base64
import json
import logging
import re
from bisect import insort
from html import escape
from typing import override
from urllib.parse import quote, quote_plus

MASK = "[redacted]"
SHORTEST_SECRET = 6
LONGEST_IN_BASE64 = 200
TELLS_OF_ERRORS = b'"error"'

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
        self._known: set[str] = set()
        # The longest come first: of two that begin alike the longer one is masked whole.
        self._spellings: list[str] = []

    def remember(self, secret: str) -> None:
        """Mask this text wherever it appears from now on, in every spelling that it may travel in."""
        if len(secret) < SHORTEST_SECRET or secret in self._known:
            return
        for spelling in spell(secret) - self._known:
            self._known.add(spelling)
            insort(self._spellings, spelling, key=lambda each: -len(each))

    def redact(self, text: str) -> str:
        """The text without credentials."""
        text = self._mask_known(text)
        for shape, rest in SHAPES:
            text = shape.sub(rest, text)
        return text

    def mask_answer(self, content: bytes, *, is_refusal: bool) -> bytes:
        """What a server answered, before anybody reads it: a refusal may repeat what it was sent.

        A good answer passes as it is: that of a sign-in is a credential. Where it tells of errors inside, as a batch
        does, known secrets are masked, and nothing that only looks like one.
        """
        if is_refusal:
            return self.redact(content.decode("utf-8", errors="replace")).encode()
        if TELLS_OF_ERRORS not in content:
            return content
        text = content.decode("utf-8", errors="replace")
        masked = self._mask_known(text)
        return content if masked == text else masked.encode()

    def _mask_known(self, text: str) -> str:
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        return text


def spell(secret: str) -> set[str]:
    """The secret as it is, in an address, in a form, in JSON, in JSON inside JSON, in HTML; and a short one, as keys
    are, in base64 wherever it stands in what was encoded."""
    escaped = json.dumps(secret)[1:-1]
    found = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), escaped, json.dumps(escaped)[1:-1]}
    found |= {escape(secret), repr(secret)[1:-1]}
    if len(secret) <= LONGEST_IN_BASE64:
        for shift in range(3):
            raw = b"x" * shift + secret.encode()
            # The first and the last letters belong to what stands beside it, too.
            found |= {
                encode(raw).decode()[4 if shift else 0 : -4] for encode in (base64.b64encode, base64.urlsafe_b64encode)
            }
    return {each for each in found if len(each) >= SHORTEST_SECRET}


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
