"""The addresses of the Microsoft pages; those with a name in them come after those without."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from web.actions.consenting import CALLBACK
from web.context import WebContext
from web.pages.accounts.callback import CallbackPage
from web.pages.accounts.desk import BASE, AccountDesk
from web.pages.accounts.direct_pages import DirectPages
from web.pages.accounts.partner_pages import PartnerPages
from web.pages.accounts.tenant_pages import TenantPages
from web.pages.site import Site


def list_microsoft(site: Site, context: WebContext) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    """Partner accounts, direct tenants, and where Microsoft sends browsers back to."""
    desk = AccountDesk(site, context)
    partner, direct, tenants = PartnerPages(desk), DirectPages(desk), TenantPages(desk)
    one, other = f"{BASE}/{{account_id}}", f"{BASE}/direct/{{tenant_id}}"
    return [
        ("GET", BASE, partner.show_all),
        ("GET", f"{BASE}/new", partner.show_new),
        ("POST", f"{BASE}/new", partner.add),
        ("GET", CALLBACK, CallbackPage(desk).receive),
        ("GET", f"{BASE}/direct/new", direct.show_new),
        ("POST", f"{BASE}/direct/new", direct.add),
        ("GET", other, direct.show),
        ("GET", f"{other}/change", direct.show_change),
        ("POST", f"{other}/change", direct.change),
        ("POST", f"{other}/consent", direct.ask_consent),
        ("POST", f"{other}/try", direct.try_now),
        ("GET", f"{other}/remove", direct.show_remove),
        ("POST", f"{other}/remove", direct.remove),
        ("GET", one, partner.show),
        ("GET", f"{one}/change", partner.show_change),
        ("POST", f"{one}/change", partner.change),
        ("POST", f"{one}/consent", partner.ask_consent),
        ("POST", f"{one}/read", partner.read),
        ("GET", f"{one}/progress", partner.show_progress),
        ("GET", f"{one}/tenants", tenants.show),
        ("POST", f"{one}/tenants", tenants.preconsent),
        ("GET", f"{one}/remove", partner.show_remove),
        ("POST", f"{one}/remove", partner.remove),
    ]
