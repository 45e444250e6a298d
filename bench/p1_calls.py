"""P1: what an unchanged customer asks of Microsoft and of its PSA on one night, counted by the stand-ins."""

from __future__ import annotations

import asyncio

from bench.figures import Figure, Size, judge
from bench.nights import play_far
from bench.p6_autotask import USER, make_autotask
from bench.stands import NOW, make_folder, open_web, read_calls, read_secret, start_stand
from psa.autotask.adapter import RHYTHM, AutotaskPsa
from psa.autotask.client import AutotaskClient, Credentials

MICROSOFT_GOAL = 3.0
"""One token, one batch, and one call of Partner Center: the made-up partner bills directly."""
CONNECTWISE_GOAL = 1.0
NEXT_PAGES = ("/query/next", "/query/count")


def measure(size: Size) -> list[Figure]:
    """The calls of a night on which nothing changed, a customer; what every night asks once is shared by all."""
    night = play_far(size).unchanged
    microsoft, connectwise = night.microsoft_calls / size.customers, night.psa_calls / size.customers
    few, many = size.few_customers, 2 * size.few_customers
    beyond = [count_autotask(contracts) for contracts in (few, many)]
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
        Figure(
            "P1",
            "calls to Autotask, further pages of 500 rows left out",
            f"{beyond[0]} for {few:,} contracts, {beyond[1]} for {many:,}",
            "the same",
            beyond[0] == beyond[1],
            f"{RHYTHM.agreements_at_once} contracts are one question",
        ),
    ]


def count_autotask(contracts: int) -> int:
    """The calls of reading so many contracts, the next pages of a query left out."""
    with make_folder() as folder, start_stand(folder, "autotask", make_autotask(contracts), 0.0) as stand:
        secret, code = (read_secret(folder, name) for name in ("autotask-secret", "autotask-integration-code"))

        async def read() -> None:
            web = open_web(stand)
            psa = AutotaskPsa("autotask", AutotaskClient(web, Credentials(USER, secret, code)), NOW.date)
            ids = [str(number) for number in range(1, contracts + 1)]
            for start in range(0, len(ids), RHYTHM.agreements_at_once):
                await psa.read_agreements(ids[start : start + RHYTHM.agreements_at_once])
            await web.close()

        asyncio.run(read())
        calls = read_calls(stand)
    return sum(count for operation, count in calls.items() if not operation.endswith(NEXT_PAGES))
