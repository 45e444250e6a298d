"""A customer's licences: what Microsoft says it has, what it is billed, and why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from profiles.billing import Basis, Mapping
from profiles.exclusions import LicenceExclusion, TenantExclusion, find_exclusion
from profiles.licences import Licence, PartnerStatus, PartnerSubscription, Subscription, SubscriptionStatus, Term
from profiles.quantity import bill_quantity, count_seats
from profiles.readings import Known
from web.csv_files import Cell
from web.pages.customer_view import CustomerRecords
from web.pages.diff_view import LineView, name_agreement, write_seats
from web.pages.licence_names import name_licence
from web.pages.listing import (
    Ask,
    Head,
    Listing,
    Sorter,
    cut_listing,
    make_chips,
    make_columns,
    order,
    write_how_many,
)
from web.pages.names import StoryLink, write_approvals_address
from web.pages.standing import ORDER, WORDS, Standing
from web.pages.view import Tone
from web.wording import clean, join, write_count, write_difference, write_number_of, write_short_day

NO_BREAK = "\u00a0"


class Decided(StrEnum):
    """What was decided about a licence, besides how its line stands."""

    UNMAPPED = "unmapped"
    EXCLUDED = "excluded"
    EXCLUDED_EVERYWHERE = "excluded-everywhere"
    EXCLUDED_TENANT = "excluded-tenant"


DECIDED_WORDS = {
    Decided.UNMAPPED: ("Unmapped", Tone.LOOK),
    Decided.EXCLUDED: ("Do not bill", Tone.PLAIN),
    Decided.EXCLUDED_EVERYWHERE: ("Do not bill (everywhere)", Tone.PLAIN),
    Decided.EXCLUDED_TENANT: ("Do not bill (whole tenant)", Tone.PLAIN),
}
EXCLUDED = frozenset({Decided.EXCLUDED, Decided.EXCLUDED_EVERYWHERE, Decided.EXCLUDED_TENANT})
TERM_WORDS = {Term.MONTHLY: "monthly", Term.ANNUAL: "annual", Term.TRIENNIAL: "three-year"}
STATUS_WORDS = {
    SubscriptionStatus.ENABLED: "active",
    SubscriptionStatus.WARNING: "in grace",
    SubscriptionStatus.SUSPENDED: "suspended",
    SubscriptionStatus.DELETED: "deleted",
    SubscriptionStatus.LOCKED_OUT: "locked out",
}
PARTNER_STATUS_WORDS = {
    PartnerStatus.NONE: "without a status",
    PartnerStatus.ACTIVE: "active",
    PartnerStatus.PENDING: "pending",
    PartnerStatus.SUSPENDED: "suspended",
    PartnerStatus.EXPIRED: "expired",
    PartnerStatus.DISABLED: "disabled",
    PartnerStatus.DELETED: "deleted",
}


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """One licence, or one mapping of it. Seats are None where no reading is kept.

    `note` is what must be read beside the word: why the line is held, parked, scheduled or only observed. `decides` is
    where a held one is decided about. `stories` are its additions, where the journals were read.
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

    @property
    def unassigned(self) -> int | None:
        """Seats that nobody uses; negative where more are assigned than bought."""
        return None if self.purchased is None or self.assigned is None else self.purchased - self.assigned

    @property
    def difference(self) -> str:
        """+2 or −2."""
        return write_difference(self.before or 0, self.after or 0)


SORTERS: tuple[Sorter[LicenceRow], ...] = (
    Sorter("name", lambda row: row.name.casefold()),
    Sorter("purchased", lambda row: row.purchased or 0, is_number=True),
    Sorter("assigned", lambda row: row.assigned or 0, is_number=True),
    Sorter("unassigned", lambda row: row.unassigned or 0, is_number=True),
    Sorter("billed", lambda row: row.after or 0, is_number=True),
)
HEADS = (
    Head("Licence", "name"),
    Head("Subscriptions"),
    Head("Purchased", "purchased"),
    Head("Assigned", "assigned"),
    Head("Unassigned", "unassigned"),
    Head("Mapped to"),
    Head("Billed", "billed"),
    Head("Status"),
)
CSV_HEADER = (
    "Licence", "Part number", "Subscriptions", "Purchased", "Assigned", "Unassigned", "Billing profile", "Agreement",
    "Billed before", "Billed", "Status", "Why",
)  # fmt: skip


