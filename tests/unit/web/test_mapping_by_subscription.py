"""One line for each subscription, through the pages, a file and the API."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from profiles.billing import Basis, MappingDefaults
from profiles.holdings import HeldSubscription, Holding
from profiles.licences import PartnerSubscription, Subscription, SubscriptionStatus, Term
from profiles.parts import OneSubscription
from tests.unit.web import nights, tenants
from tests.unit.web.conftest import Open
from tests.unit.web.many_fakes import make_many, replace_row
from tests.unit.web.mapping_fakes import CUSTOMER, MappingWorld, address, make_mapping, make_world
from tests.unit.web.pages import to_words
from tests.unit.web.tenants import EXCHANGE, PREMIUM
from tests.unit.web.test_forms_api import LINE, call
from tests.unit.web.test_map_many import OURS
from tests.unit.web.test_mapping import Person, trouble, words_of
from tests.unit.web.test_mapping_csv import NAME, PROFILE, apply, preview
from web.pages.change_words import FieldChange
from web.pages.hold_counts import Counted, MicrosoftCounts, make_counts_view
from web.pages.invoice_gaps import name_bought
from web.pages.mapping_split import MOST_SUBSCRIPTIONS

IDS = ("1a2b3c4d-0000-4000-8000-000000000001", "9f8e7d6c-0000-4000-8000-000000000002")
ONE, TWO = map(OneSubscription, IDS)
API = f"/customers/customer-0/licences/{PREMIUM}/map"


def sell(id_: str, seats: int, term: Term | None = Term.ANNUAL) -> PartnerSubscription:
    """A purchase of Business Premium that renews on 3 March."""
    made = tenants.make_partner(PREMIUM, seats, Term.ANNUAL, date(2027, 3, 3))
    return replace(made, id=id_, term=term, offer_name="Business Premium (offer)")


def list_row(id_: str, seats: int) -> Subscription:
    """The same as the directory shows it."""
    ends = datetime(2027, 3, 3, tzinfo=UTC)
    status = SubscriptionStatus.ENABLED
    return Subscription(f"d-{id_}", PREMIUM, "SPB", status, seats, False, None, ends, id_.upper())


def own(*bought: tuple[str, int], world: MappingWorld | None = None, partner: bool = True, **sold: Any) -> MappingWorld:
    """Harbour Dental with these subscriptions of Business Premium: 10 and 2 where none are named."""
    world = world or make_world()
    ((key, snapshot),) = world.archive.snapshots.items()
    bought = bought or ((IDS[0], 10), (IDS[1], 2))
    others = tuple(each for each in snapshot.partner_subscriptions or () if each.sku_id != PREMIUM)
    rows = tuple(each for each in snapshot.subscriptions if each.sku_id != PREMIUM)
    world.archive.snapshots[key] = replace(
        snapshot,
        subscriptions=(*rows, *(list_row(*each) for each in bought)),
        partner_subscriptions=(*others, *(sell(*each, **sold) for each in bought)) if partner else None,
    )
    return world


def fields_of(*parts: OneSubscription, profile: str = "premium", agreement: str = "400") -> dict[str, Any]:
    """The form cut by subscription, each line on this agreement."""
    lines = {f"profile-{part.subscription_id}": profile for part in parts}
    return {"split": "subscription"} | lines | {f"agreement-{part.subscription_id}": agreement for part in parts}


@pytest.mark.parametrize("partner", [True, False], ids=["Partner Center", "directory"])
async def test_it_is_split_with_both_halves_shown_before_and_merged_back(partner: bool, browse: Open) -> None:
    """One commit each way. Where only the directory is read it works as well."""
    world = own(partner=partner)
    world.bill(make_mapping(), 12)
    person = Person(browse, world)
    source = await person.get(address(PREMIUM))
    said = "annual, renews 3 Mar 2027" if partner else "until 3 Mar 2027"
    offer = " of Business Premium (offer)" if partner else ""
    assert f"Subscription 1a2b3c4d ({said}): 10 seats{offer}" in to_words(source)
    assert "One line for each subscription" in to_words(source)
    changes = fields_of(ONE) | {f"profile-{IDS[1]}": "mail"}
    words = await person.preview(PREMIUM, **changes)
    assert "(subscription 1a2b3c4d only) Takes over, +200.00 EUR a month 0 10" in words
    assert "Together 12 12" in words
    await person.save(PREMIUM, **changes)
    old, one, two = world.mapped
    assert old.is_ended and one.follows == two.follows == (old.id,)
    assert (one.part, one.profile_id, two.part, two.profile_id) == (ONE, "premium", TWO, "mail")
    told = await person.words(f"{CUSTOMER}?told=mapped&sku={PREMIUM}")
    assert "Microsoft 365 Business Premium is mapped. It is written by the night of" in told
    active = "annual" if partner else "active"
    assert (
        f"Microsoft 365 Business Premium, subscription 1a2b3c4d only SPB 10 {active}, to 3 Mar 2027 10 11"
        in told.replace("\u00a0", " ")
    )
    assert "in all" in told
    assert (await person.fill(PREMIUM))["split"] == "subscription"
    await person.save(PREMIUM, split="merged")
    assert world.mapped[-1].part is None and set(world.mapped[-1].follows) == {one.id, two.id}
    assert [each.is_ended for each in world.mapped] == [True, True, True, False]


async def test_from_terms_to_subscriptions_and_back(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(part=Term.ANNUAL), 10)
    world.bill(make_mapping(part=Term.MONTHLY, profile_id="mail"), 2, "9002")
    person = Person(browse, world)
    await person.save(PREMIUM, split="subscription")
    assert [type(each.part) for each in world.mapped if not each.is_ended] == [OneSubscription, OneSubscription]
    await person.save(PREMIUM, split="split")
    assert {each.part for each in world.mapped if not each.is_ended} == {Term.ANNUAL, Term.MONTHLY}


async def test_a_subscription_that_was_bought_after_the_split_is_listed_first_and_leads_to_its_mapping(
    browse: Open,
) -> None:
    """10 are mapped; 2 in another subscription came later, and nothing bills them."""
    world = own()
    world.bill(make_mapping(part=ONE), 10)
    person = Person(browse, world)
    source = await person.get(CUSTOMER)
    words = words_of(source)
    assert "Microsoft 365 Business Premium, subscription 9f8e7d6c only" in words and "Unmapped subscription" in words
    assert "2 seats of it billed by no mapping: it is split, and this subscription came later." in words
    assert f'href="{address(PREMIUM)}">Decide about it' in source
    assert words.index("subscription 9f8e7d6c only") < words.index("subscription 1a2b3c4d only")
    await person.save(PREMIUM, **fields_of(TWO, profile="mail"))
    assert [(each.part, each.follows) for each in world.mapped] == [(ONE, ()), (TWO, ())]
    assert "Unmapped subscription" not in await person.words(CUSTOMER)


async def test_the_line_of_a_subscription_that_is_over_ends_with_the_next_saving(browse: Open) -> None:
    """As long as it bills, it stands in the form."""
    world = own((IDS[0], 12))
    world.bill(make_mapping(part=ONE), 12)
    world.map(make_mapping(id="m-over", part=TWO))
    person = Person(browse, world)
    assert IDS[1] not in await person.get(address(PREMIUM))
    await person.save(PREMIUM)
    assert [(each.part, each.is_ended) for each in world.mapped] == [(ONE, False), (TWO, True)]
    world.books.mappings["customer-0"] = ()
    world.bill(make_mapping(part=TWO), 2)
    source = await person.get(address(PREMIUM))
    assert "Subscription 9f8e7d6c: without a seat now" in to_words(source)


async def test_where_all_of_them_are_over_it_begins_as_one_line(browse: Open) -> None:
    world = own((IDS[0], 0))
    world.map(make_mapping(part=TWO))
    assert (await Person(browse, world).fill(PREMIUM))["split"] == "merged"


@pytest.mark.parametrize(
    ("world", "reason"),
    [
        (own(partner=False), "Nobody can tell the terms of this licence apart: only Partner Center shows them."),
        (own(), "It was not bought with more than one term."),
        (own(term=None), "12 seats of it were bought without a term, and would be in no line."),
        (own((IDS[0], 1), (IDS[1], 0), ("third", 1)), "It was not bought with more than one term."),
    ],
)
async def test_what_is_not_possible_is_disabled_with_its_reason(world: MappingWorld, reason: str, browse: Open) -> None:
    person = Person(browse, world)
    source = await person.get(address(PREMIUM))
    assert re.search(r'value="split" disabled', source) and reason in to_words(source)
    refused = await person.save(PREMIUM, 422, profile="premium", agreement="400", split="split")
    assert trouble(refused.text, "split").startswith(reason)
    assert not re.search(r'value="subscription" disabled', source)


async def test_one_subscription_is_nothing_to_split_and_very_many_are_too_many(browse: Open) -> None:
    person = Person(browse, own())
    assert "split-choice" not in await person.get(address(EXCHANGE))
    refused = await person.save(EXCHANGE, 422, profile="mail", agreement="400", split="subscription")
    assert trouble(refused.text, "split").startswith("It is not bought in more than one subscription.")
    crowd = [(f"{number:08}-0000", 1) for number in range(MOST_SUBSCRIPTIONS + 1)]
    source = await Person(browse, own(*crowd)).get(address(PREMIUM))
    assert "more than 24 subscriptions" in source and 'value="subscription" disabled' in source


async def test_a_seat_without_a_term_is_told_alone_as_well(browse: Open) -> None:
    world = own()
    ((key, snapshot),) = world.archive.snapshots.items()
    bare = replace(sell("third", 1), term=None)
    world.archive.snapshots[key] = replace(
        snapshot, partner_subscriptions=(*(snapshot.partner_subscriptions or ()), bare)
    )
    assert "1 seat of it was bought without a term" in await Person(browse, world).words(address(PREMIUM))
    world.map(make_mapping(part=Term.ANNUAL))
    words = await Person(browse, world).words(address(PREMIUM))
    assert "1 seat of it was bought without a term and is in no line. Cut it by subscription, or bill it in" in words


async def test_assigned_seats_belong_to_no_subscription(browse: Open) -> None:
    person = Person(browse, own())
    refused = await person.save(PREMIUM, 422, basis="assigned", **fields_of(ONE, TWO))
    assert trouble(refused.text, "split").startswith("An assigned seat belongs to no subscription.")


async def test_a_licence_that_was_never_read_can_be_cut_by_nothing(browse: Open) -> None:
    """It is mapped and the tenant has it no more."""
    world = own()
    ((key, snapshot),) = world.archive.snapshots.items()
    world.archive.snapshots[key] = replace(snapshot, licences=())
    world.map(make_mapping())
    assert "split-choice" not in await Person(browse, world).get(address(PREMIUM))


async def test_what_waits_and_what_an_invoice_would_lack_name_the_subscription() -> None:
    """By what the newest run kept of the licence."""
    held = HeldSubscription(ONE, 10, Term.ANNUAL, date(2027, 3, 3))
    holding = Holding(PREMIUM, "SPB", 12, 11, ((Term.ANNUAL, 12),), subscriptions=(held,))
    said = "subscription 1a2b3c4d (annual, renews 3 Mar 2027)"
    assert name_bought(ONE, holding) == f" in {said}" and name_bought(Term.ANNUAL, holding) == " bought annual"
    assert name_bought(None, holding) == ""
    counts = MicrosoftCounts(make_mapping(part=ONE), Counted(nights.NIGHT, holding), None)
    assert make_counts_view(counts).fields[0] == FieldChange(f"Purchased, {said}", "", "10")
    before = replace(counts, before=Counted("2026-11-20", replace(holding, subscriptions=None)))
    assert make_counts_view(before).fields[0].before == "", "a run of before kept no subscriptions"


# By a file


HEAD = "Customer,Licence,Term,Subscription,Billing profile,Agreement"


def row(number: int, subscription: str = "", term: str = "") -> str:
    return f"Customer {number:04},{NAME},{term},{subscription},{PROFILE},"


def make_cut(**profile: Any) -> Any:
    """The customers of `many_fakes`; the fourth one's licence is two subscriptions."""
    world = make_many(**profile)
    planned = next(each for each in world.runs.tenants[nights.NIGHT] if each.customer_ids == ("customer-3",))
    premium, *others = planned.holdings
    held = (HeldSubscription(ONE, 7, Term.ANNUAL, date(2027, 3, 3)), HeldSubscription(TWO, 3))
    replace_row(world, replace(planned, holdings=(replace(premium, subscriptions=held), *others)))
    return world


