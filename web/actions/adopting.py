"""Making additions a line's own: what somebody typed, or what somebody changed (billing rules, 5)."""

from __future__ import annotations

import logging
from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum
from uuid import uuid4

from plans.adoption import Adopter, NotAdoptable, adopt
from plans.agreements import Addition, Agreement
from plans.asking import RunRequests
from plans.connecting import find_psa
from plans.edits import find_edit, is_countable, select_own
from plans.errors import Misconfigured, Retry
from plans.journal import Adoption, HistoryEntry, LineJournal
from plans.ledger import derive_billed
from plans.lines import explain_foreign
from plans.old_additions import find_line_profile
from plans.plan import hash_value
from plans.ports import Desk, Outside
from profiles.billing import Mapping
from sync.strangers import list_bundled, list_strangers, read_line_names
from web.actions.asking import Actor, ask_for_run, reserve_run
from web.actions.undoing import Asked, ReadAgreement, read_newest
from web.wording import clean, write_number_of

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What could become a line's own on the agreement of its mapping.

    `own` are the line's additions as they are now and are always taken; `offered` are the open ones of its product that
    are no line's, `bundled` what bundles bill of it, which is nobody's to adopt. `why_parked` is empty where nobody
    waits for a person's look. `quantity` is the newest count, None where nothing was counted yet. `sisters` are the
    customer's other lines of the same product on the same agreement; `last_days` are those of the agreements that the
    line was ever billed on, as far as they end.
    """

    mapping: Mapping
    journal: LineJournal
    read: ReadAgreement
    own: tuple[Addition, ...]
    offered: tuple[Addition, ...]
    why_parked: str
    quantity: int | None
    sisters: tuple[Mapping, ...] = ()
    bundled: tuple[Addition, ...] = ()
    last_days: Lookup[str, date] = field(default_factory=dict)

    @property
    def level(self) -> int:
        """What the line bills in the end by its ledger."""
        return derive_billed(self.journal.ledger).final

    @property
    def digest(self) -> str:
        """SHA-256 over the additions with all their values and what an adoption of them rests on, in hex.

        Which run read them is not part of it: another reading of the same is the same world.
        """
        additions = [[asdict(each) for each in chosen] for chosen in (self.own, self.offered)]
        through = self.read.agreement.facts.invoiced_through
        standing = [self.journal.next_sequence, len(self.journal.adoptions), len(self.journal.open_intents)]
        rests = [self.mapping.agreement_id, through, self.why_parked, self.level, self.quantity]
        return hash_value([additions, standing, rests])

    @property
    def takeable(self) -> tuple[str, ...]:
        """The ids of the offered ones that can be ticked: a fraction of a seat never can."""
        return tuple(each.id for each in self.offered if is_countable(each))

    def choose(self, ticked: Sequence[str]) -> tuple[Addition, ...]:
        """Those of the offered ones that are ticked."""
        return tuple(each for each in self.offered if each.id in ticked)

    def needs_ticks(self, ticked: Sequence[str]) -> bool:
        """Whether nothing would come of it: nothing more is taken, and nothing of the line's was changed or deleted."""
        return not self.choose(ticked) and not (self.why_parked and (self.own or self.journal.ledger))


class Stopped(StrEnum):
    """Why nothing was adopted."""

    MOVED = "moved"
    BUSY = "busy"
    OVERTAKEN = "overtaken"


async def explain_other_company(outside: Outside, desk: Desk, agreement: Agreement) -> str:
    """Why an agreement of another company than the customer's cannot bill it; empty where that is the paying parent."""
    try:
        payer = await find_psa(outside, desk.customer.connection_id).read_payer(desk.customer.company_id)
    except (Retry, Misconfigured) as error:
        return f"Whether the agreement's company pays for this customer cannot be read from the PSA now: {error}"
    return "" if payer is not None and payer.company_id == agreement.company_id else explain_foreign(agreement)


async def find_additions(outside: Outside, desk: Desk, mapping: Mapping) -> Found | NotAdoptable:
    """The additions of the mapping's agreement by the newest reading that is kept, and by what was read back since."""
    profiles = await outside.profiles.list_profiles()
    journal, connection_id = desk.journals[mapping.id], desk.customer.connection_id
    profile = find_line_profile(profiles, mapping, journal, connection_id)
    if profile is None:
        return NotAdoptable("The billing profile of this licence does not exist any more. Map the licence again first.")
    today = outside.local_day()
    names = {mapping.agreement_id, *(each.agreement_id for each in journal.written.values())}
    readings = await read_newest(outside, connection_id, names)
    read = readings.get(mapping.agreement_id)
    if read is None:
        return NotAdoptable("Its agreement was not read by any of the last runs. Look again after the next night.")
    agreement = read.agreement
    if agreement.company_id != desk.customer.company_id:
        foreign = await explain_other_company(outside, desk, agreement)
        if foreign:
            return NotAdoptable(foreign)
    if not agreement.facts.is_active:
        return NotAdoptable(f"Agreement {agreement.id} is not active. Map the licence to an active agreement.")
    read = replace(read, agreement=bring_up_to_date(read, journal))
    own = select_own(read.agreement, mapping.id, journal.written)
    line_names = await read_line_names(outside, desk)
    return Found(
        mapping=mapping,
        journal=journal,
        read=read,
        own=own,
        offered=list_strangers(read.agreement, profile.product_id, own, line_names, today),
        bundled=list_bundled(read.agreement, profile.product_id),
        why_parked=find_why_parked(journal, own, read.agreement),
        quantity=journal.counts[-1].quantity if journal.counts else None,
        sisters=tuple(
            each
            for each in desk.mappings
            if each.id != mapping.id
            and each.agreement_id == mapping.agreement_id
            and each.profile_id in profiles
            and profiles[each.profile_id].product_id == profile.product_id
            and not each.is_ended
            and not each.is_excluded
        ),
        last_days={name: ends_on for name, each in readings.items() if (ends_on := each.agreement.facts.ends_on)},
    )


