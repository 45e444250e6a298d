"""Whose addition is whose, and what somebody else did to ours (billing rules, 5; R13)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Mapping as AbstractMapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from plans.agreements import Addition, Agreement
from plans.journal import Written
from plans.keys import find_owner, is_ours, line_name_of, name_addition, name_line
from plans.timeline import Timeline, replace_from
from profiles.periods import ONE_DAY

LATE_NEWS = timedelta(days=150)


def select_own(agreement: Agreement, mapping_id: str, written: AbstractMapping[str, Written]) -> tuple[Addition, ...]:
    """The agreement's additions that are this line's, made or adopted, in the order of their ids."""
    name = name_line(mapping_id)
    own = [
        addition
        for addition in agreement.additions
        if find_owner(addition) == name or is_written(addition, agreement, written)
    ]
    return tuple(sorted(own, key=lambda addition: int(addition.id) if addition.id.isdigit() else 0))


def is_written(addition: Addition, agreement: Agreement, written: AbstractMapping[str, Written]) -> bool:
    """Whether the line's journal knows this addition of this agreement."""
    known = written.get(addition.id)
    return known is not None and known.agreement_id == agreement.id


def select_basis(
    agreement: Agreement,
    mapping_id: str,
    product_id: str,
    written: AbstractMapping[str, Written],
    seen: Collection[str] = (),
) -> tuple[Addition, ...]:
    """The additions that a write of this line rests on, in the order of their ids, without their words and prices.

    Additions that Seatledger made for another mapping are not among them: they are that line's business, unless they
    are `seen`, by their ids, as something that it knows nothing of.
    """
    own = {*seen, *(addition.id for addition in select_own(agreement, mapping_id, written))}
    chosen = (
        addition.without_words_and_price()
        for addition in agreement.billing
        if addition.id in own or (addition.product_id == product_id and not is_ours(addition))
    )
    return tuple(sorted(chosen, key=lambda addition: addition.id))


def find_edit(
    own: Sequence[Addition], written: AbstractMapping[str, Written], agreement_id: str, ends_on: date | None = None
) -> str | None:
    """What a person or another tool did to the line's additions on an agreement since we read them back. `ends_on` is
    the agreement's last day; None where it goes on."""
    for addition in own:
        expected = written.get(addition.id)
        if expected is None:
            return f"Addition {addition.id} carries our key {addition.key}, but the ledger does not know it."
        if is_edited(addition, expected, ends_on):
            return (
                f"Addition {addition.id} was changed in the PSA since Seatledger wrote it. "
                "Put it back, or accept it as it is."
            )
    present = {addition.id for addition in own}
    missing = sorted(
        addition_id
        for addition_id, each in written.items()
        if each.agreement_id == agreement_id and addition_id not in present and each.addition.cancelled_on is None
    )
    if missing:
        return f"Addition {missing[0]} is gone from agreement {agreement_id}. Somebody deleted it in the PSA."
    return None


def complete_own(
    own: Sequence[Addition], written: AbstractMapping[str, Written], agreement_id: str
) -> tuple[Addition, ...]:
    """The line's additions with those that have an end and are not listed any more, as we last read them.

    A PSA may leave additions that have a cancelled day out of its lists (connectwise.md 3, "After invoicing").
    """
    present = {addition.id for addition in own}
    hidden = (
        each.addition
        for addition_id, each in sorted(written.items())
        if each.agreement_id == agreement_id and addition_id not in present and each.addition.cancelled_on is not None
    )
    return (*own, *hidden)


def is_edited(addition: Addition, expected: Written, ends_on: date | None = None) -> bool:
    """Whether somebody changed what we wrote. A price is ours only where we sent it (billing rules, 5). Of units by day
    that come to nothing nobody can tell a price, and that is nobody's edit.

    Units by day are compared through `ends_on`, the agreement's last day, if it has one: the rows of an agreement that
    is over are read no more in time, and what they come to then was nobody's doing.
    """
    told_from = addition.days_read_from
    is_unread = told_from is not None and ends_on is not None and told_from > ends_on
    is_told = addition.days is None or (addition.unit_price is not None and not is_unread)
    if is_told and expected.sent_price is not None and addition.unit_price != expected.sent_price:
        return True
    found, known = addition.without_words_and_price(), expected.addition.without_words_and_price()
    if found.days is not None and known.days is not None:
        # Their quantity is what the days come to.
        found = replace(found, quantity=known.quantity)
    is_alike = bills_alike(addition, expected.addition, ends_on)
    return replace(found, days=None) != replace(known, days=None) or not is_alike


