"""`/api/v1/alerts` and `/api/v1/notifications`: what needs a person, what is muted, what is told to whom."""

from __future__ import annotations

from dataclasses import fields
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from notify.addresses import write_target
from notify.licence_names import name_licence
from plans.alerts.alert import AlertKind, KeptAlert
from plans.alerts.notifications import Mute, find_offered_scopes
from web.api.alert_shapes import (
    AlertItem,
    AlertPage,
    DigestPreview,
    KindSetting,
    MuteItem,
    MuteList,
    MuteName,
    MuteWish,
    NotificationRecord,
    NotificationWish,
    RecipientItem,
)
from web.api.answering import cut, refuse
from web.api.forms import Done, act, show_page
from web.api.operations import LISTED, MOVED, NOT_THERE, NOT_UNDERSTOOD, ROOT, Operation
from web.context import WebContext
from web.pages import alert_list, alerts, notifications
from web.pages.alerts import AlertsPage, read_inbox
from web.pages.listing import read_ask
from web.pages.notifications import NotificationsPage
from web.pages.site import Site
from web.rendering import Undrawn
from web.wording import hide_ids, name_customer

PATH = f"{ROOT}/alerts"
NOTIFICATIONS = f"{ROOT}/notifications"


class AlertsApi:
    """The routes."""

    OPERATIONS: ClassVar[tuple[Operation, ...]] = (
        Operation(
            "GET", PATH, "list_alerts", "What needs a person, in the order of the page, 50 at once",
            {200: (AlertPage, "One page")}, query=LISTED, pages=("/alerts", "/alerts.csv", "/alerts/mute"),
        ),
        Operation(
            "POST", f"{PATH}/mute", "mute_alert", "Leave something out of mails",
            {200: (Done, "It is muted"), 404: (NOT_THERE[404][0], "It is solved: there is nothing to mute"),
             **NOT_UNDERSTOOD},
            MuteWish, pages=("/alerts/mute",),
        ),
        Operation(
            "GET", f"{PATH}/muted", "list_mutes", "What is muted, by whom, why and until when",
            {200: (MuteList, "All of it")}, pages=("/alerts/muted",),
        ),
        Operation(
            "POST", f"{PATH}/unmute", "unmute", "Tell it again",
            {200: (Done, "It is told again, or was already"), **NOT_UNDERSTOOD}, MuteName, pages=("/alerts/unmute",),
        ),
        Operation(
            "GET", NOTIFICATIONS, "show_notifications", "What is told, to whom and how often",
            {200: (NotificationRecord, "As it is set")}, pages=("/settings/notifications",),
        ),
        Operation(
            "POST", NOTIFICATIONS, "change_notifications", "Put other settings in their place",
            {200: (Done, "It is saved"), **MOVED, **NOT_UNDERSTOOD},
            NotificationWish, pages=("/settings/notifications",),
        ),
        Operation(
            "GET", f"{NOTIFICATIONS}/preview", "preview_digest", "The next digest as it would be made now",
            {200: (DigestPreview, "The digest")}, query=("to",), pages=("/settings/notifications/preview",),
        ),
    )  # fmt: skip

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._alerts = AlertsPage(site.undrawn(), context)
        self._notifications = NotificationsPage(site.undrawn(), context)

    async def list_alerts(self, request: Request) -> Response:
        """Filtered, ordered and paged like the page."""
        _, inbox = await self._site.load(read_inbox)
        ask = read_ask(request, "", [sorter.name for sorter in alert_list.SORTERS])
        page = cut(ask, alert_list.select(inbox, ask))
        mutes = inbox.mute_of
        rows = [make_alert(each, mutes.get(each.id)) for each in page.rows]
        return JSONResponse(AlertPage(alerts=rows, page=page.number, total=page.total).write())

    async def mute_alert(self, request: Request) -> Response:
        """Mute it."""
        return await act(request, MuteWish, self._alerts.mute, alerts.TOLD, shown=say_solved)

    async def list_mutes(self, request: Request) -> Response:
        """All of them."""
        _, mutes = await self._site.load(lambda outside: outside.alerts.list_mutes())
        return JSONResponse(MuteList(mutes=[make_mute(each) for each in mutes]).write())

    async def unmute(self, request: Request) -> Response:
        """Tell it again."""
        return await act(request, MuteName, self._alerts.unmute, alerts.TOLD)

    async def show_notifications(self, request: Request) -> Response:
        """As it is set."""
        shown = await show_page(request, self._notifications.show)
        _, kept = await self._site.load(lambda outside: outside.alerts.read_notifications())
        if not isinstance(shown, Undrawn):
            return shown
        record = NotificationRecord(
            recipients=[
                RecipientItem(address=each.address, time_zone=each.time_zone, hour=each.hour)
                for each in kept.recipients
            ],
            kinds=[
                KindSetting(kind=kind, is_told=choice.is_told, rhythm=choice.rhythm, recipients=list(choice.recipients))
                for kind in AlertKind
                for choice in [kept.choice(kind)]
            ],
            unread_nights=kept.unread_nights,
            seen=shown.values["seen"],
        )
        return JSONResponse(record.write())

    async def change_notifications(self, request: Request) -> Response:
        """Save it."""
        return await act(request, NotificationWish, self._notifications.save, notifications.TOLD)

    async def preview_digest(self, request: Request) -> Response:
        """For `to`, or else for the first recipient."""
        shown = await show_page(request, self._notifications.preview)
        if not isinstance(shown, Undrawn):
            return shown
        if shown.values["recipient"] is None:
            return JSONResponse(DigestPreview(recipient=None, when="", headline="", text="").write())
        values = {each: shown.values[each] for each in ("when", "headline", "text")}
        return JSONResponse(DigestPreview(recipient=shown.values["recipient"].address, **values).write())


def make_alert(kept: KeptAlert, mute: Mute | None) -> AlertItem:
    """One alert."""
    alert = kept.alert
    return AlertItem(
        id=kept.id,
        kind=alert.kind,
        severity=alert.severity,
        customer_id=alert.customer_id,
        customer=name_customer(alert) if alert.customer_name or alert.customer_id else "",
        licence=name_licence(alert.licence_name) if alert.licence_name else "",
        sentence=hide_ids(alert.sentence, alert.tenant_id),
        monthly=alert.monthly,
        once=alert.once,
        stake=alert.stake,
        first_seen=kept.first_seen,
        next_step=alert.step,
        page=write_target(alert),
        scopes=list(find_offered_scopes(alert)),
        muted="" if mute is None else alert_list.describe_mute(mute),
    )


def make_mute(mute: Mute) -> MuteItem:
    """One mute."""
    named = {each.name for each in fields(Mute)} & MuteItem.model_fields.keys()
    return MuteItem(id=mute.id, **{name: getattr(mute, name) for name in named})


def say_solved(page: Undrawn, body: MuteWish) -> Response:
    """There is nothing to mute any more."""
    return refuse(404, page.values["trouble"])
