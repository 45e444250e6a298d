"""What the pages of Microsoft accounts share: finding the account, what is known of it, who acts, what is noted."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.account_records import Errand, ErrandKind
from plans.administration import Administration
from plans.connecting import DirectTenant, PartnerAccount
from plans.errors import Misconfigured, SeatledgerError
from plans.ports import Outside
from plans.results import TenantResult
from plans.runs import TenantState
from profiles.partners import PartnerReading, UnreadPartner
from sync.accounts import ASKED_RUN
from web.actions.asking import Actor, make_actor
from web.actions.consenting import CALLBACK
from web.actions.errands import ask_errand
from web.actions.noting import note_change
from web.context import WebContext
from web.errors import RecordsUnreadable
from web.pages.accounts.health import Access, Knowledge
from web.pages.accounts.usage import list_users
from web.pages.recent_runs import list_recent_runs, select_standing_runs
from web.pages.settings_tabs import make_tabs
from web.pages.site import LONGEST_READ_SECONDS, Site
from web.security.permissions import Permission, is_allowed
from web.sheet import Sheet
from web.wording import hide_ids

BASE = "/settings/connections/microsoft"
NEWEST_RUNS = 3
NO_PUBLIC_URL = "Set SEATLEDGER_PUBLIC_URL to the address at which people open Seatledger: Microsoft comes back to it."


class AccountDesk:
    """One per application."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self.site = site
        self.context = context

    @property
    def callback(self) -> str:
        """The address that Microsoft sends browsers back to, from the settings alone. Raises Misconfigured."""
        if self.context.public_url is None:
            raise Misconfigured(NO_PUBLIC_URL)
        return f"{self.context.public_url.rstrip('/')}{CALLBACK}"

    async def load[T](
        self, read: Callable[[Outside, Administration], Awaitable[T]]
    ) -> tuple[Outside, Administration, T]:
        """What `read` finds. Raises RecordsUnreadable where it cannot, or takes too long."""
        try:
            async with asyncio.timeout(LONGEST_READ_SECONDS):
                outside, administration = await self.context.outside(), await self.context.administration()
                self.site.zone, self.site.currency = outside.zone, outside.currency
                return outside, administration, await read(outside, administration)
        except (SeatledgerError, HTTPException):
            raise
        except Exception as error:
            raise RecordsUnreadable("The Microsoft accounts cannot be read.") from error

    async def find_account(self, request: Request) -> tuple[Outside, Administration, PartnerAccount]:
        """The partner account that the address names. Raises HTTPException 404 where there is none."""

        async def read(_: Outside, administration: Administration) -> PartnerAccount:
            accounts = await administration.connections.list_partner_accounts()
            return pick(accounts, request.path_params["account_id"])

        return await self.load(read)

    async def find_tenant(self, request: Request) -> tuple[Outside, Administration, DirectTenant]:
        """The direct tenant that the address names. Raises HTTPException 404 where there is none."""

        async def read(_: Outside, administration: Administration) -> DirectTenant:
            return pick(await administration.connections.list_direct_tenants(), request.path_params["tenant_id"])

        return await self.load(read)

    def today(self) -> date:
        """The MSP's day."""
        return self.site.now().astimezone(self.site.zone).date()

    def actor(self, request: Request) -> Actor:
        """Who acts, now."""
        return make_actor(request.state.principal, self.site.now(), "")

    async def ask_reading(self, request: Request, administration: Administration, account: PartnerAccount) -> bool:
        """Have the account read; False where it is being read already."""
        return await ask_errand(administration.account_records, account.id, ErrandKind.READ, self.actor(request))

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A page under Settings; readers see the same without what changes something."""
        page = self.site.page(
            request,
            f"settings/microsoft/{template}",
            setting_tabs=make_tabs(request, BASE),
            may_change=is_allowed(request.state.principal, Permission.ADMINISTER),
            base=BASE,
            **values,
        )
        page.status_code = status
        return page

    def form(
        self,
        request: Request,
        sheet: Sheet,
        account: PartnerAccount | DirectTenant | None,
        new: str,
        *,
        models: Sequence[tuple[str, str, str]] = (),
        status: int = 200,
    ) -> Response:
        """The form of an account as it was typed; `new` keeps it where there is none yet. Only partner accounts have
        `models` to choose from."""
        address = None if account is None else address_of(account)
        return self.page(
            request,
            "form.html",
            status,
            sheet=sheet,
            account=account,
            action=new if address is None else f"{address}/change",
            back=address or BASE,
            models=models,
            callback=self.callback,
            is_direct=not models,
        )

    async def note(
        self,
        request: Request,
        administration: Administration,
        what: str,
        before: PartnerAccount | DirectTenant | None,
        after: PartnerAccount | DirectTenant | None,
    ) -> None:
        """One entry of the change log, and the nights look at the configuration again."""
        self.context.configuration_changed()
        account = after or before
        assert account is not None  # noqa: S101 - one of the two is what was changed
        actor = self.actor(request)
        sentence = f"{actor.name} {what} “{account.name}”."
        await note_change(
            administration.audit, request, actor, f"microsoft/{account.id}", sentence, before=before, after=after
        )


def pick[T: (PartnerAccount, DirectTenant)](accounts: tuple[T, ...], wanted: str) -> T:
    """The one with this id. Raises HTTPException 404 where there is none."""
    found = next((each for each in accounts if each.id == wanted), None)
    if found is None:
        raise HTTPException(404)
    return found


async def read_errand(administration: Administration, account_id: str, kind: ErrandKind) -> Errand | None:
    """The newest errand of a kind."""
    found = await administration.account_records.read_errand(account_id, kind)
    return None if found is None else found[0]


async def learn(outside: Outside, administration: Administration, account: PartnerAccount) -> Knowledge:
    """What is known of a partner account: its token, its readings, and the one that a person asked for last."""
    newest = await outside.archive.read_newest_partner(account.id)
    tried = [await outside.archive.read_partner(ASKED_RUN, account.id)]
    tried += [
        await outside.archive.read_partner(run.id, account.id) for run in await outside.runs.list_runs(NEWEST_RUNS)
    ]
    failures = [each for each in tried if isinstance(each, UnreadPartner)]
    worked = [each.read_at for each in (*tried, newest) if isinstance(each, PartnerReading)]
    last = max(failures, key=lambda each: each.tried_at, default=None)
    if last is not None and worked and max(worked) >= last.tried_at:
        last = None
    if last is not None and account.consented_at is not None and account.consented_at > last.tried_at:
        last = None
    accounts = await administration.connections.list_partner_accounts()
    return Knowledge(
        access=await read_access(outside, account, accounts),
        token_stored_at=await administration.consent.read_token_moment(account),
        newest=newest,
        failure=last,
        refresh=await read_errand(administration, account.id, ErrandKind.READ),
    )


async def read_access(
    outside: Outside, account: PartnerAccount | DirectTenant, accounts: Sequence[PartnerAccount] = ()
) -> Access:
    """How many customers of an account were read by the last night and the syncs since, the newest of each counting."""
    runs = await list_recent_runs(outside)
    newest: dict[str, TenantResult] = {}
    for run in select_standing_runs(runs[0], runs) if runs else ():
        newest |= {each.tenant_id.lower(): each for each in await outside.runs.list_tenants(run.id)}
    customers = list_users(account, accounts, await outside.books.list_customers())
    tried = [
        (each, found.sentence, found.state is TenantState.PLANNED)
        for each in customers
        if (found := newest.get(each.tenant_id.lower())) is not None and found.state is not TenantState.QUEUED
    ]
    failed = Counter(hide_ids(sentence, each.tenant_id) for each, sentence, was_read in tried if not was_read)
    sentence = next((each for each, _ in failed.most_common(1)), "")
    return Access(len(tried) - failed.total(), len(tried), sentence)


def go_to(path: str, told: str = "") -> Response:
    """On to another page, which says what was done."""
    return RedirectResponse(f"{path}?told={quote(told)}" if told else path, status_code=303)


def address_of(account: PartnerAccount | DirectTenant) -> str:
    """The page of an account."""
    place = "direct/" if isinstance(account, DirectTenant) else ""
    return f"{BASE}/{place}{quote(account.id, safe='')}"


def write_progress_address(account: PartnerAccount, kind: ErrandKind, *, stays: bool = False) -> str:
    """Where the piece of a page comes from that tells how far an errand is. With its end the page goes, or stays."""
    return f"{address_of(account)}/progress?of={kind}{'&stay=yes' if stays else ''}"


def make_id(kind: str, now: datetime) -> str:
    """An id that sorts after those of earlier accounts: the first account is the one for customers that name none."""
    return f"{kind}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
