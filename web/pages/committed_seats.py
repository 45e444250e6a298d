"""What is committed under a term, beside what is assigned, in words: why so many assigned seats count. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from profiles.billing import Basis, Mapping
from profiles.licences import PartnerSubscription, Snapshot
from profiles.periods import ONE_DAY
from profiles.quantity import count_holders, has_floor, list_committed
from web.wording import join, write_count, write_short_day

NOBODY_TELLS = (
    "Nobody can tell what is committed, so there is no floor: only Partner Center shows terms, and only the directory "
    "was read."
)
NO_FLOOR = "This mapping does not bill at least what is committed."


def explain_floor(snapshot: Snapshot, mapping: Mapping) -> str:
    """8 assigned, 10 committed until 30 Apr 2027: 10 count. Empty where nothing needs to be said."""
    if mapping.basis is not Basis.ASSIGNED or mapping.part is not None:
        return ""
    bought, holders = list_committed(snapshot, mapping), count_holders(snapshot, mapping)
    if bought is None:
        return NOBODY_TELLS if has_floor(mapping) else ""
    committed = sum(each.seats for each in bought)
    told = f"{write_count(holders)} assigned, {write_committed(bought, snapshot.read_at.date())}"
    if has_floor(mapping):
        return f"{told}: {write_count(max(holders, committed))} count."
    return f"{told}: {write_count(holders)} count. {NO_FLOOR}" if committed > holders else ""


def write_committed(bought: Sequence[PartnerSubscription], read_on: date) -> str:
    """6 committed until 30 Nov 2026 and 4 until 30 Apr 2027; none committed. Days are the last ones of terms, in UTC.

    A term that was over when it was read is named so: Microsoft had neither renewed nor ended it yet, and bills it.
    """
    seats: Counter[date | None] = Counter()
    for each in bought:
        seats[each.renews_on] += each.seats
    days = sorted(seats, key=lambda day: (day is None, day or date.max))
    parts = [write_part(seats[day], day, read_on, is_first=place == 0) for place, day in enumerate(days)]
    return join(parts) or "none committed"


def write_part(seats: int, renews_on: date | None, read_on: date, *, is_first: bool) -> str:
    """The seats whose terms end on the same day; without a day where Partner Center names none."""
    word = " committed" if is_first else ""
    if renews_on is None:
        return f"{write_count(seats)}{word} for a term whose end is not told"
    last_day = write_short_day(renews_on - ONE_DAY)
    until = "until" if read_on < renews_on else "in a term that Microsoft still bills after"
    return f"{write_count(seats)}{word} {until} {last_day}"
