"""A line at rest, planned at a glance: most lines on most nights (P7).

One write made its one addition, one count stands since, and nothing is open, edited or wished for. What planning says
of such a line follows without opening it up; of any other line nothing is said here. Both ways say the same of a line
(tests/unit/plans/test_resting.py), and the PSA's own translation is asked either way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from datetime import date

from plans.agreements import Addition, Agreement
from plans.changes import CreateAddition, Unchanged
from plans.counts import Count, Terms
from plans.inputs import LineInput, Surroundings
from plans.journal import Evidence
from plans.keys import find_owner, is_ours, name_line
from plans.ledger import LedgerEntry
from plans.lines import choose_price
from plans.plan import LinePlan
from plans.standing import Standing
from plans.transfers import list_dated_prices
from plans.translation import LineTask, OwnAddition, Translation
from profiles.billing import Mapping
from profiles.periods import ONE_DAY, Grid

UNCHANGED = Unchanged()
NOTHING = Translation()


@dataclass(frozen=True, slots=True)
class Glance:
    """An agreement that rests too: active, with its own company, periods and P, and no end.

    `made` are the additions of ours by the line that they carry the key of; `others` are the products of those that
    carry none. `grid` are the periods as a count's terms spell them, `first_open_day` is P + 1.
    """

    agreement: Agreement
    grid: Grid
    first_open_day: date
    made: AbstractMapping[str, list[Addition]]
    others: frozenset[str]


def glance_at(agreement_id: str, around: Surroundings) -> Glance | None:
    """The agreement, sorted once for all of its lines; None where no line of it is at rest."""
    agreement = around.agreements.get(agreement_id)
    if agreement is None or agreement.company_id != around.company_id:
        return None
    facts = agreement.facts
    if not facts.is_active or facts.ends_on is not None or facts.grid is None or facts.invoiced_through is None:
        return None
    made: defaultdict[str, list[Addition]] = defaultdict(list)
    others: set[str] = set()
    for each in agreement.additions:
        if is_ours(each):
            made[find_owner(each)].append(each)
        else:
            others.add(each.product_id)
    return Glance(agreement, facts.grid.as_one(), facts.invoiced_through + ONE_DAY, made, frozenset(others))


def plan_at_rest(line: LineInput, glance: Glance, around: Surroundings) -> LinePlan | None:
    """The plan of a line at rest; None where it takes more than a glance to tell."""
    mapping, journal, agreement = line.mapping, line.journal, glance.agreement
    made = glance.made.get(name_line(mapping.id), ())
    if len(journal.evidence) != 1 or len(journal.counts) != 1 or len(made) != 1:
        return None
    (proof,), (count,), (addition,) = journal.evidence, journal.counts, made
    is_quiet = not (
        journal.open_intents
        or journal.adoptions
        or journal.parked_sentence is not None
        or journal.refusal is not None
        or line.undo_sequence is not None
        or line.profile.product_id in glance.others
    )
    if not (
        is_quiet
        and is_settled(mapping, agreement.id)
        and has_terms(count, mapping, glance)
        and is_as_written(addition, proof, line)
        and proof.ledger is not None
        and is_as_counted(proof.ledger, addition, count)
    ):
        return None
    if around.translate(make_task(line, glance, addition, proof.ledger, around)) != NOTHING:
        return None
    billed = proof.ledger.levels
    return LinePlan(
        mapping_id=mapping.id,
        licence_name=mapping.licence_name,
        product_id=line.profile.product_id,
        quantity_billed=count.quantity,
        quantity_owed=line.quantity,
        seats=line.seats,
        before=(Standing(agreement.id, (addition.without_words_and_price(),)),),
        billed=billed,
        owed=billed,
        decision=UNCHANGED,
        unit_price=addition.unit_price,
    )


def is_settled(mapping: Mapping, agreement_id: str) -> bool:
    """Whether a mapping says nothing but where it is: it moves nowhere, and no day of it is a person's."""
    return (
        mapping.agreement_id == agreement_id
        and mapping.starts_on is None
        and not mapping.is_ended
        and not mapping.follows
    )


def has_terms(count: Count, mapping: Mapping, glance: Glance) -> bool:
    """Whether a count's terms are those of tonight, by which an increase counts from its day."""
    terms, facts = count.terms, glance.agreement.facts
    return (
        isinstance(terms, Terms)
        and terms.prorates
        and facts.prorates
        and mapping.prorates
        and terms.agreement_id == mapping.agreement_id
        and terms.gives_credits == mapping.gives_credits
        and terms.starts_on is None
        and terms.grid == glance.grid
    )


def is_as_written(addition: Addition, proof: Evidence, line: LineInput) -> bool:
    """Whether an addition is to the letter what was read back when it was made for this line, for ever and here."""
    change = proof.change
    return (
        isinstance(change, CreateAddition)
        and change.agreement_id == line.mapping.agreement_id
        and change.product_id == line.profile.product_id
        and addition.product_id == line.profile.product_id
        and addition == proof.after
        and addition.days is None
        and addition.cancelled_on is None
        and change.unit_price in (None, addition.unit_price)
    )


def is_as_counted(entry: LedgerEntry, addition: Addition, count: Count) -> bool:
    """Whether an addition bills what was counted from the very day of the count, by the ledger as well."""
    return (
        count.quantity > 0
        and entry.invoiced_through is not None
        and entry.effective_on == count.day
        and entry.levels.steps == ((count.day, count.quantity),)
        and addition.effective_on == count.day
        and addition.quantity == count.quantity
        and not addition.included
    )


def make_task(
    line: LineInput, glance: Glance, addition: Addition, entry: LedgerEntry, around: Surroundings
) -> LineTask:
    """What the PSA's translation is asked (plans.transfers): what is owed is what is billed, by the ledger."""
    (proof,) = line.journal.evidence
    sent_price = proof.change.unit_price if isinstance(proof.change, CreateAddition) else None
    facts, mapping, profile, start = glance.agreement.facts, line.mapping, line.profile, entry.effective_on
    price = choose_price(profile.price, glance.first_open_day)
    waits = start >= glance.first_open_day or entry.invoiced_through == facts.invoiced_through
    return LineTask(
        mapping_id=mapping.id,
        licence_name=mapping.licence_name,
        agreement_id=glance.agreement.id,
        product_id=profile.product_id,
        billable_option=profile.billable_option,
        unit_price=price,
        description=line.description,
        sequence=1,
        today=around.today,
        facts=facts,
        owed=entry.levels,
        billed=entry.levels,
        own=(OwnAddition(addition, False, start if waits else glance.first_open_day, price, sent_price),),
        credits_from=start if mapping.gives_credits else None,
        dated_prices=list_dated_prices(profile.price),
    )
