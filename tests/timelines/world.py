"""One customer with one mapping on one ConnectWise agreement, and its nights: real steps without the durable engine.

Nothing breaks and nobody sleeps here; crashes and lost answers are what `tests.simulation` plays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, override
from zoneinfo import ZoneInfo

from plans.approvals import Approval, OpenHold, ProposedLine
from plans.brakes import Thresholds
from plans.changes import HoldRule
from plans.controls import Controls
from plans.journal import HistoryEntry
from plans.limits import Limits
from plans.ports import Outside, Psa
from plans.results import TenantResult
from plans.runs import Run, next_extra_run_id
from profiles.billing import (
    Basis,
    BillableOption,
    BillingProfile,
    Customer,
    CustomPrice,
    DatedPrice,
    Mapping,
    Price,
    PsaPrice,
)
from psa.connectwise.adapter import ConnectWisePsa
from psa.connectwise.client import ConnectWiseClient, Credentials
from psa.connectwise.settings import InvoicingSettings
from sync import closing, judging, planning, requests, steps, tenants
from tests.alert_memory import MemoryAlerts
from tests.oracle.facts import Scenario, find_period
from tests.simulation.disk import Disk
from tests.simulation.faults import Faults, Process
from tests.simulation.forecasts import Forecasts
from tests.simulation.psa import PsaState, PsaTransport
from tests.simulation.store import Store
from tests.timelines.direct import DirectWeb
from tests.timelines.invoicing import Accountant
from tests.timelines.reader import SKU, SeatReader

ZONE = ZoneInfo("America/New_York")
NIGHT_HOUR = 2
CONNECTION = "connectwise"
CUSTOMER = "customer"
TENANT = "00000000-0000-4000-8000-000000000001"
AGREEMENT = 1201
PRODUCT = 501
MANY = 10**6
# What no brake can be set to let through: a person approves it (billing rules, 9).
APPROVED_RULES = frozenset({HoldRule.TO_ZERO})


class NothingBreaks(Faults):
    """The simulation's faults, none of which ever happens and none of which takes time."""

    @override
    async def pass_point(self, process: Process, name: str, *, is_read: bool = False) -> None:
        return None


