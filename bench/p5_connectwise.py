"""P5: reading every addition of every ConnectWise agreement, beside the client `connectpyse-manage` from PyPI.

Both ask the same stand-in over HTTP. Ours reads what a night reads (agreements, invoices, additions) with as many
requests at once as a deployment allows by default; the peer reads additions only, the way its own method does.
"""

from __future__ import annotations

import asyncio
import time

from connectwise import ConnectWiseClient as Peer

from bench.figures import Figure, Size, judge
from bench.msp import CONNECTION, FIRST_AGREEMENT, Msp, make_connectwise
from bench.stands import forget_calls, make_folder, open_web, read_calls, read_secret, start_stand
from plans.agreements import Agreement
from plans.limits import Limits
from psa.connectwise.adapter import RHYTHM, ConnectWisePsa
from psa.connectwise.client import ConnectWiseClient, Credentials

CLIENT_ID = "9e3f2d6c-6d0f-4d0e-9a55-2c1f6b7a8d90"
LATENCY_SECONDS = 0.03
GOAL = 5.0


def measure(size: Size) -> list[Figure]:
    """How much faster the whole of it is read."""
    msp = Msp(size.additions_agreements, size.additions_each, 1)
    ids = [FIRST_AGREEMENT + number for number in range(msp.customers)]
    additions = msp.customers * msp.licences
    with make_folder() as folder, start_stand(folder, "connectwise", make_connectwise(msp), LATENCY_SECONDS) as stand:
        keys = [read_secret(folder, name) for name in ("connectwise-public-key", "connectwise-private-key")]

        async def read_ours() -> int:
            web = open_web(stand)
            psa = ConnectWisePsa(CONNECTION, ConnectWiseClient(web, Credentials("demo", CLIENT_ID, *keys)))
            found = await read_all(psa, [str(each) for each in ids])
            await web.close()
            return found

        started = time.perf_counter()
        check(asyncio.run(read_ours()), additions)
        ours, own_calls = time.perf_counter() - started, sum(read_calls(stand).values())
        forget_calls(stand)
        peer = Peer(base_url=stand.base_url, client="demo", username=keys[0], password=keys[1], client_id=CLIENT_ID)
        started = time.perf_counter()
        check(sum(len(peer.get_agreement_additions(each)) for each in ids), additions)
        theirs, peer_calls = time.perf_counter() - started, sum(read_calls(stand).values())
    ratio = theirs / ours
    return [
        Figure(
            "P5",
            f"reading {additions:,} additions on {msp.customers:,} ConnectWise agreements",
            f"{ratio:.1f} × faster than connectpyse-manage",
            f"≥ {GOAL:.0f} ×",
            judge(size, ratio >= GOAL),
            f"{ours:.1f} s and {theirs:.1f} s at {1000 * LATENCY_SECONDS:.0f} ms latency; {own_calls:,} calls, "
            f"{Limits().psa_window} at once, and {peer_calls:,}, one after another",
        )
    ]


async def read_all(psa: ConnectWisePsa, agreement_ids: list[str]) -> int:
    """Read every agreement, shard by shard in windows as a night does; how many additions there were."""
    shards = [
        agreement_ids[start : start + RHYTHM.agreements_at_once]
        for start in range(0, len(agreement_ids), RHYTHM.agreements_at_once)
    ]
    window, found = Limits().psa_window, 0
    for start in range(0, len(shards), window):
        readings = await asyncio.gather(*(psa.read_agreements(shard) for shard in shards[start : start + window]))
        found += sum(len(each.additions) for reading in readings for each in reading if isinstance(each, Agreement))
    return found


def check(found: int, wanted: int) -> None:
    """Raises ValueError where somebody did not read everything."""
    if found != wanted:
        raise ValueError(f"{found} additions were read, and there are {wanted}")
