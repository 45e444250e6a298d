"""One line opened up: what it owes and what it bills, day by day, and what stands in the way of planning it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import reduce

from plans.agreements import Addition, Agreement, AgreementFacts
from plans.changes import Held, HoldRule, Parked
from plans.collecting import collect_counts
from plans.counts import Count, list_terms
from plans.edits import (
    complete_own,
    find_edit,
    is_countable,
    is_open,
    say_uncountable,
    select_own,
    still_bills,
)
from plans.ends import find_period_end
from plans.following import Follower, NotFollowed, find_renewal, follow
from plans.inputs import LineInput, Surroundings
from plans.journal import Written
from plans.ledger import derive_billed
from plans.left_behind import find_left_behind
from plans.natural_ends import end_naturally
from plans.places import Stay, add_up, find_stays
from plans.timeline import Timeline
from profiles.billing import CustomPrice, Price
from profiles.periods import ONE_DAY, write_short_day


@dataclass(frozen=True, slots=True)
class Line:
    """A line whose agreement is there and whose additions are as we left them.

    `owed` and `ledger` cover every day and every agreement the line ever was on; `counts` are confirmed. `written` are
    its additions as we last knew them, by id. `stays` are the places of the line, those that it leaves first; None
    where nobody knows when one of them ends.
    """

    input: LineInput
    agreement: Agreement
    written: dict[str, Written]
    counts: tuple[Count, ...]
    owed: Timeline
    ledger: Timeline
    stays: tuple[Stay, ...] | None

    @property
    def facts(self) -> AgreementFacts:
        """What the line's own agreement is like."""
        return self.agreement.facts


def find_trouble(line: LineInput, agreement_id: str, around: Surroundings) -> Parked | Held | None:
    """Why the line cannot be planned at all; None where it can."""
    agreement = around.agreements.get(agreement_id)
    if agreement is None or not agreement.facts.is_active:
        return Parked(
            f"Agreement {agreement_id} was not found in the PSA tonight, or is not active. "
            "Map the licence to an active agreement."
        )
    if agreement.company_id not in (around.company_id, around.payer_id):
        return Parked(explain_foreign(agreement))
    ending = find_ending(agreement.facts, around.today)
    if ending is not None and not line.mapping.is_ended:
        return Parked(explain_ending(line, agreement, ending, around))
    return find_edits(line, around) or find_early_start(line, agreement.facts)


def explain_foreign(agreement: Agreement) -> str:
    """What a person does about an agreement that neither the customer's company nor its paying parent has."""
    return (
        f"Agreement {agreement.id} belongs to another company in the PSA, which is no parent that the PSA invoices for "
        "this customer. Map the licence to an agreement of the customer's own company, "
        "or have its parent invoiced for it in the PSA."
    )


def find_ending(facts: AgreementFacts, today: date) -> date | None:
    """The day on which the agreement ends, if nothing that moves from today on is billed there: its last period runs.

    Where the PSA bills late, every day through its last one can still be billed, posted or not.
    """
    ends_on, running = facts.ends_on, find_period_end(facts, today)
    last = today - ONE_DAY if facts.bills_late else running or today
    return ends_on if ends_on is not None and ends_on <= last else None


def explain_ending(line: LineInput, agreement: Agreement, ending: date, around: Surroundings) -> str:
    """What a person does about an agreement on which nothing is billed any more, or why nobody has to."""
    verb, renewal = "ended" if ending < around.today else "ends", agreement.facts.renewed_by
    said = f"Agreement {agreement.id} {verb} on {write_short_day(ending)}."
    if renewal is None:
        return f"{said} Map the licence to the one after it."
    found = find_renewal(agreement, around.agreements, around.today)
    if found is not None:
        found = replace(found, absent=around.absent.get(renewal, ""))
    answer = None if found is None else follow(make_follower(line, around), found, around.today)
    if isinstance(answer, NotFollowed):
        return f"{said} {answer.sentence}"
    return f"{said} It is renewed by agreement {renewal}, where the licence goes on: the next run sees to it."


def says_ending(sentence: str, agreement_id: str) -> bool:
    """Whether a sentence says that an agreement ends, as `explain_ending` does."""
    return sentence.startswith(tuple(f"Agreement {agreement_id} {verb} on " for verb in ("ended", "ends")))


def make_follower(line: LineInput, around: Surroundings) -> Follower:
    """The line as one that may follow a renewal."""
    own = line.mapping.id
    return Follower(
        mapping=line.mapping,
        product_id=line.profile.product_id,
        journal=line.journal,
        others=tuple(
            (each, around.lines[each.id].profile.product_id if each.id in around.lines else None)
            for each in around.mappings.values()
            if each.id != own
        ),
        journals=around.journals,
        line_names=around.line_names,
        agreements=around.agreements,
    )


