"""One simulated MSP: processes, clock, queue, stores, Microsoft, ConnectWise, and nights that follow each other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from microsoft.adapter import GraphLicenceReader
from microsoft.tokens import PartnerCredentials
from net.client import open_client
from net.hosts import AllowedHosts
from plans.ports import Limits, Outside
from plans.runs import Run, RunPhase, next_extra_run_id
from profiles.billing import Basis, BillableOption, BillingProfile, Customer, Mapping
from psa.connectwise.adapter import ConnectWisePsa
from psa.connectwise.client import ConnectWiseClient, Credentials
from sync import closing, judging, night, partners, planning, requests, steps, tenants
from tests.simulation.engine import Engine
from tests.simulation.faults import Faults, Killed, Process
from tests.simulation.forecasts import Forecasts
from tests.simulation.psa import ORIGIN, PsaState, PsaTransport
from tests.simulation.store import Disk, Store
from tests.simulation.tenants import GRAPH, LOGIN, SKU, TenantsState, TenantsTransport

ZONE = ZoneInfo("America/New_York")
FIRST_DAY = date(2026, 11, 2)
LIMITS = Limits()
CONNECTION = "connectwise"
PRODUCT = "501"
STEPS: dict[str, Callable[[Outside, Any], Awaitable[Any]]] = {
    "open_run": steps.open_run,
    "read_agreements": steps.read_agreements,
    "read_partners": partners.read_partners,
    "count_waiting_tenants": tenants.count_waiting_tenants,
    "fetch_licences": tenants.fetch_licences,
    "plan_tenant": planning.plan_tenant,
    "give_up_tenant": tenants.give_up_tenant,
    "judge_night": judging.judge_run,
    "push_agreement": steps.push_agreement,
    "close_night": closing.close_night,
}


@dataclass
class World:
    """Everything that exists in one seed. `spoil_store` stands between a process and its stores, if given."""

    random: Random
    faults: Faults
    disk: Disk = field(default_factory=Disk)
    psa: PsaState = field(default_factory=lambda: PsaState(LIMITS.late_effect_limit))
    tenants: TenantsState = field(default_factory=TenantsState)
    workers: list[Process] = field(default_factory=list)
    outsides: dict[Process, Outside] = field(default_factory=dict)
    spoil_store: Callable[[Store], Store] = lambda store: store
    engine: Engine = field(init=False)
    midnight: datetime = field(init=False)
    births: int = 0
    second_run_chance: float = 0.0
    edit_chance: float = 0.0

    def __post_init__(self) -> None:
        self.midnight = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=ZONE).astimezone(UTC)
        orchestrators: dict[str, Any] = {"night": night.night, "plan": night.plan, "push": night.push}
        self.engine = Engine(self.faults, self.now, self.choose_worker, orchestrators, self.perform)

    def now(self) -> datetime:
        """The simulated time, aware, in UTC."""
        return self.midnight + timedelta(seconds=asyncio.get_running_loop().time())

    def add_customer(self, number: int) -> None:
        """A customer with one tenant, one agreement and one mapping."""
        tenant_id = f"00000000-0000-4000-8000-{number:012d}"
        customer = Customer(f"customer-{number}", f"Customer {number}", tenant_id, CONNECTION, str(number))
        mapping = Mapping(
            f"{customer.id}-spb", customer.id, SKU, "Business Premium", "spb", str(1200 + number), Basis.PURCHASED
        )
        self.disk.customers[customer.id] = customer
        self.disk.mappings[customer.id] = (mapping,)
        self.disk.profiles["spb"] = BillingProfile(
            "spb", "Business Premium", CONNECTION, PRODUCT, BillableOption.BILLABLE
        )
        self.psa.agreements[1200 + number] = {
            "id": 1200 + number,
            "name": "Managed Services",
            "company": {"id": number},
            "agreementStatus": "Active",
            "billingCycle": {"id": 2, "name": "Monthly"},
            "prorateFlag": True,
            "noEndingDateFlag": True,
            "nextInvoiceDate": "2026-12-01T00:00:00Z",
        }
        self.psa.additions[1200 + number] = []

    def outside_of(self, process: Process) -> Outside:
        """The process's own way to everything: real adapters over fake lines."""
        if process not in self.outsides:
            self.outsides[process] = self._wire(process)
        return self.outsides[process]

    def _wire(self, process: Process) -> Outside:
        async def read_credentials() -> PartnerCredentials:
            return PartnerCredentials("client", "secret", "refresh")

        hosts = AllowedHosts()
        microsoft = TenantsTransport(self.tenants, self.faults, process)
        connectwise = open_client(ORIGIN, hosts, PsaTransport(self.psa, self.faults, process))
        store = self.spoil_store(Store(self.disk, self.faults, process, self.now))
        return Outside(
            now=self.now,
            zone=ZONE,
            night_start_hour=2,
            limits=LIMITS,
            licences=GraphLicenceReader(
                open_client(LOGIN, hosts, microsoft), open_client(GRAPH, hosts, microsoft), read_credentials, self.now
            ),
            connections={
                CONNECTION: ConnectWisePsa(
                    CONNECTION, ConnectWiseClient(connectwise, Credentials("demo", "client", "public", "private"))
                )
            },
            books=store,
            profiles=store,
            runs=store,
            archive=store,
            open_items=store,
            forecasts=Forecasts(self.disk, self.faults, process),
        )

    async def choose_worker(self) -> Process:
        """A living worker; a dead one is replaced after a while, as the platform does."""
        for index, worker in enumerate(self.workers):
            if worker.is_dead:
                await asyncio.sleep(self.random.uniform(1.0, 30.0))
                if self.workers[index].is_dead:
                    self.births += 1
                    self.workers[index] = Process(f"worker-{index}.{self.births}")
        return self.random.choice(self.workers)

    async def perform(self, worker: Process, name: str, value: Any) -> Any:
        """Run one activity in a worker, and lose the engine now and then."""
        if self.faults.draw("engine lost", self.faults.engine_loss_chance):
            self.engine.forget()
        outside = self.outside_of(worker)
        if name == "queue_tenants":
            for request in await tenants.queue_tenants(outside, value):
                self.engine.spawn(self.deliver_tenant(request))
            return None
        return await STEPS[name](outside, value)

    async def deliver_tenant(self, request: Any) -> None:
        """One queue message: late, out of order, several times."""
        copies = (
            self.random.randint(2, 5) if self.faults.draw("message twice", self.faults.double_delivery_chance) else 1
        )
        for _ in range(copies):
            await asyncio.sleep(self.random.uniform(0.0, 20.0))
            self.engine.start("plan", f"plan:{request['run_id']}:{request['tenant_id']}", request)

    async def tick(self) -> None:
        """The timer that starts the night; it may die like anything else."""
        worker = await self.choose_worker()
        try:
            run_ids = await requests.find_due_runs(self.outside_of(worker))
        except Killed:
            return
        for run_id in run_ids:
            self.engine.start("night", f"night:{run_id}", run_id)

    async def run_night(self, day: date) -> Run | None:
        """Ticks every 15 minutes through the night's window; the run as the window left it."""
        opens = datetime(day.year, day.month, day.day, 2, tzinfo=ZONE).astimezone(UTC)
        await asyncio.sleep(max(0.0, (opens - self.now()).total_seconds()))
        for _ in range(24):
            await self.tick()
            await asyncio.sleep(15 * 60)
            run = self.disk.runs.get(day.isoformat())
            if run is not None and run.phase is RunPhase.CLOSED:
                return run
        return self.disk.runs.get(day.isoformat())

    async def run_extra(self, day: date) -> Run:
        """An extra run of the same day over everything."""
        run_id = next_extra_run_id(day, frozenset(self.disk.runs))
        self.engine.start("night", f"night:{run_id}", run_id)
        while True:
            await asyncio.sleep(30)
            run = self.disk.runs.get(run_id)
            if run is not None and run.phase is RunPhase.CLOSED:
                return run
