"""The members of each published model, with their types: version 2026.4 of the description."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("members.json")


@dataclass(frozen=True)
class Member:
    """`type` is a JSON type, date-time or any; `model` names the members of an object or of array items."""

    type: str
    model: str | None = None
    nullable: bool = False
    required: bool = False
    enum: tuple[str, ...] = ()
    max_length: int | None = None


@cache
def _all_models() -> dict[str, dict[str, Member]]:
    raw = json.loads(_FILE.read_text(encoding="utf-8"))
    return {model: {name: _member(entry) for name, entry in members.items()} for model, members in raw.items()}


def _member(entry: Mapping[str, object]) -> Member:
    enum = entry.get("enum")
    length = entry.get("maxLength")
    model = entry.get("model")
    return Member(
        type=str(entry["type"]),
        model=None if model is None else str(model),
        nullable=entry.get("nullable") is True,
        required=entry.get("required") is True,
        enum=tuple(enum) if isinstance(enum, list) else (),
        max_length=length if isinstance(length, int) else None,
    )


def members_of(model: str) -> Mapping[str, Member]:
    return _all_models()[model]


def find_member(model: str, path: str) -> Member | None:
    """The member at a path such as company/id; names are matched without regard to case."""
    first, _, rest = path.partition("/")
    member = next((m for name, m in members_of(model).items() if name.lower() == first.lower()), None)
    if member is None or not rest:
        return member
    return None if member.model is None else find_member(member.model, rest)
