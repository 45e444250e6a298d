"""Mappings that end or move on Autotask are billed once: 5 seats at 20.00 are 100.00 a month (billing rules, 3 and 7).

April is posted on 1 April in advance and on 1 May in arrears. Played night by night; whatever a brake stops is a
trouble, but for what ends altogether, which a person approves at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal

import pytest

from local.simulators.autotask.contracts import Contracts
from local.simulators.autotask.mishaps import FAULT_NAMES
from local.simulators.autotask.operations import operation_names
from local.simulators.autotask.posting import Accountant
from local.simulators.faults import FaultBoard
from plans.brakes import Thresholds
from profiles.billing import Mapping
from tests.oracle.facts import ONE_DAY, Price, Reading, Scenario, list_days, place_invoices
from tests.timelines.autotask import BACKUP, AutotaskWorld
from tests.timelines.autotask_nights import Nights
from tests.timelines.reader import SKU
from tests.timelines.world import AGREEMENT, APPROVED_RULES, CUSTOMER, PRODUCT

OTHER = 1301
FIRST, DECIDED_ON, LAST = date(2026, 3, 28), date(2026, 4, 16), date(2026, 6, 1)
SEATS = 5
WAITS_A_NIGHT = "which ends first. Nothing to do"
"""A line of its own that follows another one on another contract is held until the end there is proved."""

type Mode = Literal["advance", "arrears"]
type Decide = Callable[[Mapping], tuple[Mapping, ...]]


def move(mapping: Mapping) -> tuple[Mapping, ...]:
    return (replace(mapping, agreement_id=str(OTHER)),)


def follow(mapping: Mapping) -> tuple[Mapping, ...]:
    ended = replace(mapping, is_ended=True)
    return (ended, replace(mapping, id="after", agreement_id=str(OTHER), follows=(mapping.id,)))


def end(mapping: Mapping) -> tuple[Mapping, ...]:
    return (replace(mapping, is_ended=True),)


def play(
    modes: dict[int, Mode], decide: Decide, approved_on: date | None = None, ends_on: date | None = None
) -> tuple[dict[tuple[int, str], float], list[str]]:
    """What each contract billed for each month, and the troubles; the decision is made on 16 April.

    A person approves the end as soon as it is held, or on that one day only. The first contract may have a last day.
    """
    readings = (Reading(FIRST, SEATS),)
    invoices = place_invoices(readings, [(FIRST.replace(day=1), FIRST)])
    world = AutotaskWorld(Scenario(readings, (Price(date(2020, 1, 1), Decimal(20)),), FIRST, invoices))
    world.disk.controls = replace(world.disk.controls, thresholds=Thresholds())
    open_contract(world)
    if ends_on is not None:
        contracts = Contracts(world.records, FaultBoard(FAULT_NAMES, operation_names()))
        contracts.change_contract({"id": AGREEMENT, "endDate": f"{ends_on}T00:00:00Z"})
    accountant, bills = Accountant(world.records), dict[tuple[int, str], float]()

    async def pass_nights() -> None:
        for day in list_days(FIRST, LAST + ONE_DAY):
            if day == DECIDED_ON:
                (mapping,) = world.disk.mappings[CUSTOMER]
                world.disk.mappings[CUSTOMER] = decide(mapping)
            approves = approved_on in (None, day)
            world.approved_rules = APPROVED_RULES if approves else frozenset()
            await world.read_on(day, {SKU: SEATS})
            for contract_id, mode in modes.items() if day.day == 1 else ():
                for item in accountant.post(day if mode == "advance" else day - ONE_DAY, [contract_id]):
                    if item["serviceID"] == PRODUCT:
                        month = (contract_id, item["itemDate"][5:7])
                        bills[month] = bills.get(month, 0) + item["totalAmount"]

    asyncio.run(pass_nights())
    return bills, [each for each in world.troubles if WAITS_A_NIGHT not in each]


def open_contract(world: AutotaskWorld) -> None:
    """The other contract, which bills something else already."""
    records = world.records
    contracts = Contracts(records, FaultBoard(FAULT_NAMES, operation_names()))
    found = records.find("Contracts", AGREEMENT)
    assert found is not None
    records.all("Contracts").append({**found, "id": OTHER, "contractName": "The other one"})
    service = contracts.add_service({"contractID": OTHER, "serviceID": BACKUP}, OTHER)
    begins = {"contractServiceID": service["id"], "effectiveDate": found["startDate"], "unitChange": 1}
    contracts.adjust(begins, "A person", 7)


@pytest.mark.parametrize("decide", [move, follow])
@pytest.mark.parametrize("to", ["advance", "arrears"])
@pytest.mark.parametrize("come", ["advance", "arrears"])
def test_what_moves_is_billed_once_in_every_month(come: Mode, to: Mode, decide: Decide) -> None:
    """Through April here and from May on there. From arrears to advance both contracts billed 100.00 for May and for
    June, because the end moved on every month; from advance to arrears the end waited for a person by itself.
    """
    bills, troubles = play({AGREEMENT: come, OTHER: to}, decide)
    there = ["05", "06"] if to == "advance" else ["05"]
    expected = {(AGREEMENT, "03"): 12.9, (AGREEMENT, "04"): 100.0} | {(OTHER, month): 100.0 for month in there}
    assert bills == pytest.approx(expected)
    assert troubles == []


@pytest.mark.parametrize("decide", [move, follow])
@pytest.mark.parametrize("come", ["advance", "arrears"])
def test_what_moves_from_a_contract_that_ends_begins_on_the_day_after(come: Mode, decide: Decide) -> None:
    """The old contract ends on 30 April by itself. A line of its own that follows waited for an end there that nobody
    could write, and was never billed: 100.00 for May and every month after it."""
    bills, troubles = play({AGREEMENT: come, OTHER: "advance"}, decide, ends_on=date(2026, 4, 30))
    expected = {(AGREEMENT, "03"): 12.9, (AGREEMENT, "04"): 100.0, (OTHER, "05"): 100.0, (OTHER, "06"): 100.0}
    assert bills == pytest.approx(expected)
    assert troubles == []


def test_what_is_ended_in_arrears_ends_with_its_period() -> None:
    """March's four days and April. Every month after it was billed, for ever: 100.00 for May."""
    bills, troubles = play({AGREEMENT: "arrears"}, end)
    assert bills == pytest.approx({(AGREEMENT, "03"): 12.9, (AGREEMENT, "04"): 100.0})
    assert troubles == []


