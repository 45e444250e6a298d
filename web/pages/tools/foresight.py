"""What the next run would do with many new mappings: which it writes, which wait, and the money of each.

By the very plans of their previews, and so by those of a night (promise R7: nothing here can write).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from notify.wording import write_money
from plans.changes import Apply, FinishIntent, Held, Parked, Unchanged
from plans.controls import Controls
from plans.editing import MappingChange
from plans.ports import Desk, Outside
from profiles.billing import Mapping as LicenceMapping
from profiles.readings import Unknown
from sync.previewing import Preview, PreviewedLine, ReadAgreements, preview_mappings, read_together
from web.actions.deciding import BEYOND_APPROVAL
from web.actions.mapping_many import make_all_changes
from web.actions.mapping_words import name_line
from web.pages.names import NAMELESS_CUSTOMER
from web.pages.price_doubts import doubt_profile_price
from web.pages.tools.candidate_list import make_line
from web.pages.tools.candidates import Candidate, Market
from web.wording import clean, end_sentence, hide_ids, open_sentence, write_count, write_number_of

LOGGER = logging.getLogger(__name__)

# A page of ticks. Each is planned, and its company's other agreements are searched for the product.
MOST_PLANNED = 50
CUSTOMERS_AT_ONCE = 6
LONGEST_SECONDS = 20.0
TOO_LONG = "Planning these took too long, so nobody can say here what a brake holds. Approvals says it after the run."
NOT_TOLD = "It cannot be planned now. The next run tries again."


class Fate(StrEnum):
    """What becomes of a mapped line in the next run, in the words of the page."""

    WRITTEN = "Written by the next run"
    WAITS = "Waits for approval"
    PAUSED = "Waits until writing goes on"
    LATER = "Written later, on its day"
    STUCK = "Not written before something is put right"
    UNTOLD = "Cannot be told now"
    OBSERVED = "Planned and shown only: the customer is observed"
    NOTHING = "Nothing to write"


@dataclass(frozen=True, slots=True)
class FateSum:
    """How many lines have that fate, and the money of a month of all of them."""

    fate: Fate
    sentence: str


@dataclass(frozen=True, slots=True)
class FateRow:
    """One line that the next run does not write, and why."""

    customer: str
    licence: str
    fate: Fate
    money: str
    why: str


@dataclass(frozen=True, slots=True)
class Foresight:
    """The lines that were planned, summed up; those that are not written one by one. `note` says what was not, `doubts`
    what looks wrong about the price.
    """

    sums: tuple[FateSum, ...] = ()
    rows: tuple[FateRow, ...] = ()
    note: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line as it was planned. `monthly` is None where no price is known."""

    row: FateRow
    monthly: Decimal | None


async def foresee(outside: Outside, market: Market, chosen: Sequence[Candidate], currency: str) -> Foresight:
    """What becomes of what is chosen, of the first fifty at most; without sums where planning them takes too long."""
    looked_at = chosen[:MOST_PLANNED]
    controls, doubts = await outside.profiles.read_controls(), doubt_prices(market, chosen, currency)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            planned = await plan_all(outside, market, looked_at, controls, currency)
    except TimeoutError:
        return Foresight(note=TOO_LONG, doubts=doubts)
    rest = len(chosen) - len(looked_at)
    note = f"These are the first {write_count(len(looked_at))}; the other {write_count(rest)} are not planned here."
    return Foresight(
        sums=tuple(sum_fate(fate, own, currency) for fate in Fate if (own := select_fate(fate, planned))),
        rows=tuple(each.row for each in planned if each.row.fate is not Fate.WRITTEN),
        note=note if rest else "",
        doubts=doubts,
    )


def doubt_prices(market: Market, chosen: Sequence[Candidate], currency: str) -> tuple[str, ...]:
    """What looks wrong about the prices of what is chosen."""
    profiles = {each.profile.id: each.profile for each in chosen}.values()
    catalogues = ((each, market.prices.get(each.connection_id, {})) for each in profiles)
    return tuple(
        said for each, known in catalogues for said in doubt_profile_price(each, known, market.today, currency)
    )


def select_fate(fate: Fate, planned: Sequence[PlannedLine]) -> list[PlannedLine]:
    """Those of which this becomes."""
    return [each for each in planned if each.row.fate is fate]


