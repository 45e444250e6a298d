"""A customer's licences as its page lists them: one row each, in which order, by which chip, as which CSV. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from notify.licence_names import name_licence
from profiles.billing import Basis, Mapping
from profiles.free import is_free
from profiles.licences import Licence, Term
from web.csv_files import Cell
from web.pages.customer_view import CustomerRecords
from web.pages.diff_view import LineView, name_agreement
from web.pages.licence_reasons import explain, find_exclusion_of, find_state
from web.pages.licence_row import DECIDED_WORDS, SETTLED, Decided, LicenceRow
from web.pages.licence_seats import (
    NO_BREAK,
    count_bought,
    count_purchased,
    explain_seats,
    list_later_parts,
    list_partner,
    write_subscriptions,
)
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
from web.pages.names import StoryLink, write_approvals_address, write_licence_address
from web.pages.standing import ORDER, WORDS, Standing
from web.part_words import name_part
from web.wording import clean, write_number_of

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
    mapped = {mapping.sku_id.lower() for mapping in records.overview.mappings if not mapping.is_ended}
    rows = [make_unmapped(records, licence) for sku_id, licence in licences.items() if sku_id not in mapped]
    rows += [
        make_mapped(records, mapping, licences.get(mapping.sku_id.lower()))
        for mapping in records.overview.mappings
        if not mapping.is_ended or is_still_billed(records, mapping)
    ]
    rows += [row for licence in licences.values() for row in list_unmapped_parts(records, licence)]
    return sorted(rows, key=lambda row: (find_place(row), row.name.casefold(), row.key))


def is_still_billed(records: CustomerRecords, mapping: Mapping) -> bool:
    """Whether an ended mapping's additions have no end in the PSA yet, or the run still had to do with it."""
    line = records.lines.get(mapping.id)
    return bool(records.overview.billed.get(mapping.id)) or (line is not None and not line.is_unchanged)


def find_place(row: LicenceRow) -> int:
    """Where a row stands."""
    if row.state in (Decided.UNMAPPED, Decided.UNMAPPED_TERM, Decided.UNMAPPED_SUBSCRIPTION):
        return -1
    if row.state == Decided.MAPPED:
        return ORDER[Standing.NEW]
    return len(ORDER) if row.state in SETTLED else ORDER[Standing(row.state)]


def make_unmapped(records: CustomerRecords, licence: Licence) -> LicenceRow:
    """A licence that nobody mapped: excluded everywhere, or with its tenant, or not decided about."""
    undecided = (
        (Decided.FREE, "Microsoft gives this licence away, so nobody has to bill it. It can be mapped all the same.")
        if is_free(licence.part_number)
        else (
            Decided.UNMAPPED,
            "No mapping bills this licence, and nobody has decided not to bill it. Map it, or exclude it.",
        )
    )
    state, decision = find_exclusion_of(records, licence.sku_id) or undecided
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
        sku_id=licence.sku_id,
    )


def list_unmapped_parts(records: CustomerRecords, licence: Licence) -> Iterator[LicenceRow]:
    """Parts of a split licence that were bought and that none of its mappings bills: somebody bought them later."""
    if find_exclusion_of(records, licence.sku_id):
        return
    for part, holding in list_later_parts(records, licence.sku_id):
        seats = holding.count(part, Basis.PURCHASED)
        is_term = isinstance(part, Term)
        came = f"this {'term' if is_term else 'subscription'} came later"
        note = f"{write_number_of(seats, 'seat')} of it billed by no mapping: it is split, and {came}."
        state = Decided.UNMAPPED_TERM if is_term else Decided.UNMAPPED_SUBSCRIPTION
        word, tone = DECIDED_WORDS[state]
        yield replace(
            make_unmapped(records, licence),
            key=f"{licence.part_number}-{part.value if isinstance(part, Term) else part.subscription_id}",
            name=f"{find_name(records, licence)}, {name_part(part)} only",
            subscriptions=write_subscriptions(records, licence.sku_id, part),
            purchased=seats,
            state=state,
            word=word,
            tone=tone,
            why=(*explain_seats(records, licence), note),
            note=note,
            decides=write_licence_address(records.overview.customer.id, licence.sku_id),
            part=part,
        )


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
    missing = None if records.snapshot is None else 0
    part = "" if mapping.part is None else f", {name_part(mapping.part)} only"
    return LicenceRow(
        key=mapping.id,
        name=clean(mapping.licence_name) + part,
        part_number="" if licence is None else clean(licence.part_number),
        subscriptions=write_subscriptions(records, mapping.sku_id, mapping.part),
        purchased=missing if licence is None else count_bought(records, licence, mapping.part),
        assigned=missing if licence is None else licence.assigned_seats,
        profile=name_profile(records, mapping),
        agreement=name_agreement(records.agreement_names.get(mapping.agreement_id, ""), mapping.agreement_id)
        if mapping.agreement_id
        else "",
        before=line.before if line is not None else billed,
        after=line.after if line is not None else billed,
        state=state,
        word=word,
        tone=tone,
        why=(*filter(None, (clean(mapping.why),)), *explain(records, mapping, licence, line, billed)),
        note="" if line is None else " ".join(filter(None, (line.rule_sentence, line.note))),
        stories=list_stories(records, mapping, line),
        decides=write_approvals_address(records.overview.customer.id) if line and line.waits_for_word else "",
        sku_id=mapping.sku_id,
        part=mapping.part,
    )


def name_profile(records: CustomerRecords, mapping: Mapping) -> str:
    """What bills it; nothing where it was excluded before it was ever mapped."""
    if not mapping.profile_id:
        return ""
    profile = records.profiles.get(mapping.profile_id)
    return "A billing profile that was removed" if profile is None else clean(profile.name)


def list_stories(records: CustomerRecords, mapping: Mapping, line: LineView | None) -> tuple[StoryLink, ...]:
    """The additions that bill the licence, or did."""
    journal = records.journals.get(mapping.id)
    owned = () if journal is None else tuple(records.link_story(each) for each in journal.written)
    return tuple(dict.fromkeys((*owned, *(() if line is None else line.stories))))


def select(rows: Sequence[LicenceRow], ask: Ask) -> list[LicenceRow]:
    """What the chip leaves, in the asked order."""
    return order([row for row in rows if not ask.state or row.state == ask.state], ask.sort, SORTERS)


def make_list(records: CustomerRecords, ask: Ask) -> Listing[LicenceRow]:
    """The tab as the address asks for it."""
    rows = make_rows(records)
    counts = Counter(row.state for row in rows)
    kinds = [(each.value, *DECIDED_WORDS[each]) for each in Decided] + [(each.value, *WORDS[each]) for each in Standing]
    chosen, licences = select(rows, ask), len({row.sku_id.lower() for row in rows})
    return cut_listing(
        ask,
        chosen,
        make_chips(ask, len(rows), kinds, counts),
        make_columns(ask, HEADS, SORTERS),
        write_how_many(len(chosen), len(rows), "licence") if len(rows) == licences
        else f"{write_how_many(len(chosen), len(rows), 'line')} of {write_number_of(licences, 'licence')}",
    )  # fmt: skip


def make_csv_row(row: LicenceRow) -> tuple[Cell, ...]:
    """The columns of the page, and the sentences behind the number."""
    seats = (row.purchased, row.assigned, row.unassigned)
    where = (row.profile, row.agreement, row.before, row.after, row.word)
    subscriptions = row.subscriptions.replace(NO_BREAK, " ")
    return (row.name, row.part_number, subscriptions, *seats, *where, " ".join(row.why))
