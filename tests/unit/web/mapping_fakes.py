"""A customer whose licences are to be mapped: a PSA that offers agreements and products, and plans like ConnectWise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from plans.agreements import Addition, Agreement, AgreementFacts
from plans.catalogue import AgreementSummary, Product
from plans.counts import Count
from plans.journal import Adoption, LineJournal
from plans.ledger import LedgerEntry, sum_additions
from plans.limits import Rhythm
from plans.ports import Outside, Psa
from plans.translation import LineTask, Translation
from profiles.billing import BillableOption, Mapping
from profiles.periods import Grid
from psa.connectwise.lines import translate_line
from tests.unit.web import nights, tenants
from tests.unit.web.connection_fakes import CONNECTWISE, FakeCatalogue, FakeConnections
from tests.unit.web.fakes import World
from tests.unit.web.tenants import POWER_BI, PREMIUM

CONNECTION, COMPANY = "connectwise-1", "250"
FACTS = AgreementFacts(
    is_active=True,
    prorates=True,
    next_invoice_on=date(2026, 12, 1),
    ends_on=None,
    company_id=COMPANY,
    grid=Grid(2026, 1, 1, 1),
    invoiced_through=date(2026, 11, 30),
)
CUSTOMER = "/customers/customer-0"


def make_summary(agreement_id: str, name: str, type_id: str = "7", **changes: Any) -> AgreementSummary:
    made = AgreementSummary(agreement_id, name, COMPANY, type_id, f"Type {type_id}", "Active", is_active=True)
    return replace(made, **changes)


def make_agreement(agreement_id: str, name: str, *additions: Addition, **changes: Any) -> Agreement:
    return Agreement(CONNECTION, agreement_id, name, COMPANY, replace(FACTS, **changes), additions)


def make_product(product_id: str, price: str) -> Product:
    return Product(product_id, f"P-{product_id}", "Seats", "Agreement", Decimal(price), None, True, False)


@dataclass
class MappingCatalogue(FakeCatalogue):
    """What the PSA offers, and how it would bill: the very translation to ConnectWise."""

    prorates: bool = True
    rhythm: Rhythm = field(default_factory=lambda: Rhythm(50, 4, 4))

    def translate(self, task: LineTask) -> Translation:
        return translate_line(task)

    def put(self, *additions: Addition, agreement_id: str = "400") -> None:
        """Somebody has these additions on an agreement."""
        self.readings = tuple(
            replace(each, additions=(*each.additions, *additions))
            if isinstance(each, Agreement) and each.id == agreement_id
            else each
            for each in self.readings
        )


@dataclass
class MappingWorld(World):
    """Harbour Dental: its licences are those of `tenants.make_snapshot`; nothing is mapped but what a test maps."""

    catalogue: MappingCatalogue = field(default_factory=MappingCatalogue)

    async def outside(self) -> Outside:
        outside = await super().outside()
        return replace(outside, connections={CONNECTION: cast(Psa, self.catalogue)})

    @property
    def mapped(self) -> tuple[Mapping, ...]:
        """The customer's mappings."""
        return self.books.mappings["customer-0"]

    def map(self, *mappings: Mapping) -> None:
        self.books.mappings["customer-0"] = (*self.mapped, *mappings)

    def bill(self, mapping: Mapping, seats: int, addition_id: str = "9001") -> None:
        """The mapping has an addition of 1 November that somebody adopted, and was counted since."""
        product_id = self.profiles.profiles[mapping.profile_id].product_id
        addition = Addition(
            addition_id, product_id, Decimal(seats), date(2026, 11, 1), None, BillableOption.BILLABLE, "",
            Decimal("20.00"),
        )  # fmt: skip
        self.catalogue.put(addition, agreement_id=mapping.agreement_id)
        through, first = date(2026, 11, 30), date(2026, 11, 1)
        entry = LedgerEntry(mapping.id, first, 0, sum_additions([addition]), addition_id, through)
        adoption = Adoption(mapping.id, 0, mapping.agreement_id, (addition,), entry, date(2026, 11, 2), "Ada")
        count = Count(first, seats, date(2026, 11, 21), through, seats)
        self.books.journals[mapping.id] = LineJournal(mapping.id, adoptions=(adoption,), counts=(count,))
        self.books.billed[mapping.id] = seats
        self.map(mapping)


def make_world(*, users: int = 12, agreements: Sequence[str] = ("400", "401")) -> MappingWorld:
    """The typical night's first customer with nothing mapped, two agreements and three profiles."""
    night = nights.typical_world()
    world = MappingWorld(books=night.books, runs=night.runs)
    world.profiles.profiles = {
        name: replace(profile, product_name=f"Product {profile.product_id}")
        for name, profile in tenants.PROFILES.items()
    }
    customer = world.books.customers[0]
    world.books.customers = (
        replace(customer, connection_id=CONNECTION, company_id=COMPANY),
        *world.books.customers[1:],
    )
    world.books.mappings = {"customer-0": ()}
    snapshot = tenants.make_snapshot(customer.tenant_id, users)
    bought = {tenants.PREMIUM: 12, tenants.EXCHANGE: 12, tenants.VISIO: 3, POWER_BI: 2, tenants.FLOW: 1_000_000}
    snapshot = replace(
        snapshot,
        subscriptions=tuple(
            tenants.make_subscription(sku_id, seats, is_trial=sku_id == POWER_BI) for sku_id, seats in bought.items()
        ),
    )
    world.archive.snapshots = {(nights.NIGHT, customer.tenant_id): snapshot}
    names = {"400": "Managed Services", "401": "Cloud", "402": "Projects"}
    world.catalogue.agreements = tuple(make_summary(each, names[each]) for each in agreements)
    world.catalogue.readings = tuple(make_agreement(each, names[each]) for each in agreements)
    world.catalogue.products = (make_product("501", "20.00"), make_product("502", "4.00"), make_product("503", "15.00"))
    world.connections = FakeConnections(
        psa={CONNECTION: replace(CONNECTWISE, id=CONNECTION)}, catalogue=world.catalogue
    )
    return world


def make_mapping(sku_id: str = PREMIUM, profile_id: str = "premium", **options: Any) -> Mapping:
    return tenants.make_mapping(0, sku_id, profile_id, **options)


def address(sku_id: str = POWER_BI, rest: str = "map") -> str:
    return f"{CUSTOMER}/licences/{sku_id}/{rest}"
