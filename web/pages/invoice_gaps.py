"""What the next invoices would lack, with the licence and the money of each where they are known. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from notify.licence_names import name_licence
from plans.alerts.runs import find_usual_prices
from plans.approvals import OpenHold
from plans.before_invoice import Gap, Missing
from plans.due_invoices import BilledCustomer
from plans.results import TenantResult
from profiles.billing import Basis
from profiles.exclusions import Exclusion, find_exclusion
from profiles.holdings import Holding
from profiles.licences import Term
from profiles.parts import OneSubscription, Part
from profiles.unmapped import find_unmapped, list_held
from web.part_words import name_part
from web.wording import TERM_WORDS, clean, write_number_of


@dataclass(frozen=True, slots=True)
class OpenThing:
    """One thing that is open before an invoice. `monthly` is what it moves in a whole month, None where no price is
    known; `sku_id` is the licence where it is one that nobody mapped."""

    missing: Missing
    monthly: Decimal | None = None
    sku_id: str = ""


@dataclass(frozen=True, slots=True)
class OpenMoney:
    """What all of it moves in a whole month: more, less (below zero), and how many have no known price. A licence that
    is missing from several invoices of its customer counts once."""

    rises: Decimal
    falls: Decimal
    unpriced: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the gaps: open holds, the rows of tenants by id, customers by id, exclusions."""

    holds: Sequence[OpenHold]
    tenants: Mapping[str, TenantResult]
    customers: Mapping[str, BilledCustomer]
    exclusions: Sequence[Exclusion]


def name_gaps(missing: Sequence[Missing], known: Known) -> tuple[OpenThing, ...]:
    """Each with its money; where licences are unmapped, one for each of them."""
    held = {(hold.customer_id, hold.line.mapping_id): hold.line.monthly for hold in known.holds}
    prices = find_usual_prices(tuple(known.tenants.values()))
    found: list[OpenThing] = []
    for each in missing:
        if each.gap is Gap.UNMAPPED:
            found += name_unmapped(each, known, prices)
        else:
            found.append(OpenThing(each, held.get((each.customer_id, each.mapping_id))))
    return tuple(found)


def name_unmapped(missing: Missing, known: Known, prices: Mapping[str, Decimal]) -> Iterator[OpenThing]:
    """One thing for each licence, or part of one, that nobody mapped; what no run kept the name of stays as it was."""
    customer = known.customers[missing.customer_id]
    tenant = known.tenants[customer.tenant_id]
    holdings = {each.sku_id.lower(): each for each in tenant.holdings}
    pieces = find_unmapped(list_held(tenant.sku_ids, tenant.holdings), customer.mapped)
    open_pieces = [
        (sku_id, part)
        for sku_id, part in pieces
        if find_exclusion(known.exclusions, customer.tenant_id, sku_id) is None
    ]
    named = sorted(
        (
            (name_licence(holdings[sku_id].part_number), sku_id, part)
            for sku_id, part in open_pieces
            if sku_id in holdings
        ),
        key=repr,
    )
    for name, sku_id, part in named:
        yield name_piece(missing, (name, sku_id, part), holdings[sku_id], prices.get(sku_id))
    nameless = len(open_pieces) - len(named)
    if nameless:
        is_mapped = "licence of its tenant is" if nameless == 1 else "licences of its tenant are"
        yield OpenThing(replace(missing, sentence=f"{nameless} {is_mapped} mapped nowhere, and so on no invoice."))


def name_piece(missing: Missing, piece: tuple[str, str, Part], holding: Holding, price: Decimal | None) -> OpenThing:
    """One licence that nobody mapped: its seats, and what other customers pay for as many."""
    name, sku_id, part = piece
    seats = holding.count(part, Basis.PURCHASED)
    bought = name_bought(part, holding)
    money = " The money is what other customers pay for as many." if price is not None else ""
    are = "is" if seats == 1 else "are"
    sentence = f"{write_number_of(seats, 'seat')} of it{bought} {are} mapped nowhere, and so on no invoice.{money}"
    monthly = None if price is None else price * seats
    return OpenThing(replace(missing, licence_name=clean(name), sentence=sentence), monthly, sku_id)


def name_bought(part: Part, holding: Holding) -> str:
    """What of a licence was bought, as it follows on the seats "of it"; nothing where that is all of it."""
    match part:
        case None:
            return ""
        case Term():
            return f" bought {TERM_WORDS[part]}"
        case OneSubscription():
            return f" in {name_part(part, holding)}"


def add_up(things: Collection[OpenThing]) -> OpenMoney:
    """The money of all of them."""
    apart: dict[object, OpenThing] = {}
    for number, each in enumerate(things):
        key = (each.missing.customer_id, each.sku_id, each.missing.sentence) if each.sku_id else number
        apart[key] = each
    amounts = [each.monthly for each in apart.values()]
    known = [amount for amount in amounts if amount is not None]
    return OpenMoney(
        rises=sum((amount for amount in known if amount > 0), Decimal(0)),
        falls=sum((amount for amount in known if amount < 0), Decimal(0)),
        unpriced=len(amounts) - len(known),
    )
