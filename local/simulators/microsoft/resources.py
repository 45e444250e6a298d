"""Scopes: which resource they name, and that it is one only."""

from __future__ import annotations

from local.simulators.microsoft.signin_errors import SignInError

GRAPH = "https://graph.microsoft.com"
PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
SIGN_IN_SCOPES = frozenset(("offline_access", "openid", "profile", "email"))


def find_resource(scopes: list[str], base_url: str) -> str:
    """The one resource that the scopes name; `base_url`, our own address, counts as Graph's and Partner Center's.

    Raises SignInError where they name none, one that nobody knows, or several.
    """
    wanted = [scope for scope in scopes if scope not in SIGN_IN_SCOPES]
    named = {_resource_of(scope, base_url) for scope in wanted}
    told = f"(scope '{' '.join(scopes)}')"
    if None in named or not named:
        raise SignInError(70011, told)
    if len(named) > 1:
        raise SignInError(700022, told)
    return str(named.pop())


def _resource_of(scope: str, base_url: str) -> str | None:
    known = (GRAPH, PARTNER_CENTER, base_url)
    return next((resource for resource in known if scope.startswith(f"{resource}/") and scope != f"{resource}/"), None)
