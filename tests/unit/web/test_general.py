"""The installation's settings: what was typed survives, every change counts at once and stands in the change log."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from decimal import Decimal

import httpx
import pytest

from plans.audit import AuditEntry
from plans.brakes import Thresholds
from plans.controls import Controls
from plans.preferences import Preferences
from profiles.billing import Basis
from profiles.exclusions import LicenceExclusion, TenantExclusion
from tests.unit.web import nights, tenants
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import NOW, World, sign_in_headers
from tests.unit.web.pages import read_csv, read_source, read_words, to_words
from web.actions.noting import digest_seen

OURS = {"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
PREFERENCES = {
    "time_zone": "America/New_York",
    "night_hour": "3",
    "currency": "$",
    "basis": "assigned",
    "split": "yes",
}


async def post(browse: Open, world: World, path: str, form: dict[str, str]) -> httpx.Response:
    """Post a form as it was seen."""
    if "seen" not in form:
        kept = world.profiles.controls.thresholds if path.endswith("brakes") else world.configuration.preferences
        form = form | {"seen": digest_seen(kept)}
    async with browse(world) as client:
        return await client.post(path, data=form, headers=sign_in_headers() | OURS)


async def test_preferences_are_kept_and_noted_with_before_and_after(browse: Open) -> None:
    world = World()
    answer = await post(browse, world, "/settings/preferences", PREFERENCES)
    assert answer.status_code == 303 and answer.headers["location"] == "/settings?told=saved"
    assert world.configuration.preferences == Preferences(
        "America/New_York", 3, "$", new_customers_observe=False, new_mappings_basis=Basis.ASSIGNED,
        new_mappings_split=True,
    )  # fmt: skip
    (entry,) = world.audit.entries
    assert entry.subject == "settings/preferences" and entry.came_from == "203.0.113.7"
    assert json.loads(entry.before)["time_zone"] == "Europe/Dublin"
    assert json.loads(entry.after)["time_zone"] == "America/New_York"
    words = await read_words(browse, world, "/settings/changes")
    assert "Ada Administrator changed the settings." in words and "time zone: Europe/Dublin → America/New_York" in words


async def test_a_day_in_the_change_log_is_written_for_people(browse: Open) -> None:
    world = World()
    before, after = '{"starts_on": null, "own_text": "2026-02-31"}', '{"starts_on": "2026-12-01", "own_text": "x"}'
    entry = AuditEntry(NOW, "Ada", "tenant/ada", "203.0.113.7", "mapping/m", "Ada changed it.", before, after)
    world.audit.entries = [entry]
    words = await read_words(browse, world, "/settings/changes")
    assert "starts on: nothing → 1 Dec 2026" in words and "own text: 2026-02-31 → x" in words


@pytest.mark.parametrize(
    ("field", "typed", "trouble"),
    [
        ("time_zone", "Mars/Olympus", "“Mars/Olympus” is no time zone."),
        ("time_zone", "", "Choose a time zone."),
        ("night_hour", "24", "Choose an hour."),
        ("currency", "12", "“12” is no currency."),
        ("currency", "EURO", "“EURO” is no currency."),
        ("basis", "both", "Choose which seats count."),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field_and_nothing_is_kept(
    browse: Open, field: str, typed: str, trouble: str
) -> None:
    world = World()
    before = world.configuration.preferences
    answer = await post(browse, world, "/settings/preferences", PREFERENCES | {field: typed})
    assert answer.status_code == 422 and trouble in to_words(answer.text)
    assert f'id="{field}-trouble"' in answer.text
    assert 'value="$"' in answer.text or field == "currency"
    assert world.configuration.preferences == before and world.audit.entries == []


async def test_every_limit_of_the_brakes_can_be_set(browse: Open) -> None:
    world = World()
    typed = {each.name: str(index + 1) for index, each in enumerate(fields(Thresholds))} | {"drop_money": "99.50"}
    answer = await post(browse, world, "/settings/brakes", typed)
    assert answer.status_code == 303
    kept = world.profiles.controls.thresholds
    assert {name: Decimal(getattr(kept, name)) for name in typed} == {
        name: Decimal(each) for name, each in typed.items()
    }


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "many", "99999999"])
async def test_a_brake_without_a_sensible_limit_is_not_kept(browse: Open, typed: str) -> None:
    world = World()
    whole = {each.name: str(getattr(Thresholds(), each.name)) for each in fields(Thresholds)}
    answer = await post(browse, world, "/settings/brakes", whole | {"rise_seats": typed})
    assert answer.status_code == 422 and 'id="rise_seats-trouble"' in answer.text
    assert world.profiles.controls.thresholds == Thresholds()


async def test_pausing_needs_a_reason_and_ends_by_a_button(browse: Open) -> None:
    world = World()
    refused = await post(browse, world, "/settings/pause", {"reason": " \x00 "})
    assert refused.status_code == 422 and (await world.profiles.read_controls()).pause is None
    await post(browse, world, "/settings/pause", {"reason": "Moving to another PSA"})
    paused = await world.profiles.read_controls()
    assert paused.pause is not None and paused.pause.paused_by == "Ada Administrator"
    assert paused.pause.reason == "Moving to another PSA"
    assert "Ada Administrator paused all writing on 22 Nov 2026, 08:30" in await read_words(browse, world, "/settings")
    await post(browse, world, "/settings/pause", {"end": "yes"})
    assert (await world.profiles.read_controls()).pause is None
    assert [entry.subject for entry in world.audit.entries] == ["settings/pause"] * 2


async def test_a_reader_sees_the_settings_and_finds_no_button(browse: Open) -> None:
    async with browse(World()) as client:
        answer = await client.get("/settings", headers=sign_in_headers(roles=["Reader"]))
    main = answer.text[answer.text.index("<main") : answer.text.index("<dialog")]
    assert answer.status_code == 200 and "main-button" not in main and "disabled" in main


async def test_an_exclusion_is_removed_and_a_tenant_is_named(browse: Open) -> None:
    world = World()
    excluded = LicenceExclusion("f30db892-07e9-47e9-837c-80727f46fd3d", "free"), TenantExclusion("gone", "left us")
    world.profiles.controls = replace(world.profiles.controls, exclusions=excluded)
    words = await read_words(browse, world, "/settings/exclusions")
    assert "2 exclusions for everybody." in words and "A tenant that no account lists" in words
    form = {"kind": "tenant", "id": "gone"}
    answer = await post(browse, world, "/settings/exclusions/remove", form)
    assert answer.status_code == 303 and world.profiles.controls.exclusions == excluded[:1]
    assert world.audit.entries[0].before and not world.audit.entries[0].after


async def test_excluding_a_licence_that_nobody_has_is_refused(browse: Open) -> None:
    world = World()
    answer = await post(browse, world, "/settings/exclusions", {"sku": "nothing", "reason": "free"})
    assert answer.status_code == 422 and world.profiles.controls.exclusions == ()


async def test_a_change_log_that_cannot_be_written_is_logged_whole(
    browse: Open, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    world.audit.error = RuntimeError("table gone")
    answer = await post(browse, world, "/settings/preferences", PREFERENCES)
    assert answer.status_code == 303 and world.configuration.preferences.currency == "$"
    assert "America/New_York" in caplog.text and "could not keep settings/preferences" in caplog.text


async def test_the_change_log_is_a_file_that_no_spreadsheet_calculates(browse: Open) -> None:
    world = World()
    await post(browse, world, "/settings/pause", {"reason": "=1+1"})
    rows = await read_csv(browse, world, "/settings/changes.csv")
    assert rows[0][0] == "When (Europe/Dublin)" and rows[1][3] == "settings/pause"


async def test_people_shows_what_each_role_may(browse: Open) -> None:
    world = World()
    await post(browse, world, "/settings/pause", {"reason": "because"})
    words = await read_words(browse, world, "/settings/people")
    assert "You are Ada Administrator , administrator." in words and "Who changed something lately" in words
    assert "Ada Administrator 22 Nov 2026, 08:30 1" in words


async def test_a_licence_that_is_excluded_everywhere_is_kept_and_noted(browse: Open) -> None:
    world = nights.typical_world()
    form = {"sku": tenants.PREMIUM, "reason": "Paid by the parent company"}
    answer = await post(browse, world, "/settings/exclusions", form)
    assert answer.status_code == 303, to_words(answer.text)
    (exclusion,) = world.profiles.controls.exclusions
    (entry,) = world.audit.entries
    assert exclusion.reason == "Paid by the parent company"
    assert entry.before == "" and "Paid by the parent company" in entry.after


async def test_an_exclusion_leads_to_additions_by_the_name_that_the_psa_has_for_them(browse: Open) -> None:
    world = nights.typical_world()
    world.profiles.controls = Controls(exclusions=(LicenceExclusion(tenants.PREMIUM, "Ours"),))
    assert "product=Microsoft+365+Business+Premium" in await read_source(browse, world, "/settings/exclusions")
    mapped = next(each for each in world.books.mappings["customer-0"] if each.sku_id == tenants.PREMIUM)
    profile = world.profiles.profiles[mapped.profile_id]
    renamed = {mapped.profile_id: replace(profile, product_name="M365 Biz Prem")}
    world.profiles.profiles = dict(world.profiles.profiles) | renamed
    source = await read_source(browse, world, "/settings/exclusions")
    assert "scope=all&amp;product=M365+Biz+Prem" in source


async def test_an_exclusion_counts_whom_it_bites_and_what_is_still_billed(browse: Open) -> None:
    world = nights.typical_world()
    rows = world.runs.tenants[nights.NIGHT]
    having = sum(len(each.customer_ids) for each in rows if tenants.PREMIUM in each.sku_ids)
    billing = [
        seats
        for overview in await world.books.list_overviews()
        for mapping in overview.mappings
        if mapping.sku_id == tenants.PREMIUM and (seats := overview.billed.get(mapping.id))
    ]
    choices = await read_words(browse, world, "/settings/exclusions")
    assert f"Microsoft 365 Business Premium ({having} customers)" in choices, "where it would bite stands there before"
    world.profiles.controls = Controls(exclusions=(LicenceExclusion(tenants.PREMIUM, "Ours"),))
    words = await read_words(browse, world, "/settings/exclusions")
    assert f"{having} customers have it" in words
    assert f"{sum(billing)} seats on {len(billing)} mappings are still billed" in words and len(billing) > 1


async def test_an_exclusion_is_noted_by_its_name_though_this_process_never_showed_the_page(browse: Open) -> None:
    world = nights.typical_world()
    name, tenant = "Microsoft 365 Business Premium", world.books.customers[0]
    await post(browse, world, "/settings/exclusions", {"sku": tenants.PREMIUM, "reason": "Ours"})
    await post(browse, world, "/settings/exclusions/remove", {"kind": "licence", "id": tenants.PREMIUM})
    world.profiles.controls = Controls(exclusions=(TenantExclusion(tenant.tenant_id, "Left"), LicenceExclusion("none")))
    await post(browse, world, "/settings/exclusions/remove", {"kind": "tenant", "id": tenant.tenant_id})
    await post(browse, world, "/settings/exclusions/remove", {"kind": "licence", "id": "none"})
    assert [each.sentence for each in world.audit.entries] == [
        f"Ada Administrator excluded {name} everywhere: Ours",
        f"Ada Administrator lets {name} be billed again.",
        f"Ada Administrator lets {tenant.name} be billed again.",
        "Ada Administrator lets a licence that nobody has be billed again.",
    ]


@pytest.mark.parametrize("path", ["/settings/preferences", "/settings/brakes"])
async def test_nobody_writes_over_what_he_has_not_seen(browse: Open, path: str) -> None:
    """Ada saves while Oskar's form is open: his is not kept, says so, and keeps what he typed."""
    world = World()
    whole = {each.name: str(getattr(Thresholds(), each.name)) for each in fields(Thresholds)}
    typed = PREFERENCES if path.endswith("preferences") else whole | {"rise_seats": "11"}
    stale = typed | {"seen": digest_seen(replace(Thresholds(), rise_seats=3))}
    answer = await post(browse, world, path, stale)
    assert answer.status_code == 409 and "Somebody else changed this meanwhile." in to_words(answer.text)
    assert world.profiles.controls.thresholds == Thresholds() and world.audit.entries == []
    assert world.configuration.preferences.currency == "EUR"
    assert f'value="{typed.get("time_zone", "11")}"' in answer.text
    again = await post(browse, world, path, typed)
    assert again.status_code == 303


