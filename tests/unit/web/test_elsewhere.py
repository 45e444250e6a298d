"""What another agreement of the company bills already: told in the preview, and the licence mapped there instead."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from plans.agreements import Addition
from plans.changes import HoldRule
from plans.errors import Retry
from profiles.billing import BillableOption
from tests.unit.web import adoption_fakes
from tests.unit.web.conftest import Open
from tests.unit.web.mapping_fakes import MappingWorld, address, make_world
from tests.unit.web.tenants import PREMIUM
from tests.unit.web.test_approvals import get
from tests.unit.web.test_mapping import Person, read_fields

TOLD = "Addition 7 of agreement 401 bills 8 of the same product since 1 Mar 2024, and no licence has it."


def typed_elsewhere() -> MappingWorld:
    """8 seats of product 501, Business Premium's, were typed on agreement 401 in March 2024."""
    world = make_world()
    typed = Addition("7", "501", Decimal(8), date(2024, 3, 1), None, BillableOption.BILLABLE, "", Decimal("20.00"))
    world.catalogue.put(typed, agreement_id="401")
    return world


async def test_the_preview_names_it_and_leads_to_the_mapping_there(browse: Open) -> None:
    """12 seats on agreement 400 would be billed beside the 8 of 401. The link opens the form with 401 picked, and by
    that the same 8 are there to be adopted."""
    person = Person(browse, typed_elsewhere())
    shown = await person.preview(PREMIUM, profile="premium", agreement="400")
    assert TOLD in shown and "Would be held" in shown
    assert "Map it on Cloud (agreement 401) instead, and adopt it there" in shown
    fields = await person.fill(PREMIUM, profile="premium", agreement="400")
    source = (await person.post(address(PREMIUM, "map/preview"), 200, **fields)).text
    found = re.search(r'href="([^"]*agreement=401[^"]*)"', source)
    assert found is not None
    picked = read_fields(await person.get(html.unescape(found[1])))
    assert (picked["agreement"], picked["profile"]) == ("401", "premium")
    there = await person.preview(PREMIUM, profile="premium", agreement="401")
    assert TOLD not in there and "Addition 7 of the same product already bills on this agreement" in there


async def test_where_the_profile_may_not_bill_there_it_says_so(browse: Open) -> None:
    world = typed_elsewhere()
    premium = world.profiles.profiles["premium"]
    world.profiles.profiles["premium"] = replace(premium, agreement_type_ids=("8",))
    world.catalogue.agreements = tuple(
        replace(each, type_id="8") if each.id == "400" else each for each in world.catalogue.agreements
    )
    shown = await Person(browse, world).preview(PREMIUM, profile="premium", agreement="400")
    assert TOLD in shown and "may not bill on that agreement" in shown and "instead, and adopt" not in shown


async def test_a_link_picks_only_what_is_offered(browse: Open) -> None:
    person = Person(browse, typed_elsewhere())
    fields = read_fields(await person.get(f"{address(PREMIUM)}?agreement=999&profile=evil"))
    assert "999" not in fields.values() and "evil" not in fields.values()


async def test_what_cannot_be_read_is_said_in_the_preview(browse: Open) -> None:
    world = typed_elsewhere()

    async def fail(*_: object) -> None:
        raise Retry("ConnectWise answered 503.")

    world.catalogue.search_products = fail  # type: ignore[assignment, method-assign]
    shown = await Person(browse, world).preview(PREMIUM, profile="premium", agreement="400")
    assert "could not be read. The PSA said: ConnectWise answered 503." in shown


async def test_a_hold_leads_to_the_mapping_on_the_other_agreement(browse: Open) -> None:
    """From the held line to its additions, which says where the licence should be mapped."""
    world = adoption_fakes.make_world()
    hold = world.add_hold(0, rule=HoldRule.UNADOPTED_ADDITION, elsewhere="401")
    path = "/customers/customer-0/licences/m-0/adopt?elsewhere=401"
    assert f'href="{path}"' in await get(browse, world, f"/approvals/{hold.id}")
    source = await get(browse, world, path)
    assert "Another agreement of this company bills the product already." in source
    assert re.search(r'href="/customers/customer-0/licences/[^"]+/map\?agreement=401"', source)
    assert "Another agreement of this company" not in await get(browse, world, path.replace("401", "4%22x"))
