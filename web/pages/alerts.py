"""The inbox of alerts, and muting: what needs a person, and what nobody wants to hear of for a while."""

from __future__ import annotations

import re
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from notify.addresses import write_target
from notify.licence_names import name_licence
from notify.links import read_link
from plans.alerts.alert import Alert, KeptAlert
from plans.alerts.kinds import KINDS
from plans.alerts.notifications import Mute, MuteScope, find_offered_scopes
from plans.ports import Outside
from web.actions.asking import make_actor
from web.actions.noting import note_change
from web.context import WebContext
from web.csv_files import make_csv
from web.forms import read_form
from web.pages import alert_list
from web.pages.alert_list import Inbox
from web.pages.listing import Ask, read_ask
from web.pages.mute_list import make_mutes_view
from web.pages.site import Site, open_administration
from web.security.permissions import Permission, is_allowed
from web.sheet import Sheet, SheetReader, make_sheet
from web.wording import hide_ids, name_customer

PATH = "/alerts"
MUTED_PATH = "/alerts/muted"
LONGEST_REASON = 300
LONGEST_MUTE = timedelta(days=3 * 366)
NO_REASON = "Say why: it stands beside what is muted from now on."
NO_DAY = "Choose until when, or type a day such as 2026-12-31."
TWO_ENDS = "“{}” is chosen above, and a day is typed here. Choose “Until a day”, or leave this empty."
LINK_ENDED = "This link has ended, or Seatledger has not made it. Open the alert in the list and mute it there."
SOLVED = "This is solved, or it was never there: nothing is to be muted."
ALERT_ID = re.compile(r"[a-z0-9_-]+")
DAYS = {"30": "For 30 days", "90": "For 90 days", "never": "For good", "day": "Until a day"}
TOLD = {
    "muted": "Muted. Mails leave it out from now on; here it stands under Muted.",
    "heard": "It is told again from now on.",
}