async def test_rows_of_a_file_name_subscriptions(browse: Open) -> None:
    world = make_cut()
    page = await preview(browse, world, "\n".join([HEAD, row(3, IDS[0].upper()), row(3, IDS[1])]))
    words = to_words(page)
    assert "Business Premium, subscription 1a2b3c4d (annual, renews 3 Mar 2027)" in words
    assert "2 licences can be mapped." in words
    await apply(browse, world, page)
    assert [each.part for each in world.books.mappings["customer-3"]] == [ONE, TWO]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([row(3, IDS[0]), row(3, IDS[0].upper())], "This is the same licence as in line 2."),
        ([row(3, IDS[0]), row(3)], "Line 2 names the same licence. It is billed in one line, in a line for each term,"),
        ([row(3), row(3, IDS[0])], "Line 2 names the same licence."),
        ([row(3, term="annual"), row(3, IDS[0])], "Line 2 names the same licence."),
        ([row(3, "nowhere")], f"No subscription with seats has the id “nowhere”. It has {IDS[0]} and {IDS[1]}."),
        ([row(4, IDS[0])], "It has none."),
        ([row(3, IDS[0], "annual")], "A line is of a term or of a subscription. Leave one of the two empty."),
    ],
)
async def test_a_row_that_would_count_a_seat_twice_or_means_nothing_is_bad(
    rows: list[str], sentence: str, browse: Open
) -> None:
    page = await preview(browse, make_cut(), "\n".join([HEAD, *rows]))
    assert sentence in to_words(page)


