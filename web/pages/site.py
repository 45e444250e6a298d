"""What all pages share: how they read, and how they answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from plans.administration import Administration
from plans.errors import SeatledgerError
from plans.ports import Outside
from web.actions.agreements_now import AgreementsNow
from web.context import WebContext
from web.errors import RecordsUnreadable
from web.pages.psa_choices import ChoiceReader
from web.pages.records import RecordReader
from web.pages.shelf import AgreementNames, ShelfReader
from web.rendering import Renderer, ValuesOnly

LONGEST_READ_SECONDS = 15


class Site:
    """One per application, so that what one page has read another need not read again."""

    def __init__(self, context: WebContext, renderer: Renderer) -> None:
        self._context = context
        self._renderer = renderer
        self.shelf = ShelfReader()
        self.records = RecordReader(self.shelf)
        self.agreement_names = AgreementNames()
        self.choices = ChoiceReader(context.administration)
        self.agreements_now = AgreementsNow()
        self.zone: ZoneInfo = context.zone
        self.currency = context.currency
        self.now: Callable[[], datetime] = context.now

    def undrawn(self) -> Site:
        """The same records with the same memory, for routes that answer a page's values and not the page."""
        twin = copy(self)
        twin._renderer = ValuesOnly()
        return twin

    async def load[T](self, read: Callable[[Outside], Awaitable[T]]) -> tuple[Outside, T]:
        """What `read` finds. Raises RecordsUnreadable where it cannot, or takes too long."""
        try:
            async with asyncio.timeout(LONGEST_READ_SECONDS):
                outside = await self._context.outside()
                self.zone, self.currency = outside.zone, outside.currency
                return outside, await read(outside)
        except (SeatledgerError, HTTPException):
            raise
        except Exception as error:
            raise RecordsUnreadable("The records that this page shows cannot be read.") from error

    def page(self, request: Request, template: str, **values: Any) -> HTMLResponse:
        """A page, or a piece of one."""
        return self._renderer.page(request.scope, template, zone=self.zone.key, **values)


async def open_administration(context: WebContext) -> Administration:
    """What pages change configuration with. Raises RecordsUnreadable where the records cannot be reached."""
    try:
        return await context.administration()
    except Exception as error:
        raise RecordsUnreadable("The settings cannot be read.") from error