def make_rows(records: CustomerRecords) -> list[LicenceRow]:
    """Unmapped first, then what needs a person, then by name."""
    licences = {} if records.snapshot is None else {each.sku_id.lower(): each for each in records.snapshot.licences}
    mapped = {mapping.sku_id.lower() for mapping in records.overview.mappings}
    rows = [make_unmapped(records, licence) for sku_id, licence in licences.items() if sku_id not in mapped]
    rows += [
        make_mapped(records, mapping, licences.get(mapping.sku_id.lower())) for mapping in records.overview.mappings
    ]
    return sorted(rows, key=lambda row: (find_place(row), row.name.casefold(), row.key))


def find_place(row: LicenceRow) -> int:
    """Where a row stands."""
    if row.state == Decided.UNMAPPED:
        return -1
    return len(ORDER) if row.state in EXCLUDED else ORDER[Standing(row.state)]


def make_unmapped(records: CustomerRecords, licence: Licence) -> LicenceRow:
    """A licence that nobody mapped: excluded everywhere, or with its tenant, or not decided about."""
    state, decision = find_exclusion_of(records, licence.sku_id) or (
        Decided.UNMAPPED,
        "No mapping bills this licence, and nobody has decided not to bill it. Map it, or exclude it.",
    )
    word, tone = DECIDED_WORDS[state]
    return LicenceRow(
        key=licence.part_number,
        name=find_name(records, licence),
        part_number=clean(licence.part_number),
        subscriptions=write_subscriptions(records, licence.sku_id),
        purchased=count_purchased(records, licence),
        assigned=licence.assigned_seats,
        profile="",
        agreement="",
        before=None,
        after=None,
        state=state,
        word=word,
        tone=tone,
        why=(*explain_seats(records, licence), decision),
    )


def find_exclusion_of(records: CustomerRecords, sku_id: str) -> tuple[Decided, str] | None:
    """What an administrator decided about a licence everywhere, or with its tenant; None where nothing."""
    exclusion = find_exclusion(records.exclusions, records.tenant_id, sku_id)
    if exclusion is None:
        return None
    reason = clean(exclusion.reason)
    because = f": {reason}" if reason else ""
    match exclusion:
        case LicenceExclusion():
            return Decided.EXCLUDED_EVERYWHERE, f"This licence is billed nowhere{because}."
        case TenantExclusion():
            return Decided.EXCLUDED_TENANT, f"Nothing of this tenant is billed{because}."


def find_name(records: CustomerRecords, licence: Licence) -> str:
    """Microsoft's name; else that of the offer in Partner Center; else the part number."""
    name = name_licence(licence.part_number)
    if name != clean(licence.part_number):
        return name
    offers = (each.offer_name for each in list_partner(records, licence.sku_id) if each.offer_name)
    return clean(next(offers, name))


def make_mapped(records: CustomerRecords, mapping: Mapping, licence: Licence | None) -> LicenceRow:
    """A licence with its mapping, its quantity and how its line stands."""
    line = records.lines.get(mapping.id)
    billed = records.overview.billed.get(mapping.id)
    state, word, tone = find_state(records, mapping, line)
    profile = records.profiles.get(mapping.profile_id)
    term = "" if mapping.term is None else f", {TERM_WORDS[mapping.term]} only"
    return LicenceRow(
        key=mapping.id,
        name=clean(mapping.licence_name) + term,
        part_number="" if licence is None else clean(licence.part_number),
        subscriptions=write_subscriptions(records, mapping.sku_id, mapping.term),
        purchased=None if records.snapshot is None else 0 if licence is None else count_purchased(records, licence),
        assigned=None if records.snapshot is None else 0 if licence is None else licence.assigned_seats,
        profile="A billing profile that was removed" if profile is None else clean(profile.name),
        agreement=name_agreement(records.agreement_names.get(mapping.agreement_id, ""), mapping.agreement_id),
        before=line.before if line is not None else billed,
        after=line.after if line is not None else billed,
        state=state,
        word=word,
        tone=tone,
        why=tuple(explain(records, mapping, licence, line, billed)),
        note="" if line is None else " ".join(filter(None, (line.rule_sentence, line.note))),
        stories=list_stories(records, mapping, line),
        decides=write_approvals_address(records.overview.customer.id) if line and line.waits_for_word else "",
    )


