"""The home page: what happened last night, and what needs a person."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from web.pages.listing import read_number
from web.pages.night_view import Moment, make_first_view, make_view
from web.pages.records import NoRecords
from web.pages.site import Site


class LastNightPage:
    """GET /; with `HX-Request` the part that moves while a night runs."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """The page as the records stand now."""
        outside, records = await self._site.load(self._site.records.read)
        moment = Moment(self._site.now(), self._site.zone, outside.night_start_hour, self._site.currency)
        if isinstance(records, NoRecords):
            return self._site.page(request, "first_night.html", view=make_first_view(records, moment))
        needs_page = read_number(request.query_params.get("needs", ""))
        changes_page = read_number(request.query_params.get("changes", ""))
        view = make_view(records, moment, needs_page, changes_page)
        template = "last_night/night.html" if "hx-request" in request.headers else "last_night/page.html"
        response = self._site.page(request, template, view=view)
        response.headers["Vary"] = "HX-Request"
        return response
