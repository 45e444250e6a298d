"""Microsoft accounts in the browser: connect, change, health, pre-consent, remove; readers see and change nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from plans.account_records import LONGEST_SILENCE, Errand, ErrandKind, ReadingStep
from plans.consent import NotGranted
from plans.runs import TenantState, Totals
from profiles.billing import Customer
from profiles.partners import PartnerModel, UnlistedGdap, UnreadPartner
from profiles.readings import UnknownReason
from tests.unit.web import nights
from tests.unit.web.accounts import (
    BASE,
    CLIENT,
    DIRECT,
    FORM,
    GRANTED,
    NEW,
    OURS,
    TROUBLED,
    make_reading,
    make_tenant,
    make_world,
    post,
    tenant_id,
    work_through,
)
from tests.unit.web.conftest import Open
from tests.unit.web.consent_fakes import LOGIN, PARTNER
from tests.unit.web.fakes import NOW, PUBLIC_URL, ZONE, sign_in_headers
from tests.unit.web.pages import read_source, read_words, to_words
from web.application import create_application
from web.pages.accounts.health import (
    Fact,
    Knowledge,
    Remedy,
    list_facts,
    list_needs,
    tell_mfa,
    tell_secret,
    tell_state,
    tell_token,
    write_headline,
)
from web.pages.accounts.progress import make_progress
from web.pages.view import Tone

CANARY = FORM["client_secret"]


def count_ticked(source: str) -> int:
    return len(re.findall(r'name="tenant" value="[^"]+" checked', source))


async def test_an_account_is_kept_with_its_secret_and_the_consent_is_next(browse: Open) -> None:
    world = make_world(account=None)
    async with browse(world) as client:
        answer = await post(client, f"{BASE}/new", FORM)
        assert answer.status_code == 303
        page = await client.get(answer.headers["location"], headers=sign_in_headers())
    (account,) = world.connections.accounts.values()
    assert (
        account.id.startswith("ms-20261122-083000-") and answer.headers["location"] == f"{BASE}/{account.id}?told=added"
    )
    assert (account.name, account.tenant_id, account.client_id) == ("Our service account", PARTNER, CLIENT)
    assert (account.model, account.secret_expires_on) == (PartnerModel.DIRECT_BILL, date(2027, 5, 1))
    assert account.refresh_token_secret == f"microsoft-{account.id}-refresh-token"
    assert world.connections.secrets == {account.id: CANARY}
    entry = world.audit.entries[-1]
    assert entry.sentence == "Ada Administrator added the Microsoft account “Our service account”."
    assert CANARY not in page.text + str(world.audit.entries) + answer.headers["location"]
    words = to_words(page.text)
    assert "One step is left: the consent." in words and "Grant Partner Center consent" in words


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "Give it a name"),
        ({"name": "x" * 81}, "longer than 80"),
        ({"tenant_id": "msp.onmicrosoft.com"}, "Paste the directory (tenant) id"),
        ({"client_id": ""}, "Paste the application (client) id"),
        ({"client_secret": ""}, "Paste the client secret's value"),
        ({"client_secret": "short"}, "Paste the client secret's value"),
        ({"client_secret": CLIENT}, "This is the id of a secret."),
        ({"secret_expires_on": "soon"}, "“soon” is no day."),
        ({"secret_expires_on": "2026-11-20"}, "This day is past, so Microsoft refuses the secret."),
        ({"model": "csp"}, "Choose how you buy"),
    ],
)
async def test_what_was_typed_survives_and_the_secret_is_never_shown(
    changes: dict[str, str], sentence: str, browse: Open
) -> None:
    world = make_world(account=None)
    async with browse(world) as client:
        answer = await post(client, f"{BASE}/new", FORM | {"secret_expires_on": "2027-05-01"} | changes)
    assert answer.status_code == 422 and sentence in to_words(answer.text)
    assert CANARY not in answer.text and 'aria-invalid="true"' in answer.text
    assert not world.connections.accounts and not world.connections.secrets
    if "client_id" not in changes:
        assert f'value="{CLIENT}"' in answer.text


async def test_the_same_application_is_not_connected_twice(browse: Open) -> None:
    world = make_world(replace(NEW, tenant_id=PARTNER.upper()))
    async with browse(world) as client:
        answer = await post(client, f"{BASE}/new", FORM)
    assert answer.status_code == 422 and "There is an account for this directory and application" in to_words(
        answer.text
    )


async def test_a_change_keeps_the_secret_and_another_application_ends_the_consent(browse: Open) -> None:
    world = make_world(GRANTED)
    wanted = {"name": "Renamed", "client_id": CLIENT, "client_secret": "", "model": "indirect_reseller"}
    other = {**wanted, "client_id": PARTNER}
    async with browse(world) as client:
        form = await client.get(f"{BASE}/ms-1/change", headers=sign_in_headers())
        kept = await post(client, f"{BASE}/ms-1/change", wanted)
        renamed = world.connections.accounts["ms-1"]
        refused = await post(client, f"{BASE}/ms-1/change", other)
        changed = await post(client, f"{BASE}/ms-1/change", other | {"client_secret": CANARY})
    assert 'value="Our service account"' in form.text and kept.headers["location"].endswith("?told=changed")
    assert (renamed.name, renamed.consented_at, renamed.secret_expires_on) == ("Renamed", GRANTED.consented_at, None)
    assert "Another application has another secret." in to_words(refused.text) and refused.status_code == 422
    assert changed.status_code == 303 and world.connections.secrets == {"ms-1": CANARY}
    assert world.connections.accounts["ms-1"].consented_at is None


async def test_an_account_that_customers_use_is_not_removed(browse: Open) -> None:
    world = make_world(GRANTED)
    named = Customer("c-1", "Beta <b>", "t", "cw", "1", partner_account_id="ms-1")
    world.books.customers = (named, Customer("c-2", "alpha", "t", "cw", "2"))
    async with browse(world) as client:
        shown = await client.get(f"{BASE}/ms-1/remove", headers=sign_in_headers())
        refused = await post(client, f"{BASE}/ms-1/remove")
        assert "ms-1" in world.connections.accounts
        world.books.customers = (replace(named, partner_account_id="another"),)
        await post(client, f"{BASE}/ms-1/read")
        removed = await post(client, f"{BASE}/ms-1/remove")
    words = to_words(shown.text)
    assert "2 customers are read through it, so it stays." in words and words.index("alpha") < words.index("Beta")
    assert 'href="/customers/c-1/account"' in shown.text
    assert refused.status_code == 409 and removed.headers["location"] == f"{BASE}?told=removed"
    assert not world.connections.accounts and not world.account_records.errands
    assert "removed the Microsoft account" in world.audit.entries[-1].sentence


async def test_a_customer_that_names_no_account_hangs_on_the_first_one_only(browse: Open) -> None:
    world = make_world(GRANTED)
    world.connections.accounts["ms-2"] = replace(GRANTED, id="ms-2", name="Second")
    world.books.customers = (Customer("c-2", "alpha", "t", "cw", "2"),)
    async with browse(world) as client:
        removed = await post(client, f"{BASE}/ms-2/remove")
        refused = await post(client, f"{BASE}/ms-1/remove")
    assert (removed.status_code, refused.status_code) == (303, 409)


async def test_the_list_says_the_worst_of_each_account(browse: Open) -> None:
    world = make_world(GRANTED, TROUBLED)
    world.connections.accounts["ms-2"] = replace(NEW, id="ms-2", name="Another", client_id=PARTNER)
    world.connections.tenants[DIRECT.id] = DIRECT
    words = await read_words(browse, world, BASE)
    assert "3 of 3 Microsoft accounts do not work yet, or need a look." in words
    assert "Tenants: 4 of 5 tenants that it reaches" in words and "4 need you" in words
    assert "has to open the consent link" in words
    good = [Fact("", "", Tone.GOOD)] * 2
    assert write_headline(2, 0, good) == "Licences are read through 2 partner accounts."
    assert write_headline(1, 1, good) == "Licences are read through 1 partner account and 1 direct tenant."
    empty = await read_words(browse, make_world(account=None), BASE)
    assert "No Microsoft account is connected yet." in empty and "Connect a partner account" in empty


async def test_a_page_tells_health_and_tenants_that_need_a_person(browse: Open) -> None:
    world = make_world(GRANTED, TROUBLED)
    source = await read_source(browse, world, f"{BASE}/ms-1")
    words = to_words(source)
    assert "4 tenants of this account need you." in words and "<b>Labs</b>" not in source
    for sentence in (
        "signed in as \u2068svc@msp.example\u2069",
        "The relationship ended on 19 Nov 2026. Ask for a new one.",
        "You sell to it, and have no GDAP relationship.",
        "It grants neither Directory Readers nor Global Reader.",
        "It ends on 1 Dec 2026 and does not extend itself.",
        "Renewed 1 day ago",
        "Organization.Read.All",
        "user_impersonation",
        "Read this account now",
        "Grant the consent again",
    ):
        assert sentence in words, sentence
    assert words.count("Open Partner Center") == 4 and "See them below" in words
    assert "Alder" not in words and tenant_id(2) not in source


async def test_a_failed_reading_is_told_until_one_works(browse: Open) -> None:
    world = make_world(GRANTED, TROUBLED)
    failure = UnreadPartner("ms-1", NOW, UnknownReason.SIGN_IN_REFUSED, f"Microsoft asks for MFA in {PARTNER}.")
    world.archive.outcomes["asked", "ms-1"] = failure
    words = await read_words(browse, world, f"{BASE}/ms-1")
    assert "Failed \u2068Microsoft asks for MFA in this tenant.\u2069 Last read 22 Nov 2026" in words
    assert "Last reading: failed. 1 more row below needs you." in words and "Read it now : Last reading" in words
    world.archive.outcomes["asked", "ms-1"] = replace(failure, tried_at=NOW - timedelta(days=1))
    assert "Failed" not in await read_words(browse, world, f"{BASE}/ms-1")
    world.archive.partner = None
    assert "It was never read." in await read_words(browse, world, f"{BASE}/ms-1")


@pytest.mark.parametrize(
    ("days", "word", "tone"),
    [
        (31, "Good", Tone.GOOD),
        (30, "Ends soon", Tone.LOOK),
        (15, "Ends soon", Tone.LOOK),
        (14, "Ends soon", Tone.LOOK),
        (8, "Ends soon", Tone.LOOK),
        (7, "Ends soon", Tone.BAD),
        (0, "Ends soon", Tone.BAD),
        (-1, "Expired", Tone.BAD),
    ],
)
def test_a_client_secret_is_told_of_before_it_ends(days: int, word: str, tone: Tone) -> None:
    today = NOW.date()
    fact = tell_secret(today + timedelta(days=days), today)
    assert (fact.word, fact.tone) == (word, tone)
    assert ("today" in fact.sentence) is (days == 0)


@pytest.mark.parametrize(
    ("age", "word", "tone"),
    [
        (timedelta(hours=23), "Fresh", Tone.GOOD),
        (timedelta(days=6), "Fresh", Tone.GOOD),
        (timedelta(days=7), "Not renewed", Tone.LOOK),
        (timedelta(days=59), "Not renewed", Tone.LOOK),
        (timedelta(days=60), "Dying", Tone.BAD),
    ],
)
def test_a_refresh_token_that_is_not_renewed_is_told_of(age: timedelta, word: str, tone: Tone) -> None:
    fact = tell_token(GRANTED, Knowledge(NOW - age, make_reading(), None, None), NOW)
    assert (fact.word, fact.tone) == (word, tone)


def test_what_was_never_read_is_neither_fresh_nor_working() -> None:
    never = Knowledge(NOW - timedelta(hours=1), None, None, None)
    assert tell_token(GRANTED, never, NOW).word == "New"
    facts = [fact for fact in list_facts(GRANTED, never, NOW, ZONE) if fact.tone is not Tone.LOOK]
    assert tell_state(facts, was_read=False).word == "Not read yet"
    assert tell_state(facts, was_read=True).word == "Working"


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    nothing = Knowledge(None, None, None, None)
    by_name = {fact.name: fact for fact in list_facts(NEW, nothing, NOW, ZONE)}
    assert [fact.word for fact in by_name.values()] == [
        "Not granted yet", "Not yet", "Unknown", "Not tried", "Unknown", "None",
        "Good" if NEW.secret_expires_on else "End unknown",
    ]  # fmt: skip
    assert tell_token(GRANTED, nothing, NOW).word == "Age unknown"
    assert tell_secret(None, NOW.date()).word == "End unknown"
    assert [tell_mfa(replace(GRANTED, has_mfa=each)).word for each in (True, False, None)] == [
        "Used", "Not used", "Not told",
    ]  # fmt: skip
    by_hand = list_facts(NEW, replace(nothing, newest=make_reading()), NOW, ZONE)
    assert by_hand[0].word == "Not from here" and by_hand[2].tone is Tone.LOOK
    old = replace(nothing, newest=replace(make_reading(make_tenant(1)), read_at=NOW - timedelta(days=3)))
    assert list_facts(GRANTED, old, NOW, ZONE)[1] == Fact(
        "Last reading",
        "Days ago",
        Tone.LOOK,
        "19 Nov 2026, 08:30. A night should have read it since: look at the last runs.",
        Remedy.RUNS,
    )
    assert list_needs(make_reading(make_tenant(1, gdap=UnlistedGdap()), make_tenant(2)), NOW) == ()


@pytest.mark.parametrize(
    ("read", "unread", "word", "works", "shown"),
    [
        (0, 0, "Not tried", True, "This account is let in; no customer has been read through it yet."),
        (3, 0, "3 customers read", True, "This account works."),
        (2, 1, "Reads 2 of 3", False, "1 of 3 customers could not be read by the newest runs. Mostly: No consent."),
        (0, 3, "Reads nobody", False, "3 of 3 customers could not be read by the newest runs. No consent."),
    ],
)
async def test_an_account_that_reads_nobody_does_not_work(
    browse: Open, read: int, unread: int, word: str, works: bool, shown: str
) -> None:
    """Its own sign-in works, it lists its tenants, and no customer lets it in."""
    world = make_world(GRANTED, make_reading(make_tenant(1)))
    numbers = range(read + unread)
    world.books.customers = tuple(nights.make_customer(number, f"Customer {number}") for number in numbers)
    tenants = [nights.planned(number) if number < read else nights.unknown(number, "No consent.") for number in numbers]
    world.runs.runs = (nights.closed_run(Totals(read + unread)),)
    world.runs.tenants = {nights.NIGHT: [*tenants, nights.unknown(99, "A customer that was removed.")]}
    words = await read_words(browse, world, f"{BASE}/ms-1")
    assert word in words and shown in words
    assert ("This account works." in words) is (works and bool(read))
    assert ("Working" in await read_words(browse, world, BASE)) is works


BEGUN = Errand("ms-1", "Ada", NOW, NOW + timedelta(seconds=1), id="one")
LATER = NOW + timedelta(seconds=2)


def test_progress_names_the_step_and_the_count_and_an_end_that_never_came() -> None:
    shown = make_progress(NEW, replace(BEGUN, step=ReadingStep.CUSTOMERS, count=500), LATER)
    assert shown is not None and shown.is_running and shown.is_open
    assert shown.sentence == "Reading Partner Center: 500 customers so far"
    assert [step.is_done for step in shown.steps] == [True, True, False]
    reseller = replace(NEW, model=PartnerModel.INDIRECT_RESELLER)
    short = make_progress(reseller, replace(BEGUN, step=ReadingStep.RELATIONSHIPS, count=300), LATER)
    assert short is not None and short.sentence == "Reading GDAP relationships: 300 so far" and len(short.steps) == 2
    first = make_progress(NEW, BEGUN, LATER)
    assert first is not None and first.sentence == "Signing in at Microsoft"
    died = make_progress(NEW, BEGUN, BEGUN.told_at + LONGEST_SILENCE + timedelta(seconds=1))
    assert died is not None and died.is_open and not died.is_running and "goes on by itself" in died.sentence
    failed = make_progress(NEW, replace(BEGUN, ended_at=NOW, sentence=f"No {PARTNER}."), LATER)
    assert failed is not None and (failed.tone, failed.sentence) == (Tone.BAD, "No this tenant.")
    one = make_progress(NEW, replace(BEGUN, ended_at=NOW, tenant_count=1), LATER)
    assert one is not None and one.sentence == "1 tenant found."
    letting = replace(BEGUN, kind=ErrandKind.LET_IN, tenant_ids=("a", "b"), count=1)
    some = make_progress(NEW, letting, LATER)
    assert some is not None and some.sentence == "Letting the application in: 1 of 2 tenants" and some.total == 2
    assert make_progress(NEW, replace(BEGUN, ended_at=NOW), NOW + timedelta(hours=2)) is None
    assert make_progress(NEW, None, NOW) is None


async def test_the_piece_asks_again_while_a_reading_goes_on_and_then_shows_the_page(browse: Open) -> None:
    world = make_world(GRANTED)
    world.account_records.put(replace(BEGUN, step=ReadingStep.RELATIONSHIPS, count=27))
    async with browse(world) as client:
        busy = await post(client, f"{BASE}/ms-1/read")
        running = await client.get(f"{BASE}/ms-1/progress", headers=sign_in_headers())
        world.account_records.put(replace(BEGUN, ended_at=NOW, tenant_count=27))
        over = await client.get(f"{BASE}/ms-1/progress", headers=sign_in_headers())
        stays = await client.get(f"{BASE}/ms-1/progress?stay=yes", headers=sign_in_headers())
    assert busy.headers["location"].endswith("?told=busy") and world.account_records.sent == []
    assert 'hx-trigger="every 1s"' in running.text and "27 so far" in running.text
    assert "HX-Refresh" not in running.headers and over.headers["HX-Refresh"] == "true"
    assert "HX-Refresh" not in stays.headers and "Look at the list again" in stays.text


async def test_of_two_clicks_one_asks(browse: Open) -> None:
    world = make_world(GRANTED)
    async with browse(world) as client:
        told = [(await post(client, f"{BASE}/ms-1/read")).headers["location"] for _ in range(2)]
        assert [each.partition("told=")[2] for each in told] == ["reading", "busy"]
        assert len(world.account_records.sent) == 1
        await work_through(world)
        words = to_words((await client.get(told[1], headers=sign_in_headers())).text)
    assert "27 tenants found." in words and "being read already" not in words


async def test_pre_consent_asks_for_those_that_are_ticked_and_keeps_each_result(browse: Open) -> None:
    lapsed = make_tenant(4, "Delta", gdap=TROUBLED.tenants[1].gdap)
    reading = make_reading(make_tenant(1, "Alpha"), make_tenant(2, "Beta"), make_tenant(3, "Gamma"), lapsed)
    world = make_world(GRANTED, reading)
    world.consent.refused[tenant_id(2)] = "Ask for the role. (Partner Center answered 403)"
    path, headers = f"{BASE}/ms-1/tenants", sign_in_headers() | OURS
    async with browse(world) as client:
        before = await client.get(path, headers=sign_in_headers())
        none = await post(client, path, {"tenant": "unknown"})
        body = f"tenant={tenant_id(1)}&tenant={tenant_id(2)}&tenant={tenant_id(1)}&tenant=evil"
        typed = headers | {"Content-Type": "application/x-www-form-urlencoded"}
        done = await client.post(path, content=body, headers=typed)
        twice = await client.post(path, content=body, headers=typed)
        waiting = to_words((await client.get(twice.headers["location"], headers=headers)).text)
        await work_through(world)
        after = to_words((await client.get(done.headers["location"], headers=headers)).text)
    assert count_ticked(before.text) == 3, "whoever has no role to consent with is not ticked"
    assert "Tick all (3)" in before.text and "3 of 3 ticked" in before.text and before.text.count("data-apart") == 1
    assert (
        "Lapsed" in before.text
        and "The relationship ended" in before.text
        and none.status_code == 422
        and "Tick at least one" in to_words(none.text)
    )
    assert "are being asked already" in waiting and "it begins within seconds" in waiting
    assert sorted(world.consent.asked) == [tenant_id(1), tenant_id(2)]
    assert "1 of 2 tenants let the application in." in after and "Read the customers that could not be read" in after
    assert (
        "Refused Ask for the role. (Partner Center answered 403) Asked on 22 Nov 2026, 08:30 by Ada Administrator."
        in after
    )
    assert (
        "Let in On 22 Nov 2026" in after
        and "3 of 4 tenants have not let the application in, as far as is known." in after
    )
    assert "asked to let the application into 2 tenants" in world.audit.entries[-1].sentence


async def test_at_most_fifty_tenants_go_at_once(browse: Open) -> None:
    world = make_world(GRANTED, make_reading(*(make_tenant(number) for number in range(60))))
    body = "&".join(f"tenant={tenant_id(number)}" for number in range(51))
    async with browse(world) as client:
        headers = sign_in_headers() | OURS | {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await client.post(f"{BASE}/ms-1/tenants", content=body, headers=headers)
        found = await client.get(f"{BASE}/ms-1/tenants?q=Tenant 59", headers=sign_in_headers())
        nothing = await client.get(f"{BASE}/ms-1/tenants?q=zzz", headers=sign_in_headers())
    assert answer.status_code == 422 and "Tick 50 tenants at most" in to_words(answer.text)
    assert world.consent.asked == [] and count_ticked(answer.text) == 47, "those on this screen"
    assert found.text.count('name="tenant"') == 1 and "Nothing here matches “ zzz ”" in to_words(nothing.text)


async def test_tenants_of_an_account_that_was_never_read_come_with_the_first_reading(browse: Open) -> None:
    words = await read_words(browse, make_world(), f"{BASE}/ms-1/tenants")
    assert "No tenant is known yet." in words and "Read the account first" in words


async def test_a_tenant_that_a_run_read_needs_no_pre_consent(browse: Open) -> None:
    world = nights.typical_world()
    run = world.runs.runs[0]
    read = next(each for each in world.runs.tenants[run.id] if each.state is TenantState.PLANNED)
    world.connections.accounts["ms-1"] = GRANTED
    world.archive.partner = make_reading(replace(make_tenant(1), tenant_id=read.tenant_id))
    words = await read_words(browse, world, f"{BASE}/ms-1/tenants")
    assert "Readable The last run read it." in words and "Every tenant let the application in." in words


async def test_a_direct_tenant_is_added_tried_changed_and_removed(browse: Open) -> None:
    world = make_world()
    form = {key: value for key, value in FORM.items() if key != "model"} | {"tenant_id": DIRECT.tenant_id}
    async with browse(world) as client:
        added = await post(client, f"{BASE}/direct/new", form)
        (tenant,) = world.connections.tenants.values()
        path = f"{BASE}/direct/{tenant.id}"
        twice = await post(client, f"{BASE}/direct/new", form)
        page = await client.get(path, headers=sign_in_headers())
        world.consent.tried = NotGranted("Microsoft does not know the app in this tenant.")
        refused = await post(client, f"{path}/try")
        world.consent.tried = world.consent.ending
        tried = await post(client, f"{path}/try")
        again = await post(client, f"{path}/try")
        changed = await post(client, f"{path}/change", form | {"name": "Renamed", "client_secret": ""})
        world.books.customers = (Customer("c", "Cust", "t", "cw", "1", partner_account_id=tenant.id),)
        kept = await post(client, f"{path}/remove")
        world.books.customers = ()
        removed = await post(client, f"{path}/remove")
    assert added.headers["location"] == f"{path}?told=added" and tenant.id.startswith("direct-20261122-")
    assert world.connections.secrets[tenant.id] == CANARY and CANARY not in page.text
    assert twice.status_code == 422 and "connected already" in to_words(twice.text)
    link = f"{LOGIN}/{DIRECT.tenant_id}/v2.0/adminconsent?redirect_uri="
    assert link in page.text and "state=" not in page.text, "a link to send ends no consent of this browser"
    assert refused.status_code == 409 and "does not know the app" in to_words(refused.text)
    assert tried.headers["location"] == again.headers["location"] == f"{path}?told=granted"
    assert [each.sentence.split(" “")[0] for each in world.audit.entries] == [
        "Ada Administrator added the direct tenant",
        "Ada Administrator found Microsoft's consent for",
        "Ada Administrator changed the direct tenant",
        "Ada Administrator removed the direct tenant",
    ]
    assert changed.status_code == 303 and kept.status_code == 409 and removed.status_code == 303
    assert not world.connections.tenants


@pytest.mark.parametrize(
    ("is_read", "state", "headline"),
    [
        (None, "Not read yet", "This tenant let your application read it."),
        (True, "Working", "This tenant let your application read it."),
        (False, "Reads nobody", "This tenant could not be read by the newest runs."),
    ],
)
async def test_a_direct_tenant_works_once_a_run_has_read_it(
    is_read: bool | None, state: str, headline: str, browse: Open
) -> None:
    """A consent alone shows nothing: the reading does."""
    world = nights.typical_world()
    run = world.runs.runs[0]
    wanted = TenantState.UNKNOWN if is_read is False else TenantState.PLANNED
    result = next(each for each in world.runs.tenants[run.id] if each.state is wanted)
    world.connections.tenants[DIRECT.id] = replace(DIRECT, consented_at=NOW, consented_by="Ada")
    tenant_id = "none" if is_read is None else result.tenant_id
    world.books.customers = (Customer("c", "Cust", tenant_id, "cw", "1", partner_account_id=DIRECT.id),)
    assert state in await read_words(browse, world, BASE)
    words = await read_words(browse, world, f"{BASE}/direct/{DIRECT.id}")
    assert headline in words and (result.sentence in words or is_read is not False)


@pytest.mark.parametrize("role", ["Reader", "Operator"])
async def test_who_may_only_look_sees_no_button(role: str, browse: Open) -> None:
    world = make_world(GRANTED, TROUBLED)
    world.connections.tenants[DIRECT.id] = DIRECT
    async with browse(world) as client:
        for path in (BASE, f"{BASE}/ms-1", f"{BASE}/ms-1/tenants", f"{BASE}/direct/{DIRECT.id}"):
            page = await client.get(path, headers=sign_in_headers([role]))
            assert page.status_code == 200 and 'method="post"' not in page.text.replace(
                f'<form method="post" action="{BASE}/ms-1/tenants" data-ticking>', ""
            )
            assert (
                "main-button" not in page.text and "/new" not in page.text and 'type="checkbox" name' not in page.text
            )


async def test_what_does_not_exist_is_not_here(browse: Open) -> None:
    world = make_world()
    async with browse(world) as client:
        for path in (f"{BASE}/none", f"{BASE}/direct/none", f"{BASE}/none/tenants"):
            assert (await client.get(path, headers=sign_in_headers())).status_code == 404
        world.runs.error = ConnectionError("no storage")
        broken = await client.get(f"{BASE}/ms-1", headers=sign_in_headers())
    assert broken.status_code in (500, 503) and "Traceback" not in broken.text


async def test_without_a_public_address_nobody_is_sent_away(browse: Open) -> None:
    world = make_world()
    context = replace(world.context(), public_url=None)
    async with browse(create_application(context)) as client:
        answer = await post(client, f"{BASE}/ms-1/consent", None)
    assert answer.status_code == 503 and "SEATLEDGER_PUBLIC_URL" in to_words(answer.text)
    assert PUBLIC_URL not in answer.text and not world.pending_consents.kept