def bills_alike(one: Addition, other: Addition, ends_on: date | None = None) -> bool:
    """Whether two readings of what an addition bills each day say the same, on the days that both speak of: the later
    one begins later, for a PSA is not asked for what is long past. `ends_on` is the last day that counts, if any."""
    if one.days is None or other.days is None:
        return one.days is other.days
    first, second = find_first_told(one), find_first_told(other)
    if first is None or second is None:
        return one.days.final == other.days.final
    begins_on = max(first, second)
    return cut_days(one.days, begins_on, ends_on) == cut_days(other.days, begins_on, ends_on)


def find_first_told(addition: Addition) -> date | None:
    """The first day of which an addition's units by day tell; None where they tell of none."""
    if addition.days is None or addition.days_read_from is not None:
        return addition.days_read_from
    return addition.days.days[0] if addition.days.steps else None


def cut_days(days: Timeline, begins_on: date, ends_on: date | None) -> Timeline:
    """What is billed from one day through another, None for an open end."""
    kept = replace_from(Timeline(), begins_on, days)
    return kept if ends_on is None else replace_from(kept, ends_on + ONE_DAY, Timeline())


def is_countable(addition: Addition) -> bool:
    """Whether an addition bills whole seats: a fraction, or none at all, is a person's. So is one of fewer than are
    included: nothing says that a PSA bills fewer than none, and seats would be added to make up for it."""
    quantity, included = addition.quantity, addition.included
    return quantity is not None and is_whole(quantity) and is_whole(included) and quantity >= included


def say_uncountable(addition: Addition) -> str:
    """What an addition's quantity is that is no count of seats, as a sentence."""
    less = f" less {addition.included} included" if addition.included else ""
    return f"Addition {addition.id} has the quantity {addition.quantity}{less}, which is no count of seats."


def is_whole(number: Decimal) -> bool:
    """Whether a number of units is a number of seats."""
    return number.is_finite() and number == number.to_integral_value()


def is_open(addition: Addition, day: date) -> bool:
    """Whether the addition bills on `day` or later."""
    return addition.cancelled_on is None or addition.cancelled_on >= day


def still_bills(addition: Addition, day: date) -> bool:
    """Whether the addition bills a unit on `day` or later. One whose units are kept by day may bill none and never
    end."""
    has_units = addition.days is None or bool(replace_from(Timeline(), day, addition.days).steps)
    return has_units and is_open(addition, day)


def is_heard(addition: Addition, today: date) -> bool:
    """Whether its agreement is read for it: it bills, or ended so lately that what is heard of its days may be billed
    there, an approval, a fall that is confirmed later, an increase that was taken back.
    """
    return today - date.min <= LATE_NEWS or is_open(addition, today - LATE_NEWS)


def say_bundled(bundled: Addition) -> str:
    """What a bundle bills of a product, as the beginning of a sentence."""
    units = "" if bundled.quantity is None else f"{bundled.quantity:f} of "
    return (
        f"{bundled.id} of the agreement bills {units}the same product, and no bundle is changed or adopted by "
        "Seatledger, for its units bill its other products too"
    )


def find_strangers(
    agreement: Agreement, product_id: str, own: Sequence[Addition], line_names: frozenset[str], today: date
) -> tuple[Addition, ...]:
    """The additions of this line's product that bill today or later and that no living line of ours owns, in the order
    of their ids. A service that came to nothing never ends (Autotask), and bills nothing."""
    own_ids = {addition.id for addition in own}
    strangers = (
        addition
        for addition in agreement.billing
        if addition.product_id == product_id
        and addition.id not in own_ids
        and still_bills(addition, today)
        and is_strange(addition, agreement.connection_id, agreement.id, line_names)
    )
    return tuple(sorted(strangers, key=lambda addition: addition.id))


def is_strange(addition: Addition, connection_id: str, agreement_id: str, line_names: frozenset[str]) -> bool:
    """Whether no living line of ours made or adopted an addition of an agreement."""
    is_made = is_ours(addition) and line_name_of(addition) in line_names
    return not is_made and name_addition(connection_id, agreement_id, addition.id) not in line_names
