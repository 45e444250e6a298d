"""One addition's whole life on one page, and taking its newest write back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import cast

import pytest

from plans.agreements import Addition, Agreement
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.counts import Count
from plans.journal import Adoption, Ending, Evidence, HistoryEntry, Intent, LineJournal
from plans.keys import make_key
from plans.ledger import LedgerEntry
from plans.ports import Desk, Psa
from plans.runs import Run, RunPhase
from plans.timeline import Timeline
from plans.translation import LineTask, Translation
from profiles.billing import BillableOption, BillingProfile
from tests.unit.web.approval_fakes import (
    CONNECTION,
    FACTS,
    NIGHT,
    STARTED,
    DecisionWorld,
    make_addition,
    make_agreement,
    make_customer,
    make_mapping,
)
from tests.unit.web.conftest import Open
from tests.unit.web.test_approvals import get, post, words_of
from web.actions.undoing import Undo
from web.pages.additions import list_money

PATH = f"/customers/customer-0/additions/{CONNECTION}/9001"
HASH = "3f9a2c1b04de" + "0" * 52
INVOICED = date(2026, 10, 31)


class SilentPsa:
    """A PSA whose translation nobody asks for."""

    def translate(self, task: LineTask) -> Translation:
        raise AssertionError("taking back is no translation")


def create(quantity: int = 10) -> CreateAddition:
    return CreateAddition(
        "400", 0, make_key("m-0", 0), "501", quantity, date(2026, 11, 1), BillableOption.BILLABLE,
        unit_price=Decimal("20.00"),
    )  # fmt: skip


def raise_to(before: int, after: int, sequence: int = 1) -> SetAddition:
    return SetAddition(
        "400", sequence, make_key("m-0", sequence), make_addition(quantity=before), make_addition(quantity=after),
        date(2026, 11, 1),
    )  # fmt: skip


def prove(
    change: Change, after: Addition | None, level: int, ending: Ending = Ending.VERIFIED, run_id: str = NIGHT
) -> Evidence:
    at = datetime(2026, 11, 20 + change.sequence, 2, 6, tzinfo=UTC)
    ledger = LedgerEntry(
        "m-0", date(2026, 11, 1), change.sequence, Timeline(((date(2026, 11, 1), level),)), "9001", INVOICED
    )
    verified = ending is Ending.VERIFIED
    sentence = f"Addition 9001 was written: {level}."
    return Evidence(
        "m-0",
        change.sequence,
        run_id,
        f"{HASH[:-1]}{change.sequence}",
        ending,
        at,
        change,
        (),
        after,
        ledger if verified else None,
        sentence,
    )


def make_world(journal: LineJournal | None = None) -> DecisionWorld:
    """Ten seats on the 20th, twelve on the 21st, read by the night of the 22nd."""
    world = DecisionWorld()
    created, raised = prove(create(), make_addition(), 10), prove(raise_to(10, 12), make_addition(quantity=12), 12)
    counts = (
        Count(date(2026, 11, 20), 10, date(2026, 11, 20), INVOICED, 10),
        Count(date(2026, 11, 21), 12, date(2026, 11, 22), INVOICED, 12),
    )
    world.books.customers = (make_customer(0),)
    world.books.mappings = {"customer-0": (make_mapping(0),)}
    world.books.journals = {"m-0": journal or LineJournal("m-0", (created, raised), counts=counts)}
    world.runs.runs = (
        Run(NIGHT, RunPhase.CLOSED, STARTED, STARTED + timedelta(minutes=9), shard_counts=((CONNECTION, 1),)),
    )
    world.archive.agreements = {NIGHT: (make_agreement(0, make_addition(quantity=12)),)}
    world.profiles.profiles = {
        "premium": BillingProfile("premium", "Premium", CONNECTION, "501", BillableOption.BILLABLE)
    }
    world.connections = {CONNECTION: cast(Psa, SilentPsa())}
    return world


def tell_raise(world: DecisionWorld) -> None:
    entry = world.books.journals["m-0"].evidence[1]
    world.books.history["customer-0"] = [
        HistoryEntry(entry.ended_at, "m-0", 1, entry.run_id, entry.sentence),
        HistoryEntry(entry.ended_at - timedelta(hours=1), "m-0", 1, NIGHT, "Bea approved 10 → 12: seen"),
    ]


async def test_every_write_has_when_run_before_after_hash_and_read_back(browse: Open) -> None:
    world = make_world()
    tell_raise(world)
    source = await get(browse, world, PATH)
    words = words_of(source)
    assert "The story of addition 9001" in words and "Managed Services (agreement 400)" in words
    assert "times are those of Europe/Dublin" in words and "21 Nov 2026, 02:06" in words
    assert "Seats 10 → 12" in words
    assert "A new addition of 10 seats from 1 Nov 2026." in words and "20.00 EUR" in words
    assert all(source.count(f'title="{HASH[:-1]}{number}"') == 1 for number in (0, 1)) and "plan 3f9a2c1b04de" in words
    assert words.count("Read back: as it was sent") == 2
    assert f'href="/runs/{NIGHT}"' in source
    assert words.count("Bea approved 10 → 12: seen") == 1
    assert words.count("Addition 9001 was written: 12.") == 1
    assert words.index("Seats 10 → 12") < words.index("A new addition of 10 seats")
    assert "As read on 22 Nov 2026, 02:00 by the Night of 22 Nov 2026" in words


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending.MISMATCH, "Read back: not as it was sent"),
        (Ending.REFUSED, "Refused by the PSA"),
        (Ending.OVERTAKEN, "the world had moved on"),
    ],
)
async def test_a_write_that_was_not_proved_says_so_and_has_no_undo(ending: Ending, words: str, browse: Open) -> None:
    after = make_addition(quantity=13) if ending is Ending.MISMATCH else None
    journal = LineJournal("m-0", (prove(create(), make_addition(), 10), prove(raise_to(10, 12), after, 0, ending)))
    source = await get(browse, make_world(journal), PATH)
    assert words in words_of(source)
    assert "/undo" not in source
    assert "was not proved" in await get(browse, make_world(journal), f"{PATH}/undo")


async def test_adoption_and_promise_are_in_the_story(browse: Open) -> None:
    ledger = LedgerEntry("m-0", date(2026, 11, 1), 0, Timeline(((date(2026, 11, 1), 10),)), "9001", INVOICED)
    adoption = Adoption("m-0", 0, "400", (make_addition(key=""),), ledger, date(2026, 11, 19), "Bea", "It was there")
    intent = Intent("m-0", 0, 0, CONNECTION, NIGHT, HASH, STARTED, raise_to(10, 12, 0), ())
    journal = LineJournal("m-0", open_intents=(intent,), adoptions=(adoption,))
    words = words_of(await get(browse, make_world(journal), PATH))
    assert "19 Nov 2026 · Bea" in words and "Bea adopted it: It was there" in words
    assert "It is not known yet what became of this." in words
    assert "Nobody knows yet what became of a later write" in await get(browse, make_world(journal), f"{PATH}/undo")


async def test_what_a_renewal_carried_over_says_where_it_comes_from(browse: Open) -> None:
    """Nobody adopted it: the line followed its agreement's renewal."""
    entry = LedgerEntry("m-0", date(2026, 11, 1), 0, Timeline(((date(2026, 11, 1), 10),)), "9001", INVOICED)
    taken = Adoption("m-0", 0, "400", (make_addition(),), entry, date(2026, 11, 1), "Seatledger", "It", renews="399")
    words = words_of(await get(browse, make_world(LineJournal("m-0", adoptions=(taken,))), PATH))
    assert "Renewed" in words
    assert "Goes on from agreement 399, as the renewal carried it over" in words
    assert "Agreement 399 ended; 400 renews it." in words


