"""The close of a run keeps forecasts, and asks for invoices only where there are new ones."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any, override
from zoneinfo import ZoneInfo

import pytest

from plans.agreements import Addition, Agreement, AgreementFacts, AgreementReading, UnreadableAgreement
from plans.changes import CreateAddition
from plans.errors import Misconfigured, Retry, SeatledgerError
from plans.forecast import InvoiceTotal
from plans.invoices import InvoiceDifference, KeptForecast
from plans.journal import Ending, Evidence
from plans.keys import make_key
from plans.ledger import LedgerEntry
from plans.limits import Rhythm
from plans.ports import Outside
from plans.results import AgreementResult, PushResult, TenantResult
from plans.runs import CustomerState, Run, RunPhase, TenantState
from plans.timeline import make_timeline
from profiles.billing import Basis, BillableOption, Customer, Mapping
from profiles.periods import ONE_DAY, Grid
from sync.closing import close_night
from sync.forecasts import keep_forecasts
from tests.alert_memory import MemoryAlerts
from tests.simulation.faults import Faults, Process
from tests.simulation.forecasts import Forecasts
from tests.simulation.store import Disk, Store

NOW = datetime(2026, 3, 20, 7, 0, tzinfo=UTC)
CUSTOMER, MAPPING, CW = "contoso", "contoso-spb", "cw"
FACTS = AgreementFacts(
    is_active=True,
    prorates=True,
    next_invoice_on=date(2026, 4, 1),
    ends_on=None,
    company_id="42",
    grid=Grid(2026, 1, 1, 1),
    invoiced_through=date(2026, 3, 31),
)
MAY = replace(FACTS, next_invoice_on=date(2026, 5, 1), invoiced_through=date(2026, 4, 30))


class Hurried(Random):
    @override
    def uniform(self, a: float, b: float) -> float:
        return 0.0


def add(addition_id: str = "1", quantity: int = 10, **changes: Any) -> Addition:
    made = Addition(
        addition_id, "501", Decimal(quantity), date(2026, 1, 1), None, BillableOption.BILLABLE, "", Decimal("20.00")
    )
    return replace(made, **changes)


def on(*additions: Addition, agreement_id: str = "1201", facts: AgreementFacts = FACTS) -> Agreement:
    return Agreement(CW, agreement_id, f"Agreement {agreement_id}", "42", facts, additions)


@dataclass
class FakePsa:
    """The invoices; `error` is raised instead of them."""

    rhythm = Rhythm(agreements_at_once=50, readings_at_once=1, pushes_at_once=1)
    invoices: tuple[InvoiceTotal, ...] = ()
    error: SeatledgerError | None = None
    asked: list[tuple[tuple[str, ...], date]] = field(default_factory=list)

    async def read_invoices(self, agreement_ids: Sequence[str], since: date) -> tuple[InvoiceTotal, ...]:
        self.asked.append((tuple(agreement_ids), since))
        if self.error is not None:
            raise self.error
        return self.invoices


@dataclass
class Nights:
    """Runs that close, one after the other."""

    disk: Disk = field(default_factory=Disk)
    psa: FakePsa = field(default_factory=FakePsa)
    desks_read: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        process = Process("worker")
        self.faults = Faults(random=Hurried(0))
        self.disk.customers[CUSTOMER] = Customer(CUSTOMER, "Contoso", "tenant", CW, "42")
        self.disk.mappings[CUSTOMER] = (Mapping(MAPPING, CUSTOMER, "sku", "Premium", "spb", "1201", Basis.PURCHASED),)
        self.store = Store(self.disk, self.faults, process, lambda: NOW)
        read_desk = self.store.read_desk

        async def count_desk(customer_id: str) -> Any:
            self.desks_read.append(customer_id)
            return await read_desk(customer_id)

        self.store.read_desk = count_desk  # type: ignore[method-assign]
        parts: dict[str, Any] = {
            "now": lambda: NOW,
            "zone": ZoneInfo("UTC"),
            "connections": {CW: self.psa},
            "books": self.store,
            "runs": self.store,
            "archive": self.store,
            "open_items": self.store,
            "forecasts": Forecasts(self.disk, self.faults, process),
            "alerts": MemoryAlerts(),
        }
        self.outside = Outside(**{each.name: None for each in fields(Outside)} | parts)

    async def close(
        self,
        run_id: str,
        *shards: Sequence[AgreementReading] | None,
        scope: frozenset[str] | None = None,
        pushed: bool = False,
        planned: Sequence[str] = ("1201",),
    ) -> None:
        """One run that read these shards; None is one that could not be read."""
        run = Run(run_id, RunPhase.PUSHING, NOW, shard_counts=((CW, len(shards)),))
        for number, shard in enumerate(shards):
            if shard is not None:
                await self.store.save_agreements(run_id, CW, number, shard, [each.id for each in shard])
        if scope is not None:
            await self.store.save_scope(run_id, scope)
        if pushed:
            await self.store.save_push(
                run_id, PushResult("hash", CUSTOMER, "1201", CustomerState.CHANGED, writes=1, verified=1)
            )
        results = tuple(AgreementResult(CUSTOMER, CW, each, "hash", CustomerState.UNCHANGED, 0) for each in planned)
        tenant = TenantResult("tenant", (CUSTOMER,), TenantState.PLANNED, agreements=results)
        await keep_forecasts(self.outside, run, (tenant,) if planned else ())

    def wrote(self, run_id: str, addition: Addition, through: date | None = FACTS.invoiced_through) -> Addition:
        """The line's journal has a verified write of this addition."""
        sequence = len(self.disk.evidence)
        key = make_key(MAPPING, sequence)
        made = replace(addition, key=key)
        effective_on = made.effective_on or NOW.date()
        change = CreateAddition("1201", sequence, key, "501", 2, effective_on, BillableOption.BILLABLE)
        entry = LedgerEntry(MAPPING, effective_on, sequence, make_timeline([(effective_on, 2)]), made.id, through)
        self.disk.evidence[MAPPING, sequence] = Evidence(
            MAPPING, sequence, run_id, "hash", Ending.VERIFIED, NOW, change, (), made, entry, "Done."
        )
        return made

    def kept(self, agreement_id: str = "1201") -> KeptForecast:
        return self.disk.forecasts[f"{CW}:{agreement_id}"]

    def difference(self, due_on: date = date(2026, 4, 1), agreement_id: str = "1201") -> InvoiceDifference:
        return self.disk.differences[f"{CW}:{agreement_id}"][due_on]


