"""Direct tenants: customers without a partner relationship, read as an application that their administrator let in."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from plans.administration import Administration
from plans.connecting import DirectTenant, name_direct_secret
from plans.consent import ConsentPurpose, NotGranted
from plans.ports import Outside
from profiles.billing import Customer
from profiles.microsoft_rights import GRAPH_IN_TENANTS
from web.actions.consenting import begin_consent
from web.forms import read_form
from web.pages.accounts.desk import BASE, AccountDesk, address_of, go_to, make_id, read_access
from web.pages.accounts.forms import fill_account, read_changed_tenant, read_new_tenant
from web.pages.accounts.health import list_direct_facts
from web.pages.accounts.sending import send_to_microsoft
from web.pages.accounts.usage import list_users
from web.sheet import Sheet, make_sheet

TOLD = {
    "added": "The tenant is kept. Its administrator consents next.",
    "changed": "Saved. It counts from now on.",
    "granted": "The tenant can be read.",
}


class DirectPages:
    """GET and POST under /settings/connections/microsoft/direct."""

    def __init__(self, desk: AccountDesk) -> None:
        self._desk = desk

    async def show(self, request: Request) -> Response:
        """One tenant: how it is, and the link that its administrator needs."""
        return await self._show(request)

    async def _show(self, request: Request, trouble: str = "", status: int = 200) -> Response:
        outside, administration, tenant = await self._desk.find_tenant(request)
        access = await read_access(outside, tenant)
        return self._desk.page(
            request,
            "direct.html",
            status,
            tenant=tenant,
            address=address_of(tenant),
            facts=list_direct_facts(tenant, access, self._desk.site.now(), outside.zone),
            reads_nobody=access.tried > 0 and not access.read,
            link=administration.consent.write_admin_address(tenant, "", self._desk.callback),
            told=TOLD.get(request.query_params.get("told", ""), ""),
            trouble=trouble,
            rights=[("Graph, application", right.name, right.why) for right in GRAPH_IN_TENANTS],
        )

    async def show_new(self, request: Request) -> Response:
        """The form of a new tenant."""
        return self._form(request, Sheet())

    async def add(self, request: Request) -> Response:
        """Keep a new tenant, its client secret first."""
        sheet = make_sheet(await read_form(request))
        _, administration, tenants = await self._desk.load(list_tenants)
        typed = read_new_tenant(sheet, make_id("direct", self._desk.site.now()), tenants, self._desk.today())
        if isinstance(typed, Sheet):
            return self._form(request, typed, status=422)
        tenant = replace(typed.account, client_secret_secret=name_direct_secret(typed.account.id))
        await administration.connections.save_direct_tenant(tenant, typed.client_secret)
        await self._desk.note(request, administration, "added the direct tenant", None, tenant)
        return go_to(address_of(tenant), "added")

    async def show_change(self, request: Request) -> Response:
        """The form of a tenant as it stands."""
        _, _, tenant = await self._desk.find_tenant(request)
        return self._form(request, fill_account(tenant), tenant)

    async def change(self, request: Request) -> Response:
        """Keep what was changed; without a new secret the kept one stays."""
        sheet = make_sheet(await read_form(request))
        _, administration, before = await self._desk.find_tenant(request)
        typed = read_changed_tenant(sheet, before, self._desk.today())
        if isinstance(typed, Sheet):
            return self._form(request, typed, before, status=422)
        await administration.connections.save_direct_tenant(typed.account, typed.client_secret)
        await self._desk.note(request, administration, "changed the direct tenant", before, typed.account)
        return go_to(address_of(before), "changed")

    async def ask_consent(self, request: Request) -> Response:
        """To Microsoft's admin consent, where the administrator of the tenant sits at this browser."""
        await read_form(request)
        _, administration, tenant = await self._desk.find_tenant(request)
        callback, actor = self._desk.callback, self._desk.actor(request)
        begun = await begin_consent(administration.pending_consents, ConsentPurpose.DIRECT, tenant, actor)
        address = administration.consent.write_admin_address(tenant, begun.state, callback)
        return send_to_microsoft(address, begun, callback)

    async def try_now(self, request: Request) -> Response:
        """Read the tenant's organisation: that alone proves that its administrator consented."""
        await read_form(request)
        _, administration, tenant = await self._desk.find_tenant(request)
        ending = await administration.consent.try_direct(tenant)
        if isinstance(ending, NotGranted):
            return await self._show(request, trouble=ending.sentence, status=409)
        if tenant.consented_at is None:
            actor = self._desk.actor(request)
            granted = replace(tenant, consented_by=actor.name, consented_at=actor.at)
            await administration.connections.save_direct_tenant(granted, None)
            await self._desk.note(request, administration, "found Microsoft's consent for", tenant, granted)
        return go_to(address_of(tenant), "granted")

    async def show_remove(self, request: Request) -> Response:
        """What removing would do, before it is done."""
        return await self._show_remove(request)

    async def remove(self, request: Request) -> Response:
        """Forget the tenant, unless a customer is read through it."""
        await read_form(request)
        outside, administration, tenant = await self._desk.find_tenant(request)
        if await list_customers(outside, tenant):
            return await self._show_remove(request, status=409)
        await administration.connections.remove_direct_tenant(tenant.id)
        await self._desk.note(request, administration, "removed the direct tenant", tenant, None)
        return go_to(BASE, "removed")

    async def _show_remove(self, request: Request, status: int = 200) -> Response:
        outside, _, tenant = await self._desk.find_tenant(request)
        users, address = await list_customers(outside, tenant), address_of(tenant)
        return self._desk.page(
            request, "remove.html", status, name=tenant.name, address=address, users=users, is_direct=True
        )

    def _form(self, request: Request, sheet: Sheet, tenant: DirectTenant | None = None, status: int = 200) -> Response:
        return self._desk.form(request, sheet, tenant, f"{BASE}/direct/new", status=status)


async def list_tenants(_: Outside, administration: Administration) -> tuple[DirectTenant, ...]:
    """Every direct tenant."""
    return await administration.connections.list_direct_tenants()


async def list_customers(outside: Outside, tenant: DirectTenant) -> tuple[Customer, ...]:
    """The customers that are read through the tenant, by name."""
    return list_users(tenant, (), [each.customer for each in await outside.books.list_overviews()])
