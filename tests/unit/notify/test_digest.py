"""What a recipient is told on a day: new, still open and solved, each once; nothing where there is nothing to say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.digest import Digest, DigestFacts, Stake, add_stake, gather, make_digest, tell
from notify.entries import order
from notify.quiet import sort_mutes
from plans.alerts.alert import AlertKind, KeptAlert, Severity
from plans.alerts.kinds import Rhythm
from plans.alerts.notifications import KindChoice, Mute, MuteScope, Notifications, Recipient, Told, falls_on
from tests.unit.plans.alerts.values import SKU, TENANT, keep, make_alert

ANNA = Recipient("anna@msp.example", "UTC", 7)
MONDAY = date(2026, 11, 23)
AT_SEVEN = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
NIGHT = AT_SEVEN - timedelta(hours=5)
A_DAY = timedelta(days=1)


def make_facts(
    *standing: KeptAlert,
    cleared: tuple[KeptAlert, ...] = (),
    mutes: tuple[Mute, ...] = (),
    told: Told | None = None,
    days: int = 0,
    choices: tuple[tuple[AlertKind, KindChoice], ...] = (),
) -> DigestFacts:
    """The morning that is so many days after the Monday."""
    day = MONDAY + timedelta(days=days)
    return DigestFacts(
        recipient=ANNA,
        day=day,
        today=day,
        zone=ZoneInfo("UTC"),
        moment=AT_SEVEN + timedelta(days=days),
        standing=standing,
        cleared=cleared,
        mutes=sort_mutes(mutes),
        notifications=Notifications((ANNA,), choices),
        told=Told() if told is None else told,
    )


def names(alerts: tuple[KeptAlert, ...]) -> list[str]:
    return [kept.alert.thing[1] for kept in alerts]


def test_the_first_digest_tells_everything_the_most_money_first() -> None:
    alerts = [keep(make_alert(name, monthly=money), NIGHT) for name, money in (("a", None), ("b", "5"), ("c", "-90"))]
    digest = make_digest(make_facts(*alerts))
    assert digest is not None and names(digest.new) == ["a", "c", "b"] and digest.still == ()


def test_what_presses_now_without_a_price_stands_above_all_money_and_what_does_not_press_below() -> None:
    priced, pressing, known = (
        keep(make_alert("priced", monthly="900"), NIGHT),
        keep(make_alert("pressing", AlertKind.SECOND_WRITER), NIGHT),
        keep(replace(make_alert("known", AlertKind.TENANT_NOT_ADDED), severity=Severity.SOON), NIGHT),
    )
    assert names(order((known, priced, pressing))) == ["pressing", "priced", "known"]


def test_what_was_told_is_still_open_and_no_reason_for_a_mail() -> None:
    kept = keep(make_alert(), NIGHT)
    told = tell(make_facts(kept))
    assert make_digest(make_facts(kept, told=told, days=1)) is None
    fresh = keep(make_alert("b"), NIGHT + A_DAY)
    digest = make_digest(make_facts(kept, fresh, told=told, days=1))
    assert digest is not None and (names(digest.new), names(digest.still)) == (["b"], ["one"])


def test_what_comes_closer_is_new_again() -> None:
    kept = keep(make_alert(kind=AlertKind.GDAP_EXPIRING), NIGHT)
    told = tell(make_facts(kept))
    closer = replace(kept, raised_at=NIGHT + A_DAY)
    digest = make_digest(make_facts(closer, told=told, days=1))
    assert digest is not None and names(digest.new) == ["one"]


def test_what_is_solved_is_told_once_and_only_where_it_was_told_before() -> None:
    kept = keep(make_alert(), NIGHT)
    told = tell(make_facts(kept))
    solved = replace(kept, cleared_at=NIGHT + A_DAY)
    unheard = replace(keep(make_alert("b"), NIGHT + timedelta(hours=20)), cleared_at=NIGHT + A_DAY)
    facts = make_facts(cleared=(solved, unheard), told=told, days=1)
    digest = make_digest(facts)
    assert digest is not None and names(digest.solved) == ["one"]
    assert make_digest(make_facts(cleared=(solved,), told=tell(facts), days=2)) is None


def test_after_a_quiet_week_a_sign_of_life_comes_on_monday_and_only_then() -> None:
    told = Told(last_mail_on=MONDAY)
    digest = make_digest(make_facts())
    assert digest is not None and digest.is_sign_of_life
    assert make_digest(make_facts(days=1)) is None, "who has just been named waits for Monday"
    assert play_quiet(told, 15) == [7, 14]


@pytest.mark.parametrize(("weekday", "signs"), [(1, [7, 14, 21]), (2, [9, 16]), (6, [13, 20])])
def test_no_week_is_without_a_mail(weekday: int, signs: list[int]) -> None:
    """The last mail on a Tuesday, Wednesday or Sunday: seven days at most, and Mondays as soon as they are near."""
    assert play_quiet(Told(last_mail_on=MONDAY + timedelta(days=weekday)), 23) == signs


def play_quiet(told: Told, count: int) -> list[int]:
    """The days on which a mail comes although nothing happens."""
    found: list[int] = []
    for days in range(1, count):
        facts = make_facts(told=told, days=days)
        if told.last_mail_on is not None and facts.day > told.last_mail_on and make_digest(facts) is not None:
            found, told = [*found, days], tell(facts)
    return found


def test_a_kind_that_is_told_weekly_or_monthly_waits_for_its_day() -> None:
    unused = keep(make_alert(kind=AlertKind.UNUSED_SEATS), NIGHT + A_DAY)
    told = Told(last_mail_on=MONDAY)
    days = [day for day in range(2, 8) if gather(make_facts(unused, told=told, days=day)).new]
    assert days == [7]
    monthly = ((AlertKind.UNUSED_SEATS, KindChoice(rhythm=Rhythm.MONTHLY)),)
    found = [day for day in range(2, 40) if gather(make_facts(unused, told=told, days=day, choices=monthly)).new]
    assert [(MONDAY + timedelta(days=day)).isoformat() for day in found] == ["2026-12-01", "2027-01-01"]


@pytest.mark.parametrize(("looked", "found"), [(-1, [1]), (0, []), (None, [])])
def test_a_day_on_which_nobody_looked_is_made_good_on_the_next(looked: int | None, found: list[int]) -> None:
    """The application stood still on Monday morning; it does not wait a week with what Mondays tell."""
    unused = keep(make_alert(kind=AlertKind.UNUSED_SEATS), NIGHT - A_DAY)
    looked_on = None if looked is None else MONDAY + timedelta(days=looked)
    told = Told(last_mail_on=MONDAY - timedelta(days=3), looked_on=looked_on)
    days = []
    for day in range(1, 4):
        facts = make_facts(unused, told=told, days=day)
        days += [day] if gather(facts).new else []
        told = tell(facts) if gather(facts).new else replace(told, looked_on=facts.day)
    assert days == found


def test_what_passed_with_its_day_is_not_called_solved_and_no_reason_for_a_mail() -> None:
    kept = keep(replace(make_alert(kind=AlertKind.RENEWAL_WINDOW), last_day=MONDAY), NIGHT)
    told = tell(make_facts(kept))
    solved, passed = (replace(kept, cleared_at=each) for each in (AT_SEVEN + timedelta(hours=1), NIGHT + A_DAY))
    assert names(gather(make_facts(cleared=(solved,), told=told, days=1)).solved) == ["one"]
    facts = make_facts(cleared=(passed,), told=told, days=1)
    assert make_digest(facts) is None
    assert (names(gather(facts).over), gather(facts).solved) == (["one"], ())


def test_nothing_of_a_customer_that_was_removed_is_called_solved() -> None:
    kept = keep(make_alert(), NIGHT)
    gone = replace(kept, cleared_at=NIGHT + A_DAY, is_forgotten=True)
    assert make_digest(make_facts(cleared=(gone,), told=tell(make_facts(kept)), days=1)) is None


def stake(**monthly: str) -> tuple[int, int, int]:
    stake = add_stake(keep(make_alert(name, AlertKind(name.rstrip("2")), amount)) for name, amount in monthly.items())
    return int(stake.rises), int(stake.falls), int(stake.rest)


def test_seats_of_one_licence_count_once_in_the_stake() -> None:
    """Three unused seats whose term renews, and one of a disabled user: four seats."""
    assert stake(unused_seats="66", renewal_window="66", disabled_user="22") == (0, 0, 88)
    assert stake(unused_seats="66", renewal_window="66", held="-220") == (0, -220, 0)
    assert stake(unused_seats="66", renewal_window="66", held="-60") == (0, 0, 66)
    elsewhere = replace(make_alert("x", AlertKind.UNUSED_SEATS, "66"), customer_id="c2")
    assert add_stake([keep(make_alert("y", AlertKind.RENEWAL_WINDOW, "66")), keep(elsewhere)]).rest == Decimal(132)
    assert add_stake([keep(make_alert())]) == Stake()


def test_what_a_person_refused_is_at_stake_no_more() -> None:
    refused = replace(make_alert("x", monthly="594"), severity=Severity.KNOW)
    assert add_stake([keep(refused), keep(make_alert(monthly="-88"))]) == Stake(falls=Decimal(-88))


def test_what_rises_makes_good_for_nothing_that_falls() -> None:
    """Two terms of one licence, and what nobody bills; then two customers."""
    assert stake(held="-220", held2="22", no_profile="10") == (22, -220, 10)
    other = replace(make_alert("x", monthly="594"), customer_id="c2")
    assert add_stake([keep(make_alert(monthly="-88")), keep(other)]) == Stake(Decimal(594), Decimal(-88))


def test_what_is_off_or_for_somebody_else_is_not_told() -> None:
    kept = keep(make_alert(), NIGHT)
    off = ((AlertKind.HELD, KindChoice(is_told=False)),)
    theirs = ((AlertKind.HELD, KindChoice(recipients=("bob@msp.example",))),)
    ours = ((AlertKind.HELD, KindChoice(recipients=(ANNA.address,))),)
    assert [bool(gather(make_facts(kept, choices=each)).new) for each in (off, theirs, ours)] == [False, False, True]


def test_who_is_told_the_held_lines_and_not_their_invoice_is_told_of_no_less_than_he_reads() -> None:
    """Together they are one thing, apart they are two."""
    held = [keep(make_alert(name), NIGHT) for name in ("a", "b")]
    invoice = keep(replace(make_alert("x", AlertKind.BEFORE_INVOICE), lacks=tuple(kept.id for kept in held)), NIGHT)
    theirs = ((AlertKind.BEFORE_INVOICE, KindChoice(recipients=("bob@msp.example",))),)
    digest = gather(make_facts(*held, invoice, choices=theirs))
    assert (sorted(names(digest.new)), digest.elsewhere, digest.open_count) == (["a", "b"], 0, 2)
    ours = ((AlertKind.HELD, KindChoice(recipients=("bob@msp.example",))),)
    digest = gather(make_facts(*held, invoice, keep(make_alert("c"), NIGHT), choices=ours))
    assert (names(digest.new), digest.elsewhere, digest.open_count) == (["x"], 1, 2)


@pytest.mark.parametrize(
    "mute",
    [
        Mute(MuteScope.ALERT, "", "", "Ada", NIGHT, None, alert_id=make_alert().id),
        Mute(MuteScope.LICENCE, "", "", "Ada", NIGHT, None, tenant_id=TENANT.upper(), sku_id=SKU.upper()),
        Mute(MuteScope.TENANT, "", "", "Ada", NIGHT, None, tenant_id=TENANT),
    ],
)
def test_what_is_muted_is_neither_new_nor_open_nor_solved(mute: Mute) -> None:
    kept = keep(make_alert(), NIGHT)
    other = keep(replace(make_alert("b"), tenant_id="another"), NIGHT)
    digest = gather(make_facts(kept, other, mutes=(mute,)))
    assert names(digest.new) == ["b"]
    solved = replace(kept, cleared_at=NIGHT + A_DAY)
    assert make_digest(make_facts(cleared=(solved,), told=tell(make_facts(kept)), mutes=(mute,), days=1)) is None


def test_what_was_muted_until_a_day_is_new_on_the_day_after() -> None:
    kept = keep(make_alert(), NIGHT)
    mute = Mute(MuteScope.ALERT, "", "", "Ada", NIGHT, MONDAY + timedelta(days=2), alert_id=kept.id)
    told = tell(make_facts(keep(make_alert("b"), NIGHT)))
    heard: list[int] = []
    for days in range(1, 6):
        facts = make_facts(kept, mutes=(mute,), told=told, days=days)
        if make_digest(facts) is not None:
            heard, told = [*heard, days], tell(facts)
    assert heard == [3]


@pytest.mark.parametrize("first_day", [-1, 0])
def test_what_is_unmuted_by_hand_is_new_whenever_it_was_first_seen(first_day: int) -> None:
    """Muted on Tuesday, when a mail of something else goes out; on Wednesday somebody takes the mute back."""
    other = keep(make_alert("b"), NIGHT)
    kept = keep(make_alert(kind=AlertKind.NO_PROFILE), NIGHT + (first_day + 1) * A_DAY)
    told = tell(make_facts(other, *((kept,) if first_day < 0 else ())))
    mute = Mute(MuteScope.ALERT, "", "", "Ada", NIGHT, None, alert_id=kept.id)
    third = keep(make_alert("c"), NIGHT + A_DAY)
    tuesday = make_facts(other, kept, third, mutes=(mute,), told=told, days=1)
    assert names(gather(tuesday).new) == ["c"]
    told = tell(tuesday)
    wednesday = make_facts(other, kept, third, told=told, days=2)
    assert names(gather(wednesday).new) == ["one"]
    assert names(gather(make_facts(other, kept, third, told=tell(wednesday), days=3)).new) == []


def test_what_is_kept_back_of_a_weekly_kind_waits_for_its_day() -> None:
    kept = keep(make_alert(kind=AlertKind.UNUSED_SEATS), NIGHT - A_DAY)
    mute = Mute(MuteScope.ALERT, "", "", "Ada", NIGHT, None, alert_id=kept.id)
    told = tell(make_facts(kept, mutes=(mute,)))
    told = tell(make_facts(kept, keep(make_alert(), NIGHT + A_DAY), told=told, days=1))
    assert names(gather(make_facts(kept, told=told, days=7)).new) == ["one"]


def test_what_stands_again_is_new_and_not_solved_as_well() -> None:
    """Solved by a sync at noon, back with the next night."""
    kept = keep(make_alert(), NIGHT)
    told = tell(make_facts(kept))
    solved, back = replace(kept, cleared_at=AT_SEVEN + timedelta(hours=5)), keep(make_alert(), NIGHT + A_DAY)
    digest = gather(make_facts(back, cleared=(solved,), told=told, days=1))
    assert (names(digest.new), digest.solved) == (["one"], ())


def test_what_comes_closer_just_before_the_moment_is_new_once() -> None:
    """The look may not have been saved when the mail was made: it is left to the next one, whole."""
    kept = keep(make_alert(kind=AlertKind.GDAP_EXPIRING), NIGHT)
    told = tell(make_facts(kept))
    closer = replace(kept, raised_at=AT_SEVEN + A_DAY + timedelta(minutes=1))
    found = []
    for days in (1, 2, 3):
        facts = make_facts(closer, keep(make_alert(str(days)), NIGHT + days * A_DAY), told=told, days=days)
        found += [(days, name) for name in names(gather(facts).new)]
        told = tell(facts)
    assert found == [(1, "1"), (2, "2"), (2, "one"), (3, "3")]


def test_everything_that_stands_is_counted_whatever_its_rhythm() -> None:
    """Nobody reads that all is well while forty unused seats wait for Monday."""
    weekly = keep(make_alert(kind=AlertKind.UNUSED_SEATS), NIGHT)
    muted = keep(make_alert("b"), NIGHT)
    mute = Mute(MuteScope.ALERT, "", "", "Ada", NIGHT, None, alert_id=muted.id)
    told = tell(make_facts(weekly))
    solved = replace(keep(make_alert("c"), NIGHT), cleared_at=NIGHT + A_DAY)
    digest = gather(make_facts(weekly, muted, cleared=(solved,), mutes=(mute,), told=told, days=1))
    assert (digest.new, digest.still, digest.elsewhere, digest.open_count) == ((), (), 1, 1)


def test_a_held_line_that_was_told_is_told_anew_with_the_invoice_that_lacks_it() -> None:
    """As one thing, wherever each of the two would stand by itself."""
    held = keep(make_alert("a", monthly="240"), NIGHT)
    due = keep(replace(make_alert("b", AlertKind.BEFORE_INVOICE), lacks=(held.id,)), NIGHT + A_DAY)
    first = make_facts(held)
    both = gather(make_facts(held, due, told=tell(first), days=1))
    assert (names(both.new), both.still, both.open_count) == (["b", "a"], (), 1)
    told = tell(make_facts(held, due, told=tell(first), days=1))
    after = gather(make_facts(held, due, told=told, days=2))
    assert (after.new, names(after.still), after.open_count) == ((), ["b", "a"], 1)
    muted = Mute(MuteScope.ALERT, "", "", "Ada", AT_SEVEN, None, alert_id=due.id)
    assert names(gather(make_facts(held, due, mutes=(muted,))).new) == ["a"]
    weekly = ((AlertKind.HELD, KindChoice(rhythm=Rhythm.MONTHLY)),)
    alone = gather(make_facts(held, due, choices=weekly, days=1))
    assert (names(alone.new), alone.elsewhere, alone.open_count) == (["b"], 0, 1)


def test_what_is_seen_after_the_moment_is_left_to_the_next_one() -> None:
    late = keep(make_alert(), AT_SEVEN + timedelta(seconds=1))
    assert make_digest(make_facts(late, told=Told(last_mail_on=MONDAY))) is None


def test_money_counts_whichever_way_it_flows() -> None:
    digest = gather(make_facts(*(keep(make_alert(str(each), monthly=str(each)), NIGHT) for each in (-3, 1, 2))))
    assert [kept.alert.monthly for kept in digest.new] == [Decimal(-3), Decimal(2), Decimal(1)]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6), st.integers(1, 8)), max_size=6, unique_by=lambda s: s[0])
)
def test_over_any_days_each_alert_is_news_once_and_solved_once(lives: list[tuple[int, int, int]]) -> None:
    """Each alert (its number) is first seen in the night of one day, and is gone some nights later."""
    told = Told()
    news: list[str] = []
    solved: list[str] = []
    for days in range(16):
        moment = NIGHT + timedelta(days=days)
        standing = [
            keep(make_alert(str(name)), NIGHT + timedelta(days=first))
            for name, first, length in lives
            if first <= days < first + length
        ]
        gone = tuple(
            replace(
                keep(make_alert(str(name)), NIGHT + timedelta(days=first)),
                cleared_at=NIGHT + timedelta(days=first + length),
            )
            for name, first, length in lives
            if NIGHT + timedelta(days=first + length) <= moment
        )
        facts = make_facts(*standing, cleared=gone, told=told, days=days)
        digest: Digest | None = make_digest(facts)
        if digest is not None:
            news += names(digest.new)
            solved += names(digest.solved)
            told = tell(facts)
    assert sorted(news) == sorted(str(name) for name, _, _ in lives)
    assert sorted(solved) == sorted(str(name) for name, _, _ in lives)


def test_rhythms_fall_on_their_days() -> None:
    assert [falls_on(rhythm, MONDAY) for rhythm in Rhythm] == [True, True, False]
    assert [falls_on(rhythm, date(2026, 12, 1)) for rhythm in Rhythm] == [True, False, True]
