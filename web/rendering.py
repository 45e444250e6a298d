"""Templates: always escaped, never silent about a name that is missing (S9)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.types import Scope

from web import wording
from web.glossary import GLOSSARY, explain
from web.pages.names import write_approvals_address
from web.security.permissions import Permission, is_allowed
from web.static_files import StaticFiles

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
FOLDER = Path(__file__).parent / "templates"


@cache
def load_templates() -> Environment:
    """The templates, compiled once per process however many event loops it has."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=make_harmless,
    )
    environment.filters["count"] = wording.write_count
    environment.filters["isolate"] = wording.isolate
    environment.filters["for_reader"] = wording.write_for_reader
    environment.globals["glossary"] = GLOSSARY
    environment.filters["explain"] = explain
    environment.globals["approvals_address"] = write_approvals_address
    return environment


def make_harmless(value: object) -> object:
    """What a template prints, without the characters that no browser may be sent (lines and tabs stay), and with every
    mark of direction closed, and with changes of numbers that no name turns round."""
    # Markup, which macros make, is made of what has been here already.
    if type(value) is not str:
        return value
    return wording.keep_changes(wording.close_marks(UNPRINTABLE.sub(" ", value)))


@dataclass(frozen=True, slots=True)
class Ticking:
    """Whether the address asks for a page with all its boxes ticked, and the addresses that ask for all and for none;
    both are empty where the page answers a form."""

    is_all: bool
    all: str
    none: str


def read_ticking(scope: Scope) -> Ticking:
    """What the address says about boxes."""
    pairs = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    others = [(name, value) for name, value in pairs if name != "tick"]
    if scope.get("method") != "GET":
        return Ticking(is_all=False, all="", none="")
    path = quote(scope["path"])
    return Ticking(
        is_all=("tick", "all") in pairs,
        all=f"{path}?{urlencode([*others, ('tick', 'all')])}",
        none=f"{path}?{urlencode(others)}" if others else path,
    )


class Renderer:
    """Fills templates, with what the frame of every page needs."""

    def __init__(self, static_files: StaticFiles) -> None:
        self._static_address = static_files.address

    def page(self, scope: Scope, template: str, status_code: int = 200, **values: Any) -> HTMLResponse:
        """A page, or a piece of one, for whoever sent the request."""
        principal = scope["state"].get("principal")
        found = load_templates().get_template(template)
        is_reader = principal is None or not is_allowed(principal, Permission.OPERATE)
        frame = {"principal": principal, "is_reader": is_reader, "static": self._static_address}
        text = found.render(**frame, ticking=read_ticking(scope), **values)
        return HTMLResponse(text, status_code)


class Undrawn(HTMLResponse):
    """A page that nobody draws: what it would show, for whoever does not ask for a page."""

    def __init__(self, status_code: int, values: dict[str, Any]) -> None:
        super().__init__("", status_code)
        self.values = values


class ValuesOnly(Renderer):
    """Fills no template: `/api/v1` says in JSON what the page would have shown."""

    def __init__(self) -> None:
        """It needs nothing that a page refers to."""

    def page(self, scope: Scope, template: str, status_code: int = 200, **values: Any) -> HTMLResponse:
        """What the page would show."""
        return Undrawn(status_code, values)
