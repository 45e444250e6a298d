"""A customer whose tenant Microsoft lists no more: a person confirms that it has left, or keeps it and is asked again.

Nothing is ended before somebody confirms it here (issue 8): until then it goes on being billed as it was.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.alerts.alert import AlertKind, KeptAlert
from plans.alerts.notifications import Mute, MuteScope
from plans.ports import Desk, Outside
from web.actions import keeping
from web.actions.adding import Hand
from web.actions.asking import make_actor
from web.actions.keeping import Kept
from web.actions.noting import note_change
from web.actions.syncing import sync_customers
from web.context import WebContext
from web.forms import read_form
from web.pages.alerts import describe_scope
from web.pages.customer import CustomerPage
from web.pages.customer_keeping import RemovalView, make_removal
from web.pages.customer_settings import CHANGED_ADDITIONS, LONGEST_REASON, MOVED, NO_REASON
from web.pages.customer_view import CustomerRecords
from web.pages.site import Site, open_administration
from web.sheet import Sheet, SheetReader, make_sheet
from web.wording import hide_ids, write_short_day

ASKED_AGAIN = timedelta(days=30)


class GonePage:
    """GET and POST /customers/{customer_id}/gone, and POST /customers/{customer_id}/keep."""

    def __init__(self, site: Site, context: WebContext, customer: CustomerPage) -> None:
        self._site = site
        self._context = context
        self._customer = customer

    async def ask(self, request: Request) -> Response:
        """What confirming it does, and what keeping it does. Nothing changes."""
        return await self._page(request, Sheet())

    async def confirm(self, request: Request) -> Response:
        """It has left: its lines end with the period, and nobody asks Microsoft for it any more."""
        reader = SheetReader(make_sheet(await read_form(request)))
        reason = reader.text("reason", NO_REASON, LONGEST_REASON)
        if reader.troubles:
            return await self._page(request, reader.ended(), status=422)
        records, desk, outside = await self._read(request)
        view = make_removal(records, desk, outside.local_day())
        if await find_alert(outside, desk.customer.id) is None:
            return await self._page(request, reader.sheet, status=409)
        if reader.sheet.one("shown") != view.shown:
            return await self._page(request, reader.sheet, trouble=CHANGED_ADDITIONS, status=409)
        actor = make_actor(request.state.principal, self._site.now(), reason)
        hand = Hand(outside, await open_administration(self._context), request, actor)
        ends = () if view.cannot_end else view.endable
        if ends and await keeping.end_lines(hand, desk, ends) is Kept.MOVED:
            return await self._page(request, reader.sheet, trouble=MOVED, status=409)
        if await keeping.confirm_gone(hand, desk.customer) is Kept.MOVED:
            return await self._page(request, reader.sheet, trouble=MOVED, status=409)
        self._site.shelf.forget()
        going = await sync_customers(outside, await self._context.run_requests(), [desk.customer.id], actor)
        target = f"{records.path}/history" if going is None else f"/runs/{going.run_id}/asked"
        return RedirectResponse(target, status_code=303)

    async def keep(self, request: Request) -> Response:
        """It stays: it is billed as before, and the question comes back after a while."""
        reader = SheetReader(make_sheet(await read_form(request)))
        reason = reader.text("reason", NO_REASON, LONGEST_REASON)
        if reader.troubles:
            return await self._page(request, reader.ended(), status=422)
        outside = await self._context.outside()
        kept = await find_alert(outside, request.path_params["customer_id"])
        if kept is None:
            return await self._page(request, reader.sheet, status=409)
        actor = make_actor(request.state.principal, self._site.now(), reason)
        mute = Mute(
            scope=MuteScope.ALERT,
            about=describe_scope(MuteScope.ALERT, kept.alert),
            reason=reason,
            muted_by=actor.name,
            muted_at=actor.at,
            until=outside.local_day() + ASKED_AGAIN,
            alert_id=kept.id,
            tenant_id=kept.alert.tenant_id,
        )
        await outside.alerts.save_mute(mute)
        administration = await open_administration(self._context)
        sentence = f"{actor.name} keeps {kept.alert.customer_name}, which Microsoft lists no more: {reason}"
        subject = f"customer/{kept.alert.customer_id}"
        await note_change(administration.audit, request, actor, subject, sentence, before=None, after=mute)
        return RedirectResponse("/alerts?told=muted", status_code=303)

    async def _read(self, request: Request) -> tuple[CustomerRecords, Desk, Outside]:
        records = await self._customer.read_records(request)
        customer_id = records.overview.customer.id
        outside, desk = await self._site.load(lambda outside: outside.books.read_desk(customer_id))
        if desk is None:
            raise HTTPException(404)
        return records, desk, outside

    async def _page(self, request: Request, sheet: Sheet, *, trouble: str = "", status: int = 200) -> Response:
        records, desk, outside = await self._read(request)
        kept = await find_alert(outside, desk.customer.id)
        view = make_removal(records, desk, outside.local_day())
        page = self._site.page(
            request,
            "customer/gone.html",
            name=records.name,
            path=records.path,
            is_asked=kept is not None,
            sentence="" if kept is None else hide_ids(kept.alert.sentence, kept.alert.tenant_id),
            since="" if kept is None else write_short_day(kept.first_seen.astimezone(outside.zone).date()),
            view=view,
            button=name_button(view),
            sheet=sheet,
            trouble=trouble,
        )
        page.status_code = status
        return page


async def find_alert(outside: Outside, customer_id: str) -> KeptAlert | None:
    """The question that stands about a customer; None where nobody asks."""
    standing = await outside.alerts.list_standing()
    removed = (kept for kept in standing if kept.alert.kind is AlertKind.TENANT_REMOVED)
    return next((kept for kept in removed if kept.alert.customer_id == customer_id), None)


def name_button(view: RemovalView) -> str:
    """What confirming does."""
    count = 0 if view.cannot_end else len(view.endable)
    if not count:
        return "It has left: read it no more"
    return f"It has left: end {count} {'licence' if count == 1 else 'licences'} with the period"
