"""What becomes of a translation: written, held with the reason, or nothing to do (billing rules, 5 and 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from plans.agreements import price_new
from plans.brakes import Brake, Movement, Thresholds, brake_first, brake_line, brake_lost_floor
from plans.changes import (
    AdjustUnits,
    Apply,
    Change,
    CreateAddition,
    Decision,
    Held,
    HoldRule,
    SetAddition,
    Unchanged,
)
from plans.collecting import find_standing_refusal
from plans.counts import confirm_counts
from plans.edits import is_open
from plans.gaps import bill_beside, brake_left_behind, find_early_end, find_gap, find_late_start, find_lost_days
from plans.inputs import Surroundings
from plans.journal import Ending, Evidence, LineJournal, find_invoiced_before
from plans.ledger import LedgerEntry, count_seats, derive_billed, effect_of
from plans.lines import Line, list_own, own_on
from plans.natural_ends import list_natural_ends
from plans.old_additions import is_old_line
from plans.places import Place, add_up, bills_to_its_end, find_place, list_followed
from plans.runs import find_day
from plans.strangers import brake_beside, find_adopted_sister, find_elsewhere, hold_unsearched
from plans.swings import NO_SWINGS, NOTHING, Swing, Swings, describe_seats, find_swings
from plans.timeline import Timeline
from plans.transfers import order_own
from plans.translation import Translation
from profiles.billing import MappedBy, Mapping
from profiles.periods import share_month, write_short_day


@dataclass(frozen=True, slots=True)
class Wish:
    """What a line's writes come to: seats in the end before and after, and whether any day changes on any agreement and
    product: seats that only move from one to another change both. `sent_price` is the price that they send, if any.
    `swings` are how far the seats fall and rise on the way there.
    """

    before: int
    after: int
    changes_seats: bool
    sent_price: Decimal | None = None
    swings: Swings = NO_SWINGS

    @property
    def falls(self) -> bool:
        """Whether fewer seats are billed in the end."""
        return self.after < self.before

    @property
    def most(self) -> int:
        """The most seats that are billed at any time from then on."""
        highest = self.swings.highest
        return self.after if highest is None else max(self.after, highest.level)


def review(line: Line, translation: Translation, around: Surroundings) -> Decision:
    """The decision about a line that nothing stands in the way of."""
    if translation.hold is not None:
        return Held(translation.hold, translation.hold_sentence, translation.changes)
    if not translation.changes:
        return hold_unknown(line) if waits_for_periods(line) else Unchanged()
    return stop(line, translation, around) or Apply(translation.changes)


def waits_for_periods(line: Line) -> bool:
    """Whether the seats are others than what is billed, and nobody knows the periods that would say from when."""
    is_unknown = line.facts.grid is None or line.facts.invoiced_through is None
    return is_unknown and bool(line.counts) and line.counts[-1].quantity != line.ledger.final


def hold_unknown(line: Line) -> Held:
    """Held until somebody says how the agreement is billed: no approval can tell (billing rules, 3 and 6)."""
    doubt = line.facts.invoicing_doubt or f"Nobody knows the billing periods of agreement {line.agreement.id}."
    seats = f"{line.ledger.final} → {line.counts[-1].quantity} {line.input.mapping.licence_name}"
    return Held(HoldRule.INVOICING_UNKNOWN, f"{seats} waits: {doubt}")


def stop(line: Line, translation: Translation, around: Surroundings) -> Held | None:
    """The first reason for which a person must see the writes before they are made; None where there is none."""
    changes = (*translation.changes, *list_natural_ends(line.ledger, line.stays or (), translation.changes))
    wish = weigh(line, changes, bill_beside(line, around))
    intro = introduce(line, changes)
    if not wish.changes_seats and not line.input.journal.is_first_after_adoption:
        return None
    if line.facts.grid is None:
        return hold_unknown(line)
    if line.input.doubt is not None:
        return Held(HoldRule.COUNT_MISMATCH, f"{intro}: {line.input.doubt}")
    unsearched = hold_unsearched(line, translation, intro, around)
    if unsearched is not None:
        return unsearched
    refusal = find_standing_refusal(line.input)
    if refusal is not None and not find_elsewhere(line, around):
        sentence = (
            f"{intro}: {refusal.refused_by} refused this on {write_short_day(refusal.refused_on)}: {refusal.reason}"
        )
        return Held(HoldRule.REFUSED, sentence, translation.changes)
    refused = find_refused_end(line.input.journal, translation.changes)
    if refused is not None:
        sentence = f"{intro}: {explain_refused_end(refused)} Approving it has it tried once more."
        return Held(HoldRule.TO_ZERO, sentence, translation.changes)
    brake = find_brake(line, wish, changes, around)
    if brake is None:
        return None
    choice = "Approving it bills both" if brake.rule is HoldRule.UNADOPTED_ADDITION else "Approve it, or refuse it"
    return Held(brake.rule, f"{intro}: {brake.reason}. {choice}.", translation.changes)


def find_refused_end(journal: LineJournal, changes: Sequence[Change]) -> Evidence | None:
    """How the newest write of a line ended, where the PSA refused to leave an addition without units and the writes
    would ask that again: every night would be refused alike."""
    newest = journal.evidence[-1] if journal.evidence else None
    if newest is None or newest.ending is not Ending.REFUSED or not leaves_none(newest.change):
        return None
    refused = find_target_of(newest.change)
    return newest if any(leaves_none(each) and find_target_of(each) == refused for each in changes) else None


def leaves_none(change: Change) -> bool:
    """Whether an adjustment leaves an addition without units."""
    return isinstance(change, AdjustUnits) and change.units_after == 0


def find_target_of(change: Change) -> tuple[str, str]:
    """The agreement and the addition that an adjustment is made to."""
    return change.agreement_id, change.addition_id if isinstance(change, AdjustUnits) else ""


def explain_refused_end(refused: Evidence) -> str:
    """Why units that a PSA would not take away are not asked to go every night, and what to do."""
    _, addition_id = find_target_of(refused.change)
    day = find_day(refused.run_id)
    when = "" if day is None else f" on {write_short_day(day)}"
    return (
        f"the PSA refused to leave addition {addition_id} without units{when}. {refused.sentence} Until it ends it is "
        "billed on: end it in the PSA by hand."
    )


def find_brake(line: Line, wish: Wish, changes: tuple[Change, ...], around: Surroundings) -> Brake | None:
    """The rule that bites, adopted and unadopted additions before the thresholds."""
    rise = line.input.unmapped_rise
    if wish.falls and rise is not None:
        reason = f"{rise} rose on the same nights and nobody has mapped it; if seats moved there, map it first"
        return Brake(HoldRule.UNMAPPED_RISE, reason)
    suspended = line.input.suspended_seats
    if wish.falls and suspended:
        are = "1 seat of it is" if suspended == 1 else f"{suspended} seats of it are"
        reason = (
            f"{are} suspended, for which Microsoft may go on asking; see in the admin centre whether they come back"
        )
        return Brake(HoldRule.SUSPENDED, reason)
    if wish.falls and line.input.lost_floor:
        return brake_lost_floor(line.input.lost_floor)
    if is_old_line(line.input.mapping) and line.input.journal.is_first_after_adoption:
        return Brake(HoldRule.FIRST_AFTER_ADOPTION, "somebody asked to end it, and Seatledger did not make it")
    twice = brake_beside(line, around)
    if twice is not None:
        return twice
    sister = find_adopted_sister(line, around)
    if sister is not None:
        reason = (
            f"addition {sister} of the same product was adopted for another licence of this customer and not written "
            "since; it may bill these very seats"
        )
        return Brake(HoldRule.FIRST_AFTER_ADOPTION, reason)
    if line.input.journal.is_first_after_adoption:
        return Brake(HoldRule.FIRST_AFTER_ADOPTION, "it is the first change since the addition was adopted")
    gap = brake_left_behind(line) or find_gap(line, changes, around) or find_late_start(line, around)
    gap = gap or find_lost_days(line, changes, around) or find_early_end(line, changes)
    if gap is not None:
        return gap
    movements = find_movements(line, wish)
    invoiced = movements[0].before if movements else None
    if line.input.mapping.is_ended and movements:
        movements = compare_ended(line, wish, movements[0].before, around)
    price, grid = find_price(line, around) if wish.sent_price is None else wish.sent_price, line.facts.grid
    monthly = None if price is None or grid is None else share_month(price, grid)
    if invoiced is None:
        is_unseen = line.input.mapping.mapped_by is MappedBy.RULE
        return brake_first(wish.most, monthly, around.thresholds) if is_unseen else None
    brake = brake_line(movements, monthly, around.thresholds)
    if brake is not None:
        return brake
    return brake_swings(wish.swings, invoiced, monthly, around.thresholds)


def brake_swings(swings: Swings, invoiced: int, monthly: Decimal | Fraction | None, limits: Thresholds) -> Brake | None:
    """The first rule that bites on what is billed for a while only, compared with what was last invoiced: a gap before
    the last level is as unusual as one that stays.
    """
    lowest, highest = swings.lowest, swings.highest
    if lowest is not None and lowest.level < invoiced:
        brake = brake_line((Movement(invoiced, lowest.level),), monthly, limits)
        if brake is not None:
            return say_when(brake, lowest, swings)
    if highest is not None and highest.level > invoiced:
        brake = brake_line((Movement(invoiced, highest.level),), monthly, limits)
        if brake is not None:
            return say_when(brake, highest, swings)
    return None


def say_when(brake: Brake, swing: Swing, swings: Swings) -> Brake:
    """The brake with the days that it is about; those that its sentence begins with are not named again."""
    days = (
        "on those days"
        if swing == swings.told
        else f"from {write_short_day(swing.start)} through {write_short_day(swing.last)}"
    )
    reason = "nothing would be billed" if brake.rule is HoldRule.TO_ZERO else brake.reason
    return Brake(brake.rule, f"{reason} {days}")


def find_movements(line: Line, wish: Wish) -> tuple[Movement, ...]:
    """From what was last invoiced to what is wanted: the quantity, and the raw count behind it.

    What was written or read after the last invoice is not on it, however early it is dated: small steps add up. A line
    that was never billed has nothing to compare with: where a person mapped it, that is what was meant. Where nobody
    knows tonight what is invoiced, it is what was invoiced by the last night that knew.
    """
    journal = line.input.journal
    entries = journal.ledger
    if not line.ledger.steps:
        return ()
    through = line.facts.invoiced_through
    if through is None and journal.counts:
        through = journal.counts[-1].invoiced_at_least
    unsaid = find_unsaid(journal)
    invoiced = derive_billed(
        entry for entry in entries if is_on_invoice(entry.invoiced_through or unsaid.get(entry.sequence), through)
    )
    known = invoiced if invoiced.steps else derive_first_billed(entries)
    first_day = line.ledger.days[0]
    day = first_day if through is None else max(through, first_day)
    over = derive_billed(entries).on(day) - line.ledger.on(day)
    before = max(0, known.on(day) - over)
    movements = [Movement(before, wish.after, "last invoiced" if invoiced.steps else "first billed")]
    counts = confirm_counts([replace(count, quantity=count.seats) for count in journal.counts])
    read = [each for each in counts if each.day <= day and is_on_invoice(each.invoiced_through, through)] or counts[:1]
    if read and not line.input.mapping.is_excluded:
        movements.append(Movement(read[-1].quantity, line.input.seats, "seats read by then"))
    return tuple(movements)


def derive_first_billed(entries: Sequence[LedgerEntry]) -> Timeline:
    """What was billed by the first write that billed anything: where a PSA takes a service and its units apart, a line
    begins with a write of no units, which is nothing to compare with."""
    so_far = (derive_billed(entries[: count + 1]) for count in range(len(entries)))
    return next((billed for billed in so_far if billed.steps), Timeline())


def compare_ended(line: Line, wish: Wish, before: int, around: Surroundings) -> tuple[Movement, ...]:
    """How a line moves whose mapping is ended, from `before`, what was last invoiced.

    Its end is compared with the seats of those that follow it, for all that they take over: nothing, where nobody does.
    What it bills until then is a movement of its own, if it bills anything until then.
    """
    mapping_id = line.input.mapping.id
    own = Movement(before, find_last_level(line.owed))
    if not wish.falls:
        return (own,)
    heirs = list_heirs(mapping_id, around)
    taken_over = {old for heir in heirs for old in list_followed(heir.follows, around)} - {mapping_id}
    others = sum(find_last_level(derive_billed(around.journals[old].ledger)) for old in taken_over)
    counts = [around.journals[heir.id].counts for heir in heirs if heir.id in around.journals]
    after = sum(known[-1].quantity for known in counts if known)
    whole = Movement(before + others, after)
    return (whole, own) if after and bills_to_its_end(mapping_id, around) else (whole,)


def list_heirs(mapping_id: str, around: Surroundings) -> tuple[Mapping, ...]:
    """The mappings that take over from an ended one: those that follow it, or those that follow them where they ended
    as well.
    """
    found: dict[str, Mapping] = {}
    for each in around.mappings.values():
        if mapping_id in each.follows:
            found |= {heir.id: heir for heir in (list_heirs(each.id, around) if each.is_ended else (each,))}
    return tuple(found.values())


def find_last_level(timeline: Timeline) -> int:
    """The last quantity of a timeline that is not nothing; 0 where there is none."""
    return next((seats for _, seats in reversed(timeline.steps) if seats), 0)


def find_unsaid(journal: LineJournal) -> dict[int, date | None]:
    """What was invoiced at least when a write was made of which the PSA did not say it, by the write's number."""
    return {
        entry.sequence: find_invoiced_before(journal.counts, find_day(entry.run_id))
        for entry in journal.evidence
        if entry.ledger is not None and entry.ledger.invoiced_through is None
    }


