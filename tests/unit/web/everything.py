"""One of everything, each called as somebody else chose to call it, and an address for every route that looks."""

from __future__ import annotations

from dataclasses import replace

from plans.agreements import Agreement
from plans.asking import AskedRun
from plans.audit import AuditEntry
from plans.catalogue import Company
from plans.journal import HistoryEntry
from plans.mapping_rules import MappingRule
from plans.tokens import TokenRole
from profiles.exclusions import LicenceExclusion
from profiles.holdings import Holding
from profiles.partners import NoGdap
from tests.unit.web import nights, tenants
from tests.unit.web.accounts import DIRECT, GRANTED, make_reading, make_tenant
from tests.unit.web.approval_fakes import make_proposal
from tests.unit.web.connection_fakes import CONNECTWISE
from tests.unit.web.fakes import NOW
from tests.unit.web.forecast_fakes import make_kept, make_past
from tests.unit.web.mapping_fakes import CONNECTION, MappingWorld, make_mapping, make_world
from tests.unit.web.token_fakes import make_token
from web.security.permissions import PERMISSIONS

ASKED = AskedRun(f"{nights.NIGHT}-001", ("customer-0",), "Ada Administrator", NOW)
FORECAST = "connectwise"
NAMED = {
    "customer_id": "customer-0",
    "run_id": nights.NIGHT,
    "sku_id": tenants.PREMIUM,
    "mapping_id": "m-0-premium",
    "addition_id": "9001",
    "agreement_id": "400",
    "hold_id": "customer-2--400",
    "profile_id": "premium",
    "rule_id": "r-1",
    "account_id": GRANTED.id,
    "tenant_id": DIRECT.id,
    "digest": "any",
    "name:path": "favicon.svg",
}


def make_everything(name: str = "Harbour Dental") -> MappingWorld:
    """A night, a customer that is mapped, connections, accounts, tokens and a change log; all are called `name`."""
    world = make_world()
    world.requests.reserved = [ASKED]
    world.books.customers = tuple(replace(each, name=name) for each in world.books.customers)
    world.profiles.profiles = {
        key: replace(each, name=f"{name} {key}", product_name=name) for key, each in world.profiles.profiles.items()
    }
    world.bill(replace(make_mapping(), licence_name=name), 12)
    world.books.history["customer-0"] = (HistoryEntry(NOW, "m-0-premium", 1, nights.NIGHT, f"{name} was told {name}."),)
    call_the_catalogue(world, name)
    call_the_readings(world, name)
    world.connections.psa = {CONNECTION: replace(CONNECTWISE, id=CONNECTION, name=name, company=name)}
    world.connections.accounts = {GRANTED.id: replace(GRANTED, name=name, user_name=name, consented_by=name)}
    world.connections.tenants = {DIRECT.id: replace(DIRECT, name=name)}
    world.tokens.tokens |= {each.id: each for each in (make_token(7, name, TokenRole.READER),)}
    exclusion = LicenceExclusion(tenants.VISIO, name)
    rule = MappingRule(NAMED["rule_id"], tenants.EXCHANGE, name, None, "premium", is_live=False, made_by=name)
    world.profiles.controls = replace(world.profiles.controls, exclusions=(exclusion,), rules=(rule,))
    world.open_items.proposals = (replace(make_proposal(1), customer_name=name),)
    kept, past = make_kept(name=name), make_past(invoiced="30.00")
    world.forecasts.newest, world.forecasts.differences = (replace(kept, name=name),), (past,)
    world.audit.entries = [AuditEntry(NOW, name, name, name, "profile/x", name, '{"name": "x"}', "")]
    return world


def call_the_catalogue(world: MappingWorld, name: str) -> None:
    """What the PSA offers."""
    shop = world.catalogue
    shop.companies = (Company("250", name, name), Company("299", f"{name} Two", f"{name} Two"))
    shop.products = tuple(replace(each, description=name, identifier=name) for each in shop.products)
    shop.agreements = tuple(replace(each, name=name, type_name=name) for each in shop.agreements)
    shop.readings = tuple(replace(each, name=name) for each in shop.readings if isinstance(each, Agreement))


def call_the_readings(world: MappingWorld, name: str) -> None:
    """What Microsoft and the last run said."""
    for key, snapshot in world.archive.snapshots.items():
        users = tuple(replace(each, display_name=name, principal_name=name) for each in snapshot.users)
        world.archive.snapshots[key] = replace(snapshot, users=users)
    free = replace(make_tenant(1, name), default_domain=name)
    world.archive.partner = make_reading(free, replace(make_tenant(2, name), gdap=NoGdap()))
    told = tuple(
        replace(each, sentence=f"{name} answered {name}.") if each.sentence else each
        for each in world.runs.tenants[nights.NIGHT]
    )
    held = tuple(Holding(each, name, 10, 8) for each in (tenants.PREMIUM, tenants.EXCHANGE))
    world.runs.tenants[nights.NIGHT] = tuple(replace(each, holdings=held) for each in told)


def fill(template: str) -> str:
    """The address of a route in that world."""
    if template.endswith("/asked"):
        return f"/runs/{ASKED.run_id}/asked"
    connection = FORECAST if template.startswith("/invoices") else CONNECTION
    path = template
    for name, value in {**NAMED, "connection_id": connection}.items():
        path = path.replace(f"{{{name}}}", value)
    return path


LOOKS = sorted(template for method, template in PERMISSIONS if method == "GET" and not template.startswith("/api/"))
POSTS = sorted(template for method, template in PERMISSIONS if method == "POST")
