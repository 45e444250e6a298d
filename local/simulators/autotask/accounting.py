"""The accountant's desk on the control panel: POST /__simulator/invoice, GET /__simulator/invoices."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators.autotask.filtering import Record
from local.simulators.autotask.posting import Accountant
from local.simulators.autotask.records import Records
from local.simulators.control import PREFIX, refused


class Accounting:
    """`{"date": "2026-12-01"}` approves, posts and invoices what began by then; `contracts` narrows it to those ids."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._accountant = Accountant(records)

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/post", self.post, methods=["POST"]),
            Route(f"{PREFIX}/invoice", self.invoice, methods=["POST"]),
            Route(f"{PREFIX}/invoices", self.invoices),
        ]

    async def post(self, request: Request) -> Response:
        """Approve and post alone: what it made are billing items that no invoice has yet."""
        through, contracts = _read_wish(await request.json())
        if through is None:
            return refused(400, "date has to be a day such as 2026-12-01, contracts a list of ids")
        return JSONResponse(self._accountant.post(through, contracts), 201)

    async def invoice(self, request: Request) -> Response:
        through, contracts = _read_wish(await request.json())
        if through is None:
            return refused(400, "date has to be a day such as 2026-12-01, contracts a list of ids")
        self._accountant.post(through, contracts)
        made = self._accountant.invoice(through)
        return JSONResponse([self._with_items(invoice) for invoice in made], 201)

    async def invoices(self, request: Request) -> Response:
        """Every invoice with its items."""
        return JSONResponse([self._with_items(invoice) for invoice in self._records.all("Invoices")])

    def _with_items(self, invoice: Record) -> Record:
        items = [item for item in self._records.all("BillingItems") if item["invoiceID"] == invoice["id"]]
        return {**invoice, "items": items}


def _read_wish(wanted: object) -> tuple[date | None, list[int] | None]:
    """The day, None where there is none, and the contracts."""
    if not isinstance(wanted, dict) or set(wanted) - {"date", "contracts"}:
        return None, None
    try:
        return date.fromisoformat(wanted["date"]), wanted.get("contracts")
    except (KeyError, TypeError, ValueError):
        return None, None
