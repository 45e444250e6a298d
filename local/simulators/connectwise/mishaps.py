"""The faults of the ConnectWise simulator: what they do to a request, its effect and its answer."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from local.simulators.answers import Answer, CutResponse, HangingResponse, proxy_429
from local.simulators.connectwise.errors import ApiError, missing_right, unauthorized
from local.simulators.connectwise.rights import FINANCE_AGREEMENTS, right_of
from local.simulators.faults import Fault, FaultBoard

EFFECT_FAULTS = ("reset_before_effect", "answer_lost_after_effect", "hang_after_effect", "late_effect")
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
        return _failed(fault)
    return None


def lacks_right(fault: Fault, operation: str) -> bool:
    """A fault that names a right and no operation strikes whatever needs that right."""
    return fault.operation is not None or fault.detail is None or fault.detail == right_of(operation)


def _failed(fault: Fault) -> Answer:
    told, _, said = (fault.detail or "500").partition(":")
    status = int(told)
    headers = {} if fault.seconds is None else {"retry-after": str(int(fault.seconds))}
    if status in (502, 503, 504):
        page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        return Answer(status, text=page, headers=headers, media_type="text/html")
    message = "The operation has timed out: timeout expired." if status == 500 else f"Error {status}."
    message = said or message
    return replace(ApiError(status, "Error", message).as_answer(), headers=headers)


def take_effect_fault(faults: FaultBoard, operation: str) -> Fault | None:
    """These happen to writes; to a read only where the fault names it."""
    for name in EFFECT_FAULTS:
        fault = faults.find(name, operation)
        if fault is not None and (fault.operation is not None or not operation.startswith("GET ")):
            return fault.use()
    return None


class LateEffects:
    """Changes that land after their caller was told that something went wrong."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def respond(self, fault: Fault, make_answer: Callable[[], Answer]) -> Response:
        task = asyncio.create_task(_land_later(fault.seconds or 1.0, make_answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if fault.detail is None:
            return CutResponse()
        return _failed(replace(fault, seconds=None)).as_response()


async def _land_later(seconds: float, make_answer: Callable[[], Answer]) -> None:
    await asyncio.sleep(seconds)
    answer = make_answer()
    print(f"a late effect ended with status {answer.status}", file=sys.stderr)


def respond_with_effect_fault(fault: Fault, make_answer: Callable[[], Answer], late_effects: LateEffects) -> Response:
    if fault.name == "reset_before_effect":
        return CutResponse()
    if fault.name == "late_effect":
        return late_effects.respond(fault, make_answer)
    answer = make_answer()
    if fault.name == "answer_lost_after_effect":
        return CutResponse()
    return HangingResponse(answer.as_response(), fault.seconds)


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
