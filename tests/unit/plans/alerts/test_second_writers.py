"""A second writer, by what it does to our additions: named once two of our writes in a row were set back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from plans.agreements import AgreementFacts
from plans.alerts.alert import Alert, LookAtCustomer
from plans.alerts.second_writers import find_second_writers
from plans.alerts.tenants import CustomerFacts, TenantFacts
from plans.journal import LineJournal
from profiles.billing import Basis, Customer, Mapping
from profiles.licences import Snapshot
from tests.unit.plans.agreements import HOME
from tests.unit.plans.alerts.values import SKU, TENANT
from tests.unit.plans.makers import make_agreement
from tests.unit.plans.nights import SPB, World, april
from tests.unit.plans.test_flips import play

ACTIVE = AgreementFacts(is_active=True, prorates=True, next_invoice_on=None, ends_on=None)
CUSTOMER = Customer("contoso", "Contoso", TENANT, "connectwise", "42")
MAPPING = Mapping(SPB, "contoso", SKU, "Business Premium", "spb", HOME, Basis.PURCHASED)


def look(
    world: World, mapping: Mapping = MAPPING, agreement_id: str = HOME, price: Decimal | None = Decimal("20.00")
) -> list[Alert]:
    """What a night sees of the line as it is now."""
    agreement = make_agreement([kept.addition for kept in world.psas[HOME].kept], ACTIVE, agreement_id)
    prices = {} if price is None else {SPB: price}
    facts = CustomerFacts(CUSTOMER, (mapping,), (agreement,), prices, {SPB: world.journals[SPB]})
    snapshot = Snapshot(TENANT, datetime(2026, 4, 20, tzinfo=UTC), (), (), ())
    return list(find_second_writers(TenantFacts(april(20), snapshot, (facts,), ())))


def test_two_writes_in_a_row_that_are_set_back_are_a_second_writer() -> None:
    (alert,) = look(play(2))
    assert alert.sentence == (
        "Business Premium was set back from 12 to 10 after each of the last 2 writes, those of 5 Apr 2026 and "
        "6 Apr 2026 among them. Somebody or something else writes this line as well."
    )
    assert (alert.seats, alert.monthly, alert.target) == (2, Decimal("40.00"), LookAtCustomer("contoso"))
    (more,) = look(play(4))
    assert "the last 4 writes, those of 7 Apr 2026 and 8 Apr 2026 among them" in more.sentence
    assert more.id == alert.id


def test_one_write_that_is_set_back_may_be_a_correction() -> None:
    assert look(play(1)) == []


def test_it_is_over_once_the_line_is_as_it_was_written_or_accepted() -> None:
    world = play(2)
    world.adopt([kept.addition for kept in world.psas[HOME].kept], date(2026, 4, 20))
    assert look(world) == []


def test_without_a_price_it_is_told_without_money() -> None:
    assert [alert.monthly for alert in look(play(2), price=None)] == [None]


def test_nothing_is_said_of_a_line_that_ended_was_never_written_or_was_not_read() -> None:
    world = play(2)
    assert look(world, replace(MAPPING, is_ended=True)) == []
    assert look(world, replace(MAPPING, id="another")) == []
    assert look(world, agreement_id="another") == []
    world.journals[SPB] = LineJournal(SPB)
    assert look(world) == []
