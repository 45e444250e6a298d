"""The Microsoft simulator as one web application: sign-in, Graph and Partner Center."""

from __future__ import annotations

from dataclasses import replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.clock import LocalClock, clock_from_environment
from local.demo.demos import seed_maker
from local.simulators.answers import Answer
from local.simulators.calls import CallCounter
from local.simulators.control import ControlPanel
from local.simulators.faults import FaultBoard
from local.simulators.mail.folder import MailFolder
from local.simulators.microsoft.admin_consent import AdminConsent
from local.simulators.microsoft.application import Application
from local.simulators.microsoft.application_consents import ApplicationConsents
from local.simulators.microsoft.authorize import Authorize
from local.simulators.microsoft.batch import AnswerOne, answer_parts, read_parts
from local.simulators.microsoft.codes import AuthorizationCodes
from local.simulators.microsoft.consents import Consents
from local.simulators.microsoft.discovery import Discovery
from local.simulators.microsoft.exchange import Exchange
from local.simulators.microsoft.graph import INNER_OPERATIONS, Graph
from local.simulators.microsoft.graph_errors import GraphError
from local.simulators.microsoft.id_tokens import IdTokens
from local.simulators.microsoft.mailbox_report import REPORT, MailboxReport
from local.simulators.microsoft.mishaps import (
    FAULT_NAMES,
    after_answer,
    instead_of_answer,
    missing_part_id,
    part_refusal,
)
from local.simulators.microsoft.partner_center import PARTNER_OPERATIONS, PartnerCall, PartnerCenter
from local.simulators.microsoft.resources import GRAPH
from local.simulators.microsoft.seats import SeatChanges
from local.simulators.microsoft.send_mail import SEND_MAIL, SendMail
from local.simulators.microsoft.signin import SignIn
from local.simulators.microsoft.signin_routes import SIGN_IN_OPERATIONS, SignInRoutes, base_url_of
from local.simulators.microsoft.tenants import Tenants
from local.simulators.microsoft.tokens import Access, BadAccessTokenError, Tokens, signing_key
from local.simulators.secret_files import SecretFiles
from local.simulators.serving import Settings
from local.simulators.state import StateFile

BATCH = "POST /v1.0/$batch"
DIRECT_OPERATIONS = tuple(operation.replace("GET ", "GET /v1.0") for operation in INNER_OPERATIONS)
UNKNOWN_GRAPH = "GET /v1.0/(unknown)"
OPERATIONS = (*SIGN_IN_OPERATIONS, BATCH, SEND_MAIL, REPORT, *DIRECT_OPERATIONS, *INNER_OPERATIONS, *PARTNER_OPERATIONS)


