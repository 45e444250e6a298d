"""What the PSA says now: agreements and the additions on them, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from plans.timeline import Timeline
from profiles.billing import BillableOption
from profiles.periods import ONE_DAY, Grid


@dataclass(frozen=True, slots=True)
class InvoicedPart:
    """So many units that were invoiced from `start` through `last`, and what they cost together."""

    start: date
    last: date
    units: int
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Booking:
    """How an addition is booked beside its price: what a unit costs the MSP, whether it is taxed, and its group on the
    invoice, by the PSA's own number. None or empty where the PSA says nothing, or has no such thing."""

    unit_cost: Decimal | None = None
    is_taxed: bool | None = None
    group_id: str = ""


@dataclass(frozen=True, slots=True)
class Addition:
    """One product line on an agreement. Both dates are inclusive days in the MSP's zone.

    `quantity` may be a fraction, or nothing at all, on a line that a person made. `key` is our marker as the PSA
    stores it; it is empty on a line that a person or another tool made. `included` are units of `quantity` that the PSA
    does not bill.

    `days` is what it bills day by day, where the PSA keeps that (Autotask), and `quantity` is what it bills in the end.
    None where the quantity holds for every day. `days_read_from` is the first day of which they tell; what came before
    nobody was told. It moves on with time, so that two readings are the same whatever it says; None where nobody kept
    it, and then they tell of the days from their first step on. `doubt` says why nobody can tell what it bills, where
    that is so: its quantity is None then. `invoiced_parts` are what was invoiced of days that are read, where units by
    day come to nothing on some of them, so that no price in the end tells what they cost; empty where none do.
    `booking` is None where nobody read it.
    """

    id: str
    product_id: str
    quantity: Decimal | None
    effective_on: date | None
    cancelled_on: date | None
    billable_option: BillableOption
    key: str
    unit_price: Decimal | None = None
    description: str = ""
    included: Decimal = Decimal(0)
    days: Timeline | None = None
    days_read_from: date | None = field(default=None, compare=False)
    doubt: str = ""
    invoiced_parts: tuple[InvoicedPart, ...] = field(default=(), compare=False)
    booking: Booking | None = field(default=None, compare=False)

    @property
    def unit_cost(self) -> Decimal | None:
        """What a unit costs the MSP; None where nobody tells."""
        return None if self.booking is None else self.booking.unit_cost

    @property
    def is_taxed(self) -> bool | None:
        """Whether it is taxed; None where nobody tells."""
        return None if self.booking is None else self.booking.is_taxed

    @property
    def group_id(self) -> str:
        """Its group on the invoice; empty where it has none, or nobody tells."""
        return "" if self.booking is None else self.booking.group_id

    def without_words_and_price(self) -> Addition:
        """What decides how many seats are billed and when: a new catalog price or text is no edit of that."""
        return Addition(
            self.id,
            self.product_id,
            self.quantity,
            self.effective_on,
            self.cancelled_on,
            self.billable_option,
            self.key,
            included=self.included,
            days=self.days,
        )


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """What a plan rests on: if one of these moves, the plan is void (billing rules, 9).

    `invoiced_through` is P, the last day already invoiced; None where the PSA does not say, or contradicts itself, and
    then `invoicing_doubt` is the sentence that says why. `grid` are the billing periods; None where the cycle is one
    that nobody confirmed. A child agreement is invoiced with its parent: both are the parent's (billing rules, 3).
    `renewed_by` is the agreement that takes over where this one ends; None where there is none, or nobody says.
    `text_limit` is how many signs an addition's text may have; None where nobody says. Where the PSA `bills_late`, what
    is added to days that are invoiced already becomes an item of its own: it needs no invoice of a later period.
    `starts_on` is the agreement's first day; None where nobody says.
    `posted_apart` is for a PSA that invoices the additions of one agreement apart (Autotask): where their days differ,
    the last day invoiced of each by its id, and under "" of one that is not there yet. `invoiced_through` is the latest
    of them.
    """

    is_active: bool
    prorates: bool
    next_invoice_on: date | None
    ends_on: date | None
    company_id: str = ""
    grid: Grid | None = None
    invoiced_through: date | None = None
    invoicing_doubt: str = ""
    parent_id: str | None = None
    renewed_by: str | None = None
    text_limit: int | None = None
    bills_late: bool = False
    starts_on: date | None = None
    posted_apart: tuple[tuple[str, date], ...] = ()

    def find_invoiced(self, addition_id: str) -> date | None:
        """The last day invoiced of one addition, "" for one that is not there yet; None where nobody knows it."""
        return dict(self.posted_apart).get(addition_id, self.invoiced_through)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A recurring contract in the PSA with every addition on it.

    `bundled` are the products inside bundles of several, each as an addition with the bundle's units, or without a
    quantity where nobody can tell: the bundle bills them, and they are nobody's to adopt or to write.
    `posted_parts` is for a PSA that invoices parts of a period by themselves (Autotask): the first days, of the last
    week and later ones, of parts that are invoiced, each with its addition's id; None where the PSA does not say.
    """

    connection_id: str
    id: str
    name: str
    company_id: str
    facts: AgreementFacts
    additions: tuple[Addition, ...]
    bundled: tuple[Addition, ...] = ()
    posted_parts: tuple[tuple[str, date], ...] | None = None

    @property
    def next_through(self) -> date | None:
        """The last day before what is invoiced next; None where nobody knows it. Of additions that are invoiced apart
        it is the earliest of theirs; one of which nothing that was read is invoiced is not waited for, for nobody
        invoices it, unless the agreement itself began that late."""
        facts = self.facts
        told = {each.id: each.days_read_from or date.min for each in self.additions}
        days = [
            day
            for name, day in facts.posted_apart
            if name in told and (day >= told[name] or day + ONE_DAY == facts.starts_on)
        ]
        return min(days, default=facts.invoiced_through)

    def find_invoiced(self, addition_id: str) -> date | None:
        """The last day invoiced of one of its additions, though that may have been put there since it was read."""
        apart = dict(self.facts.posted_apart)
        return apart.get(addition_id, apart.get("", self.facts.invoiced_through))

    @property
    def billing(self) -> tuple[Addition, ...]:
        """Everything on it that bills a product, inside bundles as well."""
        return (*self.additions, *self.bundled) if self.bundled else self.additions


def price_new(agreement: Agreement, product_id: str, prices: Mapping[str, Decimal]) -> Decimal | None:
    """What a unit of a new addition costs where we send no price: as the PSA's catalog says, else like the newest
    addition of the product on the agreement. `prices` are the catalog's, by product. None where nothing tells.
    """
    beside = [each.unit_price for each in agreement.additions if each.product_id == product_id]
    known = [price for price in beside if price is not None]
    return prices.get(product_id, known[-1] if known else None)


@dataclass(frozen=True, slots=True)
class UnreadableAgreement:
    """An agreement that the PSA lists with something on it that no bill may rest on."""

    id: str
    sentence: str


type AgreementReading = Agreement | UnreadableAgreement
