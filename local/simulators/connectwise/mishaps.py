"""The faults of the ConnectWise simulator: what they do to a request, its effect and its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from local.simulators.answers import Answer, proxy_429
from local.simulators.connectwise.errors import ApiError, missing_right, unauthorized
from local.simulators.connectwise.rights import FINANCE_AGREEMENTS, right_of
from local.simulators.effects import EFFECT_FAULTS
from local.simulators.faults import Fault, FaultBoard

FAULT_NAMES = (
    *EFFECT_FAULTS,
    "html_429",
    "status",
    "hang",
    "codebase_change",
    "hide_cancelled",
    "missing_right",
    "unauthorized",
    "truncate_body",
    "extra_fields",
    "nulls_missing",
    "nulls_present",
)

_NULLABLE_BY_SURPRISE = ("cancelledDate", "serialNumber", "invoiceDescription", "opportunity")


def refusal(faults: FaultBoard, operation: str) -> Answer | None:
    """An answer that is given instead of doing anything."""
    if fault := faults.take("html_429", operation):
        return proxy_429(fault.seconds)
    if faults.take("unauthorized", operation):
        return unauthorized("UserNotAuthenticated").as_answer()
    if fault := faults.take("missing_right", operation, fits=lambda fault: lacks_right(fault, operation)):
        return missing_right(fault.detail or FINANCE_AGREEMENTS).as_answer()
    if fault := faults.take("status", operation):
        return failed(fault)
    return None


def lacks_right(fault: Fault, operation: str) -> bool:
    """A fault that names a right and no operation strikes whatever needs that right."""
    return fault.operation is not None or fault.detail is None or fault.detail == right_of(operation)


def failed(fault: Fault) -> Answer:
    told, _, said = (fault.detail or "500").partition(":")
    status = int(told)
    headers = {} if fault.seconds is None else {"retry-after": str(int(fault.seconds))}
    if status in (502, 503, 504):
        page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        return Answer(status, text=page, headers=headers, media_type="text/html")
    message = "The operation has timed out: timeout expired." if status == 500 else f"Error {status}."
    message = said or message
    return replace(ApiError(status, "Error", message).as_answer(), headers=headers)


def disturbed(faults: FaultBoard, operation: str, answer: Answer) -> Answer:
    """Rows with members too many, or without their nulls, or with nulls where none belong."""
    if answer.status >= 300:
        return answer
    if faults.take("extra_fields", operation):
        extra = {"additionStatus": "Active", "zzInternalFlag": True, "zzInternal": {"nested": [1, 2]}}
        answer = replace(answer, value=_each_row(answer.value, lambda row: {**row, **extra}))
    if faults.take("nulls_missing", operation):
        answer = replace(answer, value=_each_row(answer.value, _without_nulls))
    if faults.take("nulls_present", operation):
        nulls = dict.fromkeys(_NULLABLE_BY_SURPRISE)
        answer = replace(answer, value=_each_row(answer.value, lambda row: {**nulls, **row}))
    return answer


def _each_row(value: object, change: Callable[[dict[str, Any]], dict[str, Any]]) -> object:
    if isinstance(value, list):
        return [change(row) for row in value]
    return change(value) if isinstance(value, dict) else value


def _without_nulls(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
