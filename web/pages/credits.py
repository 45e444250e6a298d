"""Credit proposals: money that only a person can give back, ticked off with who, when and on which invoice."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from web.actions.asking import make_actor
from web.actions.settling import tick_off
from web.csv_files import make_csv
from web.forms import read_form
from web.pages import credit_list
from web.pages.approval_list import make_tabs
from web.pages.approvals import Trouble, may_operate
from web.pages.listing import Ask, read_ask
from web.pages.site import Site
from web.wording import clean

PATH = "/approvals/credits"
LONGEST_NUMBER = 60
NO_NUMBER = "Name the invoice or credit note, or write “not given back”."
SENTENCES = {
    "new": "Ticked off. It stands below with your name and the invoice.",
    "before": "Somebody had ticked this off before; it stays as it was.",
    "gone": "There is no such credit proposal any more.",
}


class CreditsPage:
    """GET /approvals/credits, its CSV, and POST /approvals/credits/settle."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """What waits, then what is ticked off."""
        return await self._page(request, self._ask(request))

    async def download(self, request: Request) -> Response:
        """The same rows, all of them."""
        _, proposals = await self._site.load(lambda outside: outside.open_items.list_proposals())
        zone = self._site.zone
        header = [each.replace("{zone}", zone.key) for each in credit_list.CSV_HEADER]
        chosen = credit_list.select(proposals, self._ask(request))
        return make_csv("credits.csv", header, credit_list.make_csv_rows(chosen, zone))

    async def settle(self, request: Request) -> Response:
        """Tick one off."""
        form, ask = await read_form(request), self._ask(request)
        number, proposal_id = clean(form.one("invoice")[:LONGEST_NUMBER]), form.one("proposal")
        if not number:
            return await self._page(request, ask, Trouble(NO_NUMBER, proposal_id))
        actor = make_actor(request.state.principal, self._site.now(), "")
        _, ended = await self._site.load(lambda outside: tick_off(outside, proposal_id, number, actor))
        told = "gone" if ended is None else "new" if ended.is_new else "before"
        mark = "&" if ask.query else "?"
        return RedirectResponse(f"{ask.address}{mark}{urlencode({'told': told})}", status_code=303)

    def _ask(self, request: Request) -> Ask:
        return read_ask(request, PATH, [sorter.name for sorter in credit_list.SORTERS])

    async def _page(self, request: Request, ask: Ask, trouble: Trouble | None = None) -> Response:
        _, proposals = await self._site.load(lambda outside: outside.open_items.list_proposals())
        page = self._site.page(
            request,
            "approvals/credits.html",
            view=credit_list.make_list(proposals, ask, self._site.zone, self._site.currency),
            tabs_shown=make_tabs(PATH),
            told=SENTENCES.get(request.query_params.get("told", ""), ""),
            trouble=trouble,
            may_decide=may_operate(request),
            query=ask.query,
        )
        page.status_code = 200 if trouble is None else 422
        return page
