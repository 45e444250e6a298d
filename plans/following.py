"""A line follows the agreement that renews its own, from the day after that one ended (billing rules, 3). Pure.

Autotask makes the renewal and carries the units over: services that nobody marked, or with our key copied along. The
line takes the one that carries its units on as its own, as it is, so that only the difference is ever written. Where
more than one could be meant, or anything else is not clear, a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from plans.adoption import Adopter, NotAdoptable, adopt
from plans.agreements import Addition, Agreement
from plans.edits import find_edit, select_own, still_bills
from plans.journal import Adoption, LineJournal
from plans.keys import find_owner, is_ours, name_addition, name_line
from plans.ledger import derive_billed, sum_additions
from plans.old_additions import is_old_line
from plans.places import Place, bill_places
from plans.timeline import Timeline, make_timeline, replace_from
from profiles.billing import Mapping as LicenceMapping
from profiles.periods import ONE_DAY, write_short_day

FOLLOWER = "Seatledger"


@dataclass(frozen=True, slots=True)
class Renewal:
    """An agreement that is over and the one that renews it; None where that was not read: `absent` may say why, as the
    end of a sentence that begins with it."""

    old: Agreement
    new: Agreement | None
    ended_on: date
    absent: str = ""

    @property
    def starts_on(self) -> date:
        """The first day that the renewal is to bill."""
        return self.ended_on + ONE_DAY


@dataclass(frozen=True, slots=True)
class Follower:
    """A line of an agreement that is over. `others` are the customer's other mappings, each with the product that it
    bills, None where nobody can tell; `journals` are those of all of them. `line_names` are those of every line there
    is (`plans.keys`), `agreements` what was read of the customer's.
    """

    mapping: LicenceMapping
    product_id: str
    journal: LineJournal
    others: Sequence[tuple[LicenceMapping, str | None]]
    journals: Mapping[str, LineJournal]
    line_names: frozenset[str]
    agreements: Mapping[str, Agreement]


@dataclass(frozen=True, slots=True)
class Followed:
    """The line on the renewal: its mapping there, what it takes as its own, None where there is nothing, and what is
    told of it."""

    mapping: LicenceMapping
    adoption: Adoption | None
    sentence: str


@dataclass(frozen=True, slots=True)
class NotFollowed:
    """Why a person decides where the line goes on. `sentence` says what to do."""

    sentence: str


def find_renewal(agreement: Agreement, agreements: Mapping[str, Agreement], today: date) -> Renewal | None:
    """The renewal of an agreement that was over before today; None where it is not, or nobody says what renews it."""
    facts = agreement.facts
    if facts.renewed_by is None or facts.ends_on is None or facts.ends_on >= today:
        return None
    return Renewal(agreement, agreements.get(facts.renewed_by), facts.ends_on)


def follow(line: Follower, renewal: Renewal, today: date) -> Followed | NotFollowed | None:
    """Where the line goes on; None where it waits for something else first, or was no line of that agreement's last
    day: a write on its way, a person's look, an end. Raises nothing.
    """
    mapping, journal, new = line.mapping, line.journal, renewal.new
    if not is_concerned(line, renewal) or is_old_line(mapping) or journal.open_intents:
        return None
    if journal.parked_sentence is not None or (mapping.is_ended and not ends_with(line, renewal)):
        return None
    doubt = find_doubt(renewal, today) or find_line_doubt(line, renewal)
    if doubt is not None or new is None:
        return NotFollowed(doubt or f"{name_renewal(renewal)} could not be read.")
    moved = replace(mapping, agreement_id=new.id)
    if any(each.renews == renewal.old.id and each.agreement_id == new.id for each in journal.adoptions):
        return Followed(moved, None, tell(line, renewal, None))
    chosen = choose(line, renewal, new)
    if isinstance(chosen, NotFollowed):
        return chosen
    if chosen is None:
        return Followed(moved, None, tell(line, renewal, None))
    taken = take(line, renewal, new, chosen, today)
    if isinstance(taken, NotAdoptable):
        return NotFollowed(taken.sentence)
    return Followed(moved, taken, tell(line, renewal, taken))


def is_concerned(line: Follower, renewal: Renewal) -> bool:
    """Whether the line is mapped to the agreement that is over, or a person mapped it to the renewal by now and nothing
    of it was written or taken over there."""
    if line.mapping.agreement_id == renewal.old.id:
        return True
    written = line.journal.written.values()
    was_there = any(each.agreement_id == renewal.old.id for each in written)
    is_there = any(each.agreement_id == line.mapping.agreement_id for each in written)
    return line.mapping.agreement_id == renewal.old.facts.renewed_by and was_there and not is_there


def ends_with(line: Follower, renewal: Renewal) -> bool:
    """Whether an ended line still billed on the agreement's last day, and nobody takes over from it: its end fell on
    the day after, which no contract that is over can be told, and the renewal goes on billing it."""
    is_followed = any(line.mapping.id in other.follows for other, _ in line.others)
    return not is_followed and find_level(line.journal, renewal) > 0


def find_level(journal: LineJournal, renewal: Renewal) -> int:
    """What a line billed on the last day of the agreement."""
    return derive_billed(journal.ledger).on(renewal.ended_on)


def name_renewal(renewal: Renewal) -> str:
    """The renewal, as the beginning of a sentence."""
    return f"Agreement {renewal.old.facts.renewed_by}, which renews it,"


def find_doubt(renewal: Renewal, today: date) -> str | None:
    """What is wrong with the renewal itself, as a sentence; None where nothing is."""
    new, name = renewal.new, name_renewal(renewal)
    if new is None:
        return f"{name} {renewal.absent or 'was not read. The next run looks again.'}"
    if new.company_id != renewal.old.company_id:
        return f"{name} belongs to another company. Map the licence to an agreement of this one."
    if not new.facts.is_active:
        return f"{name} is not active. Make it active in the PSA, or map the licence to another one."
    if new.facts.starts_on != renewal.starts_on:
        begins = "on a day that nobody knows" if new.facts.starts_on is None else write_short_day(new.facts.starts_on)
        return (
            f"{name} begins {begins}, and not on {write_short_day(renewal.starts_on)}. Put its first day right in the "
            "PSA, or map the licence to it and look at the days between."
        )
    if new.facts.ends_on is not None and new.facts.ends_on < today:
        return (
            f"{name} is over as well, since {write_short_day(new.facts.ends_on)}. Map the licence to the agreement "
            "that runs now, and adopt what bills it there."
        )
    return None


def find_line_doubt(line: Follower, renewal: Renewal) -> str | None:
    """Why nobody can tell what the line billed on the agreement's last day, as a sentence; None where that is clear."""
    written, old = line.journal.written, renewal.old
    edit = find_edit(select_own(old, line.mapping.id, written), written, old.id, renewal.ended_on)
    if edit is not None:
        return f"{edit} {advise(renewal)}"
    home = Place(old.id, line.product_id)
    if any(place != home for place in list_billing(line.journal, home, line, renewal)):
        return (
            f"{line.mapping.licence_name} was just moving from another agreement or product when it ended. "
            f"{advise(renewal)}"
        )
    followed = [line.journals[each] for each in line.mapping.follows if each in line.journals]
    if any(any(list_billing(each, home, line, renewal)) for each in followed):
        return f"{line.mapping.licence_name} was just taking over from another mapping when it ended. {advise(renewal)}"
    return None


