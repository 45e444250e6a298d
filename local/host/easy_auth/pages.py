"""Everything under `/.auth/`: signing in and out, who am I, and the keys that verify ID tokens."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from local.host.easy_auth.gate import LOGIN_PATH, SESSION_COOKIE, read_person
from local.host.easy_auth.people import PEOPLE, find_person
from local.host.easy_auth.principal import list_claims
from local.host.easy_auth.sign_in_page import render_sign_in_page
from local.host.easy_auth.signing_key import SigningKey
from local.host.easy_auth.tokens import SESSION_LIFETIME, Tokens

ISSUER_PATH = "/.auth/local"
KEYS_PATH = f"{ISSUER_PATH}/keys"


class Pages:
    def __init__(self, tokens: Tokens, key: SigningKey) -> None:
        self._tokens = tokens
        self._key = key

    def create_app(self) -> Starlette:
        return Starlette(
            routes=[
                Route(LOGIN_PATH, self._show_sign_in, methods=["GET"]),
                Route(LOGIN_PATH, self._sign_in, methods=["POST"]),
                Route("/.auth/logout", self._sign_out, methods=["GET"]),
                Route("/.auth/me", self._show_me, methods=["GET"]),
                Route("/.auth/refresh", self._refresh, methods=["GET"]),
                Route(f"{ISSUER_PATH}/.well-known/openid-configuration", self._show_configuration),
                Route(KEYS_PATH, self._show_keys),
            ]
        )

    async def _show_sign_in(self, request: Request) -> Response:
        target = keep_local(request.query_params.get("post_login_redirect_uri", ""))
        return HTMLResponse(render_sign_in_page(PEOPLE, target), headers={"cache-control": "no-store"})

    async def _sign_in(self, request: Request) -> Response:
        form = await request.form()
        person = find_person(str(form.get("person", "")))
        if person is None:
            return PlainTextResponse("There is nobody of that name here.", 400)
        response = RedirectResponse(keep_local(str(form.get("post_login_redirect_uri", ""))), 303)
        response.set_cookie(
            SESSION_COOKIE,
            self._tokens.write_session(person),
            max_age=int(SESSION_LIFETIME.total_seconds()),
            httponly=True,
            samesite="lax",
        )
        return response

    async def _sign_out(self, request: Request) -> Response:
        target = keep_local(request.query_params.get("post_logout_redirect_uri", LOGIN_PATH))
        response = RedirectResponse(target, 302)
        response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
        return response

    async def _show_me(self, request: Request) -> Response:
        person = read_person(request.scope["headers"], self._tokens)
        if person is None:
            return PlainTextResponse("Nobody is signed in.", 401)
        token = self._tokens.get_id_token(person)
        about = {
            "provider_name": "aad",
            "user_id": person.user_name,
            "id_token": token.text,
            "expires_on": token.expires_at.isoformat(),
            "user_claims": list_claims(token),
        }
        return JSONResponse([about], headers={"cache-control": "no-store"})

    async def _refresh(self, request: Request) -> Response:
        is_signed_in = read_person(request.scope["headers"], self._tokens) is not None
        return Response(status_code=200 if is_signed_in else 401)

    async def _show_configuration(self, request: Request) -> Response:
        base = self._tokens.issuer.removesuffix(ISSUER_PATH)
        return JSONResponse(
            {
                "issuer": self._tokens.issuer,
                "jwks_uri": f"{base}{KEYS_PATH}",
                "authorization_endpoint": f"{base}{LOGIN_PATH}",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _show_keys(self, request: Request) -> Response:
        return JSONResponse(self._key.as_jwks())


def keep_local(target: str) -> str:
    """`target` where it is a path on this site, else the front page."""
    is_path = target.startswith("/") and not target.startswith("//")
    is_clean = "\\" not in target and target.isprintable()
    return target if is_path and is_clean else "/"
