"""The simulated invoices and the product's credit proposals, against what the oracle expects of the same scenario.

No cent is ever allowed for. On every invoice each day must be billed for just as many seats as the oracle says. Where
the PSA's lines are cut like the oracle's the amounts must be the same. Where several changes in one period cut them
otherwise, the amount must be what the oracle's arithmetic makes of the PSA's own cut, each line rounded once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from fractions import Fraction

from plans.changes import CreditProposal
from tests.oracle.facts import ONE_DAY, Invoice, Scenario, find_period, list_days
from tests.oracle.invoicing import Credit, ExpectedInvoice, agrees, expect, find_price, round_cents
from tests.oracle.telling import describe, explain
from tests.oracle.transfers import find_parts
from tests.timelines.invoicing import BilledLine, SimulatedInvoice
from tests.timelines.journeys import JourneyStory
from tests.timelines.playing import Story

type Cut = tuple[int, date, date]


class Match(Enum):
    """How one invoice compares: equal in amount and lines; equal in amount; equal once cut alike; or not equal."""

    SAME_LINES = auto()
    SAME_AMOUNT = auto()
    OTHER_CUT = auto()
    DIFFERENT = auto()


@dataclass(frozen=True)
class Comparison:
    """One played scenario against the oracle. `differences` are sentences; empty where all is as it must be.

    `credits` counts the proposals for what was known late, `doubtful` the seat-days that the oracle proposes beside
    them, for what was unknown across an invoice.
    """

    story: Story
    matches: tuple[Match, ...]
    differences: tuple[str, ...]
    credits: int
    doubtful: int


def compare(story: Story) -> Comparison:
    """Every invoice, and the credit proposals of the last run that planned."""
    scenario, expected = story.scenario, expect(story.scenario)
    matches, differences = [], list(story.troubles)
    if story.rewrites:
        differences.append(f"R3: the last night was run again, and wrote {story.rewrites} times.")
    for invoice, made in zip(expected.invoices, story.invoices, strict=True):
        match = match_invoice(scenario, invoice, made)
        matches.append(match)
        if match is Match.DIFFERENT:
            differences.append(
                "\n".join([explain(invoice), f"ConnectWise: {made.amount}", *(f"  {line}" for line in made.lines)])
            )
    late = [credit for credit in expected.credits if credit.reason == "known late"]
    differences += compare_credits(story, late)
    doubtful = [credit for credit in expected.credits if credit.reason == "unknown across"]
    return Comparison(
        story, tuple(matches), tuple(differences), len(late), sum(each.seats * each.span.days for each in doubtful)
    )


def compare_journey(played: JourneyStory) -> Comparison:
    """Every invoice of every agreement and product, and the credit proposals of the last run that planned."""
    story, matches, late = played.story, [], []
    differences = list(story.troubles)
    if story.rewrites:
        differences.append(f"R3: the last night was run again, and wrote {story.rewrites} times.")
    for spot, parts in find_parts(played.journey).items():
        expected = [expect(part) for part in parts]
        late += [credit for each in expected for credit in each.credits if credit.reason == "known late"]
        for number, invoices in enumerate(zip(*(each.invoices for each in expected), strict=True)):
            whole, made = join_invoices(invoices), played.find(spot, number)
            match = match_invoice(parts[0], whole, made)
            matches.append(match)
            if match is Match.DIFFERENT:
                told = [explain(whole), f"ConnectWise: {made.amount}", *(f"  {line}" for line in made.lines)]
                differences.append("\n".join([f"agreement {spot[0]}, product {spot[1]}:", *told]))
    differences += compare_credits(story, late)
    return Comparison(story, tuple(matches), tuple(differences), len(late), 0)


def join_invoices(invoices: Sequence[ExpectedInvoice]) -> ExpectedInvoice:
    """What several mappings owe on one invoice, together."""
    return replace(
        invoices[0],
        lines=tuple(line for each in invoices for line in each.lines),
        exact=sum((each.exact for each in invoices), Fraction()),
        amount=sum((each.amount for each in invoices), Decimal("0.00")),
    )


def match_invoice(scenario: Scenario, expected: ExpectedInvoice, made: SimulatedInvoice) -> Match:
    """How an invoice compares. The days are compared even where the amount is the same."""
    lines = [line for line in made.lines if count_seats(line)]
    wanted = Counter((line.seats, span.first, span.last) for line in expected.lines for span in line.spans)
    if count_seat_days(wanted.elements()) != count_seat_days(cut_of(line) for line in lines):
        return Match.DIFFERENT
    if expected.amount == made.amount:
        whole = Counter((line.seats, line.spans[0].first, line.spans[-1].last) for line in expected.lines)
        return Match.SAME_LINES if whole == Counter(map(cut_of, lines)) else Match.SAME_AMOUNT
    repriced = sum((price_line(scenario, expected, line) for line in lines), Decimal("0.00"))
    is_equal = repriced == made.amount and agrees(expected, made.amount, len(lines))
    return Match.OTHER_CUT if is_equal else Match.DIFFERENT


def count_seats(line: BilledLine) -> int:
    """The whole seats of a line."""
    return int(line.addition["quantity"])


def cut_of(line: BilledLine) -> Cut:
    """Seats, first and last day of a simulated line."""
    return count_seats(line), line.charge.covers.first, line.charge.covers.last


def count_seat_days(cuts: Iterable[Cut]) -> Counter[date]:
    """How many seats are billed for each day."""
    days: Counter[date] = Counter()
    for seats, first, last in cuts:
        for day in list_days(first, last + ONE_DAY):
            days[day] += seats
    return days


def price_line(scenario: Scenario, expected: ExpectedInvoice, line: BilledLine) -> Decimal:
    """What the oracle's arithmetic makes of a simulated line: the price of its invoice for all of its days."""
    price = Fraction(find_price(scenario, expected.invoice))
    seats, first, last = cut_of(line)
    return round_cents(price * seats * sum((share for _, share in list_shares(scenario, first, last)), Fraction()))


