"""Which HTTP function answers a path: Azure's route templates, matched as the Functions host does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from local.host.functions import IndexedFunction, with_trigger

# The Functions host keeps these first path segments to itself; no function is ever asked about them.
RESERVED_SEGMENTS = ("admin", "runtime")

_PLACEHOLDER = re.compile(r"^\{(\*{0,2})([A-Za-z_][A-Za-z0-9_]*)(?::[^}]*)?(\?)?\}$")


@dataclass(frozen=True)
class Route:
    """`methods` is empty where the function answers every method."""

    function: IndexedFunction
    template: str
    pattern: re.Pattern[str]
    methods: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, ...]:
        """Smaller is tried first: literal segments before placeholders before a catch-all."""
        return tuple(_rank_segment(segment) for segment in self.template.split("/"))


@dataclass(frozen=True)
class Match:
    function: IndexedFunction
    parameters: dict[str, str]


def create_routes(functions: Iterable[IndexedFunction], prefix: str) -> tuple[Route, ...]:
    """The routes of all HTTP functions, the most specific first."""
    routes = [_create_route(function, prefix) for function in with_trigger(functions, "httpTrigger")]
    return tuple(sorted(routes, key=lambda route: route.rank))


def is_reserved(path: str) -> bool:
    return path.lstrip("/").split("/", 1)[0].lower() in RESERVED_SEGMENTS


def match_route(routes: Iterable[Route], method: str, raw_path: str) -> Match | None:
    """The function that answers; None where the host itself answers 404, as Azure does for a wrong method."""
    path = raw_path.strip("/")
    for route in routes:
        found = route.pattern.fullmatch(path)
        if found is not None and (not route.methods or method.upper() in route.methods):
            values = {name: unquote(value) for name, value in found.groupdict().items() if value is not None}
            return Match(route.function, values)
    return None


def _create_route(function: IndexedFunction, prefix: str) -> Route:
    own = function.trigger.text("route", function.name).strip("/")
    template = "/".join(part for part in (prefix, own) if part)
    methods = tuple(method.upper() for method in function.trigger.texts("methods"))
    return Route(function, template, _compile(template), methods)


def _compile(template: str) -> re.Pattern[str]:
    expression = ""
    for position, segment in enumerate(template.split("/")):
        slash = "/" if position else ""
        placeholder = _PLACEHOLDER.match(segment)
        if placeholder is None:
            expression += slash + re.escape(segment)
        elif placeholder.group(1):
            expression += f"(?:{slash}(?P<{placeholder.group(2)}>.*))?"
        elif placeholder.group(3):
            expression += f"(?:{slash}(?P<{placeholder.group(2)}>[^/]+))?"
        else:
            expression += f"{slash}(?P<{placeholder.group(2)}>[^/]+)"
    return re.compile(expression, re.IGNORECASE)


def _rank_segment(segment: str) -> int:
    placeholder = _PLACEHOLDER.match(segment)
    if placeholder is None:
        return 0
    return 2 if placeholder.group(1) else 1
