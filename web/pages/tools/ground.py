"""What the tools read before they show anything: customers, holdings, agreements, prices and preferences."""

from __future__ import annotations

from collections.abc import Iterable

from plans.ports import Outside
from web.context import WebContext
from web.pages.site import Site, open_administration
from web.pages.tools.candidates import Market
from web.pages.tools.supply import Supply, SupplyReader
from web.pages.view import Tab
from web.security.permissions import PERMISSIONS, find_permission, is_allowed
from web.security.sign_in import Caller

PLACES = (
    ("/tools/map", "Map many"),
    ("/tools/rules", "Rules"),
    ("/tools/import", "Import"),
    ("/tools/profiles", "Profiles by name"),
    ("/tools/end", "End old additions"),
)


def make_tabs(here: str, caller: Caller) -> list[Tab]:
    """The tools that the caller may open, in their order; `here` is the address of the one that is shown."""
    return [
        Tab(word, address, address == here)
        for address, word in PLACES
        if is_allowed(caller, find_permission(PERMISSIONS, "GET", address))
    ]


class Ground:
    """One for all tools, so that what one has read another need not read again."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self.site = site
        self.context = context
        self._supply = SupplyReader(site.shelf)

    async def read_supply(self) -> tuple[Outside, Supply]:
        """Customers, what they hold, and billing profiles."""
        return await self.site.load(self._supply.read)

    async def read_market(self, outside: Outside, connection_ids: Iterable[str]) -> Market:
        """What these PSA connections offer now, or a minute ago."""
        wanted = sorted(set(connection_ids))
        administration = await open_administration(self.context)
        return Market(
            offers={each: await self.site.choices.read_offers(each) for each in wanted},
            prices={each: await self.site.choices.read_prices(each) for each in wanted},
            preferences=await administration.configuration.read_preferences(),
            today=outside.local_day(),
        )
