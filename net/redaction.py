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

SHAPES = (
    re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{6,}"),
    re.compile(
        r"(?i)([\"']?\b(?:access_token|refresh_token|id_token|client_secret|client_assertion|password|code"
        r"|assertion|private_?key|account_?key|sig)\b[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;}]{6,}"
    ),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
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
        text = SHAPES[0].sub(rf"\1 {MASK}", text)
        text = SHAPES[1].sub(rf"\1{MASK}", text)
        return SHAPES[2].sub(MASK, text)


class RedactingFilter(logging.Filter):
    """Puts the redactor in front of a log handler: message, arguments and trace alike."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = self._redactor.redact(record.getMessage())
        record.args = None
        if record.exc_info:
            record.exc_text = self._redactor.redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True