def find_edits(line: LineInput, around: Surroundings) -> Parked | None:
    """What somebody else did to the line's additions, on whichever agreement they are."""
    written = line.journal.written
    for agreement_id in sorted({line.mapping.agreement_id, *(each.agreement_id for each in written.values())}):
        agreement = around.agreements.get(agreement_id)
        if agreement is None:
            if is_still_billed(written, agreement_id, around.today):
                return Parked(f"Agreement {agreement_id}, which bills this licence, was not found in the PSA tonight.")
            continue
        own = select_own(agreement, line.mapping.id, written)
        doubtful = next((each for each in own if each.doubt), None)
        if doubtful is not None:
            return Parked(doubtful.doubt)
        edit = find_edit(own, written, agreement_id, agreement.facts.ends_on)
        if edit is not None:
            return Parked(edit)
        strange = next((each for each in own if not is_countable(each)), None)
        if strange is not None:
            return Parked(say_uncountable(strange))
    return None


def is_still_billed(written: dict[str, Written], agreement_id: str, today: date) -> bool:
    """Whether some addition of the line on that agreement bills today or later."""
    return any(each.agreement_id == agreement_id and still_bills(each.addition, today) for each in written.values())


def find_early_start(line: LineInput, facts: AgreementFacts) -> Held | None:
    """A start-date override that lies in what is invoiced already (billing rules, 3), unless the line is billed from
    that day on, or was read before that day was invoiced: then its seats count by their readings, as any others. One
    that was moved back before the first day that was ever billed is held, however long the line is billed since.
    """
    starts_on, through = line.mapping.starts_on, facts.invoiced_through
    if starts_on is None or through is None or starts_on > through:
        return None
    counts, billed = line.journal.counts, derive_billed(line.journal.ledger)
    is_before_counts = bool(counts) and starts_on < counts[0].day and billed.on(starts_on) < counts[0].quantity
    is_moved_back = is_before_counts or bool(
        billed.steps and starts_on < billed.days[0] and was_later(counts, starts_on)
    )
    first_through = counts[0].invoiced_through if counts else None
    was_ahead = first_through is not None and first_through < starts_on
    if (line.journal.evidence or was_ahead) and not is_moved_back:
        return None
    return Held(
        HoldRule.START_ALREADY_INVOICED,
        f"{line.mapping.licence_name} is to start on {write_short_day(starts_on)}, but the agreement is invoiced "
        f"through {write_short_day(through)}. Let it start after that day, and bill the days before by hand.",
    )


def was_later(counts: Sequence[Count], starts_on: date) -> bool:
    """Whether an earlier night knew a start after this one."""
    return any(terms.starts_on is not None and terms.starts_on > starts_on for _, terms in list_terms(counts))


def open_line(line: LineInput, around: Surroundings) -> Line:
    """The line opened up. Its agreement must be there and nothing in the way (`find_trouble`)."""
    counts = collect_counts(line)
    stays = find_stays(line, counts, around)
    stays = find_left_behind(line, counts, around) if stays == () else stays
    return Line(
        input=line,
        agreement=around.agreements[line.mapping.agreement_id],
        written=line.journal.written,
        counts=counts,
        owed=reduce(add_up, (stay.owed for stay in stays or ()), Timeline()),
        ledger=end_naturally(derive_billed(line.journal.ledger), stays or ()),
        stays=stays,
    )


def own_on(line: Line, agreement: Agreement) -> tuple[Addition, ...]:
    """The line's additions on an agreement, those included that the PSA does not list any more."""
    own = select_own(agreement, line.input.mapping.id, line.written)
    return complete_own(own, line.written, agreement.id)


def choose_price(price: Price, day: date) -> Decimal | None:
    """The price that is ours to set from `day` on; None leaves it to the PSA."""
    match price:
        case CustomPrice():
            return price.amount_on(day)
        case _:
            return None


def list_own(line: Line, around: Surroundings) -> Sequence[Addition]:
    """The line's additions on every agreement that is there."""
    places = (around.agreements[each] for each in list_places(line, around))
    return [addition for agreement in places for addition in own_on(line, agreement)]


def list_places(line: Line, around: Surroundings) -> list[str]:
    """The agreements that bill the line or may still be written for it, its own among them, as far as they are there.

    What has ended may still be written until its last day is invoiced.
    """
    billing = (each.agreement_id for each in line.written.values() if is_unsettled(each, around))
    return sorted(each for each in {line.agreement.id, *billing} if each in around.agreements)


def is_unsettled(written: Written, around: Surroundings) -> bool:
    """Whether an addition bills today or later, or days that are not known to be invoiced."""
    if is_open(written.addition, around.today):
        return True
    agreement = around.agreements.get(written.agreement_id)
    through = None if agreement is None else agreement.facts.invoiced_through
    return through is None or is_open(written.addition, through + ONE_DAY)
