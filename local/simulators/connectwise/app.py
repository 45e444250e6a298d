"""The ConnectWise simulator as one web application."""

from __future__ import annotations

from dataclasses import replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from local.clock import clock_from_environment
from local.demo.demos import seed_maker
from local.simulators.answers import Answer, HangingResponse
from local.simulators.calls import CallCounter
from local.simulators.connectwise.access import answer_media_type, api_version, check_access
from local.simulators.connectwise.accounting import Accounting
from local.simulators.connectwise.errors import ApiError
from local.simulators.connectwise.human import HumanEdits
from local.simulators.connectwise.mishaps import FAULT_NAMES, disturbed, failed, refusal
from local.simulators.connectwise.operations import COMPANY_INFO, OPERATIONS, find_target
from local.simulators.connectwise.records import Records
from local.simulators.connectwise.service import Call, Service
from local.simulators.control import ControlPanel
from local.simulators.effects import LateEffects, respond_with_effect_fault, take_effect_fault
from local.simulators.faults import FaultBoard
from local.simulators.secret_files import SecretFiles
from local.simulators.serving import Settings
from local.simulators.state import StateFile

FIXED_CODEBASE = "v4_6_release/"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class ConnectWiseSimulator:
    def __init__(self, records: Records, secrets: SecretFiles, faults: FaultBoard, calls: CallCounter) -> None:
        self._records = records
        self._secrets = secrets
        self._faults = faults
        self._calls = calls
        self._service = Service(records)
        self._late_effects = LateEffects(failed)

    def routes(self) -> list[Route]:
        return [
            Route("/login/companyinfo/{company_id}", self.company_info),
            Route("/{codebase}/apis/3.0/{path:path}", self.api, methods=_METHODS),
        ]

    async def company_info(self, request: Request) -> Response:
        self._calls.count(COMPANY_INFO)
        if (refused := refusal(self._faults, COMPANY_INFO)) is not None:
            return refused.as_response()
        if request.path_params["company_id"].lower() != self._records.company_id.lower():
            return JSONResponse(None)
        body = {"CompanyName": "Demo MSP", "Codebase": self._records.codebase, "VersionCode": "v2026.4"}
        return JSONResponse({**body, "VersionNumber": "v2026.4", "CompanyID": self._records.company_id})

    async def api(self, request: Request) -> Response:
        target = find_target(request.method, "/" + request.path_params["path"])
        operation = target.operation
        self._calls.count(operation)
        if (fault := self._faults.take("codebase_change", operation)) is not None:
            self._records.move_to_codebase(fault.detail or "v2027_1/")
        if request.path_params["codebase"] + "/" not in (self._records.codebase, FIXED_CODEBASE):
            return HTMLResponse("<html><body><h1>404 - File or directory not found.</h1></body></html>", 404)
        if (fault := self._faults.take("hang", operation)) is not None:
            return HangingResponse(Response(status_code=504), fault.seconds)
        if (refused := refusal(self._faults, operation)) is not None:
            return refused.as_response()
        try:
            check_access(request.headers, self._records.company_id, self._secrets)
            media_type = answer_media_type(request.headers)
        except ApiError as refused_access:
            return refused_access.as_answer().as_response()
        call = Call(target, request.url.path, dict(request.query_params), request.headers, await request.body())
        return self._respond(call, media_type)

    def _respond(self, call: Call, media_type: str) -> Response:
        operation = call.target.operation
        hidden = operation.endswith(("/additions", "/additions/count")) and self._faults.take(
            "hide_cancelled", operation
        )
        call = replace(call, hide_cancelled=bool(hidden))

        def make_answer() -> Answer:
            answer = disturbed(self._faults, operation, self._service.answer(call))
            headers = {**answer.headers, "api-current-version": api_version(media_type)}
            return replace(answer, headers=headers, media_type=media_type)

        if (fault := take_effect_fault(self._faults, operation, is_write=call.target.method != "GET")) is not None:
            return respond_with_effect_fault(fault, make_answer, self._late_effects)
        answer = make_answer()
        if self._faults.take("truncate_body", operation):
            return answer.cut_in_half()
        return answer.as_response()


def build(settings: Settings) -> Starlette:
    clock = clock_from_environment()
    seed = seed_maker(settings.demo, settings.name, clock.utc_now)
    state = StateFile(settings.name, settings.state_directory, seed, is_kept=settings.is_kept)
    calls = CallCounter()
    faults = FaultBoard(FAULT_NAMES, (*OPERATIONS, COMPANY_INFO))
    records = Records(state, clock)
    panel = ControlPanel(settings.name, clock, state, faults, calls)
    simulator = ConnectWiseSimulator(records, SecretFiles(settings.secrets_directory), faults, calls)
    return Starlette(
        routes=[*panel.routes(), *HumanEdits(records).routes(), *Accounting(records).routes(), *simulator.routes()]
    )
