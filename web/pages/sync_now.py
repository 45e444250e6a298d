"""Sync now, for one customer or several, and the page that waits for the run to begin."""

from __future__ import annotations

from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.asking import AskedRun
from plans.ports import Outside
from plans.runs import day_of_run
from web.actions.asking import make_actor
from web.actions.syncing import LONGEST_START, MOST_SYNCED, sync_customers
from web.context import WebContext
from web.forms import read_form
from web.pages.customers import CustomersPage
from web.pages.names import is_run_id, name_run
from web.pages.site import Site
from web.pages.standing import Standing
from web.wording import write_number_of

NOT_STARTED = "notstarted"
NOTHING = "nothing"


class SyncPage:
    """POST /customers/sync and /customers/{customer_id}/sync, and GET /runs/{run_id}/asked."""

    def __init__(self, site: Site, context: WebContext, customers: CustomersPage) -> None:
        self._site = site
        self._context = context
        self._customers = customers

    async def sync_one(self, request: Request) -> Response:
        """Read, plan and, where it is live, write one customer now."""
        customer_id = request.path_params["customer_id"]
        outside = await self._context.outside()
        if await outside.books.read_customer(customer_id) is None:
            raise HTTPException(404)
        return await self._sync(request, outside, [customer_id], f"/customers/{quote(customer_id, safe='')}")

    async def sync_many(self, request: Request) -> Response:
        """The same for those that are ticked, or for all that no run could read so far: as many as one run takes."""
        form = await read_form(request)
        outside = await self._context.outside()
        known = {customer.id for customer in await outside.books.list_customers()}
        if form.one("which") == "unread":
            directory = await self._customers.read()
            chosen = [row.customer_id for row in directory.rows if row.standing in (Standing.NEW, Standing.UNKNOWN)]
        else:
            chosen = form.all("customer")
        wanted = [each for each in dict.fromkeys(chosen) if each in known][:MOST_SYNCED]
        if not wanted:
            return RedirectResponse(f"/customers?told={NOTHING}", status_code=303)
        return await self._sync(request, outside, wanted, "/customers")

    async def _sync(self, request: Request, outside: Outside, customer_ids: list[str], back: str) -> Response:
        actor = make_actor(request.state.principal, self._site.now(), "")
        going = await sync_customers(outside, await self._context.run_requests(), customer_ids, actor)
        if going is None:
            return RedirectResponse(f"{back}?told={NOT_STARTED}", status_code=303)
        joined = "?joined=yes" if going.is_joined else ""
        return RedirectResponse(f"/runs/{going.run_id}/asked{joined}", status_code=303)

    async def show_asked(self, request: Request) -> Response:
        """The run, once it has begun; until then that it was asked for."""
        run_id = request.path_params["run_id"]
        if not is_run_id(run_id):
            raise HTTPException(404)
        requests = await self._context.run_requests()
        _, run = await self._site.load(lambda outside: outside.runs.read_run(run_id))
        if run is not None:
            is_piece = request.headers.get("HX-Request") == "true"
            address = f"/runs/{run_id}"
            return (
                Response(headers={"HX-Redirect": address}) if is_piece else RedirectResponse(address, status_code=303)
            )
        day = day_of_run(run_id)
        asked = next((each for each in await requests.list_asked(day) if each.run_id == run_id), None)
        if asked is None:
            raise HTTPException(404)
        return self._site.page(
            request,
            "run/asked.html",
            name=name_run(run_id),
            path=f"/runs/{run_id}/asked",
            sentence=describe(asked, is_joined=bool(request.query_params.get("joined"))),
            is_late=self._site.now() - asked.asked_at > LONGEST_START,
        )


def describe(asked: AskedRun, *, is_joined: bool) -> str:
    """What the run will do, and that somebody else asked first where that is so."""
    about = write_number_of(len(asked.customer_ids), "customer")
    first = f"{asked.asked_by} asked for it a moment ago, and you see the same run. " if is_joined else ""
    return (
        f"{first}It reads the licences and agreements of {about} now, plans, and writes what is allowed; an observed "
        "customer is only planned."
    )
