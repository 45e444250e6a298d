"""How mail leaves Seatledger, a test of it, and what became of the mails that were sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.errors import Misconfigured
from plans.mail import NEWEST_MAILS, Delivery
from plans.mail_channels import MailAnswer, MailInDoubt, MailSettings, MailTaken
from web.actions.asking import make_actor
from web.actions.noting import digest_seen, note_change
from web.context import WebContext
from web.errors import RecordsUnreadable
from web.forms import read_form
from web.pages.general import CHANGED
from web.pages.mail_form import (
    ENCRYPTIONS,
    SECRET,
    SMTP,
    WAYS,
    MailWish,
    choose_way,
    describe_settings,
    fill_form,
    read_mail_form,
)
from web.pages.mail_list import make_mail_list
from web.pages.settings_tabs import Tab, make_tabs
from web.pages.site import LONGEST_READ_SECONDS, Site, open_administration
from web.security.permissions import Permission, is_allowed
from web.sheet import Sheet

PATH = "/settings/mail"
SUBJECT = "settings/mail"
LONGEST_TEST_SECONDS = 45
SLOW = f"No answer came within {LONGEST_TEST_SECONDS} seconds. Look into your mailbox whether the test mail arrived."
TOLD = {
    "saved": "Saved. The next mail leaves this way; send a test mail to see that it arrives.",
    "stopped": "Stopped. Mails wait for a day, and are reported here if no way out is set up until then.",
    "again": "It is sent again. How it went stands below in a moment.",
    "moved": "It is not waiting for anybody any more, or is too old to be of use. Nothing was sent.",
}


class MailPage:
    """GET and POST /settings/mail, and POST /settings/mail/test, /stop and /again."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def show(self, request: Request) -> Response:
        """How mail leaves now, and how the last ones fared."""
        return await self._page(request, told=TOLD.get(request.query_params.get("told", ""), ""))

    async def save(self, request: Request) -> Response:
        """Send this way from now on."""
        form = await read_form(request)
        sheet, wish = read_mail_form(form, is_test=False)
        if wish is None:
            return await self._page(request, sheet, status=422)
        administration = await open_administration(self._context)
        before = await administration.mail.read_settings()
        if sheet.one("seen") != digest_seen(before):
            return await self._page(request, Sheet(sheet.values, {"seen": CHANGED}), status=409)
        try:
            administration.mail.check_settings(wish.settings)
        except Misconfigured as error:
            return await self._page(request, Sheet(sheet.values, {"host": str(error)}), status=422)
        try:
            await administration.mail.save_settings(wish.settings, wish.secret)
        except Misconfigured as error:
            return await self._page(request, Sheet(sheet.values, {SECRET: str(error)}), status=422)
        after = await administration.mail.read_settings()
        actor = make_actor(request.state.principal, self._site.now(), "")
        secret = ", with a new secret" if wish.secret else ""
        sentence = f"{actor.name} set up mail: {describe_settings(after)}{secret}."
        await note_change(administration.audit, request, actor, SUBJECT, sentence, before=before, after=after)
        return tell("saved")

    async def test(self, request: Request) -> Response:
        """Send a real mail the way that was typed, to the address that was typed. Nothing is kept."""
        form = await read_form(request)
        sheet, wish = read_mail_form(form, is_test=True)
        if wish is None:
            return await self._answer(request, sheet, status=422)
        administration = await open_administration(self._context)
        try:
            administration.mail.check_settings(wish.settings)
        except Misconfigured as error:
            return await self._answer(request, Sheet(sheet.values, {"host": str(error)}), status=422)
        try:
            async with asyncio.timeout(LONGEST_TEST_SECONDS):
                answer: MailAnswer = await administration.mail.try_settings(
                    wish.settings, wish.secret, sheet.one("recipient")
                )
        except TimeoutError:
            answer = MailInDoubt(SLOW)
        except Misconfigured as error:
            return await self._answer(request, Sheet(sheet.values, {SECRET: str(error)}), status=422)
        return await self._answer(request, sheet, answer, wish)

    async def stop(self, request: Request) -> Response:
        """Send no mail any more."""
        administration = await open_administration(self._context)
        before = await administration.mail.read_settings()
        await administration.mail.remove_settings()
        actor = make_actor(request.state.principal, self._site.now(), "")
        sentence = f"{actor.name} stopped mail."
        await note_change(administration.audit, request, actor, SUBJECT, sentence, before=before, after=None)
        return tell("stopped")

    async def send_again(self, request: Request) -> Response:
        """Send a mail again that failed or is in doubt; whoever asks takes the risk that it arrives twice."""
        form = await read_form(request)
        administration = await open_administration(self._context)
        actor = make_actor(request.state.principal, self._site.now(), "")
        is_sent = await administration.resend_mail(form.one("mail"), actor.name)
        return tell("again" if is_sent else "moved")

    async def _answer(
        self,
        request: Request,
        sheet: Sheet,
        answer: MailAnswer | None = None,
        wish: MailWish | None = None,
        status: int = 200,
    ) -> Response:
        """What the test came to: beside the form as it is where htmx asked, so that no secret has to be typed again."""
        if "hx-request" in request.headers:
            return self._site.page(request, "settings/mail_answer.html", **words_of(answer), sheet=sheet)
        return await self._page(
            request, sheet, answer=answer, has_typed_secret=bool(wish and wish.secret), status=status
        )

    async def _page(
        self,
        request: Request,
        sheet: Sheet | None = None,
        *,
        answer: MailAnswer | None = None,
        has_typed_secret: bool = False,
        told: str = "",
        status: int = 200,
    ) -> Response:
        kept, deliveries = await self._read()
        typed = request.query_params.get("by", "") if sheet is None else sheet.one("way")
        way = choose_way(typed, kept)
        page = self._site.page(
            request,
            "settings/mail.html",
            setting_tabs=make_tabs(request, PATH),
            told=told,
            may_change=is_allowed(request.state.principal, Permission.ADMINISTER),
            may_resend=is_allowed(request.state.principal, Permission.OPERATE),
            headline=describe_settings(kept),
            is_set_up=kept is not None,
            way=way,
            is_smtp=way == SMTP,
            is_kept=kept is not None and choose_way("", kept) == way,
            ways=[Tab(f"{PATH}?by={value}", word, value == way) for value, word in WAYS],
            sheet=sheet or fill_form(way, kept),
            seen=digest_seen(kept),
            encryptions=ENCRYPTIONS,
            has_typed_secret=has_typed_secret,
            mails=make_mail_list(deliveries, self._site.zone, self._site.now()),
            **words_of(answer),
        )
        page.status_code = status
        return page

    async def _read(self) -> tuple[MailSettings | None, Sequence[Delivery]]:
        """Raises RecordsUnreadable where it cannot be read, or not in time."""
        try:
            async with asyncio.timeout(LONGEST_READ_SECONDS):
                administration = await self._context.administration()
                self._site.zone = (await self._context.outside()).zone
                deliveries = await administration.deliveries.list_deliveries(NEWEST_MAILS)
                return await administration.mail.read_settings(), deliveries
        except Exception as error:
            raise RecordsUnreadable("How mail leaves cannot be read.") from error


def words_of(answer: MailAnswer | None) -> dict[str, object]:
    """What the page says of a test."""
    is_good = isinstance(answer, MailTaken)
    return {"answer": "" if answer is None else answer.sentence, "is_good": is_good}


def tell(what: str) -> Response:
    """Back to the page, which says what was done."""
    return RedirectResponse(f"{PATH}?told={what}", status_code=303)