def sum_fate(fate: Fate, own: Sequence[PlannedLine], currency: str) -> FateSum:
    """3 licences, about +240.00 EUR a month; 1 licence without known money."""
    known = [each.monthly for each in own if each.monthly is not None]
    said = write_number_of(len(own), "licence")
    if sum(known):
        said += f", about {write_money(sum(known, Decimal('0.00')), currency, is_difference=True)} a month"
    unpriced = len(own) - len(known)
    lacks = f"; the money of {write_count(unpriced)} of them is not known" if unpriced else ""
    return FateSum(fate, said + lacks)


async def plan_all(
    outside: Outside, market: Market, chosen: Sequence[Candidate], controls: Controls, currency: str
) -> list[PlannedLine]:
    """Every line, customers in the order of the list."""
    by_customer: dict[str, list[Candidate]] = {}
    for each in chosen:
        by_customer.setdefault(each.customer.id, []).append(each)
    wishes: list[tuple[Desk, tuple[MappingChange, ...]]] = []
    for customer_id, own in by_customer.items():
        desk = await outside.books.read_desk(customer_id)
        if desk is not None:
            lines = [make_line(each) for each in own]
            wishes.append((desk, make_all_changes(desk, lines, market.preferences, outside.local_day())))
    read = await read_together(outside, wishes, outside.local_day())
    gate = asyncio.Semaphore(CUSTOMERS_AT_ONCE)

    async def plan(desk: Desk, changes: tuple[MappingChange, ...]) -> list[PlannedLine]:
        async with gate:
            prices = market.prices.get(desk.customer.connection_id, {})
            found = await try_plan(outside, desk, changes, prices, read)
        return [read_line(desk, wanted, found, controls, currency) for _, wanted in changes]

    return [line for part in await asyncio.gather(*(plan(*wish) for wish in wishes)) for line in part]


async def try_plan(
    outside: Outside,
    desk: Desk,
    changes: tuple[MappingChange, ...],
    prices: Mapping[str, Decimal],
    read: ReadAgreements,
) -> Preview | str:
    """What saving the changes would do; a sentence where that cannot be told: one customer keeps no other from it."""
    try:
        found = await preview_mappings(outside, desk, changes, prices, read)
    except Exception:
        LOGGER.exception("The mappings of customer %s cannot be previewed", desk.customer.id)
        return NOT_TOLD
    return found.detail if isinstance(found, Unknown) else found.value


def read_line(
    desk: Desk, wanted: LicenceMapping, found: Preview | str, controls: Controls, currency: str
) -> PlannedLine:
    """One line in words. `found` is a sentence where nothing could be planned."""
    customer = clean(desk.customer.name) or NAMELESS_CUSTOMER
    licence, tenant_id = name_line(wanted), desk.customer.tenant_id
    if isinstance(found, str):
        why = hide_ids(end_sentence(open_sentence(found)), tenant_id)
        fate = Fate.OBSERVED if desk.customer.is_observed else Fate.UNTOLD
        return PlannedLine(FateRow(customer, licence, fate, "not known", why), None)
    line = next(each for each in found.lines if each.mapping.id == wanted.id)
    fate, why = tell_fate(line, is_paused=controls.pause is not None)
    is_planned = line.line is not None and (fate is not Fate.STUCK or bool(line.line.wanted))
    monthly = line.money.per_month if is_planned else None
    money = "not known" if monthly is None else write_money(monthly, currency, is_difference=True)
    return PlannedLine(FateRow(customer, licence, fate, money, hide_ids(why, tenant_id)), monthly)


def tell_fate(each: PreviewedLine, *, is_paused: bool) -> tuple[Fate, str]:
    """What becomes of a line in the next run, and why where it is not written."""
    if each.plan is None or each.line is None:
        return Fate.STUCK, end_sentence(open_sentence(each.sentence))
    if each.plan.is_observed:
        return Fate.OBSERVED, ""
    match each.line.decision:
        case Apply():
            return (Fate.PAUSED, "All writing is paused.") if is_paused else (Fate.WRITTEN, "")
        case Held(rule, sentence, changes):
            return (Fate.WAITS if changes and rule not in BEYOND_APPROVAL else Fate.STUCK), sentence
        case Parked(sentence):
            return Fate.STUCK, sentence
        case FinishIntent():
            return Fate.STUCK, "Nobody knows yet what became of an earlier write. The next run finds out."
        case Unchanged() if each.line.scheduled:
            return Fate.LATER, " ".join(scheduled.sentence for scheduled in each.line.scheduled)
        case Unchanged():
            return Fate.NOTHING, "All that it would bill is billed already."
