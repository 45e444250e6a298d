"""What `plans.ports.Psa` promises, asked of every adapter over real HTTP: one list for each PSA and its simulator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest
import stamina

from plans.agreements import Addition, Booking
from plans.errors import Bug, Misconfigured, Retry
from plans.ports import Accepted, InDoubt, Refused
from tests.contract.benches import AGREEMENT, KEY, PRODUCT, Bench, make_bench, make_creation, read_agreement
from tests.contract.checking import CheckingTransport, ContractCounter
from tests.contract.running import NO_TLS, RunningSimulator

PSAS = ("connectwise", "autotask")
TEXTS = (
    "Microsoft 365 Business Premium: Ada, Grace + 3 more",
    "Müller & Söhne <b>Präzision</b> \"quoted\" 'single' 🧘 \u202bבע״מ\u202c",
    "a line\nand another one",
    "x" * 1000,
)


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    """Reads are repeated as often as ever, without the waiting between."""
    stamina.set_testing(True, attempts=4)
    yield
    stamina.set_testing(False)


@pytest.fixture(params=PSAS)
def psa_simulator(request: pytest.FixtureRequest) -> tuple[str, RunningSimulator]:
    """A PSA's name and its simulator, with the demo as it came."""
    return request.param, request.getfixturevalue(f"{request.param}_simulator")


@pytest.fixture
async def bench(psa_simulator: tuple[str, RunningSimulator], contract: ContractCounter) -> AsyncIterator[Bench]:
    """Every exchange is checked against the published description."""
    transport = CheckingTransport(httpx.AsyncHTTPTransport(verify=NO_TLS), contract)
    yield make_bench(*psa_simulator, transport)
    await transport.aclose()


@pytest.fixture
async def rough_bench(psa_simulator: tuple[str, RunningSimulator]) -> AsyncIterator[Bench]:
    """For what no description covers: half answers."""
    transport = httpx.AsyncHTTPTransport(verify=NO_TLS)
    yield make_bench(*psa_simulator, transport)
    await transport.aclose()


async def bill_twelve(bench: Bench) -> Addition:
    """Twelve seats that we bill, as the PSA shows them."""
    number = await bench.bill(12, Decimal("21.50"), "Twelve seats")
    found = await bench.psa.read_addition(AGREEMENT, number)
    assert found is not None
    return found


def count_writes(bench: Bench) -> int:
    calls = bench.simulator.read_calls()
    return sum(calls.get(operation, 0) for operation in bench.writes)


async def test_it_reads_an_agreement_whole(bench: Bench) -> None:
    ours = await bill_twelve(bench)
    agreement = await read_agreement(bench.psa)
    read = {each.id: (each.quantity, each.description) for each in agreement.additions}
    there = bench.list_rows()
    assert len(there) == 2
    assert {number: row[0] for number, row in read.items()} == {number: row[0] for number, row in there.items()}
    assert read[ours.id] == there[ours.id]
    assert (agreement.id, agreement.company_id, agreement.facts.is_active) == (AGREEMENT, "250", True)
    assert agreement.facts.grid is not None


async def test_an_agreement_that_is_not_there_is_left_out(bench: Bench) -> None:
    found = await bench.psa.read_agreements([AGREEMENT, "999999"])
    assert [each.id for each in found] == [AGREEMENT]
    assert await bench.psa.read_agreements(["999999"]) == ()


async def test_a_product_is_found_on_every_agreement_of_a_company_but_those_that_are_known(bench: Bench) -> None:
    """A new line asks what bills its product elsewhere: nothing on its own agreement, nothing of another company's."""
    ours = await bill_twelve(bench)
    (found,) = await bench.psa.search_products(["250"], {PRODUCT}, ())
    assert (found.id, [each.id for each in found.additions]) == (AGREEMENT, [ours.id])
    assert found.additions[0].quantity == Decimal(12)
    assert await bench.psa.search_products(["250"], {PRODUCT}, {AGREEMENT}) == ()
    assert await bench.psa.search_products(["251"], {PRODUCT}, ()) == ()
    assert [each.additions for each in await bench.psa.search_products(["250"], {"999"}, ())] == [()]