@pytest.mark.parametrize(
    "path",
    [
        f"/customers/customer-9/additions/{CONNECTION}/9001",
        "/customers/customer-0/additions/another/9001",
        f"/customers/customer-0/additions/{CONNECTION}/777",
    ],
)
async def test_an_addition_that_is_nobodys_is_not_there(path: str, browse: Open) -> None:
    await get(browse, make_world(), path, status=404)


async def test_an_addition_that_is_gone_and_one_never_read_say_so(browse: Open) -> None:
    world = make_world()
    world.archive.agreements = {NIGHT: (make_agreement(0),)}
    assert "The PSA does not list this addition any more." in await get(browse, world, PATH)
    world = make_world()
    world.archive.agreements = {}
    assert "As read back on 21 Nov 2026, 02:06" in await get(browse, world, PATH)


def shown_of(source: str) -> str:
    found = re.search(r'name="shown" value="([0-9a-f]{64})"', source)
    assert found is not None
    return found[1]


async def test_undo_shows_first_and_then_refuses_asks_and_runs(browse: Open) -> None:
    world = make_world()
    assert f'href="{PATH}/undo"' in await get(browse, world, PATH)
    assert "/undo" not in await get(browse, world, PATH, "Reader")
    source = await get(browse, world, f"{PATH}/undo")
    words = words_of(source)
    assert "What was written Addition 9001 changes from 1 Nov 2026 on. Seats 10 → 12" in words
    assert "What taking it back writes Addition 9001 changes from 1 Nov 2026 on. Seats 12 → 10" in words
    assert "The customer has 12 by the last confirmed count and was billed 10 before." in words
    assert "Invoiced through 31 Oct 2026 First invoice it changes That of 1 Dec 2026" in words
    why = "Addition 9001 has no price that can be read, so the money cannot be forecast."
    assert f"On the next invoice (forecast) not known. {why} A month (forecast) not known. {why}" in words
    fields: dict[str, str | list[str]] = {"shown": shown_of(source), "reason": "They moved to E3"}
    answer = await post(browse, world, f"{PATH}/undo", fields)
    assert answer.status_code == 303 and answer.headers["location"] == f"{PATH}?asked={NIGHT}-001"
    assert world.books.order == ["refuse customer-0", "undo customer-0", f"ask {NIGHT}-001"]
    assert world.books.undos == [("customer-0", "m-0", 1)]
    ((_, refusal),) = world.books.refusals
    assert (refusal.quantity, refusal.level, refusal.refused_on) == (12, 10, date(2026, 11, 22))
    assert refusal.reason == "taken back by Ada Administrator: They moved to E3"
    assert [each.customer_ids for each in world.requests.asked] == [("customer-0",)]
    assert all(each.run_id == f"{NIGHT}-001" for each in world.books.history["customer-0"])
    assert "Taking it back is asked for." in await get(browse, world, answer.headers["location"])


