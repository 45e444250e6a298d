"""P6: reading every unit row of Autotask's contract services, beside the client `autotask-client` from PyPI.

Both ask the same stand-in over HTTP. Ours reads contracts and services as well, and makes agreements of them; the peer
reads the unit rows only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import date
from typing import Any

from autotask.client import AutotaskClient as PeerClient
from autotask.config import AutotaskConfig
from autotask.entities.manager import EntityManager
from autotask.query import Q

from bench.figures import Figure, Size, judge
from bench.msp import read_demo
from bench.stands import NOW, forget_calls, make_folder, open_web, read_calls, read_secret, start_stand
from local.simulators.autotask.records import complete
from plans.agreements import Agreement
from psa.autotask.adapter import AutotaskPsa
from psa.autotask.client import AutotaskClient, Credentials
from psa.autotask.pacing import REQUESTS_AT_ONCE

USER = "seatledger@demo-msp.example"
LATENCY_SECONDS = 0.15
GOAL = 1.5
SERVICES, ROWS_EACH = 10, 24
"""The demo's contract runs for twenty-four months."""
FIRST_DAY, LAST_DAY = date(2026, 1, 1), date(2027, 12, 31)


def measure(size: Size) -> list[Figure]:
    """How much faster the whole of it is read."""
    contracts = -(-size.unit_rows // (SERVICES * ROWS_EACH))
    rows = contracts * SERVICES * ROWS_EACH
    with make_folder() as folder, start_stand(folder, "autotask", make_autotask(contracts), LATENCY_SECONDS) as stand:
        secret, code = (read_secret(folder, name) for name in ("autotask-secret", "autotask-integration-code"))

        async def read_ours() -> list[Agreement]:
            web = open_web(stand)
            psa = AutotaskPsa("autotask", AutotaskClient(web, Credentials(USER, secret, code)), NOW.date)
            found = await psa.read_agreements([str(number) for number in range(1, contracts + 1)])
            await web.close()
            return [each for each in found if isinstance(each, Agreement)]

        async def read_theirs() -> int:
            async with PeerClient(AutotaskConfig(USER, secret, code, stand.base_url)) as client:
                return len(await EntityManager(client).query("ContractServiceUnits", Q(id__gt=0)))

        started = time.perf_counter()
        check(sum(len(each.additions) for each in asyncio.run(read_ours())), contracts * SERVICES)
        ours, own_calls = time.perf_counter() - started, sum(read_calls(stand).values())
        forget_calls(stand)
        started = time.perf_counter()
        check(asyncio.run(read_theirs()), rows)
        theirs, peer_calls = time.perf_counter() - started, sum(read_calls(stand).values())
    ratio = theirs / ours
    return [
        Figure(
            "P6",
            f"reading {rows:,} Autotask unit rows",
            f"{ratio:.1f} × faster than autotask-client",
            f"≥ {GOAL:.1f} ×",
            judge(size, ratio >= GOAL),
            f"{ours:.1f} s and {theirs:.1f} s at {1000 * LATENCY_SECONDS:.0f} ms latency; {own_calls:,} calls, "
            f"{REQUESTS_AT_ONCE} at once of 3 that Autotask allows, and {peer_calls:,}; ours reads contracts and "
            "services too",
        )
    ]


def make_autotask(contracts: int, services_each: int = SERVICES) -> Mapping[str, Any]:
    """The demo's one contract so many times over, with so many services each, whose units are all still read."""
    state = read_demo("autotask")
    (contract,), (service,), (adjustment,) = (
        state[name] for name in ("contracts", "contractServices", "contractServiceAdjustments")
    )
    ids = range(1, contracts + 1)
    services = [(number, services_each * number + place) for number in ids for place in range(services_each)]
    dates = {"startDate": f"{FIRST_DAY}T00:00:00Z", "endDate": f"{LAST_DAY}T00:00:00Z"}
    state["contracts"] = [{**contract, **dates, "id": number} for number in ids]
    state["contractServices"] = [{**service, "id": each, "contractID": number} for number, each in services]
    state["contractServiceAdjustments"] = [
        {**adjustment, "id": each, "contractID": number, "contractServiceID": each} for number, each in services
    ]
    return complete(state, lambda: NOW)


def check(found: int, wanted: int) -> None:
    """Raises ValueError where somebody did not read everything."""
    if found != wanted:
        raise ValueError(f"{found} rows were read, and there are {wanted}")
