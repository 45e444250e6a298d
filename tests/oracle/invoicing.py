"""From owed seats to what each invoice must come to, and to the credit proposals (03 sections 3, 6, 10).

How seats are cut into lines: every increase, dated by its day, is a line of its own until the first invoice that bills
it, and part of the base from then on. Seats of one line that are billed for different days on one invoice are separate
lines. Each line is rounded once, half up. A PSA whose lines were cut otherwise may differ by cents: `exact` is the same
for every cut, and `agrees` allows what rounding that many lines can make.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from tests.oracle.counting import Step, count_steps, find_owed, list_bands
from tests.oracle.facts import ONE_DAY, Invoice, Period, Scenario, find_period, list_days

type Reason = Literal["known late", "unknown across"]


@dataclass(frozen=True, slots=True)
class Span:
    """Days `first` through `last` (included), which are `days` of the `of` days of their period."""

    first: date
    last: date
    days: int
    of: int


@dataclass(frozen=True, slots=True)
class Line:
    """`seats` x `price` x the sum of days/of over `spans`; `since` is the increase's day, None for the base."""

    since: date | None
    seats: int
    price: Decimal
    spans: tuple[Span, ...]
    exact: Fraction
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ExpectedInvoice:
    """What one invoice must come to: the sum of its lines, in cents, and before any rounding."""

    invoice: Invoice
    period: Period
    lines: tuple[Line, ...]
    exact: Fraction
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Credit:
    """Money that only a person can give back: `seats` billed on `invoice` for days that they are not owed.

    `known` is the day of the reading that made it known. "known late": the decrease counts before days that were
    already billed when it was confirmed. "unknown across": nothing was read from before the invoice until after it, so
    the seats may have left before; days and amount are the most it can be.
    """

    reason: Reason
    invoice: Invoice
    known: date
    seats: int
    span: Span
    exact: Fraction
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Expectation:
    """Everything that a scenario must lead to."""

    invoices: tuple[ExpectedInvoice, ...]
    credits: tuple[Credit, ...]

    @property
    def exact(self) -> Fraction:
        """All invoices together, before any rounding."""
        return sum((expected.exact for expected in self.invoices), Fraction())

    @property
    def amount(self) -> Decimal:
        """All invoices together, as billed."""
        return sum((expected.amount for expected in self.invoices), Decimal("0.00"))


type Billed = dict[int, dict[date, int]]


def expect(scenario: Scenario) -> Expectation:
    """What every invoice of the scenario must come to, in order, with its lines, and the credit proposals.

    An invoice bills what was known when it was made: its own period, and what an increase owes for days of periods
    invoiced before it (catch-up, in the same line). A seat's day that was billed once is never billed again and never
    taken off: what is owed less is a credit proposal. Room in the text: with proration off there is no catch-up, an
    increase read after a period's invoice waits for the next period not yet invoiced.
    """
    billed: Billed = {upto: {} for _, upto in list_bands(scenario)}
    invoices = tuple(_bill(scenario, number, billed) for number in range(len(scenario.invoices)))
    return Expectation(invoices, tuple(_propose_credits(scenario, billed)))


def agrees(expected: ExpectedInvoice, amount: Decimal, lines: int) -> bool:
    """Whether a PSA's total of that many lines, each rounded once to cents, can be the expected exact amount."""
    return abs(Fraction(amount) - expected.exact) <= Fraction(lines, 200)


def round_cents(amount: Fraction) -> Decimal:
    """Half up to cents; the amount must not be negative (no invoice or credit here ever is)."""
    if amount < 0:
        raise ValueError(f"Only amounts of 0 or more are rounded here, not {amount}.")
    return Decimal(int(amount * 100 + Fraction(1, 2))).scaleb(-2)


def find_price(scenario: Scenario, invoice: Invoice) -> Decimal:
    """The price of everything on one invoice: the one in force on its period's first day, which is P + 1.

    03 section 3: "A price is the one in force on P + 1, whole periods". Room in the text: a catch-up for an earlier
    period is part of the same line, so it has the same price.
    """
    valid = [price for price in scenario.prices if price.valid_from <= invoice.period]
    return (valid[-1] if valid else scenario.prices[0]).amount


def _bill(scenario: Scenario, number: int, billed: Billed) -> ExpectedInvoice:
    invoice = scenario.invoices[number]
    period = find_period(invoice.period, scenario.anchor)
    steps = count_steps(scenario.readings[: invoice.seen])
    if scenario.days is not None:
        scenario = replace(scenario, days=tuple(each for each in scenario.days if each.known < invoice.seen))
    earliest = date.min if scenario.prorates else period.start
    groups: dict[tuple[date | None, tuple[date, ...]], int] = {}
    for below, upto in list_bands(scenario):
        before = billed[upto]
        new: list[date] = []
        for run in find_owed(scenario, steps, upto, period.end):
            owed = list_days(run.start, run.end)
            due = tuple(day for day in owed if day not in before and day >= earliest)
            since = None if any(day in before for day in owed) else run.start
            if due:
                groups[since, due] = groups.get((since, due), 0) + upto - below
                new += due
        before.update(dict.fromkeys(new, number))
    price = find_price(scenario, invoice)
    lines = tuple(_make_line(scenario, price, since, due, seats) for (since, due), seats in groups.items())
    return ExpectedInvoice(
        invoice,
        period,
        lines,
        sum((line.exact for line in lines), Fraction()),
        sum((line.amount for line in lines), Decimal("0.00")),
    )


