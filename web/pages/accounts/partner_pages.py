"""Partner accounts: the list, one account with its health, and what an administrator does with it."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from plans.account_records import ErrandKind
from plans.administration import Administration
from plans.connecting import DirectTenant, PartnerAccount, name_partner_secrets
from plans.consent import ConsentPurpose
from plans.ports import Outside
from profiles.billing import Customer
from profiles.microsoft_rights import (
    GDAP_FOR_MAILBOXES,
    GDAP_ROLES,
    GRAPH_AT_HOME,
    GRAPH_FOR_MAILBOXES,
    GRAPH_IN_TENANTS,
    PARTNER_CENTER,
    PRECONSENT_ADVICE,
)
from profiles.partners import PartnerModel
from web.actions.consenting import begin_consent
from web.forms import read_form
from web.pages.accounts.desk import (
    BASE,
    AccountDesk,
    address_of,
    go_to,
    learn,
    make_id,
    read_access,
    read_errand,
    write_progress_address,
)
from web.pages.accounts.forms import fill_account, read_changed_account, read_new_account
from web.pages.accounts.health import (
    MODEL_WORDS,
    Knowledge,
    is_unused,
    list_direct_facts,
    list_facts,
    list_needs,
    tell_state,
    write_account_headline,
    write_headline,
)
from web.pages.accounts.progress import make_progress
from web.pages.accounts.sending import send_to_microsoft
from web.pages.accounts.usage import list_users
from web.pages.listing import read_number
from web.pages.set_up import SetUpReader
from web.pages.view import cut_page
from web.sheet import Sheet, make_sheet

TOLD = {
    "added": "The account is kept. Grant its consent next: sign in as the service account, with MFA.",
    "changed": "Saved. It counts from now on.",
    "reading": "Reading has begun.",
    "busy": "This account is being read already.",
    "removed": "The account is removed, and its secrets are disabled.",
    "granted": "Microsoft granted the consent.",
}
# Where GDAP relationships are asked for and renewed; Seatledger cannot.
PARTNER_CENTER_ADDRESS = "https://partner.microsoft.com/dashboard"
ABOUT_READING = ("reading", "busy")
MODELS = [(model.value, *words) for model, words in MODEL_WORDS.items()]


class PartnerPages:
    """GET and POST under /settings/connections/microsoft, for partner accounts."""

    def __init__(self, desk: AccountDesk) -> None:
        self._desk = desk
        self._set_up = SetUpReader(desk.site, desk.context)

    async def show_all(self, request: Request) -> Response:
        """Every account and every direct tenant, each with the worst that is known of it."""
        outside, administration, (accounts, tenants) = await self._desk.load(list_all)
        now, zone = self._desk.site.now(), outside.zone
        rows = [
            (account, address_of(account), tell_state(facts, was_read=known.newest is not None), count_tenants(known))
            for account in accounts
            for known in [await learn(outside, administration, account)]
            for facts in [list_facts(account, known, now, zone)]
        ]
        direct = [
            (tenant, address_of(tenant), tell_state(facts, was_read=access.tried > 0))
            for tenant in tenants
            for access in [await read_access(outside, tenant)]
            for facts in [list_direct_facts(tenant, access, now, zone)]
        ]
        told = TOLD.get(request.query_params.get("told", ""), "")
        states = [*(state for _, _, state, _ in rows), *(state for _, _, state in direct)]
        return self._desk.page(
            request,
            "all.html",
            headline=write_headline(len(rows), len(direct), states),
            rows=rows,
            direct=direct,
            told=told,
            models=MODEL_WORDS,
        )

    async def show(self, request: Request) -> Response:
        """One account: how it is, what to do, and which tenants need a person."""
        outside, administration, account = await self._desk.find_account(request)
        known = await learn(outside, administration, account)
        now = self._desk.site.now()
        needs = () if known.newest is None else list_needs(known.newest, now)
        facts = list_facts(account, known, now, outside.zone)
        progress, told = make_progress(account, known.refresh, now), request.query_params.get("told", "")
        return self._desk.page(
            request,
            "account.html",
            account=account,
            address=address_of(account),
            model=MODEL_WORDS[account.model][0],
            is_new=is_unused(account, known),
            facts=facts,
            partner_center=PARTNER_CENTER_ADDRESS,
            worst=write_account_headline(facts, len(needs), known.access),
            is_closed=PRECONSENT_ADVICE in known.access.sentence,
            needs=cut_page(needs, read_number(request.query_params.get("page", ""))),
            progress=progress,
            progress_address=write_progress_address(account, ErrandKind.READ),
            told="" if told in ABOUT_READING and (progress is None or not progress.is_open) else TOLD.get(told, ""),
            rights=list_rights(account),
            next_step=None if is_unused(account, known) else await self._set_up.find_next(request),
        )

    async def show_progress(self, request: Request) -> Response:
        """The piece that is asked for again while something goes on. At its end the page around it is asked for, unless
        it stays because something may be typed on it.
        """
        _, administration, account = await self._desk.find_account(request)
        kind = ErrandKind.LET_IN if request.query_params.get("of") == ErrandKind.LET_IN else ErrandKind.READ
        errand = await read_errand(administration, account.id, kind)
        progress = make_progress(account, errand, self._desk.site.now())
        stays = request.query_params.get("stay") == "yes"
        address = write_progress_address(account, kind, stays=stays)
        page = self._desk.page(request, "progress.html", progress=progress, progress_address=address, stays=stays)
        if not stays and (progress is None or not progress.is_open):
            page.headers["HX-Refresh"] = "true"
        return page

    async def show_new(self, request: Request) -> Response:
        """The form of a new account."""
        return self._form(request, Sheet({"model": (PartnerModel.INDIRECT_RESELLER.value,)}))

    async def add(self, request: Request) -> Response:
        """Keep a new account, its client secret first."""
        sheet = make_sheet(await read_form(request))
        _, administration, accounts = await self._desk.load(list_accounts)
        typed = read_new_account(sheet, make_id("ms", self._desk.site.now()), accounts, self._desk.today())
        if isinstance(typed, Sheet):
            return self._form(request, typed, status=422)
        account = name_secrets(typed.account)
        await administration.connections.save_partner_account(account, typed.client_secret)
        await self._desk.note(request, administration, "added the Microsoft account", None, account)
        return go_to(address_of(account), "added")

    async def show_change(self, request: Request) -> Response:
        """The form of an account as it stands."""
        _, _, account = await self._desk.find_account(request)
        return self._form(request, fill_account(account), account)

    async def change(self, request: Request) -> Response:
        """Keep what was changed; without a new secret the kept one stays."""
        sheet = make_sheet(await read_form(request))
        _, administration, before = await self._desk.find_account(request)
        typed = read_changed_account(sheet, before, self._desk.today())
        if isinstance(typed, Sheet):
            return self._form(request, typed, before, status=422)
        await administration.connections.save_partner_account(typed.account, typed.client_secret)
        await self._desk.note(request, administration, "changed the Microsoft account", before, typed.account)
        return go_to(address_of(before), "changed")

    async def ask_consent(self, request: Request) -> Response:
        """To Microsoft, with a state that only this person in this browser can end."""
        await read_form(request)
        _, administration, account = await self._desk.find_account(request)
        callback = self._desk.callback
        begun = await begin_consent(
            administration.pending_consents, ConsentPurpose.PARTNER, account, self._desk.actor(request)
        )
        address = administration.consent.write_partner_address(account, begun.state, begun.browser, callback)
        return send_to_microsoft(address, begun, callback)

    async def read(self, request: Request) -> Response:
        """Read the account now, as the night does."""
        await read_form(request)
        _, administration, account = await self._desk.find_account(request)
        has_begun = await self._desk.ask_reading(request, administration, account)
        return go_to(address_of(account), "reading" if has_begun else "busy")

    async def show_remove(self, request: Request) -> Response:
        """What removing would do, before it is done."""
        return await self._show_remove(request)

    async def remove(self, request: Request) -> Response:
        """Forget the account, unless a customer is read through it."""
        await read_form(request)
        outside, administration, account = await self._desk.find_account(request)
        if await self._list_users(outside, administration, account):
            return await self._show_remove(request, status=409)
        await administration.connections.remove_partner_account(account.id)
        await administration.account_records.forget_account(account.id)
        await self._desk.note(request, administration, "removed the Microsoft account", account, None)
        return go_to(BASE, "removed")

    async def _show_remove(self, request: Request, status: int = 200) -> Response:
        outside, administration, account = await self._desk.find_account(request)
        users = await self._list_users(outside, administration, account)
        address = address_of(account)
        return self._desk.page(
            request, "remove.html", status, name=account.name, address=address, users=users, is_direct=False
        )

    async def _list_users(
        self, outside: Outside, administration: Administration, account: PartnerAccount
    ) -> tuple[Customer, ...]:
        accounts = await administration.connections.list_partner_accounts()
        return list_users(account, accounts, [each.customer for each in await outside.books.list_overviews()])

    def _form(
        self, request: Request, sheet: Sheet, account: PartnerAccount | None = None, status: int = 200
    ) -> Response:
        return self._desk.form(request, sheet, account, f"{BASE}/new", models=MODELS, status=status)


async def list_all(_: Outside, administration: Administration) -> tuple[list[PartnerAccount], list[DirectTenant]]:
    """Every account, by name."""
    accounts = await administration.connections.list_partner_accounts()
    tenants = await administration.connections.list_direct_tenants()
    return sorted(accounts, key=name_of), sorted(tenants, key=name_of)


def name_of(account: PartnerAccount | DirectTenant) -> str:
    """What lists are sorted by."""
    return account.name.casefold()


async def list_accounts(_: Outside, administration: Administration) -> tuple[PartnerAccount, ...]:
    """Every partner account."""
    return await administration.connections.list_partner_accounts()


def count_tenants(known: Knowledge) -> int | None:
    """How many tenants the newest reading found; None before the first one."""
    return None if known.newest is None else len(known.newest.tenants)


def name_secrets(account: PartnerAccount) -> PartnerAccount:
    """The account with the names of its secrets."""
    client_secret, refresh_token = name_partner_secrets(account.id)
    return replace(account, client_secret_secret=client_secret, refresh_token_secret=refresh_token)


def list_rights(account: PartnerAccount) -> list[tuple[str, str, str]]:
    """What this account needs, as docs/permissions.md says it: where, name, why."""
    in_tenants = (*GRAPH_IN_TENANTS, *(GRAPH_FOR_MAILBOXES if account.reads_mailboxes else ()))
    roles = (*GDAP_ROLES, *(GDAP_FOR_MAILBOXES if account.reads_mailboxes else ()))
    rows = [("Graph, in each customer tenant", right.name, right.why) for right in in_tenants]
    rows += [("Graph, in your own tenant", right.name, right.why) for right in GRAPH_AT_HOME]
    if account.model.reads_partner_center:
        rows += [("Partner Center", right.name, right.why) for right in PARTNER_CENTER]
    return rows + [("GDAP role of the service account", right.name, right.why) for right in roles]
