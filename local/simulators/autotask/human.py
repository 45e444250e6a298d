"""What people do in Autotask itself, past the API: contract notes show it as theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators.autotask.contracts import Contracts
from local.simulators.autotask.entities import entities
from local.simulators.autotask.errors import ApiError
from local.simulators.autotask.records import Records
from local.simulators.autotask.validation import check_record
from local.simulators.control import PREFIX, refused

PERSON = 29682885
"""The resource that edits behind our back."""
OPERATION = "a person's edit"


class HumanEdits:
    """Bodies are plain fields, such as {"effectiveDate": "2026-11-10", "unitChange": 2}."""

    def __init__(self, records: Records, contracts: Contracts) -> None:
        self._records = records
        self._contracts = contracts

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/contractservices/{{service:int}}/adjustments", self.adjust, methods=["POST"]),
            Route(f"{PREFIX}/contracts/{{contract:int}}", self.contract, methods=["PATCH"]),
            Route(f"{PREFIX}/contracts/{{contract:int}}/renewal", self.renewal, methods=["POST"]),
            Route(f"{PREFIX}/{{entity}}/{{number:int}}", self.record, methods=["PATCH"]),
        ]

    async def adjust(self, request: Request) -> Response:
        """Another quantity or price from a day on, as the contract's page makes it."""
        fields = {**await request.json(), "contractServiceID": request.path_params["service"]}
        return _outcome(lambda: self._adjust(fields))

    def _adjust(self, fields: dict[str, Any]) -> dict[str, Any]:
        body = check_record(fields, entities()["ContractServiceAdjustments"])
        self._contracts.adjust(body, OPERATION, PERSON)
        rows = self._records.all("ContractServiceUnits")
        return {"units": [row for row in rows if row["contractServiceID"] == fields["contractServiceID"]]}

    async def contract(self, request: Request) -> Response:
        """Another end date, another status."""
        fields = {**await request.json(), "id": request.path_params["contract"]}
        return _outcome(lambda: self._contracts.change_contract(check_record(fields, entities()["Contracts"])))

    async def renewal(self, request: Request) -> Response:
        """`{"endDate": "2028-12-31"}`: a contract that follows this one; with `"keepsText": false` its services have no
        internal description."""
        wanted = await request.json()
        number, last = request.path_params["contract"], date.fromisoformat(wanted["endDate"])
        return _outcome(lambda: self._contracts.renew(number, last, keeps_text=wanted.get("keepsText", True)))

    async def record(self, request: Request) -> Response:
        """Any field of any other record, also those that the API does not let anybody change."""
        entity = next((each for each in entities().values() if each.collection == request.path_params["entity"]), None)
        if entity is None:
            return refused(404, "there is no such entity")
        known = self._records.find(entity.name, request.path_params["number"])
        if known is None:
            return refused(404, "there is no such record")
        fields = await request.json()
        return _outcome(lambda: self._change(known, check_record(fields, entity)))

    def _change(self, known: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        known |= fields
        self._records.save()
        return known


def _outcome(act: Callable[[], dict[str, Any]]) -> Response:
    try:
        return JSONResponse(act())
    except ApiError as refusal:
        return refusal.as_answer().as_response()
