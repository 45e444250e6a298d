"""What a previewed mapping moves, in words: each line, all of them together, and what later prices come to. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from notify.wording import write_money
from plans.forecast import NOTHING
from profiles.billing import CustomPrice
from profiles.periods import ONE_DAY
from sync.preview_money import MoneyMoved
from sync.previewing import Preview, PreviewedLine
from web.pages.mapping_records import LicenceRecords
from web.wording import clean, write_short_day


def lacks_plan(preview: Preview) -> bool:
    """Whether a line that bills, or did, could not be planned: then nobody knows what it moves."""
    return any(each.line is None and bool(each.mapping.agreement_id) for each in preview.lines)


def write_moved(preview: Preview, currency: str) -> str:
    """About +24.00 EUR a month; +31.20 EUR on the invoice of 1 Dec 2026. Empty where it cannot be told."""
    money = preview.money
    is_unknown = lacks_plan(preview) or money.per_month is None or money.next_invoice is None
    return "" if is_unknown else write_money_moved(money, currency)


def write_money_moved(money: MoneyMoved, currency: str) -> str:
    """The money in a sentence; where it cannot be told, that."""
    if money.per_month is None or money.next_invoice is None:
        return "Money not known."
    month = write_money(money.per_month, currency, is_difference=True)
    if money.per_month == NOTHING and money.next_invoice == NOTHING:
        return "No money moves."
    day = "" if money.next_invoice_on is None else f" of {write_short_day(money.next_invoice_on)}"
    first = write_money(money.next_invoice, currency, is_difference=True)
    return f"About {month} a month; about {first} on the next invoice{day}."


def write_later_prices(records: LicenceRecords, preview: Preview, currency: str) -> list[str]:
    """The prices that the profile has for later days: whoever maps a licence to it decides about them as well, for no
    night weighs a price again (decision 14).
    """
    told: dict[str, None] = {}
    for each in preview.lines:
        profile = records.all_profiles.get(each.mapping.profile_id)
        bills = not each.mapping.is_ended and not each.mapping.is_excluded
        if profile is None or not bills or not isinstance(profile.price, CustomPrice):
            continue
        agreement = preview.agreements.get(each.mapping.agreement_id)
        through = None if agreement is None else agreement.facts.invoiced_through
        first = preview.today if through is None else through + ONE_DAY
        for price in sorted(profile.price.amounts, key=lambda price: price.valid_from):
            if price.valid_from > first:
                amount, day = write_money(price.amount, currency), write_short_day(price.valid_from)
                told[f"By {clean(profile.name)} a seat is billed at {amount} from {day} on."] = None
    return list(told)


def write_line_money(preview: Preview, each: PreviewedLine, currency: str) -> str:
    """What one of several lines moves by itself; a single line is what stands below as all of it."""
    if len(preview.lines) == 1 or each.line is None:
        return ""
    return write_money_moved(each.money, currency)


def list_sums(preview: Preview, currency: str) -> Iterator[tuple[str, str]]:
    """The money of all lines together, and the day from which the next period of their agreement counts."""
    money = preview.money
    if not lacks_plan(preview) and money.per_month is not None and money.next_invoice is not None:
        yield "A month", write_money(money.per_month, currency, is_difference=True)
        day = "" if money.next_invoice_on is None else f" of {write_short_day(money.next_invoice_on)}"
        yield f"On the next invoice{day}", write_money(money.next_invoice, currency, is_difference=True)
    places = {each.mapping.agreement_id for each in preview.lines}
    grids = {found.facts.grid for place in places if (found := preview.agreements.get(place)) is not None}
    grid = grids.pop() if len(grids) == 1 else None
    if grid is not None:
        yield "Next billing period", f"From {write_short_day(grid.period_of(preview.today).end)}"
