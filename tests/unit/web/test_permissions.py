"""One table says who may do what, and a route without an entry does not start (S2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from plans.asking import AskedRun
from plans.errors import Bug
from plans.tokens import TokenRole
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import NOW, SIGN_IN, World, fetch_test_keys, sign_in_headers
from tests.unit.web.token_fakes import make_text, make_token, token_headers
from tests.unit.web.watching import read_configuration
from web.application import create_application
from web.errors import ErrorBarrier, ErrorPages
from web.rendering import Renderer
from web.security.gate import Gate
from web.security.keys import SignInKeys
from web.security.permissions import (
    PERMISSIONS,
    ROLE_PERMISSIONS,
    Permission,
    PermissionTable,
    check_every_route_has_permission,
    list_route_keys,
)
from web.security.scripts import ScriptSignIn
from web.security.sign_in import Role
from web.static_files import StaticFiles

ASKED = AskedRun(f"{nights.NIGHT}-001", ("customer-0",), "Ada Administrator", NOW)
PATHS = {path: path.replace("{customer_id}", "customer-0").replace("{run_id}", nights.NIGHT) for _, path in PERMISSIONS}
PATHS |= {"/static/{digest}/{name:path}": "/static/any/favicon.svg"}
PATHS |= {"/runs/{run_id}/asked": f"/runs/{ASKED.run_id}/asked"}
EVERY_LEVEL: PermissionTable = {
    ("GET", "/public"): Permission.PUBLIC,
    ("GET", "/look"): Permission.LOOK,
    ("POST", "/operate"): Permission.OPERATE,
    ("POST", "/administer"): Permission.ADMINISTER,
}
PAST_THE_GATE = (200, 303, 400, 404, 415)
OURS = {"Sec-Fetch-Site": "same-origin"}
EXPIRED = make_token(3, "Old script", TokenRole.OPERATOR, timedelta(days=1))
REVOKED = make_token(4, "Lost script", TokenRole.OPERATOR).revoke("Ada", NOW)

type Caller = Role | TokenRole | str | None
CALLERS: tuple[Caller, ...] = (*Role, None, "anonymous", *TokenRole, "expired", "revoked", "forged")


def make_headers(role: Caller) -> dict[str, str]:
    match role:
        case "anonymous":
            return {}
        case TokenRole():
            return token_headers(role)
        case "expired" | "revoked":
            return {"X-Seatledger-Token": make_text(3 if role == "expired" else 4)}
        case "forged":
            return {"X-Seatledger-Token": make_text(2)[:-1] + "x"}
        case _:
            return sign_in_headers([role] if role else ["Somebody"])


def expected_status_of_route(method: str, template: str, role: Caller) -> int:
    """A token opens the API and nothing else; a sign-in opens everything else and not the API."""
    permission, is_api = PERMISSIONS[method, template], template.startswith("/api/v1/")
    if permission is Permission.PUBLIC:
        return 200
    if isinstance(role, TokenRole) and is_api:
        return 200 if permission in ROLE_PERMISSIONS[Role(role.title())] else 403
    if is_api:
        return 401
    return expected_status(permission, role if isinstance(role, Role) or role is None else "anonymous", method)


def expected_status(permission: Permission, role: Role | str | None, method: str) -> int:
    if permission is Permission.PUBLIC:
        return 200
    if role == "anonymous":
        return 302 if method == "GET" else 401
    return 200 if isinstance(role, Role) and permission in ROLE_PERMISSIONS[role] else 403


def list_open_to(caller: Caller, method: str) -> list[str]:
    """The routes that answer somebody to this method."""
    return [
        template
        for each, template in sorted(PERMISSIONS)
        if each == method and expected_status_of_route(method, template, caller) == 200
    ]


def test_a_route_is_a_page_or_a_form() -> None:
    assert {method for method, _ in PERMISSIONS} == {"GET", "POST"}


def test_every_route_has_an_entry_and_a_path_in_this_test() -> None:
    keys = list_route_keys(create_application(World().context()).routes)
    assert set(keys) == set(PERMISSIONS)
    assert {path for _, path in keys} == set(PATHS)


@pytest.mark.parametrize("caller", CALLERS)
async def test_every_route_keeps_out_whoever_may_not(caller: Caller, browse: Open) -> None:
    """People by their sign-in, scripts by their token; each of them with a browser's word that it is our own page."""
    world = make_world()
    before = read_configuration(world)
    async with browse(world) as client:
        for method, template in sorted(PERMISSIONS):
            expected = expected_status_of_route(method, template, caller)
            if expected != 200:
                answer = await client.request(method, PATHS[template], headers=make_headers(caller) | OURS)
                assert (method, template, answer.status_code) == (method, template, expected)
    assert read_configuration(world) == before


