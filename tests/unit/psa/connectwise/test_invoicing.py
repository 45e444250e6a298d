"""For which periods an agreement is invoiced, and through which day: advance, arrears, children, cycles, doubts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.demo.msp.psa import make_connectwise
from plans.agreements import AgreementFacts, UnreadableAgreement
from plans.errors import Park
from profiles.periods import ONE_DAY, Grid, Period, write_short_day
from psa.connectwise.invoicing import (
    Billing,
    InvoicesUnread,
    Invoicing,
    derive_invoicing,
    find_newest_invoices,
    find_payers,
    make_grid,
    read_billing,
    read_billings,
)
from psa.connectwise.settings import InvoicingSettings, count_months
from tests.unit.psa.connectwise.site import make_agreement_row, make_invoice_row

DECEMBER = date(2026, 12, 1)
IN_ADVANCE = InvoicingSettings()
IN_ARREARS = InvoicingSettings(in_arrears=True)
QUARTERLY = InvoicingSettings(confirmed_cycles=frozenset({"Monthly", "Quarterly"}))
UMBRELLA = {"id": 1100, "name": "Umbrella", "type": "Managed Services"}


def derive(
    *parents: dict[str, Any],
    settings: InvoicingSettings = IN_ADVANCE,
    newest: dict[str, date] | InvoicesUnread | None = None,
    **changes: Any,
) -> Invoicing:
    row = make_agreement_row(**changes)
    return derive_invoicing(read_billing(row), read_billings([row, *parents]), newest or {}, settings)


def make_parent(**changes: Any) -> dict[str, Any]:
    return make_agreement_row(1100, **{"nextInvoiceDate": "2026-12-15T00:00:00Z", **changes})


# Advance and arrears


def test_in_advance_everything_before_the_next_invoice_is_invoiced() -> None:
    assert derive() == Invoicing(Grid(2026, 12, 1, 1), date(2026, 11, 30), DECEMBER)


def test_in_arrears_the_period_that_ends_before_the_next_invoice_is_not_invoiced() -> None:
    assert derive(settings=IN_ARREARS) == Invoicing(Grid(2026, 12, 1, 1), date(2026, 10, 31), DECEMBER)


@pytest.mark.parametrize(
    ("in_arrears", "exceptions", "through"),
    [
        (False, frozenset(), date(2026, 11, 30)),
        (False, frozenset({"1201"}), date(2026, 10, 31)),
        (True, frozenset({"1201"}), date(2026, 11, 30)),
        (True, frozenset({"1299"}), date(2026, 10, 31)),
    ],
)
def test_an_exception_is_the_other_way_round(in_arrears: bool, exceptions: frozenset[str], through: date) -> None:
    assert derive(settings=InvoicingSettings(in_arrears, exceptions)).invoiced_through == through


def test_a_next_invoice_date_that_lags_far_behind_is_no_contradiction() -> None:
    found = derive(nextInvoiceDate="2025-02-01T00:00:00Z", newest={"1201": date(2025, 1, 1)})
    assert (found.invoiced_through, found.doubt) == (date(2025, 1, 31), "")


@given(
    next_on=st.dates(date(2000, 2, 1), date(2099, 12, 31)),
    start_day=st.integers(1, 31),
    months=st.sampled_from([1, 2, 3, 6, 12]),
    in_arrears=st.booleans(),
)
def test_the_day_after_p_starts_a_period(next_on: date, start_day: int, months: int, in_arrears: bool) -> None:
    grid = make_grid(next_on, date(2000, 1, start_day), months)
    assert grid.period_of(next_on).start == next_on
    cycle = {1: "Monthly", 2: "Bi-Monthly", 3: "Quarterly", 6: "Semi Annual", 12: "Yearly"}[months]
    own = Billing("1", True, None, next_on, date(2000, 1, start_day), cycle)
    settings = InvoicingSettings(in_arrears=in_arrears, confirmed_cycles=frozenset({cycle}))
    found = derive_invoicing(own, {}, {}, settings)
    assert found.grid == grid
    assert found.invoiced_through is not None
    first_open = grid.period_of(found.invoiced_through + ONE_DAY)
    assert first_open.start == found.invoiced_through + ONE_DAY
    assert (first_open.end if in_arrears else first_open.start) == next_on


# Anchors


@pytest.mark.parametrize(
    ("starts", "next_on", "day"),
    [
        ("2025-01-31", "2027-02-28", 31),
        ("2025-01-31", "2028-02-29", 31),
        ("2025-01-30", "2027-02-28", 30),
        ("2025-01-29", "2028-02-29", 29),
        ("2025-01-28", "2027-02-28", 28),
        ("2025-01-31", "2027-04-30", 31),
        ("2025-01-31", "2027-02-27", 27),
        ("2025-01-30", "2028-02-28", 28),
        ("2025-01-15", "2026-12-01", 1),
        ("2025-01-15", "2026-12-15", 15),
        (None, "2027-02-28", 28),
        (None, "2026-12-31", 31),
    ],
)
def test_the_anchor_is_the_billing_starts_day_where_that_gives_the_next_invoices(
    starts: str | None, next_on: str, day: int
) -> None:
    grid = derive(billStartDate=starts, nextInvoiceDate=next_on).grid
    assert grid is not None
    assert grid.anchor_day == day


def test_a_start_on_the_31st_is_not_forgotten_in_february() -> None:
    found = derive(billStartDate="2025-01-31", nextInvoiceDate="2027-02-28")
    assert found.invoiced_through == date(2027, 2, 27)
    assert found.grid is not None
    assert found.grid.period_of(date(2027, 3, 1)) == Period(date(2027, 2, 28), date(2027, 3, 31))


def test_in_arrears_a_period_that_began_on_the_31st_is_found_in_february() -> None:
    found = derive(settings=IN_ARREARS, billStartDate="2025-01-31", nextInvoiceDate="2027-02-28")
    assert found.invoiced_through == date(2027, 1, 30)


# Cycles


def test_a_quarter_that_nobody_confirmed_has_no_periods() -> None:
    found = derive(billingCycle={"id": 4, "name": "Quarterly"})
    assert found.grid is None
    assert found.next_invoice_on == DECEMBER
    assert found.invoiced_through == date(2026, 11, 30)
    assert "'Quarterly'. An administrator must confirm how their ConnectWise prorates it" in found.doubt


def test_a_quarter_in_arrears_that_nobody_confirmed_was_still_invoiced_through_a_day() -> None:
    found = derive(settings=IN_ARREARS, billingCycle={"id": 4, "name": "Quarterly"})
    assert (found.grid, found.invoiced_through) == (None, date(2026, 8, 31))


@pytest.mark.parametrize("name", ["Quarterly", "quarterly", " Quarterly "])
def test_a_confirmed_quarter_has_periods_from_the_next_invoice_on(name: str) -> None:
    found = derive(settings=QUARTERLY, billingCycle={"id": 4, "name": name})
    assert found == Invoicing(Grid(2026, 12, 1, 3), date(2026, 11, 30), DECEMBER)
    assert found.grid is not None
    assert found.grid.period_of(date(2026, 11, 22)) == Period(date(2026, 9, 1), DECEMBER)


def test_a_confirmed_year_that_starts_on_a_leap_day_keeps_it() -> None:
    yearly = InvoicingSettings(in_arrears=True, confirmed_cycles=frozenset({"Yearly"}))
    found = derive(
        settings=yearly,
        billingCycle={"id": 5, "name": "Yearly"},
        billStartDate="2024-02-29",
        nextInvoiceDate="2027-02-28",
    )
    assert found == Invoicing(Grid(2027, 2, 29, 12), date(2026, 2, 27), date(2027, 2, 28))


def test_even_months_may_be_left_unconfirmed() -> None:
    assert derive(settings=InvoicingSettings(confirmed_cycles=frozenset())).grid is None


@pytest.mark.parametrize("name", ["Weekly", "BiWeekly", "NotRecurring", "As agreed"])
def test_a_cycle_that_is_no_number_of_months_has_no_periods(name: str) -> None:
    settings = InvoicingSettings(confirmed_cycles=frozenset({name}))
    found = derive(settings=settings, billingCycle={"id": 9, "name": name})
    assert (found.grid, found.invoiced_through) == (None, date(2026, 11, 30))
    assert f"{name!r}, which is not known to be a number of whole months" in found.doubt
    in_arrears = InvoicingSettings(in_arrears=True, confirmed_cycles=frozenset({name}))
    assert derive(settings=in_arrears, billingCycle={"id": 9, "name": name}).invoiced_through is None


def test_an_agreement_without_a_billing_cycle_has_no_periods() -> None:
    found = derive(billingCycle=None)
    assert found.grid is None
    assert "has no billing cycle" in found.doubt


@pytest.mark.parametrize(
    ("name", "months"),
    [("Monthly", 1), ("Semi-Annual", 6), ("Annual", 12), ("Bi-Monthly", 2), ("Weekly", None), ("", None)],
)
def test_a_cycles_months_are_told_by_its_name(name: str, months: int | None) -> None:
    assert count_months(name) == months


# Doubts


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_next_invoice_date_nothing_is_known(value: str | None) -> None:
    found = derive(nextInvoiceDate=value)
    assert (found.grid, found.invoiced_through, found.next_invoice_on) == (None, None, None)
    assert "has no next invoice date" in found.doubt


@pytest.mark.parametrize(
    ("latest", "is_contradicted"),
    [(date(2026, 11, 30), False), (DECEMBER, True), (date(2027, 3, 1), True)],
)
def test_an_invoice_on_or_after_the_next_invoice_date_contradicts_it(latest: date, is_contradicted: bool) -> None:
    found = derive(newest={"1201": latest, "1299": date(2030, 1, 1)})
    assert found.grid == Grid(2026, 12, 1, 1)
    assert found.next_invoice_on == DECEMBER
    assert (found.invoiced_through is None) is is_contradicted
    assert bool(found.doubt) is is_contradicted
    if is_contradicted:
        assert f"an invoice of {write_short_day(latest)}" in found.doubt


def test_invoices_that_cannot_be_listed_are_a_doubt_and_the_periods_stay() -> None:
    found = derive(newest=InvoicesUnread("The right is missing."))
    assert found == Invoicing(Grid(2026, 12, 1, 1), None, DECEMBER, "The right is missing.")


def test_two_doubts_are_two_sentences() -> None:
    found = derive(newest=InvoicesUnread("The right is missing."), billingCycle={"id": 4, "name": "Quarterly"})
    assert found.doubt.startswith("The right is missing. Agreement 1201 has the billing cycle 'Quarterly'.")


# Children


def test_a_child_is_invoiced_with_its_parent_and_its_own_dates_do_not_count() -> None:
    found = derive(
        make_parent(billStartDate="2025-01-15T00:00:00Z"),
        parentAgreement=UMBRELLA,
        nextInvoiceDate="2020-01-01T00:00:00Z",
        billingCycle={"id": 4, "name": "Quarterly"},
        newest={"1201": date(2026, 12, 20), "1100": date(2026, 11, 15)},
    )
    assert found == Invoicing(Grid(2026, 12, 15, 1), date(2026, 12, 14), date(2026, 12, 15))


def test_a_child_needs_no_dates_of_its_own() -> None:
    found = derive(make_parent(), parentAgreement=UMBRELLA, nextInvoiceDate=None, billingCycle=None)
    assert (found.invoiced_through, found.doubt) == (date(2026, 12, 14), "")


@pytest.mark.parametrize(("exception", "through"), [("1100", date(2026, 11, 14)), ("1201", date(2026, 12, 14))])
def test_a_child_is_in_arrears_where_its_parent_is(exception: str, through: date) -> None:
    settings = InvoicingSettings(arrears_exceptions=frozenset({exception}))
    found = derive(make_parent(), parentAgreement=UMBRELLA, settings=settings)
    assert found.invoiced_through == through


def test_the_parents_invoices_may_contradict() -> None:
    found = derive(make_parent(), parentAgreement=UMBRELLA, newest={"1100": date(2026, 12, 15)})
    assert found.invoiced_through is None
    assert "Agreement 1100 has an invoice of 15 Dec 2026" in found.doubt


@pytest.mark.parametrize(
    ("parents", "words"),
    [
        ([], "its parent 1100, which ConnectWise does not show"),
        ([make_parent(nextInvoiceDate="soon")], "cannot be read: ConnectWise sent the date 'soon'"),
        ([make_parent(billingCycle={})], "cannot be read: ConnectWise sent a record without name"),
        ([make_parent(parentAgreement={"id": 1000})], "is a child of 1000 itself"),
        ([make_parent(agreementStatus="Cancelled")], "is not active"),
        ([make_parent(nextInvoiceDate=None)], "Agreement 1100 has no next invoice date"),
    ],
)
def test_a_parent_that_tells_nothing_is_a_doubt(parents: list[dict[str, Any]], words: str) -> None:
    found = derive(*parents, parentAgreement=UMBRELLA)
    assert (found.grid, found.invoiced_through, found.next_invoice_on) == (None, None, None)
    assert words in found.doubt


# Rows


def test_only_those_who_are_invoiced_themselves_are_looked_up_by_id() -> None:
    rows = [
        make_agreement_row(1203),
        make_agreement_row(1202, parentAgreement=UMBRELLA),
        make_agreement_row(1204, nextInvoiceDate=None),
        make_agreement_row(1205, nextInvoiceDate="soon"),
        make_parent(),
    ]
    assert [each.agreement_id for each in find_payers(read_billings(rows).values())] == ["1100", "1203"]


def test_what_cannot_be_read_of_an_agreement_is_told() -> None:
    reading = read_billings([make_agreement_row(billStartDate="soon")])["1201"]
    assert isinstance(reading, UnreadableAgreement)
    assert "'soon'" in reading.sentence


def test_the_newest_agreement_invoice_of_each_agreement_counts() -> None:
    rows = [
        make_invoice_row(1, 1201, "2026-11-01"),
        make_invoice_row(2, 1201, "2026-10-01"),
        make_invoice_row(3, 1202, "2026-09-01"),
        make_invoice_row(4, 1201, "2026-12-24", type="CreditMemo"),
    ]
    assert find_newest_invoices(rows) == {"1201": date(2026, 11, 1), "1202": date(2026, 9, 1)}


@pytest.mark.parametrize("field", ["type", "agreement", "date"])
def test_half_an_invoice_parks(field: str) -> None:
    with pytest.raises(Park, match=f"without {field}"):
        find_newest_invoices([make_invoice_row(1, 1201, "2026-11-01", **{field: None})])


def test_an_invoice_with_an_empty_date_parks() -> None:
    with pytest.raises(Park, match="without date"):
        find_newest_invoices([make_invoice_row(1, 1201, "2026-11-01", date="")])


@pytest.mark.parametrize("day", [date(2026, 11, 22), date(2026, 12, 1), date(2027, 2, 28)])
def test_of_every_agreement_of_the_large_demo_the_books_say_the_same(day: date) -> None:
    """The demo's books know through which day each addition was invoiced, children and arrears included."""
    state = make_connectwise(day)
    settings = InvoicingSettings(
        arrears_exceptions=frozenset(str(each) for each in state["billedInArrears"]),
        confirmed_cycles=frozenset({"Monthly", "Yearly"}),
    )
    billings = read_billings(state["agreements"])
    newest = find_newest_invoices(state["invoices"])
    compared = 0
    for addition in state["additions"]:
        own = billings[str(addition["agreementId"])]
        assert isinstance(own, Billing)
        found = derive_invoicing(own, billings, newest, settings)
        assert found.doubt == ""
        assert found.invoiced_through == date.fromisoformat(state["billedThrough"][str(addition["id"])])
        compared += 1
    assert compared > 50


def test_facts_are_completed_and_nothing_else_of_them_changes() -> None:
    facts = AgreementFacts(True, True, None, None, "42", parent_id="1100")
    done = Invoicing(Grid(2026, 12, 1, 1), None, DECEMBER, "Why.").complete(facts)
    assert done == AgreementFacts(True, True, DECEMBER, None, "42", Grid(2026, 12, 1, 1), None, "Why.", "1100")


def test_a_cycle_whose_name_says_nothing_lasts_as_long_as_connectwise_said() -> None:
    confirmed = frozenset({"Standard billing"})
    cycle = {"id": 9, "name": "Standard billing"}
    assert (
        "not known to be a number"
        in derive(settings=InvoicingSettings(confirmed_cycles=confirmed), billingCycle=cycle).doubt
    )
    told = InvoicingSettings(confirmed_cycles=confirmed, lengths={"standard-billing": 3})
    found = derive(settings=told, billingCycle=cycle)
    assert found.doubt == ""
    assert found.grid is not None
    assert told.count_months("Yearly") == 12, "a name that says it still does"
