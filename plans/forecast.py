"""The forecast of an agreement's next invoice, by the convention that ConnectWise documents (billing rules, 6 and 10).

Actual days, the effective day included and the cancelled day the last one billed; what was put there after the last
invoice is caught up in the same line as the period; one line an addition, rounded once, half up (connectwise.md 4,
anchors.md 3.3 rules 3 to 5). A price is that of a whole period. It is a forecast: what the PSA computes is the truth.
Units that a PSA keeps by day (Autotask) are a line for each stretch of days with the same units.
Room in the text: how ConnectWise counts the days of a period that starts on another day than the first, or lasts more
than a month, is written nowhere; here they are the days of that period.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import reduce

from plans.agreements import Addition, Agreement
from plans.ledger import cover_addition
from profiles.billing import BillableOption
from profiles.money import round_money
from profiles.periods import ONE_DAY, Grid, Period

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """What one addition costs on the invoice: `seats` from `first` through `last`, both billed.

    `amount` is the whole line, `catch_up` the part of it for days before the invoice's period.
    """

    addition_id: str
    first: date
    last: date
    seats: Decimal
    amount: Decimal
    catch_up: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class InvoiceForecast:
    """The next invoice of an agreement, of `period` among those of `grid`.

    It is made on `next_invoice_on`, where the PSA says when. `invoiced_through` is P when the forecast was made.
    `per_month` is `forecast_month`, `quantity` are all units of all lines. `agreement_ids` are the agreements that it
    is summed from: the one invoiced and its children. `missing` has a sentence for everything that will cost something
    nobody can tell; empty where the forecast is complete.
    """

    agreement_id: str
    next_invoice_on: date | None
    invoiced_through: date
    period: Period
    grid: Grid
    lines: tuple[ForecastLine, ...]
    amount: Decimal
    per_month: Decimal
    quantity: Decimal
    agreement_ids: tuple[str, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoForecast:
    """Nobody can tell what the agreement's next invoice is, with the sentence that says why."""

    agreement_id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class InvoiceTotal:
    """One invoice as the PSA made it. `amount` is before tax.

    `flat_amount` is what the agreement and its children cost by themselves, without additions, and `child_ids` are
    those children: as the PSA has them now. `made_at` is when it was made, where that is another day than the one that
    it is dated with: a moment, or midnight where only the day is known.
    """

    agreement_id: str
    number: str
    invoiced_on: date
    amount: Decimal
    flat_amount: Decimal = NOTHING
    child_ids: tuple[str, ...] = ()
    made_at: datetime | None = None


def forecast_invoice(agreement: Agreement, starts: Mapping[str, date]) -> InvoiceForecast | NoForecast:
    """The agreement's part of its next invoice, from every addition on it, whoever put it there.

    `starts` is the first day of an addition that is not invoiced yet, by its id; where it names none, that is the
    effective day if it comes after P, and P + 1 if not. Where the PSA invoices additions apart, P is each one's own,
    and the invoice is the one that is made first.
    """
    facts, through = agreement.facts, agreement.next_through
    if facts.grid is None or through is None:
        return NoForecast(
            agreement.id, facts.invoicing_doubt or f"Nobody knows how agreement {agreement.id} is billed."
        )
    period = facts.grid.period_of(through + ONE_DAY)
    is_over = facts.ends_on is not None and facts.ends_on < period.start
    additions = spread(agreement.additions) if facts.is_active and not is_over else ()
    lines, missing = [], []
    for addition in sorted(additions, key=lambda each: each.id):
        own_through = agreement.find_invoiced(addition.id) or through
        span = find_span(addition, starts, period, own_through, prorates=facts.prorates)
        if span is None or not is_charged(addition):
            continue
        doubt = find_doubt(addition)
        if doubt is not None:
            missing.append(doubt)
        elif count_units(addition) != 0:
            lines.append(make_line(addition, span, period, facts.grid if facts.prorates else None))
    bundles = dict.fromkeys(each.id for each in agreement.bundled) if facts.is_active and not is_over else {}
    missing += [f"What {name} costs is not in the forecast." for name in bundles]
    return InvoiceForecast(
        agreement_id=agreement.id,
        next_invoice_on=facts.next_invoice_on,
        invoiced_through=through,
        period=period,
        grid=facts.grid,
        lines=tuple(lines),
        amount=sum((line.amount for line in lines), NOTHING),
        per_month=add_month(additions, period, facts.grid.months),
        quantity=sum((line.seats for line in lines), Decimal(0)),
        agreement_ids=(agreement.id,),
        missing=tuple(missing),
    )


def forecast_month(agreement: Agreement) -> Decimal | None:
    """What the agreement's additions cost in a whole month, once all that is known by the period after P has begun.

    Those count that bill on the period's last day, each rounded once; of a longer period, the month's share of it.
    None where nobody knows the periods, or P. An addition without a known price is left out.
    """
    facts, through = agreement.facts, agreement.next_through
    if facts.grid is None or through is None:
        return None
    period = facts.grid.period_of(through + ONE_DAY)
    return add_month(spread(agreement.additions) if facts.is_active else (), period, facts.grid.months)


