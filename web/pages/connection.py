"""One PSA connection: connecting it, trying it, changing it, removing it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, replace
from unicodedata import normalize

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.administration import Administration
from plans.connecting import ConnectWiseConnection, PsaConnection, PsaKind
from web.actions.asking import make_actor
from web.actions.connecting import (
    Answered,
    Kept,
    NotKept,
    Uses,
    describe_change,
    find_uses,
    keep,
    locate,
    try_wish,
)
from web.actions.noting import digest_seen, note_change
from web.context import WebContext
from web.forms import Form, read_form
from web.pages.checklist import Step
from web.pages.connection_report import make_report
from web.pages.connection_wish import Wish
from web.pages.connections import (
    PATH,
    Listener,
    find_connection,
    write_address,
    write_where,
)
from web.pages.connectwise_form import list_cycles
from web.pages.invoicing_moves import InvoicingMoves, find_moves
from web.pages.psa_forms import (
    PSA_NAMES,
    empty_form,
    fill_in,
    has_keys,
    list_fields,
    read_typed,
    read_wish,
)
from web.pages.set_up import SetUpReader
from web.pages.settings_tabs import Tab, make_tabs
from web.pages.site import Site, open_administration
from web.security.permissions import Permission, is_allowed
from web.sheet import Sheet
from web.wording import clean, write_number_of

LONGEST_SLUG = 40
ID_BYTES = 3
CUSTOMERS_NAMED = 8
NOT_KEPT = "Nothing was saved. Put right what is said below, then save again."
OVERTAKEN = (
    "Somebody else changed this connection while you had it open. What you typed is still here; saving again puts it "
    "in place of theirs."
)
TYPE_AGAIN = "Keys never come back from the server: type both again before you save."
KINDS: tuple[tuple[PsaKind, str], ...] = tuple(PSA_NAMES.items())
TOLD = {
    "connected": "Connected.",
    "saved": "Saved. It is in use from now on.",
}


@dataclass(frozen=True, slots=True)
class Showing:
    """What the page shows beside the connection: the form, what the PSA answered, and what happened.

    `asked` is the connection that the PSA answered to, where it is not the one that is kept. `moves` is what saving
    would move, and has to be ticked first.
    """

    sheet: Sheet
    answered: Answered | None = None
    notice: str = ""
    told: str = ""
    status: int = 200
    typed_keys: bool = False
    uses: Uses = field(default_factory=Uses)
    next_step: Step | None = None
    asked: PsaConnection | None = None
    moves: InvoicingMoves | None = None


class ConnectionPage:
    """The pages under /settings/connections/KIND/new and /settings/connections/ID."""

    def __init__(self, site: Site, context: WebContext, listener: Listener, new_kind: PsaKind) -> None:
        """`new_kind` is what a new connection is to; one that is kept says itself what it is."""
        self._new_kind = new_kind
        self._site = site
        self._context = context
        self._listener = listener
        self._set_up = SetUpReader(site, context)

    async def show_new(self, request: Request) -> Response:
        """An empty form."""
        return self._page(request, None, Showing(empty_form(self._new_kind)))

    async def show(self, request: Request) -> Response:
        """The connection as it stands; who may only look sees no form. `look=now` asks the PSA at once."""
        administration = await open_administration(self._context)
        connection = await find_connection(administration, request.path_params["connection_id"])
        _, uses = await self._site.load(lambda outside: find_uses(outside, connection.id))
        told = TOLD.get(request.query_params.get("told", ""), "")
        # What is told is told of what the PSA answered a moment ago: it may accept the keys and refuse every write.
        answered = await self._listener.hear(connection) if told or request.query_params.get("look") else None
        next_step = await self._set_up.find_next(request) if told else None
        showing = Showing(fill_in(connection), answered, told=told, uses=uses, next_step=next_step)
        return self._page(request, connection, showing)

    async def look(self, request: Request) -> Response:
        """What the PSA says now, as a piece of the connection's page."""
        administration = await open_administration(self._context)
        connection = await find_connection(administration, request.path_params["connection_id"])
        if "hx-request" not in request.headers:
            return RedirectResponse(f"{write_address(connection.id)}?look=now", status_code=303)
        answered = await self._listener.hear(connection)
        return self._piece(request, connection, Showing(fill_in(connection), answered))

    async def test(self, request: Request) -> Response:
        """What the PSA answers to what was typed. Nothing is kept."""
        form, administration, kept = await self._read(request)
        sheet, typed_keys = read_typed(form), has_keys(form)
        wish = read_wish(self._kind_of(kept), sheet, form, kept)
        if isinstance(wish, Sheet):
            return self._answer(request, kept, Showing(wish, status=422, typed_keys=typed_keys))
        located = await locate(administration.connections, wish, kept)
        tried = located if isinstance(located, NotKept) else await try_wish(administration.connections, located)
        asked = wish.connection if isinstance(located, NotKept) else located.connection
        match tried:
            case NotKept(troubles, answered) if troubles:
                sheet, status = replace(sheet, troubles=troubles), 422
            case NotKept(_, answered) | (Answered() as answered):
                status = 200
        return self._answer(request, kept, Showing(sheet, answered, status=status, typed_keys=typed_keys, asked=asked))

    async def save(self, request: Request) -> Response:
        """Keep what was typed, if the PSA accepts it."""
        form, administration, kept = await self._read(request)
        sheet, typed_keys = read_typed(form), has_keys(form)
        wish = read_wish(self._kind_of(kept), sheet, form, kept)
        if isinstance(wish, Sheet):
            return self._answer(request, kept, Showing(wish, notice=NOT_KEPT, status=422, typed_keys=typed_keys))
        if kept is not None and form.one("seal") != digest_seen(kept):
            return self._answer(request, kept, Showing(sheet, notice=OVERTAKEN, status=409, typed_keys=typed_keys))
        _, uses = await self._site.load(lambda outside: find_uses(outside, "" if kept is None else kept.id))
        moves = find_moves(kept, wish.connection, uses.customers)
        if moves is not None and form.one("moves") != moves.seal:
            return self._answer(request, kept, Showing(sheet, status=409, typed_keys=typed_keys, moves=moves))
        match await self._keep(request, administration, wish, kept):
            case NotKept(troubles, answered):
                troubled = replace(sheet, troubles=troubles)
                showing = Showing(
                    troubled, answered, notice=NOT_KEPT, status=422, typed_keys=typed_keys, asked=wish.connection
                )
                return self._answer(request, kept, showing)
            case Kept(connection):
                told = "connected" if kept is None else "saved"
                return send_on(request, f"{write_address(connection.id)}?told={told}")

    async def show_removal(self, request: Request) -> Response:
        """What hangs on the connection, before anybody removes it."""
        administration = await open_administration(self._context)
        connection = await find_connection(administration, request.path_params["connection_id"])
        return await self._removal(request, connection)

    async def remove(self, request: Request) -> Response:
        """Forget the connection and its keys; refused while a customer uses it."""
        await read_form(request)
        administration = await open_administration(self._context)
        connection = await find_connection(administration, request.path_params["connection_id"])
        _, uses = await self._site.load(lambda outside: find_uses(outside, connection.id))
        if uses.customers:
            return await self._removal(request, connection, status=409)
        await administration.connections.remove_psa(connection.id)
        self._context.configuration_changed()
        what = f"removed the PSA connection {clean(connection.name)}"
        await self._note(request, administration, connection.id, what, connection)
        return RedirectResponse(f"{PATH}?told=removed", status_code=303)

    def _kind_of(self, kept: PsaConnection | None) -> PsaKind:
        return self._new_kind if kept is None else kept.kind

    async def _read(self, request: Request) -> tuple[Form, Administration, PsaConnection | None]:
        """The form, and the connection that it is about; None for a new one."""
        form = await read_form(request)
        administration = await open_administration(self._context)
        connection_id = request.path_params.get("connection_id")
        kept = None if connection_id is None else await find_connection(administration, connection_id)
        return form, administration, kept

    async def _keep(
        self, request: Request, administration: Administration, wish: Wish, kept: PsaConnection | None
    ) -> Kept | NotKept:
        located = await locate(administration.connections, wish, kept)
        if isinstance(located, NotKept):
            return located
        connection_id = draw_id(wish.connection) if kept is None else kept.id
        _, uses = await self._site.load(lambda outside: find_uses(outside, connection_id))
        done = await keep(administration.connections, located, kept, uses, connection_id)
        if isinstance(done, Kept):
            self._context.configuration_changed()
            if done.answered is not None:
                self._listener.note(done.connection, done.answered)
            what = describe_change(kept, done.connection, has_new_keys=wish.keys is not None)
            await self._note(request, administration, connection_id, what, kept, done.connection)
        return done

    async def _note(
        self,
        request: Request,
        administration: Administration,
        connection_id: str,
        what: str,
        before: PsaConnection | None,
        after: PsaConnection | None = None,
    ) -> None:
        self._site.choices.forget()
        actor = make_actor(request.state.principal, self._site.now(), "")
        subject = f"connection/{connection_id}"
        sentence = f"{actor.name} {what}."
        await note_change(administration.audit, request, actor, subject, sentence, before=before, after=after)

    async def _removal(self, request: Request, connection: PsaConnection, status: int = 200) -> Response:
        _, uses = await self._site.load(lambda outside: find_uses(outside, connection.id))
        named = sorted((each.customer for each in uses.customers), key=lambda each: each.name)
        page = self._site.page(
            request,
            "settings/connection_remove.html",
            setting_tabs=make_tabs(request, PATH),
            name=clean(connection.name),
            psa=PSA_NAMES[connection.kind],
            address=write_address(connection.id),
            customers=[(each.id, clean(each.name)) for each in named[:CUSTOMERS_NAMED]],
            more=max(0, len(named) - CUSTOMERS_NAMED),
            hangs=write_hanging(uses),
        )
        page.status_code = status
        return page

    def _answer(self, request: Request, kept: PsaConnection | None, showing: Showing) -> Response:
        """A piece for htmx, which leaves what was typed where it is, keys included; else the page."""
        if "hx-request" in request.headers:
            return self._piece(request, kept, showing)
        return self._page(request, kept, showing)

    def _piece(self, request: Request, kept: PsaConnection | None, showing: Showing) -> Response:
        page = self._site.page(request, "settings/connection_answer.html", **self._values(kept, showing))
        page.headers["Vary"] = "HX-Request"
        return page

    def _page(self, request: Request, kept: PsaConnection | None, showing: Showing) -> Response:
        may_change = is_allowed(request.state.principal, Permission.ADMINISTER)
        page = self._site.page(
            request,
            "settings/connection.html",
            setting_tabs=make_tabs(request, PATH),
            may_change=may_change,
            told=showing.told,
            next_step=showing.next_step,
            name="" if kept is None else clean(kept.name),
            where="" if kept is None else write_where(kept),
            kinds=[] if kept else [Tab(write_new_address(kind), name, kind == self._new_kind) for kind, name in KINDS],
            hangs=write_hanging(showing.uses),
            **self._values(kept, showing),
        )
        page.status_code = showing.status
        page.headers["Vary"] = "HX-Request"
        return page

    def _values(self, kept: PsaConnection | None, showing: Showing) -> dict[str, object]:
        answered, sheet = showing.answered, showing.sheet
        kind, asked = self._kind_of(kept), showing.asked or kept
        lengths = dict(kept.cycle_months) if isinstance(kept, ConnectWiseConnection) else {}
        report = None
        if answered is not None and asked is not None:
            zone = self._site.zone
            asked_at = (answered.at or self._site.now()).astimezone(zone)
            report = replace(
                make_report(answered.report, zone.key, asked), asked_at=f"{asked_at:%H:%M:%S} ({zone.key})"
            )
        return {
            "is_new": kept is None,
            "kind": kind,
            "psa": PSA_NAMES[kind],
            "address": write_new_address(kind) if kept is None else write_address(kept.id),
            "sheet": sheet,
            "notice": showing.notice,
            "seal": "" if kept is None else digest_seen(kept),
            "report": report,
            "moves": showing.moves,
            "cycles": list_cycles(sheet.all("cycles"), lengths, None if answered is None else answered.cycles),
            "cycles_are_listed": kind == "connectwise" and answered is not None and answered.cycles is not None,
            "type_again": TYPE_AGAIN if showing.typed_keys else "",
            "field_names": list_fields(kind),
        }


