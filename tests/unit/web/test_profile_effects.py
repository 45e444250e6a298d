"""A changed profile that others are billed by: what it does is seen before it is saved, and the unusual asks why."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape

import httpx
import pytest

from plans.agreements import Addition, Agreement, AgreementReading, UnreadableAgreement
from plans.journal import Adoption, LineJournal
from plans.keys import make_key
from plans.ledger import LedgerEntry
from plans.timeline import make_timeline
from profiles.billing import BillableOption, CustomPrice, DatedPrice
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.connection_fakes import CONNECTWISE
from tests.unit.web.fakes import World, sign_in_headers
from tests.unit.web.pages import to_words
from tests.unit.web.tenants import FACTS, PROFILES
from tests.unit.web.test_profiles import OFFERED, make_product
from web.actions.noting import digest_seen

OURS = {"Sec-Fetch-Site": "same-origin"}
INVOICED = replace(FACTS, invoiced_through=date(2026, 10, 31))
TWENTY = CustomPrice((DatedPrice(date(2000, 1, 1), Decimal("20.00")),))
BEFORE = replace(PROFILES["premium"], price=TWENTY)
WISH: dict[str, str | list[str]] = {
    "name": "Business Premium per seat",
    "product": "501",
    "price": "custom",
    "valid_from": [""],
    "amount": ["22.00"],
    "billable": "billable",
    "prorates": "yes",
    "seen": digest_seen(BEFORE),
}


def make_world(count: int = 3) -> World:
    """The typical night, of which so many customers are billed 12 seats at 20.00 by the profile `premium`."""
    world = nights.typical_world()
    world.connections.psa["connectwise-1"] = replace(CONNECTWISE, id="connectwise-1")
    products = (make_product(501, "Business Premium"), make_product(502, "Mailbox", price=Decimal(9)))
    world.connections.catalogue = replace(OFFERED, products=products)
    world.profiles.profiles = PROFILES | {"premium": BEFORE}
    agreements: list[AgreementReading] = []
    for number, agreement in enumerate(world.archive.agreements[nights.NIGHT]):
        (mapping, *_) = world.books.mappings[f"customer-{number}"]
        addition = Addition(
            str(9000 + number), "501", Decimal(12), date(2026, 1, 1), None, BillableOption.BILLABLE,
            make_key(mapping.id, 0), Decimal("20.00"),
        )  # fmt: skip
        own = (addition,) if number < count else ()
        assert isinstance(agreement, Agreement)
        agreements.append(replace(agreement, facts=INVOICED, additions=own))
        world.books.billed[mapping.id] = 12 if own else 0
    world.archive.agreements[nights.NIGHT] = tuple(agreements)
    return world


async def post(browse: Open, world: World, form: dict[str, str | list[str]]) -> httpx.Response:
    async with browse(world) as client:
        return await client.post("/profiles/premium", data=form, headers=sign_in_headers() | OURS)


def carry_on(answer: httpx.Response, **typed: str) -> dict[str, str | list[str]]:
    """What the page posts when its button is pressed."""
    form = answer.text[answer.text.index('<form method="post"') :]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form):
        fields.setdefault(unescape(name), []).append(unescape(value))
    return {**fields, **typed}


def is_kept(world: World) -> bool:
    return world.profiles.profiles["premium"] != BEFORE


async def test_a_price_is_shown_with_everything_that_it_changes_before_it_is_saved(browse: Open) -> None:
    world = make_world()
    answer = await post(browse, world, WISH)
    words = to_words(answer.text)
    assert answer.status_code == 200 and not is_kept(world) and world.audit.entries == []
    assert "changes 3 additions of 3 customers, +72.00 EUR a month, from 1 Nov 2026." in words
    assert "Harbour Dental Group" in words and "20.00 EUR → 22.00 EUR" in words and "+24.00 EUR" in words
    assert '<button class="main-button">Change 3 additions: +72.00 EUR a month</button>' in answer.text
    assert words.count("1 Nov 2026 First invoice: ") == 3
    assert "That is unusual" not in words and 'name="reason"' not in answer.text
    saved = await post(browse, world, carry_on(answer))
    assert saved.headers["location"] == "/profiles?told=saved"
    kept = world.profiles.profiles["premium"]
    assert kept.price == CustomPrice((DatedPrice(date(2000, 1, 1), Decimal("22.00")),)) and kept.defaults.prorates
    assert len(world.audit.entries) == 1


async def test_an_unusual_change_of_money_waits_for_a_reason_that_is_kept(browse: Open) -> None:
    """12 seats, 20.00 → 200.00: a slip of the hand that would go out to everybody."""
    world = make_world()
    answer = await post(browse, world, WISH | {"amount": ["200.00"]})
    words = to_words(answer.text)
    assert "That is unusual. 200.00 EUR a seat is about 10 times what this profile had, 20.00 EUR." in words
    assert "3 mapped licences rise by more than 500.00 a month." in words
    refused = await post(browse, world, carry_on(answer))
    assert refused.status_code == 422 and "Say why: the change log keeps it." in to_words(refused.text)
    assert not is_kept(world)
    saved = await post(browse, world, carry_on(refused, reason="New contract of all three"))
    assert saved.status_code == 303 and is_kept(world)
    assert world.audit.entries[0].sentence.endswith("per seat: New contract of all three.")


async def test_many_customers_that_pay_a_little_more_are_unusual_too(browse: Open) -> None:
    world = make_world(count=6)
    words = to_words((await post(browse, world, WISH)).text)
    assert "6 of 12 customers pay more." in words


async def test_who_saw_something_else_sees_it_anew(browse: Open) -> None:
    """Between the page and its button a night read seats that were not there."""
    world = make_world()
    form = carry_on(await post(browse, world, WISH))
    world.archive.agreements = make_world(count=4).archive.agreements
    world.books.billed = make_world(count=4).books.billed
    again = await post(browse, world, form)
    assert again.status_code == 409 and not is_kept(world)
    assert "has changed since it was shown" in to_words(again.text) and "4 additions" in to_words(again.text)


async def test_somebody_else_who_saved_meanwhile_is_not_overwritten(browse: Open) -> None:
    world = make_world()
    form = carry_on(await post(browse, world, WISH))
    world.profiles.profiles["premium"] = replace(BEFORE, name="Premium, 2027")
    answer = await post(browse, world, form)
    assert answer.status_code == 409 and "Somebody else changed this profile" in to_words(answer.text)
    assert world.profiles.profiles["premium"].name == "Premium, 2027"


async def test_going_on_editing_loses_nothing_that_was_typed(browse: Open) -> None:
    world = make_world()
    form = carry_on(await post(browse, world, WISH | {"own_text": "Post & more"}), edit="yes")
    answer = await post(browse, world, form)
    assert answer.status_code == 200 and not is_kept(world)
    assert 'value="Post &amp; more"' in answer.text and 'name="amount" value="22.00"' in answer.text


async def test_a_change_that_touches_no_bill_is_saved_at_once(browse: Open) -> None:
    world = make_world()
    assert (await post(browse, world, WISH | {"amount": ["20.00"], "name": "Premium"})).status_code == 303
    world = make_world(count=0)
    assert (await post(browse, world, WISH)).status_code == 303, "nothing is billed by it yet"


async def test_a_slipped_price_that_nothing_is_billed_by_yet_is_asked_about_too(browse: Open) -> None:
    world = make_world(count=0)
    answer = await post(browse, world, WISH | {"amount": ["2.20"]})
    words = to_words(answer.text)
    assert "Nothing is billed by this profile yet. Save it like this?" in words and not is_kept(world)
    assert "2.20 EUR a seat is a small part (1/9) of what this profile had, 20.00 EUR." in words
    assert (await post(browse, world, carry_on(answer, reason="A trial"))).status_code == 303 and is_kept(world)


async def test_additions_that_a_person_made_its_own_are_among_them(browse: Open) -> None:
    world = make_world(count=1)
    first, *others = world.archive.agreements[nights.NIGHT]
    assert isinstance(first, Agreement)
    typed = replace(first.additions[0], id="77", key="")
    world.archive.agreements[nights.NIGHT] = (replace(first, additions=(typed,)), *others)
    (mapping, *_) = world.books.mappings["customer-0"]
    entry = LedgerEntry(mapping.id, date(2026, 1, 1), 0, make_timeline([(date(2026, 1, 1), 12)]), "77", None)
    adoption = Adoption(mapping.id, 0, first.id, (typed,), entry, date(2026, 11, 1), "Ada")
    world.books.journals[mapping.id] = LineJournal(mapping.id, adoptions=(adoption,))
    words = to_words((await post(browse, world, WISH)).text)
    assert "changes 1 addition of 1 customer, +24.00 EUR a month" in words and " 77 " in words


async def test_what_the_last_run_wrote_after_it_had_read_is_among_them(browse: Open) -> None:
    """A first addition, made by the very run that read the agreement without it."""
    world = make_world(count=1)
    first, *others = world.archive.agreements[nights.NIGHT]
    assert isinstance(first, Agreement)
    made = first.additions[0]
    world.archive.agreements[nights.NIGHT] = (replace(first, additions=()), *others)
    (mapping, *_) = world.books.mappings["customer-0"]
    answer = await post(browse, world, WISH)
    assert "1 mapped licence on agreements" in to_words(answer.text), "nobody knows the addition: nothing is silent"
    entry = LedgerEntry(mapping.id, date(2026, 1, 1), 0, make_timeline([(date(2026, 1, 1), 12)]), made.id, None)
    adoption = Adoption(mapping.id, 0, first.id, (made,), entry, date(2026, 11, 1), "Ada")
    world.books.journals[mapping.id] = LineJournal(mapping.id, adoptions=(adoption,))
    words = to_words((await post(browse, world, WISH)).text)
    assert "changes 1 addition of 1 customer, +24.00 EUR a month" in words


async def test_what_cannot_be_told_is_said(browse: Open) -> None:
    """An agreement that could not be read, one whose periods nobody knows, and a customer that is only observed."""
    world = make_world()
    first, second, *others = world.archive.agreements[nights.NIGHT]
    assert isinstance(second, Agreement)
    unknown = replace(second, facts=replace(INVOICED, invoiced_through=None))
    world.archive.agreements[nights.NIGHT] = (UnreadableAgreement(first.id, "A page is missing."), unknown, *others)
    world.books.customers = tuple(replace(each, is_observed=each.id == "customer-2") for each in world.books.customers)
    answer = await post(browse, world, WISH)
    words = to_words(answer.text)
    assert "What saving this does cannot be told now." in words and "Save it all the same" in words
    assert "1 addition more on agreements whose billing periods nobody knows" in words
    assert "1 mapped licence on agreements that no night has read yet" in words
    assert "1 mapped licence of customers that are only observed" in words
    assert (await post(browse, world, carry_on(answer))).status_code == 303


async def test_before_any_night_nothing_can_be_told(browse: Open) -> None:
    world = make_world()
    world.runs.runs = ()
    assert "12 mapped licences on agreements that no night has read yet" in to_words(
        (await post(browse, world, WISH)).text
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"billable": "no_charge"}, ("20.00 EUR, billable → 22.00 EUR, no charge", "−240.00 EUR")),
        ({"product": "502", "price": "psa"}, ("product 501, 20.00 EUR → Mailbox, 9.00 EUR", "1 Dec 2026")),
        ({"valid_from": ["", "2027-02-01"], "amount": ["22.00", "25.00"]}, ("from 1 Feb 2027 25.00 EUR instead of",)),
        ({"valid_from": ["2027-02-01"], "amount": ["25.00"]}, ("from 1 Feb 2027.", "20.00 EUR → 25.00 EUR")),
    ],
)
async def test_each_kind_of_change_has_its_words(
    browse: Open, changes: dict[str, str | list[str]], told: tuple[str, ...]
) -> None:
    world = make_world()
    words = to_words((await post(browse, world, WISH | changes)).text)
    for each in told:
        assert each in words, words
