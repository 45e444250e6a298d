"""One redactor for everything that leaves in words: logs, errors, pages (S5).

It knows the shapes in which credentials travel (Authorization headers, token and key fields, JWTs) and every
secret that this process has read: stored ones for ever, those that pass by themselves until hours after their last use.
"""

from __future__ import annotations

import base64
import json
import logging
import re
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from math import inf
from time import monotonic
from typing import override
from urllib.parse import quote, quote_plus

MASK = "[redacted]"
SHORTEST_SECRET = 6
LONGEST_IN_BASE64 = 200
TELLS_OF_ERRORS = b'"error"'
# An access token lives for 60 to 90 minutes (Microsoft identity platform, "Configurable token lifetimes"); where a
# tenant has it live longer, every use remembers it anew.
PASSING_SECONDS = 2 * 3600.0
SWEPT_EVERY_SECONDS = 600.0
# What a refusal says stands at its beginning; all patterns together take some milliseconds for so much.
REFUSAL_LIMIT = 64 * 1024
# A mask is longer than the shortest secret: what is left of one that the cut divides may have grown by that.
MASKS_GROW = 2
# Tokens are long runs of these; an answer that has no such run holds none of them.
LONG_RUN_LENGTH = 64
END_LENGTH = 32
LONG_RUN = re.compile(rf"(?<![A-Za-z0-9._~-])[A-Za-z0-9._~-]{{{LONG_RUN_LENGTH},}}+")

NAMES = (
    r"(?:access|refresh|id)[_-]?token|client[_-]?(?:secret|assertion)|password|assertion|(?:private|account)[_-]?key|sig"
    r"|x-seatledger-token"
)
FIELD = rf"(?i)((?<![a-z0-9])(?:{NAMES})\\*[\"']?\s*[=:]\s*)"
# JSON in JSON in JSON in JSON stands behind fifteen backslashes.
QUOTED = r"(?P<quote>\\{0,15}+[\"'])(?:(?!(?P=quote))(?:\\.|[^\\\n]))+(?P=quote)"
UNQUOTED = r"(\\*[\"']?)[^\s\"'&,;}\\]{6,}"
PLAIN_WORD = r"(?-i:[A-Z]?[a-z]+(?:-[a-z]+)*)(?!\.?[A-Za-z0-9+/=_~-])"


def mask_jwt(found: re.Match[str]) -> str:
    """What is left of something that begins like a JWT: all of it, where nothing goes on like one. The pattern takes
    such a beginning whole and is not tried again inside it: else a long one would cost the square of its length."""
    return MASK if found["rest"] else found[0]


# Each shape and what is left of it. The value of a header and a quoted value go first, for they may hold spaces.
SHAPES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?i)(\bauthorization\\*[\"']?\s*[=:]\s*\\*[\"']?(?:bearer|basic)\s+)[^\s\"',;\\]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(bearer)\s+[a-z0-9+/=._~-]{6,}"), rf"\1 {MASK}"),
    # Business Basic is a product: a word that has letters only is no credential.
    (re.compile(rf"(?i)\b(basic)\s+(?!{PLAIN_WORD})[a-z0-9+/=._~-]{{6,}}"), rf"\1 {MASK}"),
    (re.compile(FIELD + QUOTED), rf"\1\g<quote>{MASK}\g<quote>"),
    (re.compile(FIELD + UNQUOTED), rf"\1\2{MASK}"),
    # A sign-in's code travels as code=…; what a service calls "code" is an error's name, unless it is very long.
    (re.compile(r"(?i)(?<![a-z0-9_])(code=[\"']?)[^\s\"'&,;}]{6,}"), rf"\1{MASK}"),
    (re.compile(r"(?i)(?<![a-z0-9_])(code[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;}]{64,}"), rf"\1{MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}+(?P<rest>\.[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]*+)?"), mask_jwt),
)