def invoice(amount: str, day: date = date(2026, 4, 1), agreement_id: str = "1201", **changes: Any) -> InvoiceTotal:
    return replace(InvoiceTotal(agreement_id, "7701", day, Decimal(amount)), **changes)


@pytest.fixture
def nights() -> Nights:
    return Nights()


async def test_every_agreement_that_was_read_has_a_forecast_with_its_customer(nights: Nights) -> None:
    await nights.close("2026-03-20", [on(add())], [on(add("2", 3), agreement_id="1202")])
    kept = nights.kept()
    assert (kept.forecast.amount, kept.name, kept.customer_names) == (
        Decimal("200.00"),
        "Agreement 1201",
        ("Contoso",),
    )
    assert (nights.kept("1202").forecast.amount, kept.made_on) == (Decimal("60.00"), date(2026, 3, 20))
    assert (nights.psa.asked, nights.desks_read) == ([], [])


async def test_an_unchanged_night_writes_and_asks_nothing(nights: Nights) -> None:
    await nights.close("2026-03-20", [on(add())])
    await nights.close("2026-03-21", [on(add())])
    assert nights.kept().made_on == date(2026, 3, 20)
    assert (nights.psa.asked, nights.desks_read) == ([], [])


async def test_what_the_run_wrote_is_in_its_forecast(nights: Nights) -> None:
    """20.00 x 2 from 15 March, written after the reading: 200.00 + 40.00 + 40.00 x 17/31 = 261.94 (21.935)."""
    nights.wrote("2026-03-20", add("2", 2, effective_on=date(2026, 3, 15)))
    await nights.close("2026-03-20", [on(add())], pushed=True)
    assert nights.kept().forecast.amount == Decimal("261.94")
    assert nights.kept().starts == {"2": date(2026, 3, 15)}


async def test_what_an_earlier_run_wrote_is_as_the_psa_has_it(nights: Nights) -> None:
    made = nights.wrote("2026-03-19", add("2", 2, effective_on=date(2026, 3, 15)))
    await nights.close("2026-03-20", [on(add(), replace(made, quantity=Decimal(4)))], pushed=True)
    assert nights.kept().forecast.lines[1].seats == 4