async def test_no_row_beside_another_way_of_cutting(browse: Open) -> None:
    world = make_cut()
    world.books.mappings["customer-3"] = (replace(tenants.make_mapping(3, PREMIUM, "premium"), part=Term.ANNUAL),)
    page = await preview(browse, world, "\n".join([HEAD, row(3, IDS[1])]))
    assert "is mapped here already, or excluded." in page


async def test_assigned_seats_of_a_file_have_no_subscription(browse: Open) -> None:
    world = make_cut(defaults=MappingDefaults(basis=Basis.ASSIGNED))
    page = await preview(browse, world, "\n".join([HEAD, row(3, IDS[0])]))
    assert "an assigned seat belongs to no subscription" in page


async def test_an_unmapped_subscription_can_be_filled_in_and_comes_back(browse: Open) -> None:
    world = make_cut()
    world.books.mappings["customer-3"] = (replace(tenants.make_mapping(3, PREMIUM, "premium"), part=ONE),)
    async with browse(world) as client:
        text = (await client.get("/tools/import.csv", headers=OURS)).content.decode("utf-8-sig")
    assert f"SPB,,{IDS[1]},,,3" in text
    page = await preview(browse, world, text.replace(f"{IDS[1]},,", f"{IDS[1]},{PROFILE},"))
    assert "subscription 9f8e7d6c" in page
    await apply(browse, world, page)
    assert [each.part for each in world.books.mappings["customer-3"]] == [ONE, TWO]


