"""Autotask's rows in our words. Pure. Facts: reference autotask-halo.md 2.

A contract service is an addition whose units are kept by day: one row of units for each billing period, or part of one.
Its rows are read from `begins_on` on; the last one continues, for Autotask makes the rows after it in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from plans.agreements import Addition, Agreement, AgreementFacts, InvoicedPart
from plans.errors import Park
from plans.keys import KEY_PREFIX
from plans.owed import TAKE_BACK_LIMIT
from plans.timeline import Timeline, replace_from
from profiles.billing import BillableOption
from profiles.money import CENT
from profiles.periods import ONE_DAY, Grid, write_short_day
from psa.autotask.periods import find_grid, show
from psa.autotask.pricing import fits
from psa.autotask.units import UnitRow, adds_up, bill_rows
from psa.values import parse_amount

RECURRING_SERVICE = 7
ACTIVE = 1
PERIODS_READ = 2
"""How many whole periods before the running one are read: what is billed on earlier days, the ledger says."""
NOON = 12
PRICE_PLACES = Decimal("0.0001")

type Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contract:
    """A recurring-service contract by its own row. `grid` are its billing periods, which step from its first day where
    its rows of units show no others."""

    id: str
    name: str
    company_id: str
    is_active: bool
    starts_on: date
    ends_on: date
    renewed_by: str | None
    grid: Grid

    def find_first_read(self, today: date) -> date:
        """The first day whose units are read on that day."""
        start = self.grid.period_of(today).start
        for _ in range(PERIODS_READ):
            start = self.grid.period_of(start - ONE_DAY).start
        return max(self.starts_on, start)


def read_contract(row: Row, period_months: Mapping[int, int]) -> Contract:
    """A contract. `period_months` is how many months each type of billing period lasts.

    Raises Park where the row lacks what a bill rests on.
    """
    name = f"Contract {row.get('id')}"
    if row.get("contractType") != RECURRING_SERVICE:
        raise Park(f"{name} is no recurring-service contract, so it has no services that could be billed.")
    period_type = row.get("contractPeriodType")
    months = period_months.get(period_type) if isinstance(period_type, int) else None
    if months is None:
        raise Park(
            f"{name} has the billing period {period_type!r}, which is not known to be a number of whole months. Bill "
            "its licences on a contract with monthly, quarterly, semi-annual or yearly periods."
        )
    renewed_by, starts_on = row.get("renewedContractID"), require_day(row, "startDate")
    return Contract(
        id=str(require(row, "id")),
        name=str(row.get("contractName") or ""),
        company_id=str(require(row, "companyID")),
        is_active=row.get("status") == ACTIVE,
        starts_on=starts_on,
        ends_on=require_day(row, "endDate"),
        renewed_by=None if renewed_by is None else str(renewed_by),
        grid=Grid(starts_on.year, starts_on.month, starts_on.day, months),
    )


def read_agreement(
    connection_id: str,
    contract: Contract,
    services: Sequence[Row],
    units: Mapping[int, Sequence[Row]],
    today: date,
    text_limit: int | None,
) -> Agreement:
    """A contract with its services. `units` are the rows of each service by its id; `today` bounds what counts of them.

    Raises Park where a row lacks what a bill rests on.
    """
    read = {int(require(row, "id")): row for row in services}
    contract = keep_to_rows(contract, read, units, today)
    begins_on = contract.find_first_read(today)
    rows = {number: read_units(units.get(number, ()), begins_on) for number in read}
    told = {number: find_first_told(units.get(number, ()), begins_on) for number in read}
    posted = [each for rows_of_one in rows.values() for each in rows_of_one]
    through, add_up = find_posted_through(contract, posted, begins_on), adds_up(rows.values())
    agreement = Agreement(
        connection_id=connection_id,
        id=contract.id,
        name=contract.name,
        company_id=contract.company_id,
        facts=AgreementFacts(
            is_active=contract.is_active,
            prorates=True,
            next_invoice_on=None,
            ends_on=contract.ends_on,
            company_id=contract.company_id,
            grid=contract.grid,
            invoiced_through=through,
            renewed_by=contract.renewed_by,
            text_limit=text_limit,
            bills_late=True,
            starts_on=contract.starts_on,
            posted_apart=find_posted_apart(contract, rows, through, today),
        ),
        additions=tuple(
            read_service(read[number], rows[number], contract, today, told[number], add_up=add_up)
            for number in sorted(read)
        ),
        posted_parts=tuple(
            (str(number), row.start)
            for number in sorted(rows)
            for row in rows[number]
            if row.is_posted and row.start >= today - TAKE_BACK_LIMIT
        ),
    )
    next_on = find_next_posting(contract, list_due(agreement, rows), agreement.next_through or through)
    return replace(agreement, facts=replace(agreement.facts, next_invoice_on=next_on))


def read_bundled(bundle: Row, product_id: str, rows: Sequence[Row], contract: Contract, today: date) -> Addition | None:
    """A service inside a bundle on a contract, which has one of it in each of its units: as many as in the end; None
    where it has none today or later. No quantity where its rows are none, or none that can be told.

    Raises Park where one of them cannot be read.
    """
    units = read_units(rows, contract.find_first_read(today))
    days = bill_rows(units, add_up=False)
    has_ended = bool(units) and max(each.last for each in units) < min(today, contract.ends_on)
    if has_ended or (units and days is not None and not replace_from(Timeline(), today, days).steps):
        return None
    return Addition(
        id=f"service bundle {require(bundle, 'id')}",
        product_id=product_id,
        quantity=Decimal(days.final) if units and days is not None else None,
        effective_on=None,
        cancelled_on=None,
        billable_option=BillableOption.BILLABLE,
        key="",
    )


def keep_to_rows(
    contract: Contract, services: Mapping[int, Row], units: Mapping[int, Sequence[Row]], today: date
) -> Contract:
    """The contract with the periods that its rows of units show. Those of services that we made tell, else those of
    all; where others contradict each other, somebody made them so, and the contract's own periods stand.

    Raises Park where ours keep to none, or a row cannot be read.
    """
    ours = [
        number for number, row in services.items() if str(row.get("internalDescription") or "").startswith(KEY_PREFIX)
    ]
    telling = [units[number] for number in ours if units.get(number)]
    spans = [
        [(require_day(row, "startDate"), require_day(row, "endDate")) for row in rows]
        for rows in telling or [units.get(number, ()) for number in services]
    ]
    grid = find_grid(contract.grid, show(spans, today, contract.ends_on))
    if grid is None and telling:
        raise Park(
            f"The units of contract {contract.id} are kept for days that are no periods of it, counted from "
            f"{write_short_day(contract.starts_on)}: nobody can tell from which day fewer are billed. Look at the "
            "contract's periods in Autotask, or bill its licences on another contract."
        )
    return contract if grid is None else replace(contract, grid=grid)


def find_posted_through(contract: Contract, rows: Sequence[UnitRow], begins_on: date) -> date:
    """P, the last day of the last period of which anything is posted; where nothing is, the day before those that are
    read, or the contract's last day where that is still before it."""
    return max(list_posted_ends(contract, rows), default=min(begins_on - ONE_DAY, contract.ends_on))


