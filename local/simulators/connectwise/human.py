"""What people do in ConnectWise itself, past the API: edits that the audit trail shows as theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators.connectwise.additions import Additions, changes_between
from local.simulators.connectwise.errors import ApiError
from local.simulators.connectwise.records import Records
from local.simulators.connectwise.validation import check_record
from local.simulators.control import PREFIX

DEFAULT_PERSON = "jmiller"


class HumanEdits:
    """Bodies are plain members: {"quantity": 15}; `by` names the person, null takes a member away."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._additions = Additions(records)

    def routes(self) -> list[Route]:
        additions = f"{PREFIX}/agreements/{{agreement:int}}/additions"
        return [
            Route(f"{PREFIX}/agreements/{{agreement:int}}", self.agreement, methods=["PATCH"]),
            Route(additions, self.new_addition, methods=["POST"]),
            Route(f"{additions}/{{addition:int}}", self.addition, methods=["PATCH", "DELETE"]),
            Route(f"{PREFIX}/audittrail", self.audit_trail),
        ]

    async def agreement(self, request: Request) -> Response:
        members, person = await _members_and_person(request)
        number = request.path_params["agreement"]
        return _outcome(lambda: self._edit_agreement(number, members, person))

    def _edit_agreement(self, number: int, members: dict[str, Any], person: str) -> dict[str, Any]:
        """People can change what the API cannot: the next invoice date, the status."""
        before = self._records.get("agreements", number, "Agreement")
        after = {**before, **check_record(members, "Agreement")}
        return self._records.put("agreements", after, person, "Agreement", changes_between(before, after))

    async def new_addition(self, request: Request) -> Response:
        members, person = await _members_and_person(request)
        number = request.path_params["agreement"]
        return _outcome(lambda: self._additions.create(number, members, person))

    async def addition(self, request: Request) -> Response:
        agreement, addition = request.path_params["agreement"], request.path_params["addition"]
        if request.method == "DELETE":
            person = request.query_params.get("by", DEFAULT_PERSON)
            return _outcome(lambda: self._additions.delete(agreement, addition, person))
        members, person = await _members_and_person(request)
        return _outcome(lambda: self._additions.patch(agreement, addition, _operations(members), person))

    async def audit_trail(self, request: Request) -> Response:
        return JSONResponse(self._records.audit_trail(None, None))


def _operations(members: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": name, "value": value} for name, value in members.items()]


async def _members_and_person(request: Request) -> tuple[dict[str, Any], str]:
    members: dict[str, Any] = await request.json()
    return members, members.pop("by", DEFAULT_PERSON)


def _outcome(act: Callable[[], dict[str, Any] | None]) -> Response:
    try:
        return JSONResponse(act() or {})
    except ApiError as refused:
        return refused.as_answer().as_response()
