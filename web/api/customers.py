"""`/api/v1/customers`: who is billed, for which licences, and what happened to them."""

from __future__ import annotations

from typing import ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from plans.ports import CustomerOverview
from profiles.billing import Mapping
from profiles.quantity import has_floor
from web.actions.asking import make_actor
from web.actions.syncing import sync_customers
from web.api.answering import cut, read_json, refuse
from web.api.customer_shapes import (
    CustomerItem,
    CustomerPage,
    CustomerRecord,
    HistoryItem,
    HistoryPage,
    LicenceItem,
    LicencePage,
    MappingItem,
    SyncAsked,
    SyncWish,
    UserItem,
    UserPage,
)
from web.api.operations import LISTED, NOT_THERE, NOT_UNDERSTOOD, ROOT, Operation
from web.api.shapes import Refused
from web.context import WebContext
from web.pages import customer_history, customer_licences, customer_list, customer_users
from web.pages.customer import CustomerPage as CustomerReader
from web.pages.customers import CustomersPage
from web.pages.licence_row import LicenceRow
from web.pages.licence_seats import NO_BREAK
from web.pages.listing import read_ask
from web.pages.site import Site
from web.wording import clean

PATH = f"{ROOT}/customers"
ONE = f"{PATH}/{{customer_id}}"


class CustomersApi:
    """The routes."""

    OPERATIONS: ClassVar[tuple[Operation, ...]] = (
        Operation(
            "GET", PATH, "list_customers", "Every customer as it stands in the last night, 50 a page",
            {200: (CustomerPage, "One page")}, query=LISTED,
            pages=("/customers", "/customers.csv"),
        ),
        Operation(
            "POST", f"{PATH}/sync", "sync", "Read, plan and write these customers now, as far as each is live",
            {
                200: (SyncAsked, "The run that does it"),
                409: (Refused, "The run could not be started; the next night does it"),
                **NOT_THERE,
                **NOT_UNDERSTOOD,
            },
            SyncWish,
            pages=("/customers/sync", "/customers/{customer_id}/sync"),
        ),
        Operation(
            "GET", ONE, "show_customer", "One customer and how each of its licences is mapped",
            {200: (CustomerRecord, "The customer"), **NOT_THERE},
            pages=("/customers/{customer_id}",),
        ),
        Operation(
            "GET", f"{ONE}/licences", "list_licences", "Its licences, those that nobody mapped first, 50 a page",
            {200: (LicencePage, "One page"), **NOT_THERE}, query=("state", "sort", "page"),
            pages=("/customers/{customer_id}", "/customers/{customer_id}/licences.csv"),
        ),
        Operation(
            "GET", f"{ONE}/users", "list_users", "The users who hold a licence, 50 a page",
            {200: (UserPage, "One page"), **NOT_THERE}, query=LISTED,
            pages=("/customers/{customer_id}/users", "/customers/{customer_id}/users.csv"),
        ),
        Operation(
            "GET", f"{ONE}/history", "list_history", "What happened to it, the newest first, 50 a page",
            {200: (HistoryPage, "One page"), **NOT_THERE}, query=("q", "page"),
            pages=("/customers/{customer_id}/history", "/customers/{customer_id}/history.csv"),
        ),
    )  # fmt: skip

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context
        self._customers = CustomersPage(site)
        self._customer = CustomerReader(site)

    async def list_customers(self, request: Request) -> Response:
        """Filtered, ordered and paged like the page."""
        directory = await self._customers.read()
        ask = read_ask(request, "", [each.name for each in customer_list.SORTERS])
        page = cut(ask, customer_list.select(directory.rows, ask))
        rows = [make_item(each) for each in page.rows]
        return JSONResponse(CustomerPage(customers=rows, page=page.number, total=page.total).write())

    async def sync(self, request: Request) -> Response:
        """Asks for a run, or joins the one that is going on for all of them."""
        wish = await read_json(request, SyncWish)
        if isinstance(wish, Response):
            return wish
        outside = await self._context.outside()
        known = {customer.id for customer in await outside.books.list_customers()}
        unknown = [each for each in wish.customer_ids if each not in known]
        if unknown:
            return refuse(404, f"There is no customer with the id {clean(unknown[0])}.")
        actor = make_actor(request.state.principal, self._site.now(), "")
        going = await sync_customers(outside, await self._context.run_requests(), wish.customer_ids, actor)
        if going is None:
            return refuse(409, "The run could not be started. Try again in a minute; the next night does it otherwise.")
        return JSONResponse(SyncAsked(run_id=going.run_id, is_joined=going.is_joined).write())

    async def show_customer(self, request: Request) -> Response:
        """The customer's own settings and mappings."""
        records = await self._customer.read_records(request)
        return JSONResponse(make_record(records.overview).write())

    async def list_licences(self, request: Request) -> Response:
        """The rows of the customer's page."""
        records = await self._customer.read_records(request)
        ask = read_ask(request, "", [each.name for each in customer_licences.SORTERS])
        page = cut(ask, customer_licences.select(customer_licences.make_rows(records), ask))
        rows = [make_licence(each) for each in page.rows]
        return JSONResponse(LicencePage(licences=rows, page=page.number, total=page.total).write())

    async def list_users(self, request: Request) -> Response:
        """The rows of the users' tab."""
        records = await self._customer.read_records(request)
        ask = read_ask(request, "", [each.name for each in customer_users.SORTERS])
        page = cut(ask, customer_users.select(customer_users.make_rows(records), ask))
        rows = [
            UserItem(
                name=each.name,
                user_name=each.principal_name,
                licences=list(each.licences),
                account_enabled=each.is_enabled,
                is_guest=each.is_guest,
            )
            for each in page.rows
        ]
        return JSONResponse(UserPage(users=rows, page=page.number, total=page.total).write())

    async def list_history(self, request: Request) -> Response:
        """The entries of the history's tab."""
        ask = read_ask(request, "")
        entries = await self._customer.read_history(await self._customer.read_records(request))
        page = cut(ask, customer_history.select(entries, ask))
        rows = [
            HistoryItem(at=each.at, licence=each.licence, sentence=each.sentence, run=each.run) for each in page.rows
        ]
        return JSONResponse(HistoryPage(entries=rows, page=page.number, total=page.total).write())