def list_due(agreement: Agreement, rows: Mapping[int, Sequence[UnitRow]]) -> list[UnitRow]:
    """The rows of the services that are posted next; of all where nothing of those is posted yet: what was posted of
    the others says how this contract is."""
    due = [number for number in rows if agreement.find_invoiced(str(number)) == agreement.next_through]
    own = [row for number in due for row in rows[number]]
    return own if any(row.is_posted for row in own) else [row for each in rows.values() for row in each]


def find_next_posting(contract: Contract, rows: Iterable[UnitRow], through: date) -> date:
    """When the first period that is not posted is: on its first day, or after its last one where the newest that is
    posted was posted after its own."""
    newest = max((each for each in rows if each.is_posted), key=lambda each: each.start, default=None)
    start = through + ONE_DAY
    if newest is None or newest.posted_on is None or newest.posted_on <= contract.grid.period_of(newest.start).last:
        return start
    return contract.grid.period_of(start).end


def list_posted_ends(contract: Contract, rows: Iterable[UnitRow]) -> list[date]:
    """The last days of the periods of which a row is posted."""
    return [min(contract.grid.period_of(row.start).last, contract.ends_on) for row in rows if row.is_posted]


def find_posted_apart(
    contract: Contract, rows: Mapping[int, Sequence[UnitRow]], through: date, today: date
) -> tuple[tuple[str, date], ...]:
    """Where the services of a contract, posted through `through`, are posted through different days: the day of each,
    and of one that is not there yet, of which nothing after the running period can be posted."""
    days = {str(number): find_service_posted(contract, rows[number], through) for number in rows}
    days[""] = min(through, contract.grid.period_of(today).last)
    is_apart = any(day != through for day in days.values())
    return tuple(sorted(days.items())) if is_apart else ()


def find_service_posted(contract: Contract, rows: Sequence[UnitRow], through: date) -> date:
    """Through which day a service is posted whose contract is through `through`: through its own last posted period,
    and on, until a period that has units from its first day on and is not posted. Units that begin inside a period are
    posted whenever they are, with or after it."""
    own = max(list_posted_ends(contract, rows), default=date.min)
    open_days = (
        row.start
        for row in rows
        if own < row.start <= through and row.units and row.start == contract.grid.period_of(row.start).start
    )
    return min((first - ONE_DAY for first in open_days), default=through)


