"""The books on a real emulator: intents are promised once, settlements are whole, turns have one holder."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.data.tables.aio import TableClient

from plans.errors import Bug
from plans.journal import Acceptance, Ending, Evidence, HistoryEntry, LedgerEntry, LineJournal, Settlement
from profiles.billing import Customer
from store import tables
from store.books import TableBooks, invert
from tests.unit.plans.makers import (
    CONNECTION,
    CUSTOMER,
    MAPPING,
    NOW,
    TODAY,
    make_addition,
    make_change,
    make_evidence,
    make_intent,
    make_mapping,
    write,
)
from tests.unit.store.conftest import Clock

CONTOSO = Customer(CUSTOMER, "Contoso", "tenant-1", CONNECTION, "42")
CHANGE = make_change()
NASTY = ["o'neill", "' or RowKey ne '", "a and b", "@partition", "@from0 or @to0", "ünï – ø", "x" * 200, "a:b", "%27"]


def settle_with(evidence: Evidence, ledger: bool = True, parked: str | None = None, at: datetime = NOW) -> Settlement:
    change = evidence.change
    entry = LedgerEntry(evidence.mapping_id, change.effective_on, change.sequence, change.quantity, "9001")
    history = HistoryEntry(at, evidence.mapping_id, change.sequence, evidence.run_id, f"entry {change.sequence}")
    return Settlement(evidence, entry if ledger else None, history, change.quantity, parked)


async def count_rows(table: TableClient) -> int:
    return len([row async for row in table.list_entities()])


async def test_a_customer_comes_back_with_its_mappings_and_empty_journals(books: TableBooks) -> None:
    mappings = (make_mapping("a"), make_mapping("b"))
    await books.save_customer(CONTOSO, mappings)
    desk = await books.read_desk(CUSTOMER)
    assert (desk.customer, desk.mappings) == (CONTOSO, mappings)
    assert desk.journals == {"a": LineJournal("a"), "b": LineJournal("b")}


async def test_saving_a_customer_again_keeps_the_journal(books: TableBooks) -> None:
    await books.save_customer(CONTOSO, [make_mapping()])
    await books.insert_intent(CUSTOMER, make_intent(CHANGE))
    await books.save_customer(replace(CONTOSO, name="Contoso Ltd"), [make_mapping()])
    desk = await books.read_desk(CUSTOMER)
    assert desk.customer.name == "Contoso Ltd"
    assert len(desk.journals[MAPPING].open_intents) == 1


async def test_a_customer_that_is_not_in_the_books_is_our_mistake(books: TableBooks) -> None:
    with pytest.raises(Bug, match="not in the books"):
        await books.read_desk("nobody")


async def test_customers_and_mapped_agreements_are_listed(books: TableBooks) -> None:
    other = Customer("fabrikam", "Fabrikam", "tenant-2", "second", "43")
    await books.save_customer(CONTOSO, [make_mapping("a"), replace(make_mapping("b"), agreement_id="1100")])
    await books.save_customer(other, [replace(make_mapping("c"), customer_id="fabrikam")])
    assert set(await books.list_customers()) == {CONTOSO, other}
    assert await books.list_mapped_agreements() == {CONNECTION: ("1100", "1201"), "second": ("1201",)}


async def test_a_mapping_whose_customer_is_gone_does_not_stop_the_night(
    books: TableBooks, books_table: TableClient
) -> None:
    await books.save_customer(CONTOSO, [make_mapping()])
    await books_table.delete_entity(CUSTOMER, "a")
    assert await books.list_mapped_agreements() == {}


@pytest.mark.parametrize("customer_id", NASTY)
async def test_hostile_ids_are_plain_values(books: TableBooks, customer_id: str) -> None:
    await books.save_customer(CONTOSO, [make_mapping()])
    await books.save_customer(replace(CONTOSO, id=customer_id), [make_mapping("other")])
    await books.insert_intent(customer_id, make_intent(CHANGE, mapping_id="other"))
    desk = await books.read_desk(customer_id)
    assert desk.customer.id == customer_id
    assert [mapping.id for mapping in desk.mappings] == ["other"]
    assert len((await books.read_line(customer_id, "other")).open_intents) == 1


@pytest.mark.parametrize("mapping_id", NASTY)
async def test_hostile_mapping_ids_are_plain_values(books: TableBooks, mapping_id: str) -> None:
    await books.insert_intent(CUSTOMER, make_intent(CHANGE, mapping_id=mapping_id))
    assert len((await books.read_line(CUSTOMER, mapping_id)).open_intents) == 1
    assert await books.read_line(CUSTOMER, "nobody") == LineJournal("nobody")


async def test_a_promise_is_made_once(books: TableBooks) -> None:
    first = make_intent(CHANGE)
    assert await books.insert_intent(CUSTOMER, first) is True
    assert await books.insert_intent(CUSTOMER, replace(first, run_id="2026-11-23", plan_hash="other")) is False
    assert (await books.read_line(CUSTOMER, MAPPING)).open_intents == (first,)


async def test_of_many_workers_exactly_one_makes_the_promise(books: TableBooks) -> None:
    promises = [books.insert_intent(CUSTOMER, make_intent(CHANGE)) for _ in range(8)]
    assert sorted(await asyncio.gather(*promises)) == [False] * 7 + [True]


async def test_another_attempt_number_or_customer_is_another_promise(books: TableBooks) -> None:
    assert await books.insert_intent(CUSTOMER, make_intent(CHANGE))
    assert await books.insert_intent(CUSTOMER, make_intent(CHANGE, attempt=1))
    assert await books.insert_intent(CUSTOMER, make_intent(make_change(1)))
    assert await books.insert_intent("fabrikam", make_intent(CHANGE))


async def test_open_intents_come_in_the_order_of_number_and_attempt(books: TableBooks) -> None:
    for sequence, attempt in [(10, 0), (2, 11), (2, 2), (2, 0)]:
        await books.insert_intent(CUSTOMER, make_intent(make_change(sequence), attempt))
    opened = (await books.read_line(CUSTOMER, MAPPING)).open_intents
    assert [(intent.sequence, intent.attempt) for intent in opened] == [(2, 0), (2, 2), (2, 11), (10, 0)]


async def test_an_intent_comes_back_as_it_was(books: TableBooks) -> None:
    before = (make_addition(quantity="0.125"), make_addition("2", quantity=None, effective_on=None, cancelled_on=TODAY))
    intent = replace(make_intent(CHANGE), before=before, created_at=datetime(2026, 11, 1, 5, 30, 0, 123456, tzinfo=UTC))
    await books.insert_intent(CUSTOMER, intent)
    assert (await books.read_line(CUSTOMER, MAPPING)).open_intents == (intent,)


async def test_what_the_psa_accepted_is_kept_and_the_first_word_stands(books: TableBooks) -> None:
    await books.note_acceptance(CUSTOMER, Acceptance(MAPPING, 0, "9001"))
    await books.note_acceptance(CUSTOMER, Acceptance(MAPPING, 0, "9002"))
    await books.note_acceptance(CUSTOMER, Acceptance(f"{MAPPING}:b", 0, "9003"))
    assert (await books.read_line(CUSTOMER, MAPPING)).acceptances == (Acceptance(MAPPING, 0, "9001"),)


async def test_a_settlement_closes_its_intent_with_evidence(books: TableBooks) -> None:
    evidence = make_evidence(CHANGE, write(CHANGE))
    await books.insert_intent(CUSTOMER, make_intent(CHANGE))
    assert await books.settle(CUSTOMER, settle_with(evidence)) is True
    assert await books.read_line(CUSTOMER, MAPPING) == LineJournal(MAPPING, (evidence,))


async def test_a_settlement_is_made_once_and_the_first_one_stands(books: TableBooks, books_table: TableClient) -> None:
    first = make_evidence(CHANGE, write(CHANGE))
    await books.settle(CUSTOMER, settle_with(first))
    rows = await count_rows(books_table)
    later = settle_with(make_evidence(CHANGE, None, Ending.MISMATCH), parked="Look.", at=NOW + timedelta(hours=1))
    assert await books.settle(CUSTOMER, later) is False
    assert await books.read_line(CUSTOMER, MAPPING) == LineJournal(MAPPING, (first,))
    assert await count_rows(books_table) == rows


async def test_a_settlement_is_whole_or_not_at_all(books: TableBooks, books_table: TableClient) -> None:
    """The ledger row alone is taken: evidence, history and state must stay away as well."""
    key = f"l:{MAPPING}:{CHANGE.effective_on.isoformat()}:{CHANGE.sequence:06d}"
    await books_table.create_entity({"PartitionKey": CUSTOMER, "RowKey": key, "value": "{}"})
    assert await books.settle(CUSTOMER, settle_with(make_evidence(CHANGE, write(CHANGE)), parked="x")) is False
    assert await count_rows(books_table) == 1


async def test_of_many_settlements_exactly_one_is_made(books: TableBooks) -> None:
    settlement = settle_with(make_evidence(CHANGE, write(CHANGE)))
    results = await asyncio.gather(*(books.settle(CUSTOMER, settlement) for _ in range(5)))
    assert sorted(results) == [False] * 4 + [True]
    assert len(await books.list_history(CUSTOMER)) == 1


async def test_a_line_that_ended_badly_is_parked_for_every_reader(books: TableBooks) -> None:
    await books.save_customer(CONTOSO, [make_mapping()])
    evidence = make_evidence(CHANGE, write(CHANGE), Ending.MISMATCH)
    await books.settle(CUSTOMER, settle_with(evidence, ledger=False, parked="Look at it."))
    assert (await books.read_line(CUSTOMER, MAPPING)).parked_sentence == "Look at it."
    assert (await books.read_desk(CUSTOMER)).journals[MAPPING].parked_sentence == "Look at it."


async def test_evidence_comes_in_the_order_of_its_numbers(books: TableBooks) -> None:
    for sequence in (2, 0, 11, 1):
        await books.settle(CUSTOMER, settle_with(make_evidence(make_change(sequence), None)))
    journal = await books.read_line(CUSTOMER, MAPPING)
    assert [entry.sequence for entry in journal.evidence] == [0, 1, 2, 11]


@pytest.mark.parametrize("other", ["contoso-spb2", "contoso-sp", "contoso-spb-0"])
async def test_a_line_whose_name_begins_alike_is_another_line(books: TableBooks, other: str) -> None:
    await books.settle(CUSTOMER, settle_with(make_evidence(CHANGE, None, mapping_id=other), parked="Theirs."))
    await books.insert_intent(CUSTOMER, make_intent(make_change(1), mapping_id=other))
    assert await books.read_line(CUSTOMER, MAPPING) == LineJournal(MAPPING)


async def test_a_line_whose_name_goes_on_after_a_colon_is_another_line(books: TableBooks) -> None:
    other = f"{MAPPING}:x"
    await books.settle(CUSTOMER, settle_with(make_evidence(CHANGE, None, mapping_id=other)))
    await books.insert_intent(CUSTOMER, make_intent(make_change(1), mapping_id=other))
    assert len((await books.read_line(CUSTOMER, other)).open_intents) == 1
    assert await books.read_line(CUSTOMER, MAPPING) == LineJournal(MAPPING)


async def test_history_is_read_newest_first(books: TableBooks) -> None:
    for sequence, minutes in [(0, 0), (1, 90), (2, 5)]:
        evidence = make_evidence(make_change(sequence), None)
        await books.settle(CUSTOMER, settle_with(evidence, at=NOW + timedelta(minutes=minutes)))
    history = await books.list_history(CUSTOMER)
    assert [entry.sentence for entry in history] == ["entry 1", "entry 2", "entry 0"]


def test_later_moments_sort_first_to_the_second() -> None:
    moments = [NOW + timedelta(seconds=number * 86_399) for number in range(50)]
    assert sorted(invert(moment) for moment in moments) == [invert(moment) for moment in reversed(moments)]
    assert {len(invert(moment)) for moment in moments} == {18}


# Turns


async def test_a_turn_has_one_holder(books: TableBooks, clock: Clock) -> None:
    until = clock.now() + timedelta(minutes=5)
    assert await books.take_turn(CONNECTION, "1201", "run-a", until) is True
    assert await books.take_turn(CONNECTION, "1201", "run-b", until) is False


async def test_of_many_runs_exactly_one_takes_the_turn(books: TableBooks, clock: Clock) -> None:
    until = clock.now() + timedelta(minutes=5)
    taken = await asyncio.gather(*(books.take_turn(CONNECTION, "1201", f"run-{n}", until) for n in range(8)))
    assert sorted(taken) == [False] * 7 + [True]


async def test_a_run_may_take_its_own_turn_again_and_make_it_longer(books: TableBooks, clock: Clock) -> None:
    await books.take_turn(CONNECTION, "1201", "run-a", clock.now() + timedelta(minutes=5))
    assert await books.take_turn(CONNECTION, "1201", "run-a", clock.now() + timedelta(minutes=9)) is True
    clock.move(minutes=6)
    assert await books.take_turn(CONNECTION, "1201", "run-b", clock.now() + timedelta(minutes=5)) is False


@pytest.mark.parametrize(("seconds", "is_free"), [(299, False), (300, True), (301, True)])
async def test_a_turn_ends_by_itself(books: TableBooks, clock: Clock, seconds: int, is_free: bool) -> None:
    await books.take_turn(CONNECTION, "1201", "run-a", clock.now() + timedelta(minutes=5))
    clock.move(seconds=seconds)
    assert await books.take_turn(CONNECTION, "1201", "run-b", clock.now() + timedelta(minutes=5)) is is_free


async def test_of_many_runs_exactly_one_takes_over_a_turn_that_ended(books: TableBooks, clock: Clock) -> None:
    await books.take_turn(CONNECTION, "1201", "run-a", clock.now())
    until = clock.now() + timedelta(minutes=5)
    taken = await asyncio.gather(*(books.take_turn(CONNECTION, "1201", f"run-{n}", until) for n in range(8)))
    assert sorted(taken) == [False] * 7 + [True]


async def test_a_turn_that_was_given_back_is_free(books: TableBooks, clock: Clock) -> None:
    until = clock.now() + timedelta(minutes=5)
    await books.take_turn(CONNECTION, "1201", "run-a", until)
    await books.end_turn(CONNECTION, "1201", "run-a")
    assert await books.take_turn(CONNECTION, "1201", "run-b", until) is True


async def test_nobody_gives_back_the_turn_of_another(books: TableBooks, clock: Clock) -> None:
    until = clock.now() + timedelta(minutes=5)
    await books.take_turn(CONNECTION, "1201", "run-a", until)
    await books.end_turn(CONNECTION, "1201", "run-b")
    assert await books.take_turn(CONNECTION, "1201", "run-b", until) is False


async def test_giving_back_a_turn_that_is_gone_does_nothing(books: TableBooks) -> None:
    await books.end_turn(CONNECTION, "1201", "run-a")


async def test_a_turn_that_was_taken_over_meanwhile_is_not_given_back(
    books: TableBooks, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await books.take_turn(CONNECTION, "1201", "run-a", clock.now())
    real_read = tables.read
    until = clock.now() + timedelta(minutes=5)

    async def read_slowly(*arguments: Any) -> Any:
        row = await real_read(*arguments)
        assert await books.take_turn(CONNECTION, "1201", "run-b", until)
        return row

    monkeypatch.setattr("store.books.read", read_slowly)
    await books.end_turn(CONNECTION, "1201", "run-a")
    assert await books.take_turn(CONNECTION, "1201", "run-c", until) is False


@pytest.mark.parametrize(("connection_id", "agreement_id"), [("other", "1201"), (CONNECTION, "1202")])
async def test_every_agreement_has_its_own_turn(
    books: TableBooks, clock: Clock, connection_id: str, agreement_id: str
) -> None:
    until = clock.now() + timedelta(minutes=5)
    await books.take_turn(CONNECTION, "1201", "run-a", until)
    assert await books.take_turn(connection_id, agreement_id, "run-b", until) is True