async def test_undo_that_would_do_something_else_is_shown_again(browse: Open) -> None:
    world = make_world()
    shown = shown_of(await get(browse, world, f"{PATH}/undo"))
    journal = world.books.journals["m-0"]
    count = replace(journal.counts[-1], day=date(2026, 11, 22), quantity=13)
    world.books.journals["m-0"] = replace(journal, counts=(*journal.counts, count))
    answer = await post(browse, world, f"{PATH}/undo", {"shown": shown, "reason": "why"})
    assert answer.status_code == 409 and "The world has changed" in answer.text
    assert 'value="why"' in answer.text
    assert world.books.order == []


async def test_undo_needs_a_reason_and_a_role(browse: Open) -> None:
    world = make_world()
    shown = shown_of(await get(browse, world, f"{PATH}/undo"))
    answer = await post(browse, world, f"{PATH}/undo", {"shown": shown, "reason": ""})
    assert answer.status_code == 422 and "Say why" in answer.text
    assert (await post(browse, world, f"{PATH}/undo", {"shown": shown, "reason": "x"}, "Reader")).status_code == 403
    assert world.books.order == []


async def test_too_late_says_why(browse: Open) -> None:
    world = make_world()
    facts = replace(FACTS, invoiced_through=date(2026, 11, 30))
    world.archive.agreements = {NIGHT: (make_agreement(0, make_addition(quantity=12), facts=facts),)}
    words = words_of(await get(browse, world, f"{PATH}/undo"))
    assert "This cannot be taken back" in words and "invoiced through 30 Nov 2026" in words
    answer = await post(browse, world, f"{PATH}/undo", {"shown": "0" * 64, "reason": "x"})
    assert answer.status_code == 409 and world.books.order == []


