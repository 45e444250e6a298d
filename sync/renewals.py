"""Following renewals within a run: the agreements that renew what is over are read, and its lines go on there.

A run that is played again finds what it kept and keeps nothing twice; where a person is quicker, the person's stands.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from itertools import product

from plans.agreements import Agreement, AgreementReading
from plans.audit import AuditEntry
from plans.basis import Night
from plans.following import FOLLOWER, Followed, Follower, NotFollowed, Renewal, find_renewal, follow
from plans.journal import HistoryEntry, LineJournal
from plans.keys import name_addition
from plans.mapping_desk import MappingDesk
from plans.old_additions import find_line_profile
from plans.ports import Desk, Outside
from plans.runs import Run, choose_shard, day_of_run, number_renewals
from profiles.billing import Mapping
from profiles.readings import Reading, Unknown
from sync.readings import Agreements, is_there, judge_reading, read_agreements_of

LOG = logging.getLogger(__name__)


def name_renewals(found: Sequence[AgreementReading], known: frozenset[str], today: date) -> list[str]:
    """The agreements that renew those which were over before today, and that nobody asks for otherwise."""
    agreements = [each for each in found if isinstance(each, Agreement)]
    over = [each.facts for each in agreements if find_renewal(each, {}, today) is not None]
    return sorted({facts.renewed_by for facts in over if facts.renewed_by is not None} - known)


async def keep_renewals(
    outside: Outside,
    run_id: str,
    connection_id: str,
    shard: int,
    renewals: tuple[Sequence[str], Sequence[AgreementReading]],
) -> None:
    """Keep what was read of the renewals of one shard's agreements, under a number that no shard has: nobody is billed
    on them yet."""
    asked, found = renewals
    run = await outside.runs.read_run(run_id) if asked else None
    if run is not None:
        await outside.archive.save_agreements(
            run_id, connection_id, number_renewals(run, connection_id, shard), tuple(found), asked
        )


async def add_renewals(outside: Outside, run: Run, connection_id: str, agreements: Agreements) -> Agreements:
    """The agreements with what was read of those that renew them, where they are over and nobody asked otherwise."""
    today = day_of_run(run.id)
    added: Agreements = {}
    for name, each in agreements.items():
        renewal = find_renewal(each.value, {}, today) if is_there(each) else None
        renewed_by = None if renewal is None else renewal.old.facts.renewed_by
        if renewed_by is None or (renewed_by in agreements and is_there(agreements[renewed_by])):
            continue
        added[renewed_by] = await read_renewal(outside, run, connection_id, name, renewed_by)
    return agreements | added


async def read_renewal(
    outside: Outside, run: Run, connection_id: str, name: str, renewed_by: str
) -> Reading[Agreement | None]:
    """What this run read of the agreement that renews one: beside that one's shard; or as any other, where lines of
    another customer are on it by now."""
    shard = choose_shard(name, dict(run.shard_counts).get(connection_id, 1))
    number = number_renewals(run, connection_id, shard)
    asked = await outside.archive.list_asked(run.id, connection_id, number) or frozenset()
    if renewed_by not in asked:
        return (await read_agreements_of(outside, run, connection_id, [renewed_by]))[renewed_by]
    kept = await outside.archive.read_agreements(run.id, connection_id, number, [renewed_by]) or ()
    return judge_reading({each.id: each for each in kept}, renewed_by, connection_id)


def explain_absent(agreements: Agreements) -> dict[str, str]:
    """Why agreements are not there that were asked for, as the end of a sentence that begins with each of them."""
    return {
        name: f"could not be read: {each.detail}"
        if isinstance(each, Unknown)
        else "is not in the PSA. Map the licence to the agreement that runs now."
        for name, each in agreements.items()
        if not is_there(each)
    }


async def follow_renewals(outside: Outside, run: Run, night: Night, desk: Desk, agreements: Agreements) -> Desk:
    """The desk with its lines on the agreements that renew theirs, which is kept by then: what they take over first, so
    that a line which is there has it.

    The desk has what administrators decide for the night in its mappings; what is kept is as it is in the books.
    """
    mapper = outside.mapping_desk
    there = {name: each.value for name, each in agreements.items() if is_there(each)}
    renewals = [found for each in there.values() if (found := find_renewal(each, there, night.day)) is not None]
    pairs = list(product([each.id for each in desk.mappings], renewals))
    can_follow = any(isinstance(find_followed(desk, night, pair, there), Followed) for pair in pairs)
    books = await outside.books.read_desk(desk.customer.id) if mapper is not None and can_follow else None
    if mapper is None or books is None:
        return desk
    standing = {each.id: each for each in books.mappings}
    for pair in pairs:
        followed = find_followed(books, night, pair, there)
        if isinstance(followed, Followed):
            books = await keep_followed(outside, mapper, run, books, followed)
    # What a person mapped since the desk was read is planned by the next run, which reads its agreements.
    moved = {each.id: each.agreement_id for each in books.mappings if each != standing[each.id]}
    return replace(
        desk,
        mappings=tuple(replace(each, agreement_id=moved.get(each.id, each.agreement_id)) for each in desk.mappings),
        journals={name: take_adoptions(each, books) for name, each in desk.journals.items()},
    )


def know_adopted(night: Night, desk: Desk) -> Night:
    """The night in which what the customer's lines have adopted by now is theirs, also what was adopted since the run
    kept whose additions are whose."""
    connection_id = desk.customer.connection_id
    adopted = {
        name_addition(connection_id, each.agreement_id, addition.id)
        for journal in desk.journals.values()
        for each in journal.adoptions
        for addition in each.additions
    }
    return replace(night, line_names=night.line_names | adopted) if adopted else night


def take_adoptions(journal: LineJournal, books: Desk) -> LineJournal:
    """A line's journal with what is kept of it by now."""
    kept = books.journals.get(journal.mapping_id)
    return journal if kept is None else replace(journal, adoptions=kept.adoptions)


