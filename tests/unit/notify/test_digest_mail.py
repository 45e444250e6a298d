"""What a digest says in its headline and below: true whatever else stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from notify.digest import Digest
from notify.digest_mail import MailLinks, make_mail, write_headline, write_opening
from notify.entries import make_entries, order
from notify.unsent import Lost
from plans.alerts.alert import AlertKind, KeptAlert, Severity
from plans.alerts.notifications import Recipient
from tests.unit.plans.alerts.values import NOW, keep, make_alert

ANNA = Recipient("anna@msp.example", "UTC", 7)
LINKS = MailLinks(lambda path: path, lambda alert: f"/mute/{alert.id}")


MISSED = keep(make_alert(kind=AlertKind.NIGHT_MISSED))


def some(count: int, severity: Severity = Severity.NOW) -> tuple[KeptAlert, ...]:
    return tuple(keep(replace(make_alert(f"{severity}{number}"), severity=severity)) for number in range(count))


def make(
    new: tuple[KeptAlert, ...] = (), still: int = 0, solved: int = 0, elsewhere: int = 0, *, is_due: bool = True
) -> Digest:
    day, zone = date(2026, 11, 23), ZoneInfo("Pacific/Auckland")
    return Digest(ANNA, day, zone, new, some(still), some(solved), (), elsewhere, is_due)


@pytest.mark.parametrize(
    ("digest", "headline"),
    [
        (make(some(1)), "1 new thing needs you"),
        (make((*some(2), *some(3, Severity.KNOW))), "2 new things need you, 3 more are good to know"),
        (make(some(12, Severity.KNOW)), "12 new things are good to know"),
        (make(solved=2), "2 things solved, nothing needs you any more"),
        (make(solved=2, elsewhere=40), "2 things solved, 40 things still open"),
        (make(still=2, elsewhere=40), "a quiet week, 42 things still open"),
        (make(elsewhere=1), "a quiet week, 1 thing still open"),
        (make(), "a quiet week, all well"),
        (replace(make(), still=(MISSED,)), "nights are missing, 1 thing still open"),
        (make(still=1, is_due=False), "nothing new so far, 1 thing still open"),
        (make(is_due=False), "nothing new so far, all well"),
    ],
)
def test_the_headline_counts_everything_that_stands(digest: Digest, headline: str) -> None:
    assert write_headline(digest, "USD") == headline


def test_only_where_nothing_stands_nothing_needs_anybody() -> None:
    assert write_opening(make()).startswith("Nothing needs you.")
    assert "this still stands" in write_opening(make(elsewhere=3))


def test_a_week_without_nights_is_not_called_quiet() -> None:
    said = write_opening(replace(make(), still=(MISSED,), since=date(2026, 11, 16)))
    assert said.startswith("Nothing new and nothing solved since the mail of 16 Nov 2026, for no night has ended")


@pytest.mark.parametrize(
    ("digest", "opening"),
    [
        (make(some(1)), "This is the first mail that reaches you, so everything in it is new."),
        (
            replace(make(some(1), still=30, solved=2, elsewhere=1), since=date(2026, 11, 20)),
            "2 solved since the mail of 20 Nov 2026; 31 more things are still open.",
        ),
        (replace(make(some(2), still=1), since=date(2026, 11, 20)), "Nothing solved since the mail of 20 Nov 2026; "
         "1 more thing is still open."),
        (replace(make(solved=2), since=date(2026, 11, 20)), "Nothing new since the mail of 20 Nov 2026."),
        (
            replace(make(some(1)), lost=Lost(date(2026, 11, 22), is_in_doubt=False)),
            "The mail of Sunday 22 November 2026 did not leave: what it told is told again. This is the first mail "
            "that reaches you, so everything in it is new.",
        ),
    ],
)  # fmt: skip
def test_the_opening_says_how_it_goes_on_from_the_mail_before(digest: Digest, opening: str) -> None:
    assert write_opening(digest) == opening


def test_what_was_told_before_is_named_with_its_step_and_not_told_at_length() -> None:
    mail = make_mail("digest:1", make(still=1), LINKS, "USD", NOW)
    assert "now0 waits." not in mail.text and "now0 waits." not in mail.html
    for told in (mail.text, mail.html):
        assert "/approvals/c1%3Anow0" in told and "/mute/" in told


@pytest.mark.parametrize(
    ("digest", "more"),
    [
        (make(elsewhere=40), "40 things not told today, or not to you"),
        (make(still=13, elsewhere=1), "and 1 more thing and 1 thing not told today, or not to you"),
        (make(still=20), "and 8 more things"),
    ],
)
def test_what_no_list_shows_is_counted_with_a_way_to_it(digest: Digest, more: str) -> None:
    mail = make_mail("digest:1", digest, LINKS, "USD", datetime(2026, 11, 23, 7, tzinfo=UTC))
    assert f"{more}: /alerts" in mail.text and f">{more}</a>" in mail.html


def test_money_that_is_there_once_has_its_place_its_currency_and_no_month() -> None:
    monthly = keep(make_alert("month", monthly="-1.00"))
    once = keep(replace(make_alert("credit"), once=Decimal("5000.00")))
    new = order((monthly, once, keep(make_alert("none"))))
    assert new[1:] == (once, monthly), "what presses and has no price stands above"
    assert write_headline(make(new), "USD") == (
        "3 new things need you, about 5,000.00 USD once, held changes of −1.00 USD a month"
    )
    assert write_headline(make((once,)), "USD") == "1 new thing needs you, about 5,000.00 USD once"
    mail = make_mail("digest:1", make((once,)), LINKS, "USD", NOW)
    assert "5,000.00 USD once" in mail.html and "5,000.00 USD once" in mail.text


def test_since_is_a_day_of_the_msp() -> None:
    late = keep(make_alert(), NOW.replace(hour=18))
    mail = make_mail("digest:1", make((late,)), LINKS, "USD", NOW)
    assert "since 24 Nov 2026" in mail.html


def invoice(*parts: KeptAlert, name: str = "401", day: int = 25) -> KeptAlert:
    """What an invoice would lack: each of these, and what is scheduled."""
    alert = make_alert(name, AlertKind.BEFORE_INVOICE)
    return keep(replace(alert, lacks=tuple(each.id for each in parts), last_day=date(2026, 11, day), licence_name=""))


def test_a_held_line_that_an_invoice_waits_for_is_told_once_with_its_money() -> None:
    held = keep(make_alert("held line", monthly="240.00"))
    new = order((held, invoice(held)))
    assert write_headline(make(new), "USD") == "1 new thing needs you, held changes of +240.00 USD a month"
    mail = make_mail("digest:1", make(new), LINKS, "USD", NOW)
    for told in (mail.text, mail.html):
        assert told.replace(mail.subject.removeprefix("Seatledger: "), "").count("+240.00 USD a month") == 1
        assert (told.count("held line waits."), told.count("401 waits.")) == (1, 1)
        assert "/approvals/c1%3Aheld%20line" in told and "Before the invoice" in told
        assert told.count("/mute/") == 1 and f"/mute/{invoice(held).id}" in told


def test_of_several_held_lines_the_entry_says_the_sum_and_each_by_itself() -> None:
    held = [keep(make_alert(f"line {number}", monthly=f"-{number}.00")) for number in range(1, 8)]
    mail = make_mail("digest:1", make(order((*held, invoice(*held)))), LINKS, "USD", NOW)
    assert mail.subject == "Seatledger: 1 new thing needs you, held changes of −28.00 USD a month"
    assert "−28.00 USD a month" in mail.text and "Business Premium · −7.00 USD a month: line 7 waits." in mail.text
    assert "line 2 waits." not in mail.text and "and 2 more of them" in mail.text


def test_what_two_invoices_lack_stands_with_the_sooner_one_and_alone_where_neither_is_told() -> None:
    held = keep(make_alert("held", monthly="240.00"))
    sooner, later = invoice(held, name="sooner", day=24), invoice(held, name="later")
    assert [entry.alerts for entry in make_entries((later, held, sooner))] == [(later,), (sooner, held)]
    assert [entry.alerts for entry in make_entries((held,))] == [(held,)]


@pytest.mark.parametrize(("stage", "things"), [(4, 1), (3, 2)])
def test_access_that_is_refused_and_the_relationship_that_ended_are_one_thing(stage: int, things: int) -> None:
    refused = keep(replace(make_alert(kind=AlertKind.INVALID_AUTHORISATION), thing=("c1",)))
    gdap = keep(replace(make_alert(kind=AlertKind.GDAP_EXPIRING), thing=("c1",), sentence="It ended.", stage=stage))
    assert len(make_entries((gdap, refused))) == things
    mail = make_mail("digest:1", make(order((gdap, refused))), LINKS, "USD", NOW)
    assert ("GDAP ends · Business Premium: It ended." in mail.text) == (things == 1)
    assert "It ended." in mail.html
    assert len(make_entries((gdap,))) == 1, "muted by itself, the other is told"


def test_what_is_solved_together_is_one_thing() -> None:
    held = keep(make_alert("held", monthly="240.00"))
    digest = replace(make(), solved=order((held, invoice(held))))
    assert write_headline(digest, "USD") == "1 thing solved, nothing needs you any more"
    assert make_mail("digest:1", digest, LINKS, "USD", NOW).text.count("Customer c1") == 1
