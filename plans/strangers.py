"""What is beside a line and nobody adopted: on its own agreement, and elsewhere where the line is new (billing rules, 5
and 9). Pure.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from plans.agreements import Addition
from plans.beside import Beside, describe_besides, find_beside, is_new, say_stranger
from plans.brakes import Brake
from plans.changes import CreateAddition, Held, HoldRule
from plans.collecting import find_standing_refusal
from plans.edits import find_strangers, say_bundled, still_bills
from plans.inputs import LineInput, Surroundings
from plans.keys import find_owner, name_line
from plans.lines import Line, list_own
from plans.translation import Translation
from profiles.readings import Known, Unknown


def brake_beside(line: Line, around: Surroundings) -> Brake | None:
    """The brake where something bills the product already that no line has; None where nothing new does."""
    strangers, besides = find_new_strangers(line, around), find_elsewhere(line, around)
    if not strangers and not besides:
        return None
    said = [describe_strangers(strangers, line.agreement.bundled)] if strangers else []
    said += [describe_besides(besides)] if besides else []
    return Brake(HoldRule.UNADOPTED_ADDITION, ". Also, ".join(said))


def hold_unsearched(line: Line, translation: Translation, intro: str, around: Surroundings) -> Held | None:
    """Held where a first addition would be made and nobody could read what the company's other agreements bill. No
    approval helps: could not read is never none there."""
    is_first = is_new(line.input.journal) and any(isinstance(each, CreateAddition) for each in translation.changes)
    if not isinstance(around.others, Unknown) or not is_first or is_decided(line.input):
        return None
    sentence = (
        f"{intro} waits: whether another agreement bills it already could not be read. {around.others.detail} It is "
        "tried again every night."
    )
    return Held(HoldRule.NOT_SEARCHED, sentence)


def is_decided(line: LineInput) -> bool:
    """Whether a person refused what tonight's plan is about, and approved nothing of the line since: an approval that
    was there before ended with the refusal."""
    return find_standing_refusal(line) is not None and not line.approved_hashes


def find_elsewhere(line: Line, around: Surroundings) -> tuple[Beside, ...]:
    """What bills the product of a new line on the company's other agreements, as far as somebody has asked. Of what a
    person refused that is not asked until somebody wants it after all: what they see then rests on nothing of it."""
    if not isinstance(around.others, Known) or not is_new(line.input.journal) or is_decided(line.input):
        return ()
    product_id = line.input.profile.product_id
    return find_beside(around.others.value, product_id, line.agreement, around.line_names, around.today)


def find_new_strangers(line: Line, around: Surroundings) -> list[Addition]:
    """Every unadopted addition of the same product that was not there at the last proved write.

    One that a person has seen at that write hides no other that came since.
    """
    product_id = line.input.profile.product_id
    found = find_strangers(line.agreement, product_id, list_own(line, around), around.line_names, around.today)
    found = (*found, *list_copies(line, around))
    proved = [entry for entry in line.input.journal.evidence if entry.ledger is not None]
    known = (
        {each.id for standing in proved[-1].before for each in standing.additions if has_units(each)} if proved else ()
    )
    return [stranger for stranger in found if stranger.id not in known]


def has_units(addition: Addition) -> bool:
    """Whether an addition bills in the end, as far as anybody knows: one whose units are kept by day may come to
    nothing, and bill again when somebody adds some."""
    return addition.days is None or addition.days.final != 0


def list_copies(line: Line, around: Surroundings) -> list[Addition]:
    """What carries the key of another line of the customer's, which knows nothing of it, nor does any other: whoever
    renewed an agreement had the key copied, and that line was not followed there. It bills seats as any stranger does.
    """
    owners = {
        name_line(name)
        for name, journal in around.journals.items()
        if name != line.input.mapping.id and not journal.open_intents
    }
    known = {name for journal in around.journals.values() for name in journal.written}
    return [
        each
        for each in line.agreement.additions
        if each.product_id == line.input.profile.product_id
        and find_owner(each) in owners
        and each.id not in known
        and still_bills(each, around.today)
    ]


def describe_strangers(strangers: Sequence[Addition], bundled: Container[Addition]) -> str:
    """What they are, and what to do about them, as the end of a sentence; a bundle before others."""
    bundle = next((each for each in strangers if each in bundled), None)
    if bundle is not None:
        return (
            f"{say_bundled(bundle)}. Take the product out of it, or exclude the licence here, so that nothing is "
            "billed twice"
        )
    said = ", and addition ".join(say_stranger(each) for each in strangers)
    be, them = (" and is no line", "it") if len(strangers) == 1 else (", which are no lines", "them")
    return (
        f"addition {said}{be} of Seatledger's. Adopt {them}, or end {them} in the PSA, so that nothing is billed twice"
    )


def find_adopted_sister(line: Line, around: Surroundings) -> str | None:
    """An addition of this product, here, that another line of the customer adopted and never wrote since; its id."""
    return next(
        (
            each.addition.id
            for mapping_id, journal in around.journals.items()
            if mapping_id != line.input.mapping.id and journal.is_first_after_adoption
            for each in journal.written.values()
            if each.agreement_id == line.agreement.id and each.addition.product_id == line.input.profile.product_id
        ),
        None,
    )
