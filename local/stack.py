"""The whole local world as one thing: Azurite, the engine, the simulators and the host, each in its own process.

Everything it keeps lies under one folder of `.local`, named as the demo, and survives a restart, but for the engine,
which forgets.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from local.clock import LocalClock, clock_kept_in, clock_starting_at
from local.commands import WorldBusy, is_port_taken
from local.demo.demos import DEMO_ZONE, EMPTY, FIRST
from local.demo.seed import Sites, load_seed
from local.host.azurite import Azurite, AzuritePorts, start_azurite
from local.host.launch import HostAddress, start_engine, start_host
from local.host.processes import ChildProcess, free_ports
from local.simulators.mail.app import SMTP_PORT_FILE
from local.simulators.mail.certificates import find_authority
from local.simulators.mail.server import HOST as SMTP_HOST
from local.simulators.start import SimulatorProcess, create_secrets, start_simulator

REPOSITORY = Path(__file__).resolve().parents[1]
STATE_FOLDER = REPOSITORY / ".local"
DEMO_NOW = datetime(2026, 11, 22, 2, 5, tzinfo=ZoneInfo(DEMO_ZONE))
# A working morning: nobody who sets things up should be overtaken by a night.
EMPTY_BEGINS = datetime(2026, 11, 2, 9, 0, tzinfo=ZoneInfo(DEMO_ZONE))
DEMO_LATE_EFFECT_SECONDS = 41
PAGES_PORT = 7071
CONNECTWISE_PORT_FILE = "connectwise-port"
# Where Microsoft sends the browser back after a consent: the one redirect address of the registered application.
CONSENT_CALLBACK = "/settings/connections/microsoft/callback"


@dataclass(frozen=True)
class Ports:
    """Where each process listens. The engine keeps its port, so that a restarted one is found again."""

    http: int
    engine: int

    @classmethod
    def pick(cls, http: int | None = None) -> Ports:
        """Free ports, but for the pages if they are to be where people look for them."""
        pages, engine = free_ports(2)
        return cls(http or pages, engine)


@dataclass
class Stack:
    """A running local world. Use `start_stack`; end it with `stop`."""

    folder: Path
    app_directory: Path
    ports: Ports
    clock: LocalClock
    azurite: Azurite
    microsoft: SimulatorProcess
    connectwise: SimulatorProcess
    autotask: SimulatorProcess
    mail: SimulatorProcess
    engine: ChildProcess
    host: ChildProcess
    extra_settings: dict[str, str] = field(default_factory=dict)
    demo: str = FIRST

    @property
    def services(self) -> tuple[SimulatorProcess, ...]:
        """The stand-ins of what is read and written at night."""
        return self.microsoft, self.connectwise, self.autotask

    @property
    def stand_in_secrets(self) -> Path:
        """What the simulators accept."""
        return self.folder / "secrets"

    @property
    def product_secrets(self) -> Path:
        """What the product knows. It shares the stand-ins' own where it was told about them, and begins with nothing
        where it was not."""
        return self.folder / "product-secrets" if self.demo == EMPTY else self.stand_in_secrets

    @property
    def smtp_port(self) -> int:
        """Where the stand-in of a mail server takes mail."""
        return read_smtp_port(self.folder)

    @property
    def pages_url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.ports.http}"

    def fire(self, function_name: str, value: str = "") -> None:
        """Run a function now, by the host's own admin call."""
        answer = httpx.post(f"{self.pages_url}/admin/functions/{function_name}", json={"input": value}, timeout=10)
        answer.raise_for_status()

    def restart_host(self) -> None:
        """A new worker in place of one that is gone."""
        self.host = run_host(self)

    def restart_engine(self) -> None:
        """A new engine, which knows nothing, in place of one that is gone."""
        self.engine = run_engine(self.folder, self.ports, self.clock)

    def stop(self) -> None:
        """End every process, the worker first. A clock that is kept stands still until the next start."""
        if self.clock.file is not None:
            self.clock.move_to(self.clock.utc_now())
        self.host.terminate()
        self.engine.terminate()
        for service in (*self.services, self.mail):
            service.stop()
        self.azurite.terminate()