async def test_its_own_count_is_what_was_read(bench: Bench) -> None:
    for expected in (1, 2):
        assert await bench.psa.count_additions(AGREEMENT) == expected
        assert len((await read_agreement(bench.psa)).additions) == expected
        await bench.bill(1, None, None)


async def test_an_addition_that_is_not_there_is_none(bench: Bench) -> None:
    assert await bench.psa.read_addition(AGREEMENT, "999999") is None


@pytest.mark.parametrize("psa_simulator", ["connectwise"], indirect=True)
async def test_what_is_copied_from_an_adopted_addition_is_what_is_read(bench: Bench) -> None:
    """A cost and a tax other than the catalog's, and a group; without them the catalog's."""
    booking = Booking(Decimal("11.25"), is_taxed=False, group_id="3")
    plain = make_creation(2, None, None)
    found = []
    for change in (plain, replace(plain, key="sl:harbour-dental-bp:2", booking=booking)):
        answer = await bench.psa.send(change)
        assert isinstance(answer, Accepted)
        found.append(await bench.psa.read_addition(AGREEMENT, answer.addition_id))
    by_catalog, copied = found
    assert copied is not None and copied.booking == booking
    assert by_catalog is not None and by_catalog.unit_cost not in (None, booking.unit_cost)


async def test_what_was_sent_is_what_is_read(bench: Bench) -> None:
    found = await bill_twelve(bench)
    assert (found.product_id, found.quantity, found.key) == (PRODUCT, Decimal(12), KEY)
    assert (found.unit_price, found.description) == (Decimal("21.50"), "Twelve seats")
    assert found.cancelled_on is None
    assert found in (await read_agreement(bench.psa)).additions


@pytest.mark.parametrize("price", ["0.01", "19.99", "24", "1234.56"])
async def test_prices_come_back_as_they_went(bench: Bench, price: str) -> None:
    found = await bench.psa.read_addition(AGREEMENT, await bench.bill(7, Decimal(price), None))
    assert found is not None
    assert found.unit_price == Decimal(price)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:20])
async def test_texts_come_back_as_they_went(bench: Bench, text: str) -> None:
    ours = await bill_twelve(bench)
    assert isinstance(await bench.psa.send(bench.change_text(ours, text)), Accepted)
    found = await bench.psa.read_addition(AGREEMENT, ours.id)
    assert found is not None
    assert (found.description, found.quantity) == (text, Decimal(12))


async def test_a_rise_is_accepted_once_and_read_back(bench: Bench) -> None:
    ours = await bill_twelve(bench)
    before = count_writes(bench)
    assert await bench.psa.send(bench.raise_by(ours, 3)) == Accepted(ours.id)
    assert count_writes(bench) == before + 1
    found = await bench.psa.read_addition(AGREEMENT, ours.id)
    assert found is not None
    assert found.quantity == Decimal(15)


async def test_a_write_that_is_not_taken_is_refused(bench: Bench) -> None:
    ours = await bill_twelve(bench)
    before, there = count_writes(bench), bench.list_rows()
    answer = await bench.psa.send(bench.refused(ours))
    assert isinstance(answer, Refused), answer
    assert answer.sentence.endswith(".")
    assert (count_writes(bench), bench.list_rows()) == (before + 1, there)


async def test_what_another_psa_has_words_for_is_a_bug(bench: Bench) -> None:
    ours = await bill_twelve(bench)
    before = count_writes(bench)
    with pytest.raises(Bug):
        await bench.psa.send(bench.beyond_words(ours))
    assert count_writes(bench) == before


