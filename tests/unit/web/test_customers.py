"""The list of customers, and one customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from plans.runs import RunPhase
from profiles.billing import Basis, CountOptions
from profiles.holdings import Holding
from profiles.licences import MailboxReport, SharedMailbox, SubscriptionStatus, Term, UnreadMailboxes
from tests.unit.web import nights, tenants
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import FakeBooks, World, sign_in_headers
from tests.unit.web.pages import read_csv, read_source, read_words
from tests.unit.web.tenants import PREMIUM, make_mapping
from web.pages.licence_seats import write_directory


async def test_every_customer_stands_there_with_the_last_night_in_a_word(browse: Open) -> None:
    words = await read_words(browse, nights.typical_world(), "/customers")
    assert "12 customers; 3 need you; 9 licences unmapped." in words
    assert "As the night of Sunday 22 November 2026 left them at 02:14 (Europe/Dublin)" in words
    assert "Northwind Legal customer2.example 3 0 36 Held 20 Nov 2026" in words
    assert "Fjord Logistics customer4.example 2 not read 24 Unknown Last night" in words
    assert "Harbour Dental Group customer0.example 3 0 24 Changed" in words


async def test_a_term_that_was_bought_after_the_split_counts_as_unmapped(browse: Open) -> None:
    """Harbour Dental has everything mapped; then its Premium by annual term only, and monthly seats are bought."""
    world, unmapped = nights.typical_world(), "/customers?state=unmapped"
    assert "Unmapped 9 " in await read_words(browse, world, "/")
    assert "Harbour Dental" not in await read_words(browse, world, unmapped)
    first, *others = world.books.mappings["customer-0"]
    world.books.mappings["customer-0"] = (replace(first, part=Term.ANNUAL), *others)
    bought = (Holding(PREMIUM, "SPB", 12, 9, ((Term.ANNUAL, 10), (Term.MONTHLY, 2))),)
    rows = world.runs.tenants[nights.NIGHT]
    world.runs.tenants[nights.NIGHT] = [
        replace(each, holdings=bought) if "customer-0" in each.customer_ids else each for each in rows
    ]
    assert "Harbour Dental Group customer0.example 3 1 24" in await read_words(browse, world, unmapped)
    assert "10 licences unmapped" in await read_words(browse, world, "/customers")
    assert "Unmapped 10 " in await read_words(browse, world, "/")


@pytest.mark.parametrize(
    ("query", "first", "how_many"),
    [
        ("", "Alder & Finch Accountants", "12 customers"),
        ("?q=GROUP+harbour", "Harbour Dental Group", "1 of 12 customers"),
        ("?q=customer11.example", "Orchard Care Homes", "1 of 12 customers"),
        ("?state=held", "Northwind Legal", "1 of 12 customers"),
        ("?state=needed", "Fjord Logistics", "3 of 12 customers"),
        ("?state=unmapped", "Alder & Finch Accountants", "9 of 12 customers"),
        ("?sort=seats", "Northwind Legal", "12 customers"),
        ("?sort=-name", "Tidewater Insurance", "12 customers"),
        ("?sort=since", "Northwind Legal", "12 customers"),
        ("?sort=state", "Fjord Logistics", "12 customers"),
        ("?sort=nonsense&page=x", "Alder & Finch Accountants", "12 customers"),
    ],
)
async def test_the_address_holds_search_filter_and_order_and_the_file_says_the_same(
    query: str, first: str, how_many: str, browse: Open
) -> None:
    world = nights.typical_world()
    source = await read_source(browse, world, f"/customers{query}")
    rows = await read_csv(browse, world, f"/customers.csv{query}")
    assert f">{how_many}<" in source
    assert source.index(first.replace("&", "&amp;")) > source.index("<tbody")
    assert rows[1][0] == first
    assert source.count("<tr>") == len(rows)


async def test_a_search_that_finds_nothing_leads_back(browse: Open) -> None:
    words = await read_words(browse, nights.typical_world(), "/customers?q=zzz&state=held")
    assert "Nothing here matches “ zzz ” with this filter. Show everything" in words


async def test_before_anything_is_set_up_and_before_the_first_night(browse: Open) -> None:
    assert "No customer is set up yet." in await read_words(browse, World(), "/customers")
    world = World(FakeBooks((nights.make_customer(0, "One"),)))
    words = await read_words(browse, world, "/customers")
    assert "No night has run yet." in words
    assert "One 0 not read 0 Not read yet" in words


async def test_five_thousand_customers_come_in_pages_and_are_asked_for_each_time(browse: Open) -> None:
    world = nights.large_world()
    async with browse(world) as client:
        first = await client.get("/customers?page=100", headers=sign_in_headers())
        second = await client.get("/customers?q=00042", headers=sign_in_headers())
    assert "4,951–5,000 of 5,000" in first.text
    assert "Customer 00042" in second.text
    assert world.books.calls == ["list_overviews"] * 2
    assert world.runs.calls.count("list_tenants 2026-11-22") == 1
    assert len(await read_csv(browse, world, "/customers.csv")) == 5001


async def test_a_running_night_is_not_taken_for_the_last_one(browse: Open) -> None:
    words = await read_words(browse, nights.running_world(), "/customers")
    assert "As the night of Saturday 21 November 2026" in words


async def test_hostile_names_are_text_in_page_and_file(browse: Open) -> None:
    world = nights.hostile_world()
    names = ("=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", 'Plain, "quoted"')
    own = [replace(customer, name=name) for customer, name in zip(world.books.customers, names, strict=False)]
    world.books.customers = (*own, *world.books.customers[len(own) :])
    source = await read_source(browse, world, "/customers")
    rows = await read_csv(browse, world, "/customers.csv")
    assert "<script>alert" not in source
    assert "0000-4000-8000" not in source[source.index("<main") :]
    cells = {row[0] for row in rows}
    assert {"'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(1)", "'=1", 'Plain, "quoted"'} <= cells
    assert all(row[1].startswith("'=cmd|") for row in rows[1:])
    assert {row[4] for row in rows[1:]} == {"0"}


@pytest.mark.parametrize("path", ["", "/licences.csv", "/users", "/users.csv", "/history", "/history.csv", "/waiting"])
async def test_a_customer_that_is_not_there_is_no_page(path: str, browse: Open) -> None:
    for customer_id in ("nobody", "a'b", "%00", "…"):
        async with browse(nights.typical_world()) as client:
            answer = await client.get(f"/customers/{customer_id}{path}", headers=sign_in_headers())
        assert answer.status_code == 404


async def test_licences_stand_unmapped_first_with_what_is_billed(browse: Open) -> None:
    words = await read_words(browse, nights.typical_world(), "/customers/customer-0")
    assert "Licences as read on Sunday 22 November 2026 at 02:04 (Europe/Dublin)" in words
    places = [words.index(each) for each in ("Power BI Pro", "Exchange Online (Plan 1)", "FLOW_FREE", "Visio Plan 2")]
    assert places == sorted(places)
    assert (
        "Microsoft 365 Business Premium SPB 10 annual · 2 monthly 12 11 1 Business Premium per seat "
        "Microsoft 365 (agreement 400) 10 → 12 (+2) Changed" in words
    )
    assert "Visio Plan 2 VISIOCLIENT 3 active 3 4 −1 Visio, annual Microsoft 365 (agreement 400) 0 Do not bill" in words


async def test_every_quantity_opens_its_why(browse: Open) -> None:
    world = nights.typical_world()
    words = await read_words(browse, world, "/customers/customer-0?why=m-0-premium")
    assert "Annual term: 10 seats, active in Partner Center, renews on 3 Mar 2027." in words
    assert "Billed by seats purchased: 12, so 12 to bill." in words
    assert "Product 501 on this agreement: 10→12 (+2) from 22 Nov 2026." in words
    assert "Written as addition 9002, read back and verified." in words
    words = await read_words(browse, world, "/customers/customer-0?why=POWER_BI_PRO")
    assert "No mapping bills this licence" in words
    words = await read_words(browse, world, "/customers/customer-0?why=m-0-visio")
    assert "This licence is not billed: its mapping says so." in words
    assert "More seats are assigned than were bought" in words


async def test_where_only_the_directory_is_read_its_subscriptions_are_told(browse: Open) -> None:
    """What a reseller without Partner Center sees of one: seats, state and the day on which it ends or renews."""
    words = await read_words(browse, nights.typical_world(), "/customers/customer-0?why=m-0-visio")
    assert "Subscription: 3 seats, active in the directory" in words
    bought = replace(
        tenants.make_snapshot(nights.make_tenant_id(0)).subscriptions[0],
        next_lifecycle_at=datetime(2027, 3, 3, tzinfo=UTC),
    )
    assert write_directory(bought).endswith("active in the directory; it ends on 3 Mar 2027 unless it is renewed.")
    lapsed = replace(bought, status=SubscriptionStatus.SUSPENDED, seats=1, is_trial=True)
    assert write_directory(lapsed) == (
        "Trial: 1 seat, suspended in the directory; it goes on to its next state on 3 Mar 2027 unless it is renewed."
    )
    assert write_directory(replace(bought, next_lifecycle_at=None)).endswith("active in the directory, without an end.")


async def test_counting_rules_are_said(browse: Open) -> None:
    world = nights.typical_world()
    options = {
        "basis": Basis.ASSIGNED, "included": 2, "minimum": 3, "maximum": 20,
        "count": CountOptions(disabled_users=False, guests=False),
    }  # fmt: skip
    split = make_mapping(0, PREMIUM, "gone", part=Term.MONTHLY)
    world.books.mappings["customer-0"] = (make_mapping(0, PREMIUM, "premium", **options), split)
    words = await read_words(browse, world, "/customers/customer-0?why=m-0-premium")
    assert (
        "Billed by seats assigned: 10, without disabled users and guests, less 2 included, at least 3 and at most 20, "
        "so 8 to bill." in words
    )
    words = await read_words(browse, world, "/customers/customer-0?why=m-0-gone")
    assert "Microsoft 365 Business Premium, monthly only SPB 2 monthly 2 11 all terms – not known by term" in words
    assert "6 lines of 5 licences" in words
    assert "Billed by seats purchased: 2, so 2 to bill." in words


async def test_an_unread_tenant_shows_the_reading_before_and_why(browse: Open) -> None:
    world = nights.typical_world()
    words = await read_words(browse, world, "/customers/customer-4")
    assert "the licences and users below are 1 day older" in words
    assert "Waiting 1" in words
    waiting = await read_words(browse, world, "/customers/customer-4/waiting")
    assert "Unknown Reading subscribed licences was refused with 403." in waiting
    world.archive.snapshots.clear()
    assert "No reading of its licences is kept." in await read_words(browse, world, "/customers/customer-4")
    assert "No user with a licence is known." in await read_words(browse, world, "/customers/customer-4/users")


async def test_what_waits_stands_with_its_sentence_and_its_day(browse: Open) -> None:
    words = await read_words(browse, nights.typical_world(), "/customers/customer-2/waiting")
    assert (
        "Waiting for you Held Large drop; −100.00 EUR a month (forecast) 14 → 9 Microsoft 365 Business Premium: "
        "a decrease waits for a person. Decide about it : Large drop; −100.00 EUR a month (forecast) Since 20 Nov"
        in words
    )
    assert "Nothing of this customer waits." in await read_words(
        browse, nights.typical_world(), "/customers/customer-5/waiting"
    )


async def test_users_are_searched_and_paged(browse: Open) -> None:
    world = nights.typical_world()
    words = await read_words(browse, world, "/customers/customer-0/users?q=dana")
    assert "2 of 12 licensed users" in words
    assert "Dana Levi user3@harbourdental.example Microsoft 365 Business Premium Enabled Guest" in words
    disabled = await read_csv(browse, world, "/customers/customer-0/users.csv?state=disabled")
    assert disabled[1:] == [
        ["Fatima Zahra", "user5@harbourdental.example", "Microsoft 365 Business Premium", "Disabled", "", ""]
    ]
    assert "Shared" not in words
    large = await read_words(browse, nights.large_world(), "/customers/customer-0/users?page=3")
    assert "101–150 of 5,000" in large


def report_mailboxes(report: MailboxReport | UnreadMailboxes) -> World:
    """Every snapshot with what was learnt of its mailboxes."""
    world = nights.typical_world()
    found = {name: replace(each, mailboxes=report) for name, each in world.archive.snapshots.items()}
    world.archive.snapshots = found
    return world


async def test_shared_mailboxes_are_marked_where_they_are_known_and_else_it_says_why_not(browse: Open) -> None:
    path = "/customers/customer-0/users"
    shared = SharedMailbox("User5@harbourdental.example", needs_licence=False)
    archived = SharedMailbox("user3@harbourdental.example", needs_licence=True)
    world = report_mailboxes(MailboxReport(date(2026, 11, 20), (shared, archived)))
    words = await read_words(browse, world, path)
    assert "Shared mailboxes 2" in words and "Disabled Shared mailbox" in words
    rows = await read_csv(browse, world, f"{path}.csv?state=shared")
    assert [row[-1] for row in rows] == ["Mailbox", "Shared, needs a licence", "Shared mailbox"]
    hidden = report_mailboxes(UnreadMailboxes("The tenant hides user names <b>."))
    words = await read_words(browse, hidden, path)
    assert "Shared mailboxes are not marked. The tenant hides user names <b>." in words
    assert "Shared mailboxes 0" not in words


async def test_history_stands_newest_first_and_leads_to_its_runs(browse: Open) -> None:
    world = nights.typical_world()
    source = await read_source(browse, world, "/customers/customer-0/history")
    assert source.index("Night of 22 Nov 2026") < source.index("Night of 21 Nov 2026")
    assert 'href="/runs/2026-11-22/changes?customer=customer-0"' in source
    rows = await read_csv(browse, world, "/customers/customer-0/history.csv?q=21+nov")
    assert rows[1][:2] == ["2026-11-21 02:10:11", "Microsoft 365 Business Premium"]
    assert len(rows) == 2
    world.books.history.clear()
    assert "Nothing was written for this customer yet." in await read_words(
        browse, world, "/customers/customer-0/history"
    )


async def test_a_plan_that_is_lost_hides_its_lines_and_nothing_else(
    browse: Open, caplog: pytest.LogCaptureFixture
) -> None:
    world = nights.typical_world()
    world.archive.plans.clear()
    words = await read_words(browse, world, "/customers/customer-0?why=m-0-premium")
    assert "is not kept any more" in words
    assert "The last quantity that was written and read back is 12." in words
    assert "A plan cannot be shown" in caplog.text


async def test_before_the_first_night_a_customer_has_its_mappings(browse: Open) -> None:
    world = nights.typical_world()
    world.runs.runs = ()
    words = await read_words(browse, world, "/customers/customer-0")
    assert "Not read yet" in words
    assert "Business Premium per seat Agreement 400 12 Not read yet" in words


async def test_while_the_only_run_is_open_a_customer_waits(browse: Open) -> None:
    world = nights.running_world()
    world.runs.runs = world.runs.runs[:1]
    assert world.runs.runs[0].phase is RunPhase.READING
    assert "Tidewater Insurance Queued last night" in await read_words(browse, world, "/customers/customer-8")


async def test_a_customer_of_which_nothing_is_mapped_says_so_and_leads_to_its_licences(browse: Open) -> None:
    world = nights.typical_world()
    rows = world.runs.tenants[nights.NIGHT]
    customer_id = "customer-11"
    world.runs.tenants[nights.NIGHT] = [
        replace(each, agreements=()) if customer_id in each.customer_ids else each for each in rows
    ]
    world.books.mappings = {**world.books.mappings, customer_id: ()}
    source = await read_source(browse, world, "/customers?q=orchard")
    assert f'<a class="quiet-link" href="/customers/{customer_id}"><span class="badge-word' in source
    assert "Nothing mapped" in source
    assert "Orchard Care Homes Nothing mapped" in await read_words(browse, world, f"/customers/{customer_id}")
