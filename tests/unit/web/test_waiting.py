"""What is held by the night, scheduled, proposed, observed, excluded or written in several steps, on every page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plans.approvals import OpenProposal, ParkedLine
from plans.changes import FinishIntent, HoldRule, Parked
from plans.controls import Controls
from plans.judgement import NightHold, Verdict
from plans.runs import CustomerState, Run, RunPhase, Totals
from profiles.exclusions import LicenceExclusion, TenantExclusion
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import World
from tests.unit.web.pages import read_csv, read_source, read_words
from tests.unit.web.tenants import FLOW, POWER_BI, PREMIUM, create, make_line, make_mapping, make_plan
from tests.unit.web.waiting import PROPOSAL, waiting_world
from web.wording import HOLD_WORDS

RUN = f"/runs/{nights.NIGHT}"


def test_every_rule_has_its_own_words() -> None:
    assert set(HOLD_WORDS) == set(HoldRule)
    assert len(set(HOLD_WORDS.values())) == len(HOLD_WORDS)
    assert not [words for words in HOLD_WORDS.values() if "_" in words]


async def test_what_the_night_holds_is_held_everywhere_and_not_failed(browse: Open) -> None:
    sentence = "10 → 12 Microsoft 365 Business Premium: 7 of 40 customers would go up in one night."
    home = await read_words(browse, waiting_world(), "/")
    assert f"What needs you 1 customer Held Night Holds {sentence}" in home
    diff = await read_words(browse, waiting_world(), f"{RUN}/changes?state=held")
    assert f"10 → 12 (+2) 22 Nov 2026 Held Many increases in one night. {sentence}" in diff
    assert "Would be written when approved A new addition of 2 seats from 22 Nov 2026: price as in the PSA." in diff
    customers = await read_words(browse, waiting_world(), RUN)
    assert f"Night Holds Held {sentence}" in customers
    log = await read_words(browse, waiting_world(), f"{RUN}/log")
    assert "2 agreements to write. 1 line held back. Increases are held: 7 of 40 customers" in log
    licences = await read_words(browse, waiting_world(), "/customers/customer-0")
    assert f"10 → 12 (+2) Held Many increases in one night. {sentence}" in licences
    for words in (home, diff, customers, licences):
        assert "Failed" not in words


async def test_a_pause_holds_in_its_own_words(browse: Open) -> None:
    world = waiting_world()
    paused = NightHold("hash-0", "m-0-premium", HoldRule.PAUSED, "All writing is paused by Ada: audit")
    world.archive.verdicts[nights.NIGHT] = Verdict(nights.NIGHT, (), (paused,))
    words = await read_words(browse, world, f"{RUN}/changes?customer=customer-0")
    assert "Held Writing is paused. 10 → 12 Microsoft 365 Business Premium: All writing is paused by Ada" in words


async def test_a_plan_that_was_judged_and_not_pushed_has_failed_beside_what_is_held(browse: Open) -> None:
    world = waiting_world()
    world.runs.pushes = {}
    words = await read_words(browse, world, f"{RUN}?state=failed")
    assert "Several Writes Failed The change was planned and not written in this run." in words
    assert "Night Holds" not in words


async def test_an_open_run_counts_what_its_night_holds(browse: Open) -> None:
    world = waiting_world()
    world.runs.runs = (Run(nights.NIGHT, RunPhase.PUSHING, nights.STARTED),)
    world.runs.pushes = {}
    words = await read_words(browse, world, "/")
    assert "Changing 2 Scheduled 1 Held 1" in words
    assert "Writing: 0 of 2 agreements" in words
    diff = await read_words(browse, world, f"{RUN}/changes?customer=customer-3")
    assert "To be written More seats are owed." in diff


async def test_scheduled_parts_and_proposals_stand_below_their_line(browse: Open) -> None:
    words = await read_words(browse, waiting_world(), f"{RUN}/changes?state=scheduled")
    assert "12 → 8 (−4) 1 Dec 2026 Scheduled Scheduled 8 seats from 1 Dec 2026, writable on 2 Dec 2026." in words
    assert "Credit proposal 2 seats were invoiced from 1 Oct 2026 through 31 Oct 2026 and not owed: 44.00 EUR." in words
    assert "1 of 5 agreements" in await read_words(browse, waiting_world(), f"{RUN}/changes?state=proposed")
    home = await read_words(browse, waiting_world(), "/")
    assert "1 change is scheduled, for 1 Dec 2026." in home


async def test_an_agreement_that_changed_is_found_by_what_of_it_is_scheduled(browse: Open) -> None:
    world = waiting_world()
    tenants = list(world.runs.tenants[nights.NIGHT])
    scheduled = tenants[1].agreements[0].scheduled
    tenants[3] = nights.planned(3, replace(tenants[3].agreements[0], scheduled=scheduled))
    world.runs.tenants[nights.NIGHT] = tenants
    assert "2 of 5 agreements" in await read_words(browse, world, f"{RUN}/changes?state=scheduled")
    assert "2 changes are scheduled, the next for 1 Dec 2026." in await read_words(browse, world, "/")


async def test_several_writes_stand_below_one_line_with_every_field(browse: Open) -> None:
    words = await read_words(browse, waiting_world(), f"{RUN}/changes?customer=customer-3")
    assert "Microsoft 365 Business Premium product 501 10 → 12 (+2) 22 Nov 2026 Changed More seats are owed." in words
    assert "Written as addition 9001, read back and verified." in words
    assert "A new addition of 1 seat from 22 Nov 2026 through 30 Nov 2026: price 22.00 EUR." in words
    assert (
        "On agreement 499, addition 9001 changes from 1 Dec 2026 on: seats 10→11, price 20.00 EUR→22.00 EUR, "
        "billing billable→no charge, text “Aoife Ben”." in words
    )
    assert "Service 77 is adjusted from 1 Dec 2026 on: seats 11→12, price 22.00 EUR." in words


async def test_a_push_that_stopped_half_way_says_what_it_wrote_and_why_it_stopped(browse: Open) -> None:
    world = waiting_world()
    first = nights.wrote("Microsoft 365 Business Premium", 10, 11, "9001", "m-3-premium")
    problem = "Addition 9002 was refused."
    world.runs.pushes = {nights.NIGHT: [nights.pushed(3, CustomerState.FAILED, first, problem)]}
    words = await read_words(browse, world, f"{RUN}/changes?customer=customer-3")
    assert f"Failed More seats are owed. Written as addition 9001, read back and verified. {problem}" in words


async def test_both_halves_of_a_transfer_name_each_other(browse: Open) -> None:
    words = await read_words(browse, waiting_world(), f"{RUN}/changes?customer=customer-4")
    assert "Transfer One transfer: takes over from Visio Plan 2." in words
    assert "Transfer One transfer: goes over to Microsoft 365 Business Premium." in words
    assert "Addition 9010 changes: through 30 Nov 2026." in words


async def test_what_moved_on_the_same_night_is_shown_as_one_transfer(browse: Open) -> None:
    world = waiting_world()
    plan = world.archive.plans["hash-4"]
    lines = tuple(replace(line, transfer=(), moves_with=("m-4-gone",)) for line in plan.lines)
    world.archive.plans["hash-4"] = replace(plan, lines=lines)
    words = await read_words(browse, world, f"{RUN}/changes?customer=customer-4")
    assert "One transfer: moved against a mapping that was removed on the same night." in words


async def test_an_observed_customer_is_shown_and_needs_nobody(browse: Open) -> None:
    words = await read_words(browse, waiting_world(), f"{RUN}/changes?state=observed")
    assert "Observed Ltd Microsoft 365 (agreement 402) Observed: not written" in words
    assert "Observed More seats are owed. Observed: not written. Would be written A new addition of 2 seats" in words
    assert (
        "Observed Large drop. 14 → 9 Exchange: too much. Observed: not written. Story of addition 9004 "
        "Would be written Addition 9004" in words
    )
    customers = await read_words(browse, waiting_world(), "/customers?state=observed")
    assert "Observed Ltd 2 1 0 Unchanged Observed" in customers
    customer = await read_words(browse, waiting_world(), "/customers/customer-2")
    assert "Observed Ltd Observed: not written Switch it to live last night" in customer
    assert "10 → 12 (+2) Observed More seats are owed. Observed: not written." in customer
    assert "Nothing of this customer waits." in await read_words(
        browse, waiting_world(), "/customers/customer-2/waiting"
    )


async def test_an_observed_customer_whose_line_is_parked_needs_somebody(browse: Open) -> None:
    world = waiting_world()
    tenants = list(world.runs.tenants[nights.NIGHT])
    own = tenants[2].agreements[0]
    line = ParkedLine("m-2", "Business Premium", "Addition 9004 was changed.")
    parked = replace(own, state=CustomerState.PARKED, sentences=(*own.sentences, line.sentence), parked=(line,))
    tenants[2] = nights.planned(2, parked)
    world.runs.tenants[nights.NIGHT] = tenants
    words = await read_words(browse, world, "/customers/customer-2/waiting")
    assert "Waiting for you Parked Addition 9004 was changed." in words
    assert "Observed: 10" not in words
    assert "too much" not in words


async def test_a_line_that_is_parked_because_its_agreement_ended_leads_to_moving_it(browse: Open) -> None:
    """No addition of it can be accepted there: every licence of the agreement goes to the next one in one step."""
    world = waiting_world()
    tenants = list(world.runs.tenants[nights.NIGHT])
    own = tenants[2].agreements[0]
    mapping = world.books.mappings["customer-2"][0]
    sentence = f"Agreement {mapping.agreement_id} ended on 31 Oct 2026. Map the licence to the one after it."
    line = ParkedLine(mapping.id, "Business Premium", sentence)
    parked = replace(own, state=CustomerState.PARKED, sentences=(*own.sentences, sentence), parked=(line,))
    tenants[2] = nights.planned(2, parked)
    world.runs.tenants[nights.NIGHT] = tenants
    page = await read_source(browse, world, "/customers/customer-2/waiting")
    assert f'href="/customers/customer-2/agreements/{mapping.agreement_id}/move"' in page


async def test_the_waiting_tab_lists_what_is_scheduled_and_proposals_until_they_are_ticked_off(browse: Open) -> None:
    world = waiting_world()
    words = await read_words(browse, world, "/customers/customer-1/waiting")
    assert "Waiting 2" in words
    assert "Scheduled Scheduled Visio Plan 2: 8 seats from 1 Dec 2026" in words
    assert "Writable on 2 Dec 2026" in words
    assert "Credit proposal Visio Plan 2 2 seats were invoiced from 1 Oct 2026 through 31 Oct 2026" in words
    line = world.runs.tenants[nights.NIGHT][1].agreements[0].proposals[0]
    settled = OpenProposal("customer-1", "", "401", nights.STARTED, line, "Ada", nights.STARTED, "INV-7")
    world.open_items.proposals = (replace(settled, settled_by=None), replace(settled, customer_id="customer-9"))
    assert "Credit proposal" in await read_words(browse, world, "/customers/customer-1/waiting")
    world.open_items.proposals = (settled,)
    words = await read_words(browse, world, "/customers/customer-1/waiting")
    assert "Waiting 1" in words
    assert "Credit proposal" not in words
    assert PROPOSAL.seats == 2


async def test_kept_proposals_are_asked_for_only_where_there_is_one(browse: Open) -> None:
    world = waiting_world()
    await read_words(browse, world, "/customers/customer-3")
    assert world.open_items.calls == ["list_holds"]


async def test_licences_say_scheduled_with_the_sentence(browse: Open) -> None:
    words = await read_words(browse, waiting_world(), "/customers/customer-1")
    assert "12 → 8 (−4) Scheduled 8 seats from 1 Dec 2026, writable on 2 Dec 2026. 12 → 8 Visio Plan 2" in words
    why = await read_words(browse, waiting_world(), "/customers/customer-1?why=m-1-visio")
    assert "Scheduled: 8 seats from 1 Dec 2026" in why
    assert "Credit proposal: 2 seats were invoiced" in why


async def test_a_sync_after_the_night_is_what_the_customer_shows(browse: Open) -> None:
    world = waiting_world()
    started = nights.STARTED.replace(hour=7)
    extra = replace(nights.closed_run(Totals(1, 1, 0, 1), "2026-11-22-001", started))
    other = replace(extra, id="2026-11-22-002", started_at=started.replace(hour=8))
    world.runs.runs = (other, extra, *world.runs.runs)
    unchanged = nights.plan(0, CustomerState.UNCHANGED)
    world.runs.tenants["2026-11-22-001"] = [nights.planned(0, replace(unchanged, plan_hash="hash-new"))]
    world.archive.plans["hash-new"] = replace(world.archive.plans["hash-0"], lines=())
    words = await read_words(browse, world, "/customers/customer-0")
    assert "Unchanged Sync of 22 Nov 2026, no. 1" in words
    assert "last night" in await read_words(browse, world, "/customers/customer-1")


async def test_what_is_excluded_everywhere_is_not_unmapped(browse: Open) -> None:
    world = nights.typical_world()
    tenant = TenantExclusion(nights.make_tenant_id(5).upper(), "a school")
    world.profiles.controls = Controls(exclusions=(LicenceExclusion(FLOW.upper(), "it is free"), tenant))
    source = await read_source(browse, world, "/customers/customer-0")
    words = await read_words(browse, world, "/customers/customer-0?why=FLOW_FREE")
    assert source.index("Power BI Pro") < source.index("FLOW_FREE")
    assert "Do not bill (everywhere)" in words
    assert "This licence is billed nowhere: it is free." in words
    rows = await read_csv(browse, world, "/customers/customer-5/licences.csv")
    words_of = {row[1]: row[10:] for row in rows[1:]}
    assert words_of["FLOW_FREE"][0] == "Do not bill (everywhere)"
    assert words_of["POWER_BI_PRO"][0] == words_of["SPB"][0] == "Do not bill (whole tenant)"
    assert "Nothing of this tenant is billed: a school." in words_of["SPB"][1]
    listed = await read_csv(browse, world, "/customers.csv")
    assert {row[0]: row[3] for row in listed}["Blackrock Joinery"] == "0"
    world.profiles.controls = Controls(exclusions=(LicenceExclusion(POWER_BI), LicenceExclusion(PREMIUM)))
    words = await read_words(browse, world, "/customers/customer-5")
    assert "Business Premium per seat Microsoft 365 (agreement 405) 12 Do not bill (everywhere)" in words


async def test_an_excluded_licence_that_still_moves_shows_that(browse: Open) -> None:
    world = nights.typical_world()
    world.profiles.controls = Controls(exclusions=(LicenceExclusion(PREMIUM),))
    words = await read_words(browse, world, "/customers/customer-2")
    assert "14 → 9 (−5) Held Large drop. 14 → 9" in words


@pytest.mark.parametrize(
    ("before", "owed", "words"),
    [
        (10, 8, "8 were counted: a decrease waits until a second night has seen it."),
        (10, 12, "12 were counted, and the agreement owes no more yet."),
        (10, 10, "The agreement already says what is owed."),
    ],
)
async def test_an_unchanged_line_says_what_was_counted(before: int, owed: int, words: str, browse: Open) -> None:
    world = nights.typical_world()
    line = world.archive.plans["hash-5"].lines[0]
    world.archive.plans["hash-5"] = make_plan(5, replace(line, quantity_billed=before, quantity_owed=owed))
    assert words in await read_words(browse, world, f"{RUN}/changes?customer=customer-5")


async def test_a_promise_is_found_out_about_and_a_parked_line_keeps_what_it_bills(browse: Open) -> None:
    world: World = nights.typical_world()
    mapping = make_mapping(0, PREMIUM, "premium")
    promised = make_line(mapping, 10, 12, FinishIntent(create(2, "501")))
    parked = make_line(replace(mapping, id="m-0-parked"), 10, 12, Parked("Somebody edited it."))
    world.archive.plans["hash-0"] = make_plan(0, promised, parked)
    words = await read_words(browse, world, f"{RUN}/changes?customer=customer-0")
    assert "it is looked for, and not sent again." in words
    assert "Promised A new addition of 2 seats from 22 Nov 2026" in words
    assert "product 501 10 Parked Somebody edited it." in words


async def test_history_does_not_repeat_the_licence(browse: Open) -> None:
    words = await read_words(browse, nights.typical_world(), "/customers/customer-0/history")
    assert "Microsoft 365 Business Premium 11 → 12: addition 9002 written, read back and verified." in words
    assert "Microsoft 365 Business Premium Microsoft 365 Business Premium" not in words
