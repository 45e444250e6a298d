"""The tools by `/api/v1`: what the pages list, and what they do, under the script's name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plans.tokens import TokenRole
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World
from tests.unit.web.many_fakes import exclude, make_many
from tests.unit.web.mapping_fakes import MappingWorld, make_mapping, make_world
from tests.unit.web.tenants import PREMIUM
from tests.unit.web.test_description import check
from tests.unit.web.test_ending import old_lines, put_old
from tests.unit.web.test_forms_api import call
from tests.unit.web.test_mapping_csv import HEAD, row
from web.api.description import OPERATIONS
from web.api.forms import Done
from web.api.tool_shapes import MapManyPage, MappingsRead, OldAdditions, OpenLines, RuleList, RuleRecord

CHOICE = {"sku_id": PREMIUM, "profile_id": "premium"}
LINES = f"/tools/map?sku={PREMIUM}&profile=premium"
SCRIPT = "Script “Approval bot”"


async def read(browse: Open, world: World | MappingWorld, path: str) -> dict[str, Any]:
    answer = await call(browse, world, path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def act(browse: Open, world: World | MappingWorld, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await call(browse, world, path, body, TokenRole.OPERATOR)
    assert answer.status_code == 200, answer.text
    check(Done, answer.json())
    return dict(answer.json())


def list_mapped(world: World) -> set[str]:
    return {customer_id for customer_id, mappings in world.books.mappings.items() if mappings} - {"customer-2"}


async def test_what_can_be_chosen_and_who_has_it(browse: Open) -> None:
    world = make_many()
    begun = await read(browse, world, "/tools/map")
    check(MapManyPage, begun)
    assert begun["rows"] == [] and PREMIUM in {each["id"] for each in begun["licences"]}
    shown = await read(browse, world, LINES)
    check(MapManyPage, shown)
    assert shown["ready"] == 3 and shown["comes_to"] == "30 seats, about 600.00 EUR a month"
    by_hand = [each for each in shown["rows"] if not each["tick"]]
    assert any("2 agreements fit" in each["sentence"] for each in by_hand)
    found = await read(browse, world, f"{LINES}&state=ready&q=0004")
    assert [each["customer"] for each in found["rows"]] == ["Customer 0004"]
    wrong = await read(browse, world, "/tools/map?sku=none&profile=none")
    assert wrong["rows"] == [] and "Choose a licence." in wrong["troubles"]


async def test_many_are_mapped_by_tick_or_all_as_they_were_read(browse: Open) -> None:
    world = make_many()
    shown = await read(browse, world, f"{LINES}&q=0004")
    ticks = [each["tick"] for each in shown["rows"]]
    done = await act(browse, world, "/tools/map", CHOICE | {"ticks": [*ticks, "0123:customer-9"]})
    assert done["sentence"] == "1 licence mapped; 1 was left out, changed by somebody meanwhile."
    assert list_mapped(world) == {"customer-4"} and world.audit.entries[0].changed_by == SCRIPT
    whole = (await read(browse, world, f"{LINES}&q=0003"))["whole"]
    stale = await call(browse, world, "/tools/map", CHOICE | {"whole": whole})
    assert stale.status_code == 409 and "This list has changed" in stale.json()["detail"], (
        "another search, another list"
    )
    done = await act(browse, world, "/tools/map", CHOICE | {"whole": whole, "q": "0003"})
    assert done["sentence"] == "1 licence mapped." and list_mapped(world) == {"customer-3", "customer-4"}
    nothing = await call(browse, world, "/tools/map", CHOICE)
    assert nothing.status_code == 422 and nothing.json()["detail"] == "Tick what should be mapped first."
    wrong = await call(browse, world, "/tools/map", CHOICE | {"profile_id": "none", "whole": whole})
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["field"] == "profile_id"


async def test_a_rule_is_made_switched_applied_and_removed(browse: Open) -> None:
    world = make_many()
    made = await act(browse, world, "/tools/rules", CHOICE | {"mode": "observe"})
    assert made["done"] == "made" and made["id"]
    again = await call(browse, world, "/tools/rules", CHOICE | {"mode": "observe"})
    assert again.status_code == 409 and "There is a rule for this licence" in again.json()["detail"]
    listed = await read(browse, world, "/tools/rules")
    check(RuleList, listed)
    (rule,) = listed["rules"]
    assert (rule["rule_id"], rule["ready"], rule["is_live"]) == (made["id"], 3, False)
    path = f"/tools/rules/{made['id']}"
    assert (await act(browse, world, f"{path}/mode", {"mode": "live"}))["done"] == "live"
    shown = await read(browse, world, path)
    check(RuleRecord, shown)
    assert shown["rule"]["is_live"] and shown["ready"] == 3
    stale = await call(browse, world, f"{path}/map", {"whole": "another"})
    assert stale.status_code == 409 and not list_mapped(world)
    mapped = await act(browse, world, f"{path}/map", {"whole": shown["whole"]})
    assert mapped["sentence"] == "3 licences mapped." and len(list_mapped(world)) == 3
    assert (await act(browse, world, f"{path}/remove", {}))["done"] == "removed"
    assert (await call(browse, world, f"{path}/remove", {})).status_code == 404
    assert (await call(browse, world, path)).status_code == 404
    assert {each.changed_by for each in world.audit.entries} == {SCRIPT}


async def test_a_file_is_read_row_by_row_and_mapped_as_it_was_read(browse: Open) -> None:
    world = make_many()
    opened = await read(browse, world, "/tools/import")
    check(OpenLines, opened)
    assert opened["columns"][0] == "Customer" and any(each["customer"] == "Customer 0003" for each in opened["open"])
    text = "\n".join([HEAD, row(3), row(4), row(99)])
    answer = await call(browse, world, "/tools/import", {"csv": text})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    check(MappingsRead, found)
    assert found["count"] == 2 and found["bad"][0]["column"] == "Customer" and found["bad"][0]["line"] == 4
    assert not list_mapped(world) and not world.audit.entries, "reading keeps nothing"
    done = await act(browse, world, "/tools/import/apply", {"csv": text, "seen": found["seen"]})
    assert done["sentence"] == "2 licences mapped." and list_mapped(world) == {"customer-3", "customer-4"}
    late = await call(browse, world, "/tools/import/apply", {"csv": text, "seen": found["seen"]})
    assert late.status_code == 409
    for wrong in ("Customer only", "\n", HEAD):
        refused = await call(browse, world, "/tools/import", {"csv": wrong})
        assert refused.status_code == 422 and refused.json()["detail"].endswith("."), wrong


async def test_a_file_may_be_as_long_as_on_the_page(browse: Open) -> None:
    """2,000 lines of long names, which JSON may spell with six letters for one."""
    rows = [row(number, customer=f"{'Ж' * 60} {number}") for number in range(1999)]
    text = "\n".join([HEAD, *rows])
    assert len(json.dumps(text)) > 800_000
    answer = await call(browse, make_many(), "/tools/import", {"csv": text})
    assert answer.status_code == 200 and answer.json()["bad_count"] == 1999


async def test_old_additions_are_listed_ended_and_taken_back(browse: Open) -> None:
    world = make_world()
    world.bill(make_mapping(), 12)
    put_old(world, "", "CloudConsole-7")
    nothing = await read(browse, world, "/tools/end")
    assert nothing["rows"] == []
    shown = await read(browse, world, "/tools/end?scope=all&marker=CloudConsole")
    check(OldAdditions, shown)
    assert [each["marker"] for each in shown["rows"]] == ["CloudConsole-7"] and shown["ready"] == 1
    wish = {"scope": "all", "marker": "CloudConsole", "whole": shown["whole"], "reason": "Billed twice"}
    unknown = await call(browse, world, "/tools/end", wish | {"marker": "any"})
    assert unknown.status_code == 409 and not old_lines(world), "another filter, another list"
    no_day = await call(browse, world, "/tools/end", wish | {"end": "day"})
    assert no_day.status_code == 422 and no_day.json()["errors"][0]["field"] == "ends_on"
    done = await act(browse, world, "/tools/end", wish)
    assert done["sentence"] == "1 addition is to end." and done["run_id"]
    assert len(old_lines(world)) == 1
    (ended,) = (await read(browse, world, "/tools/ended"))["rows"]
    assert ended["when"] == "with its period" and ended["tick"]
    back = await act(browse, world, "/tools/ended", {"ticks": [ended["tick"]], "reason": "Wrong"})
    assert back["sentence"] == "1 addition is not to end any more."
    again = await call(browse, world, "/tools/ended", {"ticks": [ended["tick"]], "reason": "Wrong"})
    assert again.status_code == 422 and "Tick the additions" in again.json()["detail"]


async def test_a_list_that_has_emptied_is_said_to_have_changed(browse: Open) -> None:
    world = make_many()
    whole = (await read(browse, world, LINES))["whole"]
    exclude(world, PREMIUM)
    assert (await call(browse, world, "/tools/map", CHOICE | {"whole": whole})).status_code == 409


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if "/tools/" in each.path and each.method == "POST"])
async def test_a_reader_changes_nothing(operation: Any, browse: Open) -> None:
    path = operation.path.removeprefix("/api/v1").replace("{rule_id}", "r-1")
    assert (await call(browse, make_many(), path, {}, TokenRole.READER)).status_code == 403