@dataclass
class World:
    """Everything that exists in one timeline.

    `troubles` are sentences about what must never happen, `proposals` the credit proposals of the last run
    that planned. `may_park` is for stories in which lines must wait for a person who maps them anew.
    """

    scenario: Scenario
    disk: Disk = field(default_factory=Disk)
    psa: PsaState = field(default_factory=lambda: PsaState(timedelta(minutes=10)))
    reader: SeatReader = field(default_factory=SeatReader)
    clock: datetime = field(default_factory=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    troubles: list[str] = field(default_factory=list)
    proposals: tuple[ProposedLine, ...] = ()
    runs: int = 0
    approved_rules: frozenset[HoldRule] = APPROVED_RULES
    may_park: bool = False
    accountant: Accountant = field(init=False)
    outside: Outside = field(init=False)

    def __post_init__(self) -> None:
        fill_books(self.disk, self.scenario)
        faults, process = NothingBreaks(Random(0)), Process("worker")
        store = Store(self.disk, faults, process, self.now)
        self.outside = Outside(
            now=self.now,
            zone=ZONE,
            night_start_hour=NIGHT_HOUR,
            limits=Limits(),
            licences=self.reader,
            connections={CONNECTION: self.start_psa()},
            books=store,
            profiles=store,
            runs=store,
            archive=store,
            open_items=store,
            forecasts=Forecasts(self.disk, faults, process),
            alerts=MemoryAlerts(),
        )

    def start_psa(self) -> Psa:
        """The PSA before the first night, and its adapter."""
        in_arrears = self.scenario.mode == "arrears"
        self.accountant = Accountant(self.psa, AGREEMENT, in_arrears, self.scenario.anchor)
        self.psa.agreements[AGREEMENT] = make_agreement(self.scenario)
        self.psa.additions[AGREEMENT] = []
        self.psa.on_created = self.price_from_catalog
        self.psa.catalog = {PRODUCT: float(self.scenario.prices[0].amount)}
        web = DirectWeb(PsaTransport(self.psa, NothingBreaks(Random(0)), Process("worker")))
        client = ConnectWiseClient(web, Credentials("demo", "client", "public", "private"))
        return ConnectWisePsa(CONNECTION, client, InvoicingSettings(in_arrears=in_arrears))

    def count_writes(self) -> int:
        """How often the PSA was asked to make or change something."""
        return self.psa.writes

    def invoice(self) -> None:
        """The MSP makes the next invoice."""
        self.accountant.invoice()

    def now(self) -> datetime:
        """The time that the driver set, aware, in UTC."""
        return self.clock

    def price_from_catalog(self, agreement_id: int, row: dict[str, Any]) -> None:
        """ConnectWise takes the catalog's price where none was sent (connectwise.md 3)."""
        row.setdefault("unitPrice", float(self.scenario.prices[0].amount))

    async def read_on(self, day: date, seats: dict[str, int] | None) -> None:
        """One run of that day, the night or one more, with what it reads, and then what a person must approve of it."""
        self.reader.seats = seats
        run_id = day.isoformat()
        if run_id in self.disk.runs:
            run_id = next_extra_run_id(day, frozenset(self.disk.runs))
        await self.run(run_id)
        for hold in await self.outside.open_items.list_holds():
            if seats is not None:
                await self.approve(day, hold)
        forget_old_runs(self.disk, day)

    async def approve(self, day: date, hold: OpenHold) -> None:
        """A person approves what waits, and one more run of the day writes it."""
        if hold.line.rule not in self.approved_rules or not hold.line.line_hash:
            return
        line = hold.line
        history = HistoryEntry(self.clock, line.mapping_id, 0, hold.run_id, "Approved.")
        approval = Approval(line.mapping_id, line.line_hash, "A person", self.clock, "It is right.")
        await self.outside.books.approve(CUSTOMER, approval, history)
        run_id = next_extra_run_id(day, frozenset(self.disk.runs))
        await self.run(run_id, scope=(CUSTOMER,))
        if any(each.id == hold.id for each in await self.outside.open_items.list_holds()):
            self.troubles.append(f"{run_id}: approved, and held all the same: {line.sentence}")

    async def run(self, run_id: str, scope: tuple[str, ...] = ()) -> Run:
        """A run without its engine: the same steps, one after another."""
        outside, number = self.outside, int(run_id[11:] or 0)
        day = date.fromisoformat(run_id[:10])
        opens = datetime(day.year, day.month, day.day, NIGHT_HOUR, tzinfo=ZONE).astimezone(UTC)
        self.clock = self.reader.read_at = opens + timedelta(hours=number)
        if number:
            await requests.accept_run(outside, {"run_id": run_id, "customer_ids": list(scope)})
        opened = await steps.open_run(outside, run_id)
        for shard in opened["shards"]:
            await steps.read_agreements(outside, shard)
        for request in await tenants.queue_tenants(outside, run_id):
            if await tenants.fetch_licences(outside, request):
                await planning.plan_tenant(outside, request)
        for push in await judging.judge_run(outside, run_id):
            for plan_hash in push["plan_hashes"]:
                pushed = await steps.push_agreement(outside, {"run_id": run_id, "plan_hash": plan_hash})
                if pushed["again_seconds"] is not None:
                    self.troubles.append(f"{run_id}: a push was not settled, though nothing breaks.")
        await closing.close_night(outside, run_id)
        return await self.inspect(run_id)

    async def inspect(self, run_id: str) -> Run:
        """The closed run; whatever it did not bring to its end is a trouble."""
        run = await self.outside.runs.read_run(run_id)
        assert run is not None
        totals, self.runs = run.totals, self.runs + 1
        for tenant in await self.outside.runs.list_tenants(run_id):
            if tenant.agreements:
                self.proposals = tuple(each for agreement in tenant.agreements for each in agreement.proposals)
        expected_unknown = 1 if self.reader.seats is None else 0
        is_parked = bool(totals.parked) and not self.may_park
        if totals.failed or is_parked or totals.unknown != expected_unknown or totals.writes != totals.verified:
            told = [sentence for tenant in await self.outside.runs.list_tenants(run_id) for sentence in tell(tenant)]
            told += [each for push in await self.outside.runs.list_pushes(run_id) for each in push.sentences]
            self.troubles.append(f"{run_id}: {totals} {' '.join(told)}")
        for hold in self.disk.holds.values():
            if hold.line.rule not in self.approved_rules:
                self.troubles.append(f"{run_id}: {hold.line.rule.value}: {hold.line.sentence}")
        return run


def tell(tenant: TenantResult) -> list[str]:
    """What a tenant's row says in words."""
    return [tenant.sentence, *(sentence for agreement in tenant.agreements for sentence in agreement.sentences)]


def make_agreement(scenario: Scenario) -> dict[str, Any]:
    """The agreement's row before its first invoice; its billing start says on which day its periods begin."""
    first = scenario.invoices[0].period
    due = first if scenario.mode == "advance" else find_period(first, scenario.anchor).end
    return {
        "id": AGREEMENT,
        "name": "Managed Services",
        "company": {"id": 1},
        "type": {"id": 7, "name": "Managed services"},
        "agreementStatus": "Active",
        "billingCycle": {"id": 2, "name": "Monthly"},
        "billStartDate": f"2020-01-{scenario.anchor:02d}T00:00:00Z",
        "prorateFlag": scenario.prorates,
        "noEndingDateFlag": True,
        "nextInvoiceDate": f"{due.isoformat()}T00:00:00Z",
    }


def fill_books(disk: Disk, scenario: Scenario) -> None:
    """The customer, its mapping and its profile, with brakes that let every size of change through.

    Nothing takes effect before a start that is later than the first known reading. An earlier start would, in the
    product, also bill the days from then to that reading, of which the oracle knows nothing.
    """
    known = [reading.day for reading in scenario.readings if reading.quantity is not None]
    starts_on = scenario.start if known and scenario.start > known[0] else None
    disk.customers[CUSTOMER] = Customer(CUSTOMER, "Customer", TENANT, CONNECTION, "1")
    mapping = Mapping(
        f"{CUSTOMER}-spb",
        CUSTOMER,
        SKU,
        "Business Premium",
        "spb",
        str(AGREEMENT),
        Basis.PURCHASED,
        starts_on=starts_on,
        gives_credits=scenario.credits_on,
    )
    disk.mappings[CUSTOMER] = (mapping,)
    profile = BillingProfile(
        "spb", "Business Premium", CONNECTION, str(PRODUCT), BillableOption.BILLABLE, make_price(scenario)
    )
    disk.profiles["spb"] = profile
    disk.controls = Controls(Thresholds(MANY, MANY, MANY, MANY, MANY, MANY))  # type: ignore[arg-type]


def make_price(scenario: Scenario) -> Price:
    """The catalog's price, or ours where it changes."""
    if len(scenario.prices) == 1:
        return PsaPrice()
    return CustomPrice(tuple(DatedPrice(price.valid_from, price.amount) for price in scenario.prices))


def forget_old_runs(disk: Disk, day: date) -> None:
    """What nothing asks for any more of days before this one but the last night, so that a year is as quick as a week.

    Evidence, counts, histories, proposals and everything else of the books stay.
    """
    nights = sorted(run_id for run_id in disk.runs if run_id < day.isoformat())
    for run_id in nights[:-5]:
        del disk.runs[run_id]
        for name in [name for name in disk.blobs if f"/{run_id}" in name]:
            del disk.blobs[name]
        for rows in (disk.tenants, disk.pushes):
            for key in [key for key in rows if key[0] == run_id]:
                del rows[key]
