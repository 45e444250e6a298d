"""Checks what a caller writes against the members and types of the model."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from local.simulators.connectwise.errors import ApiError, invalid_object, unknown_member
from local.simulators.connectwise.members import Member, members_of

_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?")
_PLAIN_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
}


def check_record(record: object, model: str) -> dict[str, Any]:
    """The record with its dates in one form; unknown members and wrong types are refused."""
    if not isinstance(record, dict):
        raise ApiError(400, "InvalidObject", f"A JSON object of type '{model}' was expected.")
    return {name: check_value(name, value, model) for name, value in record.items()}


def check_value(name: str, value: object, model: str) -> object:
    member = members_of(model).get(name)
    if member is None:
        raise unknown_member(name, model)
    if value is None:
        return None
    if member.type == "date-time":
        return _moment(name, value, model)
    _check_type(name, value, member)
    _check_limits(name, value, member, model)
    if member.type == "object" and member.model is not None:
        return check_record(value, member.model)
    return value


def _check_type(name: str, value: object, member: Member) -> None:
    wanted = _PLAIN_TYPES.get(member.type)
    wrong_bool = isinstance(value, bool) and member.type in ("integer", "number")
    if wanted is not None and (wrong_bool or not isinstance(value, wanted)):
        message = f"Error converting value {value!r} to type '{member.type}'. Path '{name}', line 1."
        raise ApiError(400, "ConnectWiseApi", message)


def _check_limits(name: str, value: object, member: Member, model: str) -> None:
    resource = model.lower()
    if member.enum and value not in member.enum:
        message = f"{name} must be one of {', '.join(member.enum)}"
        raise invalid_object(resource, "InvalidValue", name, message)
    if member.max_length is not None and isinstance(value, str) and len(value) > member.max_length:
        message = f"{name} may have at most {member.max_length} characters"
        raise invalid_object(resource, "MaxLengthExceeded", name, message)


def _moment(name: str, value: object, model: str) -> str:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None:
            in_utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            return in_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    raise invalid_object(model.lower(), "InvalidValue", name, f"{name} is not a valid DateTime")