async def test_parked_observed_unread_and_other_additions_are_no_undo(browse: Open) -> None:
    world = make_world()
    journal = world.books.journals["m-0"]
    world.books.journals["m-0"] = replace(journal, parked_sentence="Somebody typed over it.")
    assert "Somebody typed over it." in await get(browse, world, f"{PATH}/undo")
    world = make_world()
    world.books.customers = (replace(make_customer(0), is_observed=True),)
    assert "only observed" in await get(browse, world, f"{PATH}/undo")
    world = make_world()
    world.archive.agreements = {}
    assert "was not read by any of the last runs" in await get(browse, world, f"{PATH}/undo")
    world = make_world()
    other = prove(replace(create(3), sequence=2), make_addition("9002", 3), 15)
    world.books.journals["m-0"] = replace(journal, evidence=(*journal.evidence, other))
    assert "was to another addition" in await get(browse, world, f"{PATH}/undo")


def test_what_an_undo_moves_is_told_where_the_price_is_known() -> None:
    priced = make_addition(quantity=12, unit_price=Decimal("20.00"))
    agreement = make_agreement(0, priced)
    start, fewer = date(2026, 11, 1), replace(priced, quantity=Decimal(10))
    change: Change = SetAddition("400", 2, "key", priced, fewer, start)
    assert [each.after for each in list_money(make_undo(change, agreement), NO_DESK, "EUR")] == [
        "31 Oct 2026", "That of 1 Dec 2026", "−40.00 EUR", "−40.00 EUR",
    ]  # fmt: skip
    units: Change = AdjustUnits("400", 2, "key", "9001", start, 12, 10)
    assert list_money(make_undo(units, agreement), NO_DESK, "EUR")[-1].after == "−40.00 EUR"


def test_what_an_undo_keeps_from_being_caught_up_is_in_the_next_invoice() -> None:
    """Made on 6 November, when November was invoiced: 25 of 30 days of it, and December, are on the next invoice."""
    facts = replace(FACTS, invoiced_through=date(2026, 11, 30))
    priced = make_addition(quantity=1, unit_price=Decimal("7.20"), effective_on=date(2026, 11, 6))
    made = prove(replace(create(1), effective_on=date(2026, 11, 6)), priced, 6)
    assert made.ledger is not None
    entry = replace(made, ledger=replace(made.ledger, invoiced_through=date(2026, 11, 30)))
    journal = LineJournal("m-0", evidence=(entry,))
    desk = Desk(make_customer(0), (), {"m-0": journal})
    change: Change = SetAddition("400", 2, "key", priced, replace(priced, quantity=Decimal(0)), date(2026, 11, 6))
    planned = make_undo(change, make_agreement(0, priced, facts=facts))
    assert [each.after for each in list_money(planned, desk, "EUR")][2:] == ["−13.20 EUR", "−7.20 EUR"]


def test_what_an_undo_moves_is_not_made_up() -> None:
    start = date(2026, 11, 1)
    units: Change = AdjustUnits("400", 2, "key", "9001", start, 12, 10)
    gone = list_money(make_undo(units, make_agreement(0)), NO_DESK, "EUR")[-1].after
    assert gone.startswith("not known. The addition that would change was not found")
    made = CreateAddition("400", 2, "key", "501", 2, start, BillableOption.BILLABLE)
    unpriced = list_money(make_undo(made, make_agreement(0)), NO_DESK, "EUR")[-1].after
    assert unpriced.startswith("not known. The PSA shows no price")
    priced = make_undo(replace(made, unit_price=Decimal(2)), make_agreement(0))
    assert list_money(priced, NO_DESK, "EUR")[-1].after == "+4.00 EUR"


NO_DESK = Desk(make_customer(0), (), {})


def make_undo(change: Change, agreement: Agreement) -> Undo:
    return Undo(prove(create(), make_addition(), 10), change, 12, 10, agreement)
