"""The story of one addition: who did what when, before and after, and how it was proved (R16). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from plans.agreements import Addition
from plans.changes import AdjustUnits, Change, SetAddition
from plans.journal import Adoption, Ending, Evidence, HistoryEntry, Intent, LineJournal
from profiles.billing import Customer, Mapping
from web.actions.undoing import ReadAgreement, find_newest_write
from web.pages.change_words import FieldChange, compare, describe_addition, describe_change
from web.pages.names import is_run_id, name_run
from web.pages.view import Tone
from web.wording import clean, hide_ids, write_moment, write_short_day

ENDING_WORDS = {
    Ending.VERIFIED: ("Written and proved", Tone.GOOD, "Read back: as it was sent"),
    Ending.MISMATCH: ("Written, found different", Tone.BAD, "Read back: not as it was sent"),
    Ending.REFUSED: ("Refused by the PSA", Tone.BAD, "Nothing was written"),
    Ending.DAY_TAKEN: ("Refused by the PSA", Tone.LOOK, "Nothing was written: that day had its one adjustment"),
    Ending.POSTED: ("Refused by the PSA", Tone.LOOK, "Nothing was written: those days are posted"),
    Ending.OVERTAKEN: ("Not written", Tone.LOOK, "Nothing was written: the world had moved on"),
}
NOT_THERE = "The PSA does not list this addition any more."
NEVER_READ = "No run has read this agreement lately."


@dataclass(frozen=True, slots=True)
class StoryRecords:
    """What the story is made of. `reading` is the agreement as it was last read."""

    customer: Customer
    mapping: Mapping
    journal: LineJournal
    history: tuple[HistoryEntry, ...]
    agreement_id: str
    addition_id: str
    reading: ReadAgreement | None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `plan_hash` is empty where no plan stood behind it."""

    at: datetime
    when: str
    word: str
    tone: Tone
    who: str
    run_address: str
    title: str
    sentence: str
    fields: tuple[FieldChange, ...] = ()
    plan_hash: str = ""
    read_back: str = ""
    can_undo: bool = False


@dataclass(frozen=True, slots=True)
class StoryView:
    """The page."""

    customer: str
    customer_address: str
    licence: str
    addition: str
    agreement: str
    state: tuple[FieldChange, ...]
    state_as_of: str
    state_sentence: str
    events: tuple[Event, ...]
    path: str


def owns(journal: LineJournal, addition_id: str) -> bool:
    """Whether the line ever had this addition."""
    return (
        any(concerns(entry, addition_id) for entry in journal.evidence)
        or any(each.addition_id == addition_id for each in journal.acceptances)
        or any(each.id == addition_id for adoption in journal.adoptions for each in adoption.additions)
        or any(target_of(intent.change) == addition_id for intent in journal.open_intents)
    )


def concerns(entry: Evidence, addition_id: str) -> bool:
    """Whether a write was of this addition."""
    return target_of(entry.change) == addition_id or (entry.after is not None and entry.after.id == addition_id)


def target_of(change: Change) -> str:
    """The addition that a write changes; nothing where it makes a new one."""
    match change:
        case SetAddition(before=before):
            return before.id
        case AdjustUnits(addition_id=addition_id):
            return addition_id
        case _:
            return ""


def find_agreement_id(journal: LineJournal, addition_id: str, home: str) -> str:
    """The agreement that the addition is on, by what was last known of it."""
    written = journal.written.get(addition_id)
    if written is not None:
        return written.agreement_id
    changes = [entry.change for entry in journal.evidence if concerns(entry, addition_id)]
    return changes[-1].agreement_id if changes else home


def make_story(records: StoryRecords, path: str, zone: ZoneInfo, currency: str) -> StoryView:
    """The newest first."""
    events = sorted(tell(records, zone, currency), key=lambda event: event.at, reverse=True)
    state, as_of, sentence = describe_state(records, zone, currency)
    name = "" if records.reading is None else clean(records.reading.agreement.name)
    agreement_id = clean(records.agreement_id)
    return StoryView(
        customer=clean(records.customer.name),
        customer_address=path.partition("/additions/")[0],
        licence=clean(records.mapping.licence_name),
        addition=clean(records.addition_id),
        agreement=f"{name} (agreement {agreement_id})" if name else f"agreement {agreement_id}",
        state=state,
        state_as_of=as_of,
        state_sentence=sentence,
        events=tuple(events),
        path=path,
    )


def tell(records: StoryRecords, zone: ZoneInfo, currency: str) -> Iterator[Event]:
    """Everything that happened to the addition, and what people decided about its line."""
    journal, addition_id = records.journal, records.addition_id
    newest = find_newest_write(journal)
    previous: Addition | None = None
    for adoption in journal.adoptions:
        for addition in adoption.additions:
            if addition.id == addition_id:
                yield tell_adoption(adoption, addition, zone, currency)
    for entry in journal.evidence:
        if concerns(entry, addition_id):
            yield tell_evidence(entry, previous, zone, currency, can_undo=entry is newest)
            previous = entry.after or previous
    accepted = {each.sequence for each in journal.acceptances if each.addition_id == addition_id}
    for intent in journal.open_intents:
        if target_of(intent.change) == addition_id or intent.sequence in accepted:
            yield tell_intent(intent, zone, currency)
    for said in records.history:
        if said.mapping_id == records.mapping.id and not is_evidence(said, journal.evidence):
            yield tell_decision(said, records.customer.tenant_id, zone)


