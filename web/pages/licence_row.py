"""One licence of a customer, or one mapping of it, as lists show it: values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from plans.old_additions import SKU_PREFIX
from profiles.parts import Part, find_split
from web.pages.names import StoryLink
from web.pages.view import Tone
from web.part_words import name_part
from web.wording import write_difference


class Decided(StrEnum):
    """What was decided about a licence, besides how its line stands."""

    UNMAPPED = "unmapped"
    UNMAPPED_TERM = "unmapped-term"
    UNMAPPED_SUBSCRIPTION = "unmapped-subscription"
    FREE = "free"
    MAPPED = "mapped"
    ENDED = "ended"
    EXCLUDED = "excluded"
    EXCLUDED_EVERYWHERE = "excluded-everywhere"
    EXCLUDED_TENANT = "excluded-tenant"


DECIDED_WORDS = {
    Decided.UNMAPPED: ("Unmapped", Tone.LOOK),
    Decided.UNMAPPED_TERM: ("Unmapped term", Tone.LOOK),
    Decided.UNMAPPED_SUBSCRIPTION: ("Unmapped subscription", Tone.LOOK),
    Decided.FREE: ("Free", Tone.PLAIN),
    Decided.MAPPED: ("Not planned yet", Tone.PLAIN),
    Decided.ENDED: ("Ends with the period", Tone.PLAIN),
    Decided.EXCLUDED: ("Do not bill", Tone.PLAIN),
    Decided.EXCLUDED_EVERYWHERE: ("Do not bill (everywhere)", Tone.PLAIN),
    Decided.EXCLUDED_TENANT: ("Do not bill (whole tenant)", Tone.PLAIN),
}
EXCLUDED = frozenset({Decided.EXCLUDED, Decided.EXCLUDED_EVERYWHERE, Decided.EXCLUDED_TENANT})
SETTLED = EXCLUDED | {Decided.ENDED, Decided.FREE}


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """One licence, or one mapping of it. Seats are None where no reading is kept.

    `note` is what must be read beside the word: why the line is held, parked, scheduled or only observed. `decides` is
    where a held one is decided about. `stories` are its additions, where the journals were read. `part` is what of
    the licence the row is about, where that is not all of it; `assigned` are the seats of the whole licence even then.
    """

    key: str
    name: str
    part_number: str
    subscriptions: str
    purchased: int | None
    assigned: int | None
    profile: str
    agreement: str
    before: int | None
    after: int | None
    state: str
    word: str
    tone: Tone
    why: tuple[str, ...]
    note: str = ""
    stories: tuple[StoryLink, ...] = ()
    decides: str = ""
    sku_id: str = ""
    part: Part = None

    @property
    def group(self) -> str:
        """What all rows of one licence share, as the name of a class."""
        return f"licence-{shorten(self.sku_id.lower())}"

    @property
    def slug(self) -> str:
        """What stays the row's own wherever it stands, for the ids of the page."""
        return shorten(self.key)

    @property
    def is_unmapped(self) -> bool:
        """Whether nobody has decided about it; a free one can be mapped, and need not be."""
        return self.state in (Decided.UNMAPPED, Decided.FREE)

    @property
    def is_old(self) -> bool:
        """Whether it is no licence, but an addition that somebody else made and that was asked to end."""
        return self.sku_id.startswith(SKU_PREFIX)

    @property
    def licence(self) -> str:
        """The name without the part that the row is about."""
        return self.name.removesuffix(f", {name_part(self.part)} only")

    @property
    def cut(self) -> str:
        """What the row is one of, where it is about a part."""
        return find_split(self.part).value

    @property
    def unassigned(self) -> int | None:
        """Seats that nobody uses; negative where more are assigned than bought. None of a part: an assigned seat
        belongs to none."""
        is_known = self.purchased is not None and self.assigned is not None and self.part is None
        return (self.purchased or 0) - (self.assigned or 0) if is_known else None

    @property
    def difference(self) -> str:
        """+2 or −2."""
        return write_difference(self.before or 0, self.after or 0)


def shorten(text: str) -> str:
    """A short name of any text, which may be part of an id."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