class AlertsPage:
    """GET /alerts and its CSV, GET and POST /alerts/mute, GET /alerts/muted, POST /alerts/unmute."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def show(self, request: Request) -> Response:
        """What needs a person."""
        _, inbox = await self._site.load(read_inbox)
        return self._site.page(
            request,
            "alerts/inbox.html",
            view=alert_list.make_view(inbox, self._ask(request), self._site.zone, self._site.currency),
            told=TOLD.get(request.query_params.get("told", ""), ""),
            may_operate=is_allowed(request.state.principal, Permission.OPERATE),
        )

    async def download(self, request: Request) -> Response:
        """The same rows, all of them."""
        _, inbox = await self._site.load(read_inbox)
        chosen = alert_list.select(inbox, self._ask(request))
        return make_csv(
            "alerts.csv", alert_list.CSV_HEADER, alert_list.make_csv_rows(chosen, inbox.mute_of, self._site.zone)
        )

    def _ask(self, request: Request) -> Ask:
        return read_ask(request, PATH, [sorter.name for sorter in alert_list.SORTERS])

    async def ask_mute(self, request: Request) -> Response:
        """What is to be muted; by a link of a mail, or from the list. Nothing changes."""
        alert_id = request.query_params.get("alert", "")
        token = request.query_params.get("link", "")
        if token:
            administration = await open_administration(self._context)
            link = read_link(await administration.read_link_key(), token, self._site.now())
            if link is None:
                return self._mute_page(request, None, Sheet(), trouble=LINK_ENDED, status=410)
            alert_id = link.alert_id
        _, kept = await self._site.load(lambda outside: read_alert(outside, alert_id))
        if kept is None:
            return self._nothing_page(request, alert_id)
        return self._mute_page(request, kept, Sheet({"scope": (MuteScope.ALERT.value,), "until": ("30",)}))

    async def mute(self, request: Request) -> Response:
        """Leave it out of mails until then."""
        reader = SheetReader(make_sheet(await read_form(request)))
        alert_id = reader.text("alert")
        outside, kept = await self._site.load(lambda outside: read_alert(outside, alert_id))
        if kept is None:
            return self._nothing_page(request, alert_id)
        offered = {scope.value: scope for scope in find_offered_scopes(kept.alert)}
        scope = reader.choice("scope", offered, "Choose how much is muted.")
        reason = reader.text("reason", NO_REASON, LONGEST_REASON)
        until = read_until(reader, outside.local_day())
        if reader.troubles or scope is None:
            return self._mute_page(request, kept, reader.ended(), status=422)
        actor = make_actor(request.state.principal, self._site.now(), reason)
        mute = Mute(
            scope=scope,
            about=describe_scope(scope, kept.alert),
            reason=reason,
            muted_by=actor.name,
            muted_at=actor.at,
            until=until,
            alert_id=kept.id,
            customer_id=kept.alert.customer_id,
            tenant_id=kept.alert.tenant_id,
            sku_id=kept.alert.sku_id,
            weight=kept.alert.weight if scope is MuteScope.ALERT else None,
        )
        before = next((each for each in await outside.alerts.list_mutes() if each.id == mute.id), None)
        await outside.alerts.save_mute(mute)
        await self._note(request, mute, f"muted {mute.about}: {reason}", before, mute)
        return RedirectResponse(f"{PATH}?told=muted", status_code=303)

    async def show_muted(self, request: Request) -> Response:
        """What is muted, by whom, why and until when."""
        outside, mutes = await self._site.load(lambda outside: outside.alerts.list_mutes())
        ask = read_ask(request, MUTED_PATH)
        return self._site.page(
            request,
            "alerts/muted.html",
            view=make_mutes_view(mutes, ask, outside.local_day(), self._site.zone),
            told=TOLD.get(request.query_params.get("told", ""), ""),
            may_operate=is_allowed(request.state.principal, Permission.OPERATE),
        )

    async def unmute(self, request: Request) -> Response:
        """Tell it again; where it is told already, nothing more happens."""
        form = await read_form(request)
        outside, mutes = await self._site.load(lambda outside: outside.alerts.list_mutes())
        found = next((each for each in mutes if each.id == form.one("mute")), None)
        if found is not None:
            await outside.alerts.remove_mute(found)
            await self._note(request, found, f"wants to hear of {found.about} again", found, None)
        return RedirectResponse(f"{MUTED_PATH}?told=heard", status_code=303)

    async def _note(self, request: Request, mute: Mute, what: str, before: Mute | None, after: Mute | None) -> None:
        actor = make_actor(request.state.principal, self._site.now(), mute.reason)
        administration = await open_administration(self._context)
        sentence = f"{actor.name} {what}"
        await note_change(administration.audit, request, actor, f"mute/{mute.id}", sentence, before=before, after=after)

    def _nothing_page(self, request: Request, alert_id: str) -> Response:
        """That nothing is to be muted: it is solved, or no alert ever had such an id."""
        status = 404 if alert_id and not ALERT_ID.fullmatch(alert_id) else 200
        return self._mute_page(request, None, Sheet(), trouble=SOLVED, status=status)

    def _mute_page(
        self, request: Request, kept: KeptAlert | None, sheet: Sheet, *, trouble: str = "", status: int = 200
    ) -> Response:
        alert = None if kept is None else kept.alert
        page = self._site.page(
            request,
            "alerts/mute.html",
            alert_id="" if kept is None else kept.id,
            about="" if alert is None else describe_scope(MuteScope.ALERT, alert),
            sentence="" if alert is None else hide_ids(alert.sentence, alert.tenant_id),
            scopes=[] if alert is None else list_scopes(alert),
            days=list(DAYS.items()),
            sheet=sheet,
            trouble=trouble,
            step="" if alert is None else alert.step,
            address="" if alert is None else write_target(alert),
            may_operate=is_allowed(request.state.principal, Permission.OPERATE),
        )
        page.status_code = status
        return page


async def read_alert(outside: Outside, alert_id: str) -> KeptAlert | None:
    """The alert that stands; None where none does, or none ever has such an id."""
    return await outside.alerts.read(alert_id) if ALERT_ID.fullmatch(alert_id) else None


async def read_inbox(outside: Outside) -> Inbox:
    """Every alert, with the mutes that are on."""
    standing = await outside.alerts.list_standing()
    return alert_list.sort_out(standing, await outside.alerts.list_mutes(), outside.local_day())


def list_scopes(alert: Alert) -> list[tuple[str, str, str]]:
    """What can be muted: value, words, what it means."""
    meanings = {
        MuteScope.ALERT: "this one thing, as long as it comes no closer and grows no larger than twice as much",
        MuteScope.LICENCE: "whatever is found about it",
        MuteScope.TENANT: "whatever is found about it; it is read and billed as before",
    }
    return [(scope.value, describe_scope(scope, alert), meanings[scope]) for scope in find_offered_scopes(alert)]


def describe_scope(scope: MuteScope, alert: Alert) -> str:
    """What is muted, in words."""
    customer = name_customer(alert)
    licence = name_licence(alert.licence_name) if alert.licence_name else ""
    match scope:
        case MuteScope.ALERT:
            return ", ".join(filter(None, (KINDS[alert.kind].word, licence, customer)))
        case MuteScope.LICENCE:
            return f"Everything about {licence or 'this licence'} of {customer}"
        case MuteScope.TENANT:
            return f"Everything about {customer}"


def read_until(reader: SheetReader, today: date) -> date | None:
    """The last day of a mute; None for good. A day that is typed beside another choice is not thrown away unsaid."""
    until = reader.sheet.one("until")
    if reader.sheet.one("day") and until in DAYS and until != "day":
        reader.troubles["day"] = TWO_ENDS.format(DAYS[until])
        return None
    match until:
        case "30" | "90" as days:
            return today + timedelta(days=int(days))
        case "never":
            return None
        case "day":
            return reader.day_between("day", reader.sheet.one("day"), today, today + LONGEST_MUTE)
        case _:
            reader.troubles["until"] = NO_DAY
            return None
