"""What the next invoices are forecast to be, kept at the close of a run, and what those since the last one came to.

A forecast rests on what the run read of the PSA and on what it wrote since (billing rules 10, anchors.md 3.3 rule 8).
The PSA is asked for invoices only where P moved since the last forecast (P1): an unchanged night asks nothing.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from plans.agreements import Addition, Agreement
from plans.connecting import find_rhythm
from plans.errors import Misconfigured, Retry
from plans.forecast import InvoiceForecast, InvoiceTotal, NoForecast, combine_forecasts, forecast_invoice
from plans.invoices import KeptForecast, carry_starts, compare, find_unplaced, place_starts
from plans.journal import LineJournal
from plans.ports import Outside
from plans.results import TenantResult
from plans.runs import Run
from profiles.billing import Customer

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """One agreement that was read, and its part of the invoice that it is on."""

    agreement_id: str
    name: str
    company_id: str
    forecast: InvoiceForecast
    starts: dict[str, date]


@dataclass(slots=True)
class Connection:
    """What is known of one PSA connection's forecasts while a run closes.

    `kept` are the newest forecasts by the agreement that is invoiced. `owners` are the customers with a line on an
    agreement; `written` is what this run wrote on it, by addition. `created` is P as it was when an addition was made,
    by customer. `parts` are by the agreement that is invoiced; `doubtful` are those of which a part is not known.
    """

    id: str
    run: Run
    kept: dict[str, KeptForecast]
    customers: dict[str, Customer]
    owners: dict[str, set[str]]
    written: dict[str, dict[str, Addition]] = field(default_factory=lambda: defaultdict(dict))
    created: dict[str, dict[str, date | None]] = field(default_factory=dict)
    parts: dict[str, list[Part]] = field(default_factory=lambda: defaultdict(list))
    doubtful: set[str] = field(default_factory=set)
    is_whole: bool = True


async def keep_forecasts(outside: Outside, run: Run, tenants: Sequence[TenantResult]) -> None:
    """Keep the forecast of every agreement that this run read, and the differences of the invoices since the last one.

    What was not read, or not known, stays as it was. A PSA that does not tell its invoices now leaves its agreements
    for the next run. Done again, it changes nothing.
    """
    newest = await outside.forecasts.list_newest()
    customers = {customer.id: customer for customer in await outside.books.list_customers()}
    is_scoped = await outside.archive.read_scope(run.id) is not None
    pushed = {each.customer_id for each in await outside.runs.list_pushes(run.id) if each.writes}
    for connection_id, shard_count in run.shard_counts:
        connection = Connection(
            connection_id,
            run,
            {each.forecast.agreement_id: each for each in newest if each.connection_id == connection_id},
            {name: each for name, each in customers.items() if each.connection_id == connection_id},
            find_owners(tenants, connection_id),
            is_whole=not is_scoped,
        )
        for customer_id in sorted(pushed & connection.customers.keys()):
            await read_journals(outside, connection, customer_id)
        for shard in range(shard_count):
            await forecast_shard(outside, connection, shard)
        await keep_connection(outside, connection)


def find_owners(tenants: Sequence[TenantResult], connection_id: str) -> dict[str, set[str]]:
    """The customers with a line on each agreement of a connection, as far as this run planned them."""
    owners: dict[str, set[str]] = defaultdict(set)
    for tenant in tenants:
        for agreement in tenant.agreements:
            if agreement.connection_id == connection_id:
                owners[agreement.agreement_id].add(agreement.customer_id)
    return owners


async def read_journals(outside: Outside, connection: Connection, customer_id: str) -> None:
    """Note when a customer's additions were made, and what this run wrote; nothing of one that was removed since."""
    desk = await outside.books.read_desk(customer_id)
    if desk is None:
        return
    created: dict[str, date | None] = {}
    for journal in desk.journals.values():
        created |= {name: each.created_invoiced_through for name, each in journal.written.items()}
        for agreement_id, addition in list_written(journal, connection.run.id):
            connection.written[agreement_id][addition.id] = addition
    connection.created[customer_id] = created


def list_written(journal: LineJournal, run_id: str) -> Iterator[tuple[str, Addition]]:
    """The additions that a run wrote, with their agreements, in the order in which they were read back."""
    for entry in journal.evidence:
        if entry.run_id == run_id and entry.after is not None:
            yield entry.change.agreement_id, entry.after


async def forecast_shard(outside: Outside, connection: Connection, shard: int) -> None:
    """Forecast the agreements of one shard as they are now."""
    found = await outside.archive.read_agreements(connection.run.id, connection.id, shard)
    if found is None:
        connection.is_whole = False
        return
    for each in found:
        if not isinstance(each, Agreement):
            connection.doubtful.add(each.id)
            continue
        payer_id = each.facts.parent_id or each.id
        part = await forecast_part(outside, connection, payer_id, each)
        if part is None:
            connection.doubtful |= {each.id, payer_id}
        else:
            connection.parts[payer_id].append(part)


