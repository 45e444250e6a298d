"""Billing profiles in the browser: made, changed, copied, removed; nothing typed is lost, nothing is overwritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from plans.catalogue import AgreementType, Product
from plans.errors import Retry
from profiles.billing import (
    Basis,
    BillableOption,
    BillingProfile,
    Customer,
    CustomPrice,
    DatedPrice,
    DescriptionOptions,
    KeptPrice,
    MappingDefaults,
    PsaPrice,
)
from tests.unit.web.conftest import Open
from tests.unit.web.connection_fakes import CONNECTWISE, FakeCatalogue
from tests.unit.web.fakes import World, sign_in_headers
from tests.unit.web.pages import read_csv, read_source, read_words, to_words
from tests.unit.web.tenants import PREMIUM as PREMIUM_SKU
from tests.unit.web.tenants import make_mapping
from web.actions.noting import digest_seen
from web.pages import profile_form
from web.sheet import Sheet


def make_product(number: int, name: str, **changes: Any) -> Product:
    price = Decimal("20.00")
    return replace(Product(str(number), f"SKU-{number}", name, "Service", price, None, True, False), **changes)


OFFERED = FakeCatalogue(
    products=(
        make_product(41, "Microsoft 365 Business Premium"),
        make_product(42, "Exchange Online Plan 1"),
        make_product(43, "Old product", is_inactive=True),
        make_product(44, "A bundle", fits_additions=False),
    ),
    types=(
        AgreementType("1", "Managed services", False),
        AgreementType("2", "Project", False),
        AgreementType("3", "Retired", True),
    ),
)
OURS = {"Sec-Fetch-Site": "same-origin"}
PREMIUM = BillingProfile("premium", "Business Premium", "connectwise", "41", BillableOption.BILLABLE)
WISH: dict[str, str | list[str]] = {
    "name": "Exchange, monthly",
    "connection": "connectwise",
    "product": "42",
    "types": ["1"],
    "price": "custom",
    "valid_from": ["", "2027-01-01"],
    "amount": ["4.20", "4.5"],
    "billable": "billable",
    "basis": "assigned",
    "included": "2",
    "minimum": "3",
    "maximum": "",
    "prorates": "yes",
    "committed_floor": "yes",
    "own_text": "Post",
    "user_names": "yes",
}


def connected_world() -> World:
    world = World()
    world.connections.psa[CONNECTWISE.id] = CONNECTWISE
    world.connections.catalogue = replace(OFFERED)
    return world


async def post(browse: Open, world: World, path: str, form: dict[str, str | list[str]]) -> httpx.Response:
    async with browse(world) as client:
        return await client.post(path, data=form, headers=sign_in_headers() | OURS)


async def test_a_profile_is_made_with_every_option(browse: Open) -> None:
    world = connected_world()
    answer = await post(browse, world, "/profiles/new", WISH)
    assert answer.status_code == 303, to_words(answer.text)
    (made,) = world.profiles.profiles.values()
    assert made.id.startswith("exchange-monthly-")
    assert replace(made, id="x") == BillingProfile(
        id="x",
        name="Exchange, monthly",
        connection_id="connectwise",
        product_id="42",
        billable_option=BillableOption.BILLABLE,
        price=CustomPrice(
            (DatedPrice(date(2000, 1, 1), Decimal("4.20")), DatedPrice(date(2027, 1, 1), Decimal("4.50")))
        ),
        agreement_type_ids=("1",),
        product_name="Exchange Online Plan 1",
        defaults=MappingDefaults(
            Basis.ASSIGNED, 2, 3, None, True, False, DescriptionOptions(own_text="Post", user_names=True)
        ),
    )
    (entry,) = world.audit.entries
    assert entry.sentence == "Ada Administrator made the billing profile Exchange, monthly." and not entry.before
    words = await read_words(browse, world, "/profiles")
    assert "1 billing profile, 0 seats billed by them." in words and "4.20 EUR 4.50 EUR from 1 Jan 2027" in words


async def test_a_price_of_nothing_that_is_billable_is_asked_about(browse: Open) -> None:
    world = connected_world()
    free: dict[str, str | list[str]] = WISH | {"amount": ["4.20", "0.00"]}
    asked = await post(browse, world, "/profiles/new", free)
    assert asked.status_code == 422 and not world.profiles.profiles
    assert 'id="bill_at_zero-trouble"' in asked.text and "invoice for nothing" in to_words(asked.text)
    assert 'name="bill_at_zero" value="yes">' in asked.text
    kept = await post(browse, world, "/profiles/new", free | {"bill_at_zero": "yes"})
    assert kept.status_code == 303
    async with browse(world) as client:
        page = await client.get(f"/profiles/{next(iter(world.profiles.profiles))}", headers=sign_in_headers())
    assert 'name="bill_at_zero" value="yes" checked' in page.text, "what was said once is not asked again"


@pytest.mark.parametrize("fields", [{"billable": "no_charge"}, {"price": "psa"}], ids=["no charge", "the PSA's"])
async def test_a_price_of_nothing_that_is_not_billed_is_not_asked_about(browse: Open, fields: dict[str, str]) -> None:
    answer = await post(browse, connected_world(), "/profiles/new", {**WISH, "amount": ["0", "0"], **fields})
    assert answer.status_code == 303


@pytest.mark.parametrize("price", [PsaPrice(), KeptPrice(), CustomPrice((DatedPrice(date(2026, 4, 1), Decimal(9)),))])
def test_a_profile_survives_its_own_form(price: PsaPrice | KeptPrice | CustomPrice) -> None:
    offer = profile_form.make_offer("connectwise", OFFERED.products, OFFERED.types)
    profile = replace(
        PREMIUM,
        price=price,
        product_name="Microsoft 365 Business Premium",
        agreement_type_ids=("2",),
        defaults=MappingDefaults(Basis.PURCHASED, 1, 2, 7, False, True, DescriptionOptions("x", True, True, True)),
    )
    assert profile_form.read(profile_form.fill(profile), "premium", offer, [profile]) == profile


@pytest.mark.parametrize(
    ("changes", "field", "trouble"),
    [
        ({"name": ""}, "name", "Give the profile a name"),
        ({"name": "BUSINESS premium"}, "name", "There is a billing profile “BUSINESS premium” already."),
        ({"name": "x" * 101}, "name", "longer than 100"),
        ({"product": "43"}, "product", "Choose the product"),
        ({"product": "44"}, "product", "Choose the product"),
        ({"price": "free"}, "price", "Choose where the price comes from."),
        ({"valid_from": ["", ""], "amount": ["", ""]}, "amount", "Type at least one price."),
        ({"valid_from": ["", ""], "amount": ["4", "5"]}, "amount", "There are two prices from 1 Jan 2000 on."),
        ({"valid_from": ["2027-02-30"], "amount": ["4"]}, "amount", "“2027-02-30” is no day."),
        ({"valid_from": ["9999-12-31"], "amount": ["4"]}, "amount", "Choose a day from 1 Jan 2000 to 31 Dec 2099."),
        ({"name": " \u200b\u202e "}, "name", "Give the profile a name"),
        ({"valid_from": ["2027-02-01"], "amount": [""]}, "amount", "Type the price beside each day"),
        ({"amount": ["4.205", ""], "valid_from": ["", ""]}, "amount", "“4.205” is no price."),
        ({"amount": ["-1", ""], "valid_from": ["", ""]}, "amount", "“-1” is no price."),
        ({"amount": ["١٢", ""], "valid_from": ["", ""]}, "amount", "“١٢” is no price."),
        ({"amount": ["NaN", ""], "valid_from": ["", ""]}, "amount", "“NaN” is no price."),
        ({"billable": "maybe"}, "billable", "Choose what the PSA does."),
        ({"maximum": "2"}, "maximum", "cannot be less than the least, which is 3"),
        ({"included": "-1"}, "included", "Type a whole number of seats"),
    ],
)
async def test_what_does_not_fit_stands_beside_its_field_and_what_was_typed_stays(
    browse: Open, changes: dict[str, str | list[str]], field: str, trouble: str
) -> None:
    world = connected_world()
    world.profiles.profiles = {"premium": PREMIUM}
    answer = await post(browse, world, "/profiles/new", WISH | changes)
    assert answer.status_code == 422 and trouble in to_words(answer.text)
    assert f'id="{field}-trouble"' in answer.text and 'value="Post"' in answer.text
    assert world.profiles.profiles == {"premium": PREMIUM} and world.audit.entries == []


async def test_finding_a_product_keeps_nothing_and_loses_nothing(browse: Open) -> None:
    world = connected_world()
    answer = await post(browse, world, "/profiles/new", WISH | {"search": "premium business", "find": "yes"})
    words = to_words(answer.text)
    assert answer.status_code == 200 and world.profiles.profiles == {}
    assert "Microsoft 365 Business Premium" in words and "Old product" not in words and "A bundle" not in words
    assert 'value="Exchange, monthly"' in answer.text and 'value="42" checked' in answer.text


async def test_who_saves_what_somebody_else_changed_is_told(browse: Open) -> None:
    world = connected_world()
    world.profiles.profiles = {"premium": PREMIUM}
    changed = replace(PREMIUM, name="Premium, 2027")

    async def save(profile: BillingProfile, expected: BillingProfile | None) -> bool:
        world.profiles.profiles["premium"] = changed
        return expected == changed

    world.configuration.save_profile = save  # type: ignore[method-assign]
    answer = await post(browse, world, "/profiles/premium", WISH | {"seen": digest_seen(PREMIUM)})
    assert answer.status_code == 409 and "Somebody else changed this profile meanwhile." in to_words(answer.text)
    assert world.profiles.profiles == {"premium": changed} and world.audit.entries == []


async def test_a_form_that_was_opened_before_somebody_saved_overwrites_nothing(browse: Open) -> None:
    """Ada sets the price to 26.00; Oskar, whose form is older, changes the name only: his would set 22.50 again."""
    world = connected_world()
    world.profiles.profiles = {
        "premium": replace(PREMIUM, price=CustomPrice((DatedPrice(date(2026, 1, 1), Decimal(26)),)))
    }
    stale = WISH | {"name": "Premium", "seen": digest_seen(PREMIUM)}
    answer = await post(browse, world, "/profiles/premium", stale)
    assert answer.status_code == 409 and "Somebody else changed this profile meanwhile." in to_words(answer.text)
    assert world.profiles.profiles["premium"].name == "Business Premium" and world.audit.entries == []
    fresh = WISH | {"name": "Premium", "seen": digest_seen(world.profiles.profiles["premium"])}
    assert (await post(browse, world, "/profiles/premium", fresh)).status_code == 303
    assert world.profiles.profiles["premium"].name == "Premium"


async def test_a_profile_in_use_stays_and_an_unused_one_goes(browse: Open) -> None:
    world = connected_world()
    world.profiles.profiles = {"premium": PREMIUM, "spare": replace(PREMIUM, id="spare", name="Spare")}
    customer = Customer("c1", "Alder", "tenant-1", "connectwise", "1")
    world.books.customers = (customer,)
    world.books.mappings = {customer.id: (make_mapping(1, PREMIUM_SKU, "premium"),)}
    assert "used" in (await post(browse, world, "/profiles/premium/remove", {})).headers["location"]
    assert "removed" in (await post(browse, world, "/profiles/spare/remove", {})).headers["location"]
    assert list(world.profiles.profiles) == ["premium"]
    assert [entry.subject for entry in world.audit.entries] == ["profile/spare"]
    assert "Map those licences to another profile first." in await read_words(browse, world, "/profiles/premium")


async def test_a_copy_has_a_name_of_its_own(browse: Open) -> None:
    world = connected_world()
    world.profiles.profiles = {"premium": PREMIUM}
    source = await read_source(browse, world, "/profiles/new?copy=premium")
    assert 'value="Business Premium, copy"' in source and 'value="41" checked' in source


async def test_a_psa_that_does_not_answer_is_said_and_nothing_is_kept(browse: Open) -> None:
    world = connected_world()
    world.connections.catalogue.error = Retry("ConnectWise answered 503.")
    answer = await post(browse, world, "/profiles/new", WISH)
    assert answer.status_code == 422 and "cannot be read. ConnectWise answered 503." in to_words(answer.text)
    assert world.profiles.profiles == {} and 'value="Exchange, monthly"' in answer.text


async def test_while_the_psa_cannot_be_read_what_was_chosen_stays_and_nothing_can_be_saved(browse: Open) -> None:
    world = connected_world()
    world.profiles.profiles = {"premium": replace(PREMIUM, agreement_type_ids=("3",))}
    world.connections.catalogue.error = Retry("ConnectWise answered 503.")
    source = await read_source(browse, world, "/profiles/premium")
    words = to_words(source)
    assert "Nothing can be saved meanwhile; what stands below is kept." in words and "0 products" not in source
    assert "Save this profile" not in words and "Ask the PSA again" in words
    assert 'value="41" checked' in source and 'name="types" value="3" checked' in source
    refused = await post(browse, world, "/profiles/premium", WISH | {"seen": digest_seen(PREMIUM)})
    assert refused.status_code == 422 and world.profiles.profiles["premium"].name == PREMIUM.name
    again = await post(browse, world, "/profiles/premium", WISH | {"edit": "yes"})
    assert again.status_code == 200 and 'value="Exchange, monthly"' in again.text


async def test_before_the_psa_is_connected_the_list_leads_there(browse: Open) -> None:
    world = World()
    words = await read_words(browse, world, "/profiles")
    assert "Connect the PSA" in words and "New billing profile" not in words


async def test_a_reader_looks_and_finds_no_button(browse: Open) -> None:
    world = connected_world()
    world.profiles.profiles = {"premium": PREMIUM}
    async with browse(world) as client:
        answer = await client.get("/profiles/premium", headers=sign_in_headers(["Reader"]))
    main = answer.text[answer.text.index("<main") : answer.text.index("<dialog")]
    assert "main-button" not in main and '<fieldset class="whole-form" disabled>' in main


async def test_the_file_has_the_rows_of_the_list(browse: Open) -> None:
    world = connected_world()
    world.profiles.profiles = {"premium": replace(PREMIUM, name="=cmd()")}
    rows = await read_csv(browse, world, "/profiles.csv")
    assert rows[1] == ["'=cmd()", "Product 41", "The PSA's", "Billable", "0", "0"]


def test_a_sheet_without_prices_has_rows_to_type_into() -> None:
    assert profile_form.list_price_rows(Sheet()) == [("", ""), ("", "")]


async def test_a_profile_that_is_changed_is_kept_and_noted_with_before_and_after(browse: Open) -> None:
    world = connected_world()
    world.profiles.profiles = {"premium": PREMIUM}
    answer = await post(browse, world, "/profiles/premium", WISH | {"seen": digest_seen(PREMIUM)})
    assert answer.headers["location"] == "/profiles?told=saved"
    assert world.profiles.profiles["premium"].name == "Exchange, monthly"
    (entry,) = world.audit.entries
    assert PREMIUM.name in entry.before and "Exchange, monthly" in entry.after


async def test_who_is_overtaken_by_one_of_the_same_name_is_told_so(browse: Open) -> None:
    """Also a form that is sent twice: one profile, and the second answer says that it is there."""
    world = connected_world()

    async def save(profile: BillingProfile, expected: BillingProfile | None) -> bool:
        world.profiles.profiles["overtook"] = replace(profile, id="overtook")
        return False

    world.configuration.save_profile = save  # type: ignore[method-assign]
    answer = await post(browse, world, "/profiles/new", WISH)
    assert answer.status_code == 409 and "There is a billing profile “Exchange, monthly” already." in to_words(
        answer.text
    )


async def test_a_psa_that_bills_every_seat_is_offered_nothing_else(browse: Open) -> None:
    world = connected_world()
    world.connections.catalogue = replace(OFFERED, billable_options=(BillableOption.BILLABLE,))
    words = await read_words(browse, world, "/profiles/new")
    assert "Billable the seats are invoiced" in words
    assert "No charge" not in words and "Not invoiced" not in words
    answer = await post(browse, world, "/profiles/new", WISH | {"billable": "no_charge"})
    assert answer.status_code == 422
    assert "Choose what the PSA does." in to_words(answer.text)


async def test_a_type_that_the_psa_offers_no_more_stays_until_a_person_drops_it(browse: Open) -> None:
    """Without it the profile would be free to bill on every agreement."""
    world = connected_world()
    profile = replace(PREMIUM, agreement_type_ids=("3",))
    world.profiles.profiles = {"premium": profile}
    source = await read_source(browse, world, "/profiles/premium")
    assert "A type that the PSA does not offer any more" in source
    form = WISH | {"name": "Renamed", "product": "41", "price": "psa", "seen": digest_seen(profile)}
    kept = await post(browse, world, "/profiles/premium", form | {"types": ["3"]})
    assert kept.status_code == 303 and world.profiles.profiles["premium"].agreement_type_ids == ("3",)
    unknown = await post(browse, world, "/profiles/new", WISH | {"types": ["1", "99"]})
    assert unknown.status_code == 422
    assert "One of the types is not in the PSA any more. Choose among these." in to_words(unknown.text)


async def test_a_connection_that_was_removed_meanwhile_is_said(browse: Open) -> None:
    answer = await post(browse, connected_world(), "/profiles/new", WISH | {"connection": "gone"})
    assert answer.status_code == 422
    assert "This PSA connection was removed. Begin the profile again, with one that is there." in to_words(answer.text)


async def test_a_profile_whose_connection_was_removed_leads_to_a_new_one(browse: Open) -> None:
    world = connected_world()
    world.profiles.profiles = {"premium": PREMIUM}
    world.connections.psa.clear()
    source = await read_source(browse, world, "/profiles/premium")
    words = to_words(source)
    assert (
        "Make a new profile or connect the PSA again" in words
        and '<a class="main-button" href="/profiles/new">' in source
    )
    assert "Ask the PSA again" not in words and "Save this profile" not in words
