"""The list of runs, and one run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from plans.runs import CustomerState, Run, RunPhase, Totals, Waiting
from plans.traffic import Traffic
from profiles.billing import BillableOption, BillingProfile
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import FakeRuns, World, sign_in_headers
from tests.unit.web.pages import read_csv, read_source, read_words

RUN = f"/runs/{nights.NIGHT}"
POLLING = 'hx-trigger="every 2s"'


async def test_runs_stand_with_the_time_of_each_phase(browse: Open) -> None:
    world = nights.typical_world()
    old = replace(nights.closed_run(Totals(), "2026-11-18-002"), judged_at=None)
    world.runs.runs = (*world.runs.runs, old)
    words = await read_words(browse, world, "/runs")
    assert "4 nights and 1 sync." in words
    assert "Night of 22 Nov 2026 Not all right 02:00 11 min 2 s 3 min 3 s 14 min 5 s 12 2 3 3" in words
    assert "Sync of 18 Nov 2026, no. 2 Empty 02:00 14 min 5 s 0 0 0 0" in words
    world.runs.runs = (*world.runs.runs[:-1], replace(old, is_given_up=True))
    assert "Sync of 18 Nov 2026, no. 2 Did not end 02:00" in await read_words(browse, world, "/runs")


@pytest.mark.parametrize(
    ("query", "runs"),
    [
        ("", 4),
        ("?state=needed", 3),
        ("?state=changed", 1),
        ("?state=running", 0),
        ("?state=sync", 0),
        ("?sort=writes", 4),
    ],
)
async def test_the_address_holds_the_filter_and_the_file_says_the_same(query: str, runs: int, browse: Open) -> None:
    world = nights.typical_world()
    source = await read_source(browse, world, f"/runs{query}")
    rows = await read_csv(browse, world, f"/runs.csv{query}")
    assert source.count('<a class="row-link"') == runs == len(rows) - 1
    assert rows[0][2] == "Started (Europe/Dublin)"
    if runs:
        assert rows[1][:6] == ["Night of 22 Nov 2026", "Not all right", "2026-11-22 02:00:03", "662", "183", "845"]


async def test_an_open_run_shows_how_long_it_reads(browse: Open) -> None:
    words = await read_words(browse, nights.running_world(), "/runs")
    assert "4 nights; 1 running." in words
    assert "Night of 22 Nov 2026 Reading 02:00 3 min 12 s 3 min 12 s – – – –" in words
    world = nights.running_world(RunPhase.PUSHING)
    assert "Night of 22 Nov 2026 Writing 02:00" in await read_words(browse, world, "/runs")


async def test_a_line_names_its_product_where_a_profile_knows_it(browse: Open) -> None:
    world = nights.typical_world()
    profile = BillingProfile(
        "p", "Visio", "connectwise-1", "503", BillableOption.BILLABLE, product_name="Visio\nPlan 2, a seat"
    )
    world.profiles.profiles = {"p": profile}
    rows = await read_csv(browse, world, f"{RUN}/changes.csv")
    named = {row[3] for row in rows[1:] if row[2] == "Visio Plan 2"}
    assert named == {"Visio Plan 2, a seat"}
    assert "Visio Plan 2 Visio Plan 2, a seat" in await read_words(browse, world, f"{RUN}/changes")


async def test_before_the_first_run(browse: Open) -> None:
    assert "The first night runs by itself." in await read_words(browse, World(), "/runs")


@pytest.mark.parametrize("run_id", ["2026-11-01", "2026-99-99", "x", "2026-11-22-000x", "%2e%2e"])
@pytest.mark.parametrize("tab", ["", "/changes", "/log", "/customers.csv"])
async def test_a_run_that_is_not_there_is_no_page(run_id: str, tab: str, browse: Open) -> None:
    async with browse(nights.typical_world()) as client:
        answer = await client.get(f"/runs/{run_id}{tab}", headers=sign_in_headers())
    assert answer.status_code == 404


async def test_a_run_shows_its_customers_worst_first(browse: Open) -> None:
    source = await read_source(browse, nights.typical_world(), RUN)
    words = await read_words(browse, nights.typical_world(), RUN)
    assert "Night of Sunday 22 November 2026 9 customers right; 3 need you." in words
    assert "took 14 min 5 s · reading 11 min 2 s, writing 3 min 3 s" in words
    order = [words.index(name) for name in ("Fjord Logistics", "Lumen Optics", "Northwind Legal", "Harbour Dental")]
    assert order == sorted(order)
    assert "10 → 12 (+2) Microsoft 365 Business Premium from 22 Nov 2026 · addition 9002" in words
    assert POLLING not in source


async def test_customers_of_a_run_are_filtered_and_the_file_says_the_same(browse: Open) -> None:
    world = nights.typical_world()
    assert "3 of 12 customers" in await read_words(browse, world, f"{RUN}?state=needed")
    rows = await read_csv(browse, world, f"{RUN}/customers.csv?state=changed")
    assert rows[1] == [
        "Harbour Dental Group", "Changed", "Microsoft 365 Business Premium", "10", "12",
        "from 22 Nov 2026 · addition 9002",
    ]  # fmt: skip
    assert [row[0] for row in rows[1:]] == ["Harbour Dental Group"] * 2 + ["Kestrel Architects"]
    whole = await read_csv(browse, world, f"{RUN}/customers.csv")
    assert len({row[0] for row in whole[1:]}) == 12


async def test_an_open_run_asks_for_itself_with_what_the_address_holds(browse: Open) -> None:
    source = await read_source(browse, nights.running_world(), f"{RUN}?q=har&state=changed")
    assert POLLING in source
    assert f'hx-get="{RUN}?q=har&amp;state=changed"' in source
    assert "Reading and planning: 3 of 12 customers" in source
    assert ">Changing<" in source


async def test_the_diff_shows_what_moves_and_folds_what_does_not(browse: Open) -> None:
    world = nights.typical_world()
    source = await read_source(browse, world, f"{RUN}/changes")
    words = await read_words(browse, world, f"{RUN}/changes")
    assert "4 of 11 agreements" in words
    assert "/customers/customer-3/waiting" in source and "take the line over by hand. See what to do about it" in words
    assert (
        "Microsoft 365 Business Premium product 501 14 → 9 (−5) 1 Dec 2026 Held Large drop. "
        "14 → 9 Microsoft 365 Business Premium: a decrease waits for a person. Decide about it Story of addition 9001 "
        "Would be written when approved "
        "Addition 9001 changes from 1 Dec 2026 on: seats 14→9." in words
    )
    assert "product 502 0 → 12 (+12) 22 Nov 2026 Changed The first addition of this licence." in words
    assert "Writes A new addition of 12 seats from 22 Nov 2026: price 4.20 EUR." in words
    assert "Written as addition 9003, read back and verified." in words
    assert source.count("<details") == 4
    assert sum(call.startswith("read_plan") for call in world.archive.calls) == 8, "only those of the screen, twice"


async def test_the_diff_of_one_customer_shows_all_its_agreements(browse: Open) -> None:
    words = await read_words(browse, nights.typical_world(), f"{RUN}/changes?customer=customer-5")
    assert "Only Blackrock Joinery ." in words
    assert "2 lines unchanged" in words
    unchanged = await read_words(browse, nights.typical_world(), f"{RUN}/changes?state=unchanged")
    assert "7 of 11 agreements" in unchanged


async def test_the_file_of_the_diff_has_every_line(browse: Open) -> None:
    rows = await read_csv(browse, nights.typical_world(), f"{RUN}/changes.csv?q=kestrel")
    assert rows[1][:8] == [
        "Kestrel Architects", "Microsoft 365 (agreement 401)", "Visio Plan 2", "product 503", "1", "3", "2026-11-22",
        "Changed",
    ]  # fmt: skip
    assert rows[2][2:8] == ["Microsoft 365 Business Premium", "product 501", "12", "12", "", "Unchanged"]
    held = await read_csv(browse, nights.typical_world(), f"{RUN}/changes.csv?state=held")
    assert held[1][4:9] == ["14", "9", "2026-12-01", "Held", "Large drop"]
    assert held[1][11] == "Would be written when approved: Addition 9001 changes from 1 Dec 2026 on: seats 14→9."


async def test_a_change_that_was_not_written_says_so(browse: Open) -> None:
    world = nights.typical_world()
    problem = "Addition 9006 is not what was sent: quantity sent 3, found 2."
    world.runs.pushes = {nights.NIGHT: [nights.pushed(1, CustomerState.PARKED, problem)]}
    words = await read_words(browse, world, f"{RUN}/changes")
    assert "Failed The first addition of this licence" in words
    assert "The change was planned and not written in this run." in words
    assert f"Parked More seats are owed. {problem}" in words
    log = await read_words(browse, world, f"{RUN}/log")
    assert f"02:11:32 Written Kestrel Architects {problem}" in log


async def test_an_agreement_that_was_not_planned_says_why(browse: Open) -> None:
    world = nights.typical_world()
    failed = replace(nights.plan(5, CustomerState.FAILED, "PSA could not be read tonight."), plan_hash="")
    world.runs.tenants[nights.NIGHT][5] = nights.planned(5, failed)  # type: ignore[index]
    words = await read_words(browse, world, f"{RUN}/changes?state=failed")
    assert "Blackrock Joinery Microsoft 365 (agreement 405) Failed PSA could not be read tonight." in words


async def test_the_log_says_what_happened_when(browse: Open) -> None:
    world = nights.typical_world()
    words = await read_words(browse, world, f"{RUN}/log")
    steps = (
        "02:00:03 Opened The run opened with 12 tenants to read.",
        "02:02:03 Read and planned Harbour Dental Group 1 agreement: 2 changes planned.",
        "02:03:23 Not read Fjord Logistics Reading subscribed licences was refused with 403.",
        "02:11:05 Judged Every plan was judged together: 2 agreements to write.",
        "02:11:23 Written Harbour Dental Group Microsoft 365 Business Premium 10→12 (+2), from 22 Nov 2026 · "
        "addition 9002, read back and verified.",
        "02:14:08 Closed 9 customers right; 3 need you.",
    )
    places = [words.index(step) for step in steps]
    assert places == sorted(places)
    rows = await read_csv(browse, world, f"{RUN}/log.csv?state=not-read")
    assert rows[1][:3] == ["2026-11-22 02:03:23", "Not read", "Fjord Logistics"]


async def test_times_that_an_older_run_did_not_keep_are_left_open(browse: Open) -> None:
    world = nights.typical_world()
    tenants = world.runs.tenants[nights.NIGHT]
    world.runs.tenants[nights.NIGHT] = [replace(tenant, ended_at=None) for tenant in tenants]
    world.runs.runs = (replace(world.runs.runs[0], judged_at=None), *world.runs.runs[1:])
    words = await read_words(browse, world, f"{RUN}/log")
    assert words.index("Opened The run") < words.index("Read and planned Alder") < words.index("Judged Every")


async def test_large_runs_come_in_pages_and_only_the_plans_of_the_screen_are_fetched(browse: Open) -> None:
    world = nights.large_world()
    words = await read_words(browse, world, f"{RUN}/changes?page=2")
    assert "51–100 of 5,000" in words
    assert sum(call.startswith("read_plan") for call in world.archive.calls) == 50
    assert "4,951–5,000 of 5,000" in await read_words(browse, world, f"{RUN}?page=100")


async def test_a_run_that_has_just_opened_says_what_comes(browse: Open) -> None:
    world = World(runs=FakeRuns((Run(nights.NIGHT, RunPhase.READING, nights.STARTED),)))
    world.now = nights.STARTED + timedelta(seconds=5)
    assert "No customer has been queued yet" in await read_words(browse, world, RUN)
    assert "Nothing has been planned yet." in await read_words(browse, world, f"{RUN}/changes")
    world.runs.runs = (nights.closed_run(Totals()),)
    assert "This run had no customer to read." in await read_words(browse, world, RUN)


async def test_hostile_names_are_text_in_every_tab_and_file(browse: Open) -> None:
    world = nights.hostile_world()
    for tab in ("", "/changes", "/log"):
        source = await read_source(browse, world, RUN + tab)
        assert "<script>alert" not in source
        assert "<img src=x" not in source
        assert "0000-4000-8000" not in source[source.index("<main") :]
        rows = await read_csv(browse, world, f"{RUN}{tab or '/customers'}.csv")
        assert not [cell for row in rows[1:] for cell in row if cell.startswith(("=", "+", "@", "\t", "\r"))]
        assert "0000-4000-8000" not in str(rows)


async def test_home_leads_to_customers_and_runs(browse: Open) -> None:
    source = await read_source(browse, nights.typical_world(), "/")
    for address in (
        "/customers/customer-2/waiting",
        "/runs/2026-11-22/changes?customer=customer-0",
        "/runs/2026-11-22?state=held",
        "/runs/2026-11-22/log?state=read",
        '/runs/2026-11-22"',
    ):
        assert f'href="{address}' in source
    world = nights.typical_world()
    world.books.customers = ()
    words = await read_words(browse, world, "/")
    assert "A customer that was removed" in words
    assert "/customers/customer-" not in await read_source(browse, world, "/")


async def test_a_run_says_what_it_asked_of_the_outside(browse: Open) -> None:
    world = nights.typical_world()
    assert "to Microsoft and the PSA" not in await read_words(browse, world, RUN)
    world.runs.traffic = {nights.NIGHT: Traffic(1204, 3, 2, 41_200)}
    words = await read_words(browse, world, RUN)
    assert (
        "1,204 requests to Microsoft and the PSA, 3 of them repeated after waiting 41 s in all; "
        "2 answers said that we ask too much" in words
    )
    world.runs.traffic = {nights.NIGHT: Traffic(calls=1)}
    assert "1 request to Microsoft and the PSA" in await read_words(browse, world, RUN)


async def test_a_run_says_which_psa_it_could_not_wait_for_and_which_run_follows(browse: Open) -> None:
    world = nights.typical_world()
    at = nights.typical_world().runs.runs[0].started_at
    wait = Waiting("at", "Autotask: 7600 of 10000.", at, at, is_given_up=True, follow_up=f"{nights.NIGHT}-009")
    world.runs.waiting = {nights.NIGHT: (wait,)}
    words = await read_words(browse, world, RUN)
    assert f"Nothing was planned for its customers. Run {nights.NIGHT}-009 reads them once there is room." in words


async def test_a_customer_of_which_nothing_is_mapped_is_not_called_right(browse: Open) -> None:
    world = nights.typical_world()
    rows = world.runs.tenants[nights.NIGHT]
    world.runs.tenants[nights.NIGHT] = [
        replace(each, agreements=()) if "customer-11" in each.customer_ids else each for each in rows
    ]
    words = await read_words(browse, world, f"/runs/{nights.NIGHT}")
    assert (
        "Orchard Care Homes Nothing mapped Nothing of it is mapped: see its licences" in words
        and "Unchanged Every line is right" in words
    )