def list_billing(journal: LineJournal, home: Place, line: Follower, renewal: Renewal) -> Iterator[Place]:
    """The places in which a journal bills on the agreement's last day, but for those that were over before it: units
    which a PSA keeps by day stand there for ever."""
    for place, billed in bill_places(journal, home).items():
        facts = line.agreements[place.agreement_id].facts if place.agreement_id in line.agreements else None
        was_over = facts is not None and facts.ends_on is not None and facts.ends_on < renewal.ended_on
        if not was_over and billed.on(renewal.ended_on) > 0:
            yield place


def advise(renewal: Renewal) -> str:
    """What a person does where nothing follows by itself."""
    return f"Map the licence to agreement {renewal.old.facts.renewed_by}, and adopt what bills it there."


def choose(line: Follower, renewal: Renewal, new: Agreement) -> Addition | NotFollowed | None:
    """The addition of the renewal that carries the line's on; None where none does, or why nobody can tell."""
    mine = name_line(line.mapping.id)
    marked = [each for each in new.additions if find_owner(each) == mine]
    same = [each for each in marked if each.product_id == line.product_id]
    if marked:
        others = [
            each for each in marked if each.product_id != line.product_id and still_bills(each, renewal.starts_on)
        ]
        return same[0] if len(same) == 1 and not others else NotFollowed(explain_several(line, renewal, marked))
    plain = [each for each in new.additions if is_open_to(each, line, new)]
    billing = [each for each in plain if still_bills(each, renewal.starts_on)] or plain
    # What never had anything there had nothing to be carried over.
    if not billing or not select_own(renewal.old, line.mapping.id, line.journal.written):
        return None
    rivals = [*list_rivals(line, renewal), *list_strangers(line, renewal, new)]
    if len(billing) > 1 or rivals:
        return NotFollowed(explain_several(line, renewal, billing))
    return billing[0]


