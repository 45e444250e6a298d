"""What may be done to a PSA, and what planning decides about a line. Sum types: every reader matches on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from plans.agreements import Addition, Booking
from profiles.billing import BillableOption


@dataclass(frozen=True, slots=True)
class CreateAddition:
    """Put one more addition on an agreement, from `effective_on` through `ends_on`, which is None for an open end.

    `unit_price` None leaves the price to the PSA's catalog, `description` None the text to the product. One without a
    quantity is a line whose units a PSA keeps by day: they come by an adjustment of their own. `booking` is copied from
    an adopted addition whose seats it adds to; None leaves all of it to the catalog.
    """

    agreement_id: str
    sequence: int
    key: str
    product_id: str
    quantity: int
    effective_on: date
    billable_option: BillableOption
    ends_on: date | None = None
    unit_price: Decimal | None = None
    description: str | None = None
    booking: Booking | None = None
    kind: Literal["create_addition"] = "create_addition"

    @property
    def is_empty(self) -> bool:
        """Whether nothing is billed by it yet, on any day."""
        return self.quantity == 0


@dataclass(frozen=True, slots=True)
class SetAddition:
    """Make an addition that is ours be as `after` says; what differs from `before` is sent, as absolute values.

    `describes_from` is the first day that an undated field of it speaks of: its first day not yet invoiced.
    """

    agreement_id: str
    sequence: int
    key: str
    before: Addition
    after: Addition
    describes_from: date
    kind: Literal["set_addition"] = "set_addition"

    @property
    def is_dated(self) -> bool:
        """Whether nothing but the day it ends changes: right as long as no invoice bills the days it moves."""
        return replace(self.before, cancelled_on=self.after.cancelled_on) == self.after


@dataclass(frozen=True, slots=True)
class AdjustUnits:
    """A dated delta on a service whose units the PSA keeps by period: Autotask (billing rules, 7).

    `units_before` and `units_after` are the service's units on `effective_on`; it is made once and never taken back.
    Where the service is made by an earlier write of the same plan, nobody knows its number yet: `addition_id` is empty
    and `made_by` is the key of that write. `product_id` is what the units are of; empty where it was not kept.
    `unit_price` is the price of a unit from that day on, which was `price_before`; None leaves it as it is.
    """

    agreement_id: str
    sequence: int
    key: str
    addition_id: str
    effective_on: date
    units_before: int
    units_after: int
    unit_price: Decimal | None = None
    price_before: Decimal | None = None
    made_by: str = ""
    product_id: str = ""
    kind: Literal["adjust_units"] = "adjust_units"


type Change = CreateAddition | SetAddition | AdjustUnits


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Right, known, and not writable yet: from `takes_effect_on` the line's quantity is `quantity`.

    `writable_on` is the day on which it is tried again with success, where one can be told.
    """

    quantity: int
    takes_effect_on: date
    writable_on: date | None
    sentence: str


@dataclass(frozen=True, slots=True)
class CreditProposal:
    """Seats that were billed from `start` through `last` and not owed: only a person can give the money back."""

    start: date
    last: date
    seats: int
    amount: Decimal | None
    sentence: str


class HoldRule(StrEnum):
    """The rule that stopped a change until a person looks (billing rules, 3, 5, 6 and 9)."""

    TO_ZERO = "to_zero"
    LARGE_DROP = "large_drop"
    LARGE_RISE = "large_rise"
    FIRST_BY_RULE = "first_by_rule"
    UNADOPTED_ADDITION = "unadopted_addition"
    NOT_SEARCHED = "not_searched"
    FIRST_AFTER_ADOPTION = "first_after_adoption"
    COUNT_MISMATCH = "count_mismatch"
    INVOICING_UNKNOWN = "invoicing_unknown"
    PRORATION_SWITCHED = "proration_switched"
    START_ALREADY_INVOICED = "start_already_invoiced"
    SUSPENDED = "suspended"
    FLOOR_UNREAD = "floor_unread"
    UNMAPPED_RISE = "unmapped_rise"
    LEFT_BEHIND = "left_behind"
    TRANSFER = "transfer"
    REFUSED = "refused"
    NOT_EXPRESSIBLE = "not_expressible"
    NIGHT_DECREASES = "night_decreases"
    NIGHT_INCREASES = "night_increases"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The additions already are what is owed, as far as it can be written today."""

    kind: Literal["unchanged"] = "unchanged"


@dataclass(frozen=True, slots=True)
class Apply:
    """Write these, in this order; where one does not end as it should, those after it are not begun.

    What a person asked for `is_asked`: no brake of a night holds it back.
    """

    changes: tuple[Change, ...]
    is_asked: bool = False
    kind: Literal["apply"] = "apply"


@dataclass(frozen=True, slots=True)
class FinishIntent:
    """An earlier run promised this change and nobody knows what became of it: find out, and never send it again.

    What it leaves is planned afresh by the next run, on what is true then.
    """

    change: Change
    kind: Literal["finish_intent"] = "finish_intent"


@dataclass(frozen=True, slots=True)
class Held:
    """Changes that wait for a person. `sentence` says what would change, why it waits, and what to do.

    `changes` is what an approval writes; it is empty where no approval can help, and something else must be put right.
    """

    rule: HoldRule
    sentence: str
    changes: tuple[Change, ...] = ()
    kind: Literal["held"] = "held"


@dataclass(frozen=True, slots=True)
class Parked:
    """The world is not as we left it; nothing is planned for this line until a person looked."""

    sentence: str
    kind: Literal["parked"] = "parked"


type Decision = Unchanged | Apply | FinishIntent | Held | Parked