@dataclass(slots=True)
class Remembered:
    """A secret's spellings, and until when they are masked, in seconds of the redactor's clock."""

    spellings: frozenset[str]
    until: float


class Redactor:
    """Masks credentials in text. One for a process: it is told every secret that is read.

    `seconds` is a clock that never goes back.
    """

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._swept_at = seconds()
        self._known: dict[str, Remembered] = {}
        self._spelt: set[str] = set()
        # The longest come first: of two that begin alike the longer one is masked whole. Thousands are runs, of which
        # an answer is spared the search; the few others are searched for everywhere.
        self._runs: list[str] = []
        self._others: list[str] = []

    def remember(self, secret: str) -> None:
        """Mask this text wherever it appears from now on, in every spelling that it may travel in."""
        self._remember(secret, inf)

    def remember_passing(self, secret: str) -> None:
        """The same for what is soon of no use to anybody, as tokens are: until two hours after the last call for it."""
        self._remember(secret, self._seconds() + PASSING_SECONDS)

    def _remember(self, secret: str, until: float) -> None:
        if len(secret) < SHORTEST_SECRET:
            return
        known = self._known.get(secret)
        if known is not None:
            known.until = max(known.until, until)
            return
        if self._seconds() - self._swept_at >= SWEPT_EVERY_SECONDS:
            self._sweep()
        spellings = frozenset(spell(secret))
        self._known[secret] = Remembered(spellings, until)
        for spelling in spellings - self._spelt:
            self._spelt.add(spelling)
            insort(self._runs if is_run(spelling) else self._others, spelling, key=lambda each: -len(each))

    def _sweep(self) -> None:
        """Forget what has passed."""
        self._swept_at = now = self._seconds()
        self._known = {secret: each for secret, each in self._known.items() if each.until > now}
        self._spelt = set().union(*(each.spellings for each in self._known.values()))
        self._runs = [each for each in self._runs if each in self._spelt]
        self._others = [each for each in self._others if each in self._spelt]

    def redact(self, text: str) -> str:
        """The text without credentials."""
        text = self._mask_known(text)
        for shape, rest in SHAPES:
            text = shape.sub(rest, text)
        return text

    def mask_answer(self, content: bytes, *, is_refusal: bool) -> bytes:
        """What a server answered, before anybody reads it: a refusal may repeat what it was sent.

        A good answer passes as it is: that of a sign-in is a credential. Where it tells of errors inside, as a batch
        does, known secrets are masked, and nothing that only looks like one. Of a long refusal the beginning is left.
        """
        if is_refusal:
            return self._mask_refusal(content)
        if TELLS_OF_ERRORS not in content:
            return content
        text = content.decode("utf-8", errors="replace")
        masked = self._mask_known(text)
        return content if masked == text else masked.encode()

    def _mask_refusal(self, content: bytes) -> bytes:
        """A cut may divide a secret, and what is left of it is no longer found: so the end goes, too."""
        masked = self.redact(content[:REFUSAL_LIMIT].decode("utf-8", errors="replace"))
        if len(content) > REFUSAL_LIMIT:
            longest = max((len(each[0]) for each in (self._runs, self._others) if each), default=0)
            masked = masked[: max(0, len(masked) - MASKS_GROW * longest)]
        return masked.encode()

    def _mask_known(self, text: str) -> str:
        for spelling in self._find_candidates(text):
            text = text.replace(spelling, MASK)
        return text

    def _find_candidates(self, text: str) -> list[str]:
        """The spellings that may stand in the text, the longest first."""
        runs = "\n".join(LONG_RUN.findall(text)) if self._runs else ""
        # Tokens begin alike and end differently, and a short end is sooner looked for.
        found = [each for each in self._runs if each[-END_LENGTH:] in runs and each in runs] if runs else []
        return sorted([*found, *self._others], key=len, reverse=True) if found else self._others


def is_run(spelling: str) -> bool:
    """Whether a spelling can only stand in a long run."""
    return LONG_RUN.fullmatch(spelling) is not None


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
