"""Which lines another "in advance" or "in arrears" moves: what of them counts as invoiced is another day from then on.

A flag that is wrong bills a period twice or not at all, for everybody at once. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from plans.connecting import ConnectWiseConnection, PsaConnection
from plans.plan import hash_value
from plans.ports import CustomerOverview
from web.pages.names import NAMELESS_CUSTOMER
from web.wording import clean, join, write_number_of

MOST_SHOWN = 30
TO_ARREARS = (
    "In arrears means that April’s invoice is made in May. If ConnectWise makes it on 1 April in truth, April would be "
    "taken for not invoiced yet, and seats that left would be taken off an invoice that is made."
)
TO_ADVANCE = (
    "In advance means that April’s invoice is made on 1 April. If ConnectWise makes it in May in truth, April would be "
    "taken for invoiced, seats that left would stay on its invoice, and credits be proposed that nobody owes."
)


@dataclass(frozen=True, slots=True)
class InvoicingMoves:
    """What saving moves, in words, and the `seal` that says it was seen. `rows` are the first of the lines."""

    headline: str
    example: str
    meanings: tuple[str, ...]
    rows: tuple[str, ...]
    more: str
    beside: str
    tick: str
    seal: str


def find_moves(
    kept: PsaConnection | None, wanted: PsaConnection, customers: Iterable[CustomerOverview]
) -> InvoicingMoves | None:
    """What must be looked at before a connection is saved; None where no line can move."""
    if not isinstance(kept, ConnectWiseConnection) or not isinstance(wanted, ConnectWiseConnection):
        return None
    found: list[tuple[str, str, str]] = []
    is_used = False
    for overview in customers:
        for mapping in overview.mappings:
            if mapping.agreement_id and (not mapping.is_ended or overview.billed.get(mapping.id)):
                is_used = True
                if is_in_arrears(kept, mapping.agreement_id) != is_in_arrears(wanted, mapping.agreement_id):
                    name = clean(overview.customer.name) or NAMELESS_CUSTOMER
                    found.append((name, clean(mapping.licence_name), mapping.agreement_id))
    named = sorted(set(kept.arrears_exceptions) ^ set(wanted.arrears_exceptions), key=int)
    if not found and not (is_used and named):
        return None
    return write_moves(sorted(found, key=lambda row: (row[0].casefold(), row)), named, kept, wanted)


def write_moves(
    found: list[tuple[str, str, str]], named: list[str], kept: ConnectWiseConnection, wanted: ConnectWiseConnection
) -> InvoicingMoves:
    """It in words."""
    ways = {is_in_arrears(wanted, agreement_id) for *_, agreement_id in found}
    ways |= {is_in_arrears(wanted, each) for each in named if is_in_arrears(kept, each) != is_in_arrears(wanted, each)}
    lines = write_number_of(len(found), "line")
    rest = len(found) - MOST_SHOWN
    them = f"agreement {named[0]}" if len(named) == 1 else f"agreements {join(named)}"
    return InvoicingMoves(
        headline=f"Nothing was saved yet. For {lines}, Seatledger would take another period for invoiced already.",
        example=write_example(found, wanted),
        meanings=tuple(TO_ARREARS if way else TO_ADVANCE for way in sorted(ways)),
        rows=tuple(f"{name}: {licence} on agreement {number}" for name, licence, number in found[:MOST_SHOWN]),
        more=f"and {write_number_of(rest, 'more line')}" if rest > 0 else "",
        beside=f"Agreements that are invoiced with {them} move as well." if named else "",
        tick=f"Yes, {lines} move{'s' if len(found) == 1 else ''}: this is how ConnectWise invoices them",
        seal=hash_value([found, named, wanted.invoices_in_arrears, list(wanted.arrears_exceptions)]),
    )


def write_example(found: list[tuple[str, str, str]], wanted: ConnectWiseConnection) -> str:
    """What it means for the first of the lines on one day of a month; empty where no line moves."""
    if not found:
        return ""
    name, licence, number = found[0]
    before, after = ("April", "March") if is_in_arrears(wanted, number) else ("March", "April")
    least = "1 April" if after == "March" else "1 May"
    return (
        f"For example {name}, {licence} on agreement {number}, billed by the month: on 15 April, {before} counts as "
        f"the last invoiced month now, and {after} would. Seats that leave then could end from {least} on."
    )


def is_in_arrears(connection: ConnectWiseConnection, agreement_id: str) -> bool:
    """Whether an agreement is invoiced in arrears, as the connection says it."""
    return connection.invoices_in_arrears != (agreement_id in connection.arrears_exceptions)