async def forecast_part(outside: Outside, connection: Connection, payer_id: str, agreement: Agreement) -> Part | None:
    """One agreement's part; None where nobody can tell what of it is invoiced."""
    through = agreement.next_through
    if through is None:
        return None
    agreement = overlay(agreement, connection.written.get(agreement.id, {}))
    known = carry_starts(connection.kept.get(payer_id), through)
    created: dict[str, date | None] = {}
    if find_unplaced(agreement, known):
        owners = connection.owners.get(agreement.id, set()) & connection.customers.keys()
        if not owners:
            return None
        for customer_id in sorted(owners):
            if customer_id not in connection.created:
                await read_journals(outside, connection, customer_id)
            created |= connection.created[customer_id]
    starts = place_starts(agreement, known, created)
    forecast = forecast_invoice(agreement, starts)
    if isinstance(forecast, NoForecast):
        return None
    return Part(agreement.id, agreement.name, agreement.company_id, forecast, starts)


def overlay(agreement: Agreement, written: dict[str, Addition]) -> Agreement:
    """The agreement with what was written on it since it was read."""
    standing = (written.get(addition.id, addition) for addition in agreement.additions)
    known = {addition.id for addition in agreement.additions}
    return replace(agreement, additions=(*standing, *(each for name, each in written.items() if name not in known)))


async def keep_connection(outside: Outside, connection: Connection) -> None:
    """Keep what became another forecast, and compare what was invoiced meanwhile with what had been forecast."""
    standing: list[KeptForecast] = []
    moved: list[tuple[KeptForecast, KeptForecast]] = []
    for payer_id, parts in sorted(connection.parts.items()):
        before = connection.kept.get(payer_id)
        if not covers(connection, payer_id, parts, before):
            continue
        after = make_kept(connection, payer_id, parts, before)
        if before is not None and before.forecast.invoiced_through < after.forecast.invoiced_through:
            moved.append((before, after))
        elif not after.is_same_as(before):
            standing.append(after)
    await outside.forecasts.save_newest(standing)
    # Those that are due together are asked for together: since the earliest of them.
    moved.sort(key=lambda each: each[0].forecast.next_invoice_on or date.max)
    size = find_rhythm(outside, connection.id).agreements_at_once
    for start in range(0, len(moved), size):
        await keep_invoiced(outside, connection.id, moved[start : start + size])


def covers(connection: Connection, payer_id: str, parts: Sequence[Part], before: KeptForecast | None) -> bool:
    """Whether the parts are all of the invoice that can be known: one that was missed would look like less money.

    Only a run that read everything may say that an agreement is not on the invoice any more.
    """
    if payer_id in connection.doubtful:
        return False
    expected = set() if before is None else set(before.forecast.agreement_ids)
    lost = expected - {part.agreement_id for part in parts}
    return not lost or (connection.is_whole and not lost & connection.doubtful)


def make_kept(
    connection: Connection, payer_id: str, parts: Sequence[Part], before: KeptForecast | None
) -> KeptForecast:
    """The forecast as it is kept."""
    first = min(parts, key=lambda part: (part.agreement_id != payer_id, part.agreement_id))
    company_ids = {part.company_id for part in parts}
    owners = {customer_id for part in parts for customer_id in connection.owners.get(part.agreement_id, ())}
    names = sorted(
        {each.name for each in connection.customers.values() if each.company_id in company_ids or each.id in owners}
    )
    return KeptForecast(
        connection_id=connection.id,
        name=first.name,
        customer_names=tuple(names),
        forecast=combine_forecasts(payer_id, [part.forecast for part in parts]),
        made_on=connection.run.day,
        starts={name: day for part in parts for name, day in sorted(part.starts.items())},
        last=None if before is None else before.last,
    ).shorten()


async def keep_invoiced(
    outside: Outside, connection_id: str, moved: Sequence[tuple[KeptForecast, KeptForecast]]
) -> None:
    """Read the invoices of agreements whose P moved, keep the differences, and only then the forecasts after them."""
    psa = outside.connections.get(connection_id)
    if psa is None:
        return
    due = [before.forecast.next_invoice_on for before, _ in moved if before.forecast.next_invoice_on is not None]
    invoices: tuple[InvoiceTotal, ...] = ()
    if due:
        agreement_ids = [before.forecast.agreement_id for before, _ in moved]
        try:
            invoices = await psa.read_invoices(agreement_ids, min(due))
        except (Retry, Misconfigured) as error:
            LOG.warning("The invoices of PSA connection %s are left for the next run: %s", connection_id, error)
            return
    differences = [(after, compare(before, invoices, outside.zone)) for before, after in moved]
    await outside.forecasts.save_differences([each for _, each in differences if each is not None])
    await outside.forecasts.save_newest([replace(after, last=each or after.last) for after, each in differences])