def make_item(row: customer_list.CustomerRow) -> CustomerItem:
    """One line of the list."""
    return CustomerItem(
        id=row.customer_id,
        name=row.name,
        domain=row.domain,
        licences_mapped=row.mapped,
        licences_unmapped=row.unmapped,
        seats_billed=row.seats,
        state=row.standing,
        sentence=row.sentence,
        needs_you_since=row.since,
        is_observed=row.is_observed,
    )


def make_record(overview: CustomerOverview) -> CustomerRecord:
    """The customer with its mappings, ended ones included."""
    customer = overview.customer
    return CustomerRecord(
        id=customer.id,
        name=clean(customer.name),
        tenant_id=customer.tenant_id,
        connection_id=customer.connection_id,
        company_id=customer.company_id,
        is_observed=customer.is_observed,
        mappings=[make_mapping(each, overview.billed.get(each.id, 0)) for each in overview.mappings],
    )


def make_mapping(mapping: Mapping, seats_billed: int) -> MappingItem:
    """One mapping."""
    return MappingItem(
        id=mapping.id,
        sku_id=mapping.sku_id,
        licence=clean(mapping.licence_name),
        profile_id=mapping.profile_id,
        agreement_id=mapping.agreement_id,
        basis=mapping.basis,
        committed_floor=has_floor(mapping),
        included=mapping.included,
        minimum=mapping.minimum,
        maximum=mapping.maximum,
        starts_on=mapping.starts_on,
        prorates=mapping.prorates,
        gives_credits=mapping.gives_credits,
        is_excluded=mapping.is_excluded,
        is_ended=mapping.is_ended,
        seats_billed=seats_billed,
    )


def make_licence(row: LicenceRow) -> LicenceItem:
    """One row of the customer's page."""
    return LicenceItem(
        sku_id=row.sku_id,
        name=row.name,
        part_number=row.part_number,
        subscriptions=row.subscriptions.replace(NO_BREAK, " "),
        purchased=row.purchased,
        assigned=row.assigned,
        billing_profile=row.profile,
        agreement=row.agreement,
        seats_before=row.before,
        seats_billed=row.after,
        state=row.state,
        state_words=row.word,
        why=list(row.why),
    )
