"""P1: what an unchanged customer asks of Microsoft and of its PSA on one night, counted by the stand-ins."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from bench.figures import Figure, Size, judge
from bench.nights import play_far
from bench.p6_autotask import USER, make_autotask
from bench.stands import NOW, make_folder, open_web, read_calls, read_secret, start_stand
from plans.runs import choose_shard
from psa.autotask.adapter import RHYTHM, AutotaskPsa
from psa.autotask.client import VALUES_PER_QUERY, AutotaskClient, Credentials
from psa.autotask.pacing import REQUESTS_PER_LOOK

MICROSOFT_GOAL = 3.0
"""One token, one batch, and one call of Partner Center: the made-up partner bills directly."""
CONNECTWISE_GOAL = 1.0
NEXT_PAGES = ("/query/next", "/query/count")
AUTOTASK_ONCE = 2
"""The fields of contracts and of services, described once a process."""
AUTOTASK_A_LIST = 5
"""Of each list of contracts: themselves, their services, their bundles, and their unit rows in two halves."""


def measure(size: Size) -> list[Figure]:
    """The calls of a night on which nothing changed, a customer; what every night asks once is shared by all."""
    night = play_far(size).unchanged
    microsoft, connectwise = night.microsoft_calls / size.customers, night.psa_calls / size.customers
    return [
        Figure(
            "P1",
            "calls to Microsoft for an unchanged customer",
            f"{microsoft:.2f}",
            f"≤ {MICROSOFT_GOAL:.0f}, Partner Center included",
            judge(size, round(microsoft, 1) <= MICROSOFT_GOAL),
            f"{night.microsoft_calls:,} for {size.customers:,} customers of {size.users} users; of them "
            f"{night.microsoft_calls - 3 * size.customers} for the partner account itself",
        ),
        Figure(
            "P1",
            "calls to ConnectWise for a mapped agreement",
            f"{connectwise:.2f}",
            f"≤ {CONNECTWISE_GOAL:.0f}",
            judge(size, connectwise <= CONNECTWISE_GOAL),
            f"{night.psa_calls:,} for {size.customers:,} agreements: one each for its additions, and for every fifty "
            "agreements two lists",
        ),
        compare_autotask(size),
    ]


def compare_autotask(size: Size) -> Figure:
    """What reading the contracts of few and of many customers asks, one contract each; pages are counted beside."""
    counts = {number: count_autotask(number) for number in (size.few_customers, size.customers)}
    totals = [sum(calls.values()) for calls in counts.values()]
    asked = {number: leave_pages_out(calls) for number, calls in counts.items()}
    allowed = [allow_autotask(cut_contracts(number), sum(calls.values())) for number, calls in counts.items()]
    return Figure(
        "P1",
        "calls to Autotask, further pages of 500 rows left out",
        " and ".join(f"{calls} for {number:,} contracts" for number, calls in asked.items()),
        f"{AUTOTASK_A_LIST} for every list of {VALUES_PER_QUERY} contracts, nothing for a customer",
        all(calls <= most for calls, most in zip(asked.values(), allowed, strict=True)),
        f"{' and '.join(f'{total:,}' for total in totals)} with all pages, of ten services a contract; besides the "
        f"lists {AUTOTASK_ONCE} descriptions of fields, and a look at the counter for {REQUESTS_PER_LOOK} requests",
    )


def allow_autotask(pieces: Sequence[Sequence[str]], total: int) -> int:
    """How many calls may be no further page, where contracts are read in these pieces by `total` calls altogether.

    A query can name 500 values at most, so that lists of contracts are a kind of pages: nothing else may grow.
    """
    lists = sum(-(-len(piece) // VALUES_PER_QUERY) for piece in pieces)
    return AUTOTASK_ONCE + AUTOTASK_A_LIST * lists + 1 + total // REQUESTS_PER_LOOK


def leave_pages_out(calls: Mapping[str, int]) -> int:
    """The calls that are neither a further page nor its count."""
    return sum(count for operation, count in calls.items() if not operation.endswith(NEXT_PAGES))


def cut_contracts(contracts: int) -> list[list[str]]:
    """The contracts 1 and on in the pieces that a night reads them in: by their ids, so that some hold more than one
    list takes (`sync.steps.open_run`)."""
    count = -(-contracts // RHYTHM.agreements_at_once)
    pieces: defaultdict[int, list[str]] = defaultdict(list)
    for number in range(1, contracts + 1):
        pieces[choose_shard(str(number), count)].append(str(number))
    return [pieces[place] for place in sorted(pieces)]


def count_autotask(contracts: int) -> Mapping[str, int]:
    """The calls of reading so many contracts as a night does, by operation."""
    with make_folder() as folder, start_stand(folder, "autotask", make_autotask(contracts), 0.0) as stand:
        secret, code = (read_secret(folder, name) for name in ("autotask-secret", "autotask-integration-code"))

        async def read() -> None:
            web = open_web(stand)
            psa = AutotaskPsa("autotask", AutotaskClient(web, Credentials(USER, secret, code)), NOW.date)
            for piece in cut_contracts(contracts):
                await psa.read_agreements(piece)
            await web.close()

        asyncio.run(read())
        return read_calls(stand)