def _make_line(scenario: Scenario, price: Decimal, since: date | None, due: Sequence[date], seats: int) -> Line:
    spans = _cut_spans(due, scenario.anchor)
    exact = _price_spans(price, seats, spans)
    return Line(since, seats, price, spans, exact, round_cents(exact))


def _price_spans(price: Decimal, seats: int, spans: Iterable[Span]) -> Fraction:
    return Fraction(price) * seats * sum((Fraction(span.days, span.of) for span in spans), Fraction())


def _cut_spans(days: Sequence[date], anchor: int) -> tuple[Span, ...]:
    """Days in order, cut where one is missing and where a period ends.

    Actual days, the effective day included, over the days of the period, which on a calendar grid are those of the
    month (connectwise.md section 4). Room in the text: other anchors take the days of their period.
    """
    spans: list[Span] = []
    for day in days:
        period = find_period(day, anchor)
        if spans and spans[-1].last + ONE_DAY == day and day != period.start:
            spans[-1] = replace(spans[-1], last=day, days=spans[-1].days + 1)
        else:
            spans.append(Span(day, day, 1, period.days))
    return tuple(spans)


def _propose_credits(scenario: Scenario, billed: Billed) -> list[Credit]:
    steps = count_steps(scenario.readings)
    moved, across = _date_early(scenario, steps)
    seats: dict[tuple[Reason, int, date, Span], int] = {}
    for below, upto in list_bands(scenario):
        late = _find_not_owed(scenario, steps, upto, billed[upto])
        doubtful = [
            day
            for day in _find_not_owed(scenario, moved, upto, billed[upto])
            if day not in late and billed[upto][day] in across
        ]
        kinds: tuple[tuple[Reason, list[date]], ...] = (("known late", late), ("unknown across", doubtful))
        for reason, days in kinds:
            for number, span in _cut_by_invoice(days, billed[upto], scenario.anchor):
                known = _find_known(scenario, number, upto, span.first, reason == "unknown across")
                key = (reason, number, known, span)
                seats[key] = seats.get(key, 0) + upto - below
    found = []
    for (reason, number, known, span), count in seats.items():
        invoice = scenario.invoices[number]
        exact = _price_spans(find_price(scenario, invoice), count, (span,))
        found.append(Credit(reason, invoice, known, count, span, exact, round_cents(exact)))
    return sorted(found, key=lambda credit: (credit.known, credit.span.first, credit.reason))


def _cut_by_invoice(days: Sequence[date], billed: dict[date, int], anchor: int) -> list[tuple[int, Span]]:
    return [
        (number, span)
        for number in sorted({billed[day] for day in days})
        for span in _cut_spans([day for day in days if billed[day] == number], anchor)
    ]


def _find_not_owed(scenario: Scenario, steps: Sequence[Step], upto: int, billed: dict[date, int]) -> list[date]:
    if not billed:
        return []
    runs = find_owed(scenario, steps, upto, max(billed) + ONE_DAY)
    return [day for day in sorted(billed) if not any(run.start <= day < run.end for run in runs)]


def _date_early(scenario: Scenario, steps: Sequence[Step]) -> tuple[list[Step], frozenset[int]]:
    """The steps with every decrease that nothing was read before, across an invoice, on its earliest day.

    Also the numbers of those invoices.
    """
    moved, across = [], set()
    level = 0
    for step in steps:
        between = {
            number
            for number, invoice in enumerate(scenario.invoices)
            if step.level < level and step.before < invoice.seen <= step.read and step.earliest < step.day
        }
        moved.append(replace(step, day=step.earliest) if between else step)
        across |= between
        level = step.level
    return moved, frozenset(across)


def _find_known(scenario: Scenario, number: int, upto: int, day: date, is_doubtful: bool) -> date:
    """The day of the reading after which `day`, billed on invoice `number`, is first seen not to be owed."""
    for count in range(scenario.invoices[number].seen + 1, len(scenario.readings) + 1):
        steps = count_steps(scenario.readings[:count])
        if is_doubtful:
            steps, _ = _date_early(scenario, steps)
        if not any(run.start <= day < run.end for run in find_owed(scenario, steps, upto, day + ONE_DAY)):
            return scenario.readings[count - 1].day
    raise AssertionError(f"{day} is not owed, and no reading says so.")