def price_proposal(scenario: Scenario, proposal: CreditProposal) -> Decimal:
    """What a proposal comes to: the price of each day's own period."""
    shares = list_shares(scenario, proposal.start, proposal.last)
    prices = {start: find_price(scenario, Invoice(start, start, 0)) for start, _ in shares}
    return round_cents(proposal.seats * sum((Fraction(prices[start]) * share for start, share in shares), Fraction()))


def list_shares(scenario: Scenario, first: date, last: date) -> list[tuple[date, Fraction]]:
    """For each day from `first` through `last` the first day of its period, and how much of it the day is."""
    periods = [find_period(day, scenario.anchor) for day in list_days(first, last + ONE_DAY)]
    return [(period.start, Fraction(1, period.days)) for period in periods]


def compare_credits(story: Story, late: list[Credit]) -> list[str]:
    """The days that the product proposes to give back, against those that the oracle knows are not owed, and the money.

    The product prices days by their own periods. What was billed late, after the price had changed, cost another price
    than that, which nobody but the invoice knows: the rules leave open which one a proposal states.
    """
    wanted = count_seat_days((each.seats, each.span.first, each.span.last) for each in late)
    proposals = [each.proposal for each in story.proposals]
    found = count_seat_days((each.seats, each.start, each.last) for each in proposals)
    amounts = [price_proposal(story.scenario, each) for each in proposals]
    if wanted == found and amounts == [each.amount for each in proposals]:
        return []
    told = [f"  {each.seats} seats, {each.start} to {each.last}: {each.amount}" for each in proposals]
    told += [f"  expected: {each.seats} seats, {each.span.first} to {each.span.last}" for each in late]
    return ["\n".join([f"Other credit proposals than those of what was known late, or not {amounts}:", *told])]


def tell_difference(comparison: Comparison) -> str:
    """The story and everything that is wrong with it."""
    return "\n".join(
        [describe(comparison.story.scenario), "", *comparison.differences, "", repr(comparison.story.scenario)]
    )
