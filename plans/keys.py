"""The key that every addition of ours carries, and how additions are found by it.

The PSA has no idempotency key (connectwise.md 2), so ours travels in a field of the addition itself. It names
the line (a mapping) and the number of that line's intent: the same intent always has the same key, however
often it is sent, and two intents never share one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from plans.agreements import Addition

KEY_PREFIX = "SL-"
KEY_LENGTH_LIMIT = 50
HASH_LENGTH = 10
NAME_LENGTH = len(KEY_PREFIX) + HASH_LENGTH


def name_line(mapping_id: str) -> str:
    """The part of a key that all additions of one mapping share, e.g. `SL-7F3A9C2B41`."""
    return KEY_PREFIX + hashlib.sha256(mapping_id.encode()).hexdigest()[:HASH_LENGTH].upper()


def make_key(mapping_id: str, sequence: int) -> str:
    """The key of a line's intent number `sequence`, counted from 0."""
    return f"{name_line(mapping_id)}-{sequence:04d}"


def is_ours(addition: Addition) -> bool:
    """Whether Seatledger created this addition, for whichever mapping."""
    return addition.key.startswith(KEY_PREFIX)


def belongs_to_line(addition: Addition, mapping_id: str) -> bool:
    """Whether Seatledger created this addition for this mapping."""
    return find_owner(addition) == name_line(mapping_id)


def find_owner(addition: Addition) -> str:
    """The name of the line whose key an addition of ours carries, whatever follows it; empty where it carries none."""
    key = addition.key
    return key[:NAME_LENGTH] if key[NAME_LENGTH : NAME_LENGTH + 1] == "-" else ""


def line_name_of(addition: Addition) -> str:
    """The line that an addition of ours was made for; its whole key where it names no line."""
    return addition.key.rpartition("-")[0]


def find_by_key(additions: Iterable[Addition], key: str) -> tuple[Addition, ...]:
    """Every addition that carries exactly this key. More than one means that something billed twice."""
    return tuple(addition for addition in additions if addition.key == key)


def name_addition(connection_id: str, agreement_id: str, addition_id: str) -> str:
    """The name of an adopted addition, which carries no key of ours."""
    return f"{connection_id}/{agreement_id}/{addition_id}"
