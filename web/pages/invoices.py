"""Before the next invoice: what would be missing from it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from plans.agreements import Agreement
from plans.before_invoice import NightFacts, find_missing
from plans.due_invoices import BilledCustomer, DueAgreement, is_due, make_due, name_mapped
from plans.ports import CustomerOverview, Outside
from plans.runs import Run
from profiles.billing import Customer
from web.csv_files import make_csv
from web.pages import invoice_list
from web.pages.approval_list import make_tabs
from web.pages.invoice_gaps import Known, OpenThing, name_gaps
from web.pages.listing import Ask, read_ask
from web.pages.recent_runs import list_recent_runs
from web.pages.records import choose_settled_run
from web.pages.site import Site

PATH = "/approvals/invoices"
SHARDS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Short:
    """What is open, of how many invoices that are due, and whose customers these are."""

    things: tuple[OpenThing, ...]
    due_count: int
    customers: dict[str, Customer]


class InvoicesPage:
    """GET /approvals/invoices and its CSV. What a closed run read never changes, so it is remembered."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._read_of: tuple[Run, tuple[DueAgreement, ...]] | None = None

    async def show(self, request: Request) -> Response:
        """The soonest invoice first."""
        _, short = await self._site.load(self.read)
        place = invoice_list.Place(short.customers, self._site.currency)
        view = invoice_list.make_list(short.things, short.due_count, place, self._ask(request))
        return self._site.page(request, "approvals/invoices.html", view=view, tabs_shown=make_tabs(PATH))

    async def download(self, request: Request) -> Response:
        """The same rows, all of them."""
        _, short = await self._site.load(self.read)
        chosen = invoice_list.select(short.things, short.customers, self._ask(request))
        place = invoice_list.Place(short.customers, self._site.currency)
        rows = (invoice_list.make_csv_row(each, place) for each in chosen)
        return make_csv("before-invoice.csv", invoice_list.CSV_HEADER, rows)

    def _ask(self, request: Request) -> Ask:
        return read_ask(request, PATH)

    async def read(self, outside: Outside) -> Short:
        """What would be missing, by the newest closed night."""
        shelf = await self._site.shelf.read(outside)
        runs = await list_recent_runs(outside)
        if not runs:
            return Short((), 0, shelf.customers)
        run = choose_settled_run(runs)
        today = outside.local_day()
        customers = [make_customer(overview) for overview in shelf.overviews.values()]
        billed = {(each.connection_id, agreement_id) for each in customers for agreement_id in each.agreement_ids}
        due = [
            each
            for each in await self._read_agreements(outside, run)
            if is_due(each, today) and (each.connection_id, each.agreement_id) in billed
        ]
        if not due:
            return Short((), 0, shelf.customers)
        tenants = {tenant.tenant_id: tenant for tenant in await outside.runs.list_tenants(run.id)}
        holds = await outside.open_items.list_holds()
        exclusions = (await outside.profiles.read_controls()).exclusions
        missing = find_missing(today, due, customers, NightFacts(tenants, holds, exclusions))
        known = Known(holds, tenants, {each.customer_id: each for each in customers}, exclusions)
        return Short(name_gaps(missing, known), len(due), shelf.customers)

    async def _read_agreements(self, outside: Outside, run: Run) -> tuple[DueAgreement, ...]:
        """Every agreement of the run whose next invoice is known."""
        if self._read_of is None or self._read_of[0] != run:
            self._read_of = (run, await read_invoice_days(outside, run))
        return self._read_of[1]


async def read_invoice_days(outside: Outside, run: Run) -> tuple[DueAgreement, ...]:
    """The next invoice of every agreement that the run read, a few pieces at a time."""
    room = asyncio.Semaphore(SHARDS_AT_ONCE)

    async def read(connection_id: str, shard: int) -> list[DueAgreement]:
        async with room:
            found = await outside.archive.read_agreements(run.id, connection_id, shard) or ()
        return [made for each in found if isinstance(each, Agreement) and (made := make_due(each)) is not None]

    pieces = [(connection_id, shard) for connection_id, count in run.shard_counts for shard in range(count)]
    return tuple(each for piece in await asyncio.gather(*(read(*each) for each in pieces)) for each in piece)


def make_customer(overview: CustomerOverview) -> BilledCustomer:
    """What is mapped for the customer; an excluded mapping is a decision, and nothing of it is missing."""
    customer = overview.customer
    sku_ids, parts = name_mapped(overview.mappings)
    return BilledCustomer(
        customer_id=customer.id,
        connection_id=customer.connection_id,
        tenant_id=customer.tenant_id,
        agreement_ids=frozenset(
            each.agreement_id for each in overview.mappings if each.agreement_id and not each.is_excluded
        ),
        sku_ids=sku_ids,
        parts=parts,
    )
