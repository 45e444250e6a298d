"""Through which day each service is posted, and which parts of a period were posted by themselves: on 20 April 2026."""

from __future__ import annotations

from datetime import date

from plans.agreements import Agreement
from tests.unit.psa.autotask.nights import Autotask

JANUARY, APRIL_10 = date(2026, 1, 1), date(2026, 4, 10)


def read_one(psa: Autotask) -> Agreement:
    (agreement,) = psa.read()
    assert isinstance(agreement, Agreement)
    return agreement


def post(psa: Autotask, number: int, *starts: str) -> None:
    """The rows of a service that begin on those days are posted, and no others of it."""
    rows = psa.state.find_rows(number)
    assert {row["startDate"][:10] for row in rows} >= {*starts}
    for row in rows:
        row["approveAndPostDate"] = "2026-04-20T09:00:00Z" if row["startDate"][:10] in starts else None


def test_services_that_are_posted_apart_each_have_their_day() -> None:
    """On 20 April the backup's May is posted, April of the licence, and nothing of what began on the 10th."""
    psa = Autotask()
    backup, licence, young = (psa.add_service((day, 5)) for day in (JANUARY, JANUARY, APRIL_10))
    empty = psa.add_service()
    post(psa, backup, "2026-04-01", "2026-05-01")
    post(psa, licence, "2026-03-01", "2026-04-01")
    facts = read_one(psa).facts
    april, may = date(2026, 4, 30), date(2026, 5, 31)
    assert facts.invoiced_through == may
    assert dict(facts.posted_apart) == {
        "": april,
        str(backup): may,
        str(licence): april,
        str(young): april,
        str(empty): may,
    }
    assert [facts.find_invoiced(name) for name in ("", str(licence), str(backup))] == [april, april, may]


def test_what_was_never_posted_is_open_from_the_first_period_that_is_read() -> None:
    psa = Autotask()
    backup, licence = psa.add_service((JANUARY, 5)), psa.add_service((JANUARY, 5))
    post(psa, backup, "2026-04-01")
    facts = read_one(psa).facts
    assert facts.find_invoiced(str(licence)) == date(2026, 1, 31)
    assert facts.find_invoiced("") == date(2026, 4, 30)


def test_services_that_are_posted_together_have_one_day() -> None:
    psa = Autotask()
    for _ in range(2):
        post(psa, psa.add_service((JANUARY, 5), (APRIL_10, 1)), "2026-03-01", "2026-04-01")
    facts = read_one(psa).facts
    assert (facts.posted_apart, facts.find_invoiced("9001")) == ((), date(2026, 4, 30))


def test_parts_that_were_posted_in_the_last_week_and_ahead_are_told() -> None:
    """On 20 April: those that begin from the 13th on."""
    psa = Autotask()
    days = [date(2026, 4, day) for day in (12, 13, 20, 21)]
    number = psa.add_service((JANUARY, 5), *((day, 1) for day in days))
    post(psa, number, "2026-04-01", *(day.isoformat() for day in days))
    assert read_one(psa).posted_parts == tuple((str(number), day) for day in days[1:])
    post(psa, number, "2026-04-01", "2026-04-13")
    assert read_one(psa).posted_parts == ((str(number), days[1]),)