def is_on_invoice(invoiced_before: date | None, through: date | None) -> bool:
    """Whether an invoice was made since: of what came when the PSA had invoiced through `invoiced_before`."""
    return invoiced_before is None or (through is not None and invoiced_before < through)


def find_price(line: Line, around: Surroundings) -> Decimal | None:
    """What a seat costs for a billing period, as far as it can be told: the price of the first addition that still
    bills where the line is, else anywhere; where all have ended, of the one that ended last; where none was ever made,
    of the one that would be. None where nothing tells a price.
    """
    product_id, home = line.input.profile.product_id, {each.id for each in own_on(line, line.agreement)}
    priced = [each for each in order_own(list_own(line, around)) if each.unit_price is not None]
    billing = [each for each in priced if is_open(each, around.today) and count_seats(each) > 0]
    at_home = [each for each in billing if each.id in home and each.product_id == product_id]
    ended = sorted(priced, key=lambda each: each.cancelled_on or date.max, reverse=True)
    found = next((each.unit_price for each in (*at_home, *billing, *ended)), None)
    return price_new(line.agreement, product_id, around.prices) if found is None else found


def find_sent_price(changes: Sequence[Change], place: Place) -> Decimal | None:
    """The last price that the writes send to a place; None where they leave it as it is."""
    sent = [price for change in changes if find_place(change, place.product_id) == place for price in list_sent(change)]
    return sent[-1] if sent else None


