"""What people read of a line that waits or owes money back, word for word, and what it rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from plans.agreements import AgreementFacts
from plans.changes import CreditProposal, Held, HoldRule
from plans.collecting import find_refused_through
from plans.journal import Refusal
from plans.lines import Line, open_line
from plans.places import Place
from plans.proposals import propose
from plans.review import hold_unknown
from plans.transfers import explain_unknown
from profiles.billing import CustomPrice, DatedPrice, Price, PsaPrice
from profiles.periods import Period
from tests.unit.plans.makers import (
    ACTIVE,
    UNKNOWN_INVOICES,
    count_of,
    journal_of,
    make_agreement,
    make_change,
    make_line,
    make_profile,
    make_surroundings,
    write,
)

NOVEMBER = date(2026, 11, 1)
NO_PERIODS = replace(ACTIVE, grid=None)
RISEN = CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("20.00")), DatedPrice(NOVEMBER, Decimal("30.00"))))


def make_opened(facts: AgreementFacts = ACTIVE, price: Price | None = None, seats: int = 12) -> Line:
    """10 seats are billed since 2 November, and so many are read today."""
    change = make_change(quantity=10, effective_on=NOVEMBER + timedelta(days=1))
    profile = make_profile() if price is None else replace(make_profile(), price=price)
    line = make_line(seats, journal_of(change), profile=profile)
    return open_line(line, make_surroundings((line,), agreements=(make_agreement((write(change),), facts),)))


# Credit proposals


@pytest.mark.parametrize(
    ("facts", "price", "unit_price", "amount", "words"),
    [
        pytest.param(ACTIVE, None, "20.00", "20.00", ", 20.00", id="half of November"),
        pytest.param(ACTIVE, RISEN, "20.00", "30.00", ", 30.00", id="the price in force"),
        pytest.param(ACTIVE, PsaPrice(), "20.00", "20.00", ", 20.00", id="the PSA's price"),
        pytest.param(ACTIVE, None, None, None, "", id="no price known"),
        pytest.param(NO_PERIODS, None, "20.00", None, "", id="no periods known"),
    ],
)
def test_a_proposal_says_how_many_seats_from_when_to_when_and_what_they_cost(
    facts: AgreementFacts, price: Price | None, unit_price: str | None, amount: str | None, words: str
) -> None:
    """2 seats on 15 days of November."""
    line = make_opened(facts, price)
    known = None if unit_price is None else Decimal(unit_price)
    assert propose(
        line, Place("1201", line.input.profile.product_id), Period(NOVEMBER, date(2026, 11, 16)), 2, known
    ) == CreditProposal(
        NOVEMBER,
        date(2026, 11, 15),
        2,
        None if amount is None else Decimal(amount),
        f"2 Business Premium were invoiced from 1 Nov 2026 through 15 Nov 2026 and not owed{words}. Give the money "
        "back in the PSA if you want to, and tick this off.",
    )


# Nobody knows the periods


@pytest.mark.parametrize(
    ("facts", "doubt"),
    [
        (UNKNOWN_INVOICES, "The invoices are not read."),
        (NO_PERIODS, "Nobody knows the billing periods of agreement 1201."),
    ],
)
def test_a_line_that_waits_for_periods_says_why(facts: AgreementFacts, doubt: str) -> None:
    expected = f"10 → 12 Business Premium waits: {doubt}"
    assert hold_unknown(make_opened(facts)) == Held(HoldRule.INVOICING_UNKNOWN, expected)


@pytest.mark.parametrize(
    ("facts", "doubt"),
    [
        (UNKNOWN_INVOICES, "The invoices are not read."),
        (NO_PERIODS, "The PSA does not say through which day it has invoiced."),
        (
            ACTIVE,
            "What it takes over has still to begin, or the PSA does not say through which day it has invoiced that.",
        ),
    ],
)
def test_a_move_that_waits_for_periods_says_why(facts: AgreementFacts, doubt: str) -> None:
    expected = f"The move of Business Premium waits: nobody knows when the running period ends. {doubt}"
    assert explain_unknown(make_opened(facts)) == expected


# How long a refusal stands


@pytest.mark.parametrize(
    ("refused_on", "through"),
    [
        pytest.param(4, 4, id="before the quantity came"),
        pytest.param(5, 8, id="on its first day"),
        pytest.param(6, 8, id="later"),
        pytest.param(8, 8, id="on its last day"),
        pytest.param(9, 9, id="once it was another"),
    ],
)
def test_a_refusal_stands_as_long_as_the_refused_quantity(refused_on: int, through: int) -> None:
    """15 from the 5th through the 8th, and again from the 20th, which nobody refused."""
    read = [(10, 1), (15, 5), (10, 9), (15, 20), (9, 25)]
    counts = [count_of(quantity, date(2026, 11, day)) for quantity, day in read]
    refusal = Refusal("m", 15, 10, date(2026, 11, refused_on), "Ada", "a mistake")
    assert find_refused_through(counts, refusal) == date(2026, 11, through)
