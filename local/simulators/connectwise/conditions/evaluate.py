"""Tests one record against a parsed condition. Texts compare without regard to case."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from local.simulators.connectwise.conditions.parser import parse_date
from local.simulators.connectwise.conditions.tree import Both, Comparison, Condition, Either, Literal, Not
from local.simulators.connectwise.errors import bad_condition

type Record = dict[str, Any]

_ORDERINGS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def fields_in(condition: Condition) -> Iterator[str]:
    match condition:
        case Comparison(field):
            yield field
        case Not(inner):
            yield from fields_in(inner)
        case Both(left, right) | Either(left, right):
            yield from fields_in(left)
            yield from fields_in(right)


def holds(condition: Condition, record: Record) -> bool:
    match condition:
        case Not(inner):
            return not holds(inner, record)
        case Both(left, right):
            return holds(left, record) and holds(right, record)
        case Either(left, right):
            return holds(left, record) or holds(right, record)
        case Comparison():
            return any(_compare(condition, value) for value in values_at(record, condition.field))


def values_at(record: Any, path: str) -> Iterator[Any]:
    """The value at a path; every value where the path leads through an array; None where it ends."""
    first, _, rest = path.partition("/")
    if isinstance(record, list):
        for item in record:
            yield from values_at(item, path)
        return
    members = record if isinstance(record, dict) else {}
    value = next((members[name] for name in members if name.lower() == first.lower()), None)
    if rest and value is not None:
        yield from values_at(value, rest)
    else:
        yield value


def _compare(comparison: Comparison, value: Any) -> bool:
    sign = comparison.operator
    if sign == "in":
        return any(_same(comparison.field, value, literal) for literal in comparison.literals)
    literal = comparison.literals[0]
    if sign == "=":
        return _same(comparison.field, value, literal)
    if sign == "!=":
        return not _same(comparison.field, value, literal)
    if value is None or literal is None:
        return False
    if sign in ("contains", "like"):
        return _text_matches(comparison, value, literal)
    left, right = _comparable(comparison.field, value, literal)
    return bool(_ORDERINGS[sign](left, right))


def _same(field: str, value: Any, literal: Literal) -> bool:
    if value is None or literal is None:
        return value is None and literal is None
    left, right = _comparable(field, value, literal)
    return bool(left == right)


def _text_matches(comparison: Comparison, value: Any, literal: Literal) -> bool:
    if not isinstance(value, str) or not isinstance(literal, str):
        raise bad_condition(f"{comparison.operator} needs text on both sides ({comparison.field}).")
    if comparison.operator == "contains":
        return literal.lower() in value.lower()
    pattern = "".join(".*" if sign in "%*" else re.escape(sign) for sign in literal)
    return re.fullmatch(pattern, value, re.IGNORECASE | re.DOTALL) is not None


def _comparable(field: str, value: Any, literal: Literal) -> tuple[Any, Any]:
    if isinstance(literal, datetime) and isinstance(value, str):
        return parse_date(value), literal
    if isinstance(literal, bool) == isinstance(value, bool):
        if isinstance(literal, str) and isinstance(value, str):
            return value.lower(), literal.lower()
        if isinstance(literal, (int, float)) and isinstance(value, (int, float)):
            return value, literal
    raise bad_condition(f"The value given for {field} is of the wrong type.")
