"""Credit proposals: what waits, and ticking it off."""

from __future__ import annotations

import logging
from dataclasses import replace
from decimal import Decimal

import pytest

from plans.approvals import OpenProposal
from tests.unit.web.approval_fakes import DecisionWorld, FakeOpenItems, make_proposal
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import NOW
from tests.unit.web.test_approvals import get, post, words_of


def world_of(*numbers: int) -> DecisionWorld:
    world = DecisionWorld()
    world.open_items.proposals = tuple(make_proposal(number) for number in numbers)
    return world


async def test_the_list_shows_days_seats_amount_and_who(browse: Open) -> None:
    words = words_of(await get(browse, world_of(1, 2), "/approvals/credits"))
    assert "2 credit proposals wait: 74.66 EUR." in words
    assert "Customer 0001" in words and "3 Nov 2026 – 30 Nov 2026" in words and "37.33 EUR" in words


async def test_ticking_off_keeps_who_when_and_which_invoice(browse: Open, caplog: pytest.LogCaptureFixture) -> None:
    world = world_of(1, 2)
    first, second = world.open_items.proposals
    with caplog.at_level(logging.INFO):
        answer = await post(
            browse, world, "/approvals/credits/settle?q=cust", {"proposal": first.id, "invoice": " C-17 "}
        )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/approvals/credits?q=cust&told=new"
    settled, other = world.open_items.proposals
    assert (settled.settled_by, settled.settled_at, settled.invoice_number) == ("Ada Administrator", NOW, "C-17")
    assert other == second
    assert any("Allowed ticking off" in each.getMessage() for each in caplog.records)
    words = words_of(await get(browse, world, answer.headers["location"]))
    assert "Ticked off by Ada Administrator on 22 Nov 2026, 08:30" in words
    assert words.index("Customer 0002") < words.index("Customer 0001")


async def test_what_is_ticked_off_stays_as_it_was(browse: Open) -> None:
    world = DecisionWorld()
    world.open_items.proposals = (make_proposal(1, settled_by="Bea", settled_at=NOW, invoice_number="C-1"),)
    before = world.open_items.proposals
    answer = await post(browse, world, "/approvals/credits/settle", {"proposal": before[0].id, "invoice": "C-2"})
    assert answer.headers["location"].endswith("told=before")
    assert world.open_items.proposals == before
    answer = await post(browse, world, "/approvals/credits/settle", {"proposal": "none", "invoice": "C-2"})
    assert answer.headers["location"].endswith("told=gone")


async def test_who_comes_second_in_the_same_moment_is_told_so(browse: Open) -> None:
    """Bea ticks 37.33 off with C-1 while Ada's request reads the list: Ada is told, and C-1 stays."""
    world = world_of(1)
    before = world.open_items.proposals[0]
    bea = replace(before, settled_by="Bea", settled_at=NOW, invoice_number="C-1")

    async def settle_late(proposal: OpenProposal) -> bool:
        world.open_items.proposals = (bea,)
        return await FakeOpenItems.settle_proposal(world.open_items, proposal)

    world.open_items.settle_proposal = settle_late  # type: ignore[method-assign]
    answer = await post(browse, world, "/approvals/credits/settle", {"proposal": before.id, "invoice": "C-2"})
    assert answer.headers["location"].endswith("told=before")
    assert world.open_items.proposals == (bea,)


async def test_an_invoice_number_is_needed(browse: Open) -> None:
    world = world_of(1)
    answer = await post(browse, world, "/approvals/credits/settle", {"proposal": world.open_items.proposals[0].id})
    assert answer.status_code == 422 and "Name the invoice or credit note" in answer.text
    assert world.open_items.proposals[0].settled_by is None


async def test_a_reader_cannot_tick_off(browse: Open) -> None:
    world = world_of(1)
    assert "Tick off" not in await get(browse, world, "/approvals/credits", "Reader")
    fields: dict[str, str | list[str]] = {"proposal": world.open_items.proposals[0].id, "invoice": "C"}
    assert (await post(browse, world, "/approvals/credits/settle", fields, "Reader")).status_code == 403


async def test_pages_chips_csv_and_empty(browse: Open) -> None:
    world = world_of(*range(70))
    source = await get(browse, world, "/approvals/credits")
    assert "1–50 of 70" in source
    assert len((await get(browse, world, "/approvals/credits.csv")).strip().splitlines()) == 71
    assert "70 credit proposals" in words_of(source)
    assert "No" not in words_of(await get(browse, world, "/approvals/credits?state=open")).split("wait")[0]
    assert "Nothing here with this filter." in await get(browse, world, "/approvals/credits?state=settled")
    assert "No seats were invoiced that were not owed." in await get(browse, DecisionWorld(), "/approvals/credits")


async def test_an_amount_that_nobody_knows_is_said(browse: Open) -> None:
    world = world_of(1, 2)
    first, second = world.open_items.proposals
    unknown = make_proposal(3)
    line = unknown.line
    unpriced = type(line.proposal)(line.proposal.start, line.proposal.last, 1, None, "No price.")
    world.open_items.proposals = (first, second, make_proposal(3, line=type(line)("m-3", "Visio", unpriced)))
    words = words_of(await get(browse, world, "/approvals/credits"))
    assert "3 credit proposals wait: 74.66 EUR, and 1 without a known price." in words
    assert "not known" in words
    assert Decimal("37.33") == first.line.proposal.amount
