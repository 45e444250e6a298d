"""Alerts in their table, and in the memory that other tests use: the list, the history, mutes and digests."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from azure.data.tables.aio import TableClient

from plans.alerts.alert import AlertKind
from plans.alerts.folding import Folded
from plans.alerts.kinds import Rhythm
from plans.alerts.notifications import Claim, KindChoice, Mute, MuteScope, Notifications, Recipient, Told
from plans.alerts.port import AlertBook
from store.alerts import CLAIM_PARTITION, TableAlerts, name_recipient
from store.codec import encode
from store.tables import insert, make_row
from tests.alert_memory import MemoryAlerts
from tests.unit.plans.alerts.values import NOW, SKU, TENANT, keep, make_alert

KINDS = ("table", "memory")
ANNA = "anna+m365/o'neill#@msp.example"
HOUR = timedelta(hours=1)


@pytest.fixture(params=KINDS)
def alerts(request: pytest.FixtureRequest, open_table: TableClient, config_table: TableClient) -> AlertBook:
    return TableAlerts(open_table, config_table) if request.param == "table" else MemoryAlerts()


async def test_what_stands_comes_oldest_first(alerts: AlertBook) -> None:
    kept = [keep(make_alert(name), NOW + hours * HOUR) for name, hours in (("a", 2), ("b", 0), ("c", 1))]
    await alerts.save(Folded(tuple(kept)))
    assert [each.alert.thing[1] for each in await alerts.list_standing()] == ["b", "c", "a"]
    assert await alerts.read(kept[0].id) == kept[0]
    assert await alerts.read("held-nothing") is None


async def test_what_is_solved_leaves_the_list_and_enters_the_history(alerts: AlertBook) -> None:
    first, second = keep(make_alert("a")), keep(make_alert("b"))
    await alerts.save(Folded((first, second)))
    solved = replace(first, cleared_at=NOW + HOUR)
    await alerts.save(Folded(cleared=(solved,)))
    await alerts.save(Folded(cleared=(replace(solved, cleared_at=NOW + 2 * HOUR),)))
    assert await alerts.list_standing() == (second,)
    assert await alerts.list_cleared(NOW) == (solved,), "who comes second changes nothing"


async def test_the_history_reaches_back_as_far_as_asked(alerts: AlertBook) -> None:
    for number in range(3):
        each = keep(make_alert(str(number)))
        await alerts.save(Folded((each,)))
        await alerts.save(Folded(cleared=(replace(each, cleared_at=NOW + number * HOUR),)))
    assert [each.alert.thing[1] for each in await alerts.list_cleared(NOW + HOUR)] == ["2", "1"]
    assert await alerts.list_cleared(NOW + 3 * HOUR) == ()


async def test_more_alerts_than_one_batch_holds(alerts: AlertBook) -> None:
    kept = [keep(make_alert(str(number))) for number in range(205)]
    await alerts.save(Folded(tuple(kept)))
    assert {each.id for each in await alerts.list_standing()} == {each.id for each in kept}


async def test_a_mute_takes_the_place_of_one_of_its_scope(alerts: AlertBook) -> None:
    mute = Mute(MuteScope.LICENCE, "Business Premium", "Planned", "Anna", NOW, None, tenant_id=TENANT, sku_id=SKU)
    other = Mute(MuteScope.ALERT, "One alert", "Known", "Anna", NOW + HOUR, date(2026, 12, 1), alert_id="held-1")
    for each in (mute, other, replace(mute, reason="Still planned")):
        await alerts.save_mute(each)
    assert await alerts.list_mutes() == (other, replace(mute, reason="Still planned"))
    await alerts.remove_mute(mute)
    await alerts.remove_mute(mute)
    assert await alerts.list_mutes() == (other,)


async def test_notifications_and_what_was_told_are_kept(alerts: AlertBook) -> None:
    assert await alerts.read_notifications() == Notifications()
    assert await alerts.read_told(ANNA) == Told()
    choices = ((AlertKind.HELD, KindChoice(is_told=False, rhythm=Rhythm.MONTHLY, recipients=(ANNA,))),)
    notifications = Notifications((Recipient(ANNA, "Europe/Zurich", 6),), choices)
    told = Told(((AlertKind.HELD, NOW),), date(2026, 11, 22), date(2026, 11, 23))
    await alerts.save_notifications(notifications)
    await alerts.save_told(ANNA, told)
    assert await alerts.read_notifications() == notifications
    assert await alerts.read_told(ANNA) == told


async def test_of_two_that_keep_what_was_told_none_takes_back_what_the_other_kept(alerts: AlertBook) -> None:
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    sent = Told(((AlertKind.HELD, NOW),), monday, monday, frozenset({"a"}), monday)
    await alerts.save_told(ANNA, sent)
    await alerts.save_told(ANNA, Told(looked_on=monday))
    assert await alerts.read_told(ANNA) == sent, "who read it before the mail and found nothing to say"
    await alerts.save_told(ANNA, replace(sent, kept_back=frozenset({"b"})))
    assert (await alerts.read_told(ANNA)).kept_back == {"a", "b"}, "one saw the mute and one did not"
    later = replace(sent, settled_on=tuesday, kept_back=frozenset({"c"}))
    await alerts.save_told(ANNA, later)
    await alerts.save_told(ANNA, sent)
    assert await alerts.read_told(ANNA) == later


async def test_many_that_keep_what_was_told_at_once_lose_nothing(alerts: AlertBook) -> None:
    day = date(2026, 11, 23)
    kinds = list(AlertKind)[:8]
    told = [Told(((kind, NOW),), day, day, frozenset({kind.value}), day) for kind in kinds]
    await asyncio.gather(*(alerts.save_told(ANNA, each) for each in told))
    found = await alerts.read_told(ANNA)
    assert dict(found.through) == dict.fromkeys(kinds, NOW) and found.kept_back == {kind.value for kind in kinds}


async def test_the_first_claim_of_a_digest_stands(alerts: AlertBook) -> None:
    first, later = Claim(NOW, Told(kept_back=frozenset({"a"}))), Claim(NOW + HOUR, Told())
    assert await alerts.claim_digest(ANNA, "2026-11-23", first) == first
    assert await alerts.claim_digest(ANNA, "2026-11-23", later) == first
    assert await alerts.claim_digest(ANNA, "2026-11-24", later) == later


async def test_a_claim_of_an_older_version_is_still_read(open_table: TableClient, config_table: TableClient) -> None:
    key = f"{name_recipient(ANNA)}:2026-11-23"
    await insert(config_table, make_row(CLAIM_PARTITION, key, encode(datetime, NOW)))
    alerts = TableAlerts(open_table, config_table)
    assert await alerts.claim_digest(ANNA, "2026-11-23", Claim(NOW + HOUR, Told())) == Claim(NOW, Told())
