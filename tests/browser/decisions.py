"""Worlds in which people decide: holds of several kinds, money to give back, an addition with a past, tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from plans.changes import HoldRule
from plans.mail import Delivery, DeliveryState
from plans.results import AgreementResult, TenantResult
from plans.runs import CustomerState, Run, RunPhase, TenantState
from plans.webhooks import EventKind, Webhook
from profiles.holdings import Holding
from tests.unit.web.approval_fakes import (
    CONNECTION,
    FACTS,
    STARTED,
    DecisionWorld,
    make_agreement,
    make_customer,
    make_mapping,
    make_proposal,
)
from tests.unit.web.nights import HOSTILE_NAMES
from tests.unit.web.test_additions import make_world as make_story_world
from tests.unit.web.token_fakes import ISSUED, make_token

NAMES = (
    "Harbour Dental Group",
    "Kestrel Architects",
    "Northwind Legal",
    "Lakeside Veterinary",
    "Blackrock Joinery",
    "Alder & Finch Accountants",
)
WAITS = (
    (10, 40, HoldRule.LARGE_RISE, "it is a rise of 30 seats, more than half as much again.", Decimal("660.00"), 1),
    (14, 9, HoldRule.LARGE_DROP, "it is a drop of 5 seats, more than 30 %.", Decimal("-110.00"), 3),
    (6, 0, HoldRule.TO_ZERO, "nothing would be billed any more.", Decimal("-132.00"), 1),
    (8, 9, HoldRule.INVOICING_UNKNOWN, "nobody can tell through which day agreement 403 is invoiced.", None, 2),
    (4, 5, HoldRule.REFUSED, "Ada Administrator refused this on 20 Nov 2026: they will cancel.", Decimal("22.00"), 2),
    (1, 3, HoldRule.NIGHT_INCREASES, "7 of 40 customers would go up in one night.", Decimal("44.00"), 0),
)


def deciding_world() -> DecisionWorld:
    """Six holds of six kinds on three nights, credit proposals, and invoices that come in three days."""
    world = DecisionWorld(now=datetime(2026, 11, 28, 8, 30, tzinfo=STARTED.tzinfo))
    add_customers(world, NAMES)
    for number, (before, after, rule, why, monthly, nights) in enumerate(WAITS):
        day = "22 Nov 2026" if after > before else "1 Dec 2026"
        sentence = f"{before} → {after} Microsoft 365 Business Premium from {day}: {why}"
        line_hash = {"line_hash": ""} if rule is HoldRule.INVOICING_UNKNOWN else {}
        world.add_hold(number, before, after, rule=rule, sentence=sentence, monthly=monthly, **line_hash)
        started = world.now - timedelta(days=nights, hours=6, minutes=20)
        name_last_hold(world, NAMES[number], started)
    settled = {"settled_by": "Ada Administrator", "settled_at": world.now, "invoice_number": "INV-20417"}
    world.open_items.proposals = tuple(
        replace(make_proposal(number, **(settled if number == 3 else {})), customer_name=NAMES[number])
        for number in range(4)
    )
    return world


def name_last_hold(world: DecisionWorld, name: str, since: datetime) -> None:
    """Call the customer of the newest hold by its name."""
    *others, newest = world.open_items.holds
    run_id = since.date().isoformat()
    world.open_items.holds = (*others, replace(newest, customer_name=name, since=since, run_id=run_id))


def add_customers(world: DecisionWorld, names: tuple[str, ...]) -> None:
    """Customers with a mapping and an agreement each, which the newest night has read."""
    numbers = range(len(names))
    night = world.now.date().isoformat()
    started = world.now - timedelta(hours=6, minutes=30)
    facts = replace(FACTS, next_invoice_on=date(2026, 12, 1))
    world.books.customers = tuple(replace(make_customer(number), name=names[number]) for number in numbers)
    world.books.mappings = {f"customer-{number}": (make_mapping(number),) for number in numbers}
    world.runs.runs = (Run(night, RunPhase.CLOSED, started, started, shard_counts=((CONNECTION, 1),)),)
    world.archive.agreements = {night: tuple(make_agreement(number, facts=facts) for number in numbers)}
    before = replace(world.runs.runs[0], id="2026-11-21", started_at=started - timedelta(days=7))
    world.runs.runs = (*world.runs.runs, before)
    world.runs.tenants = {night: [planned(number) for number in numbers], before.id: [planned(1, 14, 13)]}


def planned(number: int, purchased: int = 9, assigned: int = 9) -> TenantResult:
    """A tenant that was read, with one agreement."""
    customer = make_customer(number)
    result = AgreementResult(customer.id, CONNECTION, str(400 + number), "hash", CustomerState.UNCHANGED, 0)
    skus = ("sku", "another") if number == 5 else ("sku",)
    return TenantResult(
        customer.tenant_id,
        (customer.id,),
        TenantState.PLANNED,
        agreements=(result,),
        sku_ids=skus,
        holdings=(
            *((Holding("another", "VISIOCLIENT", 12, 9),) if number == 5 else ()),
            *((Holding("sku", "SPB", purchased, assigned),) if number == 1 else ()),
        ),
        seat_prices=(("another", Decimal("15.50")),) if number == 0 else (),
    )


def large_world() -> DecisionWorld:
    """Many holds of customers with long names, more than a page of them."""
    world = DecisionWorld()
    for number in range(120):
        world.add_hold(number, 1200 + number, 8)
        name_last_hold(world, "Aldershot & Finchley " * 4 + str(number), STARTED)
    world.open_items.proposals = tuple(make_proposal(number) for number in range(120))
    return world


def hostile_world() -> DecisionWorld:
    """Names and reasons that would break a page which trusts them."""
    world = DecisionWorld()
    for number, name in enumerate(HOSTILE_NAMES):
        world.add_hold(number, sentence=f"{name}: 7e7a2700-0000-4000-8000-000000000001", licence_name=name)
        name_last_hold(world, name, STARTED)
        token = make_token(50 + number, name)
        world.tokens.tokens[token.id] = token
    world.open_items.proposals = tuple(
        replace(make_proposal(number), customer_name=name) for number, name in enumerate(HOSTILE_NAMES)
    )
    return world


def empty_world() -> DecisionWorld:
    """Nothing waits, and no script has a token."""
    world = DecisionWorld()
    world.tokens.tokens = {}
    return world


def story_world() -> DecisionWorld:
    """An addition that was made, raised, and can be taken back; tokens good, ending soon, expired and revoked."""
    world = make_story_world()
    world.books.customers = tuple(replace(each, name=NAMES[0]) for each in world.books.customers)
    for token in (
        make_token(3, "Stock check", life=timedelta(days=30)),
        make_token(4, "Old dashboard", life=timedelta(days=7)),
        make_token(5, "Lost laptop").revoke("Ada Administrator", world.now - timedelta(days=2)),
    ):
        world.tokens.tokens[token.id] = token
    world.webhooks.webhooks = {each.id: each for each in (make_webhook("hook1"), make_webhook("hook2"))}
    answers = {
        DeliveryState.SENT: "hooks.example.com took it: 204.",
        DeliveryState.QUEUED: "hooks.example.com answered 500.",
        DeliveryState.FAILED: (
            "Given up after 14 tries, for the next would come a day late: "
            "hooks.example.com did not answer: ConnectTimeout."
        ),
    }
    world.webhooks.sent = tuple(
        Delivery(f"event:hook1:test-{state.value}", "hook1", "hold.opened", state, 2, world.now, answer, world.now)
        for state, answer in answers.items()
    )
    return world


def make_webhook(name: str) -> Webhook:
    """A receiver that is told everything."""
    kinds = (EventKind.RUN_FINISHED, EventKind.HOLD_OPENED, EventKind.ALERT_OPENED)
    return Webhook(name, "hooks.example.com", kinds, "Ada Administrator", ISSUED, f"webhook-{name}")


HOLD_ADDRESS = "/approvals/customer-1:m-1"
STORY_ADDRESS = f"/customers/customer-0/additions/{CONNECTION}/9001"
