"""A price that is about ten times another one, or a tenth of it, was probably typed wrongly. It stops nobody. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from notify.wording import write_money
from plans.agreements import Addition, Agreement
from plans.edits import is_open
from plans.repricing import Effects
from profiles.billing import BillableOption, BillingProfile, CustomPrice, KeptPrice
from sync.previewing import Preview, PreviewedLine
from web.wording import clean, isolate, write_number_of

# A point in the wrong place is ten times; a few times is a price that somebody meant.
SLIPPED = 7


def is_slipped(now: Decimal | None, before: Decimal | None) -> bool:
    """Whether one amount is about ten times the other, or more; what is nothing, or not known, is no slip."""
    if now is None or before is None or min(now, before) <= 0:
        return False
    return max(now, before) >= SLIPPED * min(now, before)


def say_times(now: Decimal, before: Decimal) -> str:
    """About 10 times; a small part (1/10) of."""
    return f"about {round(now / before):,} times" if now > before else f"a small part (1/{round(before / now):,}) of"


def find_price(profile: BillingProfile, day: date, catalogue: Mapping[str, Decimal]) -> Decimal | None:
    """What a seat costs by the profile on a day; None where it is not billed, or nobody here knows."""
    if profile.billable_option is not BillableOption.BILLABLE or isinstance(profile.price, KeptPrice):
        return None
    if isinstance(profile.price, CustomPrice):
        return profile.price.amount_on(day)
    return catalogue.get(profile.product_id)


def list_days(profile: BillingProfile, today: date) -> list[date]:
    """Today, and the days from which another price of the profile is to hold."""
    amounts = profile.price.amounts if isinstance(profile.price, CustomPrice) else ()
    return sorted({today, *(each.valid_from for each in amounts)})


def doubt_change(
    before: BillingProfile, after: BillingProfile, catalogue: Mapping[str, Decimal], today: date, currency: str
) -> tuple[str, ...]:
    """What looks wrong about the prices that a changed profile would have. `catalogue` are the PSA's, by product."""
    found: list[str] = []
    for day in list_days(after, today):
        now, was = find_price(after, day, catalogue), find_price(before, day, catalogue)
        if now is None or now == was:
            continue
        known = ((was, "what this profile had"), (catalogue.get(after.product_id), "the PSA's price"))
        found += list_slips(now, known, currency)
    return tuple(dict.fromkeys(found))


def doubt_effects(effects: Effects, currency: str) -> tuple[str, ...]:
    """The same about what is billed already: additions may have another price than their profile."""
    firsts = [each.steps[0] for each in effects.effects]
    amounts = [(each.after.amount, each.before.amount) for each in firsts]
    slipped = [(now, was) for now, was in amounts if now is not None and was is not None and is_slipped(now, was)]
    if not slipped:
        return ()
    now, was = slipped[0]
    example = f"{write_money(was, currency)} → {write_money(now, currency)}"
    count = write_number_of(len(slipped), "addition")
    return (f"{count} would be billed at {say_times(now, was)} what a seat costs now: {example}.",)


def doubt_profile_price(
    profile: BillingProfile, catalogue: Mapping[str, Decimal], today: date, currency: str
) -> tuple[str, ...]:
    """What looks wrong about the price of a profile beside the PSA's own."""
    now = find_price(profile, today, catalogue)
    known = ((catalogue.get(profile.product_id), "the PSA's price"),)
    name = isolate(clean(profile.name))
    return () if now is None else tuple(f"{name}: {said}" for said in list_slips(now, known, currency))


def doubt_lines(
    preview: Preview, profiles: Mapping[str, BillingProfile], catalogue: Mapping[str, Decimal], currency: str
) -> tuple[str, ...]:
    """What looks wrong about the price of each line of a preview, and about what all its seats come to."""
    found: list[str] = []
    for each in preview.lines:
        profile = profiles.get(each.mapping.profile_id)
        agreement = preview.agreements.get(each.mapping.agreement_id)
        if profile is None or agreement is None or each.mapping.is_ended or each.mapping.is_excluded:
            continue
        found += doubt_profile_price(profile, catalogue, preview.today, currency)
        found += list_line_slips(each, agreement, profile, preview.today, currency)
    return tuple(dict.fromkeys(found))


def list_line_slips(
    each: PreviewedLine, agreement: Agreement, profile: BillingProfile, today: date, currency: str
) -> Iterator[str]:
    """One line beside the additions of its product on its agreement, those that it bills by and those of others."""
    price = (
        None if each.line is None or profile.billable_option is not BillableOption.BILLABLE else each.line.unit_price
    )
    if each.line is None or price is None:
        return
    beside = [one for one in agreement.additions if one.product_id == profile.product_id and is_open(one, today)]
    slips = [one for one in beside if is_slipped(price, one.unit_price)]
    if slips and slips[0].unit_price is not None:
        was = slips[0].unit_price
        yield (
            f"A seat would cost {write_money(price, currency)}, {say_times(price, was)} the "
            f"{write_money(was, currency)} of addition {clean(slips[0].id)} of the same product. Look whether the "
            "price is right."
        )
        return
    before = add_amounts(beside)
    if each.line.quantity_billed and is_slipped(price * each.line.quantity_owed, before):
        now = price * each.line.quantity_owed
        yield (
            f"All its seats would cost {write_money(now, currency)} in a billing period, {say_times(now, before)} the "
            f"{write_money(before, currency)} that the product costs on this agreement now."
        )


def add_amounts(additions: Iterable[Addition]) -> Decimal:
    """What additions cost in a billing period, as far as their prices are known."""
    return sum(
        (each.unit_price * (each.quantity - each.included) for each in additions if each.unit_price and each.quantity),
        Decimal(0),
    )


def list_slips(now: Decimal, known: Iterable[tuple[Decimal | None, str]], currency: str) -> Iterator[str]:
    """A price beside those that are known, each with what it is: the first one that it is far from."""
    for before, what in known:
        if before is not None and is_slipped(now, before):
            yield (
                f"{write_money(now, currency)} a seat is {say_times(now, before)} {what}, "
                f"{write_money(before, currency)}. Look whether the price is right."
            )
            return