def make_world_with_free() -> World:
    """The typical night, in whose tenants Power Automate Free is as well."""
    world = nights.typical_world()
    rows = world.runs.tenants[nights.NIGHT]
    world.runs.tenants[nights.NIGHT] = [replace(each, sku_ids=(*each.sku_ids, tenants.FLOW)) for each in rows]
    return world


async def test_what_microsoft_gives_away_is_excluded_with_one_click_unless_somebody_maps_it(browse: Open) -> None:
    world, page = make_world_with_free(), "/settings/exclusions"
    assert "1 free licence of your customers can be mapped." in await read_words(browse, world, page)
    assert "Bill it to nobody" not in await read_source(browse, world, page, roles=("Reader",))
    answer = await post(browse, world, f"{page}/free", {})
    assert answer.headers["location"] == f"{page}?told=free"
    (exclusion,) = world.profiles.controls.exclusions
    assert exclusion == LicenceExclusion(tenants.FLOW, "Free of charge at Microsoft.")
    assert "Microsoft Power Automate Free everywhere" in world.audit.entries[0].sentence
    assert "count as unmapped" not in await read_words(browse, world, page)
    await post(browse, world, f"{page}/free", {})
    assert world.profiles.controls.exclusions == (exclusion,), "a second click changes nothing"
    mapped = make_world_with_free()
    first = mapped.books.customers[0].id
    flow = tenants.make_mapping(0, tenants.FLOW, "mail")
    mapped.books.mappings[first] = (*mapped.books.mappings[first], flow)
    await post(browse, mapped, f"{page}/free", {})
    assert mapped.profiles.controls.exclusions == ()
