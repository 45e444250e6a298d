"""Many customers that hold the same licences, of which nobody has decided anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from plans.catalogue import AgreementSummary
from plans.results import TenantResult
from plans.runs import Totals
from profiles.billing import BillingProfile
from profiles.exclusions import LicenceExclusion
from profiles.holdings import Holding
from profiles.licences import Term
from tests.unit.web import nights, tenants
from tests.unit.web.connection_fakes import CONNECTWISE, FakeConnections
from tests.unit.web.fakes import FakeBooks, FakeRuns, World
from tests.unit.web.mapping_fakes import CONNECTION, MappingCatalogue, make_product
from tests.unit.web.tenants import EXCHANGE, PREMIUM

PREMIUM_PROFILE = "premium"
# By the number of the customer: one with two agreements that fit, one with none, one whose licence is mapped already.
TWO, NONE, MAPPED, OBSERVED = 0, 1, 2, 3


def hold(sku_id: str, purchased: int, assigned: int, *terms: tuple[Term, int]) -> Holding:
    return Holding(sku_id, tenants.PART_NUMBERS[sku_id], purchased, assigned, terms or None)


def agree(agreement_id: str, number: int, type_id: str = "7") -> AgreementSummary:
    name = {"7": "Managed Services", "8": "Projects"}.get(type_id, "Other")
    return AgreementSummary(agreement_id, name, str(250 + number), type_id, name, "Active", is_active=True)


def make_many(count: int = 6, **profile: Any) -> World:
    """`count` customers with ten seats of Premium and four of Exchange each; the profile bills on type 7."""
    customers = tuple(nights.make_customer(number, f"Customer {number:04}") for number in range(count))
    customers = tuple(
        replace(each, is_observed=number == OBSERVED, connection_id=CONNECTION) for number, each in enumerate(customers)
    )
    rows = tuple(
        replace(
            nights.planned(number),
            holdings=(
                hold(PREMIUM, 10, 8, (Term.ANNUAL, 7), (Term.MONTHLY, 3)),
                hold(EXCHANGE, 4, 4, (Term.MONTHLY, 4)),
            ),
            sku_ids=(PREMIUM, EXCHANGE),
        )
        for number in range(count)
    )
    runs = FakeRuns(runs=(nights.closed_run(Totals()),), tenants={nights.NIGHT: rows})
    mapped = tenants.make_mapping(MAPPED, PREMIUM, "premium")
    world = World(books=FakeBooks(customers=customers, mappings={mapped.customer_id: (mapped,)}), runs=runs)
    made: BillingProfile = replace(tenants.PROFILES["premium"], connection_id=CONNECTION, agreement_type_ids=("7",))
    world.profiles.profiles = {PREMIUM_PROFILE: replace(made, **profile)}
    agreements = [agree(str(400 + number), number) for number in range(count) if number != NONE]
    agreements += [agree("900", TWO), agree("901", MAPPED), agree("902", OBSERVED, "8")]
    catalogue = MappingCatalogue(agreements=tuple(agreements), products=(make_product("501", "20.00"),))
    world.connections = FakeConnections(psa={CONNECTION: replace(CONNECTWISE, id=CONNECTION)}, catalogue=catalogue)
    return world


def exclude(world: World, sku_id: str) -> None:
    """An administrator excludes it everywhere."""
    world.profiles.controls = replace(world.profiles.controls, exclusions=(LicenceExclusion(sku_id, "Free"),))


def replace_row(world: World, row: TenantResult) -> None:
    """A newer reading of one tenant."""
    rows = tuple(row if each.tenant_id == row.tenant_id else each for each in world.runs.tenants[nights.NIGHT])
    world.runs.tenants[nights.NIGHT] = rows
    newest = world.runs.runs[0]
    world.runs.runs = (replace(newest, totals=Totals(read=newest.totals.read + 1)), *world.runs.runs[1:])
