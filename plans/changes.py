"""What planning decides about one line. A sum type: every reader matches on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from profiles.billing import BillableOption


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The additions already sum to what is owed."""

    kind: Literal["unchanged"] = "unchanged"


@dataclass(frozen=True, slots=True)
class CreateAddition:
    """Put one more addition on the agreement, open-ended from `effective_on`.

    `unit_price` None leaves the price to the PSA's catalog, `description` None the text to the product.
    """

    sequence: int
    key: str
    product_id: str
    quantity: int
    effective_on: date
    billable_option: BillableOption
    unit_price: Decimal | None = None
    description: str | None = None
    kind: Literal["create_addition"] = "create_addition"


@dataclass(frozen=True, slots=True)
class FinishIntent:
    """An earlier run promised this change and nobody knows what became of it: find out, and never send it again.

    What it leaves is planned afresh by the next run, on what is true then.
    """

    change: CreateAddition
    kind: Literal["finish_intent"] = "finish_intent"


class HoldRule(StrEnum):
    """The rule that stopped a change until a person looks (billing rules, 5 and 9)."""

    DECREASE = "decrease"
    UNADOPTED_ADDITION = "unadopted_addition"
    PRORATION_OFF = "proration_off"
    COUNT_MISMATCH = "count_mismatch"


@dataclass(frozen=True, slots=True)
class Held:
    """A change that waits for a person. `sentence` says what would change and what to do."""

    rule: HoldRule
    sentence: str
    kind: Literal["held"] = "held"


@dataclass(frozen=True, slots=True)
class Parked:
    """The world is not as we left it; nothing is planned for this line until a person looked."""

    sentence: str
    kind: Literal["parked"] = "parked"


type Change = CreateAddition
type Decision = Unchanged | CreateAddition | FinishIntent | Held | Parked
