"""The faults of the Autotask simulator: what they do to a request and to its answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from local.simulators.answers import Answer, proxy_429
from local.simulators.autotask.budget import TOO_MANY
from local.simulators.autotask.contract_periods import read_day, spell_day
from local.simulators.autotask.contracts import SWITCHES
from local.simulators.autotask.errors import MISSING_RIGHT, THREADS_EXCEEDED, ApiError
from local.simulators.effects import EFFECT_FAULTS
from local.simulators.faults import Fault, FaultBoard

FAULT_NAMES = (
    *EFFECT_FAULTS,
    *SWITCHES,
    "status",
    "html_429",
    "thread_limit",
    "hang",
    "slow",
    "unauthorized",
    "missing_right",
    "narrowed",
    "zone_moved",
    "truncate_body",
    "lost_next_page",
    "overlapping_rows",
    "extra_fields",
)


def refusal(faults: FaultBoard, operation: str) -> Answer | None:
    """An answer that is given instead of doing anything."""
    if fault := faults.take("html_429", operation):
        return proxy_429(fault.seconds)
    if faults.take("thread_limit", operation):
        return ApiError(THREADS_EXCEEDED, TOO_MANY).as_answer()
    if faults.take("unauthorized", operation):
        return ApiError(None, 401).as_answer()
    if fault := faults.take("missing_right", operation):
        return ApiError(f"{MISSING_RIGHT} to {fault.detail or 'access this entity'}.").as_answer()
    if fault := faults.take("status", operation):
        return failed(fault)
    return None


def failed(fault: Fault) -> Answer:
    """`detail` is a status, or a status and a text: 500:Transaction was deadlocked."""
    told, _, said = (fault.detail or "500").partition(":")
    status = int(told)
    headers = {} if fault.seconds is None else {"retry-after": str(int(fault.seconds))}
    if status in (502, 503, 504):
        page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        return Answer(status, text=page, headers=headers, media_type="text/html")
    if status in (401, 403):
        return Answer(status, headers=headers)
    answer = ApiError(said or "An internal error occurred.", status).as_answer()
    return replace(answer, headers=headers)


def disturbed(faults: FaultBoard, operation: str, answer: Answer) -> Answer:
    """A page of a query that is not what it should be."""
    if answer.status >= 300 or not isinstance(answer.value, dict) or "items" not in answer.value:
        return answer
    page: dict[str, Any] = answer.value
    if page["pageDetails"]["nextPageUrl"] is not None and faults.take("lost_next_page", operation):
        page = {**page, "pageDetails": {**page["pageDetails"], "nextPageUrl": None}}
    if faults.take("narrowed", operation):
        page = {"items": [], "pageDetails": {**page["pageDetails"], "count": 0, "nextPageUrl": None}}
    if operation.partition(" /V1.0/ContractServiceUnits/")[2] and faults.take("overlapping_rows", operation):
        page = {**page, "items": [_ending_later(row, page["items"]) for row in page["items"]]}
    if faults.take("extra_fields", operation):
        page = {**page, "items": [{**row, "zzInternal": {"nested": [1, 2]}} for row in page["items"]]}
    return replace(answer, value=page)


def _ending_later(row: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A row that is followed by a part of the same period ends on that part's first day.

    So the vendor's page about ContractServiceUnits can be read as well: "the effective date of that adjustment".
    """
    following = read_day(row["endDate"]) + timedelta(days=1)
    siblings = [each for each in rows if each["contractServiceID"] == row["contractServiceID"]]
    is_cut = any(read_day(each["startDate"]) == following for each in siblings) and following.day != 1
    return {**row, "endDate": spell_day(following)} if is_cut else row
