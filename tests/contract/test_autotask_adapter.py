"""What only Autotask does, and its adapter over real HTTP: pages, its hourly budget, its threads, its one a day."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import httpx
import pytest
import stamina

from plans.agreements import Agreement
from plans.changes import AdjustUnits
from plans.errors import Misconfigured, Retry, Spent, Throttled
from plans.ports import Accepted, Refused
from psa.autotask.adapter import AutotaskPsa
from tests.contract.benches import AGREEMENT, KEY, NEXT_PERIOD, Bench, make_bench, read_agreement
from tests.contract.crowd import CHILD, CHILDREN, CONTRACTS, MONTHS, ROWS, SERVICES, start_crowd
from tests.contract.running import NO_TLS, RunningSimulator

CONTRACT_IDS = [str(number) for number in range(1, CONTRACTS + 1)]
PAGE = 500
# Rows that end in the last three longest months or later: of August 2026 through December 2027.
MONTHS_READ = 17


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    stamina.set_testing(True, attempts=4)
    yield
    stamina.set_testing(False)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with start_crowd(tmp_path_factory.mktemp("crowd")) as running:
        yield running


@pytest.fixture
async def crowded_bench(crowd: RunningSimulator) -> AsyncIterator[Bench]:
    crowd.forgive()
    crowd.forget("calls")
    transport = httpx.AsyncHTTPTransport(verify=NO_TLS)
    yield make_bench("autotask", crowd, transport)
    await transport.aclose()


@pytest.fixture
async def bench(autotask_simulator: RunningSimulator) -> AsyncIterator[Bench]:
    transport = httpx.AsyncHTTPTransport(verify=NO_TLS)
    yield make_bench("autotask", autotask_simulator, transport)
    await transport.aclose()


async def test_many_contracts_are_read_whole_in_pages(crowded_bench: Bench) -> None:
    """Calls grow with pages only (P1): one list of contracts, one of services, and the pages of their units."""
    found = await crowded_bench.psa.read_agreements(CONTRACT_IDS)
    assert ROWS == CONTRACTS * SERVICES * MONTHS
    assert sorted(each.id for each in found) == sorted(CONTRACT_IDS)
    for each in found:
        assert isinstance(each, Agreement)
        assert [addition.quantity for addition in each.additions] == [2] * SERVICES
    calls = crowded_bench.simulator.read_calls()
    pages = calls["POST /V1.0/ContractServiceUnits/query"] + calls["POST /V1.0/ContractServiceUnits/query/next"]
    assert pages == math.ceil(CONTRACTS * SERVICES * MONTHS_READ / PAGE)
    assert (calls["POST /V1.0/Contracts/query"], calls["POST /V1.0/ContractServices/query"]) == (1, 1)


async def test_what_is_rare_is_asked_once_for_all_pieces_and_customers_of_a_run(crowded_bench: Bench) -> None:
    """The bundles on contracts, and who pays for whom: 501 companies have a parent, on two pages."""
    psa = crowded_bench.psa
    read = [each for contract_id in CONTRACT_IDS for each in await psa.read_agreements([contract_id], "2026-11-22")]
    assert len(read) == CONTRACTS
    payers = [await psa.read_payer(str(CHILD + number), "2026-11-22") for number in range(CHILDREN)]
    payer = await psa.read_payer(str(CHILD))
    assert payer is not None
    assert payers == [payer] * CHILDREN, "as it is told of one by itself"
    assert await psa.read_payer(payer.company_id, "2026-11-22") is None
    calls = crowded_bench.simulator.read_calls()
    assert calls["POST /V1.0/ContractServiceBundles/query"] == 1
    assert calls["POST /V1.0/Companies/query/next"] == 1
    assert calls["POST /V1.0/Companies/query"] == 2 + 2, "a page of them, their parent's name, and the one by itself"


async def test_a_page_that_lost_its_successor_is_no_reading(crowded_bench: Bench) -> None:
    """A service whose rows are missing would look as if nobody billed it."""
    crowded_bench.simulator.switch_on("lost_next_page", operation="POST /V1.0/ContractServiceUnits/query")
    with pytest.raises(Retry, match="rows of ContractServiceUnits"):
        await crowded_bench.psa.read_agreements(CONTRACT_IDS)


async def test_of_rows_that_share_a_day_the_later_one_holds(bench: Bench) -> None:
    ours = await bench.psa.read_addition(AGREEMENT, await bench.bill(12, None, None))
    assert ours is not None
    bench.simulator.switch_on("overlapping_rows")
    adjusted = AdjustUnits(AGREEMENT, 3, KEY, ours.id, NEXT_PERIOD.replace(day=10), 12, 13)
    assert isinstance(await bench.psa.send(adjusted), Accepted)
    found = await bench.psa.read_addition(AGREEMENT, ours.id)
    assert found is not None and found.days is not None
    assert [found.days.on(NEXT_PERIOD.replace(day=day)) for day in (9, 10, 11)] == [12, 13, 13]


async def test_a_contract_that_we_may_not_see_is_left_out(bench: Bench) -> None:
    """A narrowed security level gets no rows, and no error."""
    bench.simulator.switch_on("narrowed", operation="POST /V1.0/Contracts/query")
    assert await bench.psa.read_agreements([AGREEMENT]) == ()


async def test_a_day_that_had_its_adjustment_says_so(bench: Bench) -> None:
    ours = await bench.psa.read_addition(AGREEMENT, await bench.bill(12, None, None))
    assert ours is not None
    bench.simulator.switch_on("duplicate_period")
    change = AdjustUnits(AGREEMENT, 3, KEY, ours.id, NEXT_PERIOD, 12, 13)
    assert isinstance(await bench.psa.send(change), Accepted)
    answer = await bench.psa.send(replace(change, units_before=13, units_after=14))
    assert isinstance(answer, Refused)
    assert answer.is_day_taken


async def test_days_that_are_posted_say_so(bench: Bench) -> None:
    ours = await bench.psa.read_addition(AGREEMENT, await bench.bill(12, None, None))
    assert ours is not None
    bench.simulator.switch_on("posted_period_refused")
    bench.simulator.act("post", {"date": NEXT_PERIOD.isoformat()})
    change = AdjustUnits(AGREEMENT, 3, KEY, ours.id, NEXT_PERIOD.replace(day=10), 12, 13)
    answer = await bench.psa.send(change)
    assert isinstance(answer, Refused)
    assert (answer.is_posted, answer.is_day_taken) == (True, False)
    assert answer.sentence.endswith("bill the days before by hand.")


async def test_a_deadlock_passes_by_itself(bench: Bench) -> None:
    """Other processes lock the same tables: a 500 that names it is asked again."""
    bench.simulator.switch_on("status", times=2, detail="500:Transaction was deadlocked on lock resources")
    assert len((await read_agreement(bench.psa)).additions) == 1


async def test_too_many_threads_are_for_later(bench: Bench) -> None:
    bench.simulator.switch_on("thread_limit", operation="POST /V1.0/Contracts/query")
    with pytest.raises(Throttled):
        await bench.psa.read_agreements([AGREEMENT])


async def test_a_spent_budget_stops_us_and_ends_by_itself(bench: Bench) -> None:
    """The counter is the whole database's: at three quarters nothing more is asked of it than its counter."""
    bench.simulator.act("budget", {"used": 7_600})
    with pytest.raises(Spent):
        await bench.psa.read_agreements([AGREEMENT])
    assert set(bench.simulator.read_calls()) == {"GET /V1.0/ThresholdInformation"}


