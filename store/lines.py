"""What the rows of a customer say of its lines. The keys are listed in `store.books`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from plans.counts import Count
from plans.journal import Acceptance, Adoption, Evidence, Intent, LineJournal, Refusal
from store.codec import decode
from store.tables import Row

PARTS_AFTER_MAPPING = {"b": 1, "c": 1, "e": 1, "i": 2, "q": 1, "r": 0, "s": 0, "u": 0, "v": 1}


@dataclass(frozen=True, slots=True)
class LineState:
    """What the last settlement or adoption left: the quantity, why the line is parked if it is, and the agreements
    that bill it."""

    last_quantity: int
    parked_sentence: str | None
    agreement_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UndoRequest:
    """A person wants the write of the line's intent `sequence` taken back."""

    sequence: int


@dataclass(slots=True)
class Found:
    """What has been found of one line so far, in the order of the rows."""

    evidence: list[Evidence] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    acceptances: list[Acceptance] = field(default_factory=list)
    adoptions: list[Adoption] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    refusal: Refusal | None = None
    parked_sentence: str | None = None

    def take(self, kind: str, text: str) -> None:
        """Read one row's value; rows of other kinds say nothing of a journal."""
        match kind:
            case "b":
                self.adoptions.append(decode(Adoption, text))
            case "c":
                self.acceptances.append(decode(Acceptance, text))
            case "e":
                self.evidence.append(decode(Evidence, text))
            case "i":
                self.intents.append(decode(Intent, text))
            case "q":
                self.counts.append(decode(Count, text))
            case "r":
                self.refusal = decode(Refusal, text)
            case "s":
                self.parked_sentence = decode(LineState, text).parked_sentence
            case _:
                return

    def make_journal(self, mapping_id: str) -> LineJournal:
        """Everything in the order in which it happened."""
        ended = {entry.sequence for entry in self.evidence}
        opened = [intent for intent in self.intents if intent.sequence not in ended]
        return LineJournal(
            mapping_id=mapping_id,
            evidence=tuple(sorted(self.evidence, key=lambda entry: entry.sequence)),
            open_intents=tuple(sorted(opened, key=lambda intent: (intent.sequence, intent.attempt))),
            parked_sentence=self.parked_sentence,
            acceptances=tuple(sorted(self.acceptances, key=lambda each: each.sequence)),
            adoptions=tuple(sorted(self.adoptions, key=lambda each: (each.sequence, each.turn))),
            counts=tuple(sorted(self.counts, key=lambda count: count.day)),
            refusal=self.refusal,
        )


def split_key(row_key: str) -> tuple[str, str]:
    """The kind of a row and the mapping it is about, which may hold colons itself; no mapping where it is of none."""
    kind, _, rest = row_key.partition(":")
    parts = PARTS_AFTER_MAPPING.get(kind)
    return kind, "" if parts is None else rest.rsplit(":", parts)[0]


def collect_journals(mapping_ids: Iterable[str], rows: Iterable[Row]) -> dict[str, LineJournal]:
    """The journals of these lines from the rows of their customer; an empty one where no row is about a line."""
    found = {mapping_id: Found() for mapping_id in mapping_ids}
    for row in rows:
        kind, mapping_id = split_key(row["RowKey"])
        if mapping_id in found:
            found[mapping_id].take(kind, row["value"])
    return {mapping_id: each.make_journal(mapping_id) for mapping_id, each in found.items()}
