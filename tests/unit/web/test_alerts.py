"""The inbox, muting by list and by mail, what is told to whom, the next digest, and whether a customer has left."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
import pytest

from notify.links import MuteLink, sign_link
from plans.alerts.alert import AlertKind, KeptAlert, Severity
from plans.alerts.kinds import Rhythm
from plans.alerts.notifications import KindChoice, Mute, MuteScope, Notifications, Recipient, Told, find_mute
from tests.browser.customers import gone_world
from tests.unit.plans.alerts.values import TENANT, keep, make_alert
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import LINK_KEY, NOW, World, sign_in_headers
from tests.unit.web.pages import read_csv, read_source, read_words, to_words
from web.actions.noting import digest_seen
from web.pages.alert_list import write_headline

OURS = {"Sec-Fetch-Site": "same-origin"}
ANNA = "anna@msp.example"
HELD = make_alert("premium", monthly="-88.00")
UNUSED = make_alert("visio", AlertKind.UNUSED_SEATS, monthly="660.00")
SEEN = NOW - timedelta(hours=4)
MUTE_FORM = {"scope": "licence", "until": "30", "reason": "They hire in January"}


def alert_world(*alerts: KeptAlert) -> World:
    world = nights.typical_world()
    world.alerts.standing = {kept.id: kept for kept in alerts or (keep(HELD, SEEN), keep(UNUSED, SEEN))}
    world.alerts.notifications = Notifications((Recipient(ANNA, "Europe/Zurich", 7),))
    return world


async def post(
    browse: Open, world: World, path: str, form: dict[str, Any], roles: tuple[str, ...] = ("Operator",)
) -> httpx.Response:
    async with browse(world) as client:
        return await client.post(path, data=form, headers=sign_in_headers(roles) | OURS)


async def get(browse: Open, world: World, path: str) -> httpx.Response:
    async with browse(world) as client:
        return await client.get(path, headers=sign_in_headers(("Operator",)))


async def test_the_inbox_puts_what_presses_first_then_the_most_money(browse: Open) -> None:
    pressing = {"rich": "90.00", "poor": "10.00", "priceless": None}
    alerts = [make_alert(name, monthly=monthly) for name, monthly in pressing.items()]
    known = replace(make_alert("known", AlertKind.UNUSED_SEATS, monthly="800.00"), severity=Severity.KNOW)
    soon = replace(make_alert("soon", AlertKind.CREDIT_PROPOSAL, monthly="5.00"), severity=Severity.SOON)
    words = await read_words(browse, alert_world(*(keep(each, SEEN) for each in (known, soon, *alerts))), "/alerts")
    places = [words.index(f"{name} waits.") for name in ("priceless", "rich", "poor", "soon", "known")]
    assert places == sorted(places)


async def test_each_row_of_the_inbox_opens_its_next_step(browse: Open) -> None:
    source = await read_source(browse, alert_world(), "/alerts")
    words = to_words(source)
    assert "2 things need you; about 660.00 EUR a month is at stake." in words
    assert words.index("visio waits.") < words.index("premium waits.")
    assert 'href="/approvals/c1%3Apremium"' in source
    assert f'href="/alerts/mute?alert={HELD.id}"' in source


async def test_the_inbox_finds_by_kind_and_by_words_and_as_a_file(browse: Open) -> None:
    world = alert_world()
    assert "premium waits." not in await read_words(browse, world, "/alerts?state=unused_seats")
    assert "Nothing here matches" in await read_words(browse, world, "/alerts?q=nobody")
    rows = await read_csv(browse, world, "/alerts.csv?state=held")
    assert rows[1][:5] == ["Customer c1", "Held", "Business Premium", "premium waits.", "-88.00"]


async def test_the_inbox_is_searched_in_its_sentences_as_well(browse: Open) -> None:
    words = await read_words(browse, alert_world(), "/alerts?q=visio")
    assert "visio waits." in words and "premium waits." not in words


@pytest.mark.parametrize("alert_id", ["a/b", "../../x", "", "a b"])
async def test_what_is_no_name_of_an_alert_is_never_looked_up(browse: Open, alert_id: str) -> None:
    """No table takes such a key, and asking for it would fail as if the records could not be read."""
    world = alert_world()
    world.alerts.standing |= {alert_id: keep(HELD)}
    asked = await get(browse, world, f"/alerts/mute?alert={quote(alert_id)}")
    sent = await post(browse, world, "/alerts/mute", MUTE_FORM | {"alert": alert_id})
    assert all("or it was never there" in to_words(each.text) for each in (asked, sent)) and world.alerts.mutes == {}
    assert asked.status_code == sent.status_code == (404 if alert_id else 200)


async def test_chips_count_what_a_search_leaves(browse: Open) -> None:
    world = alert_world(keep(HELD, SEEN), keep(make_alert("visio plan"), SEEN), keep(UNUSED, SEEN))
    muted = replace(make_alert("mine"), sentence="visio too.")
    world.alerts.standing |= {muted.id: keep(muted, SEEN)}
    world.alerts.mutes = {muted.id: Mute(MuteScope.ALERT, "", "Known", "Ada", NOW, None, alert_id=muted.id)}
    source = await read_source(browse, world, "/alerts")
    assert [find_chip(source, word) for word in ("Not muted", "Held", "Unused seats", "Muted")] == [3, 2, 1, 1]
    source = await read_source(browse, world, "/alerts?q=visio")
    assert [find_chip(source, word) for word in ("Not muted", "Held", "Unused seats", "Muted")] == [2, 1, 1, 1]


def find_chip(source: str, word: str) -> int:
    found = re.search(rf">{word}\W+(?:<[^>]*>\W*)*(\d+)", source)
    assert found is not None, word
    return int(found[1])


async def test_a_hold_and_the_invoice_that_waits_for_it_are_one_thing_of_the_headline(browse: Open) -> None:
    due = replace(make_alert("401", AlertKind.BEFORE_INVOICE), lacks=(HELD.id,))
    words = await read_words(browse, alert_world(keep(HELD, SEEN), keep(due, SEEN)), "/alerts")
    assert "1 thing needs you; held changes of about −88.00 EUR a month." in words and "2 alerts" in words


async def test_money_that_is_at_stake_once_is_no_month_in_the_inbox(browse: Open) -> None:
    credit = replace(make_alert("credit", AlertKind.CREDIT_PROPOSAL), once=Decimal("46.60"))
    words = await read_words(browse, alert_world(keep(credit, SEEN), keep(UNUSED, SEEN)), "/alerts")
    assert "At stake" in words and "A month" not in words
    assert "46.60 EUR once" in words and "660.00 EUR a month" in words


async def test_a_customer_whose_name_shows_nothing_has_its_tenant_for_a_name(browse: Open) -> None:
    blank = replace(UNUSED, customer_name=" \u200b ")
    assert TENANT in await read_words(browse, alert_world(keep(blank, SEEN)), "/alerts")
    ours = replace(UNUSED, customer_name="", customer_id="", tenant_id="")
    assert "Seatledger Unused seats" in (await read_words(browse, alert_world(keep(ours, SEEN)), "/alerts")).replace(
        "Business Premium ", ""
    )


async def test_who_may_only_read_sees_what_a_mail_was_about_and_who_may_mute_it(browse: Open) -> None:
    token = sign_link(LINK_KEY, MuteLink(HELD.id, ANNA, NOW + timedelta(days=1)))
    async with browse(alert_world()) as client:
        answer = await client.get(f"/alerts/mute?link={quote(token)}", headers=sign_in_headers(("Reader",)))
    words = to_words(answer.text)
    assert answer.status_code == 200 and "Held, Business Premium, Customer c1" in words and "premium waits." in words
    assert "Only an operator or an administrator may mute it." in words and "<form" not in read_main(answer.text)
    refused = await post(browse, alert_world(), "/alerts/mute", MUTE_FORM | {"alert": HELD.id}, ("Reader",))
    assert refused.status_code == 403


def read_main(source: str) -> str:
    return source[source.index("<main") : source.index("</main>")]


async def test_an_empty_inbox_says_what_stands_here_one_day(browse: Open) -> None:
    world = alert_world()
    world.alerts.standing = {}
    assert "Nothing needs you." in await read_words(browse, world, "/alerts")


async def test_what_one_night_alone_could_not_read_is_heard_of_by_nobody(browse: Open) -> None:
    unread = keep(make_alert(kind=AlertKind.UNKNOWN_READING), is_heard=False)
    assert "Nothing needs you." in await read_words(browse, alert_world(unread), "/alerts")
    assert "1 thing needs you" in await read_words(browse, alert_world(replace(unread, is_heard=True)), "/alerts")


async def test_a_link_of_a_mail_leads_to_a_page_that_asks_and_changes_nothing(browse: Open) -> None:
    world = alert_world()
    token = sign_link(LINK_KEY, MuteLink(HELD.id, ANNA, NOW + timedelta(days=1)))
    answer = await get(browse, world, f"/alerts/mute?link={quote(token)}")
    words = to_words(answer.text)
    assert answer.status_code == 200
    assert "Mute Held, Business Premium, Customer c1" in words and "Leave it out of mails" in words
    assert world.alerts.mutes == {} and world.audit.entries == []


@pytest.mark.parametrize("ends", [timedelta(0), timedelta(days=-1)])
async def test_a_link_that_has_ended_opens_nothing(browse: Open, ends: timedelta) -> None:
    token = sign_link(LINK_KEY, MuteLink(HELD.id, ANNA, NOW + ends))
    answer = await get(browse, alert_world(), f"/alerts/mute?link={quote(token)}")
    assert answer.status_code == 410
    assert "This link has ended" in to_words(answer.text)


async def test_a_link_that_is_not_ours_opens_nothing(browse: Open) -> None:
    token = sign_link(bytes(32), MuteLink(HELD.id, ANNA, NOW + timedelta(days=1)))
    assert (await get(browse, alert_world(), f"/alerts/mute?link={quote(token)}")).status_code == 410


async def test_a_mail_that_is_followed_without_a_sign_in_leads_to_one(browse: Open) -> None:
    token = sign_link(LINK_KEY, MuteLink(HELD.id, ANNA, NOW + timedelta(days=1)))
    async with browse(alert_world()) as client:
        answer = await client.get(f"/alerts/mute?link={quote(token)}")
    assert answer.status_code in (302, 303, 307, 401)
    assert "Mute Held" not in answer.text


async def test_muting_is_kept_with_who_why_and_until_when_and_is_noted(browse: Open) -> None:
    world = alert_world()
    answer = await post(browse, world, "/alerts/mute", MUTE_FORM | {"alert": UNUSED.id})
    assert answer.headers["location"] == "/alerts?told=muted"
    (mute,) = world.alerts.mutes.values()
    assert (mute.scope, mute.reason, mute.until) == (MuteScope.LICENCE, MUTE_FORM["reason"], date(2026, 12, 22))
    assert mute.about == "Everything about Business Premium of Customer c1"
    assert find_mute(keep(HELD, SEEN), [mute], date(2026, 11, 22)) is mute
    (entry,) = world.audit.entries
    assert "muted Everything about Business Premium of Customer c1: They hire in January" in entry.sentence
    words = await read_words(browse, world, "/alerts?state=muted")
    assert "Muted by Ada Administrator until 22 Dec 2026: They hire in January" in words
    assert "Nothing needs you." in words


@pytest.mark.parametrize(
    ("form", "trouble"),
    [
        ({"reason": ""}, "Say why"),
        ({"scope": "everything"}, "Choose how much is muted."),
        ({"until": ""}, "Choose until when"),
        ({"until": "day", "day": "soon"}, "“soon” is no day."),
        ({"until": "day", "day": "2020-01-01"}, "Choose a day from 22 Nov 2026"),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field(browse: Open, form: dict[str, str], trouble: str) -> None:
    world = alert_world()
    answer = await post(browse, world, "/alerts/mute", MUTE_FORM | {"alert": UNUSED.id} | form)
    assert answer.status_code == 422 and trouble in to_words(answer.text)
    assert world.alerts.mutes == {}


async def test_what_is_solved_meanwhile_is_not_muted(browse: Open) -> None:
    world = alert_world()
    answer = await post(browse, world, "/alerts/mute", MUTE_FORM | {"alert": "held-gone"})
    assert "This is solved" in to_words(answer.text) and world.alerts.mutes == {}


async def test_a_mute_is_taken_back(browse: Open) -> None:
    world = alert_world()
    mute = Mute(MuteScope.TENANT, "Everything about Customer c1", "Friends", "Ada", NOW, None, tenant_id=TENANT)
    world.alerts.mutes = {mute.id: mute}
    assert "for good" in await read_words(browse, world, "/alerts/muted")
    for _ in range(2):
        answer = await post(browse, world, "/alerts/unmute", {"mute": mute.id})
        assert answer.headers["location"] == "/alerts/muted?told=heard"
    assert world.alerts.mutes == {} and len(world.audit.entries) == 1
    assert "Nothing is muted" in await read_words(browse, world, "/alerts/muted")


async def test_what_is_over_is_not_counted_as_muted_and_days_are_those_of_the_msp(browse: Open) -> None:
    """Muted late in the evening of UTC, which in Zurich is the day after."""
    late = NOW.replace(day=20, hour=23, minute=30)
    mutes = [
        Mute(MuteScope.ALERT, "Held of Ash", "Known", "Ada", late, None, alert_id="ash"),
        Mute(MuteScope.ALERT, "Held of Birch", "Until then", "Ada", late, date(2026, 11, 21), alert_id="birch"),
    ]
    world = alert_world()
    world.alerts.mutes = {each.id: each for each in mutes}
    words = await read_words(browse, world, "/alerts/muted")
    assert "1 thing is muted" in words and "21 Nov 2026" in words and "over since 21 Nov 2026" in words
    assert words.index("Held of Ash") < words.index("Held of Birch")
    searched = await read_words(browse, world, "/alerts/muted?q=birch")
    assert "Held of Birch" in searched and "Held of Ash" not in searched and "1 of 2 mutes" in searched
    assert "Held of Birch" not in await read_words(browse, world, "/alerts/muted?state=on")


async def test_five_thousand_mutes_are_shown_page_by_page(browse: Open) -> None:
    world = alert_world()
    many = [Mute(MuteScope.ALERT, f"Held {n}", "Known", "Ada", NOW, None, alert_id=f"held-{n}") for n in range(5_000)]
    world.alerts.mutes = {each.id: each for each in many}
    source = await read_source(browse, world, "/alerts/muted?page=2")
    assert "5,000 things are muted" in to_words(source) and "page=3" in source
    assert source.count("/alerts/unmute") == 50


def fill(world: World, **typed: str) -> dict[str, str]:
    kinds = {f"told_{kind.value}": "yes" for kind in AlertKind}
    rhythms = {f"rhythm_{kind.value}": "daily" for kind in AlertKind}
    rows = {"address_0": ANNA, "zone_0": "Europe/Zurich", "hour_0": "7", "unread_nights": "2"}
    return {"seen": digest_seen(world.alerts.notifications), **rows, **kinds, **rhythms, **typed}


async def test_notifications_are_kept_and_noted(browse: Open) -> None:
    world = alert_world()
    typed = fill(
        world, address_1="bob@msp.example", zone_1="America/New_York", hour_1="6", to_held=ANNA, rhythm_held="weekly"
    )
    typed["unread_nights"] = "5"
    del typed["told_unused_seats"]
    answer = await post(browse, world, "/settings/notifications", typed, ("Administrator",))
    assert answer.headers["location"] == "/settings/notifications?told=saved"
    kept = world.alerts.notifications
    assert kept.unread_nights == 5
    assert kept.recipients[1] == Recipient("bob@msp.example", "America/New_York", 6)
    assert kept.choice(AlertKind.HELD) == KindChoice(True, Rhythm.WEEKLY, (ANNA,))
    assert not kept.choice(AlertKind.UNUSED_SEATS).is_told
    assert kept.kinds_of("bob@msp.example") == frozenset(AlertKind) - {AlertKind.HELD, AlertKind.UNUSED_SEATS}
    assert world.audit.entries[0].subject == "settings/notifications"
    assert "2 people get a digest." in await read_words(browse, world, "/settings/notifications")


@pytest.mark.parametrize(
    ("typed", "trouble"),
    [
        ({"address_0": "nobody"}, "Type one plain address, such as billing@msp.example."),
        ({"address_0": "a@127.0.0.1"}, "Type an address whose domain has a name and an ending"),
        ({"hour_0": "25"}, "Choose an hour of the list, such as 07:00."),
        ({"rhythm_held": "hourly"}, "Choose every day, on Mondays, or on the first of a month."),
        ({"zone_0": "Mars"}, "Choose a time zone of the list"),
        ({"address_1": ANNA, "zone_1": "UTC"}, "This address stands here twice."),
        ({"to_held": "carl@msp.example"}, "No recipient above has this address: carl@msp.example."),
        *(({"unread_nights": each}, "Type a whole number of nights, 1 to 30.") for each in ("", "0", "31", "-1", "²")),
    ],
)
async def test_recipients_that_do_not_fit_are_told_beside_their_row(
    browse: Open, typed: dict[str, str], trouble: str
) -> None:
    world = alert_world()
    before = world.alerts.notifications
    answer = await post(browse, world, "/settings/notifications", fill(world, **typed), ("Administrator",))
    assert answer.status_code == 422 and trouble in to_words(answer.text)
    assert world.alerts.notifications == before


async def test_nobody_writes_over_what_he_has_not_seen(browse: Open) -> None:
    world = alert_world()
    typed = fill(world)
    world.alerts.notifications = Notifications((Recipient("bob@msp.example", "UTC"),))
    answer = await post(browse, world, "/settings/notifications", typed, ("Administrator",))
    assert answer.status_code == 409 and ANNA in answer.text
    assert world.alerts.notifications.recipients[0].address == "bob@msp.example"


async def test_the_preview_shows_the_next_digest_and_sends_nothing(browse: Open) -> None:
    world = alert_world()
    told = world.alerts.told = {ANNA: Told(settled_on=NOW.date())}
    words = await read_words(browse, world, "/settings/notifications/preview")
    assert "2 new things need you, about 660.00 EUR a month" in words
    assert "It is due on Monday 23 November 2026 at 07:00 (Europe/Zurich)" in words
    assert world.alerts.told == told == {ANNA: Told(settled_on=NOW.date())} and world.alerts.claims == {}


async def test_the_preview_is_of_the_mail_that_comes(browse: Open) -> None:
    """While the morning lasts and no mail went, today's; then tomorrow's, without the mute that ends today."""
    world = alert_world()
    here = NOW.astimezone(ZoneInfo("Europe/Zurich"))
    ends_today = Mute(MuteScope.ALERT, "", "Known", "Ada", NOW, here.date(), alert_id=UNUSED.id)
    world.alerts.mutes = {UNUSED.id: ends_today}
    world.alerts.notifications = Notifications((Recipient(ANNA, "Europe/Zurich", here.hour),))
    words = await read_words(browse, world, "/settings/notifications/preview")
    assert "due within a quarter of an hour" in words and "1 new thing needs you" in words
    world.alerts.told = {ANNA: Told(settled_on=here.date(), last_mail_on=here.date())}
    words = await read_words(browse, world, "/settings/notifications/preview")
    assert f"due on Monday 23 November 2026 at {here.hour:02d}:00" in words and "2 new things need you" in words


async def test_right_after_a_mail_the_preview_does_not_speak_of_a_quiet_week(browse: Open) -> None:
    world = alert_world(keep(HELD, SEEN))
    told = tuple((kind, NOW) for kind in AlertKind)
    world.alerts.told = {ANNA: Told(told, last_mail_on=NOW.date(), settled_on=NOW.date())}
    words = await read_words(browse, world, "/settings/notifications/preview")
    assert "Nothing new so far, 1 thing still open" in words and "is sent only if something happens by then" in words


@pytest.mark.parametrize("until", ["30", "90", "never"])
async def test_a_day_that_is_typed_beside_another_choice_is_asked_about(browse: Open, until: str) -> None:
    world = alert_world()
    form = MUTE_FORM | {"alert": UNUSED.id, "until": until, "day": "2026-12-01"}
    answer = await post(browse, world, "/alerts/mute", form)
    assert answer.status_code == 422 and world.alerts.mutes == {}
    assert 'value="2026-12-01"' in answer.text and "a day is typed here" in to_words(answer.text)


async def test_without_a_recipient_the_preview_says_what_to_do(browse: Open) -> None:
    world = alert_world()
    world.alerts.notifications = Notifications()
    assert "Nobody gets a digest yet" in await read_words(browse, world, "/settings/notifications/preview")
    assert "Nobody is told anything yet." in await read_words(browse, world, "/settings/notifications")


async def test_home_counts_what_needs_a_person_by_kind(browse: Open) -> None:
    source = await read_source(browse, alert_world(), "/approvals/also")
    assert "Unused seats: 1, about 660.00 EUR a month" in to_words(source)
    assert 'href="/alerts?state=unused_seats"' in source
    assert "Held" not in to_words(source), "home says it already"


def find_customer(world: World) -> Any:
    return next(each for each in world.books.customers if each.id == "customer-0")


async def find_shown(browse: Open, world: World) -> str:
    return (
        (await read_source(browse, world, "/customers/customer-0/gone")).split('name="shown" value="')[1].split('"')[0]
    )


async def test_a_customer_that_has_left_ends_only_when_a_person_confirms(browse: Open) -> None:
    world = gone_world()
    words = await read_words(browse, world, "/customers/customer-0/gone")
    assert "It has left: end 1 licence with the period" in words
    assert not find_customer(world).is_gone
    shown = await find_shown(browse, world)
    form = {"reason": "They moved to another MSP", "shown": shown}
    answer = await post(browse, world, "/customers/customer-0/gone", form)
    assert answer.status_code == 303
    assert find_customer(world).is_gone
    assert [each.is_ended for each in world.books.mappings["customer-0"]].count(True) == 1
    assert any("confirmed that it has left" in entry.sentence for entry in world.audit.entries)


async def test_a_customer_that_is_kept_is_billed_on_and_asked_about_again(browse: Open) -> None:
    world = gone_world()
    answer = await post(browse, world, "/customers/customer-0/keep", {"reason": "A mistake of Microsoft"})
    assert answer.status_code == 303
    assert not find_customer(world).is_gone
    assert not any(each.is_ended for each in world.books.mappings["customer-0"])
    (mute,) = world.alerts.mutes.values()
    (kept,) = world.alerts.standing.values()
    assert find_mute(kept, [mute], date(2026, 12, 22)) is mute
    assert find_mute(kept, [mute], date(2026, 12, 23)) is None


async def test_leaving_needs_a_reason_and_what_was_shown(browse: Open) -> None:
    world = gone_world()
    assert (await post(browse, world, "/customers/customer-0/gone", {"reason": ""})).status_code == 422
    assert (await post(browse, world, "/customers/customer-0/keep", {"reason": ""})).status_code == 422
    stale = {"reason": "They left", "shown": "another"}
    assert (await post(browse, world, "/customers/customer-0/gone", stale)).status_code == 409
    assert not find_customer(world).is_gone


async def test_without_the_question_there_is_nothing_to_confirm(browse: Open) -> None:
    world = gone_world()
    world.alerts.standing = {}
    assert "Nobody asks whether" in await read_words(browse, world, "/customers/customer-0/gone")
    form = {"reason": "They left", "shown": "x"}
    assert (await post(browse, world, "/customers/customer-0/gone", form)).status_code == 409
    assert (await post(browse, world, "/customers/customer-0/keep", form)).status_code == 409
    assert not find_customer(world).is_gone


@pytest.mark.parametrize(
    ("pressing", "known", "headline"),
    [
        (0, 0, "Nothing needs you."),
        (1, 0, "1 thing needs you; held changes of about −100.00 EUR a month."),
        (2, 1, "2 things need you, 1 more is good to know; held changes of about −200.00 EUR a month."),
        (1, 3, "1 thing needs you, 3 more are good to know; held changes of about −100.00 EUR a month."),
        (0, 1, "1 thing is good to know."),
        (0, 2, "2 things are good to know."),
    ],
)
def test_what_is_only_good_to_know_is_not_said_to_need_anybody(pressing: int, known: int, headline: str) -> None:
    """Of held changes those are only good to know that a person refused: they are at stake no more."""
    alerts = [replace(HELD, severity=Severity.NOW, monthly=Decimal(-100))] * pressing
    alerts += [replace(HELD, severity=Severity.KNOW, monthly=Decimal(100))] * known
    kept = [keep(replace(each, thing=("c1", str(number))), SEEN) for number, each in enumerate(alerts)]
    assert write_headline(kept, "EUR") == headline


async def test_the_list_says_where_the_headline_counts_several_alerts_as_one_thing(browse: Open) -> None:
    world = World()
    held = keep(make_alert(kind=AlertKind.HELD))
    whole = keep(replace(make_alert(kind=AlertKind.BEFORE_INVOICE), thing=("invoice",), lacks=(held.id,)))
    world.alerts.standing = {each.id: each for each in (held, whole)}
    words = await read_words(browse, world, "/alerts")
    assert "1 thing needs you" in words
    assert "2 alerts about 1 thing: the headline and mails count what is told together as one" in words
    assert "What “Before the invoice” and “Held” mean" in words