def read_service(
    row: Row, units: Sequence[UnitRow], contract: Contract, today: date, told_from: date, *, add_up: bool = False
) -> Addition:
    """A contract service as an addition. One whose units ended before today, while its contract goes on, has ended.
    `told_from` is the first day that its units tell of; `add_up` says whether rows for the same days do.

    Raises Park where the row lacks what a bill rests on.
    """
    days = bill_rows(units, add_up=add_up)
    last_day = max((each.last for each in units), default=None)
    has_lapsed = last_day is not None and last_day < min(today, contract.ends_on)
    doubt = (
        f"Several rows of units of contract service {row.get('id')} begin on one day, and nobody can tell which holds."
    )
    return Addition(
        id=str(require(row, "id")),
        product_id=str(require(row, "serviceID")),
        quantity=None if days is None else Decimal(days.final),
        effective_on=None,
        cancelled_on=last_day if has_lapsed else None,
        billable_option=BillableOption.BILLABLE,
        key=str(row.get("internalDescription") or ""),
        unit_price=find_unit_price(row, units, contract),
        description=str(row.get("invoiceDescription") or ""),
        days=days,
        days_read_from=told_from,
        doubt=doubt if days is None else "",
        invoiced_parts=list_invoiced(units),
    )


def list_invoiced(units: Sequence[UnitRow]) -> tuple[InvoicedPart, ...]:
    """What was posted of a service that has no units on some of its days; of any other one its price tells enough."""
    if all(each.units for each in units):
        return ()
    return tuple(InvoicedPart(each.start, each.last, each.units, each.price) for each in units if is_charged(each))


def is_charged(row: UnitRow) -> bool:
    """Whether units were posted with what they cost."""
    return row.is_posted and bool(row.units) and row.price is not None


def find_unit_price(row: Row, units: Sequence[UnitRow], contract: Contract) -> Decimal | None:
    """What one unit costs for a whole period in the end: as the service says, and then as its rows of units do, which
    hold what all their units cost together (autotask-halo.md 2, not verified).

    A whole period tells the price. A part of one, which may hold its share or the whole, tells whether the price still
    is the one before. None where it is another one, until a whole period has it, and where there are no units in the
    end: what units cost before, a later adjustment may have changed.
    """
    price = parse_amount(row.get("unitPrice"))
    for each in units:
        if not each.units or each.price is None:
            continue
        period = contract.grid.period_of(each.start)
        if each.start == period.start and each.last == period.last:
            price = divide_amount(each.price, each.units)
        elif price is not None and not fits(each, price, period):
            price = None
    return None if units and not units[-1].units else price


def divide_amount(amount: Decimal, units: int) -> Decimal:
    """What one of so many units costs: whole cents, where that makes the amount."""
    exact = amount / units
    price = exact.quantize(CENT)
    return price if abs(price * units - amount) < CENT else exact.quantize(PRICE_PLACES)


def read_units(rows: Sequence[Row], begins_on: date) -> tuple[UnitRow, ...]:
    """The rows of one service that begin on that day or later, by their days. Raises Park where one of them cannot be
    read."""
    read = sorted((read_unit_row(row) for row in rows), key=lambda each: each.start)
    return tuple(each for each in read if each.start >= begins_on)


def find_first_told(rows: Sequence[Row], begins_on: date) -> date:
    """The first day that the rows of one service tell of: `begins_on`, but a row that reaches into the days after that
    is left out whole. Raises Park where one of them cannot be read."""
    left_out = [each.last + ONE_DAY for each in map(read_unit_row, rows) if each.start < begins_on]
    return max([begins_on, *left_out])


def read_unit_row(row: Row) -> UnitRow:
    """One row of units. Raises Park where it lacks what a bill rests on."""
    units = row.get("units")
    if not isinstance(units, int):
        name = f"contract service {row['contractServiceID']}" if "contractServiceID" in row else "a service bundle"
        raise Park(f"A row of units of {name} has {units!r} units.")
    posted_at = row.get("approveAndPostDate")
    return UnitRow(
        start=require_day(row, "startDate"),
        last=require_day(row, "endDate"),
        units=units,
        price=parse_amount(row.get("price")),
        is_posted=posted_at is not None,
        posted_on=None if posted_at is None else find_day(str(posted_at)),
    )


def require(row: Row, name: str) -> Any:
    """A field that must be there. Raises Park where it is not."""
    value = row.get(name)
    if value is None:
        raise Park(f"Autotask sent a record without {name}; nothing is billed on half a record.")
    return value


def require_day(row: Row, name: str) -> date:
    """The day of a date, which Autotask keeps as a moment in UTC: midnight there, or in a zone to the west of it.

    Raises Park where there is none, and for a moment of the second half of a day: it could be midnight of the day after
    in a zone to the east.
    """
    text = str(require(row, name))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Park(f"Autotask sent the date {text!r}, which is no date.") from None
    if moment.hour >= NOON:
        raise Park(
            f"Autotask sent {text!r} for {name}, and nobody can tell which day that is. Nothing is billed by it."
        )
    return moment.date()


def find_day(text: str) -> date | None:
    """The day of a moment in UTC; None where it is none."""
    moment = find_moment(text)
    return None if moment is None else moment.date()


def find_moment(text: str) -> datetime | None:
    """A moment, aware where it says its zone; None where it is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
