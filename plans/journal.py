"""What we promised to write and what we proved: intents, evidence, adoption, history (R8, R9, R16)."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from plans.agreements import Addition
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.counts import Count
from plans.ledger import LedgerEntry, cover_addition, derive_billed
from plans.runs import find_day
from plans.standing import Standing
from plans.timeline import Timeline, combine, replace_from
from profiles.periods import ONE_DAY


@dataclass(frozen=True, slots=True)
class Intent:
    """Committed before a PSA write. Insert-only: attempt n + 1 is a row of its own.

    `before` is the state of the line that the change was planned on, on every agreement it touches; times are aware, in
    UTC.
    """

    mapping_id: str
    sequence: int
    attempt: int
    connection_id: str
    run_id: str
    plan_hash: str
    created_at: datetime
    change: Change
    before: tuple[Standing, ...]

    @property
    def agreement_id(self) -> str:
        """The agreement it was sent to, which the mapping may have left since."""
        return self.change.agreement_id


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The PSA said it took the write, and had nothing to show when it was read back: it is never sent again."""

    mapping_id: str
    sequence: int
    addition_id: str


class Ending(StrEnum):
    """How an intent ended. DAY_TAKEN and POSTED are refusals: the PSA had its one adjustment of that service and day
    already, or takes none of days that it has posted."""

    VERIFIED = "verified"
    MISMATCH = "mismatch"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"
    DAY_TAKEN = "day_taken"
    POSTED = "posted"


