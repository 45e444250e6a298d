"""What is decided about a licence in its row, or on the page that shows first what stopping would do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from plans.editing import MappingChange
from plans.mapping_changes import (
    end_changes,
    exclude_changes,
    include_changes,
    make_changes,
    reopen_changes,
)
from plans.ports import Outside
from web.actions.asking import make_actor
from web.actions.mapping import save_changes
from web.context import WebContext
from web.forms import read_form
from web.pages.mapping import go_back, read_records, try_preview
from web.pages.mapping_form import read_quick
from web.pages.mapping_records import LicenceRecords
from web.pages.mapping_view import make_preview
from web.pages.names import write_licence_address
from web.pages.quick_map import Typed
from web.pages.site import Site, open_administration
from web.sheet import Sheet, make_sheet
from web.wording import clean

LONGEST_REASON = 300
OVERTAKEN = 409
NO_REASON = "Say why: the reason stands beside the licence from now on."
MAPPED_MEANWHILE = "Somebody else decided about this licence meanwhile. This is how it is now."
MOVED = "Somebody else changed this mapping since this page was shown, so nothing was done. This is how it is now."

type ShowCustomer = Callable[[Request, Typed | None, int], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Stopping:
    """One way to stop billing: the rest of its address, what it is called, and what it does."""

    rest: str
    told: str
    headline: str
    button: str
    what: str
    asks_reason: bool


END = Stopping(
    "end",
    "ended",
    "End the mapping of",
    "End the mapping",
    "What is billed now is billed to the end of its period, and nothing after it. The licence is unmapped then: map it "
    "anew, or decide not to bill it, or it is listed every morning.",
    asks_reason=False,
)
EXCLUDE = Stopping(
    "exclude",
    "excluded",
    "Do not bill",
    "Do not bill it here",
    "The licence owes nothing any more. Its mapping is kept, so that billing it again is one click.",
    asks_reason=True,
)


class LicenceActions:
    """POST …/licences/{sku_id}/quick, /exclude, /end, /include and /reopen; GET of /exclude and /end shows first."""

    def __init__(self, site: Site, context: WebContext, show_customer: ShowCustomer) -> None:
        self._site = site
        self._context = context
        self._show_customer = show_customer

    async def quick(self, request: Request) -> Response:
        """Map with a profile and an agreement; all else is as the profile begins."""
        sheet = make_sheet(await read_form(request))
        _, records = await self._load(request, frozenset(sheet.all("agreement")))
        if is_mapped_so(records, sheet):
            return go_back(records, "mapped")
        if any(mapping.agreement_id or mapping.is_excluded for mapping in records.mapped.current):
            return await self._show_customer(request, Typed(records.sku_id, Sheet({}, {"row": MAPPED_MEANWHILE})), 409)
        wish = read_quick(sheet, records)
        if isinstance(wish, Sheet):
            return await self._show_customer(request, Typed(records.sku_id, wish), 422)
        saved = await self._save(request, records, make_changes(records.mapped, wish, records.today), "mapped")
        if saved.status_code == OVERTAKEN:
            _, records = await self._load(request)
            return go_back(records, "mapped") if is_mapped_so(records, sheet) else saved
        return saved

    async def show_exclude(self, request: Request) -> Response:
        """What not billing it would do."""
        return await self._show_stopping(request, EXCLUDE, Sheet())

    async def show_end(self, request: Request) -> Response:
        """What ending its mapping would do."""
        return await self._show_stopping(request, END, Sheet())

    async def exclude(self, request: Request) -> Response:
        """Do not bill it here."""
        sheet = make_sheet(await read_form(request))
        reason = sheet.one("reason")[:LONGEST_REASON]
        is_of_row = not sheet.one("seen")
        if not reason:
            typed = Sheet(sheet.values, {"reason": NO_REASON})
            if not is_of_row:
                return await self._show_stopping(request, EXCLUDE, typed, 422)
            _, records = await self._load(request)
            return await self._show_customer(request, Typed(records.sku_id, typed), 422)
        _, records = await self._load(request)
        if not is_of_row and sheet.one("seen") != records.mapped.digest:
            return await self._show_stopping(request, EXCLUDE, sheet, 409)
        return await self._save(request, records, exclude_changes(records.mapped, reason), "excluded")

    async def end(self, request: Request) -> Response:
        """End its mapping."""
        sheet = make_sheet(await read_form(request))
        _, records = await self._load(request)
        if sheet.one("seen") != records.mapped.digest:
            return await self._show_stopping(request, END, sheet, 409)
        return await self._save(request, records, end_changes(records.mapped), "ended")

    async def include(self, request: Request) -> Response:
        """Let an excluded licence be billed again."""
        _, records = await self._load(request)
        return await self._save(request, records, include_changes(records.mapped), "included")

    async def reopen(self, request: Request) -> Response:
        """Take the end of a mapping back."""
        _, records = await self._load(request)
        return await self._save(request, records, reopen_changes(records.mapped, records.today), "reopened")

    async def _save(
        self, request: Request, records: LicenceRecords, changes: tuple[MappingChange, ...], told: str
    ) -> Response:
        actor = make_actor(request.state.principal, self._site.now(), "")
        if not changes:
            return go_back(records, "same")
        administration = await open_administration(self._context)
        if not await save_changes(administration, request, actor, records.desk, changes, records.names):
            return await self._show_customer(request, Typed(records.sku_id, Sheet({}, {"row": MAPPED_MEANWHILE})), 409)
        self._site.shelf.forget()
        return go_back(records, told)

    async def _load(self, request: Request, wanted: frozenset[str] = frozenset()) -> tuple[Outside, LicenceRecords]:
        return await self._site.load(lambda outside: read_records(outside, request, self._site, self._context, wanted))

    async def _show_stopping(self, request: Request, stopping: Stopping, sheet: Sheet, status: int = 200) -> Response:
        outside, records = await self._load(request)
        customer = records.customer
        changes = exclude_changes(records.mapped, "") if stopping is EXCLUDE else end_changes(records.mapped)
        preview = None
        if any(wanted.agreement_id for _, wanted in changes):
            reading = await try_preview(self._site, outside, records, changes)
            preview = make_preview(records, reading, outside, self._site.now())
        page = self._site.page(
            request,
            "mapping/stop.html",
            stopping=stopping,
            customer=clean(customer.name),
            customer_address=f"/customers/{quote(customer.id, safe='')}",
            licence=records.name,
            map_address=write_licence_address(customer.id, records.sku_id),
            path=write_licence_address(customer.id, records.sku_id, stopping.rest),
            everywhere=f"/settings/exclusions?sku={quote(records.sku_id.lower(), safe='')}",
            can=bool(changes),
            moved=MOVED if status == 409 else "",
            seen=records.mapped.digest,
            sheet=sheet,
            preview=preview,
        )
        page.status_code = status
        return page


def is_mapped_so(records: LicenceRecords, sheet: Sheet) -> bool:
    """Whether the licence is mapped as the row asks already: by a second click, or by somebody with the same wish."""
    mapped = [(each.profile_id, each.agreement_id) for each in records.mapped.current if not each.is_excluded]
    return mapped == [(sheet.one("profile"), sheet.one("agreement"))]
