"""Through which Microsoft account a customer is read, and changing it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plans.errors import Retry
from profiles.licences import Snapshot, Term
from profiles.partners import NoGdap, PartnerModel
from profiles.parts import OneSubscription
from profiles.readings import Known, Reading
from tests.unit.web import nights
from tests.unit.web.accounts import DIRECT, GRANTED, make_reading, make_tenant
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World
from tests.unit.web.pages import read_source, read_words, to_words
from tests.unit.web.tenants import PREMIUM, make_mapping, make_snapshot, make_subscription
from tests.unit.web.test_customer_settings import find, post

OTHER = replace(GRANTED, id="ms-2", name="The new account", model=PartnerModel.INDIRECT_RESELLER)
PAGE = "/customers/customer-0/account"


def make_world() -> World:
    """Customer 0 is read through the first of two accounts; both list its tenant."""
    world = nights.typical_world()
    customer = world.books.customers[0]
    world.books.customers = (replace(customer, partner_account_id=GRANTED.id), *world.books.customers[1:])
    world.books.mappings = {customer.id: (make_mapping(0, PREMIUM, "premium"),)}
    world.connections.accounts = {GRANTED.id: GRANTED, OTHER.id: OTHER}
    world.archive.partner = make_reading(replace(make_tenant(1), tenant_id=customer.tenant_id))
    world.archive.snapshots[nights.NIGHT, customer.tenant_id] = make_snapshot(customer.tenant_id)
    return world


def reads(world: World, premium: int) -> Reading[Snapshot]:
    found = make_snapshot(world.books.customers[0].tenant_id)
    bought = (make_subscription(PREMIUM, premium), *found.subscriptions)
    return Known(replace(found, subscriptions=bought, partner_subscriptions=None))


async def test_settings_say_through_which_account_it_is_read(browse: Open) -> None:
    world = make_world()
    source = await read_source(browse, world, "/customers/customer-0/settings")
    assert "Our service account . It lists this tenant, with delegated access until" in to_words(source)
    assert f'href="{PAGE}"' in source
    assert f'href="{PAGE}"' not in await read_source(browse, world, "/customers/customer-0/settings", roles=("Reader",))
    del world.connections.accounts[GRANTED.id]
    assert "is not connected any more" in await read_words(browse, world, "/customers/customer-0/settings")


async def test_each_account_says_what_reading_through_it_means(browse: Open) -> None:
    words = await read_words(browse, make_world(), PAGE)
    assert "Our service account (now) It lists this tenant" in words
    assert "counted in Partner Center" in words and "counted in the tenant's own directory" in words
    world = make_world()
    world.archive.partner = make_reading(make_tenant(9))
    assert "It does not list this tenant, so it can hardly read it." in await read_words(browse, world, PAGE)
    shut = replace(make_tenant(1), tenant_id=world.books.customers[0].tenant_id, gdap=NoGdap())
    world.archive.partner = make_reading(shut)
    assert "It lists this tenant and cannot read it: no delegated access." in await read_words(browse, world, PAGE)
    world.archive.partner = None
    assert "Its tenants have not been listed yet." in await read_words(browse, world, PAGE)


async def test_a_tenants_own_consent_is_offered_to_that_tenant_only(browse: Open) -> None:
    world = make_world()
    own = replace(DIRECT, tenant_id=world.books.customers[0].tenant_id.upper(), consented_at=GRANTED.consented_at)
    world.connections.tenants = {own.id: own, "direct-2": replace(DIRECT, id="direct-2", name="Fabrikam")}
    words = await read_words(browse, world, PAGE)
    assert "Contoso, directly" in words and "Fabrikam" not in words


async def test_what_the_other_account_reads_stands_beside_what_was_read_last(browse: Open) -> None:
    world = make_world()
    world.licences.readings[OTHER.id] = reads(world, 14)
    source = await read_source(browse, world, f"{PAGE}?account={OTHER.id}")
    words = to_words(source)
    assert "Microsoft 365 Business Premium SPB yes 12 → 14 (+2)" in words
    assert "Read it through The new account from now on" in words
    assert world.licences.asked == [(world.books.customers[0].tenant_id, OTHER.id)]
    assert not world.audit.entries


async def test_an_account_that_tells_no_terms_is_said_to_where_a_term_is_billed(browse: Open) -> None:
    world = make_world()
    world.licences.readings[OTHER.id] = reads(world, 14)
    assert "does not tell terms" not in await read_words(browse, world, f"{PAGE}?account={OTHER.id}")
    annual = replace(make_mapping(0, PREMIUM, "premium"), part=Term.ANNUAL)
    world.books.mappings = {"customer-0": (annual,)}
    assert "does not tell terms" in await read_words(browse, world, f"{PAGE}?account={OTHER.id}")
    world.books.mappings = {"customer-0": (replace(annual, part=OneSubscription("s-1")),)}
    assert "does not tell terms" not in await read_words(browse, world, f"{PAGE}?account={OTHER.id}")


async def test_an_account_that_reads_nothing_is_said_to_before_it_is_chosen(browse: Open) -> None:
    world = make_world()
    words = await read_words(browse, world, f"{PAGE}?account={OTHER.id}")
    assert "Nothing now: The tenant has not let the application in." in words
    assert "leaves its additions as they are" in words

    async def refuse(tenant_id: str, account_id: str | None = None, keep: object = None) -> Reading[Snapshot]:
        raise Retry("Microsoft is busy.")

    world.licences.read_tenant = refuse  # type: ignore[method-assign]
    assert "Nothing now: Microsoft is busy." in await read_words(browse, world, f"{PAGE}?account={OTHER.id}")


async def test_the_account_it_has_is_not_read_again(browse: Open) -> None:
    world = make_world()
    for asked in (GRANTED.id, "nobody", ""):
        assert "from now on" not in await read_words(browse, world, f"{PAGE}?account={asked}")
    assert not world.licences.asked


async def test_choosing_is_kept_told_and_noted_once(browse: Open) -> None:
    world = make_world()
    form = {"account": OTHER.id, "seen": GRANTED.id}
    for _ in range(2):
        answer = await post(browse, world, PAGE, form)
        assert answer.headers["location"] == "/customers/customer-0/settings?told=account"
    assert find(world, "customer-0").partner_account_id == OTHER.id
    (entry,) = world.audit.entries
    assert "read through the Microsoft account The new account" in entry.sentence
    assert world.books.history["customer-0"][0].sentence.startswith("Ada Administrator has it read through")


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"account": "ms-9", "seen": GRANTED.id}, 422, "Choose one of the accounts."),
        ({"account": OTHER.id, "seen": "ms-9"}, 409, "Somebody chose another account a moment ago."),
    ],
)
async def test_what_cannot_be_chosen_changes_nothing(
    browse: Open, form: dict[str, str], status: int, said: str
) -> None:
    world = make_world()
    answer = await post(browse, world, PAGE, form)
    assert answer.status_code == status and said in to_words(answer.text)
    assert find(world, "customer-0").partner_account_id == GRANTED.id and not world.audit.entries