def bring_up_to_date(read: ReadAgreement, journal: LineJournal) -> Agreement:
    """The agreement with the line's additions as they were read back after that run had begun."""
    additions = {each.id: each for each in read.agreement.additions}
    for entry in journal.evidence:
        is_newer = entry.ended_at > read.run.started_at and entry.change.agreement_id == read.agreement.id
        if is_newer and entry.after is not None:
            additions[entry.after.id] = entry.after
    return replace(read.agreement, additions=tuple(additions.values()))


def find_why_parked(journal: LineJournal, own: Sequence[Addition], agreement: Agreement) -> str:
    """Why a person must look at the line: since a write of it, or since somebody changed what it has; empty if not."""
    if journal.parked_sentence is not None:
        return journal.parked_sentence
    return find_edit(own, journal.written, agreement.id, agreement.facts.ends_on) or ""


def plan_adoption(found: Found, ticked: Sequence[str], by: Adopter) -> Adoption | NotAdoptable:
    """What adopting the line's own additions and those that are ticked would make of it."""
    return adopt(found.journal, found.read.agreement, found.choose(ticked), by, found.last_days)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants adopted: the additions that are ticked, of a page that showed what `shown` names."""

    ticked: tuple[str, ...]
    shown: str


async def adopt_additions(
    outside: Outside, requests: RunRequests, customer_id: str, mapping: Mapping, wish: Wish, actor: Actor
) -> Asked | Stopped | NotAdoptable:
    """Make them the line's own while no run writes to its agreement, and ask for a run that plans it afresh.

    Where what was shown is not what is there now, or somebody else was quicker, nothing is kept.
    """
    customer = await outside.books.read_customer(customer_id)
    if customer is None:
        return Stopped.MOVED
    connection_id, agreement_id = customer.connection_id, mapping.agreement_id
    holder = f"adoption/{uuid4()}"
    until = outside.now() + outside.limits.turn_length
    if not await outside.books.take_turn(connection_id, agreement_id, holder, until):
        ended: Asked | Stopped | NotAdoptable = Stopped.BUSY
    else:
        try:
            ended = await keep_adoption(outside, requests, customer_id, mapping, wish, actor)
        finally:
            await outside.books.end_turn(connection_id, agreement_id, holder)
    if not isinstance(ended, Asked):
        why = ended.sentence if isinstance(ended, NotAdoptable) else ended
        LOGGER.info("Denied adoption for %s:%s by %s: %s", customer_id, mapping.id, actor.identity, clean(why))
    return ended


async def keep_adoption(
    outside: Outside, requests: RunRequests, customer_id: str, mapping: Mapping, wish: Wish, actor: Actor
) -> Asked | Stopped | NotAdoptable:
    """The same with the agreement's turn taken: everything is read once more before it is kept."""
    desk = await outside.books.read_desk(customer_id)
    if desk is None or mapping not in desk.mappings:
        return Stopped.MOVED
    found = await find_additions(outside, desk, mapping)
    if isinstance(found, NotAdoptable):
        return found
    can_be = set(wish.ticked) <= set(found.takeable) and not found.needs_ticks(wish.ticked)
    if found.digest != wish.shown or not can_be:
        return Stopped.MOVED
    planned = plan_adoption(found, wish.ticked, Adopter(actor.name, outside.local_day(), actor.reason))
    if isinstance(planned, NotAdoptable):
        return planned
    asked = await reserve_run(outside, requests, {customer_id}, actor)
    sentence = f"{write_adoption(found, planned, actor.name)}: {actor.reason}"
    told = HistoryEntry(actor.at, mapping.id, planned.sequence, asked.run_id, sentence)
    if not await outside.books.adopt(customer_id, planned, told):
        return Stopped.OVERTAKEN
    LOGGER.info(
        "Allowed adoption for %s:%s, before write %d, additions %s, run %s, by %s",
        customer_id, mapping.id, planned.sequence, clean(", ".join(each.id for each in planned.additions)),
        asked.run_id, actor.identity,
    )  # fmt: skip
    return Asked(asked.run_id if await ask_for_run(outside, requests, asked) else None)


def write_adoption(found: Found, planned: Adoption, name: str) -> str:
    """Ada accepted additions 9001, 9002 of Business Premium as they are, 25 seats."""
    if not planned.additions:
        return f"{name} let {clean(found.mapping.licence_name)} begin again without an addition"
    ids, licence = clean(", ".join(each.id for each in planned.additions)), clean(found.mapping.licence_name)
    noun, they_are = ("addition", "it is") if len(planned.additions) == 1 else ("additions", "they are")
    seats = write_number_of(planned.ledger.quantity, "seat")
    if found.why_parked:
        return f"{name} accepted {noun} {ids} of {licence} as {they_are}, {seats}"
    return f"{name} adopted {noun} {ids} for {licence}, {seats}"
