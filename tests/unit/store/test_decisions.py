"""What was counted, and what people decide: adoptions, approvals, refusals, and what should be taken back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from plans.counts import record_count
from plans.journal import Ending
from plans.keys import name_addition, name_line
from profiles.billing import Customer
from tests.unit.store.conftest import AnyBooks
from tests.unit.store.values import (
    AGREEMENT,
    CONNECTION,
    CONTOSO,
    CUSTOMER,
    MAPPING,
    NASTY,
    NOW,
    make_adoption,
    make_approval,
    make_count,
    make_evidence,
    make_history,
    make_mapping,
    make_refusal,
    read_desk,
    settle_with,
)


@pytest.fixture
async def contoso(books: AnyBooks) -> AnyBooks:
    await books.save_customer(CONTOSO, [make_mapping()])
    return books


async def test_an_adoption_comes_back_as_it_was(contoso: AnyBooks) -> None:
    adoption = make_adoption(additions=("77", "78"))
    assert adoption.ledger.effective_on == date.min
    assert await contoso.adopt(CUSTOMER, adoption, make_history()) is True
    line = await contoso.read_line(CUSTOMER, MAPPING)
    assert line.adoptions == (adoption,)
    assert line.is_first_after_adoption
    assert (await read_desk(contoso, CUSTOMER)).journals == {MAPPING: line}
    assert await contoso.list_history(CUSTOMER) == (make_history(),)


async def test_an_adoption_ends_the_park_and_says_what_is_billed_where(contoso: AnyBooks) -> None:
    parked = settle_with(make_evidence(ending=Ending.MISMATCH), parked="Look.", agreement_ids=("900",))
    await contoso.settle(CUSTOMER, parked)
    assert await contoso.adopt(CUSTOMER, make_adoption(1, agreement_id="950"), make_history(1)) is True
    assert (await contoso.read_line(CUSTOMER, MAPPING)).parked_sentence is None
    overview = await contoso.read_overview(CUSTOMER)
    assert overview is not None
    assert overview.billed == {MAPPING: 8}
    assert await contoso.list_mapped_agreements() == {CONNECTION: (AGREEMENT, "900", "950")}
    await contoso.settle(CUSTOMER, settle_with(make_evidence(1), agreement_ids=()))
    assert await contoso.list_mapped_agreements() == {CONNECTION: (AGREEMENT,)}


async def test_an_adoption_is_made_once_and_the_first_one_stands(contoso: AnyBooks) -> None:
    first = make_adoption()
    await contoso.adopt(CUSTOMER, first, make_history())
    later = replace(make_adoption(agreement_id="950"), adopted_by="bob")
    assert await contoso.adopt(CUSTOMER, later, make_history(minutes=1)) is False
    assert await contoso.adopt(CUSTOMER, first, make_history()) is False
    assert (await contoso.read_line(CUSTOMER, MAPPING)).adoptions == (first,)
    assert await contoso.list_history(CUSTOMER) == (make_history(),)
    assert await contoso.list_mapped_agreements() == {CONNECTION: (AGREEMENT,)}


@pytest.mark.parametrize("is_parked", [False, True])
async def test_of_many_people_exactly_one_adopts(contoso: AnyBooks, is_parked: bool) -> None:
    number = 0
    if is_parked:
        number = 1
        await contoso.settle(CUSTOMER, settle_with(make_evidence(), parked="Look."))
    tries = (
        contoso.adopt(CUSTOMER, replace(make_adoption(number), adopted_by=f"p{person}"), make_history(minutes=person))
        for person in range(6)
    )
    assert sorted(await asyncio.gather(*tries)) == [False] * 5 + [True]
    assert len((await contoso.read_line(CUSTOMER, MAPPING)).adoptions) == 1


async def test_a_line_that_moved_on_is_not_adopted(contoso: AnyBooks) -> None:
    await contoso.settle(CUSTOMER, settle_with(make_evidence(0), parked="Look."))
    before = await read_desk(contoso, CUSTOMER)
    assert await contoso.adopt(CUSTOMER, make_adoption(0), make_history(minutes=1)) is False
    assert await read_desk(contoso, CUSTOMER) == before
    assert len(await contoso.list_history(CUSTOMER)) == 1


async def test_a_line_is_adopted_again_after_somebody_changed_it(contoso: AnyBooks) -> None:
    await contoso.adopt(CUSTOMER, make_adoption(0), make_history())
    await contoso.settle(CUSTOMER, settle_with(make_evidence(0)))
    assert await contoso.adopt(CUSTOMER, make_adoption(1), make_history(1)) is True
    line = await contoso.read_line(CUSTOMER, MAPPING)
    assert [adoption.sequence for adoption in line.adoptions] == [0, 1]
    assert [entry.effective_on.year for entry in line.ledger] == [1, 2026, 1]


async def test_lines_and_adopted_additions_are_named(contoso: AnyBooks) -> None:
    fabrikam = Customer("fabrikam", "Fabrikam", "tenant-2", "second", "43")
    await contoso.save_customer(fabrikam, [make_mapping("other", "fabrikam")])
    await contoso.adopt(CUSTOMER, make_adoption(additions=("77", "78")), make_history())
    await contoso.adopt("fabrikam", make_adoption(mapping_id="other", agreement_id="5"), make_history())
    await contoso.adopt("ghost", make_adoption(mapping_id="lost"), make_history())
    assert await contoso.list_line_names() == {
        name_line(MAPPING),
        name_line("other"),
        name_addition(CONNECTION, AGREEMENT, "77"),
        name_addition(CONNECTION, AGREEMENT, "78"),
        name_addition("second", "5", "77"),
    }


async def test_counts_come_sorted_by_day(contoso: AnyBooks) -> None:
    await contoso.save_counts(CUSTOMER, {MAPPING: [make_count(20), make_count(9, 0)], "other": [make_count(10)]})
    await contoso.save_counts(CUSTOMER, {MAPPING: [make_count(10, 4)]})
    line = await contoso.read_line(CUSTOMER, MAPPING)
    assert line.counts == (make_count(9, 0), make_count(10, 4), make_count(20))
    assert (await read_desk(contoso, CUSTOMER)).journals[MAPPING] == line


async def test_a_count_takes_the_place_of_the_one_of_its_day(contoso: AnyBooks) -> None:
    counts = record_count((), make_count(10))
    await contoso.save_counts(CUSTOMER, {MAPPING: counts})
    grown = record_count(counts, make_count(14))
    await contoso.save_counts(CUSTOMER, {MAPPING: grown})
    assert [count.known_through.day for count in grown] == [14]
    assert (await contoso.read_line(CUSTOMER, MAPPING)).counts == grown


async def test_of_two_counts_of_one_day_the_last_one_stands(contoso: AnyBooks) -> None:
    await contoso.save_counts(CUSTOMER, {MAPPING: [make_count(10, 1), make_count(10, 2)]})
    assert (await contoso.read_line(CUSTOMER, MAPPING)).counts == (make_count(10, 2),)


async def test_no_counts_are_no_work(contoso: AnyBooks) -> None:
    await contoso.save_counts(CUSTOMER, {})
    await contoso.save_counts(CUSTOMER, {MAPPING: []})
    assert (await contoso.read_line(CUSTOMER, MAPPING)).counts == ()


async def test_more_counts_than_one_batch_holds_are_kept(contoso: AnyBooks) -> None:
    counts = {f"m-{number:03d}": [make_count(day) for day in (9, 10, 11)] for number in range(80)}
    await contoso.save_counts(CUSTOMER, counts)
    for mapping_id in ("m-000", "m-033", "m-079"):
        assert len((await contoso.read_line(CUSTOMER, mapping_id)).counts) == 3


async def test_a_count_without_an_invoiced_day_comes_back(contoso: AnyBooks) -> None:
    count = replace(make_count(10), invoiced_through=None, day=date.min, known_through=date.max)
    await contoso.save_counts(CUSTOMER, {MAPPING: [count]})
    assert (await contoso.read_line(CUSTOMER, MAPPING)).counts == (count,)


async def test_the_first_approval_of_a_hash_stands(contoso: AnyBooks) -> None:
    await contoso.approve(CUSTOMER, make_approval("b"), make_history())
    await contoso.approve(CUSTOMER, make_approval("b", by="bob"), make_history(minutes=1))
    await contoso.approve(CUSTOMER, make_approval("a"), make_history(minutes=2))
    assert (await read_desk(contoso, CUSTOMER)).approvals == (make_approval("a"), make_approval("b"))
    assert await contoso.list_history(CUSTOMER) == (make_history(minutes=2), make_history())


async def test_a_refusal_takes_the_place_of_the_last_one(contoso: AnyBooks) -> None:
    await contoso.refuse(CUSTOMER, make_refusal(10), make_history())
    await contoso.refuse(CUSTOMER, make_refusal(11), make_history(minutes=1))
    line = await contoso.read_line(CUSTOMER, MAPPING)
    assert line.refusal == make_refusal(11)
    assert (await read_desk(contoso, CUSTOMER)).journals[MAPPING] == line
    assert len(await contoso.list_history(CUSTOMER)) == 2


async def test_a_refusal_ends_the_approvals_of_its_line_and_no_other(contoso: AnyBooks) -> None:
    await contoso.approve(CUSTOMER, make_approval("a"), make_history())
    await contoso.approve(CUSTOMER, replace(make_approval("a"), mapping_id="other"), make_history(0, "other"))
    await contoso.refuse(CUSTOMER, make_refusal(), make_history(minutes=1))
    assert [each.mapping_id for each in (await read_desk(contoso, CUSTOMER)).approvals] == ["other"]
    await contoso.approve(CUSTOMER, make_approval("a", by="bob"), make_history(minutes=2))
    assert make_approval("a", by="bob") in (await read_desk(contoso, CUSTOMER)).approvals


@pytest.mark.parametrize("refused_first", [False, True])
async def test_who_spoke_last_is_heard_whoever_was_kept_first(contoso: AnyBooks, refused_first: bool) -> None:
    """Ada approves 10 → 12 at 08:00:00 and Bob refuses it at 08:00:01. Ada's word may reach the table after Bob's, even
    after he looked for approvals to end: it is refused all the same. What Ada approves at 08:00:02 is approved."""
    early, late = make_approval(by="ada"), replace(make_approval(by="ada"), approved_at=NOW + timedelta(seconds=2))
    refusal = replace(make_refusal(), refused_at=NOW + timedelta(seconds=1))
    if refused_first:
        await contoso.refuse(CUSTOMER, refusal, make_history(minutes=1))
        await contoso.approve(CUSTOMER, early, make_history())
    else:
        await contoso.approve(CUSTOMER, early, make_history())
        await contoso.refuse(CUSTOMER, refusal, make_history(minutes=1))
    assert (await read_desk(contoso, CUSTOMER)).approvals == ()
    await contoso.approve(CUSTOMER, late, make_history(minutes=2))
    assert (await read_desk(contoso, CUSTOMER)).approvals == (late,)
    await contoso.refuse(CUSTOMER, refusal, make_history(minutes=1))
    assert (await read_desk(contoso, CUSTOMER)).approvals == (late,)


async def test_approvals_and_refusals_at_once_end_as_they_were_asked_for(contoso: AnyBooks) -> None:
    """Six hashes approved at 08:00 and refused at 08:01, all on their way together: none is approved."""
    refusal = replace(make_refusal(), refused_at=NOW + timedelta(minutes=1))
    await asyncio.gather(
        *(contoso.approve(CUSTOMER, make_approval(f"h{n}"), make_history(n)) for n in range(3)),
        contoso.refuse(CUSTOMER, refusal, make_history(minutes=1)),
        *(contoso.approve(CUSTOMER, make_approval(f"h{n}"), make_history(n)) for n in range(3, 6)),
    )
    assert (await read_desk(contoso, CUSTOMER)).approvals == ()


async def test_the_last_write_that_a_person_wants_back_is_kept(contoso: AnyBooks) -> None:
    await contoso.ask_undo(CUSTOMER, MAPPING, 3, make_history(3))
    await contoso.ask_undo(CUSTOMER, "other", 0, make_history(0, "other"))
    await contoso.ask_undo(CUSTOMER, MAPPING, 4, make_history(4, minutes=1))
    assert (await read_desk(contoso, CUSTOMER)).undos == {MAPPING: 4, "other": 0}
    assert len(await contoso.list_history(CUSTOMER)) == 3
    await contoso.settle(CUSTOMER, settle_with(make_evidence(4)))
    assert (await read_desk(contoso, CUSTOMER)).undos == {MAPPING: 4, "other": 0}


async def test_a_wish_is_forgotten_and_one_about_another_write_stays(contoso: AnyBooks) -> None:
    await contoso.ask_undo(CUSTOMER, MAPPING, 3, make_history(3))
    await contoso.end_undo(CUSTOMER, MAPPING, 2, make_history(4, minutes=1))
    assert (await read_desk(contoso, CUSTOMER)).undos == {MAPPING: 3}
    await contoso.end_undo(CUSTOMER, MAPPING, 3, make_history(4, minutes=2))
    await contoso.end_undo(CUSTOMER, MAPPING, 3, make_history(4, minutes=3))
    assert (await read_desk(contoso, CUSTOMER)).undos == {}
    assert await contoso.list_history(CUSTOMER) == (make_history(4, minutes=2), make_history(3))
    await contoso.ask_undo(CUSTOMER, MAPPING, 4, make_history(4, minutes=4))
    await contoso.end_undo(CUSTOMER, MAPPING, 4, None)
    assert (await read_desk(contoso, CUSTOMER)).undos == {}
    assert len(await contoso.list_history(CUSTOMER)) == 3


async def test_everything_that_people_do_in_one_moment_is_told(contoso: AnyBooks) -> None:
    await contoso.settle(CUSTOMER, settle_with(make_evidence(0)))
    for number, history in enumerate(make_history(0, sentence=word) for word in ("a", "b", "c", "d", "e")):
        match number:
            case 0:
                assert await contoso.adopt(CUSTOMER, make_adoption(1), history)
            case 1:
                await contoso.approve(CUSTOMER, make_approval("x"), history)
            case 2:
                await contoso.approve(CUSTOMER, make_approval("y"), history)
            case 3:
                await contoso.refuse(CUSTOMER, make_refusal(), history)
            case _:
                await contoso.ask_undo(CUSTOMER, MAPPING, 0, history)
    told = [entry.sentence for entry in await contoso.list_history(CUSTOMER)]
    assert told == ["entry 0", "a", "d", "e", "b", "c"]
    assert (await read_desk(contoso, CUSTOMER)).approvals == ()


async def test_doing_it_again_tells_it_once(contoso: AnyBooks) -> None:
    for _ in range(2):
        await contoso.approve(CUSTOMER, make_approval(), make_history())
        await contoso.refuse(CUSTOMER, make_refusal(), make_history())
        await contoso.ask_undo(CUSTOMER, MAPPING, 0, make_history())
    assert len(await contoso.list_history(CUSTOMER)) == 3


@pytest.mark.parametrize("mapping_id", NASTY)
async def test_hostile_mapping_ids_are_plain_values_here_too(books: AnyBooks, mapping_id: str) -> None:
    await books.save_customer(CONTOSO, [make_mapping(mapping_id), make_mapping("plain")])
    await books.adopt(CUSTOMER, make_adoption(mapping_id=mapping_id), make_history(0, mapping_id))
    await books.save_counts(CUSTOMER, {mapping_id: [make_count(10)]})
    await books.refuse(CUSTOMER, make_refusal(mapping_id=mapping_id), make_history(0, mapping_id))
    await books.approve(CUSTOMER, make_approval(mapping_id=mapping_id), make_history(0, mapping_id))
    await books.ask_undo(CUSTOMER, mapping_id, 7, make_history(0, mapping_id))
    desk = await read_desk(books, CUSTOMER)
    line = desk.journals[mapping_id]
    assert (len(line.adoptions), len(line.counts), line.refusal) == (1, 1, make_refusal(mapping_id=mapping_id))
    assert desk.undos == {mapping_id: 7}
    assert desk.approvals == (make_approval(mapping_id=mapping_id),)
    assert desk.journals["plain"] == await books.read_line(CUSTOMER, "plain")
    assert await books.read_line(CUSTOMER, mapping_id) == line
    assert desk.journals["plain"].next_sequence == 0
    assert desk.journals["plain"].counts == ()


async def test_what_follows_a_renewal_year_after_year_is_kept_in_its_order(contoso: AnyBooks) -> None:
    """No write lies between the years, so that all of them come before the same one."""
    years = [replace(make_adoption(agreement_id=f"95{year}"), turn=year, renews="900") for year in range(3)]
    for year, adoption in enumerate(years):
        assert await contoso.adopt(CUSTOMER, adoption, make_history(minutes=year)) is True
    assert await contoso.adopt(CUSTOMER, years[2], make_history(minutes=3)) is False
    assert (await contoso.read_line(CUSTOMER, MAPPING)).adoptions == tuple(years)
    assert (await read_desk(contoso, CUSTOMER)).journals[MAPPING].adoptions == tuple(years)
