"""The installation's own settings: clock and currency, what new things begin with, the brakes, and the pause switch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from zoneinfo import available_timezones

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.administration import Administration
from plans.brakes import Thresholds
from plans.controls import Controls, Pause
from plans.preferences import Preferences
from web.actions.asking import make_actor
from web.actions.noting import digest_seen, note_change
from web.context import WebContext
from web.forms import read_form
from web.pages.general_form import (
    BASIS_CHOICES,
    THRESHOLD_WORDS,
    fill_preferences,
    fill_thresholds,
    read_preferences,
    read_thresholds,
)
from web.pages.settings_tabs import make_tabs
from web.pages.site import Site, open_administration
from web.security.permissions import Permission, is_allowed
from web.sheet import Sheet, make_sheet
from web.wording import clean, write_moment

PATH = "/settings"
LONGEST_REASON = 300
NO_REASON = "Say why: it stands on every page while writing is paused."
CHANGED = "Somebody else changed this meanwhile. This is how you typed it; look at it again, then save."
TOLD = {
    "saved": "Saved. It counts from now on.",
    "brakes": "Saved. The next run is judged by these limits.",
    "paused": "Writing is paused. Nights go on reading and planning, and write nothing.",
    "running": "Writing goes on. What was held by the pause is planned anew by the next run.",
}


class GeneralPage:
    """GET /settings, and POST /settings/preferences, /settings/brakes and /settings/pause."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def show(self, request: Request) -> Response:
        """Everything as it stands."""
        return await self._page(request, told=TOLD.get(request.query_params.get("told", ""), ""))

    async def save_preferences(self, request: Request) -> Response:
        """Clock, currency, and what new things begin with."""
        sheet = make_sheet(await read_form(request))
        wanted = read_preferences(sheet)
        if isinstance(wanted, Sheet):
            return await self._page(request, preferences=wanted, status=422)
        administration = await open_administration(self._context)
        before = await administration.configuration.read_preferences()
        if sheet.one("seen") != digest_seen(before):
            return await self._page(request, preferences=Sheet(sheet.values, {"seen": CHANGED}), status=409)
        await administration.configuration.save_preferences(wanted)
        self._context.configuration_changed()
        await self._note(request, administration, "settings/preferences", "changed the settings", before, wanted)
        return tell("saved")

    async def save_brakes(self, request: Request) -> Response:
        """The limits of the brakes."""
        sheet = make_sheet(await read_form(request))
        wanted = read_thresholds(sheet)
        if isinstance(wanted, Sheet):
            return await self._page(request, brakes=wanted, status=422)
        administration = await open_administration(self._context)
        _, controls = await self._site.load(lambda outside: outside.profiles.read_controls())
        if sheet.one("seen") != digest_seen(controls.thresholds):
            return await self._page(request, brakes=Sheet(sheet.values, {"seen": CHANGED}), status=409)
        await administration.configuration.save_thresholds(wanted)
        await self._note(request, administration, "settings/brakes", "changed the brakes", controls.thresholds, wanted)
        return tell("brakes")

    async def pause(self, request: Request) -> Response:
        """Stop all writing, or let it go on."""
        form = await read_form(request)
        administration = await open_administration(self._context)
        _, controls = await self._site.load(lambda outside: outside.profiles.read_controls())
        reason = clean(form.one("reason")[:LONGEST_REASON])
        if form.one("end"):
            await administration.configuration.save_pause(None)
            await self._note(request, administration, "settings/pause", "let writing go on", controls.pause, None)
            return tell("running")
        if not reason:
            return await self._page(request, pause=Sheet({}, {"reason": NO_REASON}), status=422)
        actor = make_actor(request.state.principal, self._site.now(), reason)
        wanted = Pause(actor.name, actor.at, reason)
        await administration.configuration.save_pause(wanted)
        await self._note(request, administration, "settings/pause", "paused all writing", controls.pause, wanted)
        return tell("paused")

    async def _note(
        self,
        request: Request,
        administration: Administration,
        subject: str,
        what: str,
        before: Preferences | Thresholds | Pause | None,
        after: Preferences | Thresholds | Pause | None,
    ) -> None:
        actor = make_actor(request.state.principal, self._site.now(), "")
        sentence = f"{actor.name} {what}."
        await note_change(administration.audit, request, actor, subject, sentence, before=before, after=after)

    async def _page(
        self,
        request: Request,
        *,
        preferences: Sheet | None = None,
        brakes: Sheet | None = None,
        pause: Sheet | None = None,
        told: str = "",
        status: int = 200,
    ) -> Response:
        administration = await open_administration(self._context)
        _, (controls, kept) = await self._site.load(
            lambda outside: read_both(outside.profiles.read_controls, administration.configuration.read_preferences)
        )
        page = self._site.page(
            request,
            "settings/general.html",
            setting_tabs=make_tabs(request, PATH),
            told=told,
            may_change=is_allowed(request.state.principal, Permission.ADMINISTER),
            preferences=preferences or fill_preferences(kept),
            brakes=brakes or fill_thresholds(controls.thresholds),
            threshold_words=THRESHOLD_WORDS,
            preferences_seen=digest_seen(kept),
            brakes_seen=digest_seen(controls.thresholds),
            pause=pause or Sheet(),
            paused=write_pause(controls, self._site),
            zones=sorted(available_timezones()),
            hours=[(str(hour), f"{hour:02d}:00") for hour in range(24)],
            bases=[(basis.value, word, what) for basis, word, what in BASIS_CHOICES],
        )
        page.status_code = status
        return page


async def read_both[A, B](first: Callable[[], Awaitable[A]], second: Callable[[], Awaitable[B]]) -> tuple[A, B]:
    """Two readings, one after the other."""
    return await first(), await second()


def write_pause(controls: Controls, site: Site) -> str:
    """Who paused writing, when and why; empty while it goes on."""
    pause = controls.pause
    if pause is None:
        return ""
    when = write_moment(pause.paused_at, site.zone)
    return f"{clean(pause.paused_by)} paused all writing on {when}: {clean(pause.reason)}"


def tell(what: str) -> Response:
    """Back to the page, which says what was done."""
    return RedirectResponse(f"{PATH}?told={what}", status_code=303)
