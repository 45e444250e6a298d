"""The additions of a product that no line of ours has: what adoption can be offered for (billing rules, 5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from plans.agreements import Addition, Agreement
from plans.edits import find_strangers
from plans.keys import name_addition, name_line
from plans.ports import Desk, Outside

RUNS_LOOKED_BACK = 20


def list_strangers(
    agreement: Agreement, product_id: str, own: Sequence[Addition], line_names: frozenset[str], today: date
) -> tuple[Addition, ...]:
    """The open additions of the product that are no line's, by the very rule that holds a first write beside one. What
    is inside a bundle cannot be adopted."""
    found = find_strangers(agreement, product_id, own, line_names, today)
    return tuple(each for each in found if each not in agreement.bundled)


def list_bundled(agreement: Agreement, product_id: str) -> tuple[Addition, ...]:
    """What bundles on the agreement bill of the product: nobody can adopt it, and nothing is billed beside it unless a
    person agrees."""
    return tuple(each for each in agreement.bundled if each.product_id == product_id)


async def read_line_names(outside: Outside, desk: Desk) -> frozenset[str]:
    """Whose additions are whose: by the newest run that kept it, and by this customer's own lines as they are now."""
    connection_id = desk.customer.connection_id
    own = {name_line(mapping.id) for mapping in desk.mappings}
    for journal in desk.journals.values():
        own |= {name_addition(connection_id, each.agreement_id, name) for name, each in journal.written.items()}
    for run in await outside.runs.list_runs(RUNS_LOOKED_BACK):
        kept = await outside.archive.read_line_names(run.id)
        if kept:
            return kept | own
    return frozenset(own)
