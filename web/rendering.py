"""Templates: always escaped, never silent about a name that is missing (S9)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse
from starlette.types import Scope

from web import wording
from web.static_files import StaticFiles

FOLDER = Path(__file__).parent / "templates"


class Renderer:
    """Fills templates, with what the frame of every page needs."""

    def __init__(self, static_files: StaticFiles) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["static"] = static_files.address
        self._environment.filters["count"] = wording.write_count

    def page(self, scope: Scope, template: str, status_code: int = 200, **values: Any) -> HTMLResponse:
        """A page, or a piece of one, for whoever sent the request."""
        principal = scope["state"].get("principal")
        text = self._environment.get_template(template).render(principal=principal, **values)
        return HTMLResponse(text, status_code)