def is_evidence(said: HistoryEntry, evidence: Sequence[Evidence]) -> bool:
    """Whether a history entry tells of a write, which stands in the story with its proof."""
    return any(tells_of(said, entry) for entry in evidence)


def tells_of(said: HistoryEntry, entry: Evidence) -> bool:
    """Whether a history entry is the sentence about this write."""
    is_same = said.sequence == entry.sequence and said.run_id == entry.run_id
    return is_same and (said.at == entry.ended_at or said.sentence == entry.sentence)


def tell_adoption(adoption: Adoption, addition: Addition, zone: ZoneInfo, currency: str) -> Event:
    """A person made it the line's own, or the line followed a renewal; the day is known, the hour is not."""
    if adoption.renews:
        return Event(
            at=datetime.combine(adoption.adopted_on, time.min, zone),
            when=write_short_day(adoption.adopted_on),
            word="Renewed",
            tone=Tone.PLAIN,
            who=clean(adoption.adopted_by),
            run_address="",
            title=f"Goes on from agreement {clean(adoption.renews)}, as the renewal carried it over",
            sentence=f"Agreement {clean(adoption.renews)} ended; {clean(adoption.agreement_id)} renews it.",
            fields=describe_addition(addition, currency),
        )
    reason = f": {clean(adoption.reason)}" if adoption.reason else "."
    return Event(
        at=datetime.combine(adoption.adopted_on, time.min, zone),
        when=write_short_day(adoption.adopted_on),
        word="Adopted",
        tone=Tone.PLAIN,
        who=clean(adoption.adopted_by),
        run_address="",
        title="Made this licence's own, as it was then",
        sentence=f"{clean(adoption.adopted_by)} adopted it{reason}",
        fields=describe_addition(addition, currency),
    )


def tell_evidence(
    entry: Evidence, previous: Addition | None, zone: ZoneInfo, currency: str, *, can_undo: bool
) -> Event:
    """A write with its proof. What was read back decides what stands after it, not what was sent."""
    word, tone, read_back = ENDING_WORDS[entry.ending]
    words = describe_change(entry.change, currency)
    fields = words.fields
    before = entry.change.before if isinstance(entry.change, SetAddition) else previous
    if entry.after is not None and before is not None and before.id == entry.after.id:
        fields = compare(before, entry.after, currency)
    elif entry.after is not None and entry.ending is not Ending.VERIFIED:
        fields = describe_addition(entry.after, currency)
    return Event(
        at=entry.ended_at,
        when=write_moment(entry.ended_at, zone),
        word=word,
        tone=tone,
        who=write_who(entry.run_id),
        run_address=write_run_address(entry.run_id),
        title=words.sentence,
        sentence=hide_ids(entry.sentence, ""),
        fields=fields,
        plan_hash=entry.plan_hash,
        read_back=read_back,
        can_undo=can_undo,
    )


def tell_intent(intent: Intent, zone: ZoneInfo, currency: str) -> Event:
    """A promise whose end nobody knows yet."""
    words = describe_change(intent.change, currency)
    return Event(
        at=intent.created_at,
        when=write_moment(intent.created_at, zone),
        word="Promised",
        tone=Tone.BUSY,
        who=write_who(intent.run_id),
        run_address=write_run_address(intent.run_id),
        title=words.sentence,
        sentence="It is not known yet what became of this. The next run finds out, and never sends it again.",
        fields=words.fields,
        plan_hash=intent.plan_hash,
        read_back="Not read back yet",
    )


def tell_decision(said: HistoryEntry, tenant_id: str, zone: ZoneInfo) -> Event:
    """What a person decided about the line."""
    return Event(
        at=said.at,
        when=write_moment(said.at, zone),
        word="Said",
        tone=Tone.PLAIN,
        who=write_who(said.run_id) if is_run_id(said.run_id) else "A person",
        run_address=write_run_address(said.run_id),
        title="About this licence's line",
        sentence=hide_ids(said.sentence, tenant_id),
    )


def write_who(run_id: str) -> str:
    """Which run did it."""
    return name_run(run_id) if is_run_id(run_id) else "Seatledger"


def write_run_address(run_id: str) -> str:
    """Where the run is; nothing where it has no page."""
    return f"/runs/{run_id}" if is_run_id(run_id) else ""


def describe_state(records: StoryRecords, zone: ZoneInfo, currency: str) -> tuple[tuple[FieldChange, ...], str, str]:
    """The addition as it was last seen: by a run that read it, or by the last read-back, if that is newer."""
    proved = [entry for entry in records.journal.evidence if concerns(entry, records.addition_id) and entry.after]
    last = proved[-1] if proved else None
    reading = records.reading
    if last is not None and last.after is not None and (reading is None or last.ended_at > reading.run.started_at):
        as_of = f"As read back on {write_moment(last.ended_at, zone)} by the {write_who(last.run_id)}"
        return describe_addition(last.after, currency), as_of, ""
    if reading is None:
        return (), "", NEVER_READ
    as_of = f"As read on {write_moment(reading.run.started_at, zone)} by the {name_run(reading.run.id)}"
    found = next((each for each in reading.agreement.additions if each.id == records.addition_id), None)
    return ((), as_of, NOT_THERE) if found is None else (describe_addition(found, currency), as_of, "")
