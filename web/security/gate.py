"""The gate before every route: nobody passes without a proven sign-in and the route's permission (S1, S2).

People are proved by the platform's sign-in, scripts by their token, and each only where it belongs (S3).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from web.actions.consenting import CALLBACK
from web.errors import ErrorPages, correlation_id_of
from web.security.easy_auth import find_principal
from web.security.keys import SignInKeys
from web.security.permissions import Permission, PermissionTable, find_permission, is_allowed
from web.security.same_origin import SAFE_METHODS
from web.security.scripts import ScriptSignIn, is_for_scripts
from web.security.sign_in import (
    Caller,
    Script,
    SignIn,
    SignInExpired,
    SignInMissing,
    SignInProblem,
    SignInUnavailable,
)
from web.security.whence import find_address, shorten

LOGGER = logging.getLogger(__name__)

LOGIN_PATH = "/.auth/login/aad"
LONGEST_WAY_BACK = 2000
SEND_AGAIN = (
    "Nothing was changed, and your browser still has what you typed. Sign in again in another tab, then load this page "
    "again and let it send the form once more."
)
# What a consent comes back with is handed to no other address, not even in passing (S5).
SIGN_IN_BESIDE = (
    "Your sign-in here ended while you were at Microsoft; nothing was changed yet. Open Seatledger in another tab and "
    "sign in there, then load this page again: within ten minutes the consent is still good."
)
NOT_SWITCHED_ON = (
    "Sign-in is not switched on for this app, so it shows nothing to anybody. "
    "Switch authentication on in the Function App, and require it."
)
TOO_WEAK = "The token's role does not allow this. An administrator can issue one with a role that does."
NO_ROLE = "Your account has no role that allows this. An administrator of your organisation can give you one."


class Gate:
    """Pure ASGI middleware; it asks the table before the app sees the request."""

    def __init__(
        self,
        app: ASGIApp,
        routes: Sequence[BaseRoute],
        table: PermissionTable,
        sign_in: SignIn | None,
        keys: SignInKeys,
        scripts: ScriptSignIn,
        errors: ErrorPages,
    ) -> None:
        self._app = app
        self._routes = routes
        self._table = table
        self._sign_in = sign_in
        self._keys = keys
        self._scripts = scripts
        self._errors = errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = await self._check(scope)
        await (refusal or self._app)(scope, receive, send)

    async def _check(self, scope: Scope) -> Response | None:
        """What to answer instead of the route; None where the request may pass."""
        permission = self._find_permission(scope)
        if permission is Permission.PUBLIC:
            return None
        if self._sign_in is None:
            return self._errors.answer(scope, 503, "Sign-in is off", NOT_SWITCHED_ON)
        try:
            caller = await self._find_caller(scope, self._sign_in)
        except SignInProblem as problem:
            return self._answer_problem(scope, problem)
        scope["state"]["principal"] = caller
        if not is_allowed(caller, permission):
            log_decision(logging.WARNING, "Denied", scope, caller)
            return self._errors.answer(scope, 403, "Not allowed", TOO_WEAK if isinstance(caller, Script) else NO_ROLE)
        if scope["method"] not in SAFE_METHODS:
            log_decision(logging.INFO, "Allowed", scope, caller)
        return None

    async def _find_caller(self, scope: Scope, sign_in: SignIn) -> Caller:
        """The script whose token it is where scripts come in; the person who is signed in everywhere else."""
        if is_for_scripts(scope["path"]):
            return await self._scripts.find_script(scope)
        return await find_principal(scope, sign_in, self._keys)

    def _find_permission(self, scope: Scope) -> Permission:
        """What the route asks; a path that is no route asks for a look, so that strangers learn nothing."""
        for route in self._routes:
            match, _ = route.matches(scope)
            if match is Match.FULL and isinstance(route, Route):
                return find_permission(self._table, scope["method"], route.path)
        return Permission.LOOK

    def _answer_problem(self, scope: Scope, problem: SignInProblem) -> Response:
        level = logging.INFO if isinstance(problem, SignInExpired | SignInMissing) else logging.WARNING
        what = (correlation_id_of(scope), scope["method"], shorten(scope["path"]), find_address(scope), problem)
        LOGGER.log(level, "Refused request %s: %s %r from %s: %s", *what)
        if isinstance(problem, SignInUnavailable):
            return self._errors.answer(scope, 503, "Sign-in cannot be checked", f"{problem} Try again in a minute.")
        if not isinstance(problem, SignInExpired | SignInMissing) or is_for_scripts(scope["path"]):
            return self._errors.answer(scope, 401, "Sign-in refused", f"{problem}")
        if scope["method"] in ("GET", "HEAD"):
            if scope["path"] == CALLBACK and scope["query_string"]:
                return self._errors.answer(scope, 401, "Sign in again", SIGN_IN_BESIDE)
            return send_to_sign_in(scope)
        return self._errors.answer(scope, 401, "Sign in again", f"{problem} {SEND_AGAIN}")


def log_decision(level: int, verdict: str, scope: Scope, caller: Caller) -> None:
    """Who was allowed or denied what, and from where (S12)."""
    what = (correlation_id_of(scope), scope["method"], shorten(scope["path"]), caller.identity, find_address(scope))
    LOGGER.log(level, "%s request %s: %s %r by %s from %s", verdict, *what)


def send_to_sign_in(scope: Scope) -> Response:
    """To the platform's sign-in and back to the same address; htmx is told to move the whole page there, back to the
    page that it asked from.
    """
    request = Request(scope)
    is_piece = request.headers.get("hx-request") == "true"
    wanted = urlsplit(request.headers.get("hx-current-url", "")) if is_piece else request.url
    came_from = write_local(wanted.path, wanted.query)
    address = f"{LOGIN_PATH}?post_login_redirect_uri={quote(came_from, safe='/')}"
    if is_piece:
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=302)


def write_local(path: str, query: str) -> str:
    """An address of ours; home where it is none, or too long to be carried through a sign-in."""
    address = f"{path}?{query}" if query else path
    is_local = path.startswith("/") and not path.startswith("//") and "\\" not in address and address.isprintable()
    return address if is_local and len(address) <= LONGEST_WAY_BACK else "/"
