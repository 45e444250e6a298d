"""What the PSA's catalog says that products cost, for lines whose addition is not made yet.

A price may be a week old here: what is kept from an earlier night saves the call. Where the PSA does not say, the line
has no forecast, and no brake weighs its money. It never stops a night.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from plans.catalogue import PriceList
from plans.connecting import find_psa
from plans.errors import Misconfigured, SeatledgerError
from plans.plan import AgreementPlan
from plans.ports import Outside

LOG = logging.getLogger(__name__)
LONGEST_KEPT = timedelta(days=7)

type AskPrices = Callable[[frozenset[str]], Awaitable[Mapping[str, Decimal]]]


async def read_prices(
    outside: Outside, today: date, connection_id: str, wanted: frozenset[str]
) -> Mapping[str, Decimal]:
    """What a unit of each product costs by the PSA's catalog: with one bulk list a day at most, and with none where the
    `wanted` products are known from the last days. Where the PSA refuses or fails, the last that was known.
    """
    kept = await outside.archive.read_prices(connection_id)
    if kept is not None and is_good(kept, today, wanted):
        return kept.prices
    known: Mapping[str, Decimal] = {} if kept is None else kept.prices
    try:
        known = await find_psa(outside, connection_id).read_prices()
    except Misconfigured as error:
        LOG.warning("The products of PSA connection %s may not be read: %s", connection_id, error)
    except SeatledgerError as error:
        LOG.warning("The products of PSA connection %s cannot be read now: %s", connection_id, error)
        return known
    await outside.archive.save_prices(connection_id, PriceList(today, dict(known)))
    return known


def is_good(kept: PriceList, today: date, wanted: frozenset[str]) -> bool:
    """Whether nothing has to be asked: it was read today, or lately and names everything."""
    age = today - kept.read_on
    return age == timedelta(0) or (timedelta(0) <= age < LONGEST_KEPT and wanted <= kept.prices.keys())


def list_unpriced(plan: AgreementPlan) -> frozenset[str]:
    """The products of what is planned and no addition tells the price of."""
    return frozenset(
        line.product_id for line in plan.lines if line.unit_price is None and (line.wanted or line.scheduled)
    )