def write_new_address(kind: PsaKind) -> str:
    """Where a connection of this kind is made."""
    return f"{PATH}/{kind}/new"


def draw_id(connection: PsaConnection) -> str:
    """A new connection's id: its name as far as an id can hold it, and something that no other one has. A name that
    was used before must not lead to another PSA's numbers."""
    plain = normalize("NFKD", connection.name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_SLUG].strip("-") or connection.kind
    return f"{slug}-{secrets.token_hex(ID_BYTES)}"


def write_hanging(uses: Uses) -> str:
    """What hangs on a connection, in one sentence; empty where nothing does."""
    parts = []
    if uses.customers:
        parts.append(f"{write_number_of(len(uses.customers), 'customer')} with {write_mappings(uses)}")
    if uses.hold_count:
        parts.append(write_number_of(uses.hold_count, "held change"))
    if uses.profiles:
        parts.append(write_number_of(len(uses.profiles), "billing profile"))
    if len(parts) > 1:
        return f"{', '.join(parts[:-1])} and {parts[-1]}"
    return "".join(parts)


def write_mappings(uses: Uses) -> str:
    """How many licences are mapped."""
    return write_number_of(uses.mapping_count, "mapped licence") if uses.mapping_count else "nothing mapped"


def send_on(request: Request, address: str) -> Response:
    """To another page; htmx is told to move the whole page there."""
    if "hx-request" in request.headers:
        return Response(status_code=200, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)
