"""Where a line's seats go: to its agreement and product, and away from those that it leaves (billing rules, 3).

What is left ends on E, what is new starts on E + 1: another agreement, another product, a mapping that follows others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from plans.agreements import Addition, Agreement
from plans.changes import AdjustUnits, Change, HoldRule
from plans.inputs import Surroundings
from plans.journal import Written
from plans.keys import is_ours
from plans.ledger import sum_additions
from plans.lines import Line, choose_price, own_on
from plans.places import Place, Stay
from plans.terms import list_policies
from plans.timeline import Timeline, replace_from, subtract
from plans.translation import LineTask, OwnAddition, Translation
from profiles.billing import CustomPrice, Price
from profiles.periods import ONE_DAY


def translate_line(line: Line, around: Surroundings) -> Translation:
    """The writes of a line on every place it touches: those it leaves first, then where it is.

    A place that was left is planned for as long as its agreement is read: what is owed there may turn out otherwise.
    Where half of a move is written ahead of its day, the other half is as well: one alone bills twice, or nothing.
    """
    if line.stays is None:
        return Translation(hold=HoldRule.INVOICING_UNKNOWN, hold_sentence=explain_unknown(line))
    translations = translate_stays(line, line.stays, around)
    if is_torn(translations, around.today):
        translations = translate_stays(line, line.stays, around, is_due=True)
    return join(line, translations)


def translate_ahead(line: Line, around: Surroundings) -> Translation:
    """The writes of a line if nothing had to wait for its night: what a person may be asked about before."""
    return join(line, translate_stays(line, line.stays or (), around, is_due=True))


def translate_words(line: Line, around: Surroundings) -> Translation:
    """The writes of a line that goes on billing the seats that it bills: prices, billable options, texts, roll-ups."""
    stays = tuple(replace(each, owed=each.billed) for each in line.stays or ())
    return join(replace(line, stays=stays), translate_stays(line, stays, around))


def translate_stays(
    line: Line, stays: Sequence[Stay], around: Surroundings, *, is_due: bool = False
) -> list[Translation]:
    """The writes on each place whose agreement is read tonight, with their numbers in order."""
    translations: list[Translation] = []
    sequence = line.input.journal.next_sequence
    for stay in stays:
        if stay.facts is not None:
            task = replace(make_task(line, stay, around, sequence), is_due=is_due)
            translations.append(around.translate(task))
            sequence += len(translations[-1].changes)
    return translations


def is_torn(translations: Sequence[Translation], today: date) -> bool:
    """Whether units of a later day are written on one place tonight, while something waits for its night on another."""
    ahead = {place for place, each in enumerate(translations) if any(is_ahead(one, today) for one in each.changes)}
    waiting = {place for place, each in enumerate(translations) if any(one.writable_on for one in each.scheduled)}
    return any(one != other for one in ahead for other in waiting)


def is_ahead(change: Change, today: date) -> bool:
    """Whether a change of units takes effect on a later day."""
    return isinstance(change, AdjustUnits) and change.effective_on > today


def make_task(line: Line, stay: Stay, around: Surroundings, sequence: int) -> LineTask:
    """What the PSA's translation is asked about one place.

    Another product than the line has now keeps its own price, billable option and text: the profile speaks of it no
    more.
    """
    agreement, mapping, profile = around.agreements[stay.place.agreement_id], line.input.mapping, line.input.profile
    facts = agreement.facts
    own = order_own(each for each in own_on(line, agreement) if each.product_id == stay.place.product_id)
    through = facts.invoiced_through
    is_former = stay.place.product_id != profile.product_id
    price = find_sent_price(line, own) if is_former else choose_price(profile.price, find_due_day(around, through))
    made = [make_own(line, agreement, addition) for addition in own]
    return LineTask(
        mapping_id=mapping.id,
        licence_name=mapping.licence_name,
        agreement_id=agreement.id,
        product_id=stay.place.product_id,
        billable_option=own[-1].billable_option if is_former and own else profile.billable_option,
        unit_price=price,
        description=None if is_former else line.input.description,
        sequence=sequence,
        today=around.today,
        facts=facts,
        owed=stay.owed,
        billed=stay.billed if through is None else replace_from(stay.billed, through + ONE_DAY, sum_additions(own)),
        own=tuple(replace(each, price_due=None) if is_former else each for each in made),
        adjusted_on=frozenset(day for each in own for day in line.input.journal.list_adjusted(each.id)),
        credits_from=find_credits_from(line, agreement.id, around),
        dated_prices=() if is_former else list_dated_prices(profile.price),
        priced_from=find_priced_from(line, own),
        posted_is_closed=any(line.input.journal.is_closed(each.id) for each in own),
        is_leaving=mapping.is_ended or stay.place != Place(mapping.agreement_id, profile.product_id),
    )


def find_credits_from(line: Line, agreement_id: str, around: Surroundings) -> date | None:
    """The first night of the terms by which the line gives credits on an agreement; None where it gives none now."""
    (day, policy) = list_policies(line.input, agreement_id, around)[-1]
    return day if policy.gives_credits else None


def find_due_day(around: Surroundings, through: date | None) -> date:
    """The day whose price is due: P + 1, or today where nobody knows P."""
    return around.today if through is None else through + ONE_DAY


def list_dated_prices(price: Price) -> tuple[tuple[date, Decimal], ...]:
    """The prices of ours, in the order of the first days on which they are in force."""
    if not isinstance(price, CustomPrice):
        return ()
    return tuple(sorted((each.valid_from, each.amount) for each in price.amounts))


def find_priced_from(line: Line, own: Sequence[Addition]) -> date | None:
    """From which day the last price holds that was sent by day for one of these additions; None where none was."""
    ids = {each.id for each in own}
    priced = [
        entry.change.effective_on
        for entry in line.input.journal.evidence
        if isinstance(entry.change, AdjustUnits) and entry.change.unit_price is not None
        if entry.ledger is not None and entry.after is not None and entry.after.id in ids
    ]
    return priced[-1] if priced else None


def find_sent_price(line: Line, own: Sequence[Addition]) -> Decimal | None:
    """The price that was sent last for any of these additions; None where the PSA's own holds."""
    sent = [line.written[each.id].sent_price for each in own if each.id in line.written]
    return next((price for price in reversed(sent) if price is not None), None)


