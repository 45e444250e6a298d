"""Which function answers a path."""

from __future__ import annotations

import pytest

from local.host.functions import Binding, IndexedFunction
from local.host.http_routes import create_routes, is_reserved, match_route


def create_function(name: str, route: str | None, methods: tuple[str, ...] = ()) -> IndexedFunction:
    settings: dict[str, object] = {"route": route, "methods": list(methods)}
    return IndexedFunction(name, name, (Binding("req", "httpTrigger", "in", settings),))


FUNCTIONS = (
    create_function("everything", "{*path}"),
    create_function("item", "items/{id:int}"),
    create_function("newest", "items/newest"),
    create_function("create", "items", ("POST",)),
)


@pytest.mark.parametrize(
    ("method", "path", "name", "parameters"),
    [
        ("GET", "/", "everything", {"path": ""}),
        ("GET", "/a/b%20c", "everything", {"path": "a/b c"}),
        ("GET", "/items/7", "item", {"id": "7"}),
        ("GET", "/Items/Newest", "newest", {}),
        ("POST", "/items", "create", {}),
        ("GET", "/items", "everything", {"path": "items"}),
    ],
)
def test_most_specific_route_wins(method: str, path: str, name: str, parameters: dict[str, str]) -> None:
    match = match_route(create_routes(FUNCTIONS, ""), method, path)
    assert match is not None
    assert (match.function.name, match.parameters) == (name, parameters)


def test_prefix_comes_before_every_route_and_the_name_stands_in_for_a_missing_one() -> None:
    routes = create_routes([create_function("health", None)], "api")
    assert match_route(routes, "GET", "/api/health") is not None
    assert match_route(routes, "GET", "/health") is None


@pytest.mark.parametrize("path", ["/admin", "/Admin/x", "//runtime/webhooks"])
def test_reserved_paths(path: str) -> None:
    assert is_reserved(path)
    assert not is_reserved("/administrators")
