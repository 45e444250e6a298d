"""One simulated MSP: processes, clock, queue, stores, Microsoft, ConnectWise, and nights that follow each other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from microsoft.adapter import GraphLicenceReader
from microsoft.tokens import PartnerCredentials
from net.client import WebClient, open_client
from net.hosts import AllowedHosts
from plans.basis import RecentNight
from plans.limits import Limits
from plans.ports import Outside, Psa
from plans.runs import Run, RunPhase, next_extra_run_id
from profiles.billing import BillableOption, BillingProfile
from psa.connectwise.adapter import ConnectWisePsa
from psa.connectwise.client import ConnectWiseClient, Credentials
from psa.connectwise.settings import InvoicingSettings
from sync import closing, judging, night, partners, planning, requests, steps, tenants
from tests.alert_memory import MemoryAlerts
from tests.simulation.accounts import Account
from tests.simulation.engine import Engine
from tests.simulation.faults import Faults, Killed, Process
from tests.simulation.forecasts import Forecasts
from tests.simulation.psa import ORIGIN, PsaState, PsaWire
from tests.simulation.store import Disk, Store
from tests.simulation.tenants import GRAPH, LOGIN, TenantsState, TenantsWire
from tests.simulation.wires import ShortClient, Wire, WireTransport

ZONE = ZoneInfo("America/New_York")
LIMITS = Limits()
CONNECTION = "connectwise"
PRODUCTS = {"spb": 501, "o365": 502}
KEYS = Credentials("demo", "client", "public", "private")
NIGHT_HOUR = 2
TICK_SECONDS = 15 * 60
MESSAGE_DELAY_SECONDS = (0.0, 8.0)
# Which run the activity at work belongs to and in which task it is, whatever it asks side by side: for whoever watches
# the wires.
WORKING_RUN: ContextVar[str] = ContextVar("working_run", default="")
WORKING_TASK: ContextVar[object] = ContextVar("working_task", default=None)
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


class SimulatedPsa(Protocol):
    """What stories need of whichever PSA is played. While `is_out` nobody gets an answer; `calls` are by method."""

    is_out: bool
    calls: Counter[str]

    @property
    def writes(self) -> int:
        """How often it was asked to make or to change something."""
        ...


@dataclass
class World:
    """Everything that exists in one seed.

    `spoil_store` stands between a process and its stores, if given. `is_short` is whether the processes take the short
    line to the outside, or the real client over HTTP messages.
    """

    random: Random
    faults: Faults
    first_day: date
    is_short: bool = True
    disk: Disk = field(default_factory=Disk)
    psa: PsaState = field(default_factory=lambda: PsaState(LIMITS.late_effect_limit))
    tenants: TenantsState = field(default_factory=TenantsState)
    accounts: list[Account] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)
    outsides: dict[Process, Outside] = field(default_factory=dict)
    spoil_store: Callable[[Store], Store] = lambda store: store
    alerts: MemoryAlerts = field(default_factory=MemoryAlerts)
    engine: Engine = field(init=False)
    midnight: datetime = field(init=False)
    zone: ZoneInfo = ZONE
    births: int = 0

    def __post_init__(self) -> None:
        self.midnight = self.moment(self.first_day)
        orchestrators: dict[str, Any] = {"night": night.night, "plan": night.plan, "push": night.push}
        self.engine = Engine(self.faults, self.now, self.choose_worker, orchestrators, self.perform)
        for name, product_id in PRODUCTS.items():
            self.disk.profiles[name] = BillingProfile(
                name, name.upper(), CONNECTION, str(product_id), BillableOption.BILLABLE
            )

    @property
    def simulated(self) -> SimulatedPsa:
        """The PSA of this world."""
        return self.psa

    def now(self) -> datetime:
        """The simulated time, aware, in UTC."""
        return self.midnight + timedelta(seconds=asyncio.get_running_loop().time())

    def local_day(self) -> date:
        """Today in the MSP's zone."""
        return self.now().astimezone(ZONE).date()

    def moment(self, day: date, hour: float = 0.0) -> datetime:
        """A local hour of a day, in UTC."""
        return datetime.combine(day, time(), ZONE).astimezone(UTC) + timedelta(hours=hour)

    async def wait_until(self, moment: datetime) -> None:
        """Sleep until then; not at all where it has passed."""
        await asyncio.sleep(max(0.0, (moment - self.now()).total_seconds()))

    def outside_of(self, process: Process) -> Outside:
        """The process's own way to everything: real adapters over fake lines."""
        if process not in self.outsides:
            self.outsides[process] = self._wire(process)
        return self.outsides[process]

    def open_line(self, origin: str, wire: Wire) -> WebClient:
        if self.is_short:
            return ShortClient(origin, wire, self.faults)
        return open_client(origin, AllowedHosts(), WireTransport(wire))

    def _wire(self, process: Process) -> Outside:
        async def read_credentials() -> PartnerCredentials:
            return PartnerCredentials("client", "secret", "refresh")

        microsoft = TenantsWire(self.tenants, self.faults, process)
        store = self.spoil_store(Store(self.disk, self.faults, process, self.now))
        return Outside(
            now=self.now,
            zone=ZONE,
            night_start_hour=NIGHT_HOUR,
            limits=LIMITS,
            licences=GraphLicenceReader(
                self.open_line(LOGIN, microsoft), self.open_line(GRAPH, microsoft), read_credentials, self.now
            ),
            connections={CONNECTION: self.open_psa(process)},
            books=store,
            profiles=store,
            runs=store,
            archive=store,
            open_items=store,
            forecasts=Forecasts(self.disk, self.faults, process),
            alerts=self.alerts,
            recent_night=RecentNight(asyncio.Lock()),
        )

    def open_psa(self, process: Process) -> Psa:
        """A process's adapter of the PSA."""
        connectwise = self.open_line(ORIGIN, PsaWire(self.psa, self.faults, process))
        settings = InvoicingSettings(arrears_exceptions=frozenset(str(each) for each in self.psa.in_arrears))
        return ConnectWisePsa(CONNECTION, ConnectWiseClient(connectwise, KEYS), settings)

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
        if name == "push_agreement":
            WORKING_RUN.set(value["run_id"])
            WORKING_TASK.set(asyncio.current_task())
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
            await asyncio.sleep(self.random.uniform(*MESSAGE_DELAY_SECONDS))
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
        await self.wait_until(self.moment(day, NIGHT_HOUR))
        return await self.see_through(day.isoformat())

    async def run_extra(self, day: date) -> Run | None:
        """An extra run of the same day over everything, as it was left after at most six hours."""
        run_id = next_extra_run_id(day, frozenset(self.disk.runs))
        self.engine.start("night", f"night:{run_id}", run_id)
        return await self.see_through(run_id)

    async def see_through(self, run_id: str) -> Run | None:
        """Tick until the run is closed, for six hours at most."""
        for _ in range(24):
            await self.tick()
            for _ in range(15):
                await asyncio.sleep(TICK_SECONDS / 15)
                run = self.disk.runs.get(run_id)
                if run is not None and run.phase is RunPhase.CLOSED:
                    return run
        return self.disk.runs.get(run_id)
