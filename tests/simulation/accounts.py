"""What a simulated MSP bills: its customers, agreements and mappings, and what the world knows of each."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from plans.agreements import Addition
from plans.journal import Adoption
from plans.keys import name_line
from plans.ledger import LedgerEntry
from plans.timeline import Timeline
from profiles.billing import Basis, BillableOption, Customer, Mapping
from tests.simulation.disk import State
from tests.simulation.psa import BY_CATALOG, move_month, spell_day
from tests.simulation.tenants import SECOND_SKU, SKU

if TYPE_CHECKING:
    from tests.simulation.world import World

CATALOG_PRICE = 20.0
SKUS = {"spb": SKU, "o365": SECOND_SKU}


@dataclass(frozen=True)
class Terms:
    """How one customer is billed. `parent_id` is the agreement that its own is a child of; None for none."""

    number: int
    products: tuple[str, ...] = ("spb",)
    is_in_arrears: bool = False
    prorates: bool = True
    credits: frozenset[str] = frozenset()
    parent_id: int | None = None

    @property
    def agreement_id(self) -> int:
        """The id of its agreement."""
        return 1200 + self.number


@dataclass
class Account:
    """One mapping as the world sees it.

    `highest` is the most seats there ever were, `levels` are all counts of them. `counted` are the readings that a run
    kept, as (day, seats), in the
    order in which they were kept; `invoiced` says after how many of them each invoice was made, with the first day of
    its period and the day it was made. `is_touched`: a person changed something of it in the PSA; `is_decided`: refused
    a change of it; `is_raced`: it was invoiced while a run was at work, or a promise of it stood open. `moved_to` is
    the agreement to which a person moved it, if any; `follower_id` the mapping that follows it there, where its own was
    ended.
    """

    terms: Terms
    product: str
    tenant_id: str
    customer_id: str
    mapping_id: str
    product_id: int
    prefix: str
    highest: int = 0
    levels: set[int] = field(default_factory=set)
    counted: list[tuple[date, int]] = field(default_factory=list)
    invoiced: list[tuple[date, date, int]] = field(default_factory=list)
    adopted_id: int | None = None
    is_touched: bool = False
    is_refused: bool = False
    is_raced: bool = False
    moved_to: int | None = None
    follower_id: str | None = None

    @property
    def mapping_ids(self) -> tuple[str, ...]:
        """The mapping, and the one that follows it."""
        return (self.mapping_id,) if self.follower_id is None else (self.mapping_id, self.follower_id)

    @property
    def agreement_id(self) -> int:
        """The id of its agreement."""
        return self.moved_to or self.terms.agreement_id

    @property
    def gives_credits(self) -> bool:
        """Whether a decrease counts from its day."""
        return self.product in self.terms.credits

    @property
    def prorates(self) -> bool:
        """Whether an increase counts from its day."""
        return self.terms.prorates

    def owns(self, row: MappingOf[str, object]) -> bool:
        """Whether an addition is this mapping's: it carries its key, or it was adopted."""
        return str(row.get("serialNumber") or "").startswith(self.prefix) or row["id"] == self.adopted_id


def add_customer(world: World, terms: Terms, next_invoice: date, seats: MappingOf[str, int]) -> None:
    """A customer with one tenant, one agreement and its mappings, and the parent agreement where there is one."""
    number = terms.number
    tenant_id = f"00000000-0000-4000-8000-{number:012d}"
    customer = Customer(f"customer-{number}", f"Customer {number}", tenant_id, "connectwise", str(number))
    world.disk.customers[customer.id] = customer
    world.tenants.seats[tenant_id] = {}
    mappings = []
    for product in terms.products:
        mapping = Mapping(
            f"{customer.id}-{product}",
            customer.id,
            SKUS[product],
            product.upper(),
            product,
            str(terms.agreement_id),
            Basis.PURCHASED,
            gives_credits=product in terms.credits,
        )
        mappings.append(mapping)
        product_id = int(world.disk.profiles[product].product_id)
        world.psa.catalog[product_id] = CATALOG_PRICE
        account = Account(terms, product, tenant_id, customer.id, mapping.id, product_id, name_line(mapping.id) + "-")
        world.accounts.append(account)
        set_seats(world, account, seats[product])
    world.disk.mappings[customer.id] = tuple(mappings)
    add_agreement(world, terms.agreement_id, terms, next_invoice, terms.parent_id)
    if terms.parent_id is not None:
        add_agreement(world, terms.parent_id, terms, next_invoice, None)


def add_agreement(world: World, agreement_id: int, terms: Terms, next_invoice: date, parent_id: int | None) -> None:
    """One agreement without additions."""
    world.psa.agreements[agreement_id] = {
        "id": agreement_id,
        "name": "Managed Services",
        "company": {"id": terms.number},
        "type": {"id": 7, "name": "Managed"},
        "agreementStatus": "Active",
        "billingCycle": {"id": 2, "name": "Monthly"},
        "prorateFlag": terms.prorates,
        "noEndingDateFlag": True,
        "nextInvoiceDate": spell_day(next_invoice),
        "parentAgreement": None if parent_id is None else {"id": parent_id},
    }
    world.psa.additions[agreement_id] = []
    if terms.is_in_arrears and parent_id is None:
        world.psa.in_arrears.add(agreement_id)


def set_seats(world: World, account: Account, seats: int) -> None:
    """The customer buys or gives back seats."""
    world.tenants.seats[account.tenant_id][SKUS[account.product]] = seats
    account.highest = max(seats, account.highest)
    account.levels.add(seats)


def get_seats(world: World, account: Account) -> int:
    """The seats there are now."""
    return world.tenants.seats[account.tenant_id][SKUS[account.product]]


def book_by_hand(number: int) -> dict[str, object]:
    """What a person typed beside quantity and price, by the number of the agreement: nothing, the catalog's, or another
    cost, no tax and a group."""
    other = {"unitCost": 11.25, "taxableFlag": False, "invoiceGrouping": {"id": 3, "name": "Cloud"}}
    kinds: tuple[dict[str, object], ...] = (
        {},
        dict(BY_CATALOG),
        other,
        {"unitCost": 0.0, "taxableFlag": None},
    )
    return kinds[number % len(kinds)]


def adopt_addition(world: World, account: Account, quantity: int) -> None:
    """A person's own addition, there since last month's first day, that was made the mapping's before the story."""
    start = move_month(world.first_day.replace(day=1), -1)
    row_id = 100 + account.agreement_id
    through = world.psa.find_invoiced_through(account.agreement_id)
    row = {"id": row_id, "agreementId": account.agreement_id, "product": {"id": account.product_id}}
    row |= {"quantity": quantity, "billCustomer": "Billable", "effectiveDate": spell_day(start)}
    row |= book_by_hand(account.agreement_id)
    world.psa.additions[account.agreement_id].append({**row, "cancelledDate": None, "serialNumber": ""})
    world.psa.billed_through[row_id] = through
    addition = Addition(
        str(row_id), str(account.product_id), Decimal(quantity), start, None, BillableOption.BILLABLE, ""
    )
    ledger = LedgerEntry(account.mapping_id, start, 0, Timeline(((start, quantity),)), str(row_id), through)
    adoption = Adoption(
        account.mapping_id, 0, str(account.agreement_id), (addition,), ledger, world.first_day, "Ada", "ours since May"
    )
    world.disk.adoptions[account.mapping_id, 0, 0] = adoption
    world.disk.states[account.customer_id][account.mapping_id] = State(quantity, None, (str(account.agreement_id),))
    account.adopted_id = row_id
    account.highest = max(account.highest, quantity)
    account.counted.append((start, quantity))