def find_followed(
    desk: Desk, night: Night, pair: tuple[str, Renewal], there: Lookup[str, Agreement]
) -> Followed | NotFollowed | None:
    """Whether a mapping of the desk goes on on a renewal; None where it is not about that one, or is gone."""
    mapping_id, renewal = pair
    mapping = next((each for each in desk.mappings if each.id == mapping_id), None)
    line = None if mapping is None else make_follower(desk, night, mapping, there)
    return None if line is None else follow(line, renewal, night.day)


def make_follower(desk: Desk, night: Night, mapping: Mapping, there: Lookup[str, Agreement]) -> Follower | None:
    """A mapping as one that may follow a renewal; None where its profile is gone."""
    products = {
        each.id: None if profile is None else profile.product_id
        for each in desk.mappings
        for profile in (find_line_profile(night.profiles, each, desk.journals[each.id], desk.customer.connection_id),)
    }
    product_id = products[mapping.id]
    if product_id is None:
        return None
    others = tuple((each, products[each.id]) for each in desk.mappings if each.id != mapping.id)
    return Follower(mapping, product_id, desk.journals[mapping.id], others, desk.journals, night.line_names, there)


async def keep_followed(outside: Outside, mapper: MappingDesk, run: Run, desk: Desk, followed: Followed) -> Desk:
    """The desk with one line on its renewal; as it was where somebody else was quicker."""
    customer, taken, after = desk.customer, followed.adoption, followed.mapping
    before = next(each for each in desk.mappings if each.id == after.id)
    journal = desk.journals[after.id]
    told = HistoryEntry(outside.now(), before.id, journal.next_sequence, run.id, followed.sentence)
    if taken is not None:
        if not await outside.books.adopt(customer.id, taken, told):
            LOG.info(
                "Line %s of customer %s moved on meanwhile; the next run follows its renewal", before.id, customer.id
            )
            return desk
        journal = replace(journal, adoptions=(*journal.adoptions, taken))
        desk = replace(desk, journals={**desk.journals, before.id: journal})
    history = () if taken is not None else (told,)
    if after == before:
        return desk
    if not await mapper.save_mappings(customer.id, ((before, after),), history):
        LOG.info(
            "Somebody else mapped %s of customer %s meanwhile; its renewal is not followed", before.id, customer.id
        )
        return desk
    LOG.info("Line %s of customer %s follows the renewal %s", before.id, customer.id, after.agreement_id)
    spelled = [json.dumps(asdict(each), sort_keys=True, default=str, ensure_ascii=False) for each in (before, after)]
    sentence = f"{customer.name}: {followed.sentence}"
    subject = f"mapping/{customer.id}/{before.id}"
    await mapper.note(AuditEntry(outside.now(), FOLLOWER, "renewal", "", subject, sentence, *spelled))
    mappings = tuple(after if each.id == after.id else each for each in desk.mappings)
    return replace(desk, mappings=mappings)