def spread(additions: Iterable[Addition]) -> tuple[Addition, ...]:
    """The additions, with one that the PSA keeps by day as one for each stretch of days with the same units."""
    spans: list[Addition] = []
    for addition in additions:
        if addition.days is None:
            spans.append(addition)
            continue
        steps = cover_addition(addition).steps
        for place, (start, units) in enumerate(steps):
            last = steps[place + 1][0] - ONE_DAY if place + 1 < len(steps) else None
            span = replace(addition, quantity=Decimal(units), effective_on=start, cancelled_on=last, days=None)
            spans += [span] if units else []
    return tuple(spans)


def add_month(additions: Iterable[Addition], period: Period, months: int) -> Decimal:
    """The sum of `forecast_month`."""
    lasting = (
        addition
        for addition in additions
        if is_charged(addition)
        and find_doubt(addition) is None
        and (addition.effective_on is None or addition.effective_on <= period.last)
        and (addition.cancelled_on is None or addition.cancelled_on >= period.last)
    )
    return sum((round_money(price_period(addition) / months) for addition in lasting), NOTHING)


def combine_forecasts(payer_id: str, parts: Sequence[InvoiceForecast]) -> InvoiceForecast:
    """One invoice's forecast from its agreement's part and its children's, of which there is at least one.

    Where the agreement that is invoiced is not among them, the forecast says that it lacks it.
    """
    first = min(parts, key=lambda part: (part.agreement_id != payer_id, part.agreement_id))
    missing = tuple(sentence for part in parts for sentence in part.missing)
    if first.agreement_id != payer_id:
        missing += (
            f"The invoice is made for agreement {payer_id}, on which nothing is mapped: its own part is left out.",
        )
    return replace(
        first,
        agreement_id=payer_id,
        lines=tuple(line for part in parts for line in part.lines),
        amount=sum((part.amount for part in parts), NOTHING),
        per_month=sum((part.per_month for part in parts), NOTHING),
        quantity=sum((part.quantity for part in parts), Decimal(0)),
        agreement_ids=tuple(sorted(part.agreement_id for part in parts)),
        missing=missing,
    )


def is_charged(addition: Addition) -> bool:
    """Whether the customer pays for the addition at all: "do not bill" and "no charge" cost nothing."""
    return addition.billable_option is BillableOption.BILLABLE


def find_doubt(addition: Addition) -> str | None:
    """Why nobody can tell what the addition costs; None where it can be told."""
    if addition.quantity is None:
        return f"Addition {addition.id} has no quantity, so nobody can tell what it costs."
    units = addition.quantity - addition.included
    if not units.is_finite() or units < 0:
        return f"Addition {addition.id} includes more units than it has, and nobody described what that costs."
    if addition.unit_price is None and units:
        return f"Addition {addition.id} has no price that can be read."
    return None


def count_units(addition: Addition) -> Decimal:
    """The units that are billed: the quantity less what is included."""
    return (addition.quantity or Decimal(0)) - addition.included


def price_period(addition: Addition) -> Fraction:
    """What the addition costs for a whole period, before rounding. It must be without doubt."""
    return Fraction(count_units(addition)) * Fraction(addition.unit_price or Decimal(0))


def find_span(
    addition: Addition, starts: Mapping[str, date], period: Period, through: date, *, prorates: bool
) -> Period | None:
    """The days that the invoice bills of an addition; None for none.

    Without proration a period is billed whole if any day of it is, and nothing before it is caught up.
    """
    following = through + ONE_DAY
    default = following if addition.effective_on is None else max(addition.effective_on, following)
    start = starts.get(addition.id, default)
    end = period.end if addition.cancelled_on is None else min(addition.cancelled_on + ONE_DAY, period.end)
    if start >= end or (not prorates and end <= period.start):
        return None
    return Period(start, end) if prorates else period


def make_line(addition: Addition, span: Period, period: Period, grid: Grid | None) -> ForecastLine:
    """One line, rounded once. `grid` None bills the period whole.

    The part for the period is computed and the catch-up is what is left, so that both are the line (anchors.md 3.3
    rule 4).
    """
    price = price_period(addition)
    amount = round_money(price * (Fraction(1) if grid is None else share_days(span, grid)))
    inside = Period(max(span.start, period.start), max(span.end, period.start))
    own = amount if grid is None or inside == span else round_money(price * Fraction(inside.days, period.days))
    return ForecastLine(addition.id, span.start, span.last, count_units(addition), amount, amount - own)


def share_days(span: Period, grid: Grid) -> Fraction:
    """How many periods the days of a span are, each by its own actual days."""
    shares = []
    day = span.start
    while day < span.end:
        period = grid.period_of(day)
        end = min(period.end, span.end)
        shares.append(Fraction((end - day).days, period.days))
        day = end
    return reduce(operator.add, shares, Fraction(0))
