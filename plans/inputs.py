"""What planning looks at: one line's mapping, seats and journal, and what surrounds it."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from plans.agreements import Agreement
from plans.beside import OtherAgreement
from plans.brakes import Thresholds
from plans.journal import LineJournal
from plans.timeline import Timeline
from plans.translation import Translate
from profiles.billing import BillingProfile, Mapping
from profiles.readings import Reading


@dataclass(frozen=True, slots=True)
class LineInput:
    """All that decides one line: the mapping, its profile, the seats it bills, what we wrote so far, and its text.

    `quantity` is what the rules make of `seats`, the raw count. `doubt` says why the count may be wrong although the
    reading is complete; nothing is written on it. `unmapped_rise` names a licence of the same tenant that rose while
    this one fell and that nobody has mapped. `suspended_seats` are purchased seats that are suspended, and that nobody
    can tell from cancelled ones. `lost_floor` are seats that were committed to the end of a term when terms were last
    read, which they are no more. `approved_hashes` are the plans of this line that a person approved, and
    `undo_sequence` is the number of the line's write that a person wants taken back. `credited` are the seats of each
    day for which a person ticked a credit proposal off.
    """

    mapping: Mapping
    profile: BillingProfile
    quantity: int
    seats: int
    journal: LineJournal
    description: str | None = None
    doubt: str | None = None
    unmapped_rise: str | None = None
    approved_hashes: frozenset[str] = frozenset()
    undo_sequence: int | None = None
    credited: Timeline = field(default_factory=Timeline)
    suspended_seats: int = 0
    lost_floor: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else decides: the day in the MSP's zone, the customer's PSA company, and which lines exist at all.

    `payer_id` is the parent company that the PSA invoices for it; empty where there is none, or none was asked for
    because every agreement is the company's own.

    `line_names` are the names of every mapping's line (`plans.keys.name_line`) and of every adopted addition
    (`plans.keys.name_addition`); an addition of ours that belongs to none of them was made for a mapping that is gone,
    and is as strange as somebody else's. `agreements` are those the customer's lines may touch, as they are in the PSA,
    and `absent` says of some that are not there why, as the end of a sentence that begins with the agreement;
    `journals` those of the customer's lines, by mapping; `mappings` are all that the customer has, and `lines` what
    planning looks at for those that can be planned tonight. `prices` are the PSA's own, by product, where somebody has
    asked for them. `others` are the company's agreements with what bills the products of lines that are new; Unknown
    where they could not be read, None where nobody has asked.
    """

    today: date
    company_id: str
    connection_id: str
    line_names: frozenset[str]
    translate: Translate
    agreements: AbstractMapping[str, Agreement]
    journals: AbstractMapping[str, LineJournal] = field(default_factory=dict)
    thresholds: Thresholds = field(default_factory=Thresholds)
    mappings: AbstractMapping[str, Mapping] = field(default_factory=dict)
    lines: AbstractMapping[str, LineInput] = field(default_factory=dict)
    payer_id: str = ""
    prices: AbstractMapping[str, Decimal] = field(default_factory=dict)
    others: Reading[tuple[OtherAgreement, ...]] | None = None
    absent: AbstractMapping[str, str] = field(default_factory=dict)