class MicrosoftSimulator:
    """Graph and Partner Center."""

    def __init__(
        self,
        graph: Graph,
        partner_center: PartnerCenter,
        send_mail: SendMail,
        report: MailboxReport,
        tokens: Tokens,
        clock: LocalClock,
        faults: FaultBoard,
        calls: CallCounter,
    ) -> None:
        self._graph = graph
        self._partner_center = partner_center
        self._send_mail = send_mail
        self._report = report
        self._tokens = tokens
        self._clock = clock
        self._faults = faults
        self._calls = calls

    def routes(self) -> list[Route]:
        return [
            Route("/v1.0/$batch", self.batch, methods=["POST"]),
            Route("/v1.0/users/{mailbox}/sendMail", self.send_mail, methods=["POST"]),
            Route("/v1.0/reports/getMailboxUsageDetail(period='D7')", self.mailbox_report, methods=["GET"]),
            *self._report.routes(),
            Route("/v1/{path:path}", self.partner_center, methods=["GET", "POST", "PATCH", "DELETE"]),
            Route("/v1.0/{path:path}", self.direct, methods=["GET", "POST", "PATCH", "DELETE"]),
        ]

    async def batch(self, request: Request) -> Response:
        self._calls.count(BATCH)
        body = await request.body()

        def answer(exchange: Exchange) -> Answer:
            parts = read_parts(body)
            forgotten = missing_part_id(self._faults, BATCH, exchange.tenant_id, parts)
            answers = answer_parts(parts, exchange, self._answer_inner)
            kept = [part for part in answers if part["id"] != forgotten]
            return Answer(200, {"responses": kept}, exchange.headers())

        return self._graph_response(request, BATCH, answer)

    async def send_mail(self, request: Request) -> Response:
        self._calls.count(SEND_MAIL)
        mailbox, body = request.path_params["mailbox"], await request.body()
        return self._graph_response(
            request, SEND_MAIL, lambda exchange: self._send_mail.answer(exchange, mailbox, body)
        )

    async def mailbox_report(self, request: Request) -> Response:
        self._calls.count(REPORT)
        return self._graph_response(request, REPORT, self._report.answer)

    async def direct(self, request: Request) -> Response:
        operation = f"{request.method} {request.url.path}"
        operation = operation if operation in DIRECT_OPERATIONS else UNKNOWN_GRAPH
        self._calls.count(operation)
        return self._graph_response(request, operation, self._answer_one)

    async def partner_center(self, request: Request) -> Response:
        call = PartnerCall(
            method=request.method,
            path=request.url.path,
            parameters=dict(request.query_params),
            headers=request.headers,
            base_url=base_url_of(request),
            now=self._clock.utc_now(),
            body=await request.body(),
        )
        operation, customer_id = call.operation, call.customer_id or ""
        self._calls.count(operation)
        if mishap := instead_of_answer(self._faults, operation, customer_id, None):
            return mishap
        return after_answer(self._faults, operation, customer_id, self._partner_center.answer(call))

    def _graph_response(self, request: Request, operation: str, answer_it: AnswerOne) -> Response:
        exchange = self._exchange(request)
        try:
            access = self._access_of(request)
            exchange = replace(exchange, tenant_id=access.tenant_id, scopes=access.scopes)
            if mishap := instead_of_answer(self._faults, operation, exchange.tenant_id, exchange):
                return mishap
            answer = answer_it(exchange)
        except GraphError as refused:
            answer = refused.as_answer(exchange)
        return after_answer(self._faults, operation, exchange.tenant_id, answer)

    def _exchange(self, request: Request) -> Exchange:
        return Exchange(
            method=request.method,
            path=request.url.path.removeprefix("/v1.0"),
            parameters=dict(request.query_params),
            given_headers=request.headers,
            tenant_id="",
            base_url=base_url_of(request),
            now=self._clock.utc_now(),
        )

    def _access_of(self, request: Request) -> Access:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise GraphError(401, "InvalidAuthenticationToken", "Access token is empty.")
        try:
            access = self._tokens.read_access(token)
        except BadAccessTokenError as bad:
            raise GraphError(401, "InvalidAuthenticationToken", str(bad)) from bad
        if access.resource not in (GRAPH, base_url_of(request)):
            raise GraphError(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
        return access

    def _answer_inner(self, exchange: Exchange) -> Answer:
        self._calls.count_inner(exchange.operation)
        return self._answer_one(exchange)

    def _answer_one(self, exchange: Exchange) -> Answer:
        return part_refusal(self._faults, exchange) or self._graph.answer(exchange)


def build(settings: Settings) -> Starlette:
    clock = clock_from_environment()
    seed = seed_maker(settings.demo, settings.name, clock.utc_now)
    state = StateFile(settings.name, settings.state_directory, seed, is_kept=settings.is_kept)
    calls = CallCounter()
    faults = FaultBoard(FAULT_NAMES, OPERATIONS)
    secrets = SecretFiles(settings.secrets_directory)
    tenants = Tenants(state)
    application, consents = Application(tenants, settings.redirect_uris), Consents(tenants)
    tokens = Tokens(signing_key(settings.state_directory), clock, secrets)
    codes = AuthorizationCodes(tenants, tokens, application)
    id_tokens = IdTokens(settings.state_directory, clock, faults)
    panel = ControlPanel(settings.name, clock, state, faults, calls)
    sign_in = SignInRoutes(
        SignIn(tenants, tokens, secrets, clock, faults, consents, codes, id_tokens),
        Authorize(tenants, application, codes, faults),
        AdminConsent(tenants, application, consents, faults),
        Discovery(tenants, id_tokens),
        clock,
        faults,
        calls,
    )
    partner_center = PartnerCenter(tenants, tokens, faults, ApplicationConsents(tenants, consents))
    simulator = MicrosoftSimulator(
        Graph(tenants, faults),
        partner_center,
        SendMail(tenants, MailFolder(settings.state_directory), faults),
        MailboxReport(tenants),
        tokens,
        clock,
        faults,
        calls,
    )
    changes = (*panel.routes(), *application.routes(), *SeatChanges(tenants).routes())
    return Starlette(routes=[*changes, *sign_in.routes(), *simulator.routes()])