async def test_a_user_that_may_not_read_the_counter_is_read_with_our_own_count(bench: Bench) -> None:
    bench.simulator.switch_on("missing_right", operation="GET /V1.0/ThresholdInformation", times=None)
    assert len((await read_agreement(bench.psa)).additions) == 1
    assert isinstance(bench.psa, AutotaskPsa)
    budget = await bench.psa.read_budget()
    assert budget is not None and budget.is_own and 0 < budget.used < 20


async def test_a_suspended_database_says_so_in_its_own_words(bench: Bench) -> None:
    bench.simulator.act("budget", {"used": 10_000})
    with pytest.raises(
        Spent, match=r"answered 429: The API request threshold.*Requests are suspended.*goes on by itself"
    ):
        await bench.psa.read_agreements([AGREEMENT])


async def test_a_wrong_tracking_identifier_is_misconfigured(autotask_simulator: RunningSimulator, bench: Bench) -> None:
    code = autotask_simulator.secrets / "autotask-integration-code"
    kept = code.read_text(encoding="utf-8")
    try:
        code.write_text("another", encoding="utf-8")
        with pytest.raises(Misconfigured, match="tracking identifier"):
            await bench.psa.read_agreements([AGREEMENT])
    finally:
        code.write_text(kept, encoding="utf-8")
