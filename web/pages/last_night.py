"""The home page: what happened last night, and what needs a person."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from plans.errors import SeatledgerError
from plans.ports import Outside
from web.context import WebContext
from web.errors import RecordsUnreadable
from web.pages.night_view import Moment, make_first_view, make_view
from web.pages.records import NightRecords, NoRecords, RecordReader
from web.rendering import Renderer

LONGEST_READ_SECONDS = 15


class LastNightPage:
    """GET /; with `HX-Request` the part that moves while a night runs."""

    def __init__(self, context: WebContext, renderer: Renderer) -> None:
        self._context = context
        self._renderer = renderer
        self._reader = RecordReader()

    async def show(self, request: Request) -> Response:
        """The page as the records stand now."""
        outside, records = await self._read()
        moment = Moment(self._context.now(), self._context.zone, outside.night_start_hour)
        if isinstance(records, NoRecords):
            return self._renderer.page(request.scope, "first_night.html", view=make_first_view(records, moment))
        needs_page = read_page_number(request, "needs")
        changes_page = read_page_number(request, "changes")
        view = make_view(records, moment, needs_page, changes_page)
        template = "last_night/night.html" if "hx-request" in request.headers else "last_night/page.html"
        response = self._renderer.page(request.scope, template, view=view)
        response.headers["Vary"] = "HX-Request"
        return response

    async def _read(self) -> tuple[Outside, NightRecords | NoRecords]:
        try:
            async with asyncio.timeout(LONGEST_READ_SECONDS):
                outside = await self._context.outside()
                return outside, await self._reader.read(outside)
        except SeatledgerError:
            raise
        except Exception as error:
            raise RecordsUnreadable("The records of the last night cannot be read.") from error


def read_page_number(request: Request, name: str) -> int:
    """A page number of the address; the first where it is none."""
    text = request.query_params.get(name, "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
