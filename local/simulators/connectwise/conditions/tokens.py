"""Cuts a condition into words, literals and signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from local.simulators.connectwise.errors import bad_condition


class Kind(Enum):
    STRING = auto()
    DATE = auto()
    NUMBER = auto()
    WORD = auto()
    SIGN = auto()
    END = auto()


@dataclass(frozen=True)
class Token:
    """`text` is the bare content: without quotes or brackets."""

    kind: Kind
    text: str

    def is_word(self, *words: str) -> bool:
        return self.kind is Kind.WORD and self.text.lower() in words


_PATTERNS = (
    (Kind.STRING, re.compile(r'"([^"]*)"|\'([^\']*)\'')),
    (Kind.DATE, re.compile(r"\[([^\]]*)\]")),
    (Kind.NUMBER, re.compile(r"(-?\d+(?:\.\d+)?)(?![\w/])")),
    (Kind.WORD, re.compile(r"([A-Za-z_][\w/]*)")),
    (Kind.SIGN, re.compile(r"(!=|<=|>=|=|<|>|\(|\)|,)")),
)


def tokens_of(text: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        token, position = _token_at(text, position)
        tokens.append(token)
    return [*tokens, Token(Kind.END, "")]


def _token_at(text: str, position: int) -> tuple[Token, int]:
    for kind, pattern in _PATTERNS:
        if found := pattern.match(text, position):
            content = next((group for group in found.groups() if group is not None), "")
            return Token(kind, content), found.end()
    raise bad_condition(f"Unexpected character '{text[position]}' at position {position + 1}.")
