"""Agreements as a plan needs them: their own rows, their parents', the newest invoices, and their additions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from plans.agreements import AgreementReading, UnreadableAgreement
from plans.errors import Misconfigured, Park
from psa.connectwise.client import ConnectWiseClient, ReadRefused, Rows
from psa.connectwise.invoicing import (
    AGREEMENT_INVOICE,
    Billing,
    BillingReading,
    InvoicesUnread,
    NewestInvoices,
    derive_invoicing,
    find_newest_invoices,
    find_payers,
    read_billings,
)
from psa.connectwise.rows import Row, read_agreement
from psa.connectwise.settings import InvoicingSettings

IDS_PER_CONDITION = 50
UNAUTHORIZED = 401
FORBIDDEN = 403
INVOICES = "/finance/invoices"
INVOICE_FIELDS = "id,type,date,agreement/id"


@dataclass(frozen=True, slots=True)
class AgreementReader:
    """Reads the agreements of one connection."""

    connection_id: str
    client: ConnectWiseClient
    settings: InvoicingSettings

    async def read(self, agreement_ids: Sequence[str]) -> tuple[AgreementReading, ...]:
        """The named agreements; those that ConnectWise does not know are left out.

        For every fifty: one list of agreements, one of parents where some are children, one of invoices; and one list
        of additions for each agreement. Raises Retry where ConnectWise does not answer, Misconfigured where it refuses.
        """
        known_ids = [each for each in agreement_ids if each.isascii() and each.isdigit()]
        agreements: list[AgreementReading] = []
        for start in range(0, len(known_ids), IDS_PER_CONDITION):
            rows = await self._list_agreements(known_ids[start : start + IDS_PER_CONDITION])
            billings = read_billings(rows)
            billings |= read_billings(await self._list_agreements(name_missing_parents(billings)))
            newest = await self._read_newest_invoices(find_payers(billings.values()))
            agreements += [await self._read_agreement(row, billings, newest) for row in rows]
        return tuple(agreements)

    async def _list_agreements(self, agreement_ids: Sequence[str]) -> Rows:
        if not agreement_ids:
            return []
        return await self.client.list_rows("/finance/agreements", spell_membership("id", agreement_ids))

    async def _read_newest_invoices(self, payers: Sequence[Billing]) -> NewestInvoices:
        if not payers:
            return {}
        conditions = spell_invoice_conditions(payers)
        try:
            return find_newest_invoices(await self.client.list_rows(INVOICES, conditions, INVOICE_FIELDS))
        except ReadRefused as error:
            if error.status == UNAUTHORIZED:
                raise
            return InvoicesUnread(describe_refusal(error.status))
        except Park as error:
            return InvoicesUnread(f"An invoice in ConnectWise cannot be read: {error}")

    async def _read_agreement(
        self, row: Row, billings: Mapping[str, BillingReading], newest: NewestInvoices
    ) -> AgreementReading:
        agreement_id = str(row.get("id"))
        own = billings[agreement_id]
        if isinstance(own, UnreadableAgreement):
            return own
        try:
            additions = await self.client.list_rows(f"/finance/agreements/{own.agreement_id}/additions")
            agreement = read_agreement(self.connection_id, row, additions)
        except (Misconfigured, Park) as error:
            return UnreadableAgreement(agreement_id, str(error))
        invoicing = derive_invoicing(own, billings, newest, self.settings)
        return replace(agreement, facts=invoicing.complete(agreement.facts))


def name_missing_parents(billings: Mapping[str, BillingReading]) -> list[str]:
    """The ids of parents that were not read with their children."""
    children = [each for each in billings.values() if isinstance(each, Billing)]
    wanted = {child.parent_id for child in children if child.parent_id is not None}
    return sorted(each for each in wanted - billings.keys() if each.isascii() and each.isdigit())


def spell_invoice_conditions(payers: Sequence[Billing]) -> str:
    """Agreement invoices that may contradict a next invoice date: none of those before the earliest of them can.

    The dates in the rows say how far back to look, so that the same agreements are asked for the same way on any day.
    """
    earliest = min(payer.next_invoice_on for payer in payers if payer.next_invoice_on is not None)
    membership = spell_membership("agreement/id", [payer.agreement_id for payer in payers])
    return f'type="{AGREEMENT_INVOICE}" and {membership} and date>={spell_moment(earliest)}'


def spell_membership(field: str, ids: Iterable[str]) -> str:
    """The condition that a field is one of these ids."""
    return f"{field} in ({','.join(ids)})"


def spell_moment(day: date) -> str:
    """The start of a day, as conditions take it (connectwise.md 2)."""
    return f"[{day.isoformat()}T00:00:00Z]"


def describe_refusal(status: int) -> str:
    """Why the invoices are not known, and what to do."""
    if status == FORBIDDEN:
        return (
            "The API member lacks the right Finance > Invoicing (Inquire), so nobody can tell what is already "
            "invoiced. Add it to its security role in ConnectWise."
        )
    return (
        f"ConnectWise answered {status} to the list of invoices, so nobody can tell what is already invoiced. Run the "
        "permission report of the connection."
    )