def list_stories(records: CustomerRecords, mapping: Mapping, line: LineView | None) -> tuple[StoryLink, ...]:
    """The additions that bill the licence, or did."""
    journal = records.journals.get(mapping.id)
    owned = () if journal is None else tuple(records.link_story(each) for each in journal.written)
    return tuple(dict.fromkeys((*owned, *(() if line is None else line.stories))))


def find_state(records: CustomerRecords, mapping: Mapping, line: LineView | None) -> tuple[str, str, Tone]:
    """How a mapped licence stands: by its line while that moves or waits, else by its exclusion or its customer."""
    everywhere = find_exclusion_of(records, mapping.sku_id)
    decided = everywhere[0] if everywhere else Decided.EXCLUDED if mapping.is_excluded else None
    if decided is not None and (line is None or line.is_unchanged):
        return (decided, *DECIDED_WORDS[decided])
    if line is not None:
        return line.standing, line.word, line.tone
    in_run = records.in_run.standing
    standing = in_run if in_run in (Standing.UNKNOWN, Standing.FAILED, Standing.WAITING) else Standing.NEW
    return (standing, *WORDS[standing])


def list_partner(records: CustomerRecords, sku_id: str, term: Term | None = None) -> list[PartnerSubscription]:
    """What Partner Center shows of a licence, of one term where the mapping is split."""
    found = () if records.snapshot is None else records.snapshot.partner_subscriptions or ()
    return [each for each in found if (each.sku_id or "").lower() == sku_id.lower() and term in (None, each.term)]


def list_directory(records: CustomerRecords, sku_id: str) -> list[Subscription]:
    """What the customer's directory shows of it."""
    found = () if records.snapshot is None else records.snapshot.subscriptions
    return [each for each in found if each.sku_id.lower() == sku_id.lower()]


def count_purchased(records: CustomerRecords, licence: Licence) -> int:
    """Seats that can be assigned: active, or in grace."""
    return licence.enabled_seats + licence.warning_seats


def write_subscriptions(records: CustomerRecords, sku_id: str, term: Term | None = None) -> str:
    """10 annual · 2 monthly; 12 active where only the directory is known. Each part stays on one line."""
    seats: Counter[str] = Counter()
    partner = list_partner(records, sku_id, term)
    for each in partner:
        what = "trial" if each.is_trial else TERM_WORDS[each.term] if each.term else "without a term"
        status = "" if each.status is PartnerStatus.ACTIVE else f", {PARTNER_STATUS_WORDS[each.status]}"
        seats[f"{what}{status}"] += each.seats
    for own in [] if partner else list_directory(records, sku_id):
        seats["trial" if own.is_trial else STATUS_WORDS[own.status]] += own.seats
    return " · ".join(f"{write_count(count)} {what}".replace(" ", NO_BREAK) for what, count in seats.items())


def explain(
    records: CustomerRecords, mapping: Mapping, licence: Licence | None, line: LineView | None, billed: int | None
) -> Iterator[str]:
    """From what Microsoft says to what the agreement says, a sentence a step."""
    if licence is None and records.snapshot is not None:
        yield "The tenant no longer has this licence."
    if licence is not None:
        yield from explain_seats(records, licence)
    yield from explain_count(records, mapping)
    if line is None:
        yield from (each.sentence for each in records.diff if each.sentence)
        if billed is not None:
            yield f"The last quantity that was written and read back is {write_count(billed)}."
        return
    seats = write_seats(line.before, line.after)
    day = f" from {line.effective}" if line.effective else ""
    told = f"{line.product.capitalize()} on this agreement: {seats}{day}."
    sentences = (told, line.rule_sentence, line.why, line.outcome)
    yield " ".join(filter(None, sentences))
    if line.writes:
        yield f"{line.writes_word}: {' '.join(line.writes)}"
    yield from (f"Scheduled: {each}" for each in line.scheduled)
    yield from (f"Credit proposal: {each}" for each in line.proposals)
    if line.transfer:
        yield line.transfer


