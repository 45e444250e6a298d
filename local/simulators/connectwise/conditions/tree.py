"""A parsed condition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

type Literal = str | float | bool | datetime | None


@dataclass(frozen=True)
class Comparison:
    """`operator` is one of = != < <= > >= contains like in; only `in` has several literals."""

    field: str
    operator: str
    literals: tuple[Literal, ...]


@dataclass(frozen=True)
class Not:
    condition: Condition


@dataclass(frozen=True)
class Both:
    left: Condition
    right: Condition


@dataclass(frozen=True)
class Either:
    left: Condition
    right: Condition


type Condition = Comparison | Not | Both | Either