# By the API


async def test_the_api_splits_by_subscription_and_reads_back_what_it_did(browse: Open) -> None:
    world = own()
    world.bill(make_mapping(), 12)
    read = (await call(browse, world, API)).json()
    assert [each["id"] for each in read["subscriptions"]] == list(IDS) and read["terms"] == []
    lines = [LINE | {"subscription_id": each.upper()} for each in IDS]
    body = {"split": True, "lines": lines, "seen": read["seen"]}
    shown = (await call(browse, world, f"{API}/preview", body)).json()
    assert shown["problem"] == "" and len(shown["lines"]) == 3
    assert (await call(browse, world, API, body)).json()["done"] != "same"
    assert [each.part for each in world.mapped] == [None, ONE, TWO]
    again = (await call(browse, world, API)).json()
    assert again["split"] and [each["subscription_id"] for each in again["lines"]] == list(IDS)
    fields = ("split", "lines", "basis", "starts_on", "prorates", "gives_credits", "seen", "own_text")
    assert (await call(browse, world, API, {name: again[name] for name in fields})).json()["done"] == "same"


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([LINE | {"subscription_id": IDS[0], "term": "P1Y"}], "lines.0"),
        ([LINE | {"subscription_id": IDS[0]}], "lines"),
        ([LINE | {"subscription_id": IDS[0]}, {"subscription_id": IDS[1]}], "lines.1.profile_id"),
    ],
)
async def test_a_line_that_is_of_two_things_or_missing_is_named(
    lines: list[dict[str, str]], field: str, browse: Open
) -> None:
    world = own()
    seen = (await call(browse, world, API)).json()["seen"]
    refused = await call(browse, world, API, {"split": True, "lines": lines, "seen": seen})
    assert refused.status_code == 422
    assert field in {each["field"] for each in refused.json()["errors"]}
    assert world.mapped == ()
