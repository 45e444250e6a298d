"""What waits for people: holds that keep since when they wait, proposals that stay until somebody ticks them off."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from plans.open_items_port import OpenItems
from tests.unit.store.values import CUSTOMER, NASTY, NOW, make_hold, make_proposal

CONTOSO = frozenset({CUSTOMER})


async def test_holds_come_oldest_first(open_items: OpenItems) -> None:
    holds = [make_hold(mapping_id=name, minutes=minutes) for name, minutes in (("a", 5), ("c", 0), ("b", 0))]
    await open_items.replace_holds(CONTOSO, holds)
    assert [hold.line.mapping_id for hold in await open_items.list_holds()] == ["b", "c", "a"]
    assert set(await open_items.list_holds()) == set(holds)


async def test_a_hold_that_waits_already_keeps_since_when(open_items: OpenItems) -> None:
    first = make_hold(run_id="2026-11-22")
    await open_items.replace_holds(CONTOSO, [first])
    other_line = replace(first.line, line_hash="new", sentence="Look again.")
    tonight = replace(first, since=NOW + timedelta(days=1), run_id="2026-11-23", line=other_line)
    await open_items.replace_holds(CONTOSO, [tonight, make_hold(mapping_id="b")])
    kept = {hold.line.mapping_id: hold for hold in await open_items.list_holds()}
    assert kept == {first.line.mapping_id: replace(first, line=other_line), "b": make_hold(mapping_id="b")}


async def test_what_waits_no_longer_is_gone_and_waits_anew_later(open_items: OpenItems) -> None:
    await open_items.replace_holds(CONTOSO, [make_hold()])
    await open_items.replace_holds(CONTOSO, [])
    assert await open_items.list_holds() == ()
    later = make_hold(minutes=90)
    await open_items.replace_holds(CONTOSO, [later])
    assert await open_items.list_holds() == (later,)


async def test_holds_of_other_customers_stay(open_items: OpenItems) -> None:
    theirs = make_hold("contoso-2"), make_hold("contoso:x"), make_hold("fabrikam")
    await open_items.replace_holds(frozenset({"contoso-2", "contoso:x", "fabrikam"}), theirs)
    await open_items.replace_holds(CONTOSO, [make_hold()])
    await open_items.replace_holds(CONTOSO, [])
    assert set(await open_items.list_holds()) == set(theirs)
    await open_items.replace_holds(frozenset(), [])
    await open_items.replace_holds(frozenset({"contoso-2", "fabrikam"}), [])
    assert await open_items.list_holds() == (make_hold("contoso:x"),)


async def test_more_holds_than_one_batch_holds(open_items: OpenItems) -> None:
    holds = [make_hold(mapping_id=f"m-{number:03d}", minutes=number) for number in range(205)]
    await open_items.replace_holds(CONTOSO, holds)
    assert list(await open_items.list_holds()) == holds
    await open_items.replace_holds(CONTOSO, holds[:1])
    assert list(await open_items.list_holds()) == holds[:1]


async def test_of_two_holds_of_one_line_the_last_one_stands(open_items: OpenItems) -> None:
    await open_items.replace_holds(CONTOSO, [make_hold(), make_hold(minutes=1)])
    assert await open_items.list_holds() == (make_hold(minutes=1),)


async def test_proposals_come_oldest_first(open_items: OpenItems) -> None:
    proposals = [make_proposal(name, minutes) for name, minutes in (("a", 5), ("c", 0), ("b", 0))]
    await open_items.add_proposals(proposals)
    assert [each.line.mapping_id for each in await open_items.list_proposals()] == ["b", "c", "a"]
    assert set(await open_items.list_proposals()) == set(proposals)


async def test_a_proposal_that_is_there_stays_as_it_is(open_items: OpenItems) -> None:
    await open_items.add_proposals([make_proposal()])
    await open_items.add_proposals([make_proposal(minutes=90), make_proposal("b"), make_proposal("b", minutes=1)])
    assert await open_items.list_proposals() == (make_proposal("b"), make_proposal())
    await open_items.add_proposals([])
    await open_items.add_proposals([make_proposal(seats=3)])
    assert len(await open_items.list_proposals()) == 3


async def test_a_proposal_that_was_ticked_off_stays_ticked_off(open_items: OpenItems) -> None:
    await open_items.add_proposals([make_proposal()])
    done = replace(make_proposal(), settled_by="ada", settled_at=NOW, invoice_number="INV-7")
    await open_items.settle_proposal(done)
    await open_items.add_proposals([make_proposal(minutes=90)])
    assert await open_items.list_proposals() == (done,)


async def test_of_many_people_exactly_one_ticks_a_proposal_off(open_items: OpenItems) -> None:
    """Six people give 40.00 back at once, each on another credit note: one is kept, five are told that they came too
    late. Had the last one stood, the note of the first would be named nowhere, and 80.00 would be given back."""
    await open_items.add_proposals([make_proposal()])
    notes = [replace(make_proposal(), settled_by=f"p{n}", settled_at=NOW, invoice_number=f"CM-{n}") for n in range(6)]
    answers = await asyncio.gather(*map(open_items.settle_proposal, notes))
    assert sorted(answers) == [False] * 5 + [True]
    assert await open_items.list_proposals() == (notes[answers.index(True)],)


async def test_what_was_ticked_off_of_one_customer(open_items: OpenItems) -> None:
    """Not what is open, and not another customer's whose id begins like this one's."""
    done = replace(make_proposal(), settled_by="ada", settled_at=NOW, invoice_number="INV-7")
    beside = replace(make_proposal("b"), customer_id=f"{CUSTOMER}:b", settled_by="ada", settled_at=NOW)
    standing = [make_proposal(), make_proposal("open"), replace(beside, settled_by=None, settled_at=None)]
    await open_items.add_proposals(standing)
    assert await open_items.settle_proposal(done) and await open_items.settle_proposal(beside)
    assert await open_items.list_settled(CUSTOMER) == (done,)
    assert await open_items.list_settled("nobody") == ()


async def test_what_is_ticked_off_or_gone_cannot_be_ticked_off(open_items: OpenItems) -> None:
    done = replace(make_proposal(), settled_by="ada", settled_at=NOW, invoice_number="INV-7")
    assert await open_items.settle_proposal(done) is False
    assert await open_items.list_proposals() == ()
    await open_items.add_proposals([make_proposal()])
    assert await open_items.settle_proposal(done) is True
    assert await open_items.settle_proposal(replace(done, settled_by="bob")) is False
    assert await open_items.list_proposals() == (done,)


async def test_a_proposal_that_nobody_finds_any_more_is_forgotten(open_items: OpenItems) -> None:
    done = replace(make_proposal("b"), settled_by="ada", settled_at=NOW, invoice_number="INV-7")
    await open_items.add_proposals([make_proposal(), make_proposal("b"), make_proposal("c")])
    await open_items.settle_proposal(done)
    await open_items.withdraw_proposals([make_proposal().id, done.id, "never there"])
    assert set(await open_items.list_proposals()) == {done, make_proposal("c")}


async def test_more_proposals_than_one_batch_holds(open_items: OpenItems) -> None:
    proposals = [make_proposal(f"m-{number:03d}", number) for number in range(205)]
    await open_items.add_proposals(proposals[120:130])
    await open_items.add_proposals(proposals)
    assert list(await open_items.list_proposals()) == proposals


@pytest.mark.parametrize("mapping_id", NASTY)
async def test_hostile_ids_are_plain_values(open_items: OpenItems, mapping_id: str) -> None:
    await open_items.replace_holds(CONTOSO, [make_hold(mapping_id=mapping_id)])
    await open_items.add_proposals([make_proposal(mapping_id)])
    assert await open_items.list_holds() == (make_hold(mapping_id=mapping_id),)
    assert await open_items.list_proposals() == (make_proposal(mapping_id),)
    await open_items.replace_holds(CONTOSO, [])
    assert await open_items.list_holds() == ()
