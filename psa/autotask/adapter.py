"""Autotask as the night sees it: `plans.ports.Psa`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

import httpx

from net.client import Answer
from plans.agreements import Addition, AgreementReading, UnreadableAgreement
from plans.beside import OtherAgreement
from plans.budget import RequestBudget
from plans.catalogue import Payer
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.errors import Bug, Misconfigured, Park, Retry
from plans.forecast import InvoiceTotal
from plans.limits import Rhythm
from plans.ports import Accepted, InDoubt, Refused, WriteAnswer
from plans.translation import LineTask, Translation
from psa.autotask.catalogue import AutotaskCatalogue, read_payer, read_payers, read_prices
from psa.autotask.client import AutotaskClient
from psa.autotask.errors import Meaning, judge
from psa.autotask.reading import TEXT_FIELD, ContractReader
from psa.autotask.rows import Row, find_moment, require, require_day
from psa.autotask.searching import search_products
from psa.autotask.settings import BillingSettings
from psa.autotask.translate import translate_line
from psa.sharing import ReadingOfARun, SharedReading
from psa.values import parse_amount

RHYTHM = Rhythm(agreements_at_once=400, readings_at_once=1, pushes_at_once=1)
"""Every integration of the database shares its three threads; one reading uses two of them, and one write one.