ADJUSTED = frozenset({Ending.VERIFIED, Ending.MISMATCH, Ending.DAY_TAKEN})
"""How an adjustment ended where its day had one."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Committed after the write was read back, or after it was given up.

    `after` is what the PSA answered to the read-back: None where nothing was written. `ledger` is what the line sums to
    since; None where nothing was proved.
    """

    mapping_id: str
    sequence: int
    run_id: str
    plan_hash: str
    ending: Ending
    ended_at: datetime
    change: Change
    before: tuple[Standing, ...]
    after: Addition | None
    ledger: LedgerEntry | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """A person made additions the line's own, as they were then: at first, or after somebody had changed them.

    They are all that the line has from then on: what it had before and is not among them is no business of ours any
    more. It came before the line's intent number `sequence`, and as many others as `turn` says came before it there;
    `adopted_on` is a day in the MSP's zone.

    Where the line followed a renewal, nobody asked for it: `renews` is the agreement that ended, and `is_as_before`
    says that its units go on as they were (`plans.following`).
    """

    mapping_id: str
    sequence: int
    agreement_id: str
    additions: tuple[Addition, ...]
    ledger: LedgerEntry
    adopted_on: date
    adopted_by: str
    reason: str = ""
    renews: str = ""
    is_as_before: bool = False
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A person refused a plan: it is not written, and no day through `refused_on` owes more than `level`.

    It stands until the line's quantity is another than `quantity`. `refused_at` is when the person asked for it, aware,
    in UTC; None where that was not kept.
    """

    mapping_id: str
    quantity: int
    level: int
    refused_on: date
    refused_by: str
    reason: str
    refused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One sentence of a customer's history. `sequence` is the line's intent it tells of, or would have been."""

    at: datetime
    mapping_id: str
    sequence: int
    run_id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """Everything that ends one intent. It is committed as one batch, or not at all.

    `agreement_ids` are the agreements that bill the line from now on.
    """

    evidence: Evidence
    history: HistoryEntry
    last_quantity: int
    parked_sentence: str | None
    agreement_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineJournal:
    """What we know of one line before planning it. Everything is in the order in which it happened."""

    mapping_id: str
    evidence: tuple[Evidence, ...] = ()
    open_intents: tuple[Intent, ...] = ()
    parked_sentence: str | None = None
    acceptances: tuple[Acceptance, ...] = ()
    adoptions: tuple[Adoption, ...] = ()
    counts: tuple[Count, ...] = ()
    refusal: Refusal | None = None

    @property
    def next_sequence(self) -> int:
        """The number of this line's finished intents."""
        return len(self.evidence)

    @property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        """Every entry, in the order in which it was written; an adoption comes before the intent of its number."""
        entries = [(adoption.sequence, 0, adoption.ledger) for adoption in self.adoptions]
        entries += [(entry.sequence, 1, entry.ledger) for entry in self.evidence if entry.ledger is not None]
        return tuple(entry for _, _, entry in sorted(entries, key=lambda each: each[:2]))

    def find_billed(self, agreement_id: str, through: date | None) -> Timeline:
        """What the line bills on every day when it is written on that agreement, which is invoiced through `through`.

        By its ledger; but where an invoice was deleted since, what is not dated holds for the days that are open again,
        and they are billed as the additions stand (connectwise.md 4).
        """
        billed = derive_billed(self.ledger)
        proved = [each.ledger for each in self.evidence if each.change.agreement_id == agreement_id]
        known = [each.invoiced_through for each in proved if each is not None and each.invoiced_through is not None]
        if through is None or max(known, default=through) <= through:
            return billed
        standing = Timeline()
        for each in self.written.values():
            standing = combine(standing, each.bills, operator.add)
        return replace_from(billed, through + ONE_DAY, standing)

    @property
    def events(self) -> tuple[Adoption | Evidence, ...]:
        """What was adopted and how every write ended, in the order in which it happened."""
        events: list[tuple[int, int, Adoption | Evidence]] = [(each.sequence, 0, each) for each in self.adoptions]
        events += [(each.sequence, 1, each) for each in self.evidence]
        return tuple(event for _, _, event in sorted(events, key=lambda each: each[:2]))

    @property
    def written(self) -> dict[str, Written]:
        """Our additions as we last read or adopted them, by their ids. An adoption names all that the line has on its
        agreement; on others nothing bills any more by then, and only what never ends by itself is still looked after.
        """
        written: dict[str, Written] = {}
        for event in self.events:
            match event:
                case Adoption(additions=additions):
                    taken = {each.id: take_over(written, event, each) for each in additions}
                    left = {name: leave(each, event) for name, each in written.items() if outlives(each, event)}
                    written = left | taken
                case Evidence(after=Addition() as after):
                    written[after.id] = follow(written.get(after.id), event, after, self.counts)
                case _:
                    continue
        return written

    def list_adjusted(self, addition_id: str) -> frozenset[date]:
        """The days on which an addition's units were adjusted by us, or could not be because they had been already."""
        return frozenset(each.effective_on for each in self._list_adjustments(addition_id, ADJUSTED))

    def is_closed(self, addition_id: str) -> bool:
        """Whether the PSA refused to change units of an addition on days that it had posted."""
        return any(self._list_adjustments(addition_id, (Ending.POSTED,)))

    def _list_adjustments(self, addition_id: str, endings: Collection[Ending]) -> Iterator[AdjustUnits]:
        ended = [each for each in self.evidence if each.ending in endings and isinstance(each.change, AdjustUnits)]
        made = {each.change.key: each.after.id for each in self.evidence if each.after is not None} if ended else {}
        for each in ended:
            change = each.change
            if isinstance(change, AdjustUnits) and addition_id in (change.addition_id, made.get(change.made_by)):
                yield change

    @property
    def is_first_after_adoption(self) -> bool:
        """Whether nothing was proved since a person adopted the line's additions, or since they followed a renewal with
        others than before."""
        seen = (adoption.sequence for adoption in self.adoptions if not adoption.is_as_before)
        newest = max(seen, default=None)
        return newest is not None and not any(
            entry.sequence >= newest and entry.ending is Ending.VERIFIED for entry in self.evidence
        )