@pytest.mark.parametrize("mode", ["advance", "arrears"])
@pytest.mark.parametrize("approved_on", [date(2026, 4, 20), date(2026, 4, 30)])
def test_an_end_that_is_approved_on_any_day_of_its_period_ends_with_it(mode: Mode, approved_on: date) -> None:
    """It waits for a person from 16 April on, and no more once one has agreed; it was held from 28 to 30 April only,
    and who had looked on another day paid another 100.00, every month.
    """
    bills, troubles = play({AGREEMENT: mode}, end, approved_on)
    assert bills == pytest.approx({(AGREEMENT, "03"): 12.9, (AGREEMENT, "04"): 100.0})
    assert len(troubles) == (approved_on - DECIDED_ON).days
    assert all("to_zero: 5 → 0 Business Premium" in each for each in troubles)


@pytest.mark.parametrize("mode", ["advance", "arrears"])
def test_an_end_that_nobody_approves_in_its_period_ends_with_the_next_one(mode: Mode) -> None:
    """Looked at on 20 May only: May is billed as well, once, and June is not; it is held on every night until then."""
    approved_on = date(2026, 5, 20)
    bills, troubles = play({AGREEMENT: mode}, end, approved_on)
    assert bills == pytest.approx({(AGREEMENT, "03"): 12.9, (AGREEMENT, "04"): 100.0, (AGREEMENT, "05"): 100.0})
    assert len(troubles) == (approved_on - DECIDED_ON).days


def test_what_follows_onto_a_contract_that_begins_later_waits_for_a_person() -> None:
    """The other contract begins on 10 May, and a line of its own follows there on 16 April: nobody could bill 1 to 9
    May, 10 x 20.00 x 9/31 = 58.06, and the old one was ended on 30 April with not a word. Nobody approves it, so that
    the old one bills May, and both go on by themselves."""
    nights = Nights("advance", date(2026, 3, 1))
    open_contract(nights.world)
    nights.records.all("Contracts")[-1]["startDate"] = "2026-05-10T00:00:00Z"
    nights.live_on(DECIDED_ON, 10)
    nights.world.approved_rules = frozenset()
    (mapping,) = nights.world.disk.mappings[CUSTOMER]
    nights.world.disk.mappings[CUSTOMER] = follow(mapping)
    nights.live_on(date(2026, 4, 28), 10)
    held = {hold.line.mapping_id: hold.line.sentence for hold in nights.world.disk.holds.values()}
    assert "nothing would be billed from 1 May 2026 through 9 May 2026" in held["after"]
    nights.live_on(LAST, 10)
    assert nights.posted[2:] == [("2026-05-01", 10, 200.0), ("2026-06-01", 10, 58.06)], "1 to 9 June"
