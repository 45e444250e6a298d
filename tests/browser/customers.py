"""Worlds in which customers are added, switched and removed: some tenants safe, some doubtful, many, hostile, none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from plans.agreements import Addition
from plans.alerts.alert import AlertKind, ConfirmRemoval
from plans.asking import AskedRun
from plans.catalogue import Company
from plans.connecting import PartnerAccount
from plans.journal import Adoption, LineJournal
from plans.ledger import LedgerEntry
from plans.timeline import Timeline
from profiles.billing import BillableOption
from profiles.exclusions import TenantExclusion
from profiles.partners import ActiveGdap, LapsedGdap, PartnerReading, PartnerTenant
from tests.unit.plans.alerts.values import keep, make_alert
from tests.unit.web import nights
from tests.unit.web.connection_fakes import CONNECTWISE
from tests.unit.web.fakes import World
from tests.unit.web.nights import HOSTILE_NAMES

READ_AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
GDAP = ActiveGdap(READ_AT + timedelta(days=300), (GLOBAL_READER,), True)
# Name, domain, and the companies that it may be: name, short name, website's domain.
KNOWN = (
    ("Aldgate Surveyors", "aldgate.example", (("Aldgate Surveyors Ltd", "Aldgate", "aldgate.example"),)),
    ("Brightwater Pools", "brightwater.example", (("Brightwater Pools & Spas", "Brightwater", "brightwater.example"),)),
    ("Cobalt Dental", "cobalt.onmicrosoft.com", (("Cobalt Dental", "Cobalt", ""),)),
    ("Dunmore Farms", "dunmore.example", (("Dunmore Farms", "Dunmore", "dunmore-farms.example"),)),
    ("Elmwood Care", "elmwood.example", (("Elmwood Care Homes", "Elmwood", ""), ("Elmwood Cars", "ElmCars", ""))),
    (
        "Fenwick & Sons",
        "fenwick.example",
        (("Fenwick and Sons", "Fenwick", ""), ("Fenwick & Sons Ltd", "Fenwick2", "")),
    ),
    ("Zephyr Kites", "zephyr.example", ()),
)


def make_tenant_id(number: int) -> str:
    return f"ad0b3000-0000-4000-8000-{number:012d}"


TENANT = make_tenant_id(4)


def make_tenant(number: int, name: str, domain: str) -> PartnerTenant:
    return PartnerTenant(make_tenant_id(number), name, domain or None, GDAP, ())


def adding_world() -> World:
    """The typical MSP with seven tenants that are no customers yet, one without access, and one excluded."""
    world = connect(nights.typical_world())
    tenants = [make_tenant(number, name, domain) for number, (name, domain, _) in enumerate(KNOWN)]
    tenants.append(replace(make_tenant(20, "Our own tenant", "msp.example"), name="Our own tenant"))
    lapsed = replace(make_tenant(21, "Gable Roofing", "gable.example"), gdap=LapsedGdap(READ_AT))
    offer(world, [*tenants, lapsed, *list_own(world)])
    companies = [company for _, _, known in KNOWN for company in known]
    world.connections.catalogue.companies = (
        *(Company(str(900 + number), short, name, "", site) for number, (name, short, site) in enumerate(companies)),
        Company("990", "Gable", "Gable Roofing", "https://gable.example", "gable.example"),
        *(Company(each.company_id, f"C{each.company_id}", each.name) for each in world.books.customers),
    )  # fmt: skip
    excluded = TenantExclusion(make_tenant_id(20), "it is our own tenant")
    world.profiles.controls = replace(world.profiles.controls, exclusions=(excluded,))
    return world


def connect(world: World) -> World:
    """One PSA connection and one partner account."""
    world.connections.psa = {nights.CONNECTION: replace(CONNECTWISE, id=nights.CONNECTION)}
    account = PartnerAccount("main", "partner-tenant", "client", "secret", "token", name="Northern IT")
    world.connections.accounts = {"main": account}
    return world


def list_own(world: World) -> list[PartnerTenant]:
    """The tenants of its customers, with delegated access to each."""
    return [
        PartnerTenant(each.tenant_id, each.name, f"c{number}.example", GDAP, ())
        for number, each in enumerate(world.books.customers)
    ]


def connected_world() -> World:
    """The typical night, with the PSA that it bills in and the account that reaches its tenants."""
    world = connect(nights.typical_world())
    offer(world, list_own(world))
    return world


def offer(world: World, tenants: list[PartnerTenant]) -> None:
    """The tenants that the account reaches."""
    world.archive.partner = PartnerReading("main", READ_AT, tuple(tenants), None)


def nothing_world() -> World:
    """Nothing is connected."""
    world = World()
    world.archive.partner = None
    return world


def large_world(count: int = 5000) -> World:
    """Five thousand tenants, most with a safe match."""
    world = connect(World())
    offer(world, [make_tenant(number, f"Customer {number:05d}", f"c{number}.example") for number in range(count)])
    world.connections.catalogue.companies = tuple(
        Company(str(number), f"C{number}", f"Customer {number:05d} Ltd", "", f"c{number or 'x'}.example")
        for number in range(count)
    )  # fmt: skip
    return world


def hostile_world() -> World:
    """Names that would break a page which trusts them, on both sides."""
    world = connect(World())
    offer(world, [make_tenant(number, name, f"{number}.example") for number, name in enumerate(HOSTILE_NAMES)])
    world.connections.catalogue.companies = tuple(
        Company(str(number), name[:12], name, "", f"{number}.example" if number % 2 else "")
        for number, name in enumerate(HOSTILE_NAMES)
    )
    return world


def observed_world() -> World:
    """The typical night, in which customer 2 is only observed."""
    world = connected_world()
    world.books.customers = tuple(replace(each, is_observed=each.id == "customer-2") for each in world.books.customers)
    plan = world.archive.plans["hash-2"]
    world.archive.plans["hash-2"] = replace(plan, is_observed=True)
    world.runs.tenants[nights.NIGHT] = [
        replace(tenant, agreements=tuple(replace(each, is_observed=True) for each in tenant.agreements))
        if "customer-2" in tenant.customer_ids
        else tenant
        for tenant in world.runs.tenants[nights.NIGHT]
    ]
    return world


def lacking_world() -> World:
    """Everybody is only observed, nothing is connected any more, and the last night could not read customer 2."""
    world = nights.typical_world()
    world.books.customers = tuple(replace(each, is_observed=True) for each in world.books.customers)
    tenants = list(world.runs.tenants[nights.NIGHT])
    tenants[2] = nights.unknown(2, "Reading subscribed licences was refused with 403.")
    world.runs.tenants[nights.NIGHT] = tenants
    world.books.mappings = {}
    return world


def billed_world(customer_id: str = "customer-0") -> World:
    """A customer with one addition that a person made its own: 12 seats at 22.00."""
    world = observed_world()
    mapping = world.books.mappings[customer_id][0]
    addition = Addition(
        "9002", "501", Decimal(12), date(2026, 11, 1), None, BillableOption.BILLABLE, "", Decimal("22.00")
    )
    entry = LedgerEntry(mapping.id, date.min, 0, Timeline(((date(2026, 11, 1), 12),)), "", None)
    adoption = Adoption(mapping.id, 0, mapping.agreement_id, (addition,), entry, date(2026, 11, 1), "Ada", "ours")
    world.books.journals[mapping.id] = LineJournal(mapping.id, adoptions=(adoption,))
    return world


def gone_world() -> World:
    """Microsoft lists the tenant of a customer no more, and its addition bills on."""
    world = billed_world()
    customer = next(each for each in world.books.customers if each.id == "customer-0")
    sentence = f"The tenant of {customer.name} is not in the partner account any more."
    alert = replace(
        make_alert(kind=AlertKind.TENANT_REMOVED),
        thing=(customer.id,),
        subject="main",
        sentence=sentence,
        customer_id=customer.id,
        customer_name=customer.name,
        tenant_id=customer.tenant_id,
        target=ConfirmRemoval(customer.id),
    )
    world.alerts.standing = {alert.id: keep(alert, world.now - timedelta(hours=4))}
    return world


def asked_world() -> World:
    """A run was asked for, and has not begun."""
    world = nights.typical_world()
    world.requests.taken = {"2026-11-22-001"}
    world.requests.reserved = [AskedRun("2026-11-22-001", ("customer-0",), "Ada Administrator", world.now)]
    return world


def make_worlds() -> dict[str, World]:
    """Every state, by name."""
    return {
        "adding": adding_world(),
        "nothing": nothing_world(),
        "large": large_world(),
        "hostile": hostile_world(),
        "typical": connected_world(),
        "observed": observed_world(),
        "lacking": lacking_world(),
        "asked": asked_world(),
        "billed": billed_world(),
        "gone": gone_world(),
    }
