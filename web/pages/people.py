"""Who may do what: the three roles, where they are given, and what the person who looks has."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from web.context import WebContext
from web.pages.settings_tabs import make_tabs
from web.pages.site import Site, open_administration
from web.security.sign_in import Role
from web.wording import clean, write_moment

PATH = "/settings/people"
ENTRIES_READ = 1000
ROLE_WORDS = (
    (Role.READER, "sees everything and changes nothing"),
    (Role.OPERATOR, "also adds customers, maps licences, makes billing profiles, syncs, approves and refuses"),
    (Role.ADMINISTRATOR, "also connects PSA and Microsoft, sets brakes, pause and settings, and issues API tokens"),
)


class PeoplePage:
    """GET /settings/people. Roles are given where people are: as app roles in Microsoft Entra."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def show(self, request: Request) -> Response:
        """The roles, and who changed something lately."""
        administration = await open_administration(self._context)
        _, entries = await self._site.load(lambda _: administration.audit.list_entries(ENTRIES_READ, self._site.now()))
        lately: dict[str, tuple[str, str, int]] = {}
        for entry in reversed(entries):
            count = lately.get(entry.identity, ("", "", 0))[2]
            lately[entry.identity] = (clean(entry.changed_by), write_moment(entry.at, self._site.zone), count + 1)
        return self._site.page(
            request,
            "settings/people.html",
            setting_tabs=make_tabs(request, PATH),
            roles=[(role.value, what, role in request.state.principal.roles) for role, what in ROLE_WORDS],
            lately=sorted(lately.values(), key=lambda person: person[0].casefold()),
        )
