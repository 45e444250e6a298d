"""The one table of who may do what (S2). A route that is not in it does not start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from starlette.routing import BaseRoute, Route

from plans.errors import Bug
from web.security.sign_in import Caller, Role


class Permission(StrEnum):
    """What a route asks of a person, or of the token of a script."""

    PUBLIC = "public"
    LOOK = "look"
    OPERATE = "operate"
    ADMINISTER = "administer"


type RouteKey = tuple[str, str]
type PermissionTable = Mapping[RouteKey, Permission]

PERMISSIONS: PermissionTable = {
    ("GET", "/"): Permission.LOOK,
    ("GET", "/customers"): Permission.LOOK,
    ("GET", "/customers.csv"): Permission.LOOK,
    ("GET", "/customers/add"): Permission.OPERATE,
    ("POST", "/customers/add"): Permission.OPERATE,
    ("GET", "/customers/add/bulk"): Permission.OPERATE,
    ("POST", "/customers/add/bulk"): Permission.OPERATE,
    ("GET", "/customers/add/exclude"): Permission.OPERATE,
    ("POST", "/customers/add/exclude"): Permission.OPERATE,
    ("POST", "/customers/add/offer"): Permission.OPERATE,
    ("POST", "/customers/add/refresh"): Permission.OPERATE,
    ("POST", "/customers/sync"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/sync"): Permission.OPERATE,
    ("GET", "/customers/{customer_id}/settings"): Permission.LOOK,
    ("POST", "/customers/{customer_id}/settings"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/settings/live"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/settings/observe"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/settings/proration"): Permission.OPERATE,
    ("GET", "/customers/{customer_id}/remove"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/remove"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/end"): Permission.OPERATE,
    ("GET", "/customers/{customer_id}"): Permission.LOOK,
    ("GET", "/customers/{customer_id}/licences.csv"): Permission.LOOK,
    ("GET", "/customers/{customer_id}/users"): Permission.LOOK,
    ("GET", "/customers/{customer_id}/users.csv"): Permission.LOOK,
    ("GET", "/customers/{customer_id}/history"): Permission.LOOK,
    ("GET", "/customers/{customer_id}/history.csv"): Permission.LOOK,
    ("GET", "/customers/{customer_id}/waiting"): Permission.LOOK,
    ("GET", "/runs"): Permission.LOOK,
    ("GET", "/runs.csv"): Permission.LOOK,
    ("GET", "/runs/{run_id}"): Permission.LOOK,
    ("GET", "/runs/{run_id}/asked"): Permission.LOOK,
    ("GET", "/runs/{run_id}/customers.csv"): Permission.LOOK,
    ("GET", "/runs/{run_id}/changes"): Permission.LOOK,
    ("GET", "/runs/{run_id}/changes.csv"): Permission.LOOK,
    ("GET", "/runs/{run_id}/log"): Permission.LOOK,
    ("GET", "/runs/{run_id}/log.csv"): Permission.LOOK,
    ("GET", "/invoices"): Permission.LOOK,
    ("GET", "/invoices.csv"): Permission.LOOK,
    ("GET", "/invoices/{connection_id}/{agreement_id}"): Permission.LOOK,
    ("GET", "/invoices/{connection_id}/{agreement_id}/invoices.csv"): Permission.LOOK,
    ("GET", "/approvals"): Permission.LOOK,
    ("GET", "/approvals.csv"): Permission.LOOK,
    ("GET", "/approvals/count"): Permission.LOOK,
    ("POST", "/approvals/approve"): Permission.OPERATE,
    ("POST", "/approvals/refuse"): Permission.OPERATE,
    ("GET", "/approvals/credits"): Permission.LOOK,
    ("GET", "/approvals/credits.csv"): Permission.LOOK,
    ("POST", "/approvals/credits/settle"): Permission.OPERATE,
    ("GET", "/approvals/invoices"): Permission.LOOK,
    ("GET", "/approvals/invoices.csv"): Permission.LOOK,
    ("GET", "/approvals/also"): Permission.LOOK,
    ("GET", "/approvals/{hold_id}"): Permission.LOOK,
    ("GET", "/customers/{customer_id}/additions/{connection_id}/{addition_id}"): Permission.LOOK,
    ("GET", "/customers/{customer_id}/additions/{connection_id}/{addition_id}/undo"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/additions/{connection_id}/{addition_id}/undo"): Permission.OPERATE,
    ("GET", "/customers/{customer_id}/licences/{mapping_id}/adopt"): Permission.LOOK,
    ("POST", "/customers/{customer_id}/licences/{mapping_id}/adopt"): Permission.OPERATE,
    ("GET", "/customers/{customer_id}/licences/{sku_id}/map"): Permission.LOOK,
    ("POST", "/customers/{customer_id}/licences/{sku_id}/map"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/licences/{sku_id}/map/preview"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/licences/{sku_id}/quick"): Permission.OPERATE,
    ("GET", "/customers/{customer_id}/licences/{sku_id}/exclude"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/licences/{sku_id}/exclude"): Permission.OPERATE,
    ("GET", "/customers/{customer_id}/licences/{sku_id}/end"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/licences/{sku_id}/end"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/licences/{sku_id}/include"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/licences/{sku_id}/reopen"): Permission.OPERATE,
    ("GET", "/api/v1/customers"): Permission.LOOK,
    ("POST", "/api/v1/customers/sync"): Permission.OPERATE,
    ("GET", "/api/v1/customers/{customer_id}"): Permission.LOOK,
    ("GET", "/api/v1/customers/{customer_id}/licences"): Permission.LOOK,
    ("GET", "/api/v1/customers/{customer_id}/users"): Permission.LOOK,
    ("GET", "/api/v1/customers/{customer_id}/history"): Permission.LOOK,
    ("GET", "/api/v1/runs"): Permission.LOOK,
    ("GET", "/api/v1/runs/{run_id}"): Permission.LOOK,
    ("GET", "/api/v1/runs/{run_id}/customers"): Permission.LOOK,
    ("GET", "/api/v1/runs/{run_id}/changes"): Permission.LOOK,
    ("GET", "/api/v1/runs/{run_id}/log"): Permission.LOOK,
    ("GET", "/api/v1/holds"): Permission.LOOK,
    ("POST", "/api/v1/holds/approve"): Permission.OPERATE,
    ("POST", "/api/v1/holds/refuse"): Permission.OPERATE,
    ("GET", "/api/v1/proposals"): Permission.LOOK,
    ("POST", "/api/v1/proposals/settle"): Permission.OPERATE,
    ("GET", "/api/v1/customers/{customer_id}/additions/{connection_id}/{addition_id}"): Permission.LOOK,
    ("GET", "/api/v1/customers/{customer_id}/additions/{connection_id}/{addition_id}/undo"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/additions/{connection_id}/{addition_id}/undo"): Permission.OPERATE,
    ("GET", "/api/v1/profiles"): Permission.LOOK,
    ("POST", "/api/v1/profiles"): Permission.OPERATE,
    ("GET", "/api/v1/profiles/{profile_id}"): Permission.LOOK,
    ("POST", "/api/v1/profiles/{profile_id}"): Permission.OPERATE,
    ("POST", "/api/v1/profiles/{profile_id}/remove"): Permission.OPERATE,
    ("GET", "/api/v1/connections/{connection_id}/offer"): Permission.OPERATE,
    ("GET", "/api/v1/tenants"): Permission.OPERATE,
    ("POST", "/api/v1/customers"): Permission.OPERATE,
    ("POST", "/api/v1/tenants/add"): Permission.OPERATE,
    ("POST", "/api/v1/tenants/exclude"): Permission.OPERATE,
    ("POST", "/api/v1/tenants/offer"): Permission.OPERATE,
    ("POST", "/api/v1/tenants/refresh"): Permission.OPERATE,
    ("GET", "/api/v1/customers/{customer_id}/settings"): Permission.LOOK,
    ("POST", "/api/v1/customers/{customer_id}/name"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/live"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/observe"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/proration"): Permission.OPERATE,
    ("GET", "/api/v1/customers/{customer_id}/removal"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/end"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/remove"): Permission.OPERATE,
    ("GET", "/api/v1/customers/{customer_id}/gone"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/gone"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/keep"): Permission.OPERATE,
    ("GET", "/api/v1/customers/{customer_id}/licences/{sku_id}/map"): Permission.LOOK,
    ("POST", "/api/v1/customers/{customer_id}/licences/{sku_id}/map"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/licences/{sku_id}/map/preview"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/licences/{sku_id}/quick"): Permission.OPERATE,
    ("GET", "/api/v1/customers/{customer_id}/licences/{sku_id}/exclude"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/licences/{sku_id}/exclude"): Permission.OPERATE,
    ("GET", "/api/v1/customers/{customer_id}/licences/{sku_id}/end"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/licences/{sku_id}/end"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/licences/{sku_id}/include"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/licences/{sku_id}/reopen"): Permission.OPERATE,
    ("GET", "/api/v1/customers/{customer_id}/licences/{mapping_id}/adopt"): Permission.LOOK,
    ("POST", "/api/v1/customers/{customer_id}/licences/{mapping_id}/adopt/look"): Permission.OPERATE,
    ("POST", "/api/v1/customers/{customer_id}/licences/{mapping_id}/adopt"): Permission.OPERATE,
    ("GET", "/api/v1/invoices"): Permission.LOOK,
    ("GET", "/api/v1/invoices/{connection_id}/{agreement_id}"): Permission.LOOK,
    ("GET", "/api/v1/missing"): Permission.LOOK,
    ("GET", "/api/v1/alerts"): Permission.LOOK,
    ("POST", "/api/v1/alerts/mute"): Permission.OPERATE,
    ("GET", "/api/v1/alerts/muted"): Permission.LOOK,
    ("POST", "/api/v1/alerts/unmute"): Permission.OPERATE,
    ("GET", "/api/v1/notifications"): Permission.LOOK,
    ("POST", "/api/v1/notifications"): Permission.ADMINISTER,
    ("GET", "/api/v1/notifications/preview"): Permission.LOOK,
    ("GET", "/api/v1/connections"): Permission.LOOK,
    ("GET", "/api/v1/connections/{connection_id}"): Permission.LOOK,
    ("GET", "/api/v1/connections/{connection_id}/health"): Permission.LOOK,
    ("POST", "/api/v1/connections/{connection_id}/test"): Permission.ADMINISTER,
    ("GET", "/api/v1/accounts"): Permission.LOOK,
    ("GET", "/api/v1/accounts/{account_id}"): Permission.LOOK,
    ("POST", "/api/v1/accounts/{account_id}/read"): Permission.ADMINISTER,
    ("GET", "/api/v1/direct-tenants/{tenant_id}"): Permission.LOOK,
    ("POST", "/api/v1/direct-tenants/{tenant_id}/try"): Permission.ADMINISTER,
    ("GET", "/api/v1/settings"): Permission.LOOK,
    ("POST", "/api/v1/settings/preferences"): Permission.ADMINISTER,
    ("POST", "/api/v1/settings/brakes"): Permission.ADMINISTER,
    ("POST", "/api/v1/settings/pause"): Permission.ADMINISTER,
    ("GET", "/api/v1/exclusions"): Permission.LOOK,
    ("POST", "/api/v1/exclusions"): Permission.OPERATE,
    ("POST", "/api/v1/exclusions/free"): Permission.OPERATE,
    ("POST", "/api/v1/exclusions/remove"): Permission.OPERATE,
    ("GET", "/api/v1/mail"): Permission.LOOK,
    ("POST", "/api/v1/mail/again"): Permission.OPERATE,
    ("GET", "/api/v1/changes"): Permission.LOOK,
    ("GET", "/api/v1/people"): Permission.LOOK,
    ("GET", "/api/v1/health"): Permission.LOOK,
    # What the API can do is the same for everybody and tells of nobody: tools read it before they have a token.
    ("GET", "/api/v1/openapi.json"): Permission.PUBLIC,
    ("GET", "/api/v1/docs"): Permission.PUBLIC,
    ("GET", "/tools/map"): Permission.LOOK,
    ("GET", "/tools/map.csv"): Permission.LOOK,
    ("POST", "/tools/map"): Permission.OPERATE,
    ("GET", "/tools/rules"): Permission.LOOK,
    ("GET", "/tools/rules/new"): Permission.OPERATE,
    ("POST", "/tools/rules/new"): Permission.OPERATE,
    ("GET", "/tools/rules/{rule_id}"): Permission.LOOK,
    ("POST", "/tools/rules/{rule_id}/mode"): Permission.OPERATE,
    ("POST", "/tools/rules/{rule_id}/map"): Permission.OPERATE,
    ("POST", "/tools/rules/{rule_id}/remove"): Permission.OPERATE,
    ("GET", "/alerts"): Permission.LOOK,
    ("GET", "/alerts.csv"): Permission.LOOK,
    ("GET", "/alerts/mute"): Permission.OPERATE,
    ("POST", "/alerts/mute"): Permission.OPERATE,
    ("GET", "/alerts/muted"): Permission.LOOK,
    ("POST", "/alerts/unmute"): Permission.OPERATE,
    ("GET", "/customers/{customer_id}/gone"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/gone"): Permission.OPERATE,
    ("POST", "/customers/{customer_id}/keep"): Permission.OPERATE,
    ("GET", "/settings/notifications"): Permission.LOOK,
    ("POST", "/settings/notifications"): Permission.ADMINISTER,
    ("GET", "/settings/notifications/preview"): Permission.LOOK,
    ("GET", "/profiles"): Permission.LOOK,
    ("GET", "/profiles.csv"): Permission.LOOK,
    ("GET", "/profiles/new"): Permission.OPERATE,
    ("POST", "/profiles/new"): Permission.OPERATE,
    ("GET", "/profiles/{profile_id}"): Permission.LOOK,
    ("POST", "/profiles/{profile_id}"): Permission.OPERATE,
    ("POST", "/profiles/{profile_id}/remove"): Permission.OPERATE,
    ("GET", "/settings"): Permission.LOOK,
    ("POST", "/settings/preferences"): Permission.ADMINISTER,
    ("POST", "/settings/brakes"): Permission.ADMINISTER,
    ("POST", "/settings/pause"): Permission.ADMINISTER,
    ("GET", "/settings/mail"): Permission.LOOK,
    ("POST", "/settings/mail"): Permission.ADMINISTER,
    ("POST", "/settings/mail/test"): Permission.ADMINISTER,
    ("POST", "/settings/mail/stop"): Permission.ADMINISTER,
    ("POST", "/settings/mail/again"): Permission.OPERATE,
    ("GET", "/settings/exclusions"): Permission.LOOK,
    ("POST", "/settings/exclusions"): Permission.OPERATE,
    ("POST", "/settings/exclusions/free"): Permission.OPERATE,
    ("POST", "/settings/exclusions/remove"): Permission.OPERATE,
    ("GET", "/settings/people"): Permission.LOOK,
    ("GET", "/settings/changes"): Permission.LOOK,
    ("GET", "/settings/changes.csv"): Permission.LOOK,
    ("GET", "/settings/tokens"): Permission.ADMINISTER,
    ("POST", "/settings/tokens"): Permission.ADMINISTER,
    ("POST", "/settings/tokens/revoke"): Permission.ADMINISTER,
    ("GET", "/settings/connections/microsoft"): Permission.LOOK,
    ("GET", "/settings/connections/microsoft/new"): Permission.ADMINISTER,
    ("POST", "/settings/connections/microsoft/new"): Permission.ADMINISTER,
    # The one GET that may change state (S3); web/actions/consenting.py proves that it is ours.
    ("GET", "/settings/connections/microsoft/callback"): Permission.ADMINISTER,
    ("GET", "/settings/connections/microsoft/direct/new"): Permission.ADMINISTER,
    ("POST", "/settings/connections/microsoft/direct/new"): Permission.ADMINISTER,
    ("GET", "/settings/connections/microsoft/direct/{tenant_id}"): Permission.LOOK,
    ("GET", "/settings/connections/microsoft/direct/{tenant_id}/change"): Permission.ADMINISTER,
    ("POST", "/settings/connections/microsoft/direct/{tenant_id}/change"): Permission.ADMINISTER,
    ("POST", "/settings/connections/microsoft/direct/{tenant_id}/consent"): Permission.ADMINISTER,
    ("POST", "/settings/connections/microsoft/direct/{tenant_id}/try"): Permission.ADMINISTER,
    ("GET", "/settings/connections/microsoft/direct/{tenant_id}/remove"): Permission.ADMINISTER,
    ("POST", "/settings/connections/microsoft/direct/{tenant_id}/remove"): Permission.ADMINISTER,
    ("GET", "/settings/connections/microsoft/{account_id}"): Permission.LOOK,
    ("GET", "/settings/connections/microsoft/{account_id}/change"): Permission.ADMINISTER,
    ("POST", "/settings/connections/microsoft/{account_id}/change"): Permission.ADMINISTER,
    ("POST", "/settings/connections/microsoft/{account_id}/consent"): Permission.ADMINISTER,
    ("POST", "/settings/connections/microsoft/{account_id}/read"): Permission.ADMINISTER,
    ("GET", "/settings/connections/microsoft/{account_id}/progress"): Permission.LOOK,
    ("GET", "/settings/connections/microsoft/{account_id}/tenants"): Permission.LOOK,
    ("POST", "/settings/connections/microsoft/{account_id}/tenants"): Permission.ADMINISTER,
    ("GET", "/settings/connections/microsoft/{account_id}/remove"): Permission.ADMINISTER,
    ("POST", "/settings/connections/microsoft/{account_id}/remove"): Permission.ADMINISTER,
    ("GET", "/settings/connections"): Permission.LOOK,
    ("GET", "/settings/connections/connectwise/new"): Permission.ADMINISTER,
    ("POST", "/settings/connections/connectwise/new"): Permission.ADMINISTER,
    ("POST", "/settings/connections/connectwise/new/test"): Permission.ADMINISTER,
    ("GET", "/settings/connections/autotask/new"): Permission.ADMINISTER,
    ("POST", "/settings/connections/autotask/new"): Permission.ADMINISTER,
    ("POST", "/settings/connections/autotask/new/test"): Permission.ADMINISTER,
    ("GET", "/settings/connections/{connection_id}"): Permission.LOOK,
    ("POST", "/settings/connections/{connection_id}"): Permission.ADMINISTER,
    ("POST", "/settings/connections/{connection_id}/test"): Permission.ADMINISTER,
    ("GET", "/settings/connections/{connection_id}/health"): Permission.LOOK,
    ("GET", "/settings/connections/{connection_id}/look"): Permission.LOOK,
    ("GET", "/settings/connections/{connection_id}/remove"): Permission.ADMINISTER,
    ("POST", "/settings/connections/{connection_id}/remove"): Permission.ADMINISTER,
    # One word, for whoever watches from outside: up or down.
    ("GET", "/health"): Permission.PUBLIC,
    ("GET", "/settings/health"): Permission.LOOK,
    ("GET", "/static/{digest}/{name:path}"): Permission.PUBLIC,
}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.READER: frozenset({Permission.LOOK}),
    Role.OPERATOR: frozenset({Permission.LOOK, Permission.OPERATE}),
    Role.ADMINISTRATOR: frozenset({Permission.LOOK, Permission.OPERATE, Permission.ADMINISTER}),
}


def is_allowed(caller: Caller, permission: Permission) -> bool:
    """Whether one of the roles of a person or a script gives the permission; no role gives nothing."""
    return any(permission in ROLE_PERMISSIONS[role] for role in caller.roles)


def find_permission(table: PermissionTable, method: str, path: str) -> Permission:
    """What the route asks."""
    return table["GET" if method == "HEAD" else method, path]


def list_route_keys(routes: Iterable[BaseRoute]) -> list[RouteKey]:
    """Every method and path that the app answers; HEAD is GET without a body and needs no entry of its own."""
    keys = []
    for route in routes:
        if not isinstance(route, Route):
            raise Bug(f"{route!r} is not a plain route, so the permission table cannot speak for it.")
        keys += [(method, route.path) for method in sorted(route.methods or ()) if method != "HEAD"]
    return keys


def check_every_route_has_permission(routes: Iterable[BaseRoute], table: PermissionTable) -> None:
    """Refuse to start where a route has no entry, or an entry no route."""
    keys = set(list_route_keys(routes))
    if missing := sorted(keys - set(table)):
        raise Bug(f"These routes have no entry in the permission table: {missing}")
    if stale := sorted(set(table) - keys):
        raise Bug(f"The permission table names routes that do not exist: {stale}")
