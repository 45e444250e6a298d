"""The accountant's desk on the control panel: POST /__simulator/invoice, GET /__simulator/invoices."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators.connectwise.invoicing import InvoiceEngine
from local.simulators.connectwise.records import Record, Records
from local.simulators.control import PREFIX, refused


class Accounting:
    """`{"date": "2026-12-01"}` invoices what is due by then; `agreements` narrows it to those ids."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._engine = InvoiceEngine(records)

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/invoice", self.invoice, methods=["POST"]),
            Route(f"{PREFIX}/invoices", self.invoices),
            Route(f"{PREFIX}/agreements/{{agreement:int}}/billing", self.billing, methods=["PATCH"]),
        ]

    async def invoice(self, request: Request) -> Response:
        wanted = await request.json()
        if unknown := set(wanted) - {"date", "agreements"}:
            return refused(400, f"unknown member {sorted(unknown)[0]!r}")
        try:
            through = date.fromisoformat(wanted["date"])
        except (KeyError, TypeError, ValueError):
            return refused(400, "date has to be a day such as 2026-12-01")
        made = self._engine.run(through, wanted.get("agreements"))
        return JSONResponse([self._with_lines(invoice) for invoice in made], 201)

    async def invoices(self, request: Request) -> Response:
        """Every invoice with its lines, which the API itself does not show."""
        return JSONResponse([self._with_lines(invoice) for invoice in self._records.all("invoices")])

    async def billing(self, request: Request) -> Response:
        """`{"inArrears": true}`: from now on an invoice covers the time before its date."""
        wanted = await request.json()
        if set(wanted) != {"inArrears"} or not isinstance(wanted["inArrears"], bool):
            return refused(400, "inArrears has to be true or false")
        self._records.bill_in_arrears(request.path_params["agreement"], wanted["inArrears"])
        return JSONResponse(wanted)

    def _with_lines(self, invoice: Record) -> Record:
        return {**invoice, "lines": self._records.lines_of(invoice["id"])}
