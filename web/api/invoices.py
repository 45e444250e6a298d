"""`/api/v1/invoices` and `/missing`: what invoices are forecast to be, what they came to, and what they would lack."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from plans.before_invoice import Gap
from plans.invoices import InvoiceDifference, KeptForecast
from profiles.billing import Customer
from web.api.answering import cut
from web.api.operations import LISTED, NOT_THERE, ROOT, Operation
from web.api.shapes import Money, Shape
from web.context import WebContext
from web.pages import forecast_list, invoice_list
from web.pages.forecast_list import InvoiceState, find_state
from web.pages.forecasts import ForecastsPage, read_forecasts
from web.pages.invoice_gaps import OpenThing
from web.pages.invoices import InvoicesPage
from web.pages.listing import read_ask
from web.pages.names import name_customer
from web.pages.site import Site
from web.wording import clean, hide_ids

PATH = f"{ROOT}/invoices"
AGREEMENT_PAGE = "/invoices/{connection_id}/{agreement_id}"


class PastInvoice(Shape):
    """One invoice beside what had been forecast. Amounts are without a currency."""

    due_on: date
    numbers: list[str]
    state: InvoiceState
    forecast: Money
    invoiced: Annotated[Money | None, Field(description="Null where no invoice was found")]
    difference: Money | None
    sentences: Annotated[list[str], Field(description="What kept the forecast from being complete")]


class ForecastItem(Shape):
    """The next invoice of an agreement: a forecast. The PSA's amount is the truth."""

    connection_id: str
    agreement_id: str
    agreement: str
    customers: list[str]
    next_invoice_on: date | None
    forecast: Money
    per_month: Money
    missing: Annotated[list[str], Field(description="What the forecast lacks")]
    last: PastInvoice | None


class ForecastPage(Shape):
    """One page of agreements, the soonest invoice first."""

    invoices: list[ForecastItem]
    page: int
    total: int


class ForecastLine(Shape):
    """One line of a forecast."""

    addition_id: str
    first: date
    last: date
    seats: Annotated[str, Field(description="A number, as text")]
    amount: Money
    catch_up: Annotated[Money, Field(description="The part for days before the period")]


class AgreementInvoices(ForecastItem):
    """One agreement: its forecast line by line, and its invoices."""

    lines: list[ForecastLine]
    past: list[PastInvoice]


class MissingItem(Shape):
    """One thing that the next invoices would lack."""

    invoice_on: date
    customer_id: str
    customer: str
    connection_id: str
    agreement_id: str
    gap: Gap
    licence: str
    why: str
    monthly: Annotated[
        Money | None, Field(description="What it moves in a whole month, a forecast; null where no price is known")
    ]


class MissingPage(Shape):
    """One page of what is missing, the soonest invoice first."""

    missing: list[MissingItem]
    page: int
    total: int
    due: Annotated[int, Field(description="How many invoices are due")]


class InvoicesApi:
    """The routes."""

    OPERATIONS: ClassVar[tuple[Operation, ...]] = (
        Operation(
            "GET", PATH, "list_invoices", "The next invoice of every agreement, and the last one, 50 a page",
            {200: (ForecastPage, "One page")}, query=LISTED, pages=("/invoices", "/invoices.csv"),
        ),
        Operation(
            "GET", f"{ROOT}{AGREEMENT_PAGE}", "show_invoices", "One agreement's forecast by line, and its invoices",
            {200: (AgreementInvoices, "The agreement"), **NOT_THERE},
            pages=(AGREEMENT_PAGE, f"{AGREEMENT_PAGE}/invoices.csv"),
        ),
        Operation(
            "GET", f"{ROOT}/missing", "list_missing", "What the invoices of the next days would lack, 50 a page",
            {200: (MissingPage, "One page")}, query=("q", "state", "page"),
            pages=("/approvals/invoices", "/approvals/invoices.csv"),
        ),
    )  # fmt: skip

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._agreement = ForecastsPage(site)
        self._missing = InvoicesPage(site)

    async def list_invoices(self, request: Request) -> Response:
        """Filtered, ordered and paged like the page."""
        _, forecasts = await self._site.load(read_forecasts)
        ask = read_ask(request, "", [sorter.name for sorter in forecast_list.SORTERS])
        page = cut(ask, forecast_list.select(forecasts, ask))
        rows = [ForecastItem.model_validate(list_forecast(each)) for each in page.rows]
        return JSONResponse(ForecastPage(invoices=rows, page=page.number, total=page.total).write())

    async def show_invoices(self, request: Request) -> Response:
        """One agreement."""
        kept, past = await self._agreement.read_agreement(request)
        lines = [
            ForecastLine(
                addition_id=clean(each.addition_id),
                first=each.first,
                last=each.last,
                seats=f"{each.seats:f}",
                amount=each.amount,
                catch_up=each.catch_up,
            )
            for each in kept.forecast.lines
        ]
        more = {"lines": lines, "past": [make_past(each) for each in past]}
        return JSONResponse(AgreementInvoices.model_validate({**list_forecast(kept), **more}).write())

    async def list_missing(self, request: Request) -> Response:
        """Filtered and paged like the page."""
        _, short = await self._site.load(self._missing.read)
        ask = read_ask(request, "")
        page = cut(ask, invoice_list.select(short.things, short.customers, ask))
        rows = [make_missing(each, short.customers) for each in page.rows]
        answer = MissingPage(missing=rows, page=page.number, total=page.total, due=short.due_count)
        return JSONResponse(answer.write())


def list_forecast(kept: KeptForecast) -> dict[str, object]:
    """The next invoice of an agreement, by the names of the shape."""
    forecast = kept.forecast
    return {
        "connection_id": kept.connection_id,
        "agreement_id": forecast.agreement_id,
        "agreement": clean(kept.name),
        "customers": [clean(each) for each in kept.customer_names],
        "next_invoice_on": forecast.next_invoice_on,
        "forecast": forecast.amount,
        "per_month": forecast.per_month,
        "missing": [clean(each) for each in forecast.missing],
        "last": None if kept.last is None else make_past(kept.last),
    }


def make_past(past: InvoiceDifference) -> PastInvoice:
    """One invoice."""
    return PastInvoice(
        due_on=past.due_on,
        numbers=[clean(each) for each in past.numbers],
        state=find_state(past),
        forecast=past.forecast,
        invoiced=past.invoiced,
        difference=past.difference,
        sentences=[clean(each) for each in past.missing],
    )


def make_missing(thing: OpenThing, customers: Mapping[str, Customer]) -> MissingItem:
    """One thing that an invoice would lack."""
    missing = thing.missing
    return MissingItem(
        invoice_on=missing.agreement.next_invoice_on,
        customer_id=missing.customer_id,
        customer=name_customer(customers, missing.customer_id),
        connection_id=missing.agreement.connection_id,
        agreement_id=missing.agreement.agreement_id,
        gap=missing.gap,
        licence=clean(missing.licence_name),
        why=hide_ids(missing.sentence, ""),
        monthly=thing.monthly,
    )
