"""Reading how far the set-up is. What is complete is not looked at again for a while."""

from __future__ import annotations

import time
from dataclasses import dataclass

from starlette.requests import Request

from plans.administration import Administration
from plans.ports import Outside
from web.context import WebContext
from web.pages.checklist import SetUp, Step, make_checklist
from web.pages.shelf import Shelf
from web.pages.site import Site, open_administration
from web.security.permissions import is_allowed

SECONDS_COMPLETE = 60.0
RUNS_LOOKED_AT = 10


@dataclass(slots=True)
class SetUpReader:
    """One per application."""

    site: Site
    context: WebContext
    _complete_at: float = float("-inf")

    async def read(self) -> SetUp | None:
        """How far it is; None where it is complete."""
        if time.monotonic() - self._complete_at < SECONDS_COMPLETE:
            return None
        outside, shelf = await self.site.load(self.site.shelf.read)
        if is_complete(outside, shelf):
            self._complete_at = time.monotonic()
            return None
        administration = await open_administration(self.context)
        _, found = await self.site.load(lambda outside: count(outside, administration, shelf))
        return found

    async def find_next(self, request: Request) -> Step | None:
        """The step that whoever asks may do next; None where the set-up is complete, or the step is somebody else's."""
        return choose_next(await self.read(), request)


def choose_next(set_up: SetUp | None, request: Request) -> Step | None:
    """The first step that is not done, for who may do it."""
    step = None if set_up is None else make_checklist(set_up).next_step
    return step if step is not None and is_allowed(request.state.principal, step.permission) else None


def is_complete(outside: Outside, shelf: Shelf) -> bool:
    """Whether a customer is written: nobody gets there without the other steps."""
    live = any(
        not mapping.is_excluded
        for overview in shelf.overviews.values()
        if not overview.customer.is_observed
        for mapping in overview.mappings
    )
    return bool(outside.connections) and live


async def count(outside: Outside, administration: Administration, shelf: Shelf) -> SetUp:
    """What there is of each step."""
    known = await administration.connections.list_partner_accounts()
    accounts = [each for each in known if each.consented_at]
    direct = [each for each in await administration.connections.list_direct_tenants() if each.consented_at]
    readings = [await outside.archive.read_newest_partner(each.id) for each in accounts]
    tenants = {tenant.tenant_id for reading in readings if reading is not None for tenant in reading.tenants}
    kept = [each for account in accounts for each in await administration.account_records.list_preconsents(account.id)]
    runs = await outside.runs.list_runs(RUNS_LOOKED_AT)
    return SetUp(
        let_in=sum(each.is_granted for each in kept) or max((run.totals.read for run in runs), default=0),
        connections=len(await administration.connections.list_psa()),
        accounts=len(accounts) + len(direct),
        tenants=len(tenants | {each.tenant_id for each in direct}),
        profiles=len(await outside.profiles.list_profiles()),
        overviews=tuple(shelf.overviews.values()),
        account_id=known[0].id if known else "",
    )
