"""Mutes and choices: what they cover, what they are called in a table, and how ends are said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plans.alerts.alert import AlertKind, KeptAlert
from plans.alerts.kinds import Rhythm
from plans.alerts.notifications import (
    KindChoice,
    Mute,
    MuteScope,
    Notifications,
    Recipient,
    Told,
    falls_on,
    find_mute,
    find_mutes_of,
    find_offered_scopes,
    is_due,
    merge_told,
)
from plans.alerts.runs import RunFacts, find_failed
from plans.alerts.standing import say_days
from plans.results import AgreementResult, TenantResult
from plans.runs import CustomerState, TenantState
from profiles.billing import Customer
from tests.unit.plans.alerts.test_kinds import MAPPED, reading, select
from tests.unit.plans.alerts.values import NOW, SKU, TENANT, keep, make_alert

LICENCE = Mute(MuteScope.LICENCE, "", "", "Ada", NOW, date(2026, 12, 1), tenant_id=TENANT.upper(), sku_id=SKU.upper())
TENANT_MUTE = replace(LICENCE, scope=MuteScope.TENANT)


def test_a_mute_of_one_scope_has_one_name_however_ids_are_spelt() -> None:
    assert LICENCE.id == replace(LICENCE, tenant_id=TENANT, sku_id=SKU).id == f"licence:{TENANT}:{SKU}"
    assert replace(LICENCE, scope=MuteScope.TENANT).id == f"tenant:{TENANT}"
    assert replace(LICENCE, scope=MuteScope.ALERT, alert_id="held-1").id == "held-1"


@pytest.mark.parametrize(("days", "is_on"), [(-1, True), (0, True), (1, False)])
def test_a_mute_holds_through_its_last_day(days: int, is_on: bool) -> None:
    day = date(2026, 12, 1) + timedelta(days=days)
    assert (find_mute(keep(make_alert()), [LICENCE], day) is LICENCE) is is_on


def test_a_mute_covers_its_scope_and_nothing_else() -> None:
    other = replace(make_alert(), sku_id="another")
    nowhere = replace(make_alert(), tenant_id="", sku_id="")
    tenant = replace(LICENCE, scope=MuteScope.TENANT)
    one = replace(LICENCE, scope=MuteScope.ALERT, alert_id=make_alert().id)
    assert [LICENCE.covers(each) for each in (make_alert(), other, nowhere)] == [True, False, False]
    assert [tenant.covers(each) for each in (make_alert(), other, nowhere)] == [True, True, False]
    assert [one.covers(each) for each in (make_alert(), make_alert("b"))] == [True, False]
    assert not replace(tenant, tenant_id="").covers(nowhere), "no tenant is not every tenant"


def mute_one(kept: KeptAlert) -> Mute:
    return Mute(MuteScope.ALERT, "", "", "Ada", NOW, None, alert_id=kept.id, weight=kept.alert.weight)


@pytest.mark.parametrize(
    ("before", "after", "is_quiet"),
    [
        ({"seats": 4}, {"seats": 8}, True),
        ({"seats": 4}, {"seats": 9}, False),
        ({"seats": 10}, {"seats": 19}, True),
        ({"seats": 10}, {"seats": 1}, True),
        ({"seats": -10, "monthly": Decimal(-220)}, {"seats": 488, "monthly": Decimal(10736)}, False),
        ({"seats": -10, "monthly": None}, {"seats": 10, "monthly": None}, False),
        ({"monthly": Decimal(10)}, {"monthly": Decimal("19.99")}, True),
        ({"monthly": Decimal(10)}, {"monthly": Decimal(20)}, False),
        ({"monthly": None}, {"monthly": Decimal(20)}, True),
        ({"stage": 1}, {"stage": 2}, False),
        ({"stage": 2}, {"stage": 1}, True),
    ],
)
def test_a_mute_of_one_alert_ends_where_it_comes_closer_or_grows_large(
    before: dict[str, Any], after: dict[str, Any], is_quiet: bool
) -> None:
    """Twelve to two that is muted for good says nothing of twelve to five hundred, nor a month of the last day."""
    first, then = (keep(replace(make_alert(kind=AlertKind.UNUSED_SEATS), **each)) for each in (before, after))
    mute = mute_one(first)
    assert (find_mute(then, [mute], NOW.date()) is mute) is is_quiet
    assert find_mute(then, [replace(mute, weight=None)], NOW.date()) is not None, "an older mute says nothing of size"
    tenant = replace(mute, scope=MuteScope.TENANT, tenant_id=TENANT)
    assert find_mute(then, [tenant], NOW.date()) is tenant, "everything is everything"


def test_a_mute_of_one_alert_silences_no_other() -> None:
    assert not mute_one(keep(make_alert())).silences(keep(make_alert("b")))


def test_what_is_decided_and_stands_again_is_another_thing() -> None:
    later = NOW + timedelta(days=9)
    for kind, is_quiet in ((AlertKind.HELD, False), (AlertKind.SECRET_EXPIRING, False), (AlertKind.UNUSED_SEATS, True)):
        first = keep(make_alert(kind=kind), NOW - timedelta(days=1))
        mute = mute_one(first)
        assert find_mute(first, [mute], NOW.date()) is mute
        assert (find_mute(replace(first, first_seen=later), [mute], NOW.date()) is mute) is is_quiet, kind


def test_mutes_go_with_the_customer_and_those_of_its_tenant_with_the_last_one() -> None:
    ours, other = (Customer(each, each, TENANT, "cw", each) for each in ("c1", "c2"))
    alert = Mute(MuteScope.ALERT, "", "", "Ada", NOW, None, alert_id="held-1", tenant_id=TENANT, customer_id="c1")
    older = replace(alert, alert_id="held-2", customer_id="")
    elsewhere = replace(LICENCE, tenant_id="another")
    nobodys = Mute(MuteScope.ALERT, "", "", "Ada", NOW, None, alert_id="night-missed")
    mutes = (alert, older, LICENCE, TENANT_MUTE, elsewhere, nobodys)
    for there in ((), (ours,), (replace(other, tenant_id="third"),)):
        assert find_mutes_of(ours, mutes, there) == (alert, older, LICENCE, TENANT_MUTE)
    assert find_mutes_of(ours, mutes, (other,)) == (alert,)
    assert find_mutes_of(other, mutes, (ours, other)) == ()


def test_of_a_tenant_that_nobody_added_there_is_one_alert_to_mute() -> None:
    assert find_offered_scopes(make_alert(kind=AlertKind.TENANT_NOT_ADDED)) == (MuteScope.ALERT,)


def test_what_an_alert_does_not_name_cannot_be_muted() -> None:
    assert find_offered_scopes(make_alert()) == tuple(MuteScope)
    assert find_offered_scopes(replace(make_alert(), sku_id="")) == (MuteScope.ALERT, MuteScope.TENANT)
    assert find_offered_scopes(replace(make_alert(), sku_id="", tenant_id="")) == (MuteScope.ALERT,)


def test_an_end_is_said_in_days() -> None:
    said = [say_days(left) for left in (-3, 0, 1, 2)]
    assert said == ["now: its last day is over", "today", "tomorrow", "in 2 days"]


def test_an_agreement_that_could_not_be_planned_says_why_or_that_nobody_knows() -> None:
    for sentences, said in (((), "The last run could not plan this agreement."), (("No answer.",), "No answer.")):
        result = AgreementResult("harbour", "cw", "401", "", CustomerState.FAILED, 0, sentences)
        row = TenantResult(TENANT, ("harbour",), TenantState.PLANNED, agreements=(result,))
        (alert,) = find_failed(RunFacts("2026-11-23", {}, [row], [], []))
        assert (alert.sentence, alert.customer_name, alert.tenant_id) == (said, "harbour", "")


def test_of_several_mappings_the_one_of_the_licence_decides() -> None:
    other = replace(MAPPED, id="m-2", sku_id="another")
    assert select(reading(other, MAPPED)(), AlertKind.NO_PROFILE) == []
    assert len(select(reading(other, replace(MAPPED, is_ended=True))(), AlertKind.NO_PROFILE)) == 1


def test_a_kind_that_nobody_set_is_told_as_its_table_says_to_everybody() -> None:
    anna, bob = Recipient("anna@msp.example", "UTC"), Recipient("bob@msp.example", "UTC")
    chosen = (
        (AlertKind.HELD, KindChoice(is_told=False)),
        (AlertKind.PARKED, KindChoice(recipients=(bob.address,))),
    )
    set_up = Notifications((anna, bob), chosen)
    assert set_up.choice(AlertKind.UNUSED_SEATS) == KindChoice(rhythm=Rhythm.WEEKLY)
    assert frozenset(AlertKind) - set_up.kinds_of(anna.address) == {AlertKind.HELD, AlertKind.PARKED}
    assert frozenset(AlertKind) - set_up.kinds_of(bob.address) == {AlertKind.HELD}


def test_rhythms_fall_on_mondays_and_on_the_first() -> None:
    monday, first = date(2026, 11, 23), date(2026, 12, 1)
    assert [(falls_on(rhythm, monday), falls_on(rhythm, first)) for rhythm in Rhythm] == [
        (True, True), (True, False), (False, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rhythm", "day", "looked_on", "expected"),
    [
        pytest.param(Rhythm.DAILY, date(2026, 12, 2), date(2026, 12, 2), True, id="every day is told, looked or not"),
        pytest.param(Rhythm.WEEKLY, date(2026, 12, 1), None, False, id="a Tuesday, and nobody ever looked"),
        pytest.param(Rhythm.WEEKLY, date(2026, 12, 1), date(2026, 11, 29), True, id="nobody looked on Monday"),
        pytest.param(Rhythm.WEEKLY, date(2026, 12, 1), date(2026, 11, 30), False, id="somebody looked on Monday"),
        pytest.param(Rhythm.MONTHLY, date(2026, 12, 3), date(2026, 11, 30), True, id="nobody looked on the first"),
        pytest.param(Rhythm.MONTHLY, date(2026, 12, 3), date(2026, 12, 1), False, id="somebody looked on the first"),
    ],
)
def test_a_day_on_which_nobody_looked_is_made_good(
    rhythm: Rhythm, day: date, looked_on: date | None, expected: bool
) -> None:
    assert is_due(rhythm, day, looked_on) is expected


def test_what_was_told_is_known_by_kind() -> None:
    told = Told(((AlertKind.HELD, NOW),))
    assert (told.told_through(AlertKind.HELD), told.told_through(AlertKind.PARKED)) == (NOW, None)


def test_who_is_slow_takes_back_nothing_that_was_told_since() -> None:
    """Two senders of a day, and one of the day before that comes last: whatever their order, the latest is known."""
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    later = NOW + timedelta(hours=1)
    first = Told(((AlertKind.HELD, NOW), (AlertKind.PARKED, later)), monday, monday, frozenset({"a"}), monday)
    second = Told(((AlertKind.HELD, later),), monday, monday, frozenset({"b"}), monday)
    both = Told(((AlertKind.HELD, later), (AlertKind.PARKED, later)), monday, monday, frozenset({"a", "b"}), monday)
    assert merge_told(first, second) == merge_told(second, first) == both
    newest = Told(((AlertKind.HELD, later),), None, tuesday, frozenset({"c"}), tuesday)
    since = replace(both, settled_on=tuesday, looked_on=tuesday, kept_back=frozenset({"c"}))
    assert merge_told(both, newest) == merge_told(newest, both) == since
    assert merge_told(Told(), Told()) == Told()
