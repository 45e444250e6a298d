"""Applies the array of operations that a PATCH carries."""

from __future__ import annotations

from typing import Any

from local.simulators.connectwise.errors import ApiError
from local.simulators.connectwise.validation import check_value

_OPERATIONS = ("add", "replace", "remove")


def patched(record: dict[str, Any], operations: object, model: str) -> dict[str, Any]:
    """A changed copy. All operations are checked before any of them counts."""
    if not isinstance(operations, list):
        raise ApiError(400, "InvalidObject", "A JSON array of patch operations was expected.")
    changed = dict(record)
    for operation in operations:
        _apply(changed, operation, model)
    return changed


def _apply(record: dict[str, Any], operation: object, model: str) -> None:
    if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
        raise ApiError(400, "InvalidObject", "A patch operation needs op and path.")
    kind = operation.get("op")
    if kind not in _OPERATIONS:
        raise ApiError(400, "InvalidObject", f"'{kind}' is not a supported patch operation.")
    name = operation["path"].removeprefix("/")
    value = None if kind == "remove" else operation.get("value")
    checked = check_value(name, value, model)
    if checked is None:
        record.pop(name, None)
    else:
        record[name] = checked
