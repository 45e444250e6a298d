"""Mapping rules: previewed, kept, switched, applied now, removed; and what they leave to a person."""

from __future__ import annotations

from dataclasses import replace

from plans.mapping_rules import MappingRule
from profiles.billing import Basis, MappingDefaults
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World, sign_in_headers
from tests.unit.web.many_fakes import TWO, make_many
from tests.unit.web.tenants import PREMIUM
from tests.unit.web.test_map_many import OURS, find_whole

CHOSEN = {"sku": PREMIUM, "term": "any", "profile": "premium", "mode": "observe"}


async def make_rule(browse: Open, world: World, **changes: str) -> str:
    """The address of a rule that was made."""
    async with browse(world) as client:
        made = await client.post("/tools/rules/new", data=CHOSEN | changes, headers=OURS)
    assert made.status_code == 303, made.text
    return made.headers["location"].partition("?")[0]


async def test_a_new_rule_shows_what_it_would_map_before_it_is_kept(browse: Open) -> None:
    world = make_many()
    async with browse(world) as client:
        page = (await client.get("/tools/rules/new", params=CHOSEN | {"mode": "live"}, headers=OURS)).text
    assert "Save the rule: the next run maps 3 licences" in page
    assert "30 seats, about 600.00 EUR a month" in page
    assert "2 agreements fit" in page and "No active agreement of its company" in page
    assert world.profiles.controls.rules == ()


async def test_a_rule_is_kept_once_and_noted(browse: Open) -> None:
    world = make_many()
    address = await make_rule(browse, world)
    async with browse(world) as client:
        again = await client.post("/tools/rules/new", data=CHOSEN, headers=OURS)
        page = (await client.get("/tools/rules", headers=OURS)).text
    (rule,) = world.profiles.controls.rules
    assert (rule.sku_id, rule.term, rule.profile_id, rule.is_live) == (PREMIUM, None, "premium", False)
    assert again.status_code == 409 and "There is a rule for this licence and term already." in again.text
    assert address in page and "1 rule maps new licences." in page
    (entry,) = world.audit.entries
    assert entry.sentence == (
        "Ada Administrator made, observing, the rule for Microsoft 365 Business Premium, billed by Business Premium "
        "per seat."
    )


async def test_two_agreements_are_one_row_that_says_what_to_do(browse: Open) -> None:
    world = make_many()
    address = await make_rule(browse, world)
    async with browse(world) as client:
        page = (await client.get(f"{address}?state=hand", headers=OURS)).text
    assert page.count("2 agreements fit: Managed Services (agreement 400), Managed Services (agreement 900).") == 1
    assert f"/customers/customer-{TWO}/licences/{PREMIUM}/map" in page


async def test_what_a_rule_shows_can_be_mapped_now_with_the_reason_kept(browse: Open) -> None:
    world = make_many()
    address = await make_rule(browse, world)
    async with browse(world) as client:
        whole = find_whole((await client.get(address, headers=OURS)).text)
        stale = await client.post(f"{address}/map", data={"whole": "0" * 64, "do": "map"}, headers=OURS)
        gone = await client.get(f"{address}/review?whole={'0' * 64}", headers=OURS)
        asked = await client.post(f"{address}/map", data={"whole": whole}, headers=OURS)
        review = (await client.get(asked.headers["location"], headers=OURS)).text
        assert "Map 3 licences by Business Premium per seat?" in review
        assert "30 seats, about 600.00 EUR a month" in review
        assert "customer-4" not in world.books.mappings, "nothing before it was looked at"
        done = await client.post(f"{address}/map", data={"whole": whole, "do": "map"}, headers=OURS)
        page = (await client.get(done.headers["location"], headers=OURS)).text
    assert stale.headers["location"].endswith("told=moved") and gone.headers["location"].endswith("told=moved")
    assert "3 licences mapped." in page
    (made,) = world.books.mappings["customer-4"]
    assert made.why == (
        "By the rule for Microsoft 365 Business Premium: Business Premium per seat on Managed Services, the only "
        "active agreement that fits."
    )


