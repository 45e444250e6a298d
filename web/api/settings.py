"""`/api/v1/settings`, `/exclusions`, `/mail`, `/changes`, `/people` and `/health`: what holds for everybody."""

from __future__ import annotations

from dataclasses import asdict
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from plans.audit import AuditEntry
from plans.mail import NEWEST_MAILS, Delivery
from web.api.answering import cut
from web.api.forms import Done, FormShape, Nothing, act, show_page
from web.api.operations import MOVED, NOT_UNDERSTOOD, ROOT, Answers, Operation
from web.api.setting_shapes import (
    BrakeRecord,
    BrakeWish,
    ChangeItem,
    ChangePage,
    CheckItem,
    ExclusionItem,
    ExclusionList,
    ExclusionName,
    ExclusionWish,
    HealthRecord,
    LicenceChoice,
    MailItem,
    MailName,
    MailRecord,
    PauseWish,
    PeopleRecord,
    PersonItem,
    PreferenceRecord,
    PreferenceWish,
    RoleItem,
    SettingsRecord,
)
from web.api.shapes import Refused
from web.context import WebContext
from web.pages import changes_log, exclusions, general, mail
from web.pages.changes_log import ChangesLogPage
from web.pages.exclusion_list import ExclusionsView
from web.pages.exclusions import ExclusionsPage
from web.pages.general import GeneralPage
from web.pages.health import HealthPage
from web.pages.listing import read_ask
from web.pages.mail import MailPage
from web.pages.people import PeoplePage
from web.pages.site import Site, open_administration
from web.rendering import Undrawn
from web.sheet import Sheet
from web.wording import clean

SETTINGS = f"{ROOT}/settings"
EXCLUSIONS = f"{ROOT}/exclusions"
FOUND: Answers = {200: (Done, "It is done"), **NOT_UNDERSTOOD}


