"""Credit proposals: seats that were invoiced and not owed, for which only a person can give money back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from plans.agreements import Addition
from plans.changes import Change, CreateAddition, CreditProposal, SetAddition
from plans.collecting import confirm_all, find_insisted
from plans.inputs import Surroundings
from plans.journal import Adoption, Evidence, LineJournal
from plans.ledger import LedgerEntry, add_effects, cover
from plans.lines import Line, choose_price, open_line, own_on
from plans.places import Place, Stay, find_place
from plans.review import list_sent
from plans.timeline import Timeline, combine, replace_from
from profiles.billing import BillableOption, Price
from profiles.money import round_money
from profiles.periods import ONE_DAY, Grid, Period, write_short_day


def find_proposals(
    line: Line, changes: tuple[Change, ...], unit_price: Decimal | None, around: Surroundings
) -> tuple[CreditProposal, ...]:
    """The stretches of days, already invoiced, on which the line bills more than it owes after `changes`, less what a
    person gave back for the same days.

    Each place is looked at by itself. Nothing is proposed for days before the line's first count, nor where nobody
    knows what is invoiced. Days before a start date are judged as if it were not there: what was invoiced of them
    was settled before somebody set it.
    """
    line = keep_settled(line, around)
    credited, proposals = line.input.credited, list[CreditProposal]()
    for stay in line.stays or ():
        excess = find_excess(stay, line, changes)
        due, credited = combine(excess, credited, exceed), combine(credited, excess, exceed)
        proposals += propose_stretches(stay, line, due, unit_price)
    return tuple(proposals)


def keep_settled(line: Line, around: Surroundings) -> Line:
    """The line with all of its counts, those before its start date too, and what they owe on the days before it."""
    mapping = line.input.mapping
    if mapping.starts_on is None or not line.counts:
        return line
    start = line.counts[0].day
    if confirm_all(line.input.journal)[0].day >= start:
        return line
    settled = open_line(replace(line.input, mapping=replace(mapping, starts_on=None)), around)
    before = {each.place: each.owed for each in settled.stays or ()}
    stays = (
        replace(each, owed=replace_from(before.get(each.place, Timeline()), start, each.owed))
        for each in line.stays or ()
    )
    return replace(line, counts=settled.counts, stays=tuple(stays))


def exceed(one: int, other: int) -> int:
    """How much the first is more than the second; 0 where it is not."""
    return max(one - other, 0)


def find_excess(stay: Stay, line: Line, changes: tuple[Change, ...]) -> Timeline:
    """How many seats too many were invoiced in one place, day by day; none that cost nothing, and none that a person
    wants billed.
    """
    through = None if stay.facts is None else stay.facts.invoiced_through
    if through is None or not line.counts:
        return Timeline()
    own = [change for change in changes if find_place(change, line.input.profile.product_id) == stay.place]
    owed = combine(stay.owed, find_insisted(line.input.journal, line.counts), max)
    excess = combine(add_effects(stay.billed, own), owed, exceed)
    excess = combine(excess, find_uncharged(line.input.journal, stay.place), lambda seats, free: 0 if free else seats)
    return replace_from(replace_from(Timeline(), line.counts[0].day, excess), through + ONE_DAY, Timeline())


def find_uncharged(journal: LineJournal, place: Place) -> Timeline:
    """1 on the days on which a place costs nothing: its additions are not to be billed, or at no charge."""
    uncharged = Timeline()
    for event in journal.events:
        for start, option in list_options(event, place):
            uncharged = replace_from(uncharged, start, cover(start, None, int(option is not BillableOption.BILLABLE)))
    return uncharged


def list_options(event: Adoption | Evidence, place: Place) -> Iterator[tuple[date, BillableOption]]:
    """From which day on what an event put in a place is billed or not; nothing where it says nothing of that."""
    match event:
        case Adoption(agreement_id=place.agreement_id, additions=additions, ledger=entry):
            options = sorted({each.billable_option for each in additions if each.product_id == place.product_id})
            yield from ((entry.effective_on, option) for option in options[:1])
        case Evidence(ledger=LedgerEntry(), change=CreateAddition() as made) if find_place(made, "") == place:
            yield made.effective_on, made.billable_option
        case Evidence(ledger=LedgerEntry(), change=SetAddition() as made) if find_place(made, "") == place:
            if made.before.billable_option is not made.after.billable_option:
                yield made.describes_from, made.after.billable_option
        case _:
            return


def propose_stretches(stay: Stay, line: Line, due: Timeline, unit_price: Decimal | None) -> Iterator[CreditProposal]:
    """One proposal for each stretch of days with the same seats."""
    there = line if stay.facts is None else replace(line, agreement=replace(line.agreement, facts=stay.facts))
    for (start, seats), (end, _) in zip(due.steps, due.steps[1:], strict=False):
        if seats > 0:
            yield propose(there, stay.place, Period(start, end), seats, unit_price)


def propose(line: Line, place: Place, days: Period, seats: int, unit_price: Decimal | None) -> CreditProposal:
    """One proposal with its days and, where a price is known, its amount. The profile and `unit_price` speak of the
    line's product of now, and say nothing of another one."""
    start, last = days.start, days.last
    grid, profile = line.facts.grid, line.input.profile
    price: Price | None = profile.price
    if place.product_id != profile.product_id:
        price, unit_price = None, find_former_price(line, place)
    amount = None if unit_price is None or grid is None else price_days(start, last, seats, unit_price, grid, price)
    money = "" if amount is None else f", {amount:.2f}"
    sentence = (
        f"{seats} {line.input.mapping.licence_name} were invoiced from {write_short_day(start)} through "
        f"{write_short_day(last)} and not owed{money}. Give the money back in the PSA if you want to, and tick "
        "this off."
    )
    return CreditProposal(start, last, seats, amount, sentence)


def find_former_price(line: Line, place: Place) -> Decimal | None:
    """What a seat cost in a place whose product the line has no more; None where it had several prices, of which nobody
    tells the days, or none that is known."""
    now = own_on(line, line.agreement) if line.agreement.id == place.agreement_id else ()
    prices = {each.unit_price for each in now if each.product_id == place.product_id}
    for event in line.input.journal.events:
        match event:
            case Adoption(agreement_id=place.agreement_id, additions=additions):
                prices |= {each.unit_price for each in additions if each.product_id == place.product_id}
            case Evidence(change=change, after=Addition() as after) if find_place(change, "") == place:
                prices |= {after.unit_price, *list_sent(change)}
            case _:
                continue
    known = prices - {None}
    return known.pop() if len(known) == 1 else None


def price_days(
    start: date, last: date, seats: int, unit_price: Decimal, grid: Grid, price: Price | None = None
) -> Decimal:
    """What so many seats cost from `start` through `last`, by actual days of each period, rounded once.

    A period costs what was in force on its first day where `price` says so (billing rules, 3), else `unit_price`.
    """
    total = Fraction(0)
    day = start
    while day <= last:
        period = grid.period_of(day)
        end = min(period.end, last + ONE_DAY)
        in_force = None if price is None else choose_price(price, period.start)
        total += Fraction(unit_price if in_force is None else in_force) * Fraction((end - day).days, period.days)
        day = end
    return round_money(total * seats)
