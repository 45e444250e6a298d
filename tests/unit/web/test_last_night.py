"""What the page says, in every state."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from plans.runs import CustomerState, Run, RunPhase, Totals
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.connection_fakes import CONNECTWISE
from tests.unit.web.fakes import FakeBooks, World, sign_in_headers
from tests.unit.web.tenants import PREMIUM, make_mapping
from web.pages.counting import Counts
from web.pages.night_view import write_nothing_changed

POLLING = 'hx-trigger="every 2s"'


async def read_page(browse: Open, world: World, query: str = "", **headers: str) -> str:
    """The words of the page, without tags."""
    return to_words(await read_source(browse, world, query, **headers))


async def read_source(browse: Open, world: World, query: str = "", **headers: str) -> str:
    async with browse(world) as client:
        answer = await client.get(f"/{query}", headers=sign_in_headers() | headers)
    assert answer.status_code == 200
    return answer.text


def to_words(source: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", source)).split())


async def test_a_typical_night(browse: Open) -> None:
    words = await read_page(browse, nights.typical_world())
    assert "9 customers right; 3 need you; +84.00 EUR a month of the 2 lines whose price is known." in words
    assert (
        "Forecast: +84.00 EUR in a whole month; 1 changed line without a known price is not in it. "
        "The PSA's amount counts." in words
    )
    assert "Sunday 22 November 2026, 02:00 to 02:14 (Europe/Dublin), took 14 min 5 s" in words
    assert "Read 11 Unchanged 7 Changed 2 Scheduled 0 Held 1 Unknown 1 Parked 1" in words
    assert "3 additions written to the PSA, each read back and verified." in words
    assert "Harbour Dental Group Microsoft 365 Business Premium 10 → 12 (+2) from 22 Nov 2026" in words
    assert "The next night starts at 02:00 on Monday 23 November 2026 (Europe/Dublin)." in words


async def test_what_needs_a_person_stands_oldest_first(browse: Open) -> None:
    words = await read_page(browse, nights.typical_world())
    order = ["Northwind Legal", "Since 20 Nov 2026", "Fjord Logistics", "Since last night", "Lumen Optics"]
    places = [words.index(word, words.index("What needs you 3")) for word in order]
    assert places == sorted(places)


async def test_a_reader_is_asked_to_look_and_not_to_decide(browse: Open) -> None:
    world = nights.typical_world()
    for path in ("/", "/customers/customer-2", "/customers/customer-2/waiting", "/runs/2026-11-22/changes"):
        async with browse(world) as client:
            reader, operator = [
                to_words((await client.get(path, headers=sign_in_headers((role,)))).text)
                for role in ("Reader", "Operator")
            ]
        assert "See what is held" in reader and "Decide about it" not in reader, path
        assert "Decide about it" in operator, path


async def test_a_night_that_needs_nobody(browse: Open) -> None:
    source = await read_source(browse, nights.quiet_world())
    words = to_words(source)
    assert "1 customer right; nothing needs you." in words
    assert "What needs you Nothing." in words
    assert "0 → 12 (+12)" in words
    assert POLLING not in source


async def test_a_running_night_shows_its_step_and_is_asked_every_two_seconds(browse: Open) -> None:
    source = await read_source(browse, nights.running_world())
    words = to_words(source)
    assert POLLING in source
    assert "Reading and planning: 3 of 12 customers" in words
    assert "The night is running; 1 customer needs you so far." in words
    assert "started at 02:00 (Europe/Dublin), 3 min 12 s ago" in words
    assert "Queued 9 Read 3 Unchanged 0 Changing 2 Scheduled 0 Held 1" in words


async def test_a_writing_night_counts_agreements(browse: Open) -> None:
    words = await read_page(browse, nights.running_world(RunPhase.PUSHING))
    assert "Writing: 1 of 2 agreements" in words


async def test_a_poll_gets_the_moving_part_only_and_a_closed_run_is_asked_no_more(browse: Open) -> None:
    running = await read_source(browse, nights.running_world(), "?needs=2", **{"HX-Request": "true"})
    closed = await read_source(browse, nights.typical_world(), **{"HX-Request": "true"})
    assert running.lstrip().startswith('<div id="night" hx-get="/?needs=1')
    assert "<html" not in running
    assert POLLING not in closed


async def test_a_run_that_has_just_opened_reads_the_psa(browse: Open) -> None:
    world = nights.quiet_world()
    world.runs.runs = (Run("2026-11-22-001", RunPhase.READING, nights.STARTED),)
    world.runs.tenants, world.runs.pushes = {}, {}
    words = await read_page(browse, world)
    assert "A sync is running; nothing needs you so far." in words
    assert "Reading the agreements of the PSA" in words


async def test_between_its_steps_a_run_judges_and_closes(browse: Open) -> None:
    world = nights.quiet_world()
    world.runs.runs = (Run(nights.NIGHT, RunPhase.READING, nights.STARTED),)
    assert "Judging the plans of 1 customer" in await read_page(browse, world)
    world.runs.runs = (Run(nights.NIGHT, RunPhase.PUSHING, nights.STARTED),)
    assert "Adding the run up" in await read_page(browse, world)


async def test_before_the_first_night(browse: Open) -> None:
    assert "Seven steps to the first billed seat." in await read_page(browse, World())
    customer = nights.make_customer(0, "One")
    books = FakeBooks((customer,), mappings={customer.id: (make_mapping(0, PREMIUM, "premium"),)})
    world = World(books)
    world.connections.psa[CONNECTWISE.id] = CONNECTWISE
    words = await read_page(browse, world)
    assert "1 customer is set up; nothing needs you." in words
    assert "The first night starts at 02:00 on Monday 23 November 2026 (Europe/Dublin)." in words
    world.now = nights.STARTED + timedelta(minutes=1)
    words = await read_page(browse, world)
    assert "The first night is due now and starts within 15 minutes." in words


async def test_a_night_that_never_came_and_one_that_never_ends_are_said(browse: Open) -> None:
    world = nights.typical_world()
    world.now += timedelta(days=1)
    assert "The night of Monday 23 November 2026 did not start." in await read_page(browse, world)
    world = nights.running_world()
    world.now += timedelta(hours=9)
    assert "This run has been open for 9 h 3 min and may have stopped." in await read_page(browse, world)


async def test_after_an_extra_run_the_night_is_still_what_is_shown(browse: Open) -> None:
    world = nights.typical_world()
    extra = Run("2026-11-22-001", RunPhase.CLOSED, nights.STARTED, nights.STARTED, totals=Totals(1, 1, 0, 1))
    world.runs.runs = (extra, *world.runs.runs)
    assert "9 customers right; 3 need you; " in await read_page(browse, world)


async def test_a_change_that_was_never_written_and_a_tenant_that_was_never_read_need_somebody(browse: Open) -> None:
    world = nights.quiet_world()
    world.runs.tenants[nights.NIGHT] = [*world.runs.tenants[nights.NIGHT], nights.queued(1)]
    world.runs.pushes = {}
    words = await read_page(browse, world)
    assert "Failed Harbour Dental Group The change was planned and not written in this run." in words
    assert "Unknown A customer that was removed The tenant was not read." in words


async def test_a_push_that_ended_badly_shows_its_problem_and_its_good_lines(browse: Open) -> None:
    world = nights.quiet_world()
    good = nights.wrote("Visio Plan 2", 1, 3, "9005")
    problem = "Addition 9006 is not what was sent: quantity sent 3, found 2."
    world.runs.pushes = {nights.NIGHT: [nights.pushed(0, CustomerState.PARKED, good, problem)]}
    words = await read_page(browse, world)
    assert f"Parked Harbour Dental Group {problem}" in words
    assert "Visio Plan 2 1 → 3 (+2)" in words


async def test_hostile_names_are_text_and_ids_are_not_shown(browse: Open) -> None:
    source = await read_source(browse, nights.hostile_world())
    body = source[source.index("<main") :]
    assert "<script" not in body
    assert "<img" not in body
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; Ltd" in body
    assert "{{ 7 * 7 }}" in body
    assert "0000-4000-8000" not in source
    assert "\x00" not in source
    assert "Asked for this tenant, " in to_words(source)
    assert source.count("<bdi") > 3 * len(nights.HOSTILE_NAMES)


@pytest.mark.parametrize(
    ("query", "span", "held"), [("", "1–50", 49), ("?needs=2", "51–100", 50), ("?needs=999", "5,001–5,001", 1)]
)
async def test_long_lists_come_in_pages(query: str, span: str, held: int, browse: Open) -> None:
    """5,000 that could not be read for one reason are one row; of each a change is held as well."""
    words = await read_page(browse, nights.large_world(), query)
    assert f"{span} of 5,001" in words and "5,000 customers in 5,001 rows" in words
    assert words.count("A decrease waits for a person.") == held
    assert words.count("Microsoft did not answer.") == (query == "")


@pytest.mark.parametrize("query", ["?needs=0", "?needs=-1", "?needs=x", "?needs=999999999999", "?needs=²", "?needs="])
async def test_an_address_that_makes_no_sense_shows_the_first_page(query: str, browse: Open) -> None:
    assert "1–50 of 5,001" in await read_page(browse, nights.large_world(), query)


async def test_closed_nights_before_are_read_once(browse: Open) -> None:
    world = nights.typical_world()
    async with browse(world) as client:
        for _ in range(3):
            await client.get("/", headers=sign_in_headers())
    assert world.runs.calls.count("list_tenants 2026-11-21") == 1
    assert world.runs.calls.count("list_tenants 2026-11-19") == 0, "its totals say that nobody needed anything"
    assert world.runs.calls.count("list_tenants 2026-11-22") == 1


@pytest.mark.parametrize(
    ("totals", "agreements", "said"),
    [
        (Totals(), 0, "Nothing changed, for there was no customer to look at."),
        (Totals(customers=2, unknown=2), 0, "Nothing changed: no licence of 2 customers could be read."),
        (
            Totals(customers=3, read=3, unchanged=3),
            0,
            "Nothing changed. The licences of 3 customers were read, and none of them is mapped to an agreement.",
        ),
        (
            Totals(customers=1, read=1, unchanged=1),
            1,
            "Nothing changed. The licences of 1 customer were read and compared with 1 agreement, which says what it "
            "owes.",
        ),
        (
            Totals(customers=4, read=3, unchanged=2, held=1, unknown=1),
            5,
            "Nothing changed. The licences of 3 of 4 customers were read and compared with 5 agreements.",
        ),
    ],
)
def test_a_night_without_changes_says_what_was_looked_at(totals: Totals, agreements: int, said: str) -> None:
    assert write_nothing_changed(Counts(totals), agreements, is_open=False) == said
