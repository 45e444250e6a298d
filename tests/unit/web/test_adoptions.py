"""Making additions a line's own: what somebody typed years ago, and what somebody changed, accepted as it is."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast

import httpx
import pytest

from plans.agreements import Addition
from plans.catalogue import Payer
from plans.changes import CreateAddition
from plans.journal import Adoption, Ending, Intent, LineJournal
from plans.keys import make_key, name_addition, name_line
from plans.ports import Psa
from plans.runs import Run, RunPhase
from plans.timeline import Timeline
from profiles.billing import BillableOption
from profiles.licences import Term
from tests.unit.sync.desk import FakePsa
from tests.unit.web.adoption_fakes import (
    CHANGED,
    TODAY,
    TYPED,
    AdoptionWorld,
    edited_world,
    make_world,
    write_ten,
)
from tests.unit.web.approval_fakes import (
    CONNECTION,
    FACTS,
    NIGHT,
    PREMIUM,
    STARTED,
    make_addition,
    make_agreement,
    make_customer,
    make_mapping,
)
from tests.unit.web.conftest import Open
from tests.unit.web.test_approvals import get, post, words_of

PATH = "/customers/customer-0/licences/m-0/adopt"
OTHER = replace(TYPED, id="9002", quantity=Decimal(3), effective_on=date(2024, 1, 1))
HOSTILE = '<script>alert(1)</script>\n"=cmd\u202e🎉'


def hidden(source: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', source)
    assert found is not None, name
    return html.unescape(found[1])


def fill(source: str, ticked: Sequence[str] = (), reason: str = "Billed by hand") -> dict[str, str | list[str]]:
    """The form as a browser sends it."""
    kept = {name: hidden(source, name) for name in ("shown", "added_up")}
    return {**kept, "addition": list(ticked), "reason": reason}


async def say_yes(
    browse: Open, world: AdoptionWorld, ticked: Sequence[str] = (), reason: str = "Billed by hand"
) -> httpx.Response:
    return await post(browse, world, PATH, fill(await get(browse, world, PATH), ticked, reason))


async def test_what_was_typed_years_ago_is_shown_with_what_it_would_bill(browse: Open) -> None:
    source = await get(browse, make_world(TYPED), PATH)
    words = words_of(source)
    assert f"Adopt additions for {PREMIUM} ?" in words.replace("Premium?", "Premium ?")
    assert "Managed Services (agreement 400)" in words and "As read on 22 Nov 2026, 02:00" in words
    assert "Addition 9001 Seats 25 From 1 Apr 2023 Through open" in words
    assert "Somebody else made it in the PSA." in words
    assert "It would bill 25 seats from 1 Apr 2023." in words
    assert "the next night plans 25 → 21, which waits for approval as the first change after adoption" in words
    assert "Adopt 1 addition as it is" in words and "Why it is parked" not in words
    assert 'value="9001" checked' in source


async def test_adopting_keeps_it_with_its_turn_and_asks_for_a_run(
    browse: Open, caplog: pytest.LogCaptureFixture
) -> None:
    world = make_world(TYPED)
    with caplog.at_level(logging.INFO):
        answer = await say_yes(browse, world, ["9001"])
    assert answer.status_code == 303 and answer.headers["location"] == f"{PATH}?asked={NIGHT}-001"
    ((customer_id, adoption),) = world.books.adoptions
    assert customer_id == "customer-0"
    assert (adoption.mapping_id, adoption.sequence, adoption.additions) == ("m-0", 0, (TYPED,))
    assert (adoption.adopted_by, adoption.adopted_on, adoption.reason) == ("Ada Administrator", TODAY, "Billed by hand")
    assert adoption.ledger.levels == Timeline(((date(2023, 4, 1), 25),))
    assert world.books.order == ["adopt customer-0", f"ask {NIGHT}-001"]
    assert world.books.turns_taken == ["400"] and world.books.turns == {}
    assert [each.customer_ids for each in world.requests.asked] == [("customer-0",)]
    (told,) = world.books.history["customer-0"]
    assert told.sentence == f"Ada Administrator adopted addition 9001 for {PREMIUM}, 25 seats: Billed by hand"
    assert (told.run_id, told.sequence) == (f"{NIGHT}-001", 0)
    assert "Allowed adoption for customer-0:m-0, before write 0, additions 9001" in caplog.text
    words = words_of(await get(browse, world, answer.headers["location"]))
    assert "These additions are its own now." in words and f"{PREMIUM} has its additions" in words
    assert "Adopted by Ada Administrator on 22 Nov 2026." in words


async def test_what_a_renewal_carried_over_says_whose_it_was(browse: Open) -> None:
    """We had made the addition of the agreement that ended, and somebody changed what renews it."""
    made = edited_world().books.journals["m-0"]
    entry = replace(made.ledger[0], sequence=1)
    old = replace(CHANGED, id="9000")
    before = replace(made, evidence=tuple(replace(each, after=replace(old, quantity=None)) for each in made.evidence))
    taken = Adoption("m-0", 1, "400", (CHANGED,), entry, TODAY, "Seatledger", renews="400")
    words = words_of(await get(browse, make_world(CHANGED, journal=replace(before, adoptions=(taken,))), PATH))
    assert "Goes on from agreement 400, which its own renews." in words


async def test_a_changed_addition_is_accepted_and_no_longer_parks_the_line(browse: Open) -> None:
    world = edited_world(parked="Addition 9001 is neither as it was nor as Seatledger sent it: quantity 14.")
    words = words_of(await get(browse, world, PATH))
    assert f"Accept {PREMIUM} 's additions as they are?" in words.replace("Premium's", "Premium 's")
    assert "Why it is parked Addition 9001 is neither as it was nor as Seatledger sent it" in words
    assert "What somebody changed: Seats 10 → 14" in words
    assert "Last written by the Night of 22 Nov 2026; somebody changed it in the PSA since." in words
    assert "It would bill 14 seats from 1 Nov 2026." in words
    assert "the days through 31 Oct 2026, which are invoiced, stays" in words
    answer = await say_yes(browse, world, reason="They agreed on 14")
    assert answer.status_code == 303
    journal = world.books.journals["m-0"]
    assert journal.parked_sentence is None
    assert journal.written["9001"].addition == CHANGED and journal.is_first_after_adoption
    (told,) = world.books.history["customer-0"]
    expected = f"Ada Administrator accepted addition 9001 of {PREMIUM} as it is, 14 seats: They agreed on 14"
    assert told.sentence == expected
    assert "Addition 9001 was changed" not in await get(browse, world, PATH)


async def test_an_edit_that_no_push_met_is_found_and_others_can_be_taken_beside_it(browse: Open) -> None:
    world = edited_world(OTHER)
    source = await get(browse, world, PATH)
    assert "Addition 9001 was changed in the PSA since Seatledger wrote it." in words_of(source)
    assert 'value="9002" checked' not in source and 'value="9002"' in source
    assert 'value="9001"' not in source
    added = await post(browse, world, PATH, fill(source, ["9002"]) | {"look": "1"})
    assert added.status_code == 200 and world.books.order == []
    assert "It would bill 17 seats from 1 Nov 2026." in words_of(added.text)
    assert "Accept 2 additions as they are" in added.text and 'value="9002" checked' in added.text
    answer = await post(browse, world, PATH, fill(added.text, ["9002"]))
    assert answer.status_code == 303
    ((_, adoption),) = world.books.adoptions
    assert [each.id for each in adoption.additions] == ["9001", "9002"]
    assert "accepted additions 9001, 9002 of" in world.books.history["customer-0"][0].sentence


async def test_other_ticks_than_were_added_up_are_added_up_first(browse: Open) -> None:
    world = make_world(TYPED, OTHER)
    source = await get(browse, world, PATH)
    assert "It would bill 25 seats from 1 Apr 2023, 28 from 1 Jan 2024." in words_of(source)
    answer = await post(browse, world, PATH, fill(source, ["9002"], "Only that one"))
    assert answer.status_code == 422 and "You ticked others than this page had added up." in answer.text
    assert "It would bill 3 seats from 1 Jan 2024." in words_of(answer.text)
    assert 'value="Only that one"' in answer.text and world.books.order == []
    assert (await post(browse, world, PATH, fill(answer.text, ["9002"]))).status_code == 303
    assert [each.id for each in world.books.adoptions[0][1].additions] == ["9002"]


async def test_nothing_ticked_and_no_reason_are_said_beside_their_fields(browse: Open) -> None:
    world = make_world(TYPED)
    source = await get(browse, world, PATH)
    nothing = await post(browse, world, PATH, fill(source))
    assert nothing.status_code == 422 and "Tick the additions that you mean first." in nothing.text
    silent = await post(browse, world, PATH, fill(source, ["9001"], "  "))
    assert silent.status_code == 422 and 'id="reason-trouble"' in silent.text and "Say why" in silent.text
    assert world.books.order == [] and world.books.turns_taken == []


async def test_what_was_shown_must_still_be_true(browse: Open, caplog: pytest.LogCaptureFixture) -> None:
    world = make_world(TYPED)
    fields = fill(await get(browse, world, PATH), ["9001"])
    moved = replace(TYPED, quantity=Decimal(26))
    world.archive.agreements = {NIGHT: (make_agreement(0, moved),)}
    answer = await post(browse, world, PATH, fields)
    assert answer.status_code == 409 and "The world has changed" in answer.text
    assert "It would bill 26 seats" in answer.text and 'value="Billed by hand"' in answer.text
    assert world.books.order == []
    assert (await post(browse, world, PATH, fields | {"reason": ""})).status_code == 409
    assert (await post(browse, world, PATH, fill(answer.text, ["777"]))).status_code == 409
    assert (await post(browse, world, PATH, fill(answer.text, ["9001"]))).status_code == 303


async def test_the_same_read_again_is_no_other_world(browse: Open) -> None:
    world = make_world(TYPED)
    fields = fill(await get(browse, world, PATH), ["9001"])
    (night,) = world.runs.runs
    world.runs.runs = (replace(night, id=f"{NIGHT}-001", started_at=STARTED + timedelta(hours=1)), night)
    world.archive.agreements[f"{NIGHT}-001"] = world.archive.agreements[NIGHT]
    assert (await post(browse, world, PATH, fields)).status_code == 303


async def test_a_run_that_writes_there_comes_first(browse: Open, caplog: pytest.LogCaptureFixture) -> None:
    world = make_world(TYPED)
    world.books.turns = {(CONNECTION, "400"): "2026-11-22/customer-0/400"}
    with caplog.at_level(logging.INFO):
        answer = await say_yes(browse, world, ["9001"])
    assert answer.status_code == 409 and "A run is writing to this agreement" in answer.text
    assert world.books.order == [] and world.books.turns == {(CONNECTION, "400"): "2026-11-22/customer-0/400"}
    assert "Denied adoption for customer-0:m-0" in caplog.text


async def test_somebody_else_was_quicker(browse: Open) -> None:
    world = make_world(TYPED)

    def overtake() -> None:
        world.books.journals["m-0"] = replace(world.books.journals["m-0"], evidence=(write_ten(),))

    world.books.before_adopt = overtake
    answer = await say_yes(browse, world, ["9001"])
    assert answer.status_code == 409 and "Somebody else was quicker" in answer.text
    assert world.books.adoptions == [] and world.books.turns == {} and world.requests.asked == []


@pytest.mark.parametrize("change", ["mapping", "addition", "profile"])
async def test_what_moves_between_the_form_and_the_turn_is_not_kept(
    change: str, browse: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(TYPED)
    fields = fill(await get(browse, world, PATH), ["9001"])
    take_turn = world.books.take_turn

    async def take(connection_id: str, agreement_id: str, holder: str, until: datetime) -> bool:
        match change:
            case "mapping":
                world.books.mappings["customer-0"] = (replace(make_mapping(0), agreement_id="401"),)
            case "addition":
                world.archive.agreements = {NIGHT: (make_agreement(0, replace(TYPED, quantity=Decimal(9))),)}
            case _:
                world.profiles.profiles = {}
        return await take_turn(connection_id, agreement_id, holder, until)

    monkeypatch.setattr(world.books, "take_turn", take)
    assert (await post(browse, world, PATH, fields)).status_code == 409
    assert world.books.adoptions == [] and world.books.turns == {}


async def test_the_run_may_fail_to_start(browse: Open) -> None:
    world = make_world(TYPED)
    world.requests.error = ConnectionError("no queue")
    answer = await say_yes(browse, world, ["9001"])
    assert answer.headers["location"] == f"{PATH}?asked=night" and len(world.books.adoptions) == 1
    assert "the next night plans from here" in await get(browse, world, answer.headers["location"])


@pytest.mark.parametrize("offered", [(), (TYPED,)])
async def test_what_a_bundle_bills_is_told_and_not_offered(browse: Open, offered: tuple[Addition, ...]) -> None:
    world = make_world(*offered)
    bundled = (replace(TYPED, id="service bundle 77", quantity=Decimal(7)), replace(TYPED, id="b", product_id="777"))
    world.archive.agreements[NIGHT] = (replace(make_agreement(0, *offered), bundled=bundled),)
    source = await get(browse, world, PATH)
    assert (
        "Service bundle 77 of the agreement bills 7 of the same product, and no bundle is changed or adopted by "
        "Seatledger, for its units bill its other products too."
    ) in words_of(source)
    assert re.findall(r'name="addition" value="([^"]+)"', source) == [each.id for each in offered]
    assert ("None of the other additions of its product can be adopted" in source) == (not offered)


async def test_additions_of_other_lines_other_products_and_the_past_are_not_offered(browse: Open) -> None:
    ended = replace(TYPED, id="9010", cancelled_on=date(2026, 11, 1))
    product = replace(TYPED, id="9011", product_id="777")
    keyed = replace(TYPED, id="9012", key=make_key("m-77", 3))
    adopted = replace(TYPED, id="9013")
    sister = replace(TYPED, id="9014")
    orphan = replace(TYPED, id="9015", key=make_key("m-gone", 3))
    world = make_world(TYPED, ended, product, keyed, adopted, sister, orphan)
    # An open run has not kept its names yet; the one before it says whose additions are whose.
    (night,) = world.runs.runs
    world.runs.runs = (Run(f"{NIGHT}-002", RunPhase.READING, STARTED), night)
    world.archive.names = {NIGHT: frozenset({name_line("m-77"), name_addition(CONNECTION, "400", "9013")})}
    of_sister = replace(write_ten(after=sister), mapping_id="m-5")
    world.books.mappings["customer-0"] = (make_mapping(0), replace(make_mapping(0), id="m-5"))
    world.books.journals["m-5"] = LineJournal("m-5", (of_sister,))
    source = await get(browse, world, PATH)
    assert re.findall(r'name="addition" value="(\d+)"', source) == ["9001", "9015"]
    assert all(each not in source for each in ("9010", "9011", "9012", "9013", "9014"))
    assert "Seatledger made it, for a licence that is not mapped any more." in source


async def test_a_fraction_says_so_and_cannot_be_ticked(browse: Open) -> None:
    half = replace(TYPED, quantity=Decimal("1.5"))
    none = replace(OTHER, quantity=None, included=Decimal(2))
    world = make_world(half, none)
    source = await get(browse, world, PATH)
    assert "Its quantity is 1.5, which is no count of seats. Make it a whole number" in source
    assert "Its quantity is no quantity less 2 included" in source
    assert 'name="addition"' not in source and "None of the other additions" in source
    world = make_world(half, OTHER)
    source = await get(browse, world, PATH)
    assert 'value="9001"' not in source and 'value="9002" checked' in source
    crafted = await post(browse, world, PATH, fill(source, ["9001"]))
    assert crafted.status_code == 409 and world.books.order == []
    own = make_world(replace(CHANGED, quantity=Decimal("1.5")), journal=LineJournal("m-0", (write_ten(),)))
    assert "which is no count of seats. Make it a whole number" in await get(browse, own, PATH)


async def test_what_was_read_back_after_the_reading_counts(browse: Open) -> None:
    """The write of the very night that read the agreement was found different: that is what a person accepts."""
    wrong = make_addition(quantity=12)
    entry = write_ten(wrong, Ending.MISMATCH, STARTED + timedelta(minutes=5))
    journal = LineJournal("m-0", (entry,), parked_sentence="Addition 9001: quantity sent 10, found 12.")
    world = make_world(journal=journal)
    words = words_of(await get(browse, world, PATH))
    assert "Its own always taken Addition 9001 Seats 12" in words and "It would bill 12 seats" in words
    assert (await say_yes(browse, world)).status_code == 303
    assert world.books.journals["m-0"].written["9001"].addition == wrong


async def test_a_line_whose_addition_was_deleted_begins_again(browse: Open) -> None:
    world = make_world(journal=LineJournal("m-0", (write_ten(),), parked_sentence="Addition 9001 is gone."))
    assert "Begin again without an addition" in words_of(await get(browse, world, PATH))
    assert (await say_yes(browse, world)).status_code == 303
    journal = world.books.journals["m-0"]
    assert (journal.parked_sentence, journal.written) == (None, {})


async def test_why_it_cannot_be(browse: Open) -> None:
    promise = CreateAddition("400", 0, make_key("m-0", 0), "501", 3, TODAY, BillableOption.BILLABLE)
    intent = Intent("m-0", 0, 0, CONNECTION, NIGHT, "0" * 64, STARTED, promise, ())
    assert "still on its way" in await refused(browse, make_world(TYPED, journal=LineJournal("m-0", (), (intent,))))
    elsewhere = replace(write_ten(), change=replace(write_ten().change, agreement_id="499"))
    text = await refused(browse, make_world(TYPED, journal=LineJournal("m-0", (elsewhere,))))
    assert "The licence is still billed on agreement 499 as well." in text
    assert "The first night that writes makes one." in await refused(browse, make_world())
    as_left = make_world(make_addition(), journal=LineJournal("m-0", (write_ten(),)))
    assert "Its additions are as Seatledger left them" in await refused(browse, as_left)
    world = make_world(TYPED)
    world.profiles.profiles = {}
    assert "billing profile of this licence does not exist" in await refused(browse, world)
    world = make_world(TYPED)
    world.archive.agreements = {}
    assert "was not read by any of the last runs" in await refused(browse, world)
    world = make_world()
    world.archive.agreements = {NIGHT: (replace(make_agreement(0, TYPED), company_id="9"),)}
    group = FakePsa()
    world.connections = {CONNECTION: cast(Psa, group)}
    assert "belongs to another company" in await refused(browse, world)
    group.payer = Payer("9", "Group")
    assert "Seats 25" in words_of(await get(browse, world, PATH)), "the parent that pays"
    world.archive.agreements = {NIGHT: (make_agreement(0, TYPED, facts=replace(FACTS, is_active=False)),)}
    assert "is not active" in await refused(browse, world)


async def refused(browse: Open, world: AdoptionWorld) -> str:
    """The page without a form; and a form that comes all the same keeps nothing."""
    source = await get(browse, world, PATH)
    assert 'name="reason"' not in source
    fields: dict[str, str | list[str]] = {"shown": "0" * 64, "added_up": "", "addition": ["9001"], "reason": "x"}
    assert (await post(browse, world, PATH, fields)).status_code == 409
    assert world.books.order == [] and world.books.turns == {}
    return source


async def test_what_the_next_night_would_make_of_it(browse: Open) -> None:
    assert "the next night has nothing to change" in await get(browse, make_world(TYPED, quantity=25), PATH)
    assert "is not counted yet" in await get(browse, make_world(TYPED, quantity=None), PATH)
    world = make_world(TYPED)
    world.books.customers = (replace(make_customer(0), is_observed=True),)
    assert "only observed: nothing is written for it" in await get(browse, world, PATH)
    since_ever = replace(TYPED, effective_on=None, cancelled_on=date(2026, 12, 31))
    words = words_of(await get(browse, make_world(since_ever), PATH))
    assert "It would bill 25 seats, 0 from 1 Jan 2027." in words


async def test_a_sister_line_of_the_same_product_is_named(browse: Open) -> None:
    """A licence that is split by its terms: what is adopted for one of them is billed beside the other."""
    world = make_world(TYPED)
    monthly, annual = (replace(make_mapping(0), part=each) for each in (Term.MONTHLY, Term.ANNUAL))
    ended, excluded = replace(annual, id="m-8", is_ended=True), replace(annual, id="m-9", is_excluded=True)
    world.books.mappings["customer-0"] = (monthly, replace(annual, id="m-7"), ended, excluded)
    words = words_of(await get(browse, world, PATH))
    assert f"Adopt additions for {PREMIUM} (monthly only)" in words
    assert f"{PREMIUM} (annual only) of this customer is billed by the same product on this agreement" in words
    world.books.mappings["customer-0"] = (monthly, replace(annual, id="m-7", agreement_id="499"))
    assert "same product on this agreement" not in await get(browse, world, PATH)


async def test_a_reader_looks_and_cannot_say_yes(browse: Open) -> None:
    world = make_world(TYPED)
    source = await get(browse, world, PATH, "Reader")
    assert "It would bill 25 seats" in source
    assert 'name="reason"' not in source and 'name="addition"' not in source
    fields = fill(await get(browse, world, PATH), ["9001"])
    assert (await post(browse, world, PATH, fields, "Reader")).status_code == 403
    assert world.books.order == []


@pytest.mark.parametrize(
    "path",
    [
        "/customers/customer-9/licences/m-0/adopt",
        "/customers/customer-0/licences/m-1/adopt",
        "/customers/customer-1/licences/m-0/adopt",
        "/customers/customer-0/licences/m%0A0/adopt",
        f"/customers/customer-0/licences/{'m' * 201}/adopt",
    ],
)
async def test_other_customers_mappings_are_not_there(path: str, browse: Open) -> None:
    world = make_world(TYPED)
    await get(browse, world, path, status=404)
    answer = await post(browse, world, path, {"shown": "0" * 64, "addition": "9001", "reason": "x"})
    assert answer.status_code == 404 and world.books.order == []


async def test_hostile_names_do_no_harm(browse: Open, caplog: pytest.LogCaptureFixture) -> None:
    strange = replace(TYPED, id='9001"><b>', description=HOSTILE)
    world = make_world(strange)
    world.books.customers = (replace(make_customer(0), name=HOSTILE),)
    world.books.mappings["customer-0"] = (replace(make_mapping(0), licence_name=HOSTILE),)
    world.archive.agreements = {NIGHT: (replace(make_agreement(0, strange), name=HOSTILE),)}
    source = await get(browse, world, PATH)
    assert "<script>alert" not in source and "<b>" not in source
    with caplog.at_level(logging.INFO):
        answer = await say_yes(browse, world, [strange.id], HOSTILE)
    assert answer.status_code == 303 and world.books.adoptions[0][1].additions == (strange,)
    assert "\n" not in world.books.history["customer-0"][0].sentence
    allowed = next(each for each in caplog.records if each.getMessage().startswith("Allowed adoption"))
    assert "\n" not in allowed.getMessage()
    assert "<script>alert" not in await get(browse, world, answer.headers["location"])
