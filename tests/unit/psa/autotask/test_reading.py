"""Contracts, services and units as agreements and additions."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plans.agreements import Agreement, AgreementFacts, UnreadableAgreement
from plans.budget import RequestBudget
from plans.errors import Park, Retry
from plans.timeline import Timeline
from profiles.billing import BillableOption
from profiles.periods import Grid
from psa.autotask.reading import find_period_months, find_text_limit
from psa.autotask.rows import read_contract, read_units, require_day
from tests.simulation import autotask as simulated
from tests.simulation.autotask import TEXT_LENGTH
from tests.unit.psa.autotask.nights import CONTRACT, TODAY, Autotask, make_contract

JANUARY, FEBRUARY, MARCH, MAY = (date(2026, month, 1) for month in (1, 2, 3, 5))
APRIL_10 = date(2026, 4, 10)


def read_one(psa: Autotask) -> Agreement:
    (agreement,) = psa.read()
    assert isinstance(agreement, Agreement)
    return agreement


def test_a_contract_is_an_agreement_that_always_prorates() -> None:
    psa = Autotask()
    psa.state.contracts[CONTRACT]["renewedContractID"] = 1300
    psa.state.posted_through[CONTRACT] = date(2026, 4, 30)
    psa.add_service((JANUARY, 10))
    agreement = read_one(psa)
    assert (agreement.connection_id, agreement.id, agreement.name, agreement.company_id) == (
        *("at", "1201", "Managed Services", "1"),
    )
    assert agreement.facts == AgreementFacts(
        is_active=True,
        prorates=True,
        next_invoice_on=MAY,
        ends_on=date(2026, 12, 31),
        company_id="1",
        grid=Grid(2026, 1, 1, 1),
        invoiced_through=date(2026, 4, 30),
        renewed_by="1300",
        text_limit=TEXT_LENGTH,
        bills_late=True,
        starts_on=JANUARY,
    )


def test_a_service_bills_by_day_what_its_rows_say_and_the_last_one_continues() -> None:
    psa = Autotask()
    number = psa.add_service(
        (JANUARY, 10), (APRIL_10, 2), (MAY, -3), internalDescription="SL-1-0000", invoiceDescription="Seats"
    )
    (service,) = read_one(psa).additions
    assert service.days == Timeline(((FEBRUARY, 10), (APRIL_10, 12), (MAY, 9)))
    assert (service.id, service.product_id, service.quantity, service.key) == (
        str(number),
        "55",
        Decimal(9),
        "SL-1-0000",
    )
    assert (service.effective_on, service.cancelled_on, service.included) == (None, None, Decimal(0))
    assert (service.billable_option, service.unit_price, service.description) == (
        *(BillableOption.BILLABLE, Decimal("20.00"), "Seats"),
    )


def test_what_units_tell_begins_with_the_rows_that_are_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """On 20 April rows from 1 February on are read; one from 15 January through 14 February is left out whole."""
    psa = Autotask()
    psa.add_service()
    assert read_one(psa).additions[0].days_read_from == FEBRUARY
    psa.add_service((JANUARY, 10))
    rows = simulated.AutotaskState.list_rows

    def shift(state: Any, service_id: int) -> Any:
        moved = {"startDate": "2026-01-15T00:00:00Z", "endDate": "2026-02-14T00:00:00Z"}
        return ({**row, **moved} if row["startDate"] < "2026-02" else row for row in rows(state, service_id))

    monkeypatch.setattr(simulated.AutotaskState, "list_rows", shift)
    psa.state.made.clear()
    assert read_one(psa).additions[1].days_read_from == date(2026, 2, 15)


def test_a_service_without_units_bills_nothing_at_the_price_of_its_own() -> None:
    psa = Autotask()
    psa.add_service(unitPrice=22.5)
    (service,) = read_one(psa).additions
    assert (service.days, service.quantity, service.unit_price) == (Timeline(), Decimal(0), Decimal("22.5"))


def test_units_that_ended_have_no_price_that_anybody_could_tell() -> None:
    """The rows before may have been cheaper than the last price that was sent."""
    psa = Autotask()
    number = psa.add_service((JANUARY, 10))
    psa.state.adjust(number, APRIL_10, -10, is_ours=True)
    assert read_one(psa).additions[0].unit_price is None


def test_a_price_is_that_of_the_last_whole_period_with_units() -> None:
    psa = Autotask()
    number = psa.add_service((JANUARY, 10))
    psa.state.adjust(number, MAY, 0, 22.0, is_ours=True)
    assert read_one(psa).additions[0].unit_price == Decimal(22)
    thirds = Autotask()
    thirds.add_service((JANUARY, 300), unitPrice=1.0125)
    assert read_one(thirds).additions[0].unit_price == Decimal("1.0125")


@pytest.mark.parametrize(
    ("sent", "row_price", "told"),
    [
        (None, None, Decimal(7)),  # 3 x 7.00 x 16/30 = 11.20
        (None, 21.0, Decimal(7)),  # 3 x 7.00: a row that tells the price of all the period
        (8.0, None, None),  # 3 x 8.00 x 16/30 = 12.80: another price, and nobody can say which
        (None, 99.0, None),
    ],
)
def test_a_part_of_a_period_only_tells_whether_the_price_is_still_the_one_before(
    sent: float | None, row_price: float | None, told: Decimal | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3 units from 10 April at 7.00 on a contract that ends on 25 April: no row holds a whole period."""
    psa = Autotask()
    psa.state.contracts[CONTRACT]["endDate"] = "2026-04-25T00:00:00Z"
    number = psa.add_service(unitPrice=7.0)
    psa.state.adjust(number, APRIL_10, 3, sent, is_ours=True)
    if row_price is not None:
        rows = list(psa.state.list_rows(number))
        monkeypatch.setattr(psa.state, "list_rows", lambda number: [{**each, "price": row_price} for each in rows])
    assert read_one(psa).additions[0].unit_price == told


