"""Where Microsoft's sign-in answers: pages for people, the token endpoint, and what applications discover."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.clock import LocalClock
from local.simulators.answers import Answer
from local.simulators.calls import CallCounter
from local.simulators.faults import FaultBoard
from local.simulators.microsoft.admin_consent import ADMIN_CONSENT, ADMIN_CONSENT_DECISION, AdminConsent
from local.simulators.microsoft.authorize import AUTHORIZE, AUTHORIZE_DECISION, Authorize
from local.simulators.microsoft.browser import BrowserCall
from local.simulators.microsoft.discovery import CONFIGURATION, KEYS, Discovery
from local.simulators.microsoft.mishaps import after_answer, instead_of_answer
from local.simulators.microsoft.signin import TOKEN_OPERATION, SignIn, TokenRequest

SIGN_IN_OPERATIONS = (
    TOKEN_OPERATION,
    AUTHORIZE,
    AUTHORIZE_DECISION,
    ADMIN_CONSENT,
    ADMIN_CONSENT_DECISION,
    CONFIGURATION,
    KEYS,
)

type ShowOrDecide = Callable[[BrowserCall], Answer]


@dataclass(frozen=True)
class SignInRoutes:
    sign_in: SignIn
    authorization: Authorize
    admin_consent: AdminConsent
    discovery: Discovery
    clock: LocalClock
    faults: FaultBoard
    calls: CallCounter

    def routes(self) -> list[Route]:
        return [
            Route("/{tenant}/oauth2/v2.0/token", self.token, methods=["POST"]),
            Route("/{tenant}/oauth2/v2.0/authorize", self.authorize, methods=["GET", "POST"]),
            Route("/{tenant}/v2.0/adminconsent", self.consent_as_administrator, methods=["GET", "POST"]),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", self.configuration),
            Route("/{tenant}/discovery/v2.0/keys", self.keys),
        ]

    async def token(self, request: Request) -> Response:
        body = await request.body()

        def answer(tenant: str) -> Answer:
            fault = self.faults.take("token_error", TOKEN_OPERATION, tenant)
            wanted = TokenRequest(tenant, body, request.headers, base_url_of(request))
            return self.sign_in.answer(wanted, None if fault is None else int(fault.detail or "50076"))

        return self._respond(request, TOKEN_OPERATION, answer)

    async def authorize(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._decide(request, AUTHORIZE_DECISION, self.authorization.decide)
        return self._show(request, AUTHORIZE, self.authorization.show)

    async def consent_as_administrator(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._decide(request, ADMIN_CONSENT_DECISION, self.admin_consent.decide)
        return self._show(request, ADMIN_CONSENT, self.admin_consent.show)

    async def configuration(self, request: Request) -> Response:
        base_url, now = base_url_of(request), self.clock.utc_now()
        return self._respond(request, CONFIGURATION, lambda name: self.discovery.configuration(name, base_url, now))

    async def keys(self, request: Request) -> Response:
        base_url, now = base_url_of(request), self.clock.utc_now()
        return self._respond(request, KEYS, lambda name: self.discovery.keys(name, base_url, now))

    def _show(self, request: Request, operation: str, answer: ShowOrDecide) -> Response:
        call = self._browser_call(request, b"")
        return self._respond(request, operation, lambda _: answer(call))

    async def _decide(self, request: Request, operation: str, answer: ShowOrDecide) -> Response:
        call = self._browser_call(request, await request.body())
        return self._respond(request, operation, lambda _: answer(call))

    def _respond(self, request: Request, operation: str, answer: Callable[[str], Answer]) -> Response:
        """The answer for the tenant that the address names, unless a fault comes between."""
        tenant = request.path_params["tenant"]
        self.calls.count(operation)
        if (mishap := instead_of_answer(self.faults, operation, tenant, None)) is not None:
            return mishap
        return after_answer(self.faults, operation, tenant, answer(tenant))

    def _browser_call(self, request: Request, body: bytes) -> BrowserCall:
        query = request.url.query
        return BrowserCall(
            tenant=request.path_params["tenant"],
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            address=f"{request.url.path}?{query}",
            base_url=base_url_of(request),
            now=self.clock.utc_now(),
            form={name: values[-1] for name, values in parse_qs(body.decode()).items()},
        )


def base_url_of(request: Request) -> str:
    return str(request.base_url).rstrip("/")
