"""Writes to Autotask: what is sent, and what an answer says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from net.client import Answer
from plans.agreements import Addition
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.errors import Bug, Retry
from plans.ports import Accepted, InDoubt, Refused
from plans.timeline import Timeline
from profiles.billing import BillableOption
from psa.autotask.adapter import judge_answer, make_adjustment_body, make_service_body
from psa.autotask.settings import BillingSettings
from tests.unit.psa.autotask.nights import CONTRACT, Autotask

JANUARY, APRIL_10, MAY = date(2026, 1, 1), date(2026, 4, 10), date(2026, 5, 1)
MADE = CreateAddition("1201", 0, "SL-1-0000", "55", 0, APRIL_10, BillableOption.BILLABLE)
ADJUSTED = AdjustUnits("1201", 1, "SL-1-0001", "9001", APRIL_10, 10, 12)
SERVICE = Addition("9001", "55", Decimal(10), None, None, BillableOption.BILLABLE, "SL-1", description="Old")
TEXT = SetAddition("1201", 2, "SL-1-0002", SERVICE, replace(SERVICE, description="New"), MAY)


def send(psa: Autotask, change: Change) -> Any:
    return psa.run(lambda port: port.send(change))


def test_a_service_is_made_with_our_key_and_no_units() -> None:
    psa = Autotask()
    full = replace(MADE, unit_price=Decimal("19.90"), description="Seats")
    assert send(psa, full) == Accepted("9001")
    assert psa.state.services[9001] == {
        "id": 9001,
        "contractID": CONTRACT,
        "serviceID": 55,
        "unitPrice": 19.9,
        "internalDescription": "SL-1-0000",
        "invoiceDescription": "Seats",
    }
    assert make_service_body(MADE) == {"serviceID": 55, "internalDescription": "SL-1-0000"}
    with pytest.raises(Bug, match="made without units"):
        make_service_body(replace(MADE, quantity=3))


def test_an_adjustment_names_its_service_and_says_how_many_more() -> None:
    psa = Autotask()
    psa.add_service((JANUARY, 10))
    assert send(psa, ADJUSTED) == Accepted("9001")
    assert [psa.state.sum_units(9001, day) for day in (date(2026, 4, 9), APRIL_10, MAY)] == [10, 12, 12]
    assert make_adjustment_body(replace(ADJUSTED, unit_price=Decimal(22), units_after=10)) == {
        "contractServiceID": 9001,
        "effectiveDate": "2026-04-10",
        "unitChange": 0,
        "adjustedUnitPrice": 22.0,
    }
    with pytest.raises(Bug, match="has no contract service"):
        make_adjustment_body(replace(ADJUSTED, addition_id=""))


def test_a_text_is_all_that_is_set() -> None:
    psa = Autotask()
    psa.add_service((JANUARY, 10))
    assert send(psa, TEXT) == Accepted("9001")
    assert psa.state.services[9001]["invoiceDescription"] == "New"
    with pytest.raises(Bug, match="nothing of contract service 9001 but its text"):
        send(psa, replace(TEXT, after=replace(SERVICE, quantity=Decimal(12))))


def test_a_second_adjustment_of_a_day_is_refused_as_such() -> None:
    psa = Autotask()
    psa.add_service((JANUARY, 10), (APRIL_10, 1))
    answer = send(psa, ADJUSTED)
    assert isinstance(answer, Refused)
    assert answer.is_day_taken
    outside = send(psa, replace(ADJUSTED, effective_on=date(2030, 1, 1)))
    assert isinstance(outside, Refused)
    assert not outside.is_day_taken
    assert "between the start date and end date" in outside.sentence


@pytest.mark.parametrize("mishap", ["lost", "late", "reset", "429", "500", "404-after"])
def test_what_is_no_clear_answer_is_in_doubt(mishap: str) -> None:
    psa = Autotask(mishap=f"psa POST:{mishap}")
    psa.add_service((JANUARY, 10))
    assert isinstance(send(psa, ADJUSTED), InDoubt)


def test_nothing_is_sent_while_the_budget_is_spent() -> None:
    psa = Autotask()
    psa.add_service((JANUARY, 10))
    psa.state.is_spent = True
    assert isinstance(send(psa, ADJUSTED), InDoubt)
    assert psa.state.writes == 0


@pytest.mark.parametrize(
    ("status", "body", "change", "expected"),
    [
        (200, {"itemId": None}, ADJUSTED, Accepted("9001")),
        (200, {}, ADJUSTED, InDoubt),
        (200, {"itemId": None}, MADE, InDoubt),
        (200, {"itemId": 7}, MADE, Accepted("7")),
        (200, None, MADE, InDoubt),
        (500, {"errors": ["The logged in Resource does not have the adequate permissions"]}, MADE, Refused),
        (500, {"errors": ["duplicate data"]}, MADE, Refused),
        (500, {"errors": ["Timeout expired"]}, ADJUSTED, InDoubt),
        (404, None, ADJUSTED, InDoubt),
        (401, None, ADJUSTED, Refused),
        (403, None, ADJUSTED, Refused),
        (302, None, ADJUSTED, InDoubt),
    ],
)
def test_an_answer_is_yes_no_or_in_doubt(status: int, body: Any, change: Change, expected: Any) -> None:
    answer = judge_answer(Answer(status, {}, body, ""), change)
    if isinstance(expected, type):
        assert isinstance(answer, expected)
        assert not (isinstance(answer, Refused) and answer.is_day_taken)
    else:
        assert answer == expected


def test_one_service_is_read_back_with_its_units_and_counted() -> None:
    psa = Autotask()
    number = psa.add_service((JANUARY, 10))
    found = psa.run(lambda port: port.read_addition("1201", str(number)))
    assert found is not None
    assert found.days == Timeline(((date(2026, 2, 1), 10),))
    assert psa.run(lambda port: port.read_addition("1201", "1")) is None
    assert psa.run(lambda port: port.read_addition("1209", "1")) is None
    assert psa.run(lambda port: port.count_additions("1201")) == 1
    psa.state.contracts[CONTRACT]["contractType"] = 1
    with pytest.raises(Retry, match="no recurring-service contract"):
        psa.run(lambda port: port.read_addition("1201", str(number)))


def test_how_it_likes_to_be_asked() -> None:
    async def look(port: Any) -> Any:
        return port.rhythm, port.prorates

    rhythm, prorates = Autotask(settings=BillingSettings(prorates=False)).run(look)
    assert (rhythm.agreements_at_once, rhythm.readings_at_once, rhythm.pushes_at_once, prorates) == (400, 1, 1, False)