A night cuts its contracts by their ids (`plans.runs.choose_shard`) into pieces of 400 or fewer on average. The largest
of fifty has some 480, so that each is one list of ids (`VALUES_PER_QUERY`), and its contracts are one page."""
DUPLICATE_PERIOD = "duplicate data"
POSTED_PERIOD = "already approved and posted"
EXPLAIN_POSTED = "It is written from the next period on: bill the days before by hand."
ITEM_FIELDS = ("contractID", "itemDate", "postedDate", "extendedPrice")


class AutotaskPsa:
    """One Autotask connection."""

    rhythm = RHYTHM

    def __init__(
        self,
        connection_id: str,
        client: AutotaskClient,
        today: Callable[[], date],
        settings: BillingSettings | None = None,
    ) -> None:
        """`today` is the day in the MSP's zone: it bounds which rows of units are asked for."""
        self._client = client
        self._today = today
        self._settings = settings or BillingSettings()
        self._contracts = ContractReader(connection_id, client, today)
        self._prices = SharedReading(partial(read_prices, client))
        self._payers = ReadingOfARun(partial(read_payers, client))

    @property
    def prorates(self) -> bool:
        """Whether increases count from their day, where a customer says nothing else."""
        return self._settings.prorates

    def open_catalogue(self) -> AutotaskCatalogue:
        """What pages ask of the same database: one client of it keeps to the limit of requests at once."""
        return AutotaskCatalogue(self._client, self._today)

    async def read_agreements(self, agreement_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
        """The named contracts with their services and units, and through which day they are posted."""
        return await self._contracts.read(agreement_ids, run_id)

    async def read_budget(self) -> RequestBudget | None:
        """The database's own counter of requests. Raises like `read_agreements`."""
        return await self._client.read_budget()

    async def read_payer(self, company_id: str, run_id: str = "") -> Payer | None:
        """The parent that is invoiced for a company: one list for all companies of a run. Raises like
        `read_agreements`."""
        if not run_id:
            return await read_payer(self._client, company_id)
        return (await self._payers.read(run_id)).get(company_id)

    async def search_products(
        self, company_ids: Sequence[str], product_ids: Collection[str], known_ids: Collection[str]
    ) -> tuple[OtherAgreement, ...]:
        """What bills these services on the companies' other active contracts. Raises like `read_agreements`."""
        return await search_products(self._client, self._contracts, self._today(), company_ids, product_ids, known_ids)

    async def read_prices(self) -> Mapping[str, Decimal]:
        """What every service costs that has a price. Raises like `read_agreements`."""
        return await self._prices.read()

    async def count_additions(self, agreement_id: str) -> int:
        """The contract's services by Autotask's own count."""
        wanted = {"op": "eq", "field": "contractID", "value": int(agreement_id)}
        return await self._client.count("ContractServices", [wanted])

    def translate(self, task: LineTask) -> Translation:
        """The writes that make the law true for one line."""
        return translate_line(task, self._settings.lead_nights)

    async def send(self, change: Change) -> WriteAnswer:
        """Send one write once. What is not a clear yes or a clear no is in doubt.

        Raises Bug for a change that Autotask has no words for.
        """
        contract = f"Contracts/{int(change.agreement_id)}"
        match change:
            case CreateAddition():
                body = make_service_body(change)
                sending = self._client.write_once("POST", "ContractServices", f"{contract}/Services", body)
            case AdjustUnits():
                body, path = make_adjustment_body(change), f"{contract}/ServiceAdjustments"
                sending = self._client.write_once("POST", "ContractServiceAdjustments", path, body)
            case SetAddition():
                body = make_text_body(change)
                sending = self._client.write_once("PATCH", "ContractServices", f"{contract}/Services", body)
        try:
            return judge_answer(await sending, change)
        except Misconfigured as error:
            return Refused(str(error))
        except httpx.RequestError as error:
            return InDoubt(f"Autotask did not answer the write: {type(error).__name__}.")
        except Retry as error:
            return InDoubt(str(error))

    async def read_addition(self, agreement_id: str, addition_id: str) -> Addition | None:
        """One contract service as it is now, with its units."""
        for reading in await self._contracts.read([agreement_id]):
            if isinstance(reading, UnreadableAgreement):
                raise Retry(reading.sentence)
            found = next((each for each in reading.additions if each.id == addition_id), None)
            if found is not None and found.doubt:
                raise Retry(found.doubt)
            return found
        return None

    async def read_invoices(self, agreement_ids: Sequence[str], since: date) -> tuple[InvoiceTotal, ...]:
        """What was posted for the contracts, item by item, by the day that each item is for."""
        ids = [int(each) for each in agreement_ids if each.isascii() and each.isdigit()]
        recent = {"op": "gte", "field": "itemDate", "value": since.isoformat()}
        rows = await self._client.query_by("BillingItems", "contractID", ids, [recent], ITEM_FIELDS)
        try:
            return tuple(read_item(row) for row in rows)
        except Park as error:
            raise Retry(str(error)) from error


def read_item(row: Row) -> InvoiceTotal:
    """A posted item. Raises Park where it lacks what a bill rests on."""
    amount = parse_amount(require(row, "extendedPrice"))
    if amount is None:
        raise Park(f"Billing item {row.get('id')} has the price {row.get('extendedPrice')!r}, which is no amount.")
    return InvoiceTotal(
        agreement_id=str(require(row, "contractID")),
        number=str(require(row, "id")),
        invoiced_on=require_day(row, "itemDate"),
        amount=amount,
        made_at=find_moment(str(row.get("postedDate") or "")),
    )


def make_service_body(change: CreateAddition) -> Mapping[str, object]:
    """A contract service without units; our key is its internal description.

    Raises Bug for one with units: those are a write of their own.
    """
    if not change.is_empty:
        raise Bug(f"Autotask's contract services are made without units, and {change.key} has {change.quantity}.")
    body: dict[str, object] = {"serviceID": int(change.product_id), "internalDescription": change.key}
    if change.unit_price is not None:
        body["unitPrice"] = float(change.unit_price)
    if change.description is not None:
        body[TEXT_FIELD] = change.description
    return body


def make_adjustment_body(change: AdjustUnits) -> Mapping[str, object]:
    """A dated delta. Always with the contract service's number, without which Autotask would make another one.

    Raises Bug where nobody knows the number.
    """
    if not change.addition_id:
        raise Bug(f"Adjustment {change.key} has no contract service.")
    body: dict[str, object] = {
        "contractServiceID": int(change.addition_id),
        "effectiveDate": change.effective_on.isoformat(),
        "unitChange": change.units_after - change.units_before,
    }
    if change.unit_price is not None:
        body["adjustedUnitPrice"] = float(change.unit_price)
    return body


def make_text_body(change: SetAddition) -> Mapping[str, object]:
    """A contract service's text. Raises Bug for any other field: units and price are adjusted."""
    if change.before.without_words_and_price() != change.after.without_words_and_price():
        raise Bug(f"Autotask changes nothing of contract service {change.before.id} but its text.")
    return {"id": int(change.before.id), TEXT_FIELD: change.after.description}


def judge_answer(answer: Answer, change: Change) -> WriteAnswer:
    """Yes, no, or in doubt. An adjustment is answered without a number (autotask-halo.md 2)."""
    verdict = judge(answer)
    if verdict.meaning in (Meaning.THROTTLED, Meaning.PASSING) or not verdict.is_spoken:
        return InDoubt(f"Autotask answered {verdict.text} to the write.")
    if verdict.meaning is not Meaning.FINE:
        refused, said = f"Autotask refused the write with {verdict.text}.", verdict.text.casefold()
        if isinstance(change, AdjustUnits) and POSTED_PERIOD in said:
            return Refused(f"{refused} {EXPLAIN_POSTED}", is_posted=True)
        return Refused(refused, is_day_taken=isinstance(change, AdjustUnits) and DUPLICATE_PERIOD in said)
    body = answer.body if isinstance(answer.body, dict) else {}
    match change:
        case AdjustUnits(addition_id=addition_id) if "itemId" in body:
            return Accepted(addition_id)
        case SetAddition(before=before) if "itemId" in body:
            return Accepted(before.id)
        case _:
            number = body.get("itemId")
            return InDoubt("Autotask gave no number.") if number is None else Accepted(str(number))
