"""Pre-consent: letting our application into customer tenants through Partner Center, with a result for each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from plans.account_records import ErrandKind, PreConsentRecord
from plans.ports import Outside
from plans.runs import TenantState
from profiles.partners import ActiveGdap, PartnerReading, PartnerTenant, UnlistedGdap
from web.actions.errands import ask_errand
from web.actions.noting import note_change
from web.forms import read_form
from web.pages.accounts.desk import AccountDesk, address_of, go_to, read_errand, write_progress_address
from web.pages.accounts.health import find_need
from web.pages.accounts.progress import make_progress
from web.pages.listing import find, read_number
from web.pages.view import Page, Tone, cut_page
from web.wording import clean, hide_ids, write_moment, write_number_of

MOST_AT_ONCE = 50
BUSY = "Tenants of this account are being asked already. Tick others when that has ended."
NONE_TICKED = "Tick at least one tenant."
ROLE_MISSING = (
    "Your GDAP relationship has no role that may consent, such as Cloud Application Administrator. Ask for one, or let "
    "the tenant's administrator consent."
)
TOO_MANY = f"Tick {MOST_AT_ONCE} tenants at most; the others go next."


@dataclass(frozen=True, slots=True)
class TenantRow:
    """One tenant of the account, whether the application is in, and whether it makes sense to ask."""

    tenant_id: str
    name: str
    domain: str
    word: str = "Not asked"
    tone: Tone = Tone.PLAIN
    sentence: str = ""
    is_granted: bool = False
    is_suggested: bool = False


class TenantPages:
    """GET and POST /settings/connections/microsoft/{account_id}/tenants."""

    def __init__(self, desk: AccountDesk) -> None:
        self._desk = desk

    async def show(self, request: Request) -> Response:
        """Every tenant of the newest reading, those without a consent first."""
        return await self._page(request)

    async def preconsent(self, request: Request) -> Response:
        """Ask for the ticked ones: the queue does it, and each keeps its result, whatever becomes of the others."""
        form = await read_form(request)
        outside, administration, account = await self._desk.find_account(request)
        reading = await outside.archive.read_newest_partner(account.id)
        known = {} if reading is None else {tenant.tenant_id: tenant for tenant in reading.tenants}
        ticked = [known[each] for each in dict.fromkeys(form.all("tenant")) if each in known]
        if not ticked:
            return await self._page(request, trouble=NONE_TICKED, status=422)
        if len(ticked) > MOST_AT_ONCE:
            return await self._page(request, trouble=TOO_MANY, ticked=frozenset(form.all("tenant")), status=422)
        actor = self._desk.actor(request)
        tenant_ids = tuple(tenant.tenant_id for tenant in ticked)
        records = administration.account_records
        if not await ask_errand(records, account.id, ErrandKind.LET_IN, actor, tenant_ids):
            return go_to(f"{address_of(account)}/tenants", "busy")
        sentence = f"{actor.name} asked to let the application into {write_number_of(len(ticked), 'tenant')}."
        names = [tenant.name for tenant in ticked]
        await note_change(
            administration.audit, request, actor, f"microsoft/{account.id}/tenants", sentence, after=names
        )
        return go_to(f"{address_of(account)}/tenants")

    async def _page(
        self, request: Request, trouble: str = "", ticked: frozenset[str] = frozenset(), status: int = 200
    ) -> Response:
        outside, administration, account = await self._desk.find_account(request)
        reading = await outside.archive.read_newest_partner(account.id)
        records = await administration.account_records.list_preconsents(account.id)
        errand = await read_errand(administration, account.id, ErrandKind.LET_IN)
        progress = make_progress(account, errand, self._desk.site.now())
        search = clean(request.query_params.get("q", "")[:100])
        rows = list_rows(reading, records, await list_read(outside), outside.zone, self._desk.site.now())
        found = find(rows, search, lambda row: f"{row.name} {row.domain} {row.word}".casefold())
        page = cut_page(found, read_number(request.query_params.get("page", "")))
        return self._desk.page(
            request,
            "tenants.html",
            status,
            account=account,
            address=address_of(account),
            page=page,
            search=search,
            total=len(rows),
            missing=sum(not row.is_granted for row in rows),
            progress=progress,
            progress_address=write_progress_address(account, ErrandKind.LET_IN),
            told=BUSY if request.query_params.get("told") == "busy" and progress and progress.is_open else "",
            trouble=trouble,
            ticked=ticked or suggest(page, trouble),
        )


def list_rows(
    reading: PartnerReading | None,
    records: Sequence[PreConsentRecord],
    were_read: Collection[str],
    zone: ZoneInfo,
    now: datetime,
) -> list[TenantRow]:
    """Every tenant that the account reaches, those that are not let in first; `were_read` are those of the last run."""
    by_tenant = {record.tenant_id: record for record in records}
    tenants = () if reading is None else reading.tenants
    rows = [
        make_row(tenant, by_tenant.get(tenant.tenant_id), tenant.tenant_id in were_read, zone, now)
        for tenant in tenants
    ]
    return sorted(rows, key=lambda row: (row.is_granted, row.name.casefold()))


def make_row(
    tenant: PartnerTenant, record: PreConsentRecord | None, was_read: bool, zone: ZoneInfo, now: datetime
) -> TenantRow:
    """The words for one tenant."""
    row = TenantRow(tenant.tenant_id, clean(tenant.name), clean(tenant.default_domain or ""))
    if record is not None and record.is_granted:
        when = f"On {write_moment(record.at, zone)} by {clean(record.asked_by)}"
        return replace(row, word="Let in", tone=Tone.GOOD, sentence=when, is_granted=True)
    if was_read:
        return replace(row, word="Readable", tone=Tone.GOOD, sentence="The last run read it.", is_granted=True)
    if record is not None:
        when = f"Asked on {write_moment(record.at, zone)} by {clean(record.asked_by)}."
        sentence = f"{hide_ids(record.sentence, tenant.tenant_id)} {when}"
        return replace(row, word="Refused", tone=Tone.BAD, sentence=sentence)
    match tenant.gdap:
        case ActiveGdap() as gdap if gdap.may_consent:
            return replace(row, is_suggested=True)
        case UnlistedGdap():
            return replace(row, is_suggested=True)
        case ActiveGdap() as gdap if gdap.may_read_licences:
            return replace(row, word="May not consent", tone=Tone.LOOK, sentence=ROLE_MISSING)
        case _:
            need = find_need(tenant, now)
            assert need is not None  # noqa: S101 - without GDAP, lapsed, or without the role that reads
            return replace(row, word=need.word, tone=need.tone, sentence=need.sentence)


def suggest(page: Page[TenantRow], trouble: str) -> frozenset[str]:
    """What is ticked from the start: whoever on the screen may be let in and was not yet; nobody after a trouble."""
    return frozenset() if trouble else frozenset(row.tenant_id for row in page.rows if row.is_suggested)


async def list_read(outside: Outside) -> frozenset[str]:
    """The tenants that the newest run read."""
    runs = await outside.runs.list_runs(1)
    tenants = await outside.runs.list_tenants(runs[0].id) if runs else ()
    return frozenset(each.tenant_id.lower() for each in tenants if each.state is TenantState.PLANNED)
