"""What Autotask means by an error: it answers nearly everything with 500 and a list of texts. Pure.

Facts: reference autotask-halo.md 1, "Errors" and "Limits".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from net.client import PASSING_STATUSES, THROTTLED_STATUS, Answer

ERROR_LENGTH_LIMIT = 500
UNAUTHORIZED = 401
FORBIDDEN = 403

# Small letters. The first kind that one of the texts belongs to counts.
THROTTLED_TEXTS = ("thread threshold", "request threshold", "api threshold", "too many requests")
PASSING_TEXTS = ("deadlock", "timeout", "timed out", "try again", "temporarily", "lock request", "unavailable")
SIGN_IN_TEXTS = (
    "api integration code",
    "integrationcode",
    "integration vendor",
    "invalid username",
    "username or password",
    "username and/or password",
    "login failed",
    "unauthorized",
    "zone information could not be determined",
)
RIGHTS_TEXTS = ("adequate permissions", "not have permission", "access denied", "not authorized")


class Meaning(Enum):
    """What to do about an answer."""

    FINE = auto()
    THROTTLED = auto()
    PASSING = auto()
    SIGN_IN = auto()
    RIGHTS = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means, and Autotask's own words. Without any of them (`is_spoken`) it may be anybody's answer."""

    meaning: Meaning
    text: str
    is_spoken: bool = True


def judge(answer: Answer) -> Verdict:
    """What an answer means.

    A 500 that names errors is an answer, and mostly a no; one that names none is none. Errors may come with a 200.
    """
    texts = tuple(list_errors(answer.body))
    text = describe_errors(answer, texts)
    if answer.is_success and not texts:
        return Verdict(Meaning.FINE, "")
    words = " ".join(texts).casefold()
    for meaning, signs in (
        (Meaning.THROTTLED, THROTTLED_TEXTS),
        (Meaning.PASSING, PASSING_TEXTS),
        (Meaning.SIGN_IN, SIGN_IN_TEXTS),
        (Meaning.RIGHTS, RIGHTS_TEXTS),
    ):
        if any(sign in words for sign in signs):
            return Verdict(meaning, text)
    if answer.status == THROTTLED_STATUS:
        return Verdict(Meaning.THROTTLED, text)
    if answer.status == UNAUTHORIZED:
        return Verdict(Meaning.SIGN_IN, text)
    if answer.status == FORBIDDEN:
        return Verdict(Meaning.RIGHTS, text)
    is_silent = answer.status in PASSING_STATUSES and not texts
    return Verdict(Meaning.PASSING if is_silent else Meaning.REFUSED, text, bool(texts))


def is_definite(answer: Answer) -> bool:
    """Whether asking again would only bring the same: for a read that came back with a passing status."""
    return judge(answer).meaning in (Meaning.SIGN_IN, Meaning.RIGHTS, Meaning.REFUSED)


def explain(answer: Answer) -> str:
    """The status of an answer and Autotask's own words in one line, without a full stop."""
    return describe_errors(answer, tuple(list_errors(answer.body)))


def list_errors(body: Any) -> Iterator[str]:
    """The texts of an answer's errors: plain ones, and those of objects with a message."""
    errors = body.get("errors") if isinstance(body, dict) else None
    for each in errors if isinstance(errors, list) else []:
        text = each.get("message") if isinstance(each, dict) else each
        if isinstance(text, str) and text.strip():
            yield text.strip()


def describe_errors(answer: Answer, texts: tuple[str, ...]) -> str:
    """The status and Autotask's words in one line."""
    words = " ".join("; ".join(texts).split()).rstrip(".")
    words = words if len(words) <= ERROR_LENGTH_LIMIT else words[:ERROR_LENGTH_LIMIT] + "…"
    return f"{answer.status}: {words}" if words else str(answer.status)