async def test_a_rule_is_switched_and_removed_and_both_are_noted(browse: Open) -> None:
    world = make_many()
    address = await make_rule(browse, world)
    async with browse(world) as client:
        await client.post(f"{address}/mode", data={"mode": "live"}, headers=OURS)
        assert world.profiles.controls.rules[0].is_live
        same = await client.post(f"{address}/mode", data={"mode": "live"}, headers=OURS)
        assert same.status_code == 303 and len(world.audit.entries) == 2
        await client.post(f"{address}/mode", data={"mode": "observe"}, headers=OURS)
        await client.post(f"{address}/remove", data={"rule": "x"}, headers=OURS)
        gone = await client.get(address, headers=OURS)
    assert world.profiles.controls.rules == () and gone.status_code == 404
    assert [entry.sentence.split(" the rule")[0] for entry in world.audit.entries[1:]] == [
        "Ada Administrator switched to live",
        "Ada Administrator switched to observe",
        "Ada Administrator removed",
    ]


async def test_a_term_and_assigned_seats_do_not_go_together(browse: Open) -> None:
    world = make_many(defaults=MappingDefaults(basis=Basis.ASSIGNED))
    async with browse(world) as client:
        refused = await client.post("/tools/rules/new", data=CHOSEN | {"term": "P1Y"}, headers=OURS)
    assert refused.status_code == 422 and "an assigned seat belongs to no term" in refused.text
    assert world.profiles.controls.rules == ()


async def test_somebody_else_is_quicker(browse: Open) -> None:
    world = make_many()
    address = await make_rule(browse, world)
    save = world.configuration.save_rules

    async def overtaken(rules: tuple[MappingRule, ...], expected: tuple[MappingRule, ...]) -> bool:
        return await save(rules, ()) if not expected else False

    world.configuration.save_rules = overtaken  # type: ignore[method-assign]
    async with browse(world) as client:
        moved = await client.post(f"{address}/remove", data={"rule": "x"}, headers=OURS)
        other = await client.post("/tools/rules/new", data=CHOSEN | {"term": "P1Y"}, headers=OURS)
    assert moved.headers["location"].endswith("told=moved")
    assert other.status_code == 409 and "Somebody else changed the rules" in other.text
    assert len(world.profiles.controls.rules) == 1


async def test_a_rule_without_its_profile_maps_nothing_and_says_so(browse: Open) -> None:
    world = make_many()
    address = await make_rule(browse, world)
    world.profiles.profiles = {"other": replace(world.profiles.profiles["premium"], id="other", name="Other")}
    async with browse(world) as client:
        page = (await client.get(address, headers=OURS)).text
    assert "a billing profile that was removed" in page and "Map these" not in page


async def test_readers_look_and_cannot_change(browse: Open) -> None:
    world = make_many()
    address = await make_rule(browse, world)
    reader = sign_in_headers(roles=("Reader",))
    async with browse(world) as client:
        page = await client.get(address, headers=reader)
        refused = await client.post(
            f"{address}/remove", data={"a": "b"}, headers=reader | {"Sec-Fetch-Site": "same-origin"}
        )
    assert page.status_code == 200 and "<form method" not in page.text.partition("<main")[2].partition("</main>")[0]
    assert refused.status_code == 403 and len(world.profiles.controls.rules) == 1


async def test_a_reader_is_shown_no_tool_that_only_operators_open(browse: Open) -> None:
    async with browse(make_many()) as client:
        read = (await client.get("/tools/rules", headers=sign_in_headers(("Reader",)))).text
        operated = (await client.get("/tools/rules", headers=sign_in_headers(("Operator",)))).text
    for address in ("/tools/import", "/tools/profiles"):
        assert f'href="{address}"' not in read and f'href="{address}"' in operated
    assert 'href="/tools/end"' in read
