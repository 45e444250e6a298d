"""What else bills a line's product where it is, so that its seats might be billed twice (billing rules, 5). Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence

from plans.agreements import Addition
from plans.edits import find_strangers, say_bundled, still_bills
from plans.inputs import Surroundings
from plans.keys import find_owner, name_line
from plans.lines import Line, list_own


def find_new_strangers(line: Line, around: Surroundings) -> list[Addition]:
    """Every unadopted addition of the same product that was not there at the last proved write.

    One that a person has seen at that write hides no other that came since.
    """
    product_id = line.input.profile.product_id
    found = find_strangers(line.agreement, product_id, list_own(line, around), around.line_names, around.today)
    found = (*found, *list_copies(line, around))
    proved = [entry for entry in line.input.journal.evidence if entry.ledger is not None]
    known = {each.id for standing in proved[-1].before for each in standing.additions} if proved else set()
    return [stranger for stranger in found if stranger.id not in known]


def list_copies(line: Line, around: Surroundings) -> list[Addition]:
    """What carries the key of another line of the customer's, which knows nothing of it: whoever renewed an agreement
    had the key copied, and that line was not followed there. It bills seats as any stranger does."""
    owners = {
        name_line(name): journal
        for name, journal in around.journals.items()
        if name != line.input.mapping.id and not journal.open_intents
    }
    return [
        each
        for each in line.agreement.additions
        if each.product_id == line.input.profile.product_id
        and (owner := owners.get(find_owner(each))) is not None
        and each.id not in owner.written
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
    ids = [each.id for each in strangers]
    if len(ids) == 1:
        what, them = f"addition {ids[0]} bills the same product and is no line of Seatledger's", "it"
    else:
        what, them = f"additions {', '.join(ids)} bill the same product and are no lines of Seatledger's", "them"
    return f"{what}. Adopt {them}, or end {them} in the PSA, so that nothing is billed twice"


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
