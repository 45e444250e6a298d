"""Do not bill, for everybody: licences that are billed nowhere, and tenants of which nothing is (billing rules, 4)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from notify.licence_names import name_licence
from plans.ports import Outside
from plans.results import TenantResult
from plans.runs import Run, RunPhase, is_night
from profiles.exclusions import Exclusion, LicenceExclusion, TenantExclusion
from profiles.free import is_free
from web.actions.asking import make_actor
from web.actions.noting import note_change
from web.context import WebContext
from web.forms import read_form
from web.pages.exclusion_list import make_view
from web.pages.recent_runs import list_recent_runs
from web.pages.settings_tabs import make_tabs
from web.pages.site import Site, open_administration
from web.security.permissions import Permission, is_allowed
from web.sheet import Sheet, SheetReader, make_sheet
from web.wording import clean, join

PATH = "/settings/exclusions"
LONGEST_REASON = 300
MOST_SNAPSHOTS = 60
FREE_REASON = "Free of charge at Microsoft."
TOLD = {
    "added": "Excluded. No run bills it from now on; what is billed already is lowered by the next run, through the "
    "brakes.",
    "free": "Excluded. They are billed to nobody and offered for mapping no more.",
    "removed": "It may be billed again from now on.",
}


class ExclusionsPage:
    """GET and POST /settings/exclusions, and POST /settings/exclusions/free and /settings/exclusions/remove."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context
        self._names: dict[str, str] = {}
        self._free: set[str] = set()

    async def show(self, request: Request) -> Response:
        """What is excluded, and the form for more. An address may bring the licence along (`sku`)."""
        asked = request.query_params.get("sku", "")
        told = TOLD.get(request.query_params.get("told", ""), "")
        return await self._page(request, Sheet({"sku": (asked.lower(),)} if asked else {}), told=told)

    async def add(self, request: Request) -> Response:
        """Exclude one licence everywhere."""
        reader = SheetReader(make_sheet(await read_form(request)))
        sku_id = reader.text("sku", "Choose a licence.")
        reason = reader.text("reason", "Say why: it stands beside the licence from now on.", LONGEST_REASON)
        outside, tenants = await self._site.load(read_tenants)
        if sku_id and sku_id not in {each.lower() for tenant in tenants for each in tenant.sku_ids}:
            reader.troubles["sku"] = "No customer has this licence. Choose one of the list."
        if reader.troubles:
            return await self._page(request, reader.ended(), status=422)
        await self._learn_names(outside, tenants)
        await self._change(request, LicenceExclusion(sku_id, reason), is_removed=False)
        return RedirectResponse(f"{PATH}?told=added", status_code=303)

    async def add_free(self, request: Request) -> Response:
        """Exclude everywhere what Microsoft gives away, unless somebody maps it."""
        await read_form(request)
        outside, tenants = await self._site.load(read_tenants)
        _, shelf = await self._site.load(self._site.shelf.read)
        _, controls = await self._site.load(lambda outside: outside.profiles.read_controls())
        await self._learn_names(outside, tenants)
        view = make_view(controls.exclusions, shelf.overviews.values(), tenants, self._names, self._free)
        for sku_id, _ in view.free:
            await self._change(request, LicenceExclusion(sku_id, FREE_REASON), is_removed=False)
        return RedirectResponse(f"{PATH}?told=free", status_code=303)

    async def remove(self, request: Request) -> Response:
        """Let one be billed again."""
        form = await read_form(request)
        _, controls = await self._site.load(lambda outside: outside.profiles.read_controls())
        found = next((each for each in controls.exclusions if is_meant(each, form.one("kind"), form.one("id"))), None)
        if found is not None:
            await self._learn_names(*await self._site.load(read_tenants))
            await self._change(request, found, is_removed=True)
        return RedirectResponse(f"{PATH}?told=removed", status_code=303)

    async def _change(self, request: Request, exclusion: Exclusion, *, is_removed: bool) -> None:
        administration = await open_administration(self._context)
        name = self._names.get(id_of(exclusion).lower()) or await self._name(exclusion)
        actor = make_actor(request.state.principal, self._site.now(), exclusion.reason)
        if is_removed:
            await administration.configuration.remove_exclusion(exclusion)
            sentence = f"{actor.name} lets {name} be billed again."
        else:
            await administration.configuration.save_exclusion(exclusion)
            sentence = f"{actor.name} excluded {name} everywhere: {exclusion.reason}"
        self._site.shelf.forget()
        before, after = (exclusion, None) if is_removed else (None, exclusion)
        subject = f"exclusion/{id_of(exclusion)}"
        await note_change(administration.audit, request, actor, subject, sentence, before=before, after=after)

    async def _name(self, exclusion: Exclusion) -> str:
        """A tenant by its customers, as far as it has any; a licence that no customer holds any more has no name."""
        if isinstance(exclusion, LicenceExclusion):
            return "a licence that nobody has"
        _, shelf = await self._site.load(self._site.shelf.read)
        tenant_id = exclusion.tenant_id.lower()
        own = [each.name for each in shelf.customers.values() if each.tenant_id.lower() == tenant_id]
        return join(own) or clean(shelf.domains.get(exclusion.tenant_id, "")) or "a tenant that is no customer"

    async def _page(self, request: Request, sheet: Sheet, *, told: str = "", status: int = 200) -> Response:
        outside, tenants = await self._site.load(read_tenants)
        _, shelf = await self._site.load(self._site.shelf.read)
        _, controls = await self._site.load(lambda outside: outside.profiles.read_controls())
        await self._learn_names(outside, tenants)
        profiles = await outside.profiles.list_profiles()
        page = self._site.page(
            request,
            "settings/exclusions.html",
            setting_tabs=make_tabs(request, PATH),
            view=make_view(controls.exclusions, shelf.overviews.values(), tenants, self._names, self._free, profiles),
            sheet=sheet,
            told=told,
            may_change=is_allowed(request.state.principal, Permission.OPERATE),
        )
        page.status_code = status
        return page

    async def _learn_names(self, outside: Outside, tenants: Sequence[TenantResult]) -> None:
        """Microsoft's names of the licences that customers have, from as few snapshots as show them all."""
        run = await find_run(outside)
        wanted = {each.lower() for tenant in tenants for each in tenant.sku_ids} - self._names.keys()
        read = 0
        for tenant in sorted(tenants, key=lambda each: len(each.sku_ids), reverse=True):
            if run is None or not wanted or read >= MOST_SNAPSHOTS:
                return
            if wanted.isdisjoint(each.lower() for each in tenant.sku_ids):
                continue
            snapshot, read = await outside.archive.read_snapshot(run.id, tenant.tenant_id), read + 1
            for licence in () if snapshot is None else snapshot.licences:
                self._names[licence.sku_id.lower()] = name_licence(licence.part_number)
                if is_free(licence.part_number):
                    self._free.add(licence.sku_id.lower())
            wanted -= self._names.keys()


async def find_run(outside: Outside) -> Run | None:
    """The newest night that ended; the newest run of any kind where there is none."""
    runs = [run for run in await list_recent_runs(outside) if run.phase is RunPhase.CLOSED]
    return next((run for run in runs if is_night(run.id)), next(iter(runs), None))


async def read_tenants(outside: Outside) -> tuple[TenantResult, ...]:
    """The tenants of that run."""
    run = await find_run(outside)
    return () if run is None else await outside.runs.list_tenants(run.id)


def id_of(exclusion: Exclusion) -> str:
    """The id of what is excluded."""
    match exclusion:
        case LicenceExclusion(sku_id=excluded):
            return excluded
        case TenantExclusion(tenant_id=excluded):
            return excluded


def is_meant(exclusion: Exclusion, kind: str, name: str) -> bool:
    """Whether a form speaks of this exclusion."""
    return exclusion.kind == kind and id_of(exclusion) == name