def list_sent(change: Change) -> list[Decimal]:
    """The price that a write sends, if it sends one."""
    match change:
        case SetAddition(before=before, after=after):
            price = after.unit_price if after.unit_price != before.unit_price else None
        case CreateAddition(unit_price=price) | AdjustUnits(unit_price=price):  # pragma: no branch - there is no other
            pass
    return [] if price is None else [price]


def weigh(line: Line, changes: tuple[Change, ...], beside: Timeline = NOTHING) -> Wish:
    """What the writes come to; `beside` is what other lines bill of the same seats until this one takes over."""
    totals: dict[Place, Timeline] = {}
    home = Place(line.agreement.id, line.input.profile.product_id)
    for change in changes:
        place = find_place(change, home.product_id)
        totals[place] = add_up(totals.get(place, Timeline()), effect_of(change)[1])
    before = line.ledger.final
    after = before + sum(total.final for total in totals.values())
    sent = find_sent_price(changes, home)
    swings = find_swings(line.ledger, changes, beside)
    return Wish(before, after, any(total.steps for total in totals.values()), sent, swings)


def introduce(line: Line, changes: Sequence[Change]) -> str:
    """The beginning of a sentence about a line: how many seats become how many, and for how long."""
    swings = find_swings(line.ledger, changes)
    seats = describe_seats(swings) if changes else f"{swings.before} → {line.input.quantity}"
    return f"{seats} {line.input.mapping.licence_name}"