async def test_an_addition_of_ours_is_looked_up_once(nights: Nights) -> None:
    made = nights.wrote("2026-03-19", add("2", 2, effective_on=date(2026, 3, 15)))
    for run_id in ("2026-03-20", "2026-03-21"):
        await nights.close(run_id, [on(add(), made)])
        assert nights.kept().forecast.amount == Decimal("261.94")
    assert nights.desks_read == [CUSTOMER]


async def test_an_addition_of_ours_that_was_on_an_invoice_is_not_caught_up(nights: Nights) -> None:
    made = nights.wrote("2026-02-19", add("2", 2, effective_on=date(2026, 2, 15)), through=date(2026, 2, 28))
    await nights.close("2026-03-20", [on(add(), made)])
    assert nights.kept().forecast.amount == Decimal("240.00")


async def test_where_nobody_planned_the_line_the_forecast_is_left_alone(nights: Nights) -> None:
    made = nights.wrote("2026-03-19", add("2", 2, effective_on=date(2026, 3, 15)))
    await nights.close("2026-03-20", [on(add(), made)], planned=())
    assert nights.disk.forecasts == {}


async def test_once_p_moved_the_invoice_is_compared_and_the_next_one_forecast(nights: Nights) -> None:
    made = nights.wrote("2026-03-19", add("2", 2, effective_on=date(2026, 3, 15)))
    await nights.close("2026-03-20", [on(add(), made)])
    nights.psa.invoices = (invoice("261.94"), invoice("9.00", date(2026, 5, 1)))
    await nights.close("2026-04-02", [on(add(), made, facts=MAY)])
    found = nights.difference()
    assert (found.forecast, found.invoiced, found.is_incident) == (Decimal("261.94"), Decimal("261.94"), False)
    assert nights.psa.asked == [(("1201",), date(2026, 4, 1))]
    assert (nights.kept().forecast.amount, nights.kept().last) == (Decimal("240.00"), found)
    assert nights.desks_read == [CUSTOMER]


async def test_done_again_nothing_changes(nights: Nights) -> None:
    await nights.close("2026-03-20", [on(add())])
    nights.psa.invoices = (invoice("190.00"),)
    await nights.close("2026-04-02", [on(add(), facts=MAY)])
    before = (dict(nights.disk.forecasts), nights.difference())
    await nights.close("2026-04-02", [on(add(), facts=MAY)])
    assert before == (nights.disk.forecasts, nights.difference())
    assert len(nights.psa.asked) == 1
    assert nights.difference().is_incident


@pytest.mark.parametrize("error", [Retry("down"), Misconfigured("no right")])
async def test_a_psa_that_does_not_tell_its_invoices_leaves_them_for_the_next_run(
    nights: Nights, error: SeatledgerError, caplog: pytest.LogCaptureFixture
) -> None:
    await nights.close("2026-03-20", [on(add())])
    nights.psa.error = error
    with caplog.at_level(logging.WARNING):
        await nights.close("2026-04-02", [on(add(), facts=MAY)])
    assert str(error) in caplog.text
    assert nights.kept().forecast.next_invoice_on == date(2026, 4, 1)
    assert nights.disk.differences == {}
    nights.psa.error, nights.psa.invoices = None, (invoice("200.00"),)
    await nights.close("2026-04-03", [on(add(), facts=MAY)])
    assert nights.difference().difference == 0


async def test_invoices_are_asked_for_as_many_agreements_at_once_as_the_psa_likes(nights: Nights) -> None:
    """Those that were due first are asked for first: invoices of the others are read since their own day."""
    ids = [str(number) for number in range(2000, 2051)]
    late = replace(FACTS, next_invoice_on=date(2026, 3, 25))
    first = [on(add(), agreement_id=each, facts=late if each == ids[-1] else FACTS) for each in ids]
    await nights.close("2026-03-20", first)
    nights.psa.invoices = tuple(invoice("200.00", agreement_id=each) for each in ids)
    await nights.close("2026-04-02", [on(add(), agreement_id=each, facts=MAY) for each in ids])
    assert [(len(asked), since) for asked, since in nights.psa.asked] == [
        (50, date(2026, 3, 25)),
        (1, date(2026, 4, 1)),
    ]
    assert nights.psa.asked[0][0][0] == ids[-1]
    assert nights.difference(agreement_id=ids[0]).difference == 0


