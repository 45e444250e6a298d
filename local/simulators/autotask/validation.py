"""Checks what a caller writes against the fields of the entity."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from local.simulators.autotask.entities import Entity, Field
from local.simulators.autotask.errors import ApiError, unknown_field
from local.simulators.autotask.filtering import Record

_PLAIN_TYPES: dict[str, tuple[type, ...]] = {
    "long": (int,),
    "integer": (int,),
    "double": (int, float),
    "boolean": (bool,),
    "string": (str,),
}


def read_record(text: bytes, entity: Entity) -> Record:
    """The record that was sent, with the names as published. Raises ApiError for what is no such record."""
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiError("The request body is not valid JSON.")
    return check_record(body, entity)


def check_record(body: Record, entity: Entity) -> Record:
    """The record with its dates in one form; unknown fields, wrong types and texts that are too long are refused."""
    record: Record = {}
    for name, value in body.items():
        if name == "userDefinedFields" and entity.user_defined is not None:
            record[name] = value
            continue
        field = entity.find_field(name)
        if field is None:
            raise unknown_field(name, entity.model)
        record[field.name] = None if value is None else _check_value(field, value)
    return record


def _check_value(field: Field, value: object) -> object:
    if field.type == "datetime":
        return read_moment(field.name, value)
    wrong_bool = isinstance(value, bool) and field.type != "boolean"
    if wrong_bool or not isinstance(value, _PLAIN_TYPES[field.type]):
        raise ApiError(f"The value of {field.name} is not of type {field.type}.")
    if field.type == "integer" and isinstance(value, int) and not -(2**31) <= value < 2**31:
        raise ApiError(f"The value of {field.name} is too large or too small for an integer.")
    if field.length is not None and isinstance(value, str) and len(value) > field.length:
        raise ApiError(f"{field.name} exceeds the maximum length of {field.length}.")
    if field.picklist is not None and str(value) not in field.picklist:
        raise ApiError(f"{field.name} has an invalid picklist value: {value}.")
    return value


def read_moment(name: str, value: object) -> str:
    """A moment in UTC: a date near midnight with an offset lands on another day (autotask-halo.md 1, Dates)."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise ApiError(f"{name} is not a valid date.")
    in_utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return in_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
