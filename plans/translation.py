"""Between what is owed and what is written: the question planning puts to a PSA's translation, and its answer.

A PSA's translation is pure. It gets what is owed and what stands on the agreement, and answers with the writes that
make the law of billing rules 3 true: for every day after the last invoiced one the additions sum to what is owed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from plans.agreements import Addition, AgreementFacts
from plans.changes import Change, HoldRule, Scheduled
from plans.timeline import Timeline
from profiles.billing import BillableOption


@dataclass(frozen=True, slots=True)
class OwnAddition:
    """An addition that is ours, as the PSA has it now.

    `uninvoiced_from` is its first day not yet invoiced: its effective day while no invoice was made since it was put
    there, else the day after the last invoiced one. `price_due` is the price in force on P + 1; None where its price is
    not ours to set. `sent_price` is the last price of ours that it was sent, if any. One that `is_copied` was made by
    us like an adopted one, which it adds to or follows. Of one that `is_in_doubt` nobody knows whether its days before
    `uninvoiced_from` are on an invoice.
    """

    addition: Addition
    is_adopted: bool
    uninvoiced_from: date
    price_due: Decimal | None
    sent_price: Decimal | None = None
    is_copied: bool = False
    is_in_doubt: bool = False

    @property
    def units(self) -> int:
        """What it bills a day, in whole seats: its quantity less what the PSA leaves out."""
        return int((self.addition.quantity or Decimal(0)) - self.addition.included)


@dataclass(frozen=True, slots=True)
class LineTask:
    """All that a translation may look at.

    `owed` and `billed` cover every day: `billed` is what was, will or can still be invoiced for days already invoiced,
    and what the additions sum to after them. `own` are in the order in which they were made. `invoiced_through` is P.
    `sequence` is the number of the line's next intent; each change takes the next one. `unit_price` and `description`
    are for an addition that is made now. `adjusted_on` are the days on which the units of an addition of `own` were
    adjusted already, as far as the journal knows. From `credits_from` on every fall gives credit; None where none does.
    The line `is_leaving` a place that it moved away from, or ended in: until the end is written, it moves on with every
    period. Where it `is_due`, nothing waits for its night: the other half of a move is written, or a person is asked.
    `dated_prices` are those of ours, ascending, each with the first day on which it is in force; `priced_from`
    is the day from which the last price that was sent for an addition of `own` holds, None where none was by day. Where
    `posted_is_closed`, the PSA refused once to change units on days through P.
    """

    mapping_id: str
    licence_name: str
    agreement_id: str
    product_id: str
    billable_option: BillableOption
    unit_price: Decimal | None
    description: str | None
    sequence: int
    today: date
    facts: AgreementFacts
    owed: Timeline
    billed: Timeline
    own: tuple[OwnAddition, ...]
    adjusted_on: frozenset[date] = frozenset()
    credits_from: date | None = None
    is_leaving: bool = False
    is_due: bool = False
    dated_prices: tuple[tuple[date, Decimal], ...] = ()
    priced_from: date | None = None
    posted_is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Translation:
    """The writes in their order, what must wait, and why none of it can be written where that is so.

    With a `hold`, `changes` are what would be written if a person approved; they are empty where the PSA cannot say it,
    and `hold_sentence` is the whole sentence that a person reads.
    """

    changes: tuple[Change, ...] = ()
    scheduled: tuple[Scheduled, ...] = ()
    hold: HoldRule | None = None
    hold_sentence: str = ""


class Translate(Protocol):
    """A PSA's translation. Pure: the same task always has the same answer."""

    def __call__(self, task: LineTask) -> Translation: ...