async def test_an_agreement_without_a_next_invoice_date_is_only_forecast_anew(nights: Nights) -> None:
    undated = replace(FACTS, next_invoice_on=None)
    await nights.close("2026-03-20", [on(add(), facts=undated)])
    await nights.close("2026-04-02", [on(add(), facts=MAY)])
    assert (nights.psa.asked, nights.disk.differences) == ([], {})
    assert nights.kept().forecast.invoiced_through == MAY.invoiced_through


async def test_what_is_unknown_is_left_alone(nights: Nights) -> None:
    await nights.close("2026-03-20", [on(add())])
    before = dict(nights.disk.forecasts)
    await nights.close("2026-03-21", [on(add("1", 99), facts=replace(FACTS, invoiced_through=None))])
    await nights.close("2026-03-22", [on(add("1", 99), facts=replace(FACTS, grid=None))])
    await nights.close("2026-03-23", [UnreadableAgreement("1201", "half a record")])
    await nights.close("2026-03-24", None)
    await nights.close("2026-03-25", [])
    assert nights.disk.forecasts == before


async def test_p_that_moved_back_makes_a_new_forecast(nights: Nights) -> None:
    await nights.close("2026-04-02", [on(add(), facts=MAY)])
    await nights.close("2026-04-03", [on(add())])
    assert nights.kept().forecast.invoiced_through == FACTS.invoiced_through
    assert nights.psa.asked == []


async def test_a_psa_connection_that_is_gone_is_not_asked(nights: Nights) -> None:
    await nights.close("2026-03-20", [on(add())])
    nights.outside.connections.clear()
    await nights.close("2026-04-02", [on(add(), facts=MAY)])
    assert nights.kept().forecast.next_invoice_on == date(2026, 4, 1)


# Children


CHILD = replace(FACTS, parent_id="1201")


async def test_a_parents_forecast_has_its_childrens_lines_wherever_they_were_read(nights: Nights) -> None:
    await nights.close("2026-03-20", [on(add("2", 1), agreement_id="1202", facts=CHILD)], [on(add())])
    assert list(nights.disk.forecasts) == ["cw:1201"]
    assert (nights.kept().forecast.amount, nights.kept().name) == (Decimal("220.00"), "Agreement 1201")


async def test_a_sync_of_one_child_does_not_forget_the_others(nights: Nights) -> None:
    child = on(add("2", 1), agreement_id="1202", facts=CHILD)
    await nights.close("2026-03-20", [child, on(add())])
    await nights.close("2026-03-20-001", [child], scope=frozenset({CUSTOMER}))
    await nights.close("2026-03-21", [child], None)
    await nights.close("2026-03-22", [child, UnreadableAgreement("1201", "half a record")])
    assert nights.kept().forecast.amount == Decimal("220.00")


async def test_a_child_that_is_doubtful_leaves_its_parent_alone(nights: Nights) -> None:
    child = on(add("2", 1), agreement_id="1202", facts=CHILD)
    await nights.close("2026-03-20", [child, on(add())])
    doubtful = replace(child, facts=replace(CHILD, grid=None))
    await nights.close("2026-03-21", [doubtful, on(add("1", 99))])
    assert nights.kept().forecast.amount == Decimal("220.00")


async def test_a_child_that_is_not_mapped_any_more_is_dropped_by_a_whole_night(nights: Nights) -> None:
    await nights.close("2026-03-20", [on(add("2", 1), agreement_id="1202", facts=CHILD), on(add())])
    await nights.close("2026-03-21", [on(add())])
    assert nights.kept().forecast.amount == Decimal("200.00")


# The close


async def test_the_close_of_a_night_keeps_forecasts(nights: Nights) -> None:
    run = Run("2026-03-20", RunPhase.PUSHING, NOW, shard_counts=((CW, 1),))
    await nights.store.open_run(run)
    await nights.store.save_agreements(run.id, CW, 0, [on(add())], ["1201"])
    await close_night(nights.outside, run.id)
    assert nights.kept().forecast.amount == Decimal("200.00")
    assert nights.disk.runs[run.id].phase is RunPhase.CLOSED
    assert nights.kept().forecast.period.start == (FACTS.invoiced_through or date.max) + ONE_DAY