def is_open_to(addition: Addition, line: Follower, new: Agreement) -> bool:
    """Whether an addition of the renewal may be the line's: of its product, and neither made nor adopted for another
    line."""
    is_taken = name_addition(new.connection_id, new.id, addition.id) in line.line_names
    return addition.product_id == line.product_id and not is_ours(addition) and not is_taken


def list_rivals(line: Follower, renewal: Renewal) -> Iterator[str]:
    """The customer's other lines of the product whose units the renewal may have carried over just as well."""
    for other, product_id in line.others:
        journal = line.journals.get(other.id)
        was_there = journal is not None and (not other.is_ended or find_level(journal, renewal) > 0)
        if other.agreement_id == renewal.old.id and product_id == line.product_id and was_there:
            yield other.licence_name


def list_strangers(line: Follower, renewal: Renewal, new: Agreement) -> Iterator[str]:
    """What else billed the product on the agreement's last day, no line's or another customer's, but for what was
    carried over with its own key."""
    old, written = renewal.old, line.journal.written
    own = {each.id for each in select_own(old, line.mapping.id, written)}
    carried = {find_owner(each) for each in new.additions if is_ours(each)}
    for each in old.additions:
        is_told_apart = is_ours(each) and find_owner(each) in carried
        is_strange = each.product_id == line.product_id and each.id not in own and not is_told_apart
        if is_strange and still_bills(each, renewal.ended_on):
            yield each.id


def explain_several(line: Follower, renewal: Renewal, found: Sequence[Addition]) -> str:
    """Why nobody can tell what carries the line on, and what to do."""
    ids = ", ".join(each.id for each in found)
    return (
        f"It is renewed by agreement {renewal.old.facts.renewed_by}, and nobody can tell for certain which of the "
        f"additions there carries {line.mapping.licence_name} on: {ids}. {advise(renewal)}"
    )


def take(line: Follower, renewal: Renewal, new: Agreement, chosen: Addition, today: date) -> Adoption | NotAdoptable:
    """The addition as the line's own, with all others that carry its key."""
    last_days = {name: each.facts.ends_on for name, each in line.agreements.items() if each.facts.ends_on is not None}
    reason = f"It renews agreement {renewal.old.id}"
    by = Adopter(FOLLOWER, today, reason)
    taken = adopt(line.journal, new, (chosen,), by, last_days, renewed_from=renewal.starts_on)
    if isinstance(taken, NotAdoptable):
        return taken
    return replace(taken, renews=renewal.old.id, is_as_before=is_as_before(line, renewal, taken))


def is_as_before(line: Follower, renewal: Renewal, taken: Adoption) -> bool:
    """Whether the renewal goes on with the units of the agreement's last day, on every day, and with the price that we
    sent, where we sent one: then there is nothing that a person would have to see first."""
    level = find_level(line.journal, renewal)
    carried = replace_from(Timeline(), renewal.starts_on, sum_additions(taken.additions))
    sent = [each for each in line.journal.written.values() if each.agreement_id == renewal.old.id]
    prices = {each.addition.product_id: each.sent_price for each in sent if each.sent_price is not None}
    is_same_price = all(
        each.unit_price in (None, prices.get(each.product_id, each.unit_price)) for each in taken.additions
    )
    return carried == make_timeline([(renewal.starts_on, level)]) and is_same_price


def tell(line: Follower, renewal: Renewal, taken: Adoption | None) -> str:
    """What happened, as a sentence of the customer's history."""
    name, new_id, level = line.mapping.licence_name, renewal.old.facts.renewed_by, find_level(line.journal, renewal)
    ended = f"Agreement {renewal.old.id} ended on {write_short_day(renewal.ended_on)}"
    if taken is None:
        return f"{ended}: {name} goes on from the day after on agreement {new_id}, which renews it."
    ids = ", ".join(each.id for each in taken.additions)
    carried = taken.ledger.levels.on(renewal.starts_on)
    units = f"{carried}" if carried == level else f"{carried} where {level} were billed"
    goes_on = f"{name} goes on from the day after on agreement {new_id}, which renews it, with addition {ids}"
    return f"{ended}: {goes_on}: {units}."