async def start_stack(
    folder: Path,
    *,
    app_directory: Path = REPOSITORY,
    http_port: int | None = None,
    extra_settings: dict[str, str] | None = None,
    demo: str = FIRST,
    begins_at: datetime | None = None,
) -> Stack:
    """Start everything and return when pages and triggers listen. Ends what it started if one part fails.

    The small demo's clock starts anew every time; those of the others go on, and `begins_at` is only their first day.
    """
    ports = Ports.pick(http_port)
    begins_at = begins_at or (EMPTY_BEGINS if demo == EMPTY else DEMO_NOW)
    clock = clock_starting_at(begins_at) if demo == FIRST else clock_kept_in(folder / "clock.json", begins_at)
    environment = clock.as_environment()
    create_secrets(folder / "secrets")
    with ExitStack() as ends:
        azurite = start_azurite(folder / "azurite", folder / "logs/azurite.log", AzuritePorts.pick_free())
        ends.callback(azurite.terminate)
        engine = run_engine(folder, ports, clock)
        ends.callback(engine.terminate)
        redirect_uris = (f"http://127.0.0.1:{ports.http}{CONSENT_CALLBACK}",)
        microsoft = start_simulator(
            "microsoft", 0, folder / "simulators", folder / "secrets", environment, demo, redirect_uris
        )
        ends.callback(microsoft.stop)
        port = find_kept_port(folder) if demo == EMPTY else 0
        connectwise = start_simulator("connectwise", port, folder / "simulators", folder / "secrets", environment, demo)
        (folder / CONNECTWISE_PORT_FILE).write_text(str(connectwise.port), encoding="utf-8")
        ends.callback(connectwise.stop)
        autotask = start_simulator("autotask", 0, folder / "simulators", folder / "secrets", environment, demo)
        ends.callback(autotask.stop)
        mail = start_simulator("mail", 0, folder / "simulators", folder / "secrets", environment, demo)
        ends.callback(mail.stop)
        sites = Sites(connectwise.base_url, autotask.base_url)
        await load_seed(azurite.connection_string, sites, demo, read_smtp_port(folder))
        stack = Stack(
            folder=folder,
            app_directory=app_directory,
            ports=ports,
            clock=clock,
            azurite=azurite,
            microsoft=microsoft,
            connectwise=connectwise,
            autotask=autotask,
            mail=mail,
            engine=engine,
            host=engine,
            extra_settings=extra_settings or {},
            demo=demo,
        )
        stack.product_secrets.mkdir(mode=0o700, exist_ok=True)
        stack.host = run_host(stack)
        ends.pop_all()
    return stack


def read_smtp_port(folder: Path) -> int:
    """Where the stand-in of a mail server of this world listens."""
    return int((folder / "simulators" / SMTP_PORT_FILE).read_text(encoding="utf-8"))


def find_kept_port(folder: Path) -> int:
    """Where ConnectWise listened last, because somebody typed it in; 0 where it never did.

    Raises WorldBusy where somebody else listens there now.
    """
    file = folder / CONNECTWISE_PORT_FILE
    if not file.exists():
        return 0
    port = int(file.read_text(encoding="utf-8"))
    if is_port_taken(port):
        raise WorldBusy(f"ConnectWise is expected on port {port}, which is taken. End what listens there.")
    return port


def run_engine(folder: Path, ports: Ports, clock: LocalClock) -> ChildProcess:
    """Microsoft's orchestration engine, in memory."""
    environment = {**os.environ, **clock.as_environment()}
    return start_engine(ports.engine, folder / "logs/engine.log", environment)


def run_host(stack: Stack) -> ChildProcess:
    """The Functions host with the app and its settings."""
    address = HostAddress(stack.app_directory, stack.ports.http, stack.ports.engine, stack.folder / "host")
    return start_host(address, app_settings(stack), stack.folder / "logs/host.log")


def app_settings(stack: Stack) -> dict[str, str]:
    """The app's settings in the local world, as they would stand in the function app's configuration."""
    origins = (*(service.base_url for service in stack.services), stack.pages_url)
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", str(stack.folder)),
        "AzureWebJobsStorage": stack.azurite.connection_string,
        "SEATLEDGER_SECRETS_FOLDER": str(stack.product_secrets.resolve()),
        "SEATLEDGER_TIME_ZONE": DEMO_ZONE,
        "SEATLEDGER_LOGIN_URL": stack.microsoft.base_url,
        "SEATLEDGER_GRAPH_URL": stack.microsoft.base_url,
        "SEATLEDGER_PARTNER_CENTER_URL": stack.microsoft.base_url,
        "SEATLEDGER_AUTOTASK_URL": stack.autotask.base_url,
        "SEATLEDGER_ALLOWED_ORIGINS": ",".join(origins),
        "SEATLEDGER_ALLOWED_MAIL_SERVERS": f"{SMTP_HOST}:{stack.smtp_port}",
        "SEATLEDGER_MAIL_CA_FILE": str(find_authority(stack.folder / "simulators").resolve()),
        "SEATLEDGER_LATE_EFFECT_SECONDS": str(DEMO_LATE_EFFECT_SECONDS),
        "SEATLEDGER_PUBLIC_URL": stack.pages_url,
        **stack.clock.as_environment(),
        **stack.extra_settings,
    }


def read_calls(simulator: SimulatorProcess) -> dict[str, Any]:
    """How often each operation of a simulator was called."""
    report: dict[str, Any] = httpx.get(f"{simulator.base_url}/__simulator/calls", timeout=10).json()
    return report


def forget_calls(simulator: SimulatorProcess) -> None:
    """Count from 0 again."""
    httpx.delete(f"{simulator.base_url}/__simulator/calls", timeout=10).raise_for_status()
