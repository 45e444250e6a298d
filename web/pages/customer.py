"""One customer: its licences, users, history, and what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from plans.ports import CustomerOverview, Outside
from plans.results import TenantResult
from plans.runs import Run, TenantState, is_night
from profiles.billing import Customer
from profiles.licences import Snapshot
from web.csv_files import make_csv
from web.pages import customer_history, customer_licences, customer_users
from web.pages.customer_view import CustomerRecords, make_head, write_plan_address
from web.pages.customer_waiting import make_waiting
from web.pages.listing import Ask, read_ask
from web.pages.quick_map import Typed
from web.pages.quick_reader import read_quick_map, turn_to
from web.pages.recent_runs import list_recent_runs, select_standing_runs
from web.pages.records import add_waiting_days, choose_settled_run
from web.pages.run_changes import read_plan
from web.pages.site import Site
from web.security.permissions import Permission, is_allowed

LONGEST_ID = 200
SNAPSHOTS_SOUGHT = 12
TOLD = {
    "moved": "What was ticked is mapped to the other agreement. The next run plans the move.",
    "added": "The customer is added. Sync now reads its licences, or the next night does.",
    "notstarted": "The run could not be started. Try again in a minute; the next night does it otherwise.",
}


@dataclass(frozen=True, slots=True)
class FoundSnapshot:
    """The newest complete reading of the tenant, and the run that made it."""

    run: Run
    snapshot: Snapshot


class CustomerPage:
    """GET /customers/{customer_id}, its tabs and their CSVs. Only the customer's own rows and blobs are read."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """The licences, unmapped first."""
        return await self.show_licences(request)

    async def show_licences(self, request: Request, typed: Typed | None = None, status: int = 200) -> Response:
        """The same; after a row's form that could not be taken, with everything that was typed in it."""
        records = await self._load(request)
        ask = self._ask(request, "", "why")
        if "why" in dict(ask.extra):
            records = await self._add_journals(records)
        about = request.query_params.get("sku", "") if typed is None else typed.sku_id
        ask = turn_to(about, customer_licences.select(customer_licences.make_rows(records), ask), ask)
        listing = customer_licences.make_list(records, ask)
        offered = await read_quick_map(self._site, records.overview.customer, listing.page.rows, typed, request)
        page = self._page(request, records, "", "customer/licences.html", listing=listing, **offered)
        page.status_code = status
        return page

    async def download(self, request: Request) -> Response:
        """The same licences as a file."""
        records = await self._load(request)
        chosen = customer_licences.select(customer_licences.make_rows(records), self._ask(request, "", "why"))
        rows = map(customer_licences.make_csv_row, chosen)
        return make_csv("licences.csv", customer_licences.CSV_HEADER, rows)

    async def show_users(self, request: Request) -> Response:
        """The users who hold a licence."""
        records = await self._load(request)
        listing = customer_users.make_list(records, self._ask(request, "/users"))
        return self._page(
            request,
            records,
            "/users",
            "customer/users.html",
            listing=listing,
            unread=customer_users.say_unread(records),
        )

    async def download_users(self, request: Request) -> Response:
        """The same users, all of them."""
        records = await self._load(request)
        chosen = customer_users.select(customer_users.make_rows(records), self._ask(request, "/users"))
        return make_csv("users.csv", customer_users.CSV_HEADER, map(customer_users.make_csv_row, chosen))

    async def show_history(self, request: Request) -> Response:
        """What happened to the customer's lines."""
        records = await self._load(request)
        rows = await self.read_history(records)
        listing = customer_history.make_list(rows, self._ask(request, "/history"))
        return self._page(request, records, "/history", "customer/history.html", listing=listing)

    async def download_history(self, request: Request) -> Response:
        """The same history, all of it."""
        records = await self._load(request)
        chosen = customer_history.select(await self.read_history(records), self._ask(request, "/history"))
        header = [each.replace("{zone}", self._site.zone.key) for each in customer_history.CSV_HEADER]
        return make_csv("history.csv", header, map(customer_history.make_csv_row, chosen))

    async def show_waiting(self, request: Request) -> Response:
        """What waits for a person, for its day, or for money to be given back."""
        records = await self._load(request)
        return self._page(
            request,
            records,
            "/waiting",
            "customer/waiting.html",
            waiting=make_waiting(records),
            plan_address=write_plan_address(records),
        )

    async def _add_journals(self, records: CustomerRecords) -> CustomerRecords:
        customer_id = records.overview.customer.id
        _, desk = await self._site.load(lambda outside: outside.books.read_desk(customer_id))
        if desk is None:
            raise HTTPException(404)
        return replace(records, journals=desk.journals)

    async def read_history(self, records: CustomerRecords) -> list[customer_history.HistoryRow]:
        """What happened to the customer, the newest first."""
        customer_id = records.overview.customer.id
        records = await self._add_journals(records)
        _, entries = await self._site.load(lambda outside: outside.books.list_history(customer_id))
        return customer_history.make_rows(entries, records, self._site.zone)

    def _page(self, request: Request, records: CustomerRecords, here: str, template: str, **values: object) -> Response:
        head = make_head(records, here, self._site.zone)
        may_operate = is_allowed(request.state.principal, Permission.OPERATE)
        told = TOLD.get(request.query_params.get("told", ""), "")
        return self._site.page(request, template, view=head, may_operate=may_operate, told=told, **values)

    async def read_records(self, request: Request) -> CustomerRecords:
        """What another tab rests on. Raises HTTPException 404 where there is no such customer."""
        return await self._load(request)

    def render(
        self, request: Request, records: CustomerRecords, here: str, template: str, **values: object
    ) -> Response:
        """Another tab, below the same head."""
        return self._page(request, records, here, template, **values)

    def _ask(self, request: Request, tab: str, *extra: str) -> Ask:
        path = f"/customers/{quote(request.path_params['customer_id'], safe='')}"
        return read_ask(request, path + tab, extra=extra, csv_path=f"{path}{tab or '/licences'}.csv")

    async def _load(self, request: Request) -> CustomerRecords:
        _, records = await self._site.load(partial(self._read, request.path_params["customer_id"]))
        return records

    async def _read(self, customer_id: str, outside: Outside) -> CustomerRecords:
        if not customer_id.isprintable() or len(customer_id) > LONGEST_ID:
            raise HTTPException(404)
        overview = await outside.books.read_overview(customer_id)
        if overview is None:
            raise HTTPException(404)
        runs = await list_recent_runs(outside)
        return await self._read_run(outside, overview, runs)

    async def _read_run(self, outside: Outside, overview: CustomerOverview, runs: tuple[Run, ...]) -> CustomerRecords:
        customer = overview.customer
        profiles = await outside.profiles.list_profiles()
        shelf = await self._site.shelf.read(outside)
        records = CustomerRecords(
            overview,
            profiles,
            shelf.domains.get(customer.tenant_id, ""),
            exclusions=shelf.exclusions,
            currency=self._site.currency,
        )
        if not runs:
            return records
        run, tenant = await find_run(outside, runs, customer)
        own = () if tenant is None else tuple(each for each in tenant.agreements if each.customer_id == customer.id)
        hashes = {each.plan_hash for each in own if each.change_count}
        pushes = await outside.runs.list_pushes(run.id) if hashes else ()
        aftermath = await self._site.records.read_aftermath(
            outside, run, tuple(push for push in pushes if push.plan_hash in hashes)
        )
        found = await find_snapshot(outside, run, runs, customer.tenant_id)
        return replace(
            records,
            run=run,
            tenant=tenant,
            agreements=own,
            aftermath=aftermath,
            plans={each.plan_hash: plan for each in own if (plan := await read_plan(outside, each)) is not None},
            agreement_names={
                agreement_id: await self._site.agreement_names.find(outside, run, customer.connection_id, agreement_id)
                for agreement_id in dict.fromkeys(mapping.agreement_id for mapping in overview.mappings)
                if agreement_id
            },
            snapshot=None if found is None else found.snapshot,
            snapshot_run=None if found is None else found.run,
            needed_since=await self._find_since(outside, run, runs, customer.id),
            settled_proposals=await find_settled(outside, customer.id)
            if any(each.proposals for each in own)
            else frozenset(),
        )

    async def _find_since(self, outside: Outside, run: Run, runs: tuple[Run, ...], customer_id: str) -> date:
        since = await self._site.records.find_since(outside, run, runs, frozenset({customer_id}))
        holds = [hold for hold in await outside.open_items.list_holds() if hold.customer_id == customer_id]
        return add_waiting_days(since, holds, outside.zone)[customer_id]


