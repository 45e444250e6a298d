"""Taking the newest proved write of a line back (vocabulary, "undo"; billing rules, 6)."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import asdict, dataclass

from plans.agreements import Agreement
from plans.asking import RunRequests
from plans.changes import Change
from plans.connecting import find_psa
from plans.inputs import LineInput, Surroundings
from plans.journal import Ending, Evidence, HistoryEntry, LineJournal, Refusal
from plans.ledger import derive_billed
from plans.lines import Line, open_line
from plans.old_additions import find_line_profile
from plans.plan import hash_value
from plans.ports import Desk, Outside
from plans.runs import Run, choose_shard
from plans.undo import TooLate, undo
from profiles.billing import Mapping
from sync.planning import name_agreements
from web.actions.asking import Actor, ask_for_run, reserve_run

LOGGER = logging.getLogger(__name__)

RUNS_LOOKED_BACK = 20


@dataclass(frozen=True, slots=True)
class ReadAgreement:
    """An agreement as the newest run found it that read it."""

    run: Run
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Undo:
    """What taking a line's newest write back would write.

    `quantity` is what the line owes by its last confirmed count, `level` what it billed before the write that is taken
    back. `digest` names exactly this, so that a form can say what was shown. `agreement` is that of the write, as it
    was read last.
    """

    entry: Evidence
    change: Change
    quantity: int
    level: int
    agreement: Agreement

    @property
    def digest(self) -> str:
        """SHA-256 over the write and what is refused with it, in hex."""
        return hash_value([asdict(self.change), self.quantity, self.level, self.entry.plan_hash])


@dataclass(frozen=True, slots=True)
class Moved:
    """What was shown is not what would be written now."""

    undo: Undo


@dataclass(frozen=True, slots=True)
class Asked:
    """The wish is kept. `run_id` is None where no run could be asked for, so that the next night carries it out."""

    run_id: str | None


async def read_newest(outside: Outside, connection_id: str, agreement_ids: Collection[str]) -> dict[str, ReadAgreement]:
    """Each agreement from the newest run that read it; one that none of the last runs read is not in it."""
    found: dict[str, ReadAgreement] = {}
    for run in await outside.runs.list_runs(RUNS_LOOKED_BACK):
        shard_count = dict(run.shard_counts).get(connection_id, 0)
        missing = sorted(set(agreement_ids) - set(found))
        if not missing or not shard_count:
            continue
        for shard in sorted({choose_shard(each, shard_count) for each in missing}):
            read = await outside.archive.read_agreements(run.id, connection_id, shard) or ()
            agreements = [each for each in read if isinstance(each, Agreement) and each.id in missing]
            found |= {each.id: ReadAgreement(run, each) for each in agreements}
    return found


def find_newest_write(journal: LineJournal) -> Evidence | None:
    """The line's last write, where it was proved: only that one can be taken back."""
    newest = max(journal.evidence, key=lambda entry: entry.sequence, default=None)
    return newest if newest is not None and newest.ending is Ending.VERIFIED else None


async def plan_undo(outside: Outside, desk: Desk, mapping: Mapping) -> Undo | TooLate:
    """The one write that would take the line's newest one back, by the newest reading that is kept.

    The run that carries it out reads everything again and may find that it is too late by then.
    """
    journal = desk.journals[mapping.id]
    entry = find_newest_write(journal)
    trouble = find_trouble(desk, journal, entry)
    if trouble is not None or entry is None:
        return TooLate(trouble or "Nothing was written for this licence yet.")
    profiles = await outside.profiles.list_profiles()
    profile = find_line_profile(profiles, mapping, journal, desk.customer.connection_id)
    if profile is None:
        return TooLate("The billing profile of this licence does not exist any more. Map the licence again first.")
    names = name_agreements(mapping, journal, outside.local_day()) | {entry.change.agreement_id}
    read = await read_newest(outside, desk.customer.connection_id, names)
    if not {mapping.agreement_id, entry.change.agreement_id} <= set(read):
        return TooLate("Its agreement was not read by any of the last runs. Look again after the next night.")
    around = Surroundings(
        today=outside.local_day(),
        company_id=desk.customer.company_id,
        connection_id=desk.customer.connection_id,
        line_names=frozenset(),
        translate=find_psa(outside, desk.customer.connection_id).translate,
        agreements={name: each.agreement for name, each in read.items()},
        journals=desk.journals,
    )
    quantity = journal.counts[-1].quantity if journal.counts else derive_billed(journal.ledger).final
    line = open_line(LineInput(mapping, profile, quantity, quantity, journal), around)
    answer = undo(line, entry.sequence, around)
    owed = line.counts[-1].quantity if line.counts else quantity
    if isinstance(answer, TooLate):
        return answer
    return Undo(entry, answer, owed, find_level(line, entry), read[entry.change.agreement_id].agreement)


def find_trouble(desk: Desk, journal: LineJournal, entry: Evidence | None) -> str | None:
    """What must be put right before anything of the line can be taken back; None where nothing stands in the way."""
    if desk.customer.is_observed:
        return "This customer is only observed: nothing is written for it."
    if journal.open_intents:
        return "Nobody knows yet what became of a later write of this licence. The next run finds out; look again then."
    if journal.parked_sentence is not None:
        return f"This licence is parked: nothing is written until a person has looked. {journal.parked_sentence}"
    if entry is None:
        return "The last write of this licence was not proved, so there is nothing to take back."
    return None


def find_level(line: Line, entry: Evidence) -> int:
    """What the line billed in the end before that write."""
    journal = line.input.journal
    before = [each for each in journal.ledger if each.sequence < entry.sequence]
    before += [each.ledger for each in journal.adoptions if each.sequence == entry.sequence]
    return derive_billed(before).final


async def ask_undo(
    outside: Outside, requests: RunRequests, desk: Desk, mapping: Mapping, shown: str, actor: Actor
) -> Asked | Moved | TooLate:
    """Keep the wish and a refusal of what the line owes, so that no night does it again, and ask for a run.

    `shown` is the digest of what the person saw; where that is not what would be written now, nothing is kept.
    """
    planned = await plan_undo(outside, desk, mapping)
    if isinstance(planned, TooLate):
        return planned
    if planned.digest != shown:
        return Moved(planned)
    asked = await reserve_run(outside, requests, {desk.customer.id}, actor)
    why = f"taken back by {actor.name}: {actor.reason}"
    refusal = Refusal(mapping.id, planned.quantity, planned.level, outside.local_day(), actor.name, why, actor.at)
    sequence = desk.journals[mapping.id].next_sequence

    def tell(sentence: str) -> HistoryEntry:
        return HistoryEntry(actor.at, mapping.id, sequence, asked.run_id, sentence)

    # The refusal comes first: if the process dies between the two, nothing is done again and the wish can be repeated.
    refused = f"{actor.name} refused {planned.quantity} {mapping.licence_name}, to take the last write back"
    await outside.books.refuse(desk.customer.id, refusal, tell(f"{refused}: {actor.reason}"))
    wished = f"{actor.name} asked to take back write {planned.entry.sequence + 1} of {mapping.licence_name}"
    await outside.books.ask_undo(
        desk.customer.id, mapping.id, planned.entry.sequence, tell(f"{wished}: {actor.reason}")
    )
    LOGGER.info(
        "Allowed undo of %s:%s write %d, run %s, by %s",
        desk.customer.id, mapping.id, planned.entry.sequence, asked.run_id, actor.identity,
    )  # fmt: skip
    return Asked(asked.run_id if await ask_for_run(outside, requests, asked) else None)
