"""The gate in front of the app: who may pass, and with which headers."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from local.host.easy_auth.people import Person
from local.host.easy_auth.principal import Header, strip_platform_headers, write_principal_headers
from local.host.easy_auth.tokens import Tokens
from local.host.http_routes import is_reserved

LOGIN_PATH = "/.auth/login/aad"
SESSION_COOKIE = "AppServiceAuthSession"
DEFAULT_EXCLUDED_PATHS = ("/api/v1", "/health")


class Gate:
    """Lets signed-in people through to `app`; `pages` answers everything under `/.auth/`.

    Paths under `excluded_paths` are left out altogether: no sign-in is asked for and nobody is announced.
    The host's own paths (`/admin`) are not the app's and need no sign-in either.
    """

    def __init__(self, app: ASGIApp, pages: ASGIApp, tokens: Tokens, excluded_paths: tuple[str, ...]) -> None:
        self._app = app
        self._pages = pages
        self._tokens = tokens
        self._excluded = excluded_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = strip_platform_headers(scope["headers"])
        path: str = scope["path"]
        target = self._pages if path.startswith("/.auth/") else self._app
        if target is self._app and not is_reserved(path) and not self._is_excluded(path):
            person = read_person(headers, self._tokens)
            if person is None:
                await _refuse(scope)(scope, receive, send)
                return
            headers = [*headers, *write_principal_headers(person, self._tokens.get_id_token(person))]
        await target({**scope, "headers": headers}, receive, send)

    def _is_excluded(self, path: str) -> bool:
        return any(path == excluded or path.startswith(f"{excluded}/") for excluded in self._excluded)


def read_person(headers: list[Header], tokens: Tokens) -> Person | None:
    """Who the request's session cookie belongs to."""
    text = "; ".join(value.decode("latin-1") for name, value in headers if name.lower() == b"cookie")
    session = cookie_parser(text).get(SESSION_COOKIE)
    return None if session is None else tokens.read_session(session)


def _refuse(scope: Scope) -> Response:
    if scope["method"] not in ("GET", "HEAD"):
        return PlainTextResponse("Sign in first.", 401)
    query: bytes = scope["query_string"]
    wanted = quote(scope["path"] + (f"?{query.decode('latin-1')}" if query else ""), safe="")
    return RedirectResponse(f"{LOGIN_PATH}?post_login_redirect_uri={wanted}", 302)