async def find_run(outside: Outside, runs: tuple[Run, ...], customer: Customer) -> tuple[Run, TenantResult | None]:
    """The newest closed run since the last night that planned this customer; else the newest that tried to."""
    settled = choose_settled_run(runs)
    unread: tuple[Run, TenantResult] | None = None
    for run in reversed(select_standing_runs(settled, runs)):
        row = await outside.runs.read_tenant(run.id, customer.tenant_id)
        if row is None or customer.id not in row.customer_ids:
            continue
        if row.state is TenantState.PLANNED:
            return run, row
        unread = unread or (run, row)
    return unread or (settled, await outside.runs.read_tenant(settled.id, customer.tenant_id))


async def find_settled(outside: Outside, customer_id: str) -> frozenset[str]:
    """The ids of the customer's credit proposals that somebody ticked off."""
    return frozenset(
        proposal.id
        for proposal in await outside.open_items.list_proposals()
        if proposal.customer_id == customer_id and proposal.settled_by is not None
    )


async def find_snapshot(outside: Outside, run: Run, runs: tuple[Run, ...], tenant_id: str) -> FoundSnapshot | None:
    """The tenant's snapshot of this run, or the newest before it."""
    older = [each for each in runs if each.started_at < run.started_at]
    earlier = [each for place, each in enumerate(older) if place < SNAPSHOTS_SOUGHT or is_night(each.id)]
    for each in (run, *earlier[: 2 * SNAPSHOTS_SOUGHT]):
        snapshot = await outside.archive.read_snapshot(each.id, tenant_id)
        if snapshot is not None:
            return FoundSnapshot(each, snapshot)
    return None
