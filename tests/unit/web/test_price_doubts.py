"""A price about ten times another one, or a tenth of it, is asked about; a price that somebody may mean is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.agreements import Addition
from plans.repricing import BilledAddition, Effect, Effects, Step, Terms
from profiles.billing import BillableOption, BillingProfile, CustomPrice, DatedPrice, KeptPrice, Price, PsaPrice
from profiles.periods import Grid
from sync.previewing import Preview
from tests.unit.sync.preview_world import PRICES, PreviewWorld, make_mapping
from tests.unit.web.approval_fakes import make_addition, make_agreement
from web.pages.price_doubts import doubt_change, doubt_effects, doubt_lines, doubt_profile_price, is_slipped

TODAY = date(2026, 11, 22)
PROFILE = BillingProfile("premium", "Premium", "cw", "501", BillableOption.BILLABLE)


def own(amount: str, *later: tuple[date, str]) -> CustomPrice:
    amounts = ((date(2026, 1, 1), amount), *later)
    return CustomPrice(tuple(DatedPrice(day, Decimal(each)) for day, each in amounts))


@pytest.mark.parametrize(
    ("now", "before", "slipped"),
    [
        ("140.00", "20.00", True),
        ("139.99", "20.00", False),
        ("2.00", "20.00", True),
        ("3.00", "20.00", False),
        ("0.00", "20.00", False),
        ("20.00", "0.00", False),
    ],
)
def test_a_point_in_the_wrong_place_is_a_slip_and_a_few_times_is_a_price(now: str, before: str, slipped: bool) -> None:
    assert is_slipped(Decimal(now), Decimal(before)) is slipped


def test_what_is_not_known_is_no_slip() -> None:
    assert not is_slipped(None, Decimal(1)) and not is_slipped(Decimal(1), None)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (own("20.00"), own("200.00"), "200.00 EUR a seat is about 10 times what this profile had, 20.00 EUR."),
        (own("20.00"), own("2.00"), "2.00 EUR a seat is a small part (1/10) of what this profile had, 20.00 EUR."),
        (PsaPrice(), own("240.00"), "240.00 EUR a seat is about 12 times what this profile had, 20.00 EUR."),
        (own("60.00"), own("200.00"), "200.00 EUR a seat is about 10 times the PSA's price, 20.00 EUR."),
        (own("20.00"), own("20.00", (date(2027, 1, 1), "210.00")), "210.00 EUR a seat is about 10 times"),
        (KeptPrice(), own("200.00"), "about 10 times the PSA's price"),
    ],
)
def test_a_changed_price_is_held_against_what_was_there(before: Price, after: Price, told: str) -> None:
    (said,) = doubt_change(replace(PROFILE, price=before), replace(PROFILE, price=after), PRICES, TODAY, "EUR")
    assert told in said


@pytest.mark.parametrize(("before", "after"), [(own("200.00"), own("200.00")), (own("20.00"), own("24.00"))])
def test_what_is_not_touched_and_what_is_usual_is_not_asked_about(before: Price, after: Price) -> None:
    changed = replace(PROFILE, price=after)
    assert doubt_change(replace(PROFILE, price=before), changed, PRICES, TODAY, "EUR") == ()


def test_what_is_billed_to_nobody_has_no_price() -> None:
    free = replace(PROFILE, price=own("200.00"), billable_option=BillableOption.NO_CHARGE)
    assert doubt_change(PROFILE, free, PRICES, TODAY, "EUR") == ()
    assert doubt_profile_price(free, PRICES, TODAY, "EUR") == ()
    world = PreviewWorld()
    world.profiles["premium"] = free
    assert doubt(world.preview((None, make_mapping())), free) == ()


def test_additions_of_another_price_than_their_profile_are_asked_about() -> None:
    def step(before: str, after: str) -> Effect:
        terms = [Terms("501", Decimal(each), BillableOption.BILLABLE) for each in (before, after)]
        addition = make_addition()
        billed = BilledAddition("customer-0", "m-0", make_agreement(0, addition), addition)
        return Effect(billed, 10, Grid(2026, 1, 1, 1), (Step(TODAY, *terms),))

    usual, slipped = step("20.00", "22.00"), step("2.00", "22.00")
    assert doubt_effects(Effects((usual,)), "EUR") == ()
    assert doubt_effects(Effects((usual, slipped)), "EUR") == (
        "1 addition would be billed at about 11 times what a seat costs now: 2.00 EUR → 22.00 EUR.",
    )


def doubt(preview: Preview, profile: BillingProfile) -> tuple[str, ...]:
    return doubt_lines(preview, {"premium": profile}, PRICES, "EUR")


def preview_beside(price: float, profile: BillingProfile = PROFILE) -> Preview:
    world, mapping = PreviewWorld(), make_mapping()
    world.profiles["premium"] = profile
    world.bill(mapping)
    world.psa.additions[1201][0]["unitPrice"] = price
    return world.preview((mapping, replace(mapping, maximum=11)))


def test_a_mapping_says_where_its_price_is_far_from_the_psas() -> None:
    profile = replace(PROFILE, price=own("200.00"))
    world = PreviewWorld()
    world.profiles["premium"] = profile
    assert doubt(world.preview((None, make_mapping())), profile) == (
        "Premium: 200.00 EUR a seat is about 10 times the PSA's price, 20.00 EUR. Look whether the price is right.",
    )
    assert doubt(PreviewWorld().preview((None, make_mapping())), PROFILE) == ()


def test_a_mapping_says_where_its_price_is_far_from_what_its_addition_has() -> None:
    profile = replace(PROFILE, price=own("20.00"))
    (said,) = doubt(preview_beside(2.0, profile), profile)
    assert said.startswith("A seat would cost 20.00 EUR, about 10 times the 2.00 EUR of addition 9001")
    assert doubt(preview_beside(19.0, profile), profile) == ()
    assert doubt(preview_beside(2.0), PROFILE) == (), "the PSA's own price stays"


def test_a_mapping_says_where_all_its_seats_cost_ten_times_as_much() -> None:
    preview = preview_beside(20.0)
    (line,) = preview.lines
    assert line.line is not None
    many = replace(preview, lines=(replace(line, line=replace(line.line, quantity_owed=100)),))
    assert doubt(many, PROFILE) == (
        "All its seats would cost 2,000.00 EUR in a billing period, about 10 times the 200.00 EUR that the product "
        "costs on this agreement now.",
    )


def test_what_ends_and_what_cannot_be_planned_has_no_price_to_doubt() -> None:
    preview = preview_beside(2.0)
    (line,) = preview.lines
    for other in (replace(line, mapping=replace(line.mapping, is_ended=True)), replace(line, line=None)):
        assert doubt(replace(preview, lines=(other,)), PROFILE) == ()
    assert doubt_lines(preview, {}, PRICES, "EUR") == ()


def test_an_addition_without_a_price_is_compared_with_nothing() -> None:
    unpriced: Addition = make_addition(unit_price=None, product_id="501")
    preview = preview_beside(2.0)
    agreements = {"1201": replace(preview.agreements["1201"], additions=(unpriced,))}
    assert doubt(replace(preview, agreements=agreements), PROFILE) == ()