def explain_seats(records: CustomerRecords, licence: Licence) -> Iterator[str]:
    """What was bought, when it renews, and who has it."""
    for each in list_partner(records, licence.sku_id):
        term = "Trial" if each.is_trial else f"{TERM_WORDS[each.term].capitalize()} term" if each.term else "No term"
        renewal = "" if each.renews_on is None else f", {write_renewal(each)} {write_short_day(each.renews_on)}"
        seats = write_number_of(each.seats, "seat")
        yield f"{term}: {seats}, {PARTNER_STATUS_WORDS[each.status]} in Partner Center{renewal}."
    purchased = count_purchased(records, licence)
    used = f"{write_number_of(licence.assigned_seats, 'seat')} assigned of {write_count(purchased)} that can be."
    blocked = licence.suspended_seats + licence.locked_out_seats
    yield used if not blocked else f"{used} {write_number_of(blocked, 'seat')} suspended."
    if licence.assigned_seats > purchased:
        yield "More seats are assigned than were bought: somebody is about to lose the licence."


def write_renewal(subscription: PartnerSubscription) -> str:
    """What happens at the end of the term."""
    return "ends on" if subscription.auto_renews is False else "renews on"


def explain_count(records: CustomerRecords, mapping: Mapping) -> Iterator[str]:
    """How the mapping gets from seats to a quantity."""
    everywhere = find_exclusion_of(records, mapping.sku_id)
    if everywhere is not None:
        yield everywhere[1]
        return
    if mapping.is_excluded:
        yield "This licence is not billed: its mapping says so."
        return
    if records.snapshot is None:
        return
    quantity = bill_quantity(records.snapshot, mapping)
    if not isinstance(quantity, Known):
        yield quantity.detail
        return
    counted = count_seats(records.snapshot, mapping)
    basis = "purchased" if mapping.basis is Basis.PURCHASED else "assigned"
    rules = [f"less {write_count(mapping.included)} included"] if mapping.included else []
    rules += [f"at least {write_count(mapping.minimum)}"] if mapping.minimum else []
    rules += [f"at most {write_count(mapping.maximum)}"] if mapping.maximum is not None else []
    kinds = [] if mapping.count.disabled_users else ["disabled users"]
    kinds += [] if mapping.count.guests else ["guests"]
    without = f", without {join(kinds)}" if kinds and mapping.basis is Basis.ASSIGNED else ""
    ruled = f", {join(rules)}" if rules else ""
    yield f"Billed by seats {basis}: {write_count(counted)}{without}{ruled}, so {write_count(quantity.value)} to bill."


def select(rows: Sequence[LicenceRow], ask: Ask) -> list[LicenceRow]:
    """What the chip leaves, in the asked order."""
    return order([row for row in rows if not ask.state or row.state == ask.state], ask.sort, SORTERS)


def make_list(records: CustomerRecords, ask: Ask) -> Listing[LicenceRow]:
    """The tab as the address asks for it."""
    rows = make_rows(records)
    counts = Counter(row.state for row in rows)
    kinds = [(each.value, *DECIDED_WORDS[each]) for each in Decided] + [(each.value, *WORDS[each]) for each in Standing]
    chosen = select(rows, ask)
    return cut_listing(
        ask,
        chosen,
        make_chips(ask, len(rows), kinds, counts),
        make_columns(ask, HEADS, SORTERS),
        write_how_many(len(chosen), len(rows), "licence"),
    )


def make_csv_row(row: LicenceRow) -> tuple[Cell, ...]:
    """The columns of the page, and the sentences behind the number."""
    seats = (row.purchased, row.assigned, row.unassigned)
    where = (row.profile, row.agreement, row.before, row.after, row.word)
    subscriptions = row.subscriptions.replace(NO_BREAK, " ")
    return (row.name, row.part_number, subscriptions, *seats, *where, " ".join(row.why))
