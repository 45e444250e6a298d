"""Every form of the pages said in JSON: it does what the form does, under the script's name, refused in its words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from plans.mail import Delivery, DeliveryState
from plans.tokens import TokenRole
from plans.webhooks import EventKind, Webhook
from profiles.exclusions import LicenceExclusion
from tests.browser.customers import TENANT, adding_world, gone_world
from tests.unit.plans.alerts.values import keep
from tests.unit.web import nights, tenants
from tests.unit.web.accounts import DIRECT, GRANTED
from tests.unit.web.conftest import Open
from tests.unit.web.everything import make_everything
from tests.unit.web.fakes import NOW, World
from tests.unit.web.mapping_fakes import CONNECTION, make_mapping
from tests.unit.web.mapping_fakes import make_world as make_mapping_world
from tests.unit.web.test_alerts import HELD, alert_world
from tests.unit.web.test_customer_account import OTHER
from tests.unit.web.test_customer_settings import OBSERVED, writing_world
from tests.unit.web.test_description import check
from tests.unit.web.test_general import make_world_with_free
from tests.unit.web.token_fakes import token_headers
from web.api.description import OPERATIONS
from web.api.forms import Done

CUSTOMER = "/customers/customer-0"
PREMIUM = f"{CUSTOMER}/licences/{tenants.PREMIUM}"
POWER_BI = f"{CUSTOMER}/licences/{tenants.POWER_BI}"
LINE = {"profile_id": "premium", "agreement_id": "400"}


async def call(
    browse: Open, world: World, path: str, body: Any = None, role: TokenRole = TokenRole.ADMINISTRATOR
) -> httpx.Response:
    """GET without a body, POST with one."""
    async with browse(world) as client:
        headers = token_headers(role)
        method = "GET" if body is None else "POST"
        return await client.request(method, f"/api/v1{path}", json=body, headers=headers)


def mapped_world(**changes: Any) -> World:
    world = make_mapping_world()
    world.bill(replace(make_mapping(), **changes), 12)
    return world


def mailed_world() -> World:
    world = make_everything()
    failed = Delivery("digest:1", "anna@msp.example", "Seatledger", DeliveryState.FAILED, 5, NOW, "No answer.")
    world.deliveries.deliveries = (failed,)
    return world


def reachable_world() -> World:
    world = make_everything()
    world.partners[GRANTED.id] = world.partner
    return world


def hooked_world() -> World:
    world = make_everything()
    world.webhooks.webhooks["hook1"] = Webhook("hook1", "h.example", (EventKind.TEST,), "Ada", NOW, "x")
    world.webhooks.sent = (Delivery("event:hook1:test-1", "hook1", "test", DeliveryState.FAILED, 9, NOW),)
    return world


def two_accounts_world() -> World:
    world = make_everything()
    world.connections.accounts[OTHER.id] = OTHER
    return world


def muted_world() -> World:
    return alert_world(keep(HELD, NOW))


@dataclass(frozen=True)
class Step:
    """One route, a body that is taken, and where what was shown is read first. `noted` is in the log afterwards."""

    path: str
    body: dict[str, Any]
    world: Callable[[], World] = make_everything
    seen: str = ""
    copied: tuple[str, ...] = ("seen",)
    noted: str = ""
    done: str = ""
    before: tuple[tuple[str, dict[str, Any]], ...] = field(default=())


FULL = {"lines": [LINE | {"included": 1, "maximum": 40}], "basis": "assigned", "own_text": "As agreed"}
STEPS = {
    "make_profile": Step(
        "/profiles", {"name": "Copilot", "connection_id": CONNECTION, "product_id": "501", "price": "custom",
                      "prices": [{"amount": "18.50"}, {"valid_from": "2027-01-01", "amount": 19}]},
        noted="made the billing profile Copilot", done="made",
    ),
    "change_profile": Step(
        "/profiles/mail", {"name": "Mail only", "product_id": "502"}, seen="/profiles/mail",
        noted="changed the billing profile Mail only", done="saved",
    ),
    "remove_profile": Step("/profiles/mail/remove", {}, noted="removed the billing profile", done="removed"),
    "map_licence": Step(
        f"{POWER_BI}/map", FULL, make_mapping_world, f"{POWER_BI}/map", noted="mapped", done="mapped"
    ),
    "quick_map": Step(f"{POWER_BI}/quick", LINE, make_mapping_world, noted="mapped", done="mapped"),
    "exclude_licence": Step(
        f"{PREMIUM}/exclude", {"reason": "They buy it themselves"}, mapped_world, f"{PREMIUM}/exclude",
        noted="They buy it themselves", done="excluded",
    ),
    "end_mapping": Step(f"{PREMIUM}/end", {}, mapped_world, f"{PREMIUM}/end", noted="ended", done="ended"),
    "include_licence": Step(
        f"{PREMIUM}/include", {}, lambda: mapped_world(is_excluded=True, exclusion_reason="x"), noted="Premium",
        done="included",
    ),
    "reopen_mapping": Step(
        f"{PREMIUM}/reopen", {}, lambda: mapped_world(is_ended=True), noted="Premium", done="reopened"
    ),
    "add_customer": Step(
        "/customers", {"tenant_id": TENANT, "company": f"{nights.CONNECTION}/905"}, adding_world, noted="added",
        done="added",
    ),
    "add_customers": Step(
        "/tenants/add", {}, adding_world, "/tenants", ("shown",), noted="added", done="done",
    ),
    "exclude_tenant": Step(
        "/tenants/exclude", {"tenant_id": TENANT, "reason": "not ours"}, adding_world, noted="not ours", done="excluded"
    ),
    "offer_tenant": Step(
        "/tenants/offer", {"tenant_id": TENANT}, adding_world, noted="again", done="offered",
        before=(("/tenants/exclude", {"tenant_id": TENANT, "reason": "not ours"}),),
    ),
    "refresh_tenants": Step("/tenants/refresh", {}, adding_world, done="asked"),
    "rename_customer": Step(f"{CUSTOMER}/name", {"name": "Harbour Ltd"}, noted="Harbour Ltd", done="named"),
    "go_live": Step(f"{OBSERVED}/live", {}, writing_world, f"{OBSERVED}/settings", ("shown",), "live", "live"),
    "observe": Step(f"{CUSTOMER}/observe", {}, noted="back to observe", done="observed"),
    "choose_proration": Step(f"{CUSTOMER}/proration", {"prorates": "periods"}, noted="period", done="prorated"),
    "choose_account": Step(
        f"{CUSTOMER}/account", {"account_id": OTHER.id}, two_accounts_world, f"{CUSTOMER}/account", ("seen",),
        "read through", "account",
    ),
    "end_customer": Step(
        f"{CUSTOMER}/end", {"reason": "They leave"}, gone_world, f"{CUSTOMER}/removal", ("shown",), "They leave",
        "asked",
    ),
    "remove_customer": Step(
        f"{CUSTOMER}/remove", {"reason": "They leave"}, gone_world, f"{CUSTOMER}/removal", ("shown",), "They leave",
        "removed",
    ),
    "confirm_gone": Step(
        f"{CUSTOMER}/gone", {"reason": "They left"}, gone_world, f"{CUSTOMER}/gone", ("shown",), "They left", "asked"
    ),
    "keep_customer": Step(f"{CUSTOMER}/keep", {"reason": "Microsoft errs"}, gone_world, noted="keeps", done="muted"),
    "mute_alert": Step(
        "/alerts/mute", {"alert_id": HELD.id, "until": "2026-12-31", "reason": "Known"}, muted_world, noted="muted",
        done="muted",
    ),
    "unmute": Step(
        "/alerts/unmute", {"mute_id": HELD.id}, muted_world, noted="hear of", done="heard",
        before=(("/alerts/mute", {"alert_id": HELD.id, "reason": "Known"}),),
    ),
    "change_notifications": Step(
        "/notifications", {"recipients": [{"address": "a@msp.example", "time_zone": "Europe/Zurich"}]},
        seen="/notifications", noted="what is told", done="saved",
    ),
    "change_preferences": Step(
        "/settings/preferences", {"time_zone": "Europe/Zurich", "night_hour": 3, "currency": "CHF"}, seen="/settings",
        copied=("preferences.seen",), noted="changed the settings", done="saved",
    ),
    "change_brakes": Step(
        "/settings/brakes", {}, seen="/settings", copied=("brakes",), noted="changed the brakes", done="brakes"
    ),
    "pause": Step("/settings/pause", {"is_paused": True, "reason": "Moving house"}, noted="paused", done="paused"),
    "exclude_everywhere": Step(
        "/exclusions", {"sku_id": tenants.PREMIUM.upper(), "reason": "Distributor bills it"}, noted="everywhere",
        done="added",
    ),
    "exclude_free": Step("/exclusions/free", {}, make_world_with_free, noted="Free of charge", done="free"),
    "remove_exclusion": Step(
        "/exclusions/remove", {"kind": "licence", "id": tenants.VISIO}, noted="billed again", done="removed"
    ),
    "send_again": Step("/mail/again", {"mail_id": "digest:1"}, mailed_world, done="again"),
    "test_webhook": Step("/webhooks/test", {"webhook_id": "hook1"}, hooked_world, done="test"),
    "send_event_again": Step(
        "/webhooks/again", {"webhook_id": "hook1", "event_id": "test-1"}, hooked_world, done="again"
    ),
    "remove_webhook": Step(
        "/webhooks/remove", {"webhook_id": "hook1"}, hooked_world, noted="ended the webhook", done="removed"
    ),
    "read_account": Step(f"/accounts/{GRANTED.id}/read", {}, reachable_world, done="reading"),
    "try_direct_tenant": Step(f"/direct-tenants/{DIRECT.id}/try", {}, noted="consent", done="granted"),
}  # fmt: skip


def pick(found: dict[str, Any], name: str) -> dict[str, Any]:
    """What is sent back: a field, a field within, or all of something."""
    value: Any = found
    for each in name.split("."):
        value = value[each]
    return dict(value) if isinstance(value, dict) else {name.rpartition(".")[2]: value}


@pytest.mark.parametrize("name", STEPS)
async def test_it_is_done_as_the_form_does_it_and_noted_under_the_scripts_name(name: str, browse: Open) -> None:
    step = STEPS[name]
    world = step.world()
    for path, body in step.before:
        assert (await call(browse, world, path, body)).status_code == 200
    body = dict(step.body)
    if step.seen:
        shown = await call(browse, world, step.seen)
        assert shown.status_code == 200, shown.text
        for each in step.copied:
            body |= pick(shown.json(), each)
    if name == "change_brakes":
        body["drop_money"] = "199.99"
    before = len(world.audit.entries)
    answer = await call(browse, world, step.path, body)
    assert answer.status_code == 200, answer.text
    check(Done, answer.json())
    assert answer.json()["done"] == step.done and answer.json()["sentence"]
    if step.noted:
        entry = world.audit.entries[before]
        assert entry.changed_by == "Script “Settings bot”" and step.noted in entry.sentence


async def test_a_mute_is_taken_back_as_often_as_somebody_asks(browse: Open) -> None:
    world = muted_world()
    answers = [await call(browse, world, "/alerts/unmute", {"mute_id": HELD.id}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200] and world.alerts.mutes == {}


def test_every_operation_of_a_form_is_in_the_table() -> None:
    forms = {
        each.name
        for each in OPERATIONS
        if each.method == "POST" and each.answers[200][0] is Done and "/tools/" not in each.path
    }
    assert forms - {"adopt"} == set(STEPS), "those of tools stand in test_tools_api.py"


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if step.seen])
async def test_nobody_writes_over_what_he_has_not_seen(name: str, browse: Open) -> None:
    step = STEPS[name]
    world = step.world()
    shown = (await call(browse, world, step.seen)).json()
    body = dict(step.body)
    for each in step.copied:
        body |= pick(shown, each)
    stale = next(each for each in ("seen", "shown") if each in body)
    before = list(world.audit.entries)
    answer = await call(browse, world, step.path, body | {stale: "another"})
    assert answer.status_code == 409, answer.text
    assert answer.json()["detail"].endswith(".") and world.audit.entries == before


@pytest.mark.parametrize(
    ("path", "body", "field", "words"),
    [
        ("/profiles", {"name": "x", "connection_id": CONNECTION, "product_id": "0"}, "product_id", "Choose the"),
        (
            "/profiles",
            {"name": "x", "connection_id": CONNECTION, "product_id": "501", "price": "custom"},
            "prices",
            "at least one price",
        ),
        (
            "/profiles",
            {"name": "x", "connection_id": CONNECTION, "product_id": "501", "price": "custom",
             "prices": [{"amount": "0.00"}]},
            "bill_at_zero",
            "invoice for nothing",
        ),
        (f"{POWER_BI}/map", {"lines": [LINE | {"minimum": 9, "maximum": 2}], "seen": "x"}, "lines.0.minimum", "above"),
        (f"{POWER_BI}/map", {"lines": [], "seen": "x"}, "lines", "Choose a"),
        (f"{POWER_BI}/quick", LINE | {"agreement_id": "0"}, "agreement_id", "not active any more"),
        ("/notifications", {"recipients": [{"address": "x", "time_zone": "UTC"}], "seen": "x"}, "recipients.0.address",
         "one plain address"),
        ("/settings/pause", {"is_paused": True}, "reason", "Say why"),
        ("/exclusions", {"sku_id": "none", "reason": "x"}, "sku_id", "No customer has"),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_told_in_the_forms_words_beside_its_field(
    path: str, body: dict[str, Any], field: str, words: str, browse: Open
) -> None:
    world = make_mapping_world() if "licences" in path else make_everything()
    answer = await call(browse, world, path, body)
    assert answer.status_code == 422, answer.text
    told = [(each["field"], each["detail"]) for each in answer.json()["errors"]]
    assert any(name == field and words in detail for name, detail in told)
    assert answer.json()["detail"] in [detail for _, detail in told]


@pytest.mark.parametrize("amount", ["1e-999999", "1e999999", "NaN", "1" * 13])
async def test_an_amount_that_is_short_to_send_and_long_to_write_is_refused(amount: str, browse: Open) -> None:
    body = {"name": "x", "connection_id": CONNECTION, "product_id": "501", "price": "custom"}
    answer = await call(browse, make_everything(), "/profiles", body | {"prices": [{"amount": amount}]})
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "prices.0.amount"


async def test_a_copy_of_a_profile_is_what_was_read_under_another_name(browse: Open) -> None:
    world = make_everything()
    read = (await call(browse, world, "/profiles/premium")).json()
    copy = {name: value for name, value in read.items() if name not in ("id", "seen", "uses")}
    made = await call(browse, world, "/profiles", copy | {"name": "Premium, copy"})
    again = (await call(browse, world, f"/profiles/{made.json()['id']}")).json()
    assert again | {"id": "", "seen": "", "uses": 0} == read | {
        "name": "Premium, copy",
        "id": "",
        "seen": "",
        "uses": 0,
    }


async def test_a_mapping_that_was_read_can_be_sent_back_as_it_is(browse: Open) -> None:
    world = mapped_world()
    read = (await call(browse, world, f"{PREMIUM}/map")).json()
    fields = ("split", "lines", "basis", "starts_on", "prorates", "gives_credits", "disabled_users", "guests",
              "user_names", "unassigned_count", "renewal", "own_text", "seen")  # fmt: skip
    body = {name: read[name] for name in fields}
    assert (await call(browse, world, f"{PREMIUM}/map", body)).json()["done"] == "same"
    preview = await call(browse, world, f"{PREMIUM}/map/preview", body | {"basis": "assigned"})
    assert preview.status_code == 200 and preview.json()["problem"] == ""


async def test_a_changed_price_is_saved_only_once_its_effects_were_shown(browse: Open) -> None:
    world = make_everything()
    read = (await call(browse, world, "/profiles/premium")).json()
    body = {name: value for name, value in read.items() if name not in ("id", "connection_id", "uses")}
    body |= {"price": "custom", "prices": [{"valid_from": None, "amount": "5.00"}]}
    first = await call(browse, world, "/profiles/premium", body)
    assert first.status_code == 409 and "Nothing was saved yet" in first.json()["detail"]
    second = await call(browse, world, "/profiles/premium", body | {"shown": first.json()["shown"], "reason": "Agreed"})
    assert second.json()["done"] == "saved" and ": Agreed" in world.audit.entries[-1].sentence


async def test_an_operator_sets_no_brakes_and_a_reader_changes_nothing(browse: Open) -> None:
    world = make_everything()
    assert (await call(browse, world, "/settings/pause", {"is_paused": False}, TokenRole.OPERATOR)).status_code == 403
    for each in OPERATIONS:
        if each.method == "POST":
            path = each.path.removeprefix("/api/v1").replace("{customer_id}", "customer-0")
            assert (await call(browse, world, path, {}, TokenRole.READER)).status_code == 403, each


async def test_what_is_excluded_everywhere_is_listed_with_its_reason(browse: Open) -> None:
    world = make_everything()
    world.profiles.controls = replace(world.profiles.controls, exclusions=(LicenceExclusion(tenants.VISIO, "free"),))
    (row,) = (await call(browse, world, "/exclusions")).json()["exclusions"]
    assert (row["kind"], row["id"], row["reason"]) == ("licence", tenants.VISIO, "free")