def test_a_whole_period_tells_the_price_again() -> None:
    """7.00, another price from 10 April, which May tells."""
    psa = Autotask()
    number = psa.add_service((JANUARY, 3), unitPrice=7.0)
    psa.state.adjust(number, APRIL_10, 1, 8.0, is_ours=True)
    assert read_one(psa).additions[0].unit_price == Decimal(8)


@pytest.mark.parametrize(
    ("posted", "through"),
    [
        (None, date(2026, 1, 31)),
        (date(2026, 3, 31), date(2026, 3, 31)),
        (date(2026, 4, 30), date(2026, 4, 30)),
        (date(2026, 6, 30), date(2026, 6, 30)),
    ],
)
def test_what_is_posted_is_what_is_invoiced(posted: date | None, through: date) -> None:
    """Nothing posted in the two periods before the running one is nothing posted that counts."""
    psa = Autotask()
    psa.add_service((JANUARY, 10))
    if posted is not None:
        psa.state.posted_through[CONTRACT] = posted
    assert read_one(psa).facts.invoiced_through == through


@pytest.mark.parametrize(
    ("posted_at", "next_posting"),
    [
        ("2026-03-01T09:00:00Z", date(2026, 4, 1)),  # March in advance: April is due
        ("2026-03-31T23:00:00Z", date(2026, 4, 1)),
        ("2026-04-02T09:00:00Z", MAY),  # March in arrears: April is after its end, and was "due" all month
        ("by hand", date(2026, 4, 1)),
    ],
)
def test_the_next_posting_is_as_late_as_the_last_one_was(
    posted_at: str, next_posting: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    psa = Autotask()
    psa.state.posted_through[CONTRACT] = date(2026, 3, 31)
    number = psa.add_service((JANUARY, 10))
    rows = [
        {**each, "approveAndPostDate": each["approveAndPostDate"] and posted_at} for each in psa.state.list_rows(number)
    ]
    monkeypatch.setattr(psa.state, "list_rows", lambda number: rows)
    facts = read_one(psa).facts
    assert (facts.invoiced_through, facts.next_invoice_on) == (date(2026, 3, 31), next_posting)


def test_a_new_contract_is_posted_through_the_day_before_it() -> None:
    psa = Autotask()
    psa.state.contracts[CONTRACT]["startDate"] = "2026-04-15T00:00:00Z"
    facts = read_one(psa).facts
    assert (facts.invoiced_through, facts.next_invoice_on) == (date(2026, 4, 14), date(2026, 4, 15))
    assert facts.grid == Grid(2026, 4, 15, 1)


def test_a_contract_that_is_long_over_is_posted_through_its_last_day() -> None:
    """It ended on 31 January; in May its rows are read no more, and no later day of it was ever posted."""
    psa = Autotask(today=date(2026, 5, 20))
    psa.state.contracts[CONTRACT]["endDate"] = "2026-01-31T00:00:00Z"
    psa.add_service((JANUARY, 10))
    agreement = read_one(psa)
    assert agreement.facts.invoiced_through == date(2026, 1, 31)
    assert (agreement.additions[0].days, agreement.additions[0].days_read_from) == (Timeline(), MARCH)


def shift_rows(psa: Autotask, number: int, days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of a service begin and end so many days later."""
    rows = psa.state.list_rows

    def shift(service_id: int) -> Any:
        for row in rows(service_id):
            moved = {name: add_days(row[name], days) for name in ("startDate", "endDate")}
            yield {**row, **moved} if service_id == number else row

    monkeypatch.setattr(psa.state, "list_rows", shift)
    psa.state.made.clear()


def add_days(text: str, days: int) -> str:
    return f"{date.fromisoformat(text[:10]) + timedelta(days=days)}T00:00:00Z"


def test_periods_are_those_that_the_rows_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract says the 15th, and its rows are calendar months: April is posted, and not 15 April to 14 May."""
    psa = Autotask()
    psa.add_service((JANUARY, 10))
    rows = list(psa.state.list_rows(9001))
    psa.state.contracts[CONTRACT]["startDate"] = "2025-12-15T00:00:00Z"
    posted = [{**each, "approveAndPostDate": "x"} if each["startDate"] < "2026-05" else each for each in rows]
    monkeypatch.setattr(psa.state, "list_rows", lambda number: posted)
    facts = read_one(psa).facts
    assert facts.grid is not None
    assert facts.grid.as_one() == Grid(2026, 1, 1, 1).as_one()
    assert (facts.starts_on, facts.invoiced_through) == (date(2025, 12, 15), date(2026, 4, 30))


def test_rows_of_ours_that_fit_no_periods_stop_their_contract_and_those_of_others_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each row is 20 days later than its month, but for one of two services: they contradict each other."""
    psa = Autotask()
    psa.add_service((JANUARY, 10))
    odd = psa.add_service((JANUARY, 5))
    shift_rows(psa, odd, 20, monkeypatch)
    facts = read_one(psa).facts
    assert facts.grid == Grid(2026, 1, 1, 1)
    for number in psa.state.services:
        psa.state.services[number]["internalDescription"] = f"SL-{number}"
    (unread,) = psa.read()
    assert isinstance(unread, UnreadableAgreement)
    assert "no periods of it, counted from 1 Jan 2026" in unread.sentence


def test_a_service_whose_units_ended_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    psa = Autotask()
    psa.add_service((JANUARY, 10))
    rows = simulated.AutotaskState.list_rows

    def end(state: Any, service_id: int) -> Any:
        return (row for row in rows(state, service_id) if row["endDate"] < "2026-04-01")

    monkeypatch.setattr(simulated.AutotaskState, "list_rows", end)
    (service,) = read_one(psa).additions
    assert (service.cancelled_on, service.quantity) == (date(2026, 3, 31), Decimal(10))


def test_a_gap_bills_nothing_and_two_rows_of_a_day_are_a_doubt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    psa = Autotask()
    number, other = psa.add_service((JANUARY, 10)), psa.add_service((JANUARY, 3))
    rows = simulated.AutotaskState.list_rows

    def leave_out(state: Any, service_id: int) -> Any:
        return (row for row in rows(state, service_id) if not row["startDate"].startswith("2026-03"))

    def repeat(state: Any, service_id: int) -> Any:
        first, *others = rows(state, service_id)
        return iter([first, *others, *([{**others[1], "id": 7}] if service_id == number else [])])

    monkeypatch.setattr(simulated.AutotaskState, "list_rows", leave_out)
    assert read_one(psa).additions[0].days == Timeline(((FEBRUARY, 10), (MARCH, 0), (date(2026, 4, 1), 10)))
    monkeypatch.setattr(simulated.AutotaskState, "list_rows", repeat)
    psa.state.made.clear()
    doubtful, sure = read_one(psa).additions
    assert (doubtful.days, doubtful.quantity) == (None, None)
    assert doubtful.doubt == (
        f"Several rows of units of contract service {number} begin on one day, and nobody can tell which holds."
    )
    assert (sure.quantity, sure.doubt) == (Decimal(3), "")
    with pytest.raises(Retry, match="nobody can tell which holds"):
        psa.run(lambda adapter: adapter.read_addition(str(CONTRACT), str(number)))
    assert psa.run(lambda adapter: adapter.read_addition(str(CONTRACT), str(other))) == sure


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"contractType": 1}, "no recurring-service contract"),
        ({"contractPeriodType": 9}, "billing period 9"),
        ({"contractPeriodType": None}, "billing period None"),
        ({"companyID": None}, "without companyID"),
        ({"startDate": "soon"}, "'soon', which is no date"),
    ],
)
def test_a_contract_that_cannot_be_billed_says_why(members: dict[str, Any], words: str) -> None:
    psa = Autotask()
    psa.state.contracts[CONTRACT] = make_contract(**members)
    psa.state.contracts[1202] = make_contract(1202)
    other, unread = sorted(psa.read("1201", "1202"), key=lambda each: isinstance(each, UnreadableAgreement))
    assert isinstance(other, Agreement)
    assert isinstance(unread, UnreadableAgreement)
    assert words in unread.sentence


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-04-01T00:00:00Z", date(2026, 4, 1)),
        ("2026-04-01", date(2026, 4, 1)),
        ("2026-04-01T05:00:00Z", date(2026, 4, 1)),  # midnight in Albany
        ("2026-03-31T22:00:00Z", None),  # midnight of 1 April in Oslo, and a moment of 31 March
        ("2026-03-31T12:00:00Z", None),
        ("soon", None),
    ],
)
def test_a_moment_that_may_be_of_the_day_after_is_no_day(text: str, day: date | None) -> None:
    """Read as 31 March, units of 1 April were a day early."""
    if day is not None:
        assert require_day({"startDate": text}, "startDate") == day
        return
    with pytest.raises(Park, match=r"which is no date|which day that is"):
        require_day({"startDate": text}, "startDate")


def test_units_that_are_no_whole_number_are_refused() -> None:
    row = {"contractServiceID": 7, "startDate": "2026-04-01", "endDate": "2026-04-30", "units": 2.5}
    with pytest.raises(Park, match=r"7 has 2\.5 units"):
        read_units([row], JANUARY)


def put_bundle(psa: Autotask, *rows: tuple[str, str, Any], number: int = 77) -> None:
    """Services 55 and 56 are in the kind of bundle that is on the contract; 57 is in another one."""
    psa.state.bundles[number] = {"id": number, "contractID": CONTRACT, "serviceBundleID": 3}
    pairs = {1: (3, 55), 2: (3, 56), 3: (4, 57)}
    psa.state.bundled.update(
        {each: {"id": each, "serviceBundleID": kind, "serviceID": service} for each, (kind, service) in pairs.items()}
    )
    for start, last, units in rows:
        key = len(psa.state.bundle_units) + 1
        dates = {"startDate": f"{start}T00:00:00Z", "endDate": f"{last}T00:00:00Z"}
        link = {"id": key, "contractID": CONTRACT, "contractServiceBundleID": number}
        psa.state.bundle_units[key] = {**link, **dates, "units": units}


@pytest.mark.parametrize(
    ("rows", "units"),
    [
        ([], None),
        ([("2026-04-01", "2026-04-30", 10), ("2026-05-01", "2026-05-31", 12)], 12),
        ([("2026-04-01", "2026-04-30", 10), ("2026-04-01", "2026-04-30", 2)], None),
    ],
)
def test_what_a_bundle_on_a_contract_holds_is_seen(rows: list[tuple[str, str, int]], units: int | None) -> None:
    psa = Autotask()
    put_bundle(psa, *rows)
    agreement = read_one(psa)
    assert agreement.additions == ()
    assert [(each.id, each.product_id, each.quantity) for each in agreement.bundled] == [
        ("service bundle 77", "55", units),
        ("service bundle 77", "56", units),
    ]
    assert agreement.billing == agreement.bundled


def test_a_bundle_that_ended_or_has_no_units_any_more_bills_nothing() -> None:
    """On 20 April."""
    psa = Autotask()
    put_bundle(psa, ("2026-03-01", "2026-03-31", 10), ("2026-04-01", "2026-04-19", 0), ("2026-04-20", "2026-04-30", 0))
    put_bundle(psa, ("2026-04-01", "2026-04-30", 3), ("2026-05-01", "2026-05-31", 0), number=78)
    put_bundle(psa, ("2026-04-01", "2026-04-19", 4), number=79)
    assert {each.id for each in read_one(psa).bundled} == {"service bundle 78"}


def test_a_bundle_of_which_half_is_missing_is_no_answer() -> None:
    psa = Autotask()
    put_bundle(psa, ("2026-04-01", "2026-04-30", 2.5))
    with pytest.raises(Retry, match=r"a service bundle has 2\.5 units"):
        psa.read()
    psa.state.bundle_units.clear()
    psa.state.bundles[77]["serviceBundleID"] = None
    with pytest.raises(Retry, match="serviceBundleID"):
        psa.read()


def test_what_autotask_does_not_know_is_left_out_and_no_id_is_asked_for_that_is_none() -> None:
    psa = Autotask()
    assert psa.read("99") == ()
    psa.state.calls.clear()
    assert psa.read("x", "²") == ()
    assert psa.state.calls["GET"] == 0


def test_a_short_page_is_no_answer() -> None:
    psa = Autotask(mishap="psa GET:short")
    with pytest.raises(Retry):
        psa.read()


def test_longer_periods_reach_farther_back() -> None:
    """A yearly contract's running period began in January 2025; the two before it are read, and only they."""
    psa = Autotask()
    yearly = make_contract(contractPeriodType=5, startDate="2020-01-01T00:00:00Z", endDate="2029-12-31T00:00:00Z")
    psa.state.contracts[CONTRACT] = yearly
    contract = read_contract(yearly, {5: 12})
    assert contract.find_first_read(TODAY) == date(2024, 1, 1)
    assert read_one(psa).facts.invoiced_through == date(2023, 12, 31)


@pytest.mark.parametrize(
    ("described", "months"),
    [
        ({}, {2: 1, 3: 3, 4: 6, 5: 12}),
        ({"picklistValues": None}, {2: 1, 3: 3, 4: 6, 5: 12}),
        (
            {
                "picklistValues": [
                    {"value": "1", "label": "Monthly"},
                    {"value": "7", "label": "Semi-Annually"},
                    {"value": "x", "label": "Yearly"},
                    {"value": "8", "label": "Fortnightly"},
                ]
            },
            {1: 1, 7: 6},
        ),
    ],
)
def test_the_types_of_periods_are_those_of_the_picklist(described: dict[str, Any], months: dict[int, int]) -> None:
    assert find_period_months(described) == months


@pytest.mark.parametrize(("described", "limit"), [({}, None), ({"length": 100}, 100), ({"length": 0}, None)])
def test_a_text_is_as_long_as_its_field_says(described: dict[str, Any], limit: int | None) -> None:
    assert find_text_limit(described) == limit


def test_the_budget_is_the_databases_own() -> None:
    psa = Autotask()
    assert psa.run(lambda port: port.read_budget()) == RequestBudget(120, 10000, 60)


def test_what_was_posted_is_read_item_by_item(monkeypatch: pytest.MonkeyPatch) -> None:
    item = {"id": 3, "contractID": CONTRACT, "itemDate": "2026-05-01T00:00:00Z", "extendedPrice": 240.0}
    monkeypatch.setattr(simulated.AutotaskState, "list_entity", lambda state, entity: [item])
    psa = Autotask()
    (found,) = psa.run(lambda port: port.read_invoices(["1201"], MAY))
    assert (found.agreement_id, found.number, found.invoiced_on, found.amount) == ("1201", "3", MAY, Decimal(240))
    assert psa.run(lambda port: port.read_invoices(["1201"], MAY + timedelta(days=1))) == ()
    monkeypatch.setattr(simulated.AutotaskState, "list_entity", lambda state, entity: [{**item, "extendedPrice": None}])
    with pytest.raises(Retry, match="without extendedPrice"):
        psa.run(lambda port: port.read_invoices(["1201"], MAY))
    monkeypatch.setattr(simulated.AutotaskState, "list_entity", lambda state, entity: [{**item, "extendedPrice": "?"}])
    with pytest.raises(Retry, match="which is no amount"):
        psa.run(lambda port: port.read_invoices(["1201"], MAY))
