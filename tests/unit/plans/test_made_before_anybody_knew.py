"""What was made on nights that could not tell what is invoiced: is it on the first invoice that anybody knows of?

20.00 a seat, April has 30 days, agreements in advance. On 3 April the API member may not read invoices: 10 seats are
written from that day on. On the 4th it may, and April is invoiced through the 30th: before or after the 3rd, who knows.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plans.changes import Held
from plans.counts import Count, record_count
from profiles.billing import CustomPrice, DatedPrice, Price
from tests.unit.plans.agreements import HOME, Psa
from tests.unit.plans.nights import (
    SPB,
    World,
    april,
    held_by,
    is_still,
    june,
    make_world,
    may,
    tell,
)

RISING = CustomPrice((DatedPrice(april(1), Decimal(20)), DatedPrice(may(1), Decimal(22))))


def begin_unknown(price: Price | None = None) -> tuple[World, Psa]:
    """10 seats from 3 April, written while P was unknown; April is on an invoice of the 1st."""
    world = make_world(in_arrears=False, price=price)
    psa = world.psas[HOME]
    psa.invoice()
    psa.doubt = "The API member lacks the right Finance > Invoicing (Inquire)."
    world.night(april(3), 10)
    psa.doubt = ""
    world.night(april(4), 10)
    return world, psa


def test_a_fall_waits_for_the_invoice_that_catches_the_first_days_up() -> None:
    """10 → 8 on 10 April. Set at once, 8 would be caught up from the 3rd: 2 × 20.00 × 28/30 = 37.33 were lost. May's
    invoice is 10 × 20.00 × 28/30 + 200.00 = 386.67; 40.00 of May are proposed as a credit, and June is 160.00."""
    world, psa = begin_unknown()
    world.night(april(10), 8)
    line = world.night(april(11), 8)
    assert (held_by(line), line.wanted) == ("invoicing_unknown", ())
    assert isinstance(line.decision, Held)
    assert line.decision.sentence == (
        "10 → 8 spb on agreement 12 waits for the next invoice: addition 1201 was made while ConnectWise did not tell "
        "what it had invoiced, so that nobody knows whether its days through 30 Apr 2026 are on an invoice. Nothing to "
        "do: it is tried again every night."
    )
    assert psa.invoice() == Decimal("386.67")
    line = world.night(may(2), 8)
    assert tell(line) == ["1201: 10→8"]
    assert [(each.start, each.last, each.amount) for each in line.proposals] == [(may(1), may(31), Decimal("40.00"))]
    assert psa.invoice() == Decimal("160.00")


def test_seats_that_come_are_written_and_rolled_up_once_an_invoice_has_them_all() -> None:
    """12 from 20 April: a delta at once. Nothing is rolled up before the first addition is known to be invoiced."""
    world, psa = begin_unknown()
    assert tell(world.night(april(20), 12)) == ["2 from 2026-04-20"]
    assert is_still(world.night(april(21), 12))
    psa.invoice()
    assert tell(world.night(may(2), 12)) == ["1202: through 2026-05-31", "1201: 10→12"]
    assert psa.invoice() == Decimal("240.00")


def test_a_price_waits_for_that_invoice_too() -> None:
    world, psa = begin_unknown(RISING)
    assert psa.kept[0].addition.unit_price == Decimal(20)
    assert is_still(world.night(april(5), 10))
    psa.invoice()
    assert tell(world.night(may(2), 10)) == ["1201: at 22"]


def test_an_end_is_dated_and_waits_for_nothing() -> None:
    world, psa = begin_unknown()
    world.night(april(20), 0)
    world.night(april(21), 0)
    world.approve()
    assert tell(world.night(april(22), 0)) == ["1201: through 2026-04-30"]
    assert psa.invoice() == Decimal("186.67")


def test_what_begins_after_all_that_is_invoiced_is_in_no_doubt() -> None:
    """In arrears: March is invoiced, so that nothing of 3 April can be on an invoice; seats taken back within a week
    count for their days."""
    world = make_world()
    psa = world.psas[HOME]
    psa.doubt = "The invoices are not read."
    world.night(april(3), 10)
    psa.doubt = ""
    world.night(april(4), 10)
    world.night(april(20), 8)
    assert held_by(world.night(april(21), 8)) == ""
    assert psa.invoice() == Decimal("186.67")
    assert tell(world.night(may(2), 8)) == ["1201: 10→8"]


@pytest.mark.parametrize(("day", "rows"), [(april(3), 1), (april(4), 2)], ids=["a second run", "the next night"])
def test_the_first_night_that_knows_what_is_invoiced_is_kept(day: date, rows: int) -> None:
    counts = record_count((Count(april(3), 10, april(3), None, 10),), Count(day, 10, day, april(30), 10))
    assert (len(counts), counts[-1].invoiced_through) == (rows, april(30))
    later = record_count(counts, Count(june(2), 10, june(2), june(30), 10))
    assert (len(later), later[-1].invoiced_through, later[-1].invoiced_lately) == (rows, april(30), june(30))


def test_what_a_person_accepts_stays_in_doubt() -> None:
    """12 are typed over the 10 and accepted: whether April is on an invoice is known no better than before."""
    world, psa = begin_unknown()
    psa.edit(0, quantity=Decimal(12))
    world.adopt([psa.kept[0].addition], april(6))
    assert world.journals[SPB].written["1201"].is_in_doubt(april(30))
