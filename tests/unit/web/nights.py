"""Nights to look at: typical, running, hostile, large."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

from plans.approvals import HeldLine, ParkedLine
from plans.changes import Apply, Decision, HoldRule, Parked, Unchanged
from plans.judgement import PlannedLine
from plans.results import AgreementResult, PushResult, SeatChange, TenantResult
from plans.runs import CustomerState, Run, RunPhase, TenantState, Totals
from profiles.billing import Customer, Mapping
from profiles.readings import UnknownReason
from tests.unit.web.fakes import FakeBooks, FakeProfiles, FakeRuns, World
from tests.unit.web.tenants import (
    EXCHANGE,
    PREMIUM,
    PROFILES,
    VISIO,
    create,
    hold,
    lower,
    make_agreements,
    make_history,
    make_line,
    make_mapping,
    make_partner_reading,
    make_plan,
    make_snapshot,
)

NIGHT = "2026-11-22"
STARTED = datetime(2026, 11, 22, 2, 0, 3, tzinfo=UTC)
CONNECTION = "connectwise-1"
HOSTILE_NAMES = (
    "<script>alert('x')</script> Ltd",
    '"><img src=x onerror=alert(1)> & Sons',
    'O\'Brien "The" Baker',
    "\u202egnilliB\u202c Reversed",
    "\u200fשלום Travel\u200f",
    "Emoji 🦷🏴‍☠️ Dental",
    "{{ 7 * 7 }} {% raw %}",
    "Line\r\nbreak\x00 and\ttab",
    "VeryLongNameWithoutAnySpace" * 6,
)


def make_tenant_id(number: int) -> str:
    return f"7e7a2700-0000-4000-8000-{number:012d}"


def make_customer(number: int, name: str) -> Customer:
    return Customer(f"customer-{number}", name, make_tenant_id(number), CONNECTION, str(250 + number))


def plan(number: int, state: CustomerState, *sentences: str, changes: int = 0) -> AgreementResult:
    return AgreementResult(
        f"customer-{number}", CONNECTION, str(400 + number), f"hash-{number}", state, changes, sentences
    )


def plan_held(
    number: int, licence: Mapping, before: int, after: int, sentence: str, monthly: Decimal | None = None
) -> AgreementResult:
    """One line that a rule stopped, as the row of the run says it."""
    line = HeldLine(
        licence.id, licence.licence_name, "line-hash", f"hash-{number}", HoldRule.LARGE_DROP, sentence, before, after,
        monthly,
    )  # fmt: skip
    return replace(plan(number, CustomerState.HELD, sentence), held=(line,))


def weigh(mapping: Mapping, before: int, after: int, monthly: int | None) -> PlannedLine:
    """A line that would be written, as the judge sees it."""
    money = None if monthly is None else Decimal(monthly)
    return PlannedLine(
        mapping.id, after - before, licence_name=mapping.licence_name, quantity_before=before, monthly=money
    )


def planned(number: int, *agreements: AgreementResult) -> TenantResult:
    return TenantResult(
        make_tenant_id(number),
        (f"customer-{number}",),
        TenantState.PLANNED,
        agreements=agreements,
        sku_ids=(PREMIUM, EXCHANGE, VISIO),
        ended_at=STARTED + timedelta(minutes=2, seconds=7 * (number % 60)),
    )


def unknown(number: int, sentence: str) -> TenantResult:
    ended = STARTED + timedelta(minutes=3, seconds=5 * (number % 60))
    return TenantResult(make_tenant_id(number), (f"customer-{number}",), TenantState.UNKNOWN, sentence, ended_at=ended)


def queued(number: int) -> TenantResult:
    return TenantResult(make_tenant_id(number), (f"customer-{number}",), TenantState.QUEUED)


def wrote(licence_name: str, before: int, after: int, addition_id: str, mapping_id: str = "") -> SeatChange:
    return SeatChange(licence_name, before, after, date(2026, 11, 22), addition_id, mapping_id)


def pushed(
    number: int, state: CustomerState, *lines: SeatChange | str, writes: int = 1, verified: int = 1
) -> PushResult:
    changes = tuple(line for line in lines if isinstance(line, SeatChange))
    sentences = tuple(line for line in lines if isinstance(line, str))
    ended = STARTED + timedelta(minutes=11, seconds=20 + 9 * (number % 60))
    return PushResult(
        f"hash-{number}", f"customer-{number}", str(400 + number), state, writes, verified, changes, sentences, ended
    )


def closed_run(totals: Totals, run_id: str = NIGHT, started: datetime = STARTED) -> Run:
    closed, judged = started + timedelta(minutes=14, seconds=5), started + timedelta(minutes=11, seconds=2)
    return Run(run_id, RunPhase.CLOSED, started, closed, ((CONNECTION, 1),), totals, judged)


NAMES = (
    "Harbour Dental Group", "Kestrel Architects", "Northwind Legal", "Lumen Optics", "Fjord Logistics",
    "Blackrock Joinery", "Saint Mary's School", "Alder & Finch Accountants", "Tidewater Insurance", "Quay Coffee",
    "Mill Street Veterinary", "Orchard Care Homes",
)  # fmt: skip


def typical_world() -> World:
    """Twelve customers: two changed, one parked, one held, one unknown; the held one since two nights."""
    customers = tuple(make_customer(number, name) for number, name in enumerate(NAMES))
    tenants = [planned(number, plan(number, CustomerState.UNCHANGED)) for number in range(len(NAMES))]
    premium, mail = make_mapping(0, PREMIUM, "premium"), make_mapping(0, EXCHANGE, "mail")
    visio = make_mapping(1, VISIO, "visio")
    writing = (weigh(premium, 10, 12, 40), weigh(mail, 0, 12, None))
    tenants[0] = planned(0, replace(plan(0, CustomerState.CHANGED, changes=2), writing=writing))
    tenants[1] = planned(1, replace(plan(1, CustomerState.CHANGED, changes=1), writing=(weigh(visio, 1, 3, 44),)))
    held = "14 → 9 Microsoft 365 Business Premium: a decrease waits for a person."
    held_line = make_mapping(2, PREMIUM, "premium")
    tenants[2] = planned(2, plan_held(2, held_line, 14, 9, held, Decimal(-100)))
    parked = (
        "Addition 9004 was changed in the PSA since Seatledger wrote it. Put it back, or take the line over by hand."
    )
    parked_line = make_mapping(3, PREMIUM, "premium")
    stopped = ParkedLine(parked_line.id, parked_line.licence_name, parked)
    tenants[3] = planned(3, replace(plan(3, CustomerState.PARKED, parked), parked=(stopped,)))
    refused = "Reading subscribed licences was refused with 403. Check the GDAP roles and the app's consent."
    tenants[4] = replace(unknown(4, refused), reason=UnknownReason.ACCESS_DENIED)
    pushes = [
        pushed(
            0,
            CustomerState.CHANGED,
            wrote("Microsoft 365 Business Premium", 10, 12, "9002", premium.id),
            wrote("Exchange Online (Plan 1)", 0, 12, "9003", mail.id),
            writes=2,
            verified=2,
        ),
        pushed(1, CustomerState.CHANGED, wrote("Visio Plan 2", 1, 3, "9005", visio.id)),
    ]
    totals = Totals(12, 11, 1, 7, 2, 0, 1, 1, 0, 3, 3)
    earlier = [
        closed_run(Totals(12, 12, 0, 11, 0, 0, 1), f"2026-11-{day}", STARTED - timedelta(days=22 - day))
        for day in (21, 20)
    ]
    runs = FakeRuns(
        (closed_run(totals), *earlier, closed_run(Totals(12, 12, 0, 12), "2026-11-19", STARTED - timedelta(days=3))),
        {NIGHT: tenants, "2026-11-21": [tenants[2]], "2026-11-20": [tenants[2]]},
        {NIGHT: pushes},
    )
    world = World(FakeBooks(customers), runs, FakeProfiles(PROFILES))
    add_details(world, held, parked)
    return world


def add_details(world: World, held: str, parked: str) -> None:
    """What stands behind the typical night: mappings, snapshots, plans, history, domains."""
    for number, customer in enumerate(world.books.customers):
        premium = make_mapping(number, PREMIUM, "premium")
        mail = make_mapping(number, EXCHANGE, "mail", included=0, minimum=1)
        visio = make_mapping(number, VISIO, "visio", is_excluded=number == 0)
        own = (premium, mail, visio) if number in (0, 2) else (premium, visio) if number == 1 else (premium, mail)
        world.books.mappings[customer.id] = own
        world.books.billed |= {mapping.id: 12 for mapping in own if not mapping.is_excluded}
        decisions: dict[int, list[tuple[Mapping, int, int, Decision]]] = {
            0: [
                (premium, 10, 12, Apply((create(2, "501"),))),
                (mail, 0, 12, Apply((create(12, "502", unit_price=Decimal("4.20")),))),
                (visio, 0, 0, Unchanged()),
            ],
            1: [(premium, 12, 12, Unchanged()), (visio, 1, 3, Apply((create(2, "503", "401"),)))],
            2: [
                (premium, 14, 9, hold(held, lower("9001", 14, 9, "402"))),
                (mail, 12, 12, Unchanged()),
                (visio, 3, 3, Unchanged()),
            ],
            3: [(premium, 12, 12, Parked(parked)), (mail, 12, 12, Unchanged())],
        }
        lines = decisions.get(number, [(mapping, 12, 12, Unchanged()) for mapping in own])
        world.archive.plans[f"hash-{number}"] = make_plan(number, *(make_line(*line) for line in lines))
        night = "2026-11-21" if number == 4 else NIGHT
        world.archive.snapshots[night, customer.tenant_id] = make_snapshot(customer.tenant_id)
        proof = "Microsoft 365 Business Premium {before} → {after}: addition 9002 written, read back and verified."
        world.books.history[customer.id] = make_history(premium, 12 if number == 0 else 1, proof)
    numbers = range(len(world.books.customers))
    world.archive.agreements = {NIGHT: make_agreements(numbers)}
    tenant_ids = [customer.tenant_id for customer in world.books.customers]
    world.archive.partner = make_partner_reading(tenant_ids, "customer{}.example")


def quiet_world() -> World:
    """One customer, and nothing to do."""
    tenants = [planned(0, plan(0, CustomerState.CHANGED, changes=1))]
    change = wrote("Microsoft 365 Business Premium", 0, 12, "9002")
    runs = FakeRuns(
        (closed_run(Totals(1, 1, 0, 0, 1, writes=1, verified=1)),),
        {NIGHT: tenants},
        {NIGHT: [pushed(0, CustomerState.CHANGED, change)]},
    )
    return World(FakeBooks((make_customer(0, NAMES[0]),)), runs)


def running_world(phase: RunPhase = RunPhase.READING) -> World:
    """The typical night, three customers in; or while it writes."""
    world = typical_world()
    tenants = list(world.runs.tenants[NIGHT])
    if phase is RunPhase.READING:
        tenants = [tenants[0], tenants[1], tenants[2], *(queued(number) for number in range(3, len(NAMES)))]
        world.runs.pushes = {}
    else:
        world.runs.pushes = {NIGHT: world.runs.pushes[NIGHT][:1]}
    world.runs.tenants[NIGHT] = tenants
    world.runs.runs = (Run(NIGHT, phase, STARTED), *world.runs.runs[1:])
    world.now = STARTED + timedelta(minutes=3, seconds=12)
    return world


def hostile_world() -> World:
    """Names and sentences that attack the page, and ids that must not be seen."""
    customers = tuple(make_customer(number, name) for number, name in enumerate(HOSTILE_NAMES))
    tenants = [
        unknown(
            number, f"Asked for tenant {make_tenant_id(number)}, {name} answered 5ea71ed9-0000-4000-8000-0000000000ff."
        )
        for number, name in enumerate(HOSTILE_NAMES)
    ]
    pushes = [
        pushed(number, CustomerState.CHANGED, wrote(name, 1, 2, f"9{number}"))
        for number, name in enumerate(HOSTILE_NAMES)
    ]
    count = len(HOSTILE_NAMES)
    run = closed_run(Totals(count, 0, count, writes=count, verified=count - 1))
    world = World(FakeBooks(customers), FakeRuns((run,), {NIGHT: tenants}, {NIGHT: pushes}), FakeProfiles(PROFILES))
    add_hostile_details(world)
    return world


def add_hostile_details(world: World) -> None:
    """The same names wherever somebody else wrote them: licences, users, agreements, sentences, domains."""
    for number, (customer, name) in enumerate(zip(world.books.customers, HOSTILE_NAMES, strict=True)):
        mapping = make_mapping(number, PREMIUM, "premium", licence_name=name)
        world.books.mappings[customer.id] = (mapping,)
        world.books.history[customer.id] = make_history(mapping, 2, name.replace("{", "").replace("}", ""))
        snapshot = make_snapshot(customer.tenant_id)
        user = replace(snapshot.users[0], display_name=name, principal_name=f"{name}@evil.example")
        world.archive.snapshots[NIGHT, customer.tenant_id] = replace(snapshot, users=(user, *snapshot.users[1:]))
        world.archive.plans[f"hash-{number}"] = make_plan(number, make_line(mapping, 1, 2, Apply((create(1, "=1+1"),))))
    world.runs.tenants[NIGHT] = [
        replace(tenant, agreements=(plan(number, CustomerState.CHANGED, changes=1),))
        for number, tenant in enumerate(world.runs.tenants[NIGHT])
    ]
    named = zip(make_agreements(range(len(HOSTILE_NAMES))), HOSTILE_NAMES, strict=True)
    world.archive.agreements = {NIGHT: tuple(replace(agreement, name=name) for agreement, name in named)}
    tenant_ids = [customer.tenant_id for customer in world.books.customers]
    world.archive.partner = make_partner_reading(tenant_ids, "=cmd|{}.example")


def large_world() -> World:
    """A night on which very many need a person; it is made once, and lent with calls counted anew."""
    made = make_large_world()
    return World(
        replace(made.books, calls=[]),
        replace(made.runs, calls=[]),
        made.profiles,
        replace(made.archive, calls=[]),
    )


@cache
def make_large_world(count: int = 5000) -> World:
    """Everything there is 5,000 of."""
    customers = tuple(make_customer(number, f"Customer {number:05d}") for number in range(count))
    tenants = [unknown(number, "Microsoft did not answer. It is read again tomorrow.") for number in range(count)]
    mapping = make_mapping(0, PREMIUM, "premium")
    agreements = [plan_held(number, mapping, 14, 9, "A decrease waits for a person.") for number in range(count)]
    tenants = [replace(tenant, agreements=(own,)) for tenant, own in zip(tenants, agreements, strict=True)]
    days = [date(2026, 11, 22) - timedelta(days=number) for number in range(count)]
    runs = [
        closed_run(Totals(count, 0, count), day.isoformat(), STARTED - timedelta(days=number))
        for number, day in enumerate(days)
    ]
    world = World(FakeBooks(customers), FakeRuns(tuple(runs), {NIGHT: tenants}, {}), FakeProfiles(PROFILES))
    lines = make_line(mapping, 14, 9, hold("A decrease waits for a person."))
    world.archive.plans = {f"hash-{number}": make_plan(number, lines) for number in range(count)}
    world.books.mappings = {"customer-0": (mapping,)}
    world.books.history = {"customer-0": make_history(mapping, count, "Addition 9002 {before} → {after}, verified.")}
    tenant_id = customers[0].tenant_id
    world.archive.snapshots = {(NIGHT, tenant_id): make_snapshot(tenant_id, user_count=count)}
    return world
