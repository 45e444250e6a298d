"""Nights of a made-up MSP: the stand-ins, a storage, and one app process a night, whose costs are counted."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from bench.account import open_account, open_database
from bench.driver import STEPS_AT_ONCE
from bench.figures import Size
from bench.msp import NIGHT, Msp, make_connectwise, make_microsoft
from bench.playing import Played
from bench.seeding import seed_account
from bench.stands import buy, forget_calls, make_folder, read_calls, start_stand
from local.host.azurite import AzuritePorts, build_connection_string, start_azurite
from local.simulators.start import SimulatorProcess
from plans.limits import Limits
from profiles.periods import ONE_DAY
from store.storage import Storage

MICROSOFT_SECONDS, PSA_SECONDS = 0.08, 0.15
REPOSITORY = Path(__file__).parents[1]
# Nobody listens there, and nobody asks: what the file keeps is all that a night uses.
NO_STORAGE = build_connection_string(AzuritePorts(9, 9, 9))
WIDE_WINDOW = 20
"""As many questions at once as a deployment whose ConnectWise stands it may set (`SEATLEDGER_PSA_WINDOW`)."""


@dataclass(frozen=True, slots=True)
class Night:
    """What one night took, and what was asked of each stand-in during it."""

    played: Played
    microsoft_calls: int
    psa_calls: int

    @property
    def latency_seconds(self) -> float:
        """How long its calls would take one after another, by latency alone."""
        return self.microsoft_calls * MICROSOFT_SECONDS + self.psa_calls * PSA_SECONDS


@dataclass(frozen=True)
class World:
    """A made-up MSP that is played."""

    msp: Msp
    folder: Path
    microsoft: SimulatorProcess
    connectwise: SimulatorProcess
    kind: str
    place: str

    def play(self, day: date, psa_window: int = Limits().psa_window, at_once: int = STEPS_AT_ONCE) -> Night:
        """One night in a fresh process, with so many tenants at once."""
        for stand in (self.microsoft, self.connectwise):
            forget_calls(stand)
        command = [sys.executable, "-m", "bench.playing", day.isoformat(), self.kind, self.place, str(at_once)]
        done = subprocess.run(  # noqa: S603 - our own module, no shell
            command,
            cwd=REPOSITORY,
            env=self.make_environment(psa_window),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        played = Played(**json.loads(done.stdout))
        calls = [sum(read_calls(stand).values()) for stand in (self.microsoft, self.connectwise)]
        return Night(played, *calls)

    def make_environment(self, psa_window: int) -> dict[str, str]:
        """The app's settings."""
        microsoft, connectwise = self.microsoft.base_url, self.connectwise.base_url
        return {
            **os.environ,
            "AzureWebJobsStorage": self.place if self.kind == "account" else NO_STORAGE,
            "SEATLEDGER_SECRETS_FOLDER": str(self.folder / "secrets"),
            "SEATLEDGER_TIME_ZONE": "America/New_York",
            "SEATLEDGER_LOGIN_URL": microsoft,
            "SEATLEDGER_GRAPH_URL": microsoft,
            "SEATLEDGER_PARTNER_CENTER_URL": microsoft,
            "SEATLEDGER_ALLOWED_ORIGINS": f"{microsoft},{connectwise}",
            "SEATLEDGER_PSA_WINDOW": str(psa_window),
        }


@contextmanager
def start_world(msp: Msp, *, with_sdk: bool = False, is_near: bool = False) -> Iterator[World]:
    """The stand-ins with their latency, none where they are near, and the storage: a file, or the emulator by SDK."""
    microsoft_seconds, psa_seconds = (0.0, 0.0) if is_near else (MICROSOFT_SECONDS, PSA_SECONDS)
    with (
        make_folder() as folder,
        start_stand(folder, "microsoft", make_microsoft(msp), microsoft_seconds) as microsoft,
        start_stand(folder, "connectwise", make_connectwise(msp), psa_seconds) as connectwise,
        start_storage(folder, msp, connectwise.base_url, with_sdk=with_sdk) as (kind, place),
    ):
        yield World(msp, folder, microsoft, connectwise, kind, place)


@contextmanager
def start_storage(folder: Path, msp: Msp, connectwise_url: str, *, with_sdk: bool) -> Iterator[tuple[str, str]]:
    """A storage that knows the MSP: its kind, and where it is."""
    if not with_sdk:
        file = folder / "account.sqlite"
        with closing(open_database(file)) as database:
            asyncio.run(seed_account(open_account(database), msp, connectwise_url))
        yield "file", str(file)
        return
    azurite = start_azurite(folder / "azurite", folder / "azurite.log")
    try:
        asyncio.run(seed_azurite(azurite.connection_string, msp, connectwise_url))
        yield "account", azurite.connection_string
    finally:
        azurite.terminate()


async def seed_azurite(connection_string: str, msp: Msp, connectwise_url: str) -> None:
    """Make the tables and fill them."""
    async with Storage.from_connection_string(connection_string) as storage:
        await storage.prepare()
        await seed_account(storage, msp, connectwise_url)


@dataclass(frozen=True, slots=True)
class FarNights:
    """Three nights of one MSP, at a distance: some customers bought, some bought again, nobody did.

    The first is played with the window that a deployment has where nobody sets it, the others with a wide one.
    """

    buyers: int
    usual: Night
    wide: Night
    unchanged: Night


@cache
def play_far(size: Size) -> FarNights:
    """Played once, however many promises look at it. Raises ValueError where a night does not write what it must."""
    with start_world(Msp(size.customers, size.licences, size.users)) as world:
        buyers = buy(world.microsoft, world.msp, 1)
        usual = world.play(NIGHT)
        buy(world.microsoft, world.msp, 2)
        wide = world.play(NIGHT + ONE_DAY, WIDE_WINDOW)
        unchanged = world.play(NIGHT + 2 * ONE_DAY, WIDE_WINDOW)
    for night, writes in ((usual, buyers), (wide, buyers), (unchanged, 0)):
        check(night, size.customers, writes)
    return FarNights(buyers, usual, wide, unchanged)


def play_in_turn(size: Size) -> Night:
    """A night of a few customers, one call after another: what is worked out for many is compared with it."""
    with start_world(Msp(size.turn_customers, size.licences, size.users)) as world:
        night = world.play(NIGHT, psa_window=1, at_once=1)
    check(night, size.turn_customers, 0)
    return night


@cache
def play_near(size: Size, customers: int) -> Night:
    """A night on which nothing changed, through the storage SDK and without latency: the second of its world, for the
    first one also keeps what the next invoices are forecast to be."""
    with start_world(Msp(customers, size.licences, size.users), with_sdk=True, is_near=True) as world:
        check(world.play(NIGHT), customers, 0)
        night = world.play(NIGHT + ONE_DAY)
    check(night, customers, 0)
    return night


def check(night: Night, customers: int, writes: int) -> None:
    """Raises ValueError where a night did not read everybody, or wrote something else than it had to."""
    totals = night.played.totals
    if (totals["read"], totals["writes"], totals["verified"]) != (customers, writes, writes):
        raise ValueError(f"a night of {customers} customers with {writes} writes to make ended with {totals}")
