"""The home page: what happened last night, and what needs a person."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from web.context import WebContext
from web.pages.checklist import make_checklist
from web.pages.listing import read_number
from web.pages.night_view import Moment, make_first_view, make_view
from web.pages.records import NoRecords
from web.pages.set_up import SetUpReader, choose_next
from web.pages.site import Site
from web.security.permissions import Permission, is_allowed


class LastNightPage:
    """GET /; with `HX-Request` the part that moves while a night runs."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._set_up = SetUpReader(site, context)

    async def show(self, request: Request) -> Response:
        """The page as the records stand now."""
        outside, records = await self._site.load(self._site.records.read)
        set_up = await self._set_up.read()
        if set_up is not None and isinstance(records, NoRecords):
            next_step = choose_next(set_up, request)
            return self._site.page(
                request,
                "last_night/checklist.html",
                view=make_checklist(set_up),
                next_step=next_step,
                may_administer=is_allowed(request.state.principal, Permission.ADMINISTER),
            )
        moment = Moment(self._site.now(), self._site.zone, outside.night_start_hour, self._site.currency)
        if isinstance(records, NoRecords):
            return self._site.page(request, "first_night.html", view=make_first_view(records, moment))
        needs_page = read_number(request.query_params.get("needs", ""))
        changes_page = read_number(request.query_params.get("changes", ""))
        view = make_view(records, moment, needs_page, changes_page)
        next_step = choose_next(set_up, request)
        template = "last_night/night.html" if "hx-request" in request.headers else "last_night/page.html"
        response = self._site.page(request, template, view=view, next_step=next_step)
        response.headers["Vary"] = "HX-Request"
        return response
