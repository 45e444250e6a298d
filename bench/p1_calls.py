"""P1: what an unchanged customer asks of Microsoft and of its PSA on one night, counted by the stand-ins."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bench.figures import Figure, Size, judge
from bench.nights import play_far
from bench.p6_autotask import LAST_DAY, SERVICES, USER, check, make_autotask
from bench.stands import NOW, make_folder, open_web, read_calls, read_secret, start_stand
from plans.agreements import Agreement
from plans.runs import choose_shard
from psa.autotask.adapter import RHYTHM, AutotaskPsa
from psa.autotask.client import PAGE_SIZE, AutotaskClient, Credentials
from psa.autotask.pacing import REQUESTS_PER_LOOK

MICROSOFT_GOAL = 3.0
"""One token, one batch, and one call of Partner Center: the made-up partner bills directly."""
CONNECTWISE_GOAL = 1.0
AUTOTASK_ONCE = 2
"""The fields of contracts and of services, described once a process."""
UNITS_READ_FROM = date(2026, 8, 1)
"""The first month of which rows of units are read on the day of the stand-ins; each has one row for each month."""
PARTLY_FULL = 4
"""Pages that need not be full, of each piece: its contracts, their services, and their rows of units in two halves."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a night's reading of Autotask asked: `pages` of rows, further ones included; `counts` of a query whose last
    page was full; `looks` at the hourly counter; and `once` what the fields are."""

    pages: int
    counts: int
    looks: int
    once: int

    @property
    def total(self) -> int:
        """All calls."""
        return self.pages + self.beside

    @property
    def beside(self) -> int:
        """The calls that bring no page."""
        return self.counts + self.looks + self.once


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
    """What reading the contracts of few and of many customers asks, one contract each."""
    asked = {number: count_autotask(number) for number in (size.few_customers, size.customers)}
    return Figure(
        "P1",
        "calls to Autotask that are no page of 500 rows",
        " and ".join(f"{each.beside} for {number:,} contracts" for number, each in asked.items()),
        f"{AUTOTASK_ONCE}, and one for {REQUESTS_PER_LOOK} calls; nothing for a customer",
        all(keeps_the_law(each, number, SERVICES) for number, each in asked.items()),
        f"{' and '.join(f'{each.pages:,}' for each in asked.values())} pages of rows, of ten services a contract; no "
        f"reading could do with fewer than {' and '.join(f'{count_least(number, SERVICES):,}' for number in asked)}",
    )


def keeps_the_law(asked: Asked, contracts: int, services: int) -> bool:
    """Whether so many contracts, of so many services each, were read by pages alone (docs/bench.md).

    One page holds the bundles of the database. A piece asks for `PARTLY_FULL` pages that need not be full, and every
    other page is. Beside pages there is what a process asks once, a look at the counter for every so many requests, and
    one at first; and the count of a query whose last page was full, of which there is one for each of those pages at
    most.
    """
    pieces = cut_contracts(contracts)
    rows = services * (1 + count_months())
    most = 1 + sum(PARTLY_FULL + len(piece) * rows // PAGE_SIZE for piece in pieces)
    return (
        asked.pages <= most
        and asked.counts <= PARTLY_FULL * len(pieces)
        and asked.looks <= 1 + asked.total // REQUESTS_PER_LOOK
        and asked.once <= AUTOTASK_ONCE
    )


def count_least(contracts: int, services: int) -> int:
    """The pages that hold the rows of so many contracts where no page but the last of each kind is partly full, as if
    the database had nothing else; bundles, of which it has none, are one."""
    rows = (contracts, contracts * services, contracts * services * count_months())
    return 1 + sum(-(-each // PAGE_SIZE) for each in rows)


def count_months() -> int:
    """How many rows of units of a service are read: one for each month until its contract ends."""
    return (LAST_DAY.year - UNITS_READ_FROM.year) * 12 + LAST_DAY.month - UNITS_READ_FROM.month + 1


def cut_contracts(contracts: int) -> list[list[str]]:
    """The contracts 1 and on in the pieces that a night reads them in, by their ids (`sync.steps.open_run`)."""
    count = -(-contracts // RHYTHM.agreements_at_once)
    pieces: defaultdict[int, list[str]] = defaultdict(list)
    for number in range(1, contracts + 1):
        pieces[choose_shard(str(number), count)].append(str(number))
    return [pieces[place] for place in sorted(pieces)]


def count_autotask(contracts: int, services: int = SERVICES) -> Asked:
    """The calls of reading so many contracts as a night does, one piece after the other."""
    state = make_autotask(contracts, services)
    with make_folder() as folder, start_stand(folder, "autotask", state, 0.0) as stand:
        secret, code = (read_secret(folder, name) for name in ("autotask-secret", "autotask-integration-code"))

        async def read() -> int:
            web = open_web(stand)
            psa = AutotaskPsa("autotask", AutotaskClient(web, Credentials(USER, secret, code)), NOW.date)
            found = [await psa.read_agreements(piece, str(NOW.date())) for piece in cut_contracts(contracts)]
            await web.close()
            return sum(len(each.additions) for piece in found for each in piece if isinstance(each, Agreement))

        check(asyncio.run(read()), contracts * services)
        return sort_calls(read_calls(stand))


def sort_calls(calls: Mapping[str, int]) -> Asked:
    """Calls by what they are, from calls by operation. Raises ValueError for one that is none of them."""
    kinds = {"/query": "pages", "/query/next": "pages", "/query/count": "counts", "/fields": "once"}
    kinds |= {"/ThresholdInformation": "looks"}
    found = dict.fromkeys(kinds.values(), 0)
    for operation, count in calls.items():
        ending = next((each for each in kinds if operation.endswith(each)), None)
        if ending is None:
            raise ValueError(f"{operation} is nothing that reading contracts asks")
        found[kinds[ending]] += count
    return Asked(**found)
