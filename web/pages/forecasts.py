"""Invoices: what the next ones are forecast to be, and what the last ones came to."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from plans.invoices import InvoiceDifference, KeptForecast
from plans.ports import Outside
from web.csv_files import make_csv
from web.pages.forecast_list import (
    CSV_HEADER,
    PAST_CSV_HEADER,
    PATH,
    SORTERS,
    make_address,
    make_agreement,
    make_csv_row,
    make_list,
    make_past_csv_row,
    select,
)
from web.pages.listing import read_ask
from web.pages.site import Site


class ForecastsPage:
    """GET /invoices, one agreement's invoices, and the CSV beside each."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """One screen of agreements."""
        _, forecasts = await self._site.load(read_forecasts)
        ask = read_ask(request, PATH, [sorter.name for sorter in SORTERS])
        view = make_list(forecasts, ask, self._site.currency)
        return self._site.page(request, "invoices/page.html", view=view)

    async def download(self, request: Request) -> Response:
        """The same rows, all of them."""
        _, forecasts = await self._site.load(read_forecasts)
        ask = read_ask(request, PATH, [sorter.name for sorter in SORTERS])
        return make_csv("invoices.csv", CSV_HEADER, map(make_csv_row, select(forecasts, ask)))

    async def show_agreement(self, request: Request) -> Response:
        """One agreement: its forecast line by line, and its invoices."""
        kept, past = await self.read_agreement(request)
        address = make_address(kept.connection_id, kept.forecast.agreement_id)
        ask = read_ask(request, address, csv_path=f"{address}/invoices.csv")
        view = make_agreement(kept, past, ask, self._site.currency)
        return self._site.page(request, "invoices/agreement.html", view=view)

    async def download_agreement(self, request: Request) -> Response:
        """Its invoices, all of them."""
        _, past = await self.read_agreement(request)
        return make_csv("invoices.csv", PAST_CSV_HEADER, map(make_past_csv_row, past))

    async def read_agreement(self, request: Request) -> tuple[KeptForecast, tuple[InvoiceDifference, ...]]:
        """The agreement that the address names. Raises HTTPException 404 where nothing is forecast of it."""
        connection_id, agreement_id = request.path_params["connection_id"], request.path_params["agreement_id"]

        async def read(outside: Outside) -> tuple[KeptForecast, tuple[InvoiceDifference, ...]]:
            kept = await outside.forecasts.read_newest(connection_id, agreement_id)
            if kept is None:
                raise HTTPException(404)
            return kept, await outside.forecasts.list_differences(connection_id, agreement_id)

        _, found = await self._site.load(read)
        return found


async def read_forecasts(outside: Outside) -> tuple[KeptForecast, ...]:
    """The newest forecast of every agreement."""
    return await outside.forecasts.list_newest()
