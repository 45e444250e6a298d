"""What ending old additions comes to, customer by customer, before anybody asks for it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plans.agreements import Addition, Agreement
from plans.ends import find_last_day
from web.pages.tools.old_list import FoundAddition, write_total
from web.wording import join, write_number_of, write_quantity, write_short_day

UNKNOWN_PERIOD = "not known: its invoicing is not known"


@dataclass(frozen=True, slots=True)
class EndedProduct:
    """The additions of one product on one agreement that would end. `beside` says whether Seatledger bills the product
    on the agreement as well, and `is_alone` that it does not: then nobody bills it once they have ended.
    """

    product: str
    agreement: str
    additions: str
    seats: str
    last_day: str
    beside: str
    is_alone: bool


@dataclass(frozen=True, slots=True)
class EndedCustomer:
    """One customer of those, with what it comes to, in words."""

    customer_id: str
    name: str
    total: str
    products: tuple[EndedProduct, ...]


def sum_up(chosen: Sequence[FoundAddition], today: date, currency: str) -> tuple[EndedCustomer, ...]:
    """Every customer by name with its products; `today` is the MSP's day."""
    by_customer: dict[str, list[FoundAddition]] = {}
    for each in chosen:
        by_customer.setdefault(each.old.customer.id, []).append(each)
    ordered = sorted(by_customer.items(), key=lambda pair: (pair[1][0].customer_name.casefold(), pair[0]))
    return tuple(
        EndedCustomer(customer_id, own[0].customer_name, write_total(own, currency), list_products(own, today))
        for customer_id, own in ordered
    )


def list_products(own: Sequence[FoundAddition], today: date) -> tuple[EndedProduct, ...]:
    """What of one customer would end, by agreement and product."""
    by_product: dict[tuple[str, str], list[FoundAddition]] = {}
    for each in own:
        by_product.setdefault((each.old.agreement.id, each.old.addition.product_id), []).append(each)
    return tuple(make_product(group, today) for group in by_product.values())


def make_product(group: Sequence[FoundAddition], today: date) -> EndedProduct:
    """One product of one agreement in words."""
    first = group[0]
    agreement = first.old.agreement
    quantities = [each.old.addition.quantity for each in group]
    seats = None if None in quantities else sum((each for each in quantities if each is not None), Decimal(0))
    billing = [each for each in first.beside if each.product_id == first.old.addition.product_id]
    return EndedProduct(
        product=first.product,
        agreement=first.agreement_name,
        additions=write_number_of(len(group), "addition"),
        seats=write_quantity(seats),
        last_day=write_last_day(agreement, [each.old.addition for each in group], today),
        beside=write_beside(billing),
        is_alone=not billing,
    )


def write_last_day(agreement: Agreement, additions: Sequence[Addition], today: date) -> str:
    """The last day that additions bill which end with the running period, as a night reckons it: where the PSA keeps
    units by day, a day on which they change already takes no other change (`plans.ends`)."""
    facts = agreement.facts
    taken = [() if each.days is None else each.days.days for each in additions]
    ends = [end for days in taken if (end := find_last_day(facts, today, days)) is not None]
    said = [write_short_day(each) for each in sorted({min(end, facts.ends_on or end) for end in ends})]
    return " or ".join(said) or UNKNOWN_PERIOD


def write_beside(billing: Sequence[Addition]) -> str:
    """Yes: 12 as addition 9001; or that nobody bills it afterwards."""
    if not billing:
        return "No: nobody bills it there afterwards"
    return f"Yes: {join([f'{write_quantity(each.quantity)} as addition {each.id}' for each in billing])}"
