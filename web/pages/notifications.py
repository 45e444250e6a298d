"""What is told, to whom and how often; and the next digest as it would be made now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import available_timezones

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from notify.addresses import write_mute
from notify.digest import gather, make_digest
from notify.digest_mail import MailLinks, list_sections, make_mail, write_headline, write_opening
from notify.digests import read_preview
from notify.names import name_mail
from plans.alerts.notifications import Notifications, Recipient
from web.actions.asking import make_actor
from web.actions.noting import digest_seen, note_change
from web.context import WebContext
from web.forms import read_form
from web.pages.general import CHANGED
from web.pages.notification_form import (
    HOURS,
    RHYTHM_CHOICES,
    fill_notifications,
    list_kind_rows,
    list_recipient_rows,
    read_notifications,
)
from web.pages.settings_tabs import make_tabs
from web.pages.site import Site, open_administration
from web.security.permissions import Permission, is_allowed
from web.sheet import Sheet, make_sheet
from web.wording import write_day

PATH = "/settings/notifications"
TOLD = {"saved": "Saved. The next digest is made by it."}


class NotificationsPage:
    """GET and POST /settings/notifications, and GET /settings/notifications/preview."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def show(self, request: Request) -> Response:
        """Everything as it is set."""
        return await self._page(request)

    async def save(self, request: Request) -> Response:
        """Put it in place of what is set, unless somebody else was quicker."""
        sheet = make_sheet(await read_form(request))
        wanted = read_notifications(sheet)
        if isinstance(wanted, Sheet):
            return await self._page(request, wanted, status=422)
        outside, before = await self._site.load(lambda outside: outside.alerts.read_notifications())
        if sheet.one("seen") != digest_seen(before):
            return await self._page(request, Sheet(sheet.values, {"seen": CHANGED}), status=409)
        await outside.alerts.save_notifications(wanted)
        actor = make_actor(request.state.principal, self._site.now(), "")
        administration = await open_administration(self._context)
        sentence = f"{actor.name} changed what is told, to whom and how often."
        await note_change(
            administration.audit, request, actor, "settings/notifications", sentence, before=before, after=wanted
        )
        return RedirectResponse(f"{PATH}?told=saved", status_code=303)

    async def preview(self, request: Request) -> Response:
        """The next digest of one recipient as it would be made now; nothing is sent and nothing kept."""
        outside, notifications = await self._site.load(lambda outside: outside.alerts.read_notifications())
        chosen = choose_recipient(notifications, request.query_params.get("to", ""))
        if chosen is None:
            return self._site.page(
                request, "settings/preview.html", setting_tabs=make_tabs(request, PATH), recipient=None
            )
        now = self._site.now()
        administration = await open_administration(self._context)
        facts, due = await read_preview(outside, administration.deliveries, chosen, now)
        digest = make_digest(facts) or replace(gather(facts), is_due=False)
        links = MailLinks(lambda path: path, lambda alert: write_mute(alert.id))
        mail = make_mail(name_mail(chosen, facts.day), digest, links, self._site.currency, now)
        return self._site.page(
            request,
            "settings/preview.html",
            setting_tabs=make_tabs(request, PATH),
            recipient=chosen,
            others=[each.address for each in notifications.recipients if each != chosen],
            when=write_when(due, now, chosen),
            headline=write_headline(digest, self._site.currency),
            opening=write_opening(digest),
            is_due=digest.is_due,
            sections=list_sections(digest, links, self._site.currency),
            text=mail.text,
        )

    async def _page(self, request: Request, sheet: Sheet | None = None, *, status: int = 200) -> Response:
        _, notifications = await self._site.load(lambda outside: outside.alerts.read_notifications())
        shown = sheet or fill_notifications(notifications)
        page = self._site.page(
            request,
            "settings/notifications.html",
            setting_tabs=make_tabs(request, PATH),
            sheet=shown,
            seen=shown.one("seen") or digest_seen(notifications),
            recipients=list_recipient_rows(shown),
            kinds=list_kind_rows(shown),
            rhythms=RHYTHM_CHOICES,
            hours=HOURS,
            zones=sorted(available_timezones()),
            count=len(notifications.recipients),
            told=TOLD.get(request.query_params.get("told", ""), ""),
            may_change=is_allowed(request.state.principal, Permission.ADMINISTER),
        )
        page.status_code = status
        return page


def choose_recipient(notifications: Notifications, address: str) -> Recipient | None:
    """The one that is asked for, else the first; None where there is none."""
    recipients = notifications.recipients
    return next((each for each in recipients if each.address == address), next(iter(recipients), None))


def write_when(made_at: datetime, now: datetime, recipient: Recipient) -> str:
    """When a digest is made that was to be shown: within a quarter of an hour, or on a day at a time of its zone."""
    if made_at == now:
        return "within a quarter of an hour"
    return f"on {write_day(made_at.date())} at {made_at:%H:%M} ({recipient.time_zone})"
