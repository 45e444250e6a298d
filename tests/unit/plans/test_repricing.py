"""What a changed billing profile does is foreseen as later nights and invoices turn out (billing rules, 3 and 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.agreements import Addition, Agreement, AgreementFacts
from plans.brakes import Thresholds
from plans.repricing import BilledAddition, Effects, Step, Terms, find_effects, find_unusual
from profiles.billing import (
    BillableOption,
    BillingProfile,
    CustomPrice,
    DatedPrice,
    KeptPrice,
    MappingDefaults,
    Price,
    PsaPrice,
)
from profiles.periods import Grid
from tests.unit.plans.agreements import HOME, Psa
from tests.unit.plans.nights import SPB, World, april, june, may

TODAY = april(16)
BILLABLE = BillableOption.BILLABLE
ARREARS = AgreementFacts(
    is_active=True,
    prorates=True,
    next_invoice_on=may(1),
    ends_on=None,
    grid=Grid(2026, 1, 1, 1),
    invoiced_through=date(2026, 3, 31),
)
BASE = Addition("9001", "501", Decimal(10), date(2026, 1, 1), None, BILLABLE, "SL-0-0000", Decimal("20.00"))


def profile(price: Price | None = None, product: str = "501", option: BillableOption = BILLABLE) -> BillingProfile:
    return BillingProfile(SPB, "Premium", "connectwise", product, option, price or PsaPrice())


def costs(*amounts: tuple[date, str]) -> CustomPrice:
    return CustomPrice(tuple(DatedPrice(day, Decimal(amount)) for day, amount in amounts))


def bill(addition: Addition = BASE, facts: AgreementFacts = ARREARS, name: str = "one") -> BilledAddition:
    agreement = Agreement("connectwise", "12", "Managed", "42", facts, (addition,))
    return BilledAddition(f"customer-{name}", f"mapping-{name}", agreement, addition)


def foresee(
    before: BillingProfile,
    after: BillingProfile,
    *billed: BilledAddition,
    catalogue: Mapping[str, Decimal] | None = None,
) -> Effects:
    return find_effects(before, after, billed or (bill(),), catalogue or {}, TODAY)


def twenty(price: str | None = "20.00", product: str = "501", option: BillableOption = BILLABLE) -> Terms:
    return Terms(product, None if price is None else Decimal(price), option)


OLD = costs((date(2000, 1, 1), "20.00"))


def test_a_price_counts_from_the_first_day_that_is_not_invoiced_yet() -> None:
    """10 seats, 20.00 → 22.00 on 16 April, invoiced through March: the whole of April costs it."""
    (effect,) = (found := foresee(profile(OLD), profile(costs((date(2000, 1, 1), "22.00"))))).effects
    assert effect.steps == (Step(april(1), twenty(), twenty("22.00")),)
    assert effect.monthly == Fraction(20) and found.monthly == Decimal("20.00") and found.days == (april(1), april(1))


def test_a_price_from_a_later_day_counts_from_the_first_period_that_begins_on_it_or_after() -> None:
    later = costs((date(2000, 1, 1), "20.00"), (may(1), "22.00"), (may(2), "25.00"))
    (effect,) = foresee(profile(OLD), profile(later)).effects
    assert [(each.day, each.after.price) for each in effect.steps] == [
        (may(1), Decimal("22.00")),
        (june(1), Decimal("25.00")),
    ]
    assert effect.monthly == Fraction(50)


def test_a_price_that_comes_a_month_earlier_is_over_when_it_would_have_come_anyway() -> None:
    planned = costs((date(2000, 1, 1), "20.00"), (june(1), "22.00"))
    earlier = costs((date(2000, 1, 1), "20.00"), (may(1), "22.00"))
    (effect,) = foresee(profile(planned), profile(earlier)).effects
    assert effect.steps == (
        Step(may(1), twenty(), twenty("22.00")),
        Step(june(1), twenty("22.00"), twenty("22.00")),
    )
    assert effect.monthly == Fraction(20)


def test_an_addition_that_ends_first_is_not_touched() -> None:
    ends = replace(BASE, cancelled_on=april(30))
    later = profile(costs((date(2000, 1, 1), "20.00"), (may(1), "22.00")))
    assert foresee(profile(OLD), later, bill(ends)).effects == ()
    gone = replace(BASE, cancelled_on=date(2026, 3, 31))
    assert foresee(profile(OLD), profile(costs((date(2000, 1, 1), "9.00"))), bill(gone)).effects == ()


@pytest.mark.parametrize(
    "addition",
    [
        replace(BASE, product_id="502"),
        replace(BASE, quantity=Decimal(0)),
        replace(BASE, quantity=Decimal("1.5")),
        replace(BASE, quantity=Decimal(3), included=Decimal(3)),
    ],
)
def test_what_bills_nothing_of_this_profile_is_left_out(addition: Addition) -> None:
    assert foresee(profile(OLD), profile(costs((date(2000, 1, 1), "22.00"))), bill(addition)) == Effects(())


def test_where_nobody_knows_the_periods_there_is_no_day() -> None:
    unknown = [bill(facts=replace(ARREARS, grid=None)), bill(facts=replace(ARREARS, invoiced_through=None))]
    found = foresee(profile(OLD), profile(costs((date(2000, 1, 1), "22.00"))), *unknown)
    assert found.effects == () and list(found.unforeseen) == unknown and found.days is None


def test_names_types_and_beginnings_of_new_mappings_touch_nothing_that_is_billed() -> None:
    renamed = replace(profile(OLD), name="Other", agreement_type_ids=("7",), defaults=MappingDefaults(minimum=5))
    assert foresee(profile(OLD), renamed, bill(facts=replace(ARREARS, grid=None))) == Effects(())


@pytest.mark.parametrize("price", [PsaPrice(), KeptPrice()])
def test_a_price_that_is_sent_no_more_stays_where_it_is(price: Price) -> None:
    """The announced raise never comes."""
    announced = profile(costs((date(2000, 1, 1), "20.00"), (may(1), "22.00")))
    (effect,) = foresee(announced, profile(price)).effects
    assert effect.steps == (Step(may(1), twenty("22.00"), twenty("20.00")),) and effect.monthly == Fraction(-20)
    assert foresee(profile(OLD), profile(price)).effects == ()


def test_a_price_before_its_first_day_is_the_one_that_stands() -> None:
    (effect,) = foresee(profile(PsaPrice()), profile(costs((may(1), "22.00")))).effects
    assert effect.steps == (Step(may(1), twenty(), twenty("22.00")),)


def test_what_is_not_billed_any_more_costs_all_of_it() -> None:
    (effect,) = foresee(profile(OLD), profile(OLD, option=BillableOption.NO_CHARGE)).effects
    assert effect.steps[0].after == twenty(option=BillableOption.NO_CHARGE) and effect.monthly == Fraction(-200)


def test_another_product_takes_over_when_the_running_period_has_ended() -> None:
    """At its own price; the price of the old one stays until then, and an unknown price is unknown money."""
    (effect,) = foresee(profile(), profile(product="502"), catalogue={"502": Decimal("30.00")}).effects
    assert effect.steps == (Step(may(1), twenty(), twenty("30.00", "502")),) and effect.monthly == Fraction(100)
    advance = bill(facts=replace(ARREARS, invoiced_through=may(31)))
    (effect,) = foresee(profile(), profile(costs((may(1), "21.00")), "502"), advance).effects
    assert effect.steps == (Step(june(1), twenty(), twenty("21.00", "502")),)
    found = foresee(profile(), profile(product="502"))
    assert found.monthly is None and find_unusual(found, 1, Thresholds()) == ("What some of it costs is not known.",)


def test_a_price_of_a_quarter_is_shared_over_its_months() -> None:
    quarterly = bill(facts=replace(ARREARS, grid=Grid(2026, 1, 1, 3)))
    (effect,) = foresee(profile(OLD), profile(costs((date(2000, 1, 1), "23.00"))), quarterly).effects
    assert effect.monthly == Fraction(10)


@pytest.mark.parametrize(
    ("amount", "reasons"),
    [
        ("69.99", ()),
        ("70.00", ()),
        ("70.01", ("One mapped licence rises by more than 500.00 a month.",)),
        ("0.00", ()),
    ],
)
def test_a_rise_of_a_line_is_unusual_above_the_limit_of_money(amount: str, reasons: tuple[str, ...]) -> None:
    found = foresee(profile(OLD), profile(costs((date(2000, 1, 1), amount))))
    assert find_unusual(found, 100, Thresholds()) == reasons


def test_a_drop_of_a_line_is_unusual_above_the_limit_of_money_and_its_additions_count_together() -> None:
    """13 seats less 20.00 are 260.00; two additions of one line, of two lines, and at the limit."""
    free = profile(costs((date(2000, 1, 1), "0.00")))
    seven, six = replace(BASE, quantity=Decimal(7)), replace(BASE, quantity=Decimal(6))
    one_line = foresee(profile(OLD), free, bill(seven), bill(six))
    assert find_unusual(one_line, 100, Thresholds()) == ("One mapped licence falls by more than 250.00 a month.",)
    assert find_unusual(foresee(profile(OLD), free, bill(seven), bill(six, name="two")), 100, Thresholds()) == ()
    limits = Thresholds(drop_money=Decimal(140))
    assert find_unusual(foresee(profile(OLD), free, bill(seven)), 100, limits) == ()
    limits = Thresholds(drop_money=Decimal("119.99"))
    two = foresee(profile(OLD), free, bill(seven), bill(six, name="two"))
    assert find_unusual(two, 100, limits) == ("2 mapped licences fall by more than 119.99 a month.",)


@pytest.mark.parametrize(("count", "customers"), [(5, 5), (6, 60), (6, 59)])
@pytest.mark.parametrize(("amount", "word"), [("21.00", "more"), ("19.00", "less")])
def test_too_many_customers_that_move_the_same_way_are_unusual(
    count: int, customers: int, amount: str, word: str
) -> None:
    billed = [bill(name=str(number)) for number in range(count)]
    found = find_unusual(
        foresee(profile(OLD), profile(costs((date(2000, 1, 1), amount))), *billed), customers, Thresholds()
    )
    assert found == ((f"6 of 59 customers pay {word}.",) if (count, customers) == (6, 59) else ())


PRICES = st.builds(
    lambda first, later: costs((date(2000, 1, 1), first), *later),
    st.sampled_from(["18.00", "20.00", "22.50"]),
    st.lists(
        st.tuples(st.dates(april(1), date(2026, 8, 31)), st.sampled_from(["19.00", "24.00", "26.10"])),
        max_size=2,
        unique_by=lambda each: each[0],
    ),
)


@given(old=PRICES, new=PRICES, in_arrears=st.booleans(), day=st.dates(april(3), april(29)))
def test_every_later_invoice_differs_by_what_was_foreseen(
    old: CustomPrice, new: CustomPrice, in_arrears: bool, day: date
) -> None:
    """Two installations, alike until one of them changes its profile: each month's invoices differ by the forecast."""
    worlds = [start(old, in_arrears), start(old, in_arrears)]
    kept, changed = worlds
    (addition,) = kept.psas[HOME].agreement.additions
    billed = BilledAddition("contoso", SPB, kept.psas[HOME].agreement, addition)
    after = replace(kept.profiles[SPB], price=new)
    found = find_effects(kept.profiles[SPB], after, [billed], {}, day)
    steps = found.effects[0].steps if found.effects else ()
    changed.sell(price=new)
    for month in (4, 5, 6, 7, 8):
        for world in worlds:
            world.night(day if month == 4 else date(2026, month, 2), 10)
        first_billed = kept.psas[HOME].invoiced_through
        assert first_billed is not None
        start_day = date.fromordinal(first_billed.toordinal() + 1)
        step = next((each for each in reversed(steps) if each.day <= start_day), None)
        expected = Decimal(0) if step is None else (step.after.price or 0) - (step.before.price or 0)
        invoices = [world.psas[HOME].invoice() for world in worlds]
        assert invoices[1] - invoices[0] == expected * 10, (start_day, steps)


def start(price: CustomPrice, in_arrears: bool) -> World:
    """10 seats since 1 April, and its month invoiced where that is in advance."""
    psa = Psa(in_arrears=in_arrears)
    world = World({HOME: psa})
    world.map(price=price)
    world.night(april(1), 10)
    if not in_arrears:
        psa.invoice()
    world.night(april(2), 10)
    return world