@pytest.mark.parametrize("caller", CALLERS)
async def test_every_page_lets_in_whoever_may(caller: Caller, browse: Open) -> None:
    """Whoever may gets past the gate; behind it is perhaps nothing with this name."""
    async with browse(make_world()) as client:
        for template in list_open_to(caller, "GET"):
            answer = await client.get(PATHS[template], headers=make_headers(caller) | OURS)
            is_page = "{" not in PATHS[template] and not template.endswith("/callback")
            assert answer.status_code in ((200,) if is_page else PAST_THE_GATE), template
            assert "x-correlation-id" in answer.headers, template


@pytest.mark.parametrize(
    ("caller", "template"), [(caller, template) for caller in CALLERS for template in list_open_to(caller, "POST")]
)
async def test_every_form_lets_in_whoever_may(caller: Caller, template: str, browse: Open) -> None:
    """Whoever may gets past the gate of a world that nobody touched; behind it is a form without its fields."""
    async with browse(make_world()) as client:
        answer = await client.post(PATHS[template], headers=make_headers(caller) | OURS)
    assert answer.status_code in PAST_THE_GATE
    assert "x-correlation-id" in answer.headers


def make_world() -> World:
    world = nights.typical_world()
    world.tokens.tokens |= {each.id: each for each in (EXPIRED, REVOKED)}
    world.requests.reserved = [ASKED]
    return world


@pytest.mark.parametrize(("method", "path"), sorted(EVERY_LEVEL))
@pytest.mark.parametrize("role", [*Role, None, "anonymous"])
async def test_every_level_of_permission(method: str, path: str, role: Role | str | None, browse: Open) -> None:
    headers = {} if role == "anonymous" else sign_in_headers([role] if role else [])
    async with browse(make_small_app()) as client:
        answer = await client.request(method, path, headers=headers)
    assert answer.status_code == expected_status(EVERY_LEVEL[method, path], role, method)


def make_small_app() -> ErrorBarrier:
    async def say(request: Request) -> Response:
        return PlainTextResponse("done")

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for method, path in EVERY_LEVEL:
        app.add_route(path, say, methods=[method])
    errors = ErrorPages(Renderer(StaticFiles()))
    keys = SignInKeys(fetch_test_keys, World().context().now)
    scripts = ScriptSignIn(World().tokens.open, World().context().now)
    return ErrorBarrier(Gate(app, app.routes, EVERY_LEVEL, SIGN_IN, keys, scripts, errors), errors)


async def test_a_stranger_does_not_learn_which_pages_exist(browse: Open) -> None:
    async with browse(World()) as client:
        stranger = await client.get("/no-such-page")
        known = await client.get("/no-such-page", headers=sign_in_headers())
        docs = [await client.get(path, headers=sign_in_headers()) for path in ("/docs", "/redoc", "/openapi.json")]
    assert stranger.status_code == 302
    assert known.status_code == 404
    assert [answer.status_code for answer in docs] == [404, 404, 404]


async def test_another_method_is_refused_and_head_is_like_get(browse: Open) -> None:
    async with browse(nights.quiet_world()) as client:
        post = await client.post("/", headers=sign_in_headers() | OURS)
        head = await client.head("/", headers=sign_in_headers())
        stranger = await client.head("/")
    assert (post.status_code, head.status_code, stranger.status_code) == (405, 200, 302)


def test_a_route_without_an_entry_does_not_start() -> None:
    app = create_application(World().context())
    app.add_route("/forgotten", lambda request: Response(), methods=["POST"])
    with pytest.raises(Bug, match="forgotten"):
        check_every_route_has_permission(app.routes, PERMISSIONS)


def test_an_entry_without_a_route_does_not_start() -> None:
    with pytest.raises(Bug, match="do not exist"):
        check_every_route_has_permission([], PERMISSIONS)


def test_a_mounted_app_does_not_start() -> None:
    app = create_application(World().context())
    app.mount("/more", FastAPI())
    with pytest.raises(Bug, match="plain route"):
        check_every_route_has_permission(app.routes, PERMISSIONS)


def test_roles_give_more_from_reader_to_administrator() -> None:
    reader, operator, administrator = (
        ROLE_PERMISSIONS[role] for role in (Role.READER, Role.OPERATOR, Role.ADMINISTRATOR)
    )
    assert reader < operator < administrator
    assert isinstance(create_application(World().context()).routes[0], Route)
