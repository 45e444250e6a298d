"""The places under Settings, in their order, and who sees which."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from web.security.permissions import Permission, is_allowed


@dataclass(frozen=True, slots=True)
class Tab:
    """One place, as the row of tabs shows it."""

    address: str
    word: str
    is_here: bool
    count: int | None = None


PLACES: tuple[tuple[str, str, Permission], ...] = (
    ("/settings", "General", Permission.LOOK),
    ("/settings/connections", "Connections", Permission.LOOK),
    ("/settings/connections/microsoft", "Microsoft", Permission.LOOK),
    ("/settings/notifications", "Notifications", Permission.LOOK),
    ("/settings/mail", "Mail", Permission.LOOK),
    ("/settings/exclusions", "Exclusions", Permission.LOOK),
    ("/settings/people", "People", Permission.LOOK),
    ("/settings/changes", "Change log", Permission.LOOK),
    ("/settings/health", "Health", Permission.LOOK),
    ("/settings/tokens", "API tokens", Permission.ADMINISTER),
    ("/settings/webhooks", "Webhooks", Permission.ADMINISTER),
)


def make_tabs(request: Request, here: str) -> list[Tab]:
    """The places that the person may see; `here` is the address of the one that is shown."""
    caller = request.state.principal
    return [Tab(address, word, address == here) for address, word, asked in PLACES if is_allowed(caller, asked)]