def order_own(own: Iterable[Addition]) -> list[Addition]:
    """Additions in the order in which they were made: adopted ones carry no key of ours, and were there before."""
    return sorted(own, key=lambda each: (each.key if is_ours(each) else "", each.effective_on or date.min, each.id))


def make_own(line: Line, agreement: Agreement, addition: Addition) -> OwnAddition:
    """An addition of ours with the first day of it that is not invoiced, and the price due.

    A price holds for whole periods: the one in force on P + 1 (billing rules, 3), also for what begins later.
    """
    written = line.written.get(addition.id)
    day = find_uninvoiced(addition, written, agreement.facts.invoiced_through)
    through = agreement.facts.invoiced_through
    price = choose_price(line.input.profile.price, day if through is None else through + ONE_DAY)
    is_adopted = written is not None and written.adoption is not None
    is_copied = written is not None and written.is_copied
    is_in_doubt = written is not None and written.is_in_doubt(through)
    sent_price = None if written is None else written.sent_price
    return OwnAddition(addition, is_adopted, day, price, sent_price, is_copied, is_in_doubt)


def find_uninvoiced(addition: Addition, written: Written | None, through: date | None) -> date:
    """The first day of an addition that no invoice has billed yet.

    What was put there after the last invoice is not on it, however early it is dated: it is caught up by the next one.
    """
    start = addition.effective_on or date.min
    if through is None or start > through:
        return start
    waits = written is not None and written.waits_for_catch_up(through)
    return start if waits else through + ONE_DAY


def join(line: Line, translations: Sequence[Translation]) -> Translation:
    """Several translations as one: all their writes, in order, and the first hold. `translations` are those of the
    line's stays whose agreement is read.

    Where half of a move is held, the other half alone is nobody's to approve. Where the last place is held, to which
    the seats go, what would be written elsewhere would be an end that nothing follows; where one that is left cannot be
    ended, what begins elsewhere would bill its seats twice.
    """
    read = [stay for stay in line.stays or () if stay.facts is not None]
    goes_on = any(bills_on(stay, each) for stay, each in zip(read[:-1], translations, strict=False))
    goes_to = translations[-1:]
    written = () if goes_on else goes_to if any(each.hold is not None for each in goes_to) else translations
    held = next((each for each in translations if each.hold is not None), Translation())
    return Translation(
        tuple(change for each in written for change in each.changes),
        tuple(waiting for each in translations for waiting in each.scheduled),
        held.hold,
        held.hold_sentence,
    )


def bills_on(stay: Stay, translation: Translation) -> bool:
    """Whether a place that is left is held without a way to write it, and bills seats that it does not owe on days that
    are still to be invoiced."""
    through = None if stay.facts is None else stay.facts.invoiced_through
    excess = subtract(stay.billed, stay.owed)
    still = excess if through is None else replace_from(Timeline(), through + ONE_DAY, excess)
    is_stuck = translation.hold is not None and not translation.changes
    return is_stuck and any(seats > 0 for _, seats in still.steps)


def explain_unknown(line: Line) -> str:
    """Why nobody can tell when a period ends, and what waits for it."""
    doubt = line.facts.invoicing_doubt or "The PSA does not say through which day it has invoiced."
    if line.facts.invoiced_through is not None and line.facts.grid is not None:
        doubt = "What it takes over has still to begin, or the PSA does not say through which day it has invoiced that."
    return f"The move of {line.input.mapping.licence_name} waits: nobody knows when the running period ends. {doubt}"
