"""What waits besides what a run shows: mails that did not leave, money to give back, what invoices would lack, alerts.
Under "What needs you".

It is asked for by itself: the PSA's reading behind it is large, and the page is not to wait for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from notify.wording import write_money
from plans.alerts.alert import AlertKind, KeptAlert
from plans.alerts.kinds import KINDS
from plans.mail import NEWEST_MAILS, find_unsent
from plans.ports import Outside
from web.context import WebContext
from web.errors import RecordsUnreadable
from web.pages.alerts import PATH as ALERTS_PATH
from web.pages.alerts import read_inbox
from web.pages.credits import PATH as CREDITS_PATH
from web.pages.invoice_list import write_headline
from web.pages.invoices import PATH as INVOICES_PATH
from web.pages.invoices import InvoicesPage
from web.pages.mail import PATH as MAIL_PATH
from web.pages.mail_list import say_unsent
from web.pages.site import Site, open_administration
from web.wording import write_number_of

# What "What needs you" and the two sentences above say already.
TOLD_ELSEWHERE = frozenset(
    {
        AlertKind.HELD,
        AlertKind.PARKED,
        AlertKind.PUSH_FAILED,
        AlertKind.UNKNOWN_READING,
        AlertKind.CREDIT_PROPOSAL,
        AlertKind.BEFORE_INVOICE,
    }
)


@dataclass(frozen=True, slots=True)
class AlsoWaiting:
    """One sentence, and the page that is about it."""

    sentence: str
    address: str


class AlsoWaitingPiece:
    """GET /approvals/also: a piece of "Last night", empty where nothing waits."""

    def __init__(self, site: Site, context: WebContext, invoices: InvoicesPage) -> None:
        self._site = site
        self._context = context
        self._invoices = invoices

    async def show(self, request: Request) -> Response:
        """The sentences; nothing where they cannot be told: the page says what it can without them."""
        try:
            _, found = await self._site.load(self._read)
        except RecordsUnreadable:
            return HTMLResponse("")
        return self._site.page(request, "last_night/also.html", items=found)

    async def _read(self, outside: Outside) -> tuple[AlsoWaiting, ...]:
        administration = await open_administration(self._context)
        mails = find_unsent(await administration.deliveries.list_deliveries(NEWEST_MAILS), self._site.now())
        found = [AlsoWaiting(f"{say_unsent(mails)}.", MAIL_PATH)] if mails else []
        waiting = [each for each in await outside.open_items.list_proposals() if each.settled_by is None]
        if waiting:
            amounts = [each.line.proposal.amount for each in waiting]
            total = sum((amount for amount in amounts if amount is not None), Decimal(0))
            money = f", {write_money(total, self._site.currency)} in all" if None not in amounts else ""
            verb = "waits" if len(waiting) == 1 else "wait"
            text = f"{write_number_of(len(waiting), 'credit proposal')} {verb}{money}."
            found.append(AlsoWaiting(text, CREDITS_PATH))
        short = await self._invoices.read(outside)
        if short.things:
            found.append(AlsoWaiting(write_headline(short.things, short.due_count), INVOICES_PATH))
        loud = (await read_inbox(outside)).loud
        return (
            *found,
            *list_kinds([kept for kept in loud if kept.alert.kind not in TOLD_ELSEWHERE], self._site.currency),
        )


def list_kinds(alerts: Sequence[KeptAlert], currency: str) -> Iterator[AlsoWaiting]:
    """One sentence a kind, in the order of the inbox."""
    by_kind: dict[AlertKind, list[KeptAlert]] = defaultdict(list)
    for kept in alerts:
        by_kind[kept.alert.kind].append(kept)
    for kind, own in by_kind.items():
        total = sum((abs(kept.alert.monthly) for kept in own if kept.alert.monthly is not None), Decimal(0))
        money = f", about {write_money(total, currency)} a month" if total else ""
        yield AlsoWaiting(f"{KINDS[kind].word}: {len(own)}{money}", f"{ALERTS_PATH}?state={kind.value}")
