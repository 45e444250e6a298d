"""Every page action is an API action (design 05), or stands here with the reason why it is none."""

from __future__ import annotations

from tests.unit.web.test_noting import ASKS, CONFIGURES, DECIDES
from web.api.description import OPERATIONS
from web.security.permissions import PERMISSIONS, Permission

API = "/api/v1/"
MICROSOFT = "/settings/connections/microsoft"
KEYS = "keys and client secrets are typed by a person, in a page: no script hands them around"
CONSENT = "Microsoft's consent belongs to one person in one browser"
REMOVED_BY_PEOPLE = "what everything hangs on is connected and taken away by a person"
TOKENS = "a token neither makes nor ends tokens: whoever loses one loses no more than that"
TOLD_ELSEWHERE = "GET /runs/ID, /holds, /alerts and /missing say what it adds up"
BY_NAME = "a script makes the profiles that it wants, each with its product, by POST /profiles"
NOT_IN_API = {
    ("GET", "/"): TOLD_ELSEWHERE,
    ("GET", "/approvals/also"): TOLD_ELSEWHERE,
    ("GET", "/approvals/count"): TOLD_ELSEWHERE,
    ("GET", "/customers/{customer_id}/waiting"): TOLD_ELSEWHERE,
    ("GET", "/runs/{run_id}/asked"): "GET /runs/ID answers 404 until the run has begun",
    ("POST", "/settings/mail"): KEYS,
    ("POST", "/settings/mail/test"): KEYS,
    ("POST", "/settings/mail/stop"): REMOVED_BY_PEOPLE,
    ("GET", "/settings/tokens"): TOKENS,
    ("POST", "/settings/tokens"): TOKENS,
    ("POST", "/settings/tokens/revoke"): TOKENS,
    **{
        (method, f"/settings/connections/{rest}"): KEYS
        for rest in ("connectwise/new", "autotask/new")
        for method in ("GET", "POST")
    },
    ("POST", "/settings/connections/connectwise/new/test"): KEYS,
    ("POST", "/settings/connections/autotask/new/test"): KEYS,
    ("POST", "/settings/connections/{connection_id}"): KEYS,
    ("GET", "/settings/connections/{connection_id}/remove"): REMOVED_BY_PEOPLE,
    ("POST", "/settings/connections/{connection_id}/remove"): REMOVED_BY_PEOPLE,
    **{
        (method, f"{MICROSOFT}/{rest}"): reason
        for method in ("GET", "POST")
        for rest, reason in {
            "new": KEYS,
            "direct/new": KEYS,
            "direct/{tenant_id}/change": KEYS,
            "direct/{tenant_id}/remove": REMOVED_BY_PEOPLE,
            "{account_id}/change": KEYS,
            "{account_id}/remove": REMOVED_BY_PEOPLE,
            "{account_id}/tenants": "letting the application into customers' tenants is a person's word",
        }.items()
    },
    **{
        (method, "/customers/{customer_id}/agreements/{agreement_id}/move"): "a script maps each licence by POST …/map"
        for method in ("GET", "POST")
    },
    ("GET", "/search"): "each list finds by its own `q`",
    ("GET", "/tools/import/review"): "POST /tools/import answers what it shows, and keeps no file",
    ("GET", "/tools/profiles"): BY_NAME,
    ("POST", "/tools/profiles"): BY_NAME,
    ("GET", f"{MICROSOFT}/callback"): CONSENT,
    ("POST", f"{MICROSOFT}/{{account_id}}/consent"): CONSENT,
    ("POST", f"{MICROSOFT}/direct/{{tenant_id}}/consent"): CONSENT,
    ("GET", "/static/{digest}/{name:path}"): "what pages are drawn with",
}


def test_every_page_action_is_an_action_of_the_api_or_has_a_reason() -> None:
    said = {(each.method, page) for each in OPERATIONS for page in each.pages}
    pages = {key for key in PERMISSIONS if not key[1].startswith(API)}
    assert said <= pages, "an operation names a page that is not there"
    assert pages - said == set(NOT_IN_API)


def test_whoever_may_do_it_on_the_page_may_do_it_by_the_api_and_nobody_else() -> None:
    order = list(Permission)
    for each in OPERATIONS:
        asked = {PERMISSIONS[each.method, page] for page in each.pages} - {Permission.PUBLIC}
        own = PERMISSIONS[each.method, each.path]
        assert own in asked, each
        if each.method == "POST":
            assert order.index(own) == max(order.index(one) for one in asked), each


def test_every_operation_that_changes_something_is_one_of_a_page_and_so_noted_as_it_is() -> None:
    for each in OPERATIONS:
        if each.method == "POST":
            assert set(each.pages) <= CONFIGURES | DECIDES | ASKS and each.pages, each