@pytest.mark.parametrize(
    ("fault", "members", "is_there"),
    [
        ("answer_lost_after_effect", {}, True),
        ("reset_before_effect", {}, False),
        ("html_429", {}, False),
        ("status", {"detail": "503"}, False),
        ("status", {"detail": "502"}, False),
    ],
)
async def test_a_write_without_a_clear_answer_is_in_doubt_and_never_repeated(
    bench: Bench, fault: str, members: dict[str, str], is_there: bool
) -> None:
    """R1: a lost answer says nothing of the effect, and whoever sends again may bill twice."""
    ours = await bill_twelve(bench)
    before = count_writes(bench)
    bench.simulator.switch_on(fault, times=1, operation=bench.rising, **members)
    answer = await bench.psa.send(bench.raise_by(ours, 3))
    assert isinstance(answer, InDoubt), answer
    assert answer.sentence.endswith(".")
    assert count_writes(bench) == before + 1
    assert bench.list_rows()[ours.id][0] == Decimal(15 if is_there else 12)


async def test_an_effect_may_land_after_the_doubt(bench: Bench) -> None:
    ours = await bill_twelve(bench)
    bench.simulator.switch_on("late_effect", times=1, seconds=0.3, operation=bench.rising)
    assert isinstance(await bench.psa.send(bench.raise_by(ours, 3)), InDoubt)
    assert bench.list_rows()[ours.id][0] == Decimal(12)
    await asyncio.sleep(0.6)
    assert bench.list_rows()[ours.id][0] == Decimal(15)


@pytest.mark.parametrize("fault", ["unauthorized", "forbidden", "missing_right"])
async def test_who_is_not_let_in_is_misconfigured(bench: Bench, fault: str) -> None:
    """A read raises, and a write is refused: the day after tomorrow would bring the same."""
    ours = await bill_twelve(bench)
    before, there = count_writes(bench), bench.list_rows()
    if fault == "forbidden":
        bench.simulator.switch_on("status", detail="403")
    else:
        narrowed = bench.missing if fault == "missing_right" else {}
        bench.simulator.switch_on(fault, **narrowed)
    with pytest.raises(Misconfigured):
        await bench.psa.read_agreements([AGREEMENT])
    with pytest.raises(Misconfigured):
        await bench.psa.count_additions(AGREEMENT)
    with pytest.raises(Misconfigured):
        await bench.psa.read_addition(AGREEMENT, ours.id)
    assert isinstance(await bench.psa.send(bench.raise_by(ours, 3)), Refused)
    assert count_writes(bench) == before + 1
    bench.simulator.forgive()
    assert bench.list_rows() == there


@pytest.mark.parametrize(("fault", "members"), [("html_429", {}), ("status", {"detail": "503"})])
async def test_a_read_that_fails_for_a_moment_is_repeated(bench: Bench, fault: str, members: dict[str, str]) -> None:
    bench.simulator.switch_on(fault, times=2, **members)
    assert len((await read_agreement(bench.psa)).additions) == 1


@pytest.mark.parametrize(("fault", "members"), [("html_429", {}), ("status", {"detail": "503"})])
async def test_a_read_that_keeps_failing_is_for_later(bench: Bench, fault: str, members: dict[str, str]) -> None:
    """Unknown is never zero: there is no reading at all."""
    bench.simulator.switch_on(fault, **members)
    with pytest.raises(Retry):
        await bench.psa.read_agreements([AGREEMENT])
    with pytest.raises(Retry):
        await bench.psa.count_additions(AGREEMENT)


async def test_half_an_answer_is_no_reading(rough_bench: Bench) -> None:
    rough_bench.simulator.switch_on("truncate_body")
    with pytest.raises(Retry):
        await rough_bench.psa.read_agreements([AGREEMENT])


async def test_half_an_answer_to_a_write_is_in_doubt(rough_bench: Bench) -> None:
    ours = await bill_twelve(rough_bench)
    rough_bench.simulator.switch_on("truncate_body", times=1, operation=rough_bench.rising)
    assert isinstance(await rough_bench.psa.send(rough_bench.raise_by(ours, 3)), InDoubt)
    assert rough_bench.list_rows()[ours.id][0] == Decimal(15)


async def test_what_nobody_described_does_not_disturb_a_reading(rough_bench: Bench) -> None:
    """A PSA may add members to its rows at any time."""
    await bill_twelve(rough_bench)
    plain = await read_agreement(rough_bench.psa)
    rough_bench.simulator.switch_on("extra_fields")
    assert await read_agreement(rough_bench.psa) == plain