class SettingsApi:
    """The routes."""

    OPERATIONS: ClassVar[tuple[Operation, ...]] = (
        Operation(
            "GET", SETTINGS, "show_settings", "Clock, currency, brakes and pause",
            {200: (SettingsRecord, "As they are set")}, pages=("/settings",),
        ),
        Operation(
            "POST", f"{SETTINGS}/preferences", "change_preferences", "Clock, currency, what new things begin with",
            {**FOUND, **MOVED}, PreferenceWish, pages=("/settings/preferences",),
        ),
        Operation(
            "POST", f"{SETTINGS}/brakes", "change_brakes", "The limits above which a change waits for a person",
            {**FOUND, **MOVED}, BrakeWish, pages=("/settings/brakes",),
        ),
        Operation(
            "POST", f"{SETTINGS}/pause", "pause", "Stop all writing, or let it go on", FOUND, PauseWish,
            pages=("/settings/pause",),
        ),
        Operation(
            "GET", EXCLUSIONS, "list_exclusions", "What is billed to nobody, where that bites, and what could be added",
            {200: (ExclusionList, "All of it")}, pages=("/settings/exclusions",),
        ),
        Operation(
            "POST", EXCLUSIONS, "exclude_everywhere", "Bill a licence to nobody", FOUND, ExclusionWish,
            pages=("/settings/exclusions",),
        ),
        Operation(
            "POST", f"{EXCLUSIONS}/free", "exclude_free", "Exclude what Microsoft gives away and nobody maps", FOUND,
            Nothing, pages=("/settings/exclusions/free",),
        ),
        Operation(
            "POST", f"{EXCLUSIONS}/remove", "remove_exclusion", "Let it be billed again", FOUND, ExclusionName,
            pages=("/settings/exclusions/remove",),
        ),
        Operation(
            "GET", f"{ROOT}/mail", "show_mail", "How mail leaves, and how the newest mails fared",
            {200: (MailRecord, "As it is")}, pages=("/settings/mail",),
        ),
        Operation(
            "POST", f"{ROOT}/mail/again", "send_again", "Send a mail again that failed or is in doubt",
            {**FOUND, 409: (Refused, "It waits for nobody any more; nothing was sent")},
            MailName, pages=("/settings/mail/again",),
        ),
        Operation(
            "GET", f"{ROOT}/changes", "list_change_log", "Who changed what Seatledger is told, the newest first",
            {200: (ChangePage, "One page")}, query=("q", "state", "page"),
            pages=("/settings/changes", "/settings/changes.csv"),
        ),
        Operation(
            "GET", f"{ROOT}/people", "show_people", "The roles, and who changed something lately",
            {200: (PeopleRecord, "Roles and people")}, pages=("/settings/people",),
        ),
        Operation(
            "GET", f"{ROOT}/health", "show_health", "Whether everything works, check by check",
            {200: (HealthRecord, "Every check, the bad ones first")}, pages=("/settings/health", "/health"),
        ),
    )  # fmt: skip

    def __init__(self, site: Site, context: WebContext) -> None:
        undrawn = site.undrawn()
        self._site = site
        self._context = context
        self._general = GeneralPage(undrawn, context)
        self._exclusions = ExclusionsPage(undrawn, context)
        self._mail = MailPage(undrawn, context)
        self._changes = ChangesLogPage(undrawn, context)
        self._people = PeoplePage(undrawn, context)
        self._health = HealthPage(undrawn, context)

    async def show_settings(self, request: Request) -> Response:
        """As they are set."""
        shown = await show_page(request, self._general.show)
        if not isinstance(shown, Undrawn):
            return shown
        values = shown.values
        record = SettingsRecord(
            preferences=read_sheet(PreferenceRecord, values["preferences"], values["preferences_seen"]),
            brakes=read_sheet(BrakeRecord, values["brakes"], values["brakes_seen"]),
            paused=values["paused"],
        )
        return JSONResponse(record.write())

    async def change_preferences(self, request: Request) -> Response:
        """Save them."""
        return await act(request, PreferenceWish, self._general.save_preferences, general.TOLD)

    async def change_brakes(self, request: Request) -> Response:
        """Save them."""
        return await act(request, BrakeWish, self._general.save_brakes, general.TOLD)

    async def pause(self, request: Request) -> Response:
        """Stop, or go on."""
        return await act(request, PauseWish, self._general.pause, general.TOLD)

    async def list_exclusions(self, request: Request) -> Response:
        """All of them."""
        shown = await show_page(request, self._exclusions.show)
        return JSONResponse(make_exclusions(shown.values["view"]).write()) if isinstance(shown, Undrawn) else shown

    async def exclude_everywhere(self, request: Request) -> Response:
        """Exclude one."""
        return await act(request, ExclusionWish, self._exclusions.add, exclusions.TOLD)

    async def exclude_free(self, request: Request) -> Response:
        """Exclude several."""
        return await act(request, Nothing, self._exclusions.add_free, exclusions.TOLD)

    async def remove_exclusion(self, request: Request) -> Response:
        """Take one back."""
        return await act(request, ExclusionName, self._exclusions.remove, exclusions.TOLD)

    async def show_mail(self, request: Request) -> Response:
        """As the page says it."""
        shown = await show_page(request, self._mail.show)
        if not isinstance(shown, Undrawn):
            return shown
        administration = await open_administration(self._context)
        deliveries = await administration.deliveries.list_deliveries(NEWEST_MAILS)
        record = MailRecord(
            headline=shown.values["headline"],
            is_set_up=shown.values["is_set_up"],
            mails=[make_mail(each) for each in deliveries],
        )
        return JSONResponse(record.write())

    async def send_again(self, request: Request) -> Response:
        """Send it again."""
        return await act(request, MailName, self._mail.send_again, mail.TOLD, refused={"moved": 409})

    async def list_change_log(self, request: Request) -> Response:
        """Filtered and paged like the page; `state` is what was changed, such as profile or mapping."""
        ask = read_ask(request, "")
        page = cut(ask, changes_log.select(ask, await self._changes.read()))
        rows = [make_change(each) for each in page.rows]
        return JSONResponse(ChangePage(changes=rows, page=page.number, total=page.total).write())

    async def show_people(self, request: Request) -> Response:
        """The page in JSON."""
        shown = await show_page(request, self._people.show)
        if not isinstance(shown, Undrawn):
            return shown
        roles = [RoleItem(role=role, may=what) for role, what, _ in shown.values["roles"]]
        lately = [PersonItem(name=each[0], last_change=each[1], changes=each[2]) for each in shown.values["lately"]]
        return JSONResponse(PeopleRecord(roles=roles, lately=lately).write())

    async def show_health(self, request: Request) -> Response:
        """Every check."""
        shown = await show_page(request, self._health.show)
        if not isinstance(shown, Undrawn):
            return shown
        checks = [CheckItem(**asdict(each)) for each in shown.values["checks"]]
        answer = HealthRecord(is_good=shown.values["is_good"], headline=shown.values["headline"], checks=checks)
        return JSONResponse(answer.write())


def read_sheet[T: FormShape](shape: type[T], sheet: Sheet, seen: str) -> T:
    """A form that is filled in, as the shape has it; boxes are true or false."""
    names = {name: shape.name_field(name) for name in shape.model_fields if name != "seen"}
    is_box = {name for name, found in shape.model_fields.items() if found.annotation is bool}
    values = {name: bool(sheet.one(field)) if name in is_box else sheet.one(field) for name, field in names.items()}
    return shape.model_validate({**values, "seen": seen})


def make_exclusions(view: ExclusionsView) -> ExclusionList:
    """What is excluded, and what could be."""
    free = {sku_id for sku_id, _ in view.free}
    rows = [
        ExclusionItem.model_validate(
            {"kind": each.kind, "id": each.id, "name": each.name, "bites": each.bites, "billed": each.billed,
             "reason": each.reason}
        )
        for each in view.rows
    ]  # fmt: skip
    choices = [LicenceChoice(sku_id=sku_id, name=name, is_free=sku_id in free) for sku_id, name, _ in view.choices]
    return ExclusionList(exclusions=rows, choices=choices)


def make_mail(delivery: Delivery) -> MailItem:
    """One mail."""
    return MailItem(
        id=delivery.mail_id,
        subject=clean(delivery.subject),
        recipient=clean(delivery.recipient),
        state=delivery.state,
        sentence=clean(delivery.sentence),
        changed_at=delivery.changed_at,
    )


def make_change(entry: AuditEntry) -> ChangeItem:
    """One entry."""
    return ChangeItem(
        at=entry.at,
        who=clean(entry.changed_by),
        came_from=entry.came_from,
        subject=entry.subject,
        sentence=clean(entry.sentence),
        before=entry.before,
        after=entry.after,
    )
