"""Filters, orders and prunes records the way every list of the API does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.simulators.connectwise.conditions.evaluate import Record, fields_in, holds, values_at
from local.simulators.connectwise.conditions.parser import parse_condition
from local.simulators.connectwise.errors import bad_condition
from local.simulators.connectwise.members import find_member
from local.simulators.connectwise.query import Query


def matching(records: Sequence[Record], model: str, query: Query) -> list[Record]:
    """The records that meet the conditions of the query, unordered."""
    found = list(records)
    for text in (query.conditions, query.child_conditions):
        if text:
            condition = parse_condition(text)
            for field in fields_in(condition):
                _check_name(model, field)
            found = [record for record in found if holds(condition, record)]
    if query.custom_field_conditions:
        condition = parse_condition(query.custom_field_conditions)
        found = [
            record
            for record in found
            if any(holds(condition, custom_field) for custom_field in record.get("customFields", []))
        ]
    return found


def _check_name(model: str, field: str) -> None:
    if find_member(model, field) is None:
        raise bad_condition(f"{field} is not a recognized name.")


def ordered(records: Sequence[Record], model: str, order_by: str) -> list[Record]:
    """By the given fields, else by id, so that pages are stable."""
    found = sorted(records, key=lambda record: record.get("id", 0))
    for part in reversed([part for part in order_by.split(",") if part.strip()]):
        words = part.split()
        _check_name(model, words[0])
        if len(words) > 2 or (len(words) == 2 and words[1].lower() not in ("asc", "desc")):
            raise bad_condition(f"'{part.strip()}' is not a valid orderBy.")
        descending = len(words) == 2 and words[1].lower() == "desc"
        found.sort(key=lambda record: _order_key(record, words[0]), reverse=descending)
    return found


def _order_key(record: Record, field: str) -> tuple[int, Any]:
    value = next(values_at(record, field), None)
    if value is None:
        return 0, 0
    if isinstance(value, str):
        return 2, value.lower()
    return 1, value


def pruned(record: Record, fields: str) -> Record:
    """Only the named fields; company/name keeps the object around the name. All fields for ''."""
    names = [name.strip() for name in fields.split(",") if name.strip()]
    if not names:
        return record
    kept: Record = {}
    for name in names:
        _copy_path(record, kept, name.split("/"))
    return kept


def _copy_path(source: Record, target: Record, path: list[str]) -> None:
    name = next((known for known in source if known.lower() == path[0].lower()), None)
    if name is None:
        return
    if len(path) == 1 or not isinstance(source[name], dict):
        target[name] = source[name]
        return
    inner = target.setdefault(name, {})
    if isinstance(inner, dict):
        _copy_path(source[name], inner, path[1:])
