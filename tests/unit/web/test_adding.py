"""Adding customers: suggestions, links that are refused, exclusions, and what a new customer begins as."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import httpx
import pytest

from plans.alerts.notifications import Mute, MuteScope
from plans.catalogue import Company
from plans.connecting import DirectTenant
from plans.errors import Retry
from profiles.exclusions import TenantExclusion
from tests.browser.customers import (
    TENANT,
    adding_world,
    hostile_world,
    large_world,
    make_tenant,
    make_tenant_id,
    nothing_world,
    offer,
)
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import NOW, World, sign_in_headers
from tests.unit.web.pages import read_source, read_words, to_words
from web.actions.adding import Link, name_customer_id

OURS = {"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": "203.0.113.7"}
BULK = "/customers/add/bulk"


async def post(
    browse: Open, world: World, path: str, form: dict[str, str], roles: tuple[str, ...] = ("Operator",)
) -> httpx.Response:
    async with browse(world) as client:
        return await client.post(path, data=form, headers=sign_in_headers(roles) | OURS)


async def find_shown(browse: Open, world: World) -> str:
    source = await read_source(browse, world, BULK)
    return source.split('name="shown" value="')[1].split('"')[0]


def new_names(world: World) -> list[str]:
    return [each.name for each in world.books.customers[12:]]


async def test_the_list_says_score_reason_and_doubt(browse: Open) -> None:
    words = await read_words(browse, adding_world(), BULK)
    assert "8 tenants are no customers yet. 3 have a safe match." in words
    assert "98 of 100 same domain aldgate.example and same name" in words
    assert "96 of 100 same name, but the company's website is dunmore-farms.example" in words
    assert "Add 3 safe matches" in words
    assert "No run could read it now: delegated access ended on 22 Nov 2026." in words
    assert "Harbour Dental Group" not in words and "Our own tenant" not in words


async def test_the_switch_shows_what_is_added_and_excluded(browse: Open) -> None:
    words = await read_words(browse, adding_world(), f"{BULK}?all=yes")
    assert "Customer Harbour Dental Group" in words
    assert "Excluded: it is our own tenant" in words and "Offer again" in words


async def test_chips_and_search_choose(browse: Open) -> None:
    world = adding_world()
    words = await read_words(browse, world, f"{BULK}?state=none")
    assert "Zephyr Kites" in words and "Aldgate" not in words
    words = await read_words(browse, world, f"{BULK}?q=cobalt")
    assert "Cobalt Dental" in words and "Zephyr" not in words
    assert "Nothing here matches" in await read_words(browse, world, f"{BULK}?q=nobody")


async def test_safe_matches_are_added_observed_with_history_and_change_log(browse: Open) -> None:
    world = adding_world()
    answer = await post(browse, world, BULK, {"do": "safe", "shown": await find_shown(browse, world)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BULK}?done=3&refused=0")
    assert new_names(world) == ["Aldgate Surveyors Ltd", "Brightwater Pools & Spas", "Cobalt Dental"]
    for customer in world.books.customers[12:]:
        assert customer.is_observed and customer.partner_account_id == "main"
        link = Link(customer.tenant_id, customer.connection_id, customer.company_id)
        assert customer.id == name_customer_id(link)
        (told,) = world.books.history[customer.id]
        assert told.sentence == "Ada Administrator added this customer, observed: planned and shown, never written."
    entry = world.audit.entries[0]
    assert (entry.before, entry.came_from) == ("", "203.0.113.7")
    assert json.loads(entry.after)["is_observed"] is True
    assert world.books.turns == {}
    words = await read_words(browse, world, f"{BULK}?done=3&refused=0")
    assert "3 customers added." in words and "Read them now" in words and "5 tenants are no customers yet" in words


async def test_a_tenant_that_was_muted_before_anybody_added_it_is_heard_of_as_a_customer(browse: Open) -> None:
    world = adding_world()
    about_tenant = Mute(MuteScope.TENANT, "Everything", "Not ours", "Ada", NOW, None, tenant_id=make_tenant_id(0))
    elsewhere = replace(about_tenant, tenant_id=world.books.customers[0].tenant_id)
    world.alerts.mutes = {each.id: each for each in (about_tenant, elsewhere)}
    await post(browse, world, BULK, {"do": "safe", "shown": await find_shown(browse, world)})
    assert list(world.alerts.mutes) == [elsewhere.id]
    assert any("so “Everything” is told again." in entry.sentence for entry in world.audit.entries)


async def test_what_was_added_is_not_to_be_read_any_more_once_a_run_has(browse: Open) -> None:
    words = await read_words(browse, nights.typical_world(), f"{BULK}?done=2&refused=0")
    assert "2 customers added. What was added has been read since." in words and "Read them now" not in words


async def test_what_a_new_customer_begins_as_is_a_setting(browse: Open) -> None:
    world = adding_world()
    world.configuration.preferences = replace(world.configuration.preferences, new_customers_observe=False)
    await post(browse, world, BULK, {"do": "safe", "shown": await find_shown(browse, world)})
    assert not any(each.is_observed for each in world.books.customers[12:])
    assert "New customers are live at once" in await read_words(browse, adding_world_live(), BULK)
    assert "New customers are observed: planned and shown" in await read_words(browse, adding_world(), BULK)
    assert "Add Aldgate Surveyors Ltd, live" in await read_words(
        browse, adding_world_live(), f"/customers/add?tenant={make_tenant_id(0)}&company={nights.CONNECTION}/900"
    )


def adding_world_live() -> World:
    world = adding_world()
    world.configuration.preferences = replace(world.configuration.preferences, new_customers_observe=False)
    return world


async def test_a_safe_match_that_was_set_to_not_now_is_left_out(browse: Open) -> None:
    world = adding_world()
    shown = await find_shown(browse, world)
    await post(browse, world, BULK, {"do": "safe", "shown": shown, f"company:{make_tenant_id(1)}": ""})
    assert new_names(world) == ["Aldgate Surveyors Ltd", "Cobalt Dental"]


async def test_safe_matches_that_are_others_than_those_shown_are_not_added(browse: Open) -> None:
    world = adding_world()
    shown = await find_shown(browse, world)
    rival = make_tenant(50, "Cobalt Dental", "")
    assert world.archive.partner is not None
    offer(world, [*world.archive.partner.tenants, rival])
    answer = await post(browse, world, BULK, {"do": "safe", "shown": shown})
    assert answer.status_code == 409 and "The list has changed since it was shown" in to_words(answer.text)
    assert new_names(world) == []


async def test_what_is_chosen_on_the_page_is_added(browse: Open) -> None:
    world = adding_world()
    chosen = {f"company:{TENANT}": f"{nights.CONNECTION}/904", f"company:{make_tenant_id(0)}": ""}
    answer = await post(browse, world, BULK, {"do": "picked", **chosen})
    assert answer.headers["location"].endswith("done=1&refused=0")
    assert new_names(world) == ["Elmwood Care Homes"]
    nothing = await post(browse, world, BULK, {"do": "picked", f"company:{make_tenant_id(0)}": ""})
    assert nothing.status_code == 422 and "Nothing is chosen" in nothing.text


async def test_what_was_chosen_survives_a_refusal(browse: Open) -> None:
    world = adding_world()
    answer = await post(
        browse, world, BULK, {"do": "safe", "shown": "old", f"company:{TENANT}": f"{nights.CONNECTION}/905"}
    )
    assert f'value="{nights.CONNECTION}/905" checked' in answer.text


@pytest.mark.parametrize(
    ("tenant", "company", "sentence"),
    [
        (make_tenant_id(0), "C251", "is linked already, as Kestrel Architects. A company is linked to one tenant."),
        (nights.make_tenant_id(0), "900", "needs a filter for each, and Seatledger has none yet."),
        (nights.make_tenant_id(0), "C250", "is this very company and tenant already."),
        (make_tenant_id(20), "900", "is excluded: it is our own tenant. Offer it again first."),
        (make_tenant_id(99), "900", "No connected account reaches this tenant any more."),
        (make_tenant_id(0), "77777", "The PSA does not list this company any more."),
        ("", "900", "Choose the customer's tenant."),
        (make_tenant_id(0), "", "Choose the company of the PSA that it is."),
    ],
)
async def test_links_that_cannot_be_are_refused_plainly(browse: Open, tenant: str, company: str, sentence: str) -> None:
    world = adding_world()
    value = f"{nights.CONNECTION}/{company.removeprefix('C')}" if company else ""
    answer = await post(browse, world, "/customers/add", {"tenant": tenant, "company": value})
    assert answer.status_code in (409, 422)
    assert sentence in to_words(answer.text)
    assert new_names(world) == [] and world.audit.entries == []


async def test_one_is_added_from_the_page_for_one(browse: Open) -> None:
    world = adding_world()
    form = {"tenant": TENANT.upper(), "company": f"{nights.CONNECTION}/905"}
    answer = await post(browse, world, "/customers/add", form)
    (customer,) = world.books.customers[12:]
    assert (answer.status_code, answer.headers["location"]) == (303, f"/customers/{customer.id}?told=added")
    assert (customer.name, customer.tenant_id, customer.is_observed) == ("Elmwood Cars", TENANT, True)
    words = await read_words(browse, world, f"/customers/{customer.id}?told=added")
    assert "The customer is added." in words and "Observed: not written" in words


async def test_of_two_who_link_one_tenant_at_once_one_is_told(browse: Open) -> None:
    world = adding_world()
    forms = [{"tenant": TENANT, "company": f"{nights.CONNECTION}/{company}"} for company in ("904", "905")]
    answers = await asyncio.gather(*(post(browse, world, "/customers/add", form) for form in forms))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert len(new_names(world)) == 1


async def test_while_somebody_else_adds_nobody_does(browse: Open) -> None:
    world = adding_world()
    world.books.turns["customers", "list"] = "somebody"
    answer = await post(browse, world, BULK, {"do": "safe", "shown": await find_shown(browse, world)})
    assert answer.status_code == 409 and "Somebody else is adding customers" in answer.text
    assert new_names(world) == []


async def test_the_page_for_one_searches_suggests_and_hides(browse: Open) -> None:
    world = adding_world()
    words = await read_words(browse, world, f"/customers/add?tenant={TENANT}")
    assert "84 of 100: the domain begins like the name" in words
    assert "Harbour Dental" not in words
    words = await read_words(browse, world, f"/customers/add?tenant={TENANT}&cq=zebra")
    assert "No company matches this." in words
    words = await read_words(browse, world, "/customers/add?all=yes&tq=harbour&cq=harbour")
    assert "it is Harbour Dental Group already" in words


async def test_a_tenant_is_excluded_with_a_reason_and_offered_again(browse: Open) -> None:
    world = adding_world()
    page = await read_words(browse, world, f"/customers/add/exclude?tenant={TENANT}")
    assert "Exclude Elmwood Care" in page
    refused = await post(browse, world, "/customers/add/exclude", {"tenant": TENANT, "reason": " "})
    assert refused.status_code == 422 and "Say why" in refused.text
    answer = await post(browse, world, "/customers/add/exclude", {"tenant": TENANT, "reason": "not ours"})
    assert answer.headers["location"] == f"{BULK}?told=excluded"
    assert TenantExclusion(TENANT, "not ours") in world.profiles.controls.exclusions
    assert "Elmwood Care" not in await read_words(browse, world, BULK)
    assert "Excluded: not ours" in await read_words(browse, world, f"{BULK}?all=yes")
    await post(browse, world, "/customers/add/offer", {"tenant": TENANT})
    assert "Elmwood Care" in await read_words(browse, world, BULK)
    assert [entry.subject for entry in world.audit.entries] == [f"exclusion/{TENANT}"] * 2


async def test_a_customers_tenant_is_not_excluded_here(browse: Open) -> None:
    world = adding_world()
    form = {"tenant": nights.make_tenant_id(0), "reason": "no"}
    assert (await post(browse, world, "/customers/add/exclude", form)).status_code == 404
    assert len(world.profiles.controls.exclusions) == 1


async def test_asking_again_reads_microsoft_and_the_psa_now(browse: Open) -> None:
    world = adding_world()
    async with browse(world) as client:
        headers = sign_in_headers() | OURS
        await client.get(BULK, headers=headers)
        world.connections.catalogue.companies += (Company("800", "ZK", "Zephyr Kites", "", "zephyr.example"),)
        before = await client.get(f"{BULK}?q=zephyr", headers=headers)
        assert (await client.post("/customers/add/refresh", data={}, headers=headers)).status_code == 303
        after = await client.get(f"{BULK}?q=zephyr", headers=headers)
    assert "No company is named like it." in to_words(before.text)
    assert "same domain zephyr.example and same name" in to_words(after.text)
    assert [each["account_id"] for each in world.account_records.sent] == ["main"]
    assert world.partner.asked == 0, "the queue reads it, not the page"
    words = to_words(after.text)
    assert "Being read now:" in words and "it begins within seconds" in words


async def test_what_does_not_answer_is_said_and_the_rest_is_there(browse: Open) -> None:
    world = adding_world()
    world.connections.catalogue.error = Retry("ConnectWise did not answer.")
    words = await read_words(browse, world, BULK)
    assert "ConnectWise does not list its companies now. ConnectWise did not answer." in words
    assert "Aldgate Surveyors" in words
    world.archive.partner = None
    assert "Northern IT has not listed its tenants yet." in await read_words(browse, world, BULK)


async def test_an_empty_installation_says_what_comes_first(browse: Open) -> None:
    words = await read_words(browse, nothing_world(), BULK)
    assert "Connect a Microsoft partner account first." in words
    assert "Connect your PSA first" in await read_words(browse, nothing_world(), "/customers/add")


async def test_direct_tenants_are_offered_once_they_consented(browse: Open) -> None:
    world = adding_world()
    direct = DirectTenant("direct-1", make_tenant_id(70), "Quarry Stone", "client", "secret")
    world.connections.tenants = {"direct-1": direct}
    assert "Quarry Stone" not in await read_words(browse, world, BULK)
    world.connections.tenants = {"direct-1": replace(direct, consented_at=world.now)}
    assert "Quarry Stone" in await read_words(browse, world, BULK)


async def test_five_thousand_tenants_are_paged_and_added_at_once(browse: Open) -> None:
    world = large_world()
    words = await read_words(browse, world, BULK)
    assert "1–50 of 5,000" in words and "Add 4,999 safe matches" in words
    answer = await post(browse, world, BULK, {"do": "safe", "shown": await find_shown(browse, world)})
    assert answer.headers["location"].endswith("done=4999&refused=0")
    assert len({each.id for each in world.books.customers}) == 4999


async def test_hostile_names_are_plain_text(browse: Open) -> None:
    source = await read_source(browse, hostile_world(), BULK)
    assert "<script>alert" not in source and "onerror=alert(1)>" not in source
    assert "{{ 7 * 7 }}" in to_words(source) and " 49 " not in to_words(source)


@pytest.mark.parametrize("path", [BULK, "/customers/add", "/customers/add/exclude", "/customers/add/offer"])
async def test_a_reader_adds_and_excludes_nothing(browse: Open, path: str) -> None:
    world = adding_world()
    form = {"tenant": TENANT, "company": f"{nights.CONNECTION}/904", "reason": "no", "do": "picked"}
    assert (await post(browse, world, path, form, ("Reader",))).status_code == 403
    assert new_names(world) == [] and len(world.profiles.controls.exclusions) == 1
