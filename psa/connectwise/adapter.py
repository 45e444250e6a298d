"""ConnectWise as the night sees it: `plans.ports.Psa`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

import httpx

from net.client import Answer
from plans.agreements import Addition, AgreementReading
from plans.beside import OtherAgreement
from plans.catalogue import AgreementSummary, AgreementType, BillingCycle, Company, Payer, Product
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.errors import Bug, Misconfigured, Park, Retry
from plans.forecast import InvoiceTotal
from plans.limits import Rhythm
from plans.permissions import PermissionReport
from plans.ports import Accepted, InDoubt, Refused, WriteAnswer
from plans.translation import LineTask, Translation
from profiles.billing import BillableOption
from psa.connectwise import catalogue, companies, invoices
from psa.connectwise.agreements import AgreementReader
from psa.connectwise.client import ConnectWiseClient, describe_error
from psa.connectwise.lines import translate_line
from psa.connectwise.rights import report_rights
from psa.connectwise.rows import read_addition
from psa.connectwise.searching import search_products
from psa.connectwise.settings import InvoicingSettings
from psa.connectwise.translate import make_addition_body, make_operations
from psa.sharing import SharedReading

# A 404 may come from a codebase that has moved on, and a proxy may answer it after the effect: it is in doubt.
DEFINITE_REFUSALS = frozenset({400, 401, 403, 405, 409, 415, 422})

RHYTHM = Rhythm(agreements_at_once=50, readings_at_once=32, pushes_at_once=32)
"""Fifty agreements are one condition; how many calls run at once is the deployment's setting."""


class ConnectWisePsa:
    """One ConnectWise connection. Its agreements say themselves whether they prorate."""

    rhythm = RHYTHM
    prorates = True

    billable_options = tuple(BillableOption)

    def __init__(
        self, connection_id: str, client: ConnectWiseClient, settings: InvoicingSettings | None = None
    ) -> None:
        """`settings` is how the connection's agreements are invoiced; without them, in advance and monthly."""
        self._client = client
        self._agreements = AgreementReader(connection_id, client, settings or InvoicingSettings())
        self._prices = SharedReading(partial(catalogue.read_prices, client))

    async def read_agreements(self, agreement_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
        """The named agreements with their additions, and how they are invoiced."""
        return await self._agreements.read(agreement_ids)

    async def list_companies(self) -> tuple[Company, ...]:
        """Every company that is not deleted, whatever its status. Raises like `read_agreements`."""
        return await companies.list_companies(self._client)

    async def find_companies(self, words: Sequence[str]) -> tuple[Company, ...]:
        """Companies that are not deleted, whose name holds every word. Raises like `read_agreements`."""
        return await companies.find_companies(self._client, words)

    async def list_products(self) -> tuple[Product, ...]:
        """Every catalog item, inactive ones and bundles included. Raises like `read_agreements`."""
        return await catalogue.list_products(self._client)

    async def read_prices(self) -> Mapping[str, Decimal]:
        """What every catalog item costs that has a price. Raises like `read_agreements`."""
        return await self._prices.read()

    async def list_agreements_of(self, company_id: str) -> tuple[AgreementSummary, ...]:
        """Every agreement of a company, ended ones included. Raises like `read_agreements`."""
        return await companies.list_agreements_of(self._client, company_id)

    async def list_agreements(self) -> tuple[AgreementSummary, ...]:
        """Every agreement of every company, ended ones included. Raises like `read_agreements`."""
        return await companies.list_agreements(self._client)

    async def read_payer(self, company_id: str, run_id: str = "") -> Payer | None:
        """The parent that is invoiced for a company. Raises like `read_agreements`."""
        return await companies.read_payer(self._client, company_id)

    async def search_products(
        self, company_ids: Sequence[str], product_ids: Collection[str], known_ids: Collection[str]
    ) -> tuple[OtherAgreement, ...]:
        """What bills these products on the companies' other active agreements. Raises like `read_agreements`."""
        return await search_products(self._client, company_ids, product_ids, known_ids)

    async def list_agreement_types(self) -> tuple[AgreementType, ...]:
        """Every agreement type, inactive ones included. Raises like `read_agreements`."""
        return await companies.list_agreement_types(self._client)

    async def find_agreements(self, agreement_ids: Sequence[str]) -> frozenset[str]:
        """Those of these agreements that ConnectWise has. Raises like `read_agreements`."""
        return frozenset(each.id for each in await self.read_agreements(agreement_ids))

    async def list_billing_cycles(self) -> tuple[BillingCycle, ...]:
        """Every billing cycle. Raises like `read_agreements`."""
        return await companies.list_billing_cycles(self._client)

    async def report_permissions(self) -> PermissionReport:
        """How the connection is, and what the API member's role allows. Never raises for what ConnectWise answers."""
        return await report_rights(self._client)

    async def count_additions(self, agreement_id: str) -> int:
        """The agreement's additions by ConnectWise's own count."""
        return await self._client.count_rows(f"/finance/agreements/{int(agreement_id)}/additions")

    def translate(self, task: LineTask) -> Translation:
        """The writes that make the law true for one line."""
        return translate_line(task)

    async def send(self, change: Change) -> WriteAnswer:
        """POST or PATCH once. What is not a clear yes or a clear no is in doubt.

        Raises Bug for a change that ConnectWise has no words for.
        """
        path = f"/finance/agreements/{int(change.agreement_id)}/additions"
        match change:
            case CreateAddition():
                sending = self._client.post_once(path, make_addition_body(change))
            case SetAddition():
                sending = self._client.patch_once(f"{path}/{int(change.before.id)}", make_operations(change))
            case AdjustUnits():
                raise Bug(f"ConnectWise keeps no units by period, so addition {change.addition_id} has none to adjust.")
        try:
            return judge_answer(await sending)
        except Misconfigured as error:
            return Refused(str(error))
        except (httpx.RequestError, Retry) as error:
            return InDoubt(f"ConnectWise did not answer the write: {type(error).__name__}.")

    async def read_addition(self, agreement_id: str, addition_id: str) -> Addition | None:
        """One addition as it is now."""
        row = await self._client.read_row(f"/finance/agreements/{int(agreement_id)}/additions/{int(addition_id)}")
        try:
            return None if row is None else read_addition(row)
        except Park as error:
            raise Retry(str(error)) from error

    async def read_invoices(self, agreement_ids: Sequence[str], since: date) -> tuple[InvoiceTotal, ...]:
        """The agreements' own invoices dated on or after `since`."""
        return await invoices.read_invoices(self._client, agreement_ids, since)


def judge_answer(answer: Answer) -> WriteAnswer:
    """Yes, no, or in doubt: a 429 or a 5xx may or may not have been acted on (connectwise.md 7)."""
    if answer.is_success and isinstance(answer.body, dict) and answer.body.get("id") is not None:
        return Accepted(str(answer.body["id"]))
    if answer.status in DEFINITE_REFUSALS:
        return Refused(f"ConnectWise refused the write with {answer.status}: {describe_error(answer).rstrip('.')}.")
    return InDoubt(f"ConnectWise answered {answer.status} to the write.")