@dataclass(frozen=True, slots=True)
class Written:
    """An addition of ours as we last knew it, and where. `sent_price` is the price that we sent last, if ever.

    `created_invoiced_through` is what the PSA had invoiced when we made it; None where it did not say, or somebody else
    made it. One that `is_copied` was made with the booking of an adopted one. `doubted_through` is the first day that
    the PSA said it had invoiced at all, where it had said none before we made it: nobody knows which came first. From
    `left_from` on what was adopted on another agreement bills in its place, whatever it says by itself; None where it
    is the line's as before.
    """

    agreement_id: str
    addition: Addition
    adoption: Adoption | None
    sent_price: Decimal | None
    created_invoiced_through: date | None = None
    is_copied: bool = False
    doubted_through: date | None = None
    left_from: date | None = None

    @property
    def bills(self) -> Timeline:
        """What it bills of the line day by day."""
        days = cover_addition(self.addition)
        return days if self.left_from is None else replace_from(days, self.left_from, Timeline())

    def is_in_doubt(self, through: date | None) -> bool:
        """Whether nobody can tell if its days through the last one invoiced, which `through` is, are on an invoice."""
        start = self.addition.effective_on
        return through is not None and self.doubted_through == through and start is not None and start <= through

    def waits_for_catch_up(self, through: date | None) -> bool:
        """Whether no invoice was made since we put it there, when the PSA has invoiced through that day: none of it is
        billed yet, however early it is dated."""
        return through is not None and self.created_invoiced_through == through


def take_over(written: Mapping[str, Written], adoption: Adoption, addition: Addition) -> Written:
    """What is known of an addition once a person made it the line's own, or accepted it as it is now.

    Accepting one of ours does not put it on an invoice: it waits for its catch-up as before. What renews one that we
    made is as good as made by us: its text is ours.
    """
    if adoption.renews:
        renewed = [
            each
            for each in written.values()
            if each.agreement_id == adoption.renews and each.addition.product_id == addition.product_id
        ]
        return Written(adoption.agreement_id, addition, renewed[-1].adoption if renewed else adoption, None)
    before = written.get(addition.id)
    created = None if before is None else before.created_invoiced_through
    doubted = None if before is None else before.doubted_through
    return Written(adoption.agreement_id, addition, adoption, None, created, doubted_through=doubted)


def outlives(written: Written, adoption: Adoption) -> bool:
    """Whether an adoption on another agreement leaves an addition the line's: units that a PSA keeps by day have no end
    but their agreement's, which must go on being read for anybody to know it (autotask-halo.md 2)."""
    return written.addition.days is not None and written.agreement_id != adoption.agreement_id


def leave(written: Written, adoption: Adoption) -> Written:
    """What is known of an addition from an adoption on another agreement on."""
    return replace(written, left_from=written.left_from or adoption.ledger.effective_on)


def follow(before: Written | None, entry: Evidence, after: Addition, counts: Sequence[Count]) -> Written:
    """What is known of an addition once one more write of it was read back.

    Where the PSA did not say what it had invoiced, it is what was invoiced at least when the day began.
    """
    match entry.change:
        case CreateAddition(unit_price=price):
            proved = None if entry.ledger is None else entry.ledger.invoiced_through
            through = proved if proved is not None else find_invoiced_before(counts, find_day(entry.run_id))
            doubted = find_invoiced_first(counts) if through is None else None
            is_copied = entry.change.booking is not None
            return Written(entry.change.agreement_id, after, None, price, through, is_copied, doubted)
        case SetAddition():
            price = entry.change.after.unit_price
            known = before or Written(entry.change.agreement_id, after, None, None)
            sent = price if price != entry.change.before.unit_price else known.sent_price
            return replace(known, agreement_id=entry.change.agreement_id, addition=after, sent_price=sent)
        case AdjustUnits(unit_price=price):  # pragma: no branch - there is no other change
            known = before or Written(entry.change.agreement_id, after, None, None)
            left = known.left_from
            is_back = left is not None and entry.change.effective_on >= left
            sent = known.sent_price if price is None else price
            return replace(known, addition=after, sent_price=sent, left_from=None if is_back else left)


def find_invoiced_before(counts: Sequence[Count], day: date | None) -> date | None:
    """What was invoiced at least when a day began, as far as the nights before it knew; None where they did not."""
    known = [count.invoiced_at_least for count in counts if day is not None and count.day < day]
    return max((each for each in known if each is not None), default=None)


def find_invoiced_first(counts: Sequence[Count]) -> date | None:
    """What the PSA had invoiced by the first night that knew it; None where none did."""
    return next((count.invoiced_through for count in counts if count.invoiced_through is not None), None)
