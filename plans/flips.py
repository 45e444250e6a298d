"""Whether somebody sets back what we write, time after time (billing rules, 5: values that flip back). Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from plans.journal import Adoption, Evidence, LineJournal
from plans.ledger import LedgerEntry, derive_billed
from plans.runs import day_of_run


@dataclass(frozen=True, slots=True)
class SetBack:
    """A line that bills `found` seats again, as before our last write, which made them `wanted`.

    `days` are those of our last writes that were all set back, one after another, the newest last.
    """

    days: tuple[date, ...]
    wanted: int
    found: int

    @property
    def times(self) -> int:
        """How often in a row."""
        return len(self.days)


@dataclass(frozen=True, slots=True)
class Step:
    """What one run made of a line's seats in the end."""

    run_id: str
    before: int
    after: int


def find_set_back(journal: LineJournal, found: int) -> SetBack | None:
    """How often in a row the line was set back, up to now; None where our last write stands, or is something else.

    `found` are the seats that the line's additions bill in the end as they are now. An earlier write counts as set back
    where a person then accepted the line with the seats that it had before that write. What changes no seats in the
    end is passed over; a write that was not set back begins the count anew.
    """
    entries: list[LedgerEntry] = []
    days: tuple[date, ...] = ()
    last: Step | None = None
    for event in journal.events:
        before = derive_billed(entries).final
        match event:
            case Adoption(ledger=entry):
                entries.append(entry)
                days = (*days, day_of_run(last.run_id)) if last is not None and entry.quantity == last.before else ()
                last = None
            case Evidence(ledger=LedgerEntry() as entry):
                entries.append(entry)
                after = derive_billed(entries).final
                if last is not None and last.run_id == event.run_id:
                    last = replace(last, after=after)
                elif after != before:
                    days = () if last is not None else days
                    last = Step(event.run_id, before, after)
    if last is None or last.after == last.before or found != last.before:
        return None
    return SetBack((*days, day_of_run(last.run_id)), last.after, last.before)
