"""Every route that changes what Seatledger is told keeps before and after (S12); `watching.py` sees each request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.web import nights
from tests.unit.web.conftest import Open, open_client
from tests.unit.web.connection_fakes import AUTOTASK, CONNECTWISE
from tests.unit.web.fakes import World, sign_in_headers
from tests.unit.web.watching import NOTED, NotNoted
from web.api.description import OPERATIONS
from web.security.permissions import PERMISSIONS
from web.security.scripts import is_for_scripts

OURS = {"Sec-Fetch-Site": "same-origin"}
MICROSOFT = "/settings/connections/microsoft"
LICENCE = "/customers/{customer_id}/licences/{sku_id}"
# Who may do what, with which connection, how anything is billed, and whether it is written.
CONFIGURES = frozenset(
    {
        "/customers/add",
        "/customers/add/bulk",
        "/customers/add/exclude",
        "/customers/add/offer",
        "/customers/{customer_id}/settings",
        "/customers/{customer_id}/settings/live",
        "/customers/{customer_id}/settings/observe",
        "/customers/{customer_id}/settings/proration",
        "/customers/{customer_id}/account",
        "/customers/{customer_id}/remove",
        "/customers/{customer_id}/end",
        "/customers/{customer_id}/agreements/{agreement_id}/move",
        f"{LICENCE}/map",
        f"{LICENCE}/quick",
        f"{LICENCE}/exclude",
        f"{LICENCE}/end",
        f"{LICENCE}/include",
        f"{LICENCE}/reopen",
        "/tools/map",
        "/tools/profiles",
        "/tools/import/apply",
        "/tools/end",
        "/tools/ended",
        "/tools/rules/new",
        "/tools/rules/{rule_id}/mode",
        "/tools/rules/{rule_id}/map",
        "/tools/rules/{rule_id}/remove",
        "/profiles/new",
        "/profiles/{profile_id}",
        "/profiles/{profile_id}/remove",
        "/settings/preferences",
        "/settings/brakes",
        "/settings/pause",
        "/settings/exclusions",
        "/settings/exclusions/free",
        "/settings/exclusions/remove",
        "/settings/mail",
        "/settings/notifications",
        "/alerts/mute",
        "/alerts/unmute",
        "/customers/{customer_id}/gone",
        "/customers/{customer_id}/keep",
        "/settings/mail/stop",
        "/settings/tokens",
        "/settings/tokens/revoke",
        "/settings/webhooks",
        "/settings/webhooks/remove",
        "/settings/connections/connectwise/new",
        "/settings/connections/autotask/new",
        "/settings/connections/{connection_id}",
        "/settings/connections/{connection_id}/remove",
        f"{MICROSOFT}/new",
        f"{MICROSOFT}/{{account_id}}/change",
        f"{MICROSOFT}/{{account_id}}/remove",
        f"{MICROSOFT}/direct/new",
        f"{MICROSOFT}/direct/{{tenant_id}}/change",
        f"{MICROSOFT}/direct/{{tenant_id}}/remove",
        f"{MICROSOFT}/direct/{{tenant_id}}/try",
    }
)
# What people decide about single changes and money: kept with the line, in history and evidence (R16).
DECIDES = frozenset(
    {
        "/approvals/approve",
        "/approvals/refuse",
        "/approvals/credits/settle",
        "/customers/{customer_id}/additions/{connection_id}/{addition_id}/undo",
        "/customers/{customer_id}/licences/{mapping_id}/adopt",
    }
)
# What only asks: for a run, a reading, a test, a preview, or at Microsoft for a consent that the callback ends.
# Pre-consent changes the customer's tenant and nothing here; `test_microsoft_accounts` sees it noted.
ASKS = frozenset(
    {
        "/tools/import",
        "/customers/add/refresh",
        "/customers/sync",
        "/customers/{customer_id}/sync",
        f"{LICENCE}/map/preview",
        "/settings/mail/test",
        "/settings/mail/again",
        "/settings/webhooks/test",
        "/settings/webhooks/again",
        "/settings/connections/connectwise/new/test",
        "/settings/connections/autotask/new/test",
        "/settings/connections/{connection_id}/test",
        f"{MICROSOFT}/{{account_id}}/consent",
        f"{MICROSOFT}/{{account_id}}/read",
        f"{MICROSOFT}/{{account_id}}/tenants",
        f"{MICROSOFT}/direct/{{tenant_id}}/consent",
    }
)
# The one GET that may change something.
CALLBACK = ("GET", f"{MICROSOFT}/callback")


def test_every_route_that_takes_a_form_says_what_it_changes() -> None:
    posts = {path for method, path in PERMISSIONS if method == "POST" and not is_for_scripts(path)}
    assert posts == CONFIGURES | DECIDES | ASKS
    assert len(CONFIGURES) + len(DECIDES) + len(ASKS) == len(posts)
    assert {method for method, _ in PERMISSIONS} == {"GET", "POST"}


async def test_a_change_that_is_not_noted_is_found(browse: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forget(*args: object, **fields: object) -> None:
        return None

    monkeypatch.setattr("web.pages.general.note_change", forget)
    world = nights.typical_world()
    with pytest.raises(NotNoted, match=r"'/settings/pause'.* changed controls"):
        async with browse(world) as client:
            await client.post("/settings/pause", data={"do": "pause", "reason": "Migration"}, headers=administrator())


def administrator() -> dict[str, str]:
    return sign_in_headers() | OURS


FORMS = {
    "connectwise": {
        "site": CONNECTWISE.site_url,
        "company": "demo",
        "client": CONNECTWISE.client_id,
        "public_key": "public-canary",
        "private_key": "private-canary",
        "billing": "advance",
        "cycles": "Monthly",
    },
    "autotask": {
        "user": AUTOTASK.user_name,
        "secret": "secret-canary",
        "integration_code": "code-canary",
        "mode": "period_start",
        "lead": "2",
    },
}
KEYS = {"public_key", "private_key", "secret", "integration_code"}


@pytest.mark.parametrize("kind", FORMS)
async def test_a_psa_connection_is_noted_when_it_comes_changes_and_goes(kind: str) -> None:
    """On the fakes as well: `tests/unit/app` does it on real tables."""
    world = World()
    form = {"name": "Ours"} | FORMS[kind]
    async with open_client(world) as client:
        made = await client.post(f"/settings/connections/{kind}/new", data=form, headers=administrator())
        assert made.status_code == 303, made.text
        address = made.headers["location"].partition("?")[0]
        page = await client.get(address, headers=administrator())
        seal = page.text.partition('id="seal" value="')[2].partition('"')[0]
        keyless = {name: value for name, value in form.items() if name not in KEYS}
        changed = await client.post(address, data=keyless | {"name": "Renamed", "seal": seal}, headers=administrator())
        assert changed.status_code == 303, changed.text
        removed = await client.post(f"{address}/remove", data={"x": "y"}, headers=administrator())
        assert removed.status_code == 303
    came, went_on, went = world.audit.entries
    assert (came.before, went.after) == ("", "")
    assert '"Ours"' in went_on.before and '"Renamed"' in went_on.after
    assert "canary" not in "".join(f"{each.before}{each.after}{each.sentence}" for each in world.audit.entries)


def test_last_of_all_every_route_that_configures_was_seen_to_be_noted(request: pytest.FixtureRequest) -> None:
    """Runs after every other test of this folder (`conftest.py`), where all of them run."""
    folder = Path(__file__).parent
    there = {path.name for path in folder.glob("test_*.py")}
    ran = {item.path.name for item in request.session.items if item.path.parent == folder}
    if ran != there or request.config.option.keyword or request.config.option.markexpr:
        pytest.skip("Only where all tests of this folder run.")
    by_script = {each.path for each in OPERATIONS if each.method == "POST" and CONFIGURES.intersection(each.pages)}
    configure = {("POST", path) for path in CONFIGURES | by_script}
    assert configure - NOTED == set()
    assert NOTED - configure == {CALLBACK}
