"""The Autotask simulator as one web application."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.clock import LocalClock, clock_from_environment
from local.demo.demos import seed_maker
from local.simulators.answers import Answer, HangingResponse
from local.simulators.autotask.access import check_access
from local.simulators.autotask.accounting import Accounting
from local.simulators.autotask.budget import Budget, Threads
from local.simulators.autotask.contracts import Contracts
from local.simulators.autotask.errors import ApiError, refuse_method
from local.simulators.autotask.human import HumanEdits
from local.simulators.autotask.mishaps import FAULT_NAMES, disturbed, failed, refusal
from local.simulators.autotask.operations import (
    THRESHOLD,
    VERSIONS,
    ZONE_INFORMATION,
    Target,
    find_target,
    operation_names,
)
from local.simulators.autotask.records import Records, complete
from local.simulators.autotask.service import Call, Service
from local.simulators.calls import CallCounter
from local.simulators.control import PREFIX, ControlPanel, refused
from local.simulators.effects import LateEffects, respond_with_effect_fault, take_effect_fault
from local.simulators.faults import FaultBoard
from local.simulators.secret_files import SecretFiles
from local.simulators.serving import Settings
from local.simulators.state import StateFile

BASE = "atservicesrest"
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class AutotaskSimulator:
    """The API behind one zone. A zone that moved answers 401 until somebody asks for it anew."""

    def __init__(self, records: Records, secrets: SecretFiles, faults: FaultBoard, calls: CallCounter) -> None:
        self._records = records
        self._secrets = secrets
        self._faults = faults
        self._calls = calls
        self.contracts = Contracts(records, faults)
        self._service = Service(records, self.contracts)
        self._late_effects = LateEffects(failed)
        self._threads = Threads()
        self.budget = Budget(records.utc_now)

    def routes(self) -> list[Route]:
        """Paths are matched without regard to case."""
        return [
            Route(f"{PREFIX}/budget", self.set_budget, methods=["GET", "POST", "DELETE"]),
            Route("/{path:path}", self.api, methods=_METHODS),
        ]

    async def set_budget(self, request: Request) -> Response:
        """POST `{"used": 5000}`: other integrations have asked so often. DELETE: nobody has asked at all."""
        if request.method == "DELETE":
            self.budget.forget()
        if request.method == "POST":
            wanted = await request.json()
            if set(wanted) != {"used"} or not isinstance(wanted["used"], int):
                return refused(400, "used has to be a whole number")
            self.budget.spend_elsewhere(wanted["used"])
        return JSONResponse(self.budget.report())

    async def api(self, request: Request) -> Response:
        root, _, path = request.path_params["path"].partition("/")
        if root.lower() != BASE:
            return Response(status_code=404)
        known = {"v1.0/zoneinformation": self._zone, "versioninformation": self._versions}
        if (tell := known.get(path.lower().rstrip("/"))) is not None:
            return tell(request) if request.method == "GET" else refuse_method(request.method).as_response()
        target = find_target(request.method, f"/{path}")
        operation = target.operation
        self._calls.count(operation)
        if (fault := self._faults.take("hang", operation)) is not None:
            return HangingResponse(Response(status_code=504), fault.seconds)
        try:
            return await self._admit(target, request)
        except ApiError as refused_access:
            return refused_access.as_answer().as_response()

    def _zone(self, request: Request) -> Response:
        """Needs no headers (autotask-halo.md 1, Zone discovery)."""
        self._calls.count(ZONE_INFORMATION)
        if (refusal_answer := refusal(self._faults, ZONE_INFORMATION)) is not None:
            return refusal_answer.as_response()
        user = request.query_params.get("user", "")
        if user.lower() != self._records.api_user.lower():
            return ApiError("Zone information could not be determined").as_answer().as_response()
        self._faults.clear("zone_moved")
        base = str(request.base_url)
        zone = {"zoneName": self._records.zone_name, "url": f"{base}ATServicesRest/", "webUrl": base}
        return JSONResponse({**zone, "ci": self._records.database})

    def _versions(self, request: Request) -> Response:
        self._calls.count(VERSIONS)
        return JSONResponse({"apiVersions": ["v1.0"]})

    async def _admit(self, target: Target, request: Request) -> Response:
        """Refused, delayed, or answered. Only the threshold's own answer needs no entity."""
        operation = target.operation
        if (refusal_answer := refusal(self._faults, operation)) is not None:
            return refusal_answer.as_response()
        if self._faults.take("zone_moved", operation):
            raise ApiError(None, 401)
        check_access(request.headers, self._records.api_user, self._secrets)
        delay = self.budget.spend()
        with self._threads.enter(THRESHOLD if target.entity is None else target.entity.name):
            if (fault := self._faults.take("slow", operation)) is not None:
                delay += fault.seconds or 1.0
            body = await request.body()
            if delay:
                await asyncio.sleep(delay)
            if target.address is not None and target.address.kind == THRESHOLD:
                report = JSONResponse(self.budget.report())
                return report if target.is_allowed else refuse_method(target.method).as_response()
            return self._respond(target, request, body)

    def _respond(self, target: Target, request: Request, body: bytes) -> Response:
        operation = target.operation
        parameters: Mapping[str, str] = dict(request.query_params)
        # The real service spells its own addresses like this, whatever it was called.
        call = Call(target, f"{request.base_url}ATServicesRest/V1.0", parameters, body)

        def make_answer() -> Answer:
            return disturbed(self._faults, operation, self._service.answer(call))

        fault = take_effect_fault(self._faults, operation, is_write=target.is_write)
        if fault is not None:
            return respond_with_effect_fault(fault, make_answer, self._late_effects)
        answer = make_answer()
        if self._faults.take("truncate_body", operation):
            return answer.cut_in_half()
        return answer.as_response()


def build(settings: Settings) -> Starlette:
    """The application with its control panel, its accountant and its people."""
    clock = clock_from_environment()
    state = open_state(settings, clock)
    calls = CallCounter()
    faults = FaultBoard(FAULT_NAMES, operation_names())
    records = Records(state.data, clock.utc_now, state.save)
    panel = ControlPanel(settings.name, clock, state, faults, calls)
    simulator = AutotaskSimulator(records, SecretFiles(settings.secrets_directory), faults, calls)
    desks = (HumanEdits(records, simulator.contracts), Accounting(records))
    return Starlette(
        routes=[*panel.routes(), *(route for desk in desks for route in desk.routes()), *simulator.routes()]
    )


def open_state(settings: Settings, clock: LocalClock) -> StateFile:
    """The remembered state, or the demo's with the unit rows that follow from it."""
    make_seed = seed_maker(settings.demo, settings.name, clock.utc_now)
    directory, is_kept = settings.state_directory, settings.is_kept
    return StateFile(settings.name, directory, lambda: complete(make_seed(), clock.utc_now), is_kept=is_kept)
