"""The books: customers, intents that are promised once, settlements that are whole."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from plans.journal import Acceptance, Ending, LineJournal
from plans.standing import Standing
from profiles.billing import Customer
from store.journal import invert
from tests.unit.store.conftest import AnyBooks
from tests.unit.store.values import (
    AGREEMENT,
    CONNECTION,
    CONTOSO,
    CUSTOMER,
    MAPPING,
    NASTY,
    NOW,
    make_addition,
    make_change,
    make_evidence,
    make_intent,
    make_mapping,
    read_desk,
    settle_with,
)

CHANGE = make_change()


async def test_a_customer_comes_back_with_its_mappings_and_empty_journals(books: AnyBooks) -> None:
    mappings = (make_mapping("a"), make_mapping("b"))
    await books.save_customer(CONTOSO, reversed(mappings))
    desk = await read_desk(books, CUSTOMER)
    assert (desk.customer, desk.mappings) == (CONTOSO, mappings)
    assert desk.journals == {"a": LineJournal("a"), "b": LineJournal("b")}
    assert (desk.approvals, desk.undos) == ((), {})


async def test_saving_a_customer_again_keeps_its_mappings_and_journal(books: AnyBooks) -> None:
    await books.save_customer(CONTOSO, [make_mapping(), make_mapping("other")])
    await books.insert_intent(CUSTOMER, make_intent(CHANGE))
    changed = make_mapping(agreement_id="1300")
    await books.save_customer(replace(CONTOSO, name="Contoso Ltd"), [changed])
    desk = await read_desk(books, CUSTOMER)
    assert desk.customer.name == "Contoso Ltd"
    assert desk.mappings == (changed, make_mapping("other"))
    assert len(desk.journals[MAPPING].open_intents) == 1


async def test_a_customer_that_is_not_in_the_books_has_no_desk(books: AnyBooks) -> None:
    await books.settle("nobody", settle_with(make_evidence()))
    assert await books.read_desk("nobody") is None
    assert await books.read_customer("nobody") is None


async def test_a_customer_is_read_alone(books: AnyBooks) -> None:
    await books.save_customer(replace(CONTOSO, is_observed=True), [make_mapping()])
    assert await books.read_customer(CUSTOMER) == replace(CONTOSO, is_observed=True)


async def test_customers_and_mapped_agreements_are_listed(books: AnyBooks) -> None:
    fabrikam = Customer("fabrikam", "Fabrikam", "tenant-2", "second", "43")
    await books.save_customer(fabrikam, [make_mapping("c", "fabrikam")])
    await books.save_customer(CONTOSO, [make_mapping("a"), make_mapping("b", agreement_id="1100")])
    await books.save_customer(Customer("none", "None", "tenant-3", "third", "44"), [])
    assert [customer.id for customer in await books.list_customers()] == [CUSTOMER, "fabrikam", "none"]
    assert await books.list_mapped_agreements() == {CONNECTION: ("1100", AGREEMENT), "second": (AGREEMENT,)}


async def test_an_agreement_that_still_bills_a_line_is_listed_though_no_mapping_names_it(books: AnyBooks) -> None:
    await books.save_customer(CONTOSO, [make_mapping()])
    await books.settle(CUSTOMER, settle_with(make_evidence(0), agreement_ids=("900", AGREEMENT)))
    await books.settle("ghost", settle_with(make_evidence(0, "lost"), agreement_ids=("700",)))
    assert await books.list_mapped_agreements() == {CONNECTION: (AGREEMENT, "900")}
    await books.settle(CUSTOMER, settle_with(make_evidence(1), agreement_ids=(AGREEMENT,)))
    assert await books.list_mapped_agreements() == {CONNECTION: (AGREEMENT,)}


async def test_an_overview_says_what_is_billed(books: AnyBooks) -> None:
    await books.save_customer(CONTOSO, [make_mapping("b"), make_mapping("a")])
    await books.settle(CUSTOMER, settle_with(make_evidence(0, "a")))
    overview = await books.read_overview(CUSTOMER)
    assert overview is not None
    assert overview.mappings == (make_mapping("a"), make_mapping("b"))
    assert overview.billed == {"a": 10}
    assert await books.list_overviews() == (overview,)
    assert await books.read_overview("nobody") is None


@pytest.mark.parametrize("customer_id", NASTY)
async def test_hostile_ids_are_plain_values(books: AnyBooks, customer_id: str) -> None:
    await books.save_customer(CONTOSO, [make_mapping()])
    await books.save_customer(replace(CONTOSO, id=customer_id), [make_mapping("other", customer_id)])
    await books.insert_intent(customer_id, make_intent(make_change(0, "other"), mapping_id="other"))
    desk = await read_desk(books, customer_id)
    assert desk.customer.id == customer_id
    assert [mapping.id for mapping in desk.mappings] == ["other"]
    assert len((await books.read_line(customer_id, "other")).open_intents) == 1


@pytest.mark.parametrize("mapping_id", NASTY)
async def test_hostile_mapping_ids_are_plain_values(books: AnyBooks, mapping_id: str) -> None:
    await books.insert_intent(CUSTOMER, make_intent(CHANGE, mapping_id=mapping_id))
    assert len((await books.read_line(CUSTOMER, mapping_id)).open_intents) == 1
    assert await books.read_line(CUSTOMER, "nobody") == LineJournal("nobody")


async def test_a_promise_is_made_once(books: AnyBooks) -> None:
    first = make_intent(CHANGE)
    assert await books.insert_intent(CUSTOMER, first) is True
    assert await books.insert_intent(CUSTOMER, replace(first, run_id="2026-11-23", plan_hash="other")) is False
    assert (await books.read_line(CUSTOMER, MAPPING)).open_intents == (first,)


async def test_the_same_promise_made_again_is_taken(books: AnyBooks) -> None:
    intent = make_intent(CHANGE)
    assert [await books.insert_intent(CUSTOMER, intent) for _ in range(2)] == [True, False]


async def test_of_many_workers_exactly_one_makes_the_promise(books: AnyBooks) -> None:
    promises = [books.insert_intent(CUSTOMER, make_intent(CHANGE)) for _ in range(8)]
    assert sorted(await asyncio.gather(*promises)) == [False] * 7 + [True]


async def test_another_attempt_or_number_is_another_promise(books: AnyBooks) -> None:
    assert await books.insert_intent(CUSTOMER, make_intent(CHANGE))
    assert await books.insert_intent(CUSTOMER, make_intent(CHANGE, attempt=1))
    assert await books.insert_intent(CUSTOMER, make_intent(make_change(1)))


async def test_open_intents_come_in_the_order_of_number_and_attempt(books: AnyBooks) -> None:
    for sequence, attempt in [(10, 0), (2, 11), (2, 2), (2, 0)]:
        await books.insert_intent(CUSTOMER, make_intent(make_change(sequence), attempt))
    opened = (await books.read_line(CUSTOMER, MAPPING)).open_intents
    assert [(intent.sequence, intent.attempt) for intent in opened] == [(2, 0), (2, 2), (2, 11), (10, 0)]


async def test_an_intent_comes_back_as_it_was(books: AnyBooks) -> None:
    additions = (make_addition(quantity="0.125"), make_addition("2", quantity=None, effective_on=date.min))
    created_at = datetime(2026, 11, 1, 5, 30, 0, 123456, tzinfo=UTC)
    intent = replace(make_intent(CHANGE), before=(Standing("900", ()), Standing("1", additions)), created_at=created_at)
    await books.insert_intent(CUSTOMER, intent)
    assert (await books.read_line(CUSTOMER, MAPPING)).open_intents == (intent,)


async def test_what_the_psa_accepted_is_kept_and_the_first_word_stands(books: AnyBooks) -> None:
    await books.note_acceptance(CUSTOMER, Acceptance(MAPPING, 10, "9009"))
    await books.note_acceptance(CUSTOMER, Acceptance(MAPPING, 2, "9001"))
    await books.note_acceptance(CUSTOMER, Acceptance(MAPPING, 2, "9002"))
    await books.note_acceptance(CUSTOMER, Acceptance(f"{MAPPING}:b", 0, "9003"))
    acceptances = (await books.read_line(CUSTOMER, MAPPING)).acceptances
    assert acceptances == (Acceptance(MAPPING, 2, "9001"), Acceptance(MAPPING, 10, "9009"))


async def test_a_settlement_closes_its_intent_with_evidence(books: AnyBooks) -> None:
    evidence = make_evidence(after=make_addition())
    await books.insert_intent(CUSTOMER, make_intent(CHANGE))
    assert await books.settle(CUSTOMER, settle_with(evidence)) is True
    assert await books.read_line(CUSTOMER, MAPPING) == LineJournal(MAPPING, (evidence,))


async def test_a_settlement_is_made_once_and_the_first_one_stands(books: AnyBooks) -> None:
    await books.save_customer(CONTOSO, [make_mapping()])
    first = make_evidence()
    await books.settle(CUSTOMER, settle_with(first))
    before = await read_desk(books, CUSTOMER), await books.list_history(CUSTOMER), await books.list_mapped_agreements()
    later = settle_with(make_evidence(ending=Ending.MISMATCH), "Look.", minutes=60, agreement_ids=("900",))
    assert await books.settle(CUSTOMER, later) is False
    after = await read_desk(books, CUSTOMER), await books.list_history(CUSTOMER), await books.list_mapped_agreements()
    assert after == before


async def test_of_many_settlements_exactly_one_is_made(books: AnyBooks) -> None:
    settlement = settle_with(make_evidence())
    results = await asyncio.gather(*(books.settle(CUSTOMER, settlement) for _ in range(5)))
    assert sorted(results) == [False] * 4 + [True]
    assert len(await books.list_history(CUSTOMER)) == 1


async def test_a_line_that_ended_badly_is_parked_for_every_reader(books: AnyBooks) -> None:
    await books.save_customer(CONTOSO, [make_mapping()])
    await books.settle(CUSTOMER, settle_with(make_evidence(ending=Ending.MISMATCH), parked="Look at it."))
    assert (await books.read_line(CUSTOMER, MAPPING)).parked_sentence == "Look at it."
    assert (await read_desk(books, CUSTOMER)).journals[MAPPING].parked_sentence == "Look at it."
    await books.settle(CUSTOMER, settle_with(make_evidence(1)))
    assert (await books.read_line(CUSTOMER, MAPPING)).parked_sentence is None


async def test_evidence_comes_in_the_order_of_its_numbers(books: AnyBooks) -> None:
    for sequence in (2, 0, 11, 1):
        await books.settle(CUSTOMER, settle_with(make_evidence(sequence)))
    journal = await books.read_line(CUSTOMER, MAPPING)
    assert [entry.sequence for entry in journal.evidence] == [0, 1, 2, 11]
    assert [entry.sequence for entry in journal.ledger] == [0, 1, 2, 11]


async def test_a_desk_says_of_a_line_what_the_line_says_of_itself(books: AnyBooks) -> None:
    await books.save_customer(CONTOSO, [make_mapping(), make_mapping(f"{MAPPING}:x")])
    await books.settle(CUSTOMER, settle_with(make_evidence(0)))
    await books.insert_intent(CUSTOMER, make_intent(make_change(1)))
    await books.note_acceptance(CUSTOMER, Acceptance(MAPPING, 1, "9001"))
    line = await books.read_line(CUSTOMER, MAPPING)
    assert (await read_desk(books, CUSTOMER)).journals == {MAPPING: line, f"{MAPPING}:x": LineJournal(f"{MAPPING}:x")}
    assert (len(line.evidence), len(line.open_intents), len(line.acceptances)) == (1, 1, 1)


@pytest.mark.parametrize("other", ["contoso-spb2", "contoso-sp", "contoso-spb-0", f"{MAPPING}:x", f"{MAPPING}:000000"])
async def test_a_line_whose_name_begins_alike_is_another_line(books: AnyBooks, other: str) -> None:
    await books.settle(CUSTOMER, settle_with(make_evidence(0, other), parked="Theirs."))
    await books.insert_intent(CUSTOMER, make_intent(make_change(1, other), mapping_id=other))
    assert await books.read_line(CUSTOMER, MAPPING) == LineJournal(MAPPING)
    assert len((await books.read_line(CUSTOMER, other)).open_intents) == 1


async def test_history_is_read_newest_first(books: AnyBooks) -> None:
    for sequence, minutes in [(0, 0), (1, 90), (2, 5)]:
        await books.settle(CUSTOMER, settle_with(make_evidence(sequence), minutes=minutes))
    history = await books.list_history(CUSTOMER)
    assert [entry.sentence for entry in history] == ["entry 1", "entry 2", "entry 0"]
    assert await books.list_history("nobody") == ()


def test_later_moments_sort_first_to_the_microsecond() -> None:
    moments = [NOW + timedelta(microseconds=number) for number in range(50)]
    moments += [NOW + timedelta(days=1, seconds=number * 86_399) for number in range(50)]
    assert sorted(invert(moment) for moment in moments) == [invert(moment) for moment in reversed(moments)]
    assert len({invert(moment) for moment in moments}) == 100
    assert {len(invert(moment)) for moment in moments} == {18}
