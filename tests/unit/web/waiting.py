"""A night on which something of every kind waits: by a rule, by the night, for its day, for money, only observed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from plans.approvals import ProposedLine, ScheduledLine
from plans.changes import AdjustUnits, Apply, CreditProposal, HoldRule, Scheduled, SetAddition, Unchanged
from plans.judgement import Brakes, NightHold, PlannedAgreement, Verdict
from plans.results import AgreementResult
from plans.runs import CustomerState, Totals
from profiles.billing import BillableOption
from tests.unit.web import nights
from tests.unit.web.fakes import FakeBooks, FakeProfiles, FakeRuns, World
from tests.unit.web.tenants import (
    EXCHANGE,
    PREMIUM,
    PROFILES,
    VISIO,
    create,
    hold,
    lower,
    make_addition,
    make_agreements,
    make_line,
    make_mapping,
    make_plan,
    make_snapshot,
)

FIRST_OF_DECEMBER = date(2026, 12, 1)
WAITS = "12 → 8 Visio Plan 2 from 1 Dec 2026: agreement 401 must first be invoiced. Nothing to do."
SCHEDULED = Scheduled(8, FIRST_OF_DECEMBER, date(2026, 12, 2), WAITS)
PROPOSAL = CreditProposal(date(2026, 10, 1), date(2026, 10, 31), 2, Decimal("44.00"), "2 Visio Plan 2 were invoiced.")
OBSERVED = "Observed: 10 → 12 Microsoft 365 Business Premium would be written."
BRAKE = "7 of 40 customers would go up in one night"
MANY = ("Night Holds", "Scheduled Only", "Observed Ltd", "Several Writes", "Halves of One")


def waiting_world() -> World:
    """Five customers: held by the night, scheduled with a proposal, observed, several writes, a transfer."""
    world = World(FakeBooks(tuple(nights.make_customer(number, name) for number, name in enumerate(MANY))))
    world.profiles = FakeProfiles(PROFILES)
    results = [
        add_held_by_night(world),
        add_scheduled(world),
        add_observed(world),
        add_several(world),
        add_halves(world),
    ]
    tenants = [nights.planned(number, result) for number, result in enumerate(results)]
    totals = Totals(5, 5, 0, 1, 2, 1, 1, 0, 0, 6, 6)
    run = nights.closed_run(totals)
    pushes = [
        nights.pushed(
            3,
            CustomerState.CHANGED,
            nights.wrote("Microsoft 365 Business Premium", 10, 12, "9001", "m-3-premium"),
        ),
        nights.pushed(
            4,
            CustomerState.CHANGED,
            nights.wrote("Visio Plan 2", 5, 0, "9010", "m-4-visio"),
            nights.wrote("Microsoft 365 Business Premium", 0, 5, "9011", "m-4-premium"),
        ),
    ]
    world.runs = FakeRuns((run,), {nights.NIGHT: tenants}, {nights.NIGHT: pushes})
    world.archive.verdicts[nights.NIGHT] = judge(results)
    world.archive.agreements = {nights.NIGHT: make_agreements(range(len(MANY)))}
    for customer in world.books.customers:
        world.archive.snapshots[nights.NIGHT, customer.tenant_id] = make_snapshot(customer.tenant_id)
    return world


def judge(results: list[AgreementResult]) -> Verdict:
    """All but the first may be written."""
    allowed = tuple(
        PlannedAgreement(each.customer_id, each.connection_id, each.agreement_id, each.plan_hash, each.writing)
        for each in results[1:]
        if each.writing
    )
    held = NightHold("hash-0", "m-0-premium", HoldRule.NIGHT_INCREASES, BRAKE)
    return Verdict(nights.NIGHT, allowed, (held,), Brakes(increases=BRAKE))


def add_held_by_night(world: World) -> AgreementResult:
    mapping = make_mapping(0, PREMIUM, "premium")
    world.books.mappings["customer-0"] = (mapping,)
    world.archive.plans["hash-0"] = make_plan(0, make_line(mapping, 10, 12, Apply((create(2, "501"),))))
    writing = (nights.weigh(mapping, 10, 12, 40),)
    return replace(nights.plan(0, CustomerState.CHANGED, changes=1), writing=writing)


def add_scheduled(world: World) -> AgreementResult:
    mapping = make_mapping(1, VISIO, "visio")
    world.books.mappings["customer-1"] = (mapping,)
    line = make_line(mapping, 12, 8, Unchanged(), scheduled=(SCHEDULED,), proposals=(PROPOSAL,))
    world.archive.plans["hash-1"] = make_plan(1, line)
    return replace(
        nights.plan(1, CustomerState.SCHEDULED, WAITS, PROPOSAL.sentence),
        scheduled=(ScheduledLine(mapping.id, mapping.licence_name, 8, FIRST_OF_DECEMBER, date(2026, 12, 2), WAITS),),
        proposals=(ProposedLine(mapping.id, mapping.licence_name, PROPOSAL),),
    )


def add_observed(world: World) -> AgreementResult:
    mapping, mail = make_mapping(2, PREMIUM, "premium"), make_mapping(2, EXCHANGE, "mail")
    world.books.mappings["customer-2"] = (mapping, mail)
    world.books.customers = tuple(replace(each, is_observed=each.id == "customer-2") for each in world.books.customers)
    world.archive.plans["hash-2"] = make_plan(
        2,
        make_line(mapping, 10, 12, Apply((create(2, "501", "402"),))),
        make_line(mail, 14, 9, hold("14 → 9 Exchange: too much.", lower("9004", 14, 9, "402", "502"))),
        is_observed=True,
    )
    held = nights.plan_held(2, mail, 14, 9, "14 → 9 Exchange: too much.").held
    sentences = (OBSERVED, "14 → 9 Exchange: too much.")
    return replace(nights.plan(2, CustomerState.UNCHANGED, *sentences), is_observed=True, held=held)


def add_several(world: World) -> AgreementResult:
    """A delta, a base with every field that can be set, and a service that is adjusted."""
    mapping = make_mapping(3, PREMIUM, "premium")
    world.books.mappings["customer-3"] = (mapping,)
    before = make_addition("9001", 10, unit_price=Decimal(20))
    after = replace(
        before,
        quantity=Decimal(11),
        unit_price=Decimal(22),
        billable_option=BillableOption.NO_CHARGE,
        description="Aoife\nBen",
    )
    changes = (
        create(1, "501", "403", ends_on=date(2026, 11, 30), unit_price=Decimal(22)),
        SetAddition("499", 1, "SL-1", before, after, FIRST_OF_DECEMBER),
        AdjustUnits("403", 2, "SL-2", "77", FIRST_OF_DECEMBER, 11, 12, Decimal(22)),
    )
    world.archive.plans["hash-3"] = make_plan(3, make_line(mapping, 10, 12, Apply(changes)))
    writing = (nights.weigh(mapping, 10, 12, 44),)
    return replace(nights.plan(3, CustomerState.CHANGED, changes=1), writing=writing)


def add_halves(world: World) -> AgreementResult:
    old, new = make_mapping(4, VISIO, "visio"), make_mapping(4, PREMIUM, "premium")
    world.books.mappings["customer-4"] = (old, new)
    ended = make_addition("9010", 5, "503")
    ends = SetAddition("404", 0, "SL-3", ended, replace(ended, cancelled_on=date(2026, 11, 30)), FIRST_OF_DECEMBER)
    starts = create(5, "501", "404", effective_on=FIRST_OF_DECEMBER)
    world.archive.plans["hash-4"] = make_plan(
        4,
        make_line(old, 5, 0, Apply((ends,))),
        make_line(new, 0, 5, Apply((starts,)), transfer=(old.id,)),
    )
    writing = (nights.weigh(old, 5, 0, -100), nights.weigh(new, 0, 5, 110))
    return replace(nights.plan(4, CustomerState.CHANGED, changes=2), writing=writing)
