"""Nights to look at: typical, running, hostile, large."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from plans.ports import AgreementResult, PushResult, SeatChange, TenantResult
from plans.runs import CustomerState, Run, RunPhase, TenantState, Totals
from profiles.billing import Customer
from tests.unit.web.fakes import FakeBooks, FakeRuns, World

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


def planned(number: int, *agreements: AgreementResult) -> TenantResult:
    return TenantResult(make_tenant_id(number), (f"customer-{number}",), TenantState.PLANNED, agreements=agreements)


def unknown(number: int, sentence: str) -> TenantResult:
    return TenantResult(make_tenant_id(number), (f"customer-{number}",), TenantState.UNKNOWN, sentence)


def queued(number: int) -> TenantResult:
    return TenantResult(make_tenant_id(number), (f"customer-{number}",), TenantState.QUEUED)


def wrote(licence_name: str, before: int, after: int, addition_id: str) -> SeatChange:
    return SeatChange(licence_name, before, after, date(2026, 11, 22), addition_id)


def pushed(
    number: int, state: CustomerState, *lines: SeatChange | str, writes: int = 1, verified: int = 1
) -> PushResult:
    changes = tuple(line for line in lines if isinstance(line, SeatChange))
    sentences = tuple(line for line in lines if isinstance(line, str))
    return PushResult(
        f"hash-{number}", f"customer-{number}", str(400 + number), state, writes, verified, changes, sentences
    )


def closed_run(totals: Totals, run_id: str = NIGHT, started: datetime = STARTED) -> Run:
    return Run(run_id, RunPhase.CLOSED, started, started + timedelta(minutes=14, seconds=5), totals=totals)


NAMES = (
    "Harbour Dental Group", "Kestrel Architects", "Northwind Legal", "Lumen Optics", "Fjord Logistics",
    "Blackrock Joinery", "Saint Mary's School", "Alder & Finch Accountants", "Tidewater Insurance", "Quay Coffee",
    "Mill Street Veterinary", "Orchard Care Homes",
)  # fmt: skip


def typical_world() -> World:
    """Twelve customers: two changed, one parked, one held, one unknown; the held one since two nights."""
    customers = tuple(make_customer(number, name) for number, name in enumerate(NAMES))
    tenants = [planned(number, plan(number, CustomerState.UNCHANGED)) for number in range(len(NAMES))]
    tenants[0] = planned(0, plan(0, CustomerState.CHANGED, changes=2))
    tenants[1] = planned(1, plan(1, CustomerState.CHANGED, changes=1))
    held = "14 → 9 Microsoft 365 Business Premium: a decrease waits for a person."
    tenants[2] = planned(2, plan(2, CustomerState.HELD, held))
    parked = (
        "Addition 9004 was changed in the PSA since Seatledger wrote it. Put it back, or take the line over by hand."
    )
    tenants[3] = planned(3, plan(3, CustomerState.PARKED, parked))
    refused = "Reading subscribed licences was refused with 403. Check the GDAP roles and the app's consent."
    tenants[4] = unknown(4, refused)
    pushes = [
        pushed(
            0,
            CustomerState.CHANGED,
            wrote("Microsoft 365 Business Premium", 10, 12, "9002"),
            wrote("Exchange Online (Plan 1)", 0, 12, "9003"),
            writes=2,
            verified=2,
        ),
        pushed(1, CustomerState.CHANGED, wrote("Visio Plan 2", 1, 3, "9005")),
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
    return World(FakeBooks(customers), runs)


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
    return World(FakeBooks(customers), FakeRuns((run,), {NIGHT: tenants}, {NIGHT: pushes}))


def large_world(count: int = 5000) -> World:
    """A night on which very many need a person."""
    customers = tuple(make_customer(number, f"Customer {number:05d}") for number in range(count))
    tenants = [unknown(number, "Microsoft did not answer. It is read again tomorrow.") for number in range(count)]
    run = closed_run(Totals(count, 0, count))
    return World(FakeBooks(customers), FakeRuns((run,), {NIGHT: tenants}, {}))
