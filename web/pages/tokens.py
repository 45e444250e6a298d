"""Tokens of scripts: an administrator issues, sees and revokes them (S3)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.tokens import DEFAULT_LIFE, LONGEST_ADMINISTRATOR_LIFE, ApiToken, ApiTokens, TokenRole
from web.actions.asking import Actor, make_actor
from web.actions.issuing import Issued, NotIssued, end_token, issue_token
from web.actions.noting import note_change
from web.context import WebContext
from web.errors import RecordsUnreadable
from web.forms import Form, read_form
from web.pages.approvals import Trouble
from web.pages.settings_tabs import make_tabs
from web.pages.site import LONGEST_READ_SECONDS, Site
from web.pages.token_list import LIVES, ROLE_WORDS, make_list
from web.wording import clean

PATH = "/settings/tokens"
LONGEST_NAME = 60
NO_NAME = "Name the token after the script that will use it: its decisions stand under this name."
NO_ROLE = "Choose what the token may do."
TOO_LONG = f"A token that administers is good for {LONGEST_ADMINISTRATOR_LIFE.days} days at most. Choose fewer."
TOLD = {
    "revoked": "The token is revoked: it opens nothing any more.",
    "gone": "There is no such token.",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form asks for, with what is wrong with it."""

    name: str = ""
    role: TokenRole | None = TokenRole.READER
    days: int = DEFAULT_LIFE.days
    trouble: Trouble | None = None


class TokensPage:
    """GET and POST /settings/tokens, and POST /settings/tokens/revoke."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def show(self, request: Request) -> Response:
        """Every token, and the form for a new one."""
        return await self._page(request, Wish(), told=TOLD.get(request.query_params.get("told", ""), ""))

    async def issue(self, request: Request) -> Response:
        """A new token. Its text stands in this answer and nowhere else: no address carries it, nobody keeps it."""
        wish = read_wish(await read_form(request))
        if wish.trouble is not None or wish.role is None:
            return await self._page(request, wish, status=422)
        actor = make_actor(request.state.principal, self._site.now(), "")
        tokens = await self._context.tokens()
        match await issue_token(tokens, wish.name, wish.role, timedelta(days=wish.days), actor):
            case Issued() as issued:
                sentence = f"{actor.name} issued the token “{issued.token.name}” for scripts."
                await self._note(request, actor, sentence, issued.token.id, None, issued.token)
                return await self._page(request, Wish(), issued=issued)
            case NotIssued(sentence):
                refused = Wish(wish.name, wish.role, wish.days, Trouble(sentence, "name"))
                return await self._page(request, refused, status=409)

    async def revoke(self, request: Request) -> Response:
        """End one."""
        form = await read_form(request)
        actor = make_actor(request.state.principal, self._site.now(), "")
        tokens = await self._context.tokens()
        before = await tokens.read_token(form.one("token"))
        ended = await end_token(tokens, form.one("token"), actor)
        if ended is not None and before != ended:
            await self._note(request, actor, f"{actor.name} revoked the token “{ended.name}”.", ended.id, before, ended)
        return RedirectResponse(f"{PATH}?told={'gone' if ended is None else 'revoked'}", status_code=303)

    async def _note(
        self, request: Request, actor: Actor, sentence: str, token_id: str, before: ApiToken | None, after: ApiToken
    ) -> None:
        """Without what proves a token: its digest opens nothing, and nobody has to see it."""
        audit = (await self._context.administration()).audit
        kept, wanted = (each and replace(each, digest="") for each in (before, after))
        await note_change(audit, request, actor, f"token/{token_id}", sentence, before=kept, after=wanted)

    async def _page(
        self, request: Request, wish: Wish, *, issued: Issued | None = None, told: str = "", status: int = 200
    ) -> Response:
        tokens = await read_tokens(self._context)
        page = self._site.page(
            request,
            "settings/tokens.html",
            setting_tabs=make_tabs(request, PATH),
            view=make_list(tokens, self._site.now(), self._site.zone),
            issued=issued,
            told=told,
            wish=wish,
            roles=[(role.value, *words) for role, words in ROLE_WORDS.items()],
            lives=LIVES,
            longest_name=LONGEST_NAME,
        )
        page.status_code = status
        page.headers["Cache-Control"] = "no-store"
        return page


async def read_tokens(context: WebContext) -> tuple[ApiToken, ...]:
    """Every token. Raises RecordsUnreadable where they cannot be read, or not in time."""
    try:
        async with asyncio.timeout(LONGEST_READ_SECONDS):
            tokens: ApiTokens = await context.tokens()
            return await tokens.list_tokens()
    except Exception as error:
        raise RecordsUnreadable("The tokens cannot be read.") from error


def read_wish(form: Form) -> Wish:
    """What was typed and chosen; a choice that the form does not offer is none."""
    name = clean(form.one("name")[:LONGEST_NAME]).strip()
    role = next((each for each in TokenRole if each == form.one("role")), None)
    days = next((each for each in LIVES if str(each) == form.one("days")), DEFAULT_LIFE.days)
    if not name:
        return Wish(name, role, days, Trouble(NO_NAME, "name"))
    if role is TokenRole.ADMINISTRATOR and timedelta(days=days) > LONGEST_ADMINISTRATOR_LIFE:
        return Wish(name, role, days, Trouble(TOO_LONG, "days"))
    return Wish(name, role, days, None if role else Trouble(NO_ROLE, "role"))
